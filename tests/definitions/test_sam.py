from __future__ import annotations

from pathlib import Path

import pytest

from definitions.packages import left_out, part
from definitions.sam_projects import SAM, declared, function
from vartask.config import Settings
from vartask.definitions.sam import find
from vartask.model import Function, Packed, Span, Text, Zip
from vartask.project import Project

PYTHON = "Runtime: python3.12\nHandler: app.handler\n"


def package(root: Path, properties: str, *files: str, kind: str = "Serverless", head: str = SAM) -> Zip:
    artifact = function(root, PYTHON + properties, *files, kind=kind, head=head).artifact
    assert isinstance(artifact, Zip)
    return artifact


# -- the function -----------------------------------------------------------------------------------


def test_places_are_those_of_the_values(tmp_path: Path) -> None:
    one = function(tmp_path, "CodeUri: src/\nHandler:  'app.handler'\nRuntime: python3.12\n", "src/app.py")
    assert one.span == Span("template.yaml", 3, 3, 3, 4)
    assert one.handler == Text("app.handler", Span("template.yaml", 7, 17, 7, 30))
    assert one.artifact.span == Span("template.yaml", 6, 16, 6, 20)
    assert (one.name, one.runtime, one.declared_by) == ("F", "python3.12", "sam")


def test_globals_fill_in_what_the_resource_leaves_open(tmp_path: Path) -> None:
    head = SAM + (
        "Globals:\n  Function:\n    Runtime: python3.11\n    Handler: app.handler\n    CodeUri: src\n"
        "    Architectures: [arm64]\n    Environment: {Variables: {A: shared, B: shared}}\n"
    )
    one = function(tmp_path, "Runtime: python3.12\nEnvironment: {Variables: {B: own, C: own}}", "src/app.py", head=head)
    assert one.runtime == "python3.12"
    assert one.handler is not None
    assert one.handler.span.line == 5
    assert one.architecture == "arm64"
    assert isinstance(one.artifact, Zip)
    assert one.artifact.source == "src"
    assert one.environment == {"A": "shared", "B": "own", "C": "own"}


def test_globals_do_not_reach_plain_cloudformation_functions(tmp_path: Path) -> None:
    head = SAM + "Globals:\n  Function:\n    Handler: other.handler\n"
    one = function(tmp_path, PYTHON + "Code: src", "src/app.py", head=head, kind="Lambda")
    assert one.handler is not None
    assert one.handler.value == "app.handler"


@pytest.mark.parametrize("runtime", ["nodejs20.x", "java21", "provided.al2023", "go1.x", "dotnet8", "ruby3.3"])
def test_runtimes_other_than_python_are_nobodys_business(tmp_path: Path, runtime: str) -> None:
    found = declared(
        tmp_path,
        f"{SAM}Resources:\n  F:\n    Type: AWS::Serverless::Function\n"
        f"    Properties: {{Runtime: {runtime}, Handler: a.b, CodeUri: src}}\n",
        "src/a.py",
    )
    assert (found.functions, found.problems, found.gaps) == ((), (), ())


@pytest.mark.parametrize("runtime", ["", "Runtime: !Ref Missing", "Runtime: !GetAtt A.B"])
def test_an_unknown_runtime_is_pythons_when_the_handler_is_a_python_file(tmp_path: Path, runtime: str) -> None:
    one = function(tmp_path, f"Handler: pkg/app.handler\nCodeUri: src\n{runtime}", "src/pkg/app.py")
    assert one.runtime is None


def test_an_unknown_runtime_without_a_python_handler_is_a_gap(tmp_path: Path) -> None:
    found = declared(
        tmp_path,
        f"{SAM}Resources:\n  F:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {Runtime: !Ref R, Handler: app.handler, CodeUri: src}\n",
        "src/app.js",
    )
    assert found.functions == ()
    (gap,) = found.gaps
    assert gap.functions == ("F",)
    assert gap.span == Span("template.yaml", 3, 3, 3, 4)


