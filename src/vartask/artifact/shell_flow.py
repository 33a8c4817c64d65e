"""What decides which commands of a script run: lists, pipelines, conditions and loops."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vartask import records
from vartask.artifact.shell_fields import fields, glob_regex, join_text, pattern_text
from vartask.artifact.shell_state import Status
from vartask.syntax import shell
from vartask.syntax.shell_words import Variable, Word

if TYPE_CHECKING:
    from vartask.artifact.interpreter import Interpreter

MAX_ROUNDS = 500
"""More rounds of a loop than any packaging needs: beyond it the loop is not followed."""


Flow = shell.AndOr | shell.Pipeline | shell.If | shell.For | shell.While | shell.Case


def follow(interpreter: Interpreter, statement: Flow) -> Status:
    """Run a statement that decides about others."""
    match statement:
        case shell.AndOr():
            return and_or(interpreter, statement)
        case shell.Pipeline():
            return pipeline(interpreter, statement)
        case shell.If():
            return choose(interpreter, statement)
        case shell.For():
            return loop(interpreter, statement)
        case shell.While():
            return repeat(interpreter, statement)
        case shell.Case():
            return case(interpreter, statement)


def and_or(interpreter: Interpreter, statement: shell.AndOr) -> Status:
    """``&&`` and ``||``; ``set -e`` looks at the last command only."""
    must = interpreter.must
    left = interpreter.quietly([statement.left], must=must and statement.operator == "&&")
    if left is (statement.operator == "||"):
        return left
    if left is None and not (must and statement.operator == "&&"):
        return interpreter.maybe([statement.right])
    status = interpreter.sequence([statement.right])
    return None if left is None and status is True else status


def pipeline(interpreter: Interpreter, statement: shell.Pipeline) -> Status:
    """Commands joined by ``|``: the last one's status, or with ``pipefail`` that of all."""
    state, must = interpreter.state, interpreter.must
    kept = (state.stdin, state.piped)
    state.piped = None
    statuses: list[Status] = []
    *before, last = statement.commands
    try:
        for command in before:
            interpreter.must = must and state.pipefail
            incoming = state.piped
            with interpreter.capture() as texts:
                statuses.append(interpreter.subshell([command]))
            if state.piped is incoming:
                # Nobody vouches for the list of paths behind another command.
                state.piped = None
            state.stdin = None if any(text is None for text in texts) else "".join(text or "" for text in texts)
        interpreter.must = must
        if isinstance(last, shell.While) and state.piped is not None and len(state.piped.paths) > 1:
            statuses.append(_in_any_order(interpreter, last))
        else:
            statuses.append(interpreter.subshell([last]))
    finally:
        interpreter.must = must
        last_piped = state.piped
        state.stdin, state.piped = kept
    if kept[1] is None and last_piped is not None:
        state.piped = last_piped
    if not state.pipefail:
        return statuses[-1]
    return False if False in statuses else (None if None in statuses else True)


def _in_any_order(interpreter: Interpreter, statement: shell.While) -> Status:
    """A loop over paths that find lists in no order of its own: only what the order does not decide is kept."""
    state = interpreter.state
    lines = None if state.stdin is None else state.stdin.splitlines(keepends=True)
    start = state.fork()
    first = interpreter.subshell([statement])
    if lines is None:
        return first
    other = state.fork()
    interpreter.restore(start)
    state.stdin = "".join(reversed(lines))
    second = interpreter.subshell([statement])
    interpreter.agree(other)
    return first if first is second else None


def choose(interpreter: Interpreter, statement: shell.If) -> Status:
    """``if``: both ways where the condition is not known."""
    for number, (condition, body) in enumerate(statement.branches):
        status = interpreter.quietly(condition)
        if status is True:
            return interpreter.sequence(body)
        if status is None:
            rest = shell.If(statement.branches[number + 1 :], statement.otherwise)
            return either(interpreter, body, (rest,))
    return interpreter.sequence(statement.otherwise)


def either(interpreter: Interpreter, one: tuple[shell.Statement, ...], other: tuple[shell.Statement, ...]) -> Status:
    """One of two things runs."""
    start = interpreter.state.fork()
    gone = interpreter.leaves(one)
    after = interpreter.state.fork()
    interpreter.restore(start)
    if gone:
        interpreter.sequence(other)
    elif interpreter.leaves(other):
        interpreter.restore(after)
    else:
        interpreter.agree(after)
    return None


