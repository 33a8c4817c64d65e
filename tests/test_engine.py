"""What the engine decides by itself: who has the last word, what is merged, what is suppressed, what is loud."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments import write
from vartask import engine, judge
from vartask.config import Settings
from vartask.engine import check
from vartask.model import Deployment, Finding, Report, rule
from vartask.project import Project

HANDLER = "def handler(event, context):\n    return {}\n"
DOCKERFILE = 'FROM public.ecr.aws/lambda/python:3.12\nCOPY app.py ${LAMBDA_TASK_ROOT}/\nCMD ["other.handler"]\n'


def run(directory: Path, files: dict[str, str], settings: Settings | None = None) -> Report:
    write(directory, files)
    return check(Project(directory), settings or Settings())


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


def sam(name: str = "F", uri: str = "src/", handler: str = "app.handler") -> str:
    properties = f"{{Runtime: python3.12, CodeUri: {uri}, Handler: {handler}}}"
    return f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties: {properties}\n"


def test_a_dockerfiles_own_command_is_judged(tmp_path: Path) -> None:
    assert codes(run(tmp_path, {"Dockerfile": DOCKERFILE, "app.py": HANDLER})) == ["VT101"]


def test_a_handler_that_is_in_an_image_that_nobody_knows_says_why_it_is_not_known(tmp_path: Path) -> None:
    main = 'resource "aws_lambda_function" "f" {\n  function_name = "f"\n  package_type = "Image"\n  image_uri = var.image\n}\n'
    files = {"infra/main.tf": main, "a/Dockerfile": DOCKERFILE, "b/Dockerfile": DOCKERFILE}
    (gap,) = [gap for gap in run(tmp_path, files).gaps if gap.functions == ("f",)]
    assert gap.reason == (
        "the handler is not known: "
        "nothing says which Dockerfile the image ${var.image} is built from: a/Dockerfile, b/Dockerfile"
    )


UNREAD = {
    "cdk": {"cdk.json": "{}", "lib/stack.ts": "DockerImageCode.fromImageAsset(dir, { cmd: [handler] })"},
    "pulumi": {"Pulumi.yaml": "runtime: go", "main.go": "lambda.FunctionImageConfigArgs{Commands: A{name}} // ${x}"},
    "serverless": {"serverless.ts": "functions: {a: {image: {name: `${x}`, command: [name]}}}"},
}


@pytest.mark.parametrize("files", UNREAD.values(), ids=UNREAD.keys())
def test_a_command_that_an_unread_tool_may_replace_is_a_gap(tmp_path: Path, files: dict[str, str]) -> None:
    report = run(tmp_path, {"Dockerfile": DOCKERFILE, "app.py": HANDLER, **files})
    assert codes(report) == []
    assert any(gap.functions for gap in report.gaps)
    assert {gap.span.path for gap in report.gaps} & set(files)


def test_a_command_that_a_script_may_replace_is_a_gap(tmp_path: Path) -> None:
    script = "aws lambda update-function-configuration --image-config Command=app.handler\n"
    report = run(tmp_path, {"Dockerfile": DOCKERFILE, "app.py": HANDLER, "deploy.sh": script})
    assert codes(report) == []
    assert report.gaps


def test_code_inside_a_template_that_does_not_fit_the_handler_may_be_a_placeholder(tmp_path: Path) -> None:
    template = (
        "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: python3.12\n"
        "      Handler: tool.app.handler\n      Code:\n        ZipFile: |\n          def handler(e, c): ...\n"
    )
    assert codes(run(tmp_path / "one", {"template.yaml": template})) == ["VT101"]
    report = run(tmp_path / "two", {"template.yaml": template, "src/tool/app.py": HANDLER})
    assert codes(report) == []
    assert report.gaps


def test_functions_that_break_at_the_same_place_are_named_together(tmp_path: Path) -> None:
    files = {
        "template.yaml": "Resources:\n" + sam("One") + sam("Two"),
        "src/app.py": "from shared.x import y\n" + HANDLER,
        "shared/x.py": "y = 1",
    }
    (finding,) = run(tmp_path, files).findings
    assert finding.functions == ("One", "Two")


def test_a_comment_allows_a_finding_and_the_report_counts_it(tmp_path: Path) -> None:
    files = {
        "template.yaml": "Resources:\n" + sam(),
        "src/app.py": "from shared.x import y  # vartask: allow[import-not-packaged]\n" + HANDLER,
        "shared/x.py": "y = 1",
    }
    report = run(tmp_path, files)
    assert (report.findings, len(report.suppressed)) == ((), 1)


def test_select_and_ignore_decide_which_rules_run(tmp_path: Path) -> None:
    files = {
        "template.yaml": "Resources:\n" + sam() + sam("G", handler="gone.handler"),
        "src/app.py": "from shared.x import y\n" + HANDLER,
        "shared/x.py": "y = 1",
    }
    assert codes(run(tmp_path, files)) == ["VT201", "VT101"]
    assert codes(run(tmp_path, files, Settings(select=("VT1",)))) == ["VT101"]
    assert codes(run(tmp_path, files, Settings(ignore=("handler-not-packaged",)))) == ["VT201"]


def test_a_rule_that_crashes_is_loud_and_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @rule("VT999", on=Deployment)
    def crashes(deployment: Deployment) -> Iterator[Finding]:
        raise RuntimeError(deployment.function.name)
        yield

    real = engine.catalogue()
    monkeypatch.setattr(judge, "catalogue", lambda: (crashes, *real))
    report = run(tmp_path, {"template.yaml": "Resources:\n" + sam(handler="gone.handler"), "src/app.py": HANDLER})
    assert codes(report) == ["VT101"]
    assert report.crashes == ("rule crashes crashed: RuntimeError: F",)


def test_the_asset_path_that_cdk_writes_is_where_the_code_is(tmp_path: Path) -> None:
    template = (
        "Resources:\n  F:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {Runtime: python3.12, Handler: main.handler}\n"
        "    Metadata: {'aws:asset:property': CodeUri, 'aws:asset:path': ./other}\n"
    )
    assert codes(run(tmp_path, {"template.yaml": template, "other/main.py": HANDLER, "main.py": "x = 1\n"})) == []


def test_a_computed_list_of_layers_may_hold_any_module(tmp_path: Path) -> None:
    template = (
        "Parameters:\n  Shared: {Type: CommaDelimitedList}\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {Runtime: python3.12, CodeUri: src/, Handler: app.handler, Layers: !Ref Shared}\n"
    )
    files = {"template.yaml": template, "src/app.py": "from shared.x import y\n" + HANDLER, "shared/x.py": "y = 1"}
    report = run(tmp_path, files)
    assert codes(report) == []
    assert any("shared.x" in gap.reason for gap in report.gaps)


def test_python_2_is_not_judged_as_python_3(tmp_path: Path) -> None:
    template = "Resources:\n" + sam().replace("python3.12", "python2.7")
    report = run(tmp_path, {"template.yaml": template, "src/app.py": "import urllib2\nprint urllib2\n"})
    assert codes(report) == []
    assert "Python 2" in report.gaps[0].reason