def test_a_zip_function_without_handler_is_a_problem(tmp_path: Path) -> None:
    found = declared(
        tmp_path,
        f"{SAM}Resources:\n  F:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {Runtime: python3.12, CodeUri: src}\n",
        "src/app.py",
    )
    (problem,) = found.problems
    assert problem.kind == "definition"
    assert "`F` has no `Handler`" in problem.message
    (one,) = found.functions
    assert (one.handler, one.handler_reason) == (None, "the template sets no `Handler`")


def test_a_handler_that_something_may_add_at_deployment_is_no_problem(tmp_path: Path) -> None:
    found = declared(
        tmp_path,
        f"{SAM}Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/x.yaml}}\n"
        "      Runtime: python3.12\n",
    )
    assert found.problems == ()
    assert found.functions[0].handler_reason is not None


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        ("!Ref Handler", "has no default"),
        ("!GetAtt X.Y", "computed at deployment"),
        ("'{{ handler }}'", "placeholder"),
        ("'{{resolve:ssm:/h}}'", "placeholder"),
        ("'%HANDLER%'", "placeholder"),
        ("${module}.handler", "placeholder"),
        ("__HANDLER__", "placeholder"),
        ("[a, b]", "a string was expected"),
    ],
)
def test_a_handler_that_is_not_known_is_not_guessed(tmp_path: Path, handler: str, words: str) -> None:
    head = SAM + "Parameters: {Handler: {Type: String}}\n"
    one = function(tmp_path, f"Runtime: python3.12\nHandler: {handler}\nCodeUri: src", "src/app.py", head=head)
    assert one.handler is None
    assert one.handler_reason is not None
    assert words in one.handler_reason


def test_environment_values_are_what_lambda_will_set(tmp_path: Path) -> None:
    one = function(
        tmp_path,
        """
        Runtime: python3.12
        Handler: app.handler
        Environment:
          Variables:
            TEXT: x
            YES: yes
            QUOTED: "yes"
            NUMBER: 42
            FLOAT: 1.5
            OCTAL: 010
            CLOCK: 12:30:45
            ARN: !GetAtt Table.Arn
            SUB: !Sub "${Stage}-x"
            REGION: !Sub "${AWS::Region}"
            GONE: !Ref AWS::NoValue
        """,
        head=SAM + "Parameters: {Stage: {Type: String, Default: dev}}\n",
    )
    assert one.environment == {
        "TEXT": "x", "YES": "true", "QUOTED": "yes", "NUMBER": "42", "FLOAT": "1.5", "OCTAL": None, "CLOCK": None,
        "ARN": None, "SUB": "dev-x", "REGION": None,
    }  # fmt: skip


def test_architectures_default_to_x86_64_unless_they_are_computed(tmp_path: Path) -> None:
    assert function(tmp_path, PYTHON).architecture == "x86_64"
    assert function(tmp_path, PYTHON + "Architectures: [arm64]").architecture == "arm64"
    assert function(tmp_path, PYTHON + "Architectures: [!Ref A]").architecture is None


# -- the package --------------------------------------------------------------------------------------


def test_code_uri_is_relative_to_the_template(tmp_path: Path) -> None:
    template = f"""\
{SAM}Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {{Runtime: python3.12, Handler: app.handler, CodeUri: ../services/api}}
"""
    found = declared(tmp_path, template, "services/api/app.py", path="infra/stack.yml")
    artifact = found.functions[0].artifact
    assert isinstance(artifact, Zip)
    assert artifact.source == "services/api"


def test_without_code_uri_the_templates_directory_is_packed(tmp_path: Path) -> None:
    artifact = package(tmp_path, "")
    assert (artifact.source, artifact.span.line) == (".", 3)


