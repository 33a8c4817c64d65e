"""Services, and everything that a repository may hold beside them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

CLUTTER = (
    "app.py", "src/__init__.py", "src/app.py", "src/lib/util.py", "src/lib/deep/d.py", "src/.hidden.py", "src/app.test.py",
    ".env", ".env.dev", ".envrc", ".git/HEAD", "sub/.git/HEAD", ".DS_Store", "sub/.DS_Store", "README.md", "docs/a b.md",
    "tests/test_app.py", "tests/unit/test_x.py", "src/tests/t.py", "data/x.json", "data/deep/y.json", "npm-debug.log",
    "yarn-error.log", "yarn.lock", ".serverless_plugins/p.js", "__pycache__/a.pyc", "src/__pycache__/b.pyc",
    "venv/lib/x.py", "a.b.c.py", "[x].py", "setup.cfg", ".gitignore", "sub/.gitignore", "node_modules.txt", "one/app.py",
    "one/lib/m.py", "one/sub/app.py", "two/app.py", "two/data.txt", "layer/python/lay.py", "layer/.keep", "layer/README.md",
    "../shared/u.py", "../shared/sub/v.py", "../other.py",
)  # fmt: skip

LINKS = {"linked": "../shared", "src/link.py": "lib/util.py"}

HEAD = """\
service: svc
frameworkVersion: '3'
provider: {name: aws, runtime: python3.12}
"""


@dataclass(frozen=True)
class Service:
    """A service, what stands beside it, and how its file is called."""

    service: str
    files: Mapping[str, str] = field(default_factory=dict)
    name: str = "serverless.yml"
    head: str = HEAD

    def write(self, repository: Path) -> Path:
        """Write the service and its surroundings; the service's directory."""
        service = repository / "service"
        for name in CLUTTER:
            path = service / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        for name, text in {**self.files, self.name: self.head + dedent(self.service)}.items():
            (service / name).parent.mkdir(parents=True, exist_ok=True)
            (service / name).write_text(text)
        for link, target in LINKS.items():
            (service / link).symlink_to(target)
        with zipfile.ZipFile(service / "ready.zip", "w") as archive:
            archive.writestr("app.py", "")
            archive.writestr("lib/x.py", "")
        return service


def patterns(*listed: str, key: str = "patterns") -> Service:
    """One function with patterns of the service."""
    entries = ", ".join(f"'{one}'" for one in listed)
    return Service(f"package: {{{key}: [{entries}]}}\nfunctions: {{f: {{handler: app.handler}}}}\n")


ONE = "functions: {f: {handler: app.handler}}\n"
TWO = "functions:\n  a: {handler: one/app.handler, module: one}\n  b: {handler: two/app.handler, module: two}\n"
REQUIREMENTS = "plugins: [serverless-python-requirements]\n"
TINY = {"requirements.txt": "# comment\ntiny==1.0  # why\n"}

PATTERNS = {
    "plain": Service(ONE),
    "left_out": patterns("!tests/**", "!**/*.md", "!.env*", "!**/__pycache__/**"),
    "allowed_only": patterns("!**", "src/**", "app.py", "!src/tests/**"),
    "dot_slash": patterns("!./**", "./src/app.py", "./app.py"),
    "bare_directory": patterns("!tests", "!venv", "!src/lib", "!**/deep"),
    "bare_directory_brought_back": patterns("!tests", "tests/unit/**"),
    "everything_again": patterns("!tests/**", "!src", "**"),
    "exclude": patterns("tests", "venv/**", "src/**", "!src/app.py", "*.md", key="exclude"),
    "braces_and_groups": patterns(
        "!{tests,venv}/**", "!src/!(lib)/**", "!**/*.@(md|log)", "!+(a|b).b.c.py", "!data/**/?.json"
    ),
    "classes": patterns("![st]*.cfg", "!data/[x-z].json", "!one/[^a]*/**"),
    "dots": patterns("!.*", "!**/.*", ".envrc", "!sub/.*/**"),
    "stars": patterns("!**.md", "!*/**/*.py", "src/**/*.py", "!**/*.test.py", "!two/**/*"),
    "outside": patterns("!**", "app.py", "../shared/**", "../other.py", "!../shared/sub/**"),
    "include_and_exclude": Service(
        "package: {exclude: ['**'], include: [app.py, 'src/*.py'], patterns: ['!src/__init__.py', 'data/**']}\n" + ONE
    ),
}

