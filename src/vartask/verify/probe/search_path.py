"""Which Python an image's entrypoint runs, and the search path that the runtime client has when it imports the handler.

Asked of that Python itself; what the client adds is known:

- AWS's images put the task root and the layers before it, the layers only where ``PYTHONPATH`` is not set
  (``/var/runtime/bootstrap.py`` of https://github.com/aws/aws-lambda-base-images, branches python3.9 to python3.12);
- ``python -m awslambdaric`` has its working directory first, and the script ``awslambdaric`` the directory that it is
  in (https://docs.python.org/3/library/sys_path_init.html); the client itself adds nothing (awslambdaric 2 to 4).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading

if False:  # only for type checkers
    from vartask.verify.probe.telling import Facts

CLIENT = "awslambdaric"
AWS_PYTHON = "/var/lang/bin/python3"
AWS_RUNTIME = "/var/runtime"
SECONDS = 20
WITHOUT_DIRECTORY = "import sys;sys.path[:]=filter(None,sys.path);"
"""What ``-c`` has to begin with: the working directory is first otherwise, and a project may have a ``json.py``."""

ASK = f"{WITHOUT_DIRECTORY}import json;print(json.dumps([sys.path,sys.version_info[:2]]))"
READ = 65536
"""Bytes of an entrypoint that are read to see what it starts."""


class Runtime:
    """What starts a function: its Python, its search path, and whether there is a client of the Runtime API.

    ``path`` is empty when nobody can tell what starts the function; ``likely`` is the best guess then.
    """

    def __init__(self, python: str, likely: list[str], *, known: bool) -> None:
        self.python = python
        self.likely = list(dict.fromkeys(likely))
        self.path = self.likely if known else []
        self.packages = [
            entry
            for entry in self.likely
            if os.path.basename(entry) in {"site-packages", "dist-packages"} and os.path.isdir(entry)
        ]
        self.client = any(os.path.exists(os.path.join(entry, CLIENT)) for entry in self.likely)


class Runtimes:
    """The runtimes of an image's functions; those that are started alike share one.  For several threads."""

    def __init__(self) -> None:
        self._known: dict[str, Runtime] = {}
        self._lock = threading.Lock()

    def of(self, function: Facts) -> Runtime:
        """The runtime of a function."""
        environment = {**os.environ, **function["environment"]}
        words = [word for word in function["command"] if word != function["handler"]]
        paths = [environment.get(name) for name in ("PYTHONPATH", "PYTHONHOME", "PATH", "LAMBDA_TASK_ROOT")]
        key = json.dumps([words, function["directory"], paths, function["rules"]])
        with self._lock:
            if key not in self._known:
                self._known[key] = _runtime(words, function, environment)
            return self._known[key]


def _runtime(words: list[str], function: Facts, environment: dict[str, str]) -> Runtime:
    python, kind, script = _entrypoint(words, environment)
    if kind is None and function["rules"]:
        kind = "aws"  # what Lambda runs a zip package on, whatever this image is
    directory = function["directory"]
    told = _ask(python, directory, environment)
    if told is None:
        return Runtime(python, [], known=False)
    rest, version = told
    if kind == "aws":
        return Runtime(python, _aws(rest, version, environment), known=True)
    if kind == "script":
        return Runtime(python, [os.path.dirname(script), *rest], known=True)
    return Runtime(python, [directory, *rest], known=kind == "module")


def _ask(python: str, directory: str, environment: dict[str, str]) -> tuple[list[str], tuple[int, int]] | None:
    """The search path without the working directory that ``-c`` puts first, and the version."""
    try:
        done = subprocess.run(  # noqa: S603 - the image's own Python
            [python, "-c", ASK],
            env=environment,
            cwd=directory if os.path.isdir(directory) else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
        path, version = json.loads(done.stdout.decode().splitlines()[-1])
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired):
        return None
    return [entry for entry in path if entry], (version[0], version[1])


def _aws(rest: list[str], version: tuple[int, int], environment: dict[str, str]) -> list[str]:
    task = environment.get("LAMBDA_TASK_ROOT", "/var/task")
    layers = [f"/opt/python/lib/python{version[0]}.{version[1]}/site-packages", "/opt/python"]
    if "PYTHONPATH" in environment:
        return [task, AWS_RUNTIME, *rest]
    packages = [entry for entry in rest if entry.endswith("site-packages")] if version >= (3, 11) else []
    return [task, *layers, *packages, AWS_RUNTIME, *rest]


def _entrypoint(words: list[str], environment: dict[str, str]) -> tuple[str, str | None, str]:
    """The Python, how the client is started (``aws``, ``module``, ``script`` or not known), and the script."""
    program = which(words[0], environment) if words else None
    if program is None:
        return sys.executable, None, ""
    name = os.path.basename(program)
    if name.startswith("python"):
        module = any(pair == ("-m", CLIENT) for pair in zip(words, words[1:]))
        return program, "module" if module else None, ""
    text = _beginning(program)
    if name == "lambda-entrypoint.sh" or f"{AWS_RUNTIME}/bootstrap" in (program, *re.findall(r"/[\w./-]+", text)):
        return AWS_PYTHON if os.path.exists(AWS_PYTHON) else sys.executable, "aws", ""
    shebang = re.match(r"#!\s*(?:\S*/env\s+)?(\S*python\S*)", text)
    if shebang:
        found = which(shebang[1], environment) or sys.executable
        return found, "script" if name == CLIENT else None, program
    started = re.search(rf"(\S*python[\d.]*)\s+(?:-\w+\s+)*-m\s+{CLIENT}\b", text)
    if started:
        return which(started[1], environment) or sys.executable, "module", ""
    return sys.executable, None, ""


def which(program: str, environment: dict[str, str]) -> str | None:
    """Where a program is; ``None`` when nothing of that name can be started."""
    return shutil.which(program, path=environment.get("PATH", os.defpath))


def _beginning(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(READ).decode("latin-1")
    except OSError:
        return ""
