"""A program that describes infrastructure, in one form for all languages it may be written in.

The readers of TypeScript, JavaScript and Python lower a source file to this tree; :mod:`program_run` follows it.  Only
what decides values is kept: types, comments and decorators of no effect are gone.  Whatever a reader does not know
becomes :class:`Opaque`, whose value is computed, never an error.
"""

from __future__ import annotations

from typing import Literal as OneOf

from vartask.model import Span
from vartask.records import dataclass

Plain = str | int | float | bool | None
Language = OneOf["javascript", "python"]
"""Whose built-in methods and module rules hold; TypeScript's are JavaScript's."""


# -- expressions ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, number, boolean, or nothing (``null``, ``undefined``, ``None``)."""

    value: Plain
    span: Span


@dataclass(frozen=True, slots=True)
class Template:
    """A template string or f-string: its pieces in order, each made a string."""

    parts: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A variable; ``this`` is one in JavaScript."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Super:
    """``super`` or ``super()``: the instance as its class's base sees it."""

    span: Span


@dataclass(frozen=True, slots=True)
class Attribute:
    """``base.name``."""

    base: Expression
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Index:
    """``base[key]``."""

    base: Expression
    key: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Spread:
    """``...value`` or ``*value`` in an array or among arguments."""

    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Array:
    """An array, list, tuple or set."""

    items: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an object; without a key, all entries of another object (``...value``, ``**value``)."""

    key: Expression | None
    value: Expression


@dataclass(frozen=True, slots=True)
class Object:
    """An object or dict."""

    entries: tuple[Entry, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Keyword:
    """``name=value``; without a name, ``**value``."""

    name: str | None
    value: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """A call, or an instantiation by ``new``; in Python the callee decides which it is."""

    callee: Expression
    arguments: tuple[Expression, ...]
    span: Span
    keywords: tuple[Keyword, ...] = ()
    new: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator with its operands, in JavaScript's spelling.

    ``===`` also stands for Python's ``==`` and ``is``, ``&&``, ``||``, ``!`` for ``and``, ``or``, ``not``.
    """

    operator: str
    operands: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Conditional:
    """``test ? then : otherwise``."""

    test: Expression
    then: Expression
    otherwise: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Lambda:
    """A function as a value."""

    function: FunctionDef
    span: Span


@dataclass(frozen=True, slots=True)
class ClassValue:
    """A class as a value."""

    definition: ClassDef
    span: Span


@dataclass(frozen=True, slots=True)
class Comprehension:
    """``[element for target in iterable if test]``; with a key, a dict's."""

    element: Expression
    target: Target
    iterable: Expression
    tests: tuple[Expression, ...]
    span: Span
    key: Expression | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """An assignment that is an expression."""

    target: Target
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Opaque:
    """Anything else; ``parts`` are evaluated for what they do."""

    text: str
    span: Span
    parts: tuple[Expression, ...] = ()


Expression = (
    Literal
    | Template
    | Name
    | Super
    | Attribute
    | Index
    | Spread
    | Array
    | Object
    | Call
    | Operation
    | Conditional
    | Lambda
    | ClassValue
    | Comprehension
    | Assigned
    | Opaque
)


# -- what is assigned to --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListPattern:
    """``[a, b]`` or ``a, b``; ``None`` is a hole."""

    items: tuple[Target | None, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ObjectPattern:
    """``{a, b: c, ...rest}``: keys with targets; the key ``None`` takes the rest."""

    items: tuple[tuple[str | None, Target], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Defaulted:
    """``target = default`` within a pattern."""

    target: Target
    default: Expression


@dataclass(frozen=True, slots=True)
class Rest:
    """``...target`` at the end of a list pattern."""

    target: Target


Target = Name | Attribute | Index | ListPattern | ObjectPattern | Defaulted | Rest


# -- statements -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Evaluate:
    """An expression for what it does."""

    value: Expression


@dataclass(frozen=True, slots=True)
class Assign:
    """``target = value``; ``declares`` makes a new variable in the innermost scope."""

    target: Target
    value: Expression
    span: Span
    declares: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Statements with a scope of their own, where the language has one."""

    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class If:
    """A condition and its branches."""

    test: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ForEach:
    """A loop over a collection; ``keys`` for JavaScript's ``for (x in object)``."""

    target: Target
    iterable: Expression
    body: tuple[Statement, ...]
    span: Span
    keys: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """``while``, or ``for (;;)``, whose statements before the first round come first in ``before``."""

    before: tuple[Statement, ...]
    test: Expression | None
    step: tuple[Statement, ...]
    body: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Try:
    """``body`` may stop anywhere, then a handler runs; ``final`` always does."""

    body: tuple[Statement, ...]
    handlers: tuple[tuple[Statement, ...], ...]
    final: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Return:
    """Leave the function with a value."""

    value: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class Leave:
    """``break``, ``continue`` or an error thrown."""

    kind: OneOf["break", "continue", "throw"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; ``rest`` is ``*`` or ``**``; ``field`` makes it a field of the instance as well (TypeScript)."""

    target: Target
    default: Expression | None = None
    rest: str = ""
    field: bool = False
    keyword_only: bool = False


@dataclass(frozen=True, slots=True)
class FunctionDef:
    """A function or method.  ``kind`` says how a class uses it; an arrow has no ``this`` of its own."""

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    span: Span
    kind: OneOf["plain", "arrow", "static", "getter", "classmethod"] = "plain"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a class with its first value."""

    name: str
    value: Expression | None
    span: Span
    static: bool = False


@dataclass(frozen=True, slots=True)
class ClassDef:
    """A class.  Its constructor is the method ``constructor`` in every language."""

    name: str
    bases: tuple[Expression, ...]
    methods: tuple[FunctionDef, ...]
    fields: tuple[Field, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Enum:
    """A TypeScript enum: members with their values."""

    name: str
    members: tuple[tuple[str, Expression], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Import:
    """Names from another module: ``names`` are pairs (exported, local), exported ``*`` being the module itself.

    ``module`` is as written; Python's leading dots are kept.
    """

    module: str
    names: tuple[tuple[str, str], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Export:
    """``export {a as b}`` and ``export … from``: pairs (name here or there, exported); ``*`` exports everything."""

    names: tuple[tuple[str, str], ...]
    module: str | None
    span: Span


Statement = (
    Evaluate
    | Assign
    | Block
    | If
    | ForEach
    | Loop
    | Try
    | Return
    | Leave
    | FunctionDef
    | ClassDef
    | Enum
    | Import
    | Export
)


@dataclass(frozen=True, slots=True)
class Module:
    """One source file.  ``error`` is where the reader could not follow the syntax."""

    path: str
    language: Language
    body: tuple[Statement, ...]
    error: Span | None = None
