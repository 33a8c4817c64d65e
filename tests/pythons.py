"""The CPythons on this machine: the one that runs the tests, and whatever pyenv or the PATH has beside it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any


@cache
def pythons() -> dict[str, str]:
    """Version as ``3.12`` -> an interpreter, newest patch release first; never empty."""
    found = {"{}.{}".format(*sys.version_info): sys.executable}
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for path in sorted(pyenv.glob("3.*/bin/python"), key=_patch, reverse=True):
        found.setdefault(".".join(path.parts[-3].split(".")[:2]), str(path))
    for minor in range(8, 15):
        program = shutil.which(f"python3.{minor}")
        if program is not None and _answers(program):
            found.setdefault(f"3.{minor}", program)
    return found


def _patch(path: Path) -> list[int]:
    return [int(part) for part in path.parts[-3].split(".") if part.isdigit()]


def _answers(program: str) -> bool:
    return subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode == 0


def ask(version: str, code: str, data: object) -> Any:
    """Run code in that CPython; it reads ``data`` as JSON from standard input and prints JSON."""
    command = [pythons()[version], "-I", "-S", "-W", "ignore", "-c", code]
    done = subprocess.run(command, input=json.dumps(data), capture_output=True, text=True, check=True, timeout=300)
    return json.loads(done.stdout.splitlines()[-1])


_IMPORT_APP = """
import importlib, json, os, sys, tempfile
answers = {}
for case, files in json.load(sys.stdin).items():
    with tempfile.TemporaryDirectory() as directory:
        for name, text in files.items():
            path = os.path.join(directory, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            open(path, "w").write(text)
        before = set(sys.modules)
        sys.path.insert(0, directory)
        importlib.invalidate_caches()
        try:
            importlib.import_module("app")
            answers[case] = None
        except BaseException as error:
            answers[case] = [type(error).__name__, str(error).replace(directory, "/var/task")]
        sys.path.pop(0)
        for name in set(sys.modules) - before:
            del sys.modules[name]
json.dump(answers, sys.stdout)
"""


def import_errors(version: str, cases: Mapping[str, Mapping[str, str]]) -> Mapping[str, list[str] | None]:
    """What ``import app`` gives in each project: the exception's class and text, or nothing."""
    answers: Mapping[str, list[str] | None] = ask(version, _IMPORT_APP, cases)
    return answers
