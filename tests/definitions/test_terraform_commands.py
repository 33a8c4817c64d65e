from __future__ import annotations

from pathlib import Path

import pytest

from vartask.artifact.zip import predict_zip
from vartask.config import Settings
from vartask.definitions import terraform
from vartask.model import FileTree, Present, Unknown
from written import project

FILES = {
    "src/app.py": "",
    "src/requirements.txt": "requests\n",
    "src/tests/test_app.py": "",
    "shared/x.py": "",
    "scripts/build.sh": '#!/bin/bash\nset -e\ncd "$(dirname "$0")"\nmkdir -p ../out\ncp ../src/*.py ../out/\n',
    "scripts/args.sh": 'cp -r "$1" "$2"\n',
}

MAIN = """\
    data "archive_file" "z" {
      type        = "zip"
      source_dir  = "%s"
      output_path = "z.zip"
      depends_on  = [%s]
    }
    resource "aws_lambda_function" "f" {
      function_name = "f"
      runtime       = "python3.12"
      handler       = "app.handler"
      filename      = data.archive_file.z.output_path
    }
"""


def build(command: str, *more: str, name: str = "b") -> str:
    arguments = "\n".join((f"command = {command}", *more))
    return f'resource "null_resource" "{name}" {{\n provisioner "local-exec" {{\n {arguments}\n }}\n}}\n'


def tree(root: Path, main: str, **files: str) -> FileTree:
    made = project(root, {"infra/main.tf": main, **FILES, **files})
    (function,) = terraform.find(made, Settings()).functions
    return predict_zip(made, function)


def packaged(found: FileTree) -> set[str]:
    return {path.removeprefix("/var/task/") for path, one in found.entries.items() if one.kind == "f"}


def doubts(found: FileTree) -> list[str]:
    return [one.reason for one in found.regions if one.distributions is None and not one.runtime]


@pytest.mark.parametrize(
    ("source", "command", "expected"),
    [
        ("../src", '"cp -r ../shared ../src/"', {"app.py", "requirements.txt", "tests/test_app.py", "shared/x.py"}),
        ("../src", '"rm -rf ../src/tests && cp ../shared/*.py ../src"', {"app.py", "requirements.txt", "x.py"}),
        ("build", '"mkdir -p build/python && cp -r ../shared/. build/python"', {"python/x.py"}),
        ("build", '"rm -rf build; mkdir build; cd ../src && cp app.py ../infra/build"', {"app.py"}),
        (
            "${path.module}/build",
            '"mkdir ${path.module}/build && cp ${path.root}/../src/app.py ${path.module}/build/"',
            {"app.py"},
        ),
        (
            "build",
            "<<-EOT\n  set -e\n  mkdir build\n\n  cp -R ../src/* build/\n  rm -r build/tests\nEOT",
            {"app.py", "requirements.txt"},
        ),
        ("../out", '"bash ../scripts/build.sh"', {"app.py"}),
        ("../out", '"sh ../scripts/args.sh ../shared ../out"', {"x.py"}),
        ("../src", '"echo building ../src"', {"app.py", "requirements.txt", "tests/test_app.py"}),
    ],
)
def test_commands_that_fill_the_directory_are_followed(
    tmp_path: Path, source: str, command: str, expected: set[str]
) -> None:
    found = tree(tmp_path, MAIN % (source, "null_resource.b") + build(command))
    assert packaged(found) == expected
    assert doubts(found) == []


@pytest.mark.parametrize(
    ("source", "command"),
    [
        ("../src", "pip install -r ../src/requirements.txt -t ../src"),
        ("../src", "python3 -m pip install --requirement=../src/requirements.txt --target ../src --upgrade"),
        ("build", "mkdir -p build && cp ../src/app.py build/ && pip3 install -q -r ../src/requirements.txt -t build"),
        ("build", "cp -r ../src build && cd build && pip install -r requirements.txt -t . --no-cache-dir"),
        ("build", "cp -r ../src build && uv pip install -r ../src/requirements.txt --target build"),
    ],
)
def test_what_a_command_installs_is_known_by_its_distributions(tmp_path: Path, source: str, command: str) -> None:
    found = tree(tmp_path, MAIN % (source, "null_resource.b") + build(f'"{command}"'))
    assert "app.py" in packaged(found)
    installed = found.lookup("/var/task/requests")
    assert isinstance(installed, Unknown)
    assert installed.distributions == frozenset({"requests"})


