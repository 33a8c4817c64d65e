"""What an installation from a lock file brings: every name that may be installed on the target, and no other.

The formats: https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile, poetry's ``locker.py``,
https://pipenv.pypa.io/en/latest/pipfile.html, https://packaging.python.org/en/latest/specifications/pylock-toml/
(PEP 751), https://pdm-project.org/latest/usage/lockfile/.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vartask.artifact.target import ANY, Target
from vartask.model.distribution import normalise
from vartask.records import dataclass, replace

LOCAL_SOURCES = frozenset({"editable", "directory", "path"})
POETRY_LOCAL = frozenset({"directory", "file"})
MAIN = "main"
"""What is installed without naming a group: poetry's name for it, ``default`` to pdm and pipenv."""


class Unlisted(Exception):
    """A project of the repository itself is installed, whose modules nobody lists, or the file cannot be read."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is taken from a lock file.

    ``groups`` are those installed (``main`` among them), ``None`` for every one; ``extras`` likewise.  ``without`` are
    groups that stay out.  ``project`` says that the project itself is installed, ``local`` that others of the
    repository are.
    """

    groups: frozenset[str] | None = frozenset({MAIN})
    extras: frozenset[str] | None = frozenset()
    without: frozenset[str] = frozenset()
    project: bool = False
    local: bool = True
    target: Target = ANY

    def takes(self, names: Iterable[str]) -> bool:
        """Whether something in these groups is installed."""
        return any(name not in self.without and (self.groups is None or name in self.groups) for name in names)

    def for_target(self, target: Target) -> Selection:
        """The same on another target."""
        return replace(self, target=target)


PRODUCTION = Selection()
"""What a deployment takes: no group but the main one."""


def is_lock(path: str) -> bool:
    """Whether a file is a lock file that is understood."""
    name = posixpath.basename(path)
    return name in _READERS or (name.startswith("pylock.") and name.endswith(".toml"))


def read_lock(path: str, text: str, pyproject: str | None, selection: Selection) -> frozenset[str]:
    """The normalised names that an installation brings.

    ``pyproject`` is the text of the pyproject.toml beside it.  Raises :class:`Unlisted`.
    """
    name = posixpath.basename(path)
    reader = _READERS.get(name, _pylock)
    try:
        data = json.loads(text) if name == "Pipfile.lock" else _toml(text)
        return frozenset(reader(data, _toml(pyproject or ""), selection))
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError) as error:
        raise Unlisted(f"`{path}` cannot be read") from error


def _toml(text: str) -> Mapping[str, Any]:
    import tomli

    return tomli.loads(text)


# -- uv ----------------------------------------------------------------------------------------------


def _uv(lock: Mapping[str, Any], pyproject: Mapping[str, Any], selection: Selection) -> Iterator[str]:
    packages: dict[str, list[Mapping[str, Any]]] = {}
    for package in lock.get("package", ()):
        packages.setdefault(normalise(package["name"]), []).append(package)
    local = [package for found in packages.values() for package in found if _is_project(package)]
    roots = [package for package in local if "." in package["source"].values()] or local
    if not roots:
        raise Unlisted("the lock file names no project")
    if selection.project and any("virtual" not in root["source"] for root in roots):
        raise Unlisted("the project itself is installed")
    own = normalise(str(pyproject.get("project", {}).get("name", "")))
    pending = [item for root in roots for item in _uv_wanted(root, selection)]
    seen: set[tuple[str, str | None, frozenset[str]]] = set()
    while pending:
        wanted = pending.pop()
        # The version is told where the file has several of one name.
        name, version, extras = normalise(wanted["name"]), wanted.get("version"), frozenset(wanted.get("extra", ()))
        marker = wanted.get("marker", "")
        # ``extra`` in a marker here speaks of conflicts between extras and groups.
        if (name, version, extras) in seen or (marker and not selection.target.may_hold(marker, None)):
            continue
        seen.add((name, version, extras))
        if selection.local and name != own and any(map(_is_project, packages[name])):
            raise Unlisted(f"`{name}` is a project of the repository")
        meant = [package for package in packages[name] if version in {None, package.get("version")}]
        pending += [item for package in meant or packages[name] for item in _uv_needs(package, extras)]
        yield name


