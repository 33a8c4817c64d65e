"""Source texts of modules: random definitions, and calls of what the imported modules define."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from snippets import CONSTANT, DEFINITIONS, FIELDS, NOUNS, VERBS

_CONSTANTS = 0.15
"""The share of definitions that are tables."""


@dataclass(frozen=True, slots=True)
class Module:
    """A module that others can import: its dotted name, and the functions ``run_*`` that it defines."""

    name: str
    run: str


def library_module(random: Random, name: str, imported: Sequence[Module], lines: int) -> tuple[Module, str]:
    """A module of about ``lines`` lines that calls one function of each module in ``imported``."""
    imports: set[str] = {"import logging"}
    bodies: list[str] = []
    length = 30 + 3 * len(imported)
    while length < lines:
        noun, other = random.choice(NOUNS), random.choice(FIELDS)
        field = random.choice([one for one in FIELDS if one != other])
        verb, number, serial = random.choice(VERBS), random.randint(10, 90), len(bodies)
        holes = {"noun": noun, "field": field, "other": other, "verb": verb, "number": number, "less": number // 2}
        names = {
            "name": f"{verb}_{noun}_{serial}",
            "Name": f"{noun.title()}{serial}",
            "NAME": f"{noun.upper()}_{serial}",
        }
        if random.random() < _CONSTANTS:
            text = CONSTANT.substitute(holes, **names)
        else:
            snippet = random.choice(DEFINITIONS)
            imports |= set(snippet.imports)
            text = snippet.text.substitute(holes, **names)
        bodies.append(text)
        length += text.count("\n") + 2
    noun = name.rpartition(".")[2]
    module = Module(name, f"run_{noun}")
    text = "\n\n".join(
        [
            f'"""What the service knows of {noun.replace("_", " ")}."""\n\nfrom __future__ import annotations\n\n'
            + _imports(imports, imported)
            + "\nlogger = logging.getLogger(__name__)\n",
            *bodies,
            _run(module, imported),
        ]
    )
    return module, text


def _run(module: Module, imported: Sequence[Module]) -> str:
    lines = [
        f"def {module.run}(request: dict[str, object]) -> dict[str, object]:",
        '    """Do what this module is for, and tell what was done."""',
        f'    result: dict[str, object] = {{"step": "{module.run}", "size": len(request)}}',
        "    for name, value in request.items():",
        "        if value is None:",
        '            logger.debug("no value for %s", name)',
        "            continue",
        "        result.setdefault(name, value)",
        *(f"    result.update({one.run}(request))" for one in imported),
        "    return result",
    ]
    return "\n".join(lines) + "\n"


def _imports(plain: set[str], imported: Sequence[Module]) -> str:
    names: dict[str, set[str]] = {}
    for line in plain:
        before, word, after = line.partition(" import ")
        names.setdefault(before, set()).update(after.split(", ") if word else ())
    merged = [
        f"{before} import {', '.join(sorted(after, key=_constants_first))}" if after else before
        for before, after in names.items()
    ]
    lines = sorted(merged, key=lambda line: (line.startswith("from "), line))
    # A package of the company is installed, as far as a linter can see; the service's own comes last.
    company = sorted((one for one in _froms(imported) if one.startswith("from company_")), key=_natural)
    own = sorted(set(_froms(imported)) - set(company), key=_natural)
    return "\n".join("\n".join(block) + "\n" for block in (lines, company, own) if block)


def _natural(line: str) -> list[tuple[str, int]]:
    """As isort orders lines: ``module_2`` before ``module_10``."""
    return [(text, int(number or 0)) for text, number in re.findall(r"(\D+)(\d*)", line)]


def _froms(imported: Sequence[Module]) -> list[str]:
    return [f"from {one.name} import {one.run}" for one in imported]


def _constants_first(name: str) -> tuple[bool, bool, str]:
    """As isort orders names: constants, classes, the rest."""
    return not name.isupper(), not name[0].isupper(), name


def handler_module(random: Random, name: str, imported: Sequence[Module], environment: str) -> str:
    """The module of one handler: clients and settings at import, the work in ``handler``."""
    calls = "\n".join(f"            result.update({one.run}(body))" for one in imported)
    noun = random.choice(NOUNS)
    return f'''"""Handles {name.replace("_", " ")} events."""

from __future__ import annotations

import json
import logging
import os
from typing import Any

import boto3
from botocore.config import Config

{chr(10).join(sorted(_froms(imported), key=_natural))}

logger = logging.getLogger(__name__)
logger.setLevel(os.environ.get("LOG_LEVEL", "INFO"))

TABLE_NAME = os.environ["{environment}"]
TIMEOUT = int(os.getenv("{noun.upper()}_TIMEOUT", "{random.randint(2, 30)}"))
table = boto3.resource("dynamodb", config=Config(connect_timeout=TIMEOUT)).Table(TABLE_NAME)


def respond(status: int, document: dict[str, Any]) -> dict[str, Any]:
    """What API Gateway expects."""
    return {{
        "statusCode": status,
        "headers": {{"Content-Type": "application/json"}},
        "body": json.dumps(document, default=str),
    }}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda calls this for each request or batch of records."""
    logger.info("request %s of %s", context.aws_request_id, context.function_name)
    results = []
    for record in event.get("Records") or [event]:
        try:
            body = json.loads(record.get("body") or "{{}}")
            result: dict[str, object] = {{}}
{calls}
            table.put_item(Item={{"pk": "{noun}", "result": json.dumps(result, default=str)}})
            results.append(result)
        except (KeyError, ValueError) as error:
            logger.exception("cannot handle a record")
            return respond(400, {{"message": str(error)}})
    return respond(200, {{"count": len(results)}})
'''


def module_test(random: Random, module: Module, imports_handler: bool, lines: int) -> str:
    """Tests of one module; those of a handler pass a double for the context."""
    short = module.name.rpartition(".")[2]
    head = f'"""Tests of {module.name}."""\n\nimport pytest\n'
    if imports_handler:
        head = f'"""Tests of {module.name}."""\n\nimport json\nfrom types import SimpleNamespace\n\nimport pytest\n'
    what = "handler" if imports_handler else module.run
    parts = [f"{head}from {module.name} import {what}\n"]
    length = 8
    while length < lines:
        noun, field, number = random.choice(NOUNS), random.choice(FIELDS), random.randint(1, 99)
        serial = len(parts)
        text = f"""
@pytest.mark.parametrize("{field}", [None, "", "{noun}", {number}])
def test_{short}_{noun}_{serial}({field}):
    request = {{
        "{noun}": "{noun}-{number}",
        "{field}": {field},
        "count": {number},
    }}
"""
        if imports_handler:
            text += f"""    context = SimpleNamespace(aws_request_id="{number}", function_name="{short}")
    answer = handler({{"body": json.dumps(request)}}, context)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["count"] == 1
"""
        else:
            text += f"""    result = {module.run}(request)
    assert result["step"] == "{module.run}"
    assert result["count"] == {number}
    assert "{noun}" in result
"""
        parts.append(text)
        length += text.count("\n") + 1
    return "\n".join(parts)
