from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from vartask.artifact.trees import Trees
from vartask.config import Settings
from vartask.definitions import declare
from vartask.definitions._unread import unread
from vartask.definitions.cdk_typescript import find
from vartask.model import Declared, Function, Image, Install, LocalLayer, Part, UnknownLayer, Zip
from written import project

CDK = {"cdk.json": '{"app": "npx ts-node --prefer-ts-exts bin/app.ts"}'}
BIN = "import { App } from 'aws-cdk-lib';\nimport { S } from '../lib/s';\nnew S(new App(), 'S');\n"
HEAD = (
    "import * as path from 'path';\nimport * as cdk from 'aws-cdk-lib';\nimport * as lambda from 'aws-cdk-lib/aws-lambda';\n"
    "import { PythonFunction, PythonLayerVersion } from '@aws-cdk/aws-lambda-python-alpha';\n"
)
CODE = {"code/app.py": "def handler(event, context): ...\n"}
FUNCTION = "runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler', code: lambda.Code.fromAsset('code')"


def stack(body: str, more: str = "") -> str:
    return f"{HEAD}{more}\nexport class S extends cdk.Stack {{\nconstructor(scope: any, id: string) {{ super(scope, id);\n{body}\n}} }}\n"


def found(root: Path, body: str, more: str = "", files: Mapping[str, str] | None = None) -> Declared:
    written = {**CDK, "bin/app.ts": BIN, "lib/s.ts": stack(body, more), **CODE, **(files or {})}
    return find(project(root, written), Settings())


def one(root: Path, body: str, more: str = "", files: Mapping[str, str] | None = None) -> Function:
    declared = found(root, body, more, files)
    assert not declared.gaps
    (function,) = declared.functions
    return function


def entries(root: Path, function: Function) -> list[str]:
    """The files of the function's package."""
    tree = Trees(project(root, {})).tree(function)
    return sorted(path for path, entry in tree.entries.items() if entry.kind == "f")


def test_a_function_of_an_asset(tmp_path: Path) -> None:
    body = f"new lambda.Function(this, 'Fn', {{ {FUNCTION}, architecture: lambda.Architecture.ARM_64, environment: {{ A: 'x', B: scope.y }} }});"
    function = one(tmp_path, body)
    assert (function.name, function.runtime, function.architecture) == ("Fn", "python3.12", "arm64")
    assert function.handler is not None
    assert (function.handler.value, function.span.path, function.span.line) == ("app.handler", "lib/s.ts", 8)
    assert (function.environment, function.environment_known) == ({"A": "x", "B": None}, True)
    assert entries(tmp_path, function) == ["/var/task/app.py"]


@pytest.mark.parametrize(
    "path",
    [
        "path.join(__dirname, '..', 'code')",
        "path.join(__dirname, '../code')",
        "`${__dirname}/../code`",
        "'./code'",
        "path.resolve('code')",
    ],
)
def test_paths_start_at_the_file_or_where_the_program_runs(tmp_path: Path, path: str) -> None:
    body = f"new lambda.Function(this, 'Fn', {{ runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler', code: lambda.Code.fromAsset({path}) }});"
    package = one(tmp_path, body).artifact
    assert isinstance(package, Zip)
    assert package.source == "code"


@pytest.mark.parametrize(
    "body",
    [
        "new lambda.Function(this, 'Fn', { runtime: lambda.Runtime.NODEJS_20_X, handler: 'app.handler', code: lambda.Code.fromAsset('code') });",
        "new NodejsFunction(this, 'Fn', { entry: 'code/index.ts' });",
        "lambda.Function.fromFunctionArn(this, 'Fn', 'arn');",
        "new lambda.Function(this, 'Fn', { runtime: new lambda.Runtime('nodejs22.x'), handler: 'app.handler', code: lambda.Code.fromAsset('code') });",
    ],
)
def test_functions_in_other_languages_are_passed_over(tmp_path: Path, body: str) -> None:
    assert found(tmp_path, body, "import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';") == Declared()


