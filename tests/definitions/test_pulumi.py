"""Programs as https://www.pulumi.com/docs/ and real repositories write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from vartask.artifact.zip import predict_zip
from vartask.config import Settings
from vartask.definitions import declare
from vartask.definitions._unread import unread
from vartask.definitions.pulumi import find
from vartask.model import Declared, Function, Image, LocalLayer, Span, Text, UnknownLayer, Zip
from vartask.project import Project
from written import project

HANDLER = "def handler(event, context): ...\n"
CODE = {"app/main.py": HANDLER, "app/pkg/__init__.py": "", "app/pkg/mod.py": "x = 1\n", "lib/shared.py": "y = 2\n"}
PYTHON = "import pulumi\nimport pulumi_aws as aws\n"
TYPESCRIPT = 'import * as pulumi from "@pulumi/pulumi";\nimport * as aws from "@pulumi/aws";\n'


def python(root: Path, program: str, **files: str) -> Declared:
    written = {"Pulumi.yaml": "name: x\nruntime: python\n", "__main__.py": PYTHON + program, **CODE, **files}
    return find(project(root, written), Settings())


def typescript(root: Path, program: str, **files: str) -> Declared:
    written = {"Pulumi.yaml": "name: x\nruntime:\n  name: nodejs\n", "index.ts": TYPESCRIPT + program, **CODE, **files}
    return find(project(root, written), Settings())


def only(declared: Declared) -> Function:
    assert not declared.gaps
    (one,) = declared.functions
    return one


def files(root: Path, function: Function, below: str = "/var/task/") -> dict[str, str | None]:
    entries = predict_zip(Project(root), function).entries
    return {path.removeprefix(below): one.source for path, one in entries.items() if one.kind == "f" and below in path}


# -- zip functions ----------------------------------------------------------------------------------


def test_a_function_in_python(tmp_path: Path) -> None:
    one = only(
        python(
            tmp_path,
            "aws.lambda_.Function(\n    'api', runtime='python3.12', handler='main.handler', architectures=['arm64'],\n"
            "    code=pulumi.AssetArchive({'.': pulumi.FileArchive('./app')}),\n"
            "    environment={'variables': {'A': '1', 'B': bucket.id}},\n)\n",
        )
    )
    assert (one.name, one.runtime, one.architecture, one.declared_by) == ("api", "python3.12", "arm64", "pulumi")
    assert one.span == Span("__main__.py", 3, 1, 7, 2)
    assert one.handler == Text("main.handler", Span("__main__.py", 4, 42, 4, 56))
    assert (dict(one.environment), one.environment_known) == ({"A": "1", "B": None}, True)
    assert set(files(tmp_path, one)) == {"main.py", "pkg/__init__.py", "pkg/mod.py"}


def test_a_function_in_typescript(tmp_path: Path) -> None:
    one = only(
        typescript(
            tmp_path,
            "const role = new aws.iam.Role('r', {});\nexport const fn = new aws.lambda.Function('api', {\n"
            "  runtime: aws.lambda.Runtime.Python3d12, handler: 'main.handler', role: role.arn,\n"
            "  code: new pulumi.asset.AssetArchive({ '.': new pulumi.asset.FileArchive('./app') }),\n"
            "  environment: { variables: { A: '1' } },\n});\n",
        )
    )
    assert (one.name, one.runtime, one.architecture) == ("api", "python3.12", "x86_64")
    assert one.handler is not None
    assert one.handler.value == "main.handler"
    assert dict(one.environment) == {"A": "1"}
    assert set(files(tmp_path, one)) == {"main.py", "pkg/__init__.py", "pkg/mod.py"}


@pytest.mark.parametrize(
    ("runtime", "expected"),
    [
        ("'python3.13'", "python3.13"),
        ("aws.lambda_.Runtime.PYTHON3D11", "python3.11"),
        ("lambda_.Runtime.PYTHON3D9", "python3.9"),
        ("pulumi.Output.from_input('python3.10')", "python3.10"),
    ],
)
def test_runtimes_are_strings_or_members(tmp_path: Path, runtime: str, expected: str) -> None:
    program = f"from pulumi_aws import lambda_\nlambda_.Function('f', runtime={runtime}, handler='main.handler',"
    one = only(python(tmp_path, f"{program} code=pulumi.FileArchive('app'))\n"))
    assert one.runtime == expected


@pytest.mark.parametrize("runtime", ["'nodejs20.x'", "aws.lambda_.Runtime.NODE_JS18D_X", "'provided.al2023'"])
def test_other_languages_are_nobodys_business(tmp_path: Path, runtime: str) -> None:
    code = "code=pulumi.FileArchive('app')"
    assert python(tmp_path, f"aws.lambda_.Function('f', runtime={runtime}, handler='x.h', {code})\n") == Declared()


def test_an_archive_is_put_together_from_files_texts_and_archives(tmp_path: Path) -> None:
    one = only(
        python(
            tmp_path,
            "import os\nHERE = os.path.dirname(__file__)\n"
            "args = aws.lambda_.FunctionArgs(runtime='python3.12', handler='index.handler', code=pulumi.AssetArchive({\n"
            "    'index.py': pulumi.FileAsset(os.path.join(HERE, 'app', 'main.py')),\n"
            "    'gen/__init__.py': pulumi.StringAsset('VALUE = 1\\n'),\n"
            "    'lib': pulumi.AssetArchive({'shared.py': pulumi.asset.FileAsset('lib/shared.py'),\n"
            "                                'pkg': pulumi.FileArchive('app/pkg')}),\n"
            "}))\naws.lambda_.Function('f', args)\n",
        )
    )
    assert files(tmp_path, one) == {
        "index.py": "app/main.py",
        "gen/__init__.py": None,
        "lib/shared.py": "lib/shared.py",
        "lib/pkg/__init__.py": "app/pkg/__init__.py",
        "lib/pkg/mod.py": "app/pkg/mod.py",
    }
    assert predict_zip(Project(tmp_path), one).entries["/var/task/gen/__init__.py"].content == "VALUE = 1\n"


def test_links_to_directories_and_pulumis_own_are_left_out(tmp_path: Path) -> None:
    """``readPath``: a link to a file becomes that file, a link to a directory is passed over."""
    program = (
        "aws.lambda_.Function('f', runtime='python3.12', handler='main.handler', code=pulumi.FileArchive('app'))\n"
    )
    python(tmp_path, program, **{"app/.pulumi/x.py": ""})
    (tmp_path / "app/linked").symlink_to("../lib")
    (tmp_path / "app/pkg/linked").symlink_to("../../lib")
    (tmp_path / "app/one.py").symlink_to("../lib/shared.py")
    one = only(find(Project(tmp_path), Settings()))
    assert set(files(tmp_path, one)) == {"main.py", "one.py", "pkg/__init__.py", "pkg/mod.py"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("code=pulumi.FileArchive('build')", "`build` does not exist in the repository"),
        ("code=pulumi.FileArchive('../../x')", "leads out of the repository"),
        ("code=pulumi.FileArchive(config.require('path'))", "the path of the code is not known"),
        ("code=pulumi.RemoteArchive('https://x')", "from another place"),
        ("code=pulumi.AssetArchive(made())", "the entries of an archive are not known"),
        ("s3_bucket='b', s3_key='k'", "object in S3"),
        (
            "code=pulumi.FileArchive('app'), opts=pulumi.ResourceOptions(ignore_changes=['code'])",
            "Pulumi ignores changes of `code`",
        ),
    ],
)
def test_code_that_is_not_known_says_why(tmp_path: Path, code: str, words: str) -> None:
    one = only(python(tmp_path, f"aws.lambda_.Function('f', runtime='python3.12', handler='main.handler', {code})\n"))
    assert isinstance(one.artifact, Zip)
    assert one.artifact.reason is not None
    assert words in one.artifact.reason


def test_an_entry_that_is_not_known_leaves_the_others(tmp_path: Path) -> None:
    code = "pulumi.AssetArchive({'main.py': pulumi.FileAsset('app/main.py'), 'x.py': pulumi.StringAsset(made())})"
    one = only(
        python(tmp_path, f"aws.lambda_.Function('f', runtime='python3.12', handler='main.handler', code={code})")
    )
    assert isinstance(one.artifact, Zip)
    assert [getattr(part, "source", None) for part in one.artifact.parts] == ["app/main.py"]
    assert one.artifact.reason == "`x.py` is computed"


def test_layers_are_the_programs_own_or_published(tmp_path: Path) -> None:
    program = (
        "layer = aws.lambda_.LayerVersion('shared', code=pulumi.AssetArchive({'python': pulumi.FileArchive('lib')}))\n"
        "aws.lambda_.Function('f', runtime='python3.12', handler='main.handler', code=pulumi.FileArchive('app'),\n"
        "  layers=[layer.arn, 'arn:aws:lambda:eu-west-1:336392948345:layer:AWSSDKPandas-Python312:8', other])\n"
    )
    one = only(python(tmp_path, program))
    first, second, third = one.layers
    assert isinstance(first, LocalLayer)
    assert files(tmp_path, one, "/opt/") == {"python/shared.py": "lib/shared.py"}
    assert isinstance(second, UnknownLayer)
    assert second.distributions is not None
    assert isinstance(third, UnknownLayer)
    assert third.distributions is None


def test_components_and_loops_are_followed(tmp_path: Path) -> None:
    program = (
        "from service import Service\nfor name, module in {'a': 'main', 'b': 'pkg.mod'}.items():\n"
        "    Service(name, module)\n"
    )
    service = (
        f"{PYTHON}class Service(pulumi.ComponentResource):\n    def __init__(self, name, module, opts=None):\n"
        "        super().__init__('x:y:Service', name, None, opts)\n"
        "        self.function = aws.lambda_.Function(f'{name}-fn', runtime='python3.12', handler=f'{module}.handler',\n"
        "            code=pulumi.FileArchive('./app'), opts=pulumi.ResourceOptions(parent=self))\n"
    )
    declared = python(tmp_path, program, **{"service.py": service})
    assert [(one.name, one.handler.value) for one in declared.functions if one.handler] == [
        ("a-fn", "main.handler"),
        ("b-fn", "pkg.mod.handler"),
    ]


def test_code_that_nothing_calls_is_looked_at_too(tmp_path: Path) -> None:
    unused = (
        f"{PYTHON}def make(name):\n    return aws.lambda_.Function(name, runtime='python3.12', handler='main.handler',"
        " code=pulumi.FileArchive('app'))\n"
    )
    one = only(python(tmp_path, "", **{"functions/made.py": unused}))
    assert one.name == "made"


# -- images -----------------------------------------------------------------------------------------

DOCKERFILE = 'FROM public.ecr.aws/lambda/python:3.12\nCOPY main.py ./\nCMD ["placeholder.handler"]\n'
IMAGE = "image_config={'commands': ['main.handler']}"


@pytest.mark.parametrize(
    "build",
    [
        (
            "import pulumi_awsx as awsx\nimage = awsx.ecr.Image('i', repository_url=repo.url, context='./app',"
            " platform='linux/amd64')\nuri = image.image_uri\n"
        ),
        (
            "import pulumi_docker as docker\nimage = docker.Image('i', image_name='x', build=docker.DockerBuildArgs("
            "context='app', platform='linux/amd64'))\nuri = image.repo_digest.apply(lambda digest: digest)\n"
        ),
        (
            "import pulumi_docker_build as docker_build\nimage = docker_build.Image('i', context={'location': './app'},"
            " dockerfile={'location': './app/Dockerfile'}, platforms=[docker_build.Platform.LINUX_AMD64], push=True)\n"
            "uri = pulumi.Output.concat(repo.url, '@', image.digest)\n"
        ),
    ],
)
def test_an_image_is_found_by_the_build_that_gives_its_address(tmp_path: Path, build: str) -> None:
    program = f"{build}aws.lambda_.Function('f', package_type='Image', image_uri=uri, {IMAGE})\n"
    one = only(python(tmp_path, program, **{"app/Dockerfile": DOCKERFILE}))
    built = one.artifact
    assert isinstance(built, Image)
    assert (built.dockerfile, built.context, built.platform) == ("app/Dockerfile", "app", "linux/amd64")
    assert [word.value for word in built.command or ()] == ["main.handler"]
    functions = declare(Project(tmp_path), Settings()).functions
    assert [one.name for one in functions] == ["f"], "the Dockerfile declares nothing beside it"


def test_an_image_that_the_program_only_names_is_looked_for_by_its_name(tmp_path: Path) -> None:
    uri = "1.dkr.ecr.eu-west-1.amazonaws.com/app:1"
    python(tmp_path, f"aws.lambda_.Function('f', image_uri='{uri}')\n", **{"app/Dockerfile": DOCKERFILE})
    (one,) = declare(Project(tmp_path), Settings()).functions
    assert isinstance(one.artifact, Image)
    assert (one.name, one.artifact.dockerfile) == ("f", "app/Dockerfile")


def test_an_image_of_a_repository_of_the_program_goes_by_its_name(tmp_path: Path) -> None:
    program = "repo = aws.ecr.Repository('r', name='worker')\nuri = pulumi.Output.concat(repo.repository_url, ':1')\n"
    files = {"worker/Dockerfile": DOCKERFILE, "other/Dockerfile": DOCKERFILE}
    python(tmp_path, f"{program}aws.lambda_.Function('f', image_uri=uri, {IMAGE})\n", **files)
    found = {one.name: one.artifact for one in declare(Project(tmp_path), Settings()).functions}
    image = found["f"]
    assert isinstance(image, Image)
    assert image.dockerfile == "worker/Dockerfile"


def test_an_address_that_nobody_knows_is_not_taken_for_the_only_dockerfile(tmp_path: Path) -> None:
    """A component makes many functions in one line; the Dockerfile beside it is one's at most."""
    program = "for name in ('a', 'b'):\n    aws.lambda_.Function(name, image_uri=build(name).uri)\n"
    python(tmp_path, program, **{"app/Dockerfile": DOCKERFILE})
    found = {one.name: one.artifact for one in declare(Project(tmp_path), Settings()).functions}
    image = found["a"]
    assert isinstance(image, Image)
    assert image.dockerfile is None
    assert image.reason is not None


