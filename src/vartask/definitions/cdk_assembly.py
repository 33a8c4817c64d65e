"""Functions in the cloud assemblies (``cdk.out``) that ``cdk synth`` has written, whatever language the program is in.

An assembly is exact: nothing of the program has to be understood.  It counts only while it is fresh
(docs/decisions.md); otherwise the program itself is read, where its language is.
"""

from __future__ import annotations

from vartask.config import Settings
from vartask.definitions._cdk_followed import parted
from vartask.definitions._cdk_freshness import places
from vartask.model import Declared
from vartask.project import Project


def find(project: Project, settings: Settings) -> Declared:  # noqa: ARG001 - every definition has this signature
    """The functions of every fresh assembly."""
    fresh = [place for place in places(project) if place.stale is None]
    if not fresh:
        return Declared()
    # Imported here: few projects have an assembly.
    from vartask.definitions._cdk_assembly_functions import read

    functions, gaps = parted(answer for place in fresh for answer in read(project, place))
    return Declared(tuple(functions), (), tuple(gaps))