def test_a_runtime_that_is_computed_is_python_where_the_module_is(tmp_path: Path) -> None:
    body = "new lambda.Function(this, 'Fn', { runtime: scope.runtime, handler: 'app.handler', code: lambda.Code.fromAsset('code') });"
    assert one(tmp_path, body).runtime is None


def test_a_runtime_that_is_computed_beside_code_that_is_too_is_a_gap(tmp_path: Path) -> None:
    body = "new lambda.Function(this, 'Fn', { runtime: scope.runtime, handler: 'app.handler', code: scope.code });"
    declared = found(tmp_path, body)
    assert not declared.functions
    assert [gap.functions for gap in declared.gaps] == [("Fn",)]


@pytest.mark.parametrize(
    ("options", "packaged"),
    [
        ("{ exclude: ['*.md', 'sub'] }", ["app.py"]),
        ("{ exclude: ['**', '!app.py'] }", ["app.py"]),
        ("{ exclude: ['sub/**'] }", ["README.md", "app.py"]),
        ("{ exclude: ['sub/'], ignoreMode: cdk.IgnoreMode.GIT }", ["README.md", "app.py"]),
        ("{ exclude: ['**/*.py', '!app.py'], ignoreMode: cdk.IgnoreMode.DOCKER }", ["README.md", "app.py"]),
        ("{}", ["README.md", "app.py", "sub/b.py"]),
    ],
)
def test_excluded_files_are_not_packaged(tmp_path: Path, options: str, packaged: list[str]) -> None:
    body = f"new lambda.Function(this, 'Fn', {{ runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler', code: lambda.Code.fromAsset('code', {options}) }});"
    function = one(tmp_path, body, files={"code/README.md": "x", "code/sub/b.py": ""})
    assert entries(tmp_path, function) == [f"/var/task/{name}" for name in packaged]


def test_the_usual_bundling_installs_and_copies(tmp_path: Path) -> None:
    command = (
        "['bash', '-c', ['pip install -r requirements.txt -t /asset-output', 'cp -au . /asset-output'].join(' && ')]"
    )
    body = (
        "new lambda.Function(this, 'Fn', { runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler', code: lambda.Code.fromAsset("
        f"path.join(__dirname, '../code'), {{ bundling: {{ image: lambda.Runtime.PYTHON_3_12.bundlingImage, command: {command} }} }}) }});"
    )
    package = one(tmp_path, body, files={"code/requirements.txt": "requests\n"}).artifact
    assert isinstance(package, Zip)
    assert [type(part) for part in package.parts] == [Install, Part]
    assert (package.source, package.requirements, package.reason) == ("code", "code/requirements.txt", None)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("['bash', '-c', 'make all']", "a bundling makes the package by a command that is not followed: `make all`"),
        (
            "['bash', '-c', 'pip install -r missing.txt -t /asset-output']",
            "a bundling makes the package by a command that is not followed: `pip install -r missing.txt -t /asset-output`",
        ),
        (
            "scope.command",
            "a bundling makes the package: its command cannot be known: `scope` is given when the program runs",
        ),
    ],
)
def test_a_bundling_that_is_not_followed_is_a_gap(tmp_path: Path, command: str, reason: str) -> None:
    body = (
        "const make = (scope: any) => new lambda.Function(this, 'Fn', { runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler',"
        f" code: lambda.Code.fromAsset('code', {{ bundling: {{ image: x, command: {command} }} }}) }});\nlater(make);"
    )
    package = one(tmp_path, body).artifact
    assert isinstance(package, Zip)
    assert package.reason == reason


