"""The command line: the only place that reads arguments, prints, or exits.

Exit codes: 0 clean, 1 findings, 2 bad configuration or arguments (or nothing to check), 3 our own failure.
"""

from __future__ import annotations

import sys

from vartask import __version__

# Not typing's: importing it would cost a third of what `vartask --version` takes.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterable, Sequence
    from typing import TextIO

    from vartask.cache import Cache
    from vartask.config import Settings
    from vartask.engine import Run
    from vartask.locate import Location
    from vartask.model import Function, Observation, Report, Rule
    from vartask.project import Project
    from vartask.reports import Style
    from vartask.timing import Watch
    from vartask.verify.session import Looks

CLEAN, FINDINGS, REFUSED, FAILED, INTERRUPTED = 0, 1, 2, 3, 130

_WITHOUT_PAGES = frozenset({"text", "json", "github", "markdown", "gitlab", "junit"})
"""Output formats of a check that quote no rule: with a remembered result, the rules need not be imported."""


class Refusal(Exception):
    """Something the user can mend: one line, exit code 2."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the result is the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    # Before anything else is imported: editors and CI ask often, and it has to be quick.
    if arguments in (["--version"], ["-V"]):
        sys.stdout.write(f"vartask {__version__}\n")
        return CLEAN
    _speak_utf8()
    try:
        options = _parsed(arguments)
    except SystemExit as stop:  # argparse has printed help or usage.
        return stop.code if isinstance(stop.code, int) else REFUSED
    code = _guarded(options)
    if argv is None:
        import gc

        # The process ends: looking for cycles in all that was made takes as long as parsing it did.
        gc.freeze()
    return code


def _parsed(arguments: list[str]) -> Namespace:
    """Raises ``SystemExit`` once help or usage is printed."""
    from vartask.arguments import parser

    commands = (_check, _functions, _tree, _verify, _explain, _rules, _clean)
    by_name = {run.__name__.lstrip("_"): run for run in commands}
    chosen = arguments[0] if arguments and arguments[0] in by_name else None
    return parser(by_name, chosen).parse_args(arguments)


def _guarded(options: Namespace) -> int:
    """Run the command and turn every way to fail into one line and its exit code."""
    import os

    from vartask.config import ConfigError
    from vartask.locate import NoSuchPath

    try:
        code: int = options.run(options)
    except (Refusal, ConfigError, NoSuchPath) as error:
        _say(str(error))
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever it is, it is ours, and users get one line
        _say(f"failed: {type(error).__name__}: {' '.join(str(error).split())}")
        if options.debug or os.environ.get("VARTASK_DEBUG"):
            import traceback

            traceback.print_exc()
        else:
            _say("this is a bug in vartask: please report it, with what VARTASK_DEBUG=1 adds to this output")
        return FAILED
    return code


# -- commands -------------------------------------------------------------------------------------


def _check(options: Namespace) -> int:
    from dataclasses import replace

    from vartask import stored

    location, settings, project = _open(options)
    settings = replace(
        settings,
        select=_split(options.select) if options.select is not None else settings.select,
        ignore=(*settings.ignore, *_split(options.ignore)),
        strict=settings.strict or options.strict,
    )
    reports = _reports(options)

    def run() -> Report:
        from vartask import engine

        _validated(settings)
        return engine.check(project, settings)

    watch = _watch(options)
    report = stored.check(project, settings, _cache(options, location), run)
    wished = {options.output_format, *(name for name, _ in reports)}
    rules = () if wished <= _WITHOUT_PAGES else _validated(settings)
    # Whoever makes gaps fatal has to see them.
    style = _style(options, location, project)
    style = replace(style, gaps=options.gaps or settings.strict, strict=settings.strict, rules=rules)
    _deliver(_renderer("render", options)(report, style), options)
    _write_reports(reports, "render", report, style)
    if watch is not None:
        sys.stderr.write(watch.table())
    code = _loud(report, project)
    if code is not None:
        return code
    if report.findings and not options.exit_zero:
        return FINDINGS
    return FINDINGS if settings.strict and report.gaps else CLEAN


def _watch(options: Namespace) -> Watch | None:
    if not options.profile:
        return None
    from vartask.timing import begin

    return begin()


def _cache(options: Namespace, location: Location) -> Cache | None:
    """Where the results of this project are kept, unless they are not to be."""
    if options.no_cache or options.profile:
        return None
    from vartask.cache import of_project

    return of_project(str(location.root), options.cache_dir)


def _clean(options: Namespace) -> int:
    from vartask.cache import clean, default_directory

    directory = options.cache_dir or default_directory()
    removed = clean(directory) if directory is not None else 0
    _deliver(f"{removed} {'file' if removed == 1 else 'files'} removed from {directory}\n", options)
    return CLEAN


def _functions(options: Namespace) -> int:
    from vartask.engine import Run
    from vartask.model import Report, Text

    location, settings, project = _open(options)
    _validated(settings)
    run = Run(project, settings)
    found = run.declared.functions
    handlers = [run.handler(function) for function in found]
    report = Report(
        found,
        crashes=tuple(run.declared.crashes),
        handlers=tuple(handler.value if isinstance(handler, Text) else None for handler in handlers),
    )
    _deliver(_renderer("functions", options)(report, _style(options, location, project)), options)
    return _loud(report, project) or CLEAN


def _tree(options: Namespace) -> int:
    if options.function is None:
        return _image_tree(options)
    from vartask.arguments import BUILD_OPTIONS

    given = next((name for name in BUILD_OPTIONS if getattr(options, name)), None)
    if given is not None:
        raise Refusal(f"--{given.replace('_', '-')} is about an image: leave FUNCTION out")
    from vartask.engine import Run

    location, settings, project = _open(options)
    _validated(settings)
    run = Run(project, settings)
    function = _only(run.declared.functions, options.function)
    predicted = run.trees.tree(function)
    _deliver(_renderer("tree", options)(function.name, predicted, _style(options, location, project)), options)
    return FINDINGS if predicted.error is not None else CLEAN


def _image_tree(options: Namespace) -> int:
    import os
    from pathlib import Path

    from vartask.arguments import BUILD_OPTIONS
    from vartask.artifact.build_options import BuildOptions, OptionError, predict_build
    from vartask.locate import Location

    given = {name: getattr(options, name) for name in BUILD_OPTIONS}
    if not any(given.values()):
        raise Refusal("name a FUNCTION, or a Dockerfile with --dockerfile")
    try:
        project, predicted = predict_build(BuildOptions(**given), os.environ, sys.stdin.buffer.read)
    except OptionError as error:
        raise Refusal(str(error)) from error
    style = _style(options, Location(project.root, Path(os.path.realpath(os.curdir)), ()), project)
    _deliver(_renderer("tree", options)(None, predicted, style), options)
    return FINDINGS if predicted.error is not None else CLEAN


def _only(functions: Sequence[Function], name: str) -> Function:
    found = [function for function in functions if function.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(sorted(str(function.span) for function in found))
        raise Refusal(f'{len(found)} functions are called "{name}" ({places}): name a PATH that holds one of them')
    raise Refusal(f'no function "{name}"{_nearest(name, [function.name for function in functions])}')


def _verify(options: Namespace) -> int:
    from dataclasses import replace

    from vartask.engine import Run
    from vartask.verification import verified
    from vartask.verify.session import Looks

    location, settings, project = _open(options)
    rules = _validated(settings)
    reports = _reports(options)
    run = Run(project, settings)
    code = _loud(run.report(), project)
    if code is not None:
        return code
    names = {_only(run.declared.functions, name).name for name in options.function or ()}
    looks = Looks(_recorded(options.observation), ()) if options.observation else _look(options, run, names)
    seen = verified(run, looks.observations, looks.gaps, names)
    if options.save_observation:
        from vartask.verify.record import dump

        _write(options.save_observation, dump(looks.observations))
    style = replace(_style(options, location, project), rules=rules)
    _deliver(_renderer("verify", options)(seen, style), options)
    _write_reports(reports, "verify", seen, style)
    code = _loud(seen.report, project)
    if code is not None:
        return code
    if not looks.observations:
        _say("no function could be looked at")
        return REFUSED
    if seen.failed or seen.drifts or seen.report.findings:
        return FINDINGS
    return FINDINGS if seen.gaps and (settings.strict or options.strict) else CLEAN


def _look(options: Namespace, run: Run, names: set[str]) -> Looks:
    """Start what is asked for in containers."""
    import signal
    from dataclasses import replace

    from vartask.progress import shown
    from vartask.verification import python_digests
    from vartask.verify.command import BadRequest, check_names, request_of
    from vartask.verify.engines import EngineError
    from vartask.verify.recipes import Known
    from vartask.verify.session import look

    report = run.report()
    functions = [one for one in report.functions if not names or one.name in names]
    try:
        request = request_of(options, run.project.root, run.settings)
        check_names(request, run.settings, [one.name for one in report.functions])
        request = replace(request, digests=python_digests(run, [one.name for one in functions]))
    except (BadRequest, EngineError) as error:
        raise Refusal(str(error)) from error
    # A CI that gives up sends this one: containers and images are to be removed then too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    handlers = dict(zip((function.name for function in report.functions), report.handlers, strict=True))
    with shown(sys.stderr, color=options.color != "never" and _wants_color(sys.stderr)) as progress:
        return look(request, functions, handlers, progress, Known(report.functions, run.trees.tree))


def _recorded(file: str) -> tuple[Observation, ...]:
    from pathlib import Path

    from vartask.verify.record import BadRecord, load

    try:
        return load(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise Refusal(f"--observation {file}: {error.strerror}") from error
    except (BadRecord, UnicodeDecodeError) as error:
        raise Refusal(f"--observation {file}: {error}") from error


def _explain(options: Namespace) -> int:
    from vartask import engine

    rules = engine.catalogue()
    rule = next((rule for rule in rules if options.rule.lower() in (rule.name, rule.code.lower())), None)
    if rule is None:
        raise Refusal(f'no rule "{options.rule}"{_nearest(options.rule, [w for r in rules for w in (r.code, r.name)])}')
    if not rule.page.strip():
        raise Refusal("the pages are docstrings, which python -OO leaves out: run vartask without it")
    _deliver(f"{rule.code} {rule.name} ({rule.severity})\n\n{rule.page.strip()}\n", options)
    return CLEAN


def _rules(options: Namespace) -> int:
    from vartask import engine

    _deliver(_renderer("rules", options)(engine.catalogue()), options)
    return CLEAN


# -- what the commands share ----------------------------------------------------------------------


def _open(options: Namespace) -> tuple[Location, Settings, Project]:
    from pathlib import Path

    from vartask.config import excluded, load, read
    from vartask.locate import locate
    from vartask.project import Project

    location = locate(options.paths)
    settings = read(Path(options.config)) if options.config else load(location.checked, location.root)
    exclude = (*excluded(settings, location.root), *options.exclude)
    return location, settings, Project(location.root, location.scopes, exclude)


def _validated(settings: Settings) -> tuple[Rule, ...]:
    from vartask import engine
    from vartask.config import validate

    rules = engine.catalogue()
    validate(settings, [(rule.code, rule.name) for rule in rules])
    return rules


def _style(options: Namespace, location: Location, project: Project) -> Style:
    import os

    from vartask.arguments import again
    from vartask.locate import browsable
    from vartask.reports import Style

    color = options.color == "always" or (options.color == "auto" and not options.output and _wants_color(sys.stdout))
    return Style(
        *(str(location.root), os.path.realpath(os.curdir), str(location.checked), color),
        source=project.line,
        browse=browsable(location.root, os.environ),
        arguments=again(options),
    )


def _wants_color(stream: TextIO) -> bool:
    """https://no-color.org, https://force-color.org, and then whether a terminal would understand it."""
    import os

    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def _renderer(what: str, options: Namespace) -> Callable[..., str]:
    from vartask.reports import renderer

    made: Callable[..., str] = renderer(options.output_format, what)
    return made


