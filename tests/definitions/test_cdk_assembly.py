from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from cdk_assemblies import asset, function, key, layer, put, put_json, write
from vartask.artifact.zip import predict_zip
from vartask.config import Settings
from vartask.definitions import declare
from vartask.definitions._unread import unread
from vartask.definitions.cdk_assembly import find
from vartask.model import Declared, Function, Image, LocalLayer, Span, UnknownLayer, UnknownRegion, Zip
from vartask.project import Project

HANDLER = "def handler(event, context): ...\n"


def declared(root: Path) -> Declared:
    return find(Project(root), Settings())


def only(root: Path) -> Function:
    (one,) = declared(root).functions
    return one


def paths(root: Path, function: Function, below: str = "/var/task/") -> dict[str, str | None]:
    entries = predict_zip(Project(root), function).entries
    return {path.removeprefix(below): one.source for path, one in entries.items() if one.kind == "f" and below in path}


# -- what is read -----------------------------------------------------------------------------------


def test_a_function_is_called_by_its_construct_and_has_the_files_of_its_asset(tmp_path: Path) -> None:
    files = {"src/app.py": HANDLER, "src/README.md": "x", "assets/src/app.py": HANDLER}
    write(tmp_path, {"Fn1": function("src", Architectures=["arm64"])}, files)
    one = only(tmp_path)
    assert (one.name, one.runtime, one.architecture, one.declared_by) == ("Stack/Fn", "python3.12", "arm64", "cdk")
    assert one.handler is not None
    assert one.handler.value == "app.handler"
    assert paths(tmp_path, one) == {"app.py": "src/app.py"}, "the README was excluded when the asset was made"


def test_a_file_that_only_the_asset_has_is_read_there(tmp_path: Path) -> None:
    """A bundled asset: the project's module beside what pip has installed."""
    files = {"src/app.py": HANDLER, "assets/b/app.py": HANDLER, "assets/b/requests/__init__.py": "get = 1\n"}
    resource = function("b")
    resource["Metadata"]["aws:asset:is-bundled"] = True
    write(tmp_path, {"Fn": resource}, files)
    one = only(tmp_path)
    assert paths(tmp_path, one) == {
        "app.py": "src/app.py",
        "requests/__init__.py": f"cdk.out/{asset('b')}/requests/__init__.py",
    }
    assert not [r for r in predict_zip(Project(tmp_path), one).regions if not r.runtime], "nothing is in doubt"


def test_without_metadata_the_asset_is_found_by_its_hash(tmp_path: Path) -> None:
    resource = function("src")
    del resource["Metadata"]
    base = write(tmp_path, {"Fn": resource}, {"src/app.py": HANDLER, "assets/src/app.py": HANDLER})
    listed = {"files": {key("src"): {"source": {"path": asset("src"), "packaging": "zip"}}}}
    put_json(base / "Stack.assets.json", listed)
    one = only(tmp_path)
    assert one.name == "Fn"
    assert paths(tmp_path, one) == {"app.py": "src/app.py"}


def test_inline_code_and_environment_come_from_the_template(tmp_path: Path) -> None:
    variables = {"A": "1", "B": {"Ref": "Table"}}
    resource = function(None, Code={"ZipFile": HANDLER}, Handler="index.handler", Environment={"Variables": variables})
    write(tmp_path, {"Fn": resource})
    one = only(tmp_path)
    assert isinstance(one.artifact, Zip)
    assert one.artifact.inline is not None
    assert one.artifact.inline.value == HANDLER
    assert (dict(one.environment), one.environment_known) == ({"A": "1", "B": None}, True)


@pytest.mark.parametrize(
    "construct",
    [
        "Stack/BucketNotificationsHandler050a0587b7544547bf325f094a3db834",
        "Stack/Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C",
        "Stack/Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C512MiB",
        "Stack/@aws-cdk--aws-eks.KubectlProvider/Handler",
    ],
)
def test_functions_that_the_cdk_brings_along_are_not_the_projects(tmp_path: Path, construct: str) -> None:
    write(tmp_path, {"A": function("x", construct), "B": function("x", Runtime="nodejs20.x")}, {"assets/x/app.py": ""})
    assert declared(tmp_path) == Declared()