def test_a_default_stands_where_nobody_says_otherwise(tmp_path: Path) -> None:
    body = (
        "const dir = process.env.CODE_DIR || 'code';\nnew lambda.Function(this, 'Fn', { runtime: lambda.Runtime.PYTHON_3_12,"
        " handler: `${process.env.MODULE ?? 'app'}.handler`, code: lambda.Code.fromAsset(path.join(__dirname, '..', dir)) });"
    )
    function = one(tmp_path, body)
    assert function.handler is not None
    assert function.handler.value == "app.handler"
    assert entries(tmp_path, function) == ["/var/task/app.py"]


def test_one_of_two_paths_is_no_default(tmp_path: Path) -> None:
    body = "new lambda.Function(this, 'Fn', { runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler', code: lambda.Code.fromAsset(process.env.X ? 'code' : 'other') });"
    package = one(tmp_path, body).artifact
    assert isinstance(package, Zip)
    assert package.reason == "the path cannot be known: it depends on where the program runs"


def test_an_asset_in_a_bucket_with_what_is_mounted_beside_it(tmp_path: Path) -> None:
    more = "import { Asset } from 'aws-cdk-lib/aws-s3-assets';"
    options = (
        "command: ['zip', '-r', '-9', path.posix.join('/asset-output', 'asset.zip'), '.'], workingDirectory: '/asset-input/',"
        " volumes: ['shared'].map((f) => ({ containerPath: path.posix.join('/asset-input/', path.basename(f)), hostPath: f })),"
        " outputType: cdk.BundlingOutput.ARCHIVED"
    )
    body = (
        f"const asset = new Asset(this, 'A', {{ path: 'code', bundling: {{ image: x, {options} }} }});\n"
        "new lambda.Function(this, 'Fn', { runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler', code: lambda.Code.fromBucket(asset.bucket, asset.s3ObjectKey) });"
    )
    function = one(tmp_path, body, more, {"shared/one.py": "", "shared/sub/two.py": ""})
    assert entries(tmp_path, function) == ["/var/task/app.py", "/var/task/shared/one.py", "/var/task/shared/sub/two.py"]


def test_a_file_that_is_not_in_the_repository_does_not_exist(tmp_path: Path) -> None:
    body = "const fs = require('fs');\nconst dir = fs.existsSync('code/requirements.txt') ? 'none' : 'code';\n"
    body += "new lambda.Function(this, 'Fn', { runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler', code: lambda.Code.fromAsset(dir) });"
    assert entries(tmp_path, one(tmp_path, body)) == ["/var/task/app.py"]


def test_a_handler_in_javascript_that_is_typed_for_lambda_is_no_program(tmp_path: Path) -> None:
    files = {**CDK, "src/handler.ts": "import { Context } from 'aws-lambda';\nexport const aws_lambda = 1;\n"}
    assert find(project(tmp_path, files), Settings()) == Declared()


def test_inline_code_is_the_package(tmp_path: Path) -> None:
    body = "new lambda.Function(this, 'Fn', { runtime: lambda.Runtime.PYTHON_3_12, handler: 'index.handler', code: lambda.Code.fromInline(`\ndef handler(event, context):\n    pass\n`) });"
    package = one(tmp_path, body).artifact
    assert isinstance(package, Zip)
    assert package.inline is not None
    assert "def handler" in package.inline.value


@pytest.mark.parametrize(("place", "there"), [("", "/asset"), ("imagePath: 'home/output'", "/home/output")])
def test_code_is_taken_out_of_an_image(tmp_path: Path, place: str, there: str) -> None:
    body = f"new lambda.Function(this, 'Fn', {{ runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler', code: lambda.Code.fromDockerBuild('code', {{ {place} }}) }});"
    dockerfile = f"FROM public.ecr.aws/lambda/python:3.12\nCOPY app.py {there}/app.py\n"
    assert entries(tmp_path, one(tmp_path, body, files={"code/Dockerfile": dockerfile})) == ["/var/task/app.py"]


