"""Applications of the AWS CDK in Python, one way of writing each, for the comparison with ``cdk synth``."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from textwrap import dedent, indent

HANDLER = "def handler(event, context):\n    return {}\n"
DOCKERFILE = 'FROM public.ecr.aws/lambda/python:3.12\nCOPY app.py ./\nCMD ["app.handler"]\n'
IMPORTS = """\
import os
from aws_cdk import App, Duration, NestedStack, Stack, Stage, aws_lambda as _lambda
from constructs import Construct
"""
CODE = dict.fromkeys(("src/app.py", "src/pkg/__init__.py", "src/pkg/mod.py", "src/.hidden", "src/a/README.md"), HANDLER)


def stack(body: str, head: str = "", files: dict[str, str] | None = None, methods: str = "") -> dict[str, str]:
    """An application of one stack with this body."""
    inner = indent(dedent(body).strip(), " " * 8) + "\n" + indent(dedent(methods), " " * 4)
    program = (
        f"{IMPORTS}\n{dedent(head)}\n\nclass Main(Stack):\n"
        "    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:\n"
        f"        super().__init__(scope, construct_id, **kwargs)\n{inner}\n\napp = App()\n"
        'Main(app, "Main")\napp.synth()\n'
    )
    return {"app.py": program, **CODE, **(files or {})}


FN = 'runtime=_lambda.Runtime.PYTHON_3_12, handler="app.handler"'
SRC = '_lambda.Code.from_asset("src")'

APPS: dict[str, dict[str, str]] = {
    "asset": stack(f'_lambda.Function(self, "Fn", {FN}, code={SRC}, environment={{"A": "1"}})'),
    "path_keyword": stack(f'_lambda.Function(self, "Fn", {FN}, code=_lambda.Code.from_asset(path="./src/"))'),
    "dirname": stack(
        f"""
        here = os.path.dirname(os.path.abspath(__file__))
        _lambda.Function(self, "Fn", {FN}, code=_lambda.Code.from_asset(os.path.join(here, "src", "pkg")))
        """
    ),
    "pathlib": stack(
        f"""
        root = Path(__file__).resolve().parent
        _lambda.Function(self, "Fn", {FN}, code=_lambda.Code.from_asset(str(root / "src")))
        _lambda.Function(self, "G", {FN}, code=_lambda.Code.from_asset(root.joinpath("src", "pkg").as_posix()))
        """,
        "from pathlib import Path",
    ),
    "list_loop": stack(
        f"""
        for name in ["one", "two", "three"]:
            _lambda.Function(
                self, f"{{name}}-fn", runtime=_lambda.Runtime.PYTHON_3_11, handler=f"{{name}}.handler", code={SRC},
                environment={{"NAME": name.upper()}},
            )
        """
    ),
    "dict_loop": stack(
        """
        for name, settings in FUNCTIONS.items():
            _lambda.Function(
                self, name, runtime=_lambda.Runtime.PYTHON_3_12, handler=settings["handler"],
                code=_lambda.Code.from_asset(settings.get("path", "src")), memory_size=settings["memory"],
            )
        """,
        'FUNCTIONS = {"A": {"handler": "app.handler", "memory": 128},'
        ' "B": {"handler": "mod.handler", "memory": 256, "path": "src/pkg"}}',
    ),
    "helper_function": stack(
        """
        make(self, "One")
        make(self, "Two", handler="pkg.mod.handler")
        make(self, "Three", runtime=_lambda.Runtime.PYTHON_3_13, A="1")
        """,
        f"""
        def make(scope, name, handler="app.handler", runtime=_lambda.Runtime.PYTHON_3_12, **variables):
            return _lambda.Function(scope, name, runtime=runtime, handler=handler, code={SRC}, environment=variables)
        """,
    ),
    "helper_method": stack(
        """
        self.prefix = "X"
        self.first = self._make("Fn", "app")
        self._make("G", module="pkg.mod").add_environment("B", "2")
        """,
        methods=f"""
        def _make(self, name, module):
            return _lambda.Function(self, self.prefix + name, runtime=self._runtime(), handler=f"{{module}}.handler",
                                    code={SRC}, environment={{"A": self.prefix}})

        @staticmethod
        def _runtime():
            return _lambda.Runtime.PYTHON_3_12
        """,
    ),
    "subclass": stack(
        """
        PythonLambda(self, "Fn", handler="app.handler")
        PythonLambda(self, "G", handler="pkg.mod.handler", architecture=_lambda.Architecture.ARM_64)
        """,
        f"""
        class PythonLambda(_lambda.Function):
            def __init__(self, scope, id, *, handler, **kwargs):
                super().__init__(scope, id, handler=handler, runtime=_lambda.Runtime.PYTHON_3_12, code={SRC}, **kwargs)
                self.add_environment("SERVICE", "x")
        """,
    ),
    "dataclass": stack(
        """
        for config in CONFIGS:
            _lambda.Function(self, config.name, runtime=_lambda.Runtime.PYTHON_3_12, handler=config.handler,
                             code=_lambda.Code.from_asset(config.path), timeout=Duration.seconds(config.timeout))
        """,
        """
        from dataclasses import dataclass, field
        from enum import Enum

        class Place(Enum):
            SRC = "src"
            PKG = "src/pkg"

        @dataclass(frozen=True)
        class Config:
            name: str
            handler: str = "app.handler"
            place: Place = Place.SRC
            timeout: int = 3

            @property
            def path(self) -> str:
                return self.place.value

        CONFIGS = [Config("A"), Config("B", "mod.handler", place=Place.PKG), Config(name="C", timeout=10)]
        """,
    ),
    "nested": stack(
        f'_lambda.Function(self, "Fn", {FN}, code={SRC})\nInner(self, "Inner")',
        f"""
        class Inner(NestedStack):
            def __init__(self, scope, id, **kwargs):
                super().__init__(scope, id, **kwargs)
                _lambda.Function(self, "Nested", runtime=_lambda.Runtime.PYTHON_3_11, handler="pkg.mod.handler", code={SRC})
        """,
    ),
    "stages": {
        **CODE,
        "app.py": f"{IMPORTS}\n\nclass Main(Stack):\n    def __init__(self, scope, id, module='app'):\n"
        "        super().__init__(scope, id)\n"
        "        _lambda.Function(self, 'Fn', runtime=_lambda.Runtime.PYTHON_3_12, handler=f'{module}.handler',\n"
        f"                         code={SRC})\n\n\nclass Deployed(Stage):\n"
        "    def __init__(self, scope, id, *, module, **kwargs):\n        super().__init__(scope, id, **kwargs)\n"
        "        Main(self, 'Main', module)\n\n\napp = App()\nMain(app, 'Main')\n"
        "Deployed(app, 'Prod', module='pkg.mod')\napp.synth()\n",
    },
    "layers": stack(
        f"""
        shared = _lambda.LayerVersion(self, "Shared", code=_lambda.Code.from_asset("layer"),
                                      compatible_runtimes=[_lambda.Runtime.PYTHON_3_12])
        other = _lambda.LayerVersion(self, "Other", code=_lambda.Code.from_asset("other"))
        first = _lambda.Function(self, "Fn", {FN}, code={SRC}, layers=[shared])
        first.add_layers(other)
        _lambda.Function(self, "G", {FN}, code={SRC}, layers=[shared, other])
        """,
        files={"layer/python/shared.py": "x = 1\n", "other/python/other/__init__.py": ""},
    ),
    "inline": stack(
        """
        with open("src/app.py", encoding="utf8") as stream:
            code = stream.read()
        _lambda.Function(self, "Fn", runtime=_lambda.Runtime.PYTHON_3_12, handler="index.handler",
                         code=_lambda.InlineCode(code))
        _lambda.Function(self, "G", runtime=_lambda.Runtime.PYTHON_3_12, handler="index.main",
                         code=_lambda.Code.from_inline("def main(event, context):\\n    pass\\n"))
        """
    ),
    "exclude": stack(
        f"""
        _lambda.Function(self, "Fn", {FN}, code=_lambda.Code.from_asset("src", exclude=["*.md", "tests", ".hidden"]))
        _lambda.Function(self, "G", {FN}, code=_lambda.Code.from_asset("src", exclude=["**", "!app.py"]))
        _lambda.Function(self, "H", {FN}, code=_lambda.Code.from_asset("src", exclude=["pkg/*", "!pkg/mod.py"],
                         ignore_mode=IgnoreMode.GIT))
        _lambda.Function(self, "I", {FN}, code=_lambda.Code.from_asset("src", exclude=["a", "**/mod.py"],
                         ignore_mode=IgnoreMode.DOCKER))
        """,
        "from aws_cdk import IgnoreMode",
        {"src/tests/test_app.py": "", "src/pkg/deep/tests/x.py": "", "src/pkg/deep/y.md": ""},
    ),
    "image": stack(
        """
        _lambda.DockerImageFunction(self, "Fn", code=_lambda.DockerImageCode.from_image_asset("img"))
        _lambda.DockerImageFunction(
            self, "G", architecture=_lambda.Architecture.ARM_64,
            code=_lambda.DockerImageCode.from_image_asset(
                os.path.join(os.path.dirname(__file__), "img"), cmd=["other.handler"], file="Dockerfile.other",
                build_args={"A": "b"}, target="final",
            ),
        )
        """,
        files={"img/Dockerfile": DOCKERFILE, "img/Dockerfile.other": DOCKERFILE.replace("FROM", "ARG A\nFROM", 1)
               .replace("3.12\n", "3.12 AS final\n"), "img/app.py": HANDLER, "img/other.py": HANDLER},
    ),
    "condition": stack(
        f"""
        if STAGE == "prod":
            _lambda.Function(self, "Prod", {FN}, code={SRC})
        elif STAGE in ("dev", "test"):
            _lambda.Function(self, "Dev", {FN}, code=_lambda.Code.from_asset("src/pkg" if STAGE != "test" else "src"))
        runtime = _lambda.Runtime.PYTHON_3_13 if len(STAGE) > 9 else _lambda.Runtime.PYTHON_3_12
        _lambda.Function(self, "Both", runtime=runtime, handler="app.handler", code={SRC})
        """,
        'STAGE = "dev"',
    ),
    "spread": stack(
        f"""
        common = dict(runtime=_lambda.Runtime.PYTHON_3_12, code={SRC}, environment={{"A": "1", **EXTRA}})
        _lambda.Function(self, "Fn", handler="app.handler", **common)
        _lambda.Function(self, "G", **{{**common, "handler": "pkg.mod.handler", "code": _lambda.Code.from_asset("src/pkg")}})
        """,
        'EXTRA = {"B": "2"}',
    ),
    "packages": {
        "app.py": "from aws_cdk import App\nfrom infra.stack import Main\napp = App()\nMain(app, 'Main')\napp.synth()\n",
        "infra/__init__.py": "",
        "infra/config.py": 'HANDLER = "app.handler"\nRUNTIME = "PYTHON_3_12"\n',
        "infra/stack.py": "import aws_cdk as cdk\nfrom . import config\nfrom .parts.service import Service\n\n\n"
        "class Main(cdk.Stack):\n    def __init__(self, scope, id, **kwargs):\n"
        "        super().__init__(scope, id, **kwargs)\n        Service(self, 'Service', handler=config.HANDLER)\n",
        "infra/parts/__init__.py": "",
        "infra/parts/service.py": "from pathlib import Path\nimport aws_cdk as cdk\nfrom constructs import Construct\n"
        "from aws_cdk.aws_lambda import Code, Function, Runtime\n\nROOT = Path(__file__).parents[2]\n\n\n"
        "class Service(Construct):\n    def __init__(self, scope, id, handler: str):\n"
        "        super().__init__(scope, id)\n"
        "        self.function = Function(self, 'Fn', handler=handler, runtime=Runtime.PYTHON_3_12,\n"
        "                                 code=Code.from_asset(str(ROOT / 'src')))\n"
        "        cdk.aws_lambda.Function(self, 'G', handler=handler, runtime=cdk.aws_lambda.Runtime.PYTHON_3_12,\n"
        "                                code=cdk.aws_lambda.Code.from_asset('src/pkg'))\n",
        **CODE,
    },
    "comprehension": stack(
        f"""
        handlers = {{name: f"{{module}}.handler" for name, module in [("A", "app"), ("B", "pkg.mod")]}}
        functions = [
            _lambda.Function(self, name, runtime=_lambda.Runtime.PYTHON_3_12, handler=handler, code={SRC})
            for name, handler in handlers.items() if name != "C"
        ]
        pairs = [f"{{a}}{{b}}" for a in "XY" for b in (1, 2)]
        for at, pair in enumerate(pairs):
            _lambda.Function(self, pair, {FN}, code={SRC}, description=str(at))
        """
    ),
    "level_one": stack(
        """
        _lambda.CfnFunction(self, "Fn", role="arn:aws:iam::1:role/x", handler="index.handler", runtime="python3.12",
                            code=_lambda.CfnFunction.CodeProperty(zip_file="def handler(event, context): pass\\n"))
        """
    ),
    "singleton": stack(
        f"""
        for name in ("A", "B"):
            _lambda.SingletonFunction(self, name, uuid="f7d4f730-4ee1-11e8-9c2d-fa7ae01bbebc", {FN}, code={SRC})
        """
    ),
    "file_asset": stack(
        f'_lambda.Function(self, "Fn", {FN}, code=_lambda.Code.from_asset(os.path.join("build", "package.zip")))',
        files={"build/package.zip": "zip:app.py,lib/__init__.py"},
    ),
    "formatted": stack(
        """
        base = "{}/{}".format(PREFIX, "pkg")
        _lambda.Function(self, "Fn" + "-" + PREFIX, runtime=_lambda.Runtime.PYTHON_3_12,
                         handler="%s.%s" % ("mod", "handler"), code=_lambda.Code.from_asset(base))
        """,
        'PREFIX = os.path.basename("x/src")',
    ),
    "below": {
        "infra/app.py": f"{IMPORTS}\n\nclass Main(Stack):\n    def __init__(self, scope, id):\n"
        "        super().__init__(scope, id)\n"
        f"        _lambda.Function(self, 'Fn', {FN}, code=_lambda.Code.from_asset('../src'))\n"
        f"        _lambda.Function(self, 'G', {FN}, code=_lambda.Code.from_asset(\n"
        "            os.path.join(os.path.dirname(__file__), '..', 'src', 'pkg')))\n\n\n"
        "app = App()\nMain(app, 'Main')\napp.synth()\n",
        **CODE,
    },
}  # fmt: skip


def write_app(root: Path, files: dict[str, str]) -> None:
    """Write an application, all of its files older than any assembly."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("zip:"):
            with zipfile.ZipFile(path, "w") as archive:
                for member in text.removeprefix("zip:").split(","):
                    archive.writestr(member, HANDLER)
        else:
            path.write_text(text, encoding="utf-8")
    directory = root / "infra" if (root / "infra/app.py").exists() else root
    (directory / "cdk.json").write_text('{"app": "python3 app.py"}')
    for path in root.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
