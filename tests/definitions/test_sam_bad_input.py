from __future__ import annotations

import time
from pathlib import Path

import pytest

from definitions.sam_projects import SAM, declared
from vartask.config import Settings
from vartask.definitions.sam import find
from vartask.model import Problem, Span, Zip
from vartask.project import Project

FUNCTION = (
    "  F:\n    Type: AWS::Serverless::Function\n    Properties: {Runtime: python3.12, Handler: a.h, CodeUri: s}\n"
)


def problem(root: Path, template: str, path: str = "template.yaml") -> Problem:
    found = declared(root, template, path=path)
    (one,) = found.problems
    assert found.gaps == ()
    assert "\n" not in one.message
    return one


def test_a_template_that_is_a_list_is_a_problem_with_its_place(tmp_path: Path) -> None:
    one = problem(tmp_path, "# AWS\n- Type: AWS::Serverless::Function\n")
    assert one.kind == "definition"
    assert one.span == Span("template.yaml", 2, 1)
    assert "Resources" in one.message


def test_a_template_that_is_not_yaml_is_a_problem_with_its_place(tmp_path: Path) -> None:
    one = problem(tmp_path, f"{SAM}Resources:\n{FUNCTION}  G: x: y\n")
    assert (one.span.line, one.span.column) == (6, 7)


def test_a_file_of_another_kind_is_nobodys_business(tmp_path: Path) -> None:
    for path, text in {
        "rules/guard.yaml": "- AWS::Lambda::Function: {a: b}\n",
        ".github/workflows/x.yml": "on: push\njobs: {a: {run: 'echo AWS::Lambda::Function'}}\n",
        "data.json": '["AWS::Lambda::Function"]',
        "broken.yaml": "a: b: AWS::Lambda::Function",
        "events/e.json": '{"Resources": ["AWS::Lambda::Function"]}',
        "template.yaml": "kind: Template\nmetadata: {}\n",
    }.items():
        found = declared(tmp_path, text, path=path)
        assert (found.functions, found.problems, found.gaps) == ((), (), ()), path


@pytest.mark.parametrize("path", ["infra/stack.yaml", "infra/api.yml"])
def test_what_only_looks_like_a_template_is_a_gap(tmp_path: Path, path: str) -> None:
    found = declared(tmp_path, f"AWSTemplateFormatVersion: x\nResources:\n{FUNCTION}  G: x: y\n", path=path)
    assert found.problems == ()
    (gap,) = found.gaps
    assert gap.span.line == 6


@pytest.mark.parametrize("line", ["{% if x %}", "  {{ name }}: x: y", "<% for %>", "  N: %name%", "  N: @NAME@: x"])
def test_a_file_that_another_tool_fills_in_is_a_gap(tmp_path: Path, line: str) -> None:
    found = declared(tmp_path, f"{SAM}Resources:\n{FUNCTION}{line}\n")
    assert found.problems == ()
    reasons = [one.handler_reason or "" for one in found.functions] + [gap.reason for gap in found.gaps]
    assert any("another tool" in reason for reason in reasons)


@pytest.mark.parametrize("path", ["template.yaml", "stacks/app.yaml.j2", "stack.template.jinja"])
def test_functions_of_a_file_that_another_tool_fills_in_are_found_and_not_judged(tmp_path: Path, path: str) -> None:
    template = (
        f"{{%- if big %}}\n{SAM}{{% endif %}}Resources:\n{FUNCTION}    {{# more #}}\n  {{{{ name }}}}: {{{{ x }}}}\n"
    )
    found = declared(tmp_path, template, "s/a.py", path=path)
    (one,) = found.functions
    assert (one.name, one.runtime, one.span.line) == ("F", "python3.12", 4)
    assert one.handler is None
    assert isinstance(one.artifact, Zip)
    assert one.artifact.source is None
    assert "another tool" in (one.handler_reason or "")
    assert found.problems == ()


def test_a_template_named_by_samconfig_must_be_readable(tmp_path: Path) -> None:
    (tmp_path / "samconfig.toml").write_text('[default.build.parameters]\ntemplate_file = "infra/api.yaml"\n')
    assert problem(tmp_path, f"Resources:\n{FUNCTION}  G: x: y\n", "infra/api.yaml").span.line == 5