def test_a_dockerfile_that_code_may_be_taken_out_of_is_no_function(tmp_path: Path) -> None:
    body = "new lambda.Function(this, 'Fn', { runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler', code: scope.x() ? lambda.Code.fromDockerBuild('code') : lambda.Code.fromBucket(b, 'k') });"
    found(
        tmp_path,
        body,
        files={
            "code/Dockerfile": 'FROM public.ecr.aws/lambda/python:3.12\nCOPY app.py /asset/\nCMD ["echo", "hello", "world"]\n'
        },
    )
    (function,) = declare(project(tmp_path, {}), Settings()).functions
    assert function.name == "Fn"


def test_code_in_a_bucket_is_not_here(tmp_path: Path) -> None:
    body = "new lambda.Function(this, 'Fn', { runtime: lambda.Runtime.PYTHON_3_12, handler: 'a.h', code: lambda.Code.fromBucket(b, 'k') });"
    package = one(tmp_path, body).artifact
    assert isinstance(package, Zip)
    assert (package.parts, package.reason) == ((), "the code is an object in a bucket")


def test_an_asset_that_a_build_makes_is_not_here(tmp_path: Path) -> None:
    body = "new lambda.Function(this, 'Fn', { runtime: lambda.Runtime.PYTHON_3_12, handler: 'a.h', code: lambda.Code.fromAsset('dist') });"
    package = one(tmp_path, body).artifact
    assert isinstance(package, Zip)
    assert package.reason == "`dist` does not exist: a build step makes it"


# -- the alpha module -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("props", "handler"),
    [
        ("", "index.handler"),
        (", index: 'app.py', handler: 'main'", "app.main"),
        (", index: 'pkg/app.py'", "pkg.app.handler"),
    ],
)
def test_a_python_function_has_its_handler_from_index_and_handler(tmp_path: Path, props: str, handler: str) -> None:
    function = one(
        tmp_path, f"new PythonFunction(this, 'Fn', {{ runtime: lambda.Runtime.PYTHON_3_13, entry: 'code'{props} }});"
    )
    assert function.handler is not None
    assert (function.handler.value, function.runtime) == (handler, "python3.13")


@pytest.mark.parametrize(
    ("files", "installed"),
    [
        (["requirements.txt", "uv.lock"], "requirements.txt"),
        (["poetry.lock", "requirements.txt"], "poetry.lock"),
        (["Pipfile.lock", "poetry.lock"], "Pipfile.lock"),
        (["uv.lock"], "uv.lock"),
        ([], None),
    ],
)
def test_a_python_function_installs_the_first_list_there_is(
    tmp_path: Path, files: list[str], installed: str | None
) -> None:
    written = {f"code/{name}": "" for name in files}
    package = one(
        tmp_path,
        "new PythonFunction(this, 'Fn', { runtime: lambda.Runtime.PYTHON_3_13, entry: 'code' });",
        files=written,
    ).artifact
    assert isinstance(package, Zip)
    assert package.requirements == (installed and f"code/{installed}")


def test_asset_excludes_are_rsyncs(tmp_path: Path) -> None:
    body = "new PythonFunction(this, 'Fn', { runtime: lambda.Runtime.PYTHON_3_13, entry: 'code', index: 'app.py', bundling: { assetExcludes: ['tests', '/b.py', '*.md'] } });"
    files = {"code/tests/t.py": "", "code/b.py": "", "code/sub/b.py": "", "code/sub/x.md": ""}
    assert entries(tmp_path, one(tmp_path, body, files=files)) == ["/var/task/app.py", "/var/task/sub/b.py"]


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ("`rm -rf ${out}/pandas/tests`", None),
        ("`cp -r ../shared ${out}`", "`commandHooks.afterBundling` runs `cp -r ../shared /asset-output`"),
    ],
)
def test_hooks_that_do_more_than_clean_up_are_a_doubt(tmp_path: Path, after: str, reason: str | None) -> None:
    hooks = f"commandHooks: {{ beforeBundling: () => [], afterBundling(input: string, out: string) {{ return [{after}]; }} }}"
    body = f"new PythonFunction(this, 'Fn', {{ runtime: lambda.Runtime.PYTHON_3_13, entry: 'code', bundling: {{ {hooks} }} }});"
    package = one(tmp_path, body).artifact
    assert isinstance(package, Zip)
    assert package.reason == reason


