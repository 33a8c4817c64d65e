from __future__ import annotations

from pathlib import Path

import pytest

from vartask import engine
from vartask.config import Settings
from vartask.definitions import declare
from vartask.model import Declaration, Function, Image, Packed, Report, Zip
from written import LAMBDA_IMAGE, project

APP = "def handler(event, context):\n    return 1\n"
CREATE = "aws lambda create-function --function-name api --runtime python3.12 --handler app.handler \\\n  --zip-file fileb://app.zip\n"
UPDATE = "aws lambda update-function-code --function-name api --zip-file fileb://app.zip\n"


def found(root: Path, files: dict[str, str]) -> Declaration:
    return declare(project(root, files), Settings())


def report(root: Path, files: dict[str, str]) -> Report:
    return engine.check(project(root, files), Settings())


def only(declaration: Declaration) -> Function:
    assert len(declaration.functions) == 1
    return declaration.functions[0]


def names(function: Function) -> list[str]:
    assert isinstance(function.artifact, Zip)
    return [name for part in function.artifact.parts if isinstance(part, Packed) for name, _ in part.entries]


def test_a_script_that_creates_a_function_declares_it(tmp_path: Path) -> None:
    function = only(found(tmp_path, {"deploy.sh": f"zip app.zip app.py\n{CREATE}", "app.py": APP}))
    assert (function.name, function.runtime, function.declared_by) == ("api", "python3.12", "script")
    assert function.handler is not None
    assert (function.handler.value, function.handler.span.path, function.handler.span.line) == (
        "app.handler",
        "deploy.sh",
        2,
    )
    assert names(function) == ["app.py"]


def test_a_module_that_the_script_leaves_out_is_a_finding(tmp_path: Path) -> None:
    files = {"deploy.sh": f"zip app.zip app.py\n{CREATE}", "app.py": f"import helper\n{APP}", "helper.py": ""}
    findings = report(tmp_path, files).findings
    assert [(one.code, one.span.path) for one in findings] == [("VT201", "app.py")]
    files["deploy.sh"] = f"zip app.zip app.py helper.py\n{CREATE}"
    assert report(tmp_path, files).findings == ()


def test_what_a_script_packs_is_the_cause_of_what_is_not_there(tmp_path: Path) -> None:
    files = {"deploy.sh": f"zip app.zip main.py\n{CREATE}", "main.py": APP}
    (finding,) = report(tmp_path, files).findings
    assert (finding.code, finding.span.path) == ("VT101", "deploy.sh")
    assert [(str(one.span), one.message) for one in finding.because] == [("deploy.sh:1", "brings only main.py")]


@pytest.mark.parametrize(
    "made",
    [
        'ZIP="$(mktemp -u).zip"\n(cd src && zip -q -j "$ZIP" app.py)\n',
        'ZIP=$(mktemp -u --suffix=.zip)\n(cd src && zip "$ZIP" app.py)\n',
        'ZIP=$(mktemp -u -t app.XXXXXX).zip\n(cd src && zip "$ZIP" app.py)\n',
        'ZIP=$(mktemp -u --tmpdir app-XXXX.zip)\n(cd src && zip "$ZIP" app.py)\n',
        'WORK=$(mktemp -d /tmp/app.XXXXXX)\nZIP="$WORK/app.zip"\ncp src/app.py "$WORK"\n(cd "$WORK" && zip app.zip app.py)\n',
        'WORK=$(mktemp -d -p .)\nZIP="$WORK/app.zip"\n(cd src && zip "../$ZIP" app.py)\n',
        "A=$(mktemp -d app.XXX)\nB=$(mktemp -d app.XXX)\ntouch $A/b.py\ncp src/app.py $B\nZIP=$B/app.zip\n(cd $B && zip -r app .)\n",
    ],
)
def test_a_package_under_a_temporary_name_is_followed(tmp_path: Path, made: str) -> None:
    create = CREATE.replace("fileb://app.zip", '"fileb://${ZIP}"')
    assert names(only(found(tmp_path, {"deploy.sh": made + create, "src/app.py": APP}))) == ["app.py"]


@pytest.mark.parametrize("options", ['-u "$1"', "-u app.XX", "-u nowhere/app.XXX", "-V", "-u a.XXX b.XXX"])
def test_a_temporary_name_that_nothing_stands_for_is_not_known(tmp_path: Path, options: str) -> None:
    create = CREATE.replace("fileb://app.zip", '"fileb://${ZIP}"')
    script = f'ZIP=$(mktemp {options}).zip\nzip "$ZIP" app.py\n{create}'
    function = only(found(tmp_path, {"deploy.sh": script, "app.py": APP}))
    assert isinstance(function.artifact, Zip)
    assert (function.artifact.parts, function.artifact.reason) == ((), "the path of the package is computed")


