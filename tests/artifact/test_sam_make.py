from __future__ import annotations

from pathlib import Path

import pytest

from vartask.artifact.sam_make import MakeBuild, made_package
from vartask.model import Packed, Span, Zip
from vartask.project import Project

SPAN = Span("template.yaml", 1)


def made(root: Path, recipe: str, *files: str, build: MakeBuild | None = None) -> Zip:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "src").mkdir(exist_ok=True)
    (root / "src/Makefile").write_text(recipe)
    return made_package(Project(root), build or MakeBuild("F", "src", "src/Makefile"), SPAN)


def names(package: Zip) -> list[str]:
    (part,) = package.parts
    assert isinstance(part, Packed)
    return [name for name, _ in part.entries]


def doubts(package: Zip) -> list[str]:
    (part,) = package.parts
    assert isinstance(part, Packed)
    return [region.reason for region in part.regions]


def test_what_the_recipe_puts_into_the_directory_is_the_package(tmp_path: Path) -> None:
    recipe = "build-F:\n\tcp *.py $(ARTIFACTS_DIR)\n\tcp -r pkg $(ARTIFACTS_DIR)/\n"
    package = made(tmp_path, recipe, "src/app.py", "src/data.json", "src/pkg/a.py", "tests/t.py")
    assert names(package) == ["app.py", "pkg/a.py"]
    assert doubts(package) == []


def test_every_file_knows_the_line_of_the_recipe(tmp_path: Path) -> None:
    package = made(tmp_path, "build-F:\n\tcp app.py $(ARTIFACTS_DIR)\n", "src/app.py")
    (part,) = package.parts
    assert isinstance(part, Packed)
    ((_, entry),) = part.entries
    assert (entry.source, entry.put_by) == ("src/app.py", Span("src/Makefile", 2))


def test_the_recipe_runs_in_a_copy_of_the_code_alone(tmp_path: Path) -> None:
    package = made(tmp_path, "build-F:\n\tcp ../other.py $(ARTIFACTS_DIR)\n", "other.py", "src/app.py")
    assert package.parts == ()
    assert "certainly fails" in (package.reason or "")


def test_a_directory_to_run_in_is_the_real_one_unless_it_is_part_of_the_code(tmp_path: Path) -> None:
    recipe = "build-F:\n\tcp one.py $(ARTIFACTS_DIR)\n"
    files = ("shared/one.py", "src/in/one.py")
    outside = made(tmp_path, recipe, *files, build=MakeBuild("F", "src", "src/Makefile", "shared"))
    inside = made(tmp_path, recipe, *files, build=MakeBuild("F", "src", "src/Makefile", "src/in"))
    assert [names(outside), names(inside)] == [["one.py"], ["one.py"]]
    sources = [[entry.source for _, entry in part.entries] for one in (outside, inside) for part in one.parts]  # type: ignore[union-attr]  # checked above
    assert sources == [["shared/one.py"], ["src/in/one.py"]]


def test_distributions_that_it_installs_are_known_by_name(tmp_path: Path) -> None:
    recipe = "build-F:\n\tmkdir -p $(ARTIFACTS_DIR)/python\n\tpip install requests -t $(ARTIFACTS_DIR)/python\n"
    package = made(tmp_path, recipe, "src/app.py")
    (part,) = package.parts
    assert isinstance(part, Packed)
    (region,) = part.regions
    assert (region.path, region.distributions) == ("/python", frozenset({"requests"}))


@pytest.mark.parametrize("line", ["./make_it.exe $(ARTIFACTS_DIR)", "cp $(UNSET_THING) $(ARTIFACTS_DIR)"])
def test_what_cannot_be_followed_is_a_doubt(tmp_path: Path, line: str) -> None:
    package = made(tmp_path, f"build-F:\n\tcp app.py $(ARTIFACTS_DIR)\n\t{line}\n", "src/app.py")
    assert package.reason is not None or doubts(package)


@pytest.mark.parametrize(
    ("recipe", "words"),
    [("build-G:\n\tcp app.py $(ARTIFACTS_DIR)\n", "no target `build-F`"), ("", "no target `build-F`")],
)
def test_a_target_that_is_not_there_says_so(tmp_path: Path, recipe: str, words: str) -> None:
    package = made(tmp_path, recipe, "src/app.py")
    assert package.parts == ()
    assert words in (package.reason or "")


def test_a_makefile_that_is_not_there_says_so(tmp_path: Path) -> None:
    package = made(tmp_path, "", build=MakeBuild("F", "src", "other/Makefile"))
    assert "other/Makefile" in (package.reason or "")


def test_a_link_to_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/loop").symlink_to(".")
    package = made(tmp_path, "build-F:\n\tcp app.py $(ARTIFACTS_DIR)\n", "src/app.py")
    assert names(package) == ["app.py"]
