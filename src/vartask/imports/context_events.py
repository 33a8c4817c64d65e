"""What a function does with the context, as it is noted while its body is followed."""

from __future__ import annotations

import ast

from vartask.records import dataclass, field

Environment = dict[str, str]
"""Name -> the runtime's class of what it holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """An attribute read that fails; ``caught``: a broad ``except`` around it hides the error."""

    attribute: str
    owner: str
    node: ast.expr
    caught: bool


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """A call that is given the context: ``position`` from 0 or ``keyword``."""

    call: ast.Call
    owner: str
    position: int | None
    keyword: str | None
    caught: bool


@dataclass(frozen=True, slots=True, eq=False)
class SelfStore:
    """``self.attribute = context``."""

    attribute: str
    owner: str
    node: ast.expr


@dataclass(slots=True)
class Flow:
    """What the body was seen to do.  ``objects`` are local names that hold an instance of a named class."""

    reads: list[Read] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)
    stores: list[SelfStore] = field(default_factory=list)
