"""What stands in a monorepo beside its Python files: front ends, examples of events, pages, pictures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random

from snippets import FIELDS, NOUNS, VERBS


def other_files(random: Random, count: int) -> Iterator[tuple[str, str]]:
    """Paths below a service's directory, with their texts."""
    kinds = (_component, _event, _component, _style, _page, _component, _picture)
    for number in range(count):
        yield kinds[number % len(kinds)](random, number)


def _component(random: Random, number: int) -> tuple[str, str]:
    noun = random.choice(NOUNS).title()
    fields = random.sample(FIELDS, 8)
    properties = "".join(f"  {field}: string;\n" for field in fields)
    rows = "".join(f"      <dt>{field}</dt>\n      <dd>{{value.{field}}}</dd>\n" for field in fields)
    text = (
        "import React from 'react';\n\n"
        f"export interface {noun} {{\n{properties}}}\n\n"
        f"export function {noun}View({{ value }}: {{ value: {noun} }}) {{\n"
        f'  return (\n    <dl className="{noun.lower()}">\n{rows}    </dl>\n  );\n}}\n'
    )
    return f"web/src/components/{noun}{number}.tsx", text


def _event(random: Random, number: int) -> tuple[str, str]:
    records = [
        {"messageId": str(index), "body": {field: random.randint(0, 10**6) for field in random.sample(FIELDS, 6)}}
        for index in range(random.randint(1, 12))
    ]
    return f"events/{random.choice(VERBS)}_{number}.json", json.dumps({"Records": records}, indent=2) + "\n"


def _style(random: Random, number: int) -> tuple[str, str]:
    rules = "".join(f".{noun} {{\n  margin: {random.randint(0, 9)}px;\n}}\n" for noun in random.sample(NOUNS, 12))
    return f"web/src/styles/page{number}.css", rules


def _page(random: Random, number: int) -> tuple[str, str]:
    noun = random.choice(NOUNS)
    return f"docs/{noun}_{number}.md", f"# {noun}\n\n" + f"Each {noun} is kept for a year.\n\n" * random.randint(5, 40)


def _picture(random: Random, number: int) -> tuple[str, str]:
    points = " ".join(f"{random.randint(0, 99)},{random.randint(0, 99)}" for _ in range(60))
    text = f'<svg xmlns="http://www.w3.org/2000/svg"><polyline points="{points}"/></svg>\n'
    return f"web/public/{random.choice(NOUNS)}{number}.svg", text
