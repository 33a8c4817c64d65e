"""Requirements files that tools write from what a project asks for."""

from __future__ import annotations

import re

from vartask.artifact.commands_copy import doubt_everything
from vartask.artifact.installed_lists import RESOLVED
from vartask.artifact.lock_files import locked
from vartask.artifact.shell_state import State, Status
from vartask.syntax.shell import Command


def exported(
    state: State, tool: str | None, texts: list[str | None], command: Command, known: str | None = None
) -> Status:
    """Write an export.

    ``known`` is its list of requirements; without it the lock file tells the names, whose versions do not matter here.
    """
    listed = locked(state, tool, texts) if known is None else None
    names = "" if listed is None else "".join(f"{name}\n" for name in sorted(listed.names))
    state.written = known if listed is None else f"{RESOLVED if listed.complete else ''}{names}"
    for index, text in enumerate(texts):
        value: str | None = None
        if text in {"-o", "--output", "--output-file"}:
            value = texts[index + 1] if index + 1 < len(texts) else None
        elif text is not None and re.match(r"^(--output(-file)?=|-o.)", text):
            value = re.sub(r"^(--output(-file)?=|-o)", "", text)
        else:
            continue
        path = None if value is None else state.path(value)
        if path is None:
            doubt_everything(state, command)
        else:
            state.write(path, state.written)
    return None