def test_a_function_that_stands_twice_is_a_problem_and_the_last_counts(tmp_path: Path) -> None:
    text = f"{SAM}Resources:\n{FUNCTION}{FUNCTION.replace('a.h', 'b.h')}"
    found = declared(tmp_path, text)
    (one,) = found.problems
    assert one.span == Span("template.yaml", 6, 3, 6, 4)
    assert "`F` stands twice" in one.message
    assert "line 3" in one.message
    assert [function.handler and function.handler.value for function in found.functions] == ["b.h"]


def test_a_property_of_a_function_that_stands_twice_is_a_gap_since_the_last_may_work(tmp_path: Path) -> None:
    found = declared(tmp_path, f"{SAM}Resources:\n{FUNCTION.replace('a.h', 'a.h, Handler: b.h')}")
    assert ["`Handler` stands twice" in gap.reason for gap in found.gaps] == [True]
    assert found.problems == ()


@pytest.mark.parametrize(
    "text",
    [
        f"{SAM}Description: a\nDescription: b\nResources:\n{FUNCTION}",
        f"{SAM}Resources:\n{FUNCTION.replace('a.h', 'a.h, Handler: a.h')}",
        f"{SAM}Resources:\n{FUNCTION}  B: {{Type: AWS::S3::Bucket, Properties: {{A: 1, A: 2}}}}\n",
    ],
)
def test_a_key_that_stands_twice_elsewhere_is_a_gap(tmp_path: Path, text: str) -> None:
    # CloudFormation deploys such templates, so nothing is certainly wrong.
    found = declared(tmp_path, text)
    assert found.problems == ()
    assert ["stands twice" in gap.reason for gap in found.gaps] == [True]


def test_keys_that_stand_twice_without_python_are_nobodys_business(tmp_path: Path) -> None:
    text = f"{SAM}Resources:\n{FUNCTION.replace('python3.12', 'nodejs20.x, Handler: b.h')}"
    found = declared(tmp_path, text)
    assert (found.problems, found.gaps) == ((), ())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (f"{SAM}Resources:\n{FUNCTION}# caf\xe9\n".encode("latin-1"), "line 6 is not UTF-8"),
        (f"{SAM}Resources:\n{FUNCTION}".encode("utf-16"), "NUL"),
        (f"{SAM}Resources:\n{FUNCTION}\0".encode(), "NUL"),
    ],
)
def test_bytes_that_are_no_text_are_a_problem(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "template.yaml").write_bytes(data)
    (one,) = find(Project(tmp_path), Settings()).problems
    assert words in one.message
    assert one.span.path == "template.yaml"


def test_a_template_of_50_megabytes_is_a_problem_and_data_of_that_size_is_not_read(tmp_path: Path) -> None:
    for name in ("template.yaml", "data.json"):
        with (tmp_path / name).open("wb") as file:
            file.write(b"AWS::Lambda::Function")
            file.truncate(50 * 1024 * 1024)
    started = time.perf_counter()
    (one,) = find(Project(tmp_path), Settings()).problems
    assert time.perf_counter() - started < 1
    assert (one.span.path, "50 MiB" in one.message) == ("template.yaml", True)


def test_five_thousand_brackets_are_one_problem(tmp_path: Path) -> None:
    one = problem(tmp_path, f"{SAM}Resources:\n{FUNCTION}  G: " + "[" * 5000 + "]" * 5000 + "\n")
    assert "nested more than" in one.message
    assert one.span.line == 6


