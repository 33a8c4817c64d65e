"""Where the runtime looks: by delivery, interpreter and PYTHONPATH."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments import deployed, errors, write
from vartask.config import Settings
from vartask.engine import check
from vartask.imports.search import search_path
from vartask.model import FileTree, Function, Image, ImageConfig, Span, UnknownRegion
from vartask.project import Project

HERE = Span("Dockerfile")
HANDLER = "\n\ndef handler(event, context):\n    return {}\n"


def directories(config: ImageConfig) -> tuple[str, ...]:
    function = Function("F", HERE, Image("Dockerfile", ".", HERE), "dockerfile")
    return search_path(function, FileTree(config=config)).directories


def test_aws_images_look_in_the_task_root_then_the_layers_then_the_runtime() -> None:
    found = directories(ImageConfig("/var/task", python="3.12", aws_base=True))
    assert found[:3] == ("/var/task", "/opt/python/lib/python3.12/site-packages", "/opt/python")
    assert found[-1] == "/var/lang/lib/python3.12/site-packages"


def test_the_module_form_of_the_client_starts_in_its_working_directory() -> None:
    found = directories(ImageConfig("/function", ("/usr/local/bin/python", "-m", "awslambdaric"), python="3.12"))
    assert found[0] == "/function"
    assert "/usr/local/lib/python3.12/site-packages" in found


def test_the_interpreter_of_a_virtual_environment_has_its_own_packages() -> None:
    found = directories(ImageConfig("/function", ("./bin/python3", "-m", "awslambdaric"), python="3.13"))
    assert "/function/lib/python3.13/site-packages" in found


def test_a_virtual_environment_on_the_path_counts() -> None:
    config = ImageConfig(
        "/app", ("python", "-m", "awslambdaric"), env={"PATH": "/app/.venv/bin:/usr/bin"}, python="3.13"
    )
    assert "/app/.venv/lib/python3.13/site-packages" in directories(config)


AWS_PATH = {"PATH": "/opt/venv/bin:/var/lang/bin:/usr/bin"}
ENVIRONMENT = "/opt/venv/lib/python3.12/site-packages"


def test_awss_entrypoint_starts_awss_python_whatever_is_on_the_path() -> None:
    entrypoint = ("/lambda-entrypoint.sh",)
    plain = ImageConfig("/var/task", entrypoint, env=AWS_PATH, python="3.12", aws_base=True)
    assert ENVIRONMENT not in directories(plain)
    wrapped = ImageConfig(
        "/var/task", entrypoint, env={**AWS_PATH, "AWS_LAMBDA_EXEC_WRAPPER": "/opt/run"}, python="3.12", aws_base=True
    )
    assert ENVIRONMENT in directories(wrapped)
    own = ImageConfig("/var/task", ("python", "-m", "awslambdaric"), env=AWS_PATH, python="3.12", aws_base=True)
    assert ENVIRONMENT in directories(own)


@pytest.mark.parametrize(
    ("imported", "why"),
    [
        ("requests", "the runtime does not look in /opt/venv/lib/python3.12/site-packages"),
        ("unheard_of", "the runtime does not look in /opt/venv/lib/python3.12/site-packages"),
    ],
)
def test_an_environment_that_awss_python_does_not_know_is_named(tmp_path: Path, imported: str, why: str) -> None:
    install = "RUN python -m venv /opt/venv && /opt/venv/bin/pip install requests unheard-of\n"
    dockerfile = (
        f"FROM public.ecr.aws/lambda/python:3.12\n{install}ENV PATH=/opt/venv/bin:$PATH\n"
        'COPY app.py ./\nCMD ["app.handler"]\n'
    )
    write(tmp_path, {"Dockerfile": dockerfile, "app.py": f"import {imported}" + HANDLER})
    (finding,) = check(Project(tmp_path), Settings()).findings
    assert (finding.code, finding.message) == ("VT205", f"`{imported}` is not installed: {why}")
    assert [str(cause.span) for cause in finding.because] == ["Dockerfile:2"]
    assert finding.help == "install it without an environment, or with --target ${LAMBDA_TASK_ROOT}"
    usable = dockerfile.replace("ENV PATH", "ENV PYTHONPATH=/opt/venv/lib/python3.12/site-packages PATH")
    write(tmp_path, {"Dockerfile": usable})
    assert check(Project(tmp_path), Settings()).findings == ()


def test_the_place_of_a_layers_programs_is_no_environment() -> None:
    env = {"PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"}
    found = directories(ImageConfig("/var/task", env=env, python="3.12", aws_base=True))
    assert [path for path in found if path.startswith("/opt")] == [
        "/opt/python/lib/python3.12/site-packages",
        "/opt/python",
    ]


def test_a_computed_pythonpath_makes_absence_unknown(tmp_path: Path) -> None:
    files = {"fn/app.py": "from shared import x" + HANDLER, "shared/x.py": ""}
    deployment = deployed(tmp_path, files, source="fn", environment={"PYTHONPATH": None})
    assert errors(deployment) == []
    assert len(deployment.gaps) == 1


def test_a_package_that_is_not_known_may_hold_a_module_of_a_standard_name(tmp_path: Path) -> None:
    region = UnknownRegion("/var/task", "the code is in S3", Span("template.yaml", 6))
    outcome = deployed(tmp_path, {"x.txt": ""}, "queue.handler", source="none", regions=(region,)).handler
    assert outcome is not None
    assert outcome.problem is None
    outcome = deployed(tmp_path, {"x.txt": ""}, "queue.handler", source="none").handler
    assert outcome is not None
    assert outcome.problem is not None


def test_a_pythonpath_that_a_build_argument_gives_makes_absence_unknown(tmp_path: Path) -> None:
    dockerfile = (
        "FROM public.ecr.aws/lambda/python:3.12\nARG EXTRA\nENV PYTHONPATH=$EXTRA\n"
        'COPY . /code/\nCOPY app.py ./\nCMD ["app.handler"]\n'
    )
    write(tmp_path, {"Dockerfile": dockerfile, "app.py": "from shared.x import y" + HANDLER, "shared/x.py": "y = 1"})
    report = check(Project(tmp_path), Settings())
    assert report.findings == ()
    assert report.gaps
    (tmp_path / "Dockerfile").write_text(dockerfile.replace("$EXTRA", "/nowhere"))
    assert [finding.code for finding in check(Project(tmp_path), Settings()).findings] == ["VT201"]


def test_an_image_of_an_old_python_has_packages_of_its_own(tmp_path: Path) -> None:
    """The tables end at the Pythons that Lambda supports; what pip installs in 3.6 is not missing therefore."""
    dockerfile = (
        "FROM public.ecr.aws/lambda/python:3.6\nCOPY app.py requirements.txt ./\n"
        'RUN pip3 install -r requirements.txt\nCMD ["app.handler"]\n'
    )
    files = {"Dockerfile": dockerfile, "app.py": f"import joblib\n{HANDLER}", "requirements.txt": "joblib==0.17.0\n"}
    write(tmp_path, files)
    assert not check(Project(tmp_path), Settings()).findings
