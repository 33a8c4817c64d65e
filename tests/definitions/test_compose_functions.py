from __future__ import annotations

from pathlib import Path

import pytest

from vartask.artifact.compose import compose_services
from vartask.config import Settings
from vartask.definitions import compose
from vartask.model import Declared, Image, NamedContext
from vartask.project import Project
from written import LAMBDA_IMAGE, project


def find(root: Path, files: dict[str, str]) -> Declared:
    return compose.find(project(root, {"svc/Dockerfile": LAMBDA_IMAGE, "svc/app.py": "", **files}), Settings())


@pytest.mark.parametrize("command", ["other.handler", '["other.handler"]', '["${HANDLER:-other.handler}"]'])
def test_a_command_takes_the_place_of_the_images_handler(tmp_path: Path, command: str) -> None:
    text = (
        f"services:\n  api:\n    build: ./svc\n    command: {command}\n    environment:\n      A: 1\n      B: ${{B}}\n"
    )
    (found,) = find(tmp_path, {"docker-compose.yml": text}).functions
    assert (found.name, found.declared_by, str(found.span)) == ("api", "compose", "docker-compose.yml:4")
    assert dict(found.environment) == {"A": "1", "B": None}
    assert isinstance(found.artifact, Image)
    assert found.artifact.command is not None
    assert [word.value for word in found.artifact.command] == ["other.handler"]
    assert (found.artifact.dockerfile, found.artifact.context) == ("svc/Dockerfile", "svc")


def test_a_service_without_command_runs_the_images_own_handler(tmp_path: Path) -> None:
    (found,) = find(tmp_path, {"compose.yaml": "services:\n  api:\n    build:\n      context: svc\n"}).functions
    assert isinstance(found.artifact, Image)
    assert found.artifact.command is None


@pytest.mark.parametrize(
    "service",
    [
        "build: ./svc\n    command: uvicorn app:app --reload",
        'build: ./svc\n    command: ["python", "app.py"]',
        "build: ./svc\n    command: app.py",
        "build: ./svc\n    entrypoint: /bin/bash",
        "build: ./web",
        "image: nginx",
        "build: https://github.com/a/b.git",
        "build: ${WHERE}",
        "build:\n      context: svc\n      args: [TOKEN]",
        "build: 3",
    ],
)
def test_services_that_start_no_handler_are_not_functions(tmp_path: Path, service: str) -> None:
    files = {"docker-compose.yml": f"services:\n  api:\n    {service}\n", "web/Dockerfile": "FROM nginx\n"}
    assert find(tmp_path, files) == Declared()


def test_a_service_whose_build_would_fail_is_a_gap(tmp_path: Path) -> None:
    text = "services:\n  api:\n    build: {context: ., dockerfile: svc/Dockerfile}\n"
    found = find(tmp_path, {"docker-compose.yml": text})
    assert found.functions == ()
    assert found.gaps[0].reason == ". does not hold every COPY source of svc/Dockerfile"


@pytest.mark.parametrize("text", ["services: [", "\0", "- a\n", "services:\n  api: 3\n"])
def test_no_input_breaks_the_reader(tmp_path: Path, text: str) -> None:
    assert find(tmp_path, {"docker-compose.yml": text}).functions == ()


def test_additional_contexts_are_part_of_the_build(tmp_path: Path) -> None:
    compose = (
        "services:\n  api:\n    build:\n      context: api\n      additional_contexts:\n"
        "        shared: ./shared\n        base: docker-image://python:3.12\n        other: https://example.com/x.git\n"
    )
    for name in ("api", "shared"):
        (tmp_path / name).mkdir()
    (tmp_path / "api" / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "compose.yaml").write_text(compose)
    build = next(iter(compose_services(Project(tmp_path), "compose.yaml", compose))).build
    assert build is not None
    assert build.contexts == {
        "shared": NamedContext("shared"),
        "base": NamedContext(image="python:3.12"),
        "other": NamedContext(reason="contents of build context `other` (https://example.com/x.git) are not known"),
    }


