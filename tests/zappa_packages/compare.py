"""Package a project with ``zappa package``, and compare the files with those predicted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from vartask.artifact.zip import TASK_ROOT, predict_zip
from vartask.config import Settings
from vartask.definitions.zappa import find
from vartask.project import Project
from zappa_packages.projects import ZappaProject

ZAPPA = os.environ.get("VARTASK_ZAPPA") or shutil.which("zappa")
HOW = "Zappa is not installed: pip install zappa in an environment of its own, VARTASK_ZAPPA=that/bin/zappa"

INSTALLED = ("alpha/__init__.py", "beta.py", "alpha-1.0.dist-info/METADATA")
"""In the virtual environment that Zappa is told it runs in."""


class PackagingFailed(Exception):
    """``zappa`` refused; the text is what it said last."""


@dataclass(frozen=True, slots=True)
class Compared:
    """How many files were predicted, and what is wrong."""

    files: int
    different: tuple[str, ...]


def compare(root: Path, project: ZappaProject) -> Compared:
    """Predict first, then package."""
    project.write(root)
    found = [one for one in find(Project(root), Settings()).functions if one.name == f"shop-{project.stage}"]
    if len(found) != 1:
        return Compared(0, (f"functions predicted: {[one.name for one in found]}",))
    tree = predict_zip(Project(root), found[0])
    below = f"{TASK_ROOT}/"
    mine = {
        path.removeprefix(below) for path, one in tree.entries.items() if path.startswith(below) and one.kind == "f"
    }
    real = _members(_package(root, project.stage))
    installed = {name for name in real if name.split("/")[0] in {"alpha", "beta.py", "alpha-1.0.dist-info"}}
    different = [f"predicted, but not packaged: {sorted(mine - real)}"] if mine - real else []
    different += [f"packaged, but not predicted: {sorted(extra)}"] if (extra := real - mine - installed) else []
    whole = [one for one in tree.regions if one.path == TASK_ROOT]
    different += [] if whole and installed else ["what is installed is not said to be unknown"]
    return Compared(len(real), tuple(different))


def _package(root: Path, stage: str) -> Path:
    if ZAPPA is None:
        raise PackagingFailed(HOW)
    python = Path(ZAPPA).parent / "python"
    version = subprocess.run(
        [str(python), "-c", "import sys; print('python%d.%d' % sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    for name in INSTALLED:
        path = root.parent / "environment" / "lib" / version / "site-packages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    out = root.parent / "out.zip"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP"))},
        "VIRTUAL_ENV": str(root.parent / "environment"),
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "HOME": str(root.parent),
    }
    command = [ZAPPA, "package", stage, "--output", str(out)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode or not out.exists():
        raise PackagingFailed(f"{done.stdout[-1500:]}{done.stderr[-1500:]} {sys.platform}")
    return out


def _members(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())
