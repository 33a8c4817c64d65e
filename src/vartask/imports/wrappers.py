"""Through the handler of an observability layer to the function's own, which an environment variable names."""

from __future__ import annotations

import json
import re

from vartask.data.wrapper_handlers import EXEC_WRAPPER, PLAIN_PROGRAMS, WEB_ADAPTER, WSGI, Wrapper, wrapper_of
from vartask.imports.resolve import Doubt, Found, Missing
from vartask.imports.scene import Scene
from vartask.model import HandlerOutcome, HandlerProblem, InvocationOutcome, Span, Text
from vartask.project import Unreadable
from vartask.records import dataclass, replace


@dataclass(frozen=True, slots=True)
class Start:
    """What the runtime starts with: the function's own handler (``None``: not known) and what stands before it.

    ``sure`` is false when a program before the runtime may hand it another handler.
    """

    handler: Text | None
    wrapper: Wrapper | None = None
    sure: bool = True


def start_of(scene: Scene, handler: Text) -> Start:
    """Look through a wrapper; what cannot be settled becomes a gap."""
    program, known = _variable(scene, EXEC_WRAPPER)
    if program == WEB_ADAPTER:
        scene.lasting_gap(
            handler.span, "Lambda Web Adapter: the handler is a web server's command, not a Python handler"
        )
        return Start(None)
    wrapper = wrapper_of(handler.value, program)
    sure = known and (program is None or program in PLAIN_PROGRAMS or (wrapper is not None))
    if wrapper is None:
        return Start(handler, _of_application(scene, handler), sure)
    if program in wrapper.programs:
        # The program itself sets the variable to the declared handler.
        return _own(scene, handler, wrapper, sure=sure)
    if not _installed(scene, handler):
        return Start(handler, None, sure)
    value, given = _variable(scene, wrapper.variable)
    if value is None:
        told = f"runs what {wrapper.variable} names"
        why = f"which no definition here sets (unset: {wrapper.unset})" if given else "whose value is not known"
        scene.lasting_gap(handler.span, f"the handler `{handler.value}` of {wrapper.title} {told}, {why}")
        return Start(None)
    return _own(scene, Text(value, _place(scene, wrapper.variable, value, handler.span)), wrapper, sure=sure)


def certain_calls(scene: Scene, start: Start, calls: tuple[InvocationOutcome, ...]) -> tuple[InvocationOutcome, ...]:
    """What fails when the handler is called; doubts where a program may hand the runtime another one."""
    if start.sure:
        return calls
    for call in calls:
        scene.lasting_gap(
            call.span, f"this fails as a handler, unless the program that {EXEC_WRAPPER} names starts another"
        )
    return ()


def _own(scene: Scene, handler: Text, wrapper: Wrapper, *, sure: bool) -> Start:
    if "/" in handler.value and not wrapper.slashes:
        scene.lasting_gap(handler.span, f"{wrapper.title} loads `{handler.value}` as a file, which is not followed")
        return Start(None)
    return Start(handler, wrapper, sure)


def _of_application(scene: Scene, handler: Text) -> Wrapper | None:
    """The wrapper of a WSGI application, with the application's name in its words."""
    if handler.value.replace("/", ".") not in WSGI.handlers:
        return None
    entry = scene.tree.entries.get(f"/var/task/{WSGI.variable}")
    try:
        app = json.loads((entry.content if entry is not None else None) or "{}").get("app")
    except ValueError:
        return None
    return None if app is None else replace(WSGI, imports=WSGI.imports.replace("{app}", app))


def _installed(scene: Scene, handler: Text) -> bool:
    """Whether the wrapper may be there: not a file of the project, nor certainly absent."""
    name = handler.value.replace("/", ".").rpartition(".")[0]
    found = scene.resolver.find(name)
    if isinstance(found, Found):
        return not found.readable or scene.vendored(found)
    if isinstance(found, Missing):
        return False
    doubt = found if isinstance(found, Doubt) else found.doubt
    if doubt is not None and not doubt.installed:
        scene.doubt(doubt, f"handler module `{name}`", handler.span)
    return True


def _variable(scene: Scene, name: str) -> tuple[str | None, bool]:
    """A variable's value, and whether that is known (an unset one is ``None``)."""
    function, config = scene.function, scene.tree.config
    if name in function.environment:
        value = function.environment[name]
        return value, value is not None
    if config is not None:
        return config.env.get(name), name not in config.unknown_env
    return None, True


def _place(scene: Scene, variable: str, value: str, handler: Span) -> Span:
    """The line that sets the variable: in the definition of the function, else in the image's Dockerfile."""
    word = re.compile(rf"(?<!\w){re.escape(variable)}(?!\w)")
    for start in dict.fromkeys((scene.function.span, handler)):
        try:
            lines = scene.library.project.read_text(start.path).splitlines()
        except Unreadable:
            continue
        order = [*range(start.line - 1, len(lines)), *range(start.line - 2, -1, -1)]
        for number in order:
            match = word.search(lines[number]) if 0 <= number < len(lines) else None
            if match is not None and value in lines[number]:
                return Span(start.path, number + 1, match.start() + 1)
    return handler


# -- the wrapper's words ------------------------------------------------------------------------------


def worded(outcome: HandlerOutcome, wrapper: Wrapper | None) -> HandlerOutcome:
    """The outcome in the words of the wrapper that loads the handler."""
    if wrapper is None:
        return outcome
    value = outcome.handler.value
    written, _, name = value.rpartition(".")
    known = {"value": value, "written": written, "module": written.replace("/", "."), "name": name}
    imports, syntax = _filled(wrapper.imports, known), _filled(wrapper.syntax, known)
    problem = outcome.problem
    if problem is not None:
        problem = _problem(problem, wrapper, known, imports)
    return replace(outcome, problem=problem, imports_text=imports, syntax_text=syntax)


def _problem(problem: HandlerProblem, wrapper: Wrapper, known: dict[str, str], imports: str) -> HandlerProblem:
    if problem.kind == "malformed" and "." not in known["value"]:
        text = _filled(wrapper.malformed, known)
    elif problem.kind == "relative":
        text = _filled(wrapper.relative, known)
    elif problem.error_type == "Runtime.HandlerNotFound":
        text = _filled(wrapper.attribute, known)
    elif problem.kind == "module":
        error = problem.text.partition(": ")[2]
        text = imports.replace("{kind}", "ModuleNotFoundError").replace("{error}", error)
    else:
        text = ""
    if not text:
        return problem
    kind, _, said = text.partition(": ")
    return replace(problem, error_type=kind, text=said)


def _filled(text: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text
