"""The Lambda Runtime API and Extensions API for one process: who is ready, and who gets which event.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html,
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import TCPServer, ThreadingMixIn

if False:  # only for type checkers
    from typing import Callable

    from vartask.verify.probe.telling import Facts

KEPT = 16384
"""Characters that are kept of what a function says of itself."""

RUNTIME = "/2018-06-01/runtime/"
EXTENSION = "/2020-01-01/extension/"
LARGEST = 6 * 1024 * 1024 + 100
"""Bytes of an answer (``MaxPayloadSize`` in ``internal/lambda/interop/model.go`` of
https://github.com/aws/aws-lambda-runtime-interface-emulator; https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""

STREAMS = ("/2020-08-15/logs", "/2022-07-01/telemetry")
"""Where extensions ask for logs.  They are told that they will get some."""

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
TRACE = "Root=1-00000000-000000000000000000000000"


class Api(ThreadingMixIn, HTTPServer):
    """Both for one start of a function: notes when the runtime is ready, and hands out the events in their order."""

    daemon_threads = True

    def __init__(self, function: Facts, events: list[Facts]) -> None:
        super().__init__(("127.0.0.1", 0), Requests)
        self.function = function
        self.arn = ARN + (re.sub(r"[^\w-]", "-", function["name"], flags=re.ASCII) or "function")
        self.waiting = list(events)
        self.sent: list[Facts] = []
        self.ready: float | None = None
        self.failed: Facts | None = None
        self.moved = time.monotonic()
        """When the runtime last did something."""
        self.extensions: dict[str, Extension] = {}
        self.over = threading.Event()
        self.changed = threading.Condition()

    def server_bind(self) -> None:
        """Without the look at the domain name system that the library takes."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a runtime that is killed leaves its connection open."""

    def close(self) -> None:
        """Let go of everybody who still waits: each is a thread, and a container may have only so many."""
        self.over.set()
        for extension in list(self.extensions.values()):
            extension.release()
        self.shutdown()
        self.server_close()

    def next_event(self) -> Facts | None:
        """The runtime is ready for another event."""
        with self.changed:
            self.moved = time.monotonic()
            if self.ready is None:
                self.ready = self.moved
            event = self.waiting.pop(0) if self.waiting else None
            sent = None
            if event is not None:
                sent = {"id": str(uuid.uuid4()), "event": event, "started": self.moved}
                sent["deadline"] = int((time.time() + event["seconds"]) * 1000)
                self.sent.append(sent)
            self.changed.notify_all()
        if sent is not None:
            for extension in list(self.extensions.values()):
                extension.invoked()
        return sent

    def init_error(self, error: Facts) -> None:
        """The runtime could not load the handler."""
        with self.changed:
            self.failed = error
            self.changed.notify_all()

    def answered(self, request: str, body: Body, *, streamed: bool) -> bool:
        """The runtime has the handler's answer to an event; whether it is small enough."""
        fits = streamed or body.size <= LARGEST
        if fits:
            self._done(request, lambda sent: response(body, sent["event"].get("contains")))
        else:
            message = (
                f"Response payload size ({body.size} bytes) exceeded maximum allowed payload size ({LARGEST} bytes)."
            )
            error = {"type": "Function.ResponseSizeTooLarge", "message": message, "trace": ""}
            self._done(request, lambda _: {"error": error})
        return fits

    def errored(self, request: str, body: bytes) -> None:
        """The runtime has no answer to an event."""
        self._done(request, lambda _: {"error": reported(body)})

    def _done(self, request: str, answer: Callable[[Facts], Facts]) -> None:
        with self.changed:
            self.moved = time.monotonic()
            for one in self.sent:
                if one["id"] == request and "ended" not in one:
                    one.update(answer(one), ended=self.moved)
            self.changed.notify_all()

    def in_flight(self) -> Facts | None:
        """The event that the runtime has and has not answered."""
        return next((one for one in self.sent if "ended" not in one), None)

    def settled(self) -> bool:
        """Whether init failed, or every event was answered."""
        if self.failed is not None:
            return True
        return self.ready is not None and not self.waiting and self.in_flight() is None

    def register(self, name: str) -> str:
        """An extension is there; its identifier."""
        with self.changed:
            identifier = str(uuid.uuid4())
            self.extensions[identifier] = Extension(name)
            self.changed.notify_all()
        return identifier

    def registered(self) -> set[str]:
        """The names of the extensions that are there."""
        return {extension.name for extension in list(self.extensions.values())}


class Extension:
    """One that has registered."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.error: str | None = None
        self.wants: list[str] = []
        self._events = threading.Semaphore(0)

    def invoked(self) -> None:
        """The runtime has been given an event."""
        if "INVOKE" in self.wants:
            self.release()

    def release(self) -> None:
        """End one wait."""
        self._events.release()

    def wait(self) -> None:
        """Until there is an event, or everything is over."""
        self._events.acquire()


class Body:
    """What somebody sends: how much it is, and as much of it as any answer may be."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[bytes] = []

    def add(self, data: bytes) -> None:
        """Some more."""
        if self.size <= LARGEST:
            self._parts.append(data)
        self.size += len(data)

    @property
    def kept(self) -> bytes:
        """What was kept."""
        return b"".join(self._parts)


class Requests(BaseHTTPRequestHandler):
    """The requests of a runtime client, and of extensions."""

    protocol_version = "HTTP/1.1"
    server: Api

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""

    def do_GET(self) -> None:
        """``invocation/next`` and ``event/next``: an event, or nothing until the process is stopped."""
        if self.path == f"{RUNTIME}invocation/next":
            self._next()
        elif self.path == f"{EXTENSION}event/next":
            self._extension_next()
        else:
            self._answer(404)

    def do_POST(self) -> None:
        """What a runtime or an extension has to say."""
        body = self._body()
        runtime = self.path[len(RUNTIME) :].split("/") if self.path.startswith(RUNTIME) else []
        if runtime == ["init", "error"]:
            self.server.init_error(reported(body.kept))
        elif runtime[:1] == ["invocation"] and runtime[2:] == ["error"]:
            self.server.errored(runtime[1], body.kept)
        elif runtime[:1] == ["invocation"] and runtime[2:] == ["response"]:
            streamed = self.headers.get("Lambda-Runtime-Function-Response-Mode") == "streaming"
            if not self.server.answered(runtime[1], body, streamed=streamed):
                self._answer(413, b'{"errorType":"RequestEntityTooLarge"}', {"Content-Type": "application/json"})
                return
        elif self.path == f"{EXTENSION}register":
            self._register(body.kept)
            return
        elif self.path in {f"{EXTENSION}init/error", f"{EXTENSION}exit/error"}:
            self._extension_failed(body.kept)
        self._answer(202, b'{"status":"OK"}', {"Content-Type": "application/json"})

    def do_PUT(self) -> None:
        """An extension asks for logs."""
        self._body()
        self._answer(200 if self.path in STREAMS else 404, b"OK")

    def _next(self) -> None:
        sent = self.server.next_event()
        if sent is None:
            self.server.over.wait()
            self.close_connection = True
            return
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": sent["id"],
            "Lambda-Runtime-Deadline-Ms": str(sent["deadline"]),
            "Lambda-Runtime-Invoked-Function-Arn": self.server.arn,
            "Lambda-Runtime-Trace-Id": TRACE,
        }
        self._answer(200, json.dumps(sent["event"]["payload"]).encode(), headers)

    def _register(self, body: bytes) -> None:
        identifier = self.server.register(self.headers.get("Lambda-Extension-Name") or "")
        try:
            self.server.extensions[identifier].wants = json.loads(body.decode() or "{}").get("events") or []
        except (ValueError, AttributeError):
            self._answer(400)
            return
        about = {
            "functionName": self.server.function["name"],
            "functionVersion": "$LATEST",
            "handler": self.server.function["handler"],
            "accountId": "123456789012",
        }
        headers = {"Content-Type": "application/json", "Lambda-Extension-Identifier": identifier}
        self._answer(200, json.dumps(about).encode(), headers)

    def _extension_next(self) -> None:
        extension = self._extension()
        if extension is None:
            self._answer(403)
            return
        extension.wait()
        if self.server.over.is_set():
            self.close_connection = True
            return
        sent = self.server.sent[-1]
        event = {
            "eventType": "INVOKE",
            "deadlineMs": sent["deadline"],
            "requestId": sent["id"],
            "invokedFunctionArn": self.server.arn,
            "tracing": {"type": "X-Amzn-Trace-Id", "value": TRACE},
        }
        headers = {"Content-Type": "application/json", "Lambda-Extension-Event-Identifier": str(uuid.uuid4())}
        self._answer(200, json.dumps(event).encode(), headers)

    def _extension(self) -> Extension | None:
        return self.server.extensions.get(self.headers.get("Lambda-Extension-Identifier") or "")

    def _extension_failed(self, body: bytes) -> None:
        extension = self._extension()
        if extension is not None:
            told = reported(body)
            kind = self.headers.get("Lambda-Extension-Function-Error-Type") or told["type"]
            extension.error = ": ".join(str(text) for text in (kind, told["message"]) if text)

    def _body(self) -> Body:
        body = Body()
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            self._read(int(self.headers.get("Content-Length") or 0), body)
            return body
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            self._read(size, body)
            self.rfile.readline()
            if not size:
                return body

    def _read(self, size: int, into: Body) -> None:
        while size > 0:
            data = self.rfile.read(min(size, 65536))
            if not data:
                return
            into.add(data)
            size -= len(data)

    def _answer(self, status: int, data: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def reported(body: bytes) -> Facts:
    """The error that a runtime reports."""
    text = body.decode("utf-8", "replace")
    try:
        error = json.loads(text)
    except ValueError:
        error = None
    if not isinstance(error, dict):
        return {"type": None, "message": text[:KEPT], "trace": ""}
    lines = error.get("stackTrace")
    trace = "".join(str(line) for line in lines) if isinstance(lines, list) else ""
    return {"type": error.get("errorType"), "message": error.get("errorMessage"), "trace": trace[:KEPT]}


def response(body: Body, contains: str | None) -> Facts:
    """What a handler returned, the status that API Gateway would make of it, and whether its body has a text."""
    text = body.kept.decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    status, content = None, text
    if isinstance(value, dict) and "statusCode" in value:
        status = _status(value["statusCode"])
        content = _content(value)
    found = None if contains is None else contains in content
    return {"response": text[:KEPT], "size": body.size, "status": status, "contains": found}


def _status(written: object) -> int | None:
    if isinstance(written, str) and written.isdigit():
        return int(written)
    return written if isinstance(written, int) and not isinstance(written, bool) else None


def _content(value: Facts) -> str:
    """The body that a browser would get."""
    body = value.get("body")
    if not isinstance(body, str):
        return json.dumps(body)
    if not value.get("isBase64Encoded"):
        return body
    try:
        return base64.b64decode(body).decode("utf-8", "replace")
    except ValueError:
        return body