def test_a_function_whose_handler_nobody_names_is_a_gap(tmp_path: Path) -> None:
    checked = report(tmp_path, {"deploy.sh": f"zip app.zip app.py\n{UPDATE}", "app.py": "import missing_one\n"})
    assert checked.findings == ()
    assert [gap.functions for gap in checked.gaps] == [("api",)]
    assert "does not say with which handler" in checked.gaps[0].reason


def test_the_handler_that_is_set_later_counts(tmp_path: Path) -> None:
    configure = (
        "aws lambda update-function-configuration --function-name api --handler=app.handler --runtime python3.11\n"
    )
    function = only(found(tmp_path, {"deploy.sh": f"zip app.zip app.py\n{UPDATE}{configure}", "app.py": APP}))
    assert function.handler is not None
    assert (function.handler.value, function.runtime) == ("app.handler", "python3.11")


@pytest.mark.parametrize(
    "script",
    [
        "zip app.zip index.js\naws lambda create-function --function-name x --runtime nodejs20.x --handler index.h --zip-file fileb://app.zip\n",
        "zip app.zip index.js\naws lambda update-function-code --function-name x --zip-file fileb://app.zip\n",
        f"zip app.zip app.py\n{CREATE.strip()} --endpoint-url http://localhost:4566\n",
        f"zip app.zip app.py\n{CREATE.replace('aws lambda', 'awslocal lambda')}",
        "zip -r sources.zip .\n",
        "aws lambda invoke --function-name x out.json\n",
    ],
)
def test_no_function_of_another_language_or_of_a_test(tmp_path: Path, script: str) -> None:
    declared = found(tmp_path, {"deploy.sh": script, "index.js": "", "app.py": APP})
    assert (declared.functions, declared.gaps, declared.crashes) == ((), (), ())


def test_a_job_that_runs_tests_declares_nothing(tmp_path: Path) -> None:
    workflow = """\
        on: push
        jobs:
          test:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/checkout@v4
              - run: pip install -r requirements.txt && pytest
              - run: zip -r coverage.zip htmlcov
        """
    assert found(tmp_path, {".github/workflows/test.yml": workflow, "app.py": APP}).functions == ()


def test_a_workflow_that_is_called_makes_a_function_for_each_caller(tmp_path: Path) -> None:
    called = """\
        on:
          workflow_call:
            inputs:
              name: {required: true, type: string}
              stage: {required: true, type: string}
        jobs:
          deploy:
            steps:
              - run: make name=${{ inputs.name }} pack
              - run: |
                  aws lambda update-function-code \\
                    --function-name ${{ inputs.stage }}_${{ inputs.name }} \\
                    --zip-file fileb://build/${{ inputs.name }}.zip
        """
    caller = """\
        on: {workflow_dispatch: {inputs: {stage: {required: true}}}}
        jobs:
          one:
            uses: ./.github/workflows/one.yml
            with: {name: alpha, stage: "${{ inputs.stage }}"}
          two:
            uses: ./.github/workflows/one.yml
            with: {name: beta, stage: "${{ inputs.stage }}"}
        """
    makefile = "pack:\n\tmkdir -p build\n\tcd handlers && zip ../build/$(name).zip $(name).py\n"
    declared = found(
        tmp_path,
        {
            ".github/workflows/one.yml": called,
            ".github/workflows/all.yml": caller,
            "handlers/alpha.py": APP,
            "handlers/beta.py": APP,
            "Makefile": makefile,
        },
    )
    assert {one.name: names(one) for one in declared.functions} == {"alpha": ["alpha.py"], "beta": ["beta.py"]}


def test_the_deploy_action_packs_a_directory(tmp_path: Path) -> None:
    workflow = """\
        on: push
        jobs:
          deploy:
            steps:
              - uses: aws-actions/aws-lambda-deploy@v1
                with:
                  function-name: api
                  code-artifacts-dir: src
                  handler: app.handler
                  runtime: python3.13
        """
    function = only(found(tmp_path, {".github/workflows/d.yml": workflow, "src/app.py": APP, "src/lib/x.py": ""}))
    assert (function.name, function.runtime) == ("api", "python3.13")
    assert names(function) == ["app.py", "lib", "lib/x.py"]


