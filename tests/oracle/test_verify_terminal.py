"""``vartask verify`` as somebody at a terminal sees it, with a real engine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from built_images.dockerfiles import BASE
from built_images.engine import HOW, Engine, running
from terminals import Terminal

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  First:
    Type: AWS::Serverless::Function
    Metadata: {Dockerfile: Dockerfile, DockerContext: .}
    Properties: {PackageType: Image, ImageConfig: {Command: [app.first]}}
  Second:
    Type: AWS::Serverless::Function
    Metadata: {Dockerfile: Dockerfile, DockerContext: .}
    Properties: {PackageType: Image, ImageConfig: {Command: [app.second]}}
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    found = running()
    if found is None or found.docker("image", "inspect", BASE, check=False).returncode != 0:
        pytest.skip(HOW)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "Dockerfile").write_text(f"FROM {BASE}\nCOPY app.py ./\n")
    return found


def at_a_terminal(engine: Engine, directory: Path, terminal: Terminal, *, interrupted: bool = False) -> int:
    own = {name: value for name, value in engine.environment.items() if os.environ.get(name) != value}
    environment = {**own, "PATH": f"{Path(engine.client).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "vartask", "verify", "--engine", "docker", "--build-option=--network=none"]
    return terminal.run(
        command, environment=environment, cwd=directory, interrupt_at="1 of 2 First" if interrupted else None
    )


def test_an_image_has_a_bar_while_it_is_built_and_its_handlers_run(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import time\ntime.sleep(1)\ndef first(event, context): ...\nsecond = first\n")
    terminal = Terminal(120)
    assert at_a_terminal(engine, tmp_path, terminal) == 0
    for phase in ("building", "1 of 2 First", "2 of 2 Second"):
        assert terminal.ever(phase)
    assert terminal.ever(" Dockerfile ━"), "its name is the one in the project"
    assert terminal.lines == []
    assert not terminal.screen.cursor.hidden


def test_an_interruption_leaves_a_clean_terminal(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import time\ntime.sleep(60)\n")
    terminal = Terminal(120)
    assert at_a_terminal(engine, tmp_path, terminal, interrupted=True) == 130
    assert not terminal.screen.cursor.hidden
    assert terminal.lines == []
