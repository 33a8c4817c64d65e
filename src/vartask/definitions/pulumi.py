"""Functions that Pulumi programs declare, in Python, TypeScript, JavaScript and YAML.

https://www.pulumi.com/registry/packages/aws/api-docs/lambda/function/.  A program is followed, never run; one in
another language is a gap.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from vartask.config import Settings
from vartask.definitions._pulumi_projects import PulumiProject, pulumi_projects
from vartask.model import Declared, Function, Gap, Span
from vartask.patterns import regex
from vartask.project import Project, Unreadable

if TYPE_CHECKING:
    from vartask.syntax.program import Language
    from vartask.syntax.program_state import Sources
    from vartask.syntax.program_values import Made

_LANGUAGES: Final[dict[str, tuple[Language, tuple[str, ...]]]] = {
    "python": ("python", (".py",)),
    "nodejs": ("javascript", (".ts", ".js", ".mts", ".mjs", ".tsx")),
    "bun": ("javascript", (".ts", ".js", ".mts", ".mjs", ".tsx")),
}
_OTHERS: Final = (".go", ".cs", ".fs", ".vb", ".java", ".kt", ".scala", ".pp", ".hcl")
_LAMBDA: Final = regex(rb"(?i)aws[./:\w-]*lambda|lambda\s*[.(]\s*(?:new)?function")
_TESTS: Final = frozenset({"test", "tests", "__tests__", "node_modules", "venv", ".venv"})


def find(project: Project, settings: Settings) -> Declared:  # noqa: ARG001 - every definition has this signature
    """The functions of every Pulumi project below the project's scopes."""
    functions: list[Function] = []
    gaps: list[Gap] = []
    for found in pulumi_projects(project):
        if isinstance(found, Gap):
            gaps.append(found)
            continue
        for one in _read(project, found):
            (functions if isinstance(one, Function) else gaps).append(one)  # type: ignore[arg-type]
    return Declared(tuple(functions), (), tuple(gaps))


def _read(project: Project, pulumi: PulumiProject) -> Iterator[Function | Gap]:
    # Imported here and below: most projects have no Pulumi program, and every run would pay for it.
    from vartask.definitions._pulumi_functions import FunctionReader, is_function

    reader = FunctionReader(project, pulumi.base)
    if pulumi.runtime == "yaml":
        from vartask.definitions._pulumi_yaml import YamlProgram

        made: Sequence[Made] = YamlProgram(pulumi.root).made()
    elif pulumi.runtime in _LANGUAGES:
        files = _program(project, pulumi)
        if not files:
            return
        made, gaps = _followed(project, pulumi, files)
        yield from gaps
    elif pulumi.runtime and not _may_make_functions(project, pulumi):
        return
    else:
        what = f"Pulumi programs in {pulumi.runtime}" if pulumi.runtime else "Pulumi projects without a `runtime`"
        yield Gap(Span(pulumi.path), f"{what} are not read: functions that only they declare are not checked")
        return
    for one in made:
        found = reader.read(one) if is_function(one) else None
        if found is not None:
            yield found


def _program(project: Project, pulumi: PulumiProject) -> list[str]:
    """The files of the program that may make a function."""
    prefix = "" if pulumi.base == "." else pulumi.base + "/"
    _, endings = _LANGUAGES[pulumi.runtime]
    return [
        path
        for path in project.files
        if path.startswith(prefix)
        and path.endswith(endings)
        and not _TESTS.intersection(path[len(prefix) :].split("/"))
        and _concerns(project, path)
    ]


def _may_make_functions(project: Project, pulumi: PulumiProject) -> bool:
    """Whether a program in a language that is not read mentions Lambda at all."""
    prefix = "" if pulumi.base == "." else pulumi.base + "/"
    sources = (path for path in project.files if path.startswith(prefix) and path.endswith(_OTHERS))
    return any(_has(project, path, _LAMBDA) for path in sources)


def _has(project: Project, path: str, pattern: re.Pattern[bytes]) -> bool:
    try:
        return project.mentions(path, pattern)
    except Unreadable:
        return True


def _concerns(project: Project, path: str) -> bool:
    try:
        return all(project.mentions(path, word) for word in (b"Function", b"lambda", b"pulumi"))
    except Unreadable:
        return False


def _followed(project: Project, pulumi: PulumiProject, files: Sequence[str]) -> tuple[Sequence[Made], list[Gap]]:
    """What the program makes; code that nothing calls is entered as well."""
    from vartask.syntax.program_run import Run

    language, _ = _LANGUAGES[pulumi.runtime]
    run = Run(project, {language: _sources(project, pulumi, language)}, pulumi.base)
    gaps: list[Gap] = []
    if pulumi.entry is not None:
        run.start(pulumi.entry, language)
    else:
        gaps.append(Gap(Span(pulumi.path), "the Pulumi program that this project runs is not found"))
    run.complete([(path, language) for path in files], lambda span: _speaks_of_functions(project, span))
    if run.state.exhausted:
        gaps.append(Gap(Span(pulumi.path), "the Pulumi program is too long to be followed to its end"))
    return run.made, gaps


def _sources(project: Project, pulumi: PulumiProject, language: Language) -> Sources:
    if language == "python":
        from vartask.syntax.program_python_modules import PythonSources

        top = posixpath.dirname(pulumi.path) or "."
        return PythonSources(project, pulumi.entry or "", tuple(dict.fromkeys((pulumi.base, top, "."))))
    from vartask.syntax.javascript_modules import JavaScriptSources

    return JavaScriptSources(project)


def _speaks_of_functions(project: Project, span: Span) -> bool:
    try:
        lines = project.read_text(span.path).splitlines()[span.line - 1 : span.end_line or None]
    except Unreadable:
        return False
    return any("Function" in line for line in lines)
