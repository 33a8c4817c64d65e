from __future__ import annotations

from pathlib import Path

import pytest

from vartask.config import Settings
from vartask.definitions import dockerfile
from vartask.model import Declared, Image
from written import LAMBDA_IMAGE, project


def find(root: Path, files: dict[str, str]) -> Declared:
    return dockerfile.find(project(root, files), Settings())


def test_a_dockerfile_for_lambda_is_a_function_at_its_cmd(tmp_path: Path) -> None:
    (found,) = find(tmp_path, {"services/api/Dockerfile": LAMBDA_IMAGE}).functions
    assert (found.name, str(found.span), found.declared_by) == ("api", "services/api/Dockerfile:3", "dockerfile")
    assert found.handler is None
    assert isinstance(found.artifact, Image)
    assert (found.artifact.dockerfile, found.artifact.context) == ("services/api/Dockerfile", None)


@pytest.mark.parametrize(
    "text",
    [
        'ARG PY=3.12\nFROM public.ecr.aws/lambda/python:${PY}\nCOPY a.py ./\nCMD ["a.f"]\n',
        'FROM amazon/aws-lambda-python:3.9\nCOPY a.py ./\nCMD ["a.f"]\n',
        'FROM python:3.12\nRUN pip install awslambdaric\nENTRYPOINT ["python", "-m", "awslambdaric"]\nCMD ["a.f"]\n',
        'FROM public.ecr.aws/lambda/python:3.12 AS build\nRUN true\nFROM build\nCOPY a.py ./\nCMD ["a.f"]\n',
        "FROM public.ecr.aws/lambda/python:3.12\nCOPY a.py ./\nCMD a.f\n",
        'FROM 1.dkr.ecr.eu-west-1.amazonaws.com/base:1\nCOPY a.py ${LAMBDA_TASK_ROOT}\nCMD ["a.f"]\n',
        "FROM public.ecr.aws/lambda/python:3.12\nCOPY a.py ./\n",
    ],
)
def test_images_that_start_lambdas_python_are_functions(tmp_path: Path, text: str) -> None:
    found = find(tmp_path, {"Dockerfile": text})
    assert len(found.functions) == 1
    assert found.gaps == ()
    assert found.problems == ()


@pytest.mark.parametrize(
    "text",
    [
        'FROM python:3.12\nCOPY . .\nCMD ["python", "app.py"]\n',
        "FROM public.ecr.aws/lambda/nodejs:20\nCOPY . .\nCMD [ 'app.handler' ]\n",
        'FROM public.ecr.aws/lambda/python:3.12 AS b\nRUN true\nFROM nginx\nCOPY --from=b /x /y\nCMD ["nginx"]\n',
        "FROM nginx\nFLORM x\n",
        "",
    ],
)
def test_images_for_something_else_are_none_of_our_business(tmp_path: Path, text: str) -> None:
    assert find(tmp_path, {"Dockerfile": text}) == Declared()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("FROM public.ecr.aws/sam/build-python3.12\nRUN true\n# lambda\n", "builds packages"),
        ("FROM public.ecr.aws/lambda/python:3.12\nENTRYPOINT []\nCMD zip\n", "ENTRYPOINT does not start"),
        (
            'FROM public.ecr.aws/lambda/python:3.12\nCOPY a.py ./\nENTRYPOINT ["python", "job.py"]\n',
            "ENTRYPOINT does not",
        ),
        ('FROM public.ecr.aws/lambda/python:3.12\nCMD ["bash"]\n', "CMD starts a program"),
        ("FROM public.ecr.aws/lambda/python:3.12\nRUN yum install -y zip\n", "without code and without CMD"),
        (
            "FROM python:3.12\nCOPY --from=awsguru/aws-lambda-adapter /lambda-adapter /opt/extensions/\nCMD uvicorn\n",
            "Web Adapter",
        ),
        ("FROM public.ecr.aws/lambda/python:{{ python }}\nCMD [ 'a.f' ]\n", "template"),
    ],
)
def test_images_that_are_no_functions_are_gaps(tmp_path: Path, text: str, reason: str) -> None:
    found = find(tmp_path, {"Dockerfile": text})
    assert found.functions == ()
    assert [reason in gap.reason for gap in found.gaps] == [True]


def test_a_dockerfile_for_lambda_that_cannot_be_read_is_a_problem_with_its_place(tmp_path: Path) -> None:
    found = find(tmp_path, {"Dockerfile": "FROM public.ecr.aws/lambda/python:3.12\nCOPPY a b\n"})
    (problem,) = found.problems
    assert problem.kind == "definition"
    assert str(problem.span) == "Dockerfile:2"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Dockerfile.api", "api"),
        ("docker/jobs.Dockerfile", "jobs"),
        ("docker/jobs.dockerfile", "jobs"),
        ("svc/Dockerfile.lambda", "svc"),
        ("svc/Containerfile", "svc"),
        ("Dockerfile", "image"),
    ],
)
def test_a_function_is_named_after_its_dockerfile_or_directory(tmp_path: Path, path: str, name: str) -> None:
    assert [one.name for one in find(tmp_path, {path: LAMBDA_IMAGE}).functions] == [name]


@pytest.mark.parametrize(
    "path", ["Dockerfile.dockerignore", "Dockerfile.md", "dockerfile.py", "Dockerfile.j2", "MyDockerfiles"]
)
def test_names_that_only_resemble_a_dockerfile_are_not_read(tmp_path: Path, path: str) -> None:
    assert find(tmp_path, {path: LAMBDA_IMAGE}) == Declared()


def test_a_dockerfile_that_is_no_text_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "Dockerfile").write_bytes(b"FROM public.ecr.aws/lambda/python:3.12\n\0\xff")
    found = find(tmp_path, {"b/Dockerfile": LAMBDA_IMAGE})
    assert [one.name for one in found.functions] == ["b"]
    assert len(found.problems) + len(found.gaps) == 1
