"""Compose files whose services run an image for Lambda."""

from __future__ import annotations

import posixpath

from vartask.config import Settings
from vartask.model import Declared
from vartask.patterns import regex
from vartask.project import Project

_FILE = regex(r"^(?:docker-)?compose.*\.ya?ml$")


def find(project: Project, settings: Settings) -> Declared:
    """A function for every service that runs an image for Lambda with its own handler or the image's."""
    del settings
    files = [path for path in project.files if _FILE.match(posixpath.basename(path))]
    if not files:
        return Declared()
    # The readers of Dockerfiles take longer to import than a small project to check.
    from vartask.definitions._compose_functions import declared

    return declared(project, files)
