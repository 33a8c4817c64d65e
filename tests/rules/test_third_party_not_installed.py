"""What to do about a module that is not installed depends on how the function is packaged."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from vartask.config import Settings
from vartask.engine import check
from vartask.project import Project

APP = "import requests\n\n\ndef handler(event, context):\n    return {}\n"
SAM = """Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      CodeUri: src/
"""
INLINE = """Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Code:
        ZipFile: |
          import requests
          def handler(event, context):
              return {}
"""


@pytest.mark.parametrize(
    ("files", "advice"),
    [
        (
            {"template.yaml": SAM, "src/app.py": APP},
            "add  requests  to src/requirements.txt, which `sam build` installs",
        ),
        (
            {
                "template.yaml": SAM,
                "src/app.py": APP,
                "src/requirements.txt": "idna==3.7 --hash=sha256:" + "0" * 64 + "\n",
            },
            "add  requests  to src/requirements.txt",
        ),
        (
            {
                "template.yaml": SAM.replace("    Properties", "    Metadata: {SkipBuild: true}\n    Properties"),
                "src/app.py": APP,
                "src/requirements.txt": "requests\n",
            },
            "install  requests  into the package: src/requirements.txt is only copied",
        ),
        (
            {
                "deploy.sh": "zip -r a.zip .\naws lambda create-function --function-name f --runtime python3.12"
                " --handler app.handler --zip-file fileb://a.zip\n",
                "app.py": APP,
                "requirements.txt": "requests\n",
            },
            "install  requests  into the package: requirements.txt is only copied",
        ),
        (
            {"template.yaml": INLINE},
            "add  requests  to a layer, or package the code as a directory: a definition's own code brings no distributions",
        ),
    ],
)
def test_the_advice_names_the_place(tmp_path: Path, files: Mapping[str, str], advice: str) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (finding,) = check(Project(tmp_path), Settings()).findings
    assert (finding.code, finding.help) == ("VT205", advice)
