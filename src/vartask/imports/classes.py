"""Classes of the project: what they derive from, what their attributes are, and how their instances are made."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from vartask.data.unserializable import EXCEPTIONS
from vartask.imports.objects import (
    UNKNOWN,
    BoundObject,
    ClassObject,
    DescriptorObject,
    ForeignObject,
    FunctionObject,
    InstanceObject,
    Object,
    Scope,
)
from vartask.syntax.python_nodes import walk

if TYPE_CHECKING:
    from vartask.imports.evaluation import Evaluator

_OBJECT = frozenset({"builtins.object", "abc.ABC"})
_EXCEPTIONS = frozenset(f"builtins.{name}" for name in EXCEPTIONS)
"""Built-in bases whose instances are made by calling the class and cannot be turned into JSON."""

_DATACLASS = frozenset({"dataclasses.dataclass", "dataclasses.dataclass()"})


class Classes:
    """Answers about classes."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def defined(self, node: ast.ClassDef, scope: Scope) -> Object:
        """What a class statement binds."""
        generated = False
        for decorator in node.decorator_list:
            made = self._evaluator.value(decorator, scope)
            if not isinstance(made, ForeignObject) or made.name not in _DATACLASS:
                return UNKNOWN
            generated = True
        return ClassObject(node, scope, scope.prefix + node.name, generated)

    def lineage(self, cls: ClassObject) -> list[ClassObject] | None:
        """The class and its bases, nearest first; ``None`` unless it is a single line of known classes."""
        line = [cls]
        while True:
            last = line[-1]
            if last.node.keywords or len(last.node.bases) > 1 or len(line) > 12:  # noqa: PLR2004 - deep enough
                return None
            if not last.node.bases:
                return line
            base = self._evaluator.value(last.node.bases[0], last.scope)
            if isinstance(base, ForeignObject):
                return line if base.name in _OBJECT | _EXCEPTIONS else None
            if not isinstance(base, ClassObject):
                return None
            line.append(base)

    def is_exception(self, cls: ClassObject) -> bool:
        """Whether a class with a known lineage ends in a built-in exception."""
        last = (self.lineage(cls) or [cls])[-1]
        base = self._evaluator.value(last.node.bases[0], last.scope) if last.node.bases else None
        return isinstance(base, ForeignObject) and base.name in _EXCEPTIONS

    def member(self, cls: ClassObject, name: str) -> Object | None:
        """What a class or its bases bind a name to; ``None`` when none does."""
        line = self.lineage(cls)
        if line is None:
            return UNKNOWN
        for item in line:
            home = item.scope.home
            if home.unclear or name in home.stored:
                return UNKNOWN
            body = self._evaluator.homes.table(home, item.node.body)
            inside = Scope(home, body, item.scope, prefix=f"{item.qualname}.", is_class=True)
            if body.stars or name in body.entries:
                return self._evaluator.name(name, inside)
        return None

    def plainly_made(self, cls: ClassObject) -> bool:
        """Whether calling the class certainly gives an instance of it."""
        line = self.lineage(cls)
        if line is None or self.member(cls, "__new__") is not None:
            return False
        names = {part.id for item in line for part in walk(item.node) if isinstance(part, ast.Name)}
        names |= {part.attr for item in line for part in walk(item.node) if isinstance(part, ast.Attribute)}
        replaced = any("__class__" in item.scope.home.stored for item in line)
        return not replaced and not names & {"abstractmethod", "abstractproperty"}

    def attribute(self, holder: ClassObject | InstanceObject, name: str) -> Object:
        """An attribute of a class, or of an instance of one."""
        cls = holder.cls if isinstance(holder, InstanceObject) else holder
        if self.member(cls, "__getattribute__") is not None:
            return UNKNOWN
        found = self.member(cls, name)
        if isinstance(found, DescriptorObject):
            if not isinstance(found.function, FunctionObject):
                return UNKNOWN
            return BoundObject(found.function) if found.kind == "classmethod" else found.function
        if isinstance(found, FunctionObject):
            return BoundObject(found) if isinstance(holder, InstanceObject) else found
        return UNKNOWN if found is None or isinstance(holder, InstanceObject) else found

    def special(self, cls: ClassObject, name: str) -> Object | None:
        """A special method as Python finds it: on the type; ``None`` when there is none."""
        found = self.member(cls, name)
        if isinstance(found, DescriptorObject):
            return found.function if found.kind == "staticmethod" else UNKNOWN
        return BoundObject(found) if isinstance(found, FunctionObject) else found
