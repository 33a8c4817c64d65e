"""What the README says is what the program does."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import tomli

from vartask.config import KEYS, read
from vartask.reports import formats

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "refresh_readme.py"))


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_console_blocks_show_what_the_commands_print() -> None:
    assert len(SCRIPT["BLOCK"].findall(README)) >= 3
    assert SCRIPT["refreshed"](README) == README


def test_the_configuration_table_has_every_key() -> None:
    assert set(re.findall(r"^\| `([\w-]+)` \|", section("Configuration"), re.MULTILINE)) == set(KEYS)


def test_the_example_configuration_is_valid(tmp_path: Path) -> None:
    example = section("Configuration").partition("```toml\n")[2].partition("```")[0]
    path = tmp_path / "pyproject.toml"
    path.write_text(example, encoding="utf-8")

    settings = read(path)

    assert [function.name for function in settings.functions] == ["Api", "Worker"]
    assert set(tomli.loads(example)["tool"]["vartask"]) <= set(KEYS)


def test_the_formats_are_named() -> None:
    for name in formats():
        assert f"`{name}`" in section("Use")
