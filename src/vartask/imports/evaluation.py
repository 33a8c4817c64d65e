"""Evaluates the expressions of modules, without running anything: what is not certain is ``UNKNOWN``."""

from __future__ import annotations

import ast
from weakref import proxy

from vartask.data.unserializable import CALLS, EXCEPTIONS, TRANSPARENT
from vartask.imports.classes import Classes
from vartask.imports.homes import BUILTINS, Homes
from vartask.imports.name_tables import Entry, FunctionNode, is_generator, own_nodes
from vartask.imports.objects import (
    UNKNOWN,
    BoundObject,
    ClassObject,
    DescriptorObject,
    ForeignObject,
    FunctionObject,
    Home,
    InstanceObject,
    ModuleObject,
    Object,
    PartialObject,
    PlainObject,
    Scope,
    WrapsObject,
)
from vartask.records import replace
from vartask.syntax.python_nodes import walk

_DEEPEST = 40
_LITERALS: dict[type[ast.expr], str] = {
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.List: "list",
    ast.ListComp: "list",
    ast.Tuple: "tuple",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.JoinedStr: "str",
    ast.GeneratorExp: "generator",
}


_MODULE_TEXTS = frozenset({"__name__", "__file__"})
"""Strings that the import system sets on every module
(https://docs.python.org/3/reference/datamodel.html#module-objects)."""


