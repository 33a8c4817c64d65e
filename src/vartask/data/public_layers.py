"""Layers that AWS and others publish, and the PyPI distributions that are all the Python in them.

Written by hand, no script refreshes it.  Where each publisher describes its layers:
https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html (extensions by AWS),
https://docs.aws.amazon.com/powertools/python/latest/getting-started/install/ (Powertools),
https://aws-sdk-pandas.readthedocs.io/en/stable/layers.html (AWS SDK for pandas),
https://docs.datadoghq.com/serverless/libraries_integrations/ (Datadog), https://github.com/keithrozario/Klayers.

An empty set is an agent or extension below ``/opt/extensions`` without Python modules.  A name that is not here may
hold anything.
"""

from __future__ import annotations

import re
from typing import Final

from vartask.patterns import regex

_PANDAS: Final = frozenset(
    {"awswrangler", "pandas", "numpy", "pyarrow", "boto3", "pymysql", "pg8000", "redshift-connector"}
)

_LAYERS: Final[tuple[tuple[re.Pattern[str], frozenset[str]], ...]] = tuple(
    (regex(pattern), frozenset(distributions))
    for pattern, distributions in (
        (r"LambdaInsightsExtension(?:-Arm64)?", ()),
        (r"AWS-Parameters-and-Secrets-Lambda-Extension(?:-Arm64)?", ()),
        (r"AWS-AppConfig-Extension(?:-Arm64)?", ()),
        (r"AWSCodeGuruProfilerPythonAgentLambdaLayer", ("codeguru-profiler-agent",)),
        (r"Datadog-Extension(?:-ARM)?(?:-FIPS)?", ()),
        (r"Dynatrace_OneAgent_.*", ()),
        (r"AWSLambdaPowertoolsPython.*", ("aws-lambda-powertools",)),
        (r"AWSSDKPandas-Python3\d+(?:-Arm64)?", tuple(_PANDAS)),
        (r"AWSDataWrangler-Python3\d+(?:-Arm64)?", tuple(_PANDAS)),
        (r"AWSLambda-Python3\d+-SciPy1x", ("numpy", "scipy")),
        (r"Datadog-Python3\d+(?:-ARM)?(?:-FIPS)?", ("datadog-lambda", "ddtrace", "datadog")),
    )
)

_KLAYERS: Final = regex(r"Klayers-(?:p3\d+|python3\d+)(?:-arm64)?-(?P<name>.+)")
"""One distribution each; the layer's name writes it with hyphens."""

_ARN: Final = regex(r":layer:(?P<name>[A-Za-z0-9_-]+)(?::|$)")


_APPLICATION: Final = regex(r":applications/(?P<name>[A-Za-z0-9_-]+)$")
_APPLICATIONS: Final = regex(r"aws-lambda-powertools-python-layer.*", re.IGNORECASE)
"""Applications of the Serverless Application Repository that are a layer, which their output names."""


def layer_of_application(arn: str) -> tuple[str, frozenset[str] | None] | None:
    """The name and distributions of the layer that an application makes; ``None`` when the ARN is none of one."""
    match = _APPLICATION.search(arn)
    if match is None:
        return None
    powertools = _APPLICATIONS.fullmatch(match["name"])
    return match["name"], frozenset({"aws-lambda-powertools"}) if powertools else None


def layer_name(arn: str) -> str | None:
    """The name in a layer's ARN, which may hold ``${AWS::Region}`` and the like; ``None`` when it is no such ARN."""
    match = _ARN.search(arn)
    return match["name"] if match else None


def distributions_in(name: str) -> frozenset[str] | None:
    """The distributions (normalised names) that a published layer holds; ``None`` when that is not known."""
    for pattern, distributions in _LAYERS:
        if pattern.fullmatch(name):
            return distributions
    match = _KLAYERS.fullmatch(name)
    return frozenset({match["name"].lower().replace("_", "-")}) if match else None