def test_a_runtime_that_is_not_known_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, {"Fn": function("x", Runtime={"Ref": "Runtime"})}, {"assets/x/app.py": ""})
    (gap,) = declared(tmp_path).gaps
    assert gap.functions == ("Stack/Fn",)


# -- stages, nested stacks, layers ------------------------------------------------------------------


def test_stages_and_nested_stacks_are_read_with_the_assets_of_the_whole(tmp_path: Path) -> None:
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "https://x", "Parameters": {"P": {"Ref": "Layer"}}},
        "Metadata": {"aws:asset:path": "Inner.nested.template.json"},
    }
    files = {"src/app.py": HANDLER, "lay/python/m.py": "x = 1\n"}
    assets = {"assets/src/app.py": HANDLER, "assets/lay/python/m.py": "x = 1\n"}
    base = write(tmp_path, {"Inner": nested, "Layer": layer("lay")}, {**files, **assets})
    inner = function("src", "Stack/Inner/Fn", Layers=[{"Ref": "P"}])
    put_json(base / "Inner.nested.template.json", {"Parameters": {"P": {"Type": "String"}}, "Resources": {"F": inner}})
    staged = function("src", "Prod/Stack/Fn")
    staged["Metadata"]["aws:asset:path"] = f"../{asset('src')}"
    write(tmp_path, {"Staged": staged}, directory="cdk.out/assembly-Prod", name="ProdStack")
    manifest = json.loads((base / "manifest.json").read_text())
    manifest["artifacts"]["assembly-Prod"] = {
        "type": "cdk:cloud-assembly",
        "properties": {"directoryName": "assembly-Prod"},
    }
    put_json(base / "manifest.json", manifest)
    functions = {one.name: one for one in declared(tmp_path).functions}
    assert set(functions) == {"Stack/Inner/Fn", "Prod/Stack/Fn"}
    assert paths(tmp_path, functions["Prod/Stack/Fn"]) == {"app.py": "src/app.py"}
    (used,) = functions["Stack/Inner/Fn"].layers
    assert isinstance(used, LocalLayer)
    assert paths(tmp_path, functions["Stack/Inner/Fn"], "/opt/") == {"python/m.py": "lay/python/m.py"}


def test_a_layer_of_another_stack_is_found_by_its_export(tmp_path: Path) -> None:
    name = "Other:ExportsOutputRefLayer"
    published = "arn:aws:lambda:eu-west-1:336392948345:layer:AWSSDKPandas-Python312:8"
    layers = [{"Fn::ImportValue": name}, published, {"Fn::ImportValue": "unheard-of"}]
    outputs = {"O": {"Value": {"Ref": "Layer"}, "Export": {"Name": name}}}
    resources = {"Fn": function("src", Layers=layers), "Layer": layer("lay")}
    write(tmp_path, resources, {"assets/src/app.py": HANDLER, "assets/lay/python/m.py": "x"}, Outputs=outputs)
    first, second, third = only(tmp_path).layers
    assert isinstance(first, LocalLayer)
    assert isinstance(second, UnknownLayer)
    assert second.distributions is not None
    assert isinstance(third, UnknownLayer)
    assert third.distributions is None


# -- images -----------------------------------------------------------------------------------------

DOCKERFILE = 'FROM public.ecr.aws/lambda/python:3.12\nCOPY app.py ./\nCMD ["other.handler"]\n'


def image(name: str, **source: object) -> tuple[dict[str, object], dict[str, dict[str, object]]]:
    resource = function(None, PackageType="Image", Code={"ImageUri": {"Fn::Sub": f"repository:{key(name)}"}})
    for unused in ("Runtime", "Handler"):
        del resource["Properties"][unused]
    resource["Properties"]["ImageConfig"] = {"Command": ["app.handler"]}
    return resource, {key(name): {"directory": asset(name), "dockerFile": "Dockerfile", **source}}


