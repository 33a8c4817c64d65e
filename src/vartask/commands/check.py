"""``vartask check``, and ``vartask clean``, which forgets what it remembers."""

from __future__ import annotations

from vartask.commands import CLEAN, FINDINGS
from vartask.commands.shared import loud, open_project, renderer_of, split, style_of, validated
from vartask.commands.speaking import aside, deliver, further_reports, write_reports

# Not typing's: importing it would cost a third of what `vartask --version` takes.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from vartask.cache import Cache
    from vartask.config import Settings
    from vartask.locate import Location
    from vartask.model import Report
    from vartask.project import Project
    from vartask.reports import Style
    from vartask.steps import Steps
    from vartask.timing import Watch

_WITHOUT_PAGES = frozenset({"text", "json", "github", "markdown", "gitlab", "junit"})
"""Output formats of a check that quote no rule: with a remembered result, the rules need not be imported."""


def check(options: Namespace) -> int:
    """``vartask check``: predict."""
    if options.watch:
        from vartask.commands.watch import watch as go_on

        return go_on(options)
    from vartask.records import replace

    location, settings, project = opened(options)
    reports = further_reports(options)
    watch = _watch(options)
    report = result(project, settings, cache_of(options, location))
    wished = {options.output_format, *(name for name, _ in reports)}
    rules = () if wished <= _WITHOUT_PAGES else validated(settings)
    style = replace(style_for(options, location, settings, project), rules=rules)
    deliver(renderer_of("render", options)(report, style), options)
    write_reports(reports, "render", report, style)
    if watch is not None:
        aside(watch.table())
    code = loud(report, project)
    if code is not None:
        return code
    if report.findings and not options.exit_zero:
        return FINDINGS
    return FINDINGS if settings.strict and report.gaps else CLEAN


def opened(options: Namespace) -> tuple[Location, Settings, Project]:
    """What is checked, by the settings of the configuration file and of the options."""
    from vartask.records import replace

    location, settings, project = open_project(options)
    settings = replace(
        settings,
        select=split(options.select) if options.select is not None else settings.select,
        ignore=(*settings.ignore, *split(options.ignore)),
        strict=settings.strict or options.strict,
    )
    return location, settings, project


def result(
    project: Project, settings: Settings, cache: Cache | None, begin: Callable[[], object] = lambda: None
) -> Report:
    """What a check says; ``begin`` is called when no remembered result holds.

    Raises ``ConfigError`` for settings that name no rule.
    """
    from vartask import stored

    def run(steps: Steps) -> Report:
        from vartask import engine

        begin()
        validated(settings)
        return engine.check(project, settings, steps)

    return stored.check(project, settings, cache, run)


def style_for(options: Namespace, location: Location, settings: Settings, project: Project) -> Style:
    """How the report of a check is wished."""
    from vartask.records import replace

    # Whoever makes gaps fatal has to see them.
    return replace(style_of(options, location, project), gaps=options.gaps or settings.strict, strict=settings.strict)


def _watch(options: Namespace) -> Watch | None:
    if not options.profile:
        return None
    from vartask.timing import begin

    return begin()


def cache_of(options: Namespace, location: Location) -> Cache | None:
    """Where the results of this project are kept, unless they are not to be."""
    if options.no_cache or options.profile:
        return None
    from vartask.cache import of_project

    return of_project(location.root, options.cache_dir)


def clean(options: Namespace) -> int:
    """``vartask clean``: remove the results of earlier runs."""
    from vartask.cache import clean, default_directory

    directory = options.cache_dir or default_directory()
    removed = clean(directory) if directory is not None else 0
    deliver(f"{removed} {'file' if removed == 1 else 'files'} removed from {directory}\n", options)
    return CLEAN
