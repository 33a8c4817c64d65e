"""What scripts of a project put together, without running them; tests/oracle/test_scripts.py compares with real runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from vartask import engine
from vartask.artifact.scripts.makefile import Makefile
from vartask.artifact.scripts.packages import package_made, packaging
from vartask.artifact.shell_fields import Field
from vartask.artifact.zip_options import read_options
from vartask.config import Settings
from vartask.model import Packed, Zip
from written import project

APP = {"src/app.py": "def handler(event, context):\n    return 1\n", "src/lib/x.py": ""}


def made(root: Path, files: dict[str, str], path: str = "app.zip") -> Zip | None:
    return package_made(project(root, {**APP, **files}), path)


def names(package: Zip | None) -> list[str]:
    assert package is not None
    assert package.reason is None, package.reason
    return [name for part in package.parts if isinstance(part, Packed) for name, one in part.entries if one.kind == "f"]


def regions(package: Zip | None) -> list[tuple[str, list[str]]]:
    assert package is not None
    return [
        (one.path, sorted(one.distributions or ()))
        for part in package.parts
        if isinstance(part, Packed)
        for one in part.regions
    ]


# -- where commands stand ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".gitlab-ci.yml", ".pack:\n  script:\n    - cd src\n    - zip -r ../app.zip .\ndeploy:\n  extends: .pack\n"),
        (".gitlab-ci.yml", "default:\n  before_script: [cd src]\ndeploy:\n  script: zip -r ../app.zip .\n"),
        (
            "buildspec.yml",
            "phases:\n  pre_build:\n    commands: [cd src]\n  build:\n    commands:\n      - zip -r ../app.zip .\n",
        ),
        (
            "bitbucket-pipelines.yml",
            "pipelines:\n  default:\n    - step:\n        script:\n          - cd src\n          - zip -r ../app.zip .\n",
        ),
        (
            ".circleci/config.yml",
            "jobs:\n  a:\n    steps:\n      - run: {command: zip -r ../app.zip ., working_directory: src}\n",
        ),
        (
            "Taskfile.yml",
            "vars: {OUT: ../app}\ntasks:\n  pack:\n    dir: src\n    cmds:\n      - zip -r {{.OUT}}.zip .\n",
        ),
        ("justfile", 'out := "../app.zip"\npack: clean\n    cd src && zip -r {{out}} .\nclean:\n    rm -f app.zip\n'),
        ("package.json", '{"scripts": {"pack": "npm run zip", "zip": "cd src && zip -r ../app.zip ."}}'),
        ("Makefile", "OUT ?= app\npack:\n\tcd src \\\n\t  && zip -r ../$(OUT).zip .\n"),
        ("scripts/pack.sh", "cd src && zip -r ../app.zip .\n"),
        ("scripts/pack", '#!/bin/sh -e\ncd "$(dirname "$0")/../src"\nzip -r ../app.zip .\n'),
    ],
)
def test_commands_are_found_wherever_people_write_them(tmp_path: Path, name: str, text: str) -> None:
    assert names(made(tmp_path, {name: text})) == ["app.py", "lib/x.py"]


def test_variables_go_from_step_to_step_and_into_composite_actions(tmp_path: Path) -> None:
    workflow = (
        "on: push\njobs:\n  a:\n    steps:\n      - run: echo NAME=app >> $GITHUB_ENV\n"
        "      - uses: ./.github/actions/pack\n        with: {folder: src}\n"
    )
    action = (
        "inputs:\n  folder: {default: nowhere}\nruns:\n  using: composite\n  steps:\n    - shell: bash\n"
        "      run: zip -r ../$NAME.zip .\n      working-directory: ${{ inputs.folder }}\n"
    )
    files = {".github/workflows/w.yml": workflow, ".github/actions/pack/action.yml": action}
    assert names(made(tmp_path, files)) == ["app.py", "lib/x.py"]


def test_an_action_that_zips(tmp_path: Path) -> None:
    workflow = (
        "on: push\njobs:\n  a:\n    steps:\n      - uses: TheDoctor0/zip-release@0.7.6\n        with:\n"
        "          filename: ../app.zip\n          directory: src\n          exclusions: 'lib/*'\n"
    )
    assert names(made(tmp_path, {".github/workflows/w.yml": workflow})) == ["app.py"]


# -- what commands do --------------------------------------------------------------------------------------


def test_what_pip_installs_is_known_by_name(tmp_path: Path) -> None:
    text = "pip install -r requirements.txt -t package\ncp -r src/. package\ncd package && zip -r ../app.zip .\n"
    package = made(tmp_path, {"build.sh": text, "requirements.txt": "requests==2.31\n"})
    assert regions(package) == [("/", ["requests"])]
    assert names(package) == ["app.py", "lib/x.py"]


def test_a_container_sees_what_is_mounted(tmp_path: Path) -> None:
    text = (
        'docker run --rm -v "$PWD":/var/task public.ecr.aws/sam/build-python3.12 /bin/sh -c '
        '"pip install -r requirements.txt -t build/; exit"\ncp src/app.py build/\ncd build && zip -r ../app.zip .\n'
    )
    package = made(tmp_path, {"build.sh": text, "requirements.txt": "six\n"})
    assert (regions(package), names(package)) == ([("/", ["six"])], ["app.py"])


def test_a_program_that_only_reads_changes_nothing(tmp_path: Path) -> None:
    text = "python tell.py\ncd src && zip -r ../app.zip .\n"
    assert regions(made(tmp_path / "a", {"build.sh": text, "tell.py": "print('packing')\n"})) == []
    assert regions(made(tmp_path / "b", {"build.sh": text, "tell.py": "open('src/v.py', 'w').write('')\n"})) != []


def test_what_git_ignores_is_in_doubt_unless_the_script_makes_it(tmp_path: Path) -> None:
    text = "mkdir -p src/build\ntouch src/build/made.py\ncd src && zip -r ../app.zip .\n"
    files = {"build.sh": text, ".gitignore": "build/\nconfig.py\n", "src/config.py": "", "src/build/old.py": ""}
    package = made(tmp_path, files)
    assert names(package) == ["app.py", "build/made.py", "lib/x.py"]
    assert regions(package) == [("/config.py", [])]


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("rsync -a --exclude lib src/ out/", ["app.py"]),
        ("rsync -av --exclude=/lib --exclude '*.md' src/ out", ["app.py"]),
        ("rsync -a --exclude lib/x.py --exclude '/app.*' src/ out", []),
        ("rsync -a --exclude /app.py src out", ["src/app.py", "src/lib/x.py"]),
        ("rsync -a . out --exclude out --exclude '*.sh'", ["src/app.py", "src/lib/x.py"]),
    ],
)
def test_rsync_copies_what_no_pattern_leaves_out(tmp_path: Path, command: str, files: list[str]) -> None:
    script = f"#!/bin/bash\nmkdir out\n{command}\ncd out && zip -r ../app.zip .\n"
    assert names(made(tmp_path, {"build.sh": script})) == files


@pytest.mark.parametrize("option", ["--exclude $X", "--exclude={'lib','x'}", "--exclude '- lib'", "--include '*.py'"])
def test_what_else_rsync_leaves_out_is_a_doubt(tmp_path: Path, option: str) -> None:
    script = f"#!/bin/bash\nmkdir out\nrsync -a {option} src/ out\ncd out && zip -r ../app.zip .\n"
    assert regions(made(tmp_path, {"build.sh": script})) == [("/", [])]


def test_nobody_knows_where_a_script_is_started(tmp_path: Path) -> None:
    package = made(tmp_path, {"src/pack.sh": "zip -r app.zip .\n"}, "src/app.zip")
    assert package is not None
    assert package.reason == "nothing says from which directory src/pack.sh is started"


def test_two_ways_to_make_one_archive_are_a_doubt(tmp_path: Path) -> None:
    files = {"one.sh": "zip -j app.zip src/app.py\n", "two.sh": "zip -j app.zip src/lib/x.py\n"}
    package = made(tmp_path, files)
    assert package is not None
    assert package.reason == "the package is made in more than one way (one.sh:1, two.sh:1)"


def test_a_branch_that_may_not_be_taken_is_a_doubt(tmp_path: Path) -> None:
    text = 'cp -r src out\nif [ -n "$SMALL" ]; then rm -r out/lib; fi\ncd out && zip -r ../app.zip .\n'
    package = made(tmp_path, {"build.sh": text})
    assert names(package) == ["app.py"]
    assert [path for path, _ in regions(package)] == ["/lib"]


@pytest.mark.parametrize("text", ["while true; do zip app.zip src/app.py; done\n", "f() { f; }; f; zip a.zip b\n" * 40])
def test_a_script_that_does_not_end_does(tmp_path: Path, text: str) -> None:
    assert packaging(project(tmp_path, {**APP, "build.sh": text})).left_out == 0


# -- definitions that name the archive ---------------------------------------------------------------------

LAMBDA = """\
resource "aws_lambda_function" "api" {
  function_name = "api"
  handler       = "app.handler"
  runtime       = "python3.12"
  filename      = "${path.module}/../app.zip"
}
"""
SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: app.zip, Handler: app.handler, Runtime: python3.12}
"""


