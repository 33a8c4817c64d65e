"""Ask the real runtime client about an artifact: a server per Python version, kept warm."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mutants.artifact import Artifact
from mutants.projects import lay_out, read_sections
from pythons import ask, pythons
from vartask.data.runtimes import PRELOADED

HERE = Path(__file__).parent
SERVER = HERE / "runtime.py"
BUNDLED = HERE / "bundled.txt"
"""Stands for the distributions that the managed runtime brings: their modules, with a few names in them."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the runtime said: ``when`` is ``init`` or ``call``, ``None`` when nothing fails; ``text`` is type and message."""

    when: str | None
    text: str = ""


class Oracle:
    """The real runtime client; :meth:`close` ends its servers."""

    def __init__(self) -> None:
        self._servers: dict[str, subprocess.Popen[str]] = {}
        self._directory = Path(tempfile.mkdtemp(prefix="vartask-oracle-"))
        lay_out(self._directory / "bundled", read_sections(BUNDLED.read_text())[1])

    def close(self) -> None:
        """End the servers and take the files away."""
        for server in self._servers.values():
            if server.stdin is not None:
                server.stdin.close()
            if server.stdout is not None:
                server.stdout.close()
            server.wait(timeout=30)
        shutil.rmtree(self._directory)

    def ask(self, artifact: Artifact) -> Said:
        """Lay the artifact out and start it."""
        root = self._directory / "root"
        if root.exists():
            shutil.rmtree(root)
        (root / "var/task").mkdir(parents=True)
        for path, content in artifact.files.items():
            target = root / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_moved(path, content, root))
        environment = {name: _relocated(value, root) for name, value in artifact.environment.items()}
        question = {"root": str(root), "handler": artifact.handler, "environment": environment, "event": artifact.event}
        answer = self._answer(artifact.version, question)
        if answer["when"] is None:
            return Said(None)
        text = f"{answer['type']}: {answer['message']}" if answer["message"] else answer["type"]
        text = text.replace(str(root), "")
        return Said(answer["when"], text.replace(_stdlib(artifact.version), f"/var/lang/lib/python{artifact.version}"))

    def _answer(self, version: str, question: dict[str, Any]) -> dict[str, Any]:
        server = self._servers.get(version)
        if server is None:
            server = self._servers[version] = _start(version, self._directory / "bundled")
        if server.stdin is None or server.stdout is None:
            raise RuntimeError(version)
        server.stdin.write(json.dumps(question) + "\n")
        server.stdin.flush()
        answer: dict[str, Any] = json.loads(server.stdout.readline())
        return answer


def _start(version: str, bundled: Path) -> subprocess.Popen[str]:
    spec = find_spec("awslambdaric")
    if spec is None or spec.origin is None:
        raise RuntimeError("awslambdaric is not installed")
    site_packages = str(Path(spec.origin).parents[1])
    tables = json.dumps(sorted(PRELOADED[version]))
    command = [pythons()[version], "-I", "-B", "-W", "ignore", str(SERVER), site_packages, str(bundled), tables]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@cache
def _stdlib(version: str) -> str:
    place = "import json, sysconfig; print(json.dumps(sysconfig.get_path('stdlib')))"
    return str(ask(version, place, None)) if version in pythons() else sysconfig.get_path("stdlib")


def _moved(path: str, content: bytes, root: Path) -> bytes:
    """Text that names Lambda's directories names those of the laid-out artifact."""
    return (
        _relocated(content.decode(), root).encode() if path.endswith((".py", ".pth")) and _is_text(content) else content
    )


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _relocated(text: str, root: Path) -> str:
    return text.replace("/var/task", f"{root}/var/task").replace("/opt/", f"{root}/opt/")
