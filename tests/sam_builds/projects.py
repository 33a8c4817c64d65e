"""Little projects by hand, each with one thing that decides what ``sam`` packages."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from sam_builds.tool import RUNTIME, Run

CLUTTER = (
    "app.py", "pkg/__init__.py", "pkg/__pycache__/a.cpython-312.pyc", "pkg/b.pyc", "x.so", ".gitignore", ".env",
    ".env.local", "env/__init__.py", "environment/e.py", "venv/v.py", "ENV/v.py", ".venv/v.py", "a.egg-info/PKG-INFO",
    "a.egg", "htmlcov/i.html", ".git/HEAD", ".coverage", ".coveragerc", ".vscode/s.json", ".idea/x", "tests/test_app.py",
    ".hidden", "node_modules_x/a.js", "sub/deep/venv/x.py", "sub/deep/kept.py", "pyproject.toml", "data.json",
    ".python-version", ".tox/x", ".pytest_cache/x", ".mypy_cache/x", "stale/__pycache__/o.pyc",
)  # fmt: skip
"""Names that some tool leaves out, and others that look like them."""

UNBUILT_CLUTTER = tuple(name for name in CLUTTER if not name.startswith(".git/"))
"""For packages that nothing is left out of: the inside of ``.git`` is not predicted, since no function imports it."""

MADE_CLUTTER = tuple(name for name in UNBUILT_CLUTTER if "__pycache__" not in name)
"""For recipes: what Python has compiled is not predicted, since a fresh checkout has none."""


@dataclass(frozen=True, slots=True)
class SamProject:
    """``files`` are paths to texts (what is not said is the path itself), ``links`` symbolic links to their targets,
    ``archives`` zip files to the names in them, ``wheels`` distributions to have in ``wheels_in``.  ``undecided`` names
    what cannot be predicted.
    """

    files: Mapping[str, str]
    runs: tuple[Run, ...] = (Run(),)
    links: Mapping[str, str] = field(default_factory=dict)
    archives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wheels: tuple[str, ...] = ()
    wheels_in: str = "wheels"
    undecided: tuple[str, ...] = ()

    def write(self, root: Path) -> None:
        """Lay the project out below a directory."""
        for name, text in self.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for name, target in self.links.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).symlink_to(os.path.relpath(root / target, (root / name).parent))
        for name, members in self.archives.items():
            with zipfile.ZipFile(root / name, "w") as archive:
                for member in members:
                    archive.writestr(member, f"{name}!{member}")
        for name in self.wheels:
            _write_wheel(root / self.wheels_in, name)


def _write_wheel(directory: Path, name: str) -> None:
    directory.mkdir(exist_ok=True)
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}/__init__.py": "",
        f"{name}/part.py": f"# {name}",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: by-hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(directory / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)


def named(*paths: str) -> dict[str, str]:
    """Files whose text is their own path, so that a mixed up file shows."""
    return {path: f"# {path}\n" for path in paths}


def below(directory: str, names: tuple[str, ...]) -> dict[str, str]:
    return named(*(f"{directory}/{name}" for name in names))


def sam(resources: str, head: str = "") -> str:
    """A SAM template with the runtime of all functions in its ``Globals``."""
    shared = f"Globals: {{Function: {{Runtime: {RUNTIME}, Handler: app.h}}}}\n" if "Globals:" not in head else ""
    transform = "" if "Transform:" in head else "Transform: AWS::Serverless-2016-10-31\n"
    return f"{transform}{dedent(head)}{shared}Resources:\n{_indented(resources)}"


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in dedent(text).strip("\n").splitlines())


def function(name: str = "F", code: str = "src", more: str = "", metadata: str = "{}") -> str:
    return (
        f"{name}:\n  Type: AWS::Serverless::Function\n  Metadata: {metadata}\n"
        f"  Properties: {{CodeUri: {code}, Handler: app.h{', ' if more else ''}{more}}}\n"
    )


INDEX = "--no-index\n--find-links ./wheels\n"
"""What a requirements file starts with, so that no index is asked."""

PLAIN = f"""\
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {{Code: lib, Handler: a.h, Runtime: {RUNTIME}}}
"""
LAYER = f"""\
L:
  Type: AWS::Serverless::LayerVersion
  Metadata: {{BuildMethod: {RUNTIME}}}
  Properties: {{ContentUri: layer, CompatibleRuntimes: [{RUNTIME}]}}
