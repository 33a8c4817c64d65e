"""The adapter that hands the engine's findings to flake8, file by file.

flake8 shows a plugin one Python file at a time, in several processes (https://github.com/PyCQA/flake8/issues/122).
The project is therefore analysed once, in ``parse_options``, which runs in the parent: forked workers inherit the
result, and workers that are started otherwise read it from a temporary file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from vartask import __version__

if TYPE_CHECKING:
    import ast
    from argparse import Namespace

    from flake8.options.manager import OptionManager

    from vartask.locate import Location
    from vartask.model import Finding, Report
    from vartask.steps import Steps

Shown = tuple[int, int, str]
"""Line, column from 0 as flake8 wants it, and the text that begins with the code."""

HANDED_DOWN = "VARTASK_FLAKE8_RESULT"
"""The environment variable that tells a worker where its parent has put the result."""


class Plugin:
    """What flake8 loads: one instance for each file, one analysis for all."""

    name = "vartask"
    version = __version__
    shown: ClassVar[Mapping[str, Sequence[Shown]]] = {}

    def __init__(self, tree: ast.AST, filename: str) -> None:  # noqa: ARG002 - the name makes it a tree plugin
        self._filename = filename

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        """The one option; everything else is in ``[tool.vartask]``."""
        manager.add_option(
            "--vartask-path",
            metavar="PATH",
            default=".",
            parse_from_config=True,
            normalize_paths=True,
            help="the directory whose Lambda functions vartask checks (default: the working directory)",
        )

    @classmethod
    def parse_options(cls, options: Namespace) -> None:
        """Analyse the project, unless flake8 is told to show other codes only or the parent has done it."""
        if not _wanted(options):
            cls.shown = {}
            return
        inherited = _inherited()
        cls.shown = _analyse(options.vartask_path) if inherited is None else inherited
        if inherited is None:
            _hand_down(cls.shown)

    def run(self) -> Iterator[tuple[int, int, str, type]]:
        """The findings that stand in this file."""
        for line, column, text in self.shown.get(os.path.realpath(self._filename), ()):
            yield line, column, text, type(self)


def _wanted(options: Namespace) -> bool:
    chosen = [*(options.select or ()), *(options.extend_select or ())]
    return not options.select or any(code.startswith("VT") or "VT".startswith(code) for code in chosen)


def _analyse(path: str) -> Mapping[str, Sequence[Shown]]:
    from flake8.exceptions import ExecutionError

    from vartask.config import ConfigError
    from vartask.locate import NoSuchPath, locate

    try:
        location = locate([path])
        report = _report(location)
    except (ConfigError, NoSuchPath) as error:
        raise ExecutionError(f"vartask: {error}") from error
    except Exception as error:
        if os.environ.get("VARTASK_DEBUG"):
            raise
        # flake8 would show a traceback that reads as its own failure.
        raise ExecutionError(f"vartask failed, which is a bug in it: {type(error).__name__}: {error}") from error
    return _by_file(report, location)


def _report(location: Location) -> Report:
    from vartask import stored
    from vartask.cache import of_project
    from vartask.config import excluded, load
    from vartask.project import Project

    settings = load(location.checked, location.root)
    project = Project(location.root, location.scopes, excluded(settings, location.root))

    def run(steps: Steps) -> Report:
        from vartask import engine
        from vartask.config import validate

        if os.environ.get("VARTASK_DEBUG"):
            _say(f"analysing {location.checked} in process {os.getpid()}")
        validate(settings, [(rule.code, rule.name) for rule in engine.catalogue()])
        return engine.check(project, settings, steps)

    return stored.check(project, settings, of_project(location.root), run)


def _by_file(report: Report, location: Location) -> Mapping[str, Sequence[Shown]]:
    shown: dict[str, list[Shown]] = {}
    homeless = 0
    for finding in report.findings:
        span = finding.span if finding.span.path.endswith(".py") else finding.at_handler
        if span is None:
            homeless += 1
            continue
        text = f"{finding.code} {' '.join(finding.message.split())} [{finding.name}]{_true_place(finding, location)}"
        where = os.path.realpath(os.path.join(location.root, span.path))
        shown.setdefault(where, []).append((span.line, span.column - 1, text))
    # What flake8 has no line for must not pass as clean.
    if homeless:
        _say(f"{homeless} more in files that flake8 does not show: run vartask check")
    for crash in report.crashes:
        _say(f"failed, which is a bug in it: {crash}")
    if not report.functions:
        _say(f"no Lambda function was found in {location.checked}, so nothing was checked")
    return shown


def _true_place(finding: Finding, location: Location) -> str:
    if finding.span.path.endswith(".py"):
        return ""
    path = os.path.relpath(os.path.join(location.root, finding.span.path), os.path.realpath(os.curdir)).replace(
        os.sep, "/"
    )
    return f" (at {path}:{finding.span.line})"


# -- workers that do not inherit ------------------------------------------------------------------


def _hand_down(shown: Mapping[str, Sequence[Shown]]) -> None:
    """Leave the result where workers find it that are not forked: Windows, macOS, and Linux from Python 3.14 on."""
    import multiprocessing

    # The first method is the default (https://docs.python.org/3/library/multiprocessing.html); asking without
    # allow_none would fix it for the whole process.
    method = multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]
    if method == "fork":
        return
    import atexit
    import json
    import tempfile

    handle, path = tempfile.mkstemp(prefix="vartask-", suffix=".json")
    atexit.register(_remove, path, os.getpid())
    with open(handle, "w", encoding="utf-8") as file:
        json.dump(shown, file)
    os.environ[HANDED_DOWN] = path


def _inherited() -> Mapping[str, Sequence[Shown]] | None:
    import multiprocessing

    path = os.environ.get(HANDED_DOWN)
    if path is None or multiprocessing.parent_process() is None:
        return None
    import json

    try:
        with open(path, encoding="utf-8") as file:
            shown: Mapping[str, Sequence[Shown]] = json.load(file)
    except (OSError, ValueError):
        return None
    return shown


def _remove(path: str, owner: int) -> None:
    # Children run the exit functions that they inherited, too.
    if os.getpid() == owner and os.path.exists(path):
        os.remove(path)


def _say(text: str) -> None:
    sys.stderr.write(f"vartask: {text}\n")
