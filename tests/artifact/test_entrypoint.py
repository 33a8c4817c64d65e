from __future__ import annotations

from pathlib import Path

import pytest

from image_projects import image, project
from vartask.artifact.entrypoint import HandlerArgumentProblem, HandlerUnknown, handler_of, script_reader
from vartask.artifact.image import predict_image
from vartask.model import ImageConfig

AWS = ImageConfig(entrypoint=("/lambda-entrypoint.sh",), cmd=("app.handler",), aws_base=True)
ENTRY = """#!/bin/sh
if [ -z "${AWS_LAMBDA_RUNTIME_API}" ]; then
  exec /usr/local/bin/aws-lambda-rie /usr/local/bin/python -m awslambdaric "$@"
else
  exec /usr/local/bin/python -m awslambdaric $1
fi
"""


def test_awss_entrypoint_takes_the_one_argument_as_handler() -> None:
    assert handler_of(AWS) == "app.handler"
    assert handler_of(AWS, command=["other.handler"]) == "other.handler"


@pytest.mark.parametrize("command", [(), ("app", "handler"), ("/bin/sh", "-c", "app.handler")])
def test_awss_entrypoint_refuses_any_other_number_of_arguments(command: tuple[str, ...]) -> None:
    found = handler_of(AWS, command)
    assert found == HandlerArgumentProblem(
        "entrypoint requires the handler name to be the first argument", 142, command
    )


@pytest.mark.parametrize(
    "entrypoint",
    [
        ("python", "-m", "awslambdaric"),
        ("/usr/local/bin/python3.12", "-u", "-m", "awslambdaric"),
        ("/opt/venv/bin/python", "-W", "ignore", "-m", "awslambdaric"),
        ("awslambdaric",),
        ("/usr/bin/aws-lambda-rie", "python", "-m", "awslambdaric"),
        ("/usr/bin/env", "python3", "-m", "awslambdaric"),
    ],
)
def test_the_runtime_clients_first_argument_is_the_handler(entrypoint: tuple[str, ...]) -> None:
    config = ImageConfig(entrypoint=entrypoint, cmd=("app.handler",), python="3.12")
    assert handler_of(config) == "app.handler"


def test_a_command_alone_may_start_the_runtime_client_even_on_an_unknown_image() -> None:
    config = ImageConfig(cmd=("python", "-m", "awslambdaric", "app.handler"), base="acme")
    assert handler_of(config) == "app.handler"


def test_the_deployers_entrypoint_replaces_the_images() -> None:
    assert handler_of(AWS, entrypoint=["python", "-m", "awslambdaric"]) == "app.handler"


def test_a_shell_form_is_read() -> None:
    config = ImageConfig(entrypoint=("/bin/sh", "-c", "exec python -m awslambdaric app.x"), python="3.12")
    assert handler_of(config) == "app.x"


def test_an_entry_script_of_the_project_is_read(tmp_path: Path) -> None:
    dockerfile = (
        'FROM python:3.12\nWORKDIR /app\nCOPY entry.sh /entry.sh\nENTRYPOINT ["/entry.sh"]\nCMD ["app.handler"]\n'
    )
    made = project(tmp_path, {"Dockerfile": dockerfile, "entry.sh": ENTRY})
    tree = predict_image(made, image())
    assert tree.config is not None
    assert handler_of(tree.config, read=script_reader(made, tree)) == "app.handler"
    assert isinstance(handler_of(tree.config), HandlerUnknown)


def test_a_script_of_awss_name_in_another_image_is_read_and_not_taken_for_awss() -> None:
    config = ImageConfig(entrypoint=("/lambda-entrypoint.sh",), cmd=("a.b", "more"), python="3.12")
    assert handler_of(config, read=lambda _: 'python -m awslambdaric "$1"\n') == "a.b"


@pytest.mark.parametrize(
    "config",
    [
        ImageConfig(),
        ImageConfig(entrypoint=("uvicorn", "app:app"), python="3.12"),
        ImageConfig(cmd=("python3",), python="3.12"),
        ImageConfig(cmd=("app.handler",), base="acme/base"),
        ImageConfig(entrypoint=("python", "-m", "awslambdaric"), python="3.12"),
        ImageConfig(entrypoint=("sh",), python="3.12"),
    ],
)
def test_anything_else_is_unknown_with_a_reason(config: ImageConfig) -> None:
    found = handler_of(config)
    assert isinstance(found, HandlerUnknown)
    assert found.reason


