"""Little image projects for tests: files in, predicted tree out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vartask.artifact.image import predict_image
from vartask.model import Absent, FileTree, Image, Present, Span, Unknown
from vartask.project import Project

AWS = "FROM public.ecr.aws/lambda/python:3.12\n"


def project(root: Path, files: Mapping[str, str]) -> Project:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return Project(root)


def image(dockerfile: str = "Dockerfile", context: str | None = ".", **more: object) -> Image:
    return Image(dockerfile, context, Span(dockerfile), **more)  # type: ignore[arg-type]


def predict(root: Path, dockerfile: str, files: Mapping[str, str] | None = None, **more: object) -> FileTree:
    made = project(root, {"Dockerfile": dockerfile, **(files or {})})
    return predict_image(made, image(**more))  # type: ignore[arg-type]


def built(tree: FileTree) -> list[str]:
    """The paths that instructions put there, directories with a slash."""
    assert tree.error is None, tree.error
    return sorted(path + "/" * (entry.kind == "d") for path, entry in tree.entries.items() if entry.put_by is not None)


def present(tree: FileTree, path: str) -> Present:
    found = tree.lookup(path)
    assert isinstance(found, Present), found
    return found


def absent(tree: FileTree, path: str) -> Absent:
    found = tree.lookup(path)
    assert isinstance(found, Absent), found
    return found


def unknown(tree: FileTree, path: str) -> Unknown:
    found = tree.lookup(path)
    assert isinstance(found, Unknown), found
    return found
