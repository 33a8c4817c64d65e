"""Processes of a function: what they print, how they are started, waited for and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from contextlib import suppress

from vartask.verify.probe.api import KEPT, Api
from vartask.verify.probe.memory import exceeds

SIGNALS = {
    1: "hangup", 2: "interrupt", 3: "quit", 4: "illegal instruction", 5: "trace/breakpoint trap", 6: "aborted",
    7: "bus error",
    8: "floating point exception", 9: "killed", 10: "user defined signal 1", 11: "segmentation fault",
    12: "user defined signal 2", 13: "broken pipe", 14: "alarm clock", 15: "terminated",
}  # fmt: skip
"""The words of Go, in which Lambda is written: https://go.dev/src/syscall/zerrors_linux_amd64.go."""


class Output:
    """What a function prints, in whatever number of processes: the beginning and the end of it, however long it is."""

    def __init__(self) -> None:
        self.size = 0
        self._first = b""
        self._last = b""
        self._reading, self.writing = os.pipe()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._reading, 65536)
            except OSError:
                return
            if not data:
                return
            room = KEPT - len(self._first)
            self.size += len(data)
            self._first += data[: max(0, room)]
            self._last = (self._last + data[max(0, room) :])[-KEPT:]

    def close(self) -> str:
        """What was kept, once all who could write are gone."""
        os.close(self.writing)
        self._thread.join(0.5)
        left_out = self.size - len(self._first) - len(self._last)
        middle = f"\n... {left_out} bytes left out ...\n".encode() if left_out else b""
        text = (self._first + middle + self._last).decode("utf-8", "replace")
        if not self._thread.is_alive():
            os.close(self._reading)
        return text


def launch(command: list[str], environment: dict[str, str], directory: str, output: int) -> subprocess.Popen[bytes]:
    """Start a process of the image.  Raises ``OSError`` where there is no such program."""
    child = subprocess.Popen(  # noqa: S603 - the image's own entrypoint, in its own container
        command,
        env=environment,
        cwd=directory if os.path.isdir(directory) else None,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    # When the memory is used up, the kernel is to end the function and not the probe.
    with suppress(OSError), open(f"/proc/{child.pid}/oom_score_adj", "w") as file:
        file.write("1000")
    return child


class End:
    """How a wait ended: ``status`` and ``peak`` (KiB) of a process that has ended, ``late`` when its time was over."""

    def __init__(self, status: int | None = None, peak: int | None = None, *, late: bool = False) -> None:
        self.status = status
        self.peak = peak
        self.late = late


def wait(child: subprocess.Popen[bytes], api: Api, seconds: float, memory: int) -> End:
    """Until the function is settled, has ended, or took too long for init (``seconds``) or for an event.

    One that uses more than ``memory`` KiB ends as the kernel would end it.
    """
    while True:
        with api.changed:
            if api.settled():
                return End()
            api.changed.wait(0.02)
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = status
            with api.changed:
                if not api.settled():
                    api.changed.wait(0.05)  # a report that is on its way
            return End(status, usage.ru_maxrss)
        if exceeds(memory, child.pid):
            return End(int(signal.SIGKILL))
        if time.monotonic() > due(api, seconds):
            return End(late=True)


def due(api: Api, seconds: float) -> float:
    """When the next thing has to have happened."""
    with api.changed:
        sent = api.in_flight()
        return api.moved + seconds if sent is None else float(sent["started"] + sent["event"]["seconds"])


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
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode, peak = status, usage.ru_maxrss
    if os.getpid() == 1:
        with suppress(OSError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    return peak


def ending(status: int) -> str:
    """How a process has ended, in Lambda's words.

    Source: ``watchEvents`` in ``internal/lambda/rapid/handlers.go`` and ``ProcessTermination`` in
    ``internal/lambda/supervisor/model/model.go`` of https://github.com/aws/aws-lambda-runtime-interface-emulator.
    """
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"Runtime exited with error: signal: {SIGNALS.get(number, f'signal {number}')}"
    code = os.WEXITSTATUS(status)
    return f"Runtime exited with error: exit status {code}" if code else "Runtime exited without providing a reason"