def test_a_package_that_comes_by_way_of_a_bucket(tmp_path: Path) -> None:
    script = (
        "zip app.zip app.py\naws s3 cp app.zip s3://bucket/code/app.zip\naws lambda create-function --function-name api"
        " --runtime python3.12 --handler app.handler --code S3Bucket=bucket,S3Key=code/app.zip\n"
    )
    assert names(only(found(tmp_path, {"deploy.sh": script, "app.py": APP}))) == ["app.py"]


@pytest.mark.parametrize(
    ("upload", "code"),
    [
        ("s3://$BUCKET/app.zip", "--code S3Bucket=$BUCKET,S3Key=app.zip"),
        ('"s3://${BUCKET}/"', '--code "S3Bucket=${BUCKET},S3Key=app.zip"'),
        ('"s3://${BUCKET}/code/${NAME}.zip"', "--code S3Bucket=$BUCKET,S3Key=code/api.zip"),
        ("s3://code-$(id -u)/code/", '--code "S3Bucket=$BUCKET,S3Key=code/app.zip"'),
    ],
)
def test_a_bucket_whose_name_is_computed_does_not_hide_the_key(tmp_path: Path, upload: str, code: str) -> None:
    script = (
        f"BUCKET=code-$(id -u)\nNAME=api\nzip app.zip app.py\naws s3 cp app.zip {upload}\n"
        f"aws lambda create-function --function-name api --runtime python3.12 --handler app.handler {code}\n"
    )
    assert names(only(found(tmp_path, {"deploy.sh": script, "app.py": APP}))) == ["app.py"]


@pytest.mark.parametrize(
    ("upload", "key"),
    [("$KEY", "$KEY"), ("${NAME%.x}", "api.zip"), ("$(date).zip", "api.zip"), ("other.zip", "app.zip")],
)
def test_a_package_whose_key_is_computed_is_a_gap(tmp_path: Path, upload: str, key: str) -> None:
    script = (
        f"BUCKET=code-$(id -u)\nKEY=$(date).zip\nNAME=api.zip\nzip app.zip app.py\n"
        f"aws s3 cp app.zip s3://$BUCKET/{upload}\naws lambda create-function --function-name api"
        f" --runtime python3.12 --handler app.handler --code S3Bucket=$BUCKET,S3Key={key}\n"
    )
    checked = report(tmp_path, {"deploy.sh": script, "app.py": "import missing_one\n"})
    assert checked.findings == ()
    assert ["comes from a bucket" in gap.reason for gap in checked.gaps] == [True]


TEMPLATE = """\
Parameters:
  Bucket: {Type: String}
Resources:
  Api:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      Code: {S3Bucket: !Ref Bucket, S3Key: app.zip}
"""
UPLOAD = "B=code-$(id -u)\n(cd src && zip ../app.zip app.py)\naws s3 cp app.zip s3://$B/app.zip\n"
STACK = "aws cloudformation deploy --stack-name api --parameter-overrides Bucket=$B --template-file "


@pytest.mark.parametrize("written", ["infra/api.yaml", "./infra/api.yaml", "$ROOT/infra/api.yaml"])
def test_a_template_gets_the_package_that_its_script_uploads(tmp_path: Path, written: str) -> None:
    files = {
        "infra/api.yaml": TEMPLATE,
        "deploy.sh": f"{UPLOAD}{STACK}{written}\n",
        "src/app.py": f"import helper\n{APP}",
    }
    files["src/helper.py"] = ""
    assert names(only(found(tmp_path, files))) == ["app.py"]
    checked = report(tmp_path, files)
    assert [(one.code, one.because[0].message) for one in checked.findings] == [("VT201", "brings only src/app.py")]
    assert str(checked.findings[0].because[0].span).startswith("deploy.sh:2")
    assert checked.gaps == ()


