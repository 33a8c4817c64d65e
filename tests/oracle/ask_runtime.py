"""Ask the real runtime client what it makes of a directory: the driver runs in a process of its own.

Usage: ``python ask_runtime.py TASK_ROOT HANDLER``; prints one JSON object.  ``sys.path`` is Lambda's: the task root first, then the
standard library.  What the tests have installed is not on it: only ``awslambdaric``, which is imported before, is there.
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    """Import the handler as the runtime does and print the outcome."""
    task_root, handler = sys.argv[1:]
    from awslambdaric import bootstrap  # type: ignore[import-untyped]

    # The driver's own directory is not on Lambda's path.
    sys.path[:] = [task_root, *(path for path in sys.path[1:] if not path.endswith(("site-packages", "dist-packages")))]
    try:
        bootstrap._get_handler(handler)  # noqa: SLF001 - the very function whose words are compared
    except bootstrap.FaultException as fault:
        outcome = {"type": fault.exception_type, "message": fault.msg}
    except Exception as error:  # noqa: BLE001 - whatever user code raises, the runtime reports
        outcome = {"type": type(error).__name__, "message": str(error)}
    else:
        outcome = {"type": None, "message": None}
    print(json.dumps(outcome))  # noqa: T201


if __name__ == "__main__":
    main()
