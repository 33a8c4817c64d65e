"""Functions that the user declares in ``[[tool.vartask.function]]``, where nothing in the repository does."""

from __future__ import annotations

import posixpath

from vartask.config import FunctionSettings, Settings
from vartask.model import LAMBDA_LIMITS, Declared, Function, Image, Limits, Problem, Span, Text, Zip
from vartask.project import Project


def find(project: Project, settings: Settings) -> Declared:
    """The functions of the configuration; its paths are relative to the directory that it stands in."""
    path = None if settings.path is None else project.relative(settings.path)
    functions: list[Function] = []
    problems: list[Problem] = []
    for one in settings.functions:
        # A configuration outside the project's root has no place to point at inside it.
        span = Span(path or ".", one.line if path else 1)
        made = _function(project, posixpath.dirname(path or "") or ".", one, span)
        (functions if isinstance(made, Function) else problems).append(made)  # type: ignore[arg-type]
    return Declared(tuple(functions), tuple(problems))


def _function(project: Project, base: str, one: FunctionSettings, span: Span) -> Function | Problem:
    wanted = one.dockerfile or one.source or "."
    found = project.join(base, wanted)
    context = None if one.context is None else project.join(base, one.context)
    if found is None or (one.context is not None and context is None):
        outside = wanted if found is None else one.context
        return Problem("definition", f"function {one.name}: {outside} is outside the project", span)
    if project.kind(found) is None:
        return Problem("definition", f"function {one.name}: {wanted} does not exist", span)
    if one.dockerfile is not None and not project.is_file(found):
        return Problem("definition", f"function {one.name}: {wanted} is not a file", span)
    handler = None if one.handler is None else Text(one.handler, span)
    if one.dockerfile is None:
        requirements = None if one.requirements is None else project.join(base, one.requirements)
        artifact: Zip | Image = Zip.of(found, span, requirements=requirements)
    else:
        command = None if handler is None else (handler,)
        artifact = Image(found, context, span, one.target, one.build_args, command=command)
        handler = None
    return Function(
        one.name,
        span,
        artifact,
        "configured",
        handler,
        None if handler or one.dockerfile else "the configuration names no handler",
        one.runtime,
        environment=dict(one.environment),
        limits=Limits(
            one.memory or LAMBDA_LIMITS.memory,
            one.timeout or LAMBDA_LIMITS.timeout,
            one.storage or LAMBDA_LIMITS.storage,
        ),
    )
