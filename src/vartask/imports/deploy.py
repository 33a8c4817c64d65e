"""From a function and its predicted tree to a :class:`Deployment`: every step of the runtime replayed."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from vartask.imports.bound import confirmed
from vartask.imports.context import ContextTrace
from vartask.imports.context_modules import trace
from vartask.imports.evidence import Evidence, Sources, base_directory
from vartask.imports.failures import Failure
from vartask.imports.handler import resolve_handler
from vartask.imports.import_strings import StringReplay
from vartask.imports.invocation import invoked
from vartask.imports.library import Library
from vartask.imports.rehearsed import combined, rehearse, unsettled
from vartask.imports.replay import Replay
from vartask.imports.scene import Scene
from vartask.imports.search import search_path
from vartask.imports.site_files import with_site_files
from vartask.imports.wrappers import certain_calls, start_of, worded
from vartask.model import (
    BinaryOutcome,
    Deployment,
    FileTree,
    Function,
    Gap,
    Image,
    ImportOutcome,
    InvocationOutcome,
    LocalLayer,
    MissingName,
    Packed,
    Part,
    RaisedOutcome,
    ShadowOutcome,
    Span,
    StdlibOutcome,
    StrangerOutcome,
    StringOutcome,
    SyntaxOutcome,
    Text,
    Zip,
)
from vartask.records import replace
from vartask.timing import stage

_MANY = 6


def deploy(function: Function, tree: FileTree, handler: Text, library: Library, sources: Sources) -> Deployment:
    """Replay one function on its tree."""
    path = with_site_files(search_path(function, tree), tree, library.project)
    resolver = library.resolvers.of(tree, path)
    evidence = Evidence(sources, tree, resolver, _base(function), followed=_is_followed(function))
    scene = Scene(function, tree, resolver, library, evidence)
    start = start_of(scene, handler)
    if start.handler is None:
        return Deployment(function, tree, gaps=(*scene.gaps, *scene.lasting))
    handler = start.handler
    outcome, found = resolve_handler(scene, handler)
    replay = Replay(scene)
    strings = StringReplay(scene, replay)
    results: tuple[StringOutcome, ...] = ()
    failures: list[Failure] = []
    if found is not None:
        with stage("imports: replay"):
            replay.start(found.module.name, outcome.attribute)
        with stage("imports: rehearsal"):
            rehearsed = rehearse(scene, found)
        strings.settled = rehearsed.imported
        with stage("imports: strings"):
            results = strings.run()
        outcome = confirmed(scene, outcome, found, replay.whole)
        failures = combined(list(replay.failures), results, rehearsed)
    outcome = worded(outcome, start.wrapper)
    followed = ContextTrace()
    calls: tuple[InvocationOutcome, ...] = ()
    if found is not None and outcome.problem is None and outcome.attribute is not None:
        with stage("handler: its context"):
            followed = trace(scene, found, outcome.attribute, replay.loaded.values())
        with stage("handler: its call"):
            calls = certain_calls(scene, start, invoked(scene, found, outcome.attribute))
    return Deployment(
        function,
        tree,
        outcome if found is None or found.readable or outcome.problem else replace(outcome, attribute=None),
        imports=tuple(item for item in failures if isinstance(item, ImportOutcome)),
        names=tuple(item for item in failures if isinstance(item, MissingName)),
        stdlib=tuple(item for item in failures if isinstance(item, StdlibOutcome)),
        strangers=(*(item for item in failures if isinstance(item, StrangerOutcome)), *replay.others.undeclared),
        binaries=tuple(item for item in failures if isinstance(item, BinaryOutcome)),
        shadows=tuple(item for item in failures if isinstance(item, ShadowOutcome)),
        syntax=tuple(item for item in failures if isinstance(item, SyntaxOutcome)),
        raised=tuple(item for item in failures if isinstance(item, RaisedOutcome)),
        strings=results,
        loaded=tuple(item.module for item in replay.loaded.values()),
        invocation=calls,
        context=followed.uses,
        context_is_lambdas=followed.certain,
        gaps=(*unsettled(scene.gaps, failures), *scene.lasting, *_strangers(scene), *followed.gaps),
    )


def _base(function: Function) -> str:
    """The directory that the definition and the code have in common."""
    return base_directory(posixpath.normpath(path) for path in _places(function))


def _places(function: Function) -> Iterable[str]:
    yield function.span.path
    artifact = function.artifact
    if isinstance(artifact, Image):
        if artifact.dockerfile is not None:
            yield artifact.dockerfile
        if artifact.context is not None:
            yield f"{artifact.context}/-"
    else:
        yield from _sources(artifact)
    for layer in function.layers:
        if isinstance(layer, LocalLayer):
            yield from _sources(layer.package)


def _is_followed(function: Function) -> bool:
    """Whether the package is what somebody's commands were seen to put together."""
    package = function.artifact
    return isinstance(package, Zip) and any(isinstance(one, Packed) and one.entries for one in package.parts)


def _sources(package: Zip) -> Iterable[str]:
    for part in package.parts:
        if isinstance(part, Part):
            yield f"{part.written_in}/-"
        elif isinstance(part, Packed):
            yield from (entry.source for _, entry in part.entries if entry.source is not None)


def _strangers(scene: Scene) -> list[Gap]:
    """One gap per reason for the modules of others of which it is not known whether they are installed."""
    grouped: dict[str, dict[str, Span]] = {}
    for name, (span, reason) in sorted(scene.strangers.items()):
        grouped.setdefault(reason, {})[name] = span
    return [_stranger(scene, reason, names) for reason, names in grouped.items()]


def _stranger(scene: Scene, reason: str, places: dict[str, Span]) -> Gap:
    names = list(places)
    shown = ", ".join(f"`{name}`" for name in names[:_MANY])
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    text = f"third-party modules are not judged: {shown}{more}: {reason}"
    return Gap(min(places.values()), text, (scene.function.name,))
