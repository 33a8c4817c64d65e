"""One list of functions from what every reader of definitions found."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from vartask.definitions._deployed_twice import SCRIPT, with_scripts
from vartask.definitions._images import Images
from vartask.definitions._overrides import Overrides
from vartask.model import Declared, Function, Gap, Image, Limits, LocalLayer, Taken, Zip
from vartask.project import Project
from vartask.records import replace

BARE = "dockerfile"
LOCAL = "compose"
"""Compose starts images on a developer's machine: its word counts where no deployer has one."""


def merge(project: Project, found: Mapping[str, Declared]) -> Declared:
    """Every function once, its image's Dockerfile and context settled, under a name of its own."""
    combined = with_scripts((one for declared in found.values() for one in declared.functions), BARE)
    functions = combined.functions
    overrides = Overrides(project, frozenset(one.span.path for one in functions if _is_deployed_image(one)))
    bare = [overrides.apply(function) for function in functions if function.declared_by == BARE]
    images = Images(project, frozenset(path for path in map(_dockerfile, bare) if path is not None))
    deployed = [one for one in functions if one.declared_by != BARE and not images.is_foreign(one)]
    deployed = images.locate(deployed)
    elsewhere = [function for function in deployed if images.is_elsewhere(function)]
    deployed = [one for one in deployed if one not in elsewhere and not images.is_foreign(one)]
    kept = _deployer_stands(deployed, [_doubted(one, deployed, images) for one in bare])
    used = {_dockerfile(function) for function in kept}
    gaps = [*combined.gaps]
    gaps += [gap for declared in found.values() for gap in declared.gaps if gap.span.path not in used]
    gaps += [Gap(one.span, f"{one.name}: {one.artifact.reason}", (one.name,)) for one in elsewhere]
    settled: list[Function] = []
    for function in kept:
        variants, doubts = images.settle(function)
        settled += variants
        gaps += doubts
    problems = tuple(dict.fromkeys(problem for declared in found.values() for problem in declared.problems))
    ordered = sorted(_distinct(settled), key=lambda one: (one.span, one.name))
    return Declared(tuple(_named(ordered)), problems, tuple(sorted(set(gaps))))


def _is_deployed_image(function: Function) -> bool:
    return function.declared_by != BARE and isinstance(function.artifact, Image)


def _doubted(bare: Function, deployed: list[Function], images: Images) -> Function:
    """The function of a bare Dockerfile, its handler unknown where a deployer may start the image with another."""
    dockerfile = _dockerfile(bare)
    for function in deployed:
        if dockerfile is not None and bare.handler_reason is None and images.may_override(function, dockerfile):
            reason = f"{function.name} ({function.span}) may be built from it, and sets its own command"
            return replace(bare, handler_reason=reason)
    return bare


def _dockerfile(function: Function) -> str | None:
    return function.artifact.dockerfile if isinstance(function.artifact, Image) else None


def _deployer_stands(deployed: list[Function], bare: list[Function]) -> list[Function]:
    """Drop what a stronger word replaces: a deployer's before Compose's, either before the Dockerfile's own.

    A deployer either overrides the ``CMD`` or takes it over; in both cases the Dockerfile declares nothing more.
    """
    real = {_dockerfile(function) for function in deployed if function.declared_by != LOCAL}
    kept = [function for function in deployed if function.declared_by != LOCAL or _dockerfile(function) not in real]
    spoken = {_dockerfile(function) for function in kept} | set(_only_built(deployed))
    return kept + [function for function in bare if _dockerfile(function) not in spoken]


def _only_built(functions: Iterable[Function]) -> Iterator[str]:
    """Dockerfiles that are built only to take files out of the image: nothing is ever started from it."""
    for function in functions:
        packages = [layer.package for layer in function.layers if isinstance(layer, LocalLayer)]
        if isinstance(function.artifact, Zip):
            packages.append(function.artifact)
        yield from (part.dockerfile for one in packages for part in one.parts if isinstance(part, Taken))


def _distinct(functions: Iterable[Function]) -> Iterable[Function]:
    """Functions that differ in their name, limits and environment's values alone, such as one module used per stage."""
    seen: dict[object, Function] = {}
    for function in functions:
        key = _identity(function)
        seen[key] = seen[key].declared_again(function) if key in seen else function
    return seen.values()


def _identity(function: Function) -> object:
    """What decides how the function starts, and where it is declared."""
    # The repr of frozen values tells them apart completely; mappings among them are not hashable.  The values may
    # come from another place for each call of a module: only the function's own place counts.
    name = function.name if function.declared_by == SCRIPT else ""
    bare = replace(function, name=name, environment=dict.fromkeys(sorted(function.environment), ""), limits=Limits())
    return function.span, re.sub(r"Span\([^()]*\)", "", repr(bare))


def _named(functions: list[Function]) -> Iterable[Function]:
    """Names are what users type: a name used twice gets the directory of its definition, then the line."""
    for qualify in (_by_directory, _by_line):
        counts = Counter(function.name for function in functions)
        functions = [qualify(one) if counts[one.name] > 1 else one for one in functions]
    taken: Counter[str] = Counter()
    for function in functions:
        taken[function.name] += 1
        again = taken[function.name]
        yield function if again == 1 else _renamed(function, f"{function.name}#{again}")


def _by_directory(function: Function) -> Function:
    directory = posixpath.dirname(function.span.path)
    if not directory:
        return function
    own = posixpath.basename(directory) == function.name
    return _renamed(function, directory if own else f"{directory}/{function.name}")


def _by_line(function: Function) -> Function:
    return _renamed(function, f"{function.name}:{function.span.line}")


def _renamed(function: Function, name: str) -> Function:
    return replace(function, name=name, own_name=function.own_name or function.name)
