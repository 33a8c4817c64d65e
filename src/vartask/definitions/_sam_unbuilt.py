"""Templates that are deployed as they stand, without the build that installs what requirements list.

``sam package``, ``sam deploy`` and ``aws cloudformation package`` upload the directories that a template names
(https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html); what is installed beside the code, ``sam
build`` installs (https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-cli-command-reference-sam-build.html).
A person may run that by hand, so this is a doubt.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Final

from vartask.artifact.requirements import read_requirements
from vartask.data.base_images import AWS_DISTRIBUTIONS
from vartask.imports.install_steps import InstallSteps
from vartask.model import Function, Gap, Span, Zip
from vartask.patterns import regex
from vartask.project import Project, Unreadable

_PACKS: Final = regex(
    rb"\b(?P<tool>aws\s+cloudformation\s+package|sam\s+package|sam\s+deploy)\b"
    rb"(?P<options>(?:\\?\r?\n[ \t]*--[^\n]*|\\\r?\n[^\n]*|[^\n])*)"
)
_TEMPLATE: Final = regex(r"(?:--template-file|--template|-t)[= \t]+[\"']?([^\s\"']+)")
_BUILDS: Final = regex(rb"\bsam(?:local)?['\", \t]+(?:build|sync)\b|\bsam[-_]build\b|\bpoetry\s+sam\b|\bcdk\s+deploy\b")
_READ: Final = regex(
    r"\.(?:sh|bash|mk|ps1|bat|cmd|md|rst|txt|ya?ml|toml|json|py|js|ts|mjs|groovy)\Z"
    r"|(?:\A|/)(?:[Mm]akefile|justfile|[Jj]enkinsfile)\Z"
)
_TOOLS: Final = frozenset({"node_modules", "site-packages"})
_DEFAULTS: Final = frozenset({"template.yaml", "template.yml", "template.json"})
_LARGEST: Final = 512 * 1024


def unbuilt(project: Project, functions: Iterable[Function]) -> Iterator[Gap]:
    """A gap for each template whose functions need distributions that nothing in the repository installs."""
    needing: dict[str, list[Function]] = {}
    for function in functions:
        if isinstance(function.artifact, Zip) and _asks(project, function.artifact.requirements):
            needing.setdefault(function.span.path, []).append(function)
    commands = project.lasting("places: that deploy what is not built", _commands) if needing else ()
    installs = InstallSteps(project)
    for template, found in needing.items():
        command = next((one for one in commands if _is_about(*one, template)), None)
        if command is None or installs.near(posixpath.dirname(template)) is not None:
            continue
        listed = sorted(
            {function.artifact.requirements or "" for function in found if isinstance(function.artifact, Zip)}
        )
        more = f" and {len(listed) - 1} more" if listed[1:] else ""
        reason = (
            f"{template} is deployed as it stands, and nothing here runs `sam build`: `{listed[0]}`{more} may not be"
        )
        yield Gap(command[0], f"{reason} installed", tuple(function.name for function in found))


def _asks(project: Project, requirements: str | None) -> bool:
    """Whether something is listed that the runtime does not bring."""
    return requirements is not None and bool(set(read_requirements(project, requirements).places) - AWS_DISTRIBUTIONS)


def _is_about(at: Span, tool: str, named: str, template: str) -> bool:
    """Whether a command deploys a template, which it names, or takes by its default name."""
    if named:
        return posixpath.basename(named) == posixpath.basename(template)
    return tool == "sam" and posixpath.basename(template) in _DEFAULTS and _concerns(at.path, template)


def _concerns(path: str, template: str) -> bool:
    """Whether a script stands above the template, or in a directory of its own."""
    directory = posixpath.dirname(path)
    return template.startswith(f"{directory}/") or not directory or directory.startswith((".github", ".circleci"))


def _commands(project: Project) -> tuple[tuple[Span, str, str], ...]:
    """The commands that deploy templates, with their tool and what they name; none where something builds."""
    found: list[tuple[Span, str, str]] = []
    for path in project.files:
        if not _READ.search(path) or _TOOLS.intersection(path.split("/")):
            continue
        try:
            if project.mentions(path, _BUILDS):
                return ()
            data = project.read_bytes(path) if project.mentions(path, _PACKS) else b""
        except Unreadable:
            continue
        for match in _PACKS.finditer(data if len(data) <= _LARGEST else b""):
            named = _TEMPLATE.search(match["options"].decode(errors="replace"))
            at = Span(path, data.count(b"\n", 0, match.start()) + 1)
            found.append((at, match["tool"].split()[0].decode(), named[1] if named is not None else ""))
    return tuple(found)
