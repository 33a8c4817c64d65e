"""Projects written out for a test."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

from vartask.project import Project

LAMBDA_IMAGE = 'FROM public.ecr.aws/lambda/python:3.12\nCOPY app.py ${LAMBDA_TASK_ROOT}/\nCMD ["app.handler"]\n'


def project(root: Path, files: Mapping[str, str]) -> Project:
    """A project below ``root`` with the given files; their text is dedented."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return Project(root)
