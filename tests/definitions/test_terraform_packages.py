from __future__ import annotations

from pathlib import Path

import pytest

from vartask.artifact.zip import predict_zip
from vartask.config import Settings
from vartask.definitions import terraform
from vartask.model import Declared, FileTree, Function, Install, LocalLayer, Zip
from vartask.project import Project
from written import project

SRC = {"src/app.py": "", "src/requirements.txt": "six\n", "src/pkg/util.py": "", "shared/x.py": "y = 1\n"}


def declared(root: Path, main: str, **files: str) -> tuple[Project, Declared]:
    made = project(root, {"infra/main.tf": main, **SRC, **files})
    return made, terraform.find(made, Settings())


def one(root: Path, main: str, **files: str) -> tuple[Function, FileTree]:
    made, found = declared(root, main, **files)
    (function,) = found.functions
    return function, predict_zip(made, function)


def packaged(tree: FileTree, root: str = "/var/task/") -> set[str]:
    return {
        path.removeprefix(root) for path, entry in tree.entries.items() if entry.kind == "f" and path.startswith(root)
    }


def reason(function: Function) -> str | None:
    assert isinstance(function.artifact, Zip)
    return function.artifact.reason


ARCHIVE = """\
    data "archive_file" "z" {
      type        = "zip"
      output_path = "out.zip"
      %s
    }
    resource "aws_lambda_function" "f" {
      function_name = "f"
      runtime       = "python3.12"
      handler       = "app.handler"
      filename      = data.archive_file.z.output_path
    }
"""


def test_excludes_say_which_line_leaves_a_file_out(tmp_path: Path) -> None:
    _, tree = one(tmp_path, ARCHIVE % 'source_dir = "../src"\n      excludes = ["*.txt", "**/util.py"]')
    assert packaged(tree) == {"app.py"}
    assert {path: str(span) for path, span in tree.removed.items()} == {
        "/var/task/requirements.txt": "infra/main.tf:5",
        "/var/task/pkg/util.py": "infra/main.tf:5",
    }


@pytest.mark.parametrize(
    ("excludes", "said"),
    [
        ('["*"]', "would be empty"),
        ('["**/.*"]', "would be empty"),
        ("var.excludes", "computed"),
        ('["a", var.x]', "computed"),
        ('["[", "a"]', "malformed"),
    ],
)
def test_excludes_that_cannot_be_followed_are_a_doubt(tmp_path: Path, excludes: str, said: str) -> None:
    _, tree = one(tmp_path, ARCHIVE % f'source_dir = "../src"\n      excludes = {excludes}')
    assert any(said in region.reason for region in tree.regions)


def test_excludes_were_paths_before_version_2_5_of_the_provider(tmp_path: Path) -> None:
    lock = 'provider "registry.terraform.io/hashicorp/archive" {\n  version     = "%s"\n  constraints = "~> 2.4"\n}\n'
    main = ARCHIVE % 'source_dir = "../src"\n      excludes = ["*.txt", "pkg"]'
    for version, expected in (("2.4.2", {"app.py", "requirements.txt"}), ("2.5.0", {"app.py"})):
        _, tree = one(tmp_path / version, main, **{"infra/.terraform.lock.hcl": lock % version})
        assert packaged(tree) == expected


def test_members_are_files_of_the_project_or_text_of_the_configuration(tmp_path: Path) -> None:
    main = ARCHIVE % (
        'source {\n filename = "app.py"\n content = file("../src/app.py")\n }\n'
        'source {\n filename = "lib/x.py"\n content = file("${path.module}/../shared/x.py")\n }\n'
        'source {\n filename = "settings.py"\n content = "A = 1"\n }\n'
        'source {\n filename = "made.py"\n content = templatefile("t.py.tpl", { name = "n" })\n }\n'
        'source {\n filename = "other.py"\n content = templatefile("t.py.tpl", { name = aws_s3_bucket.b.id })\n }\n'
    )
    _, tree = one(tmp_path, main, **{"infra/t.py.tpl": 'x = "${name}"\n'})
    found = {path.removeprefix("/var/task/"): (one.source, one.content) for path, one in tree.entries.items()}
    assert found["app.py"] == ("src/app.py", None)
    assert found["lib/x.py"] == ("shared/x.py", None)
    assert found["settings.py"] == (None, "A = 1")
    assert found["made.py"] == (None, 'x = "n"\n')
    assert found["other.py"] == (None, None)


def test_members_over_a_fileset_are_its_files(tmp_path: Path) -> None:
    main = ARCHIVE % (
        'dynamic "source" {\n for_each = fileset("../src", "**/*.py")\n content {\n'
        ' filename = source.value\n content = file("../src/${source.value}")\n }\n }\n'
    )
    _, tree = one(tmp_path, main)
    assert packaged(tree) == {"app.py", "pkg/util.py"}


