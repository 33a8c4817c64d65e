"""Test doubles for the context that have what Lambda's object lacks: the test passes, production does not."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping

from vartask.data.lambda_context import has_attribute, suggestion
from vartask.imports.context_doubles import (
    Given,
    assigned_on,
    is_mock,
    mock_setting,
    of_call,
    of_class,
    of_named_tuple,
    of_type,
)
from vartask.imports.context_facts import (
    FunctionFacts,
    FunctionNode,
    ImportedName,
    bound_in_body,
    dotted,
    index_names,
)
from vartask.imports.project_tests import ParsedTest, ProjectTests
from vartask.model import ContextDouble, Span
from vartask.records import dataclass
from vartask.syntax.python import span_of
from vartask.syntax.python_nodes import children, walk, walked

IsHandler = Callable[[str, str, int, str], "str | None"]
"""(importing path, dotted module, level, name) -> how the handler is called in reports, if it is one."""

_CONTEXT_KEYWORDS = frozenset({"context", "_context", "ctx", "_ctx", "lambda_context", "aws_context"})
_DEEPEST = 8


def find_doubles(tests: ProjectTests, asked: Iterable[str], is_handler: IsHandler) -> Iterator[ContextDouble]:
    """The invented attributes of the doubles that the files ``asked`` for pass to handlers, each once.

    ``is_handler`` must know only handlers that certainly get Lambda's own context.
    """
    seen: set[tuple[Span, str]] = set()
    for path in asked:
        try:
            file = tests.get(path)
            found = list(_Finder(tests, file, is_handler).doubles()) if file is not None else []
        except RecursionError:
            # An absurdly deep expression in a test: a double in that file goes unseen, nothing is claimed.
            continue
        tests.forget()
        for double in found:
            if (double.span, double.attribute) not in seen:
                seen.add((double.span, double.attribute))
                yield double


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """A body in which names are looked up, inside ``file`` and perhaps inside a class."""

    file: ParsedTest
    body: list[ast.stmt]
    imports: Mapping[str, ImportedName]
    assigned: Mapping[str, ast.expr]
    parameters: frozenset[str] = frozenset()
    owner: ast.ClassDef | None = None


class _Finder:
    def __init__(self, tests: ProjectTests, file: ParsedTest, is_handler: IsHandler) -> None:
        self._tests = tests
        self._file = file
        self._is_handler = is_handler
        self._looked_through: set[int] = set()

    def doubles(self) -> Iterator[ContextDouble]:
        for place in self._places():
            for call in _calls(place.body):
                handler = self._handler(call, place)
                argument = _context_of(call)
                if handler is None or argument is None:
                    continue
                passed = span_of(call, self._file.path)
                self._looked_through = set()
                for file, given in self._given(argument, place, 0):
                    if not self._invented(file, given):
                        continue
                    span = span_of(given.node, file.path)
                    meant = suggestion("LambdaContext", given.name)
                    yield ContextDouble(given.name, span, handler, passed, suggestion=meant)

    def _invented(self, file: ParsedTest, given: Given) -> bool:
        name = given.name
        if name.startswith("_") or not name.isidentifier() or has_attribute("LambdaContext", name):
            return False
        # A method that the tests call themselves is a tool of theirs.
        return not given.is_method or name not in _read_names(file) | _read_names(self._file)

    # -- places -----------------------------------------------------------------------------------

    def _places(self) -> Iterator[_Place]:
        names = self._file.names
        body = [item for item in self._file.tree.body if not isinstance(item, (ast.ClassDef, *_FUNCTIONS))]
        yield _Place(self._file, body, names.imports, names.assigned)
        yield from self._inside(self._file.tree.body, None)

    def _inside(self, body: list[ast.stmt], owner: ast.ClassDef | None) -> Iterator[_Place]:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield _place(self._file, node, owner)
            elif isinstance(node, ast.ClassDef):
                yield from self._inside(node.body, node)

    # -- handlers ---------------------------------------------------------------------------------

    def _handler(self, call: ast.Call, place: _Place) -> str | None:
        parts = dotted(call.func)
        if parts is None:
            return None
        first, rest = parts[0], parts[1:]
        imported = place.imports.get(first) or place.file.names.imports.get(first)
        value = place.assigned.get(first) or place.file.names.assigned.get(first)
        path = place.file.path
        if imported is None and isinstance(value, ast.Call) and (dotted(value.func) or ("",))[-1] == "import_module":
            name = value.args[0] if value.args else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str) and len(rest) == 1:
                return self._is_handler(path, name.value, 0, rest[0])
        if imported is None or first in place.parameters:
            return None
        if imported.attribute is None:
            return self._is_handler(path, ".".join((imported.module, *rest[:-1])), 0, rest[-1]) if rest else None
        if not rest:
            return self._is_handler(path, imported.module, imported.level, imported.attribute)
        module = ".".join(filter(None, (imported.module, imported.attribute, *rest[:-1])))
        return self._is_handler(path, module, imported.level, rest[-1])

    # -- objects ----------------------------------------------------------------------------------

    def _given(self, value: ast.expr, place: _Place, depth: int) -> Iterator[tuple[ParsedTest, Given]]:
        """The attributes that an expression's value is given by the tests."""
        if depth > _DEEPEST:
            return
        if isinstance(value, ast.Name):
            yield from self._of_name(value.id, place, depth)
        elif isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) and value.value.id == "self":
            yield from self._of_self(value.attr, place, depth)
        elif isinstance(value, ast.Call):
            given = of_call(value)
            if given is not None:
                yield from ((place.file, item) for item in given)
            elif isinstance(value.func, ast.Name):
                yield from self._of_made(value.func.id, place, depth)

    def _of_name(self, name: str, place: _Place, depth: int) -> Iterator[tuple[ParsedTest, Given]]:
        if name in place.assigned:
            value = place.assigned[name]
            yield from self._given(value, place, depth + 1)
            mock = isinstance(value, ast.Call) and is_mock(value)
            if isinstance(value, ast.Call):
                for item in assigned_on(name, place.body):
                    if not (mock and mock_setting(item.name)):
                        yield place.file, item
        elif name in place.parameters:
            yield from self._of_fixture(name, place, depth)
        elif place.body is not place.file.tree.body:
            yield from self._of_module(name, place.file, depth)

    def _of_module(self, name: str, file: ParsedTest, depth: int) -> Iterator[tuple[ParsedTest, Given]]:
        outer = _Place(file, file.tree.body, file.names.imports, file.names.assigned)
        if name in file.names.assigned:
            yield from self._of_name(name, outer, depth + 1)
        elif name in file.names.classes:
            yield from ((file, item) for item in of_class(file.names.classes[name]))
        else:
            other = self._imported(name, outer)
            if other is not None:
                yield from self._of_module(other[1], other[0], depth + 1)

    def _of_made(self, name: str, place: _Place, depth: int) -> Iterator[tuple[ParsedTest, Given]]:
        """``Context()``, a named tuple, or a function that makes the double."""
        local = index_names(place.body).classes.get(name)
        if local is not None:
            yield from ((place.file, item) for item in of_class(local))
            return
        file = place.file
        other = self._imported(name, place)
        if other is not None:
            file, name = other
        if name in file.names.classes:
            yield from ((file, item) for item in of_class(file.names.classes[name]))
        elif name in file.names.functions:
            yield from self._returned(file, file.names.functions[name], None, depth)
        else:
            value = place.assigned.get(name) or file.names.assigned.get(name)
            if isinstance(value, ast.Call):
                fields = of_named_tuple(value) or of_type(value) or []
                yield from ((file, item) for item in fields)

    def _of_self(self, attribute: str, place: _Place, depth: int) -> Iterator[tuple[ParsedTest, Given]]:
        """``self.context``, assigned once in the test's class."""
        if place.owner is None:
            return
        found: list[tuple[ast.expr, _Place]] = []
        for method in place.owner.body:
            if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
                inside = _place(place.file, method, place.owner)
                found += [(value, inside) for value in _assigned_to_self(method, attribute)]
        if len(found) == 1:
            yield from self._given(found[0][0], found[0][1], depth + 1)

    def _of_fixture(self, name: str, place: _Place, depth: int) -> Iterator[tuple[ParsedTest, Given]]:
        """A pytest fixture of the class, the file, or a conftest.py above it."""
        if place.owner is not None:
            for method in place.owner.body:
                if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) and _is_fixture(method, name):
                    yield from self._returned(place.file, FunctionFacts(method.name, method), place.owner, depth)
                    return
        for file in (place.file, *self._conftests(place.file.path)):
            for function in file.names.functions.values():
                if not isinstance(function.node, ast.Lambda) and _is_fixture(function.node, name):
                    yield from self._returned(file, function, None, depth)
                    return

    def _conftests(self, path: str) -> Iterator[ParsedTest]:
        directory = posixpath.dirname(path)
        while True:
            found = self._tests.get(posixpath.join(directory, "conftest.py"))
            if found is not None:
                yield found
            above = posixpath.dirname(directory)
            if above == directory:
                return
            directory = above

    def _returned(
        self, file: ParsedTest, function: FunctionFacts, owner: ast.ClassDef | None, depth: int
    ) -> Iterator[tuple[ParsedTest, Given]]:
        # Factories that call each other end here, each looked through once per call of a handler.
        if isinstance(function.node, ast.Lambda) or id(function.node) in self._looked_through:
            return
        self._looked_through.add(id(function.node))
        place = _place(file, function.node, owner)
        for node in _own_nodes(function.node.body):
            if isinstance(node, (ast.Return, ast.Yield)) and node.value is not None:
                yield from self._given(node.value, place, depth + 1)

    def _imported(self, name: str, place: _Place) -> tuple[ParsedTest, str] | None:
        """A name that another test file defines, found by the module's path from the end."""
        imported = place.imports.get(name) or place.file.names.imports.get(name)
        if imported is None or imported.attribute is None or not imported.module:
            return None
        found = self._tests.ending(imported.module.replace(".", "/") + ".py")
        return (found[0], imported.attribute) if len(found) == 1 else None


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _place(file: ParsedTest, node: FunctionNode, owner: ast.ClassDef | None) -> _Place:
    index, bound = index_names(node.body), bound_in_body(node)
    once = {name: value for name, value in index.assigned.items() if bound.get(name) == 1}
    imports = {name: value for name, value in index.imports.items() if bound.get(name) == 1}
    parameters = frozenset(item.arg for item in walk(node.args) if isinstance(item, ast.arg))
    return _Place(file, node.body, imports, once, parameters, owner)


