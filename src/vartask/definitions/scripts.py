"""Scripts, Makefiles and pipelines that deploy functions by ``aws lambda``."""

from __future__ import annotations

from vartask.artifact.scripts.files import packing
from vartask.config import Settings
from vartask.model import Declared
from vartask.project import Project


def find(project: Project, settings: Settings) -> Declared:
    """A function for every name that a script creates or updates, with the package that it makes for it."""
    del settings
    if not packing(project.whole):
        return Declared()
    # Following scripts takes longer to import than a small project to check.
    from vartask.definitions._script_functions import declared

    return declared(project)
