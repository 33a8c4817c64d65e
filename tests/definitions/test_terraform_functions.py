from __future__ import annotations

from pathlib import Path

import pytest

from definitions.packages import part
from vartask.config import Settings
from vartask.definitions import terraform
from vartask.definitions._unread import unread
from vartask.model import Declared, Function, Image, LocalLayer, UnknownLayer, Zip
from written import project


def find(root: Path, main: str, **files: str) -> Declared:
    texts = {name.replace("__", "/"): text for name, text in files.items()}
    return terraform.find(project(root, {"infra/main.tf": main, **texts}), Settings())


def commands(found: Declared) -> dict[str, list[str]]:
    return {
        one.name: [word.value for word in one.artifact.command or ()]
        for one in found.functions
        if isinstance(one.artifact, Image)
    }


def package(function: Function) -> Zip:
    assert isinstance(function.artifact, Zip)
    return function.artifact


IMAGE = """\
    resource "aws_lambda_function" "f" {
      function_name = "QueryTool"
      package_type  = "Image"
      image_uri     = "${aws_ecr_repository.api.repository_url}:latest"
      architectures = ["arm64"]
      image_config {
        command           = ["src.query.handler"]
        entry_point       = ["/lambda-entrypoint.sh"]
        working_directory = "/var/task"
      }
      environment {
        variables = { A = "1", B = aws_s3_bucket.b.id }
      }
    }
    resource "aws_ecr_repository" "api" {
      name = "api"
    }
"""


def test_an_image_function_is_read_with_the_place_of_every_override(tmp_path: Path) -> None:
    (found,) = find(tmp_path, IMAGE).functions
    assert (found.name, str(found.span), found.architecture) == ("QueryTool", "infra/main.tf:1", "arm64")
    assert dict(found.environment) == {"A": "1", "B": None}
    image = found.artifact
    assert isinstance(image, Image)
    assert image.command is not None
    assert (image.command[0].value, image.command[0].span.line, image.command[0].span.column) == (
        "src.query.handler", 7, 26,
    )  # fmt: skip
    assert image.entrypoint is not None
    assert image.entrypoint[0].value == "/lambda-entrypoint.sh"
    assert image.workdir is not None
    assert image.workdir.value == "/var/task"
    assert image.reference == "${registry}/api:latest"


@pytest.mark.parametrize(
    ("each", "command"),
    [
        ('{ one = "a.f", two = "b.f" }', "[each.value]"),
        ('{ one = { handler = "a.f" }, two = { handler = "b.f" } }', "[each.value.handler]"),
        ("local.functions", "[local.handlers[each.key]]"),
        ('toset(["one", "two"])', "[local.handlers[each.value]]"),
        ("{ for k, v in local.handlers : k => { command = [v] } }", "each.value.command"),
        ("{ for f in local.listed : f.name => f }", 'try(each.value.command, ["b.f"])'),
    ],
)
def test_for_each_over_known_keys_gives_each_function_its_own_command(tmp_path: Path, each: str, command: str) -> None:
    main = f"""\
        locals {{
          handlers  = {{ one = "a.f", two = "b.f" }}
          functions = local.handlers
          listed    = [{{ name = "one", command = ["a.f"] }}, {{ name = "two" }}]
        }}
        resource "aws_lambda_function" "f" {{
          for_each      = {each}
          function_name = each.key
          image_uri     = "x:1"
          image_config {{
            command = {command}
          }}
        }}
        """
    assert commands(find(tmp_path, main)) == {"one": ["a.f"], "two": ["b.f"]}


def test_count_gives_as_many_functions_and_none_for_zero(tmp_path: Path) -> None:
    main = """\
        resource "aws_lambda_function" "f" {
          count     = 2
          image_uri = "x:1"
          image_config {
            command = [element(["a.f", "b.f"], count.index)]
          }
        }
        resource "aws_lambda_function" "off" {
          count     = var.enabled ? 1 : 0
          image_uri = "x:1"
        }
        variable "enabled" {
          default = false
        }
        """
    assert commands(find(tmp_path, main)) == {"f[0]": ["a.f"], "f[1]": ["b.f"]}


