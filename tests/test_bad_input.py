"""Bad input gets one clear line with its place; the rest of the run goes on; nothing is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deployments import write
from vartask.config import Settings
from vartask.engine import check
from vartask.model import Report
from vartask.project import MAX_BYTES, Project

HANDLER = "def handler(event, context):\n    return {}\n"
GOOD = "Resources:\n" + "".join(
    f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: python3.12\n"
    f"      CodeUri: {uri}/\n      Handler: app.handler\n"
    for name, uri in (("Good", "good"), ("Other", "other"))
)
BROKEN = {"template.yaml": GOOD, "good/app.py": "from shared.x import y\n" + HANDLER, "shared/x.py": "y = 1"}
"""A project with one function that is broken and must be found whatever else stands in the project."""


def run(directory: Path, files: dict[str, str | bytes]) -> Report:
    write(directory, {**BROKEN, "other/app.py": HANDLER})
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = _everything(directory)
    report = check(Project(directory), Settings())
    assert _everything(directory) == before
    assert report.crashes == ()
    assert ("good/app.py", "VT201") in {(item.span.path, item.code) for item in report.findings}
    return report


def _everything(directory: Path) -> set[str]:
    return {os.path.join(here, name) for here, _, names in os.walk(directory) for name in names}


def lines(report: Report, path: str) -> list[str]:
    """What the report says of one file."""
    found = [item.message for item in report.findings if item.span.path == path]
    return found + [gap.reason for gap in report.gaps if gap.span.path == path]


PYTHON: dict[str, bytes] = {
    "not UTF-8": b"# caf\xe9\n" + HANDLER.encode(),
    "NUL byte": HANDLER.encode() + b"\0",
    "50 MB": HANDLER.encode() + b"#" * (50 * 1024 * 1024),
    "5,000 brackets": b"x = " + b"[" * 5000 + b"]" * 5000 + b"\n" + HANDLER.encode(),
    "5,000 brackets never closed": b"x = " + b"(" * 5000,
    "5,000 levels of indentation": b"".join(b" " * depth + b"if x:\n" for depth in range(5000)),
    "not Python": b"<?php echo 1; ?>",
    "Python 2": b"print 'hello'\n",
}


@pytest.mark.parametrize("content", PYTHON.values(), ids=PYTHON.keys())
def test_a_python_file_that_cannot_be_used_gets_one_line(tmp_path: Path, content: bytes) -> None:
    report = run(tmp_path, {"other/app.py": content})
    (line,) = lines(report, "other/app.py")
    assert "\n" not in line


def test_what_only_some_interpreters_can_parse_gets_at_most_one_line(tmp_path: Path) -> None:
    content = b"x = " + b"-" * 5000 + b"1\n" + HANDLER.encode()
    assert len(lines(run(tmp_path, {"other/app.py": content}), "other/app.py")) <= 1


DEFINITIONS: dict[str, tuple[str, bytes]] = {
    "a list": ("broken/template.yaml", b"- Resources\n- AWS::Serverless::Function\n"),
    "not YAML": ("broken/template.yaml", b"Resources: {Type: AWS::Serverless::Function"),
    "not UTF-8": ("broken/template.yaml", b"# \xe9\nResources: {F: {Type: AWS::Serverless::Function}}"),
    "NUL bytes": ("broken/template.yaml", b"Resources: {F: {Type: 'AWS::Serverless::Function'}}\n\0"),
    "duplicate keys": (
        "broken/template.yaml",
        b"Resources:\n  F: {Type: AWS::Serverless::Function}\n  F: {Type: AWS::Serverless::Function}\n",
    ),
    "5,000 brackets": ("broken/template.yaml", b"# AWS::Serverless::Function\nx: " + b"[" * 5000 + b"]" * 5000),
    "5,000 braces in JSON": (
        "broken/template.json",
        b'{"Type": "AWS::Serverless::Function", "x": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
    ),
    "unknown instruction": ("broken/Dockerfile", b'FROM public.ecr.aws/lambda/python:3.12\nCOPPY a b\nCMD ["a.b"]\n'),
    "no FROM": ("broken/Dockerfile.lambda", b'COPY a b\nCMD ["a.b"]\n# public.ecr.aws/lambda/python\n'),
    "Dockerfile with NUL bytes": ("broken/Dockerfile", b"FROM public.ecr.aws/lambda/python:3.12\n\0\n"),
    "not HCL": ("broken/main.tf", b'resource "aws_lambda_function" "f" {\n  handler = \n'),
    "5,000 brackets in HCL": (
        "broken/main.tf",
        b'resource "aws_lambda_function" "f" {\n x = ' + b"[" * 5000 + b"]" * 5000 + b"\n}\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("path", "content"), DEFINITIONS.values(), ids=DEFINITIONS.keys())
def test_a_definition_that_cannot_be_used_gets_one_line(tmp_path: Path, path: str, content: bytes) -> None:
    found = lines(run(tmp_path, {path: content}), path)
    assert found
    assert len(found) <= 2
    assert all("\n" not in line for line in found)


def test_an_alias_bomb_is_read_in_no_time(tmp_path: Path) -> None:
    levels = ["a0: &a0 [AWS::Serverless::Function]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    run(tmp_path, {"broken/template.yaml": "\n".join([*levels, "Resources: *a29"])})


def test_an_alias_that_holds_itself_ends(tmp_path: Path) -> None:
    run(tmp_path, {"broken/template.yaml": "Resources: &r\n  F: *r\n  Type: AWS::Serverless::Function\n"})


def test_unknown_tags_are_values_like_others(tmp_path: Path) -> None:
    template = GOOD.replace("CodeUri: good/", "CodeUri: !Rain::S3 good/").replace("Good", "Tagged")
    report = run(tmp_path, {"tagged/template.yaml": template})
    assert {function.name for function in report.functions} >= {"Tagged"}
    assert all(item.code != "VT001" for item in report.findings)


def test_a_loop_of_directory_links_ends(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "loop").symlink_to("..", target_is_directory=True)
    (tmp_path / "other" / "self").symlink_to("self")
    run(tmp_path, {})


@pytest.mark.parametrize("uri", ["../../outside/", "/etc/", "escape/"])
def test_paths_never_leave_the_root(tmp_path: Path, uri: str) -> None:
    root = tmp_path / "inner" / "root"
    root.mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "app.py").write_text("import secret_outside_module\n" + HANDLER)
    (root / "escape").symlink_to(tmp_path / "outside", target_is_directory=True)
    template = GOOD.replace("CodeUri: good/", f"CodeUri: {uri}").replace("Good", "Escaping").replace("Other", "Fine")
    report = run(root, {"escaping/template.yaml": template.replace("other/", "../other/")})
    gaps = [gap for gap in report.gaps if "Escaping" in " ".join(gap.functions)]
    assert gaps
    assert "secret_outside_module" not in str(report)


def test_a_link_to_a_file_outside_is_not_read(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "other").mkdir(parents=True)
    (tmp_path / "secret.py").write_text("import secret_outside_module\n")
    (root / "other" / "helper.py").symlink_to(tmp_path / "secret.py")
    write(root, {**BROKEN, "other/app.py": "import helper\n" + HANDLER})
    report = check(Project(root), Settings())
    assert "secret_outside_module" not in str(report)
    assert report.crashes == ()


def test_the_limit_is_named_in_the_line(tmp_path: Path) -> None:
    report = run(tmp_path, {"other/app.py": b"#" * (MAX_BYTES + 1)})
    assert f"{MAX_BYTES // 1_048_576} MiB" in lines(report, "other/app.py")[0]
