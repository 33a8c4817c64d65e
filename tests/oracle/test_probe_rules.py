"""The probe's rules for images without a runtime client are those of the real ``awslambdaric``, word for word."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from deployments import write
from handler_cases import FILES, HANDLERS

DRIVER = Path(__file__).parent / "ask_rules.py"
INVOKED = """\
import decimal

def handler(event, context):
    kind = event["kind"]
    if kind == "raises": raise KeyError("id")
    if kind == "set": return {1}
    if kind == "decimal": return {"n": decimal.Decimal("1.5")}
    if kind == "bytes": return {"b": b"x"}
    if kind == "text": return "Zürich"
    if kind == "exits": raise SystemExit(2)
    if kind == "context": return [context.function_version, context.memory_limit_in_mb, context.client_context,
                                  context.get_remaining_time_in_millis() > 0, context.identity.cognito_identity_id]
    return event

async def waits(event, context): ...
def one(event): ...
value = 3
"""
BROKEN = {
    "syntax.py": "def handler(:\n",
    "indent.py": "def handler():\n\tx\n        y\n",
    "raises.py": "raise RuntimeError('no')\n",
    "key.py": "{}['missing']\n",
    "quits.py": "import sys\nsys.exit(3)\n",
    "deep.py": "import deeper\n",
    "deeper.py": "import not_there\n",
    "deepsyntax.py": "import syntax\n",
    "latin.py": "x = '\\xff'\n",
}


def ask(root: Path, cases: list[tuple[str, list[object]]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    command = [sys.executable, str(DRIVER), str(root)]
    done = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, check=True, timeout=300)
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def test_handlers_are_resolved_as_the_client_does(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    compared = ask(tmp_path, [(handler, []) for handler in HANDLERS])
    for handler, (real, ours) in zip(HANDLERS, compared, strict=True):
        assert ours == real, handler
    assert {real["verdict"] for real, _ in compared} == {"ok", "init error"}


def test_modules_that_fail_fail_in_the_clients_words(tmp_path: Path) -> None:
    write(tmp_path, BROKEN)
    handlers = [f"{name.removesuffix('.py')}.handler" for name in BROKEN]
    compared = ask(tmp_path, [(handler, []) for handler in handlers])
    for handler, (real, ours) in zip(handlers, compared, strict=True):
        assert ours == real, handler
        assert handler == "latin.handler" or real["verdict"] != "ok", handler


def test_events_are_answered_as_the_client_does(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": INVOKED})
    kinds = ["raises", "set", "decimal", "bytes", "text", "context", "echo"]
    cases: list[tuple[str, list[object]]] = [("app.handler", [{"kind": kind}]) for kind in kinds]
    cases += [(f"app.{name}", [{}]) for name in ("waits", "one", "value")]
    compared = ask(tmp_path, cases)
    for case, (real, ours) in zip(cases, compared, strict=True):
        for both in (real, ours):
            for answer in both["answers"]:
                if answer["error"]:
                    answer["error"].pop("trace")
                if answer["response"]:
                    answer["response"] = json.loads(answer["response"])
        assert ours == real, case
