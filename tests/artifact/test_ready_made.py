"""Zip archives that are deployed as they are: what is in them counts, unless something makes them anew."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from vartask.artifact.ready_made import members
from vartask.config import Settings
from vartask.engine import Run, check
from vartask.model import Present, Report, Span
from vartask.project import Project

HANDLER = "def handler(event, context):\n    return {}\n"
FUNCTION = """
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      CodeUri: {code}
      Layers: [!Ref L]
  L:
    Type: AWS::Serverless::LayerVersion
    Properties:
      ContentUri: {layer}
"""
TERRAFORM = """
resource "aws_lambda_function" "f" {
  function_name = "f"
  handler       = "app.handler"
  runtime       = "python3.12"
  filename      = "${path.module}/code.zip"
  layers        = [aws_lambda_layer_version.l.arn]
}
resource "aws_lambda_layer_version" "l" {
  layer_name = "l"
  filename   = "layer.zip"
}
"""


def packed(files: Mapping[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def report(directory: Path, files: Mapping[str, str | bytes]) -> Report:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return check(Project(directory), Settings())


def sam(code: str = "code.zip", layer: str = "layer.zip") -> str:
    return FUNCTION.format(code=code, layer=layer)


GOOD: Mapping[str, str | bytes] = {
    "code.zip": packed({"app.py": "import shared\n" + HANDLER}),
    "layer.zip": packed({"python/shared.py": ""}),
}


@pytest.mark.parametrize("definition", [{"template.yaml": sam()}, {"main.tf": TERRAFORM}], ids=["sam", "terraform"])
def test_what_is_in_the_archives_is_in_the_function(tmp_path: Path, definition: Mapping[str, str]) -> None:
    found = report(tmp_path, {**definition, **GOOD})
    assert (found.findings, found.gaps) == ((), ())


@pytest.mark.parametrize("definition", [{"template.yaml": sam()}, {"main.tf": TERRAFORM}], ids=["sam", "terraform"])
def test_what_is_not_in_them_is_missing(tmp_path: Path, definition: Mapping[str, str]) -> None:
    layer = packed({"shared.py": ""})
    found = report(tmp_path, {**definition, **GOOD, "layer.zip": layer, "lib/shared.py": ""})
    assert [(finding.code, finding.span.path, finding.span.line) for finding in found.findings] == [
        ("VT201", "code.zip!/app.py", 1)
    ]


def test_the_handler_is_looked_for_in_the_archive(tmp_path: Path) -> None:
    files: Mapping[str, str | bytes] = {"template.yaml": sam(), **GOOD, "code.zip": packed({"src/app.py": HANDLER})}
    assert [finding.code for finding in report(tmp_path, files).findings] == ["VT101"]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({".gitignore": "code.zip\n"}, "is ignored by git, so a step before deployment makes it"),
        ({"Makefile": "code.zip:\n\tzip -r code.zip app.py\n"}, "may be made anew (Makefile:2)"),
        ({"README.md": "Run `zip code.zip app.py` first."}, "may be made anew (README.md:1)"),
        ({"build.py": "shutil.make_archive('code', 'zip', 'src')  # code.zip"}, "may be made anew (build.py:1)"),
    ],
)
def test_an_archive_that_something_makes_is_a_gap(tmp_path: Path, files: Mapping[str, str], reason: str) -> None:
    found = report(tmp_path, {"template.yaml": sam(), **GOOD, **files})
    assert found.findings == ()
    assert any(f"the ready-made archive `code.zip` {reason}" in gap.reason for gap in found.gaps)


def test_a_comment_makes_no_archive(tmp_path: Path) -> None:
    main = 'resource "x" "y" {\n  filename = "code.zip" # replace with your own zip\n}\n'
    found = report(tmp_path, {"template.yaml": sam(), **GOOD, "main.tf": main})
    assert not any("ready-made archive" in gap.reason for gap in found.gaps)


@pytest.mark.parametrize("data", [b"", b"not a zip", packed({"../outside.py": ""})])
def test_an_archive_that_cannot_be_trusted_is_unknown(tmp_path: Path, data: bytes) -> None:
    found = report(tmp_path, {"template.yaml": sam(), **GOOD, "code.zip": data})
    assert found.findings == ()
    assert any("the archive `code.zip`" in gap.reason for gap in found.gaps)


def test_files_keep_their_modes(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("app.py")
    info.external_attr = 0o600 << 16
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(info, HANDLER)
    report(tmp_path, {"template.yaml": sam(), **GOOD, "code.zip": data.getvalue()})
    run = Run(Project(tmp_path), Settings())
    (function,) = run.declared.functions
    answer = run.trees.tree(function).lookup("/var/task/app.py")
    assert isinstance(answer, Present)
    assert (answer.mode, answer.source) == (0o600, "code.zip!/app.py")


def test_an_empty_directory_of_an_archive_is_one_in_the_package(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("empty/", "")
        archive.writestr("app.py", "")
    found = dict(members(Project(tmp_path), "a.zip", Span("t.yaml")))
    assert {place: entry.kind for place, entry in found.items()} == {"empty": "d", "app.py": "f"}
