"""Which strings an expression can be, followed backwards through one file.

A value is followed through names, constants, dicts, lists, tuples, loops, f-strings, concatenation, string methods,
parameter defaults, and the arguments of calls in the same file.  What cannot be followed is left out: the result holds
strings that certainly can arrive, never a guess.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator

from vartask.imports.conditions import dotted
from vartask.imports.flow_values import (
    MOST,
    ImportedName,
    Seq,
    Str,
    Value,
    concatenate,
    container_method,
    cut,
    follow,
    imported_names,
    split,
)
from vartask.imports.steps import span_of
from vartask.records import replace
from vartask.syntax.python_nodes import children, walk

_STEPS = 4000
"""Expressions looked at per question: names that are built from each other multiply without bound."""


class Flow:
    """Answers for the expressions of one file.

    What the answers so far came from: ``touched`` are the places of literals, ``external`` names of other modules,
    ``parameters`` of functions.
    """

    def __init__(self, tree: ast.Module, path: str) -> None:
        self.path = path
        self.parents: dict[ast.AST, ast.AST] = {}
        self._bound: dict[tuple[ast.AST, str], list[tuple[ast.expr, str]]] = defaultdict(list)
        self._attributes: dict[str, list[ast.expr]] = defaultdict(list)
        self._calls: dict[str, list[ast.Call]] = defaultdict(list)
        self._functions: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = defaultdict(list)
        self._tree = tree
        self._left = _STEPS
        self.touched: set[tuple[int, int]] = set()
        self.imports: dict[str, ImportedName] = {}
        self.external: set[ImportedName] = set()
        self.parameters: set[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]] = set()
        self._index(tree)

    # -- what the file binds ----------------------------------------------------------------------

    def _index(self, tree: ast.Module) -> None:
        pending: list[tuple[ast.AST, ast.AST]] = [(tree, tree)]
        while pending:
            node, scope = pending.pop()
            self._note(node, scope)
            inner = node if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) else scope
            for child in children(node):
                self.parents[child] = node
                pending.append((child, inner))

    def _note(self, node: ast.AST, scope: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._note_target(target, node.value, "", scope)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr, ast.AugAssign)) and node.value is not None:
            self._note_target(node.target, node.value, "", scope)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            self._note_target(node.target, node.iter, "*", scope)
        elif isinstance(node, ast.Call):
            name = dotted(node.func)
            if name is not None:
                self._calls[name.rpartition(".")[2]].append(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self._functions[node.name].append(node)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.imports.update(imported_names(node))

    def _note_target(self, target: ast.expr, value: ast.expr, route: str, scope: ast.AST) -> None:
        """``route`` says how to get from ``value`` to the target: ``*`` an element, digits an index."""
        if isinstance(target, ast.Name):
            self._bound[scope, target.id].append((value, route))
        elif isinstance(target, ast.Attribute):
            self._attributes[target.attr].append(value)
        elif isinstance(target, ast.Subscript):
            # ``ROUTES["x"] = "pkg.mod"`` adds an element to the container.
            if isinstance(target.value, ast.Name):
                self._bound[scope, target.value.id].append((value, route + "+"))
        elif isinstance(target, (ast.Tuple, ast.List)):
            for index, item in enumerate(target.elts):
                self._note_target(item, value, f"{route}{index}" if index < 10 else route, scope)  # noqa: PLR2004

    def scope_of(self, node: ast.AST) -> ast.AST:
        """The innermost function (or the module) that a node stands in."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                return node
        return self._tree

    # -- evaluation -------------------------------------------------------------------------------

    def values(self, node: ast.expr) -> list[Value]:
        """Everything the expression is seen to be, each string once."""
        self._left = _STEPS
        return self._limited(self._evaluate(node, frozenset()))

    def _limited(self, values: Iterable[Value]) -> list[Value]:
        found: dict[Value, None] = {}
        for value in values:
            found[value] = None
            if len(found) >= MOST:
                break
        return list(found)

    def _evaluate(self, node: ast.expr, seen: frozenset[ast.AST]) -> Iterator[Value]:
        self._left -= 1
        if node in seen or self._left < 0:
            return
        seen |= {node}
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                span = span_of(node, self.path)
                self.touched.add((span.line, span.column))
                yield Str(node.value, span)
        elif isinstance(node, ast.Name):
            yield from self._name(node, seen)
        elif isinstance(node, ast.Attribute):
            for value in self._attribute_values(node):
                yield from self._evaluate(value, seen)
        elif isinstance(node, ast.Subscript):
            yield from self._subscript(node, seen)
        elif isinstance(node, ast.Call):
            yield from self._call(node, seen)
        else:
            yield from self._literal(node, seen)

    def _literal(self, node: ast.expr, seen: frozenset[ast.AST]) -> Iterator[Value]:
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            parts = [self._limited(self._evaluate(item, seen)) for item in node.elts[:MOST]]
            yield Seq(tuple(values[0] if len(values) == 1 else Seq(tuple(values)) for values in parts))
        elif isinstance(node, ast.Dict):
            keys = [value for key in node.keys if key is not None for value in self._evaluate(key, seen)]
            items = [value for item in node.values[:MOST] for value in self._evaluate(item, seen)]
            yield Seq(tuple(items), tuple(keys))
        elif isinstance(node, ast.JoinedStr):
            yield from self._joined(node, seen)
        elif isinstance(node, ast.BinOp):
            yield from self._binary(node, seen)
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            yield Seq(tuple(self._limited(self._evaluate(node.elt, seen))))
        elif isinstance(node, ast.DictComp):
            yield Seq(tuple(self._limited(self._evaluate(node.value, seen))))
        else:
            for part in _alternatives(node):
                yield from self._evaluate(part, seen)

    def _name(self, node: ast.Name, seen: frozenset[ast.AST]) -> Iterator[Value]:
        scope: ast.AST = self.scope_of(node)
        while True:
            for value, route in self._bound.get((scope, node.id), ()):
                for found in self._evaluate(value, seen):
                    yield from follow(found, route)
            if (
                isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef))
                and parameter_index(scope, node.id) is not None
            ):
                yield from self._arguments(scope, node.id, seen)
                return
            if (scope, node.id) in self._bound or scope is self._tree:
                if (scope, node.id) not in self._bound and node.id in self.imports:
                    self.external.add(self.imports[node.id])
                return
            scope = self.scope_of(scope)

    def _arguments(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, name: str, seen: frozenset[ast.AST]
    ) -> Iterator[Value]:
        """A parameter's default, and what the file's own calls of the function pass for it."""
        self.parameters.add((function, name))
        index = parameter_index(function, name)
        default = _default(function, name)
        if default is not None:
            yield from self._evaluate(default, seen)
        for call in self._calls.get(function.name, ()):
            method = isinstance(call.func, ast.Attribute) and _is_method(self.parents.get(function))
            position = index - 1 if method and index is not None else index
            for keyword in call.keywords:
                if keyword.arg == name:
                    yield from self._evaluate(keyword.value, seen)
            if position is not None and 0 <= position < len(call.args):
                argument = call.args[position]
                if not isinstance(argument, ast.Starred):
                    yield from self._evaluate(argument, seen)

    def _attribute_values(self, node: ast.Attribute) -> list[ast.expr]:
        """What the file assigns to an attribute of that name, in a class body or on an instance."""
        module = self.imports.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if module is not None:
            self.external.add(replace(module, attribute=node.attr, container=module.attribute))
        found = list(self._attributes.get(node.attr, ()))
        base = dotted(node.value)
        for (scope, name), values in self._bound.items():
            if name == node.attr and scope is self._tree and base is not None:
                found += [value for value, route in values if not route and self._in_class(value)]
        return found

    def _in_class(self, value: ast.expr) -> bool:
        return isinstance(self.parents.get(self.parents[value]), ast.ClassDef)

    def _subscript(self, node: ast.Subscript, seen: frozenset[ast.AST]) -> Iterator[Value]:
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        for base in self._evaluate(node.value, seen):
            if not isinstance(base, Seq):
                continue
            if isinstance(index, int) and base.keys is None:
                yield from base.items[index : index + 1] if index >= 0 else base.items[index:][:1]
            else:
                yield from base.items

    def _call(self, node: ast.Call, seen: frozenset[ast.AST]) -> Iterator[Value]:
        if isinstance(node.func, ast.Attribute):
            method = node.func.attr
            if method == "get" and dotted(node.func.value) in {"os.environ", "environ"} and len(node.args) > 1:
                yield from self._evaluate(node.args[1], seen)
                return
            for base in self._limited(self._evaluate(node.func.value, seen)):
                yield from self._method(base, method, node, seen)
            if method in {"get", "pop", "setdefault"} and len(node.args) > 1:
                yield from self._evaluate(node.args[1], seen)
            return
        yield from self._function(dotted(node.func) or "", node, seen)

    def _function(self, name: str, node: ast.Call, seen: frozenset[ast.AST]) -> Iterator[Value]:
        if name in {"str", "list", "tuple", "set", "sorted", "iter", "reversed", "frozenset"} and node.args:
            yield from self._evaluate(node.args[0], seen)
        elif name in {"next", "min", "max"} and node.args:
            for base in self._evaluate(node.args[0], seen):
                yield from base.items if isinstance(base, Seq) else ()
        elif name == "dict":
            yield Seq(tuple(value for part in node.keywords for value in self._evaluate(part.value, seen)), ())
        elif name in {"os.getenv", "getenv"} and len(node.args) > 1:
            yield from self._evaluate(node.args[1], seen)
        for function in self._functions.get(name, ()):
            yield from self._returns(function, seen)

    def _returns(self, function: ast.FunctionDef | ast.AsyncFunctionDef, seen: frozenset[ast.AST]) -> Iterator[Value]:
        for part in walk(function):
            if isinstance(part, ast.Return) and part.value is not None and self.scope_of(part) is function:
                yield from self._evaluate(part.value, seen)

    def _method(self, base: Value, method: str, node: ast.Call, seen: frozenset[ast.AST]) -> Iterator[Value]:
        if isinstance(base, Seq):
            yield from container_method(base, method)
            return
        arguments = [self._limited(self._evaluate(argument, seen)) for argument in node.args]
        single = [values[0].value for values in arguments if len(values) == 1 and isinstance(values[0], Str)]
        if method == "format":
            yield cut(base, base.value.find("{")) if "{" in base.value else base
        elif method in {"split", "rsplit", "partition", "rpartition"} and single:
            count = [a.value for a in node.args[1:] if isinstance(a, ast.Constant) and isinstance(a.value, int)]
            yield split(base, method, single[0], count[0] if count else -1)
        elif method == "replace" and len(single) == 2:  # noqa: PLR2004 - str.replace(old, new)
            yield replace(base, value=base.value.replace(single[0], single[1]))
        elif method in {"strip", "lstrip", "rstrip", "lower", "removeprefix", "removesuffix"} and not base.partial:
            yield replace(base, value=getattr(base.value, method)(*single[:1]))

    def _joined(self, node: ast.JoinedStr, seen: frozenset[ast.AST]) -> Iterator[Value]:
        built = [Str("", span_of(node, self.path))]
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                options = [v for v in self._limited(self._evaluate(part.value, seen)) if isinstance(v, Str)]
            else:
                options = [v for v in self._evaluate(part, seen) if isinstance(v, Str)]
            built = concatenate(built, options)
        yield from built

    def _binary(self, node: ast.BinOp, seen: frozenset[ast.AST]) -> Iterator[Value]:
        left = self._limited(self._evaluate(node.left, seen))
        if isinstance(node.op, ast.Mod):
            yield from (cut(value, value.value.find("%")) for value in left if isinstance(value, Str))
        elif isinstance(node.op, (ast.Add, ast.BitOr)):
            right = self._limited(self._evaluate(node.right, seen))
            sequences = [value for value in (*left, *right) if isinstance(value, Seq)]
            yield from sequences
            if isinstance(node.op, ast.Add) and not sequences:
                starts = [value for value in left if isinstance(value, Str)]
                yield from concatenate(starts, [value for value in right if isinstance(value, Str)])


def _alternatives(node: ast.expr) -> list[ast.expr]:
    """The expressions one of which is the value of this one."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    return [node.value] if isinstance(node, (ast.NamedExpr, ast.Await)) else []


def parameter_index(function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> int | None:
    """The position of a parameter; ``-1`` for a keyword-only one, ``None`` when there is none."""
    positional = [*function.args.posonlyargs, *function.args.args]
    for index, argument in enumerate(positional):
        if argument.arg == name:
            return index
    return -1 if any(argument.arg == name for argument in function.args.kwonlyargs) else None


def _default(function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> ast.expr | None:
    positional = [*function.args.posonlyargs, *function.args.args]
    defaults: dict[str, ast.expr | None] = dict(
        zip([argument.arg for argument in reversed(positional)], reversed(function.args.defaults), strict=False)
    )
    defaults.update(zip([item.arg for item in function.args.kwonlyargs], function.args.kw_defaults, strict=True))
    return defaults.get(name)


def _is_method(parent: ast.AST | None) -> bool:
    return isinstance(parent, ast.ClassDef)