def test_a_script_that_starts_different_handlers_is_unknown() -> None:
    config = ImageConfig(entrypoint=("/e.sh",), python="3.12")
    text = "if x; then python -m awslambdaric a.b; else python -m awslambdaric c.d; fi\n"
    assert isinstance(handler_of(config, read=lambda _: text), HandlerUnknown)


@pytest.mark.parametrize(
    "entrypoint",
    [
        ("/usr/local/bin/python3.12", "-u", "-m", "awslambdaric"),
        ("python", "-mawslambdaric"),
        ("/opt/venv/bin/awslambdaric",),
        ("poetry", "run", "python", "-m", "awslambdaric"),
        ("uv", "run", "--no-sync", "--project", "/app", "python3", "-m", "awslambdaric"),
        ("pipenv", "run", "awslambdaric"),
        ("tini", "-s", "--", "python", "-m", "awslambdaric"),
        ("/usr/bin/env", "A=b", "python", "-m", "awslambdaric"),
        ("aws-lambda-rie", "/usr/local/bin/python", "-m", "awslambdaric"),
    ],
)
def test_every_way_to_start_the_runtime_client_gets_the_handler(entrypoint: tuple[str, ...]) -> None:
    assert handler_of(ImageConfig(entrypoint=entrypoint, cmd=("app.handler",), base="acme/base")) == "app.handler"


RIE = """#!/bin/sh
if [ -z "${AWS_LAMBDA_RUNTIME_API}" ]; then
  exec /usr/local/bin/aws-lambda-rie /usr/local/bin/python -m awslambdaric $@
else
  exec /usr/local/bin/python -m awslambdaric $@
fi
"""


@pytest.mark.parametrize(
    ("text", "handler"),
    [
        (RIE, "app.handler"),
        ('echo python -m awslambdaric no.no\nexec /lambda-entrypoint.sh "$@"\n', "app.handler"),
        ('run() { exec python -m awslambdaric "$1"; }\nrun "$@"\n', "app.handler"),
        ('exec opentelemetry-instrument python -m awslambdaric "${1:-other.handler}"\n', "app.handler"),
        ('exec "$RUNNER" python -m awslambdaric "$1"\n', "app.handler"),
    ],
)
def test_a_wrapper_script_hands_the_handler_on(text: str, handler: str) -> None:
    config = ImageConfig(entrypoint=("/entry.sh",), cmd=("app.handler",), python="3.12")
    assert handler_of(config, read={"/entry.sh": text}.get) == handler


@pytest.mark.parametrize(
    "text",
    [
        'ENVIRONMENT=$1\nshift\nexec python -m awslambdaric "$@"\n',
        'set -- other.handler\nexec python -m awslambdaric "$@"\n',
        'if [ "$X" ]; then exec python -m awslambdaric "$X"; fi\nexec python -m awslambdaric "$1"\n',
        "exec gunicorn app:app\n",
        'run() { exec python -m awslambdaric "$1"; }\nrun other.handler\n',
        "echo python -m awslambdaric no.no\n",
    ],
)
def test_a_script_that_may_hand_on_something_else_is_a_gap(text: str) -> None:
    config = ImageConfig(entrypoint=("/entry.sh",), cmd=("app.handler",), python="3.12")
    assert isinstance(handler_of(config, read={"/entry.sh": text}.get), HandlerUnknown)


def test_a_web_adapter_takes_the_command_for_a_server() -> None:
    env = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap"}
    config = ImageConfig(entrypoint=("/lambda-entrypoint.sh",), cmd=("run.sh",), env=env, aws_base=True)
    found = handler_of(config)
    assert isinstance(found, HandlerUnknown)
    assert "Web Adapter" in found.reason
    other = ImageConfig(
        entrypoint=("/lambda-entrypoint.sh",),
        cmd=("app.x",),
        env={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/otel"},
        aws_base=True,
    )
    assert handler_of(other) == "app.x"
