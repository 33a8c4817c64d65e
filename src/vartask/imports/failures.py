"""The failures of a replay: what each is, and where it stands."""

from __future__ import annotations

from vartask.model import BinaryOutcome, ImportOutcome, MissingName, Span, StdlibOutcome, StrangerOutcome, SyntaxOutcome

Failure = BinaryOutcome | ImportOutcome | MissingName | StdlibOutcome | StrangerOutcome | SyntaxOutcome


IMPORT_ERRORS = frozenset({"ModuleNotFoundError", "ImportError", "Exception", "BaseException"})
"""The exceptions whose clauses catch that a module is missing."""

_NO_NAME = frozenset({"ImportError", "Exception", "BaseException"})
_SYNTAX = frozenset({"SyntaxError", "Exception", "BaseException"})


def raised(failure: Failure) -> frozenset[str]:
    """The names of the exceptions by which a clause catches the failure."""
    if isinstance(failure, SyntaxOutcome):
        return _SYNTAX
    modules = (BinaryOutcome, ImportOutcome, StdlibOutcome, StrangerOutcome)
    missing = isinstance(failure, modules) and failure.error.startswith("No module named")
    return IMPORT_ERRORS if missing else _NO_NAME


def place(failure: Failure) -> Span:
    """Where the failing code is written."""
    if isinstance(failure, SyntaxOutcome):
        return failure.problem.span
    return failure.fact.span if isinstance(failure, ImportOutcome) else failure.span


def what(failure: Failure) -> str:
    """The failing step, to begin a sentence with."""
    if isinstance(failure, SyntaxOutcome):
        return f"parsing `{failure.module.name}`"
    if isinstance(failure, MissingName):
        return f"`from {failure.fact.written} import {failure.name}`"
    if isinstance(failure, StdlibOutcome):
        return f"`from {failure.module} import {failure.name}`" if failure.name else f"the import of `{failure.module}`"
    if isinstance(failure, BinaryOutcome):
        return f"the import of `{failure.module}`"
    missing = failure.name if isinstance(failure, StrangerOutcome) else failure.missing
    return f"the import of `{missing}`"
