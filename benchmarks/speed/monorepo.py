"""A realistic monorepo of Lambda functions, the same for the same seed: ten Python files for each function.

Services of five functions share a package of their own.  Most are zip archives built by SAM, with a layer that holds
packages of the whole company; every tenth is a container image that copies some of them.  About half of the Python
files are what handlers reach, the others are tests, scripts and modules that nothing imports any more.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from modules import Module, handler_module, library_module, module_test
from others import other_files
from snippets import NOUNS, VERBS

FUNCTIONS_PER_SERVICE = 5
_REACHED, _DEAD, _SCRIPTS, _TESTS = 18, 6, 3, 14
_LINES = 105
_IMAGES = 9
_SHARED_MODULES = 4
_LAYER = "layers/common/python"


class Monorepo:
    """Writes the files below ``root``: ``files`` of them, if that is more than the functions alone come to."""

    def __init__(self, root: Path, functions: int, seed: int = 0, files: int = 0) -> None:
        self.root = root
        self.functions = functions
        self.files = files
        self.random = Random(seed)  # noqa: S311 - reproducible on purpose
        self.written = 0
        self.python_files = 0
        self.python_lines = 0

    def write(self) -> None:
        """Write everything."""
        services = -(-self.functions // FUNCTIONS_PER_SERVICE)
        shared = [self._shared(number) for number in range(max(2, services // 8))]
        self._put("README.md", "# Services\n\nEach directory of `services/` is deployed by itself.\n")
        self._put(".gitignore", "__pycache__/\n.aws-sam/\n*.egg-info/\nbuild/\ndist/\n.venv/\n")
        self._put("docs/architecture.md", "# Architecture\n\n" + "Services talk through queues.\n" * 40)
        left = self.functions
        for number in range(services):
            self._service(number, min(left, FUNCTIONS_PER_SERVICE), shared)
            left -= FUNCTIONS_PER_SERVICE
        self._others(services)

    def _others(self, services: int) -> None:
        """Files of other kinds, so that there are as many as are wanted."""
        missing = max(0, self.files - self.written)
        for number in range(services):
            count = missing * (number + 1) // services - missing * number // services
            for path, text in other_files(self.random, count):
                self._put(f"services/{_service_name(number)}/{path}", text)

    def _put(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        self.written += 1
        if path.endswith(".py"):
            self.python_files += 1
            self.python_lines += text.count("\n")

    @staticmethod
    def _part(whole: int, functions: int) -> int:
        """A service of fewer functions has fewer modules."""
        return -(-whole * functions // FUNCTIONS_PER_SERVICE)

    def _lines(self) -> int:
        return int(self.random.triangular(40, 260, _LINES * 0.7))

    # -- packages of the whole company ------------------------------------------------------------

    def _shared(self, number: int) -> list[Module]:
        package = f"company_{NOUNS[number % len(NOUNS)]}_{number}"
        self._put(f"{_LAYER}/{package}/__init__.py", f'"""Shared: {package}."""\n')
        made: list[Module] = []
        for index in range(_SHARED_MODULES):
            name = f"{package}.{VERBS[index]}_{number}"
            module, text = library_module(self.random, name, made[-1:], self._lines())
            self._put(f"{_LAYER}/{name.replace('.', '/')}.py", text)
            made.append(module)
        self._put(f"layers/common/tests/test_{package}.py", module_test(self.random, made[-1], False, self._lines()))
        return made

    # -- one service ------------------------------------------------------------------------------

    def _service(self, number: int, functions: int, shared: list[list[Module]]) -> None:
        service = package = _service_name(number)
        base = f"services/{service}"
        is_image = number % 10 == _IMAGES
        used = self.random.sample(shared, min(2, len(shared)))
        source = f"{base}/src"
        self._put(f"{base}/README.md", f"# {service}\n\nDeployed with `sam build && sam deploy`.\n" * 3)
        self._put(f"{source}/requirements.txt", "requests==2.32.3\npydantic>=2,<3\n" if number % 3 else "")
        self._put(f"{base}/samconfig.toml", f'version = 0.1\n[default.deploy.parameters]\nstack_name = "{service}"\n')
        for directory in ("", "/domain", "/handlers", "/legacy"):
            self._put(f"{source}/{package}{directory}/__init__.py", "")
        domain = self._package(
            f"{source}", f"{package}.domain", self._part(_REACHED, functions), [group[-1] for group in used]
        )
        self._package(f"{source}", f"{package}.legacy", self._part(_DEAD, functions), domain[:1])
        handlers = self._handlers(source, package, functions, domain)
        tested = [*((module, True) for module in handlers), *((module, False) for module in reversed(domain))]
        for module, is_handler in tested[: self._part(_TESTS, functions)]:
            short = module.name.rpartition(".")[2]
            text = module_test(self.random, module, is_handler, self._lines())
            self._put(f"{base}/tests/unit/test_{short}.py", text)
        self._put(f"{base}/tests/conftest.py", _CONFTEST)
        for index in range(self._part(_SCRIPTS, functions)):
            _, text = library_module(self.random, f"scripts.migrate_{index}", (), self._lines())
            self._put(f"{base}/scripts/migrate_{index}.py", text)
        if is_image:
            self._put(f"{base}/Dockerfile", _dockerfile(service, package, _short(used)))
        self._put(f"{base}/template.yaml", _template(service, package, functions, is_image))

    def _package(self, source: str, name: str, count: int, outside: list[Module]) -> list[Module]:
        made: list[Module] = []
        for index in range(count):
            letter = name.rpartition(".")[2][0]
            short = f"{self.random.choice(VERBS).strip('_')}_{self.random.choice(NOUNS)}_{letter}{index}"
            own = self.random.sample(made, min(len(made), self.random.randint(1, 3)))
            # The newest is always imported, so that all are reached from the last.
            imported = list(dict.fromkeys([*made[-1:], *own, *(outside if index % 6 == 0 else ())]))
            module, text = library_module(self.random, f"{name}.{short}", imported, self._lines())
            self._put(f"{source}/{module.name.replace('.', '/')}.py", text)
            made.append(module)
        return made

    def _handlers(self, source: str, package: str, functions: int, domain: list[Module]) -> list[Module]:
        made: list[Module] = []
        for index in range(functions):
            module = Module(f"{package}.handlers.handler_{index}", "handler")
            imported = list(dict.fromkeys([domain[-1 - index % len(domain)], *self.random.sample(domain, 2)]))
            text = handler_module(self.random, f"{package}_{index}", imported, f"TABLE_{index}")
            self._put(f"{source}/{module.name.replace('.', '/')}.py", text)
            made.append(module)
        return made


def _service_name(number: int) -> str:
    return f"{NOUNS[number % len(NOUNS)]}_{number:04}"


def _short(groups: list[list[Module]]) -> list[str]:
    return [group[0].name.partition(".")[0] for group in groups]


_CONFTEST = '''"""What all tests of the service share."""

import os

import pytest

for index in range(5):
    os.environ.setdefault(f"TABLE_{index}", "table")


@pytest.fixture
def event():
    return {"Records": [{"body": "{}", "messageId": "1"}]}
'''


def _dockerfile(service: str, package: str, shared: list[str]) -> str:
    copies = "".join(f"COPY layers/common/python/{one} ${{LAMBDA_TASK_ROOT}}/{one}\n" for one in shared)
    return (
        "FROM public.ecr.aws/lambda/python:3.12\n"
        f"COPY services/{service}/src/requirements.txt .\n"
        "RUN pip install --no-cache-dir -r requirements.txt\n"
        f"{copies}COPY services/{service}/src/{package} ${{LAMBDA_TASK_ROOT}}/{package}\n"
        f'CMD ["{package}.handlers.handler_0.handler"]\n'
    )


def _template(service: str, package: str, functions: int, is_image: bool) -> str:
    lines = [
        "AWSTemplateFormatVersion: '2010-09-09'",
        "Transform: AWS::Serverless-2016-10-31",
        f"Description: {service}",
        "",
        "Globals:",
        "  Function:",
        "    Timeout: 30",
        "    MemorySize: 512",
        *([] if is_image else ["    Runtime: python3.12", "    Layers:", "      - !Ref CommonLayer"]),
        "    Environment:",
        "      Variables:",
        "        LOG_LEVEL: INFO",
        "",
        "Resources:",
    ]
    if not is_image:
        lines += [
            "  CommonLayer:",
            "    Type: AWS::Serverless::LayerVersion",
            "    Properties:",
            "      ContentUri: ../../layers/common",
            "      CompatibleRuntimes:",
            "        - python3.12",
        ]
    for index in range(functions):
        lines += _function(service, package, index, is_image)
        lines += [
            f"  Table{index}:",
            "    Type: AWS::Serverless::SimpleTable",
            f"  Queue{index}:",
            "    Type: AWS::SQS::Queue",
            "    Properties:",
            "      VisibilityTimeout: 180",
            "      RedrivePolicy:",
            "        deadLetterTargetArn: !GetAtt DeadLetters.Arn",
            "        maxReceiveCount: 3",
        ]
    lines += ["  DeadLetters:", "    Type: AWS::SQS::Queue", "", "Outputs:"]
    lines += [f"  Function{index}Arn:\n    Value: !GetAtt Function{index}.Arn" for index in range(functions)]
    return "\n".join(lines) + "\n"


def _function(service: str, package: str, index: int, is_image: bool) -> list[str]:
    handler = f"{package}.handlers.handler_{index}.handler"
    lines = [f"  Function{index}:", "    Type: AWS::Serverless::Function"]
    if is_image:
        lines += [
            "    Metadata:",
            f"      Dockerfile: services/{service}/Dockerfile",
            "      DockerContext: ../..",
            "    Properties:",
            "      PackageType: Image",
            "      ImageConfig:",
            f"        Command: [{handler}]",
        ]
    else:
        lines += ["    Properties:", "      CodeUri: src/", f"      Handler: {handler}"]
    return [
        *lines,
        "      Environment:",
        "        Variables:",
        f"          TABLE_{index}: !Ref Table{index}",
        "      Policies:",
        "        - DynamoDBCrudPolicy:",
        f"            TableName: !Ref Table{index}",
        "      Events:",
        "        Messages:",
        "          Type: SQS",
        "          Properties:",
        f"            Queue: !GetAtt Queue{index}.Arn",
        "            BatchSize: 10",
    ]
