from __future__ import annotations

from pathlib import Path

import pytest

from definitions.sam_projects import SAM, declared
from vartask.config import Settings
from vartask.definitions.sam import find
from vartask.model import Declared, Function, LocalLayer, UnknownLayer, Zip
from vartask.project import Project

PARENT = SAM + "Resources:\n"


def found(root: Path, templates: dict[str, str], *files: str) -> Declared:
    for path, text in templates.items():
        declared(root, text, *files, path=path)
    return find(Project(root), Settings())


def nested(name: str, path: str, parameters: str = "{}") -> str:
    properties = f"{{TemplateURL: {path}, Parameters: {parameters}}}"
    return f"  {name}: {{Type: AWS::CloudFormation::Stack, Properties: {properties}}}\n"


def child(parameters: str, code: str = "!Ref Dir", layers: str = "[]") -> str:
    return (
        f"{SAM}Parameters: {parameters}\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
        f"    Properties: {{Runtime: python3.12, Handler: app.h, CodeUri: {code}, Layers: {layers}}}\n"
    )


def sources(functions: tuple[Function, ...]) -> list[str | None]:
    return [one.artifact.source if isinstance(one.artifact, Zip) else None for one in functions]


CHILD = child("{Dir: {Type: String, Default: a}}")


def test_a_nested_stack_counts_with_what_is_passed_to_it(tmp_path: Path) -> None:
    templates = {"top.yaml": PARENT + nested("N", "n.yaml", "{Dir: b}"), "n.yaml": CHILD}
    assert sources(found(tmp_path, templates, "a/app.py", "b/app.py").functions) == ["b"]


def test_each_stack_of_a_template_is_one_function(tmp_path: Path) -> None:
    templates = {
        "top.yaml": PARENT + nested("N", "n.yaml", "{Dir: b}") + nested("M", "n.yaml") + nested("O", "n.yaml"),
        "n.yaml": CHILD,
    }
    assert sorted(map(str, sources(found(tmp_path, templates, "a/app.py", "b/app.py").functions))) == ["a", "b"]


def test_what_is_passed_and_not_known_does_not_fall_back_to_the_default(tmp_path: Path) -> None:
    templates = {"top.yaml": PARENT + nested("N", "n.yaml", "{Dir: !GetAtt X.Y}"), "n.yaml": CHILD}
    (one,) = found(tmp_path, templates, "a/app.py").functions
    assert isinstance(one.artifact, Zip)
    assert one.artifact.source is None
    assert "`Dir` is set by top.yaml:3" in (one.artifact.reason or "")


def test_parameters_go_down_several_levels(tmp_path: Path) -> None:
    middle = f"Parameters: {{D: {{Type: String}}}}\n{PARENT}{nested('N', '../n.yaml', '{Dir: !Ref D}')}"
    templates = {"top.yaml": PARENT + nested("M", "sub/m.yaml", "{D: b}"), "sub/m.yaml": middle, "n.yaml": CHILD}
    assert sources(found(tmp_path, templates, "a/app.py", "b/app.py").functions) == ["b"]


def test_templates_that_deploy_each_other_end_and_are_read(tmp_path: Path) -> None:
    templates = {
        "a.yaml": CHILD + nested("N", "b.yaml", "{Dir: b}"),
        "b.yaml": CHILD + nested("N", "a.yaml", "{Dir: !Sub '${Dir}x'}") + nested("Me", "b.yaml"),
    }
    assert "a" in sources(found(tmp_path, templates, "a/app.py", "b/app.py").functions)


def test_a_template_that_samconfig_names_is_deployed_by_itself_too(tmp_path: Path) -> None:
    (tmp_path / "samconfig.toml").write_text('[default.deploy.parameters]\ntemplate_file = "n.yaml"\n')
    templates = {"top.yaml": PARENT + nested("N", "n.yaml", "{Dir: b}"), "n.yaml": CHILD}
    assert sources(found(tmp_path, templates, "a/app.py", "b/app.py").functions) == ["a", "b"]


LAYER = "  L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}\n"


def test_a_layer_may_come_from_the_stack_above(tmp_path: Path) -> None:
    templates = {
        "top/top.yaml": PARENT + LAYER + nested("N", "../n.yaml", "{Shared: !Ref L}"),
        "n.yaml": child("{Shared: {Type: String}}", "src", "[!Ref Shared]"),
    }
    (one,) = found(tmp_path, templates, "src/app.py", "top/layer/python/x.py").functions
    (layer,) = one.layers
    assert isinstance(layer, LocalLayer)
    assert (layer.name, layer.package.source) == ("L", "top/layer")


@pytest.mark.parametrize("value", ["!GetAtt Layers.Outputs.Arn", "{'Fn::GetAtt': [Layers, Outputs.Arn]}"])
def test_a_layer_may_be_the_output_of_another_stack(tmp_path: Path, value: str) -> None:
    templates = {
        "top.yaml": PARENT + nested("Layers", "l/l.yaml") + nested("N", "n.yaml", f"{{Shared: {value}}}"),
        "l/l.yaml": f"{PARENT}{LAYER}Outputs: {{Arn: {{Value: !Ref L}}}}\n",
        "n.yaml": child("{Shared: {Type: String}}", "src", "[!Ref Shared]"),
    }
    (one,) = found(tmp_path, templates, "src/app.py", "l/layer/python/x.py").functions
    (layer,) = one.layers
    assert isinstance(layer, LocalLayer)
    assert layer.package.source == "l/layer"


def test_layers_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    templates = {
        "top.yaml": PARENT + nested("N", "n.yaml", "{Shared: !GetAtt N.Outputs.Arn}"),
        "n.yaml": child("{Shared: {Type: String}}", "src", "[!Ref Shared]") + "Outputs: {Arn: {Value: !Ref Shared}}\n",
    }
    (one,) = found(tmp_path, templates, "src/app.py").functions
    assert isinstance(one.layers[0], UnknownLayer)


@pytest.mark.parametrize("value", ["!Join [',', [!Ref L, !Ref M]]", "!GetAtt Layers.Outputs.All"])
def test_a_parameter_may_hold_several_layers(tmp_path: Path, value: str) -> None:
    layers = LAYER + LAYER.replace("L:", "M:", 1).replace("layer}", "other}")
    templates = {
        "top.yaml": PARENT + layers + nested("Layers", "l.yaml") + nested("N", "n.yaml", f"{{Shared: {value}}}"),
        "l.yaml": f"{PARENT}{layers}Outputs: {{All: {{Value: !Join [',', [!Ref L, !Ref M]]}}}}\n",
        "n.yaml": child("{Shared: {Type: CommaDelimitedList}}", "src", "!Ref Shared"),
    }
    (one,) = found(tmp_path, templates, "src/app.py", "layer/python/x.py", "other/python/y.py").functions
    assert [layer.package.source for layer in one.layers if isinstance(layer, LocalLayer)] == ["layer", "other"]


def test_a_layer_may_be_the_output_of_a_published_application(tmp_path: Path) -> None:
    arn = "arn:aws:serverlessrepo:eu-west-1:057560766410:applications/aws-lambda-powertools-python-layer-v3"
    template = child("{}", "src", "[!GetAtt P.Outputs.LayerVersionArn]") + (
        f"  P: {{Type: AWS::Serverless::Application, Properties: {{Location: {{ApplicationId: '{arn}'}}}}}}\n"
    )
    (one,) = found(tmp_path, {"t.yaml": template}, "src/app.py").functions
    (layer,) = one.layers
    assert isinstance(layer, UnknownLayer)
    assert layer.distributions == frozenset({"aws-lambda-powertools"})
