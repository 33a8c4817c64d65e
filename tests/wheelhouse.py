"""A tiny writer of wheels, with whatever oddities a test asks for."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FILE = stat.S_IFREG | 0o644
PROGRAM = stat.S_IFREG | 0o755


@dataclass(frozen=True)
class Wheel:
    """What goes into one wheel: ``files`` are texts by name, ``modes`` the zip's mode bits where they matter."""

    name: str
    version: str = "1.0"
    files: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, int] = field(default_factory=dict)
    requires: Sequence[str] = ()
    scripts: Sequence[str] = ()
    gui: Sequence[str] = ()
    tag: str = "py3-none-any"
    purelib: bool = True
    requires_python: str | None = None
    extras: Sequence[str] = ()

    @property
    def filename(self) -> str:
        """As PEP 427 spells it."""
        return f"{self.name}-{self.version}-{self.tag}.whl"

    def write(self, directory: Path) -> Path:
        """Write the wheel; its path."""
        directory.mkdir(parents=True, exist_ok=True)
        info = f"{self.name}-{self.version}.dist-info"
        head = f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}\n"
        head += "".join(f"Requires-Dist: {line}\n" for line in self.requires)
        head += "".join(f"Provides-Extra: {name}\n" for name in self.extras)
        head += f"Requires-Python: {self.requires_python}\n" if self.requires_python else ""
        root = f"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: {str(self.purelib).lower()}\nTag: {self.tag}\n"
        members = {**self.files, f"{info}/METADATA": head, f"{info}/WHEEL": root}
        points = "".join(f"{name} = {self.name}:main\n" for name in self.scripts)
        windows = "".join(f"{name} = {self.name}:main\n" for name in self.gui)
        if points or windows:
            members[f"{info}/entry_points.txt"] = f"[console_scripts]\n{points}[gui_scripts]\n{windows}"
        members[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in (*members, f"{info}/RECORD"))
        path = directory / self.filename
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in members.items():
                entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
                entry.external_attr = self.modes.get(name, FILE) << 16
                archive.writestr(entry, text)
        return path
