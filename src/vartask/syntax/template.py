"""A CloudFormation or SAM template: its sections and resources, before anything is made of them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from vartask.model import Span
from vartask.records import dataclass
from vartask.syntax.cloudformation import Evaluator, Known, Unresolved, is_written_out, shown
from vartask.syntax.nodes import Document, Duplicate, Node, Scalar, Sequence
from vartask.syntax.nodes import Mapping as Map

_MAX_ROUNDS: Final = 500
"""A template may hold 500 resources (AWS quota), so loops that go round more often are no template's."""

_KNOWN_TRANSFORMS: Final = ("AWS::Serverless-", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen")
"""Macros whose effect on functions is known; any other may rewrite whatever it likes."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: its logical id, where that is written, and how to evaluate what it holds."""

    name: str
    span: Span
    body: Map
    evaluator: Evaluator

    @property
    def type(self) -> str | None:
        """The resource's type, such as ``AWS::Lambda::Function``."""
        node = self.body.get("Type")
        return node.value if isinstance(node, Scalar) else None

    @property
    def properties(self) -> Map:
        """The ``Properties`` section, empty where there is none."""
        return self._section("Properties")

    @property
    def metadata(self) -> Map:
        """The ``Metadata`` section, empty where there is none."""
        return self._section("Metadata")

    def _section(self, name: str) -> Map:
        node = self.body.get(name)
        return node if isinstance(node, Map) else Map(self.span)


@dataclass(frozen=True, slots=True)
class Template:
    """The parts of a template that functions are made from; ``section`` is its ``Resources``.

    ``open_ended`` says that something at deployment may add properties to any function: a macro that is not known, or
    an ``Fn::Transform`` in ``Globals``.
    """

    path: str
    section: Map
    resources: tuple[Resource, ...]
    unresolved: tuple[Unresolved, ...]
    evaluator: Evaluator
    function_globals: Map
    serverless: bool
    duplicates: tuple[Duplicate, ...]
    outputs: Map
    open_ended: bool = False


def as_template(
    document: Document,
    path: str,
    elsewhere: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
) -> Template | None:
    """The template that a document is; ``None`` when it is something else.

    ``elsewhere`` maps parameters that something outside sets to the reason why their default does not count, ``given``
    to the value that it sets.
    """
    root = document.root
    section = root.get("Resources") if isinstance(root, Map) else None
    if not isinstance(root, Map) or not isinstance(section, Map):
        return None
    evaluator = Evaluator(
        _mapping(root, "Parameters"),
        _mapping(root, "Mappings"),
        elsewhere or {},
        conditions=_mapping(root, "Conditions"),
        given=given or {},
    )
    found: list[Resource] = []
    unresolved: list[Unresolved] = []
    transforms = list(_transforms(root))
    for item in _resources(section, evaluator):
        if isinstance(item, Resource):
            found.append(item)
        else:
            unresolved.append(item)
    macros = [(name, span) for name, span in transforms if not name.startswith(_KNOWN_TRANSFORMS)]
    for name, span in macros:
        unresolved.append(Unresolved(f"the macro `{shown(name)}` may change the template at deployment", span))
    shared = _mapping(root, "Globals")
    globals_ = shared.get("Function") if shared is not None else None
    return Template(
        path=path,
        section=section,
        resources=tuple(found),
        unresolved=tuple(unresolved),
        evaluator=evaluator,
        function_globals=globals_ if isinstance(globals_, Map) else Map(Span(path)),
        serverless=any(name.startswith("AWS::Serverless-") for name, _ in transforms),
        duplicates=document.duplicates,
        outputs=_mapping(root, "Outputs") or Map(Span(path)),
        open_ended=bool(macros) or not _is_plain(root.get("Globals")) or not _is_plain(globals_),
    )


def _mapping(parent: Map | None, name: str) -> Map | None:
    node = parent.get(name) if parent is not None else None
    return node if isinstance(node, Map) else None


def _is_plain(node: Node | None) -> bool:
    """Whether a section is absent or written out, with nothing that is put in at deployment."""
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return True
    return is_written_out(node)


def _transforms(root: Map) -> Iterator[tuple[str, Span]]:
    node = root.get("Transform")
    for item in node.items if isinstance(node, Sequence) else [node]:
        name = item.get("Name") if isinstance(item, Map) else item
        if isinstance(name, Scalar) and not name.is_null:
            yield name.value, name.span


def _resources(section: Map, evaluator: Evaluator, rounds: int = 1) -> Iterator[Resource | Unresolved]:
    """The resources of a section, with ``Fn::ForEach`` unrolled where its collection is known.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
    """
    for key, value in section.items():
        if key.value.startswith("Fn::ForEach::"):
            yield from _unrolled(key, value, evaluator, rounds)
        elif key.value == "Fn::Transform":
            yield Unresolved("`Fn::Transform` adds resources at deployment", key.span)
        elif isinstance(value, Map):
            yield Resource(evaluator.in_scope(key.value), key.span, value, evaluator)


def _unrolled(key: Scalar, value: Node, evaluator: Evaluator, rounds: int) -> Iterator[Resource | Unresolved]:
    parts = value.items if isinstance(value, Sequence) else []
    if len(parts) != 3 or not isinstance(parts[0], Scalar) or not isinstance(parts[2], Map):  # noqa: PLR2004
        yield Unresolved(f"`{shown(key.value)}` takes a name, a list and resources", key.span)
        return
    items = evaluator.elements(parts[1])
    texts = [evaluator.text(item) for item in items] if isinstance(items, list) else [None]
    values = [text.value for text in texts if isinstance(text, Known)]
    if len(values) != len(texts) or rounds * len(values) > _MAX_ROUNDS:
        yield Unresolved(f"the resources of `{shown(key.value)}` are known at deployment only", key.span)
        return
    for item in values:
        yield from _resources(parts[2], evaluator.within(parts[0].value, item), rounds * max(2, len(values)))
