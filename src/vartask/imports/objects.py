"""What an expression of a module stands for once the module is imported, as far as that is certain."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from vartask.imports.name_tables import FunctionNode, NameTable
from vartask.imports.resolve import Found
from vartask.records import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Home:
    """A module of the project, its tree and its top-level names.

    ``shared`` are names that functions bind through ``global`` or ``nonlocal``; ``stored`` attributes that the module
    assigns on any object.  ``unclear`` is set when names or attributes may be bound in ways that its statements do not
    show.
    """

    found: Found
    tree: ast.Module
    names: NameTable
    shared: frozenset[str]
    stored: frozenset[str]
    unclear: bool

    @property
    def path(self) -> str:
        """The project's file."""
        return self.found.module.source


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """Where names are looked up: a function's (or class body's) own, then those of ``parent``, then the module's.

    ``given`` are the arguments of a call.  ``at`` limits a module's names to those bound before that place; ``None``
    in code that runs later.  ``prefix`` begins the qualified names of what is defined here.  ``is_class``: functions
    inside do not see these names.
    """

    home: Home
    names: NameTable
    parent: Scope | None = None
    given: Mapping[str, Object] = field(default_factory=dict)
    at: int | None = None
    prefix: str = ""
    is_class: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows."""


UNKNOWN = Unknown()


@dataclass(frozen=True, slots=True, eq=False)
class FunctionObject:
    """A function.  ``qualname`` is its ``__qualname__``, ``None`` where a decorator sets it to something unknown.

    ``scope`` is where it was defined.
    """

    node: FunctionNode | ast.Lambda
    scope: Scope
    qualname: str | None

    @property
    def code_name(self) -> str:
        """The name in the function's code object."""
        return "<lambda>" if isinstance(self.node, ast.Lambda) else self.node.name


@dataclass(frozen=True, slots=True, eq=False)
class ClassObject:
    """A class of the project; ``generated`` when a decorator writes its ``__init__``."""

    node: ast.ClassDef
    scope: Scope
    qualname: str
    generated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class InstanceObject:
    """An instance of a class of the project."""

    cls: ClassObject


@dataclass(frozen=True, slots=True, eq=False)
class BoundObject:
    """A function to which Python hands its first argument."""

    function: FunctionObject


@dataclass(frozen=True, slots=True, eq=False)
class DescriptorObject:
    """``staticmethod`` or ``classmethod`` around a function, as it stands in a class body."""

    kind: str
    function: Object


@dataclass(frozen=True, slots=True, eq=False)
class PartialObject:
    """``functools.partial``: ``count`` arguments by position and some by keyword."""

    function: Object
    count: int
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ModuleObject:
    """A module of the project."""

    name: str
    home: Home | None


@dataclass(frozen=True, slots=True)
class PlainObject:
    """An object of a built-in or standard type, by the type's ``__name__``; ``None``: an exception of some type."""

    type_name: str | None


@dataclass(frozen=True, slots=True)
class ForeignObject:
    """Something of a module that is not the project's, by its dotted name; ``()`` stands for a call's result."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class WrapsObject:
    """``functools.wraps(of)``."""

    of: Object


Object = (
    Unknown
    | FunctionObject
    | ClassObject
    | InstanceObject
    | BoundObject
    | DescriptorObject
    | PartialObject
    | ModuleObject
    | PlainObject
    | ForeignObject
    | WrapsObject
)
