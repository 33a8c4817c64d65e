"""What ``PythonFunction`` and ``PythonLayerVersion`` of ``@aws-cdk/aws-lambda-python-alpha`` package.

Read from its version 2.269 (``bundling.ts``, ``packaging.ts``): ``rsync -rLv`` of the entry without ``assetExcludes``,
then an installation of what the first lock or requirements file lists.
"""

from __future__ import annotations

import posixpath
from typing import Final

from vartask.definitions._cdk_bundling import INPUT, OUTPUT, Bundle, NotFollowed
from vartask.definitions._cdk_values import Properties, from_value, texts_of
from vartask.model import Filter, Install, Part, Span, Text, Zip
from vartask.syntax.program_machine import Machine
from vartask.syntax.program_values import Computed, Constant, Fields, Function, Given, Instance, Value, nothing

_MANIFESTS: Final = ("Pipfile.lock", "poetry.lock", "requirements.txt", "uv.lock")
"""In the order that ``Packaging.fromEntry`` looks for them."""

_UV: Final = "uv.lock"


def python_package(machine: Machine, entry: str, asked: Properties, span: Span, into: str) -> Zip:
    """The package of an entry directory."""
    options = from_value(asked.get("bundling"), span)
    suffix = options.text("outputPathSuffix")
    into = suffix.value if isinstance(suffix, Text) else into
    manifest = next((name for name in _MANIFESTS if machine.project.is_file(_join(entry, name))), None)
    patterns, doubt = _excludes(options)
    if manifest == _UV:
        patterns = (*patterns, ".python-version")
    parts: list[Part | Install] = [Part(entry, span, into, filters=(Filter("rsync", patterns),) if patterns else ())]
    if manifest is not None:
        parts.append(Install(_join(entry, manifest), span, into))
    elif machine.project.is_file(_join(entry, "Pipfile")):
        doubt = doubt or "older versions of the module install what `Pipfile` lists"
    doubt = _own_way(options) or doubt
    hooks = options.values.get("commandHooks")
    if hooks is not None and not nothing(hooks):
        before, first = _hook(machine, hooks, "beforeBundling", entry, into)
        after, second = _hook(machine, hooks, "afterBundling", entry, into)
        parts = [*before, *parts, *after]
        doubt = doubt or first or second
    return Zip(span, tuple(parts), reason=doubt)


def _excludes(options: Properties) -> tuple[tuple[Text | str, ...], str | None]:
    excludes = texts_of(options.get("assetExcludes"))
    if isinstance(excludes, Computed) and options.more is None:
        return (), f"what it leaves out cannot be known: {excludes.reason}"
    return excludes if isinstance(excludes, tuple) else (), None


def _join(directory: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(directory, name))


def _own_way(options: Properties) -> str | None:
    """Options that put other commands into the place of the bundling's own."""
    for name in ("command", "entrypoint", "volumes", "workingDirectory"):
        if options.known and options.get(name) is not None:
            return f"the bundling has its own `{name}`"
    return None


def _hook(machine: Machine, hooks: Value, name: str, entry: str, into: str) -> tuple[list[Part | Install], str | None]:
    """``commandHooks``: what the commands before or after the bundling's own put in, or why that is not known."""
    if not isinstance(hooks, (Fields, Instance)):
        return [], "commands of the project run before or after the bundling (`commandHooks`)"
    function = machine.attribute(hooks, name, hooks.span)
    if not isinstance(function, Function):
        return [], None if nothing(function) else f"`commandHooks.{name}` cannot be known"
    output = posixpath.join(OUTPUT, into) if into else OUTPUT
    given = (Constant(INPUT, function.span), Constant(output, function.span))
    commands = texts_of(machine.call(function, Given(function.span, given)))
    if isinstance(commands, Computed):
        return [], f"`commandHooks.{name}` gives commands that cannot be known"
    bundle = Bundle(machine.project, entry, function.span, INPUT if name == "beforeBundling" else output)
    try:
        return bundle.run("\n".join(command.value for command in commands or ())), None
    except NotFollowed as error:
        return bundle.parts, f"`commandHooks.{name}` runs `{error}`"
