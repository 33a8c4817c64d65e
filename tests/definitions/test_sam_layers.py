from __future__ import annotations

from pathlib import Path

import pytest

from definitions.packages import left_out, part
from definitions.sam_projects import SAM, declared
from vartask.model import Declared, Install, Layer, LocalLayer, Span, UnknownLayer, Zip


def read(root: Path, layers: str, resources: str = "", *files: str, head: str = SAM) -> Declared:
    return declared(
        root,
        f"{head}Resources:\n  F:\n    Type: AWS::Serverless::Function\n"
        f"    Properties: {{Runtime: python3.12, Handler: app.handler, CodeUri: src, Layers: {layers}}}\n{resources}",
        "src/app.py",
        *files,
    )


def layers_of(root: Path, layers: str, resources: str = "", *files: str, head: str = SAM) -> tuple[Layer, ...]:
    return read(root, layers, resources, *files, head=head).functions[0].layers


def layer(properties: str, metadata: str = "{}", kind: str = "Serverless") -> str:
    return f"  L:\n    Type: AWS::{kind}::LayerVersion\n    Metadata: {metadata}\n    Properties: {properties}\n"


@pytest.mark.parametrize("entry", ["!Ref L", "!GetAtt L.LayerVersionArn", "!Sub '${L}'", "{Ref: L}"])
def test_a_layer_of_the_template_is_its_directory(tmp_path: Path, entry: str) -> None:
    found = layers_of(tmp_path, f"[{entry}]", layer("{ContentUri: layer/}"), "layer/python/x.py")
    at = Span("template.yaml", 9, 30, 9, 36)
    assert found == (LocalLayer("L", Zip.of("layer", at), at),)


def test_a_plain_cloudformation_layer_has_content(tmp_path: Path) -> None:
    (found,) = layers_of(tmp_path, "[!Ref L]", layer("{Content: layer}", kind="Lambda"), "layer/python/x.py")
    assert isinstance(found, LocalLayer)
    assert found.package == Zip.of("layer", found.span)


def test_a_build_method_moves_the_layer_below_python(tmp_path: Path) -> None:
    text = layer("{ContentUri: layer}", "{BuildMethod: python3.12}")
    (found,) = layers_of(tmp_path, "[!Ref L]", text, "layer/x.py", "layer/requirements.txt")
    assert isinstance(found, LocalLayer)
    assert part(found.package).into == "python"
    assert found.package.parts[1] == Install("layer/requirements.txt", found.span, "python")
    assert "__pycache__" in left_out(found.package)


def test_without_build_method_nothing_is_installed(tmp_path: Path) -> None:
    (found,) = layers_of(
        tmp_path, "[!Ref L]", layer("{ContentUri: layer}"), "layer/python/x.py", "layer/requirements.txt"
    )
    assert isinstance(found, LocalLayer)
    assert found.package == Zip.of("layer", found.span)


@pytest.mark.parametrize(
    ("properties", "metadata", "words"),
    [
        ("{ContentUri: layer}", "{BuildMethod: python-uv}", "python-uv"),
        ("{ContentUri: nowhere}", "{}", "does not exist"),
        ("{ContentUri: other.zip}", "{}", "the ready-made archive `other.zip` is not in the repository"),
        ("{ContentUri: {Bucket: b, Key: k}}", "{}", "object in S3"),
        ("{ContentUri: s3://b/k}", "{}", "s3://b/k"),
        ("{}", "{}", "no `ContentUri`"),
        ("{ContentUri: !GetAtt A.B}", "{}", "cannot be known"),
    ],
)
def test_a_layer_out_of_reach_says_why(tmp_path: Path, properties: str, metadata: str, words: str) -> None:
    (found,) = layers_of(tmp_path, "[!Ref L]", layer(properties, metadata), "layer/python/x.py", "layer.zip")
    assert isinstance(found, UnknownLayer)
    assert words in found.reason


