"""Extensions: Lambda starts every file of /opt/extensions before the runtime, and waits until they have registered.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html, and ``doInitExtensions`` in
``internal/lambda/rapid/handlers.go`` of https://github.com/aws/aws-lambda-runtime-interface-emulator.

Without them a function behind the Lambda Web Adapter would never ask for an event.  What they report to is not to be
reached from here, so one that fails is no failure of the function, but a doubt; only one that cannot be started is.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress

from vartask.verify.probe.api import Api
from vartask.verify.probe.processes import launch

if False:  # only for type checkers
    from vartask.verify.probe.telling import Facts

DIRECTORY = "/opt/extensions"


class Extensions:
    """Those of one start of a function."""

    def __init__(self, api: Api, directory: str = DIRECTORY) -> None:
        self._api = api
        self._directory = directory
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, environment: dict[str, str], working: str, output: int, seconds: float) -> Facts | None:
        """Start all and wait until they have registered; why one cannot be started."""
        for name in self._names():
            path = os.path.join(self._directory, name)
            try:
                self._children[name] = launch([path], environment, working, output)
            except OSError as error:
                message = f"{path}: {error.strerror}"
                return {"type": "Extension.LaunchError", "message": message, "trace": ""}
        until = time.monotonic() + seconds
        while self._missing() and time.monotonic() < until:
            with self._api.changed:
                self._api.changed.wait(0.02)
        return None

    def _names(self) -> list[str]:
        try:
            return sorted(
                entry.name for entry in os.scandir(self._directory) if not entry.is_dir(follow_symlinks=False)
            )
        except OSError:
            return []

    def _missing(self) -> bool:
        there = self._api.registered()
        return any(name not in there and child.poll() is None for name, child in self._children.items())

    def stop(self) -> None:
        """End all, with everything that they started."""
        for child in self._children.values():
            with suppress(OSError):
                os.killpg(child.pid, signal.SIGKILL)
            with suppress(OSError):
                child.wait()

    def doubts(self) -> list[str]:
        """What is to be said of extensions that did not do what Lambda asks of them."""
        there = self._api.registered()
        found = []
        for name, child in self._children.items():
            code = child.poll()
            if code is not None:
                how = f"exit status {code}" if code >= 0 else f"signal {-code}"
                found.append(f"the extension {name} ended with {how}, as it may without a network")
            elif name not in there:
                found.append(f"the extension {name} did not register, as it may not without a network")
        found += [
            f"the extension {extension.name} reported {extension.error}"
            for extension in list(self._api.extensions.values())
            if extension.error
        ]
        return found
