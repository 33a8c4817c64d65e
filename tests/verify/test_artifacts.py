"""The built packages of functions, found by themselves in what tools leave behind."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from vartask.config import Settings
from vartask.engine import Run
from vartask.model import Function, Observation, Started
from vartask.project import Project
from vartask.verify.builds import Recipe
from vartask.verify.recipes import Known, NotBuildable, Prepared, Recipes, told

FUNCTION = "  {name}:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: {code}\n      Handler: {handler}\n      Runtime: python3.11\n"
SAM = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
Paths = Mapping[str, Path]
NONE: Paths = {}
HANDLER = "def handler(event, context):\n    return 1\n"


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def archive(path: Path, *names: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as opened:
        for name in names:
            opened.writestr(name, HANDLER)


def prepared(root: Path, named: Paths = NONE, layers: Paths = NONE) -> dict[str, Prepared | str]:
    """What is found for each function, or why nothing is."""
    run = Run(Project(root), Settings())
    functions = run.declared.functions
    recipes = Recipes(Path(run.project.root), Known(functions, run.trees.tree), named, layers)
    return {one.name: prepare(recipes, one) for one in functions}


def prepare(recipes: Recipes, function: Function) -> Prepared | str:
    try:
        return recipes.prepare(function)
    except NotBuildable as error:
        return str(error)


def artifacts(root: Path, named: Paths = NONE) -> dict[str, str | None]:
    found = prepared(root, named)
    return {name: one if isinstance(one, str) else one.artifact for name, one in found.items()}


def sam(*functions: tuple[str, str, str]) -> str:
    return SAM + "".join(FUNCTION.format(name=name, code=code, handler=handler) for name, code, handler in functions)


# -- sam build -------------------------------------------------------------------------------------------


def built_by_sam(root: Path, *functions: tuple[str, str, str], where: str = ".") -> None:
    """The output of ``sam build``: a template whose ``CodeUri`` leads to a copy for each function."""
    output = root / where / ".aws-sam/build"
    write(output, {"template.yaml": sam(*((name, name, handler) for name, _, handler in functions))})
    for name, _, handler in functions:
        write(output, {f"{name}/{handler.partition('.')[0]}.py": HANDLER})


def test_sam_builds_are_found_by_logical_id(tmp_path: Path) -> None:
    functions = (("One", "src/", "one.handler"), ("Two", "src/", "two.handler"))
    write(tmp_path, {"template.yaml": sam(*functions), "src/one.py": HANDLER, "src/two.py": HANDLER})
    built_by_sam(tmp_path, *functions)
    assert artifacts(tmp_path) == {"One": ".aws-sam/build/One", "Two": ".aws-sam/build/Two"}


def test_a_build_of_another_handler_is_another_function(tmp_path: Path) -> None:
    write(tmp_path, {"template.yaml": sam(("One", "src/", "new.handler")), "src/new.py": HANDLER})
    built_by_sam(tmp_path, ("One", "src/", "old.handler"))
    found = artifacts(tmp_path)["One"]
    assert found is not None
    assert "is not built: run `sam build`, or name it by --artifact One=PATH" in found


def test_two_templates_that_may_be_meant_are_told_apart_by_the_user(tmp_path: Path) -> None:
    same = sam(("One", "src/", "one.handler"))
    write(tmp_path, {"template.yaml": same, "template.dev.yaml": same, "src/one.py": HANDLER})
    built_by_sam(tmp_path, ("One", "src/", "one.handler"))
    found = artifacts(tmp_path)
    assert len(found) == 2
    assert all("may be its package or that of" in str(one) for one in found.values()), found


def test_nested_stacks_are_told_apart_by_what_they_were_built_from(tmp_path: Path) -> None:
    nested = "  Nested: {Type: AWS::Serverless::Application, Properties: {Location: nested/child.yaml}}\n"
    write(
        tmp_path,
        {
            "template.yaml": sam(("One", "src/", "app.handler")) + nested,
            "nested/child.yaml": sam(("One", "fn/", "app.handler")),
            "src/app.py": HANDLER,
            "nested/fn/app.py": HANDLER,
        },
    )
    built_by_sam(tmp_path, ("One", "src/", "app.handler"))
    root = tmp_path / ".aws-sam/build"
    write(
        root,
        {
            "template.yaml": sam(("One", "One", "app.handler")) + nested.replace("nested/child", "Nested/template"),
            "Nested/template.yaml": sam(("One", "One", "app.handler")),
            "Nested/One/app.py": HANDLER,
            "../build.toml": f'[function_build_definitions.a]\ncodeuri = "{tmp_path}/src"\nfunctions = ["One"]\n'
            f'[function_build_definitions.b]\ncodeuri = "{tmp_path}/nested/fn"\nfunctions = ["Nested/One"]\n',
        },
    )
    assert artifacts(tmp_path) == {"One": ".aws-sam/build/One", "nested/One": ".aws-sam/build/Nested/One"}


def test_functions_of_one_build_share_an_image(tmp_path: Path) -> None:
    functions = (("One", "src/", "app.handler"), ("Two", "src/", "app.other"))
    write(tmp_path, {"template.yaml": sam(*functions), "src/app.py": HANDLER})
    built_by_sam(tmp_path, *functions)
    write(
        tmp_path / ".aws-sam",
        {"build.toml": f'[function_build_definitions.a]\ncodeuri = "{tmp_path}/src"\nfunctions = ["One", "Two"]\n'},
    )
    one, two = prepared(tmp_path).values()
    assert isinstance(one, Prepared)
    assert isinstance(two, Prepared)
    assert one.recipe == two.recipe
    assert (one.artifact, two.artifact) == (".aws-sam/build/One", ".aws-sam/build/Two")


def test_a_build_that_is_older_than_its_sources_is_said_to_be(tmp_path: Path) -> None:
    functions = (("One", "src/", "one.handler"),)
    write(tmp_path, {"template.yaml": sam(*functions), "src/one.py": HANDLER})
    built_by_sam(tmp_path, *functions)
    os.utime(tmp_path / "src/one.py", (4_000_000_000, 4_000_000_000))
    found = prepared(tmp_path)["One"]
    assert isinstance(found, Prepared)
    assert found.stale == ("its package .aws-sam/build/One was built before src/one.py was changed: build it again")


def test_a_damaged_output_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"template.yaml": sam(("One", "src/", "one.handler")), "src/one.py": HANDLER})
    write(tmp_path, {".aws-sam/build/template.yaml": "Resources: {One: [\n"})
    found = str(artifacts(tmp_path)["One"])
    assert ".aws-sam/build/template.yaml" in found
    assert "\n" not in found


def test_an_output_that_leads_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"secrets/app.py": HANDLER})
    repository = tmp_path / "repo"
    write(repository, {"template.yaml": sam(("One", "src/", "app.handler")), "src/app.py": HANDLER})
    write(repository, {".aws-sam/build/template.yaml": sam(("One", "../../../secrets", "app.handler"))})
    assert "is not built" in str(artifacts(repository)["One"])


def test_what_builds_a_package_names_the_template(tmp_path: Path) -> None:
    write(tmp_path, {"infra/api.yaml": sam(("One", "../src/", "app.handler")), "src/app.py": HANDLER})
    assert "run `sam build --template infra/api.yaml`, or" in str(artifacts(tmp_path)["One"])


# -- serverless package ----------------------------------------------------------------------------------


def test_serverless_packages_are_found_by_the_state_file(tmp_path: Path) -> None:
    text = "service: svc\nprovider: {name: aws, runtime: python3.11}\nfunctions:\n"
    text += "  one: {handler: src/one.handler}\n  two: {handler: src/two.handler, package: {individually: true}}\n"
    write(tmp_path, {"serverless.yml": text, "src/one.py": HANDLER, "src/two.py": HANDLER})
    state = {
        "service": {
            "functions": {
                "one": {"handler": "src/one.handler", "package": {}},
                "two": {"handler": "src/two.handler", "package": {"artifact": "/elsewhere/.serverless/two.zip"}},
            }
        },
        "package": {"artifact": "svc.zip"},
    }
    archive(tmp_path / ".serverless/svc.zip", "src/one.py", "src/two.py")
    archive(tmp_path / ".serverless/two.zip", "src/two.py")
    write(tmp_path, {".serverless/serverless-state.json": json.dumps(state)})
    assert artifacts(tmp_path) == {"one": ".serverless/svc.zip", "two": ".serverless/two.zip"}


# -- cdk synth -------------------------------------------------------------------------------------------


def synthesised(root: Path, *, path: str = "Stack/Hello") -> None:
    digest = "a" * 64
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Handler": "app.handler", "Runtime": "python3.11", "Code": {"S3Key": f"{digest}.zip"}},
        "Metadata": {"aws:cdk:path": f"{path}/Resource"},
    }
    artifacts_ = {
        "Stack.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Stack.assets.json"}},
        "Stack": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Stack.template.json"}},
    }
    files = {digest: {"source": {"path": f"asset.{digest}", "packaging": "zip"}, "destinations": {}}}
    write(
        root / "cdk.out",
        {
            "cdk.out": '{"version": "36.0.0"}',
            "manifest.json": json.dumps({"version": "36.0.0", "artifacts": artifacts_}),
            "Stack.assets.json": json.dumps({"version": "36.0.0", "files": files, "dockerImages": {}}),
            "Stack.template.json": json.dumps({"Resources": {"HelloABC": function}}),
            f"asset.{digest}/app.py": HANDLER,
        },
    )


def test_cdk_assets_are_found_by_the_construct(tmp_path: Path) -> None:
    write(tmp_path, {"cdk.json": '{"app": "python app.py"}', "app.py": "", "src/app.py": HANDLER})
    synthesised(tmp_path)
    assert artifacts(tmp_path) == {"Stack/Hello": f"cdk.out/asset.{'a' * 64}"}


def test_an_assembly_that_is_stale_still_has_the_package(tmp_path: Path) -> None:
    program = (
        "import aws_cdk as cdk\nfrom aws_cdk import aws_lambda as lambda_\n\n"
        "class Stack(cdk.Stack):\n    def __init__(self, scope, name):\n        super().__init__(scope, name)\n"
        "        lambda_.Function(self, 'Hello', runtime=lambda_.Runtime.PYTHON_3_11, handler='app.handler',\n"
        "                         code=lambda_.Code.from_asset('src'))\n\n"
        "app = cdk.App()\nStack(app, 'Stack')\napp.synth()\n"
    )
    write(tmp_path, {"cdk.json": '{"app": "python app.py"}', "app.py": program, "src/app.py": HANDLER})
    synthesised(tmp_path)
    os.utime(tmp_path / "src/app.py", (4_000_000_000, 4_000_000_000))
    found = prepared(tmp_path)
    assert list(found) == ["Hello"]
    hello = found["Hello"]
    assert isinstance(hello, Prepared)
    assert hello.artifact == f"cdk.out/asset.{'a' * 64}"
    assert "before src/app.py was changed" in str(hello.stale)


# -- chalice ---------------------------------------------------------------------------------------------

CHALICE = (
    "from chalice import Chalice\n\napp = Chalice(app_name='shop')\n\n\n@app.route('/')\ndef index():\n    return {}\n"
)


def test_the_package_of_chalice_names_the_runtime(tmp_path: Path) -> None:
    write(tmp_path, {".chalice/config.json": '{"version": "2.0", "app_name": "shop"}', "app.py": CHALICE})
    archive(tmp_path / ".chalice/deployments/abc-python3.11.zip", "app.py")
    found = prepared(tmp_path)["shop-dev"]
    assert isinstance(found, Prepared)
    assert (found.artifact, found.guessed) == (".chalice/deployments/abc-python3.11.zip", None)
    assert found.recipe.runtime == "public.ecr.aws/lambda/python:3.11"
    archive(tmp_path / ".chalice/deployments/def-python3.11.zip", "app.py")
    assert "is not built" in str(artifacts(tmp_path)["shop-dev"])


# -- named by the user, or by the definition -------------------------------------------------------------


def test_what_the_user_names_comes_first(tmp_path: Path) -> None:
    functions = (("One", "src/", "one.handler"),)
    write(tmp_path, {"template.yaml": sam(*functions), "src/one.py": HANDLER})
    built_by_sam(tmp_path, *functions)
    archive(tmp_path / "mine.zip", "one.py")
    assert artifacts(tmp_path, named={"One": tmp_path / "mine.zip"}) == {"One": "mine.zip"}


def test_a_tools_output_may_be_named(tmp_path: Path) -> None:
    functions = (("One", "src/", "one.handler"),)
    write(tmp_path / "repo", {"template.yaml": sam(*functions), "src/one.py": HANDLER})
    built_by_sam(tmp_path, *functions, where="elsewhere")
    named = {"*": tmp_path / "elsewhere/.aws-sam/build"}
    assert artifacts(tmp_path / "repo", named=named) == {"One": f"{tmp_path}/elsewhere/.aws-sam/build/One"}


def test_a_directory_that_is_zipped_as_it_is_needs_no_build(tmp_path: Path) -> None:
    text = "Resources:\n" + FUNCTION.format(name="One", code="src", handler="app.handler")
    text = text.replace("Serverless::", "Lambda::").replace("CodeUri", "Code")
    write(tmp_path, {"template.yaml": text, "src/app.py": HANDLER})
    assert artifacts(tmp_path) == {"One": "src"}


def test_code_in_the_template_is_its_own_package(tmp_path: Path) -> None:
    text = "Resources:\n  One:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: python3.11\n"
    text += "      Handler: index.handler\n      Code:\n        ZipFile: |\n          def handler(event, context):\n            return 1\n"
    write(tmp_path, {"template.yaml": text})
    found = prepared(tmp_path)["One"]
    assert isinstance(found, Prepared)
    texts = dict(found.recipe.packages[-1][1].texts)
    assert texts["index.py"] == HANDLER.replace("    ", "  ")
    assert "def send(" in texts["cfnresponse.py"]


def test_an_archive_that_a_definition_names_is_taken_once_it_is_there(tmp_path: Path) -> None:
    write(tmp_path, {"template.yaml": sam(("One", "build/one.zip", "one.handler")), ".gitignore": "build/\n"})
    assert "is not built" in str(artifacts(tmp_path)["One"])
    archive(tmp_path / "build/one.zip", "one.py")
    assert artifacts(tmp_path) == {"One": "build/one.zip"}


TERRAFORM = """
data "archive_file" "code" {
  type        = "zip"
  source_dir  = "${path.module}/src"
  excludes    = ["tests"]
  output_path = "${path.module}/build/code.zip"
}
resource "aws_lambda_function" "one" {
  function_name = "one"
  filename      = data.archive_file.code.output_path
  runtime       = "python3.11"
  handler       = "one.handler"
  role          = "r"
}
"""


def test_an_archive_file_of_terraform_is_taken_from_where_it_is_written(tmp_path: Path) -> None:
    write(tmp_path, {"infra/main.tf": TERRAFORM, "infra/src/one.py": HANDLER})
    assert "run the step that makes it" in str(artifacts(tmp_path)["one"])
    archive(tmp_path / "infra/build/code.zip", "one.py")
    found = prepared(tmp_path)["one"]
    assert isinstance(found, Prepared)
    assert (found.artifact, found.stale) == ("infra/build/code.zip", None)
    os.utime(tmp_path / "infra/build/code.zip", (0, 0))
    again = prepared(tmp_path)["one"]
    assert isinstance(again, Prepared)
    assert "infra/build/code.zip was built before infra/src/one.py was changed" in str(again.stale)


# -- what the look can tell ------------------------------------------------------------------------------

SEEN = Observation("image", "3.11", roots=("/opt", "/var/task"))
BROKEN = Started("One", "one.handler", "init error", "Runtime.ImportModuleError: No module named 'shared'")
UNPARSED = Started("One", "one.handler", "init error", "Runtime.UserCodeSyntaxError: Syntax error in module 'one'")
FINE = Started("One", "one.handler", "ok")


def judged(prepared_: Prepared, one: Started) -> tuple[str | None, tuple[str, ...]]:
    seen = told([prepared_], replace(SEEN, started=(one,)))
    return seen.started[0].doubt, seen.roots


def test_failures_of_a_package_without_one_of_its_layers_are_doubted() -> None:
    without = Prepared(Recipe(), "one.zip", None, ("layer shared is not here",))
    assert judged(without, BROKEN) == ("layer shared is not here", ("/var/task",))
    assert judged(without, UNPARSED) == (None, ("/var/task",))
    assert judged(without, FINE) == (None, ("/var/task",))
    assert judged(Prepared(Recipe(), "one.zip"), BROKEN) == (None, ("/opt", "/var/task"))


def test_an_old_package_is_not_compared_whatever_it_does() -> None:
    old = Prepared(Recipe(), "one.zip", "built before one.py was changed")
    for one in (BROKEN, UNPARSED, FINE):
        assert judged(old, one) == ("built before one.py was changed", ())


# -- layers ----------------------------------------------------------------------------------------------


def with_layer(layer: str) -> str:
    return sam(("One", "src/", "one.handler")) + f"      Layers: [{layer}]\n"


def test_a_layer_that_nobody_has_is_a_gap_until_it_is_named(tmp_path: Path) -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:layer:shared:7"
    write(tmp_path, {"template.yaml": with_layer(arn), "src/one.py": HANDLER})
    built_by_sam(tmp_path, ("One", "src/", "one.handler"))
    found = prepared(tmp_path)["One"]
    assert isinstance(found, Prepared)
    assert len(found.missing) == 1
    assert "shared" in found.missing[0]
    archive(tmp_path / "shared.zip", "python/shared.py")
    for name in (arn, "shared", "*"):
        named = prepared(tmp_path, layers={name: tmp_path / "shared.zip"})["One"]
        assert isinstance(named, Prepared)
        assert not named.missing, name
        assert [place for place, _ in named.recipe.packages] == ["/opt", "/var/task"]


def test_a_layer_without_python_modules_is_not_missed(tmp_path: Path) -> None:
    arn = "arn:aws:lambda:us-east-1:580247275435:layer:LambdaInsightsExtension:21"
    write(tmp_path, {"template.yaml": with_layer(arn), "src/one.py": HANDLER})
    built_by_sam(tmp_path, ("One", "src/", "one.handler"))
    found = prepared(tmp_path)["One"]
    assert isinstance(found, Prepared)
    assert not found.missing


def test_a_layer_of_the_template_is_taken_from_the_same_build(tmp_path: Path) -> None:
    layer = "  Common:\n    Type: AWS::Serverless::LayerVersion\n    Metadata: {BuildMethod: python3.11}\n    Properties: {ContentUri: %s}\n"
    write(
        tmp_path,
        {"template.yaml": with_layer("!Ref Common") + layer % "layer", "src/one.py": HANDLER, "layer/common.py": ""},
    )
    built_by_sam(tmp_path, ("One", "src/", "one.handler"))
    built = with_layer("!Ref Common").replace("src/", "One") + layer % "Common"
    write(tmp_path / ".aws-sam/build", {"template.yaml": built, "Common/python/common.py": ""})
    found = prepared(tmp_path)["One"]
    assert isinstance(found, Prepared)
    assert not found.missing
    assert found.recipe.packages[0][1].path == tmp_path / ".aws-sam/build/Common"


def test_what_is_named_for_all_is_not_for_code_that_stands_in_the_template(tmp_path: Path) -> None:
    text = sam(("Api", "src/", "app.handler"))
    text += "  Hook:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: python3.11\n"
    text += "      Handler: index.handler\n      Code:\n        ZipFile: |\n          def handler(event, context):\n            return 1\n"
    write(tmp_path, {"template.yaml": text, "src/app.py": HANDLER, "built/app.py": HANDLER})
    assert artifacts(tmp_path, {"*": tmp_path / "built"}) == {"Api": "built", "Hook": "template.yaml"}
