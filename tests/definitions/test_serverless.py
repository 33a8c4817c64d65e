from __future__ import annotations

from pathlib import Path

import pytest

from definitions.serverless_projects import HEAD, declared, function
from vartask.model import Image, Span, Text, UnknownLayer, Zip

ONE = "functions:\n  f:\n    handler: app.handler\n"


# -- which files, which functions ---------------------------------------------------------------------


def test_places_are_those_of_the_values(tmp_path: Path) -> None:
    one = function(tmp_path, ONE, "app.py")
    assert one.span == Span("serverless.yml", 5, 3, 5, 4)
    assert one.handler == Text("app.handler", Span("serverless.yml", 6, 14, 6, 25))
    assert (one.name, one.runtime, one.declared_by, one.architecture) == ("f", "python3.12", "serverless", "x86_64")


@pytest.mark.parametrize("path", ["serverless.yaml", "serverless.prod.yml", "svc/serverless.yml", "stacks/api.yml"])
def test_a_service_is_found_by_its_name_or_by_what_it_holds(tmp_path: Path, path: str) -> None:
    assert function(tmp_path, ONE, path=path).name == "f"


def test_json_is_read_too(tmp_path: Path) -> None:
    text = (
        '{"service": "s", "provider": {"name": "aws", "runtime": "python3.9"}, "functions": {"f": {"handler": "a.b"}}}'
    )
    (one,) = declared(tmp_path, text, path="serverless.json").functions
    assert one.runtime == "python3.9"


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  api: {path: api}\n",
        "service: s\nprovider: {name: google, runtime: python37}\nfunctions: {f: {handler: a}}\n",
        "service: s\nprovider: openwhisk\nfunctions: {f: {handler: a.b, runtime: python:3}}\n",
        "service: s\nprovider: {name: aws, runtime: nodejs18.x}\nfunctions: {f: {handler: a.b}}\n",
        "service: s\nprovider: {name: aws}\nfunctions: {f: {handler: a.b}}\n",
        "- python\n",
        "python",
    ],
)
def test_what_is_no_python_function_is_nobodys_business(tmp_path: Path, text: str) -> None:
    found = declared(tmp_path, text)
    assert (found.functions, found.problems, found.gaps) == ((), (), ())


def test_a_functions_runtime_comes_before_the_providers(tmp_path: Path) -> None:
    service = (
        f"{HEAD}functions:\n  a: {{handler: a.b, runtime: nodejs20.x}}\n  c: {{handler: c.d, runtime: python3.9}}\n"
    )
    (one,) = declared(tmp_path, service).functions
    assert (one.name, one.runtime) == ("c", "python3.9")


def test_an_unknown_runtime_is_pythons_when_the_handler_is_a_python_file(tmp_path: Path) -> None:
    head = "service: s\nprovider: {name: aws, runtime: '${opt:runtime}'}\n"
    assert function(tmp_path, ONE, "app.py", head=head).runtime is None


def test_an_unknown_runtime_without_a_python_handler_is_a_gap(tmp_path: Path) -> None:
    head = "service: s\nprovider: {name: aws, runtime: '${opt:runtime}'}\n"
    found = declared(tmp_path, head + ONE)
    assert found.functions == ()
    assert [gap.functions for gap in found.gaps] == [("f",)]


def test_a_service_that_cannot_be_read_is_a_gap_when_it_may_be_pythons(tmp_path: Path) -> None:
    (gap,) = declared(tmp_path, "service: [\nruntime: python3.9\n").gaps
    assert "not read" in gap.reason


def test_a_function_without_handler_and_image_is_a_problem(tmp_path: Path) -> None:
    found = declared(tmp_path, f"{HEAD}functions:\n  f: {{timeout: 3}}\n")
    (problem,) = found.problems
    assert "neither `handler` nor `image`" in problem.message
    assert found.functions[0].handler_reason is not None