@pytest.mark.parametrize(
    ("files", "upload"),
    [
        ({"deploy.sh": f"{UPLOAD}{STACK}other.yaml\n"}, ""),
        ({"deploy.sh": f"{UPLOAD}{STACK}my-infra/api.yaml\n"}, ""),
        ({"other/deploy.sh": f"{UPLOAD}{STACK}api.yaml\n"}, ""),
        ({"deploy.sh": f"{UPLOAD.replace('/app.zip', '/other.zip')}{STACK}infra/api.yaml\n"}, ""),
        (dict.fromkeys(("a.sh", "b.sh"), f"{UPLOAD}{STACK}infra/api.yaml\n"), "zip"),
    ],
)
def test_an_upload_of_another_stack_is_not_the_templates(tmp_path: Path, files: dict[str, str], upload: str) -> None:
    if upload:
        files["b.sh"] = files["b.sh"].replace("zip ../app.zip app.py", "zip ../app.zip app.py helper.py")
    files = {**files, "infra/api.yaml": TEMPLATE, "src/app.py": APP, "src/helper.py": ""}
    function = next(one for one in found(tmp_path, files).functions if one.name == "Api")
    assert isinstance(function.artifact, Zip)
    assert (function.artifact.parts, function.artifact.reason) == ((), "the code is an object in S3 (!Ref Bucket)")


def test_what_the_definition_says_stands_and_the_script_gives_the_package(tmp_path: Path) -> None:
    terraform = """\
        resource "aws_lambda_function" "api" {
          function_name = "api"
          handler       = "app.other"
          runtime       = "python3.12"
          s3_bucket     = "bucket"
          s3_key        = "code.zip"
        }
        """
    files = {"main.tf": terraform, "deploy.sh": f"zip app.zip app.py\n{UPDATE}", "app.py": APP}
    function = only(found(tmp_path, files))
    assert (function.declared_by, names(function)) == ("terraform", ["app.py"])
    assert [one.code for one in report(tmp_path, files).findings] == ["VT102"]


def test_an_image_that_a_script_deploys_is_the_dockerfiles_own_function(tmp_path: Path) -> None:
    script = (
        "docker build -t api svc\naws lambda update-function-code --function-name api --image-uri $ECR/api:latest\n"
    )
    declared = found(tmp_path, {"svc/Dockerfile": LAMBDA_IMAGE, "svc/app.py": APP, "deploy.sh": script})
    assert [one.declared_by for one in declared.functions] == ["dockerfile"]


def test_a_command_that_a_script_sets_takes_the_place_of_the_images(tmp_path: Path) -> None:
    script = (
        "docker build -t api svc\naws lambda create-function --function-name api --package-type Image"
        ' --code ImageUri=$ECR/api:latest --image-config \'{"Command": ["app.other"]}\'\n'
    )
    function = only(found(tmp_path, {"svc/Dockerfile": LAMBDA_IMAGE, "svc/app.py": APP, "deploy.sh": script}))
    assert isinstance(function.artifact, Image)
    assert function.artifact.dockerfile == "svc/Dockerfile"
    assert [word.value for word in function.artifact.command or ()] == ["app.other"]


@pytest.mark.parametrize(
    "written",
    [
        '"Variables={BUCKET=${BUCKET},TABLE=$TABLE}"',
        "Variables={BUCKET=$(aws s3 ls --query 'a,b=c'),TABLE=x-${T=,}}",
        '"{\\"Variables\\": {\\"BUCKET\\": \\"$BUCKET\\", \\"TABLE\\": \\"t\\"}}"',
        """'{"Variables": {"BUCKET": "'$BUCKET'", "TABLE": "t"}}'""",
    ],
)
def test_variables_whose_values_are_computed_are_set(tmp_path: Path, written: str) -> None:
    script = f"zip app.zip app.py\n{CREATE.strip()} --environment {written}\n"
    function = only(found(tmp_path, {"deploy.sh": script, "app.py": APP}))
    assert dict(function.environment) == {"BUCKET": None, "TABLE": None}


def test_variables_that_are_computed_themselves_are_not_known(tmp_path: Path) -> None:
    script = f'zip app.zip app.py\n{CREATE.strip()} --environment "Variables={{$ALL}}"\n'
    assert dict(only(found(tmp_path, {"deploy.sh": script, "app.py": APP})).environment) == {}


def test_a_handler_that_a_function_of_the_script_prints(tmp_path: Path) -> None:
    script = (
        'handler_of() {\n  case "$1" in\n    api) echo "app.handler" ;;\n    *) echo "" ;;\n  esac\n}\n'
        f'zip app.zip app.py\n{UPDATE}HANDLER=$(handler_of "api")\n'
        'aws lambda update-function-configuration --function-name api --handler "$HANDLER"\n'
    )
    function = only(found(tmp_path, {"deploy.sh": script, "app.py": APP}))
    assert function.handler is not None
    assert function.handler.value == "app.handler"


