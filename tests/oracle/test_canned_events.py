"""Canned events are what an independent reader of AWS's events takes them for: the models of Powertools for AWS Lambda."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vartask.data.canned_events import NAMES, canned

MODELS = {
    "api-gateway-v1": "APIGatewayProxyEventModel",
    "api-gateway-v2": "APIGatewayProxyEventV2Model",
    "alb": "AlbModel",
    "sqs": "SqsModel",
    "s3": "S3Model",
    "eventbridge": "EventBridgeModel",
    "scheduled": "EventBridgeModel",
}
READ = """
import json, sys
from aws_lambda_powertools.utilities.parser import models
for model, event in json.load(sys.stdin):
    getattr(models, model).model_validate(event)
"""


@pytest.mark.installs
def test_every_canned_event_is_one_of_its_kind(tmp_path: Path) -> None:
    assert set(MODELS) == set(NAMES)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(tmp_path)]
    subprocess.run([*pip, "aws-lambda-powertools>=3", "pydantic[email]>=2"], check=True, capture_output=True)
    events = [(MODELS[name], canned(name)) for name in NAMES]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, "-c", READ], input=json.dumps(events), env=environment, text=True, check=True)