"""
PARENTS = "{{BuildProperties: {{ParentPackageMode: {0}}}}}"

UV = (Run(arguments=("--beta-features",)),)
"""uv is an experiment of aws-sam-cli."""

PROJECTS: dict[str, SamProject] = {
    "code_uri": SamProject({"template.yaml": sam(function(code="src/")), **below("src", CLUTTER)}),
    "no_code_uri": SamProject(
        {"template.yaml": sam("F:\n  Type: AWS::Serverless::Function\n"), **below("src", CLUTTER), **named("a.py")}
    ),
    "code_uri_of_globals": SamProject(
        {
            "template.yaml": sam(
                "F:\n  Type: AWS::Serverless::Function\nG:\n  Type: AWS::Serverless::Function\n"
                "  Properties: {CodeUri: other}\n",
                f"Globals: {{Function: {{Runtime: {RUNTIME}, Handler: app.h, CodeUri: src}}}}\n",
            ),
            **named("src/app.py", "other/app.py"),
        }
    ),
    "template_below": SamProject(
        {"infra/template.yaml": sam(function(code="../src")), **named("src/app.py", "infra/no.py")},
        (Run("infra/template.yaml"),),
    ),
    "explicit_parents": SamProject(
        {
            "template.yaml": sam(function(metadata=PARENTS.format("explicit, ParentPackages: a.b"))),
            **below("src", CLUTTER),
        }
    ),
    "explicit_parents_taken": SamProject(
        {
            "template.yaml": sam(function(metadata=PARENTS.format("explicit, ParentPackages: pkg"))),
            **below("src", CLUTTER),
        }
    ),
    "inferred_parents": SamProject(
        {
            "template.yaml": sam(
                "F:\n  Type: AWS::Serverless::Function\n"
                f"  Metadata: {PARENTS.format('auto')}\n"
                "  Properties: {CodeUri: src/fn, Handler: src.fn.app.h}\n"
            ),
            **below("src/fn", CLUTTER),
        }
    ),
    "links": SamProject(
        {"template.yaml": sam(function()), **named("src/app.py", "common/c.py", "common/inner/i.py")},
        links={"src/linked": "common", "src/linked.py": "common/c.py", "src/inner/again": "common/inner"},
    ),
    "linked_code_uri": SamProject(
        {"template.yaml": sam(function(code="code")), **named("real/app.py")}, links={"code": "real"}
    ),
    "built_layer": SamProject(
        {
            "template.yaml": sam(function(more="Layers: [!Ref L]") + LAYER),
            **named("src/app.py"),
            **below("layer", CLUTTER),
        }
    ),
    "built_layer_with_a_python_directory": SamProject(
        {"template.yaml": sam(function(more="Layers: [!Ref L]") + LAYER), **named("src/app.py", "layer/python/x.py")}
    ),
    "layer_as_it_is": SamProject(
        {
            "template.yaml": sam(
                function(more="Layers: [!Ref L, !Ref M]")
                + "L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}\n"
                + "M: {Type: AWS::Lambda::LayerVersion, Properties: {Content: other}}\n"
            ),
            **named("src/app.py", "layer/python/x.py", "layer/.gitignore", "other/python/y.py"),
        }
    ),
    "archive": SamProject(
        {"template.yaml": sam(function(code="code.zip"))}, archives={"code.zip": ("app.py", "deep/in.py")}
    ),
    "archive_of_a_layer": SamProject(
        {
            "template.yaml": sam(
                function(more="Layers: [!Ref L]")
                + "L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer.zip}}\n"
            ),
            **named("src/app.py"),
        },
        archives={"layer.zip": ("python/in.py", "bin/tool")},
    ),
    "skip_build": SamProject(
        {
            "template.yaml": sam(function(metadata="{SkipBuild: true}")),
            **below("src", UNBUILT_CLUTTER),
            "src/requirements.txt": "does-not-exist-anywhere\n",
        }
    ),
    "not_built_serverless": SamProject(
        {"template.yaml": sam(function(code="src/app.py")), **named("src/app.py", "src/other.py")}, (Run(build=False),)
    ),
    "plain": SamProject({"template.yaml": PLAIN, **below("lib", UNBUILT_CLUTTER)}, (Run(build=False),)),
    "plain_file": SamProject(
        {"template.yaml": PLAIN.replace("Code: lib", "Code: lib/a.py"), **named("lib/a.py", "lib/b.py")},
        (Run(build=False),),
    ),
    "json": SamProject(
        {
            "template.json": '{"Transform": "AWS::Serverless-2016-10-31", "Resources": {"F": '
            '{"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": {"Fn::Sub": "${D}/fn"}, '
            f'"Handler": "app.h", "Runtime": "{RUNTIME}"}}}}}}, '
            '"Parameters": {"D": {"Type": "String", "Default": "src"}}}',
            **named("src/fn/app.py", "src/no.py"),
        },
        (Run("template.json"),),
    ),
    "intrinsics": SamProject(
        {
            "template.yaml": sam(
                function("A", "!Ref Dir")
                + function("B", "!Sub 'fns/${Name}'")
                + function("C", "!Join ['/', [fns, !Select [1, [x, c]]]]")
                + function("D", "!FindInMap [Dirs, d, path]")
                + function("E", "!Select [1, !Split [',', 'x,fns/e']]")
                + function("F", "!Sub ['fns/${X}', {X: !Ref Last}]"),
                """\
                Parameters:
                  Dir: {Type: String, Default: fns/a}
                  Name: {Type: String, Default: b}
                  Last: {Type: String, Default: f}
                Mappings: {Dirs: {d: {path: fns/d}}}
                """,
            ),
            **named(*(f"fns/{name}/app.py" for name in "abcdef")),
        }
    ),
    "requirements": SamProject(
        {
            "template.yaml": sam(function()),
            **named("src/app.py", "src/one/part.py", "src/one/own.py"),
            "src/requirements.txt": f"{INDEX}one\ntwo==1.0\n",
        },
        wheels=("one", "two", "three"),
    ),
    "requirements_of_a_layer": SamProject(
        {
            "template.yaml": sam(function(more="Layers: [!Ref L]") + LAYER),
            **named("src/app.py", "layer/mine.py"),
            "layer/requirements.txt": f"{INDEX}one\n",
        },
        wheels=("one",),
    ),
    "requirements_and_parents": SamProject(
        {
            "template.yaml": sam(function(metadata=PARENTS.format("explicit, ParentPackages: a.b"))),
            **named("src/app.py", "src/deep/d.py"),
            "src/requirements.txt": f"{INDEX}one\n",
        },
        wheels=("one",),
    ),
    "requirements_elsewhere": SamProject(
        {"template.yaml": sam(function()), **named("src/app.py"), "requirements.txt": f"{INDEX}one\n"}, wheels=("one",)
    ),
    "base_dir": SamProject(
        {
            "infra/template.yaml": sam(function()),
            "samconfig.toml": '[default.build.parameters]\ntemplate_file = "infra/template.yaml"\nbase_dir = "."\n',
            **named("src/app.py", "infra/src/wrong.py"),
        },
        (Run("infra/template.yaml", ("--base-dir", ".")),),
    ),
    "anchors": SamProject(
        {
            "template.yaml": sam(
                """\
                F: &f
                  Type: AWS::Serverless::Function
                  Properties: &properties {CodeUri: src, Handler: app.h}
                G:
                  <<: *f
                  Properties: {<<: *properties, CodeUri: other}
                """
            ),
            **named("src/app.py", "other/app.py"),
        }
    ),
    "conditions": SamProject(
        {
            "template.yaml": sam(
                function(code="!If [Big, big, small]")
                + "G:\n  Type: AWS::Serverless::Function\n  Condition: Big\n  Properties: {CodeUri: big, Handler: app.h}\n",
                "Parameters: {Size: {Type: String, Default: small}}\nConditions: {Big: !Equals [!Ref Size, big]}\n",
            ),
            **named("big/app.py", "small/app.py"),
        },
        (Run(), Run(arguments=("--parameter-overrides", "Size=big"))),
    ),
    "conditions_that_hang_together": SamProject(
        {
            "template.yaml": sam(
                function(code="!If [Prod, prod, !If [Test, test, dev]]", more="Layers: [!If [Prod, !Ref L, !Ref M]]")
                + "L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: l}}\n"
                + "M: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: m}}\n",
                """\
                Parameters: {Stage: {Type: String, Default: dev, AllowedValues: [dev, test, prod]}}
                Conditions:
                  Prod: !Equals [!Ref Stage, prod]
                  Test: !And [!Not [!Condition Prod], !Equals [test, !Ref Stage]]
                """,
            ),
            **named("dev/app.py", "test/app.py", "prod/app.py", "l/python/l.py", "m/python/m.py"),
        },
        tuple(Run(arguments=("--parameter-overrides", f"Stage={stage}")) for stage in ("dev", "test", "prod")),
    ),
    "loops": SamProject(
        {
            "template.yaml": sam(
                """\
                Fn::ForEach::Functions:
                  - Name
                  - [Orders, Users]
                  - ${Name}Function:
                      Type: AWS::Serverless::Function
                      Properties: {CodeUri: !Sub 'fns/${Name}', Handler: app.h}
                """,
                "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n",
            ),
            **named("fns/Orders/app.py", "fns/Users/app.py"),
        },
        (Run(arguments=("--language-extensions",)),),
    ),
    "nested": SamProject(
        {
            "template.yaml": sam(
                """\
                App: {Type: AWS::Serverless::Application, Properties: {Location: nested/app.yaml}}
                Stack: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stacks/stack.yaml}}
                """
            ),
            "nested/app.yaml": sam(function()),
            "stacks/stack.yaml": sam(function("G", "../src")),
            **named("nested/src/app.py", "src/app.py"),
        }
    ),
    "nested_with_parameters": SamProject(
        {
            "template.yaml": sam(
                """\
                One: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: n.yaml, Parameters: {Dir: one}}}
                Two: {Type: AWS::Serverless::Application, Properties: {Location: n.yaml, Parameters: {Dir: !Ref D}}}
                """,
                "Parameters: {D: {Type: String, Default: two}}\n",
            ),
            "n.yaml": sam(function(code="!Ref Dir"), "Parameters: {Dir: {Type: String, Default: three}}\n"),
            **named("one/app.py", "two/app.py", "three/app.py"),
        }
    ),
    "makefile": SamProject(
        {
            "template.yaml": sam(function(metadata="{BuildMethod: makefile}")),
            **below("src", MADE_CLUTTER),
            "src/Makefile": "build-F:\n\tcp *.py $(ARTIFACTS_DIR)\n\tcp -r pkg sub $(ARTIFACTS_DIR)/\n",
        },
    ),
    "makefile_of_a_layer": SamProject(
        {
            "template.yaml": sam(function(more="Layers: [!Ref L]") + LAYER.replace(RUNTIME, "makefile", 1)),
            **named("src/app.py", "layer/mine.py", "layer/deep/d.py"),
            "layer/Makefile": 'build-L:\n\tmkdir -p "$(ARTIFACTS_DIR)/python"\n'
            '\tcp -R mine.py deep "$(ARTIFACTS_DIR)/python"\n',
        },
    ),
    "makefile_with_variables": SamProject(
        {
            "template.yaml": sam(function(metadata="{BuildMethod: makefile}")),
            **named("src/app.py", "src/pkg/a.py", "src/pkg/b.txt", "src/tests/t.py"),
            "src/Makefile": """\
                OUT = $(ARTIFACTS_DIR)/lib
                SOURCES := $(wildcard *.py)
                .PHONY: build-F common
                build-F: common
                \t@echo building
                \tcp $(SOURCES) "$(ARTIFACTS_DIR)"
                \tfind $(ARTIFACTS_DIR) -name '*.txt' -delete
                \ttouch $(OUT)/empty.py
                common:
                \tmkdir -p $(OUT)
                \tcp -r pkg $(OUT)/
                """.replace(" " * 16, "").replace("\\t", "\t"),
        },
    ),
    "makefile_that_installs": SamProject(
        {
            "template.yaml": sam(function(metadata="{BuildMethod: makefile}")),
            **named("src/app.py"),
            "src/requirements.txt": "one\n",
            "src/Makefile": "build-F:\n\tcp app.py $(ARTIFACTS_DIR)\n"
            "\tpython -m pip install --no-index --find-links wheels -r requirements.txt -t $(ARTIFACTS_DIR)\n"
            "\trm -rf $(ARTIFACTS_DIR)/bin\n",
        },
        wheels=("one",),
        wheels_in="src/wheels",
    ),
    "makefile_elsewhere": SamProject(
        {
            "template.yaml": sam(
                function(metadata="{BuildMethod: makefile, ContextPath: build, WorkingDirectory: shared}")
                + function("G", "src", metadata="{BuildMethod: makefile, ProjectRootDirectory: .}")
            ),
            **named("src/app.py", "shared/s.py"),
            "build/Makefile": "build-F:\n\tcp s.py $(ARTIFACTS_DIR)\n",
            "Makefile": "build-G:\n\tcp src/app.py $(ARTIFACTS_DIR)\n\tcp -r shared $(ARTIFACTS_DIR)/\n",
        }
    ),
    "uv_requirements": SamProject(
        {
            "template.yaml": sam(function(metadata="{BuildMethod: python-uv}")),
            **below("src", CLUTTER),
            "src/requirements.txt": f"{INDEX}one\n",
        },
        UV,
        wheels=("one",),
        wheels_in="src/wheels",
    ),
    "uv_pyproject": SamProject(
        {
            "template.yaml": sam(function(metadata="{BuildMethod: python-uv}")),
            **named("src/app.py", "src/mine/__init__.py"),
            "src/pyproject.toml": '[project]\nname = "mine"\nversion = "1"\nrequires-python = ">=3.9"\n'
            'dependencies = ["one"]\n[tool.uv]\nno-index = true\nfind-links = ["./wheels"]\n',
        },
        UV,
        wheels=("one",),
        wheels_in="src/wheels",
    ),
    "uv_without_manifest": SamProject(
        {"template.yaml": sam(function(metadata="{BuildMethod: python-uv}")), **named("src/app.py", "src/uv.lock")}, UV
    ),
    "plain_that_sam_builds": SamProject(
        {
            "stack.yaml": PLAIN,
            "samconfig.toml": 'version = 0.1\n[default.build.parameters]\ntemplate_file = "stack.yaml"\n',
            **below("lib", CLUTTER),
        },
        (Run("stack.yaml"),),
    ),
}
