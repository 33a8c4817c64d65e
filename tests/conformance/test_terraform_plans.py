"""The functions of a configuration are those that ``terraform plan`` makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from terraform_plans.configurations import CONFIGURATIONS, recorded
from vartask.config import Settings
from vartask.definitions.terraform import find
from vartask.model import Function, Image, Text
from vartask.project import Project


def words(texts: Iterable[Text] | None) -> list[str] | None:
    return None if texts is None else [text.value for text in texts]


def as_planned(function: Function) -> dict[str, object]:
    assert isinstance(function.artifact, Image)
    assert function.handler_reason is None
    assert function.environment_known
    return {
        "name": function.name,
        "command": words(function.artifact.command),
        "entrypoint": words(function.artifact.entrypoint),
        "environment": dict(function.environment),
    }


def _name(planned: dict[str, object]) -> str:
    return str(planned["name"])


def test_every_configuration_is_recorded() -> None:
    assert recorded().keys() == CONFIGURATIONS.keys()


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_functions_are_those_that_are_planned(tmp_path: Path, name: str) -> None:
    (tmp_path / "root").mkdir()
    CONFIGURATIONS[name].write(tmp_path / "root")
    found = [as_planned(function) for function in find(Project(tmp_path), Settings()).functions]
    assert sorted(found, key=_name) == sorted(recorded()[name].values(), key=_name)
