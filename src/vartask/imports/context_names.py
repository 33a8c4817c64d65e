"""What a called name stands for, across the modules of the artifact, as far as that is certain."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Protocol

from vartask.imports.context_facts import Callable, ContextFacts, FunctionFacts, ImportedName, dotted
from vartask.records import dataclass, field

_DEEPEST = 12
"""Longest chain of re-exports that is followed."""


class ContextModules(Protocol):
    """How modules are found: the replay of the runtime's search on the predicted tree."""

    def resolve(self, module: str, level: int, importer: str) -> ContextFacts | None:
        """The first-party module that an import in the file ``importer`` means; ``None`` for any other.

        ``module`` is the dotted name without the ``level`` leading dots; it is ``""`` in ``from . import x``.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Callee:
    """A function that a call reaches; Python itself fills the first ``skip`` parameters."""

    facts: ContextFacts
    function: FunctionFacts
    skip: int = 0

    @property
    def node(self) -> Callable:
        """The function's definition."""
        return self.function.node


@dataclass(frozen=True, slots=True, eq=False)
class ClassRef:
    """A first-party class, or an instance of one."""

    facts: ContextFacts
    name: str
    instance: bool = False


Target = Callee | ClassRef


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a name is looked up: the locals of a function, then its module.

    ``hidden`` are all local names: what they hold is unknown unless ``imports`` or ``assigned`` tell.
    """

    facts: ContextFacts
    owner: str | None = None
    me: str | None = None
    imports: Mapping[str, ImportedName] = field(default_factory=dict)
    assigned: Mapping[str, ast.expr] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()


class Names:
    """Looks names up."""

    def __init__(self, modules: ContextModules) -> None:
        self._modules = modules

    def called(self, func: ast.expr, scope: Scope) -> Callee | None:
        """What calling the expression runs: a function, a constructor, or the ``__call__`` of an instance."""
        target = self.target(func, scope)
        if isinstance(target, ClassRef):
            return self.method(target, "__call__" if target.instance else "__init__", skip=1)
        return target

    def target(self, func: ast.expr, scope: Scope, depth: int = 0) -> Target | None:
        """What an expression stands for."""
        if depth > _DEEPEST:
            return None
        if isinstance(func, ast.Lambda):
            return Callee(scope.facts, FunctionFacts("<lambda>", func))
        if isinstance(func, ast.Call):
            made = self.target(func.func, scope, depth + 1)
            return self._instance(made)
        parts = dotted(func)
        if parts is not None:
            return self._dotted(parts, scope, depth)
        if isinstance(func, ast.Attribute):
            holder = self.target(func.value, scope, depth + 1)
            return self._member(holder, (func.attr,))
        return None

    def _dotted(self, parts: tuple[str, ...], scope: Scope, depth: int) -> Target | None:
        first, rest = parts[0], parts[1:]
        if scope.me is not None and first == scope.me and scope.owner is not None:
            return self._member(ClassRef(scope.facts, scope.owner, instance=True), rest) if rest else None
        if first in scope.imports:
            return self._imported(scope.imports[first], rest, scope.facts, depth)
        if first in scope.assigned:
            return self._member_or_self(self.target(scope.assigned[first], scope, depth + 1), rest)
        return None if first in scope.hidden else self.in_module(scope.facts, parts, depth)

    def in_module(self, facts: ContextFacts, parts: tuple[str, ...], depth: int = 0) -> Target | None:
        """What a dotted name at the top level of a module stands for."""
        if depth > _DEEPEST or not parts:
            return None
        first, rest = parts[0], parts[1:]
        if first in facts.functions:
            return None if rest else Callee(facts, facts.functions[first])
        if first in facts.classes:
            return self._member_or_self(ClassRef(facts, first), rest)
        if first in facts.imports:
            return self._imported(facts.imports[first], rest, facts, depth)
        if first in facts.assigned:
            return self._member_or_self(self.target(facts.assigned[first], Scope(facts), depth + 1), rest)
        return None

    def module(self, name: ImportedName, importer: ContextFacts) -> ContextFacts | None:
        """The module that an imported name is taken from."""
        return self._modules.resolve(name.module, name.level, importer.path)

    def _imported(self, name: ImportedName, rest: tuple[str, ...], importer: ContextFacts, depth: int) -> Target | None:
        if name.attribute is not None:
            facts = self._modules.resolve(name.module, name.level, importer.path)
            if facts is not None:
                found = self.in_module(facts, (name.attribute, *rest), depth + 1)
                if found is not None:
                    return found
            module = f"{name.module}.{name.attribute}" if name.module else name.attribute
        else:
            module = name.module
        for count in range(len(rest) - 1, -1, -1):
            facts = self._modules.resolve(".".join((module, *rest[:count])), name.level, importer.path)
            if facts is not None:
                return self.in_module(facts, rest[count:], depth + 1)
        return None

    def _instance(self, made: Target | None) -> Target | None:
        return ClassRef(made.facts, made.name, instance=True) if isinstance(made, ClassRef) else None

    def _member_or_self(self, holder: Target | None, rest: tuple[str, ...]) -> Target | None:
        return self._member(holder, rest) if rest else holder

    def _member(self, holder: Target | None, rest: tuple[str, ...]) -> Target | None:
        if not isinstance(holder, ClassRef) or len(rest) != 1:
            return None
        method = self.method(holder, rest[0])
        if method is None:
            return None
        kind = method.function.kind
        bound = kind == "classmethod" or (kind == "method" and holder.instance)
        return Callee(method.facts, method.function, 1 if bound else 0)

    def method(self, holder: ClassRef, name: str, skip: int = 0, depth: int = 0) -> Callee | None:
        """A method by name, bases of the project included."""
        found = holder.facts.functions.get(f"{holder.name}.{name}")
        if found is not None:
            return Callee(holder.facts, found, skip)
        if depth > _DEEPEST:
            return None
        for base in holder.facts.classes[holder.name].bases:
            parent = self.target(base, Scope(holder.facts), depth + 1)
            if not isinstance(parent, ClassRef):
                # Another base may have the method.
                return None
            inherited = self.method(parent, name, skip, depth + 1)
            if inherited is not None:
                return inherited
        return None
