"""Events and phases against a real engine: what is answered, and what becomes of a process that ends instead."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from built_images.engine import Engine
from container_runs import answers, image_of, told, verify
from vartask.data.canned_events import NAMES

ROUTES = """\
import os, time
served = 0

def handler(event, context):
    global served
    served += 1
    path = event.get("rawPath") or event.get("path")
    if path == "/lazy":
        import no_such_module
    if path == "/caught":
        try:
            import no_such_module
        except ImportError as error:
            return {"statusCode": 500, "body": str(error)}
    if path == "/missing":
        return {"statusCode": 404, "body": ""}
    if path == "/exit":
        os._exit(1)
    if path == "/end":
        os._exit(0)
    if path == "/hang":
        time.sleep(600)
    if path == "/eat":
        data = []
        while True:
            data.append(bytearray(10 * 1024 * 1024))
    return {"statusCode": 200, "body": f"{served} {context.get_remaining_time_in_millis() > 0}"}
"""


def phases(directory: Path, *written: dict[str, object]) -> str:
    (directory / "phases.json").write_text(json.dumps([{"event": "api-gateway-v1", **one} for one in written]))
    return "--phases=phases.json"


def test_an_import_error_behind_a_lazy_route_is_the_error_or_the_500_that_it_is(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"app": ROUTES})
    option = phases(
        tmp_path,
        {"path": "/"},
        {"path": "/lazy"},
        {"path": "/lazy", "expect": {"error": "ModuleNotFoundError"}},
        {"path": "/caught"},
        {"path": "/missing"},
        {"path": "/missing", "expect": {"status": 200}},
        {"path": "/", "expect": {"body-contains": "7 True"}},
        {"path": "/", "expect": {"body-contains": "nothing such"}},
    )
    code, found, _ = verify(clean, tmp_path, option)
    assert code == 1
    assert answers(found, "App") == [
        ("api-gateway-v1 /", 200, None),
        ("api-gateway-v1 /lazy", None, "ModuleNotFoundError: No module named 'no_such_module'"),
        ("api-gateway-v1 /lazy", None, None),
        ("api-gateway-v1 /caught", 500, "status 500"),
        ("api-gateway-v1 /missing", 404, None),
        ("api-gateway-v1 /missing", 404, "status 404, expected 200"),
        ("api-gateway-v1 /", 200, None),
        ("api-gateway-v1 /", 200, "the body does not contain 'nothing such'"),
    ]
    caught = told(found)["App"]["events"][3]
    assert json.loads(caught["response"])["body"] == "No module named 'no_such_module'"


def test_answers_below_500_do_not_fail_a_function(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"app": ROUTES})
    code, _, _ = verify(clean, tmp_path, phases(tmp_path, {"path": "/"}, {"path": "/missing"}))
    assert code == 0


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/exit", "Runtime.ExitError: RequestId: ID Error: Runtime exited with error: exit status 1"),
        ("/end", "Runtime.ExitError: RequestId: ID Error: Runtime exited without providing a reason"),
        ("/hang", "Sandbox.Timedout: Task timed out after 1.00 seconds"),
        ("/eat", "Runtime.ExitError: RequestId: ID Error: Runtime exited with error: signal: killed"),
    ],
)
def test_a_process_that_ends_during_an_event_is_told_in_lambdas_words_and_the_next_has_a_new_one(
    clean: Engine, tmp_path: Path, path: str, error: str
) -> None:
    image_of(tmp_path, {"app": ROUTES})
    option = phases(tmp_path, {"path": "/"}, {"path": path, "seconds": 1 if path == "/hang" else 20}, {"path": "/"}, {})
    code, found, _ = verify(clean, tmp_path, option, "--memory", "256")
    assert code == 1
    first, ended, next_, last = told(found)["App"]["events"]
    assert re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", ended["error"]) == error
    assert json.loads(first["response"])["body"] == json.loads(next_["response"])["body"] == "1 True"
    assert (next_["fresh"], last["fresh"]) == (True, False)
    assert json.loads(last["response"])["body"] == "2 True"


def test_a_cold_phase_has_a_process_of_its_own(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"app": ROUTES})
    _, found, _ = verify(clean, tmp_path, phases(tmp_path, {}, {}, {"cold": True}, {}))
    assert [json.loads(one["response"])["body"] for one in told(found)["App"]["events"]] == [
        "1 True",
        "2 True",
        "1 True",
        "2 True",
    ]


def test_phases_are_for_the_functions_that_they_name(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"app": ROUTES, "other": ROUTES})
    option = phases(
        tmp_path, {"name": "one", "functions": ["App"]}, {"name": "two", "functions": ["Other"]}, {"name": "both"}
    )
    _, found, _ = verify(clean, tmp_path, option)
    assert [name for name, *_ in answers(found, "App")] == ["one", "both"]
    assert [name for name, *_ in answers(found, "Other")] == ["two", "both"]
    code, _, said = verify(clean, tmp_path, phases(tmp_path, {"functions": ["Ap"]}))
    assert (code, said) == (2, 'vartask: --event or --phases: no function "Ap", did you mean "App"?\n')


def test_every_canned_event_comes_to_the_handler_as_it_is_written(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"app": "def handler(event, context):\n    return sorted(event)\n"})
    code, found, _ = verify(clean, tmp_path, *(f"--event=App={name}" for name in NAMES))
    assert code == 0
    keys = {one["event"]: json.loads(one["response"]) for one in told(found)["App"]["events"]}
    assert set(keys) == set(NAMES)
    assert keys["sqs"] == ["Records"]
    assert "requestContext" in keys["alb"]


def test_events_of_a_function_that_does_not_start_are_not_sent(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"app": "import no_such_module\n"})
    _, found, _ = verify(clean, tmp_path, "--event", "sqs")
    assert answers(found, "App") == [("sqs", None, "not sent: the function does not start")]


def test_what_a_handler_cannot_reach_from_here_is_a_gap(clean: Engine, tmp_path: Path) -> None:
    code = "import urllib.request\ndef handler(event, context):\n    urllib.request.urlopen('http://192.0.2.1', timeout=2)\n"
    image_of(tmp_path, {"app": code})
    status, found, _ = verify(clean, tmp_path, "--event", "sqs")
    assert status == 0
    assert any("reaches for the network" in gap["reason"] for gap in found["gaps"])
