"""The ``commands`` of a ``source_path`` of terraform-aws-modules/lambda, as its ``package.py`` takes them apart.

Commands that follow each other are one script.  ``:zip [path [prefix]]`` between them packs what is there then.
"""

from __future__ import annotations

import shlex

from vartask.records import dataclass
from vartask.syntax.hcl_values import Items, Value, string


@dataclass(frozen=True, slots=True)
class Call:
    """``:zip path prefix``; the directory that the commands stand in, and no prefix, where it says neither."""

    text: str
    path: str = "."
    prefix: str = ""


def read_actions(commands: Value) -> list[Call | str] | None:
    """Scripts and calls of ``:zip``, in order; ``None`` when they are computed, or a call is not one."""
    if isinstance(commands, Items):
        texts = [string(item) for item in commands.values]
    else:
        text = string(commands)
        texts = [None] if text is None else [line.strip() for line in text.splitlines()]
    actions: list[Call | str] = []
    batch: list[str] = []
    for text in texts:
        if text is None:
            return None
        if not text.startswith(":zip"):
            batch.append(text)
            continue
        if any(line.strip() for line in batch):
            actions.append("\n".join(batch))
        batch = []
        call = _call(text)
        if call is None:
            return None
        actions.append(call)
    # What runs behind the last ":zip" changes nothing in the package, but what later steps pack.
    return [*actions, "\n".join(batch)] if any(line.strip() for line in batch) else actions


def _call(text: str) -> Call | None:
    try:
        _, *words = shlex.split(text)
    except ValueError:
        return None
    match words:
        case []:
            return Call(text)
        case [path]:
            return Call(text, path)
        case [path, prefix]:
            return Call(text, path, prefix.strip())
        case _:
            return None
