"""What is read from applications in Python; ``tests/oracle/test_cdk_python.py`` compares with ``cdk synth``."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdk_assemblies import function, write
from cdk_builds.python_apps import APPS
from vartask.artifact.trees import Trees
from vartask.artifact.zip import predict_zip
from vartask.config import Settings
from vartask.definitions import declare
from vartask.definitions._unread import unread
from vartask.definitions.cdk_python import find
from vartask.model import Declared, Function, Image, Span, Taken, Text, Zip
from vartask.project import Project
from written import project

HANDLER = "def handler(event, context): ...\n"
HEAD = "from aws_cdk import App, Stack, aws_lambda as _lambda\n"
MAIN = (
    f"{HEAD}class Main(Stack):\n    def __init__(self, scope, id, **kwargs):\n"
    "        super().__init__(scope, id, **kwargs)\n"
)
END = "app = App()\nMain(app, 'Main')\napp.synth()\n"
PYTHON = "runtime=_lambda.Runtime.PYTHON_3_12"
SRC = "code=_lambda.Code.from_asset('src')"


def program(*lines: str, head: str = "") -> str:
    return head + MAIN + "".join(f"        {line}\n" for line in lines) + END


def app(root: Path, text: str, command: str = "python3 app.py", **files: str) -> Declared:
    written = {"cdk.json": f'{{"app": "{command}"}}', "app.py": text, "src/app.py": HANDLER, **files}
    return find(project(root, written), Settings())


def only(declared: Declared) -> Function:
    assert not declared.gaps
    (one,) = declared.functions
    return one


def test_a_function_has_the_places_of_its_program(tmp_path: Path) -> None:
    one = only(app(tmp_path, program(f"_lambda.Function(self, 'Fn', {PYTHON}, handler='app.handler', {SRC})")))
    assert (one.name, one.runtime, one.architecture, one.declared_by) == ("Fn", "python3.12", "x86_64", "cdk")
    assert one.span == Span("app.py", 5, 9, 5, 134)
    assert one.handler == Text("app.handler", Span("app.py", 5, 83, 5, 96))
    tree = predict_zip(Project(tmp_path), one)
    assert tree.entries["/var/task/app.py"].source == "src/app.py"
    assert not unread(Project(tmp_path))


@pytest.mark.parametrize(
    "command",
    [
        "python app.py",
        "python3 ./app.py",
        ".venv/bin/python app.py",
        "poetry run python app.py",
        "uv run app.py",
        "python -m app",
        "python3 -u -m app",
        "python3 -m pip install -r requirements.txt && python app.py",
        "",
    ],
)
def test_the_program_is_what_cdk_json_starts(tmp_path: Path, command: str) -> None:
    text = program(f"_lambda.Function(self, 'Fn', {PYTHON}, handler='app.handler', {SRC})")
    assert only(app(tmp_path, text, command)).name == "Fn"


@pytest.mark.parametrize("name", sorted(APPS))
def test_every_way_of_writing_gives_functions_that_are_known(tmp_path: Path, name: str) -> None:
    directory = "infra/" if "infra/app.py" in APPS[name] else ""
    files = {path: text for path, text in APPS[name].items() if not text.startswith("zip:")}
    declared = find(project(tmp_path, {f"{directory}cdk.json": '{"app": "python app.py"}', **files}), Settings())
    assert declared.functions
    assert not declared.gaps
    for one in declared.functions:
        assert one.handler_reason is None
        known = isinstance(one.artifact, Image) or one.artifact.reason is None or name == "file_asset"
        assert known, one.artifact


def test_without_a_cdk_json_the_program_is_still_read(tmp_path: Path) -> None:
    text = program(f"_lambda.Function(self, 'Fn', {PYTHON}, handler='app.handler', {SRC})")
    made = project(tmp_path, {"deploy/app.py": text, "deploy/requirements.txt": "", "deploy/src/app.py": HANDLER})
    one = only(find(made, Settings()))
    assert isinstance(one.artifact, Zip)
    assert one.artifact.source == "deploy/src"


def test_a_stack_that_nothing_makes_is_read_with_what_it_says(tmp_path: Path) -> None:
    stack = MAIN + f"        _lambda.Function(self, 'Fn', {PYTHON}, handler='app.handler', {SRC})\n"
    declared = app(tmp_path, "from aws_cdk import App\nApp().synth()\n", **{"stacks/main.py": stack})
    assert only(declared).name == "Fn"


def test_what_is_computed_is_a_doubt_of_that_property_alone(tmp_path: Path) -> None:
    text = program(
        f"_lambda.Function(self, 'A', {PYTHON}, handler=os.environ['H'], {SRC})",
        f"_lambda.Function(self, 'B', {PYTHON}, handler='app.handler', code=_lambda.Code.from_asset(build()))",
        f"_lambda.Function(self, 'C', runtime=pick(), handler='app.handler', {SRC}, environment={{'X': table.name}})",
        head="import os\n",
    )
    declared = app(tmp_path, text)
    assert not declared.gaps
    one, two, three = declared.functions
    assert one.handler is None
    assert one.handler_reason is not None
    assert isinstance(one.artifact, Zip)
    assert one.artifact.reason is None
    assert isinstance(two.artifact, Zip)
    assert two.artifact.reason is not None
    assert two.handler is not None
    assert (three.runtime, dict(three.environment)) == (None, {"X": None})


@pytest.mark.parametrize("runtime", ["NODEJS_20_X", "JAVA_21", "PROVIDED_AL2023"])
def test_functions_in_other_languages_are_nobodys_business(tmp_path: Path, runtime: str) -> None:
    text = program(f"_lambda.Function(self, 'Fn', runtime=_lambda.Runtime.{runtime}, handler='x.h', {SRC})")
    assert app(tmp_path, text) == Declared()


def test_a_fresh_assembly_speaks_for_its_program(tmp_path: Path) -> None:
    text = program(f"_lambda.Function(self, 'Fn', {PYTHON}, handler='app.handler', {SRC})")
    files = {"app.py": text, "src/app.py": HANDLER, "assets/src/app.py": HANDLER}
    write(tmp_path, {"Fn": function("src", "Main/Fn")}, files)
    assert find(Project(tmp_path), Settings()) == Declared()
    (one,) = declare(Project(tmp_path), Settings()).functions
    assert (one.name, one.span.path) == ("Main/Fn", "app.py")


def test_a_construct_that_is_not_reached_is_a_gap(tmp_path: Path) -> None:
    inner = f"    def inner():\n        _lambda.Function(scope, 'Fn', {PYTHON}, handler='app.handler', {SRC})\n"
    declared = app(tmp_path, f"{HEAD}def outer(scope):\n{inner}    return 1\n# _lambda.Function(no, 'call')\n")
    assert not declared.functions
    assert [gap.span for gap in declared.gaps] == [Span("app.py", 4)]


def test_files_that_an_editor_leaves_and_tests_are_not_the_program(tmp_path: Path) -> None:
    text = program(f"_lambda.Function(self, 'Fn', {PYTHON}, handler='app.handler', {SRC})")
    files = {".~app.py": text, "tests/test_app.py": text, "test_stack.py": text}
    assert len(app(tmp_path, text, **files).functions) == 1


def test_the_deployers_command_stands_before_the_dockerfiles(tmp_path: Path) -> None:
    image = "_lambda.DockerImageCode.from_image_asset('img', cmd=['app.handler'])"
    dockerfile = 'FROM public.ecr.aws/lambda/python:3.12\nCOPY app.py ./\nCMD ["placeholder.handler"]\n'
    files = {"img/Dockerfile": dockerfile, "img/app.py": HANDLER}
    app(tmp_path, program(f"_lambda.DockerImageFunction(self, 'Fn', code={image})"), **files)
    (one,) = declare(Project(tmp_path), Settings()).functions
    assert isinstance(one.artifact, Image)
    assert (one.name, one.artifact.dockerfile) == ("Fn", "img/Dockerfile")
    assert [word.value for word in one.artifact.command or ()] == ["app.handler"]


@pytest.mark.parametrize("text", ["def f(:", "\0", "", "class A(A): pass\n", "from app import *\nimport app\n"])
def test_a_program_that_makes_no_sense_is_no_crash(tmp_path: Path, text: str) -> None:
    head = "import aws_cdk.aws_lambda\n"
    app(tmp_path, head + text)


@pytest.mark.parametrize("argument", ["'1'", "os.environ['X']"])
def test_code_out_of_a_docker_build_is_no_function_of_its_dockerfile(tmp_path: Path, argument: str) -> None:
    code = (
        f"_lambda.Code.from_docker_build('img', file='sub/Dockerfile', build_args={{'A': {argument}}},"
        " target_stage='last', image_path='/made', platform='linux/arm64')"
    )
    text = program(f"_lambda.Function(self, 'Fn', {PYTHON}, handler='app.handler', code={code})", head="import os\n")
    dockerfile = 'FROM public.ecr.aws/lambda/python:3.12 AS last\nARG A\nCOPY app.py /made/app.py\nENV A=$A\nCMD ["echo", "hello world"]\n'
    app(tmp_path, text, **{"img/sub/Dockerfile": dockerfile, "img/app.py": HANDLER})
    (one,) = declare(Project(tmp_path), Settings()).functions
    assert isinstance(one.artifact, Zip)
    (part,) = one.artifact.parts
    assert isinstance(part, Taken)
    assert (part.dockerfile, part.path) == ("img/sub/Dockerfile", "/made")
    assert (one.artifact.reason is None) is (argument == "'1'")
    if argument == "'1'":
        assert part.build_args == (("A", "1"),)
        assert "/var/task/app.py" in predict_zip(Project(tmp_path), one).entries


def test_what_an_image_excludes_is_not_in_its_context(tmp_path: Path) -> None:
    options = "exclude=['*', '!app.py', '!Dockerfile']"
    image = f"_lambda.DockerImageCode.from_image_asset('img', {options})"
    dockerfile = 'FROM public.ecr.aws/lambda/python:3.12\nCOPY . ./\nCMD ["app.handler"]\n'
    files = {"img/Dockerfile": dockerfile, "img/app.py": HANDLER, "img/other.py": ""}
    app(tmp_path, program(f"_lambda.DockerImageFunction(self, 'Fn', code={image})"), **files)
    made = Project(tmp_path)
    (one,) = declare(made, Settings()).functions
    assert isinstance(one.artifact, Image)
    assert one.artifact.reason is None
    entries = Trees(made).tree(one).entries
    assert "/var/task/app.py" in entries
    assert "/var/task/other.py" not in entries
