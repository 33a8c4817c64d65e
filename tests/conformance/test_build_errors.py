"""A Dockerfile whose build fails says so in the builder's words and with its line; one that builds never does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from build_errors import BuildCase, read_cases
from vartask.artifact.image import predict_image
from vartask.model import FileTree, Image, Span
from vartask.project import Project

NUMBER_OF_CASES = 979

SUGGESTIONS = "several suggestions are equally near, and the builder's choice among them changes between runs"
ORDER = "two sources are missing, and the builder's choice which to name changes between runs"
COUNTED = "here the builder counts lines from 0"
REQUEST = "what a git address asks for is not read"
KNOWN_DIFFERENCES = {
    "add_git_bad_query": REQUEST,
    "add_git_keep_conflict": REQUEST,
    "bom_only": "a file of nothing but a byte order mark counts as empty",
    "check_twice": COUNTED,
    "copy_glob_bad_range": "a reversed range is no error in Go's own patterns, but in the builder's translation of them",
    "copy_ignore_bad_range": "a reversed range is no error in Go's own patterns, but in the builder's translation of them",
    "escape_twice": COUNTED,
    "heredoc_dot_name": "a here-document whose name has a slash",
    "heredoc_space": ORDER,
    "line_hash_eol": ORDER,
    "mount_type=secret,id=a,required": "which secrets are given to a build is not known",
}
"""Builds that fail and are not predicted to, or with other words; never one that succeeds."""

EXPLAINED = " leaves it out)"
"""Ours ends so where an ignore file is why a source is missing; the builder keeps that to itself."""


@pytest.fixture(scope="module")
def cases() -> list[BuildCase]:
    return read_cases()


def predicted(case: BuildCase, directory: Path) -> FileTree:
    case.write(directory)
    arguments = {
        item[10:].partition("=")[0]: item.partition("=")[2] for item in case.options if item[:9] == "build-arg"
    }
    image = Image(
        "Dockerfile",
        ".",
        Span("Dockerfile"),
        case.option("target"),
        arguments,
        # Recorded on an amd64 machine.
        "linux/amd64",
        complete=True,
    )
    return predict_image(Project(directory), image)


def difference(case: BuildCase, tree: FileTree) -> str | None:
    said = tree.error.message if tree.error is not None else None
    if said is not None and said.endswith(EXPLAINED):
        said = said.rpartition(" (")[0]
    wanted = case.error.replace("failed to compute cache key: ", "") if case.error is not None else None
    if said is not None and wanted is not None and " (did you mean " in wanted:
        # Which of several that are equally near is named changes between runs.
        said, wanted = said.partition(" (did you mean ")[0], wanted.partition(" (did you mean ")[0]
    if said is None and wanted is not None and wanted.startswith("lint violation") and tree.regions:
        # What the builder's checks would find is not told, but that they may fail the build is.
        return None
    if (said or "").strip() != (wanted or "").strip():
        return f"{said!r} instead of {wanted!r}"
    if tree.error is not None and case.line not in {None, tree.error.at.line}:
        return f"line {tree.error.at.line} instead of {case.line}"
    return None


def test_every_error_is_told_as_buildkit_tells_it(cases: list[BuildCase], tmp_path: Path) -> None:
    assert len(cases) == NUMBER_OF_CASES
    different: dict[str, str] = {}
    for number, case in enumerate(cases):
        tree = predicted(case, tmp_path / str(number))
        found = difference(case, tree)
        if found is not None and not (case.name in KNOWN_DIFFERENCES and case.error is not None):
            different[case.name] = found
    assert different == {}


def test_no_known_difference_is_out_of_date(cases: list[BuildCase], tmp_path: Path) -> None:
    by_name = {case.name: case for case in cases}
    right = [
        name
        for name in KNOWN_DIFFERENCES
        if difference(by_name[name], predicted(by_name[name], tmp_path / name)) is None
    ]
    assert right == []


def test_a_line_that_is_too_long_ends_the_file(tmp_path: Path) -> None:
    case = BuildCase("long", f"FROM scratch\nLABEL a={'x' * 65527}\nLABEL b=1\n", None)
    assert predicted(case, tmp_path / "fits").error is None
    tree = predicted(BuildCase("long", case.dockerfile.replace("a=", "a=x"), None), tmp_path / "long")
    assert tree.error is not None
    assert (tree.error.at.line, tree.error.message) == (2, "dockerfile line greater than max allowed size of 65535")


def test_a_dockerfile_in_another_encoding_builds(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"")
    (tmp_path / "Dockerfile").write_bytes(b"FROM scratch\nLABEL a=\xfc\nCOPY f /\n")
    tree = predict_image(Project(tmp_path), Image("Dockerfile", ".", Span("Dockerfile"), complete=True))
    assert (tree.error, list(tree.entries)) == (None, ["/", "/f"])


def test_what_the_deployer_may_still_give_is_no_error(tmp_path: Path) -> None:
    texts = ["ARG T=\nFROM python:$T\n", "ARG B\nFROM $B\n", "ARG P=x\nFROM --platform=$P scratch\n"]
    for number, text in enumerate(texts):
        (tmp_path / str(number)).write_text(text)
        image = Image(str(number), ".", Span(str(number)))
        assert predict_image(Project(tmp_path), image).error is None
        assert predict_image(Project(tmp_path), replace(image, complete=True)).error is not None