def test_a_command_that_is_not_known_makes_the_dockerfiles_own_a_doubt(tmp_path: Path) -> None:
    program = "aws.lambda_.Function('f', image_uri=config.require('uri'), image_config={'commands': [made()]})\n"
    python(tmp_path, program, **{"app/Dockerfile": DOCKERFILE, "b/Dockerfile": DOCKERFILE})
    functions = {one.name: one for one in declare(Project(tmp_path), Settings()).functions}
    assert functions["app"].handler_reason is not None


# -- projects ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("main", ["infra", "infra/", "./infra/__main__.py"])
def test_main_says_where_the_program_runs(tmp_path: Path, main: str) -> None:
    program = (
        "aws.lambda_.Function('f', runtime='python3.12', handler='main.handler', code=pulumi.FileArchive('../app'))\n"
    )
    written = {"Pulumi.yaml": f"runtime: python\nmain: {main}\n", "infra/__main__.py": PYTHON + program, **CODE}
    one = only(find(project(tmp_path, written), Settings()))
    assert isinstance(one.artifact, Zip)
    assert one.artifact.source == "app"


YAML = """\
name: x
runtime: yaml
variables:
  code:
    fn::fileArchive: ./app
resources:
  layer:
    type: aws:lambda:LayerVersion
    properties:
      layerName: shared
      code: {fn::assetArchive: {python: {fn::fileArchive: ./lib}}}
  api:
    type: aws:lambda/function:Function
    properties:
      runtime: python3.12
      handler: main.handler
      code: ${code}
      layers: ["${layer.arn}"]
      environment:
        variables: {A: "1", B: "${bucket.id}"}
  other:
    type: aws:lambda:Function
    properties: {runtime: nodejs20.x, handler: index.handler, code: {fn::fileArchive: ./app}}
"""