def case(interpreter: Interpreter, statement: shell.Case) -> Status:
    """``case``: the first item whose pattern fits."""
    state = interpreter.state
    value = join_text(fields(state, statement.word, split=False))
    for number, (patterns, body, end) in enumerate(statement.items):
        texts = [pattern_text(state, pattern) for pattern in patterns]
        fits = None
        if value is not None:
            known = any(text is not None and glob_regex(text).fullmatch(value) for text in texts)
            fits = True if known else (None if None in texts else False)
        elif "*" in texts:
            fits = True
        if fits is False:
            continue
        if end != ";;":
            return interpreter.opaque(f"case {statement.word.raw} in")
        if fits:
            return interpreter.sequence(body)
        rest = shell.Case(statement.word, statement.items[number + 1 :])
        return either(interpreter, body, (rest,))
    return True


def loop(interpreter: Interpreter, statement: shell.For) -> Status:
    """``for`` over words."""
    state = interpreter.state
    words = statement.words or (Word((Variable("@", quoted=True),), '"$@"'),)
    values = [item for word in words for item in fields(state, word)]
    if len(values) > MAX_ROUNDS:
        return interpreter.opaque(f"for {statement.name}")

    def rounds() -> Status:
        status: Status = True
        for value in values:
            state.variables[statement.name] = value.text
            status = _round(interpreter, statement.body, sure=value.text is not None)
        return status

    return _loop(interpreter, rounds)


def repeat(interpreter: Interpreter, statement: shell.While) -> Status:
    """``while`` and ``until``: round by round as long as the condition is known."""

    def rounds() -> Status:
        status: Status = True
        for _ in range(MAX_ROUNDS):
            condition = interpreter.quietly(statement.condition)
            if condition is None:
                return _any_rounds(interpreter, statement)
            if condition is statement.until:
                return status
            before = len(interpreter.ways)
            status = _round(interpreter, statement.body, sure=True)
            if any(way.end.kind == "break" for way in interpreter.ways[before:]):
                # It may have ended here: how often it runs is not known.
                return _any_rounds(interpreter, statement)
        return interpreter.opaque(statement.text)

    return _loop(interpreter, rounds)


def _loop(interpreter: Interpreter, rounds: object) -> Status:
    """A loop that ``break`` leaves; only ``set -e`` makes a failure inside it the build's."""
    must = interpreter.must
    interpreter.must = must and interpreter.hopeful
    try:
        return interpreter.scope("break", rounds) if callable(rounds) else None
    finally:
        interpreter.must = must


def _round(interpreter: Interpreter, body: tuple[shell.Statement, ...], *, sure: bool) -> Status:
    run = interpreter.sequence if sure else interpreter.maybe
    return interpreter.scope("continue", lambda: run(body))


def _any_rounds(interpreter: Interpreter, statement: shell.While) -> Status:
    """Nobody knows how often: what it assigns is not known, and it may run again on what it left."""
    state = interpreter.state
    for _ in range(2):
        for name in assigned((*statement.condition, *statement.body)):
            state.variables[name] = None
        _round(interpreter, statement.body, sure=False)
    before = (set(state.files.entries), len(set(state.files.regions)), state.cwd)
    _round(interpreter, statement.body, sure=False)
    if before != (set(state.files.entries), len(set(state.files.regions)), state.cwd):
        return interpreter.opaque(statement.text)
    return None


def assigned(statements: tuple[object, ...]) -> set[str]:
    """The names of variables that a part of a script sets."""
    names: set[str] = set()
    for command in commands_in(statements):
        names.update(name.removesuffix("+") for name, _ in command.assignments)
        first = command.words[0].plain if command.words else None
        if first in {"read", "export", "local", "declare", "readonly", "typeset", "let", "printf", "getopts"}:
            found = re.findall(r"[A-Za-z_]\w*", " ".join(word.raw for word in command.words[1:]))
            names.update(found)
    return names


def commands_in(item: object) -> Iterator[shell.Command]:
    """Every simple command inside a part of a script."""
    if isinstance(item, shell.Command):
        yield item
    elif isinstance(item, tuple):
        for part in item:
            yield from commands_in(part)
    elif records.is_dataclass(item) and not isinstance(item, type):
        for field in records.fields(item):
            yield from commands_in(getattr(item, field.name))
