"""What is said of a module that stands in a layer, and not where Python looks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vartask import engine
from vartask.config import Settings
from written import project

APP = "from common.db import table\n\n\ndef handler(event, context):\n    return {}\n"
TEMPLATE = """\
Resources:
  L:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer/}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      CodeUri: src/
      Layers: [!Ref L]
"""
HIDDEN = TEMPLATE + "      Environment: {Variables: {PYTHONPATH: /var/task/lib}}\n"


@pytest.mark.parametrize(
    ("template", "files", "cause", "advice"),
    [
        (
            TEMPLATE,
            {"layer/common/db.py": "table = 1\n"},
            "puts it at /opt/common/db.py, where Python does not look",
            "put it below python/ in the layer",
        ),
        (
            HIDDEN,
            {"layer/python/common/db.py": "table = 1\n"},
            "puts it at /opt/python/common/db.py, where Python does not look",
            "leave PYTHONPATH out: where it is set, Python does not look into layers",
        ),
        (
            TEMPLATE,
            {"layer/python/common/db.py": "table = 1\n", "src/common/__init__.py": ""},
            "brings only src/app.py and src/common/__init__.py",
            "bring layer/python/common/db.py into the zip package",
        ),
    ],
)
def test_a_module_in_a_layer_that_python_does_not_find(
    tmp_path: Path, template: str, files: dict[str, str], cause: str, advice: str
) -> None:
    report = engine.check(project(tmp_path, {"template.yaml": template, "src/app.py": APP, **files}), Settings())
    (finding,) = report.findings
    assert (finding.code, finding.because[-1].message, finding.help) == ("VT201", cause, advice)