class Evaluator:
    """Answers for one function's artifact."""

    def __init__(self, homes: Homes) -> None:
        self.homes = homes
        # No cycle: the garbage collector is off while functions are replayed.
        self.classes = Classes(proxy(self))
        self._depth = 0

    # -- names ------------------------------------------------------------------------------------

    def attribute_of_module(self, home: Home, name: str, at: int | None = None, *, last: bool = False) -> Object:
        """A module's attribute; ``last`` takes the last of several bindings, for a module that has run to its end."""
        if home.unclear or name in home.shared:
            return UNKNOWN
        entries = [entry for entry in home.names.entries.get(name, ()) if at is None or entry.index < at]
        if len(entries) > 1 and at is None and not last:
            return UNKNOWN
        bound = entries[-1] if entries else None
        for index, star in reversed(home.names.stars):
            if (at is not None and index >= at) or (bound is not None and index < bound.index):
                continue
            origin = self.homes.exports(home, star, name)
            if isinstance(origin, Home):
                return self.attribute_of_module(origin, name, last=True)
            if origin is None:
                return UNKNOWN
        if bound is not None:
            return self._bound(bound, Scope(home, home.names, at=bound.index))
        return ForeignObject(f"builtins.{name}") if name in BUILTINS else UNKNOWN

    def name(self, name: str, scope: Scope) -> Object:
        """What a name stands for where the code of the scope runs."""
        if scope.parent is None:
            return self.attribute_of_module(scope.home, name, scope.at)
        entries = scope.names.entries.get(name, ())
        if name in scope.home.shared or len(entries) > 1 or (entries and name in scope.given):
            return UNKNOWN
        if not entries:
            return scope.given[name] if name in scope.given else self.name(name, scope.parent)
        return self._bound(entries[0], scope)

    def _bound(self, entry: Entry, scope: Scope) -> Object:
        source = entry.source
        if source is None or self._depth > _DEEPEST:
            return UNKNOWN
        self._depth += 1
        try:
            if isinstance(source, (ast.FunctionDef, ast.AsyncFunctionDef)):
                made: Object = FunctionObject(source, scope, scope.prefix + source.name)
                return self.decorated(made, source.decorator_list, scope)
            if isinstance(source, ast.ClassDef):
                return self.classes.defined(source, scope)
            if isinstance(source, ast.alias) and entry.statement is not None:
                return self._imported(source, entry.statement, scope.home)
            if isinstance(source, ast.ExceptHandler):
                return PlainObject(None)
            return self.value(source, scope) if isinstance(source, ast.expr) else UNKNOWN
        finally:
            self._depth -= 1

    def _imported(self, alias: ast.alias, statement: ast.Import | ast.ImportFrom, home: Home) -> Object:
        if isinstance(statement, ast.Import):
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            return self.homes.imported(name, 0, home)
        module = self.homes.imported(statement.module or "", statement.level, home)
        return self.attribute(module, alias.name)

    # -- expressions ------------------------------------------------------------------------------

    def value(self, node: ast.expr, scope: Scope) -> Object:
        """What an expression gives."""
        if isinstance(node, ast.Constant):
            return PlainObject(type(node.value).__name__)
        if type(node) in _LITERALS:
            return PlainObject(_LITERALS[type(node)])
        if isinstance(node, ast.Name):
            return self.name(node.id, scope)
        if isinstance(node, ast.Lambda):
            return FunctionObject(node, scope, scope.prefix + "<lambda>")
        if isinstance(node, ast.Attribute):
            return self.attribute(self.value(node.value, scope), node.attr)
        if isinstance(node, ast.Call):
            return self._called(node, scope)
        if isinstance(node, ast.NamedExpr):
            return self.value(node.value, scope)
        return UNKNOWN

    def attribute(self, holder: Object, name: str) -> Object:
        """``holder.name``."""
        if isinstance(holder, ModuleObject):
            found = self.attribute_of_module(holder.home, name, last=True) if holder.home is not None else UNKNOWN
            if holder.home is not None and name in _MODULE_TEXTS and name not in holder.home.names.entries:
                return PlainObject("str")
            named = holder.home is not None and (name in holder.home.names.entries or holder.home.names.stars)
            return found if named else self.homes.module(f"{holder.name}.{name}")
        if isinstance(holder, ForeignObject):
            return ForeignObject(f"{holder.name}.{name}")
        if isinstance(holder, (ClassObject, InstanceObject)):
            return self.classes.attribute(holder, name)
        return UNKNOWN

    # -- calls ------------------------------------------------------------------------------------

    def _called(self, node: ast.Call, scope: Scope) -> Object:
        if any(isinstance(item, ast.Starred) for item in node.args) or any(key.arg is None for key in node.keywords):
            return UNKNOWN
        function = self.value(node.func, scope)
        arguments = [self.value(item, scope) for item in node.args]
        keywords = {key.arg: self.value(key.value, scope) for key in node.keywords if key.arg is not None}
        return self.call(function, arguments, keywords)

    def call(self, function: Object, arguments: list[Object], keywords: dict[str, Object]) -> Object:
        """What calling an object gives."""
        if self._depth > _DEEPEST:
            return UNKNOWN
        self._depth += 1
        try:
            return self._call(function, arguments, keywords)
        finally:
            self._depth -= 1

    def _call(self, function: Object, arguments: list[Object], keywords: dict[str, Object]) -> Object:
        if isinstance(function, FunctionObject):
            return self._run(function, arguments, keywords)
        if isinstance(function, BoundObject):
            return self._run(function.function, [UNKNOWN, *arguments], keywords)
        if isinstance(function, ClassObject):
            return InstanceObject(function) if self.classes.plainly_made(function) else UNKNOWN
        if isinstance(function, WrapsObject):
            return _renamed(arguments[0], function.of) if len(arguments) == 1 else UNKNOWN
        if isinstance(function, ForeignObject):
            return self._foreign(function.name, arguments, keywords)
        return UNKNOWN

    def _foreign(self, name: str, arguments: list[Object], keywords: dict[str, Object]) -> Object:
        if name == "functools.partial" and arguments:
            return PartialObject(arguments[0], len(arguments) - 1, tuple(keywords))
        if name == "functools.wraps" and len(arguments) == 1 and not keywords:
            return WrapsObject(arguments[0])
        if name in {"builtins.staticmethod", "builtins.classmethod"} and len(arguments) == 1:
            return DescriptorObject(name.rpartition(".")[2], arguments[0])
        if name in TRANSPARENT and len(arguments) == 1 and not keywords and _callable(arguments[0]):
            return arguments[0]
        if name in CALLS:
            return PlainObject(CALLS[name])
        if name.startswith("builtins.") and name.rpartition(".")[2] in EXCEPTIONS:
            # ``OSError`` picks a subclass by the number that it is given.
            return PlainObject(None if name == "builtins.OSError" else name.rpartition(".")[2])
        return ForeignObject(f"{name}()")

    def decorated(self, made: Object, decorators: list[ast.expr], scope: Scope) -> Object:
        """What a definition's name is bound to after its decorators."""
        for decorator in reversed(decorators):
            made = self.call(self.value(decorator, scope), [made], {})
            if isinstance(made, ForeignObject):
                return UNKNOWN
        return made

    def _run(self, function: FunctionObject, arguments: list[Object], keywords: dict[str, Object]) -> Object:
        """What a function of the project returns, where it has a single way."""
        node = function.node
        if is_generator(node):
            return PlainObject("async_generator" if isinstance(node, ast.AsyncFunctionDef) else "generator")
        if isinstance(node, ast.AsyncFunctionDef):
            return PlainObject("coroutine")
        inner = self.inside(function, arguments, keywords)
        if isinstance(node, ast.Lambda):
            return self.value(node.body, inner)
        returns = [item for item in own_nodes(node) if isinstance(item, ast.Return)]
        if not returns:
            return UNKNOWN if any(isinstance(item, ast.Raise) for item in own_nodes(node)) else PlainObject("NoneType")
        if len(returns) > 1 or returns[0] not in node.body or _updates_wrapper(node):
            return UNKNOWN
        return self.value(returns[0].value, inner) if returns[0].value is not None else PlainObject("NoneType")

    def inside(self, function: FunctionObject, arguments: list[Object], keywords: dict[str, Object]) -> Scope:
        """The scope of a call's body."""
        node, home = function.node, function.scope.home
        positional = [item.arg for item in [*node.args.posonlyargs, *node.args.args]]
        given: dict[str, Object] = {item.arg: UNKNOWN for item in walk(node.args) if isinstance(item, ast.arg)}
        given.update(zip(positional, arguments, strict=False))
        given.update({name: value for name, value in keywords.items() if name in given})
        body: list[ast.stmt] = [ast.Expr(node.body)] if isinstance(node, ast.Lambda) else list(node.body)
        parent = function.scope
        while parent.is_class and parent.parent is not None:
            parent = parent.parent
        parent = parent if parent.parent is not None else replace(parent, at=None)
        prefix = f"{function.scope.prefix}{function.code_name}.<locals>."
        return Scope(home, self.homes.table(home, body), parent, given, prefix=prefix)


def _renamed(made: Object, of: Object) -> Object:
    """``functools.wraps`` takes over ``__qualname__`` (CPython, ``functools.WRAPPER_ASSIGNMENTS``)."""
    if not isinstance(made, FunctionObject):
        return UNKNOWN
    return replace(made, qualname=of.qualname if isinstance(of, FunctionObject) else None)


def _updates_wrapper(node: FunctionNode) -> bool:
    """Whether ``functools.update_wrapper`` renames what the function makes."""
    names = (getattr(item, "attr", None) or getattr(item, "id", None) for item in own_nodes(node))
    return any(name == "update_wrapper" for name in names)


def _callable(made: Object) -> bool:
    return isinstance(made, (FunctionObject, BoundObject, PartialObject))


__all__ = ["Evaluator", "FunctionNode"]
