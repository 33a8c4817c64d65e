"""vartask knows its own modules and tables, installed or in an archive."""

from __future__ import annotations

import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import vartask
from vartask import definitions, reports, rules
from vartask.packaged import modules


@pytest.mark.parametrize("package", [definitions, reports, rules], ids=lambda package: package.__name__)
def test_the_modules_of_a_package_are_those_that_python_finds(package: object) -> None:
    path = package.__path__  # type: ignore[attr-defined]
    assert modules(path) == sorted(info.name for info in pkgutil.iter_modules(path))


def test_modules_and_tables_are_found_in_an_archive(tmp_path: Path) -> None:
    house = Path(vartask.__file__).parent
    shutil.copytree(house, tmp_path / "all" / "vartask", ignore=shutil.ignore_patterns("__pycache__"))
    archive = shutil.make_archive(str(tmp_path / "vartask"), "zip", tmp_path / "all")
    code = (
        "import vartask.rules, vartask.packaged as packaged; from vartask.data import table;"
        "print(vartask.rules.__file__.startswith(%r), len(packaged.modules(vartask.rules.__path__)), len(table('stdlib.txt')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code % archive], env={"PYTHONPATH": archive}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [
        "True",
        str(len(modules(rules.__path__))),
        str((house / "data/stdlib.txt").stat().st_size),
    ]