def test_a_computed_command_is_unknown_and_never_the_images_own(tmp_path: Path) -> None:
    main = """\
        variable "command" {}
        resource "aws_lambda_function" "f" {
          image_uri = "x:1"
          image_config {
            command = var.command
          }
        }
        """
    (found,) = find(tmp_path, main).functions
    assert found.handler_reason == "the command is computed: command = ${var.command}"


def test_a_dynamic_image_config_and_null_are_understood(tmp_path: Path) -> None:
    module = """\
        variable "command" {
          type    = list(string)
          default = null
        }
        resource "aws_lambda_function" "this" {
          function_name = "fixed"
          image_uri     = "x:1"
          dynamic "image_config" {
            for_each = var.command == null ? [] : [var.command]
            content {
              command = image_config.value
            }
          }
        }
        """
    main = 'module "a" {\n  source = "./m"\n  command = ["a.f"]\n}\nmodule "b" {\n  source = "./m"\n}\n'
    found = find(tmp_path, main, infra__m__main_tf="", **{"infra/m/main.tf": module})
    read = [one.artifact.command for one in found.functions if isinstance(one.artifact, Image)]
    assert [None if words is None else words[0].value for words in read] == ["a.f", None]
    assert [one.handler_reason for one in found.functions] == [None, None]


MODULE = """\
    variable "command" {}
    variable "settings" {
      type = object({ arch = optional(string, "arm64"), entry = optional(list(string)) })
      default = {}
    }
    resource "aws_lambda_function" "this" {
      function_name = "${var.unknown}-x"
      image_uri     = "x:1"
      architectures = [var.settings.arch]
      image_config {
        command     = var.command
        entry_point = var.settings.entry
      }
    }
"""


def test_a_module_that_is_called_several_times_is_as_many_functions_declared_at_the_calls(tmp_path: Path) -> None:
    main = """\
        module "ingest" {
          source  = "../modules/function"
          command = ["src.ingest.handler"]
        }
        module "many" {
          source   = "../modules/function"
          for_each = { x = "x.f", y = "y.f" }
          command  = [each.value]
        }
        """
    found = find(tmp_path, main, **{"modules/function/main.tf": MODULE})
    assert commands(found) == {"ingest": ["src.ingest.handler"], "many[x]": ["x.f"], "many[y]": ["y.f"]}
    assert [str(one.span) for one in found.functions] == ["infra/main.tf:1", "infra/main.tf:5", "infra/main.tf:5"]
    assert {one.architecture for one in found.functions} == {"arm64"}
    assert {one.handler_reason for one in found.functions} == {None}


def test_outputs_of_modules_carry_the_names_that_they_mention(tmp_path: Path) -> None:
    main = """\
        module "repo" {
          source = "./repo"
        }
        resource "aws_lambda_function" "f" {
          image_uri = "${module.repo.url}:${var.tag}"
        }
        """
    repo = 'resource "aws_ecr_repository" "r" {\n  name = "api"\n}\n'
    repo += 'output "url" {\n  value = aws_ecr_repository.r.repository_url\n}\n'
    (found,) = find(tmp_path, main, **{"infra/repo/main.tf": repo}).functions
    assert isinstance(found.artifact, Image)
    assert found.artifact.reference == "${registry}/api:${var.tag}"


