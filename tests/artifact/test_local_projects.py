from __future__ import annotations

from pathlib import Path

import pytest

from vartask.artifact.local_projects import LocalProjects, local_projects
from vartask.artifact.requirements import read_requirements
from vartask.project import Project

SETUP = "from setuptools import setup, find_packages\nsetup(name='shared', packages=find_packages(), {0})\n"


def brought(root: Path, requirements: str, **files: str) -> LocalProjects | None:
    listed = {"service/src/fn/requirements.txt": requirements, **files}
    for name, text in listed.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    project = Project(root)
    return local_projects(project, read_requirements(project, "service/src/fn/requirements.txt"))


def test_a_local_project_brings_what_it_needs_and_names_of_its_own(tmp_path: Path) -> None:
    found = brought(
        tmp_path,
        "requests\n../shared\n",
        **{
            "shared/setup.py": SETUP.format("install_requires=['boto3>=1', 'pydantic[email]']"),
            "shared/ecom/__init__.py": "",
        },
    )
    assert found is not None
    assert found.distributions == frozenset({"requests", "boto3", "pydantic", "pydantic[email]"})
    assert "ecom" in found.modules
    assert "requests" not in found.modules


@pytest.mark.parametrize("line", ["./lib", "-e ./lib", "lib/", "file:./lib"])
def test_the_path_starts_from_any_directory_above(tmp_path: Path, line: str) -> None:
    found = brought(tmp_path, f"{line}\n", **{"lib/setup.py": SETUP.format(""), "lib/mine/__init__.py": ""})
    assert found is not None
    assert "mine" in found.modules


def test_dependencies_of_a_pyproject_are_read(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\nversion = "1"\ndependencies = ["attrs>=20"]\n'
    found = brought(tmp_path, "-e .\n", **{"service/pyproject.toml": text, "service/pkg.py": ""})
    assert found is not None
    assert found.distributions == frozenset({"attrs"})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("lib/setup.py", SETUP.format("install_requires=open('r.txt').readlines()")),
        ("lib/setup.py", SETUP.format("**more")),
        ("lib/setup.py", "print('no call')\n"),
        ("lib/setup.py", "def broken(:\n"),
        ("lib/pyproject.toml", '[project]\nname = "x"\ndynamic = ["dependencies"]\n'),
        ("lib/pyproject.toml", '[tool.poetry]\nname = "x"\n'),
        ("lib/pyproject.toml", "not toml ["),
        ("other/setup.py", SETUP.format("")),
    ],
)
def test_what_is_not_written_out_is_not_known(tmp_path: Path, path: str, text: str) -> None:
    assert brought(tmp_path, "./lib\n", **{path: text}) is None


@pytest.mark.parametrize("line", ["https://example.org/x", "./wheels/one-1.0-py3-none-any.whl"])
def test_anything_else_that_is_not_known_leaves_everything_open(tmp_path: Path, line: str) -> None:
    assert brought(tmp_path, f"./lib\n{line}\n", **{"lib/setup.py": SETUP.format("")}) is None
