"""The real runtime client, asked in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

DRIVER = Path(__file__).parent / "oracle" / "ask_runtime.py"


def ask(task_root: Path, handler: str) -> str | None:
    """``Type: message`` of the runtime's refusal, ``None`` when it imports the handler."""
    command = [sys.executable, "-B", str(DRIVER), str(task_root), handler]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    outcome = json.loads(done.stdout.splitlines()[-1])
    return f"{outcome['type']}: {outcome['message']}" if outcome["type"] else None
