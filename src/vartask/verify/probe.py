"""The program that runs inside the container: what is there, and what the image's own runtime says of every handler.

It is handed to the image's Python on standard input, with a call of :func:`main` behind it, so that nothing of the host
is mounted.  It is Python 3.7, standard library only, and imports nothing of vartask.  What it finds goes to standard
output, one JSON object a line behind a mark that the host chose, so that whatever a handler prints is told apart, and
what was found before something went wrong is kept.

A function runs as Lambda runs it: the image's own entrypoint and command are started with ``AWS_LAMBDA_RUNTIME_API``
naming a tiny Lambda Runtime API on the loopback device
(https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), each in a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn

KEPT = 16384
"""Bytes that are kept of the beginning and of the end of what a function prints."""

VERSION = "/2018-06-01/runtime/"
SCRATCH = "/tmp"  # noqa: S108 - the one directory of Lambda's that can be written
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"

if False:  # only for type checkers: `typing` takes longer to import than everything else here
    from typing import Any

    Facts = dict[str, Any]


class Teller:
    """Writes facts to what was standard output when the probe began."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._output = os.dup(1)

    def tell(self, kind: str, **facts: object) -> None:
        """Tell one thing."""
        facts["kind"] = kind
        line = f"{self._mark}{json.dumps(facts)}\n".encode("utf-8", "surrogateescape")
        while line:
            line = line[os.write(self._output, line) :]


# -- what is there ------------------------------------------------------------------------------------


def surroundings() -> Facts:
    """The interpreter, the directory and the user that everything runs as."""
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "path": [entry for entry in sys.path if entry],
        "directory": os.getcwd(),
        "machine": platform.machine(),
        "uid": os.getuid(),
        "task_root": os.environ.get("LAMBDA_TASK_ROOT"),
    }


def list_files(teller: Teller, roots: list[str], limit: int) -> None:
    """Tell every path below the roots, a directory at a time, until there are more than ``limit``."""
    for root in roots:
        for directory, names, files in os.walk(root):
            names.sort()
            entries = [look(os.path.join(directory, name)) for name in sorted(names + files)]
            teller.tell("files", entries=[entry for entry in entries if entry is not None])
            limit -= len(entries)
            if limit < 0:
                teller.tell("more", path=directory)
                return


def look(path: str) -> Facts | None:
    """One path with its kind, mode and owner; ``None`` when it cannot be looked at."""
    try:
        info = os.lstat(path)
    except OSError:
        return None
    entry: Facts = {"path": path, "mode": stat.S_IMODE(info.st_mode), "uid": info.st_uid, "gid": info.st_gid}
    if stat.S_ISLNK(info.st_mode):
        entry.update(type="l", target=os.readlink(path))
    elif stat.S_ISDIR(info.st_mode):
        entry["type"] = "d"
    else:
        entry.update(type="f", size=info.st_size, sha256=digest(path) if path.endswith(".py") else None)
    return entry


def digest(path: str) -> str | None:
    """SHA-256 of a file; ``None`` when this user may not read it."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None


# -- the Lambda Runtime API -----------------------------------------------------------------------------


class Api(ThreadingMixIn, HTTPServer):
    """The Runtime API for one process: notes when it is ready, and hands out the events."""

    daemon_threads = True

    def __init__(self, name: str, events: list[Facts]) -> None:
        super().__init__(("127.0.0.1", 0), Requests)
        self.name = name
        self.events = list(events)
        self.sent: list[Facts] = []
        self.ready: float | None = None
        self.failed: Facts | None = None
        self.changed = threading.Condition()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a runtime that is killed leaves its connection open."""

    def next_event(self) -> Facts | None:
        """The runtime is ready for another event."""
        with self.changed:
            now = time.monotonic()
            if self.ready is None:
                self.ready = now
            event = self.events.pop(0) if self.events else None
            if event is not None:
                self.sent.append({"id": f"event-{len(self.sent)}", "name": event["name"], "started": now})
            self.changed.notify_all()
        return event

    def init_error(self, error: Facts) -> None:
        """The runtime could not load the handler."""
        with self.changed:
            self.failed = error
            self.changed.notify_all()

    def answered(self, event: str, answer: Facts) -> None:
        """The runtime is done with an event."""
        with self.changed:
            for one in self.sent:
                if one["id"] == event:
                    one.update(answer, ended=time.monotonic())
            self.changed.notify_all()

    def settled(self) -> bool:
        """Whether init failed, or every event was answered."""
        if self.failed is not None:
            return True
        return self.ready is not None and not self.events and all("ended" in one for one in self.sent)


