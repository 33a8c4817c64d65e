"""``vartask tree --dockerfile``: any image, with the options of ``docker build``."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vartask.cli import main

Capture = pytest.CaptureFixture[str]


def put(path: str, text: str = "") -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)


def tree(capsys: Capture, *arguments: str, code: int = 0) -> dict[str, Any]:
    assert main(["tree", *arguments, "--output-format", "json"]) == code
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def sources(document: dict[str, Any]) -> dict[str, str | None]:
    return {entry["path"]: entry["source"] for entry in document["entries"] if entry["type"] != "d"}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "here"
    directory.mkdir()
    monkeypatch.chdir(directory)
    return directory


def test_the_context_is_the_working_directory_and_the_dockerfile_its_own(capsys: Capture) -> None:
    put("Dockerfile", 'FROM scratch\nCOPY a.py /x/\nCMD ["a.b"]\n')
    put("a.py")

    document = tree(capsys, "--dockerfile", "Dockerfile")

    assert sources(document) == {"/x/a.py": "a.py"}
    assert document["entries"][-1] == {
        "path": "/x/a.py",
        "type": "f",
        "mode": f"{os.stat('a.py').st_mode & 0o7777:04o}",
        "uid": 0,
        "gid": 0,
        "target": None,
        "put_by": {"path": "Dockerfile", "line": 2},
        "source": "a.py",
    }
    assert document["config"]["cmd"] == ["a.b"]
    assert (document["unknown"], document["error"], "function" in document) == ([], None, False)
    assert sources(tree(capsys, "--context", ".")) == {"/x/a.py": "a.py"}


def test_a_dockerfile_may_lie_outside_the_context_and_the_working_directory(capsys: Capture) -> None:
    put("../build/Dockerfile.api", "FROM scratch\nCOPY . /\n")
    put("../build/Dockerfile.api.dockerignore", "b.py\n")
    put("../source/a.py")
    put("../source/b.py")

    document = tree(capsys, "-f", "../build/Dockerfile.api", "--context", "../source")

    assert sources(document) == {"/a.py": "../source/a.py"}
    assert document["entries"][-1]["put_by"] == {"path": "../build/Dockerfile.api", "line": 2}


def test_links_that_leave_the_context_lead_nowhere(capsys: Capture) -> None:
    put("../outside/secret")
    put("c/Dockerfile", "FROM scratch\nCOPY . /\n")
    os.symlink("../../outside/secret", "c/link")

    whole = tree(capsys, "--context", "c")
    assert [(entry["path"], entry["target"]) for entry in whole["entries"] if entry["type"] == "l"] == [
        ("/link", "../../outside/secret")
    ]
    put("c/Dockerfile", "FROM scratch\nCOPY link /\n")
    assert tree(capsys, "--context", "c", code=1)["error"] == (
        'c/Dockerfile:2: failed to calculate checksum of ref: "/link": not found'
    )


def test_the_context_may_be_a_link_and_the_dockerfile_one_inside_its_directory(capsys: Capture) -> None:
    put("real/docker.real", "FROM scratch\nCOPY a.py /\n")
    put("real/a.py")
    os.symlink("docker.real", "real/Dockerfile")
    os.symlink("real", "link")

    assert sources(tree(capsys, "--context", "link")) == {"/a.py": "real/a.py"}
    put("elsewhere", "FROM scratch\n")
    os.remove("real/Dockerfile")
    os.symlink("../elsewhere", "real/Dockerfile")
    assert main(["tree", "--context", "link"]) == 2
    assert "a link that leaves its directory" in capsys.readouterr().err


def test_a_dockerfile_in_lower_case_is_found_as_buildkit_finds_it(capsys: Capture) -> None:
    put("dockerfile", "FROM scratch\nCOPY a.py /\n")
    put("a.py")

    assert sources(tree(capsys, "--context", ".")) == {"/a.py": "a.py"}


def test_a_dockerfile_is_read_from_standard_input(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    put("a.py")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"FROM scratch\nCOPY a.py /\n")))

    document = tree(capsys, "-f", "-")

    assert document["entries"][-1]["put_by"] == {"path": "<stdin>", "line": 2}


def test_build_arguments_take_their_value_from_the_line_or_the_environment(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("Dockerfile", "FROM scratch\nARG A=a\nARG B=b\nARG C=c\nCOPY f /$A/$B/$C/\n")
    put("f")
    monkeypatch.setenv("B", "two")
    monkeypatch.delenv("C", raising=False)

    document = tree(capsys, "--context", ".", "--build-arg", "A=one=1", "--build-arg", "B", "--build-arg", "C")

    assert sources(document) == {"/one=1/two/c/f": "f"}


def test_what_no_argument_sets_is_unset(capsys: Capture) -> None:
    put("Dockerfile", "FROM scratch\nARG A\nCOPY f /x$A/\n")
    put("f")

    assert sources(tree(capsys, "--context", ".")) == {"/x/f": "f"}
    put("Dockerfile", "ARG BASE\nFROM $BASE\n")
    assert tree(capsys, "--context", ".", code=1)["error"] == "Dockerfile:2: base name ($BASE) should not be blank"


def test_what_git_ignores_is_missing_when_it_is_not_there(capsys: Capture) -> None:
    put(".gitignore", "dist\n")
    put("Dockerfile", "FROM scratch\nCOPY dist /\n")

    assert '"/dist": not found' in tree(capsys, "--context", ".", code=1)["error"]


def test_the_platform_is_put_in_its_normal_form(capsys: Capture) -> None:
    put("Dockerfile", "FROM scratch\nARG TARGETPLATFORM\nARG TARGETVARIANT\nCOPY f /$TARGETPLATFORM/x$TARGETVARIANT/\n")
    put("f")

    for written, wanted in (
        ("linux/arm64", "/linux/arm64/x/f"),
        ("linux/arm64/v8", "/linux/arm64/x/f"),
        ("aarch64", "/linux/arm64/x/f"),
        ("linux/amd64", "/linux/amd64/x/f"),
        ("linux/arm/v7", "/linux/arm/v7/xv7/f"),
    ):
        assert list(sources(tree(capsys, "--context", ".", "--platform", written))) == [wanted]
    assert tree(capsys, "--context", ".")["unknown"] != []


NAMED = "FROM shared AS one\nCOPY f /own\nFROM scratch\nCOPY --from=shared . /copied/\nCOPY --from=one . /based/\n"


def test_a_named_context_is_a_directory_with_its_own_ignore_file(capsys: Capture) -> None:
    put("c/Dockerfile", NAMED)
    put("c/Dockerfile.dockerignore", "lib.py\n")
    put("c/f")
    put("shared/lib.py")
    put("shared/out.py")
    put("shared/.dockerignore", "out.py\n.dockerignore\n")

    document = tree(capsys, "--context", "c", "--build-context", "docker.io/library/shared:latest=shared")

    assert sources(document) == {
        "/based/lib.py": "shared/lib.py",
        "/based/own": "c/f",
        "/copied/lib.py": "shared/lib.py",
    }


def test_a_named_context_takes_the_place_of_a_stage(capsys: Capture) -> None:
    put("Dockerfile", "FROM scratch AS shared\nCOPY missing /\nFROM shared\n")
    put("d/lib.py")

    assert sources(tree(capsys, "--context", ".", "--build-context", "shared=d")) == {"/lib.py": "d/lib.py"}


def test_a_named_context_is_mounted(capsys: Capture) -> None:
    put("Dockerfile", "FROM public.ecr.aws/lambda/python:3.12\nRUN --mount=from=shared,target=/m cp /m/lib.py /x.py\n")
    put("d/lib.py")

    assert sources(tree(capsys, "--context", ".", "--build-context", "shared=d"))["/x.py"] == "d/lib.py"


def test_a_named_image_is_known_by_its_name_and_what_is_fetched_is_not(capsys: Capture) -> None:
    put("Dockerfile", "FROM base\nCOPY f ./\n")
    put("f")

    known = tree(capsys, "--context", ".", "--build-context", "base=docker-image://public.ecr.aws/lambda/python:3.12")
    assert (known["config"]["workdir"], sources(known)["/var/task/f"]) == ("/var/task", "f")
    for place in ("https://example.com/x.git", "oci-layout://d", "target:other", "git@example.com:a/b"):
        fetched = tree(capsys, "--context", ".", "--build-context", f"base={place}")
        assert [gap["reason"] for gap in fetched["unknown"] if gap["line"] == 1] == [
            f"contents of build context `base` ({place}) are not known"
        ]


def test_an_unknown_target_fails_as_the_builder_says(capsys: Capture) -> None:
    put("Dockerfile", "FROM scratch AS build\n")

    assert tree(capsys, "--context", ".", "--target", "BUILD")["error"] is None
    document = tree(capsys, "--context", ".", "--target", "built", code=1)
    assert document["error"] == 'Dockerfile:1: target stage "built" could not be found (did you mean build?)'


def test_a_build_that_fails_is_told_in_the_last_lines(capsys: Capture) -> None:
    put("Dockerfile", "FROM scratch\nCOPY f /\nCOPPY f /\n")
    put("f")

    assert main(["tree", "--context", "."]) == 1
    assert "error: Dockerfile:3: " in capsys.readouterr().out.splitlines()[-2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a FUNCTION, or a Dockerfile with --dockerfile"),
        (["Api", "--target", "x"], "--target is about an image: leave FUNCTION out"),
        (["-f", "nope"], "no such Dockerfile: nope"),
        (["-f", "d"], "no such Dockerfile: d (it is a directory)"),
        (["--context", "nope"], 'the build context "nope" does not exist'),
        (["--context", "Dockerfile"], 'the build context "Dockerfile" is not a directory'),
        (["--context", "-"], 'the build context "-" is not a directory here, so nothing is known of it'),
        (
            ["--context", "https://x/y.git"],
            'the build context "https://x/y.git" is not a directory here, so nothing is known of it',
        ),
        (["--build-arg", "=x"], 'invalid --build-arg "=x": write NAME=value, or NAME for the environment\'s value'),
        (["--build-context", "x"], 'invalid --build-context "x": write NAME=DIRECTORY'),
        (["--build-context", "x=nope"], 'build context "x": "nope" does not exist'),
        (
            ["--build-context", "X=d"],
            "invalid --build-context name X: invalid reference format: repository name (library/X) must be lowercase",
        ),
        (
            ["--platform", "foo"],
            'invalid --platform: "foo": unknown operating system or architecture: invalid argument',
        ),
        (["--platform", "linux/amd64,linux/arm64"], '--platform "linux/amd64,linux/arm64": one platform at a time'),
    ],
)
def test_what_is_written_wrongly_is_refused_in_one_line(arguments: list[str], message: str, capsys: Capture) -> None:
    put("Dockerfile", "FROM scratch\n")
    put("d/f")

    assert main(["tree", *arguments]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"vartask: {message}\n")


def test_an_unknown_builder_is_refused_with_those_that_are_known(capsys: Capture) -> None:
    put("Dockerfile", "FROM scratch\n")

    assert main(["tree", "--context", ".", "--builder", "kaniko"]) == 2
    assert "accepted are buildkit" in capsys.readouterr().err


def test_the_readme_shows_what_the_command_prints(capsys: Capture) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    dockerfile, _, rest = readme.partition("```dockerfile\n")[2].partition("```")
    put("Dockerfile", dockerfile)
    put("requirements.txt", "requests\n")
    put("src/app.py")
    Path("requirements.txt").chmod(0o644)

    assert main(["tree", "--dockerfile", "Dockerfile"]) == 0
    assert capsys.readouterr().out == rest.partition("```text\n")[2].partition("```")[0]