def test_a_hook_that_installs_the_entry_itself_brings_its_modules(tmp_path: Path) -> None:
    hooks = "commandHooks: { beforeBundling() { return []; }, afterBundling(input: string, out: string) { return [`pip install ${input} --target ${out}`]; } }"
    body = f"const layer = new PythonLayerVersion(this, 'L', {{ entry: 'tools', bundling: {{ {hooks} }} }});\nnew lambda.Function(this, 'Fn', {{ {FUNCTION}, layers: [layer] }});"
    files = {
        "tools/pyproject.toml": '[build-system]\nbuild-backend = "poetry.core.masonry.api"\n[tool.poetry]\nname = "my-tools"\n',
        "tools/src/my_tools/a.py": "",
    }
    function = one(tmp_path, body, files=files)
    (layer,) = function.layers
    assert isinstance(layer, LocalLayer)
    assert (layer.package.reason, layer.package.requirements) == (None, "tools/pyproject.toml")
    assert "/opt/python/my_tools/a.py" in entries(tmp_path, function)


def test_layers_are_packages_too(tmp_path: Path) -> None:
    body = (
        "const own = new lambda.LayerVersion(this, 'Own', { code: lambda.Code.fromAsset('layer') });\n"
        "const python = new PythonLayerVersion(this, 'Py', { entry: 'lib_src' });\n"
        "const arn = lambda.LayerVersion.fromLayerVersionArn(this, 'P', `arn:aws:lambda:${this.region}:017000801446:layer:AWSLambdaPowertoolsPythonV3-python312-x86_64:7`);\n"
        f"const fn = new lambda.Function(this, 'Fn', {{ {FUNCTION}, layers: [own, arn] }});\nfn.addLayers(python);"
    )
    function = one(tmp_path, body, files={"layer/python/m.py": "", "lib_src/n.py": ""})
    own, arn, python = function.layers
    assert isinstance(own, LocalLayer)
    assert isinstance(python, LocalLayer)
    assert isinstance(arn, UnknownLayer)
    assert arn.distributions == frozenset({"aws-lambda-powertools"})
    assert entries(tmp_path, function) == ["/opt/python/m.py", "/opt/python/n.py", "/var/task/app.py"]


# -- images ---------------------------------------------------------------------------------------


def test_an_image_is_built_from_its_directory(tmp_path: Path) -> None:
    options = "{ file: 'lambda.Dockerfile', cmd: ['app.handler'], target: 'prod', buildArgs: { A: '1' }, platform: Platform.LINUX_ARM64 }"
    body = f"new lambda.DockerImageFunction(this, 'Fn', {{ code: lambda.DockerImageCode.fromImageAsset(path.join(__dirname, '../code'), {options}) }});"
    function = one(
        tmp_path, body, "import { Platform } from 'aws-cdk-lib/aws-ecr-assets';", {"code/lambda.Dockerfile": "FROM x\n"}
    )
    image = function.artifact
    assert isinstance(image, Image)
    assert (image.dockerfile, image.context, image.target, image.platform) == (
        "code/lambda.Dockerfile",
        "code",
        "prod",
        "linux/arm64",
    )
    assert image.build_args == {"A": "1"}
    assert function.handler is not None
    assert function.handler.value == "app.handler"


