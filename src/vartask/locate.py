"""Where a run takes place: from the paths that somebody names to the project's root and the scopes in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class NoSuchPath(Exception):
    """A path to check does not exist; the text says which."""


@dataclass(frozen=True, slots=True)
class Location:
    """The project's ``root``, the directory ``checked`` and the ``scopes`` relative to the root (POSIX style).

    ``checked`` is the directory that was named, or the nearest one that holds all that were.
    """

    root: Path
    checked: Path
    scopes: tuple[str, ...]


def locate(paths: Sequence[str]) -> Location:
    """The root is the nearest directory with a ``.git`` at or above the paths, else the directory they share.

    Raises :class:`NoSuchPath`.
    """
    real = [_existing(path) for path in paths]
    directories = [path if path.is_dir() else path.parent for path in real]
    # Two drives share no directory; only Windows has them.
    checked = Path(os.path.commonpath(directories)) if len({path.anchor for path in directories}) == 1 else None
    if checked is None:
        raise NoSuchPath("the paths to check have no directory in common")
    root = _repository(checked) or checked
    return Location(root, checked, tuple(path.relative_to(root).as_posix() for path in real))


def _existing(path: str) -> Path:
    try:
        return Path(path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        # RuntimeError is how Python before 3.13 reports a loop of symbolic links.
        raise NoSuchPath(f"no such file or directory: {path}") from error


def _repository(directory: Path) -> Path | None:
    # A worktree or a submodule has a file of that name (gitrepository-layout(5)).
    return next((here for here in (directory, *directory.parents) if (here / ".git").exists()), None)
