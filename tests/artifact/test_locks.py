"""What lock files bring to the target: groups, extras, markers, projects of the repository."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from vartask.artifact.locks import MAIN, PRODUCTION, Selection, Unlisted, read_lock
from vartask.artifact.requirements import read_requirements
from vartask.artifact.target import Target
from vartask.project import Project

EVERYTHING = Selection(None, None)

UV = """
version = 1
[[package]]
name = "app"
source = { virtual = "." }
dependencies = [
    { name = "requests", extra = ["socks"] },
    { name = "tomli", marker = "python_full_version < '3.11'" },
    { name = "pywin32", marker = "sys_platform == 'win32'" },
]
[package.optional-dependencies]
more = [{ name = "rich" }]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
docs = [{ name = "sphinx" }]
[[package]]
name = "requests"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "idna" }]
[package.optional-dependencies]
socks = [{ name = "pysocks" }]
security = [{ name = "pyopenssl" }]
""" + "".join(
    f'[[package]]\nname = "{name}"\nsource = {{ registry = "https://pypi.org/simple" }}\n'
    for name in ("tomli", "pywin32", "rich", "pytest", "sphinx", "idna", "pysocks", "pyopenssl")
)

POETRY = """
[[package]]
name = "Requests"
groups = ["main", "dev"]
dependencies = { idna = ">=2" }
[[package]]
name = "idna"
groups = ["main"]
[[package]]
name = "tomli"
groups = ["main"]
markers = "python_version < \\"3.11\\""
[[package]]
name = "colorama"
groups = ["main", "dev"]
markers = { main = "platform_system == \\"Windows\\"", dev = "sys_platform == \\"win32\\"" }
[[package]]
name = "rich"
optional = true
groups = ["main"]
markers = "extra == \\"more\\""
[[package]]
name = "pytest"
groups = ["dev"]
"""

POETRY_1_2 = "".join(
    f'[[package]]\nname = "{name}"\ncategory = "{group}"\noptional = {optional}\n'
    for name, group, optional in (
        ("requests", "main", "false"), ("idna", "main", "false"), ("rich", "main", "true"), ("pytest", "dev", "false"),
    )
)  # fmt: skip

POETRY_1_5 = """
[[package]]
name = "requests"
[package.dependencies]
idna = ">=2"
pysocks = {version = ">=1", optional = true}
win32 = {version = ">=1", markers = "sys_platform == \\"win32\\""}
[[package]]
name = "idna"
[[package]]
name = "pysocks"
[[package]]
name = "win32"
[[package]]
name = "pytest"
[package.dependencies]
pluggy = "*"
[[package]]
name = "pluggy"
"""
PYPROJECT_1_5 = """
[tool.poetry.dependencies]
python = "^3.11"
requests = {}
[tool.poetry.group.dev.dependencies]
pytest = "*"
"""

PIPFILE = """{
"_meta": {"hash": {}},
"default": {"requests": {"version": "==2"}, "Idna": {}, "tomli": {"markers": "python_version < '3.11'"}},
"develop": {"pytest": {}}
}"""

PYLOCK = """
lock-version = "1.0"
extras = ["more"]
dependency-groups = ["dev"]
[[packages]]
name = "requests"
[[packages]]
name = "idna"
marker = "python_version >= '3.9'"
[[packages]]
name = "rich"
marker = "'more' in extras"
[[packages]]
name = "pytest"
marker = "'dev' in dependency_groups and python_version >= '3.9'"
[[packages]]
name = "pywin32"
marker = "sys_platform == 'win32'"
"""

PDM = """
[[package]]
name = "requests"
groups = ["default", "dev"]
[[package]]
name = "idna"
groups = ["default"]
[[package]]
name = "tomli"
groups = ["default"]
marker = "python_version < \\"3.11\\""
[[package]]
name = "pytest"
groups = ["dev"]
"""

LOCKS = {
    "uv.lock": (UV, None),
    "poetry.lock": (POETRY, None),
    "old/poetry.lock": (POETRY_1_2, None),
    "older/poetry.lock": (POETRY_1_5, PYPROJECT_1_5.format('"*"')),
    "Pipfile.lock": (PIPFILE, None),
    "pylock.toml": (PYLOCK, None),
    "pylock.prod.toml": (PYLOCK, None),
    "pdm.lock": (PDM, None),
}


@pytest.mark.parametrize("name", LOCKS)
def test_production_is_what_a_function_gets(name: str) -> None:
    text, pyproject = LOCKS[name]
    found = read_lock(name, text, pyproject, PRODUCTION.for_target(Target("3.12", "x86_64")))
    assert found - {"pysocks"} == {"requests", "idna"}
    assert ("pysocks" in found) == (name == "uv.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_groups_are_added_where_nothing_says_they_stay_out(name: str) -> None:
    text, pyproject = LOCKS[name]
    found = read_lock(name, text, pyproject, replace(EVERYTHING, target=Target("3.12")))
    assert {"requests", "idna", "pytest"} <= found
    assert not found & {"pywin32", "win32", "colorama"}


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock"])
def test_markers_are_the_targets(name: str) -> None:
    text = LOCKS[name][0]
    assert "tomli" in read_lock(name, text, None, PRODUCTION.for_target(Target("3.10")))
    assert "tomli" in read_lock(name, text, None, PRODUCTION)
    assert "tomli" not in read_lock(name, text, None, PRODUCTION.for_target(Target("3.11")))


def test_extras_and_groups_are_chosen_by_name() -> None:
    for extras, groups, more in [
        ({"more"}, {MAIN}, {"rich"}),
        (set(), {MAIN, "docs"}, {"sphinx"}),
        (set(), {"docs"}, {"sphinx"}),
    ]:
        selection = Selection(frozenset(groups), frozenset(extras), target=Target("3.12"))
        plain = {"requests", "idna", "pysocks"} if MAIN in groups else set()
        assert read_lock("uv.lock", UV, None, selection) == plain | more


def test_an_extra_of_a_requirement_follows_poetrys_older_lock() -> None:
    pyproject = PYPROJECT_1_5.format('{version = "*", extras = ["socks"]}')
    assert "pysocks" in read_lock("poetry.lock", POETRY_1_5, pyproject, PRODUCTION)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uv.lock", UV.replace('name = "idna"\nsource = { registry = "https://pypi.org/simple" }', 'name = "idna"\nsource = { editable = "lib" }')),
        ("poetry.lock", POETRY + '[[package]]\nname = "lib"\ngroups = ["main"]\nsource = { type = "directory", url = "../lib" }\n'),
        ("Pipfile.lock", '{"default": {"lib": {"path": "./lib"}}}'),
        ("pdm.lock", '[[package]]\nname = "lib"\npath = "./lib"\n'),
        ("pylock.toml", '[[packages]]\nname = "lib"\ndirectory = { path = "lib" }\n'),
        ("uv.lock", "no toml ["),
        ("Pipfile.lock", "[]"),
        ("pylock.toml", ""),
    ],
)  # fmt: skip
def test_what_nobody_lists_makes_it_no_list(name: str, text: str) -> None:
    with pytest.raises(Unlisted):
        read_lock(name, text, None, PRODUCTION)


def test_a_lock_file_is_read_like_requirements(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text(UV, encoding="utf-8")
    found = read_requirements(Project(tmp_path), "uv.lock", Target("3.12"))
    assert found.complete is True
    assert found.distributions == frozenset({"requests", "idna", "pysocks"})


HASH = " \\\n    --hash=sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("text", "names", "complete"),
    [
        (f"requests==2.32.5{HASH}\nidna==3.7{HASH}\n", {"requests", "idna"}, True),
        (f"requests==2.32.5{HASH}\nidna==3.7\n", {"requests", "idna"}, False),
        ("requests==2.32.5\nidna==3.7\n", {"requests", "idna"}, False),
        ("# This file is autogenerated by pip-compile with Python 3.12\nsix==1.16.0\n    # via x\n", {"six"}, True),
        ("# This file was autogenerated by uv via the following command:\nsix==1.16.0 ; python_version < '4'\n", {"six"}, True),
        ("# This file is autogenerated by pip-compile\ncffi==2.0.0\n", {"cffi", "pycparser"}, True),
        ("# This file is autogenerated by pip-compile\nsix>=1.16.0\n", {"six"}, False),
        ("# This file is autogenerated by pip-compile\nsix==1.16.0\n-r more.txt\n", {"six", "pytz"}, False),
        ("# autogenerated by pip-compile\nsix==1\n# The following packages are considered to be unsafe in a requirements file:\n# setuptools\n", {"six", "setuptools", "pip"}, True),
        ("pywin32==3; sys_platform == 'win32'\ntomli; python_version < '3.11'\nsix", {"six"}, False),
        ("six; platform_machine == 'aarch64'\npytz; platform_machine != 'x86_64'", {"six", "pytz"}, False),
        ("moto[s3, sqs]>=4\n", {"moto", "moto[s3,sqs]"}, False),
        ("lib @ https://example.com/lib-1.0.zip ; sys_platform == 'darwin'\nsix", {"six"}, False),
    ],
)  # fmt: skip
def test_requirements_that_were_resolved_before_are_complete(
    tmp_path: Path, text: str, names: set[str], complete: bool
) -> None:
    (tmp_path / "requirements.txt").write_text(text, encoding="utf-8")
    (tmp_path / "more.txt").write_text("pytz", encoding="utf-8")
    found = read_requirements(Project(tmp_path), "requirements.txt", Target("3.12"))
    assert found.complete is complete
    assert found.distributions == frozenset(names)


def test_pyproject_is_a_list_of_what_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(
        "[project]\ndependencies = ['requests[socks]>=2', 'x; sys_platform == \"win32\"']\n", encoding="utf-8"
    )
    found = read_requirements(Project(tmp_path), "pyproject.toml", Target("3.12"))
    assert found.complete is False
    assert found.distributions == frozenset({"requests", "requests[socks]"})
    path.write_text("[project]\ndynamic = ['dependencies']\n", encoding="utf-8")
    assert read_requirements(Project(tmp_path), "pyproject.toml").distributions is None
