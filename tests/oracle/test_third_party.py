"""Projects with requirements, built by the real pip from stand-ins for real distributions, asked by the real runtime client.

Each project is taken as it is and with each of its requirements dropped.  What the runtime then says has to be what
vartask says of the same files: word for word where the list is complete, and never a word where the function works.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

import stand_ins
from deployments import write
from runtime_client import ask
from vartask.config import Settings
from vartask.data.distributions import with_needs
from vartask.engine import Run
from vartask.model import Finding
from vartask.project import Project

TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python{stand_ins.HOST}
      Handler: app.handler
      CodeUri: src/
"""
HANDLER = "\n\ndef handler(event, context):\n    return {}\n"


@dataclass(frozen=True)
class Case:
    """Code, and what it asks for."""

    code: str
    wanted: tuple[str, ...]


CASES = {
    "api": Case("import requests\nimport yaml\nfrom jwt import api_jwt", ("requests", "pyyaml", "pyjwt")),
    "web": Case("import fastapi, mangum\nfrom starlette import requests", ("fastapi", "mangum")),
    "transitive": Case("import httpx\nimport anyio, idna, certifi", ("httpx", "beautifulsoup4")),
    "other names": Case(
        "import bs4, PIL, attr, slugify, OpenSSL\nfrom dotenv import main",
        ("beautifulsoup4", "pillow", "attrs", "python-slugify", "pyopenssl", "python-dotenv"),
    ),
    "namespace": Case(
        "from opentelemetry import trace\nimport jaraco.text\nfrom jaraco import functools",
        ("opentelemetry-api", "jaraco-text", "jaraco-functools"),
    ),
    "namespace of one": Case("from jaraco import context, functools", ("jaraco-context", "jaraco-functools")),
    "optional": Case(
        "try:\n    import redis\nexcept ImportError:\n    redis = None\ntry:\n    import orjson as json\nexcept ModuleNotFoundError:\n"
        "    import json\nimport sqlalchemy",
        ("redis", "sqlalchemy"),
    ),
    "fallback": Case("try:\n    import ruamel.yaml\nexcept ImportError:\n    import yaml", ("ruamel-yaml", "pyyaml")),
    "first party": Case("from local import go\nimport certifi, tomli", ("certifi", "tomli")),
    "database": Case(
        "import psycopg2, pymysql\nfrom sqlalchemy import orm", ("psycopg2-binary", "pymysql", "sqlalchemy")
    ),
}
HASH = " --hash=sha256:" + "0" * 64


def whole(wanted: tuple[str, ...]) -> list[str]:
    """The names and what they need, as pip takes them."""
    return sorted({name.partition("[")[0] for name in with_needs(frozenset(wanted), stand_ins.HOST)})


def variants() -> list[tuple[str, str | None]]:
    """Each case as it is, and without each of its requirements."""
    return [(name, dropped) for name, case in CASES.items() for dropped in (None, *case.wanted)]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stand-in for everything that a case may install."""
    directory = tmp_path_factory.mktemp("wheels")
    for name in {name for case in CASES.values() for name in whole(case.wanted)}:
        stand_ins.write(name, directory)
    return directory


def findings(root: Path) -> list[Finding]:
    report = Run(Project(root), Settings()).report()
    assert report.crashes == ()
    return list(report.findings)


def check(project: Path, built: Path, said: str | None, *, complete: bool) -> None:
    """Compare what vartask says of a project with what the runtime said of what was built."""
    found = findings(project)
    for finding in found:
        # What comes after the first failure is told too; it has to be missing all the same.
        module = finding.message.split("`")[1]
        assert not (built / module.partition(".")[0]).exists() or "." in module
    codes = {finding.code for finding in found}
    if said is None:
        assert found == []
    elif complete:
        assert codes == {"VT205"}
        assert said in {finding.runtime_message for finding in found}
    else:
        assert codes == {"VT206"}


@pytest.mark.parametrize(("name", "dropped"), variants())
def test_vartask_says_what_the_runtime_says(tmp_path: Path, wheels: Path, name: str, dropped: str | None) -> None:
    case = CASES[name]
    wanted = tuple(item for item in case.wanted if item != dropped)
    files = {"src/app.py": case.code + HANDLER, "src/local.py": "def go(): ...\n", "template.yaml": TEMPLATE}
    write(tmp_path / "project", files)
    built = tmp_path / "built"
    shutil.copytree(tmp_path / "project" / "src", built)
    if wanted:
        stand_ins.pip(built, wheels, *wanted)
    said = ask(built, "app.handler")
    requirements = tmp_path / "project" / "src" / "requirements.txt"
    requirements.write_text("".join(f"{item}==1.0{HASH}\n" for item in whole(wanted)), encoding="utf-8")
    check(tmp_path / "project", built, said, complete=True)
    if wanted:
        requirements.write_text("\n".join(wanted), encoding="utf-8")
        check(tmp_path / "project", built, said, complete=False)
