"""Load a wrapper's handler and handle one request with the real ``awslambdaric``; print what the runtime reports.

    python ask_wrapper.py TASK_ROOT LAYER HANDLER

Prints ``Type: message`` of the error at init or of the invocation, or an empty line for a response.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys

from ask_invocation import Client  # type: ignore[import-not-found]


def main() -> None:
    """Ask about one handler."""
    task_root, layer, handler = sys.argv[1:]
    # The driver's own directory is not on Lambda's path.
    sys.path[:1] = [task_root, layer]
    os.environ.update(
        AWS_LAMBDA_FUNCTION_NAME="F",
        AWS_LAMBDA_LOG_STREAM_NAME="F",
        AWS_REGION="eu-west-1",
        LAMBDA_RUNTIME_DIR="/var/runtime",
        _HANDLER=handler,
        # Nothing is to be sent anywhere.
        DD_FLUSH_TO_LOG="true",
        DD_TRACE_ENABLED="false",
    )
    from awslambdaric import bootstrap  # type: ignore[import-untyped]
    from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller  # type: ignore[import-untyped]

    client = Client(LambdaMarshaller())
    arn = "arn:aws:lambda:eu-west-1:1:function:F"
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            found = bootstrap._get_handler(handler)  # noqa: SLF001 - as the runtime's loop does
            bootstrap.handle_event_request(
                client,
                found,
                "id",
                "{}",
                "application/json",
                None,
                None,
                arn,
                10**13,
                None,
                bootstrap.StandardLogSink(),
            )
    except bootstrap.FaultException as fault:
        client.posted = f"{fault.exception_type}: {fault.msg}"
    except Exception as error:  # noqa: BLE001 - whatever is raised, the runtime reports
        client.posted = f"{type(error).__name__}: {error}"
    print(client.posted or "")  # noqa: T201


if __name__ == "__main__":
    main()
