"""The configuration files of one directory: which of them are read, and what override files change in them.

https://developer.hashicorp.com/terraform/language/files and .../files/override;
https://opentofu.org/docs/language/files/ for ``.tofu`` files, which OpenTofu reads instead of their ``.tf`` twins.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import Final

from vartask.records import replace
from vartask.syntax import hcl
from vartask.syntax.terraform_names import SUFFIXES

VARIABLE_SUFFIXES: Final = (".tfvars", ".tfvars.json")

_LABELLED: Final = frozenset({"resource", "data", "module", "variable", "output"})
_MERGED_WITHIN: Final = frozenset({"lifecycle"})
"""Nested blocks of which an override replaces only the arguments that it sets."""


def parse(text: str, path: str) -> hcl.File:
    """Read a file in the native or the JSON syntax.  Never raises: what is wrong is in its ``error``."""
    if path.endswith(".json"):
        # Imported here: few configurations are in JSON.
        from vartask.syntax.hcl_json import parse_json

        return parse_json(text, path)
    return hcl.parse(text, path)


def chosen(paths: Iterable[str]) -> list[str]:
    """The files that are read, those that override others last, by name."""
    listed = set(paths)
    twins = {path.replace(".tofu", ".tf") for path in listed if ".tofu" in posixpath.basename(path)}
    return sorted(listed - twins, key=lambda path: (is_override(path), posixpath.basename(path)))


def is_override(path: str) -> bool:
    """Whether a file changes blocks of others instead of adding its own."""
    stem = posixpath.basename(path)
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if stem.endswith(suffix):
            stem = stem.removesuffix(suffix)
            break
    return stem == "override" or stem.endswith("_override")


def merged(files: Iterable[hcl.File]) -> tuple[hcl.File, ...]:
    """The files with what override files (which stand last) change in the blocks of the others."""
    kept: list[hcl.File] = []
    for file in files:
        if not is_override(file.path):
            kept.append(file)
            continue
        changes = {(block.type, *block.labels): block for block in file.body.blocks if block.type in _LABELLED}
        kept = [_changed(one, changes) for one in kept]
        # A later "locals" sets its names anew.
        others = tuple(block for block in file.body.blocks if block.type == "locals")
        kept.append(hcl.File(file.path, hcl.Body((), others), file.error))
    return tuple(kept)


def _changed(file: hcl.File, changes: dict[tuple[str, ...], hcl.Block]) -> hcl.File:
    blocks = tuple(
        _overridden(block, changes[key]) if (key := (block.type, *block.labels)) in changes else block
        for block in file.body.blocks
    )
    return replace(file, body=replace(file.body, blocks=blocks))


def _overridden(block: hcl.Block, change: hcl.Block) -> hcl.Block:
    """Arguments replace those of their name, nested blocks all of their type."""
    replaced = {_type_of(inner) for inner in change.body.blocks} - _MERGED_WITHIN
    kept = [inner for inner in block.body.blocks if _type_of(inner) not in replaced]
    added: list[hcl.Block] = []
    for inner in change.body.blocks:
        old = next((one for one in kept if one.type == inner.type), None) if inner.type in _MERGED_WITHIN else None
        if old is None:
            added.append(inner)
        else:
            kept[kept.index(old)] = replace(old, body=_with(old.body, inner.body.attributes))
    return replace(block, body=replace(_with(block.body, change.body.attributes), blocks=(*kept, *added)))


def _type_of(block: hcl.Block) -> str:
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type


def _with(body: hcl.Body, attributes: Iterable[hcl.Attribute]) -> hcl.Body:
    table = {item.name: item for item in (*body.attributes, *attributes)}
    return replace(body, attributes=tuple(table.values()))
