"""How the probe starts a function and sends it events, on this machine, with functions that the tests write.

The image's own runtime client is not here: the probe's rules take its place, as they do on an image without one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

DRIVER = """\
import json, pkgutil, sys
from vartask.verify.probe.functions import observe
from vartask.verify.probe.search_path import Runtime, Runtimes

class Known(Runtimes):
    def of(self, function):
        return Runtime(sys.executable, function["path"], known=True)

function = json.load(sys.stdin)
function["rules_source"] = pkgutil.get_data("vartask.verify.probe", "rules.py").decode()
print(json.dumps(observe(function, Known())))
"""
COUNTS = """\
import os, sys, time
served = 0

def handler(event, context):
    global served
    served += 1
    if event == "exit":
        os._exit(7)
    if event == "hang":
        time.sleep(60)
    if event == "fork":
        if os.fork() == 0:
            time.sleep(60)
    if event == "large":
        return "x" * 7_000_000
    if event == "binary":
        sys.stdout.buffer.write(bytes(range(256)) * 100)
    if event == "mute":
        os.close(1)
        os.close(2)
    return served
"""


def observed(directory: Path, code: str, *payloads: object, cold: int | None = None, **more: Any) -> dict[str, Any]:
    (directory / "app.py").write_text(code)
    events = [
        {"name": str(payload), "payload": payload, "seconds": 1 if payload == "hang" else 30, "cold": index == cold}
        for index, payload in enumerate(payloads)
    ]
    stdlib = sysconfig.get_path("stdlib")
    function = {
        "name": "\N{SNOWMAN}\n odd: name",
        "handler": "app.handler",
        "command": ["app.handler"],
        "directory": str(directory),
        "environment": {"LAMBDA_TASK_ROOT": str(directory), "PYTHONDONTWRITEBYTECODE": "1"},
        "seconds": 30,
        "memory": 1024 * 1024,
        "rules": True,
        "check": None,
        "events": events,
        "path": [str(directory), stdlib, f"{stdlib}/lib-dynload"],
        **more,
    }
    done = subprocess.run(
        [sys.executable, "-c", DRIVER],
        input=json.dumps(function),
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def served(found: dict[str, Any]) -> list[Any]:
    """The answers; of those that are none, the error."""
    return [
        json.loads(one["response"]) if "response" in one else one["error"]["message"].partition("Error: ")[2] or one["error"]["message"]
        for one in found["events"]
    ]  # fmt: skip


def test_events_come_to_one_process_in_their_order(tmp_path: Path) -> None:
    found = observed(tmp_path, COUNTS, 1, 2, 3)
    assert (found["verdict"], found["by"], served(found)) == ("ok", "rules", [1, 2, 3])


def test_a_cold_event_has_a_fresh_process_and_those_after_it_have_the_same(tmp_path: Path) -> None:
    assert served(observed(tmp_path, COUNTS, 1, 2, 3, 4, cold=2)) == [1, 2, 1, 2]


@pytest.mark.parametrize(
    ("how", "said"),
    [("exit", "Runtime exited with error: exit status 7"), ("hang", "Task timed out after 1.00 seconds")],
)
def test_events_after_the_end_of_a_process_have_a_new_one(how: str, said: str, tmp_path: Path) -> None:
    found = observed(tmp_path, COUNTS, 1, how, 3, how, 5)
    assert served(found) == [1, said, 1, said, 1]
    assert found["verdict"] == "ok"


def test_what_a_function_prints_or_closes_is_nothing_to_its_answers(tmp_path: Path) -> None:
    found = observed(tmp_path, COUNTS, "binary", "fork", "mute", 4)
    assert served(found) == [1, 2, 3, 4]
    assert found["printed"] == 25600


def test_a_function_that_does_not_start_is_sent_nothing(tmp_path: Path) -> None:
    found = observed(tmp_path, "import nope\n", 1, 2)
    assert found["verdict"] == "init error"
    assert found["events"] == [{"name": "1", "unsent": True}, {"name": "2", "unsent": True}]


def test_a_module_of_the_package_does_not_take_the_place_of_the_probes_own(tmp_path: Path) -> None:
    for name in ("json", "socket", "http", "time", "os"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not this one')\n")
    assert served(observed(tmp_path, "def handler(event, context):\n    return event\n", 5)) == [5]


def test_a_startup_check_is_called_after_the_handlers_module(tmp_path: Path) -> None:
    code = "ready = []\ndef handler(event, context): ...\n"
    (tmp_path / "checks.py").write_text(
        "import sys\ndef fine():\n    return 'app' in sys.modules\ndef no():\n    return ''\n"
    )
    assert observed(tmp_path, code, check="checks:fine")["verdict"] == "ok"
    found = observed(tmp_path, code, check="checks.no")
    assert (found["verdict"], found["message"]) == ("startup check failed", "checks.no returned ''")


def test_an_answer_may_be_as_large_as_lambda_takes_and_no_larger(tmp_path: Path) -> None:
    found = observed(tmp_path, COUNTS, "large")
    assert found["events"][0]["error"] == {
        "type": "Function.ResponseSizeTooLarge",
        "message": "Response payload size (7000002 bytes) exceeded maximum allowed payload size (6291556 bytes).",
        "trace": "",
    }
