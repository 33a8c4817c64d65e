"""Functions in the cloud assemblies (``cdk.out``) that ``cdk synth`` has written, whatever language the program is in.

An assembly is exact: nothing of the program has to be understood.  It counts only while it is fresh
(docs/decisions.md); otherwise the program itself is read, where its language is.
"""

from __future__ import annotations

from vartask.config import Settings
from vartask.definitions._cdk_freshness import places
from vartask.model import Declared, Function, Gap
from vartask.project import Project


def find(project: Project, settings: Settings) -> Declared:  # noqa: ARG001 - every definition has this signature
    """The functions of every fresh assembly."""
    functions: list[Function] = []
    gaps: list[Gap] = []
    for place in places(project):
        if place.stale is not None:
            continue
        # Imported here: few projects have an assembly.
        from vartask.definitions._cdk_assembly_functions import read

        for found in read(project, place):
            (functions if isinstance(found, Function) else gaps).append(found)  # type: ignore[arg-type]
    return Declared(tuple(functions), (), tuple(gaps))