def test_members_with_a_computed_name_are_a_doubt(tmp_path: Path) -> None:
    main = (
        ARCHIVE
        % 'source {\n filename = var.name\n content = "x"\n }\nsource {\n filename = "a.py"\n content = ""\n }\n'
    )
    function, tree = one(tmp_path, main)
    assert "a.py" in packaged(tree)
    assert "computed contents: ${var.name}" in str(reason(function))


def test_the_mode_of_every_file_is_the_archives(tmp_path: Path) -> None:
    _, tree = one(tmp_path, ARCHIVE % 'source_dir = "../src"\n      output_file_mode = "0600"')
    assert {entry.mode for path, entry in tree.entries.items() if path.endswith(".py")} == {0o600}


def test_the_archive_of_a_resource_counts_like_that_of_a_data_source(tmp_path: Path) -> None:
    main = (ARCHIVE % 'source_dir = "../src"').replace("data.archive", "archive").replace('data "a', 'resource "a')
    assert "app.py" in packaged(one(tmp_path, main)[1])


MODULE = """\
    module "f" {
      source        = "terraform-aws-modules/lambda/aws"
      function_name = "f"
      handler       = "app.handler"
      runtime       = "python3.12"
      %s
    }
"""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ('source_path = "../build"', "build does not exist: a build step makes it"),
        ("source_path = var.source", "the source_path ${var.source} is computed"),
        ('source_path = ["../src", var.more]', "the source_path ${var.more} is computed"),
        ('source_path = { path = "../src", prefix_in_zip = var.x }', "the prefix_in_zip is computed"),
        ('source_path = { path = "../src", pip_requirements = var.x }', "pip_requirements is computed: ${var.x}"),
        ('source_path = { path = "../src", patterns = var.x }', "the patterns of the source_path are computed"),
        ('source_path = { path = "../src", pip_requirements = "../none.txt" }', "none.txt does not exist"),
        ('source_path = { path = "../src", poetry_install = true }', "src has no project of Poetry"),
        ('source_path = { path = "../src", pip_requirements = true, patterns = ["!.*"] }', "patterns leave out a part"),
        ("create_package = false", "the package is made outside of the configuration"),
        ('source_path = "../src"\n ignore_source_code_hash = true', "the package is replaced outside"),
        ("local_existing_package = var.x", "the package ${var.x} is made outside"),
    ],
)
def test_what_the_module_packages_and_nobody_can_tell_is_a_doubt(tmp_path: Path, arguments: str, said: str) -> None:
    function, _ = one(tmp_path, MODULE % arguments)
    assert said in str(reason(function))


def test_distributions_are_installed_where_the_prefix_says(tmp_path: Path) -> None:
    function, _ = one(
        tmp_path, MODULE % 'source_path = { pip_requirements = "../src/requirements.txt", prefix_in_zip = "v" }'
    )
    assert isinstance(function.artifact, Zip)
    assert [(part.requirements, part.into) for part in function.artifact.parts if isinstance(part, Install)] == [
        ("src/requirements.txt", "v")
    ]


def test_an_existing_package_may_be_an_archive_of_the_configuration(tmp_path: Path) -> None:
    main = 'data "archive_file" "z" {\n type = "zip"\n source_dir = "../src"\n output_path = "o.zip"\n}\n'
    main += MODULE % "create_package = false\n local_existing_package = data.archive_file.z.output_path"
    assert "app.py" in packaged(one(tmp_path, main)[1])


def test_an_uploaded_package_is_followed_to_the_module_that_makes_it(tmp_path: Path) -> None:
    main = (MODULE % 'source_path = "../src"\n create_function = false').replace('module "f"', 'module "package"')
    main += (
        MODULE
        % "create_package = false\n s3_existing_package = { bucket = aws_s3_bucket.b.id, key = module.package.s3_object.key }"
    )
    assert "app.py" in packaged(one(tmp_path, main)[1])


def test_an_upload_is_found_by_a_key_that_is_written_twice(tmp_path: Path) -> None:
    upload = 'resource "aws_s3_object" "o" {\n key = "code/x.zip"\n source = data.archive_file.z.output_path\n}\n'
    main = (ARCHIVE % 'source_dir = "../src"').replace(
        "filename      = data.archive_file.z.output_path", 's3_key = "%s"'
    )
    assert "app.py" in packaged(one(tmp_path, main % "code/x.zip" + upload)[1])
    assert "uploaded outside" in str(reason(one(tmp_path / "b", main % "other" + upload)[0]))


def test_packages_that_lead_to_each_other_end(tmp_path: Path) -> None:
    function, _ = one(tmp_path, MODULE % "local_existing_package = module.f.local_filename")
    assert "made outside" in str(reason(function))


