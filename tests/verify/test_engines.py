"""Engines by their command lines; programs that only look like one stand in for those that misbehave."""

from __future__ import annotations

import io
import os
import tarfile
import time
from pathlib import Path

import pytest

from vartask.verify import engines
from vartask.verify.endings import ending
from vartask.verify.engines import Engine, EngineError, ImageFacts, architecture, find_engine, step_log
from vartask.verify.machines import foreign
from vartask.verify.pythons import found, usual


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only engines on PATH are the test's own."""
    for name in ("sh", "sleep", "cat", "env"):
        (tmp_path / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(directory: Path, name: str, script: str) -> Engine:
    (directory / name).write_text(f"#!/bin/sh\n{script}\n")
    (directory / name).chmod(0o755)
    return Engine(name)


def refusal(wanted: str | None = None) -> str:
    with pytest.raises(EngineError) as caught:
        find_engine(wanted)
    return str(caught.value)


def test_the_first_that_answers_is_taken(programs: Path) -> None:
    program(programs, "docker", "echo 'Cannot connect to the Docker daemon.' >&2; exit 1")
    program(programs, "podman", "exit 0")
    assert find_engine(None).name == "podman"


def test_one_that_does_not_answer_is_named_with_its_reason(programs: Path) -> None:
    program(programs, "docker", "echo first >&2; echo 'permission denied: the socket' >&2; exit 1")
    expected = "docker is installed but does not answer (docker version: permission denied: the socket)"
    assert refusal() == refusal("docker") == f"{expected}: start it, or name another --engine"


def test_one_that_hangs_is_given_up(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_ANSWER_SECONDS", 0.5)
    program(programs, "docker", "exec sleep 60")
    before = time.monotonic()
    assert "docker version took longer than 0.5 s" in refusal()
    assert time.monotonic() - before < 10


def test_one_that_is_not_there_is_told_from_none_at_all(programs: Path) -> None:
    assert refusal("lima") == "--engine lima: there is no such program on PATH"
    assert refusal().startswith("no container engine: install docker, podman,")
    assert not (programs / "docker").exists()


def test_the_error_counts_and_not_what_comes_after_it(programs: Path) -> None:
    engine = program(programs, "docker", "printf 'ERROR: no such thing\\n\\nView build details: x\\n' >&2; exit 1")
    with pytest.raises(EngineError, match=r"docker build: ERROR: no such thing\Z"):
        engine.ask("build")


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("amd64", "x86_64"),
        ("x86_64", "x86_64"),
        ("arm64", "arm64"),
        ("aarch64", "arm64"),
        ("riscv64", None),
        ("", None),
    ],
)
def test_architectures_have_lambdas_words(name: str, word: str | None) -> None:
    assert architecture(name) == word


@pytest.mark.parametrize(("name", "field"), [("docker", "{{.Architecture}}"), ("podman", "{{.Host.Arch}}")])
def test_an_engine_is_asked_for_its_machine_in_its_own_words(programs: Path, name: str, field: str) -> None:
    engine = program(programs, name, f'[ "$*" = "info --format {field}" ] && echo aarch64')
    assert engine.machine() == "arm64"


MACHINE = '[ "$1" = info ] && echo x86_64'


@pytest.mark.parametrize(
    ("image", "complaint", "told"),
    [
        ("arm64", "exec /bin/sh: exec format error", True),
        ("linux/arm64/v8", "crun: Exec format error", True),
        ("amd64", "exec /bin/sh: exec format error", False),
        ("arm64", "no such file or directory", False),
        ("", "exec format error", False),
        ("riscv64", "exec format error", False),
    ],
)
def test_an_image_for_another_machine_is_recognised(programs: Path, image: str, complaint: str, told: bool) -> None:
    line = foreign(program(programs, "docker", MACHINE), image, complaint)
    assert (line is not None and line.startswith("the image is for arm64, docker runs on x86_64")) == told