def test_code_uri_may_be_one_file(tmp_path: Path) -> None:
    assert package(tmp_path, "CodeUri: fns/app.py", "fns/app.py").source == "fns/app.py"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("CodeUri: nowhere/", "CodeUri `nowhere/` does not exist in the repository"),
        ("CodeUri: ../outside", "CodeUri `../outside` leads out of the repository"),
        ("CodeUri: /etc", "leads out of the repository"),
        ("CodeUri: s3://bucket/key", "`s3://bucket/key`, not a path"),
        ("CodeUri: dist/other.zip", "the ready-made archive `dist/other.zip` is not in the repository"),
        ("CodeUri: {Bucket: b, Key: k}", "object in S3 (b)"),
        ("CodeUri: !Ref Code", "`CodeUri` cannot be known"),
        ("CodeUri: '{{cookiecutter.dir}}'", "placeholder"),
        ("InlineCode: !GetAtt A.B", "inline code cannot be known"),
    ],
)
def test_code_that_is_out_of_reach_says_why(tmp_path: Path, code: str, words: str) -> None:
    (tmp_path / "outside").mkdir()
    artifact = package(tmp_path / "project", code, "dist/code.zip")
    assert artifact.source is None
    assert artifact.inline is None
    assert artifact.reason is not None
    assert words in artifact.reason


def test_sam_build_installs_requirements_and_leaves_names_out(tmp_path: Path) -> None:
    artifact = package(tmp_path, "CodeUri: src", "src/app.py", "src/requirements.txt")
    assert artifact.requirements == "src/requirements.txt"
    assert "__pycache__" in left_out(artifact)


def test_plain_cloudformation_packages_everything(tmp_path: Path) -> None:
    artifact = package(tmp_path, "Code: ./src", "src/app.py", kind="Lambda", head="")
    assert (artifact.source, left_out(artifact)) == ("src", ())


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("Code: {S3Bucket: b, S3Key: k}", "object in S3 (b)"),
        ("Code: {S3Bucket: !Ref Bucket, S3Key: k}", "object in S3 (!Ref Bucket)"),
        ("MemorySize: 128", "names no code"),
    ],
)
def test_code_of_plain_cloudformation_out_of_reach_says_why(tmp_path: Path, code: str, words: str) -> None:
    artifact = package(tmp_path, code, kind="Lambda", head="")
    assert artifact.source is None
    assert words in (artifact.reason or "")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("Lambda", "Code:\n  ZipFile: |\n    def handler(event, context):\n        return 1\n"),
        ("Serverless", "InlineCode: |\n  def handler(event, context):\n      return 1\n"),
        ("Lambda", 'Code:\n  ZipFile:\n    Fn::Join: ["\\n", ["def handler(event, context):", "    return 1", ""]]\n'),
    ],
)
def test_code_in_the_template_is_kept(tmp_path: Path, kind: str, code: str) -> None:
    artifact = package(tmp_path, code, kind=kind)
    assert artifact.inline is not None
    assert artifact.inline.value == "def handler(event, context):\n    return 1\n"
    assert artifact.source is None


@pytest.mark.parametrize(
    "code",
    ["ZipFile: {0}", "ZipFile: !Sub {0}", "ZipFile: !Join ['', [{0}, b]]", "ZipFile: {{'Fn::Join': ['', [{0}, b]]}}"],
)
def test_inline_code_may_be_long(tmp_path: Path, code: str) -> None:
    text = "x = 1;" * 10_000
    artifact = package(tmp_path, f"Code: {{{code.format(repr(text))}}}", kind="Lambda")
    assert artifact.inline is not None
    assert artifact.inline.value.startswith(text)


def test_inline_code_may_be_a_stand_in_where_a_script_replaces_code(tmp_path: Path) -> None:
    (tmp_path / "deploy.sh").write_text("set -e\naws lambda update-function-code --function-name f\n")
    code = "Code: {ZipFile: 'def handler(event, context): ...'}"
    stand_in = package(tmp_path, code, kind="Lambda")
    assert stand_in.inline is None
    assert "deploy.sh:2" in (stand_in.reason or "")
    properties = f"Runtime: python3.12\nHandler: index.handler\n{code}"
    real = function(tmp_path, properties, kind="Lambda").artifact
    assert isinstance(real, Zip)
    assert real.inline is not None


