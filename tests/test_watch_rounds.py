"""What a watch does about checks that could not see everything, round by round and without waiting."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from vartask import engine
from vartask.arguments import parser
from vartask.commands.watch import Watcher
from vartask.locate import locate

COMMANDS: defaultdict[str, object] = defaultdict(lambda: None)
TEMPLATE = """\
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.12, CodeUri: ., Handler: app.handler}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "app.py").write_text("def handler(event, context): ...\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def watcher(project: Path) -> Watcher:
    return Watcher(parser(COMMANDS).parse_args(["check", "--watch", "--no-cache"]), locate([str(project)]))


def test_a_failure_of_vartask_itself_is_told_once_and_the_next_change_tries_again(
    watcher: Watcher, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:

        def fail(*_: object) -> object:
            raise RuntimeError("a bug")

        patch.setattr(engine, "check", fail)
        first = watcher.check(None)
        said = capsys.readouterr()
        assert "failed: RuntimeError: a bug" in said.err
        assert "not checked; waiting for changes" in said.out
        assert not watcher.is_same(first)
        second = watcher.check(first)
        assert capsys.readouterr() == ("", "")
        assert watcher.is_same(second)
    (project / "app.py").write_text("def other(event, context): ...\n")
    assert not watcher.is_same(second)
    watcher.check(None)
    assert "1 finding in 1 function" in capsys.readouterr().out


def test_a_file_that_cannot_be_opened_is_tried_once_more_and_then_waited_for(
    watcher: Watcher, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = os.open

    def refuse(path: Any, *rest: Any, **more: Any) -> int:
        if str(path).endswith("app.py"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        first = watcher.check(None)
        assert "in 1 function" in capsys.readouterr().out
        assert not watcher.is_same(first)
        second = watcher.check(first)
        assert capsys.readouterr() == ("", "")
        assert watcher.is_same(second)
    (project / "app.py").chmod(0o600)
    assert not watcher.is_same(second)


def test_what_differs_is_shown_even_though_nothing_seems_to_have_moved(
    watcher: Watcher, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = watcher.check(None)
    (project / "app.py").write_text("import missing_module\n\ndef handler(event, context): ...\n")
    capsys.readouterr()
    watcher.check(first)
    assert "missing_module" in capsys.readouterr().out


def test_a_change_made_as_soon_as_the_report_is_read_has_moved(
    watcher: Watcher, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_: str) -> None:
        (project / "app.py").write_text("import missing_module\n\ndef handler(event, context): ...\n")

    monkeypatch.setattr(watcher, "show", read)
    made = watcher.check(None)
    assert watcher.state(made) != made.state
    assert not watcher.is_same(made)