def test_functions_may_be_a_list_of_files(tmp_path: Path) -> None:
    service = HEAD + "functions:\n  - ${file(a.yml)}\n  - ${file(b.json)}\n  - c: {handler: c.h}\n"
    files = {"a__yml": "a: {handler: a.h}\n", "b__json": '{"b": {"handler": "b.h"}}'}
    found = declared(tmp_path, service, **files).functions
    assert [(one.name, one.handler and one.handler.value) for one in found] == [
        ("a", "a.h"),
        ("b", "b.h"),
        ("c", "c.h"),
    ]
    assert [one.span.path for one in found] == ["a.yml", "b.json", "serverless.yml"]


def test_a_function_may_be_one_entry_of_a_file(tmp_path: Path) -> None:
    service = HEAD + "functions:\n  f: ${file(./functions.yml):one.f}\n"
    (one,) = declared(tmp_path, service, functions__yml="one:\n  f:\n    handler: x.y\n").functions
    assert one.handler == Text("x.y", Span("functions.yml", 3, 14, 3, 17))


def test_functions_that_a_program_makes_are_a_gap(tmp_path: Path) -> None:
    program = "module.exports = async () => (await fetch(address)).json();\n"
    found = declared(tmp_path, HEAD + "functions: ${file(functions.js)}\n", functions__js=program)
    assert "functions of the service cannot be known" in found.gaps[0].reason


# -- where it is deployed from --------------------------------------------------------------------------


@pytest.mark.parametrize("handler", ["svc/app.handler", "svc.app.handler"])
def test_a_service_is_deployed_from_where_its_handlers_are(tmp_path: Path, handler: str) -> None:
    service = f"{HEAD}functions: {{f: {{handler: {handler}}}}}\n"
    found = declared(tmp_path, service, "svc/app.py", path="svc/serverless.yml")
    (one,) = found.functions
    assert isinstance(one.artifact, Zip)
    assert one.artifact.source == "."
    assert "taken to be deployed from" in found.gaps[0].reason


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("package.json", '{"scripts": {"deploy": "sls deploy --config svc/serverless.yml --stage x"}}'),
        ("Makefile", "deploy:\n\tnpx serverless deploy -c ./svc/serverless.yml\n"),
        (".github/workflows/deploy.yml", "run: sls deploy --config=svc/serverless.yml\n"),
    ],
)
def test_a_script_may_say_where_a_service_is_deployed_from(tmp_path: Path, script: str, text: str) -> None:
    service = f"{HEAD}functions: {{f: {{handler: src/app.handler}}}}\n"
    texts = {script.replace(".", "__"): text}
    found = declared(tmp_path, service, "src/app.py", path="svc/serverless.yml", **texts)
    (one,) = found.functions
    assert isinstance(one.artifact, Zip)
    assert (one.artifact.source, found.gaps) == (".", ())


def test_a_module_that_happens_to_be_above_it_is_none_of_its_handlers(tmp_path: Path) -> None:
    files = ("src/app.py", "svc/lib.py")
    one = function(tmp_path, "functions: {f: {handler: src/app.handler}}\n", *files, path="svc/serverless.yml")
    assert isinstance(one.artifact, Zip)
    assert one.artifact.source == "svc"


def test_its_own_directory_comes_first(tmp_path: Path) -> None:
    files = ("svc/svc/app.py", "svc/app.py")
    one = function(tmp_path, "functions: {f: {handler: svc/app.handler}}\n", *files, path="svc/serverless.yml")
    assert isinstance(one.artifact, Zip)
    assert one.artifact.source == "svc"