def test_anchors_that_explode_do_not(tmp_path: Path) -> None:
    lines = ["X0: &x0 [lol, lol, lol]"]
    lines += [f"X{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, 60)]
    lines += ["Y0: &y0 !Join ['', [a, b]]"]
    lines += [f"Y{n}: &y{n} !Join ['', [*y{n - 1}, *y{n - 1}]]" for n in range(1, 60)]
    lines += ["Z0: &z0 !If [C, [a], [a]]"]
    lines += [f"Z{n}: &z{n} !If [C, *z{n - 1}, *z{n - 1}]" for n in range(1, 60)]
    template = (
        "\n".join(lines) + f"\n{SAM}Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      Runtime: python3.12\n      Handler: *y59\n      CodeUri: *x59\n      Layers: *z59\n"
        "      Environment: {Variables: {A: *x59, B: *y59, C: *y3}}\n"
    )
    started = time.perf_counter()
    (one,) = declared(tmp_path, template).functions
    assert time.perf_counter() - started < 2
    assert one.handler is None
    assert one.environment["C"] == "ab" * 8


@pytest.mark.parametrize(
    "value", ["&a [*a]", "&a !Join ['', [*a]]", "&a {Ref: *a}", "&a !If [C, *a, *a]", "&a !Sub ['${X}', {X: *a}]"]
)
def test_aliases_that_lead_back_to_themselves_end(tmp_path: Path, value: str) -> None:
    template = (
        f"{SAM}Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        f"      Runtime: python3.12\n      Handler: {value}\n      Layers: &l !If [C, *l, *l]\n"
    )
    (one,) = declared(tmp_path, template).functions
    assert one.handler is None


def test_parameters_that_refer_to_each_other_end(tmp_path: Path) -> None:
    head = "Parameters:\n  A: {Type: String, Default: !Ref B}\n  B: {Type: String, Default: !Ref A}\n"
    template = (
        f"{head}{SAM}Resources:\n  F:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {Runtime: python3.12, Handler: !Ref A}\n"
    )
    (one,) = declared(tmp_path, template).functions
    assert one.handler is None


def test_loops_in_loops_are_bounded(tmp_path: Path) -> None:
    items = ", ".join(str(number) for number in range(100))
    body = "{X: {Type: AWS::Lambda::Function}}"
    for number in range(6):
        body = f"{{Fn::ForEach::L{number}: [N{number}, [{items}], {body}]}}"
    found = declared(tmp_path, f"Resources: {body}\n")
    assert found.gaps


@pytest.mark.parametrize(
    "resource",
    [
        "F: 5", "F: []", "F: {Type: [AWS::Lambda::Function]}", "F: {Type: AWS::Lambda::Function}",
        "F: {Type: AWS::Lambda::Function, Properties: 3}", "F: {Type: AWS::Lambda::Function, Properties: {Code: []}}",
        "F: {Type: AWS::Serverless::Function, Metadata: x, Properties: {Runtime: {}, Layers: {a: b}, Handler: []}}",
        "F: {Type: AWS::Serverless::Function, Properties: {Environment: [], Architectures: x, Layers: x}}",
        "F: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.12, Handler: a.b, CodeUri: []}}",
        "F: {Type: AWS::Serverless::Function, Properties: {PackageType: Image, ImageConfig: [], ImageUri: []}}",
        "F: {Type: AWS::Serverless::Function, Properties: {ImageUri: x}, Metadata: {DockerContext: []}}",
        "F: {Type: AWS::Serverless::Function, Properties: {ImageUri: x}, Metadata: {DockerBuildArgs: x}}",
        "F: !Ref {Type: AWS::Lambda::Function}", "? [a]\n  : {Type: AWS::Lambda::Function}",
        "F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Handler: !Sub [], Code: !Join []}}",
        "F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.9, Handler: !Sub [a, b], Code: !Select [x]}}",
        "F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Handler: !If [], Code: !FindInMap [a]}}",
        "F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Handler: !Select [9, [a]], Code: !Cidr}}",
    ],
)  # fmt: skip
def test_shapes_that_no_template_has_crash_nothing(tmp_path: Path, resource: str) -> None:
    found = declared(tmp_path, f"{SAM}Parameters: []\nMappings: 3\nGlobals: x\nResources:\n  {resource}\n")
    for function in found.functions:
        assert function.span.path == "template.yaml"


def test_texts_of_many_lines_are_shown_on_one(tmp_path: Path) -> None:
    long = "Transform: |\n  my macro\n  " + "x" * 300 + "\n"
    code = FUNCTION.replace("CodeUri: s", 'CodeUri: "a \\n b"')
    found = declared(tmp_path, f"{long}Resources:\n{code}")
    (gap,) = found.gaps
    (function,) = found.functions
    assert isinstance(function.artifact, Zip)
    for text in (gap.reason, function.artifact.reason or ""):
        assert "\n" not in text
        assert len(text) < 250