class Requests(BaseHTTPRequestHandler):
    """The requests of a runtime client."""

    protocol_version = "HTTP/1.1"
    server: Api

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""

    def do_GET(self) -> None:
        """``invocation/next``: an event, or nothing for ever; the process is stopped while it waits."""
        if self.path != f"{VERSION}invocation/next":
            self._answer(404)
            return
        event = self.server.next_event()
        if event is None:
            threading.Event().wait()
            return
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": self.server.sent[-1]["id"],
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + event["seconds"]) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": ARN + self.server.name,
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000",
        }
        self._answer(200, json.dumps(event["payload"]).encode(), headers)

    def do_POST(self) -> None:
        """``init/error``, ``invocation/ID/response`` and ``invocation/ID/error``."""
        body = self._body()
        parts = self.path[len(VERSION) :].split("/") if self.path.startswith(VERSION) else []
        if parts == ["init", "error"]:
            self.server.init_error(reported(body))
        elif parts[:1] == ["invocation"] and parts[2:] == ["error"]:
            self.server.answered(parts[1], {"error": reported(body)})
        elif parts[:1] == ["invocation"] and parts[2:] == ["response"]:
            self.server.answered(parts[1], response(body))
        self._answer(202, b'{"status":"OK"}', {"Content-Type": "application/json"})

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            found += self.rfile.read(size)
            self.rfile.readline()
            if not size:
                return found

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
        return {"type": None, "message": text[:KEPT], "trace": ""}
    trace = "".join(str(line) for line in error.get("stackTrace") or ())
    return {"type": error.get("errorType"), "message": error.get("errorMessage"), "trace": trace[:KEPT]}


def response(body: bytes) -> Facts:
    """What a handler returned, and the status that API Gateway would make of it."""
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    status = value.get("statusCode") if isinstance(value, dict) else None
    return {"response": text[:KEPT], "size": len(body), "status": status}


# -- one function ---------------------------------------------------------------------------------------


class Output:
    """What a function prints: the beginning and the end of it, however long it is."""

    def __init__(self, stream: int) -> None:
        self.size = 0
        self._first = b""
        self._last = b""
        self._stream = stream
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._stream, 65536)
            except OSError:
                return
            if not data:
                return
            room = KEPT - len(self._first)
            self.size += len(data)
            self._first += data[: max(0, room)]
            self._last = (self._last + data[max(0, room) :])[-KEPT:]

    def text(self) -> str:
        """What was kept."""
        self._thread.join(0.5)
        left_out = self.size - len(self._first) - len(self._last)
        middle = f"\n... {left_out} bytes left out ...\n".encode() if left_out else b""
        return (self._first + middle + self._last).decode("utf-8", "replace")


def observe(function: Facts) -> Facts:
    """Start a function as Lambda does and tell what became of it."""
    api = Api(function["name"], function["events"])
    threading.Thread(target=api.serve_forever, args=(0.05,), daemon=True).start()
    reading, writing = os.pipe()
    started = time.monotonic()
    try:
        child = launch(function, api, writing)
    except OSError as error:
        return {"verdict": "not started", "message": f"{function['command'][0]}: {error.strerror}"}
    finally:
        os.close(writing)
    output = Output(reading)
    ended, peak = wait(child, api, started + function["seconds"] * (1 + len(function["events"])))
    stop(child)
    result = outcome(api, ended, started, function["seconds"])
    result["peak_kib"] = reap(child) if peak is None else peak
    result["output"], result["printed"] = output.text(), output.size
    result["events"] = [timed(one) for one in api.sent]
    os.close(reading)
    api.shutdown()
    api.server_close()
    return result


