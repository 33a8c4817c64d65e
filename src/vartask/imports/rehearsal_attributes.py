"""Attributes and items of the values of a rehearsal."""

from __future__ import annotations

import os
import posixpath

from vartask.data.stdlib_classes import StdlibClass, stdlib_class
from vartask.imports.rehearsal_foreign import in_no_version, member
from vartask.imports.rehearsal_super import above
from vartask.imports.rehearsal_values import (
    UNKNOWN,
    Builtin,
    Class,
    Foreign,
    Function,
    Instance,
    Items,
    Known,
    Maybe,
    Method,
    Module,
    Native,
    Raised,
    Static,
    StdlibObject,
    Super,
    Table,
    Value,
    error,
    plain,
)
from vartask.imports.rehearsal_variables import Variables
from vartask.model import Span

_ENVIRON = frozenset({*dir(os.environ), "encodekey", "decodekey", "encodevalue", "decodevalue", "putenv", "unsetenv"})
"""What ``os.environ`` has (``class _Environ`` of ``os.py``), the same in every version."""

_OBJECTS = {
    name: frozenset(dir(kind))
    for name, kind in (
        ("list", list),
        ("tuple", tuple),
        ("set", set),
        ("dict", dict),
        ("function", type(posixpath.join)),
    )
}


_OF_EVERY_MODULE = frozenset(dir(type(posixpath))) | {
    "__name__", "__file__", "__path__", "__package__", "__spec__", "__loader__", "__cached__", "__builtins__",
}  # fmt: skip
"""Names that every module has, of its own or of its type."""

CIRCULAR = "(most likely due to a circular import)"
_WITH_FILE = 13
_WITH_SUBMODULE = 11
"""The minor versions since which Python's texts name the file of a module that is half done, and its sub-module."""


