"""The other tools, at pinned versions, in an environment of their own that is made once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
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

    def flake8_with_plugin(self) -> str | None:
        """flake8 of the same version, in an environment that has vartask as it is in this repository."""
        path = self._with_plugin / "bin/flake8"
        return str(path) if path.is_file() else None

    @property
    def _with_plugin(self) -> Path:
        return self.environment / "plugin"

    def set_up(self) -> None:
        """Make the environments, unless they are there with these versions."""
        marker = self.environment / "versions.txt"
        pinned = (*(f"{name}=={version}" for name, version in VERSIONS.items()), f"pyright=={PYRIGHT}")
        wanted = "\n".join([*pinned, f"plugin of {REPOSITORY}", ""])
        if marker.is_file() and marker.read_text() == wanted:
            return
        print(f"making {self.environment}", file=sys.stderr)
        _make(self.environment, *(f"{name}=={version}" for name, version in VERSIONS.items()))
        _make(self._with_plugin, f"flake8=={VERSIONS['flake8']}", "--editable", str(REPOSITORY))
        npm = shutil.which("npm")
        if npm is not None:
            prefix = ["--prefix", str(self.environment / "node"), "--silent", "--no-audit", "--no-fund"]
            subprocess.run([npm, "install", *prefix, f"pyright@{PYRIGHT}"], check=True)
        marker.write_text(wanted)


def _make(environment: Path, *packages: str) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *packages], check=True)