# -- values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handler", "value"),
    [
        ("${self:custom.handler}", "app.handler"),
        ("${self:custom.missing, 'app.handler'}", "app.handler"),
        ("${self:custom.missing, self:custom.handler}", "app.handler"),
        ("${opt:handler, 'app.handler'}", "app.handler"),
        ('${env:HANDLER, "app.handler"}', "app.handler"),
        ("${self:custom.stages.${opt:stage, 'dev'}}", "dev.handler"),
        ("${self:custom.stages.${sls:stage}}", "dev.handler"),
        ("${self:custom.stages.${self:provider.stage}}", "dev.handler"),
        ("${sls:stage}/${self:custom.name}.handler", "dev/app.handler"),
        ("${param:handler}", "param.handler"),
        ("${self:custom.list.1}", "two.handler"),
        ("${file(values.yml):handler}", "file.handler"),
        ("${file(./${self:custom.name}.json):deep.handler}", "json.handler"),
        ("${file(missing.yml):handler, 'app.handler'}", "app.handler"),
        ("${file(plain.txt)}", "text.handler"),
        ("${self:custom.anchored.handler}", "app.handler"),
    ],
)
def test_variables_are_resolved(tmp_path: Path, handler: str, value: str) -> None:
    service = HEAD + (
        "params: {dev: {handler: param.handler}, default: {handler: other.handler}}\n"
        "custom:\n  handler: &h app.handler\n  name: app\n  stages: {dev: dev.handler}\n  anchored: {handler: *h}\n"
        "  list: [one.handler, two.handler]\n"
        f"functions:\n  f:\n    handler: {handler}\n"
    )
    files = {"values__yml": "handler: file.handler\n", "app__json": '{"deep": {"handler": "json.handler"}}'}
    (one,) = declared(tmp_path, service, **files, plain__txt="text.handler").functions
    assert one.handler is not None, one.handler_reason
    assert one.handler.value == value


@pytest.mark.parametrize(
    "handler",
    [
        "${opt:handler}",
        "${env:HANDLER}",
        "${param:handler}",
        "${ssm:/handler}",
        "${ssm:/handler, 'app.handler'}",
        "${cf:stack.Handler}",
        "${file(code.js):handler}",
        "${file(../../outside.yml):handler}",
        "${self:custom.loop}",
        "${self:custom.missing}",
        "${self:custom.open",
        "!Sub '${AWS::Region}.handler'",
        "{Ref: X}",
        "[a, b]",
        "'{{ cookiecutter.name }}.handler'",
        "\\${x}.handler",
        "${Stage}.handler",
        "__HANDLER__",
    ],
)
def test_what_the_repository_does_not_say_is_unknown(tmp_path: Path, handler: str) -> None:
    service = f"{HEAD}custom: {{loop: '${{self:custom.loop}}'}}\nfunctions:\n  f:\n    handler: {handler}\n"
    (one,) = declared(tmp_path, service, "code.js").functions
    assert one.handler is None
    assert one.handler_reason


def test_a_file_that_git_ignores_may_be_there_when_the_service_is_deployed(tmp_path: Path) -> None:
    service = HEAD + "functions:\n  f:\n    handler: ${file(secret.yml):handler, 'app.handler'}\n"
    (one,) = declared(tmp_path, service, __gitignore="secret.yml\n").functions
    assert one.handler is None


def test_dotenv_files_are_read_where_the_service_says_so(tmp_path: Path) -> None:
    service = HEAD + "useDotenv: true\nfunctions:\n  f:\n    handler: ${env:HANDLER}\n"
    (one,) = declared(tmp_path, service, __env="HANDLER=app.handler\n").functions
    assert one.handler is not None
    assert one.handler.value == "app.handler"


def test_the_environment_is_the_providers_and_the_functions(tmp_path: Path) -> None:
    one = function(
        tmp_path,
        "functions:\n  f:\n    handler: a.b\n"
        "    environment: {A: own, B: {Ref: T}, C: '${env:C}', D: 1, N: null, E: '${AWS::Region}'}\n",
        head="service: s\nprovider: {name: aws, runtime: python3.12, environment: {A: shared, G: x}}\n",
    )
    assert one.environment == {"A": "own", "B": None, "C": None, "D": "1", "G": "x", "E": "${AWS::Region}"}
    assert one.environment_known


@pytest.mark.parametrize(
    ("extra", "environment"),
    [
        ("plugins: [serverless-dotenv-plugin]\n", "{A: x}"),
        ("", "${file(code.js)}"),
        ("", "${opt:x}"),
        ("", "{Ref: X}"),
    ],
)
def test_an_environment_that_something_else_adds_to_is_not_known(tmp_path: Path, extra: str, environment: str) -> None:
    body = f"{extra}functions:\n  f:\n    handler: a.b\n    environment: {environment}\n"
    program = "module.exports = { A: 'x', ...require('others') };\n"
    (one,) = declared(tmp_path, HEAD + body, code__js=program).functions
    assert not one.environment_known


