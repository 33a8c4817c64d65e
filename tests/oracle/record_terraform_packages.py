"""Package the projects of ``tests/terraform_packages`` with the real tools and compare, or record anew.

    python tests/oracle/record_terraform_packages.py --module PACKAGE_PY --archiver PROGRAM [--record | --random N]

``PACKAGE_PY`` is the packager of a copy of terraform-aws-modules/lambda (recorded with 8.1), which Terraform runs itself
to make a package; it needs ``python3.11``, ``uv`` and ``poetry`` (with poetry-plugin-export) on PATH.  ``PROGRAM`` reads
one JSON object from its standard input (``Dir`` or ``File`` or ``Members``, ``Excludes``, ``Mode``, ``Out``) and hands
it to ``ZipArchiver`` of hashicorp/terraform-provider-archive (recorded with 2.8.0).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from terraform_packages.compare import RECORDED, compared, recorded
from terraform_packages.projects import PROJECTS, Packaged
from terraform_packages.random_projects import random_project

LEFT = ("six.py", "six-", ".venv", ".lock", "uv.lock", "poetry.lock")
"""What is installed, and what Poetry and uv leave beside it."""


class Failed(Exception):
    """A tool failed."""


def by_module(packaged: Packaged, root: Path, packager: Path) -> Path:
    """As the module's ``package.tf`` calls its packager: ``prepare`` makes a plan, ``build`` the archive."""
    infra = root / "infra"
    source = packaged.module["source_path"]
    query = {
        "paths": json.dumps({"module": ".", "root": ".", "cwd": str(infra)}),
        "artifacts_dir": "../../builds",
        "runtime": packaged.module.get("runtime", "python3.11"),
        "source_path": source if isinstance(source, str) else json.dumps(source),
        "hash_extra": "",
        "hash_internal": json.dumps(["x"]),
        "recreate_missing_package": "true",
        "quiet": "true",
    }
    done = run([sys.executable, str(packager), "prepare"], infra, json.dumps(query))
    answer = json.loads(done)
    plan = infra / answer["build_plan_filename"]
    plan.parent.mkdir(parents=True, exist_ok=True)
    plan.write_text(answer["build_plan"], encoding="utf-8")
    command = [sys.executable, str(packager), "build", "--timestamp", answer["timestamp"]]
    run([*command, answer["build_plan_filename"]], infra)
    return infra / str(answer["filename"])


def by_archiver(packaged: Packaged, root: Path, program: Path) -> Path:
    """``archive_file``."""
    infra = root / "infra"
    members = {
        name: (infra / text.removeprefix("file:")).read_text() if text.startswith("file:") else text
        for name, text in packaged.archive.get("members", {}).items()
    }
    question = {
        "Dir": packaged.archive.get("source_dir", ""),
        "File": packaged.archive.get("source_file", ""),
        "Mode": packaged.archive.get("output_file_mode", ""),
        "Excludes": packaged.archive.get("excludes", []),
        "Members": members,
        "Out": "out.zip",
    }
    run([str(program)], infra, json.dumps(question))
    return infra / "out.zip"


def run(command: list[str], directory: Path, text: str = "") -> str:
    """The standard output of a tool that must succeed."""
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(
        command, cwd=directory, input=text, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise Failed(f"{' '.join(command)}: {done.stdout[-500:]}{done.stderr[-500:]}")
    return done.stdout


def names(archive: Path) -> list[str]:
    """The files of an archive, without what was installed and left behind.  A name that stands twice counts once."""
    with zipfile.ZipFile(archive) as opened:
        listed = {os.path.normpath(info.filename) for info in opened.infolist() if not info.is_dir()}
    return sorted(name for name in listed if not any(part.startswith(LEFT) for part in name.split("/")))


def packaged_by_tool(packaged: Packaged, options: argparse.Namespace) -> list[str] | None:
    """The files that the real tool packages; ``None`` when it fails."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "project"
        packaged.write(root)
        try:
            if packaged.archive:
                return names(by_archiver(packaged, root, options.archiver.resolve()))
            return names(by_module(packaged, root, options.module.resolve()))
        except Failed as error:
            sys.stdout.write(f"{packaged.name}: {error}\n")
            return None


def at_random(options: argparse.Namespace) -> int:
    """Compare predictions of random projects with what the tools make of them."""
    wrong = failed = files = 0
    for seed in range(options.random):
        packaged = random_project(seed)
        listed = packaged_by_tool(packaged, options)
        with tempfile.TemporaryDirectory() as directory:
            found = compared(Path(directory), packaged, listed or [])
        if listed is None:
            failed += 1
        elif not found.exact or found.unknown:
            wrong += 1
            sys.stdout.write(f"{packaged}: {sorted(found.missing)} {sorted(found.extra)} {found.unknown}\n")
        else:
            files += found.files
    sys.stdout.write(f"{wrong} of {options.random} differ, {failed} failed, {files} files\n")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", type=Path, required=True, metavar="PACKAGE_PY")
    parser.add_argument("--archiver", type=Path, required=True, metavar="PROGRAM")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--random", type=int, default=0, metavar="N", help="compare N random projects instead")
    options = parser.parse_args()
    if options.random:
        return at_random(options)
    found = {name: packaged_by_tool(packaged, options) or [] for name, packaged in PROJECTS.items()}
    known = recorded() if RECORDED.is_file() else {}
    different = [name for name in found if found[name] != known.get(name)]
    for name in different:
        sys.stdout.write(f"{name}: {found[name]}\n")
    if options.record:
        lines = (f"{json.dumps(name)}: {json.dumps(listed, ensure_ascii=False)}" for name, listed in found.items())
        RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    sys.stdout.write(f"{len(different)} of {len(found)} differ\n")
    return 1 if different and not options.record else 0


if __name__ == "__main__":
    raise SystemExit(main())