def _calls(body: list[ast.stmt]) -> Iterator[ast.Call]:
    return (node for statement in body for node in walk(statement) if isinstance(node, ast.Call))


def _own_nodes(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Everything in a body that does not belong to a function inside it."""
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if not isinstance(node, (*_FUNCTIONS, ast.Lambda, ast.ClassDef)):
            yield node
            pending.extend(children(node))


def _context_of(call: ast.Call) -> ast.expr | None:
    first = call.args[:2]
    if len(first) > 1 and not any(isinstance(item, ast.Starred) for item in first):
        return first[1]
    return next((item.value for item in call.keywords if item.arg in _CONTEXT_KEYWORDS), None)


def _read_names(file: ParsedTest) -> set[str]:
    """Attributes that a file reads on anything but ``self``; computed once."""
    if not file.read:
        file.read.add("")
        for node in walked(file.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                file.read.add(node.attr)
    return file.read


def _assigned_to_self(method: FunctionNode, attribute: str) -> Iterator[ast.expr]:
    for node in walk(method):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and target.attr == attribute and dotted(target.value) == ("self",):
                    yield node.value


def _is_fixture(node: FunctionNode, name: str) -> bool:
    for decorator in node.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        parts = dotted(call.func if call else decorator)
        if parts is None or parts[-1] != "fixture":
            continue
        given = next((item.value for item in call.keywords if item.arg == "name"), None) if call else None
        return (given.value if isinstance(given, ast.Constant) else node.name) == name
    return False
