"""Statements of a rehearsal, in the order they run."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import partial

from vartask.imports.rehearsal_calls import Calls, exception
from vartask.imports.rehearsal_values import (
    NONE,
    UNKNOWN,
    Builtin,
    Class,
    Error,
    Foreign,
    Function,
    Instance,
    Items,
    Known,
    Left,
    Maybe,
    Method,
    Module,
    Names,
    Raised,
    Scope,
    StdlibObject,
    Table,
    Value,
    builtin_exception,
    error,
)
from vartask.model import Span
from vartask.syntax.python_nodes import walk

_MOST_ROUNDS = 60
_LATE_ANNOTATIONS = 14
"""The minor version since which annotations are evaluated when somebody asks for them (PEP 649)."""

_CLASS = frozenset({"<class>"})
"""Stands for the names of a class body, which are looked up like the module's."""


class Statements(Calls):
    """Runs statements."""

    def execute(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        """Run a block.  Raises :class:`Raised` and :class:`Left`."""
        for node in body:
            self.tick()
            kind = node.__class__
            run = self.methods.get(kind) or self.learn(kind, "_do_", Statements._do_strange)
            run(self, node, scope)

    def _do_strange(self, *_: object) -> None:
        self.doubts += 1

    # -- simple statements --------------------------------------------------------------------------

    def _do_expr(self, node: ast.Expr, scope: Scope) -> None:
        self.evaluate(node.value, scope)

    def _do_pass(self, *_: object) -> None:
        """Nothing."""

    def _do_assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self.evaluate(node.value, scope)
        for target in node.targets:
            self.bind(target, value, scope)

    def _do_annassign(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self.bind(node.target, self.evaluate(node.value, scope), scope)
        # Annotations of locals are never evaluated.
        if (scope.local is None or scope.local is _CLASS) and self._annotations_at_once(scope):
            self.evaluate(node.annotation, scope)

    def _annotations_at_once(self, scope: Scope) -> bool:
        """Whether annotations are evaluated where they stand; where the version is not known, they may not be."""
        return (
            self.minor is not None and self.minor < _LATE_ANNOTATIONS and not scope.module.script.annotations_are_late
        )

    def _do_augassign(self, node: ast.AugAssign, scope: Scope) -> None:
        if isinstance(node.target, ast.Name):
            before = self.lookup(node.target.id, scope, self.place(node, scope))
            value = self.evaluate(node.value, scope)
            both = isinstance(before, Items) and isinstance(value, Items) and before.kind == value.kind == "list"
            if both and isinstance(node.op, ast.Add) and isinstance(before, Items) and isinstance(value, Items):
                after: Value = Items("list", before.items + value.items, vague=before.vague or value.vague)
            else:
                self.blur(before)
                after = UNKNOWN
            self.bind(node.target, after, scope)
        else:
            self.evaluate(node.value, scope)
            if isinstance(node.target, (ast.Attribute, ast.Subscript)):
                self.blur(self.evaluate(node.target.value, scope))
            self.doubts += 1

    def _do_delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.lookup(target.id, scope, self.place(target, scope))
                self.store(self.home(target.id, scope), target.id, None)
            elif isinstance(target, (ast.Attribute, ast.Subscript)):
                self.blur(self.evaluate(target.value, scope))

    def _do_return(self, node: ast.Return, scope: Scope) -> None:
        raise Left("return", self.evaluate(node.value, scope) if node.value is not None else NONE)

    def _do_break(self, *_: object) -> None:
        raise Left("break")

    def _do_continue(self, *_: object) -> None:
        raise Left("continue")

    _do_global = _do_pass
    _do_nonlocal = _do_pass

    def _do_assert(self, node: ast.Assert, scope: Scope) -> None:
        known = self.condition(node.test, scope)
        if known is False:
            text = ""
            if node.msg is not None:
                message = self.evaluate(node.msg, scope)
                text = str(message.value) if isinstance(message, Known) else None  # type: ignore[assignment]
            raise error("AssertionError", text, self.place(node, scope))
        self.doubts += known is None

    def _do_raise(self, node: ast.Raise, scope: Scope) -> None:
        at = self.place(node, scope)
        if node.exc is None:
            raise Raised(Error(UNKNOWN, "Exception", None), at)
        value = self.evaluate(node.exc, scope)
        if isinstance(value, Builtin) and builtin_exception(value.name):
            value = exception(value, value.name, [])
        elif isinstance(value, Class):
            value = self.call(value, [], {}, at)
        raise Raised(value if isinstance(value, Error) else Error(UNKNOWN, "Exception", None), at)

    # -- binding ----------------------------------------------------------------------------------

    def home(self, name: str, scope: Scope) -> Names:
        """The namespace that an assignment in a scope binds a name in."""
        return scope.module.names if name in scope.declared else scope.names

    def bind(self, target: ast.expr, value: Value, scope: Scope) -> None:
        """Assign to a name, an attribute, an item, or several."""
        if isinstance(target, ast.Name):
            self.store(self.home(target.id, scope), target.id, value)
        elif isinstance(target, ast.Attribute):
            self._bind_attribute(self.evaluate(target.value, scope), target.attr, value)
        elif isinstance(target, ast.Subscript):
            self._bind_item(self.evaluate(target.value, scope), self.evaluate(target.slice, scope), value, scope)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target, value, scope)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, UNKNOWN, scope)

    def _bind_attribute(self, owner: Value, name: str, value: Value) -> None:
        if isinstance(owner, (Module, Instance, Class, Function)):
            self.store(owner.names, name, value)
        elif isinstance(owner, Foreign):
            self.patched.add(f"{owner.path}.{name}")
            if f"{owner.path}.{name}" == "sys.path":
                self.open_path()
        elif isinstance(owner, StdlibObject):
            self.patched.add(f"{owner.kind.name}.{name}")

    def _bind_item(self, owner: Value, key: Value, value: Value, scope: Scope) -> None:
        if isinstance(owner, Table):
            self.touch(owner)
            self.put(owner, key, value)
        elif isinstance(owner, Items):
            self.blur(owner)
        elif isinstance(owner, Foreign) and owner.path == "os.environ":
            self.set_variable(key)
        elif isinstance(owner, Foreign) and owner.path == "sys.modules":
            scope.module.vague = True
            if isinstance(key, Known):
                self.store(self.loaded, str(key.value), value if isinstance(value, Module) else UNKNOWN)
        else:
            self.blur(owner)
            self.doubts += 1

    def _unpack(self, target: ast.Tuple | ast.List, value: Value, scope: Scope) -> None:
        items = self.iterate(value)
        exact = items is not None and not any(isinstance(part, ast.Starred) for part in target.elts)
        if exact and items is not None and len(items) != len(target.elts):
            few = f"not enough values to unpack (expected {len(target.elts)}, got {len(items)})"
            many = f"too many values to unpack (expected {len(target.elts)})"
            raise error("ValueError", few if len(items) < len(target.elts) else many, self.place(target, scope))
        self.doubts += items is None
        for index, part in enumerate(target.elts):
            self.bind(part, items[index] if exact and items is not None else UNKNOWN, scope)

    def open_path(self) -> None:
        """``sys.path`` changes in a way that cannot be read."""
        raise NotImplementedError

    # -- definitions --------------------------------------------------------------------------------

    def _do_functiondef(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        decorators = [(self.evaluate(item, scope), self.place(item, scope)) for item in node.decorator_list]
        head = scope.module.script.heads[node]
        defaults = {name: self.evaluate(default, scope) for name, default in head.defaults} or head.constants
        self.tick(len(head.constants))
        around = _with_type_parameters(node, scope) if head.generic else scope
        if head.annotations and self._annotations_at_once(scope):
            for annotation in head.annotations:
                self.evaluate(annotation, around)
        qualname = node.name
        if scope.qualname:
            inside = scope.local is not None and scope.local is not _CLASS
            qualname = f"{scope.qualname}{'.<locals>' if inside else ''}.{node.name}"
        value: Value = Function(node, around, qualname, defaults)
        for decorator, at in reversed(decorators):
            value = self.call(decorator, [value], {}, at)
        self.store(self.home(node.name, scope), node.name, value)

    _do_asyncfunctiondef = _do_functiondef

    def _do_classdef(self, node: ast.ClassDef, scope: Scope) -> None:
        decorators = [(self.evaluate(item, scope), self.place(item, scope)) for item in node.decorator_list]
        around = _with_type_parameters(node, scope)
        bases, complete = self._elements(node.bases, around)
        for keyword in node.keywords:
            self.evaluate(keyword.value, around)
        # The body sees its own names, then the module's: names that are not found go on outward.
        names: Names = {}
        outer = around if around.local is not None else None
        body = Scope(scope.module, names, outer, _CLASS, qualname=f"{scope.qualname}.{node.name}".lstrip("."))
        self.execute(node.body, body)
        for base in bases:
            if isinstance(base, Known):
                self.doubts += 1
            if isinstance(base, Module):
                raise error("TypeError", None, self.place(node, scope))
        kind = Class(node.name, bases, names, vague=not complete or bool(node.keywords))
        self._told_of_subclass(kind, self.place(node, scope))
        value: Value = kind
        for decorator, at in reversed(decorators):
            value = self.call(decorator, [value], {}, at)
        self.store(self.home(node.name, scope), node.name, value)

    def _told_of_subclass(self, kind: Class, at: Span) -> None:
        """``__init_subclass__`` of the nearest base runs when a class is made."""
        for base in list(kind.lineage())[1:]:
            hook = base.names.get("__init_subclass__") if isinstance(base, Class) else None
            if hook is not None:
                if isinstance(hook, Function) and not kind.vague:
                    self.call(Method(hook, kind), [], {}, at)
                else:
                    self.blur(base)
                return

    def _do_typealias(self, node: ast.AST, scope: Scope) -> None:
        self.bind(node.name, UNKNOWN, scope)  # type: ignore[attr-defined]

    # -- ways ---------------------------------------------------------------------------------------

    def _do_if(self, node: ast.If, scope: Scope) -> None:
        known = self.condition(node.test, scope)
        if known is not None:
            self.execute(node.body if known else node.orelse, scope)
            return
        self.ways([lambda: self.execute(node.body, scope), lambda: self.execute(node.orelse, scope)], scope)

    def _do_for(self, node: ast.For, scope: Scope) -> None:
        items = self.iterate(self.evaluate(node.iter, scope))
        if items is None or len(items) > _MOST_ROUNDS or isinstance(node, ast.AsyncFor):
            self.doubts += 1
            self._rounds_perhaps(node, scope)
            return
        for item in items:
            self.bind(node.target, item, scope)
            if not self._round(node.body, scope):
                return
        self.execute(node.orelse, scope)

    _do_asyncfor = _do_for

    def _round(self, body: Sequence[ast.stmt], scope: Scope) -> bool:
        """One round of a loop; whether it goes on."""
        before = scope.left_perhaps
        scope.left_perhaps = False
        try:
            self.execute(body, scope)
        except Left as left:
            if left.how == "return":
                raise
            return left.how == "continue"
        except Raised:
            if not scope.left_perhaps:
                raise
            self.doubts += 1
        finally:
            scope.left_perhaps = scope.left_perhaps or before
        return True

    def _rounds_perhaps(self, node: ast.For | ast.While, scope: Scope) -> None:
        def run() -> None:
            if isinstance(node, ast.For):
                self.bind(node.target, UNKNOWN, scope)
            self._round(node.body, scope)

        before = scope.left_perhaps
        self.attempt(run, scope)
        # What a later round changes is not followed: whatever the body binds is not known any more.
        self._forget(node.body, scope)
        self.attempt(lambda: self.execute(node.orelse, scope), scope)
        returns = any(isinstance(part, ast.Return) for item in node.body for part in walk(item))
        scope.left_perhaps = before or (scope.left_perhaps and returns)

    def _forget(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        for part in (inner for item in body for inner in walk(item)):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                home = self.home(part.id, scope)
                if part.id in home:
                    known = home[part.id]
                    self.store(home, part.id, Maybe(UNKNOWN) if isinstance(known, Maybe) else UNKNOWN)

    def _do_while(self, node: ast.While, scope: Scope) -> None:
        for _ in range(_MOST_ROUNDS):
            known = self.condition(node.test, scope)
            if known is None:
                self._rounds_perhaps(node, scope)
                return
            if not known:
                self.execute(node.orelse, scope)
                return
            if not self._round(node.body, scope):
                return
        self.doubts += 1

    def _do_match(self, node: ast.Match, scope: Scope) -> None:
        self.evaluate(node.subject, scope)
        self.doubts += 1

        def run(case: ast.match_case) -> None:
            for part in walk(case.pattern):
                for name in (getattr(part, "name", None), getattr(part, "rest", None)):
                    if isinstance(name, str):
                        self.store(self.home(name, scope), name, UNKNOWN)
            self.execute(case.body, scope)

        self.ways([*(partial(run, case) for case in node.cases), lambda: None], scope)


def _with_type_parameters(node: ast.stmt, scope: Scope) -> Scope:
    """The scope that the names of type parameters make around a definition (PEP 695)."""
    names = [item.name for item in getattr(node, "type_params", ())]
    if not names:
        return scope
    outer = scope if scope.local is not None else None
    made: Names = dict.fromkeys(names, UNKNOWN)
    return Scope(scope.module, made, outer, frozenset(names), qualname=scope.qualname)
