"""Expressions of a rehearsal: what they give, and what they raise."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from functools import partial

from vartask.data.runtimes import SUPPORTED
from vartask.data.stdlib import minor_of
from vartask.imports.rehearsal_operators import Operators
from vartask.imports.rehearsal_scripts import defaults_of
from vartask.imports.rehearsal_values import (
    UNKNOWN,
    Builtin,
    Function,
    Items,
    Maybe,
    Scope,
    Table,
    Value,
    error,
)
from vartask.model import Span
from vartask.syntax.python_nodes import children

_SITE = {"exit", "quit", "copyright", "credits", "license", "help", "__file__", "__builtins__"}
"""Put among the builtins by ``site``."""

_SINCE = {
    "aiter": 10, "anext": 10, "EncodingWarning": 10, "BaseExceptionGroup": 11, "ExceptionGroup": 11,
    "PythonFinalizationError": 13, "_IncompleteInputError": 13,
}  # fmt: skip
"""Builtins by the minor version that brought them (docs.python.org/3/library/functions.html, exceptions.html)."""


class Expressions(Operators):
    """Evaluates expressions."""

    def evaluate(self, node: ast.expr, scope: Scope) -> Value:
        """The value of an expression.  Raises :class:`Raised` for what Python certainly raises."""
        self.tick()
        kind = node.__class__
        give = self.methods.get(kind) or self.learn(kind, "_", Expressions._strange)
        value: Value = give(self, node, scope)
        return value

    def _strange(self, node: ast.expr, scope: Scope) -> Value:
        for child in children(node):
            if isinstance(child, ast.expr):
                self.evaluate(child, scope)
        return self.doubt()

    # -- names ------------------------------------------------------------------------------------

    def _name(self, node: ast.Name, scope: Scope) -> Value:
        at = self.place(node, scope)
        value = self.lookup(node.id, scope, at)
        if value is not UNKNOWN and self.certain:
            self.seen.append(at)
        return value

    def lookup(self, name: str, scope: Scope, at: Span) -> Value:
        """A name as code in this scope sees it."""
        here: Scope | None = scope
        while here is not None:
            is_local = here.local is None or name in here.local
            if name in here.names and name not in here.declared:
                value = here.names[name]
                if isinstance(value, Maybe) and here.local is None and not here.comprehension:
                    self.gap(at, f"`{name}` is bound only where a condition holds that is not known")
                return UNKNOWN if isinstance(value, Maybe) else value
            if is_local and here.local is not None and name not in here.declared:
                return self._unbound(name, here, scope, at)
            here = here.outer
        found = scope.module.names.get(name)
        if isinstance(found, Maybe):
            self.gap(at, f"`{name}` is bound only where a condition holds that is not known")
            return UNKNOWN
        if found is not None:
            return found
        if name in _SPECIAL:
            return self.special(scope.module, name)
        if self._is_builtin(name):
            return Builtin(name)
        if scope.module.vague or (name.startswith("__") and name.endswith("__")):
            return self.doubt()  # ``__qualname__`` and the like are names of class bodies
        raised = error("NameError", f"name {name!r} is not defined", at)
        raised.subject = name
        raise raised

    def _unbound(self, name: str, owner: Scope, scope: Scope, at: Span) -> Value:
        if owner is not scope or scope.module.vague:
            return self.doubt()
        new = self.minor is not None and self.minor > 10  # noqa: PLR2004 - 3.11 changed the text
        text = f"cannot access local variable {name!r} where it is not associated with a value"
        old = f"local variable {name!r} referenced before assignment"
        raise error("UnboundLocalError", (text if new else old) if self.version else None, at)

    def _is_builtin(self, name: str) -> bool:
        if name in _SINCE:
            return (self.minor or minor_of(SUPPORTED[-1])) >= _SINCE[name]
        return hasattr(builtins, name) or name in _SITE

    def _namedexpr(self, node: ast.NamedExpr, scope: Scope) -> Value:
        value = self.evaluate(node.value, scope)
        while scope.comprehension and scope.outer is not None:
            scope = scope.outer
        self.bind(node.target, value, scope)
        return value

    def bind(self, target: ast.expr, value: Value, scope: Scope) -> None:
        """Assign to a name, an attribute, an item, or several."""
        raise NotImplementedError

    # -- the rest ---------------------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Value:
        at = self.place(node, scope)
        value = self.attribute(self.evaluate(node.value, scope), node.attr, at)
        if value is not UNKNOWN and self.certain:
            self.seen.append(at)
        return value

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Value:
        value, key = self.evaluate(node.value, scope), self.evaluate(node.slice, scope)
        return self.item(value, key, self.place(node, scope))

    def _slice(self, node: ast.Slice, scope: Scope) -> Value:
        for part in (node.lower, node.upper, node.step):
            if part is not None:
                self.evaluate(part, scope)
        return UNKNOWN

    def _lambda(self, node: ast.Lambda, scope: Scope) -> Value:
        # Defaults are evaluated where the function is defined.
        defaults = {name: self.evaluate(default, scope) for name, default in defaults_of(node.args)}
        return Function(node, scope, "<lambda>", defaults)

    def _await(self, node: ast.Await, scope: Scope) -> Value:
        self.evaluate(node.value, scope)
        return self.doubt()

    def _yield(self, node: ast.Yield, scope: Scope) -> Value:
        del node, scope
        return self.doubt()

    def _starred(self, node: ast.Starred, scope: Scope) -> Value:
        self.evaluate(node.value, scope)
        return UNKNOWN

    # -- comprehensions ---------------------------------------------------------------------------

    def _generatorexp(self, node: ast.GeneratorExp, scope: Scope) -> Value:
        # Only the first iterable is evaluated at once; the rest when somebody asks for the items.
        self.evaluate(node.generators[0].iter, scope)
        return UNKNOWN

    def _listcomp(self, node: ast.ListComp, scope: Scope) -> Value:
        items: list[Value] = []
        complete = self._generate(node.generators, scope, lambda inner: items.append(self.evaluate(node.elt, inner)))
        return Items("list", items, vague=not complete)

    def _setcomp(self, node: ast.SetComp, scope: Scope) -> Value:
        self._generate(node.generators, scope, lambda inner: self._ignored(node.elt, inner))
        return UNKNOWN

    def _dictcomp(self, node: ast.DictComp, scope: Scope) -> Value:
        made = Table({})
        complete = self._generate(
            node.generators,
            scope,
            lambda inner: self.put(made, self.evaluate(node.key, inner), self.evaluate(node.value, inner)),
        )
        made.vague = made.vague or not complete
        return made

    def _generate(self, generators: list[ast.comprehension], scope: Scope, use: Callable[[Scope], None]) -> bool:
        """Run a comprehension; whether all its items are known."""
        first = generators[0]
        # The class body's names are not seen from inside a comprehension, except by its first iterable.
        inner = Scope(scope.module, {}, scope, qualname=scope.qualname, comprehension=True)
        values = self.iterate(self.evaluate(first.iter, scope))
        if values is None or first.is_async:
            self.doubt()
            return False
        complete = True
        for value in values:
            self.bind(first.target, value, inner)
            known = [self.condition(test, inner) for test in first.ifs]
            if all(item is True for item in known):
                complete = self._item(generators[1:], inner, use) and complete
            elif not any(item is False for item in known):
                complete = False
                self.attempt(partial(use, inner), inner)
        return complete

    def _item(self, generators: list[ast.comprehension], scope: Scope, use: Callable[[Scope], None]) -> bool:
        """One item of a comprehension, or the generators inside; whether all items are known."""
        if generators:
            return self._generate(generators, scope, use)
        use(scope)
        return True


_SPECIAL = frozenset(
    {
        "__name__",
        "__file__",
        "__doc__",
        "__package__",
        "__spec__",
        "__loader__",
        "__cached__",
        "__path__",
        "__dict__",
        "__builtins__",
        "__annotations__",
    }
)