@pytest.mark.parametrize(
    ("dockerfile", "known"), [("FROM x\nARG ID\nRUN echo $ID\n", True), ("ARG ID\nFROM x:$ID\n", False)]
)
def test_a_computed_build_argument_counts_where_the_dockerfile_decides_by_it(
    tmp_path: Path, dockerfile: str, known: bool
) -> None:
    options = "{ buildArgs: { ID: process.env.BUILD, platform: lambda.Architecture.ARM_64.dockerPlatform } }"
    body = f"new lambda.DockerImageFunction(this, 'Fn', {{ code: lambda.DockerImageCode.fromImageAsset('code', {options}) }});"
    image = one(tmp_path, body, files={"code/Dockerfile": dockerfile}).artifact
    assert isinstance(image, Image)
    assert image.build_args == {"platform": "linux/arm64"}
    assert (image.reason is None) == known


def test_an_image_without_its_directory_has_a_reason(tmp_path: Path) -> None:
    body = "new lambda.DockerImageFunction(this, 'Fn', { code: lambda.DockerImageCode.fromImageAsset('none') });"
    image = one(tmp_path, body).artifact
    assert isinstance(image, Image)
    assert (image.dockerfile, image.reason) == (None, "`none` does not exist: a build step makes it")


def test_the_programs_command_stands_before_the_dockerfiles(tmp_path: Path) -> None:
    files = {"code/Dockerfile": 'FROM public.ecr.aws/lambda/python:3.12\nCOPY app.py ./\nCMD ["placeholder.handler"]\n'}
    body = "new lambda.DockerImageFunction(this, 'Fn', { code: lambda.DockerImageCode.fromImageAsset('code', { cmd: ['app.handler'] }) });"
    found(tmp_path, body, files=files)
    (function,) = declare(project(tmp_path, {}), Settings()).functions
    assert function.handler is not None
    assert (function.name, function.handler.value) == ("Fn", "app.handler")


# -- programs -------------------------------------------------------------------------------------


def test_a_construct_of_the_project_is_made_with_what_it_is_given(tmp_path: Path) -> None:
    more = (
        "interface P { name: string; runtime?: lambda.Runtime }\n"
        "class Mine extends PythonFunction {\n"
        "  constructor(scope: any, id: string, props: P) {\n"
        "    super(scope, id, { runtime: props.runtime ?? lambda.Runtime.PYTHON_3_12, entry: path.join(__dirname, '..', props.name), index: `${props.name}.py` });\n"
        "  }\n}\n"
    )
    body = "for (const name of ['one', 'two']) { new Mine(this, `Fn-${name}`, { name }); }"
    declared = found(tmp_path, body, more, {"one/one.py": "", "two/two.py": ""})
    assert [
        (fn.name, fn.handler and fn.handler.value, fn.artifact.source)
        for fn in declared.functions
        if isinstance(fn.artifact, Zip)
    ] == [
        ("Fn-one", "one.handler", "one"),
        ("Fn-two", "two.handler", "two"),
    ]


def test_a_stack_that_is_made_twice_has_its_functions_once(tmp_path: Path) -> None:
    files = {
        **CDK,
        "bin/app.ts": BIN + "new S(new App(), 'T');\n",
        "lib/s.ts": stack(f"new lambda.Function(this, 'Fn', {{ {FUNCTION} }});"),
        **CODE,
    }
    assert [one.name for one in declare(project(tmp_path, files), Settings()).functions] == ["Fn"]


def test_a_construct_that_nothing_makes_is_read_with_what_it_says_itself(tmp_path: Path) -> None:
    lost = f"export class Lost extends cdk.Stack {{ constructor(scope: any, id: string, props: any) {{ super(scope, id); new lambda.Function(this, props.id, {{ {FUNCTION} }}); }} }}\n"
    declared = find(
        project(tmp_path, {**CDK, "bin/app.ts": "export {};\n", "lib/lost.ts": HEAD + lost, **CODE}), Settings()
    )
    assert [fn.handler and fn.handler.value for fn in declared.functions] == ["app.handler"]