def test_an_image_is_built_from_the_repositorys_own_directory(tmp_path: Path) -> None:
    resource, images = image("img", dockerBuildTarget="t", dockerBuildArgs={"A": "1"}, platform="linux/arm64")
    files = {f"{place}/{name}": text for place in ("img", "assets/img") for name, text in
             (("Dockerfile", DOCKERFILE), ("app.py", HANDLER))}  # fmt: skip
    write(tmp_path, {"Fn": resource}, files, images=images)
    built = only(tmp_path).artifact
    assert isinstance(built, Image)
    assert (built.dockerfile, built.context, built.target) == ("img/Dockerfile", "img", "t")
    assert (dict(built.build_args), built.platform) == ({"A": "1"}, "linux/arm64")
    assert [word.value for word in built.command or ()] == ["app.handler"]
    functions = declare(Project(tmp_path), Settings()).functions
    assert [one.name for one in functions] == ["Stack/Fn"], "the Dockerfile declares nothing beside it"


def test_what_was_excluded_from_an_image_is_not_in_its_context(tmp_path: Path) -> None:
    resource, images = image("img")
    files = {"img/Dockerfile": DOCKERFILE, "img/app.py": HANDLER, "assets/img/Dockerfile": DOCKERFILE}
    write(tmp_path, {"Fn": resource}, files, images=images)
    built = only(tmp_path).artifact
    assert isinstance(built, Image)
    assert (built.dockerfile, built.context) == ("img/Dockerfile", f"cdk.out/{asset('img')}")


# -- places -----------------------------------------------------------------------------------------

PROGRAM = """\
class Stack:
    def __init__(self):
        _lambda.Function(self, "Fn", handler="app.handler", code=code("src"))
        for name in names:
            _lambda.Function(self, f"{name}-worker", handler=f"{name}.handler")
"""


def test_a_finding_points_at_the_program_that_has_the_constructs_id(tmp_path: Path) -> None:
    resources = {"A": function("x"), "B": function("x", "Stack/blue-worker"), "C": function("x", "Stack/Other")}
    write(tmp_path, resources, {"assets/x/app.py": HANDLER, "app.py": PROGRAM})
    places = {one.name: (one.span, one.handler.span) for one in declared(tmp_path).functions if one.handler}
    assert places["Stack/Fn"] == (Span("app.py", 3, 32, 3, 36), Span("app.py", 3, 46, 3, 59))
    assert places["Stack/blue-worker"] == (Span("app.py", 5, 36, 5, 52),) * 2
    span, handler = places["Stack/Other"]
    assert span.path == "cdk.out/Stack.template.json"
    assert '"Handler": "app.handler"' in (tmp_path / span.path).read_text().splitlines()[handler.line - 1]


def test_an_id_that_stands_twice_is_told_by_the_handler_behind_it(tmp_path: Path) -> None:
    program = 'Table(self, "Fn")\n' + "\n" * 60 + 'Function(self, "Fn",\n  handler="app.handler")\n'
    write(tmp_path, {"A": function("x")}, {"assets/x/app.py": HANDLER, "app.py": program})
    assert only(tmp_path).span == Span("app.py", 62, 16, 62, 20)


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "aws:cdk:creationStack", "data": ["...new Function in aws-cdk-lib...", "new S ({root}/lib/s.js:3:5)"]},
        {"type": "aws:cdk:logicalId", "data": "A", "trace": ["new X ({root}/node_modules/c.js:9:9)", "({root}/lib/s.js:3:5)"]},
    ],
)  # fmt: skip
def test_a_creation_stack_trace_says_the_line(tmp_path: Path, entry: object) -> None:
    metadata = {"/Stack/Fn/Resource": json.loads(json.dumps([entry]).replace("{root}", str(tmp_path)))}
    files = {"assets/x/app.py": HANDLER, "lib/s.js": "\n\nnew Function()\n", "node_modules/c.js": ""}
    write(tmp_path, {"A": function("x")}, files, metadata=metadata)
    assert only(tmp_path).span == Span("lib/s.js", 3, 5)