def launch(function: Facts, api: Api, output: int) -> subprocess.Popen[bytes]:
    """Start the process.  Raises ``OSError`` where there is no such program."""
    environment = {**os.environ, **function["environment"]}
    environment["AWS_LAMBDA_RUNTIME_API"] = f"127.0.0.1:{api.server_address[1]}"
    environment["_HANDLER"] = function["handler"]
    directory = function["directory"]
    return subprocess.Popen(  # noqa: S603 - the image's own entrypoint, in its own container
        function["command"],
        env=environment,
        cwd=directory if os.path.isdir(directory) else None,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=go_first,  # noqa: PLW1509 - no thread of the probe holds a lock that it needs
    )


def go_first() -> None:
    """When the memory is used up, the kernel is to end the function and not the probe."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def timed(sent: Facts) -> Facts:
    """An event with its duration in milliseconds, ``None`` for one that was never answered."""
    facts = {key: value for key, value in sent.items() if key not in {"started", "ended"}}
    ended = sent.get("ended")
    facts["milliseconds"] = None if ended is None else round((ended - sent["started"]) * 1000, 1)
    return facts


def wait(child: subprocess.Popen[bytes], api: Api, until: float) -> tuple[int | None, int | None]:
    """Until the function is settled, has ended, or its time is over; its status and memory in KiB if it has ended."""
    while True:
        with api.changed:
            if api.settled():
                return None, None
            api.changed.wait(0.02)
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            with api.changed:
                if not api.settled():
                    api.changed.wait(0.05)  # a report that is on its way
            return status, usage.ru_maxrss
        if time.monotonic() > until:
            return None, None


def stop(child: subprocess.Popen[bytes]) -> None:
    """End the function with everything that it started."""
    with suppress(OSError):
        os.killpg(child.pid, signal.SIGKILL)
    if os.getpid() == 1:
        # From the first process of a container this reaches all but itself.
        with suppress(OSError):
            os.kill(-1, signal.SIGKILL)


def reap(child: subprocess.Popen[bytes]) -> int | None:
    """The most memory that the process had, in KiB; processes that it left behind are taken leave of."""
    peak = None
    with suppress(OSError):
        peak = os.wait4(child.pid, 0)[2].ru_maxrss
    with suppress(OSError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return peak


def outcome(api: Api, ended: int | None, started: float, seconds: float) -> Facts:
    """One verdict: ``ok``, ``init error``, ``exited``, ``killed`` or ``timeout``."""
    found: Facts
    if api.failed is not None:
        found = {"verdict": "init error", **api.failed}
    elif api.settled():
        found = {"verdict": "ok"}
    elif ended is None:
        what = "init" if api.ready is None else "an invocation"
        found = {"verdict": "timeout", "message": f"{what} took longer than {seconds:g} s"}
    elif os.WIFSIGNALED(ended):
        found = {"verdict": "killed", "message": f"signal: {signal.Signals(os.WTERMSIG(ended)).name}"}
    else:
        found = {"verdict": "exited", "message": f"exit status {os.WEXITSTATUS(ended)}"}
    found["init_milliseconds"] = None if api.ready is None else round((api.ready - started) * 1000, 1)
    return found


def clear(directory: str) -> None:
    """Empty a directory, so that a function finds none of another's files."""
    for entry in os.scandir(directory):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            with suppress(OSError):
                os.unlink(entry.path)


def main(spec: Facts) -> None:
    """Look around, then start one function after the other."""
    signal.alarm(spec["seconds"])  # nobody may be left who could stop the container
    teller = Teller(spec["mark"])
    teller.tell("environment", **surroundings())
    list_files(teller, spec["roots"], spec["limit"])
    for index, function in enumerate(spec["functions"]):
        teller.tell("start", index=index)
        try:
            result = observe(function)
        except Exception as error:  # noqa: BLE001 - the other functions are still to be looked at
            result = {"verdict": "failed", "message": f"{type(error).__name__}: {error}"}
        teller.tell("handler", index=index, **result)
        clear(SCRATCH)
    teller.tell("end")
