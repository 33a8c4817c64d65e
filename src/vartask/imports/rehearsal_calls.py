"""Calls of a rehearsal: functions and classes of the project, and the few of others that matter for imports."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from vartask.imports.rehearsal_files import Files
from vartask.imports.rehearsal_foreign import DATACLASS, EXITS, NEEDS_TEXT, SAME, exit_text, made, modules_in
from vartask.imports.rehearsal_natives import call_native
from vartask.imports.rehearsal_super import at_stake, super_of
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
    Method,
    Module,
    Names,
    Native,
    Raised,
    Scope,
    Static,
    Value,
    ancestry,
    builtin_exception,
    error,
    plain,
    wrapped,
)
from vartask.model import Span

_DEEPEST = 25
_WITHOUT_REAL = 9
_MOST = 60
_HARMLESS = frozenset(
    {"isinstance", "issubclass", "hasattr", "callable", "type", "id", "sorted", "enumerate", "zip", "object"}
)
"""Builtins that change nothing of what they are given."""

_ENVIRONMENT = frozenset({"os.getenv", "os.environ.get", "os.environ.setdefault", "os.environ.update", "os.putenv"})

_PURE = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "len": len,
    "repr": repr,
    "abs": abs,
    "ord": ord,
    "chr": chr,
}
"""Builtins whose result on known values is computed; none has an effect."""


MODULE_INFO = Class("ModuleInfo", [], {})
"""``pkgutil.ModuleInfo``, a named tuple."""


class Calls(Files):
    """Calls values."""

    def _call(self, node: ast.Call, scope: Scope) -> Value:
        function = self.evaluate(node.func, scope)
        arguments, complete = self._elements(node.args, scope)
        named: Names = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value, scope)
            if keyword.arg is None:
                complete = False
            else:
                named[keyword.arg] = value
        at = self.place(node, scope)
        special = self._special_call(node, function, arguments, named, scope)
        if special is not None:
            return special
        if not complete:
            for value in (*arguments, *named.values()):
                self.blur(value)
            return self.doubt()
        return self.call(function, arguments, named, at)

    def _special_call(
        self, node: ast.Call, function: Value, arguments: list[Value], named: Names, scope: Scope
    ) -> Value | None:
        """Calls that depend on where they stand."""
        answer = self.files(node, function, arguments, scope)
        if answer is not None:
            return answer
        if isinstance(function, Foreign):
            if function.path == "importlib.import_module":
                return self._import_module(node, arguments, named, scope)
            if function.path in {"sys.path.append", "sys.path.insert", "sys.path.extend", "site.addsitedir"}:
                self.edit_path(function.path, node, arguments, scope)
                return NONE
        if isinstance(function, Builtin):
            if function.name == "__import__" and arguments and isinstance(arguments[0], Known) and len(arguments) == 1:
                name = str(arguments[0].value)
                self.import_name(name, self.place(node, scope), scope)
                return self.loaded.get(name.partition(".")[0], UNKNOWN)
            if function.name in {"globals", "vars", "locals", "exec", "eval"}:
                return self._own_names(node, function.name, scope)
            if function.name == "super":
                return self._super(arguments, scope)
        return None

    def _super(self, arguments: list[Value], scope: Scope) -> Value:
        found = super_of(arguments, scope)
        if found is not None:
            return found
        for value in at_stake(arguments, scope):
            self.blur(value)
        return self.doubt()

    def _own_names(self, node: ast.Call, name: str, scope: Scope) -> Value:
        """Namespaces given away, and code that is not seen."""
        found = scope.module.found
        given_away = self.scene.library.facts(found.module.source, found.entry).dynamic is not None
        if name in {"exec", "eval"} or (given_away and not node.args):
            scope.module.vague = True
        return self.doubt()

    def _import_module(self, node: ast.Call, arguments: list[Value], named: Names, scope: Scope) -> Value:
        """``importlib.import_module`` (``importlib/__init__.py``)."""
        at = self.place(node, scope)
        name = arguments[0] if arguments else named.get("name", UNKNOWN)
        package = arguments[1] if len(arguments) > 1 else named.get("package", NONE)
        if not isinstance(name, Known) or not isinstance(name.value, str):
            return self.doubt()
        text = name.value
        if text.startswith("."):
            if not isinstance(package, Known):
                return self.doubt()
            if not package.value:
                words = f"the 'package' argument is required to perform a relative import for {text!r}"
                raise error("TypeError", words, at)
            level = len(text) - len(text.lstrip("."))
            parts = str(package.value).split(".")
            if level > len(parts):
                raise error("ImportError", "attempted relative import beyond top-level package", at)
            base = ".".join(parts[: len(parts) - level + 1])
            text = f"{base}.{text[level:]}" if text[level:] else base
        if not text:
            raise error("ValueError", "Empty module name", at)
        value = self.import_name(text, at, scope)
        if self.certain:
            self.worked.append(at)
            self.imported.setdefault(at, set()).add(text)
        return value

    def iterate(self, value: Value) -> list[Value] | None:
        """The items of an iterable, when they are known."""
        if isinstance(value, Instance) and value.kind is MODULE_INFO:
            return list(value.names.values())
        return super().iterate(value)

    def edit_path(self, how: str, node: ast.Call, arguments: list[Value], scope: Scope) -> None:
        """``sys.path`` gets new entries."""
        raise NotImplementedError

    # -- calling ----------------------------------------------------------------------------------

    def call(self, function: Value, arguments: list[Value], named: Mapping[str, Value], at: Span) -> Value:
        """Call a value with all its arguments known to be these."""
        self.tick()
        if isinstance(function, (Method, Static)):
            first = [function.owner] if isinstance(function, Method) else []
            return self.call(function.function, [*first, *arguments], named, at)
        if isinstance(function, Function):
            return self._function(function, arguments, named, at)
        if isinstance(function, Class):
            return self._class(function, arguments, named, at)
        if isinstance(function, Instance):
            return self.call(self._of_class_call(function, at), arguments, named, at)
        if isinstance(function, (Module, Known)):
            kind = "module" if isinstance(function, Module) else type(function.value).__name__
            raise error("TypeError", f"{kind!r} object is not callable", at)
        return self._others(function, arguments, named, at)

    def _others(self, function: Value, arguments: list[Value], named: Mapping[str, Value], at: Span) -> Value:
        """Call what is Python's own, or nobody knows what."""
        known: Value | None = None
        if isinstance(function, Builtin):
            known = self._builtin(function.name, arguments, named, at)
        elif isinstance(function, Native):
            known = call_native(self, function, arguments, named)
        elif isinstance(function, Foreign):
            known = self._foreign(function, arguments, named, at)
        if known is not None:
            return known
        for value in (*arguments, *named.values()):
            self.blur(value)
        return self.doubt()

    def _of_class_call(self, owner: Instance, at: Span) -> Value:
        try:
            return self.attribute(owner, "__call__", at)
        except Raised:
            raise error("TypeError", f"{owner.kind.name!r} object is not callable", at) from None

    def _foreign(self, function: Foreign, arguments: list[Value], named: Mapping[str, Value], at: Span) -> Value | None:
        path = function.path
        if path in EXITS:
            raise error("SystemExit", exit_text(arguments), at)
        if path in SAME and len(arguments) == 1:
            return arguments[0]
        if path in DATACLASS and arguments and isinstance(arguments[0], Class):
            arguments[0].made_by_others = True
            return arguments[0]
        if path in DATACLASS or path == "functools.wraps":
            return Foreign("functools.wraps()" if path == "functools.wraps" else "dataclasses.dataclass()")
        if path.startswith("os.") and path in _ENVIRONMENT:
            return self._environment(path, arguments, named, at)
        if path == "pkgutil.iter_modules":
            return self._modules_in(arguments[0] if arguments else named.get("path", NONE))
        if path == "contextlib.suppress":
            return Items("suppress", arguments)
        if function.module:
            raise error("TypeError", "'module' object is not callable", at)
        if path in NEEDS_TEXT and arguments[:1] == [NONE] and not self.is_set(*path.rsplit(".", 1)):
            raise error("TypeError", NEEDS_TEXT[path], at)
        return self._made(path, arguments, named)

    def _made(self, path: str, arguments: list[Value], named: Mapping[str, Value]) -> Value | None:
        found = made(path, arguments)
        if path == "logging.setLoggerClass":
            self.patched.add("logging.Logger.*")
        if found is not None:
            for value in (*arguments, *named.values()):
                self.blur(value)
            self.doubts += 1  # whether it takes these arguments is not known
        return found

    def _environment(self, path: str, arguments: list[Value], named: Mapping[str, Value], at: Span) -> Value | None:
        """Functions that read or set environment variables."""
        if path in {"os.getenv", "os.environ.get"}:
            default = arguments[1] if len(arguments) > 1 else named.get("default", NONE)
            return self.variable_or(arguments[0], default, at) if arguments else UNKNOWN
        self.set_variable(arguments[0] if arguments and path != "os.environ.update" else UNKNOWN)
        return None

    def _modules_in(self, directories: Value) -> Value:
        """``pkgutil.iter_modules`` of directories: a ``ModuleInfo`` for every module, sorted by file name."""
        places = self.iterate(directories)
        found: list[Value] = []
        for place in places or ():
            names = modules_in(self.scene.tree, str(place.value)) if isinstance(place, Known) else None
            if names is None:
                return self.doubt()
            for name, package in names:
                parts: Names = {"module_finder": UNKNOWN, "name": Known(name), "ispkg": Known(package)}
                found.append(Instance(MODULE_INFO, parts))
        return Items("list", found) if places is not None else self.doubt()

    def _builtin(self, name: str, arguments: list[Value], named: Mapping[str, Value], at: Span) -> Value | None:
        if name in {"exit", "quit"}:
            raise error("SystemExit", exit_text(arguments), at)
        if builtin_exception(name) is not None:
            return exception(Builtin(name), name, arguments)
        if name == "getattr" and len(arguments) in {2, 3} and isinstance(arguments[1], Known):
            return self._getattr(arguments, at)
        if name == "staticmethod" and arguments:
            return Static(arguments[0])
        if name in _PURE and len(arguments) == 1 and not named:
            return self._pure(name, arguments[0], at)
        if name in {"list", "tuple", "range"}:
            return self._sequence(name, arguments)
        if name == "print":
            return NONE
        return self.doubt() if name in _HARMLESS else None

    def _sequence(self, name: str, arguments: list[Value]) -> Value:
        if name == "range":
            numbers = [item.value for item in arguments if isinstance(item, Known) and isinstance(item.value, int)]
            if not arguments or len(numbers) < len(arguments) or len(range(*numbers)) > _MOST:
                return self.doubt()
            return Items("list", [Known(number) for number in range(*numbers)])
        items = self.iterate(arguments[0]) if arguments else []
        return Items(name, items) if items is not None else self.doubt()

    def _pure(self, name: str, value: Value, at: Span) -> Value:
        if name == "len" and isinstance(value, Items) and not value.vague:
            return Known(len(value.items))
        try:
            known = plain(value)
        except LookupError:
            return self.doubt()
        try:
            return wrapped(_PURE[name](known))  # type: ignore[operator]
        except (TypeError, ValueError) as problem:
            raise error(type(problem).__name__, self._words(str(problem)), at) from None

    def _words(self, text: str) -> str | None:
        """An error of ``int`` or ``float`` as the target says it: up to 3.9 without ``real``."""
        if " real number" not in text or (self.minor is not None and self.minor > _WITHOUT_REAL):
            return text
        return None if self.minor is None else text.replace(" real number", " number")

    def _getattr(self, arguments: list[Value], at: Span) -> Value:
        name = arguments[1]
        try:
            return self.attribute(arguments[0], str(name.value if isinstance(name, Known) else ""), at)
        except Raised as raised:
            if len(arguments) > 2 and raised.error.name == "AttributeError":  # noqa: PLR2004 - the default
                return arguments[2]
            raise

    # -- functions of the project -------------------------------------------------------------------

    def _function(self, function: Function, arguments: list[Value], named: Mapping[str, Value], at: Span) -> Value:
        from vartask.imports.rehearsal_signatures import bound, is_generator, local_names

        names = bound(self, function, arguments, named, at)
        node = function.node
        if self.depth > _DEEPEST or is_generator(node):
            return self.doubt()
        local = local_names(node)
        scope = Scope(
            function.scope.module,
            names,
            function.scope if function.scope.local is not None else None,
            local.bound,
            local.declared,
            function.qualname,
        )
        if isinstance(node, ast.Lambda):
            return self.evaluate(node.body, scope)
        self.depth += 1
        try:
            self.execute(node.body, scope)
            value: Value = NONE
        except Left as left:
            value = left.value
        except Raised:
            if not scope.left_perhaps:
                raise
            value = self.doubt()
        finally:
            self.depth -= 1
        return UNKNOWN if scope.left_perhaps else value

    def _class(self, kind: Class, arguments: list[Value], named: Mapping[str, Value], at: Span) -> Value:
        if ancestry(kind) is not None:
            own = any(
                "__init__" in item.names or "__str__" in item.names
                for item in kind.lineage()
                if isinstance(item, Class)
            )
            made = exception(kind, kind.name, arguments)
            return Error(kind, kind.name, None, arguments) if own else made
        lineage = list(kind.lineage())
        strange = kind.vague or any(
            not isinstance(item, (Class, Builtin))
            or (isinstance(item, Class) and (item.made_by_others or "__new__" in item.names))
            for item in lineage
        )
        made_by = next(
            (item.names["__init__"] for item in lineage if isinstance(item, Class) and "__init__" in item.names), None
        )
        made_object = Instance(kind, {}, vague=strange)
        if isinstance(made_by, Function):
            if strange:
                self.doubts += 1
            self._function(made_by, [made_object, *arguments], named, at)
        elif (
            made_by is not None
            or strange
            or any(isinstance(item, Builtin) and item.name != "object" for item in lineage)
        ):
            self.doubts += 1
            made_object.vague = True
            return UNKNOWN
        elif arguments or named:
            raise error("TypeError", f"{kind.name}() takes no arguments", at)
        return made_object


def exception(kind: Value, name: str, arguments: list[Value]) -> Error:
    """An exception object; its text as ``BaseException.__str__`` and the few that have their own would give it."""
    base = ancestry(kind)
    try:
        values = [plain(item) for item in arguments]
        text: str | None = "" if not values else str(values[0]) if len(values) == 1 else str(tuple(values))
        if base is not None and issubclass(base, KeyError) and len(values) == 1:
            text = repr(values[0])
        if base is not None and issubclass(base, (OSError, UnicodeError, SyntaxError)) and len(values) > 1:
            text = None
    except LookupError:
        text = None
    if base is not None and issubclass(base, SystemExit):
        text = exit_text(arguments)
    return Error(kind, name, text, arguments)
