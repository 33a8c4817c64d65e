"""A function that a script deploys, and that something else in the repository declares too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from vartask.model import Function, Gap, Image, Packed, Part, Piece, Present, Zip
from vartask.records import dataclass, field, replace

SCRIPT = "script"


@dataclass
class Combined:
    """Functions, each once: a script's word counts for what the definition leaves open, its package above all."""

    functions: list[Function] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


def with_scripts(functions: Iterable[Function], bare: str) -> Combined:
    """Join scripts' functions with those of definitions; ``bare`` is the kind of a Dockerfile on its own.

    A definition says more than the script that updates what it made: its handler, runtime and settings stand.
    """
    listed = list(functions)
    scripts = [one for one in listed if one.declared_by == SCRIPT]
    found = Combined([one for one in listed if one.declared_by != SCRIPT])
    if not scripts:
        return found
    dockerfiles = any(one.declared_by == bare for one in found.functions)
    open_packages = any(isinstance(one.artifact, Zip) and not _known(one.artifact) for one in found.functions)
    for function in scripts:
        declared = [n for n, one in enumerate(found.functions) if one.declared_by not in {bare, SCRIPT}]
        names = [n for n in declared if _same(found.functions[n], function)]
        if not names and function.handler is None:
            # A script that only uploads code names the deployed function, which a template may leave to be made up.
            names = [n for n in declared if _shares_code(found.functions[n], function)]
        if names:
            for number in names:
                found.functions[number] = _with_package(found.functions[number], function)
        elif isinstance(function.artifact, Image) and function.artifact.command is None:
            # Which image is deployed changes nothing of what the Dockerfile itself says.
            if not dockerfiles:
                reason = f"{function.name}: where its image {function.artifact.reference} is built is not known"
                found.gaps.append(Gap(function.span, reason, (function.name,)))
        elif function.handler is None and open_packages:
            reason = f"{function.name} is deployed here; which of the functions declared elsewhere it is, is not known"
            found.gaps.append(Gap(function.span, reason, (function.name,)))
        else:
            found.functions.append(function)
    return found


def _known(package: Zip) -> bool:
    return bool(package.parts) or package.inline is not None


def _same(declared: Function, script: Function) -> bool:
    return declared.package_type == script.package_type and _plain(declared.name) == _plain(script.name)


def _shares_code(declared: Function, script: Function) -> bool:
    """Whether both packages hold the same file of the project."""
    packages = (declared.artifact, script.artifact)
    if not all(isinstance(one, Zip) for one in packages):
        return False
    mine = {entry.source for entry in _entries(script) if entry.source is not None and entry.source.endswith(".py")}
    theirs = {entry.source for entry in _entries(declared)}
    directories = [part.source for part in _parts(declared) if isinstance(part, Part) and part.source != "."]
    inside = any(path == one or path.startswith(f"{one}/") for path in mine for one in directories)
    return inside or bool(mine & theirs)


def _parts(function: Function) -> tuple[Piece, ...]:
    return function.artifact.parts if isinstance(function.artifact, Zip) else ()


def _entries(function: Function) -> Iterator[Present]:
    for part in _parts(function):
        if isinstance(part, Packed):
            yield from (entry for _, entry in part.entries)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.rpartition("/")[2].lower())


def _with_package(declared: Function, script: Function) -> Function:
    """The definition's function with the script's package, where its own is not known."""
    package = declared.artifact
    if isinstance(package, Zip) and isinstance(script.artifact, Zip) and not _known(package):
        return replace(declared, artifact=script.artifact)
    return declared