@pytest.mark.parametrize(
    ("source", "resource"),
    [
        ("../src", build('"../src/missing.sh"')),
        ("../src", build('"make -C ../src"')),
        ("../src", build('"print(1)"', 'interpreter = ["python3", "-c"]')),
        ("../src", build('"cp ${var.what} ../src"')),
        ("../src", build("var.command")),
        ("../src", build('"cp -r x y"', "working_dir = var.where")),
        ("../src", 'resource "null_resource" "b" {}\n'),
    ],
)
def test_what_cannot_be_followed_is_a_doubt(tmp_path: Path, source: str, resource: str) -> None:
    found = tree(tmp_path, MAIN % (source, "null_resource.b") + resource)
    assert not isinstance(found.lookup("/var/task/more.py"), Present)
    assert isinstance(found.lookup("/var/task/more.py"), Unknown)


def test_commands_run_in_the_order_in_which_they_wait_for_each_other(tmp_path: Path) -> None:
    second = build('"mv build/app.py build/main.py"', name="b").replace(
        '"b" {\n', '"b" {\n depends_on = [null_resource.a]\n'
    )
    found = tree(
        tmp_path,
        MAIN % ("build", "null_resource.b") + second + build('"mkdir build && cp ../src/app.py build"', name="a"),
    )
    assert packaged(found) == {"main.py"}


def test_a_command_may_run_somewhere_else_and_with_variables(tmp_path: Path) -> None:
    run = build('"cp $FROM/*.py ../out2/"', 'working_dir = "../src"', 'environment = { FROM = "../shared" }')
    found = tree(
        tmp_path,
        MAIN % ("../out2", "terraform_data.b") + run.replace("null_resource", "terraform_data"),
        **{"out2/y.py": ""},
    )
    assert packaged(found) == {"x.py", "y.py"}


def test_commands_when_it_is_destroyed_do_not_count(tmp_path: Path) -> None:
    found = tree(tmp_path, MAIN % ("../src", "") + build('"rm -rf ../src/app.py"', "when = destroy"))
    assert "app.py" in packaged(found)


def test_excludes_go_over_what_commands_have_made(tmp_path: Path) -> None:
    main = MAIN % ("build", 'null_resource.b]\n excludes = ["tests", "*.txt"')
    assert packaged(tree(tmp_path, main + build('"cp -r ../src build"'))) == {"app.py"}


def test_a_module_that_is_waited_for_runs_its_commands(tmp_path: Path) -> None:
    main = MAIN % ("build", "module.build") + 'module "build" {\n source = "./build_module"\n}\n'
    files = {"infra/build_module/main.tf": build('"mkdir build && cp ../src/app.py build/"')}
    assert packaged(tree(tmp_path, main, **files)) == {"app.py"}


def test_a_file_that_a_command_makes_is_packed(tmp_path: Path) -> None:
    main = (MAIN % ("gen.py", "null_resource.b")).replace("source_dir ", "source_file")
    assert packaged(tree(tmp_path, main + build('"cp ../src/app.py gen.py"'))) == {"gen.py"}


@pytest.mark.parametrize(
    "command",
    [
        "cd ../src && zip -r ../infra/lambda.zip app.py tests",
        "cd ../src; zip -qr ../infra/lambda.zip . -x requirements.txt",
    ],
)
def test_an_archive_that_a_command_makes_is_known(tmp_path: Path, command: str) -> None:
    function = (
        (MAIN % ("../src", ""))
        .partition('resource "aws_lambda')[2]
        .replace("data.archive_file.z.output_path", '"lambda.zip"')
    )
    found = tree(tmp_path, 'resource "aws_lambda' + function + build(f'"{command}"'))
    assert packaged(found) == {"app.py", "tests/test_app.py"}


def test_an_archive_that_a_script_of_the_project_makes_is_known(tmp_path: Path) -> None:
    function = (
        (MAIN % ("../src", ""))
        .partition('resource "aws_lambda')[2]
        .replace("data.archive_file.z.output_path", '"../dist/f.zip"')
    )
    script = "mkdir -p dist\ncd src\nzip -r ../dist/f.zip app.py\n"
    assert packaged(tree(tmp_path, 'resource "aws_lambda' + function, **{"build.sh": script})) == {"app.py"}