@pytest.mark.parametrize(("layers", "codes"), [("", []), (" --layers $NONE", []), (' --layers ""', ["VT201", "VT205"])])
def test_a_function_that_is_only_updated_may_have_layers(tmp_path: Path, layers: str, codes: list[str]) -> None:
    script = f"zip app.zip app.py\n{UPDATE}aws lambda update-function-configuration --function-name api --handler app.handler"
    files = {
        "deploy.sh": f"{script}{layers}\n",
        "app.py": f"import requests\nimport helper\n{APP}",
        "src/helper.py": "",
    }
    checked = report(tmp_path, files)
    assert sorted(one.code for one in checked.findings) == codes
    assert bool(checked.gaps) is not bool(codes)


def test_environment_and_layers(tmp_path: Path) -> None:
    script = f"zip app.zip app.py\n{CREATE.strip()} --environment 'Variables={{A=1,B=two}}' --layers $LAYER --architectures arm64\n"
    function = only(found(tmp_path, {"deploy.sh": script, "app.py": APP}))
    assert (dict(function.environment), function.architecture) == ({"A": "1", "B": "two"}, "arm64")
    assert [layer.name for layer in function.layers] == ["$LAYER"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deploy.sh", "zip -r app.zip $((\nif then fi"),
        ("Makefile", "zip:\n\tzip a.zip $(shell $(shell $(\n\tcd $$(x"),
        (".github/workflows/x.yml", "jobs: {a: {steps: [{run: 'zip a.zip ${{ }}'}, 1, [], {uses: ./nowhere}]}}"),
        (".github/workflows/x.yml", "jobs: [zip x.zip y]\n: :"),
        ("Taskfile.yml", "tasks: {a: {deps: [a], cmds: [zip a.zip b, {task: a}]}}"),
        ("justfile", "a: b\n  zip a.zip {{x}}\nb: a\n  zip b.zip a\n"),
        ("package.json", '{"scripts": {"a": "npm run a && zip a.zip x", "b": 1}}'),
        (".gitlab-ci.yml", "a: {extends: a, script: [[zip a.zip x]]}\nb: 1\n"),
    ],
)
def test_broken_files_cost_no_other_function(tmp_path: Path, name: str, text: str) -> None:
    declared = found(tmp_path, {name: text, "scripts/deploy.sh": f"cd ..; zip app.zip app.py\n{CREATE}", "app.py": APP})
    assert declared.crashes == ()
    assert [one.name for one in declared.functions] == ["api"]


def test_a_template_that_leaves_the_name_open_is_known_by_its_code(tmp_path: Path) -> None:
    template = """\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Api:
            Type: AWS::Serverless::Function
            Properties: {CodeUri: src, Handler: app.handler, Runtime: python3.12}
        """
    script = "cd src && zip -r ../app.zip .\naws lambda update-function-code --function-name prod-api --zip-file fileb://../app.zip\n"
    function = only(found(tmp_path, {"template.yaml": template, "src/app.py": APP, "deploy.sh": script}))
    assert (function.name, function.declared_by) == ("Api", "sam")


WHERE = """\
jobs:
  deploy:
    steps:
      - run: |
          pip install -r requirements.txt -t .
          {commands}
        working-directory: {directory}
"""


@pytest.mark.parametrize("directory", ["${{ inputs.path }}", "is/made/elsewhere"])
def test_a_step_in_a_directory_that_is_not_known_deploys_a_function_all_the_same(
    tmp_path: Path, directory: str
) -> None:
    commands = "zip -r app.zip .\n          " + UPDATE.replace("api", '"${{ inputs.name }}"')
    path = ".github/workflows/deploy.yml"
    declared = found(tmp_path, {path: WHERE.format(commands=commands, directory=directory)})
    (gap,) = declared.gaps
    reason = "a function is deployed here: the directory that the package is in is not known"
    assert (gap.span.path, gap.reason) == (path, reason)


@pytest.mark.parametrize("directory", ["${{ inputs.path }}", "is/made/elsewhere"])
def test_a_step_in_a_directory_that_is_not_known_may_bring_what_is_packed_later(tmp_path: Path, directory: str) -> None:
    first = WHERE.format(commands="cp -r shared ../api/shared", directory=directory)
    packed = f"      - run: |\n          zip -r app.zip app.py shared\n          {CREATE}".replace("\\\n", "")
    files = {"app.py": f"import shared.tools\n{APP}", "shared/other.py": "", "lib/shared/tools.py": ""}
    checked = report(tmp_path, {".github/workflows/deploy.yml": first + packed, **files})
    assert checked.findings == ()
    assert checked.gaps