@pytest.mark.parametrize(
    ("code", "complaint", "error", "retry", "blamed"),
    [
        (127, 'exec: "python3": executable file not found in $PATH', "the image has no Python", True, False),
        (
            1,
            "FATA OCI runtime create failed: executable file not found in $PATH",
            "the image has no Python",
            True,
            False,
        ),
        (1, "exec /usr/bin/python3: exec format error", "the image has no Python", True, False),
        (1, "the Python of the image is 3.6.1: the probe needs Python 3.7 or later", "the Python of", True, False),
        (125, "docker: invalid reference format", "docker: invalid reference format", False, True),
        (1, "write /x: no space left on device", "write /x: no space", False, False),
        (137, "", "the container ended with status 137", False, True),
    ],
)
def test_an_early_end_has_its_reason(
    programs: Path, code: int, complaint: str, error: str, retry: bool, blamed: bool
) -> None:
    found_ = ending(program(programs, "docker", "exit 0"), "amd64", code, complaint)
    assert found_.error.startswith(error)
    assert (found_.retry, found_.blamed, found_.verdict) == (retry, blamed, "not reached")


def test_an_engine_that_is_gone_takes_the_blame(programs: Path) -> None:
    engine = program(programs, "docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    ended = ending(engine, "amd64", 125, "error waiting for container: unexpected EOF")
    assert ended.error.startswith("the engine ended or does not answer any more: docker version: Cannot connect")
    assert (ended.blamed, ended.retry) == (False, False)


def facts(*entrypoint: str, **environment: str) -> ImageFacts:
    return ImageFacts(entrypoint, (), environment, "/", "amd64")


def test_the_usual_places_of_python_begin_with_the_entrypoints() -> None:
    assert next(iter(usual(facts("/opt/venv/bin/python3.12", "-m", "x")))) == "/opt/venv/bin/python3.12"
    assert next(iter(usual(facts("/lambda-entrypoint.sh", LAMBDA_RUNTIME_DIR="/r")))) == "/var/lang/bin/python3"
    assert "/opt/venv/bin/python3" in usual(facts("/opt/venv/bin/awslambdaric"))


def test_a_python_anywhere_is_found_in_the_images_files(programs: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, mode, kind in (
            ("odd/bin/python3.9", 0o755, tarfile.REGTYPE),
            ("odd/bin/python3.11", 0o755, tarfile.REGTYPE),
            ("odd/bin/python3", 0o777, tarfile.SYMTYPE),
            ("share/python3", 0o644, tarfile.REGTYPE),
            ("odd/bin/python3-config", 0o755, tarfile.REGTYPE),
        ):
            member = tarfile.TarInfo(name)
            member.mode, member.type = mode, kind
            archive.addfile(member)
    (programs / "image.tar").write_bytes(stream.getvalue())
    log = f'echo "$*" >> {programs}/log'
    engine = program(programs, "docker", f'{log}\n[ "$1" != export ] || exec cat {programs}/image.tar')
    assert found(engine, "i") == ["/odd/bin/python3.11", "/odd/bin/python3.9"]
    calls = [line.split()[0] for line in (programs / "log").read_text().splitlines()]
    assert calls == ["create", "export", "rm"], "the container is removed again"
    assert os.environ["PATH"] == str(programs)


def test_an_engine_that_cannot_hand_files_over_leaves_it_at_the_usual_places(programs: Path) -> None:
    assert found(program(programs, "docker", "exit 1"), "i") == []


def test_the_log_of_a_failed_step_is_what_that_step_printed() -> None:
    complaint = (
        "#5 [2/2] RUN pip install x\n#5 0.2 noise\n#5 ERROR: process did not complete\n------\n > [2/2] RUN pip install x:\n"
        "0.2 Looking\n0.4 ERROR: No matching distribution found for x\n------\nDockerfile:2\n--------------------\n"
        "ERROR: failed to solve\n"
    )
    assert step_log(complaint) == "0.2 Looking\n0.4 ERROR: No matching distribution found for x"
    assert step_log("one\ntwo\n") == "one\ntwo"
