"""The interpreter, the directory and the user that everything runs as."""

from __future__ import annotations

import os
import platform
import sys

if False:  # only for type checkers
    from vartask.verify.probe.telling import Facts


def surroundings() -> Facts:
    """What the probe finds around itself."""
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "directory": os.getcwd(),
        "machine": platform.machine(),
        "uid": os.getuid(),
        "task_root": os.environ.get("LAMBDA_TASK_ROOT"),
    }
