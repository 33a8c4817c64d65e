"""The nodes that the YAML and JSON readers produce: values that know where they are written.

Nodes are shared, not copied, where YAML has aliases, and an alias may lead back to a node that contains it.  So whoever
walks them must bound the walk; looking up keys with :meth:`Mapping.get` and :meth:`Mapping.items` always ends.
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.model import Span
from vartask.records import dataclass, field

MAX_DEPTH = 200
"""CloudFormation templates nest about 20 deep; anything deeper than this is an attack or a mistake."""

MAX_NODES = 500_000
"""CloudFormation refuses templates above 1 MB, which is some 100,000 nodes."""


class TooLarge(Exception):
    """More levels or values than :data:`MAX_DEPTH` and :data:`MAX_NODES`; ``span`` is where the limit is passed."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.span = span


@dataclass(eq=False, slots=True)
class Scalar:
    """A value as written: ``plain`` without quotes, ``tag`` its explicit tag such as ``!Ref``."""

    value: str
    span: Span
    plain: bool = True
    tag: str | None = None

    @property
    def is_null(self) -> bool:
        """Whether YAML 1.1 reads the value as null."""
        return self.plain and self.tag is None and self.value in {"", "~", "null", "Null", "NULL"}

    @property
    def boolean(self) -> bool | None:
        """The value as a truth value; ``None`` when it is not one in YAML 1.1."""
        word = self.value.lower()
        if word in {"true", "yes", "on"}:
            return True
        return False if word in {"false", "no", "off"} else None


@dataclass(eq=False, slots=True)
class Sequence:
    """A list of nodes."""

    span: Span
    tag: str | None = None
    items: list[Node] = field(default_factory=list, repr=False)  # a repr would expand aliases


@dataclass(eq=False, slots=True)
class Mapping:
    """Pairs in the order of writing; :meth:`get` and :meth:`items` apply merge keys (``<<``).

    Where a key stands twice, the last one counts, as in PyYAML and JSON.
    """

    span: Span
    tag: str | None = None
    pairs: list[tuple[Node, Node]] = field(default_factory=list, repr=False)
    _merged: dict[str, tuple[Scalar, Node]] | None = field(default=None, repr=False)

    def get(self, name: str) -> Node | None:
        """The value under a key."""
        found = self._entries().get(name)
        return found[1] if found is not None else None

    def key(self, name: str) -> Scalar | None:
        """The key itself, for its place."""
        found = self._entries().get(name)
        return found[0] if found is not None else None

    def items(self) -> Iterator[tuple[Scalar, Node]]:
        """Keys and values; keys that are not scalars are left out."""
        yield from self._entries().values()

    def __contains__(self, name: object) -> bool:
        return name in self._entries()

    def __len__(self) -> int:
        return len(self._entries())

    def _entries(self) -> dict[str, tuple[Scalar, Node]]:
        if self._merged is None:
            self._merged = _merge(self)
        return self._merged


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key that stands twice in one mapping, ``owner``."""

    name: str
    span: Span
    first: Span
    owner: Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file; ``root`` is ``None`` when it is empty."""

    root: Node | None
    duplicates: tuple[Duplicate, ...] = ()


def _merge(top: Mapping) -> dict[str, tuple[Scalar, Node]]:
    """Own keys first, then those of merged mappings in their order, each mapping once (merge key type of YAML 1.1)."""
    entries: dict[str, tuple[Scalar, Node]] = {}
    pending = [top]
    seen: set[int] = set()
    while pending:
        mapping = pending.pop()
        if id(mapping) in seen:
            continue
        seen.add(id(mapping))
        own: dict[str, tuple[Scalar, Node]] = {}
        merges: list[Mapping] = []
        for key, value in mapping.pairs:
            if not isinstance(key, Scalar):
                continue
            if key.value == "<<" and key.plain:
                sources = value.items if isinstance(value, Sequence) else [value]
                merges.extend(source for source in sources if isinstance(source, Mapping))
            else:
                own[key.value] = (key, value)
        for name, entry in own.items():
            entries.setdefault(name, entry)
        pending.extend(reversed(merges))
    return entries


class Builder:
    """Makes nodes from a stream of events, without recursion."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._open: list[tuple[Sequence | Mapping, list[Node]]] = []
        self._anchors: dict[str, Node] = {}
        self._duplicates: list[Duplicate] = []
        self._root: Node | None = None
        self._count = 0

    def scalar(self, node: Scalar, anchor: str | None = None) -> None:
        """Add a value."""
        self._add(node, anchor)

    def open(self, node: Sequence | Mapping, anchor: str | None = None) -> None:
        """Start a list or mapping; what follows goes into it until :meth:`close`."""
        if len(self._open) >= MAX_DEPTH:
            raise TooLarge(f"nested more than {MAX_DEPTH} levels deep", node.span)
        self._add(node, anchor)
        self._open.append((node, node.items if isinstance(node, Sequence) else []))

    def close(self) -> None:
        """End the innermost list or mapping."""
        node, items = self._open.pop()
        if isinstance(node, Mapping):
            node.pairs = list(zip(items[::2], items[1::2], strict=True))
            self._find_duplicates(node)

    def alias(self, name: str) -> bool:
        """Add the node of an anchor once more; false when there is none."""
        node = self._anchors.get(name)
        if node is None:
            return False
        self._place(node)
        return True

    def document(self) -> Document:
        """The finished document; the builder is then ready for the next one."""
        done = Document(self._root, tuple(self._duplicates))
        self._root, self._anchors, self._duplicates = None, {}, []
        return done

    def _add(self, node: Node, anchor: str | None) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            raise TooLarge(f"more than {MAX_NODES} values", node.span)
        if anchor is not None:
            self._anchors[anchor] = node
        self._place(node)

    def _place(self, node: Node) -> None:
        if self._open:
            self._open[-1][1].append(node)
        else:
            self._root = node

    def _find_duplicates(self, mapping: Mapping) -> None:
        seen: dict[str, Span] = {}
        for key, _ in mapping.pairs:
            if not isinstance(key, Scalar) or (key.value == "<<" and key.plain):
                continue
            first = seen.setdefault(key.value, key.span)
            if first is not key.span:
                self._duplicates.append(Duplicate(key.value, key.span, first, mapping))