@pytest.mark.parametrize("definition", [{"infra/main.tf": LAMBDA}, {"template.yaml": SAM}])
def test_the_archive_that_a_definition_names_is_the_one_that_a_script_makes(
    tmp_path: Path, definition: dict[str, str]
) -> None:
    good = project(tmp_path / "good", {**APP, **definition, "build.sh": "cd src && zip -r ../app.zip .\n"})
    assert (engine.check(good, Settings()).findings, engine.check(good, Settings()).gaps) == ((), ())
    bad = project(tmp_path / "bad", {**APP, **definition, "build.sh": "zip -r app.zip src\n"})
    assert [one.code for one in engine.check(bad, Settings()).findings] == ["VT101"]


# -- the command line of zip -------------------------------------------------------------------------------


def options(*words: str) -> tuple[set[str], list[str | None], list[str], list[str]]:
    found = read_options([Field("zip"), *(Field(word) for word in words)])
    return found.letters, [one.text for one in found.operands], found.exclude, found.include


def test_options_of_zip() -> None:
    assert options("-qr9", "a.zip", ".", "-x", "*.pyc", "t/*", "-y") == (
        {"q", "r", "9", "y"},
        ["a.zip", "."],
        ["*.pyc", "t/*"],
        [],
    )
    assert options("-r", "a", "b", "-x*.o", "-i=*.py") == ({"r"}, ["a", "b"], ["*.o"], ["*.py"])
    assert options("-FS", "-n", ".jpg", "a", "b", "-x", "c", "@", "d") == ({"FS"}, ["a", "b", "d"], ["c"], [])
    assert options("--recurse-paths", "--exclude=x", "a", "b") == ({"r"}, [], ["x", "a", "b"], [])