VARIABLE = """\
    variable "handler" {
      default = "default.f"
    }
    resource "aws_lambda_function" "f" {
      image_uri = "x:1"
      image_config {
        command = [var.handler]
      }
    }
"""


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "default.f"),
        ({"infra/terraform.tfvars": 'handler = "auto.f"\n'}, "auto.f"),
        ({"infra/z.auto.tfvars": 'handler = "z.f"\n', "infra/terraform.tfvars": 'handler = "auto.f"\n'}, "z.f"),
        ({"infra/a.auto.tfvars": 'handler = "a.f"\n', "infra/terraform.tfvars": 'handler = "auto.f"\n'}, "a.f"),
        ({"infra/envs/dev.tfvars": 'other = "x"\n'}, "default.f"),
        ({"infra/envs/dev.tfvars": 'handler = "default.f"\n'}, "default.f"),
        ({"infra/terraform.tfvars.json": '{"handler": "j.f"}'}, "j.f"),
        ({"infra/terraform.tfvars.json": '{"handler": "j.f"}', "infra/terraform.tfvars": 'handler = "h.f"\n'}, "j.f"),
        ({"infra/b.auto.tfvars.json": '{"handler": "b.f"}', "infra/a.auto.tfvars": 'handler = "a.f"\n'}, "b.f"),
        ({"infra/main_override.tf": 'variable "handler" {\n  default = "over.f"\n}\n'}, "over.f"),
        ({"deploy.sh": "TF_VAR_handler=x.f terraform apply\n"}, None),
        ({"deploy.sh": "TF_VAR_handler=x.f terraform apply\n", "infra/terraform.tfvars": 'handler = "h.f"\n'}, "h.f"),
        ({"deploy.sh": "terraform apply -var handler=x\n", "infra/terraform.tfvars": 'handler = "h.f"\n'}, None),
        ({"live/terragrunt.hcl": 'inputs = {\n  handler = "x.f"\n}\n'}, None),
    ],
)
def test_variables_get_the_values_that_terraform_gives_them(
    tmp_path: Path, files: dict[str, str], expected: str | None
) -> None:
    (found,) = find(tmp_path, VARIABLE, **files).functions
    assert isinstance(found.artifact, Image)
    assert (found.artifact.command[0].value if found.artifact.command else None) == expected
    assert (found.handler_reason is None) is (expected is not None)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # Whoever runs it without a file gets the default, and whether anybody does is unknown.
        ({"infra/envs/dev.tfvars": 'handler = "dev.f"\n'}, ["dev.f", None]),
        (
            {"infra/dev.tfvars": 'handler = "dev.f"\n', "infra/prd.tfvars": 'handler = "prd.f"\n'},
            ["dev.f", "prd.f", None],
        ),
        ({"infra/prd.tfvars": 'handler = "prd.f"\n', "infra/terraform.tfvars": 'handler = "a.f"\n'}, ["prd.f", None]),
        ({"infra/example.tfvars": 'handler = "your.handler"\n'}, [None]),
        ({"vars/dev.tfvars": 'handler = "dev.f"\n'}, ["dev.f", None]),
        ({"vars/dev.tfvars": 'handler = "dev.f"\nother = 1\n'}, ["default.f"]),
        ({"infra/dev.tfvars.json": '{"handler": "dev.f"}'}, ["dev.f", None]),
        (dict.fromkeys([f"infra/{n}.tfvars" for n in range(2)], "region = 1\n"), ["default.f"]),
        ({f"infra/{n}.tfvars": f'handler = "h{n}.f"\n' for n in range(20)}, [None]),
    ],
)
def test_every_variable_file_is_one_way_to_deploy(
    tmp_path: Path, files: dict[str, str], expected: list[str | None]
) -> None:
    images = [one.artifact for one in find(tmp_path, VARIABLE, **files).functions if isinstance(one.artifact, Image)]
    read = [image.command[0].value if image.command else None for image in images]
    assert sorted(read, key=str) == sorted(expected, key=str)


def test_required_variables_have_no_way_without_a_file(tmp_path: Path) -> None:
    files = {"infra/a.tfvars": 'handler = "a.f"\n', "infra/b.tfvars": 'handler = "b.f"\n'}
    found = find(tmp_path, VARIABLE.replace('default = "default.f"', ""), **files)
    assert [one.handler_reason for one in found.functions] == [None, None]


