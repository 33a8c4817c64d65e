"""From a project to a report: the one entry that the command line, flake8 and the tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vartask.model import Report

if TYPE_CHECKING:
    from vartask.config import Settings
    from vartask.project import Project


def check(project: Project, settings: Settings) -> Report:
    """Predict what Lambda will say of every function below the project's scopes."""
    raise NotImplementedError
