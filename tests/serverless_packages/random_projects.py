"""Services made at random: patterns of every form, at every level."""

from __future__ import annotations

import random

from serverless_packages.projects import HEAD, Service

_SEGMENTS = (
    "*", "**", "src", "lib", "tests", "*.py", "*.{py,json}", "{src,two}", "[st]*", "!(tests)", "@(src|lib)", "data",
    "deep", ".*", "*.json", "*test*", "**.py", "te*", "__pycache__", "{src,{one,data}}", "[^s]*", "?(src|one)", "*.*",
    "unit", "one", "two", "sub", "layer", "python",
)  # fmt: skip
_LAST = ("*.py", "app.py", "x.json", "**", "*", "{a,b}*.py", "util.py", ".env", "README.md", ".gitignore")


def random_pattern(dice: random.Random) -> str:
    """One pattern without its sign."""
    parts = [dice.choice(_SEGMENTS) for _ in range(dice.choice((0, 0, 1, 1, 2)))]
    text = "/".join([*parts, dice.choice(_SEGMENTS + _LAST)])
    if dice.random() < 0.1:
        return f"./{text}"
    return f"../shared/{dice.choice(('**', '*.py', 'u.py', 'sub/**'))}" if dice.random() < 0.08 else text


def _listed(dice: random.Random, *, signed: float) -> str:
    one = ("!" if dice.random() < signed else "") + random_pattern(dice)
    return f"'{one}'"


def _package(dice: random.Random, *extra: str) -> str:
    kept = list(extra)
    for key, most, signed in (("exclude", 2, 0.1), ("include", 1, 0.3), ("patterns", 4, 0.6)):
        entries = [_listed(dice, signed=signed) for _ in range(dice.randint(0, most))]
        if entries:
            kept.append(f"{key}: [{', '.join(entries)}]")
    return f"{{{', '.join(kept)}}}"


def random_project(seed: int) -> Service:
    """A service with three functions and a layer; every package has at least the file that nothing leaves out."""
    dice = random.Random(seed)  # noqa: S311 - the same service in every run
    individually = [dice.random() < 0.5 for _ in range(3)]
    wide = ["individually: true"] if dice.random() < 0.3 else []
    lines = [
        f"package: {_package(dice, *wide)}",
        f"layers: {{lib: {{path: layer, package: {{patterns: ['.keep', {_listed(dice, signed=0.5)}]}}}}}}",
    ]
    lines.append("functions:")
    for name, apart in zip("abc", individually, strict=True):
        own = _package(dice, *(["individually: true"] if apart else []))
        lines.append(f"  {name}: {{handler: app.handler, package: {own}, layers: [{{Ref: LibLambdaLayer}}]}}")
    return Service("\n".join(lines) + "\n", head=HEAD)
