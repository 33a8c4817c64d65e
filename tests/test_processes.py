"""Several processes say what one says, whatever happens to them."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from vartask import engine, predicting, processes, stored
from vartask.cache import Cache
from vartask.config import Settings
from vartask.model import Report
from vartask.project import Project
from vartask.steps import Steps

FUNCTIONS = 40
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    (made / "shared").mkdir(parents=True)
    (made / "shared/util.py").write_text("VALUE = 1\n")
    template = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
    for number in range(FUNCTIONS):
        template += (
            f"  F{number}:\n    Type: AWS::Serverless::Function\n"
            f"    Properties: {{Runtime: python3.12, CodeUri: f{number}, Handler: app.handler}}\n"
        )
        (made / f"f{number}").mkdir()
        name = "util" if number % 3 else "missing"
        (made / f"f{number}/app.py").write_text(
            f"import json\nfrom shared.{name} import VALUE\n\ndef handler(event, context):\n    return context.x{number}\n"
        )
    (made / "template.yaml").write_text(template)
    return made


@pytest.fixture(autouse=True)
def forks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that were made."""
    made: list[int] = []
    fork = os.fork

    def counted() -> int:
        pid = fork()
        made.append(pid)
        return pid

    monkeypatch.setattr(os, "fork", counted)
    monkeypatch.setenv(processes.PROCESSES, "2")
    return made


def alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    with monkeypatch.context() as one:
        one.setenv(processes.PROCESSES, "1")
        return engine.check(Project(root), Settings())


def test_two_processes_say_what_one_says(root: Path, forks: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    expected = alone(root, monkeypatch)
    assert len(expected.findings) >= FUNCTIONS
    assert not forks
    assert engine.check(Project(root), Settings()) == expected
    assert len(forks) == 1
    monkeypatch.setenv(processes.PROCESSES, "3")
    monkeypatch.setattr(processes, "_LEAST", 4)
    assert engine.check(Project(root), Settings()) == expected
    assert len(forks) == 3


def test_few_functions_are_left_to_one_process(root: Path, forks: list[int]) -> None:
    assert processes.worth(FUNCTIONS) == 2
    assert processes.worth(20) == 1
    engine.check(Project(root, ("f1",)), Settings())
    assert not forks


@pytest.mark.parametrize("death", ["raises", "killed", "before", "mute"])
def test_what_a_process_that_fails_has_not_done_is_done_here(
    death: str, root: Path, forks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = alone(root, monkeypatch)
    here = os.getpid()
    real = {name: getattr(predicting.Predictions, name) for name in ("_begin", "_do", "_answer")}

    def die(self: predicting.Predictions, *given: object) -> object:
        name = {"before": "_begin", "mute": "_answer"}.get(death, "_do")
        if os.getpid() != here:
            if death == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            if death == "mute":
                return b""
            raise KeyboardInterrupt
        return real[name](self, *given)

    monkeypatch.setattr(predicting.Predictions, {"before": "_begin", "mute": "_answer"}.get(death, "_do"), die)
    assert engine.check(Project(root), Settings()) == expected
    assert len(forks) == 1


def test_a_system_without_room_for_a_process_is_no_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = alone(root, monkeypatch)

    def refused() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    assert engine.check(Project(root), Settings()) == expected


def test_a_process_with_threads_does_not_fork() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert processes.worth(1000) == 1
    finally:
        stop.set()
        thread.join()
    assert processes.worth(1000) == 2


def test_an_interruption_leaves_no_process(root: Path, forks: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.getpid()
    work = predicting.Predictions._do  # noqa: SLF001 - where the time goes

    def interrupted(self: predicting.Predictions, numbers: list[int]) -> None:
        if os.getpid() == here:
            raise KeyboardInterrupt
        work(self, numbers)
        signal.pause()

    monkeypatch.setattr(predicting.Predictions, "_do", interrupted)
    with pytest.raises(KeyboardInterrupt):
        engine.check(Project(root), Settings())
    with pytest.raises(ProcessLookupError):
        os.kill(forks[0], 0)


def test_what_the_others_have_made_is_kept(root: Path, tmp_path: Path, forks: list[int]) -> None:
    cache = Cache(str(tmp_path / "cache"), str(root))
    made: list[int] = []

    def check() -> Report:
        project = Project(root)

        def run(steps: Steps) -> Report:
            found = engine.check(project, Settings(), steps)
            own = steps.own(project)
            assert own is not None
            made.append(sum(name.startswith("function ") for name in own.steps))
            return found

        found = stored.check(project, Settings(), cache, run)
        assert found == engine.check(Project(root), Settings())
        return found

    check()
    assert 0 < made[0] < FUNCTIONS or len(forks) > 1
    for number in (0, 7, FUNCTIONS - 1):
        (root / f"f{number}/app.py").write_text("def handler(event, context): return {}\n")
        check()
        assert made.pop() == 1
    (root / "f3/app.py").write_text("def handler(event): return {}\n")
    assert "VT104" in {finding.code for finding in check().findings}
