"""A file that the target cannot parse: when it is reported, in which words, and who catches it."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments import deployed
from vartask.imports.words import syntax_message
from vartask.model import Deployment

NEWER = "def f[T](x: T) -> T:\n    return x\n"
HANDLER = "\n\ndef handler(event, context):\n    return {}\n"


def found(directory: Path, app: str, runtime: str = "python3.11") -> Deployment:
    return deployed(directory, {"app.py": app, "newer.py": NEWER}, runtime=runtime)


def messages(deployment: Deployment) -> list[str | None]:
    return [syntax_message(deployment, outcome) for outcome in deployment.syntax]


@pytest.mark.parametrize(
    ("runtime", "words"),
    [("python3.10", "invalid syntax"), ("python3.11", "expected '('"), ("python3.12", None), ("python3.13", None)],
)
def test_the_message_is_the_runtimes(tmp_path: Path, runtime: str, words: str | None) -> None:
    text = f"Runtime.UserCodeSyntaxError: Syntax error in module 'app': {words} (newer.py, line 1)"
    assert messages(found(tmp_path, "import newer" + HANDLER, runtime)) == ([text] if words else [])


def test_a_file_that_is_imported_at_a_call_ends_the_call(tmp_path: Path) -> None:
    deployment = found(tmp_path, "def handler(event, context):\n    import newer\n")
    assert messages(deployment) == ["SyntaxError: expected '(' (newer.py, line 1)"]
    assert [(item.when, item.scope) for item in deployment.syntax] == [("call", "handler")]


@pytest.mark.parametrize(
    "clause",
    [
        "except Exception:",
        "except:",
        "except SyntaxError:",
        "except (ImportError, SyntaxError):",
        "except BaseException as e:",
    ],
)
def test_a_clause_that_catches_a_syntax_error_mends_the_import(tmp_path: Path, clause: str) -> None:
    assert found(tmp_path, f"try:\n    import newer\n{clause}\n    newer = None\n{HANDLER}").syntax == ()


@pytest.mark.parametrize(
    "clause", ["except ImportError:", "except ModuleNotFoundError:", "except (ImportError, ValueError):"]
)
def test_a_clause_for_missing_modules_does_not(tmp_path: Path, clause: str) -> None:
    assert found(tmp_path, f"try:\n    import newer\n{clause}\n    newer = None\n{HANDLER}").syntax != ()


def test_a_clause_for_syntax_errors_does_not_catch_a_missing_module(tmp_path: Path) -> None:
    code = "try:\n    from newer2 import missing\nexcept SyntaxError:\n    missing = None\n" + HANDLER
    assert deployed(tmp_path, {"app.py": code, "newer2.py": ""}).names != ()


def test_suppressing_syntax_errors_mends_the_import(tmp_path: Path) -> None:
    code = "import contextlib\nwith contextlib.suppress(SyntaxError):\n    import newer\n" + HANDLER
    assert found(tmp_path, code).syntax == ()


def test_inline_code_is_reported_where_it_stands_and_said_as_it_is_numbered(tmp_path: Path) -> None:
    import textwrap

    from vartask.config import Settings
    from vartask.engine import check
    from vartask.project import Project

    template = "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: python3.9\n"
    template += "      Handler: index.handler\n      Code:\n        ZipFile: |\n"
    code = "def handler(event, context):\n    match event:\n        case {}: pass\n"
    (tmp_path / "template.yaml").write_text(template + textwrap.indent(code, " " * 10), encoding="utf-8")
    finding = check(Project(tmp_path), Settings()).findings[0]
    assert (finding.code, finding.span.line) == ("VT002", 10)
    assert finding.runtime_message is not None
    assert finding.runtime_message.endswith("invalid syntax (index.py, line 2)")
