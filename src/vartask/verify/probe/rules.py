"""A runtime client of our own, for a package that is to run on an image without one, and for startup checks.

It is run by ``python -c`` with the handler, the search path and a startup check (empty: none) as arguments, resolves
the handler by the rules of ``awslambdaric`` (``bootstrap._get_handler`` of 2.1.0 to 4.2.2; docs/replay.md), and then
answers events as it does.  With a check it imports the handler's module, calls the check, and asks for an event when
that went well.

What it imports before the handler is what the real client has imported by then, so that a module of the package that
has the same name is shadowed here as it is there; it speaks HTTP by itself, because the client does so in C.
"""

from __future__ import annotations

import _socket
import decimal
import importlib
import json
import logging
import os
import site
import sys
import time
import traceback

if False:  # only for type checkers
    from typing import Any, Callable

VERSION = "/2018-06-01/runtime/"


class Refused(Exception):
    """The handler cannot be used; ``kind`` is Lambda's name of the error."""

    def __init__(self, kind: str, message: str, trace: list[str]) -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = trace


class Context:
    """What a handler gets beside the event (https://docs.aws.amazon.com/lambda/latest/dg/python-context.html)."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.client_context = None
        self.identity = type("CognitoIdentity", (), {"cognito_identity_id": None, "cognito_identity_pool_id": None})()
        self.tenant_id = None
        self._deadline = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self) -> int:
        """Until the function is ended."""
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message: object) -> None:
        """Write to the log."""
        sys.stdout.write(str(message))


def ask(method: str, path: str, body: bytes = b"") -> tuple[dict[str, str], bytes]:
    """One request to the Runtime API: the headers, in lower case, and the body of its answer."""
    host, _, port = os.environ["AWS_LAMBDA_RUNTIME_API"].partition(":")
    head = (
        f"{method} {VERSION}{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connection = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    connection.connect((host, int(port)))
    connection.sendall(head.encode() + body)
    received = b""
    while True:
        data = connection.recv(65536)
        if not data:
            break
        received += data
    connection.close()
    head, _, answer = received.decode("latin-1").partition("\r\n\r\n")
    pairs = (line.partition(":") for line in head.split("\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}, answer.encode("latin-1")


def resolve(handler: str) -> Callable[..., object]:
    """The handler itself.  Raises :class:`Refused`, and whatever its module raises."""
    written, dot, attribute = handler.rpartition(".")
    if not dot:
        problem = "not enough values to unpack (expected 2, got 1)"
        raise Refused("Runtime.MalformedHandlerName", f"Bad handler '{handler}': {problem}", [])
    # The text is looked at before its slashes are replaced, so ``time/x.handler`` passes.
    if written.split(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {written} as a handler module"
        raise Refused("Runtime.BuiltInModuleConflict", message, [])
    try:
        module = importlib.import_module(written.replace("/", "."))
    except ImportError as error:
        raise Refused("Runtime.ImportModuleError", f"Unable to import module '{written}': {error}", []) from error
    except SyntaxError as error:
        place = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        text = f"Syntax error in module '{written}': {error}"
        raise Refused("Runtime.UserCodeSyntaxError", text, place) from error
    try:
        found: Callable[..., object] = getattr(module, attribute)
    except AttributeError as error:
        message = f"Handler '{attribute}' missing on module '{written}'"
        raise Refused("Runtime.HandlerNotFound", message, []) from error
    return found


def told(error: BaseException) -> bytes:
    """An error as the client reports it."""
    if isinstance(error, Refused):
        kind, trace = error.kind, error.trace
    else:
        kind = type(error).__name__
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != "<string>"]
        trace = traceback.format_list(frames)
    return json.dumps({"errorMessage": str(error), "errorType": kind, "requestId": "", "stackTrace": trace}).encode()


def plain(value: object) -> Any:
    """What the client's own encoder makes of values that JSON does not know."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.decode()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def marshalled(result: object) -> bytes:
    """A handler's result.  Raises :class:`Refused`."""
    try:
        return json.dumps(result, default=plain).encode()
    except Exception as error:
        raise Refused("Runtime.MarshalError", f"Unable to marshal response: {error}", []) from error


def serve(handler: Callable[..., object]) -> None:
    """Answer events for ever."""
    while True:
        headers, body = ask("GET", "invocation/next")
        request = headers["lambda-runtime-aws-request-id"]
        try:
            answer = marshalled(handler(json.loads(body.decode()), Context(headers)))
        except Exception as error:  # noqa: BLE001 - whatever the project's code raises is what is asked for
            ask("POST", f"invocation/{request}/error", told(error))
        else:
            ask("POST", f"invocation/{request}/response", answer)


def checked(check: str) -> None:
    """Call a startup check.  Raises what it raises, and :class:`Refused` when it returns something false."""
    name, _, attribute = check.rpartition(":" if ":" in check else ".")
    function: Any = importlib.import_module(name)
    for part in attribute.split("."):
        function = getattr(function, part)
    result = function()
    if hasattr(result, "__await__"):
        import asyncio

        result = asyncio.run(waited(result))
    if result is not None and not result:
        raise Refused("", f"{check} returned {result!r}", [])


async def waited(result: Any) -> object:
    """The result of a check that is ``async``."""
    return await result


def main(handler: str, path: str, check: str) -> None:
    """Resolve the handler and answer events, or say why not."""
    logging.getLogger().addHandler(logging.NullHandler())
    sys.path[:] = path.split(os.pathsep)
    for directory in [entry for entry in sys.path if entry.startswith(("/opt/python", os.environ["LAMBDA_TASK_ROOT"]))]:
        if os.path.isdir(directory):
            site.addsitedir(directory)  # for the .pth files, as AWS's bootstrap does
    sys.argv = ["bootstrap", handler]
    try:
        found = resolve(handler) if handler else None
        if check:
            checked(check)
    except Exception as error:  # noqa: BLE001 - whatever the project's code raises is what is asked for
        ask("POST", "init/error", told(error))
        sys.exit(1)
    if check or found is None:
        ask("GET", "invocation/next")
    else:
        serve(found)


if __name__ == "__main__":
    main(*sys.argv[1:])
