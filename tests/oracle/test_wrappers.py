"""What is said of a handler behind a wrapper is what the wrapper's own package makes the runtime say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deployments import write
from vartask.config import Settings
from vartask.engine import check
from vartask.project import Project
from wrapper_cases import FAILING, FILES, INSTALLABLE, WORKING

pytestmark = pytest.mark.installs

DRIVER = Path(__file__).parent / "ask_wrapper.py"
TEMPLATE = """Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python{version}
      CodeUri: task/
      Handler: {handler}
      Layers: ["arn:aws:lambda:eu-west-1:464622532012:layer:Klayers-p312-{distribution}:1"]
      Environment:
        Variables:
          {variable}: {value}
"""


@pytest.fixture(scope="module", params=sorted(INSTALLABLE))
def wrapper(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A handler, and a directory with the wrapper's package."""
    handler: str = request.param
    target = tmp_path_factory.mktemp("layer")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--target",
        str(target),
    ]
    subprocess.run([*command, INSTALLABLE[handler][1]], check=True, timeout=500)
    return handler, target


@pytest.mark.parametrize("value", [*WORKING, *FAILING])
def test_the_wrapper_says_what_is_predicted(wrapper: tuple[str, Path], value: str, tmp_path: Path) -> None:
    handler, layer = wrapper
    variable, distribution = INSTALLABLE[handler]
    write(tmp_path / "task", FILES)
    version = "{}.{}".format(*sys.version_info)
    text = TEMPLATE.format(version=version, handler=handler, distribution=distribution, variable=variable, value=value)
    write(tmp_path, {"template.yaml": text})
    said = [finding.runtime_message for finding in check(Project(tmp_path), Settings()).findings]
    command = [sys.executable, "-B", str(DRIVER), str(tmp_path / "task"), str(layer), handler]
    environment = {**os.environ, variable: value}
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=environment)
    answer = done.stdout.splitlines()[-1]
    assert said == ([answer] if answer else [])
    assert (value in WORKING) == (not answer)
