"""Functions of AWS CDK applications in Python, read from their source.

A program is followed from where ``cdk.json`` starts it; what nothing known calls is entered afterwards with unknown
arguments.  Where a fresh cloud assembly says it exactly, the source is not read.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Final

from vartask.config import Settings
from vartask.definitions._cdk_apps import App, apps, nearest
from vartask.definitions._cdk_followed import Followed, mentioning, parted
from vartask.definitions._cdk_freshness import counts_for
from vartask.model import Declared, Function, Gap, Span
from vartask.patterns import regex
from vartask.project import Project
from vartask.records import dataclass

_TEST: Final = regex(r"(?:\A|/)(?:tests?|cdk\.out|node_modules|\.venv|venv)/|(?:\A|/)(?:test_[^/]*|conftest)\.py\Z")
_LIBRARY: Final = regex(rb"\baws_cdk\b|\baws_solutions_constructs\b")
_FUNCTIONS: Final = regex(
    rb"aws_lambda|PythonFunction|DockerImageFunction|lambda_function_props|EdgeFunction|TriggerFunction|SingletonFunction"
)
_CONSTRUCT: Final = regex(
    r"(?<![\w.])(?:\w+\s*\.\s*)*(?:PythonFunction|DockerImageFunction|SingletonFunction|CfnFunction|PythonLayerVersion"
    r"|(?:_?lambda\w*|aws_lambda|_lambda)\s*\.\s*Function)\s*\((?!\s*\))"
)
"""Constructs that are certainly Lambda functions by the way they are written."""

_MAKES: Final = regex(rb"Function|LayerVersion|[A-Z]\w*\(\s*(?:self|scope|stack|app)\b")
_MARKERS: Final = frozenset({"requirements.txt", "pyproject.toml", "setup.py", "package.json", "Pipfile", "app.py"})
"""Files beside which a program runs that no ``cdk.json`` starts."""


def find(project: Project, settings: Settings) -> Declared:  # noqa: ARG001 - every definition has this signature
    """The functions of every application that is read from its source."""
    relevant = mentioning(project, filter(_is_source, project.files), _LIBRARY, _FUNCTIONS)
    return _Reader(project, Followed(relevant)).declared() if relevant else Declared()


def _is_source(path: str) -> bool:
    return path.endswith(".py") and not posixpath.basename(path).startswith(".") and not _TEST.search(path)


@dataclass
class _Reader:
    """Reads the applications of one project."""

    project: Project
    followed: Followed

    def declared(self) -> Declared:
        """Everything that the applications declare."""
        functions, gaps = parted(answer for app, files in self._programs() for answer in self._read(app, files))
        gaps += self.followed.missed(_CONSTRUCT, _is_no_call)
        return Declared(tuple(functions), (), tuple(gaps))

    def _programs(self) -> Iterator[tuple[App, list[str]]]:
        """Each application with its files; at last the files that belong to none."""
        known = {app.directory: app for app in apps(self.project)}
        directories = frozenset(known)
        beside = frozenset(
            posixpath.dirname(path) or "." for path in self.project.files if posixpath.basename(path) in _MARKERS
        )
        owned: dict[str, list[str]] = {}
        for path in self.followed.relevant:
            home = nearest(directories, path)
            alone = nearest(beside, path) or posixpath.dirname(path) or "."
            owned.setdefault(alone if home is None else home, []).append(path)
        # An application without functions of its own may make those of packages that stand elsewhere.
        bare = (one.directory for one in known.values() if one.language == "python" and one.entry is not None)
        # Libraries come last: an application that uses one says what it is given.
        for directory in sorted({*owned, *bare}, key=lambda one: (one not in known, one)):
            app = known.get(directory, App(directory, "", "python"))
            if counts_for(self.project, directory) is not None:
                self.followed.covered.update(owned.get(directory, ()))
            elif app.language != "javascript":
                yield app, owned.get(directory, [])

    def _read(self, app: App, files: Sequence[str]) -> Iterator[Function | Gap]:
        from vartask.definitions._cdk_constructs import Constructs
        from vartask.syntax.program_python_modules import PythonSources
        from vartask.syntax.program_run import Run

        entry = app.entry if app.entry is not None and app.entry.endswith(".py") else None
        sources = PythonSources(self.project, entry or "", _roots(self.project, app.directory, entry))
        run = Run(self.project, {"python": sources}, app.directory)
        if entry is not None:
            run.start(entry, "python")
        run.complete([(path, "python") for path in files], self._wanted)
        yield from Constructs(run).read(run.made)
        yield from self.followed.remember(run, app)

    def _wanted(self, span: Span) -> bool:
        """Whether code that nothing has called yet may make a function."""
        code = self.followed.uncalled(span)
        return code is not None and _MAKES.search(code) is not None


def _roots(project: Project, directory: str, entry: str | None) -> tuple[str, ...]:
    """Where the program's modules are looked for: beside its script, where it runs, and where packages are kept."""
    places = [posixpath.dirname(entry) or "." if entry is not None else directory, directory]
    here = directory
    while here != ".":
        here = posixpath.dirname(here) or "."
        places.append(here)
    sources = [posixpath.normpath(f"{place}/src") for place in places]
    return tuple(dict.fromkeys([*places, *(one for one in sources if project.is_dir(one))]))


def _is_no_call(text: str, at: int) -> bool:
    """Whether a place is in a comment, or behind ``class`` or ``def``."""
    before = text[text.rfind("\n", 0, at) + 1 : at]
    return "#" in before or re.match(r"\s*(?:class|def|from|import)\b", before) is not None