def test_scripts_of_another_part_and_the_sdk_itself_replace_no_code(tmp_path: Path) -> None:
    for path in ("other/deploy.sh", "api/layer/python/botocore/data/lambda/service-2.json"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("aws lambda update-function-code UpdateFunctionCode\n")
    template = (
        "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n"
        "      {Runtime: python3.12, Handler: app.h, Code: {ZipFile: 'def h(e, c): ...'}}\n"
    )
    (one,) = declared(tmp_path, template, path="api/template.yaml").functions
    assert isinstance(one.artifact, Zip)
    assert one.artifact.inline is not None
    (one,) = declared(tmp_path, template, path="other/deeper/template.yaml").functions[1:]
    assert isinstance(one.artifact, Zip)
    assert "other/deploy.sh:1" in (one.artifact.reason or "")


def metadata(root: Path, text: str, *files: str, handler: str = "app.handler", code: str = "src") -> Zip:
    template = (
        f"{SAM}Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Metadata: {text}\n"
        f"    Properties: {{Runtime: python3.12, Handler: {handler}, CodeUri: {code}}}\n"
    )
    artifact = declared(root, template, *files).functions[0].artifact
    assert isinstance(artifact, Zip)
    return artifact


def test_a_makefile_makes_the_package(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/Makefile").write_text("build-F:\n\tcp app.py $(ARTIFACTS_DIR)\n")
    artifact = metadata(tmp_path, "{BuildMethod: makefile}", "src/app.py", "src/other.py")
    (part,) = artifact.parts
    assert isinstance(part, Packed)
    assert [name for name, _ in part.entries] == ["app.py"]


def test_build_methods_that_are_not_followed_leave_the_package_unknown(tmp_path: Path) -> None:
    artifact = metadata(tmp_path, "{BuildMethod: rust-cargolambda}", "src/app.py")
    assert artifact.source is None
    assert "rust-cargolambda" in (artifact.reason or "")


def test_the_python_build_method_is_the_usual_build(tmp_path: Path) -> None:
    artifact = metadata(tmp_path, "{BuildMethod: python3.12}", "src/app.py", "src/requirements.txt")
    assert (artifact.source, artifact.requirements) == ("src", "src/requirements.txt")


def test_skip_build_packs_the_directory_as_it_is(tmp_path: Path) -> None:
    artifact = metadata(tmp_path, "{SkipBuild: true}", "src/app.py", "src/requirements.txt")
    assert (artifact.source, artifact.requirements, left_out(artifact)) == ("src", None, ())


@pytest.mark.parametrize(
    ("manifests", "requirements"),
    [
        (("src/requirements.txt",), "src/requirements.txt"),
        (("src/pyproject.toml",), "src/pyproject.toml"),
        (("src/pyproject.toml", "src/uv.lock"), "src/uv.lock"),
        (("src/pyproject.toml", "src/uv.lock", "src/requirements.txt"), "src/requirements.txt"),
        (("src/requirements-dev.txt",), "src/requirements-dev.txt"),
        (("src/uv.lock",), None),
        ((), None),
    ],
)
def test_uv_installs_what_its_manifest_asks_for(
    tmp_path: Path, manifests: tuple[str, ...], requirements: str | None
) -> None:
    artifact = metadata(tmp_path, "{BuildMethod: python-uv}", "src/app.py", *manifests)
    assert (artifact.source, artifact.requirements) == ("src", requirements)


def test_parent_packages_go_above_the_code(tmp_path: Path) -> None:
    explicit = "{BuildProperties: {ParentPackageMode: explicit, ParentPackages: a.b}}"
    assert part(metadata(tmp_path, explicit, "src/app.py")).into == "a/b"
    auto = "{BuildProperties: {ParentPackageMode: auto}}"
    below = metadata(tmp_path, auto, "src/fn/app.py", handler="src.fn.app.handler", code="src/fn")
    assert part(below).into == "src/fn"
    assert part(metadata(tmp_path, auto, "src/app.py")).into == ""


def test_parent_packages_that_stand_in_their_own_way_fail_the_build(tmp_path: Path) -> None:
    explicit = "{BuildProperties: {ParentPackageMode: explicit, ParentPackages: a.b}}"
    artifact = metadata(tmp_path, explicit, "src/app.py", "src/a/x.py")
    assert artifact.source is None
    assert "cannot put `src` below `a/b`" in (artifact.reason or "")


# -- templates ----------------------------------------------------------------------------------------


def test_templates_are_found_whatever_their_name(tmp_path: Path) -> None:
    body = f"{SAM}Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {{Runtime: python3.12}}\n"
    names = ["template.yaml", "infra/api.yml", "old/x.template", ".aws-sam/build/template.yaml", "cdk.out/S.yaml"]
    for name in names:
        declared(tmp_path, body.replace("{Runtime: python3.12}", "{Runtime: python3.12, Handler: a.b}"), path=name)
    found = find(Project(tmp_path), Settings())
    assert [one.span.path for one in found.functions] == ["infra/api.yml", "old/x.template", "template.yaml"]


@pytest.mark.parametrize(("application", "functions"), [("cdk.json", 0), ("other.json", 1), ("another/cdk.json", 1)])
def test_a_template_that_the_projects_cdk_application_wrote_is_not_read(
    tmp_path: Path, application: str, functions: int
) -> None:
    template = (
        "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n"
        "      {Runtime: python3.12, Handler: app.h, Code: {S3Bucket: b, S3Key: k.zip}}\n"
        "Parameters: {BootstrapVersion: {Type: 'AWS::SSM::Parameter::Value<String>', "
        "Default: /cdk-bootstrap/hnb659fds/version}}\n"
    )
    found = declared(tmp_path, template, application, path="test/__snapshots__/stack.yaml")
    assert len(found.functions) == functions


def test_json_templates_are_read(tmp_path: Path) -> None:
    text = """{
	"Resources": {
		"F": {"Type": "AWS::Lambda::Function",
			"Properties": {"Runtime": "python3.12", "Handler": "app.handler", "Code": "src",
				"Environment": {"Variables": {"A": {"Ref": "P"}, "B": "x"}}}}},
	"Parameters": {"P": {"Type": "String", "Default": "d"}}
}"""
    (one,) = declared(tmp_path, text, "src/app.py", path="stack.json").functions
    assert one.handler == Text("app.handler", Span("stack.json", 4, 55, 4, 68))
    assert one.environment == {"A": "d", "B": "x"}
    assert one.declared_by == "cloudformation"


def test_for_each_is_unrolled(tmp_path: Path) -> None:
    found = declared(
        tmp_path,
        """\
        Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
        Parameters: {Names: {Type: CommaDelimitedList, Default: "orders, users"}}
        Resources:
          Fn::ForEach::Functions:
            - Name
            - !Ref Names
            - ${Name}Function:
                Type: AWS::Serverless::Function
                Properties:
                  Runtime: python3.12
                  CodeUri: services/${Name}
                  Handler: !Sub ${Name}.handler
        """,
        "services/orders/orders.py",
        "services/users/users.py",
    )
    assert [(one.name, one.handler and one.handler.value) for one in found.functions] == [
        ("ordersFunction", "orders.handler"),
        ("usersFunction", "users.handler"),
    ]
    assert [one.artifact.source for one in found.functions if isinstance(one.artifact, Zip)] == [
        "services/orders",
        "services/users",
    ]


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("  Fn::ForEach::L: [N, !Ref Unknown, {}]", "Fn::ForEach::L"),
        ("  Fn::ForEach::L: [N, [a]]", "Fn::ForEach::L"),
        ("  Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}", "Fn::Transform"),
        ("  N:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: https://s3/x.yaml}", "`N`"),
        ("  N:\n    Type: AWS::Serverless::Application\n    Properties: {Location: {ApplicationId: a}}", "`N`"),
        ("  N:\n    Type: AWS::Serverless::WebFunction", "WebFunction"),
        ("Transform: [MyMacro, AWS::Serverless-2016-10-31]", "MyMacro"),
    ],
)
def test_what_only_deployment_knows_is_a_gap_with_a_name(tmp_path: Path, extra: str, words: str) -> None:
    template = (
        "Resources:\n  F:\n    Type: AWS::Lambda::Function\n"
        f"    Properties: {{Runtime: python3.12, Handler: app.h, Code: src}}\n{extra}\n"
    )
    found = declared(tmp_path, template, "src/app.py")
    assert len(found.functions) == 1
    assert any(words in gap.reason and gap.span.line >= 5 for gap in found.gaps)


