"""Little projects with templates."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from vartask.config import Settings
from vartask.definitions.sam import find
from vartask.model import Declared, Function
from vartask.project import Project

SAM = "Transform: AWS::Serverless-2016-10-31\n"


def declared(root: Path, template: str, *files: str, path: str = "template.yaml") -> Declared:
    """What a project of one template and some empty files declares."""
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(dedent(template))
    return find(Project(root), Settings())


def function(root: Path, properties: str, *files: str, head: str = SAM, kind: str = "Serverless") -> Function:
    """The one function ``F`` of a template, with its properties given as YAML."""
    body = "".join(f"      {line}\n" for line in dedent(properties).strip().splitlines())
    template = f"{head}Resources:\n  F:\n    Type: AWS::{kind}::Function\n    Properties:\n{body}"
    found = declared(root, template, *files)
    (one,) = found.functions
    return one