def _uv_needs(package: Mapping[str, Any], extras: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    yield from package.get("dependencies", ())
    for extra in extras:
        yield from package.get("optional-dependencies", {}).get(extra, ())


def _is_project(package: Mapping[str, Any]) -> bool:
    return bool((LOCAL_SOURCES | {"virtual"}) & package.get("source", {}).keys())


def _uv_wanted(root: Mapping[str, Any], selection: Selection) -> Iterator[Mapping[str, Any]]:
    if selection.takes({MAIN}):
        yield from root.get("dependencies", ())
    for extra, wanted in root.get("optional-dependencies", {}).items():
        if selection.extras is None or extra in selection.extras:
            yield from wanted
    for group, wanted in root.get("dev-dependencies", {}).items():
        if selection.takes({group}):
            yield from wanted


# -- poetry, pdm ---------------------------------------------------------------------------------------


def _poetry(lock: Mapping[str, Any], pyproject: Mapping[str, Any], selection: Selection) -> Iterator[str]:
    packages = list(lock.get("package", ()))
    if selection.project and pyproject.get("tool", {}).get("poetry", {}).get("package-mode", True):
        raise Unlisted("the project itself is installed")
    told = all("groups" in package or "category" in package for package in packages)
    reached = None if told else _poetry_reached(packages, pyproject, selection)
    for package in packages:
        name = normalise(package["name"])
        groups = package.get("groups") or [package.get("category", MAIN)]
        if told and not selection.takes(groups):
            continue
        if reached is not None and name not in reached:
            continue
        if package.get("optional") and not selection.extras and selection.extras is not None and groups == [MAIN]:
            continue
        markers = package.get("markers", "")
        texts = list(markers.values()) if isinstance(markers, Mapping) else [markers]
        if not any(not text or selection.target.may_hold(text, selection.extras) for text in texts):
            continue
        if package.get("source", {}).get("type") in POETRY_LOCAL and selection.local:
            raise Unlisted(f"`{name}` is a project of the repository")
        yield name


def _poetry_reached(
    packages: Iterable[Mapping[str, Any]], pyproject: Mapping[str, Any], selection: Selection
) -> set[str]:
    """Lock files of poetry 1.5 to 1.8 do not tell the groups: what the project's own list leads to."""
    needs: dict[str, list[tuple[str, Any]]] = {}
    for package in packages:
        needs.setdefault(normalise(package["name"]), []).extend(package.get("dependencies", {}).items())
    tool = pyproject["tool"]["poetry"]
    wanted: list[tuple[str, Any]] = list(tool.get("dependencies", {}).items())
    wanted += [(name, {"optional": False}) for name in _names(pyproject.get("project", {}).get("dependencies", ()))]
    groups = {"dev": {"dependencies": tool.get("dev-dependencies", {})}, **tool.get("group", {})}
    if not selection.takes({MAIN}):
        wanted = []
    for group, content in groups.items():
        if selection.takes({group}):
            wanted += content.get("dependencies", {}).items()
    seen: set[tuple[str, bool]] = set()
    pending = [(name, detail, selection.extras != frozenset()) for name, detail in wanted]
    while pending:
        name, detail, with_extras = pending.pop()
        details = detail if isinstance(detail, list) else [detail]
        chosen = [item for item in details if _poetry_taken(item, selection, with_extras=with_extras)]
        extras = any(isinstance(item, Mapping) and item.get("extras") for item in chosen)
        key = (normalise(name), extras)
        if chosen and key not in seen:
            seen.add(key)
            pending += [(below, item, extras) for below, item in needs.get(key[0], ())]
    return {name for name, _ in seen}


def _poetry_taken(detail: Any, selection: Selection, *, with_extras: bool) -> bool:
    if not isinstance(detail, Mapping):
        return True
    if detail.get("optional") and not with_extras:
        return False
    marker = detail.get("markers", "")
    return not marker or selection.target.may_hold(marker, None)


def _names(requirements: Iterable[str]) -> Iterator[str]:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        yield from (Requirement(text).name for text in requirements)
    except InvalidRequirement as error:
        raise Unlisted(str(error)) from error


def _pdm(lock: Mapping[str, Any], pyproject: Mapping[str, Any], selection: Selection) -> Iterator[str]:
    tool = pyproject.get("tool", {}).get("pdm", {})
    if selection.project and tool.get("distribution", "build-system" in pyproject):
        raise Unlisted("the project itself is installed")
    for package in lock.get("package", ()):
        groups = [MAIN if group == "default" else group for group in package.get("groups", ("default",))]
        marker = package.get("marker", "")
        if not selection.takes(groups) or (marker and not selection.target.may_hold(marker, None)):
            continue
        if "path" in package and selection.local:
            raise Unlisted(f"`{package['name']}` is a project of the repository")
        yield normalise(package["name"])


# -- pipenv, pylock.toml ------------------------------------------------------------------------------


def _pipfile(lock: Mapping[str, Any], _pyproject: Mapping[str, Any], selection: Selection) -> Iterator[str]:
    for section, packages in lock.items():
        group = {"default": MAIN, "develop": "dev"}.get(section, section)
        if section == "_meta" or not selection.takes({group}):
            continue
        for name, details in packages.items():
            if {"path", "editable"} & details.keys():
                raise Unlisted(f"`{name}` is a project of the repository")
            marker = details.get("markers", "")
            if not marker or selection.target.may_hold(marker, None):
                yield normalise(name)


def _pylock(lock: Mapping[str, Any], _pyproject: Mapping[str, Any], selection: Selection) -> Iterator[str]:
    for package in lock["packages"]:
        marker = package.get("marker", "")
        if marker and not _in_pylock(lock, marker, selection):
            continue
        if "directory" in package and selection.local:
            raise Unlisted(f"`{package['name']}` is a project of the repository")
        yield normalise(package["name"])


def _in_pylock(lock: Mapping[str, Any], marker: str, selection: Selection) -> bool:
    """Markers may ask for ``extras`` and ``dependency_groups``, which are empty or the file's ``default-groups``."""
    if "extras" not in marker and "dependency_groups" not in marker:
        return selection.target.may_hold(marker)
    if selection.groups is None or ("dependency_groups" in marker and lock.get("default-groups")):
        return True
    return any(_without_choice(part, selection) for part in marker.replace("(", "").replace(")", "").split(" or "))


def _without_choice(conjunction: str, selection: Selection) -> bool:
    """Whether one alternative of a marker may hold with no extra and no group chosen."""
    parts = [part.strip() for part in conjunction.split(" and ")]
    asked = [part for part in parts if "extras" in part or "dependency_groups" in part]
    rest = [part for part in parts if part not in asked]
    return all(" not in " in part for part in asked) and all(selection.target.may_hold(part) for part in rest)


_READERS = {
    "uv.lock": _uv,
    "poetry.lock": _poetry,
    "pdm.lock": _pdm,
    "Pipfile.lock": _pipfile,
}