class Attributes(Variables):
    """Finds attributes and items."""

    def attribute(self, value: Value, name: str, at: Span) -> Value:
        """An attribute of a value.  Raises :class:`Raised` where there certainly is none."""
        if isinstance(value, Module):
            return self._of_module(value, name, at)
        if isinstance(value, Foreign):
            return self._of_foreign(value, name, at)
        if isinstance(value, StdlibObject):
            return self._of_stdlib_object(value.kind, name, at)
        if isinstance(value, Class):
            return self._of_class(value, name, at)
        if isinstance(value, Instance):
            return self._of_instance(value, name, at)
        if isinstance(value, Function):
            return self._of_function(value, name, at)
        if isinstance(value, Super):
            return self._of_super(value, name)
        if isinstance(value, Known):
            return self._of_plain(type(value.value).__name__, dir(value.value), value, name, at)
        if isinstance(value, (Items, Table)):
            kind = value.kind if isinstance(value, Items) else "dict"
            return self._of_plain(kind, _OBJECTS[kind], value, name, at)
        return self.doubt()

    # -- modules ----------------------------------------------------------------------------------

    def special(self, module: Module, name: str) -> Value:
        """What the import system sets on a module."""
        found = module.found
        if name == "__name__":
            return Known(module.name)
        if name == "__file__":
            return Known(found.module.path) if found.entry is not None else UNKNOWN
        if name == "__package__":
            return Known(module.name if found.package is not None else module.name.rpartition(".")[0])
        if name == "__path__" and found.package is not None:
            return Items("list", [Known(directory) for directory in found.package])
        return UNKNOWN

    def _of_module(self, module: Module, name: str, at: Span) -> Value:
        found = module.names.get(name)
        if found is not None:
            return self.doubt() if isinstance(found, Maybe) else found
        if name == "__path__" and module.found.package is None:
            raise error("AttributeError", self.no_attribute(module, name), at)
        if name in _OF_EVERY_MODULE:
            return self.special(module, name)
        hook = module.names.get("__getattr__")
        if hook is not None and name != "__getattr__":
            return self.call(hook, [Known(name)], {}, at) if isinstance(hook, Function) else self.doubt()
        if module.vague:
            return self.doubt()
        raised = error("AttributeError", self.no_attribute(module, name), at)
        raised.kind = "circular" if module.loading else "attribute"
        raised.owner, raised.subject = module.found.module, name
        raise raised

    def no_attribute(self, module: Module, name: str) -> str:
        """Python's text (``Objects/moduleobject.c``)."""
        minor = self.minor
        if module.loading:
            # 3.13 adds the file.
            where = f" from {module.found.module.path!r}" if minor is not None and minor >= _WITH_FILE else ""
            text = f"partially initialized module {module.name!r}{where} has no attribute {name!r}"
            return f"{text} {CIRCULAR}"
        inner = self.loaded.get(f"{module.name}.{name}")
        if isinstance(inner, Module) and inner.loading and (minor is None or minor >= _WITH_SUBMODULE):
            return f"cannot access submodule {name!r} of module {module.name!r} {CIRCULAR}"
        return f"module {module.name!r} has no attribute {name!r}"

    def _of_foreign(self, value: Foreign, name: str, at: Span) -> Value:
        if not value.module:
            if value.path == "os.environ" and not (name.startswith("_") or name in _ENVIRON or self.is_set("os", name)):
                raise error("AttributeError", f"'_Environ' object has no attribute {name!r}", at)
            self._check_class(value.path, name, at)
            self.doubts += 1
            return Foreign(f"{value.path}.{name}")
        patched = self.is_set(value.path, name)
        answer = None if patched else member(value.path, name, self.version)
        if isinstance(answer, str):
            raise error("AttributeError", answer, at)
        self.doubts += answer is None
        if answer is None and not patched and in_no_version(value.path, name):
            self.gap(at, f"`{value.path}` differs between platforms: cannot tell whether it has `{name}`")
        return Foreign(f"{value.path}.{name}", module=answer is True)

    def _check_class(self, path: str, name: str, at: Span) -> None:
        kind = stdlib_class(path)
        if kind is not None and kind.lacks(name) and not self._is_patched(kind, name) and not hasattr(type, name):
            raise error("AttributeError", f"type object {kind.called!r} has no attribute {name!r}", at)

    def _of_stdlib_object(self, kind: StdlibClass, name: str, at: Span) -> Value:
        if not kind.lacks(name) or self._is_patched(kind, name):
            return self.doubt()
        if kind.name.startswith("logging.") and any(value is UNKNOWN for value in self.loaded.values()):
            # Logging libraries add levels, and methods for them, to everybody's loggers.
            self.gap(at, f"`{name}` is no attribute of a `{kind.called}`, unless a package that is imported adds it")
            return self.doubt()
        raise error("AttributeError", f"{kind.called!r} object has no attribute {name!r}", at)

    def _is_patched(self, kind: StdlibClass, name: str) -> bool:
        """Whether the project may have given a class of the standard library, or an object of it, the attribute."""
        return bool({f"{kind.name}.*", kind.name} & self.patched) or self.is_set(kind.name, name)

    def is_set(self, path: str, name: str) -> bool:
        """Whether the project sets an attribute of that name on a module of others, or on something that may be one."""
        if f"{path}.{name}" in self.patched:
            return True
        if name not in self.scene.library.stored:
            return False
        modules = [item for item in self.loaded.values() if isinstance(item, Module)]
        return any(
            name in self.scene.library.facts(item.found.module.source, item.found.entry).stores for item in modules
        )

    # -- classes and their objects ------------------------------------------------------------------

    def _of_class(self, kind: Class, name: str, at: Span) -> Value:
        for item in kind.lineage():
            if not isinstance(item, Class):
                if item == Builtin("object"):
                    continue
                return self.doubt()
            found = item.names.get(name)
            if found is not None:
                if isinstance(found, Maybe) or item.vague or item.made_by_others or _remade(kind, found):
                    return self.doubt()
                if found is UNKNOWN:
                    self.blur(kind)  # a decorator's work, such as a class method, which may set anything on it
                return found.function if isinstance(found, Static) else found
            if item.vague or item.made_by_others:
                return self.doubt()
        if name.startswith("__") or name == "mro":
            return self.doubt()
        raise error("AttributeError", f"type object {kind.name!r} has no attribute {name!r}", at)

    def _of_instance(self, owner: Instance, name: str, at: Span) -> Value:
        found = owner.names.get(name)
        if found is not None:
            return self.doubt() if isinstance(found, Maybe) or owner.vague else found
        try:
            value = self._of_class(owner.kind, name, at)
        except Raised:
            hooked = {"__getattr__", "__getattribute__"} & {
                key for item in owner.kind.lineage() if isinstance(item, Class) for key in item.names
            }
            if hooked or owner.vague:
                return self.doubt()
            raise error("AttributeError", f"{owner.kind.name!r} object has no attribute {name!r}", at) from None
        if value is UNKNOWN:
            self.blur(owner)
        return Method(value, owner) if isinstance(value, Function) and not self._is_static(owner.kind, name) else value

    def _of_super(self, value: Super, name: str) -> Value:
        found = above(value, name)
        if found is None:
            self.blur(value.owner)
            return self.doubt()
        return found

    def _is_static(self, kind: Class, name: str) -> bool:
        return any(isinstance(item, Class) and isinstance(item.names.get(name), Static) for item in kind.lineage())

    def _of_function(self, value: Function, name: str, at: Span) -> Value:
        found = value.names.get(name)
        if found is not None:
            return self.doubt() if isinstance(found, Maybe) else found
        if name in _OBJECTS["function"] or name == "__dict__":
            return self.doubt()
        raise error("AttributeError", f"'function' object has no attribute {name!r}", at)

    def _of_plain(self, kind: str, known: object, value: Value, name: str, at: Span) -> Value:
        names = frozenset(known) if isinstance(known, (list, frozenset)) else frozenset()
        if name not in names:
            raise error("AttributeError", f"{kind!r} object has no attribute {name!r}", at)
        return Native(value, name)

    # -- items ------------------------------------------------------------------------------------

    def item(self, value: Value, key: Value, at: Span) -> Value:
        """``value[key]``."""
        if isinstance(value, Foreign) and value.path == "os.environ":
            return self.needed_variable(key, at)
        if isinstance(value, Table):
            return self._of_table(value, key, at)
        if isinstance(value, (Items, Known)):
            return self._of_sequence(value, key, at)
        return self.doubt()

    def _of_table(self, table: Table, key: Value, at: Span) -> Value:
        try:
            known = plain(key)
        except LookupError:
            return self.doubt()
        if known in table.pairs and not table.vague:
            return table.pairs[known]
        if table.vague:
            return self.doubt()
        raise error("KeyError", repr(known), at)

    def _of_sequence(self, value: Items | Known, key: Value, at: Span) -> Value:
        if isinstance(value, Known) and not isinstance(value.value, (str, bytes)):
            raise error("TypeError", f"{type(value.value).__name__!r} object is not subscriptable", at)
        if not isinstance(key, Known) or not isinstance(key.value, int):
            return self.doubt()
        if isinstance(value, Items):
            if value.vague or value.kind == "set":
                return self.doubt()
            items: list[Value] = value.items
            kind = value.kind
        else:
            items = [Known(char) for char in value.value] if isinstance(value.value, str) else []
            kind = "string"
            if not isinstance(value.value, str):
                return self.doubt()
        if -len(items) <= key.value < len(items):
            return items[key.value]
        raise error("IndexError", f"{kind} index out of range", at)


def _remade(kind: Class, value: Value) -> bool:
    """Whether a metaclass that is not seen may have put something else in the place of a class attribute."""
    strange = any(not isinstance(item, (Class, Builtin)) for item in kind.lineage())
    return strange and not isinstance(value, (Function, Static))
