"""The JSON syntax of Terraform (``.tf.json``, ``.tfvars.json``) as the types of :mod:`vartask.syntax.hcl`.

https://developer.hashicorp.com/terraform/language/syntax/json: strings are templates, and whether a property is an
argument or a nested block only the provider's schema tells.  So every property of an object is both here: who asks for
an argument finds the argument, who asks for blocks finds blocks.
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.syntax.hcl import (
    Attribute,
    Block,
    Body,
    Expression,
    File,
    HclError,
    Literal,
    Object,
    Tuple,
    parse_template,
)
from vartask.syntax.hcl_text import scalar
from vartask.syntax.json import JsonError, read_json
from vartask.syntax.nodes import Mapping, Node, Scalar, Sequence, TooLarge

_LABELS = {"resource": 2, "data": 2, "module": 1, "variable": 1, "output": 1, "provider": 1, "dynamic": 1}
_NESTED_LABELS = {"dynamic": 1, "provisioner": 1}
_COMMENT = "//"


def parse_json(text: str, path: str) -> File:
    """Read a file in JSON.  Never raises: what is not JSON is in :attr:`File.error`."""
    try:
        root = read_json(text, path).root
    except JsonError as error:
        return File(path, Body(), HclError(error.message, error.span))
    except TooLarge as error:
        return File(path, Body(), HclError(str(error), error.span))
    bodies = [root] if isinstance(root, Mapping) else _mappings(root)
    merged = [_body(one, _LABELS) for one in bodies]
    attributes = tuple(item for body in merged for item in body.attributes)
    return File(path, Body(attributes, tuple(block for body in merged for block in body.blocks)))


def _mappings(node: Node | None) -> list[Mapping]:
    items = node.items if isinstance(node, Sequence) else []
    return [item for item in items if isinstance(item, Mapping)]


def _body(node: Mapping, labels: dict[str, int]) -> Body:
    attributes: list[Attribute] = []
    blocks: list[Block] = []
    for key, value in node.items():
        if key.value == _COMMENT:
            continue
        attributes.append(Attribute(key.value, _expression(value), key.span))
        blocks += _blocks(key, value, (), labels.get(key.value, 0))
    return Body(tuple(attributes), tuple(blocks))


def _blocks(key: Scalar, value: Node, labels: tuple[str, ...], left: int) -> Iterator[Block]:
    """The blocks below a key: objects by label, and lists of objects where a block stands several times."""
    for node in [value] if isinstance(value, Mapping) else _mappings(value):
        if left:
            for label, below in node.items():
                if label.value != _COMMENT:
                    yield from _placed(_blocks(key, below, (*labels, label.value), left - 1), label)
        else:
            yield Block(key.value, labels, _body(node, _NESTED_LABELS), key.span)


def _placed(blocks: Iterator[Block], label: Scalar) -> Iterator[Block]:
    """A block stands where its last label does."""
    for block in blocks:
        last = block.labels[-1] == label.value
        yield Block(block.type, block.labels, block.body, label.span) if last else block


def _expression(node: Node) -> Expression:
    match node:
        case Mapping():
            items = tuple(
                (parse_template(key.value, key.span), _expression(value))
                for key, value in node.items()
                if key.value != _COMMENT
            )
            return Object(node.span, "{...}", items)
        case Sequence():
            listed = tuple(_expression(item) for item in node.items)
            return Tuple(node.span, f"[{', '.join(item.text for item in listed)}]", listed)
        case Scalar():
            if node.plain:
                return Literal(node.span, node.value, scalar(node.value))
            return parse_template(node.value, node.span)
