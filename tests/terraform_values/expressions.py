"""What is evaluated, in a small configuration that all expressions share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).with_name("recorded.json")

FILES = {
    "infra/main.tf": """\
variable "env" {
  default = "dev"
}
variable "size" {
  type    = number
  default = 1
}
variable "names" {
  type    = list(string)
  default = ["b", "a"]
}
variable "settings" {
  type = object({ arch = optional(string, "arm64"), entry = optional(list(string)), on = bool })
  default = { on = true }
}
variable "auto" {
  default = "default"
}
variable "json" {
  default = "default"
}
variable "kept" {
  type     = string
  default  = "kept"
  nullable = false
}
locals {
  tags      = { Name = "x-${var.env}", Tier = "web" }
  functions = { one = { handler = "a.f", memory = 128 }, two = { handler = "b.f" } }
  list      = ["a", "b", "c"]
  over      = "base"
  heredoc   = <<-EOT
    first

      second ${var.env}
    third
  EOT
}
module "child" {
  source = "./child"
  name   = local.tags.Name
  kept   = null
}
module "many" {
  source   = "./child"
  for_each = { x = "1", y = "2" }
  name     = each.value
}
""",
    "infra/z_override.tf": 'locals {\n  over = "overridden"\n}\nvariable "size" {\n  default = 7\n}\n',
    "infra/terraform.tfvars": 'auto = "tfvars"\njson = "tfvars"\n',
    "infra/a.auto.tfvars.json": '{"json": "auto json"}',
    "infra/child/main.tf": """\
