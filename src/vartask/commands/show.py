"""The commands that only show: functions, trees, rules."""

from __future__ import annotations

from vartask.commands import CLEAN, FINDINGS
from vartask.commands.shared import (
    loud,
    nearest,
    only,
    open_project,
    renderer_of,
    style_of,
    validated,
)
from vartask.commands.speaking import Refusal, deliver, given

# Not typing's: importing it would cost a third of what `vartask --version` takes.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace


def functions(options: Namespace) -> int:
    """``vartask functions``: list what was found."""
    from vartask.engine import Run
    from vartask.model import Report, Text

    location, settings, project = open_project(options)
    validated(settings)
    run = Run(project, settings)
    found = run.declared.functions
    handlers = [run.handler(function) for function in found]
    report = Report(
        found,
        crashes=tuple(run.declared.crashes),
        handlers=tuple(handler.value if isinstance(handler, Text) else None for handler in handlers),
    )
    deliver(renderer_of("functions", options)(report, style_of(options, location, project)), options)
    return loud(report, project) or CLEAN


def tree(options: Namespace) -> int:
    """``vartask tree``: what ships with a function, or in an image."""
    if options.function is None:
        return _image_tree(options)
    from vartask.arguments import BUILD_OPTIONS

    about_image = next((name for name in BUILD_OPTIONS if getattr(options, name)), None)
    if about_image is not None:
        raise Refusal(f"--{about_image.replace('_', '-')} is about an image: leave FUNCTION out")
    from vartask.engine import Run

    location, settings, project = open_project(options)
    validated(settings)
    run = Run(project, settings)
    function = only(run.declared.functions, options.function)
    predicted = run.trees.tree(function)
    deliver(renderer_of("tree", options)(function.name, predicted, style_of(options, location, project)), options)
    return FINDINGS if predicted.error is not None else CLEAN


def _image_tree(options: Namespace) -> int:
    import os

    from vartask.arguments import BUILD_OPTIONS
    from vartask.artifact.build_options import BuildOptions, OptionError, predict_build
    from vartask.locate import Location

    wished = {name: getattr(options, name) for name in BUILD_OPTIONS}
    if not any(wished.values()):
        raise Refusal("name a FUNCTION, or a Dockerfile with --dockerfile")
    try:
        project, predicted = predict_build(BuildOptions(**wished), os.environ, given)
    except OptionError as error:
        raise Refusal(str(error)) from error
    style = style_of(options, Location(project.root, os.path.realpath(os.curdir), ()), project)
    deliver(renderer_of("tree", options)(None, predicted, style), options)
    return FINDINGS if predicted.error is not None else CLEAN


def explain(options: Namespace) -> int:
    """``vartask explain``: a rule's page."""
    from vartask import engine

    rules = engine.catalogue()
    rule = next((rule for rule in rules if options.rule.lower() in (rule.name, rule.code.lower())), None)
    if rule is None:
        raise Refusal(f'no rule "{options.rule}"{nearest(options.rule, [w for r in rules for w in (r.code, r.name)])}')
    if not rule.page.strip():
        raise Refusal("the pages are docstrings, which python -OO leaves out: run vartask without it")
    deliver(f"{rule.code} {rule.name} ({rule.severity})\n\n{rule.page.strip()}\n", options)
    return CLEAN


def rules(options: Namespace) -> int:
    """``vartask rules``: a table of them."""
    from vartask import engine

    deliver(renderer_of("rules", options)(engine.catalogue()), options)
    return CLEAN