def test_a_nested_stack_of_the_repository_is_no_gap(tmp_path: Path) -> None:
    template = "  N:\n    Type: AWS::Serverless::Application\n    Properties: {Location: nested/stack.yaml}\n"
    assert declared(tmp_path, f"{SAM}Resources:\n{template}", "nested/stack.yaml").gaps == ()


CONFIGS = {
    "samconfig.toml": (
        'version = 0.1\n[prod.deploy.parameters]\nparameter_overrides = "Stage=prod Other=\\"x y\\""\n'
        '[dev.deploy.parameters]\nparameter_overrides = ["Stage=dev", "ParameterKey=More,ParameterValue=m"]\n'
    ),
    "samconfig.yaml": (
        "version: 0.1\nprod: {deploy: {parameters: {parameter_overrides: 'Stage=prod Other=\"x y\"'}}}\n"
        "dev: {deploy: {parameters: {parameter_overrides: {Stage: dev, More: m}}}}\n"
    ),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_parameters_that_samconfig_sets_have_its_value_where_there_is_one(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(CONFIGS[name])
    parameters = "".join(f"  {one}: {{Type: String, Default: d}}\n" for one in ("Stage", "Other", "More", "Free"))
    variables = ", ".join(f"{one[0]}: !Ref {one}" for one in ("Stage", "Other", "More", "Free"))
    head = f"{SAM}Parameters:\n{parameters}"
    one = function(tmp_path, f"{PYTHON}Environment: {{Variables: {{{variables}}}}}", head=head)
    assert one.environment == {"S": None, "O": "x y", "M": "m", "F": "d"}


@pytest.mark.parametrize(
    ("name", "text"), [("samconfig.toml", "a = ["), ("samconfig.yaml", "a: b: c"), ("samconfig.yml", "- a")]
)
def test_a_samconfig_that_cannot_be_read_says_nothing(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert function(tmp_path, PYTHON).handler is not None


@pytest.mark.parametrize("key", ["base_dir", '"base_dir"', r'"\u0062ase\u005Fdir"'])
def test_samconfig_may_move_the_base_directory(tmp_path: Path, key: str) -> None:
    (tmp_path / "samconfig.toml").write_text(
        f'[default.build.parameters]\n"t\\u0065mplate_file" = "infra/api.yaml"\n{key} = "."\n'
    )
    template = (
        f"{SAM}Resources:\n  F:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {Runtime: python3.12, Handler: app.h, CodeUri: src}\n"
    )
    (one,) = declared(tmp_path, template, "src/app.py", path="infra/api.yaml").functions
    assert isinstance(one.artifact, Zip)
    assert one.artifact.source == "src"


@pytest.mark.parametrize(
    ("environment", "head", "known"),
    [
        ("", "", True),
        ("Environment: {Variables: {A: x, B: !Ref Table, C: !If [Prod, x, !Ref AWS::NoValue]}}", "", True),
        ("Environment: {Variables: {A: x}}", "Globals: {Function: {Environment: {Variables: {G: x}}}}\n", True),
        ("Environment: {Variables: }", "", True),
        ("Environment: !If [Prod, {Variables: {A: x}}, {Variables: {B: x}}]", "", False),
        ("Environment: {Variables: {'Fn::If': [Prod, {A: x}, {B: x}]}}", "", False),
        ("Environment: {Variables: {'Fn::Transform': {Name: AWS::Include}, A: x}}", "", False),
        ("Environment: !Ref Environment", "", False),
        ("'Fn::Transform': {Name: AWS::Include}\nEnvironment: {Variables: {A: x}}", "", False),
        ("", "Globals: {Function: {Environment: !FindInMap [A, B, C]}}\n", False),
        ("", "Globals: {Function: {'Fn::Transform': {Name: AWS::Include}}}\n", False),
        ("", "Globals: {'Fn::Transform': {Name: AWS::Include}}\n", False),
        ("", "Globals:\n", True),
    ],
)
def test_an_environment_is_known_when_every_name_in_it_is(
    tmp_path: Path, environment: str, head: str, known: bool
) -> None:
    assert function(tmp_path, PYTHON + environment, head=SAM + head).environment_known is known


def test_a_macro_may_add_to_any_environment(tmp_path: Path) -> None:
    assert not function(tmp_path, PYTHON, head="Transform: [Mine, AWS::Serverless-2016-10-31]\n").environment_known


@pytest.mark.parametrize(("variables", "known"), [("{A: x}", True), ("!Ref All", False)])
def test_the_environment_of_an_image_is_known_like_any_other(tmp_path: Path, variables: str, known: bool) -> None:
    properties = f"PackageType: Image\nImageUri: x\nEnvironment: {{Variables: {variables}}}"
    assert function(tmp_path, properties).environment_known is known


# -- conditions -----------------------------------------------------------------------------------------

PROD = SAM + "Parameters: {S: {Type: String, Default: dev}}\nConditions: {Prod: !Equals [!Ref S, prod]}\n"


def variants(root: Path, properties: str, *files: str, head: str = PROD, more: str = "") -> tuple[Function, ...]:
    body = "".join(f"      {line}\n" for line in properties.strip().splitlines())
    template = f"{head}Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n{body}{more}"
    return declared(root, template, *files).functions


def test_both_values_of_a_condition_are_a_function_each(tmp_path: Path) -> None:
    properties = "Runtime: python3.12\nHandler: !If [Prod, prod.h, dev.h]\nCodeUri: !If [Prod, prod, dev]"
    found = variants(tmp_path, properties, "prod/prod.py", "dev/dev.py")
    assert [(one.handler and one.handler.value, source_of(one)) for one in found] == [
        ("dev.h", "dev"),
        ("prod.h", "prod"),
    ]


def test_values_that_hang_on_one_condition_are_never_mixed(tmp_path: Path) -> None:
    properties = "Runtime: !If [Prod, python3.12, nodejs22.x]\nHandler: !If [Prod, app.h, index.handler]\nCodeUri: src"
    assert [one.runtime for one in variants(tmp_path, properties, "src/app.py")] == ["python3.12"]


def test_a_condition_in_the_environment_alone_makes_no_second_function(tmp_path: Path) -> None:
    (one,) = variants(tmp_path, PYTHON + "Environment: {Variables: {A: !If [Prod, x, y]}}")
    assert one.environment == {"A": None}


def test_a_function_that_exists_under_a_condition_is_read_as_if_it_held(tmp_path: Path) -> None:
    (one,) = variants(
        tmp_path, PYTHON + "CodeUri: !If [Prod, prod, dev]", "prod/app.py", "dev/app.py", more="    Condition: Prod\n"
    )
    assert source_of(one) == "prod"


def test_a_layer_that_may_be_left_out_is_there_or_not(tmp_path: Path) -> None:
    arn = "arn:aws:lambda:r:1:layer:one:1"
    found = variants(tmp_path, f"{PYTHON}Layers: [!If [Prod, '{arn}', !Ref AWS::NoValue]]")
    assert [[layer.name for layer in one.layers] for one in found] == [[], ["one"]]


def test_code_may_be_inline_or_an_object_by_condition(tmp_path: Path) -> None:
    head = PROD.removeprefix(SAM)
    template = (
        f"{head}Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: python3.12\n"
        "      Handler: index.h\n      Code: !If [Prod, {S3Bucket: b, S3Key: k}, {ZipFile: 'def h(e, c): ...'}]\n"
    )
    found = [one.artifact for one in declared(tmp_path, template).functions]
    assert [isinstance(one, Zip) and one.inline is not None for one in found] == [True, False]


def source_of(one: Function) -> str | None:
    assert isinstance(one.artifact, Zip)
    return one.artifact.source
