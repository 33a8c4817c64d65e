"""Where a run takes place: from the paths that somebody names to the project's root and the scopes in it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from vartask.records import dataclass

# Not pathlib: showing a remembered result would take a tenth longer.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


class NoSuchPath(Exception):
    """A path to check does not exist; the text says which."""


@dataclass(frozen=True, slots=True)
class Location:
    """The project's ``root``, the directory ``checked`` and the ``scopes`` relative to the root (POSIX style).

    ``checked`` is the directory that was named, or the nearest one that holds all that were.  Both are absolute and
    without links.
    """

    root: str
    checked: str
    scopes: tuple[str, ...]


def locate(paths: Sequence[str]) -> Location:
    """The root is the nearest directory with a ``.git`` at or above the paths, else the directory they share.

    Raises :class:`NoSuchPath`.
    """
    real = [_existing(path) for path in paths]
    directories = [path if os.path.isdir(path) else os.path.dirname(path) for path in real]
    try:
        checked = os.path.commonpath(directories)
    except ValueError as error:  # Two drives share no directory; only Windows has them.
        raise NoSuchPath("the paths to check have no directory in common") from error
    root = _repository(checked) or checked
    return Location(root, checked, tuple(os.path.relpath(path, root).replace(os.sep, "/") for path in real))


def browsable(root: str, environment: Mapping[str, str]) -> str | None:
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
            return address.format(*values) if os.path.realpath(environment[directory]) == root else None
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
    from pathlib import Path

    main = _directory(context, f'the build context "{context}"')
    others = {name: _directory(path, f'build context "{name}": "{path}"') for name, path in contexts.items()}
    file = _dockerfile(Path(dockerfile)) if dockerfile is not None else None
    directories = [main, *others.values(), *([file.parent] if file is not None else [])]
    if len({path.anchor for path in directories}) > 1:
        raise NoSuchPath("the Dockerfile and the build contexts have no directory in common")
    shared = Path(os.path.commonpath(directories))
    root = Path(_repository(str(shared)) or shared)
    return BuildLocation(
        root,
        file.relative_to(root).as_posix() if file is not None else None,
        main.relative_to(root).as_posix(),
        {name: path.relative_to(root).as_posix() for name, path in others.items()},
    )


def _directory(path: str, what: str) -> Path:
    from pathlib import Path

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


def _existing(path: str) -> str:
    try:
        return os.path.realpath(path, strict=True)
    except (OSError, ValueError) as error:
        raise NoSuchPath(f"no such file or directory: {path}") from error


def _repository(directory: str) -> str | None:
    # A worktree or a submodule has a file of that name (gitrepository-layout(5)).
    while not os.path.exists(os.path.join(directory, ".git")):
        above = os.path.dirname(directory)
        if above == directory:
            return None
        directory = above
    return directory
