from __future__ import annotations

import ast
from pathlib import Path

import pytest

from vartask.imports.library import Library
from vartask.imports.project_tests import ProjectTests, is_test_file, mentioning, naming_a_module, tree_alone
from vartask.project import Project


def library(root: Path, files: dict[str, str]) -> Library:
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return Library(Project(root))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/unit/helpers.py", True),
        ("src/test_app.py", True),
        ("src/app_test.py", True),
        ("conftest.py", True),
        ("src/test/util.py", True),
        ("src/testing.py", False),
        ("tests/event.json", False),
    ],
)
def test_test_files_are_told_by_their_place_and_name(path: str, expected: bool) -> None:
    assert is_test_file(path) is expected


def test_tests_are_about_names_that_they_mention_and_a_conftest_about_any(tmp_path: Path) -> None:
    files = {"test_a.py": "handler()", "test_b.py": "other()", "sub/conftest.py": "", "app.py": "handler"}
    assert mentioning(["handler"], library(tmp_path, files)) == ["sub/conftest.py", "test_a.py"]


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("src/app.py", "from src.app import handler"),
        ("src/app.py", "import_module('app')"),
        ("src/pkg/__init__.py", "from src.pkg import handler"),
        ("src/pkg/__init__.py", "from .__init__ import handler"),
        ("src/my-app.py", "import_module('src.my-app')"),
        ("src/\u00e9t\u00e9.py", "from src.e\u0301te\u0301 import handler"),
    ],
)
def test_a_test_that_imports_a_module_names_its_last_component(tmp_path: Path, module: str, text: str) -> None:
    assert list(naming_a_module(["test_it.py"], [module], library(tmp_path, {"test_it.py": text}))) == ["test_it.py"]


@pytest.mark.parametrize("module", ["src/app.py", "src/pkg/__init__.py", "src/my-app.py"])
def test_a_test_that_names_no_such_module_imports_none(tmp_path: Path, module: str) -> None:
    files = {"test_it.py": "from src.application import handler\nmy_app, pkgs = 1, 2"}
    assert list(naming_a_module(["test_it.py", "gone.py"], [module], library(tmp_path, files))) == []


def test_a_file_is_parsed_once_as_long_as_few_others_are_asked_for() -> None:
    asked: list[str] = []

    def parse(path: str) -> ast.Module | None:
        asked.append(path)
        return None if path == "broken.py" else ast.parse("import os")

    tests = ProjectTests(["a.py", "b.py", "broken.py"], parse)
    first = tests.get("a.py")
    tests.forget()
    assert tests.get("a.py") is first
    assert tests.get("broken.py") is tests.get("broken.py") is tests.get("missing.py") is None
    assert asked == ["a.py", "broken.py"]


def test_only_the_last_files_are_held() -> None:
    asked: list[str] = []

    def parse(path: str) -> ast.Module:
        asked.append(path)
        return ast.parse("")

    names = [f"{number}.py" for number in range(100)]
    tests = ProjectTests(names, parse)
    for name in names:
        tests.get("0.py")
        tests.get(name)
        tests.forget()
    assert asked == names
    tests.get("1.py")
    assert asked == [*names, "1.py"]


def test_files_are_found_by_the_end_of_their_path() -> None:
    tests = ProjectTests(["a/fakes.py", "b/a/fakes.py", "b/nofakes.py"], lambda _: ast.parse(""))
    assert [file.path for file in tests.ending("fakes.py")] == ["a/fakes.py", "b/a/fakes.py"]
    assert [file.path for file in tests.ending("b/a/fakes.py")] == ["b/a/fakes.py"]


def test_the_library_does_not_keep_the_tree_of_a_test(tmp_path: Path) -> None:
    kept = library(tmp_path, {"test_it.py": "x = 1", "broken.py": "x ="})
    assert tree_alone("test_it.py", kept) is not tree_alone("test_it.py", kept)
    assert tree_alone("broken.py", kept) is None
