from __future__ import annotations

from pathlib import Path

import pytest

from image_projects import AWS, absent, built, image, predict, present, project, unknown
from vartask.artifact.image import describe, predict_image
from vartask.data.base_images import known_base
from vartask.model import Span

# -- base images ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "kind", "python"),
    [
        ("public.ecr.aws/lambda/python:3.12", "aws", "3.12"),
        ("public.ecr.aws/lambda/python:3.12-arm64", "aws", "3.12"),
        ("public.ecr.aws/lambda/python:3.9.2024.11.22.15-x86_64", "aws", "3.9"),
        ("public.ecr.aws/lambda/python", "aws", None),
        ("public.ecr.aws/lambda/python:latest", "aws", None),
        ("public.ecr.aws/lambda/python@sha256:0123", "aws", None),
        ("public.ecr.aws/lambda/python:3.13@sha256:0123", "aws", "3.13"),
        ("amazon/aws-lambda-python:3.8", "aws", "3.8"),
        ("docker.io/amazon/aws-lambda-python:3.10", "aws", "3.10"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/ecr-public/lambda/python:3.11", "aws", "3.11"),
        ("localhost:5000/lambda/python", "aws", None),
        ("python:3.12-slim-bookworm", "python", "3.12"),
        ("python", "python", None),
        ("python:3-alpine", "python", None),
        ("docker.io/library/python:3.11.4", "python", "3.11"),
        ("public.ecr.aws/docker/library/python:3.10", "python", "3.10"),
        ("scratch", "scratch", None),
    ],
)
def test_base_images_are_known_by_name(reference: str, kind: str, python: str | None) -> None:
    base = known_base(reference)
    assert base is not None
    assert (base.kind, base.python) == (kind, python)


@pytest.mark.parametrize(
    "reference",
    [
        "public.ecr.aws/lambda/provided:al2023",
        "public.ecr.aws/lambda/nodejs:20",
        "me/python:3.12",
        "ubuntu",
        "a/python-x",
    ],
)
def test_other_images_are_not_taken_for_python(reference: str) -> None:
    assert known_base(reference) is None


def test_awss_image_starts_with_an_empty_task_root_and_its_entrypoint(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS)
    assert tree.config is not None
    assert (tree.config.workdir, tree.config.python, tree.config.aws_base) == ("/var/task", "3.12", True)
    assert tree.config.entrypoint == ("/lambda-entrypoint.sh",)
    assert tree.config.base_at == Span("Dockerfile", 1, 1, 1)
    assert tree.config.env["LAMBDA_TASK_ROOT"] == "/var/task"
    for path in ("/var/task/app.py", "/opt/python/x.py", "/app/x.py", "/function/x.py"):
        absent(tree, path)
    for path in ("/etc/passwd", "/usr/bin/env", "/var/lang/bin/python3", "/var/runtime/bootstrap"):
        unknown(tree, path)


def test_the_official_image_leaves_application_directories_empty(tmp_path: Path) -> None:
    tree = predict(tmp_path, "FROM python:3.11\n")
    for path in ("/app/x.py", "/usr/src/app/x.py", "/usr/app/x.py", "/code/x.py", "/var/task/x.py", "/home/app/x"):
        absent(tree, path)
    assert "part of the base image" in unknown(tree, "/usr/local/bin/python3").reason


def test_nothing_is_known_of_an_unknown_image_but_what_is_put_there(tmp_path: Path) -> None:
    tree = predict(tmp_path, "FROM acme/base:1\nWORKDIR /app\nCOPY a.py ./\n", {"a.py": ""})
    assert unknown(tree, "/app/b.py").reason == "contents of base image `acme/base:1` are not known"
    assert present(tree, "/app/a.py").source == "a.py"


def test_an_image_named_by_an_argument_without_a_value_is_unknown_and_no_error(tmp_path: Path) -> None:
    tree = predict(tmp_path, "ARG BASE\nFROM $BASE\nCOPY a.py /x/\n", {"a.py": ""})
    assert tree.error is None
    assert "build argument" in unknown(tree, "/y").reason
    given = predict_image(project(tmp_path, {}), image(build_args={"BASE": "scratch"}))
    absent(given, "/y")


# -- stages --------------------------------------------------------------------------------------


def test_a_stage_that_nobody_needs_cannot_fail_the_build(tmp_path: Path) -> None:
    assert predict(tmp_path, "FROM scratch AS unused\nCOPY nope /\n" + AWS).error is None


def test_a_chosen_target_is_built_with_what_it_stands_on(tmp_path: Path) -> None:
    dockerfile = AWS.strip() + " AS base\nCOPY a.py ./\nFROM base AS prod\nCOPY b.py ./\nFROM base\nCOPY nope ./\n"
    assert built(predict(tmp_path, dockerfile, {"a.py": "", "b.py": ""}, target="PROD")) == [
        "/var/task/a.py",
        "/var/task/b.py",
    ]