def test_a_construct_that_an_application_never_makes_is_a_gap(tmp_path: Path) -> None:
    dead = f"export class Dead extends cdk.Stack {{\nconstructor(scope: any, id: string) {{ super(scope, id);\nnew lambda.Function(this, 'Dead', {{ {FUNCTION} }}); }} }}\n"
    declared = found(
        tmp_path, f"new lambda.Function(this, 'Fn', {{ {FUNCTION} }});", files={"lib/dead.ts": HEAD + dead}
    )
    assert [one.name for one in declared.functions] == ["Fn"]
    assert [(gap.span.path, gap.span.line) for gap in declared.gaps] == [("lib/dead.ts", 7)]


def test_what_a_test_makes_is_no_function(tmp_path: Path) -> None:
    body = stack(f"new lambda.Function(this, 'Fn', {{ {FUNCTION} }});")
    assert (
        find(project(tmp_path, {**CDK, "test/app.test.ts": body, "lib/a.spec.ts": body, **CODE}), Settings())
        == Declared()
    )


def test_a_construct_that_is_not_reached_is_a_gap(tmp_path: Path) -> None:
    body = f"const unused = {{ make() {{ return new lambda.Function(this, 'Fn', {{ {FUNCTION} }}); }} }};"
    declared = found(tmp_path, body)
    assert not declared.functions
    assert [(gap.span.path, gap.span.line) for gap in declared.gaps] == [("lib/s.ts", 8)]


def test_a_condition_that_is_known_to_be_false_makes_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, f"if (false) {{\nnew lambda.Function(this, 'Fn', {{ {FUNCTION} }});\n}}") == Declared()


def test_a_template_of_a_program_is_said_to_be_one(tmp_path: Path) -> None:
    body = "new lambda.Function(this, 'Fn', { runtime: lambda.Runtime.PYTHON_3_12, handler: '{{project}}.handler', code: lambda.Code.fromAsset('code') });"
    declared = found(tmp_path, body)
    assert not declared.functions
    assert [gap.reason for gap in declared.gaps] == ["the file is a template that a generator fills in"]


def test_properties_of_solutions_constructs_are_a_function(tmp_path: Path) -> None:
    body = f"new LambdaToDynamoDB(this, 'Fn', {{ lambdaFunctionProps: {{ {FUNCTION} }} }});"
    assert (
        one(tmp_path, body, "import { LambdaToDynamoDB } from '@aws-solutions-constructs/aws-lambda-dynamodb';").name
        == "Fn"
    )


def test_plain_javascript_of_the_first_version(tmp_path: Path) -> None:
    text = (
        "const lambda = require('@aws-cdk/aws-lambda');\nconst { Stack, App } = require('@aws-cdk/core');\n"
        "class S extends Stack { constructor(scope, id, props) { super(scope, id, props);\n"
        f"new lambda.Function(this, 'Fn', {{ {FUNCTION.replace('fromAsset', 'asset')} }}); }} }}\nnew S(new App(), 's');\n"
    )
    declared = find(
        project(tmp_path, {"cdk.json": '{"app": "node bin/app.js"}', "bin/app.js": text, **CODE}), Settings()
    )
    assert [fn.name for fn in declared.functions] == ["Fn"]


def test_an_application_that_is_read_is_not_said_to_be_missing(tmp_path: Path) -> None:
    assert not unread(project(tmp_path, {**CDK, "bin/app.ts": BIN}))
    assert not unread(project(tmp_path / "given", {"cdk.json": "{}", "package.json": "{}"}))
    (gap,) = unread(project(tmp_path / "java", {"cdk.json": '{"app": "mvn -e -q compile exec:java"}'}))
    assert gap.span.path == "cdk.json"


@pytest.mark.parametrize(
    "text",
    ["class S {", "new lambda.Function(this, 'x', {", "new lambda.Function();", "\0", "new PythonFunction(...x);"],
)
def test_bad_input_never_crashes(tmp_path: Path, text: str) -> None:
    find(project(tmp_path, {**CDK, "bin/app.ts": HEAD + text, **CODE}), Settings())