# -- Makefiles ---------------------------------------------------------------------------------------------


def makefile(text: str, **given: str) -> Makefile:
    read = {"Makefile": text, "more.mk": "MORE = more\n"}.get
    found = Makefile("Makefile", read, lambda _script: None, lambda _pattern: ["a.py", "b.py"], given)
    found.load()
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A = $(B)\nB = x", "x"),
        ("A := $(B)\nB = x", "${_make_B}"),
        ("A = 1\nA += 2", "1 2"),
        ("A ?= 1\nA ?= 2", "1"),
        ("include more.mk\nA = $(MORE)", "more"),
        ("A = $(patsubst %.py,%.zip,a.py b.txt)", "a.zip b.txt"),
        ("L = a b\nA = $(L:%=x/%.zip)", "x/a.zip x/b.zip"),
        ("L = a.c b.c\nA = $(L:.c=.o)", "a.o b.o"),
        ("A = $(foreach n,a b,$(n)/$(n).py)", "a/a.py b/b.py"),
        ("f = $(1)-$(2)\nA = $(call f,x,y)", "x-y"),
        ("A = $(notdir $(wildcard *.py))", "a.py b.py"),
        ("A = $(if $(X),yes,no)\nX =", "no"),
        ("ifeq ($(K),1)\nA = one\nelse\nA = other\nendif\nK = 1", "${_make_A}"),
        ("K = 1\nifeq ($(K),1)\nA = one\nelse\nA = other\nendif", "one"),
        ("ifdef UNKNOWN\nA = x\nendif", "${_make_A}"),
        ("A = $(shell date)", "${_make_date}"),
        ("A = $$HOME", "$HOME"),
        ("A = $(A)", "${_make_loop}"),
        ("define A\ntwo\nlines\nendef", "two\nlines"),
    ],
)
def test_variables_of_make(text: str, wanted: str) -> None:
    assert makefile(text).expand("$(A)") == wanted


def test_rules_of_make() -> None:
    found = makefile(
        "NAME = x\nall: one two | three\n\t@echo hi\none:; touch one\nbuild/%.zip: %/app.py\n\tzip $@ $<\n"
    )
    assert found.first == "all"
    assert found.rules["all"].prerequisites == ["one", "two", "three"]
    assert found.rules["one"].recipe == [(4, "touch one")]
    rule = found.rule_for("build/api.zip")
    assert rule is not None
    assert (rule.prerequisites, rule.stem) == (["api/app.py"], "api")
    assert makefile("A = 1", A="2").expand("$(A)") == "2"