def commands(declared: Declared) -> dict[str, list[str]]:
    return {
        one.name: [word.value for word in one.artifact.command or ()]
        for one in declared.functions
        if isinstance(one.artifact, Image)
    }


def test_a_service_that_extends_another_one_of_this_or_another_file(tmp_path: Path) -> None:
    files = {
        "docker-compose.yml": "services:\n  base:\n    build: svc\n    command: base.handler\n  one:\n    extends: base\n"
        "    command: one.handler\n  two:\n    extends:\n      file: more/shared.yml\n      service: common\n",
        "more/shared.yml": "services:\n  common:\n    build:\n      context: ../svc\n    command: [two.handler]\n",
    }
    declared = find(tmp_path, files)
    assert commands(declared) == {"base": ["base.handler"], "one": ["one.handler"], "two": ["two.handler"]}
    assert {one.artifact.dockerfile for one in declared.functions if isinstance(one.artifact, Image)} == {
        "svc/Dockerfile"
    }


def test_arguments_and_environment_of_what_is_extended_are_joined(tmp_path: Path) -> None:
    text = (
        "services:\n  base:\n    build:\n      context: svc\n      args: {A: 1}\n    environment: {X: 1}\n"
        "  api:\n    extends: {service: base}\n    build:\n      args: {B: 2}\n    environment: {Y: 2}\n"
    )
    found = {one.name: one for one in find(tmp_path, {"compose.yaml": text}).functions}
    assert isinstance(found["api"].artifact, Image)
    assert dict(found["api"].artifact.build_args) == {"A": "1", "B": "2"}
    assert dict(found["api"].environment) == {"X": "1", "Y": "2"}


def test_included_files_and_the_override_file_belong_to_the_project(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "include:\n  - lib/compose.part.yaml\nservices:\n  api:\n    build: svc\n",
        "compose.override.yaml": "services:\n  api:\n    command: changed.handler\n",
        "lib/compose.part.yaml": "services:\n  other:\n    build: ../svc\n    command: other.handler\n",
    }
    declared = find(tmp_path, files)
    assert commands(declared)["api"] == ["changed.handler"]
    assert commands(declared)["other"] == ["other.handler"]


def test_values_of_the_env_file_and_nested_defaults(tmp_path: Path) -> None:
    text = (
        "services:\n  api:\n    build: ${WHERE}\n    command: ${A:-${B:-fallback.handler}}\n"
        "  two:\n    build: ${WHERE:?must be set}\n    command: '${NAME+set.handler}'\n    profiles: [extra]\n"
    )
    declared = find(tmp_path, {"compose.yaml": text, ".env": "# places\nWHERE=svc\nNAME='x'\nA=\n"})
    assert commands(declared) == {"api": ["fallback.handler"], "two": ["set.handler"]}


def test_a_dockerfile_inside_the_compose_file_is_a_gap(tmp_path: Path) -> None:
    text = (
        "services:\n  api:\n    build:\n      context: .\n      dockerfile_inline: |\n"
        "        FROM public.ecr.aws/lambda/python:3.12\n  db:\n    build:\n      dockerfile_inline: FROM postgres\n"
    )
    declared = find(tmp_path, {"compose.yaml": text})
    assert declared.functions == ()
    assert [gap.reason for gap in declared.gaps] == [
        "api: an image for Lambda whose Dockerfile stands in the Compose file"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  a: {extends: a, build: svc}\n  b: {extends: c}\n  c: {extends: b}\n",
        "services:\n  a: {extends: {file: compose.yaml, service: a}}\n",
        "include: [compose.yaml]\nservices:\n  a: {extends: {file: nowhere.yml, service: x}}\n",
        "include: [{path: [1, [2]]}, 3]\nservices: {a: {extends: {file: [], service: []}}}\n",
    ],
)
def test_services_and_files_in_a_circle_end(tmp_path: Path, text: str) -> None:
    assert find(tmp_path, {"compose.yaml": text}).problems == ()
