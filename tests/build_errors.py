"""Recorded builds of small Dockerfiles: what BuildKit 0.26.2 said of each, and at which line.

``tests/oracle/record_build_errors.py`` records them anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("conformance") / "build_errors.json"


@dataclass(frozen=True)
class BuildCase:
    """A Dockerfile with its context's files, and the error (``None``: it builds) with the line that was shown."""

    name: str
    dockerfile: str
    error: str | None
    files: Mapping[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    line: int | None = None

    def write(self, directory: Path) -> None:
        """Put Dockerfile and context there."""
        for name, contents in {**self.files, "Dockerfile": self.dockerfile}.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(contents, str):
                path.write_bytes(contents.encode())
            elif "link" in contents:
                path.symlink_to(contents["link"])
            else:
                path.write_bytes(bytes.fromhex(contents["hex"]))

    def option(self, name: str) -> str | None:
        """The value of one of the frontend's options."""
        return next((value for key, _, value in (item.partition("=") for item in self.options) if key == name), None)


def read_cases() -> list[BuildCase]:
    return [BuildCase(**{**item, "options": tuple(item.get("options", ()))}) for item in json.loads(TABLE.read_text())]