SERVICES = {
    "individually": Service(
        """\
        package: {individually: true, patterns: ['!**', app.py]}
        functions:
          a: {handler: one/app.handler, package: {patterns: ['one/**', '!one/lib/**']}}
          b: {handler: two/app.handler, package: {include: ['two/**'], exclude: [app.py]}}
        """
    ),
    "one_individually": Service(
        """\
        package: {exclude: ['tests/**']}
        functions:
          a: {handler: one/app.handler, package: {individually: true, patterns: ['!**', 'one/**', 'tests/unit/**']}}
          b: {handler: two/app.handler}
        """
    ),
    "patterns_of_a_function_alone": Service(
        "functions: {f: {handler: src/app.handler, package: {patterns: ['!**', 'src/**']}}}\n"
    ),
    "artifact": Service("package: {artifact: ready.zip}\n" + ONE),
    "links": Service("package: {patterns: ['!linked/sub/**']}\n" + ONE, {}),
    "local_plugins": Service("plugins: {localPath: './sub', modules: []}\n" + ONE),
    "dotenv": Service("useDotenv: true\n" + ONE),
    "runtimes": Service(
        """\
        functions:
          a: {handler: app.handler, runtime: python3.9, architecture: arm64}
          b: {handler: a.handler, runtime: nodejs18.x}
        """
    ),
    "yaml": Service(ONE, name="serverless.yaml"),
    "json": Service(
        '{"service": "svc", "frameworkVersion": "3", "provider": {"name": "aws", "runtime": "python3.12"},'
        ' "package": {"patterns": ["!tests/**"]}, "functions": {"f": {"handler": "app.handler"}}}',
        name="serverless.json",
        head="",
    ),
    "split_out": Service(
        """\
        package: ${file(package.yml)}
        custom: ${file(custom.json)}
        functions:
          - ${file(functions/a.yml)}
          - b: ${file(functions/b.yml):inner.b}
        """,
        {
            "package.yml": "patterns: ['!functions/**', '!${self:custom.unwanted}/**']\n",
            "custom.json": '{"unwanted": "tests", "handlers": {"dev": "one/app.handler"}}',
            "functions/a.yml": "a:\n  handler: ${self:custom.handlers.${sls:stage}}\n",
            "functions/b.yml": "inner: {b: {handler: two/app.handler, environment: {B: '${self:service}'}}}\n",
        },
    ),
    "variables": Service(
        """\
        service: svc
        frameworkVersion: ^3.0.0
        params: {default: {where: one}, dev: {what: app}}
        provider:
          name: aws
          stage: ${opt:stage, 'dev'}
          runtime: ${self:custom.runtimes.${self:provider.stage}, 'python3.9'}
          environment: {STAGE: '${sls:stage}', REGION: '${aws:region}', SHARED: shared, NUMBER: 1}
        custom:
          runtimes: {dev: python3.12, prod: python3.11}
          keep: ['!**', '${param:where}/**']
          debug: ${strToBool(${env:VARTASK_NO_SUCH_VARIABLE, 'false'})}
        package: {individually: '${self:custom.debug}', patterns: '${self:custom.keep}'}
        functions:
          f:
            handler: ${param:where}/${param:what}.handler
            environment: {SHARED: own, OWN: '${self:provider.environment.SHARED}-${opt:x, env:NO_SUCH, "none"}'}
        """,
        head="",
    ),
    "program": Service(
        """\
        const environment = (extra) => ({ SHARED: 'x', ...extra });
        const functions = {};
        for (const name of ['one', 'two']) functions[name] = { handler: `${name}/app.handler`, environment: environment({ NAME: name }) };
        module.exports = {
          service: 'svc', frameworkVersion: '3', functions,
          provider: { name: 'aws', runtime: 'python3.12' },
          package: { individually: true, patterns: ['!**', ...['one', 'two'].map((name) => `${name}/**`)] },
        };
        """,
        name="serverless.js",
        head="",
    ),
    "values_of_programs": Service(
        """\
        package: {patterns: '${file(values.js):patterns}'}
        functions:
          f: {handler: '${file(values.js):handler.of}', environment: '${file(values.js):environment}'}
        """,
        {
            "values.js": """\
            module.exports.patterns = ['!tests/**', '!values.js'];
            module.exports.handler = async () => ({ of: 'src/app.handler' });
            module.exports.environment = () => ({ A: 'a', B: String(2) });
            """
        },
    ),
    "own_layer": Service(
        """\
        layers:
          my-lib: {path: layer, package: {patterns: ['!README.md']}}
          other_lib: {path: layer}
        functions:
          f: {handler: app.handler, layers: [{Ref: MyDashlibLambdaLayer}, !Ref OtherUnderscorelibLambdaLayer]}
        """
    ),
    "layer_with_patterns_of_the_service": Service(
        """\
        package: {patterns: ['!**/*.md', '!python/**', 'app.py']}
        layers: {lib: {path: ./layer}}
        functions: {f: {handler: app.handler, layers: [{Ref: LibLambdaLayer}]}}
        """
    ),
    "image_from_elsewhere": Service(
        """\
        functions:
          f: {handler: app.handler}
          i:
            image:
              uri: 000000000000.dkr.ecr.us-east-1.amazonaws.com/x@sha256:6bb600b4d6e1d7cf521097177dd0c4e9ea373edb91984a505333be8ac9455d38
              command: [app.handler]
              entryPoint: [/lambda-entrypoint.sh]
              workingDirectory: /srv
        """
    ),
}

