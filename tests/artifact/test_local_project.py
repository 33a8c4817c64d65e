from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from vartask.artifact.local_project import modules
from written import project

POETRY = '[build-system]\nbuild-backend = "poetry.core.masonry.api"\n[tool.poetry]\nname = "my-tools"\n'
HATCH = '[build-system]\nbuild-backend = "hatchling.build"\n[project]\nname = "my-tools"\n'
SETUPTOOLS = '[project]\nname = "tools"\n'


@pytest.mark.parametrize(
    ("settings", "files", "expected"),
    [
        (POETRY, {"p/src/my_tools/a.py": ""}, (("p/src/my_tools", ""),)),
        (POETRY, {"p/my_tools.py": ""}, (("p/my_tools.py", ""),)),
        (POETRY + 'packages = [{include = "one", from = "lib"}]\n', {"p/lib/one/a.py": ""}, (("p/lib/one", ""),)),
        (POETRY + 'packages = [{include = "*"}]\n', {"p/lib/one/a.py": ""}, None),
        (HATCH, {"p/my_tools/__init__.py": ""}, (("p/my_tools", ""),)),
        (HATCH + "[tool.hatch.build]\n", {"p/my_tools/__init__.py": ""}, None),
        (SETUPTOOLS, {"p/src/a/x.py": "", "p/src/b.py": ""}, (("p/src/a", ""), ("p/src/b.py", ""))),
        (SETUPTOOLS, {"p/tools/x.py": "", "p/tests/t.py": ""}, (("p/tools", ""),)),
        (SETUPTOOLS, {"p/one/x.py": "", "p/two/t.py": ""}, None),
        (SETUPTOOLS, {"p/tools/x.py": "", "p/setup.py": ""}, None),
        ("not toml", {}, None),
    ],
)
def test_the_modules_that_an_installation_of_a_project_gives(
    tmp_path: Path, settings: str, files: Mapping[str, str], expected: tuple[tuple[str, str], ...] | None
) -> None:
    assert modules(project(tmp_path, {"p/pyproject.toml": settings, **files}), "p") == expected


def test_a_directory_without_settings_is_no_project(tmp_path: Path) -> None:
    assert modules(project(tmp_path, {"p/a.py": ""}), "p") is None
