"""The failures of a replay: what each is, and where it stands."""

from __future__ import annotations

from vartask.data.runtimes import version_tuple
from vartask.imports.raises import lineage
from vartask.model import (
    BinaryOutcome,
    Clause,
    ImportOutcome,
    MissingName,
    RaisedOutcome,
    ShadowOutcome,
    Span,
    StdlibOutcome,
    StrangerOutcome,
    SyntaxOutcome,
    SyntaxProblem,
    Told,
)

Failure = (
    BinaryOutcome
    | ImportOutcome
    | MissingName
    | ShadowOutcome
    | StdlibOutcome
    | StrangerOutcome
    | SyntaxOutcome
    | RaisedOutcome
)


IMPORT_ERRORS = frozenset({"ModuleNotFoundError", "ImportError", "Exception", "BaseException"})
"""The exceptions whose clauses catch that a module is missing."""

PROVIDES = frozenset({"ModuleNotFoundError", "ImportError"})
"""Exceptions whose clauses are there for a missing module, and for nothing else."""

_NUL_IS_SYNTAX = (3, 11)
"""Since this version a NUL byte in a file is a ``SyntaxError``, before that a ``ValueError``."""

_ANY = frozenset({"Exception", "BaseException"})


def told(failure: Failure) -> Told:
    """The exception that reaches the runtime because of a failure."""
    if failure.told is not None:
        return failure.told
    if isinstance(failure, RaisedOutcome):
        return Told(failure.exception, failure.error)
    if isinstance(failure, SyntaxOutcome):
        return Told("SyntaxError", failure.error)
    if isinstance(failure, ShadowOutcome) and failure.is_attribute:
        return Told("AttributeError", failure.error)
    modules = (BinaryOutcome, ImportOutcome, ShadowOutcome, StdlibOutcome, StrangerOutcome)
    missing = isinstance(failure, modules) and failure.error.startswith("No module named")
    return Told("ModuleNotFoundError" if missing else "ImportError", failure.error)


def is_import_error(failure: Failure) -> bool:
    """Whether a clause for ``ImportError`` catches the failure."""
    return catches(Clause(frozenset({"ImportError"})), failure) is True


def catches(clause: Clause, failure: Failure) -> bool | None:
    """Whether a clause catches a failure; ``None`` where that depends on classes that are not followed."""
    exception = told(failure).exception
    known = lineage(exception) if exception is not None else None
    if clause.catches & (known or _ANY | {exception or ""}):
        return True
    # An exception class of somebody's own may be a subclass of whatever the clause names.
    return None if clause.unclear or (known is None and clause.catches) else False


ONLY_WHERE = "fails, but only where a condition holds that is not known"
"""How a gap ends that is no news where the same place is known to fail."""


def place(failure: Failure) -> Span:
    """Where the failing code is written."""
    if isinstance(failure, SyntaxOutcome):
        return failure.problem.span
    return failure.fact.span if isinstance(failure, ImportOutcome) else failure.span


def what(failure: Failure) -> str:
    """The failing step, to begin a sentence with."""
    if isinstance(failure, RaisedOutcome):
        return {
            "raise": f"`raise {failure.exception or '...'}`",
            "assert": "the assertion",
            "exit": "the module, which ends the process,",
            "name": f"reading `{failure.subject}`",
            "attribute": f"reading the attribute `{failure.subject}`",
            "file": "reading a file",
            "write": "making a file",
            "circular": f"taking `{failure.subject}` from a module that is half done",
        }[failure.kind]
    if isinstance(failure, SyntaxOutcome):
        return f"parsing `{failure.module.name}`"
    if isinstance(failure, MissingName):
        return f"`from {failure.fact.written} import {failure.name}`"
    if isinstance(failure, StdlibOutcome):
        return f"`from {failure.module} import {failure.name}`" if failure.name else f"the import of `{failure.module}`"
    if isinstance(failure, BinaryOutcome):
        return f"the import of `{failure.module}`"
    if isinstance(failure, ShadowOutcome):
        return f"the import of `{failure.through[0]}`"
    missing = failure.name if isinstance(failure, StrangerOutcome) else failure.missing
    return f"the import of `{missing}`"


def told_of(problem: SyntaxProblem, file: str, version: str | None) -> Told | None:
    """What that version's Python raises of a file that does not parse; ``None`` where its words are not known.

    Source: ``Parser/tokenizer.c`` and ``Python/pythonrun.c``; CPython 3.9 to 3.13 were asked.
    """
    if version is None:
        return None
    minor = version_tuple(version)
    words = problem.words(minor)
    if words is not None:
        return Told("SyntaxError", f"{words[0]} ({file}, line {words[1]})")
    if problem.message.startswith("unknown encoding: "):
        return Told("SyntaxError", f"{problem.message} ({file}, line 0)")
    if problem.message == "source code string cannot contain null bytes":
        return Told("SyntaxError" if minor >= _NUL_IS_SYNTAX else "ValueError", problem.message)
    return None