# -- freshness --------------------------------------------------------------------------------------


def simple(root: Path) -> Path:
    return write(root, {"A": function("src")}, {"src/app.py": HANDLER, "assets/src/app.py": HANDLER, "app.py": PROGRAM})


@pytest.mark.parametrize("name", ["app.py", "src/app.py", "src/new.py", "cdk.json", "requirements.txt", "a/Dockerfile"])
def test_a_source_that_is_newer_makes_an_assembly_stale(tmp_path: Path, name: str) -> None:
    put_json(tmp_path / "cdk.json", {"app": "mvn -q exec:java"})
    simple(tmp_path)
    assert len(declared(tmp_path).functions) == 1
    put(tmp_path / name, "{}")
    os.utime(tmp_path / name, (time.time() + 10,) * 2)
    assert declared(tmp_path) == Declared()
    assert unread(Project(tmp_path)), "what only the program says is missing, and that is said"


@pytest.mark.parametrize("name", ["README.md", "tests/test_app.py", ".github/workflows/ci.yml", "docs/conf.py"])
def test_what_no_synthesis_reads_leaves_an_assembly_fresh(tmp_path: Path, name: str) -> None:
    simple(tmp_path)
    put(tmp_path / name, "x")
    os.utime(tmp_path / name, (time.time() + 10,) * 2)
    assert len(declared(tmp_path).functions) == 1
    assert not unread(Project(tmp_path))


def test_a_committed_assembly_does_not_count(tmp_path: Path) -> None:
    """A checkout gives it and its sources the same time, whatever was written when."""
    simple(tmp_path)
    (tmp_path / ".gitignore").unlink()
    put(tmp_path / ".git/index", "DIRC\0cdk.out/manifest.json\0")
    assert declared(tmp_path) == Declared()


def test_files_outside_of_the_application_are_asked_when_they_are_in_an_asset(tmp_path: Path) -> None:
    write(tmp_path / "infra", {"A": function("src")}, {"assets/src/app.py": HANDLER})
    put(tmp_path / "code/app.py", HANDLER)
    os.utime(tmp_path / "code/app.py", (1_000_000_000,) * 2)
    assert paths(tmp_path, only(tmp_path)) == {"app.py": "code/app.py"}
    put(tmp_path / "code/new.py", "")
    os.utime(tmp_path / "code/new.py", (time.time() + 10,) * 2)
    one = only(tmp_path)
    assert set(paths(tmp_path, one)) == {"app.py", "new.py"}, "what will be deployed is what stands there now"
    regions = [region for region in predict_zip(Project(tmp_path), one).regions if not region.runtime]
    assert regions == [UnknownRegion("/var/task", "`code/new.py` has been written since `cdk synth`", one.span)]


def test_copies_in_an_assembly_are_not_the_projects_files(tmp_path: Path) -> None:
    simple(tmp_path)
    (tmp_path / ".gitignore").unlink()
    assert not [path for path in Project(tmp_path).files if path.startswith("cdk.out/")]


@pytest.mark.parametrize("text", ["", "[]", '{"artifacts": 1}', "{", '{"artifacts": {"a": 1, "b": {"type": 2}}}'])
def test_a_manifest_that_makes_no_sense_is_a_gap_and_no_crash(tmp_path: Path, text: str) -> None:
    base = simple(tmp_path)
    put(base / "manifest.json", text)
    found = declared(tmp_path)
    assert not found.functions
    assert len(found.gaps) == (0 if text.startswith('{"artifacts": {') else 1)


def test_a_template_that_cannot_be_read_is_a_gap(tmp_path: Path) -> None:
    base = simple(tmp_path)
    put(base / "Stack.template.json", '{"Resources": {"A": "AWS::Lambda::Function"')
    (gap,) = declared(tmp_path).gaps
    assert "Stack.template.json" in gap.reason
