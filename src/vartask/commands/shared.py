"""What several commands do alike: open the project, choose a style, judge whether a run was worth anything."""

from __future__ import annotations

from vartask.commands import FAILED, FINDINGS, REFUSED
from vartask.commands.speaking import Refusal, is_colored, say

# Not typing's: importing it would cost a third of what `vartask --version` takes.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterable, Sequence

    from vartask.config import Settings
    from vartask.locate import Location
    from vartask.model import Function, Report, Rule
    from vartask.project import Project
    from vartask.reports import Style


def open_project(options: Namespace) -> tuple[Location, Settings, Project]:
    """What is checked, by which settings.  Raises what :mod:`vartask.locate` and :mod:`vartask.config` raise."""
    from vartask.config import excluded, load, read
    from vartask.locate import locate
    from vartask.project import Project

    location = locate(options.paths)
    settings = read(options.config) if options.config else load(location.checked, location.root)
    exclude = (*excluded(settings, location.root), *options.exclude)
    return location, settings, Project(location.root, location.scopes, exclude)


def validated(settings: Settings) -> tuple[Rule, ...]:
    """The rules, once the settings name no other."""
    from vartask import engine
    from vartask.config import validate

    rules = engine.catalogue()
    validate(settings, [(rule.code, rule.name) for rule in rules])
    return rules


def style_of(options: Namespace, location: Location, project: Project) -> Style:
    """How the report is wished."""
    import os

    from vartask.arguments import again
    from vartask.locate import browsable
    from vartask.reports import Style

    # A file is coloured only on demand.
    color = is_colored("never" if options.output and options.color == "auto" else options.color)
    return Style(
        *(location.root, os.path.realpath(os.curdir), location.checked, color),
        source=project.line,
        browse=browsable(location.root, os.environ),
        arguments=again(options),
    )


def renderer_of(what: str, options: Namespace) -> Callable[..., str]:
    """What writes the report in the format that is wished."""
    from vartask.reports import renderer

    made: Callable[..., str] = renderer(options.output_format, what)
    return made


def loud(report: Report, project: Project) -> int | None:
    """Say what makes a run worth nothing; its exit code, or ``None`` when all is well."""
    for crash in report.crashes:
        say(f"failed: {crash}: this is a bug in vartask, please report it")
    if report.crashes:
        return FAILED
    if report.functions:
        return None
    from vartask.definitions import finders

    scopes = ", ".join("the whole project" if scope == "." else scope for scope in project.scopes)
    say(
        f"no Lambda function was found in {scopes}; looked for: {', '.join(name for name, _ in finders())}."
        " Where nothing declares a function, [[tool.vartask.function]] in pyproject.toml does"
    )
    return FINDINGS if report.findings else REFUSED


def only(functions: Sequence[Function], name: str) -> Function:
    """The one function of that name.  Raises :class:`Refusal`."""
    found = [function for function in functions if function.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(sorted(str(function.span) for function in found))
        raise Refusal(f'{len(found)} functions are called "{name}" ({places}): name a PATH that holds one of them')
    raise Refusal(f'no function "{name}"{nearest(name, [function.name for function in functions])}')


def nearest(word: str, words: Sequence[str]) -> str:
    """A question for a word that may be misspelt, or nothing."""
    from difflib import get_close_matches

    near = get_close_matches(word, words, 1, 0.5) or get_close_matches(word.upper(), words, 1, 0.5)
    return f', did you mean "{near[0]}"?' if near else ""


def split(lists: Iterable[str]) -> tuple[str, ...]:
    """The words of lists with commas."""
    return tuple(word.strip() for text in lists for word in text.split(",") if word.strip())
