"""Little services of the Serverless Framework."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from vartask.artifact.zip import predict_zip
from vartask.config import Settings
from vartask.definitions.serverless import find
from vartask.model import Declared, Function
from vartask.project import Project

HEAD = "service: s\nframeworkVersion: '3'\nprovider: {name: aws, runtime: python3.12}\n"


def lay_out(root: Path, files: Mapping[str, str]) -> Project:
    """Write the files; those without text are empty."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(dedent(text))
    return Project(root)


def declared(root: Path, service: str, *empty: str, path: str = "serverless.yml", **others: str) -> Declared:
    """What one service with some empty files declares; ``others`` are texts by name, ``__`` for a dot."""
    texts = {name.replace("__", "."): text for name, text in others.items()}
    return find(lay_out(root, {path: dedent(service), **dict.fromkeys(empty, ""), **texts}), Settings())


def function(root: Path, body: str, *empty: str, head: str = HEAD, path: str = "serverless.yml") -> Function:
    """The one function of a service; ``body`` is what stands below the head."""
    found = declared(root, head + dedent(body), *empty, path=path)
    assert found.problems == ()
    (one,) = found.functions
    return one


def packaged(root: Path, one: Function) -> set[str]:
    """The predicted files below ``/var/task``."""
    entries = predict_zip(Project(root), one).entries
    base = "/var/task/"
    return {path[len(base) :] for path, entry in entries.items() if entry.kind == "f" and path.startswith(base)}
