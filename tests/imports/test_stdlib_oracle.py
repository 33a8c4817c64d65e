"""What the replay says of the standard library is what the real CPythons say, for every module of the table."""

from __future__ import annotations

from pathlib import Path

import pytest

import pythons
from deployments import deployed
from vartask.data.runtimes import SUPPORTED
from vartask.data.stdlib import minor_of, stdlib_module, stdlib_names

IMPORTER = """
import builtins, importlib, json, sys, sysconfig
statements, answer = json.load(sys.stdin), sys.stdout
sys.stdout = sys.stderr
said = []
for statement in statements:
    try:
        exec(statement, {})
    except ImportError as error:
        said.append(str(error))
    except BaseException as error:
        said.append(type(error).__name__)
    else:
        said.append(None)
paths = sysconfig.get_paths()
print(json.dumps([said, paths["stdlib"]]), file=answer)
"""
ACTING = {"__future__", "antigravity", "this", "idlelib", "turtledemo"}
VERSIONS = sorted(set(pythons.pythons()) & set(SUPPORTED))


def statements(version: str) -> list[str]:
    """An import of every name that some version has, a misspelt one of each module, and every module."""
    minor = minor_of(version)
    found: list[str] = []
    for name in sorted(stdlib_names()):
        module = stdlib_module(name)
        assert module is not None
        if name.partition(".")[0] in ACTING:
            continue
        found.append(f"import {name}")
        if minor in module.minors:
            found += [f"from {name} import {wanted}" for wanted in module.names if not wanted.startswith("_")]
            found.append(f"from {name} import nobody_has_this")
    return found


def predicted(version: str, lines: list[str], directory: Path) -> dict[int, str]:
    """Line number -> the text of the failure that the replay sees there."""
    code = "\n".join(lines) + "\n\ndef handler(event, context): ...\n"
    deployment = deployed(directory, {"app.py": code}, runtime=f"python{version}")
    return {outcome.span.line: outcome.error for outcome in deployment.stdlib if outcome.exact}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_failure_that_is_predicted_is_pythons_word_for_word(version: str, tmp_path: Path) -> None:
    lines = statements(version)
    said, home = pythons.ask(version, IMPORTER, lines)
    wrong = []
    predictions = predicted(version, lines, tmp_path)
    for number, text in predictions.items():
        real = (said[number - 1] or "fine").replace(home, f"/var/lang/lib/python{version}")
        if real != text:
            wrong.append((lines[number - 1], real, text))
    assert wrong == []
    assert len(predictions) > 800


@pytest.mark.parametrize("version", VERSIONS)
def test_hardly_a_name_that_came_or_went_is_missed(version: str, tmp_path: Path) -> None:
    lines = [line for line in statements(version) if judged(line)]
    said, _ = pythons.ask(version, IMPORTER, lines)
    predictions = predicted(version, lines, tmp_path)
    refused = [number for number, text in enumerate(said, 1) if text is not None]
    missed = [lines[number - 1] for number in refused if number not in predictions]
    # The rest are names that no documentation has ever had: they come and go with patch releases.
    assert len(missed) < len(refused) * 0.5, missed


def judged(line: str) -> bool:
    """Whether the module is one that is the same on every machine."""
    module = stdlib_module(line.split()[1])
    return line.startswith("from ") and module is not None and module.complete