PLUGINS = {
    "requirements": Service(REQUIREMENTS + ONE, TINY),
    "requirements_elsewhere": Service(
        f"{REQUIREMENTS}custom: {{pythonRequirements: {{fileName: req/prod.txt}}}}\n{ONE}",
        {"req/prod.txt": "-r base.txt\n", "req/base.txt": "tiny\n", "requirements.txt": "missing\n"},
    ),
    "no_requirements": Service(REQUIREMENTS + "package: {patterns: ['!requirements.txt']}\n" + ONE),
    "not_deployed": Service(
        f"{REQUIREMENTS}custom: {{pythonRequirements: {{noDeploy: [other]}}}}\n{ONE}",
        {"requirements.txt": "tiny\nother\n"},
    ),
    "vendor": Service(
        f"{REQUIREMENTS}package: {{patterns: ['!vendored/**']}}\n"
        f"custom: {{pythonRequirements: {{vendor: ./vendored}}}}\n{ONE}",
        {**TINY, "vendored/mine/__init__.py": "", "vendored/tiny/more.py": "", "vendored/tiny/__init__.py": ""},
    ),
    "vendored_layer": Service(
        f"{REQUIREMENTS}package: {{patterns: ['!vendored/**']}}\n"
        "custom: {pythonRequirements: {vendor: vendored, layer: true}}\n"
        "functions: {f: {handler: app.handler, layers: [{Ref: PythonRequirementsLambdaLayer}]}}\n",
        {**TINY, "vendored/mine/__init__.py": ""},
    ),
    "slim": Service(f"{REQUIREMENTS}custom: {{pythonRequirements: {{slim: true}}}}\n{ONE}", TINY),
    "zip": Service(f"{REQUIREMENTS}custom: {{pythonRequirements: {{zip: true}}}}\n{ONE}", TINY),
    "zip_with_patterns": Service(
        f"{REQUIREMENTS}package: {{patterns: ['!**', 'app.py']}}\ncustom: {{pythonRequirements: {{zip: true}}}}\n{ONE}",
        TINY,
    ),
    "modules": Service(
        f"{REQUIREMENTS}package: {{individually: true}}\n{TWO}",
        {"one/requirements.txt": "tiny\n", "two/requirements.txt": "other\n", "requirements.txt": "missing\n"},
    ),
    "modules_and_patterns": Service(
        f"{REQUIREMENTS}package: {{individually: true, patterns: ['!**/lib/**']}}\n{TWO}",
        {"one/requirements.txt": "tiny\n", "two/requirements.txt": "other\n"},
    ),
    "zipped_modules": Service(
        f"{REQUIREMENTS}package: {{individually: true}}\ncustom: {{pythonRequirements: {{zip: true}}}}\n"
        f"{TWO}  c: {{handler: app.handler}}\n",
        {"one/requirements.txt": "tiny\n", "two/requirements.txt": "other\n", "requirements.txt": "tiny\n"},
    ),
    "individually_without_modules": Service(
        f"{REQUIREMENTS}package: {{individually: true, patterns: ['!two/**']}}\n"
        "functions:\n  a: {handler: app.handler}\n  b: {handler: one/app.handler, package: {patterns: ['!src/**']}}\n",
        TINY,
    ),
    "one_function_individually": Service(
        REQUIREMENTS
        + "functions:\n  a: {handler: app.handler}\n"
        + "  b: {handler: one/app.handler, package: {individually: true, patterns: ['!**', 'one/**']}}\n",
        TINY,
    ),
    "requirements_layer": Service(
        f"{REQUIREMENTS}custom: {{pythonRequirements: {{layer: true}}}}\n"
        "functions:\n  a: {handler: app.handler, layers: [{Ref: PythonRequirementsLambdaLayer}]}\n  b: {handler: app.handler}\n",
        TINY,
    ),
    "wsgi": Service(
        "plugins: [serverless-wsgi, serverless-python-requirements]\ncustom: {wsgi: {app: src/app.app, packRequirements: false}}\n"
        "package: {patterns: ['!**', 'src/**']}\nfunctions: {f: {handler: wsgi_handler.handler}}\n",
        TINY,
    ),
    "wsgi_in_a_module": Service(
        "plugins: [serverless-wsgi, serverless-python-requirements]\ncustom: {wsgi: {app: one/app.app}}\n"
        "package: {individually: true}\nfunctions: {f: {handler: wsgi_handler.handler, module: one}}\n",
        {"one/requirements.txt": "tiny\n"},
    ),
}

PROJECTS: Mapping[str, Service] = {**PATTERNS, **SERVICES, **PLUGINS}
