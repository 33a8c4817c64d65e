"""What is said of files that take the standard library's names is what the real runtime says, under every CPython."""

from __future__ import annotations

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

import pythons
from deployments import deployed, write
from vartask.config import Settings
from vartask.data.runtimes import PRELOADED, SUPPORTED
from vartask.data.stdlib import stdlib_modules
from vartask.engine import check
from vartask.imports.words import import_message
from vartask.model import Deployment
from vartask.project import Project

VERSIONS = sorted(set(pythons.pythons()) & set(SUPPORTED), key=lambda version: int(version[2:]))
DRIVER = """
import json, os, sys, types
from importlib.machinery import PathFinder

class Client:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"awslambdaric", "simplejson", "snapshot_restore_py"}:
            return PathFinder.find_spec(name, path or [sys.argv[1]])

sys.dont_write_bytecode = True
sys.modules["runtime_client"] = types.SimpleNamespace(initialize_client=lambda agent: None)
sys.meta_path.insert(0, Client())
from awslambdaric import bootstrap
answers = []
for root in json.load(sys.stdin):
    read, write = os.pipe()
    child = os.fork()
    if not child:
        sys.path.insert(0, root)
        try:
            bootstrap._get_handler("app.handler")
        except bootstrap.FaultException as fault:
            said = f"{fault.exception_type}: {fault.msg}"
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        else:
            said = ""
        os.write(write, said.encode()[:60000])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        answers.append(stream.read().decode())
    os.waitpid(child, 0)
print(json.dumps(answers))
"""
IMPORTED = (
    "tempfile", "email.message", "urllib.request", "asyncio", "logging.handlers", "unittest.mock", "zipfile", "uuid",
    "xml.etree.ElementTree", "typing", "json",
)  # fmt: skip
SHADOWS = (
    "random", "email", "queue", "copy", "token", "calendar", "types", "typing", "html", "platform", "struct", "uuid",
    "socket", "tempfile", "contextlib", "bisect",
)  # fmt: skip
CONTENT = "def order_number():\n    return 4\n"


def ask(version: str, roots: list[Path]) -> list[str]:
    """What the runtime says of each directory; nothing where it imports the handler."""
    spec = find_spec("awslambdaric")
    assert spec is not None
    assert spec.origin is not None
    command = [
        pythons.pythons()[version],
        "-I",
        "-S",
        "-W",
        "ignore",
        "-c",
        DRIVER,
        str(Path(spec.origin).parent.parent),
    ]
    given = json.dumps([str(root) for root in roots])
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=600, cwd="/")
    assert done.returncode == 0, done.stderr
    answers: list[str] = json.loads(done.stdout.splitlines()[-1])
    return answers


def predicted(deployment: Deployment) -> str | None:
    """The message of the one failure."""
    texts = [import_message(deployment, item) for item in deployment.shadows]
    texts += [import_message(deployment, item) for item in deployment.stdlib]
    texts += [import_message(deployment, item) for item in deployment.names]
    return texts[0] if texts else None


def judged(directory: Path, version: str) -> list[tuple[str, Path, Deployment]]:
    """Every module of the list beside every shadow."""
    found = []
    for shadow in SHADOWS:
        for imported in IMPORTED:
            if imported.partition(".")[0] == shadow:
                continue
            root = directory / f"{shadow}-{imported}"
            app = f"import {imported}\n\n\ndef handler(event, context):\n    return {{}}\n"
            files = {"app.py": app, f"{shadow}.py": CONTENT}
            found.append((f"{shadow} {imported}", root, deployed(root, files, runtime=f"python{version}")))
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_the_message_is_the_runtimes(tmp_path: Path, version: str) -> None:
    cases = judged(tmp_path, version)
    said = ask(version, [root for _, root, _ in cases])
    found, wrong, silent = 0, [], []
    for (title, root, deployment), real in zip(cases, said, strict=True):
        text, ours = real.replace(str(root), "/var/task"), predicted(deployment)
        found += ours is not None
        if ours is not None and ours != text:
            wrong.append((title, ours, text))
        if ours is None and real and not deployment.gaps:
            silent.append((title, text))
    assert wrong == []
    assert silent == []
    assert found > 12


@pytest.mark.parametrize("version", VERSIONS)
def test_what_the_runtime_has_loaded_is_not_shadowed(tmp_path: Path, version: str) -> None:
    names = sorted((PRELOADED[version] & stdlib_modules(version)) - {"__main__", "site"})  # the driver runs without it
    roots = []
    for name in names:
        root = tmp_path / name
        app = f"import {name}\n\n\ndef handler(event, context):\n    return {{}}\n"
        assert (
            predicted(deployed(root, {"app.py": app, f"{name}.py": "raise ImportError\n"}, runtime=f"python{version}"))
            is None
        )
        roots.append(root)
    assert dict(zip(names, ask(version, roots), strict=True)) == dict.fromkeys(names, "")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "imported"), [("random", "tempfile"), ("copy", "email.generator"), ("queue", "asyncio")]
)
def test_a_file_that_gets_itself(tmp_path: Path, version: str, name: str, imported: str) -> None:
    files = {
        "app.py": f"from {name} import handler\n",
        f"{name}.py": f"import {imported}\n\n\ndef handler(event, context):\n    return 1\n",
    }
    deployment = deployed(tmp_path, files, runtime=f"python{version}")
    (said,) = ask(version, [tmp_path])
    assert (predicted(deployment) or "") == said.replace(str(tmp_path), "/var/task")


def test_a_layers_file_counts_and_an_image_without_the_runtimes_own_start_does_not(tmp_path: Path) -> None:
    code = {"src/app.py": "import tempfile\n\n\ndef handler(event, context):\n    return 1\n"}
    template = (
        "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: python3.12\n"
        "      CodeUri: src/\n      Handler: app.handler\n      Layers: [!Ref L]\n"
        "  L:\n    Type: AWS::Serverless::LayerVersion\n    Properties:\n      ContentUri: layer/\n"
    )
    write(tmp_path / "layer", {"template.yaml": template, "layer/python/random.py": CONTENT, **code})
    assert [item.code for item in check(Project(tmp_path / "layer"), Settings()).findings] == ["VT209"]
    image = 'FROM python:3.12\nWORKDIR /var/task\nCOPY src/ ./\nENTRYPOINT ["python", "-m", "awslambdaric"]\nCMD ["app.handler"]\n'
    write(tmp_path / "image", {"Dockerfile": image, "src/random.py": CONTENT, **code})
    report = check(Project(tmp_path / "image"), Settings())
    assert report.findings == ()
    assert any("get this file as `random`" in gap.reason for gap in report.gaps)
