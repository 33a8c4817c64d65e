"""What ``PythonFunction`` and ``PythonLayerVersion`` of ``@aws-cdk/aws-lambda-python-alpha`` package.

Read from its version 2.269 (``bundling.ts``, ``packaging.ts``): ``rsync -rLv`` of the entry without ``assetExcludes``,
then an installation of what the first lock or requirements file lists.
"""

from __future__ import annotations

import posixpath
import re
from typing import Final

from vartask.definitions._cdk_bundling import INPUT, OUTPUT, removable
from vartask.definitions._cdk_values import Properties, from_value, texts_of
from vartask.model import Filter, Install, Part, Span, Text, Zip
from vartask.project import Project
from vartask.syntax.program_machine import Machine
from vartask.syntax.program_values import Computed, Constant, Fields, Function, Given, Instance, Value, nothing

_MANIFESTS: Final = ("Pipfile.lock", "poetry.lock", "requirements.txt", "uv.lock")
"""In the order that ``Packaging.fromEntry`` looks for them."""

_UV: Final = "uv.lock"


def python_package(machine: Machine, entry: str, asked: Properties, span: Span, into: str) -> Zip:
    """The package of an entry directory."""
    options = from_value(asked.get("bundling"), span)
    excludes = texts_of(options.get("assetExcludes"))
    manifest = next((name for name in _MANIFESTS if machine.project.is_file(_join(entry, name))), None)
    doubt = _doubt(machine, options)
    patterns: tuple[Text | str, ...] = ()
    if isinstance(excludes, tuple):
        patterns = excludes
    elif isinstance(excludes, Computed) and options.more is None:
        doubt = doubt or f"what it leaves out cannot be known: {excludes.reason}"
    if manifest == _UV:
        patterns = (*patterns, ".python-version")
    suffix = options.text("outputPathSuffix")
    if isinstance(suffix, Text):
        into = suffix.value
    filters = (Filter("rsync", patterns),) if patterns else ()
    parts: tuple[Part | Install, ...] = (Part(entry, span, into, filters=filters),)
    if manifest is not None:
        parts += (Install(_join(entry, manifest), span, into),)
    elif _asks_for_more(machine.project, entry):
        doubt = doubt or "older versions of the module install what `Pipfile` lists"
    return Zip(span, parts, reason=doubt)


def _join(directory: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(directory, name))


def _asks_for_more(project: Project, entry: str) -> bool:
    return project.is_file(_join(entry, "Pipfile"))


def _doubt(machine: Machine, options: Properties) -> str | None:
    """What else the bundling does, if nothing is known of it."""
    for name in ("command", "entrypoint", "volumes", "workingDirectory"):
        if not options.known:
            break
        if options.get(name) is not None:
            return f"the bundling has its own `{name}`"
    hooks = options.values.get("commandHooks")
    if hooks is not None and not nothing(hooks):
        return _hooks(machine, hooks)
    return None


def _hooks(machine: Machine, hooks: Value) -> str | None:
    """``commandHooks``: commands before and after the bundling's own."""
    if not isinstance(hooks, (Fields, Instance)):
        return "commands of the project run before or after the bundling (`commandHooks`)"
    for name in ("beforeBundling", "afterBundling"):
        function = machine.attribute(hooks, name, hooks.span)
        if not isinstance(function, Function):
            return f"`commandHooks.{name}` cannot be known"
        given = Given(function.span, (Constant(INPUT, function.span), Constant(OUTPUT, function.span)))
        commands = texts_of(machine.call(function, given))
        if isinstance(commands, Computed):
            return f"`commandHooks.{name}` gives commands that cannot be known"
        for command in commands or ():
            if not _harmless(command.value):
                return f"`commandHooks.{name}` runs `{command.value[:60]}`"
    return None


def _harmless(command: str) -> bool:
    words = command.split()
    if not words or re.search(r"[;&|$`]", command):
        return not words
    return words[0] == "rm" and all(removable(word) for word in words[1:] if not word.startswith("-"))