def test_override_files_replace_arguments_and_nested_blocks(tmp_path: Path) -> None:
    override = """\
        resource "aws_lambda_function" "f" {
          function_name = "other"
          image_config {
            command = ["new.f"]
          }
        }
        """
    found = find(tmp_path, IMAGE, **{"infra/override.tf": override})
    assert commands(found) == {"other": ["new.f"]}
    assert isinstance(found.functions[0].artifact, Image)
    assert found.functions[0].artifact.entrypoint is None
    assert dict(found.functions[0].environment) == {"A": "1", "B": None}


def test_opentofu_reads_its_own_file_instead_of_its_twin(tmp_path: Path) -> None:
    tofu = IMAGE.replace("src.query.handler", "src.tofu.handler")
    assert commands(find(tmp_path, IMAGE, **{"infra/main.tofu": tofu})) == {"QueryTool": ["src.tofu.handler"]}
    assert commands(find(tmp_path / "x", "", **{"b/main.tofu": IMAGE})) == {"QueryTool": ["src.query.handler"]}


ARCHIVE = """\
    data "archive_file" "z" {
      type        = "zip"
      source_dir  = "${path.module}/../src"
      output_path = "out.zip"
      %s
    }
    resource "aws_lambda_function" "f" {
      function_name    = "f"
      runtime          = "python3.12"
      handler          = "app.handler"
      filename         = data.archive_file.z.output_path
    }
"""


def test_a_zip_is_the_directory_that_its_archive_is_made_of(tmp_path: Path) -> None:
    (found,) = find(tmp_path, ARCHIVE % "", src__app_py="", **{"src/app.py": ""}).functions
    assert package(found).source == "src"
    assert found.handler is not None
    assert (found.handler.value, str(found.handler.span), found.runtime) == (
        "app.handler",
        "infra/main.tf:10",
        "python3.12",
    )


def test_a_filename_that_an_archive_writes_is_that_archive(tmp_path: Path) -> None:
    main = (ARCHIVE % "").replace("data.archive_file.z.output_path", '"${path.module}/out.zip"')
    (found,) = find(tmp_path, main, **{"src/app.py": ""}).functions
    assert package(found).source == "src"


def test_an_upload_to_s3_is_followed_to_its_archive(tmp_path: Path) -> None:
    main = (ARCHIVE % "").replace("filename         = data.archive_file.z.output_path", "s3_key = aws_s3_object.o.key")
    main += 'resource "aws_s3_object" "o" {\n  key = "x.zip"\n  source = data.archive_file.z.output_path\n}\n'
    (found,) = find(tmp_path, main, **{"src/app.py": ""}).functions
    assert package(found).source == "src"


def test_a_single_file_is_the_package(tmp_path: Path) -> None:
    main = (ARCHIVE % "").replace("source_dir  = ", "source_file = ").replace("/../src", "/../src/app.py")
    (found,) = find(tmp_path, main, **{"src/app.py": ""}).functions
    assert package(found).source == "src/app.py"


def test_archives_of_for_each_belong_to_the_function_of_the_same_key(tmp_path: Path) -> None:
    main = """\
        locals {
          names = toset(["a", "b"])
        }
        data "archive_file" "z" {
          for_each    = local.names
          type        = "zip"
          source_dir  = "../src/${each.key}"
          output_path = "${each.key}.zip"
        }
        resource "aws_lambda_function" "f" {
          for_each      = local.names
          function_name = each.key
          runtime       = "python3.12"
          handler       = "app.handler"
          filename      = data.archive_file.z[each.key].output_path
        }
        """
    found = find(tmp_path, main, **{"src/a/app.py": "", "src/b/app.py": ""})
    assert {one.name: package(one).source for one in found.functions} == {"a": "src/a", "b": "src/b"}


