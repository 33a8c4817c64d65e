"""What is predicted of a project's package, beside what the tool packaged."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from terraform_packages.projects import Packaged
from vartask.artifact.zip import predict_zip
from vartask.config import Settings
from vartask.definitions.terraform import find
from vartask.model import Zip
from vartask.project import Project

RECORDED = Path(__file__).with_name("recorded.json")
ROOT = "/var/task/"


@dataclass(frozen=True)
class Compared:
    """``missing`` are packaged and not predicted, ``extra`` predicted and not packaged; ``unknown`` why one may differ."""

    missing: frozenset[str]
    extra: frozenset[str]
    unknown: tuple[str, ...]
    files: int

    @property
    def exact(self) -> bool:
        """Whether prediction and package have the same files."""
        return not self.missing and not self.extra


def recorded() -> dict[str, list[str]]:
    """The names in the real archives by project; what was installed is left out."""
    found: dict[str, list[str]] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def compared(root: Path, packaged: Packaged, names: list[str]) -> Compared:
    """Write the project, predict, and compare."""
    packaged.write(root)
    project = Project(root)
    (function,) = find(project, Settings()).functions
    assert isinstance(function.artifact, Zip)
    tree = predict_zip(project, function)
    predicted = {
        path.removeprefix(ROOT) for path, entry in tree.entries.items() if entry.kind == "f" and path.startswith(ROOT)
    }
    reasons = tuple(
        region.reason for region in tree.regions if region.path.startswith("/var/task") and region.distributions is None
    )
    return Compared(frozenset(names) - predicted, frozenset(predicted - set(names)), reasons, len(names))
