"""The other tools, at pinned versions, in an environment of their own that is made once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

VERSIONS = {"ruff": "0.17.5", "flake8": "7.5.0", "pylint": "4.1.4", "mypy": "2.4.1"}
PYRIGHT = "1.1.414"


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the environment is; ``None`` from :meth:`program` for what is not there."""

    environment: Path

    def program(self, name: str) -> str | None:
        for place in (self.environment / "bin", self.environment / "node/node_modules/.bin"):
            if (place / name).is_file():
                return str(place / name)
        return None

    def set_up(self) -> None:
        """Make the environment, unless it is there with these versions."""
        marker = self.environment / "versions.txt"
        wanted = "\n".join([*(f"{name}=={version}" for name, version in VERSIONS.items()), f"pyright=={PYRIGHT}\n"])
        if marker.is_file() and marker.read_text() == wanted:
            return
        print(f"making {self.environment}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(self.environment)], check=True)
        pip = [str(self.environment / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *(f"{name}=={version}" for name, version in VERSIONS.items())], check=True)
        npm = shutil.which("npm")
        if npm is not None:
            prefix = ["--prefix", str(self.environment / "node"), "--silent", "--no-audit", "--no-fund"]
            subprocess.run([npm, "install", *prefix, f"pyright@{PYRIGHT}"], check=True)
        marker.write_text(wanted)