@pytest.mark.parametrize(
    ("replaced", "by", "reason"),
    [
        ("../src", "../build", "build does not exist: a build step makes it"),
        ("../src", "../dist", "dist is ignored by git: a build step makes it"),
        ('"${path.module}/../src"', "var.where", "the source_dir ${var.where} cannot be known"),
        (
            "data.archive_file.z.output_path",
            '"ready.zip"',
            "the package ready.zip is made outside of the configuration",
        ),
        ("data.archive_file.z.output_path", "module.x.path", "the package ${module.x.path} is made outside"),
        (
            'source_dir  = "${path.module}/../src"',
            "depends_on = [null_resource.b]",
            "nothing says what the archive holds",
        ),
    ],
)
def test_a_package_that_is_not_in_the_repository_says_why(tmp_path: Path, replaced: str, by: str, reason: str) -> None:
    files = {"src/app.py": "", ".gitignore": "dist\n", "dist/app.py": ""}
    (found,) = find(tmp_path, (ARCHIVE % "").replace(replaced, by), **files).functions
    assert package(found).source is None
    assert str(package(found).reason).startswith(reason)


def test_layers_of_the_project_are_told_from_others(tmp_path: Path) -> None:
    main = (ARCHIVE % "").replace(
        'function_name    = "f"',
        'function_name = "f"\n      layers = [aws_lambda_layer_version.l.arn, "arn:aws:lambda:eu-west-1:1:layer:x:1"]',
    )
    main += """\
    data "archive_file" "l" {
      type        = "zip"
      source_dir  = "../layer"
      output_path = "layer.zip"
    }
    resource "aws_lambda_layer_version" "l" {
      layer_name = "shared"
      filename   = data.archive_file.l.output_path
    }
"""
    (found,) = find(tmp_path, main, **{"src/app.py": "", "layer/python/x.py": ""}).functions
    local, other = found.layers
    assert isinstance(local, LocalLayer)
    assert (local.name, local.package.source, part(local.package).into) == ("shared", "layer", "")
    assert isinstance(other, UnknownLayer)


@pytest.mark.parametrize("runtime", ["nodejs20.x", "provided.al2023", "java21"])
def test_other_runtimes_are_not_ours(tmp_path: Path, runtime: str) -> None:
    assert find(tmp_path, (ARCHIVE % "").replace("python3.12", runtime), **{"src/app.py": ""}) == Declared()


def test_a_computed_runtime_is_python_when_the_handler_is_a_python_file_and_else_a_gap(tmp_path: Path) -> None:
    main = (ARCHIVE % "").replace('"python3.12"', "var.runtime")
    assert [one.runtime for one in find(tmp_path, main, **{"src/app.py": ""}).functions] == [None]
    (tmp_path / "src" / "app.py").rename(tmp_path / "src" / "other.py")
    found = find(tmp_path, main)
    assert found.functions == ()
    assert "runtime is computed" in found.gaps[0].reason


@pytest.mark.parametrize("ignored", ["[filename, source_code_hash]", "all", "[tags, s3_key]"])
def test_a_package_that_is_replaced_later_is_only_a_placeholder(tmp_path: Path, ignored: str) -> None:
    main = (ARCHIVE % "").rstrip().removesuffix("}") + f"  lifecycle {{\n    ignore_changes = {ignored}\n  }}\n}}\n"
    (found,) = find(tmp_path, main, **{"src/app.py": ""}).functions
    assert package(found).source is None
    assert "ignore_changes" in str(package(found).reason)


def test_an_image_that_is_pushed_later_keeps_its_command_unless_that_is_ignored_too(tmp_path: Path) -> None:
    main = IMAGE.replace("architectures", "lifecycle {\n ignore_changes = [image_uri, tags]\n }\n architectures")
    assert find(tmp_path, main).functions[0].handler_reason is None
    found = find(tmp_path, main.replace("image_uri, tags", "image_config[0].command"))
    assert "ignore_changes" in str(found.functions[0].handler_reason)


