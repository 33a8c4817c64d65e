"""Mutants of files and places: what is deleted, moved, renamed, shadowed, left out of the package."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from mutants.sources import Files, Mutant, changed, code, renamed, without

SHADOWS = (
    "abc", "ast", "base64", "calendar", "collections", "contextlib", "copy", "csv", "dataclasses", "datetime", "email",
    "enum", "functools", "hashlib", "importlib", "json", "logging", "pathlib", "queue", "random", "re", "secrets", "shutil",
    "signal", "string", "tempfile", "time", "token", "tomllib", "types", "typing", "uuid", "pkgutil", "inspect", "os",
)  # fmt: skip


def dropped_files(files: Files) -> Iterator[Mutant]:
    for path in sorted(files):
        if not path.startswith("tests/") and path != "template.yaml":
            yield f"drop {path}", without(files, path)


def renamed_modules(files: Files) -> Iterator[Mutant]:
    for path in code(files):
        stem = path.removesuffix(".py")
        if stem.endswith("__init__"):
            continue
        yield f"rename {path} to {stem}_v2.py", renamed(files, path, f"{stem}_v2.py")
        name = posixpath.basename(stem)
        yield f"rename {path}: case", renamed(files, path, f"{posixpath.dirname(path)}/{name.title()}.py".lstrip("/"))
        yield (
            f"compile {path} into its __pycache__ only",
            renamed(files, path, f"{posixpath.dirname(path)}/__pycache__/{name}.cpython-311.pyc".lstrip("/")),
        )


def renamed_directories(files: Files) -> Iterator[Mutant]:
    for directory in _directories(files):
        parent, name = posixpath.split(directory)
        for other in (f"{name}_old", name.title(), f"{name}-x"):
            if other != name:
                yield f"rename {directory}/ to {other}/", renamed(files, directory, posixpath.join(parent, other))


def moved_modules(files: Files) -> Iterator[Mutant]:
    for path in code(files):
        parent, name = posixpath.split(path)
        if name != "__init__.py":
            yield f"move {path} into inner/", renamed(files, path, posixpath.join(parent, "inner", name))
            if parent:
                above = posixpath.join(posixpath.dirname(parent), name)
                if above not in files:
                    yield f"move {path} up", renamed(files, path, above)
            for directory in _directories(files):
                there = posixpath.join(directory, name)
                if directory != parent and there not in files:
                    yield f"move {path} to {directory}", renamed(files, path, there)


def modules_into_packages(files: Files) -> Iterator[Mutant]:
    for path in code(files):
        stem = path.removesuffix(".py")
        if not stem.endswith("__init__"):
            yield f"an empty package beside {path}", {**files, f"{stem}/__init__.py": ""}
            yield f"an empty directory's file beside {path}", {**files, f"{stem}/data.json": "{}\n"}
            yield f"{path} becomes a package", renamed(files, path, f"{stem}/__init__.py")


def shadowed(files: Files) -> Iterator[Mutant]:
    for root in _roots(files):
        for name in SHADOWS:
            path = posixpath.join(root, f"{name}.py")
            if path not in files:
                yield f"a {name}.py of one's own in {root or '.'}", {**files, path: "NAME = 'mine'\n"}
        for name in ("typing", "email", "yaml", "queue"):
            path = posixpath.join(root, name, "__init__.py")
            if path not in files:
                yield f"a package {name} of one's own", {**files, path: ""}


def ignored(files: Files) -> Iterator[Mutant]:
    for dockerfile in [path for path in files if posixpath.basename(path) == "Dockerfile"]:
        place = posixpath.join(_context(files, dockerfile), ".dockerignore")
        before = files.get(place, "")
        prefix = posixpath.dirname(place)
        for path in sorted(files):
            inside = path.removeprefix(prefix + "/") if prefix else path
            if path.endswith(".py") and not path.startswith("tests/"):
                for pattern in (inside, f"**/{posixpath.basename(path)}", posixpath.dirname(inside)):
                    if pattern and pattern != "**/__init__.py":
                        yield f".dockerignore {pattern}", changed(files, place, f"{before}{pattern}\n")
        for pattern in ("*.py", "**/*.py", "lib*", "*/*", "*.txt"):
            yield f".dockerignore {pattern}", changed(files, place, f"{before}{pattern}\n")


def requirements(files: Files) -> Iterator[Mutant]:
    for path in files:
        if posixpath.basename(path) == "requirements.txt":
            lines = files[path].splitlines(keepends=True)
            for number, line in enumerate(lines):
                yield (
                    f"drop {line.strip()} from {path}",
                    changed(files, path, "".join(lines[:number] + lines[number + 1 :])),
                )


def paths_of_pth(files: Files) -> Iterator[Mutant]:
    for path in files:
        if path.endswith(".pth"):
            for number, line in enumerate(files[path].splitlines()):
                lines = files[path].splitlines(keepends=True)
                yield f"{path} without {line}", changed(files, path, "".join(lines[:number] + lines[number + 1 :]))
                yield f"{path}: a comment", changed(files, path, files[path].replace(line, "# " + line))
            yield f"move {path} down", renamed(files, path, re.sub(r"[^/]*$", "deep/x.pth", path))


OPERATORS = (
    dropped_files,
    renamed_modules,
    renamed_directories,
    moved_modules,
    modules_into_packages,
    shadowed,
    ignored,
    requirements,
    paths_of_pth,
)


def _directories(files: Files) -> list[str]:
    found: set[str] = set()
    for path in code(files):
        directory = posixpath.dirname(path)
        while directory:
            found.add(directory)
            directory = posixpath.dirname(directory)
    return sorted(found)


def _roots(files: Files) -> list[str]:
    """Directories in which modules stand that no package is around."""
    return sorted(
        {
            posixpath.dirname(path)
            for path in code(files)
            if posixpath.join(posixpath.dirname(path), "__init__.py") not in files
        }
    )


def _context(files: Files, dockerfile: str) -> str:
    match = re.search(r"DockerContext: (\S+)", files.get("template.yaml", ""))
    return posixpath.normpath(match[1]).strip(".") if match else posixpath.dirname(dockerfile)
