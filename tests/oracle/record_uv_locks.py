"""Record what the real uv exports from lock files that it made: ``tests/conformance/uv_locks.json``.

    python tests/oracle/record_uv_locks.py UV

UV is the program.  Random little projects, with wheels of their own and without any index: extras, groups, markers, two
versions of one distribution.  ``tests/conformance/test_uv_locks.py`` reads the record.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from wheelhouse import Wheel

TARGET = Path(__file__).parents[1] / "conformance" / "uv_locks.json"
PROJECTS = 24
NAMES = [f"p{number}" for number in range(10)]
EXTRAS = ("fast", "slow")
MARKERS = (
    "python_version >= '3.11'",
    "python_version < '3.12'",
    "python_full_version < '3.10.0'",
    "sys_platform == 'win32'",
    "sys_platform != 'darwin' and platform_machine == 'x86_64'",
    "implementation_name == 'cpython'",
    "platform_system == 'Windows' or python_version < '3.10'",
)
OPTIONS = (
    "--no-default-groups",
    "",
    "--no-dev",
    "--all-groups",
    "--only-group docs",
    "--group docs --no-group dev",
    "--extra more",
    "--all-extras --no-dev",
    "--only-dev",
)


def main() -> int:
    """Make the projects, ask uv, write the record."""
    rng = random.Random(4)  # noqa: S311 - test data
    cases = [case for _ in range(PROJECTS) if (case := record(rng, sys.argv[1])) is not None]
    TARGET.write_text(json.dumps(cases, indent=1) + "\n", encoding="utf-8")
    return 0


def record(rng: random.Random, uv: str) -> dict[str, object] | None:
    """One project: its files and what uv exports."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for index, package in enumerate(NAMES):
            needs = [wanted(rng, other) for other in NAMES[index + 1 :] if rng.random() < 0.25]
            needs += [f"{other}; extra == '{rng.choice(EXTRAS)}'" for other in NAMES[index + 1 :] if rng.random() < 0.2]
            for version in ("1.0", "2.0"):
                Wheel(package, version, {f"{package}.py": ""}, requires=needs, extras=EXTRAS).write(directory / "w")
        pyproject = project(rng)
        (directory / "pyproject.toml").write_text(pyproject, encoding="utf-8")
        if ask(uv, directory, "lock") is None:
            return None
        exports = {line: ask(uv, directory, "export", "--frozen", *FORM, *line.split()) for line in OPTIONS}
        lock = (directory / "uv.lock").read_text(encoding="utf-8")
        return {"pyproject": pyproject, "lock": lock, "exports": exports}


FORM = ("--no-hashes", "--no-header", "--no-annotate", "--no-emit-project")


def ask(uv: str, directory: Path, action: str, *options: str) -> str | None:
    """What uv prints; ``None`` when it refuses."""
    command = [uv, action, *options, "--no-index", "--find-links", "w", "--offline", "--quiet"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout if done.returncode == 0 else None


def wanted(rng: random.Random, name: str) -> str:
    """A requirement with an extra, a version, a marker, or none of them."""
    extra = f"[{rng.choice(EXTRAS)}]" if rng.random() < 0.3 else ""
    marker = f"; {rng.choice(MARKERS)}" if rng.random() < 0.4 else ""
    return f"{name}{extra}{marker}"


def project(rng: random.Random) -> str:
    """A pyproject.toml that asks for some of them, one in two versions."""
    chosen = rng.sample(NAMES, 5)
    main = [
        wanted(rng, chosen[0]),
        f"{chosen[1]}==1.0; python_version < '3.11'",
        f"{chosen[1]}>1; python_version >= '3.11'",
    ]
    return (
        '[project]\nname = "app"\nversion = "0"\nrequires-python = ">=3.9"\n'
        f"dependencies = {json.dumps(main)}\n"
        f'[project.optional-dependencies]\nmore = ["{wanted(rng, chosen[2])}"]\n'
        f'[dependency-groups]\ndev = ["{wanted(rng, chosen[3])}"]\ndocs = ["{wanted(rng, chosen[4])}"]\n'
    )


if __name__ == "__main__":
    sys.exit(main())
