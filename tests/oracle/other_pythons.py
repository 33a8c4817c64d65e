"""The real runtime client under any CPython of this machine."""

from __future__ import annotations

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pythons

DRIVER = """
import json, sys, types
from importlib.machinery import PathFinder

class Client:
    "The runtime client alone from the tests' own packages: nothing else of those is on Lambda's path."
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"awslambdaric", "simplejson", "snapshot_restore_py"}:
            return PathFinder.find_spec(name, path or [sys.argv[3]])

sys.dont_write_bytecode = True
sys.modules["runtime_client"] = types.SimpleNamespace(initialize_client=lambda agent: None)
sys.meta_path.insert(0, Client())
from awslambdaric import bootstrap
sys.path[:0] = sys.argv[1].split(":")
try:
    bootstrap._get_handler(sys.argv[2])
except bootstrap.FaultException as fault:
    print(json.dumps(f"{fault.exception_type}: {fault.msg}"))
except Exception as error:
    print(json.dumps(f"{type(error).__name__}: {error}"))
else:
    print(json.dumps(None))
"""


def ask(version: str, search: str, handler: str) -> str | None:
    """``Type: message`` of the runtime's refusal; ``search`` are the directories before the standard library's."""
    spec = find_spec("awslambdaric")
    assert spec is not None
    assert spec.origin is not None
    packages = str(Path(spec.origin).parent.parent)
    command = [pythons.pythons()[version], "-I", "-S", "-W", "ignore", "-c", DRIVER, search, handler, packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd="/")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said is None or isinstance(said, str)
    return said


def standard_library(version: str) -> str:
    """The directory of that CPython's standard library."""
    answer = pythons.ask(version, "import json, sysconfig; print(json.dumps(sysconfig.get_path('stdlib')))", None)
    return str(answer)