def test_the_community_module_starts_images_with_its_own_command(tmp_path: Path) -> None:
    main = """\
        module "f" {
          source               = "terraform-aws-modules/lambda/aws"
          version              = "~> 7.0"
          function_name        = "f"
          create_package       = false
          package_type         = "Image"
          image_uri            = module.image.image_uri
          image_config_command = ["app.handler"]
        }
        module "image" {
          source      = "terraform-aws-modules/lambda/aws//modules/docker-build"
          source_path = "../svc"
        }
        module "layer" {
          source       = "terraform-aws-modules/lambda/aws"
          create_layer = true
        }
        """
    found = find(tmp_path, main, **{"svc/Dockerfile": "FROM scratch\n"})
    assert commands(found) == {"f": ["app.handler"]}
    assert isinstance(found.functions[0].artifact, Image)
    assert (found.functions[0].artifact.dockerfile, found.functions[0].artifact.context) == ("svc/Dockerfile", "svc")


def test_a_module_from_elsewhere_that_looks_like_a_function_is_a_gap(tmp_path: Path) -> None:
    main = 'module "f" {\n  source = "acme/lambda/aws"\n  handler = "a.f"\n}\n'
    found = find(tmp_path, main)
    assert found.functions == ()
    assert str(found.gaps[0].span) == "infra/main.tf:1"


def test_terraform_in_json_is_read_with_places(tmp_path: Path) -> None:
    text = """\
        {
          "//": "generated",
          "locals": {"handlers": {"a": "pkg.a.f"}},
          "variable": {"entry": {"type": "list(string)", "default": ["/x"]}},
          "resource": {
            "aws_lambda_function": {
              "f": [
                {
                  "for_each": "${local.handlers}",
                  "function_name": "${each.key}-x",
                  "image_uri": "x:1",
                  "image_config": {
                    "command": ["${each.value}"],
                    "entry_point": "${var.entry}"
                  },
                  "environment": [{"variables": {"A": "1"}}]
                }
              ]
            }
          }
        }
        """
    found = find(tmp_path, "", **{"infra/cdk.tf.json": text, "other.tf.json": "{}"})
    assert commands(found) == {"a-x": ["pkg.a.f"]}
    (function,) = found.functions
    assert str(function.span) == "infra/cdk.tf.json:7"
    assert dict(function.environment) == {"A": "1"}
    assert isinstance(function.artifact, Image)
    assert function.artifact.entrypoint is not None
    assert function.artifact.entrypoint[0].value == "/x"


def test_json_that_is_broken_is_a_gap_with_its_place(tmp_path: Path) -> None:
    found = find(tmp_path, "", **{"a/x.tf.json": '{"resource": {"aws_lambda_function": {"f": }}}'})
    assert [str(gap.span) for gap in found.gaps] == ["a/x.tf.json:1"]


def test_units_of_terragrunt_are_gaps_and_their_inputs_doubts(tmp_path: Path) -> None:
    unit = 'terraform {\n  source = "../modules//lambda"\n}\ninputs = {\n  handler = "x.f"\n}\n'
    made = project(
        tmp_path, {"modules/lambda/main.tf": VARIABLE, "live/terragrunt.hcl": unit, "live/vpc/terragrunt.hcl": ""}
    )
    assert [str(gap.span) for gap in unread(made)] == ["live/terragrunt.hcl:1"]
    assert [one.handler_reason is None for one in terraform.find(made, Settings()).functions] == [False]


def test_a_file_with_an_error_is_a_gap_and_the_rest_is_read(tmp_path: Path) -> None:
    found = find(tmp_path, IMAGE + 'resource "x" "y" {\n  a = = 1\n}\n')
    assert [one.name for one in found.functions] == ["QueryTool"]
    assert len(found.gaps) == 1


