"""Where an image has no runtime client, and what a project's own startup check says, against a real engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from built_images.dockerfiles import BASE
from built_images.engine import Engine
from container_runs import FINE, answers, image_of, told, verdicts, verify

PLAIN = "vartask-test-plain-python"

SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  App:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.11, CodeUri: src, Handler: HANDLER}
"""


@pytest.fixture(scope="module")
def plain(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The stand-in's Python, without the runtime client, the SDK, and AWS's entrypoint."""
    directory = tmp_path_factory.mktemp("plain")
    (directory / "Dockerfile").write_text(
        f"FROM {BASE}\nRUN rm -rf /var/runtime /lambda-entrypoint.sh"
        " /var/lang/lib/python3.11/site-packages/awslambdaric* /var/lang/lib/python3.11/site-packages/boto*\n"
        'ENTRYPOINT []\nCMD ["python3"]\nWORKDIR /\n'
    )
    engine.docker("build", "-q", "--network", "none", "-t", PLAIN, str(directory))
    return PLAIN


def package(directory: Path, handler: str, code: str) -> None:
    (directory / "template.yaml").write_text(SAM.replace("HANDLER", handler))
    (directory / "src").mkdir()
    (directory / "src/app.py").write_text(code)


@pytest.mark.parametrize(
    ("handler", "code", "expected"),
    [
        ("app.handler", FINE, ("ok", None)),
        ("app.handler", "import nope\n", ("init error", "Runtime.ImportModuleError: Unable to import module 'app': No module named 'nope'")),
        ("app.main", FINE, ("init error", "Runtime.HandlerNotFound: Handler 'main' missing on module 'app'")),
        ("app", FINE, ("init error", "Runtime.MalformedHandlerName: Bad handler 'app': not enough values to unpack (expected 2, got 1)")),
        ("app.handler", "import os\nos._exit(3)\n", ("exited", "Runtime.ExitError: Runtime exited with error: exit status 3")),
    ],
)  # fmt: skip
def test_a_package_on_a_plain_python_image_is_resolved_by_the_rules(
    clean: Engine, plain: str, tmp_path: Path, handler: str, code: str, expected: tuple[str, str | None]
) -> None:
    package(tmp_path, handler, code)
    _, found, errors = verify(clean, tmp_path, "--artifact", "src", "--runtime-image", plain, "--event", "sqs")
    assert verdicts(found) == {"app": expected}, errors
    assert told(found)["App"]["by"] == "rules"
    if expected[0] == "ok":
        assert answers(found, "App") == [("sqs", 200, None)]


def test_what_only_lambdas_own_image_has_is_a_doubt(clean: Engine, plain: str, tmp_path: Path) -> None:
    package(tmp_path, "app.handler", "import boto3\n" + FINE)
    code, found, _ = verify(clean, tmp_path, "--artifact", "src", "--runtime-image", plain)
    assert code == 0
    assert "which the one that it ran on has not" in told(found)["App"]["doubt"]
    assert len(found["gaps"]) == 1


def test_an_image_with_a_handler_and_no_client_fails_and_says_why(clean: Engine, plain: str, tmp_path: Path) -> None:
    image_of(tmp_path, {"app": FINE}, base=plain)
    code, found, _ = verify(clean, tmp_path)
    assert code == 1
    one = told(found)["App"]
    assert (one["verdict"], one["by"], one["message"]) == (
        "not started",
        "runtime",
        "app.handler: No such file or directory",
    )
    assert one["why"].startswith("the image has no client of Lambda's Runtime API: install awslambdaric")


CHECKS = """\
import os
import app

def fine():
    assert os.getcwd() == "/var/task"
    assert os.environ["STAGE"] == "test"
    assert app.handler

def no(): return False

def raises(): return {}["missing"]

async def waits(): return False

def ends(): raise SystemExit(4)
"""


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("checks:fine", ("ok", None)),
        ("checks.fine", ("ok", None)),
        ("checks:no", ("startup check failed", "checks:no returned False")),
        ("checks:raises", ("startup check failed", "KeyError: 'missing'")),
        ("checks:waits", ("startup check failed", "checks:waits returned False")),
        ("checks:ends", ("startup check failed", "Runtime.ExitError: Runtime exited with error: exit status 4")),
        ("checks:nothing", ("startup check failed", "AttributeError: module 'checks' has no attribute 'nothing'")),
        ("nothing:fine", ("startup check failed", "ModuleNotFoundError: No module named 'nothing'")),
    ],
)
def test_a_startup_check_has_the_functions_surroundings_and_its_word_counts(
    clean: Engine, tmp_path: Path, check: str, expected: tuple[str, str | None]
) -> None:
    image_of(tmp_path, {"app": FINE}, "ENV STAGE=test")
    (tmp_path / "checks.py").write_text(CHECKS)
    (tmp_path / "vartask.toml").write_text(f'[verify]\nstartup-check = "{check}"\n')
    code, found, _ = verify(clean, tmp_path)
    assert (code, verdicts(found)) == (0 if expected[0] == "ok" else 1, {"app": expected})
    if check == "checks:raises":
        assert 'File "/var/task/checks.py", line 11, in raises' in told(found)["App"]["trace"]


def test_a_function_may_have_a_check_of_its_own_or_none(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"app": FINE, "other": FINE, "third": FINE}, "ENV STAGE=test")
    (tmp_path / "checks.py").write_text(CHECKS)
    settings = '[verify]\nstartup-check = "checks:no"\n[verify.startup-checks]\nOther = "checks:fine"\nThird = false\n'
    (tmp_path / "vartask.toml").write_text(settings)
    _, found, _ = verify(clean, tmp_path)
    assert {name: verdict for name, (verdict, _) in verdicts(found).items()} == {
        "app": "startup check failed",
        "other": "ok",
        "third": "ok",
    }
    (tmp_path / "vartask.toml").write_text(settings.replace("Third", "Thrid"))
    code, _, said = verify(clean, tmp_path)
    assert code == 2
    assert said.startswith("vartask: ")
    assert 'startup-checks: no function "Thrid", did you mean "Third"?' in said
