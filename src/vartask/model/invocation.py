"""What goes wrong when the runtime calls a handler that it has found."""

from __future__ import annotations

from typing import Literal

from vartask.model.finding import Cause
from vartask.model.span import Span
from vartask.records import dataclass


@dataclass(frozen=True, slots=True)
class InvocationOutcome:
    """A call that fails, or whose result the runtime cannot send.

    ``kind``: the object is not ``callable``, does not take the two ``arguments``, or gives a ``result`` that is not
    JSON.  ``what`` names the object (the first two) or what it gives (``a coroutine``).  ``error`` is what Lambda logs,
    ``None`` where its words are not known.
    """

    kind: Literal["callable", "arguments", "result"]
    span: Span
    what: str
    error: str | None
    chain: tuple[Cause, ...] = ()
