"""Projects at random: the pieces of ``source_path`` and the patterns of ``excludes`` put together."""

from __future__ import annotations

import random
from typing import Any

from terraform_packages.projects import Packaged

_SOURCES = (
    "../src",
    "../shared",
    "../one",
    "../src/pkg",
    "../src/app.py",
    "../one/handler.py",
    "../src/",
    "./../shared",
)
_PREFIXES = ("", "a", "a/b", "python", "./x/", "src/../y")
_REGEXES = (
    *(
        ".*",
        ".*\\.py",
        ".*\\.md",
        "pkg/.*",
        "tests/.*",
        ".*/tests/.*",
        ".*/__pycache__/.*",
        "app\\.py",
        "pkg/?",
        "[^/]+",
    ),
    *("\\..*", "(pkg|shared)/[a-z]+\\.py", "a/.*", "python/.*\\.json", ".*/", "", "lib", ".*util.*", ".*\\.(md|json)"),
)
_COMMANDS = (
    ":zip",
    ":zip .",
    ":zip pkg",
    ":zip pkg lib",
    ":zip ../shared 'a b'",
    ":zip ../one/handler.py x",
    ":zip app.py",
)
_GLOBS = (
    *(
        "tests",
        "tests/**",
        "**/tests",
        "**/*.md",
        "*.py",
        "pkg",
        "pkg/*",
        "pkg/**/*.py",
        "**/__pycache__/**",
        "**/*.py",
    ),
    *("?pp.py", "[a-p]*", "[!a-p]*", "{pkg,tests}/**", "**/{tests,deep}", "pkg/d*p", "**/deep/**", "src/**", "./pkg"),
    *(
        "pkg/",
        "**/notes.*",
        "**/*[.]json",
        "p**",
        "**/p*/**",
        "pkg/*/*",
        "node_modules_x/**/",
        "**/inner.py",
        "\\[odd\\]",
    ),
)


def random_project(seed: int) -> Packaged:
    """The project of a seed; even seeds ask the module, odd ones ``archive_file``."""
    chance = random.Random(seed)  # noqa: S311 - a project that anyone can make again
    if seed % 2:
        patterns = chance.sample(_GLOBS, chance.randrange(5))
        return Packaged(f"random {seed}", archive={"source_dir": "../src", "excludes": patterns}, links=_links(chance))
    items = [_item(chance) for _ in range(chance.randrange(1, 4))]
    source = items[0] if len(items) == 1 and chance.random() < 0.5 else items
    return Packaged(f"random {seed}", module={"source_path": source}, links=_links(chance))


def _links(chance: random.Random) -> dict[str, str]:
    links = {"src/linked": "../shared", "src/pkg/one.py": "../../one/handler.py", "shared/again": "../one"}
    return {name: target for name, target in links.items() if chance.random() < 0.2}


def _item(chance: random.Random) -> Any:
    source = chance.choice(_SOURCES)
    if chance.random() < 0.3:
        return source
    if chance.random() < 0.25:
        commands = chance.sample(_COMMANDS, chance.randrange(1, 3))
        return {"path": "../src", "commands": commands, **_patterns(chance)}
    made = {"path": source, **_patterns(chance)}
    if chance.random() < 0.5:
        made["prefix_in_zip"] = chance.choice(_PREFIXES)
    return made


def _patterns(chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.5:
        return {}
    listed = [chance.choice(("!", "!", "")) + chance.choice(_REGEXES) for _ in range(chance.randrange(1, 4))]
    return {"patterns": listed if chance.random() < 0.7 else "\n".join(listed)}
