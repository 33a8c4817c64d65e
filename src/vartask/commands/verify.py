"""``vartask verify``."""

from __future__ import annotations

from vartask.commands import CLEAN, FINDINGS, REFUSED
from vartask.commands.shared import loud, only, open_project, renderer_of, style_of, validated
from vartask.commands.speaking import (
    Refusal,
    deliver,
    errors,
    further_reports,
    is_colored,
    say,
    write,
    write_reports,
)

# Not typing's: importing it would cost a third of what `vartask --version` takes.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from vartask.engine import Run
    from vartask.model import Observation, Report
    from vartask.verify.engines import Engine
    from vartask.verify.session import Looks


def verify(options: Namespace) -> int:
    """``vartask verify``: start every function in a container."""
    from concurrent.futures import ThreadPoolExecutor

    from vartask.engine import Run
    from vartask.records import replace
    from vartask.verification import verified
    from vartask.verify.session import Looks

    location, settings, project = open_project(options)
    rules = validated(settings)
    reports = further_reports(options)
    run = Run(project, settings)
    with ThreadPoolExecutor(1) as pool:
        # The engine takes as long to answer as a small project to predict.
        engine = None if options.observation else pool.submit(_engine, options.engine)
        report = run.report()
        code = loud(report, project)
        if code is not None:
            return code
    names = {only(run.declared.functions, name).name for name in options.function or ()}
    if engine is None:
        looks = Looks(_recorded(options.observation), ())
    else:
        looks = _look(options, run, report, names, engine.result())
    seen = verified(run, looks.observations, looks.gaps, names)
    if options.save_observation:
        from vartask.verify.record import dump

        write(options.save_observation, dump(looks.observations))
    style = replace(style_of(options, location, project), rules=rules)
    deliver(renderer_of("verify", options)(seen, style), options)
    write_reports(reports, "verify", seen, style)
    code = loud(seen.report, project)
    if code is not None:
        return code
    if not looks.observations:
        say("no function could be looked at")
        return REFUSED
    if seen.failed or seen.drifts or seen.report.findings:
        return FINDINGS
    return FINDINGS if seen.gaps and (settings.strict or options.strict) else CLEAN


def _engine(wanted: str | None) -> Engine:
    from vartask.verify.engines import EngineError, find_engine

    try:
        return find_engine(wanted)
    except EngineError as error:
        raise Refusal(str(error)) from error


def _look(options: Namespace, run: Run, report: Report, names: set[str], engine: Engine) -> Looks:
    """Start what is asked for in containers."""
    import signal
    from pathlib import Path

    from vartask.progress import shown
    from vartask.records import replace
    from vartask.verification import python_digests
    from vartask.verify.command import BadRequest, check_names, request_of
    from vartask.verify.recipes import Known
    from vartask.verify.session import look

    functions = [one for one in report.functions if not names or one.name in names]
    try:
        request = request_of(options, Path(run.project.root), run.settings, engine)
        check_names(request, run.settings, [one.name for one in report.functions])
        request = replace(request, digests=python_digests(run, [one.name for one in functions]))
    except BadRequest as error:
        raise Refusal(str(error)) from error
    # A CI that gives up sends this one: containers and images are to be removed then too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    handlers = dict(zip((function.name for function in report.functions), report.handlers, strict=True))
    with shown(errors(), color=is_colored(options.color, on_errors=True)) as progress:
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
