r"""A YAML reader that keeps positions and tags, and that no input can blow up.

It works on PyYAML's events rather than its node graph: composing recurses once per level (in C, where too many levels
end the process), events do not.  Aliases are shared nodes, never copies, so anchors that would expand to gigabytes cost
nothing.  A file that is JSON is read by the JSON reader, since libyaml rejects legal JSON (``"\ud83d\ude00"``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vartask.model import Span
from vartask.syntax.json import JsonError, read_json
from vartask.syntax.nodes import Builder, Document, Mapping, Scalar, Sequence, TooLarge

if TYPE_CHECKING:
    import yaml


class YamlError(Exception):
    """The text is not YAML: one line that says what is wrong, and where."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


def read_yaml(text: str, path: str) -> tuple[Document, ...]:
    """Every document of a YAML (or JSON) text; ``path`` goes into the spans.

    Raises :class:`YamlError`.
    """
    looks_like_json = text.lstrip()[:1] in {"{", "["}
    try:
        if looks_like_json:
            return (read_json(text, path),)
    except JsonError as error:
        # A flow mapping may be YAML without being JSON; a file that says it is JSON has no such excuse.
        if path.endswith(".json"):
            raise YamlError(error.message, error.span) from None
    except TooLarge as error:
        raise YamlError(str(error), error.span) from None
    return _read(text.replace("\t", " ") if looks_like_json else text, path)


def _read(text: str, path: str) -> tuple[Document, ...]:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    documents: list[Document] = []
    builder = Builder(path)
    try:
        for event in yaml.parse(text, Loader=loader):
            document = _take(builder, event, path)
            if document is not None:
                documents.append(document)
    except yaml.YAMLError as error:
        raise _plain_words(error, text, path) from None
    except TooLarge as error:
        raise YamlError(str(error), error.span) from None
    except RecursionError:  # only the pure Python scanner recurses
        raise YamlError("nested too deep", Span(path)) from None
    return tuple(documents)


def _take(builder: Builder, event: yaml.Event, path: str) -> Document | None:
    """Feed one event to the builder; the document that it ends, if it ends one."""
    import yaml

    if isinstance(event, yaml.ScalarEvent):
        builder.scalar(Scalar(event.value, _span(event, path), not event.style, _tag(event)), event.anchor)
    elif isinstance(event, yaml.MappingStartEvent):
        builder.open(Mapping(_span(event, path), _tag(event)), event.anchor)
    elif isinstance(event, yaml.SequenceStartEvent):
        builder.open(Sequence(_span(event, path), _tag(event)), event.anchor)
    elif isinstance(event, yaml.CollectionEndEvent):
        builder.close()
    elif isinstance(event, yaml.AliasEvent):
        if not builder.alias(event.anchor or ""):
            raise YamlError(f"`*{event.anchor}` refers to an anchor that is not defined", _span(event, path))
    elif isinstance(event, yaml.DocumentEndEvent):
        return builder.document()
    return None


def _tag(event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> str | None:
    return event.tag if event.tag not in {None, "!"} else None


def _span(event: yaml.Event, path: str) -> Span:
    # Typed as optional, but the readers used here always mark.
    start: Any = event.start_mark
    end: Any = event.end_mark
    # A block scalar or a collection ends where the next token starts, which says nothing about itself.
    if getattr(event, "style", "|") in {"|", ">"}:
        return Span(path, start.line + 1, start.column + 1)
    return Span(path, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _plain_words(error: yaml.YAMLError, text: str, path: str) -> YamlError:
    """PyYAML's error in one line: what it says spreads over up to six."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        problem = getattr(error, "problem", None) or "cannot be parsed"
        context = getattr(error, "context", None)
        words = f"{problem} {context}" if context else problem
        return YamlError(f"not YAML: {' '.join(words.split())}", Span(path, mark.line + 1, mark.column + 1))
    position = getattr(error, "position", None)
    if isinstance(position, int):
        before = text[:position]
        at = Span(path, before.count("\n") + 1, position - before.rfind("\n"))
        character = getattr(error, "character", None)
        shown = f" (U+{character:04X})" if isinstance(character, int) else ""
        return YamlError(f"not YAML: {getattr(error, 'reason', 'unreadable character')}{shown}", at)
    return YamlError(f"not YAML: {' '.join(str(error).split())}", Span(path))
