"""Every command line that engines are given, against the options that Podman and nerdctl know.

Both know those below: Podman 4.3.1 lists them (``podman COMMAND --help``), and so does
https://github.com/containerd/nerdctl/blob/main/docs/command-reference.md, which says that all others are unimplemented.
finch is nerdctl in a virtual machine.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from vartask.verify.builds import Recipe, image_of
from vartask.verify.container import SCRATCH, Session, Start
from vartask.verify.engines import Engine, EngineError, ImageFacts
from vartask.verify.export import export
from vartask.verify.pythons import found

RUN = frozenset(
    "--cap-drop --entrypoint --interactive --label --memory --memory-swap --name --network --pids-limit --platform"  # noqa: SIM905
    " --read-only --rm --security-opt --tmpfs --user".split()
)
BUILD = frozenset("--build-arg --build-context --file --label --network --platform --tag --target".split())  # noqa: SIM905
KNOWN = {
    "run": RUN,
    "create": RUN,
    "build": BUILD,
    "pull": frozenset({"--platform", "--quiet"}),
    "rm": frozenset({"-f"}),
    "rmi": frozenset({"-f"}),
    "image inspect": frozenset({"--format"}),
    "info": frozenset({"--format"}),
    "version": frozenset[str](),
    "export": frozenset[str](),
}
FACTS = ImageFacts(("/lambda-entrypoint.sh",), (), {}, "/var/task", "amd64")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the engine was asked, a line for each word; it does nothing."""
    (tmp_path / "podman").write_text(
        f'#!/bin/sh\nfor word; do echo "$word" >> {tmp_path}/log; done\necho . >> {tmp_path}/log\nexit 125\n'
    )
    (tmp_path / "podman").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "log"


def asked(log: Path) -> list[list[str]]:
    return [call.split("\n") for call in log.read_text().removesuffix("\n.\n").split("\n.\n")]


def test_no_engine_is_given_an_option_that_it_does_not_know(log: Path, tmp_path: Path) -> None:
    engine = Engine("podman")
    start = Start("f", "app.handler", ("x",), "/var/task", {}, memory=128)
    list(Session(engine, "image", FACTS, 512).run([start], platform="linux/arm64"))
    recipe = Recipe(
        dockerfile=tmp_path / "Dockerfile",
        directory=tmp_path,
        target="t",
        arguments=(("A", "1"),),
        platform="linux/arm64",
    )
    with pytest.raises(EngineError), image_of(engine, recipe, ("--network=none",)):
        pass
    with pytest.raises(EngineError):
        export(engine, "image", ("/var/task",))
    assert found(engine, "image") == []
    assert (engine.machine(), engine.silence() is None) == (None, False)
    with pytest.raises(EngineError):
        engine.inspect("image")
    seen = set()
    for words in asked(log):
        command = " ".join(words[:2]) if words[0] == "image" else words[0]
        # What stands behind the image belongs to the program in the container.
        own = words[: words.index("image", 1)] if command in {"run", "create"} else words
        options = {word.partition("=")[0] for word in own[1:] if word.startswith("-")}
        assert options <= KNOWN[command], command
        seen.add(command)
    assert seen >= {"run", "create", "build", "rm", "rmi", "image inspect", "info", "version"}


def test_a_container_has_no_network_no_rights_and_limits(log: Path) -> None:
    start = Start("f", "app.handler", ("x",), "/var/task", {}, memory=128)
    list(Session(Engine("podman"), "image", FACTS, 100).run([start]))
    run = next(words for words in asked(log) if words[0] == "run")
    pairs = set(pairwise(run))
    assert pairs >= {
        ("--network", "none"),
        ("--cap-drop", "ALL"),
        ("--security-opt", "no-new-privileges"),
        ("--user", "993:990"),
        ("--memory", "292m"),
        ("--memory-swap", "292m"),
    }
    assert {"--read-only", "--rm"} <= set(run)
    assert any(word.startswith(f"{SCRATCH}:") and word.endswith("size=100m") for word in run)
