from __future__ import annotations

import time
from pathlib import Path

import pytest

from definitions.serverless_projects import HEAD, declared
from vartask.config import Settings
from vartask.engine import check
from vartask.project import Project

ONE = "functions:\n  f:\n    handler: app.handler\n"
DOUBLING = "custom:\n  v0: x\n" + "".join(
    f"  v{at}: ${{self:custom.v{at - 1}}}${{self:custom.v{at - 1}}}\n" for at in range(1, 60)
)
LISTS = "custom:\n" + "".join(
    f"  v{at}: [${{self:custom.v{at + 1}}}, ${{self:custom.v{at + 1}}}]\n" for at in range(60)
)

SERVICES = {
    "a list": "- python\n- service\n",
    "a text": "python",
    "nothing": "",
    "functions that contain themselves": f"{HEAD}functions: &f\n  a: *f\n  handler: python\n",
    "functions that are a number": f"{HEAD}functions: 3\n",
    "functions that are null": f"{HEAD}functions: null\n",
    "a function that is a text": f"{HEAD}functions: {{f: python}}\n",
    "a function that is a list": f"{HEAD}functions: {{f: [python]}}\n",
    "a provider that is a list": f"service: s\nprovider: [python]\n{ONE}",
    "a package that is a text": f"{HEAD}package: all\n{ONE}",
    "patterns that are a text": f"{HEAD}package: {{patterns: '!x', exclude: 3, include: {{a: b}}}}\n{ONE}",
    "patterns that are lists": f"{HEAD}package: {{patterns: [[a], {{b: c}}, null, '']}}\n{ONE}",
    "plugins that are a number": f"{HEAD}plugins: 3\n{ONE}",
    "plugins that hold nothing": f"{HEAD}plugins: [null, {{a: b}}]\n{ONE}",
    "layers that are a text": f"{HEAD}layers: x\nfunctions: {{f: {{handler: a.b, layers: x}}}}\n",
    "layers that are lists": f"{HEAD}functions: {{f: {{handler: a.b, layers: [[x], {{a: b}}, null]}}}}\n",
    "an image that is a list": f"{HEAD}functions: {{f: {{image: [x]}}}}\n",
    "an image that is empty": f"{HEAD}functions: {{f: {{image: {{}}}}}}\n",
    "an environment that is a text": f"{HEAD}functions: {{f: {{handler: a.b, environment: x}}}}\n",
    "values that double": f"{HEAD}{DOUBLING}functions: {{f: {{handler: '${{self:custom.v59}}'}}}}\n",
    "lists that double": f"{HEAD}{LISTS}functions: {{f: {{handler: a.b, environment: '${{self:custom.v0}}'}}}}\n",
    "a variable of nothing": f"{HEAD}functions: {{f: {{handler: '${{self:}}.${{file()}}.${{file(:)}}.${{opt}}'}}}}\n",
    "a variable without an end": f"{HEAD}functions: {{f: {{handler: '${{self:custom.a, ${{opt:b'}}}}\n",
    "brackets": f"{HEAD}functions: {{f: {{handler: '{'${self:' * 500}{'}' * 500}'}}}}\n",
    "a service that is its own part": f"{HEAD}custom: ${{file(serverless.yml):custom}}\n{ONE}",
    "a service that is itself": f"{HEAD}functions: ${{self:}}\n",
    "parameters that are a text": f"{HEAD}params: x\nstages: y\nfunctions: {{f: {{handler: '${{param:a}}'}}}}\n",
    "odd requirements": f"{HEAD}plugins: [serverless-python-requirements]\ncustom: {{pythonRequirements: [x]}}\n{ONE}",
    "odd options": (
        f"{HEAD}plugins: [serverless-python-requirements, serverless-wsgi]\n"
        f"custom: {{pythonRequirements: {{noDeploy: x, fileName: [], zip: {{}}}}, wsgi: x}}\n{ONE}"
    ),
    "patterns of brackets": f"{HEAD}package: {{patterns: ['[', '!{{', '!(', '**(', '{{a..}}', '\\\\', '[^', '!!x', './']}}\n{ONE}",
}


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_in_a_service_file_ends_the_run(tmp_path: Path, name: str) -> None:
    start = time.perf_counter()
    declared(tmp_path, SERVICES[name], "app.py")
    assert check(Project(tmp_path), Settings()).crashes == ()
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize(
    "data", [b"\xff\xfepython", b"service: s\n\0python", b"a: *b python", b"python: " + b"{" * 5000]
)
def test_what_is_no_text_or_no_yaml_is_a_gap(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "serverless.yml").write_bytes(data)
    report = check(Project(tmp_path), Settings())
    assert (report.functions, report.crashes) == ((), ())
    assert [gap.span.path for gap in report.gaps] == ["serverless.yml"]
