"""Where a run takes place: from the paths that somebody names to the project's root and the scopes in it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from vartask.records import dataclass


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


def browsable(root: Path, environment: Mapping[str, str]) -> str | None:
    """The address below which a browser shows the files of a CI's checkout, as they are in the commit that it runs for.

    GitHub Actions (https://docs.github.com/en/actions/reference/workflows-and-actions/variables) and GitLab CI
    (https://docs.gitlab.com/ci/variables/predefined_variables/) name it; ``None`` for anything but their own checkout.
    """
    ways = {
        "GITHUB_WORKSPACE": ("{}/{}/blob/{}", ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA")),
        "CI_PROJECT_DIR": ("{}/-/blob/{}", ("CI_PROJECT_URL", "CI_COMMIT_SHA")),
    }
    for directory, (address, names) in ways.items():
        if directory in environment and all(environment.get(name) for name in names):
            from urllib.parse import quote

            values = [quote(environment[name], safe=":/") for name in names]
            return address.format(*values) if Path(environment[directory]).resolve() == root else None
    return None


@dataclass(frozen=True, slots=True)
class BuildLocation:
    """Where an image build takes place.

    ``root`` holds everything that the build reads; ``dockerfile``, ``context`` and the directories of ``contexts`` are
    relative to it (POSIX style).  ``dockerfile`` is ``None`` when it is no file.
    """

    root: Path
    dockerfile: str | None
    context: str
    contexts: Mapping[str, str]


def locate_build(dockerfile: str | None, context: str, contexts: Mapping[str, str]) -> BuildLocation:
    """Find what ``docker build -f dockerfile context`` reads, and the directory that holds it all.

    Without ``dockerfile`` there is none on disk.  A Dockerfile may be a symbolic link inside its own directory, and is
    found in lower case too, as BuildKit finds it.  Raises :class:`NoSuchPath`.
    """
    main = _directory(context, f'the build context "{context}"')
    others = {name: _directory(path, f'build context "{name}": "{path}"') for name, path in contexts.items()}
    file = _dockerfile(Path(dockerfile)) if dockerfile is not None else None
    directories = [main, *others.values(), *([file.parent] if file is not None else [])]
    if len({path.anchor for path in directories}) > 1:
        raise NoSuchPath("the Dockerfile and the build contexts have no directory in common")
    shared = Path(os.path.commonpath(directories))
    root = _repository(shared) or shared
    return BuildLocation(
        root,
        file.relative_to(root).as_posix() if file is not None else None,
        main.relative_to(root).as_posix(),
        {name: path.relative_to(root).as_posix() for name, path in others.items()},
    )


def _directory(path: str, what: str) -> Path:
    try:
        found = Path(path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise NoSuchPath(f"{what} does not exist") from error
    if not found.is_dir():
        raise NoSuchPath(f"{what} is not a directory")
    return found


def _dockerfile(path: Path) -> Path:
    try:
        home = path.parent.resolve(strict=True)
        names = [path.name, "dockerfile"] if path.name == "Dockerfile" else [path.name]
        for name in names:
            file = home / name
            if file.is_file() and file.resolve().is_relative_to(home):
                return file
    except (OSError, ValueError, RuntimeError) as error:
        raise NoSuchPath(f"no such Dockerfile: {path}") from error
    reason = ""
    if (home / path.name).is_dir():
        reason = " (it is a directory)"
    elif (home / path.name).is_file():
        reason = " (a link that leaves its directory: the builder does not get what it points at)"
    raise NoSuchPath(f"no such Dockerfile: {path}{reason}")


def _existing(path: str) -> Path:
    try:
        return Path(path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        # RuntimeError is how Python before 3.13 reports a loop of symbolic links.
        raise NoSuchPath(f"no such file or directory: {path}") from error


def _repository(directory: Path) -> Path | None:
    # A worktree or a submodule has a file of that name (gitrepository-layout(5)).
    return next((here for here in (directory, *directory.parents) if (here / ".git").exists()), None)
