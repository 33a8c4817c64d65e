"""The attributes that a test gives to an object of its own making."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vartask.imports.context_facts import FunctionNode, blocks, dotted
from vartask.records import dataclass
from vartask.syntax.python_nodes import walk

_MOCKS = frozenset({"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock"})
_MOCK_SETTINGS = frozenset(
    {
        "called",
        "call_args",
        "call_args_list",
        "call_count",
        "configure_mock",
        "method_calls",
        "mock_calls",
        "name",
        "return_value",
        "side_effect",
        "spec",
        "spec_set",
        "unsafe",
        "wraps",
    }
)
"""Parameters and attributes of unittest.mock.Mock that configure it
(https://docs.python.org/3/library/unittest.mock.html)."""


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """An attribute of a double and where it is written; ``is_method`` for a plain method of a class."""

    name: str
    node: ast.expr | ast.stmt | ast.keyword
    is_method: bool = False


def mock_setting(name: str) -> bool:
    """Whether assigning the attribute configures a mock instead of adding something to it."""
    return name in _MOCK_SETTINGS or name.startswith("assert_")


def is_mock(call: ast.Call) -> bool:
    """Whether the call makes a mock."""
    return _last(call.func) in _MOCKS


def of_call(call: ast.Call) -> list[Given] | None:
    """What ``SimpleNamespace(...)``, ``Mock(...)`` or ``type(...)`` give; ``None`` for any other call."""
    if _last(call.func) == "SimpleNamespace":
        return [Given(keyword.arg, keyword) for keyword in call.keywords if keyword.arg]
    if is_mock(call):
        names = {keyword.arg for keyword in call.keywords}
        if names & {"spec", "spec_set", "wraps"} or call.args:
            # Whatever the mock imitates then decides what it has.
            return []
        return [Given(item.arg, item) for item in call.keywords if item.arg and not mock_setting(item.arg)]
    return of_type(call)


def of_type(call: ast.Call) -> list[Given] | None:
    """``type("Context", (), {...})``, the class itself or called."""
    made = call.func if isinstance(call.func, ast.Call) else call
    if _last(made.func) != "type" or len(made.args) != 3 or not isinstance(made.args[2], ast.Dict):  # noqa: PLR2004
        return None
    return [
        Given(key.value, key, isinstance(value, ast.Lambda))
        for key, value in zip(made.args[2].keys, made.args[2].values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    ]


def of_named_tuple(call: ast.Call) -> list[Given] | None:
    """The fields of ``namedtuple("Context", ...)``; ``None`` for any other call."""
    if _last(call.func) != "namedtuple" or len(call.args) != 2:  # noqa: PLR2004  a name and the fields
        return None
    fields = call.args[1]
    if isinstance(fields, ast.Constant) and isinstance(fields.value, str):
        return [Given(name, fields) for name in fields.value.replace(",", " ").split()]
    if isinstance(fields, (ast.List, ast.Tuple)):
        constants = [item for item in fields.elts if isinstance(item, ast.Constant)]
        return [Given(item.value, item) for item in constants if isinstance(item.value, str)]
    return []


def of_class(definition: ast.ClassDef) -> Iterator[Given]:
    """Attributes, properties and methods of a class, without what only its own methods use."""
    own = {
        node.attr
        for node in walk(definition)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and _last(node.value) == "self"
    }
    for given in _members(definition):
        if given.name not in own:
            yield given


def _members(definition: ast.ClassDef) -> Iterator[Given]:
    fields = any(_last(base) in {"NamedTuple", "BaseModel"} for base in definition.bases) or any(
        _last(item.func if isinstance(item, ast.Call) else item) in {"dataclass", "define", "s"}
        for item in definition.decorator_list
    )
    for node in definition.body:
        if isinstance(node, ast.Assign):
            yield from (Given(item.id, item) for item in node.targets if isinstance(item, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if fields or node.value is not None:
                yield Given(node.target.id, node.target)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            decorated = {_last(item) for item in node.decorator_list}
            yield Given(node.name, node, not decorated & {"property", "cached_property"})
            yield from _on_self(node)


def _on_self(method: FunctionNode) -> Iterator[Given]:
    first = next((item.arg for item in [*method.args.posonlyargs, *method.args.args]), None)
    for node in walk(method):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and dotted(node.value) == (first,):
            yield Given(node.attr, node)


def assigned_on(name: str, body: list[ast.stmt]) -> Iterator[Given]:
    """``name.attribute = value`` in a body."""
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == name:
                yield Given(target.attr, target)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for inner in blocks(node):
                yield from assigned_on(name, inner)


def _last(node: ast.expr) -> str:
    parts = dotted(node)
    return parts[-1] if parts else ""
