"""Import handlers and handle one request with each by the real ``awslambdaric``; print what the runtime posts.

    python ask_invocation.py SITE_PACKAGES < [[task root, handler], ...]

Prints a JSON list: ``null`` for a response, else ``Type: message``.
The handler is found by ``_get_handler`` and called by ``handle_event_request``, as by the runtime's own loop.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import Any


class Client:
    """Stands for the Runtime API: keeps what is posted."""

    def __init__(self, marshaller: object) -> None:
        self.marshaller = marshaller
        self.posted: str | None = None

    def post_invocation_error(self, _invoke_id: str, error: str, *_rest: object) -> None:
        """The invocation failed."""
        said = json.loads(error)
        self.posted = f"{said['errorType']}: {said['errorMessage']}"

    def post_invocation_result(self, *_rest: object) -> None:
        """The invocation has a response."""


def ask(bootstrap: Any, marshaller: Any, task_root: str, handler: str) -> str | None:
    """One handler's answer."""
    before = set(sys.modules)
    sys.path.insert(0, task_root)
    client = Client(marshaller)
    with contextlib.redirect_stdout(io.StringIO()):
        found = bootstrap._get_handler(handler)  # noqa: SLF001 - as the runtime's loop does
        bootstrap.handle_event_request(
            client, found, "id", '{"a": 1}', "application/json", None, None, "arn", 0, None, bootstrap.StandardLogSink()
        )
    sys.path.remove(task_root)
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(task_root):
            del sys.modules[name]
    return client.posted


def main() -> None:
    """Answer for every task root."""
    sys.path.append(sys.argv[1])
    from awslambdaric import bootstrap  # type: ignore[import-untyped]
    from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller  # type: ignore[import-untyped]

    answers = [ask(bootstrap, LambdaMarshaller(), task_root, handler) for task_root, handler in json.load(sys.stdin)]
    print(json.dumps(answers))  # noqa: T201


if __name__ == "__main__":
    main()
