"""Memory, timeout and the size of ``/tmp``, as every kind of definition declares them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_assemblies import function as cdk_function
from cdk_assemblies import write
from chalice_packages.projects import HEAD as CHALICE
from chalice_packages.projects import ROUTE, config
from definitions import serverless_projects
from definitions.sam_projects import SAM
from definitions.sam_projects import function as sam_function
from vartask.config import Settings
from vartask.definitions import declare
from vartask.definitions.cdk_assembly import find as find_in_assembly
from vartask.model import LAMBDA_LIMITS, Function, Limits, whole
from vartask.project import Project
from written import LAMBDA_IMAGE, project
from zappa_packages.projects import APP, settings

HANDLER = "def handler(event, context): ...\n"
UNKNOWN = Limits()


def only(root: Path, files: dict[str, str], configured: Settings | None = None) -> Function:
    (one,) = declare(project(root, files), configured or Settings()).functions
    return one


def limits(root: Path, files: dict[str, str]) -> Limits:
    return only(root, files).limits


def test_a_function_says_its_limits_one_by_one() -> None:
    one = LAMBDA_LIMITS
    assert (one.memory, one.timeout, one.storage) == (128, 3, 512)


@pytest.mark.parametrize("value", [128, 128.0, "128", " 128 "])
def test_a_limit_is_a_positive_whole_number(value: object) -> None:
    assert whole(value) == 128


@pytest.mark.parametrize("value", [0, -1, 1.5, True, None, "", "x", "nan", "inf", "9" * 400, ()])
def test_anything_else_is_no_limit(value: object) -> None:
    assert whole(value) is None


# -- SAM and CloudFormation -------------------------------------------------------------------------

PYTHON = "Runtime: python3.12\nHandler: app.handler\nCodeUri: src\n"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("", LAMBDA_LIMITS),
        ("MemorySize: 1769\nTimeout: 900\nEphemeralStorage: {Size: 10240}", Limits(1769, 900, 10240)),
        ("MemorySize: '256'", Limits(256, 3, 512)),
        ("MemorySize: !Ref Size\nTimeout: !ImportValue T", Limits(2048, None, 512)),
        ("Timeout: !If [IsProd, 60, 10]\nEphemeralStorage: !If [IsProd, {Size: 1024}, {Size: 512}]", Limits(128)),
        ("Timeout: !If [IsProd, 60, 60]\nEphemeralStorage: {Size: !ImportValue S}", Limits(128, 60)),
        ("MemorySize: lots", Limits(None, 3, 512)),
        ("Fn::Transform: {Name: AWS::Include}\nMemorySize: 512", Limits(512)),
    ],
)
def test_sam(tmp_path: Path, properties: str, expected: Limits) -> None:
    head = SAM + (
        "Parameters:\n  Size: {Type: Number, Default: 2048}\n  Stage: {Type: String}\n"
        "Conditions: {IsProd: !Equals [!Ref Stage, prod]}\n"
    )
    assert sam_function(tmp_path, PYTHON + properties, "src/app.py", head=head).limits == expected


def test_sams_globals_stand_where_the_function_says_nothing(tmp_path: Path) -> None:
    head = SAM + "Globals:\n  Function: {MemorySize: 256, Timeout: 20, EphemeralStorage: {Size: 1024}}\n"
    assert sam_function(tmp_path, PYTHON + "Timeout: 5", "src/app.py", head=head).limits == Limits(256, 5, 1024)
    plain = sam_function(tmp_path, PYTHON.replace("CodeUri", "Code"), "src/app.py", head=head, kind="Lambda")
    assert plain.limits == LAMBDA_LIMITS


def test_an_image_of_sam_has_limits_too(tmp_path: Path) -> None:
    text = f"{SAM}Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Metadata: {{Dockerfile: Dockerfile, DockerContext: .}}\n"
    text += "    Properties: {PackageType: Image, MemorySize: 3008, Timeout: 30}\n"
    assert limits(tmp_path, {"template.yaml": text, "Dockerfile": LAMBDA_IMAGE}) == Limits(3008, 30, 512)


def test_conditions_that_change_the_limits_alone_make_no_second_function(tmp_path: Path) -> None:
    """``Architectures`` may decide what the function is, so that it is read once for each way."""
    head = SAM + "Parameters:\n  Stage: {Type: String}\nConditions: {IsProd: !Equals [!Ref Stage, prod]}\n"
    properties = (
        PYTHON + "Architectures: !If [IsProd, [arm64], [arm64]]\nMemorySize: !If [IsProd, 512, 256]\nTimeout: 9"
    )
    assert sam_function(tmp_path, properties, "src/app.py", head=head).limits == Limits(None, 9, 512)


# -- Serverless -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "own", "expected"),
    [
        ("", "", Limits(1024, 6, 512)),
        (", memorySize: 256, timeout: 29", "", Limits(256, 29, 512)),
        (", memorySize: 256, timeout: 29", "memorySize: 3008, timeout: 900, ephemeralStorageSize: 1024", None),
        (", memorySize: 256", "memorySize: null, timeout: 0", Limits(256, 6, 512)),
        (", memorySize: '${self:custom.memory}'", "timeout: '${ssm:/timeout}'", Limits(640, None, 512)),
        (", ephemeralStorageSize: 2048", "", Limits(1024, 6, 512)),
    ],
)
def test_serverless(tmp_path: Path, provider: str, own: str, expected: Limits | None) -> None:
    head = f"service: s\nprovider: {{name: aws, runtime: python3.12{provider}}}\ncustom: {{memory: 640}}\n"
    body = f"functions:\n  f: {{handler: app.handler, {own}}}\n"
    one = serverless_projects.function(tmp_path, body, "app.py", head=head)
    assert one.limits == (expected or Limits(3008, 900, 1024))


# -- Terraform --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", LAMBDA_LIMITS),
        ("memory_size = 512\n  timeout = 60\n  ephemeral_storage {\n    size = 10240\n  }", Limits(512, 60, 10240)),
        ('memory_size = var.memory\n  timeout = "15"', Limits(1536, 15, 512)),
        ("memory_size = var.unset\n  timeout = null", Limits(None, 3, 512)),
        ("timeout = 5 * 60\n  ephemeral_storage {\n    size = aws_ssm_parameter.s.value\n  }", Limits(128, 300)),
    ],
)
def test_terraform(tmp_path: Path, arguments: str, expected: Limits) -> None:
    text = (
        'variable "memory" {\n  default = 1536\n}\nvariable "unset" {}\nresource "aws_lambda_function" "f" {\n'
        f'  function_name = "f"\n  runtime = "python3.12"\n  handler = "app.handler"\n  filename = "f.zip"\n  {arguments}\n}}\n'
    )
    assert limits(tmp_path, {"main.tf": text, "app.py": HANDLER}) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", LAMBDA_LIMITS),
        ("memory_size = 512\n  timeout = 60\n  ephemeral_storage_size = 1024", Limits(512, 60, 1024)),
    ],
)
def test_terraforms_lambda_module(tmp_path: Path, arguments: str, expected: Limits) -> None:
    text = (
        'module "f" {\n  source = "terraform-aws-modules/lambda/aws"\n  function_name = "f"\n  runtime = "python3.12"\n'
        f'  handler = "app.handler"\n  source_path = "src"\n  {arguments}\n}}\n'
    )
    assert limits(tmp_path, {"main.tf": text, "src/app.py": HANDLER}) == expected


def test_terraforms_values_of_two_environments_make_no_second_function(tmp_path: Path) -> None:
    """One module, called by two root modules with another size: as with the environment, it is one function."""
    module = (
        'variable "memory" {}\nresource "aws_lambda_function" "f" {\n  function_name = "f"\n  runtime = "python3.12"\n'
        '  handler = "app.handler"\n  filename = "f.zip"\n  memory_size = var.memory\n  timeout = 7\n}\n'
    )
    call = 'module "f" {{\n  source = "../modules/f"\n  memory = {}\n}}\n'
    files = {"modules/f/main.tf": module, "dev/main.tf": call.format(256), "prod/main.tf": call.format(1024)}
    assert limits(tmp_path, {**files, "app.py": HANDLER}) == Limits(None, 7, 512)


# -- CDK --------------------------------------------------------------------------------------------

CDK_TS = (
    "import * as cdk from 'aws-cdk-lib';\nimport * as lambda from 'aws-cdk-lib/aws-lambda';\n"
    "export class S extends cdk.Stack {{ constructor(scope: any, id: string) {{ super(scope, id);\n{}\n}} }}\n"
    "new S(new cdk.App(), 'S');\n"
)
TS = "runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler', code: lambda.Code.fromAsset('src')"


@pytest.mark.parametrize(
    ("construct", "expected"),
    [
        (f"new lambda.Function(this, 'F', {{ {TS} }});", LAMBDA_LIMITS),
        (
            (
                f"new lambda.Function(this, 'F', {{ {TS}, memorySize: 1024, timeout: cdk.Duration.minutes(5),"
                " ephemeralStorageSize: cdk.Size.gibibytes(2) });"
            ),
            Limits(1024, 300, 2048),
        ),
        (
            (
                f"new lambda.Function(this, 'F', {{ {TS}, memorySize: props.memory, timeout: cdk.Duration.seconds(x),"
                " ephemeralStorageSize: cdk.Size.mebibytes(1024) });"
            ),
            Limits(None, None, 1024),
        ),
        (
            (
                "new lambda.CfnFunction(this, 'F', { runtime: 'python3.12', handler: 'index.handler', role: 'r', timeout: 9,"
                " memorySize: 256, ephemeralStorage: { size: 1024 }, code: { zipFile: 'def handler(e, c): pass' } });"
            ),
            Limits(256, 9, 1024),
        ),
        (f"new other.Thing(this, 'F', {{ {TS}, memorySize: 256 }});", Limits(256)),
    ],
)
def test_cdk_in_typescript(tmp_path: Path, construct: str, expected: Limits) -> None:
    text = "import * as other from '@acme/constructs';\n" + CDK_TS.format(construct)
    files = {"cdk.json": '{"app": "npx ts-node app.ts"}', "app.ts": text, "src/app.py": HANDLER}
    assert limits(tmp_path, files) == expected


def test_cdk_in_python(tmp_path: Path) -> None:
    text = (
        "from aws_cdk import App, Duration, Size, Stack, aws_lambda as _lambda\n"
        "class Main(Stack):\n    def __init__(self, scope, id):\n        super().__init__(scope, id)\n"
        "        _lambda.Function(self, 'Fn', runtime=_lambda.Runtime.PYTHON_3_12, handler='app.handler',\n"
        "            code=_lambda.Code.from_asset('src'), memory_size=512, timeout=Duration.seconds(30),\n"
        "            ephemeral_storage_size=Size.mebibytes(1024))\n"
        "Main(App(), 'Main')\n"
    )
    files = {"cdk.json": '{"app": "python3 app.py"}', "app.py": text, "src/app.py": HANDLER}
    assert limits(tmp_path, files) == Limits(512, 30, 1024)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, LAMBDA_LIMITS),
        ({"MemorySize": 512, "Timeout": 60, "EphemeralStorage": {"Size": 1024}}, Limits(512, 60, 1024)),
        ({"MemorySize": {"Fn::ImportValue": "m"}, "EphemeralStorage": {"Size": {"Ref": "S"}}}, Limits(None, 3)),
        ({"EphemeralStorage": {"Fn::If": ["C", {"Size": 1024}, {"Ref": "AWS::NoValue"}]}}, Limits(128, 3)),
    ],
)
def test_a_cloud_assembly(tmp_path: Path, properties: dict[str, Any], expected: Limits) -> None:
    write(tmp_path, {"Fn": cdk_function("src", **properties)}, {"src/app.py": HANDLER, "assets/src/app.py": HANDLER})
    (one,) = find_in_assembly(Project(tmp_path), Settings()).functions
    assert one.limits == expected


# -- Pulumi -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", LAMBDA_LIMITS),
        ("memory_size=512, timeout=60, ephemeral_storage={'size': 1024}", Limits(512, 60, 1024)),
        ("ephemeral_storage=aws.lambda_.FunctionEphemeralStorageArgs(size=2048)", Limits(128, 3, 2048)),
        ("memory_size=config.get_int('memory'), timeout=30", Limits(None, 30, 512)),
        ("ephemeral_storage=somewhere.storage()", Limits(128, 3)),
    ],
)
def test_pulumi(tmp_path: Path, arguments: str, expected: Limits) -> None:
    text = (
        "import pulumi\nimport pulumi_aws as aws\nconfig = pulumi.Config()\n"
        f"aws.lambda_.Function('api', runtime='python3.12', handler='main.handler', code=pulumi.FileArchive('./app'), {arguments})\n"
    )
    files = {"Pulumi.yaml": "name: x\nruntime: python\n", "__main__.py": text, "app/main.py": HANDLER}
    assert limits(tmp_path, files) == expected


def test_pulumi_in_yaml(tmp_path: Path) -> None:
    text = (
        "name: x\nruntime: yaml\nresources:\n  api:\n    type: aws:lambda:Function\n    properties:\n"
        "      runtime: python3.12\n      handler: main.handler\n      code: {fn::fileArchive: ./app}\n"
        "      memorySize: 512\n      timeout: ${limit}\n      ephemeralStorage: {size: 1024}\n"
    )
    assert limits(tmp_path, {"Pulumi.yaml": text, "app/main.py": HANDLER}) == Limits(512, None, 1024)


# -- Chalice and Zappa ------------------------------------------------------------------------------


def test_chalice(tmp_path: Path) -> None:
    stages = {
        "dev": {"lambda_timeout": 30, "lambda_functions": {"tick": {"lambda_memory_size": 256, "lambda_timeout": 900}}}
    }
    text = CHALICE + ROUTE + "@app.schedule('rate(1 hour)')\ndef tick(event):\n    pass\n"
    files = {".chalice/config.json": config(lambda_memory_size=1024, stages=stages), "app.py": text}
    found = {one.name: one.limits for one in declare(project(tmp_path, files), Settings()).functions}
    assert found == {"shop-dev": Limits(1024, 30, 512), "shop-dev-tick": Limits(256, 900, 512)}


def test_chalices_own_defaults(tmp_path: Path) -> None:
    assert limits(tmp_path, {".chalice/config.json": config(), "app.py": CHALICE + ROUTE}) == Limits(128, 60, 512)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, Limits(512, 30, 512)),
        ({"memory_size": 2048, "timeout_seconds": 60, "ephemeral_storage": {"Size": 1024}}, Limits(2048, 60, 1024)),
        ({"memory_size": [1], "ephemeral_storage": {"Size": "x"}}, Limits(None, 30)),
    ],
)
def test_zappa(tmp_path: Path, more: dict[str, object], expected: Limits) -> None:
    assert limits(tmp_path, {"zappa_settings.json": settings(**more), "app.py": APP}) == expected


# -- scripts and the configuration ------------------------------------------------------------------

CREATE = (
    "aws lambda create-function --function-name api --runtime python3.12 --handler app.handler --zip-file fileb://a.zip"
)
UPDATE = "aws lambda update-function-code --function-name api --zip-file fileb://a.zip"
CONFIGURE = "aws lambda update-function-configuration --function-name api --handler app.handler --runtime python3.12"


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ([CREATE], LAMBDA_LIMITS),
        ([f"{CREATE} --memory-size 512 --timeout=60 --ephemeral-storage Size=1024"], Limits(512, 60, 1024)),
        ([f"{CREATE} --ephemeral-storage '{json.dumps({'Size': 2048})}'"], Limits(128, 3, 2048)),
        ([f"{CREATE} --memory-size $MEMORY"], Limits(None, 3, 512)),
        ([UPDATE, f"{CONFIGURE} --timeout 20"], Limits(None, 20)),
        ([f"{CREATE} --timeout 10", f"{CONFIGURE} --timeout 20"], Limits(128, None, 512)),
    ],
)
def test_scripts(tmp_path: Path, commands: list[str], expected: Limits) -> None:
    script = "\n".join(["zip a.zip app.py", *commands, ""])
    assert limits(tmp_path, {"deploy.sh": script, "app.py": HANDLER}) == expected


def test_a_deploying_action(tmp_path: Path) -> None:
    workflow = (
        "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n"
        "      - uses: aws-actions/aws-lambda-deploy@v1\n        with:\n          function-name: api\n"
        "          code-artifacts-dir: src\n          handler: app.handler\n          runtime: python3.12\n"
        "          memory-size: 512\n          timeout: 60\n          ephemeral-storage: 1024\n"
    )
    assert limits(tmp_path, {".github/workflows/d.yml": workflow, "src/app.py": HANDLER}) == Limits(512, 60, 1024)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [("", LAMBDA_LIMITS), ("memory = 512\ntimeout = 60\nstorage = 1024\n", Limits(512, 60, 1024))],
)
def test_the_configuration(tmp_path: Path, lines: str, expected: Limits) -> None:
    from vartask.config import load

    text = f'[[function]]\nname = "f"\nhandler = "app.handler"\nsource = "src"\n{lines}'
    files = {"vartask.toml": text, "src/app.py": HANDLER}
    project(tmp_path, files)
    assert only(tmp_path, files, load(tmp_path, tmp_path)).limits == expected


def test_a_dockerfile_says_nothing_of_them(tmp_path: Path) -> None:
    assert limits(tmp_path, {"Dockerfile": LAMBDA_IMAGE + 'CMD ["app.handler"]\n', "app.py": HANDLER}) == UNKNOWN