# -- images ---------------------------------------------------------------------------------------------

ECR = """\
service: s
provider:
  name: aws
  architecture: arm64
  ecr:
    images:
      short: ./app
      long: {path: app, file: api.Dockerfile, buildArgs: {A: '1'}, platform: linux/arm64}
      far: {uri: 000000000000.dkr.ecr.us-east-1.amazonaws.com/x@sha256:0}
"""


def image(tmp_path: Path, value: str) -> Image:
    files = ("app/Dockerfile", "app/api.Dockerfile")
    one = function(tmp_path, f"functions:\n  f:\n    image: {value}\n", *files, head=ECR)
    assert isinstance(one.artifact, Image)
    assert one.architecture == "arm64"
    return one.artifact


def test_an_image_is_built_from_the_providers_list(tmp_path: Path) -> None:
    short = image(tmp_path, "short")
    assert (short.dockerfile, short.context, short.command) == ("app/Dockerfile", "app", None)
    long = image(tmp_path, "{name: long, command: [a.b], entryPoint: [/x, y], workingDirectory: /w}")
    assert (long.dockerfile, long.platform, long.build_args) == ("app/api.Dockerfile", "linux/arm64", {"A": "1"})
    assert long.command is not None
    assert long.entrypoint is not None
    assert long.workdir is not None
    assert ([text.value for text in long.command], long.workdir.value) == (["a.b"], "/w")
    assert [text.value for text in long.entrypoint] == ["/x", "y"]


@pytest.mark.parametrize(
    "value", ["far", "000000000000.dkr.ecr.us-east-1.amazonaws.com/x:1", "{uri: '${env:IMAGE}'}", "missing", "{}"]
)
def test_an_image_from_elsewhere_has_no_dockerfile(tmp_path: Path, value: str) -> None:
    found = image(tmp_path, value)
    assert found.dockerfile is None
    assert found.reference or found.reason


def test_a_command_that_is_computed_is_not_known(tmp_path: Path) -> None:
    one = function(
        tmp_path, "functions: {f: {image: {name: short, command: ['${env:C}']}}}\n", "app/Dockerfile", head=ECR
    )
    assert one.handler_reason


# -- layers ---------------------------------------------------------------------------------------------


def test_layers_that_are_not_the_services_are_named(tmp_path: Path) -> None:
    arn = "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV2:61"
    one = function(tmp_path, f"functions: {{f: {{handler: a.b, layers: [{arn}, '${{ssm:/x}}', !Ref Other]}}}}\n")
    assert [type(layer) for layer in one.layers] == [UnknownLayer] * 3
    assert one.layers[0].name == "AWSLambdaPowertoolsPythonV2"
    assert isinstance(one.layers[0], UnknownLayer)
    assert one.layers[0].distributions == frozenset({"aws-lambda-powertools"})


def test_the_providers_layers_count_where_a_function_has_none(tmp_path: Path) -> None:
    head = "service: s\nprovider: {name: aws, runtime: python3.12, layers: [{Ref: LibLambdaLayer}]}\nlayers: {lib: {path: l}}\n"
    one = function(tmp_path, ONE, "l/python/m.py", head=head)
    assert [layer.name for layer in one.layers] == ["lib"]


# -- programs -------------------------------------------------------------------------------------------

TYPESCRIPT = """\
import type { AWS } from '@serverless/typescript';
import { hello } from './functions';

const service: AWS = {
  service: 'svc',
  provider: { name: 'aws', runtime: 'python3.12', stage: "${opt:stage, 'dev'}", environment: { A: 'x', B: process.env.B } },
  package: { individually: true, patterns: ['!**'] },
  functions: { hello, other: { handler: `src/${name()}.handler`, package: { patterns: ['src/**'] } } },
};

function name(): string { return 'other'; }

module.exports = service;
"""


