"""Packages that are taken out of an image (``Code.fromDockerBuild`` of the AWS CDK)."""

from __future__ import annotations

from pathlib import Path

from vartask.artifact.zip import predict_zip
from vartask.model import Absent, FileTree, Function, Present, Span, Taken, Unknown, Zip
from written import project

AT = Span("app.py", 3)


def tree(root: Path, dockerfile: str, path: str = "/asset", **files: str) -> FileTree:
    made = project(root, {"build/Dockerfile": dockerfile, "build/handler.py": "x = 1\n", **files})
    package = Zip(AT, (Taken("build/Dockerfile", "build", path, AT),))
    return predict_zip(made, Function("F", AT, package, "cdk", runtime="python3.12"))


def test_the_directory_becomes_the_package(tmp_path: Path) -> None:
    text = "FROM scratch\nCOPY handler.py /asset/handler.py\nCOPY handler.py /asset/pkg/\nCOPY handler.py /other/\n"
    found = tree(tmp_path, text)
    assert {path for path in found.entries if path.startswith("/var/task/")} == {
        "/var/task/handler.py",
        "/var/task/pkg",
        "/var/task/pkg/handler.py",
    }
    entry = found.lookup("/var/task/handler.py")
    assert isinstance(entry, Present)
    assert (entry.source, entry.put_by and entry.put_by.path) == ("build/handler.py", "build/Dockerfile")
    assert isinstance(found.lookup("/var/task/missing.py"), Absent)


def test_what_is_installed_there_is_a_doubt_with_the_names_of_its_distributions(tmp_path: Path) -> None:
    base = "FROM public.ecr.aws/lambda/python:3.12\n"
    found = tree(tmp_path, f"{base}RUN pip install requests -t /asset\nCOPY handler.py /asset/\n")
    doubt = found.lookup("/var/task/requests/__init__.py")
    assert isinstance(doubt, Unknown)
    assert doubt.distributions == frozenset({"requests"})
    assert isinstance(found.lookup("/var/task/handler.py"), Present)


def test_what_nobody_knows_of_the_image_is_a_doubt_in_the_package(tmp_path: Path) -> None:
    found = tree(tmp_path, "FROM public.ecr.aws/lambda/python:3.12\nCOPY handler.py /asset/\nRUN make all\n")
    assert isinstance(found.lookup("/var/task/made.py"), Unknown)


def test_an_image_that_cannot_be_built_is_a_doubt(tmp_path: Path) -> None:
    found = tree(tmp_path, "FROM scratch\nCOPY missing.py /asset/\n")
    assert found.error is None
    doubt = found.lookup("/var/task/handler.py")
    assert isinstance(doubt, Unknown)
    assert "cannot be built" in doubt.reason


def test_any_directory_may_be_taken(tmp_path: Path) -> None:
    found = tree(tmp_path, "FROM scratch\nCOPY handler.py /var/task/handler.py\n", "/var/task/")
    assert isinstance(found.lookup("/var/task/handler.py"), Present)
