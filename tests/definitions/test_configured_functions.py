from __future__ import annotations

from pathlib import Path

import pytest

from vartask.config import FunctionSettings, Settings
from vartask.definitions import configured
from vartask.model import Declared, Image, Zip
from written import LAMBDA_IMAGE, project


def find(root: Path, function: FunctionSettings, config: str = "pyproject.toml") -> Declared:
    files = {"svc/Dockerfile": LAMBDA_IMAGE, "src/app.py": "", "requirements.txt": "", config: ""}
    return configured.find(project(root, files), Settings(functions=(function,), path=str(root / config)))


def test_a_zip_function_is_taken_at_the_users_word(tmp_path: Path) -> None:
    settings = FunctionSettings("f", 7, "app.handler", "python3.12", "src", "requirements.txt", environment={"A": "1"})
    (found,) = find(tmp_path, settings).functions
    assert isinstance(found.artifact, Zip)
    assert (found.artifact.source, found.artifact.requirements) == ("src", "requirements.txt")
    assert found.handler is not None
    assert (found.handler.value, str(found.handler.span)) == ("app.handler", "pyproject.toml:7")
    assert (found.runtime, dict(found.environment)) == ("python3.12", {"A": "1"})


def test_the_handler_of_an_image_takes_the_place_of_its_cmd(tmp_path: Path) -> None:
    settings = FunctionSettings(
        "f", 1, "other.f", dockerfile="svc/Dockerfile", context=".", target="t", build_args={"A": "1"}
    )
    (found,) = find(tmp_path, settings).functions
    image = found.artifact
    assert isinstance(image, Image)
    assert image.command is not None
    assert (image.dockerfile, image.context, image.target, image.build_args) == ("svc/Dockerfile", ".", "t", {"A": "1"})
    assert [word.value for word in image.command] == ["other.f"]


def test_an_image_without_a_handler_keeps_its_own(tmp_path: Path) -> None:
    (found,) = find(tmp_path, FunctionSettings("f", 1, dockerfile="svc/Dockerfile")).functions
    assert isinstance(found.artifact, Image)
    assert (found.artifact.command, found.handler, found.handler_reason) == (None, None, None)


def test_paths_are_relative_to_the_configuration(tmp_path: Path) -> None:
    (found,) = find(tmp_path, FunctionSettings("f", 1, "a.f", source="../src"), "conf/vartask.toml").functions
    assert isinstance(found.artifact, Zip)
    assert found.artifact.source == "src"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (FunctionSettings("f", 3, "a.f", source="nowhere"), "function f: nowhere does not exist"),
        (FunctionSettings("f", 3, "a.f", source="../.."), "function f: ../.. is outside the project"),
        (FunctionSettings("f", 3, dockerfile="svc"), "function f: svc is not a file"),
        (
            FunctionSettings("f", 3, dockerfile="svc/Dockerfile", context="/etc"),
            "function f: /etc is outside the project",
        ),
    ],
)
def test_a_path_that_leads_nowhere_is_a_problem_at_the_table(
    tmp_path: Path, settings: FunctionSettings, message: str
) -> None:
    found = find(tmp_path, settings)
    assert found.functions == ()
    assert [(problem.message, str(problem.span)) for problem in found.problems] == [(message, "pyproject.toml:3")]
