"""Applications in TypeScript and JavaScript, one for each way to declare functions that people use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

TSCONFIG = (
    '{"compilerOptions": {"module": "commonjs", "target": "es2022", "esModuleInterop": true, "strict": false,'
    ' "resolveJsonModule": true, "experimentalDecorators": true}}'
)
HEAD = """\
import * as path from 'path';
import * as cdk from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { PythonFunction, PythonLayerVersion } from '@aws-cdk/aws-lambda-python-alpha';
"""
CODE = {
    "src/api/app.py": "def handler(event, context):\n    return {}\n",
    "src/api/util/__init__.py": "",
    "src/api/util/text.py": "NAME = 'x'\n",
    "src/api/README.md": "# api\n",
    "src/api/.env": "A=1\n",
    "src/worker/main.py": "def run(event, context):\n    return {}\n",
    "src/worker/tests/test_main.py": "def test(): pass\n",
}
DOCKERFILE = 'FROM public.ecr.aws/lambda/python:3.12\nCOPY app.py ${LAMBDA_TASK_ROOT}/\nCMD ["app.handler"]\n'
SIMPLE = "runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler', code: lambda.Code.fromAsset('src/api')"


@dataclass(frozen=True, slots=True)
class CdkProject:
    """One application; ``undecided`` are the functions that vartask says it cannot predict.

    ``links`` are symbolic links, ``renamed`` ids that the CDK gives to what the program calls otherwise.
    """

    files: Mapping[str, str]
    undecided: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)

    def write(self, root: Path) -> None:
        """Write it out."""
        for name, text in self.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for name, target in self.links.items():
            (root / name).symlink_to(target)


def app(
    body: str, more: str = "", files: Mapping[str, str] | None = None, undecided: tuple[str, ...] = ()
) -> CdkProject:
    """An application of one stack, whose constructor has ``body``."""
    stack = f"{HEAD}{more}\nexport class S extends cdk.Stack {{\n  constructor(scope: Construct, id: string) {{\n    super(scope, id);\n{body}\n  }}\n}}\n"
    entry = "import * as cdk from 'aws-cdk-lib';\nimport { S } from '../lib/stack';\nnew S(new cdk.App(), 'S');\n"
    return CdkProject(
        {
            "cdk.json": '{"app": "node -r ts-node/register/transpile-only bin/app.ts"}',
            "tsconfig.json": TSCONFIG,
            "bin/app.ts": entry,
            "lib/stack.ts": stack,
            **CODE,
            **(files or {}),
        },
        undecided,
    )


def function(props: str, name: str = "Fn") -> str:
    """A function with an asset."""
    return f"new lambda.Function(this, '{name}', {{ {props} }});"


def asset(options: str) -> CdkProject:
    """An application of one function whose asset has options."""
    code = f"code: lambda.Code.fromAsset('src', {options})"
    return app(function(f"runtime: lambda.Runtime.PYTHON_3_13, handler: 'api/app.handler', {code}"))


def bundled(command: str) -> CdkProject:
    """An application of one function that is bundled by a command."""
    code = (
        "code: lambda.Code.fromAsset('src/api', { bundling: { image: lambda.Runtime.PYTHON_3_12.bundlingImage,"
        f" command: ['bash', '-c', {command}] }} }})"
    )
    files = {"src/api/requirements.txt": "requests\n"}
    return app(function(f"runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler', {code}"), files=files)


def python(props: str, files: Mapping[str, str] | None = None) -> CdkProject:
    """An application of one function of the alpha module."""
    return app(f"new PythonFunction(this, 'Fn', {{ runtime: lambda.Runtime.PYTHON_3_12, {props} }});", files=files)


def image(options: str, files: Mapping[str, str] | None = None) -> CdkProject:
    """An application of one image function."""
    code = f"code: lambda.DockerImageCode.fromImageAsset(path.join(__dirname, '../src/api'), {options})"
    body = f"new lambda.DockerImageFunction(this, 'Fn', {{ {code} }});"
    return app(body, files=files or {"src/api/Dockerfile": DOCKERFILE})


LAYERS = """
    const own = new lambda.LayerVersion(this, 'Own', { code: lambda.Code.fromAsset('layer'), layerVersionName: 'own' });
    const py = new PythonLayerVersion(this, 'Py', { entry: 'src/worker', compatibleRuntimes: [lambda.Runtime.PYTHON_3_12] });
    const arn = lambda.LayerVersion.fromLayerVersionArn(this, 'A', 'arn:aws:lambda:us-east-1:1:layer:thing:1');
