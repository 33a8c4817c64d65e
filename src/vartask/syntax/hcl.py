"""HCL as Terraform and Docker Bake write it: blocks, attributes and expressions, each with its place.

The grammar is tree-sitter's, which recovers from errors: a block that holds one is left out and its place is kept
in :attr:`File.error`, so that a typo in one resource does not hide the others.  Nothing is evaluated here;
see :mod:`vartask.syntax.hcl_values`.

Language: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.model import Span
from vartask.records import dataclass


@dataclass(frozen=True, slots=True)
class HclError:
    """A place that is not HCL."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Expression:
    """Any expression: where it stands and its source text.  Used itself for what has no type of its own."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """A string without interpolation, a number, ``true``, ``false`` or ``null``."""

    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Template(Expression):
    """A string with ``${...}`` parts: literal text and expressions in order."""

    parts: tuple[str | Expression, ...]


@dataclass(frozen=True, slots=True)
class Attr:
    """``.name`` in a reference."""

    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """``[key]`` in a reference."""

    key: Expression


@dataclass(frozen=True, slots=True)
class Splat:
    """``[*]`` or ``.*`` in a reference; ``steps`` apply to each element."""

    steps: tuple[Step, ...]


Step = Attr | Index | Splat


@dataclass(frozen=True, slots=True)
class Reference(Expression):
    """``root.step.step``: ``base`` is the name it starts from, or the expression that is taken apart."""

    base: str | Expression
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A function call; ``expands`` when the last argument is followed by ``...``."""

    name: str
    arguments: tuple[Expression, ...]
    expands: bool = False


@dataclass(frozen=True, slots=True)
class Tuple(Expression):
    """``[a, b]``."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Object(Expression):
    """``{ key = value }``; a bare word as key has become a literal."""

    items: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class Conditional(Expression):
    """``test ? yes : no``."""

    test: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True, slots=True)
class Operation(Expression):
    """A unary or binary operation."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class For(Expression):
    """``[for k, v in collection : value if condition]``, or the object form when ``key`` is set."""

    names: tuple[str, ...]
    collection: Expression
    value: Expression
    key: Expression | None = None
    condition: Expression | None = None
    groups: bool = False


@dataclass(frozen=True, slots=True)
class Attribute:
    """``name = value``."""

    name: str
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Body:
    """What stands between braces, or in a file."""

    attributes: tuple[Attribute, ...] = ()
    blocks: tuple[Block, ...] = ()

    def get(self, name: str) -> Expression | None:
        """The value of an attribute."""
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute.value
        return None

    def of_type(self, kind: str) -> Iterator[Block]:
        """The blocks of a type, in order."""
        return (block for block in self.blocks if block.type == kind)


@dataclass(frozen=True, slots=True)
class Block:
    """``type "label" "label" { ... }``; the span is that of the first line."""

    type: str
    labels: tuple[str, ...]
    body: Body
    span: Span


@dataclass(frozen=True, slots=True)
class File:
    """A file: what could be read, and the first place that could not."""

    path: str
    body: Body
    error: HclError | None = None


def parse(text: str, path: str) -> File:
    """Read a ``.tf``, ``.tfvars`` or ``.hcl`` file.  Never raises: what is not HCL is in :attr:`File.error`."""
    # Imported here: most projects have no HCL, and the parser is a compiled extension.
    from vartask.syntax.hcl_reader import read

    return read(text, path)


def parse_template(text: str, span: Span) -> Expression:
    """A string that stands in JSON or in a file of its own: text with ``${...}``; ``span`` is its place."""
    if "${" not in text and "%{" not in text:
        return Literal(span, text, text)
    from vartask.syntax.hcl_reader import read_template

    return read_template(text, span)


def parse_expression(text: str, span: Span) -> Expression:
    """An expression that stands in a string; ``span`` is the place of all of it."""
    from vartask.syntax.hcl_reader import read_expression

    return read_expression(text, span)
