"""The base projects: text files of sections, each a file of a little project that works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BASES = Path(__file__).parent / "bases"
FIXTURES = Path(__file__).parents[2] / "fixtures"
MARK = ">>> "
INDEX = "@index/"
"""Sections below this name are not in the project: they are the distributions that an installer would find."""


@dataclass(frozen=True)
class Base:
    """A project that works.  ``files`` are the repository's, ``index`` those of the distributions, by name."""

    name: str
    files: Mapping[str, str]
    index: Mapping[str, Mapping[str, str]]


def read_sections(text: str) -> tuple[str, dict[str, str]]:
    """The title, and path -> text of each section."""
    title, *sections = ("\n" + text).split("\n" + MARK)
    files: dict[str, str] = {}
    for section in sections:
        path, _, body = section.partition("\n")
        files[path.strip()] = body.rstrip("\n") + "\n" if body.strip() else ""
    return title.strip(), files


def lay_out(directory: Path, files: Mapping[str, str]) -> None:
    """Write files below a directory."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def bases() -> list[Base]:
    """Every base project, by name; the mended fixtures of SAM are among them."""
    found = [_base(path.stem, read_sections(path.read_text(encoding="utf-8"))[1]) for path in BASES.glob("*.txt")]
    for path in FIXTURES.glob("*/mended"):
        files = {
            str(file.relative_to(path)): file.read_text(encoding="utf-8") for file in path.rglob("*") if file.is_file()
        }
        if "template.yaml" in files:
            found.append(_base(f"fixture-{path.parent.name}", files))
    return sorted(found, key=lambda base: base.name)


def _base(name: str, sections: Mapping[str, str]) -> Base:
    index: dict[str, dict[str, str]] = {}
    files: dict[str, str] = {}
    for path, text in sections.items():
        if path.startswith(INDEX):
            distribution, _, inner = path.removeprefix(INDEX).partition("/")
            index.setdefault(distribution, {})[inner] = text
        else:
            files[path] = text
    return Base(name, files, index)