variable "name" {}
variable "kept" {
  default  = "default of kept"
  nullable = false
}
output "name" {
  value = upper(var.name)
}
output "kept" {
  value = var.kept
}
output "path" {
  value = "${path.module}/x"
}
output "file" {
  value = file("${path.module}/text.txt")
}
""",
    "infra/child/text.txt": "text\n",
    "infra/t.tpl": "Hello ${name}, ${length(list)} and $${not}\n",
    "infra/data.json": '{"handlers": ["x.f", "y.f"], "n": 1.5, "none": null}',
    "infra/data.yaml": "handlers:\n  - x.f\nnested: {a: 1}\n",
    "infra/src/app.py": "",
    "infra/src/pkg/util.py": "",
    "infra/src/pkg/notes.md": "",
    "infra/src/.hidden.py": "",
    "code/main.py": "x = 1\n",
}

EXPRESSIONS = """
var.env
var.size + 1
var.names
var.settings
var.auto
var.json
local.over
local.heredoc
local.tags["Name"]
local.functions.one.handler
module.child.name
module.child.kept
module.child.path
module.child.file
module.many["x"].name
[for k, m in module.many : m.name]
values(module.many)[*].name
path.module
path.root
basename("a/b/c.py")
basename("a/b/")
dirname("a/b/c.py")
dirname("c.py")
dirname("/c.py")
file("../code/main.py")
fileexists("../code/main.py")
templatefile("t.tpl", { name = "x", list = [1, 2] })
fileset("src", "**")
fileset("src", "*.py")
fileset("src", "**/*.py")
fileset("src", "pkg/*")
fileset("src", "*/*.{py,md}")
fileset("src", "nothing*")
fileset(path.module, "src/**/*.md")
jsondecode(file("data.json"))
yamldecode(file("data.yaml"))
jsonencode({ b = [1, "x<&>"], a = null })
jsonencode(1.5)
[for s in var.names : upper(s)]
[for i, s in local.list : "${i}-${s}"]
{ for k, v in local.functions : k => v.handler }
{ for k, v in local.functions : v.handler => k if k != "two" }
{ for s in ["ab", "ac", "bd"] : substr(s, 0, 1) => s... }
[for k, v in { b = 1, a = 2 } : k]
local.functions[*].one.handler
local.list[*]
[{ n = "a" }, { n = "b" }].*.n
var.env == "dev" ? "yes" : "no"
var.size > 3 && var.env != "prd"
!(var.size == 7)
7 / 2
6 / 3
-7 % 3
7 % 3
2 * 3 - 1
1 == "1"
"1" == 1
[1, 2] == [1, 2]
{ a = 1 } == { a = 1 }
"a" == null
"${var.env}-${var.size}-${true}"
"a\\tb\\"c\\u00e9"
"$${x} %%{y}"
try(local.functions.two.memory, 512)
try(local.tags.nothing.at.all, "default")
can(local.functions.one.memory)
can(local.functions.two.memory)
lookup(local.functions.two, "memory", 256)
lookup({ a = 1 }, "a")
coalesce(null, "", "x")
coalesce(null, 5)
coalescelist([], ["a"])
compact(["a", "", null, "b"])
concat(["a"], [], ["b", "c"])
contains(local.list, "b")
contains(["1"], 1)
distinct(["b", "a", "b"])
element(local.list, 4)
flatten([["a"], [["b"], []], "c"])
index(local.list, "b")
keys({ b = 1, a = 2 })
values({ b = 1, a = 2 })
length("héllo")
length({ a = 1 })
length([])
matchkeys(["x", "y"], ["a", "b"], ["b"])
merge({ a = 1, b = 1 }, null, { b = 2 })
merge([{ a = 1 }, { c = 3 }]...)
one([])
one(["a"])
range(3)
range(1, 8, 3)
range(3, 0)
reverse(local.list)
setproduct(["a", "b"], ["c"])
setintersection(["a", "b"], ["b", "c"])
setsubtract(["a", "b"], ["b"])
setunion(["b"], ["a"])
slice(local.list, 1, 3)
sort(["b", "A", "a"])
sum([1, 2.5])
toset(["b", "a", "b"])
{ for k, m in module.many : k => m }
module.child
tolist(toset(["b", "a"]))
zipmap(["a", "b"], [1, 2])
alltrue([true, false])
anytrue([false, true])
alltrue([])
chomp("a\\n\\n")
endswith("abc", "bc")
startswith("abc", "b")
strcontains("abc", "b")
format("%s-%d-%v", "a", 3, true)
format("%03d|%%", 7)
format("%s", "x")
formatlist("%s.py", ["a", "b"])
formatlist("%s-%s", "p", ["a", "b"])
indent(2, "a\\nb")
join(",", ["a", "b"], ["c"])
join("-", [])
lower("ÄB")
upper("äb")
title("hello world_x o'neil")
regex("[a-z]+", "12ab3")
regex("(\\\\d+)-(\\\\w+)", "1-a")
regex("(?P<n>\\\\d+)-(?P<w>\\\\w+)", "1-a")
regexall("[a-z]", "a1b")
can(regex("x", "a"))
replace("a.b.c", ".", "/")
replace("a1b2", "/[0-9]/", "-")
split(",", "a,b")
split(",", "")
strrev("abc")
substr("hello", 1, 3)
substr("hello", -3, -1)
substr("hello", 2, 99)
trim("  x!", " !")
trimprefix("a.py", "a.")
trimsuffix("a.py", ".py")
trimspace("  x\\n")
abs(-3)
ceil(1.2)
floor(1.8)
max(1, 5, 3)
max([1, 2]...)
min(4, 2)
tostring(1.5)
tostring(true)
tonumber("12")
tobool("true")
tolist(["a", 1])
tomap({ a = 1 })
nonsensitive("x")
"${1.0}"
0.1 + 0.2 == 0.3
[for x in [1, 2, 3] : x * 2 if x % 2 == 1]
{ (var.env) = 1 }
{ "a b" : 1, c = 2 }
[[1, 2], [3]][1][0]
local.list[var.size - 6]
(var.env == "dev" ? { a = 1 } : { a = 2 }).a
"a" == "a" ? [] : ["x"]
{ for k, v in local.functions : k => merge({ memory = 1 }, v) }
[for f in fileset("src", "*.py") : trimsuffix(f, ".py")]
toset([for f in fileset("src", "**/*.py") : dirname(f)])
tomap({ for f in fileset("src", "*") : f => basename(f) })
""".strip().splitlines()


def recorded() -> dict[str, Any]:
    """What Terraform answers, by expression."""
    found: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found