"""
CONSTRUCT = """
interface ApiProps { readonly name: string; readonly memory?: number; readonly env?: Record<string, string>; }
class Api extends Construct {
  public readonly fn: lambda.Function;
  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    this.fn = this.make(`${props.name}Fn`, { STAGE: 'dev', ...props.env });
    this.fn.addEnvironment('EXTRA', props.name);
  }
  private make(id: string, environment: Record<string, string>): lambda.Function {
    return new lambda.Function(this, id, { runtime: lambda.Runtime.PYTHON_3_11, handler: 'app.handler', code: lambda.Code.fromAsset(path.join(__dirname, '..', 'src', 'api')), environment });
  }
}
"""
SUBCLASS = """
type Props = Omit<lambda.FunctionProps, 'runtime' | 'code'> & { dir: string };
class Base extends lambda.Function {
  static readonly ROOT = path.resolve(__dirname, '../src');
  constructor(scope: Construct, id: string, { dir, ...props }: Props) {
    super(scope, id, { architecture: lambda.Architecture.ARM_64, ...props, runtime: lambda.Runtime.PYTHON_3_12, code: lambda.Code.fromAsset(path.join(Base.ROOT, dir)) });
  }
}
class Worker extends Base { constructor(scope: Construct, id: string) { super(scope, id, { dir: 'worker', handler: 'main.run' }); } }
"""
LOOP = """
    const fns = { Api: { dir: 'api', handler: 'app.handler' }, Worker: { dir: 'worker', handler: 'main.run' } };
    for (const [name, one] of Object.entries(fns)) {
      new lambda.Function(this, `${name}Fn`, { runtime: lambda.Runtime.PYTHON_3_12, handler: one.handler, code: lambda.Code.fromAsset(`src/${one.dir}`) });
    }
    ['one', 'two'].forEach((name, at) => new lambda.Function(this, name + at, { runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler', code: lambda.Code.fromAsset('src/api'), environment: { AT: String(at) } }));
    [1, 2].map((n) => `N${n}`).filter((n) => n !== 'N1').forEach((n) => { new lambda.Function(this, n, { runtime: lambda.Runtime.PYTHON_3_12, handler: 'main.run', code: lambda.Code.fromAsset('src/worker') }); });
"""
STAGES = """\
import * as cdk from 'aws-cdk-lib';
import { S } from '../lib/stack';
import { stages } from '../config/stages';
const app = new cdk.App();
for (const stage of stages) { new S(app, `S-${stage.name}`); }
"""
PLAIN = """\
const path = require('path');
const { App, Stack } = require('aws-cdk-lib');
const lambda = require('aws-cdk-lib/aws-lambda');
const settings = require('../settings.json');
class S extends Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    new lambda.Function(this, settings.name, { runtime: lambda.Runtime.PYTHON_3_12, handler: settings.handler, code: lambda.Code.fromAsset(path.join(__dirname, '..', settings.dir)) });
  }
}
module.exports = { S };
if (require.main === module) { new S(new App(), 'S'); }
"""

PROJECTS: dict[str, CdkProject] = {
    "a function": app(function(f"{SIMPLE}, architecture: lambda.Architecture.ARM_64, environment: {{ A: 'b' }}")),
    "paths from the file": app(
        function(
            "runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler', code: lambda.Code.fromAsset(path.join(__dirname, '..', 'src', 'api'))"
        )
    ),
    "other languages beside it": app(
        function(SIMPLE)
        + "\n"
        + function(
            "runtime: lambda.Runtime.NODEJS_20_X, handler: 'index.handler', code: lambda.Code.fromInline('exports.handler = 1')",
            "Js",
        )
    ),
    "exclude by glob": asset("{ exclude: ['*.md', 'tests', '**/util/*', '.env'] }"),
    "exclude everything but": asset("{ exclude: ['**', '!api', '!api/**'] }"),
    "exclude with braces and classes": asset("{ exclude: ['{worker,nothing}', 'api/[a-b]pp.py', '?EADME.md'] }"),
    "exclude by git's rules": asset(
        "{ exclude: ['/worker/', '*.md', '!api/README.md', 'util/'], ignoreMode: cdk.IgnoreMode.GIT }"
    ),
    "exclude by docker's rules": asset(
        "{ exclude: ['**/*.md', 'worker', '!worker/main.py'], ignoreMode: cdk.IgnoreMode.DOCKER }"
    ),
    "inline code": app(
        "const text = ['import json', 'def handler(event, context):', '    return json.dumps(event)'].join('\\n');\n"
        + function("runtime: lambda.Runtime.PYTHON_3_12, handler: 'index.handler', code: lambda.Code.fromInline(text)")
    ),
    "inline code of a file": app(
        "const fs = require('fs');\n"
        + function(
            "runtime: lambda.Runtime.PYTHON_3_12, handler: 'index.handler', code: lambda.Code.fromInline(fs.readFileSync(path.join(__dirname, '../src/api/app.py'), 'utf8'))"
        )
    ),
    "the usual bundling": bundled("'pip install -r requirements.txt -t /asset-output && cp -au . /asset-output'"),
    "bundling into a directory": bundled(
        "['pip install --no-cache-dir requests boto3 -t /asset-output/lib', 'cp -r util app.py /asset-output/'].join(' && ')"
    ),
    "bundling with a star": bundled("'cp -r /asset-input/* /asset-output'"),
    "bundling without a list": bundled(
        "'python -m pip install -r requirements.txt --target /asset-output && rsync -r ./ /asset-output && rm -rf /asset-output/__pycache__'"
    ),
    "a python function": python("entry: 'src/api', index: 'app.py'", {"src/api/requirements.txt": "requests\n"}),
    "a python function by its defaults": python(
        "entry: path.join(__dirname, '../src/plain')", {"src/plain/index.py": "def handler(e, c): ...\n"}
    ),
    "a python function in a package": python("entry: 'src', index: 'api/util/text.py', handler: 'main'"),
    "a python function of poetry": python(
        "entry: 'src/api', index: 'app.py'", {"src/api/poetry.lock": "package = []\n", "src/api/requirements.txt": ""}
    ),
    "layers": app(
        LAYERS
        + function(f"{SIMPLE}, layers: [own, arn]")
        + "\n    const two = "
        + function(SIMPLE, "Two")
        + "\n    two.addLayers(py);",
        files={
            "layer/python/shared/__init__.py": "",
            "layer/python/shared/a.py": "A = 1\n",
            "src/worker/requirements.txt": "",
        },
    ),
    "an image": image("{ cmd: ['app.other'], buildArgs: { A: 'b' } }"),
    "an image of its own command": image(
        "{ file: 'docker/Lambda.Dockerfile', target: 'final' }",
        {"src/api/docker/Lambda.Dockerfile": DOCKERFILE.replace("python:3.12", "python:3.12 AS final")},
    ),
    "an image as code": app(
        "new lambda.Function(this, 'Fn', { runtime: lambda.Runtime.FROM_IMAGE, handler: lambda.Handler.FROM_IMAGE, code: lambda.Code.fromAssetImage('src/api', { cmd: ['app.handler'] }) });",
        files={"src/api/Dockerfile": DOCKERFILE},
    ),
    "a construct of the project": app(
        "new Api(this, 'One', { name: 'One' });\nnew Api(this, 'Two', { name: 'Two', env: { STAGE: 'prod' } });",
        CONSTRUCT,
    ),
    "subclasses": app(
        "new Worker(this, 'Worker');\nnew Base(this, 'Direct', { dir: 'api', handler: 'app.handler', architecture: lambda.Architecture.X86_64 });",
        SUBCLASS,
    ),
    "loops": app(LOOP),
    "stages": CdkProject(
        {
            **app(function(SIMPLE)).files,
            "bin/app.ts": STAGES,
            "config/stages.ts": "export enum Name { Dev = 'dev', Prod = 'prod' }\nexport const stages = [{ name: Name.Dev }, { name: Name.Prod }];\n",
        }
    ),
    "plain javascript": CdkProject(
        {
            "cdk.json": '{"app": "node lib/stack.js"}',
            "lib/stack.js": PLAIN,
            "settings.json": '{"name": "Named", "dir": "src/worker", "handler": "main.run"}',
            **CODE,
        }
    ),
    "conditions that are known": app(
        "const isProd = id === 'S';\nif (isProd) {\n"
        + function(SIMPLE, "Prod")
        + "\n} else {\n"
        + function(SIMPLE, "Dev")
        + "\n}\n"
        + "switch (id) { case 'T': "
        + function(SIMPLE, "T")
        + " break; case 'S': "
        + function(SIMPLE, "Case")
        + " break; default: "
        + function(SIMPLE, "Default")
        + " }"
    ),
    "nested stacks and singletons": CdkProject(
        app(
            "const inner = new cdk.NestedStack(this, 'Inner');\n"
            f"new lambda.Function(inner, 'Nested', {{ {SIMPLE} }});\n"
            f"new lambda.SingletonFunction(this, 'Single', {{ uuid: 'f7d4f730-4ee1', {SIMPLE} }});"
        ).files,
        renamed={"SingletonLambdaf7d4f7304ee1": "Single"},
    ),
    "a link out of the asset": CdkProject(
        app(
            function(
                "runtime: lambda.Runtime.PYTHON_3_12, handler: 'app.handler', code: lambda.Code.fromAsset('src/api')"
            ),
            files={"shared/one.py": "ONE = 1\n"},
        ).files,
        links={"src/api/shared": "../../shared"},
    ),
    "a bundling that is not followed": CdkProject(
        bundled("'make -C . || cp app.py /asset-output/app.py'").files, ("Fn",)
    ),
}
