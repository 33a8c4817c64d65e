"""What a run says: findings, gaps, and problems of the analysis itself."""

from __future__ import annotations

from vartask.model.span import Span
from vartask.records import dataclass

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypeAlias

Severity: TypeAlias = "Literal['error', 'warning', 'note']"


@dataclass(frozen=True, slots=True)
class Cause:
    """One link in the chain that explains a finding."""

    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect at a place.

    ``code``, ``name`` and ``severity`` are filled in from the rule that found it.  ``runtime_message`` is what
    Lambda will log, word for word, or ``None`` where it would log nothing or the text
    depends on something unknown.  ``at_handler`` is the Python file and line that the defect breaks,
    for tools that can show Python files only.  ``at_init`` says that the function cannot start because of it.
    """

    span: Span
    message: str
    because: tuple[Cause, ...] = ()
    help: str | None = None
    runtime_message: str | None = None
    functions: tuple[str, ...] = ()
    at_handler: Span | None = None
    at_init: bool = False
    code: str = ""
    name: str = ""
    severity: Severity = "error"


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """Something that could not be decided: where, why, and for which functions."""

    span: Span
    reason: str
    functions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be read as what it is: becomes a VT0 finding.

    ``kind`` selects the rule: ``definition`` a Dockerfile, template or configuration, ``build`` a build that
    would fail.
    """

    kind: Literal["definition", "build"]
    message: str
    span: Span