def test_a_copy_of_the_module_hands_its_package_on(tmp_path: Path) -> None:
    copy = 'data "external" "archive_prepare" {\n count = 1\n}\nresource "aws_lambda_function" "this" {}\n'
    copy += 'output "local_filename" {\n value = data.external.archive_prepare[0].result.filename\n}\n'
    main = (MODULE % 'source_path = "../src"\n create_function = false').replace('module "f"', 'module "package"')
    main += MODULE % "create_package = false\n local_existing_package = module.package.local_filename"
    main = main.replace("terraform-aws-modules/lambda/aws", "../lambda")
    assert "app.py" in packaged(one(tmp_path, main, **{"lambda/main.tf": copy})[1])


def test_an_archive_that_may_not_be_there_is_still_the_one_that_is_named(tmp_path: Path) -> None:
    main = (ARCHIVE % 'count = var.on ? 1 : 0\n source_dir = "../src"').replace("z.output_path", "z[0].output_path")
    assert "app.py" in packaged(one(tmp_path, main)[1])
    each = (ARCHIVE % 'for_each = var.all\n source_dir = "../src/${each.key}"').replace("z.output", 'z["a"].output')
    assert "computed" in str(reason(one(tmp_path / "b", each)[0])) or "cannot be known" in str(
        reason(one(tmp_path / "b", each)[0])
    )


def test_layers_of_the_module_are_packages_of_the_project(tmp_path: Path) -> None:
    main = (
        (MODULE % 'source_path = "../src"\n layers = [module.layer["a"].lambda_layer_arn]')
        + """
    module "layer" {
      source       = "terraform-aws-modules/lambda/aws"
      for_each     = { a = "../shared" }
      create_layer = true
      layer_name   = "common"
      runtime      = "python3.12"
      source_path  = [{ path = each.value, prefix_in_zip = "python" }]
    }
    """
    )
    function, tree = one(tmp_path, main)
    assert isinstance(function.layers[0], LocalLayer)
    assert packaged(tree, "/opt/") == {"python/x.py"}


def test_the_wrapper_of_the_module_makes_a_function_of_each_item(tmp_path: Path) -> None:
    main = """\
        module "w" {
          source   = "terraform-aws-modules/lambda/aws//wrappers"
          defaults = { runtime = "python3.12", source_path = "../src", handler = "app.handler" }
          items = {
            one = { function_name = "one" }
            two = { handler = "x.h", source_path = { path = "../shared", prefix_in_zip = "p" } }
          }
        }
        """
    made, found = declared(tmp_path, main)
    files = {function.name: packaged(predict_zip(made, function)) for function in found.functions}
    assert {name: "app.py" in listed or listed for name, listed in files.items()} == {"one": True, "w[two]": {"p/x.py"}}
    assert [str(function.span) for function in found.functions] == ["infra/main.tf:5", "infra/main.tf:6"]
    computed = main.replace("items = {", "items = var.all == null ? null : {", 1)
    assert "items of the module are computed" in declared(tmp_path / "b", computed)[1].gaps[0].reason


def test_a_runtime_that_is_computed_is_python_when_the_handler_is(tmp_path: Path) -> None:
    main = (MODULE % 'source_path = { path = "../src", prefix_in_zip = "in" }').replace('"python3.12"', "var.runtime")
    assert len(declared(tmp_path, main.replace("app.handler", "in/app.handler"))[1].functions) == 1
    assert declared(tmp_path / "b", main.replace("app.handler", "index.handler"))[1].functions == ()
    renamed = (ARCHIVE % 'source {\n content = file("../src/app.py")\n filename = "index.py"\n }').replace(
        '"python3.12"', "var.r"
    )
    assert len(declared(tmp_path / "c", renamed)[1].functions) == 1


def test_a_copy_of_the_module_is_the_module(tmp_path: Path) -> None:
    copy = 'data "external" "archive_prepare" {}\nresource "aws_lambda_function" "this" {\n handler = var.handler\n}\n'
    main = (MODULE % 'source_path = "../src"').replace("terraform-aws-modules/lambda/aws", "../modules/lambda")
    assert "app.py" in packaged(one(tmp_path, main, **{"modules/lambda/main.tf": copy})[1])


@pytest.mark.parametrize(
    ("environment", "known"),
    [
        ("", True),
        ('environment {\n variables = { A = "1", B = var.x }\n }', True),
        ("environment {\n variables = var.x\n }", False),
        ('environment {\n variables = merge(var.x, { A = "1" })\n }', False),
        ('environment {\n variables = merge({ B = "" }, { A = "1" })\n }', True),
        ('environment {\n variables = { (var.x) = "1" }\n }', False),
        ('dynamic "environment" {\n for_each = var.x\n content {\n variables = environment.value\n }\n }', False),
        ("lifecycle {\n ignore_changes = [environment]\n }", False),
    ],
)
def test_the_environment_is_known_where_every_name_is(tmp_path: Path, environment: str, known: bool) -> None:
    main = (ARCHIVE % 'source_dir = "../src"').replace("runtime       =", f"{environment}\n runtime =")
    function, _ = one(tmp_path, main)
    assert function.environment_known is known
