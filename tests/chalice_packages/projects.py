"""Chalice applications."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wheelhouse import Wheel

WHEELS = (
    Wheel("alpha", files={"alpha/__init__.py": "import beta\n", "alpha/data.json": "{}"}, requires=("beta",)),
    Wheel("beta", files={"beta.py": "X = 1\n"}),
)

HEAD = "from chalice import Chalice\n\napp = Chalice(app_name='shop')\n\n"
ROUTE = "@app.route('/')\ndef index():\n    return {}\n\n"


def config(**more: object) -> str:
    """``.chalice/config.json``."""
    return json.dumps({"version": "2.0", "app_name": "shop", **more})


@dataclass(frozen=True, slots=True)
class ChaliceProject:
    """``files`` of an application, and the stages to package."""

    files: Mapping[str, str]
    stages: tuple[str, ...] = ("dev",)

    def write(self, root: Path) -> None:
        """Write the application below a directory, with a directory ``wheels`` beside it to install from."""
        for name, text in {".chalice/config.json": config(), "requirements.txt": "", **self.files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for wheel in WHEELS:
            wheel.write(root.parent / "wheels")


BLUEPRINT = (
    "from chalice import Blueprint\n\nextra = Blueprint(__name__)\n\n"
    "@extra.route('/x')\ndef x():\n    return 1\n\n@extra.lambda_function(name='deep')\ndef deeper(event, context):\n    return 1\n"
)

PROJECTS: Mapping[str, ChaliceProject] = {
    "one route": ChaliceProject({"app.py": HEAD + ROUTE}),
    "no route": ChaliceProject({"app.py": HEAD + "@app.lambda_function()\ndef work(event, context):\n    return 1\n"}),
    "every event": ChaliceProject(
        {
            "app.py": HEAD
            + "from chalice import Rate\n\n"
            + "@app.schedule(Rate(5, unit=Rate.MINUTES))\ndef tick(event):\n    pass\n\n"
            + "@app.on_sns_message(topic='t')\ndef told(event):\n    pass\n\n"
            + "@app.on_sqs_message(queue='q', batch_size=1)\ndef queued(event):\n    pass\n\n"
            + "@app.on_cw_event({'source': ['aws.ec2']})\ndef seen(event):\n    pass\n\n"
            + "@app.on_kinesis_record(stream='s')\ndef streamed(event):\n    pass\n\n"
            + "@app.on_dynamodb_record(stream_arn='arn:aws:dynamodb:eu-west-1:1:table/t/stream/2')\n"
            + "def changed(event):\n    pass\n"
        }
    ),
    "names of their own": ChaliceProject(
        {
            "app.py": HEAD
            + "@app.lambda_function(name='first')\ndef one(event, context):\n    return 1\n\n"
            + "@app.schedule('rate(1 hour)', name='second')\ndef two(event):\n    return 1\n"
        }
    ),
    "an authorizer": ChaliceProject(
        {
            "app.py": HEAD
            + "@app.authorizer()\ndef allow(request):\n    return None\n\n"
            + "@app.route('/', authorizer=allow)\ndef index():\n    return {}\n"
        }
    ),
    "chalicelib and vendor": ChaliceProject(
        {
            "app.py": HEAD + ROUTE,
            "chalicelib/__init__.py": "",
            "chalicelib/tools.py": "X = 1\n",
            "chalicelib/data/table.csv": "a,b\n",
            "vendor/extra/__init__.py": "",
            "vendor/single.py": "",
            "other/left_out.py": "",
            "helper.py": "",
        }
    ),
    "requirements": ChaliceProject({"app.py": HEAD + ROUTE, "requirements.txt": "alpha\n"}),
    "a blueprint": ChaliceProject(
        {
            "app.py": HEAD + "from chalicelib.more import extra\n\napp.register_blueprint(extra, url_prefix='/more')\n",
            "chalicelib/__init__.py": "",
            "chalicelib/more.py": BLUEPRINT,
        }
    ),
    "a blueprint with a prefix": ChaliceProject(
        {
            "app.py": HEAD + "from chalicelib import more\n\napp.register_blueprint(more.extra, name_prefix='pre_')\n",
            "chalicelib/__init__.py": "",
            "chalicelib/more.py": BLUEPRINT,
        }
    ),
    "stages": ChaliceProject(
        {
            "app.py": HEAD + ROUTE + "@app.lambda_function()\ndef work(event, context):\n    return 1\n",
            ".chalice/config.json": config(
                environment_variables={"A": "1"},
                stages={
                    "dev": {},
                    "prod": {
                        "environment_variables": {"B": "2"},
                        "lambda_functions": {"work": {"environment_variables": {"C": "3"}}},
                    },
                },
            ),
        },
        ("dev", "prod"),
    ),
    "an automatic layer": ChaliceProject(
        {
            "app.py": HEAD + ROUTE,
            "chalicelib/__init__.py": "",
            "requirements.txt": "beta\n",
            "vendor/extra.py": "X = 2\n",
            ".chalice/config.json": config(automatic_layer=True, layers=["arn:aws:lambda:eu-west-1:1:layer:l:1"]),
        }
    ),
    "web sockets": ChaliceProject(
        {
            "app.py": HEAD
            + "app.experimental_feature_flags.update(['WEBSOCKETS'])\n\n"
            + "@app.on_ws_connect()\ndef hello(event):\n    pass\n\n"
            + "@app.on_ws_message()\ndef said(event):\n    pass\n\n"
            + "@app.on_ws_disconnect()\ndef bye(event):\n    pass\n"
        }
    ),
    "arm": ChaliceProject(
        {"app.py": HEAD + ROUTE, ".chalice/config.json": config(stages={"dev": {"lambda_architecture": "arm64"}})}
    ),
}
