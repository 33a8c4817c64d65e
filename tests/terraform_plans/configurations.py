"""Configurations with functions: instances, modules, both syntaxes, override and variable files.

Terraform runs in the root directory; ``options`` are its options beside ``plan``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).with_name("recorded.json")

IMAGE = """\
resource "aws_lambda_function" "f" {
  %s
  function_name = %s
  role          = "arn:aws:iam::123456789012:role/x"
  package_type  = "Image"
  image_uri     = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:1"
  image_config {
    command = %s
  }
}
"""
MODULE = """\
variable "name" {}
variable "command" {
  type    = list(string)
  default = null
}
variable "settings" {
  type    = object({ prefix = optional(string, "p"), env = optional(map(string), {}) })
  default = {}
}
resource "aws_lambda_function" "f" {
  function_name = "${var.settings.prefix}-${var.name}"
  role          = "arn:aws:iam::123456789012:role/x"
  package_type  = "Image"
  image_uri     = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:1"
  dynamic "image_config" {
    for_each = var.command == null ? [] : [var.command]
    content {
      command = image_config.value
    }
  }
  dynamic "environment" {
    for_each = length(var.settings.env) > 0 ? [1] : []
    content {
      variables = var.settings.env
    }
  }
}
output "name" {
  value = aws_lambda_function.f.function_name
}
"""


@dataclass(frozen=True)
class Configuration:
    """The files of a root module, and the options that Terraform is given."""

    files: Mapping[str, str]
    options: tuple[str, ...] = ()

    def write(self, root: Path) -> None:
        """Put the files there."""
        for name, text in self.files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")


def _main(text: str, **files: str) -> Configuration:
    return Configuration({"main.tf": text, **{name.replace("__", "/"): one for name, one in files.items()}})


CONFIGURATIONS = {
    "for_each over a map": _main(
        'locals {\n  all = { a = { h = "a.f" }, b = { h = "b.f" } }\n}\n'
        + IMAGE % ("for_each = local.all", "each.key", "[each.value.h]")
    ),
    "for_each over a set": _main(IMAGE % ('for_each = toset(["x", "y"])', '"n-${each.value}"', '["${each.key}.f"]')),
    "for_each with a condition": _main(
        'variable "all" {\n  default = { a = true, b = false, c = true }\n}\n'
        + IMAGE % ("for_each = { for k, on in var.all : k => upper(k) if on }", "each.value", '["${each.key}.f"]')
    ),
    "count": _main(
        IMAGE % ("count = length(local.h)", '"f${count.index}"', "[local.h[count.index]]")
        + 'locals {\n  h = ["a.f", "b.f"]\n}\n'
    ),
    "count of nothing": _main(
        'variable "on" {\n  default = false\n}\n' + IMAGE % ("count = var.on ? 1 : 0", '"f"', '["a.f"]')
    ),
    "for_each over files": Configuration(
        {
            "main.tf": IMAGE
            % (
                'for_each = toset([for f in fileset("../src", "*/app.py") : dirname(f)])',
                "each.key",
                '["${each.key}.app.f"]',
            ),
            "../src/one/app.py": "",
            "../src/two/app.py": "",
            "../src/three/other.py": "",
        }
    ),
    "for_each over decoded YAML": _main(
        IMAGE
        % (
            'for_each = { for f in yamldecode(file("f.yaml")).functions : f.name => f }',
            "each.key",
            "each.value.command",
        ),
        **{"f.yaml": "functions:\n  - name: a\n    command: [x.f]\n  - {name: b, command: [y.f]}\n"},
    ),
    "modules": Configuration(
        {
            "main.tf": 'module "one" {\n  source = "./m"\n  name = "one"\n  command = ["a.f"]\n}\n'
            'module "many" {\n  source = "./m"\n  for_each = { x = "x.f", y = null }\n  name = each.key\n'
            "  command = each.value == null ? null : [each.value]\n"
            '  settings = { prefix = "q", env = { A = "1", B = each.key } }\n}\n',
            "m/main.tf": MODULE,
        }
    ),
    "modules in modules": Configuration(
        {
            "main.tf": 'module "outer" {\n  source = "./outer"\n  names = ["a", "b"]\n}\n',
            "outer/main.tf": 'variable "names" {}\nmodule "inner" {\n  source = "../m"\n  count = length(var.names)\n'
            '  name = var.names[count.index]\n  command = ["${var.names[count.index]}.f"]\n}\n',
            "m/main.tf": MODULE,
        }
    ),
    "one module decides about another": Configuration(
        {
            "main.tf": 'module "names" {\n  source = "./names"\n}\nmodule "f" {\n  source = "./m"\n'
            '  for_each = toset(module.names.all)\n  name = each.key\n  command = ["${each.key}.f"]\n}\n',
            "names/main.tf": 'output "all" {\n  value = ["a", "b"]\n}\n',
            "m/main.tf": MODULE,
        }
    ),
    "variable files": Configuration(
        {
            "main.tf": 'variable "h" {\n  default = "default.f"\n}\nvariable "n" {}\n'
            + IMAGE % ("", "var.n", "[var.h]"),
            "terraform.tfvars": 'h = "a.f"\nn = "a"\n',
            "terraform.tfvars.json": '{"h": "b.f"}',
            "b.auto.tfvars": 'h = "c.f"\n',
            "a.auto.tfvars.json": '{"h": "d.f", "n": "d"}',
        }
    ),
    "override files": Configuration(
        {
            "main.tf": IMAGE % ("timeout = 3", '"f"', '["a.f"]') + 'locals {\n  x = "1"\n}\n',
            "override.tf": 'resource "aws_lambda_function" "f" {\n  function_name = "o-${local.x}"\n}\n',
            "z_override.tf": 'resource "aws_lambda_function" "f" {\n  image_config {\n    entry_point = ["/e"]\n  }\n}\nlocals {\n  x = "2"\n}\n',
        }
    ),
    "JSON": Configuration(
        {
            "main.tf.json": json.dumps(
                {
                    "locals": {"h": {"a": "a.f", "b": "b.f"}},
                    "resource": {
                        "aws_lambda_function": {
                            "f": {
                                "for_each": "${local.h}",
                                "function_name": "j-${each.key}",
                                "role": "arn:aws:iam::123456789012:role/x",
                                "package_type": "Image",
                                "image_uri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:1",
                                "image_config": {"command": ["${each.value}"]},
                                "environment": [{"variables": {"K": "$${no}", "L": "${upper(each.key)}"}}],
                            }
                        }
                    },
                }
            )
        }
    ),
    "heredocs": _main(
        IMAGE % ("", '"f"', '[trimspace(local.h), join("", split("\\n", local.i))]')
        + "locals {\n  h = <<-EOT\n      a.f\n\n  EOT\n  i = <<EOT\nb.\nf\nEOT\n}\n"
    ),
}


def recorded() -> dict[str, Any]:
    """What was planned, by configuration: the functions by address."""
    found: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found