def test_a_program_in_yaml(tmp_path: Path) -> None:
    one = only(find(project(tmp_path, {"Pulumi.yaml": YAML, **CODE}), Settings()))
    assert (one.name, one.runtime, one.span) == ("api", "python3.12", Span("Pulumi.yaml", 12, 3, 12, 6))
    assert one.handler == Text("main.handler", Span("Pulumi.yaml", 16, 16, 16, 28))
    assert dict(one.environment) == {"A": "1", "B": None}
    assert set(files(tmp_path, one)) == {"main.py", "pkg/__init__.py", "pkg/mod.py"}
    assert files(tmp_path, one, "/opt/") == {"python/shared.py": "lib/shared.py"}


OTHERS = {
    "go": ("main.go", 'import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"'),
    "dotnet": ("Program.cs", "var fn = new Aws.Lambda.Function("),
    "java": ("App.java", "import com.pulumi.aws.lambda.Function;"),
}


@pytest.mark.parametrize("runtime", OTHERS)
def test_programs_in_other_languages_are_a_gap_where_they_speak_of_functions(tmp_path: Path, runtime: str) -> None:
    name, text = OTHERS[runtime]
    found = project(tmp_path, {"Pulumi.yaml": f"name: x\nruntime: {runtime}\n", name: text})
    (gap,) = find(found, Settings()).gaps
    assert runtime in gap.reason
    assert not unread(found), "said once"
    (tmp_path / name).write_text("nothing of that kind")
    assert find(Project(tmp_path), Settings()) == Declared()


@pytest.mark.parametrize("text", ["", "- a", "a: [", "runtime: {name: [1]}", "runtime: python\nmain: ../../x"])
def test_a_project_file_that_makes_no_sense_is_a_gap(tmp_path: Path, text: str) -> None:
    assert len(find(project(tmp_path, {"Pulumi.yaml": text}), Settings()).gaps) == 1


def test_a_runtime_that_is_not_known_is_a_gap(tmp_path: Path) -> None:
    declared = python(tmp_path, "aws.lambda_.Function('f', runtime=config.get('r'), handler='x.h', s3_key='k')\n")
    (gap,) = declared.gaps
    assert gap.functions == ("f",)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("f'{stack}-api-handler'", "api-handler"), ("'a' if stack else 'b'", "a"), ("config.get('x')", "unnamed")],
)
def test_a_name_that_is_computed_keeps_what_is_written_out(tmp_path: Path, name: str, expected: str) -> None:
    program = (
        f"{PYTHON}aws.lambda_.Function({name}, runtime='python3.12', handler='a.b', code=pulumi.FileArchive('app'))\n"
    )
    declared = python(tmp_path, "import unnamed\n", **{"unnamed.py": f"stack = pulumi.get_stack()\n{program}"})
    assert only(declared).name == expected