def test_an_unknown_target_fails_as_the_builder_says(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS, target="nope")
    assert tree.error is not None
    assert tree.error.message == 'target stage "nope" could not be found'


def test_onbuild_runs_in_the_stage_that_stands_on_it_and_not_in_its_own(tmp_path: Path) -> None:
    dockerfile = AWS.strip() + " AS base\nONBUILD COPY a.py ./\n"
    assert built(predict(tmp_path / "1", dockerfile, {"a.py": ""})) == []
    assert built(predict(tmp_path / "2", dockerfile + "FROM base\n", {"a.py": ""})) == ["/var/task/a.py"]


def test_build_arguments_beat_defaults_and_reach_stages_only_when_declared(tmp_path: Path) -> None:
    dockerfile = "ARG D=one\n" + AWS + "COPY a.py x${D}/\nARG D\nCOPY a.py y${D}/\n"
    tree = predict(tmp_path, dockerfile, {"a.py": ""}, build_args={"D": "two"})
    assert "/var/task/x/a.py" in tree.entries
    assert "/var/task/ytwo/a.py" in tree.entries


def test_the_target_platform_is_unknown_unless_it_is_given(tmp_path: Path) -> None:
    dockerfile = AWS + "ARG TARGETARCH\nCOPY bin-${TARGETARCH} ./bin\n"
    files = {"bin-amd64": "", "bin-arm64": ""}
    unknown(predict(tmp_path, dockerfile, files), "/var/task/bin")
    given = predict(tmp_path, dockerfile, files, platform="linux/arm64")
    assert present(given, "/var/task/bin").source == "bin-arm64"


def test_a_missing_context_fails_and_one_that_git_ignores_is_unknown(tmp_path: Path) -> None:
    made = project(tmp_path, {"Dockerfile": AWS + "COPY . ./\n", ".gitignore": "build\n"})
    failed = predict_image(made, image(context="nope"))
    assert failed.error is not None
    assert "unable to prepare context" in failed.error.message
    unknown(predict_image(made, image(context="build")), "/var/task/a.py")


# -- describe ------------------------------------------------------------------------------------


def test_a_description_names_what_the_target_takes_from_the_context(tmp_path: Path) -> None:
    dockerfile = (
        "FROM scratch AS unused\nCOPY nope /\n"
        "FROM python:3.12 AS build\nCOPY ./requirements.txt /tmp/\nRUN --mount=type=bind,source=lib,target=/l true\n"
        + AWS
        + "ENV N=src\nCOPY --chmod=755 $N/*.py ../x /y/ ./\nCOPY --from=build /tmp /t\nADD https://x/y z/\n"
        + "COPY <<EOF /f\nEOF\n"
    )
    made = project(tmp_path, {"Dockerfile": dockerfile + "COPY --from=build /a /b\n"})
    found = describe(made, "Dockerfile")
    assert [source.path for source in found.sources] == ["requirements.txt", "lib", "src/*.py", "x", "y"]
    assert [source.span.line for source in found.sources] == [4, 5, 8, 8, 8]


def test_a_description_never_raises(tmp_path: Path) -> None:
    made = project(tmp_path, {"Dockerfile": "COPPY x\n", "d/x": "", "t": AWS})
    assert describe(made, "Dockerfile").error is not None
    assert describe(made, "nope").error is not None
    assert describe(made, "d").error is not None
    assert describe(made, "t", target="nope").build_error is not None


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM python:3.12\nRUN pip install awslambdaric\n",
        "FROM python:3.12 AS b\nRUN pip install -t /f awslambdaric\nFROM python:3.12\nCOPY --from=b /f /f\n",
        'FROM acme\nENTRYPOINT ["python", "-m", "awslambdaric"]\n',
        "FROM python:3.12\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\n",
    ],
)
def test_a_description_tells_who_runs_the_runtime_client(tmp_path: Path, dockerfile: str) -> None:
    made = project(tmp_path, {"svc/Dockerfile": dockerfile, "svc/requirements.txt": "awslambdaric==3\n"})
    assert describe(made, "svc/Dockerfile").runs_awslambdaric
    other = project(tmp_path, {"plain": "FROM python:3.12\nRUN pip install flask\n"})
    assert not describe(other, "plain").runs_awslambdaric


def test_a_description_tells_who_uses_the_web_adapter(tmp_path: Path) -> None:
    line = "COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.8.4 /lambda-adapter /opt/extensions/\n"
    made = project(tmp_path, {"Dockerfile": "FROM python:3.12\n" + line, "plain": AWS})
    assert describe(made, "Dockerfile").web_adapter
    assert not describe(made, "plain").web_adapter


def test_a_copy_of_the_whole_base_may_hold_whatever_the_base_does(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS.replace("\n", " AS one\n", 1) + "FROM scratch\nCOPY --from=one / /copy/\n", {})
    unknown(tree, "/copy/lambda-entrypoint.sh")
    unknown(tree, "/copy/usr/bin/bash")
    absent(tree, "/copy/app.py")
    assert present(tree, "/copy/root").mode == 0o550