@pytest.mark.parametrize(
    ("arn", "name", "distributions"),
    [
        (
            "!Sub 'arn:aws:lambda:${AWS::Region}:017000801446:layer:AWSLambdaPowertoolsPythonV3-python312-x86_64:7'",
            "AWSLambdaPowertoolsPythonV3-python312-x86_64",
            frozenset({"aws-lambda-powertools"}),
        ),
        ("arn:aws:lambda:r:580247275435:layer:LambdaInsightsExtension:53", "LambdaInsightsExtension", frozenset()),
        ("arn:aws:lambda:eu-west-1:770693421928:layer:Klayers-p312-requests:1", "Klayers-p312-requests",
         frozenset({"requests"})),
        ("arn:aws:lambda:eu-west-1:123456789012:layer:shared:4", "shared", None),
        ("!ImportValue shared-layer", "!ImportValue shared-layer", None),
        ("!Ref LayerArn", "!Ref LayerArn", None),
        ("!If [C, arn:x:layer:a:1, !Ref AWS::NoValue]", None, None),
    ],
)  # fmt: skip
def test_a_published_layer_is_named(
    tmp_path: Path, arn: str, name: str | None, distributions: frozenset[str] | None
) -> None:
    head = SAM + "Parameters: {LayerArn: {Type: String}}\n"
    (found,) = layers_of(tmp_path, f"[{arn}]", head=head)
    assert isinstance(found, UnknownLayer)
    assert found.distributions == distributions
    assert found.span.line == 6
    if name is not None:
        assert found.name == name


def test_shared_layers_come_before_own(tmp_path: Path) -> None:
    head = SAM + "Globals: {Function: {Layers: ['arn:aws:lambda:r:1:layer:first:1']}}\n"
    found = layers_of(tmp_path, "['arn:aws:lambda:r:1:layer:second:1']", head=head)
    assert [one.name for one in found] == ["first", "second"]


def test_a_computed_list_of_layers_is_a_layer_out_of_reach(tmp_path: Path) -> None:
    (found,) = layers_of(tmp_path, "!If [C, [!Ref A], []]")
    assert isinstance(found, UnknownLayer)
    assert "condition `C`" in found.reason


def test_a_list_that_is_the_same_under_any_condition_is_known(tmp_path: Path) -> None:
    one = "arn:aws:lambda:r:1:layer:one:1"
    (found,) = layers_of(tmp_path, f"!If [C, ['{one}'], ['{one}']]")
    assert found.name == "one"


SHARING = """\
Parameters: {{Stage: {{Type: String, Default: dev}}}}
Resources:
  L:
    Type: AWS::Serverless::LayerVersion
    Properties: {{ContentUri: {content}}}
  P:
    Type: AWS::SSM::Parameter
    Properties: {{Type: String, Name: !Sub "/${{Stage}}/layer", Value: !Ref L}}
Outputs:
  Shared: {{Value: !Ref L, Export: {{Name: shared-layer}}}}
"""
STAGED = SAM + "Parameters: {Stage: {Type: String, Default: dev}}\n"


@pytest.mark.parametrize(
    "entry",
    [
        "!ImportValue shared-layer",
        "{'Fn::ImportValue': !Sub 'shared-layer'}",
        "'{{resolve:ssm:/dev/layer}}'",
        "!Sub '{{resolve:ssm:/${Stage}/layer}}'",
    ],
)
def test_a_layer_that_another_stack_shares_is_that_layer(tmp_path: Path, entry: str) -> None:
    write(tmp_path, "layers/template.yaml", SHARING.format(content="common/"))
    (found,) = layers_of(tmp_path, f"[{entry}]", "", "layers/common/python/x.py", head=STAGED)
    assert isinstance(found, LocalLayer)
    assert found.package.source == "layers/common"


@pytest.mark.parametrize("content", ["common/", "other/"])
def test_stacks_that_share_under_one_name_have_to_agree(tmp_path: Path, content: str) -> None:
    write(tmp_path, "layers/a.yaml", SHARING.format(content="common/"))
    write(tmp_path, "layers/b.yaml", SHARING.format(content=content))
    (found,) = layers_of(
        tmp_path, "[!ImportValue shared-layer]", "", "layers/common/python/x.py", "layers/other/python/y.py"
    )
    assert isinstance(found, LocalLayer) is (content == "common/")


@pytest.mark.parametrize("entry", ["!ImportValue other-layer", "'{{resolve:ssm:/prod/layer}}'", "!ImportValue own"])
def test_what_nobody_shares_is_elsewhere(tmp_path: Path, entry: str) -> None:
    write(tmp_path, "layers/template.yaml", SHARING.format(content="common/"))
    own = "Outputs:\n  Own: {Value: !ImportValue own, Export: {Name: own}}\n"
    (found,) = layers_of(tmp_path, f"[{entry}]", own, "layers/common/python/x.py", head=STAGED)
    assert isinstance(found, UnknownLayer)


def write(root: Path, path: str, text: str) -> None:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
