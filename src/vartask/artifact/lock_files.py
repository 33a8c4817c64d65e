"""What an installation from the lock file in the working directory brings, as the command's options choose."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from typing import Any

from vartask.artifact.locks import MAIN, Selection, Unlisted, read_lock
from vartask.artifact.shell_state import Listed, State
from vartask.artifact.target import Target
from vartask.model import Present
from vartask.project import Unreadable
from vartask.records import replace

LOCKS = {"uv": ("uv.lock",), "poetry": ("poetry.lock",), "pdm": ("pdm.lock",), "pipenv": ("Pipfile.lock",)}
WITHOUT_PROJECT = frozenset(
    {"--no-emit-project", "--no-install-project", "--no-root", "--no-self", "--no-emit-workspace", "--no-emit-local"}
    | {"--no-install-workspace", "--no-install-local"}
)
WITHOUT_LOCAL = frozenset({"--no-emit-workspace", "--no-install-workspace", "--no-emit-local", "--no-install-local"})


def locked(state: State, tool: str | None, arguments: Iterable[str | None]) -> Listed | None:
    """What the lock file of a tool brings.

    ``None`` when there is none that can be read, or when a local project, whose modules nobody lists, is installed
    too.
    """
    tool = posixpath.basename(tool or "")
    if state.cwd is None:
        return None
    given = list(arguments)
    pyproject = _text(state, posixpath.join(state.cwd, "pyproject.toml"))
    for name in LOCKS.get(tool, ()):
        text = _text(state, posixpath.join(state.cwd, name))
        if text is None:
            continue
        selection = replace(_selection(tool, given, pyproject, state), target=Target(state.python, state.machine))
        try:
            return Listed(read_lock(name, text, pyproject, selection), complete=True)
        except Unlisted:
            return None
    return None


def _text(state: State, path: str) -> str | None:
    found = state.files.follow(path)
    if not isinstance(found, Present) or found.source is None:
        return None
    try:
        return state.project.read_text(found.source)
    except Unreadable:
        return None


def _selection(tool: str, given: list[str | None], pyproject: str | None, state: State) -> Selection:
    """What the options choose; whatever is not certain to stay out is taken."""
    words = {text for text in given if text is not None}
    exports = bool({"export", "requirements", "lock"} & words)
    # An export of poetry and pdm, and pipenv's in general, has requirements alone.
    project = not (words & WITHOUT_PROJECT or tool == "pipenv" or (exports and tool != "uv"))
    found = Selection(None, None, project=project, local=not words & WITHOUT_LOCAL)
    if None in given:
        return found
    options = _options(given)
    extras = frozenset(item for name in ("--extra", "--extras", "-E") for item in options.get(name, ()))
    if not words & {"--all-extras", "--package", "--all-packages", "add", "run"}:
        found = replace(found, extras=extras)
    chosen = {"uv": _uv, "poetry": _poetry, "pdm": _pdm, "pipenv": _pipenv}[tool]
    return chosen(found, words, options, (exports, pyproject, state))


_Context = tuple[bool, "str | None", State]


def _options(given: list[str | None]) -> Mapping[str, list[str]]:
    """Options and their values, a list in one value taken apart."""
    found: dict[str, list[str]] = {}
    texts = [text or "" for text in given]
    for index, text in enumerate(texts):
        name, equals, value = text.partition("=")
        following = texts[index + 1] if index + 1 < len(texts) else ""
        if text.startswith("-"):
            found.setdefault(name, []).extend((value if equals else following).replace(",", " ").split())
    return found


def _uv(found: Selection, words: set[str], options: Mapping[str, list[str]], context: _Context) -> Selection:
    _, pyproject, state = context
    default = _default_groups(pyproject)
    if "--all-groups" in words or default is None or {"--package", "--all-packages", "add", "run"} & words:
        return found
    groups = {MAIN, *default, *options.get("--group", ())}
    if "--no-default-groups" in words:
        groups = {MAIN, *options.get("--group", ())}
    only = [*options.get("--only-group", ()), *(["dev"] if "--only-dev" in words else [])]
    if only:
        groups = {*only, *options.get("--group", ())}
    without = set(options.get("--no-group", ()))
    if "--no-dev" in words or state.variables.get("UV_NO_DEV") in {"1", "true"}:
        without.add("dev")
    return replace(found, groups=frozenset(groups), without=frozenset(without))


def _default_groups(pyproject: str | None) -> list[str] | None:
    """``tool.uv.default-groups``; ``None`` for all of them."""
    import tomli

    try:
        table: Any = tomli.loads(pyproject or "").get("tool", {}).get("uv", {})
        groups = table.get("default-groups", ["dev"])
    except (tomli.TOMLDecodeError, RecursionError, AttributeError):
        return None
    return groups if isinstance(groups, list) and all(isinstance(name, str) for name in groups) else None


def _poetry(found: Selection, words: set[str], options: Mapping[str, list[str]], context: _Context) -> Selection:
    if "--all-groups" in words or {"add", "update", "remove", "run"} & words:
        return found
    only = {name for option in options if option == "--only" for name in options[option]}
    if only:
        return replace(found, groups=frozenset(only))
    without = frozenset(options.get("--without", ()))
    if "--no-dev" in words:
        without |= {"dev"}
    if context[0] and "--dev" not in words:
        return replace(found, groups=frozenset({MAIN, *options.get("--with", ())}), without=without)
    return replace(found, without=without)


def _pdm(found: Selection, words: set[str], options: Mapping[str, list[str]], _: _Context) -> Selection:
    if {"--prod", "--production", "--no-dev"} & words and not {"-G", "--group", "--with"} & options.keys():
        return replace(found, groups=frozenset({MAIN}))
    return found


def _pipenv(found: Selection, words: set[str], options: Mapping[str, list[str]], context: _Context) -> Selection:
    asked = {"--dev", "-d", "--dev-only", "--categories", "-c"} & options.keys() or {"run", "update"} & words
    return found if asked or "PIPENV_DEV" in context[2].variables else replace(found, groups=frozenset({MAIN}))
