"""Extension modules that are not for the target: where that is certain, and where something may put things right."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments import deployed, write
from vartask.config import Settings
from vartask.engine import check
from vartask.model import Deployment, Report, Span, UnknownRegion
from vartask.project import Project

APP = "import fast\n\n\ndef handler(event, context):\n    return {}\n"
FAST = {
    "fast/__init__.py": "from fast._core import run\n",
    "fast-1.dist-info/RECORD": "fast/__init__.py,,\nfast/_core.cpython-39-x86_64-linux-gnu.so,,\n",
    "fast-1.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: cp39-cp39-manylinux_2_17_x86_64\n",
}
CORE = "fast/_core.cpython-39-x86_64-linux-gnu.so"


def found(directory: Path, files: dict[str, str] | None = None, regions: tuple[UnknownRegion, ...] = ()) -> Deployment:
    return deployed(directory, {"app.py": APP, **FAST, CORE: "machine code", **(files or {})}, regions=regions)


def test_the_import_in_the_projects_own_code_is_to_blame(tmp_path: Path) -> None:
    (outcome,) = found(tmp_path).binaries
    assert (outcome.span.path, outcome.span.line, outcome.module) == ("app.py", 1, "fast._core")
    assert [str(cause.span) for cause in outcome.chain][-1] == str(Span("fast-1.dist-info/WHEEL", 2))


def test_a_build_that_installs_over_the_repositorys_copy_makes_it_unknown(tmp_path: Path) -> None:
    requirements = Span("requirements.txt", 1)
    region = UnknownRegion(
        "/var/task", "requirements.txt is installed", requirements, distributions=frozenset({"other"})
    )
    assert found(tmp_path, regions=(region,)).binaries == ()


def test_a_package_that_nothing_imports_is_nobodys_business(tmp_path: Path) -> None:
    assert found(tmp_path, {"app.py": APP.replace("import fast", "import json")}).binaries == ()


def test_an_import_in_a_function_fails_when_it_is_called(tmp_path: Path) -> None:
    app = "def handler(event, context):\n    import fast\n"
    (outcome,) = found(tmp_path, {"app.py": app}).binaries
    assert (outcome.when, outcome.scope) == ("call", "handler")


def test_a_source_file_of_the_same_name_is_the_fallback(tmp_path: Path) -> None:
    assert found(tmp_path, {"fast/_core.py": "run = 1\n"}).binaries == ()


def test_both_versions_side_by_side_are_fine(tmp_path: Path) -> None:
    assert found(tmp_path, {CORE.replace("39", "312"): "\0" * 99}).binaries[0].made_for == "another system"
    assert found(tmp_path, {CORE.replace("39", "312"): "version https://git-lfs.github.com/spec/v1\n"}).binaries == ()


@pytest.mark.parametrize(("architecture", "fails"), [(None, False), ("arm64", False), ("x86_64", True)])
def test_the_machine_counts_where_it_is_declared(tmp_path: Path, architecture: str | None, fails: bool) -> None:
    files = {"app.py": APP, **FAST, "fast/_core.cpython-312-aarch64-linux-gnu.so": "version https://git-lfs\n"}
    deployment = deployed(tmp_path, files, architecture=architecture)  # type: ignore[arg-type]
    assert bool(deployment.binaries) == fails


@pytest.mark.parametrize("init", ["from . import nothere\n", "from pkg import nothere\n"])
def test_an_import_does_not_find_what_only_it_would_bind(tmp_path: Path, init: str) -> None:
    app = "import pkg\n\n\ndef handler(event, context):\n    return {}\n"
    (failure,) = deployed(tmp_path, {"app.py": app, "pkg/__init__.py": init}).names
    assert failure.error.startswith("cannot import name 'nothere' from partially initialized module 'pkg' (most likely")


@pytest.mark.parametrize(
    "init",
    [
        "nothere = 1\nfrom . import nothere\n",
        "try:\n    from . import nothere\nexcept ImportError:\n    nothere = None\n",
        "from . import nothere\n\n\ndef __getattr__(name):\n    return name\n",
        "from os import *\nfrom . import nothere\n",
        "globals()['nothere'] = 1\nfrom . import nothere\n",
        "from .inner import nothere\n",
    ],
)
def test_an_import_finds_what_something_else_binds(tmp_path: Path, init: str) -> None:
    app = "import pkg\n\n\ndef handler(event, context):\n    return {}\n"
    assert deployed(tmp_path, {"app.py": app, "pkg/__init__.py": init, "pkg/inner.py": "nothere = 1\n"}).names == ()


TEMPLATE = """Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: src/
      Handler: app.handler
      Layers: [!Ref L]
  L:
    Type: AWS::Serverless::LayerVersion
    Properties:
      ContentUri: layer/
"""


def in_a_layer(directory: Path, where: str) -> Report:
    layer = {f"layer/{where}/{name}": text for name, text in {**FAST, CORE: "machine code"}.items()}
    write(directory, {"template.yaml": TEMPLATE, "src/app.py": APP, **layer})
    return check(Project(directory), Settings())


@pytest.mark.parametrize("where", ["python", "python/lib/python3.12/site-packages"])
def test_layers_are_looked_at_as_well(tmp_path: Path, where: str) -> None:
    (finding,) = in_a_layer(tmp_path, where).findings
    text = "Runtime.ImportModuleError: Unable to import module 'app': No module named 'fast._core'"
    assert (finding.code, finding.span.path, finding.runtime_message) == ("VT506", "src/app.py", text)


DOCKERFILE = 'FROM {}\nCOPY src/ /var/task/\nENV X=1\n{}CMD ["app.handler"]\n'


@pytest.mark.parametrize(
    ("base", "entrypoint", "codes"),
    [
        ("public.ecr.aws/lambda/python:3.12", "", ["VT506"]),
        ("public.ecr.aws/lambda/python:3.9", "", []),
        ("python:3.12-slim", 'WORKDIR /var/task\nENTRYPOINT ["python", "-m", "awslambdaric"]\n', ["VT506"]),
    ],
)
def test_the_images_python_decides(tmp_path: Path, base: str, entrypoint: str, codes: list[str]) -> None:
    files = {f"src/{name}": text for name, text in {"app.py": APP, **FAST, CORE: "version https://git-lfs\n"}.items()}
    write(tmp_path, {"Dockerfile": DOCKERFILE.format(base, entrypoint), **files})
    assert [finding.code for finding in check(Project(tmp_path), Settings()).findings] == codes