def _loud(report: Report, project: Project) -> int | None:
    """Say what makes a run worth nothing; its exit code, or ``None`` when all is well."""
    for crash in report.crashes:
        _say(f"failed: {crash}: this is a bug in vartask, please report it")
    if report.crashes:
        return FAILED
    if report.functions:
        return None
    from vartask.definitions import finders

    scopes = ", ".join("the whole project" if scope == "." else scope for scope in project.scopes)
    _say(
        f"no Lambda function was found in {scopes}; looked for: {', '.join(name for name, _ in finders())}."
        " Where nothing declares a function, [[tool.vartask.function]] in pyproject.toml does"
    )
    return FINDINGS if report.findings else REFUSED


def _nearest(word: str, words: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, words, 1, 0.5) or get_close_matches(word.upper(), words, 1, 0.5)
    return f', did you mean "{near[0]}"?' if near else ""


def _split(lists: Iterable[str]) -> tuple[str, ...]:
    return tuple(word.strip() for text in lists for word in text.split(",") if word.strip())


# -- speaking -------------------------------------------------------------------------------------


def _say(text: str) -> None:
    print(f"vartask: {text}", file=sys.stderr)


def _deliver(text: str, options: Namespace) -> None:
    import os

    if options.output:
        _write(options.output, text)
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # `vartask check | head` has seen enough; without this Python complains again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _reports(options: Namespace) -> list[tuple[str, str]]:
    """The formats and files of ``--report``: a mistake in one is told before anything runs."""
    from vartask.reports import formats

    pairs = [text.partition("=") for text in options.report]
    for name, equals, file in pairs:
        if name not in formats() or not file:
            raise Refusal(f"--report {name}{equals}{file}: not FORMAT=FILE with one of {', '.join(formats())}")
    return [(name, file) for name, _, file in pairs]


def _write_reports(reports: Iterable[tuple[str, str]], what: str, about: object, style: Style) -> None:
    from dataclasses import replace

    from vartask.reports import renderer

    for name, file in reports:
        _write(file, renderer(name, what)(about, replace(style, color=False)))


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise Refusal(f"cannot write {path}: {error.strerror}") from error


def _speak_utf8() -> None:
    """Reports are UTF-8 whatever the locale, and a file's name that is not shows its bytes."""
    from io import TextIOWrapper

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
