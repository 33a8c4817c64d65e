"""The functions that a Chalice application registers, found in its source without running it.

``app.py`` makes an object ``app = Chalice(...)``; its decorators, and those of the blueprints that it registers,
declare functions (https://aws.github.io/chalice/api.html, chalice/app.py and chalice/deploy/appgraph.py of 1.34).
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator

from vartask.model import Gap, Span
from vartask.project import Project, Unreadable
from vartask.records import dataclass, field
from vartask.syntax.python import parse, span_of
from vartask.syntax.python_nodes import walk

OWN_FUNCTION = frozenset(
    {
        *("lambda_function", "schedule", "on_s3_event", "on_sns_message", "on_sqs_message", "on_cw_event"),
        *("on_kinesis_record", "on_dynamodb_record"),
    }
)
"""Each of these makes a Lambda function of its own."""

WEBSOCKET = {
    "on_ws_connect": "websocket_connect",
    "on_ws_disconnect": "websocket_disconnect",
    "on_ws_message": "websocket_message",
}
API = "api_handler"
CLASSES = frozenset({"Chalice", "Blueprint"})
MAX_IMPORTS = 10
"""Modules that import a name from each other in a circle end here."""

REGISTERED = OWN_FUNCTION | WEBSOCKET.keys() | {"route", "authorizer"}


@dataclass(frozen=True, slots=True)
class Registered:
    """One function of the application: the name of its resource, its handler, and where that is written."""

    name: str
    handler: str
    span: Span


@dataclass(slots=True)
class Registrations:
    """The functions of an application, and what could not be decided about them."""

    functions: list[Registered] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Object:
    """An application or a blueprint: the module and the name that it is first bound to."""

    module: str
    name: str
    kind: str
    node: ast.Call


@dataclass(frozen=True, slots=True)
class _Use:
    """``@name.kind(...)`` on a function of a module."""

    owner: _Object
    kind: str
    call: ast.Call
    function: ast.FunctionDef | ast.AsyncFunctionDef
    path: str


class Application:
    """The modules of one application below ``root``: ``app.py`` and what it imports of its own."""

    def __init__(self, project: Project, root: str) -> None:
        self.project = project
        self.root = root
        self._trees: dict[str, ast.Module | None] = {}

    def read(self) -> Registrations:
        """Everything that the application registers."""
        found = Registrations()
        app = self._resolve("app", "app")
        if app is None or app.kind != "Chalice":
            path = self.path("app") or posixpath.join(self.root, "app.py")
            found.gaps.append(Gap(Span(path), "no `app = Chalice(...)` is found here: its functions are not known"))
            return found
        prefixes = self._blueprints(app, found)
        uses = [use for module in self._modules() for use in self._uses(module)]
        authorizers: list[Registered] = []
        routed = False
        for use in uses:
            if use.owner != app and use.owner not in prefixes:
                continue
            prefix = "" if use.owner == app else prefixes[use.owner]
            made = self._registered(use, app, prefix)
            routed = routed or use.kind == "route"
            if use.kind in OWN_FUNCTION or use.kind in WEBSOCKET:
                found.functions.append(made)
            elif use.kind == "authorizer":
                authorizers.append(made)
        if routed:
            # An authorizer belongs to the REST API, which only routes make.
            span = span_of(app.node, self.path(app.module) or "app.py")
            found.functions += [Registered(API, "app.app", span), *authorizers]
        self._calls(found)
        return found

    # -- modules -------------------------------------------------------------------------------------------

    def path(self, module: str) -> str | None:
        """The file of one of the application's modules."""
        stem = posixpath.normpath(posixpath.join(self.root, module.replace(".", "/")))
        return next((one for one in (f"{stem}.py", f"{stem}/__init__.py") if self.project.is_file(one)), None)

    def _tree(self, module: str) -> ast.Module | None:
        if module not in self._trees:
            path = self.path(module)
            try:
                data = self.project.read_bytes(path) if path is not None else b""
            except Unreadable:
                data = b""
            self._trees[module] = parse(data, path or module).tree if path is not None else None
        return self._trees[module]

    def _modules(self) -> list[str]:
        """``app`` and every module that it imports of its own, in that order."""
        found = ["app"]
        for module in found:
            tree = self._tree(module)
            for node in walk(tree) if tree is not None else ():
                for name in _imported(node, module, is_package=self._is_package(module)):
                    if self.path(name) is not None and name not in found:
                        found.append(name)
        return found

    def _is_package(self, module: str) -> bool:
        return (self.path(module) or "").endswith("/__init__.py")

    def _resolve(self, module: str, name: str, depth: int = 0) -> _Object | None:
        """What object a module's name is, through its imports."""
        tree = self._tree(module)
        if tree is None or depth > MAX_IMPORTS:
            return None
        for node in walk(tree):
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                found = self._assigned(node, module, name)
            elif isinstance(node, ast.ImportFrom):
                found = self._from(node, module, name, depth)
            elif isinstance(node, ast.Import):
                found = self._through(node, name, depth)
            else:
                continue
            if found is not None:
                return found
        return None

    def _assigned(self, node: ast.Assign | ast.AnnAssign, module: str, name: str) -> _Object | None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        value = node.value
        if not isinstance(value, ast.Call) or not any(isinstance(one, ast.Name) and one.id == name for one in targets):
            return None
        kind = self._class(module, _dotted(value.func) or "", 0)
        return _Object(module, name, kind, value) if kind is not None else None

    def _class(self, module: str, name: str, depth: int) -> str | None:
        """Which of Chalice's classes a name is, or a class of the project's own is made from."""
        last = name.rpartition(".")[2]
        if last in CLASSES:
            return last
        tree = self._tree(module)
        if tree is None or depth > MAX_IMPORTS:
            return None
        for node in walk(tree):
            if isinstance(node, ast.ClassDef) and node.name == name:
                bases = (self._class(module, _dotted(base) or "", depth + 1) for base in node.bases)
                return next((base for base in bases if base is not None), None)
            if isinstance(node, ast.ImportFrom):
                base = _base(node, module, is_package=self._is_package(module))
                for alias in node.names:
                    if base is not None and (alias.asname or alias.name) == name:
                        return self._class(base, alias.name, depth + 1)
        return None

    def _from(self, node: ast.ImportFrom, module: str, name: str, depth: int) -> _Object | None:
        """``from base import name``, where the name is an object or a module that holds it."""
        head, _, rest = name.partition(".")
        base = _base(node, module, is_package=self._is_package(module))
        for alias in node.names:
            if alias.name == "*" and base and self.path(base) is not None:
                found = self._resolve(base, name, depth + 1)
                if found is not None:
                    return found
            if (alias.asname or alias.name) != head or base is None:
                continue
            inner = f"{base}.{alias.name}" if base else alias.name
            if not rest:
                return self._resolve(base, alias.name, depth + 1)
            if self.path(inner) is not None:
                return self._resolve(inner, rest, depth + 1)
        return None

    def _through(self, node: ast.Import, name: str, depth: int) -> _Object | None:
        """``import package.module``: the object's name stands behind the module's."""
        for alias in node.names:
            prefix = f"{alias.asname or alias.name}."
            if name.startswith(prefix) and self.path(alias.name) is not None:
                return self._resolve(alias.name, name[len(prefix) :], depth + 1)
        return None

    # -- registrations -------------------------------------------------------------------------------------

    def _blueprints(self, app: _Object, found: Registrations) -> dict[_Object, str]:
        """The blueprints that are registered, each with the prefix of its names."""
        prefixes: dict[_Object, str] = {}
        for module in self._modules():
            tree = self._tree(module)
            for node in walk(tree) if tree is not None else ():
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                    continue
                if node.func.attr != "register_blueprint" or self._owner(module, node.func.value) != app:
                    continue
                given = node.args[0] if node.args else _keyword(node, "blueprint")
                blueprint = self._owner(module, given) if given is not None else None
                if blueprint is None:
                    reason = "which blueprint is registered here is not known: its functions are not checked"
                    found.gaps.append(Gap(span_of(node, self.path(module) or ""), reason))
                else:
                    prefix = node.args[1] if len(node.args) > 1 else _keyword(node, "name_prefix")
                    prefixes[blueprint] = _text(prefix) or ""
        return prefixes

    def _owner(self, module: str, node: ast.expr) -> _Object | None:
        name = _dotted(node)
        return self._resolve(module, name) if name is not None else None

    def _uses(self, module: str) -> Iterator[_Use]:
        tree, path = self._tree(module), self.path(module)
        for node in walk(tree) if tree is not None else ():
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            for decorator in node.decorator_list:
                if not (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)):
                    continue
                kind = decorator.func.attr
                owner = self._owner(module, decorator.func.value) if kind in REGISTERED else None
                if owner is not None and path is not None:
                    yield _Use(owner, kind, decorator, node, path)

    def _registered(self, use: _Use, app: _Object, prefix: str) -> Registered:
        """The handler of a blueprint's function is in the module that the blueprint is told it is in."""
        named = _text(_keyword(use.call, "name")) or use.function.name
        if use.kind == "lambda_function" and use.call.args:
            named = _text(use.call.args[0]) or named
        module = "app" if use.owner == app else self._import_name(use.owner)
        name = WEBSOCKET.get(use.kind) or f"{prefix}{named}"
        return Registered(name, f"{module}.{use.function.name}", span_of(use.call, use.path))

    def _import_name(self, blueprint: _Object) -> str:
        given = blueprint.node.args[0] if blueprint.node.args else _keyword(blueprint.node, "import_name")
        return _text(given) or blueprint.module

    def _calls(self, found: Registrations) -> None:
        """``app.schedule(...)(function)``: which function that is may be computed."""
        for module in self._modules():
            tree, path = self._tree(module), self.path(module) or ""
            for node in walk(tree) if tree is not None else ():
                outer = node.func if isinstance(node, ast.Call) else None
                if not (isinstance(outer, ast.Call) and isinstance(outer.func, ast.Attribute)):
                    continue
                kind = outer.func.attr
                if kind in OWN_FUNCTION and self._owner(module, outer.func.value) is not None:
                    reason = f"a function is registered by a call of `{kind}`: it is not checked"
                    found.gaps.append(Gap(span_of(outer, path), reason))


def _imported(node: ast.AST, module: str, *, is_package: bool) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            parts = alias.name.split(".")
            yield from (".".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    elif isinstance(node, ast.ImportFrom):
        base = _base(node, module, is_package=is_package)
        if base is not None:
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names if base)


def _base(node: ast.ImportFrom, module: str, *, is_package: bool) -> str | None:
    """The module that names are imported from; ``None`` above the application."""
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    up = node.level - (1 if is_package else 0)
    if up > len(parts):
        return None
    return ".".join([*parts[: len(parts) - up], *([node.module] if node.module else [])])


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before is not None else None
    return None


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
