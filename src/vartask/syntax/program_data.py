"""Files that a program reads as data: text, JSON and YAML, as values."""

from __future__ import annotations

import json
from typing import Any, Final

from vartask.model import Span
from vartask.syntax.nodes import Mapping, Node, Scalar, Sequence
from vartask.syntax.program_machine import Machine
from vartask.syntax.program_values import Computed, Constant, External, Given, Made, Value, text, why

_OPENED: Final = frozenset({"open", "io.open", "codecs.open"})
_MAX_DEPTH: Final = 30
_MAX_TEXT: Final = 1_000_000


def of_opened(machine: Machine, callee: Made, given: Given) -> Value | None:
    """What a method of an opened file gives; ``None`` for anything else."""
    opened, method = callee.receiver, callee.callee.rpartition(".")[2]
    if not isinstance(opened, Made) or opened.callee not in _OPENED:
        return None
    if method in {"__enter__", "close"}:
        return opened
    return _read(machine, opened, given.span) if method == "read" else None


def parsed(machine: Machine, kind: str, value: Value | None, span: Span) -> Value:
    """``json.load``, ``json.loads``, ``yaml.safe_load``, ``JSON.parse`` of a file or a text."""
    if isinstance(value, Made) and value.callee in _OPENED:
        value = _read(machine, value, span)
    written = text(value)
    if written is None or len(written) > _MAX_TEXT:
        return Computed(why(value), span)
    if kind == "json":
        try:
            return _of_plain(machine, json.loads(written), span, 0)
        except (ValueError, RecursionError):
            return Computed("it is not JSON", span)
    from vartask.syntax.yaml import YamlError, read_yaml

    try:
        documents = read_yaml(written, span.path)
    except YamlError:
        return Computed("it is not YAML", span)
    root = documents[0].root if documents else None
    return Constant(None, span) if root is None else _of_node(machine, root, span, 0)


def _read(machine: Machine, opened: Made, span: Span) -> Value:
    path = opened.argument(0) or opened.keywords.get("file")
    mode = text(opened.argument(1) or opened.keywords.get("mode")) or "r"
    if path is None or set(mode) & set("wax+b"):
        return Computed("a file is opened for something else than its text", span)
    return machine.call(External("fs.readFileSync", span), Given(span, (path,)))


def _of_plain(machine: Machine, value: Any, span: Span, depth: int) -> Value:
    if depth > _MAX_DEPTH:
        return Computed("it is nested too deep", span)
    if isinstance(value, dict):
        entries = {str(key): _of_plain(machine, one, span, depth + 1) for key, one in value.items()}
        return machine.state.fields(entries, span)
    if isinstance(value, list):
        return machine.state.items([_of_plain(machine, one, span, depth + 1) for one in value], span)
    return Constant(value, span)


def _of_node(machine: Machine, node: Node, span: Span, depth: int) -> Value:
    if depth > _MAX_DEPTH:
        return Computed("it is nested too deep", span)
    if isinstance(node, Mapping):
        entries = {key.value: _of_node(machine, one, span, depth + 1) for key, one in node.items()}
        return machine.state.fields(entries, span)
    if isinstance(node, Sequence):
        return machine.state.items([_of_node(machine, one, span, depth + 1) for one in node.items], span)
    return _of_scalar(node, span)


def _of_scalar(node: Scalar, span: Span) -> Value:
    if node.tag is not None:
        return Computed(f"`{node.tag}` is not followed", span)
    if node.is_null:
        return Constant(None, span)
    if node.plain and node.boolean is not None:
        return Constant(node.boolean, span)
    if node.plain and node.value.lstrip("-").isdecimal():
        return Constant(int(node.value), span)
    return Constant(node.value, span)
