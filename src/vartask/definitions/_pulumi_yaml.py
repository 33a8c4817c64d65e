"""Pulumi programs in YAML, as what they make.

https://www.pulumi.com/docs/iac/languages-sdks/yaml/yaml-language-reference/.  A resource becomes the same
:class:`~vartask.syntax.program_values.Made` that a program in another language gives.
"""

from __future__ import annotations

from typing import Final

from vartask.model import Span
from vartask.patterns import regex
from vartask.records import dataclass, field
from vartask.syntax.nodes import Mapping, Node, Scalar, Sequence
from vartask.syntax.program_values import Computed, Constant, Fields, Items, Made, Value

_REFERENCE: Final = regex(r"\$\{([^{}]*)\}")
_PATH: Final = regex(r"[A-Za-z_][\w-]*|(?<=\.)[\w-]+")
_ASSETS: Final = {
    "fn::fileArchive": "FileArchive",
    "fn::fileAsset": "FileAsset",
    "fn::stringAsset": "StringAsset",
    "fn::assetArchive": "AssetArchive",
    "fn::remoteArchive": "RemoteArchive",
    "fn::remoteAsset": "RemoteAsset",
}
_OLDER: Final = {f"Fn::{name}": name for name in ("FileArchive", "FileAsset", "StringAsset", "AssetArchive")}
_MAX_DEPTH: Final = 40


@dataclass
class YamlProgram:
    """One program: the document's ``resources``, ``variables`` and ``config``."""

    root: Mapping
    _made: dict[str, Made] = field(default_factory=dict)
    _values: dict[str, Value] = field(default_factory=dict)

    def made(self) -> list[Made]:
        """Every resource, in the order of writing."""
        section = self.root.get("resources")
        names = [key.value for key, _ in section.items()] if isinstance(section, Mapping) else []
        return [found for found in map(self._resource, names) if found is not None]

    def _resource(self, name: str) -> Made | None:
        if name in self._made:
            return self._made[name]
        section = self.root.get("resources")
        node = section.get(name) if isinstance(section, Mapping) else None
        key = section.key(name) if isinstance(section, Mapping) else None
        if not isinstance(node, Mapping) or key is None:
            return None
        kind = node.get("type")
        written = kind.value if isinstance(kind, Scalar) else ""
        made = self._made[name] = Made(_callee(written), key.span, (Constant(name, key.span),), new=True)
        given = node.get("properties")
        keywords = {one.value: self._value(value, 0) for one, value in _pairs(given)}
        options = node.get("options")
        if options is not None:
            keywords["opts"] = self._value(options, 0)
        made.keywords = keywords
        if isinstance(given, Scalar) and not given.is_null:
            made.more = Computed(f"`{given.value}` gives the properties", given.span)
        return made

    def _value(self, node: Node, depth: int) -> Value:
        if depth > _MAX_DEPTH:
            return Computed("it is nested too deep", node.span)
        if isinstance(node, Scalar):
            return self._scalar(node)
        if isinstance(node, Sequence):
            return Items(tuple(self._value(item, depth + 1) for item in node.items), node.span)
        pairs = list(_pairs(node))
        if len(pairs) == 1 and pairs[0][0].value.lower().startswith("fn::"):
            return self._call(pairs[0][0].value, pairs[0][1], depth)
        return Fields({key.value: self._value(value, depth + 1) for key, value in pairs}, node.span)

    def _call(self, name: str, argument: Node, depth: int) -> Value:
        known = _ASSETS.get(name) or _OLDER.get(name)
        if known is None:
            return Computed(f"`{name}` is computed", argument.span)
        return Made(f"pulumi.{known}", argument.span, (self._value(argument, depth + 1),), new=True)

    def _scalar(self, node: Scalar) -> Value:
        if node.is_null:
            return Constant(None, node.span)
        references = _REFERENCE.findall(node.value)
        if not references:
            return Constant(node.value.replace("$${", "${"), node.span)
        if _REFERENCE.fullmatch(node.value):
            return self._reference(references[0], node.span)
        return Computed(f"`{node.value}` is put together when the program runs", node.span)

    def _reference(self, written: str, span: Span) -> Value:
        """``${name}`` and ``${name.property}``: a variable or a resource."""
        name, *rest = _PATH.findall(written) or [""]
        section = self.root.get("variables")
        variable = section.get(name) if isinstance(section, Mapping) else None
        if written == "pulumi.cwd":
            return Constant(".", span)
        if variable is not None and not rest:
            if name not in self._values:
                self._values[name] = Computed(f"`{name}` contains itself", span)
                self._values[name] = self._value(variable, 0)
            return self._values[name]
        made = self._resource(name) if variable is None else None
        if made is None:
            return Computed(f"`${{{written}}}` is known when the program runs", span)
        for part in rest:
            made = Made(f"{made.callee}.{part}", span, receiver=made, member=True)
        return made


def _pairs(node: Node | None) -> list[tuple[Scalar, Node]]:
    return list(node.items()) if isinstance(node, Mapping) else []


def _callee(written: str) -> str:
    """``aws:lambda:Function`` or ``aws:lambda/function:Function`` as the other languages name it."""
    package, *rest = written.split(":")
    parts = [part for piece in rest for part in piece.split("/")]
    return ".".join([f"@pulumi/{package}", *parts]) if rest else written
