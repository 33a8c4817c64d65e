"""Start handlers with the real runtime client and with the probe's rules, and print what each became.

Usage: ``python ask_rules.py TASK_ROOT < CASES``; a case is a list of a handler and of the events to send.  Prints one JSON
list a case: the outcome with ``awslambdaric`` and that with the rules.
"""

from __future__ import annotations

import json
import os
import pkgutil
import sys
import sysconfig
from typing import Any

from vartask.verify.probe.functions import rules_command, start
from vartask.verify.probe.processes import Output

CLIENT = """
import sys
sys.path[:] = filter(None, sys.path)
import os
from awslambdaric.__main__ import main
sys.path[:] = sys.argv[2].split(os.pathsep)
main(["bootstrap", sys.argv[1]])
"""


def outcome(command: list[str], handler: str, events: list[object], root: str) -> dict[str, Any]:
    """What became of a function, without what differs from run to run."""
    function = {"name": "Case", "handler": handler, "directory": root, "seconds": 20, "memory": 2**20}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"LAMBDA_TASK_ROOT": root, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "PYTHONDONTWRITEBYTECODE": "1"}
    output = Output()
    sent = [{"name": "event", "payload": event, "seconds": 20, "cold": False} for event in events]
    found = start(function, command, environment, sent, output.writing)
    output.close()
    answers = [{"response": one.get("response"), "error": one.get("error")} for one in found["events"]]
    return {"verdict": found["verdict"], "type": found.get("type"), "message": found.get("message"), "answers": answers}


def main() -> None:
    """Compare every case."""
    root = sys.argv[1]
    rules = (pkgutil.get_data("vartask.verify.probe", "rules.py") or b"").decode()
    stdlib = sysconfig.get_path("stdlib")
    path = [root, stdlib, f"{stdlib}/lib-dynload"]
    for handler, events in json.load(sys.stdin):
        real = outcome([sys.executable, "-c", CLIENT, handler, os.pathsep.join(path)], handler, events, root)
        ours = outcome(rules_command(sys.executable, rules, handler, path), handler, events, root)
        print(json.dumps([real, ours]))  # noqa: T201


if __name__ == "__main__":
    main()
