"""One function: started, sent its events, started again when it ends too early, and what became of all that."""

from __future__ import annotations

import os
import shutil
import threading
import time
from contextlib import suppress

from vartask.verify.probe.api import Api
from vartask.verify.probe.extensions import Extensions
from vartask.verify.probe.processes import End, Output, ending, launch, reap, stop, wait
from vartask.verify.probe.search_path import WITHOUT_DIRECTORY, Runtime, Runtimes, which

if False:  # only for type checkers
    import subprocess

    from vartask.verify.probe.telling import Facts


def observe(function: Facts, runtimes: Runtimes) -> Facts:
    """Start a function as Lambda does, send its events, and tell what became of it."""
    output = Output()
    environment = {**os.environ, **function["environment"]}
    command, by = _command(function, runtimes, environment)
    try:
        result = _events(function, command, environment, output.writing)
        if result["verdict"] == "ok" and function["check"]:
            result.update(_check(function, runtimes.of(function), environment, output.writing))
    finally:
        printed = output.close()
    result.update(output=printed, printed=output.size, by=by)
    if result["verdict"] != "ok":
        result["client"] = runtimes.of(function).client
    return result


def _command(function: Facts, runtimes: Runtimes, environment: dict[str, str]) -> tuple[list[str], str]:
    """The image's own command, or the rules of resolution where a package is to run on an image without a client."""
    command = function["command"]
    if not function["rules"]:
        return command, "runtime"
    runtime = runtimes.of(function)
    if runtime.client and command and which(command[0], environment) is not None:
        return command, "runtime"
    return _rules(function, runtime, ""), "rules"


def _rules(function: Facts, runtime: Runtime, check: str) -> list[str]:
    # Where nobody knows what starts the function, nobody knows that it has a handler either.
    handler = function["handler"] if runtime.path else ""
    return rules_command(runtime.python, function["rules_source"], handler, runtime.likely, check)


def rules_command(python: str, source: str, handler: str, path: list[str], check: str = "") -> list[str]:
    """The command line that runs :mod:`vartask.verify.probe.rules`."""
    program = f"{WITHOUT_DIRECTORY}exec(compile(sys.argv.pop(1),'<string>','exec'))"
    return [python, "-c", program, source, handler, os.pathsep.join(path), check]


def _check(function: Facts, runtime: Runtime, environment: dict[str, str], output: int) -> Facts:
    """Call the startup check, in a process of its own in which the handler's module is imported first."""
    run = start(function, _rules(function, runtime, function["check"]), environment, [], output)
    if run["verdict"] == "ok":
        return {"check_milliseconds": run["init_milliseconds"]}
    return {"verdict": "startup check failed", **{key: run.get(key) for key in ("type", "message", "trace")}}


def _events(function: Facts, command: list[str], environment: dict[str, str], output: int) -> Facts:
    """Every event in its order: in one process, but for those that want a fresh one or come after one that ended."""
    waiting = list(function["events"])
    first = start(function, command, environment, _batch(waiting), output)
    answers = first.pop("events")
    if first["verdict"] != "ok":
        first["events"] = [{"name": event["name"], "unsent": True} for event in waiting]
        return first
    waiting = waiting[len(answers) :]
    while waiting:
        run = start(function, command, environment, _batch(waiting), output)
        found = run.pop("events")
        if run["verdict"] != "ok" or not found:
            found = [{"name": waiting[0]["name"], "milliseconds": None, "error": _error(run)}]
        found[0]["fresh"] = True
        answers += found
        waiting = waiting[len(found) :]
        first["peak_kib"] = max(first["peak_kib"] or 0, run["peak_kib"] or 0) or None
        first["doubts"] += [doubt for doubt in run["doubts"] if doubt not in first["doubts"]]
    first["events"] = answers
    return first


def _batch(events: list[Facts]) -> list[Facts]:
    """The events up to the next that wants a fresh process."""
    fresh = next((index for index, event in enumerate(events) if index and event["cold"]), len(events))
    return events[:fresh]


def _error(run: Facts) -> Facts:
    return {"type": run.get("type"), "message": run.get("message") or run["verdict"], "trace": run.get("trace") or ""}


def start(function: Facts, command: list[str], environment: dict[str, str], events: list[Facts], output: int) -> Facts:
    """One process: its verdict, and the events that it was sent."""
    api = Api(function, events)
    threading.Thread(target=api.serve_forever, args=(0.01,), daemon=True).start()
    own = {**environment, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_address[1]}"}
    own["_HANDLER"] = function["handler"]
    extensions = Extensions(api)
    child = None
    try:
        failure = extensions.start(own, function["directory"], output, function["seconds"])
        if failure is not None:
            return {"verdict": "init error", **failure, **_NOTHING}
        began = api.moved = time.monotonic()
        try:
            child = launch(command, own, function["directory"], output)
        except OSError as error:
            return {"verdict": "not started", "message": f"{command[0]}: {error.strerror}", **_NOTHING}
        end = wait(child, api, function["seconds"], function["memory"])
        doubts = extensions.doubts()
    finally:
        extensions.stop()
        peak = _finish(child, api)
    result = _verdict(api, end, began, function["seconds"])
    result.update(peak_kib=end.peak if end.peak is not None else peak, doubts=doubts)
    result["events"] = [_answer(sent, end) for sent in api.sent]
    return result


_NOTHING = {"events": (), "doubts": (), "peak_kib": None, "init_milliseconds": None}


def _finish(child: subprocess.Popen[bytes] | None, api: Api) -> int | None:
    peak = None
    if child is not None:
        stop(child)
        peak = reap(child)
    api.close()
    return peak


def _verdict(api: Api, end: End, began: float, seconds: float) -> Facts:
    """``ok`` for a runtime that asked for an event, whatever it did with it, or why it never did."""
    found: Facts
    if api.failed is not None:
        found = {"verdict": "init error", **api.failed}
    elif api.ready is not None:
        found = {"verdict": "ok"}
    elif end.status is None:
        found = {"verdict": "timeout", "message": f"init took longer than {seconds:g} s"}
    else:
        verdict = "killed" if os.WIFSIGNALED(end.status) else "exited"
        found = {"verdict": verdict, "type": "Runtime.ExitError", "message": ending(end.status)}
    found["init_milliseconds"] = None if api.ready is None else round((api.ready - began) * 1000, 1)
    return found


def _answer(sent: Facts, end: End) -> Facts:
    """An event with its duration in milliseconds; one that was never answered has the process's end as its error."""
    facts = {key: value for key, value in sent.items() if key not in {"started", "ended", "event", "deadline"}}
    facts["name"] = sent["event"]["name"]
    ended = sent.get("ended")
    facts["milliseconds"] = None if ended is None else round((ended - sent["started"]) * 1000, 1)
    if ended is None:
        facts["error"] = {**_unanswered(sent, end), "trace": ""}
    return facts


def _unanswered(sent: Facts, end: End) -> Facts:
    """In the words of the platform.

    Sources: https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html and
    ``internal/lambda-managed-instances/invoke/utils.go`` of the Runtime Interface Emulator.
    """
    if end.status is None:
        return {"type": "Sandbox.Timedout", "message": f"Task timed out after {sent['event']['seconds']:.2f} seconds"}
    return {"type": "Runtime.ExitError", "message": f"RequestId: {sent['id']} Error: {ending(end.status)}"}


def clear(directory: str) -> None:
    """Empty a directory, so that a function finds none of another's files."""
    for entry in os.scandir(directory):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            with suppress(OSError):
                os.unlink(entry.path)