@pytest.mark.parametrize(
    "main", ["\0", "aws_lambda_function }{", 'module "a" {\n  source = "./"\n}\n# aws_lambda_function\n']
)
def test_no_input_breaks_the_reader(tmp_path: Path, main: str) -> None:
    assert find(tmp_path, main).functions == ()


def test_locals_and_modules_that_refer_to_each_other_in_a_circle_end(tmp_path: Path) -> None:
    main = """\
        locals {
          a = local.b
          b = local.a
        }
        module "m" {
          source = "./m"
          x      = module.m.y
        }
        resource "aws_lambda_function" "f" {
          image_uri = "${local.a}${module.m.y}"
        }
        """
    m = 'variable "x" {}\noutput "y" {\n  value = var.x\n}\nmodule "again" {\n  source = "../m"\n}\n'
    assert [one.name for one in find(tmp_path, main, **{"infra/m/main.tf": m}).functions] == ["f"]


def test_what_one_module_gives_may_decide_about_the_instances_of_another(tmp_path: Path) -> None:
    main = """\
        module "many" {
          source   = "./m"
          for_each = toset(module.names.list)
          command  = ["${each.key}.f"]
        }
        module "names" {
          source = "./n"
          count  = module.circle.on ? 0 : 1
        }
        module "circle" {
          source = "./n"
          count  = length(module.names)
        }
        """
    names = 'output "list" {\n  value = ["a", "b"]\n}\n'
    files = {"infra/m/main.tf": MODULE, "infra/n/main.tf": names}
    assert len(find(tmp_path, main, **files).functions) == 2, "a circle ends"
    known = find(tmp_path / "b", main.replace("count  = module.circle.on ? 0 : 1", ""), **files)
    assert commands(known) == {"many[a]": ["a.f"], "many[b]": ["b.f"]}


def test_chains_of_modules_longer_than_the_stack_end(tmp_path: Path) -> None:
    calls = "".join(f'module "m{n}" {{\n  source = "./m"\n  x = module.m{n + 1}.y\n}}\n' for n in range(400))
    main = calls + 'resource "aws_lambda_function" "f" {\n  image_uri = module.m0.y\n}\n'
    m = 'variable "x" {}\noutput "y" {\n  value = var.x\n}\n'
    assert [one.name for one in find(tmp_path, main, **{"infra/m/main.tf": m}).functions] == ["f"]


def test_values_that_double_each_other_end_as_unknown(tmp_path: Path) -> None:
    texts = "\n".join(f'  t{n} = "${{local.t{n - 1}}}${{local.t{n - 1}}}"' for n in range(1, 60))
    lists = "\n".join(f"  l{n} = [local.l{n - 1}, local.l{n - 1}]" for n in range(1, 60))
    loops = '  m = [for a in local.n : [for b in local.n : [for c in local.n : "${a}${b}${c}"]]]'
    numbers = ", ".join(str(n) for n in range(1000))
    main = f'locals {{\n  t0 = "x"\n  l0 = ["x"]\n  n = [{numbers}]\n{texts}\n{lists}\n{loops}\n}}\n'
    main += """\
        resource "aws_lambda_function" "f" {
          image_uri = local.t59
          image_config {
            command = concat(flatten(local.l59), local.m)
          }
        }
        """
    (found,) = find(tmp_path, main).functions
    assert found.handler_reason is not None


def test_modules_that_multiply_are_followed_up_to_a_limit(tmp_path: Path) -> None:
    keys = ", ".join(f'"k{n}"' for n in range(50))
    call = f'module "m" {{\n  source = "./%s"\n  for_each = toset([{keys}])\n}}\n'
    files = {"infra/a/main.tf": call % "../b", "infra/b/main.tf": call % "../c", "infra/c/main.tf": IMAGE}
    found = find(tmp_path, call % "a", **files)
    assert len(found.functions) <= 5000
    assert [gap.reason for gap in found.gaps] == ["more than 5000 calls of modules: the others are not followed"]