def test_a_service_may_be_a_program_that_writes_it_out(tmp_path: Path) -> None:
    functions = "export const hello = { handler: 'src/hello.handler', layers: [process.env.LAYER] };\n"
    files = {"functions__ts": functions}
    found = declared(tmp_path, TYPESCRIPT, "src/hello.py", "src/other.py", path="serverless.ts", **files)
    assert found.gaps == ()
    hello, other = sorted(found.functions, key=lambda one: one.name)
    assert hello.handler == Text("src/hello.handler", hello.handler.span if hello.handler else Span(""))
    assert hello.handler is not None
    assert (hello.handler.span.path, hello.handler.span.line) == ("functions.ts", 1)
    assert (other.handler and other.handler.value, other.runtime) == ("src/other.handler", "python3.12")
    assert other.environment == {"A": "x", "B": None}
    assert [type(layer) for layer in hello.layers] == [UnknownLayer]


@pytest.mark.parametrize(
    "text",
    [
        "module.exports = require('framework').make({ runtime: 'python3.12' });\n",
        "module.exports = async () => fetch('python');\n",
        "// python\n",
    ],
)
def test_a_program_that_computes_its_service_is_a_gap(tmp_path: Path, text: str) -> None:
    found = declared(tmp_path, text, path="serverless.js")
    assert found.functions == ()
    assert "computes the service" in found.gaps[0].reason


def test_functions_that_a_program_adds_are_a_gap(tmp_path: Path) -> None:
    text = (
        "module.exports = { service: 's', provider: { name: 'aws', runtime: 'python3.12' },"
        " functions: { ...require('other'), a: { handler: 'app.handler' } } };\n"
    )
    found = declared(tmp_path, text, "app.py", path="serverless.js")
    assert [one.name for one in found.functions] == ["a"]
    assert len(found.gaps) == 1


def test_the_framework_takes_one_file_of_a_directory(tmp_path: Path) -> None:
    found = declared(tmp_path, HEAD + ONE, "app.py", serverless__js="module.exports = 'python';\n")
    assert (len(found.functions), found.gaps) == (1, ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("${file(values.js):handler}", "written.handler"),
        ("${file(values.js):made.handler}", "made.handler"),
        ("${file(values.js):nothing, 'other.handler'}", "other.handler"),
        ("${file(values.js):asked}", None),
        ("${file(whole.js)}", "whole.handler"),
    ],
)
def test_values_of_programs_are_read_where_they_are_written_out(
    tmp_path: Path, value: str, expected: str | None
) -> None:
    service = f"{HEAD}functions:\n  f:\n    handler: {value}\n"
    program = (
        "module.exports.handler = 'written.handler';\n"
        "module.exports.made = async () => ({ handler: 'made.handler' });\n"
        "module.exports.asked = () => process.env.HANDLER;\n"
    )
    files = {"values__js": program, "whole__js": "module.exports = () => 'whole.handler';\n"}
    (one,) = declared(tmp_path, service, "app.py", **files).functions
    assert (one.handler.value if one.handler else None) == expected
    assert one.handler is not None or one.handler_reason


# -- compose --------------------------------------------------------------------------------------------


def test_a_compose_file_names_services_and_gives_them_parameters(tmp_path: Path) -> None:
    compose = "services:\n  api: {path: api, config: infra.yml, params: {module: app, url: '${other.url}'}}\n"
    service = f"{HEAD}functions:\n  a: {{handler: '${{param:module}}.handler'}}\n  b: {{handler: '${{param:url}}'}}\n"
    found = declared(tmp_path, service, "api/app.py", path="api/infra.yml", **{"serverless-compose__yml": compose})
    first, second = found.functions
    assert first.handler is not None
    assert (first.handler.value, first.handler.span.path) == ("app.handler", "api/infra.yml")
    assert second.handler is None


def test_a_compose_file_is_no_service_itself(tmp_path: Path) -> None:
    found = declared(tmp_path, "services:\n  api: {path: gone, runtime: python}\n", path="serverless-compose.yml")
    assert (found.functions, found.gaps) == ((), ())


def test_a_compose_file_that_cannot_be_read_is_a_gap(tmp_path: Path) -> None:
    assert declared(tmp_path, "services: [\n", path="serverless-compose.yml").gaps
