"""Projects whose packages are predicted: the forms of ``source_path`` and of ``archive_file``.

Terraform runs in ``infra``; paths are relative to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CODE = (
    *("src/app.py", "src/pkg/__init__.py", "src/pkg/util.py", "src/pkg/data.json", "src/pkg/deep/inner.py"),
    *("src/tests/test_app.py", "src/pkg/tests/test_util.py", "src/README.md", "src/pkg/notes.md", "src/.hidden"),
    *("src/.env", "src/__pycache__/app.cpython-311.pyc", "src/pkg/__pycache__/util.pyc", "src/node_modules_x/a.js"),
    *("src/[odd]/x.py", "src/a.zip", "src/ünïcode.py", "shared/common.py", "shared/lib/more.py", "one/handler.py"),
)
POETRY = '[tool.poetry]\nname = "x"\nversion = "1"\ndescription = ""\nauthors = []\n\n[build-system]\nbuild-backend = "poetry.core.masonry.api"\nrequires = ["poetry-core"]\n'
UV = (
    '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = []\n\n[tool.uv]\npackage = false\n'
)
SETUPTOOLS = '[project]\nname = "x"\nversion = "1"\n\n[build-system]\nbuild-backend = "setuptools.build_meta"\n'
EMPTY = "# nothing\n"


@dataclass(frozen=True)
class Packaged:
    """One project: ``module`` are arguments of terraform-aws-modules/lambda, or ``archive`` those of ``archive_file``.

    ``links`` are symbolic links with their targets.  ``asks`` are distributions that are installed for real.  ``fresh``
    projects have no compiled modules, as a working copy that nobody has used.
    """

    name: str
    module: Mapping[str, Any] = field(default_factory=dict)
    archive: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    asks: tuple[str, ...] = ()
    fresh: bool = False

    def write(self, root: Path) -> None:
        """Put the project there."""
        code = [name for name in CODE if not (self.fresh and "__pycache__" in name)]
        for name, text in {**dict.fromkeys(code, ""), **self.files, "infra/main.tf": self.configuration}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for name, target in self.links.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).symlink_to(target)

    @property
    def configuration(self) -> str:
        """What Terraform reads.  JSON is HCL, as far as values go."""
        if self.archive:
            arguments = {"type": "zip", "output_path": "out.zip", **self.archive}
            members = arguments.pop("members", {})
            blocks = "".join(
                f'  source {{\n    filename = "{name}"\n    content = {_content(text)}\n  }}\n'
                for name, text in members.items()
            )
            packaged = f'data "archive_file" "z" {{\n{_assigned(arguments)}{blocks}}}\n'
            function = {"function_name": "f", "runtime": "python3.11", "handler": "app.handler"}
            own = "  filename = data.archive_file.z.output_path\n"
            return f'{packaged}resource "aws_lambda_function" "f" {{\n{_assigned(function)}{own}}}\n'
        arguments = {"source": "terraform-aws-modules/lambda/aws", "function_name": "f", "handler": "app.handler"}
        return f'module "f" {{\n{_assigned({**arguments, "runtime": "python3.11", **self.module})}}}\n'


def _assigned(arguments: Mapping[str, Any]) -> str:
    return "".join(f"  {name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in arguments.items())


def _content(text: str) -> str:
    return f'file("{text.removeprefix("file:")}")' if text.startswith("file:") else json.dumps(text)


def _module(name: str, source_path: Any, **more: Any) -> Packaged:
    arguments = {"source_path": source_path, **more.pop("arguments", {})}
    return Packaged(name, module=arguments, **more)


def _worked(name: str, *commands: str, **more: Any) -> Packaged:
    """Commands that run in the sources."""
    patterns = {"patterns": more.pop("patterns")} if "patterns" in more else {}
    return _module(name, [{"path": "../src", "commands": list(commands), **patterns}], fresh=True, **more)


MODULE = (
    _module("directory", "../src"),
    _module("file", "../one/handler.py"),
    _module("a zip is a file", "../src/a.zip"),
    _module("list", ["../src", "../shared", "../one/handler.py"]),
    _module("list where the last counts", ["../shared", {"path": "../src/pkg", "prefix_in_zip": "lib"}]),
    _module("the directory itself", ".", files={"infra/app.py": ""}),
    _module("trailing slash", "../src/"),
    _module("requirements of a directory", "../src", files={"src/requirements.txt": EMPTY}),
    _module("installed", "../src", files={"src/requirements.txt": "six==1.17.0\n"}, asks=("six",)),
    _module("map with path", {"path": "../src"}, files={"src/requirements.txt": "six\n"}),
    _module("list of one map", [{"path": "../src"}]),
    _module("requirements true", [{"path": "../src", "pip_requirements": True}], files={"src/requirements.txt": EMPTY}),
    _module(
        "requirements false", {"path": "../src", "pip_requirements": False}, files={"src/requirements.txt": "six\n"}
    ),
    _module(
        "requirements elsewhere",
        [{"path": "../src", "pip_requirements": "../reqs.txt", "prefix_in_zip": "vendor"}],
        files={"reqs.txt": "six==1.17.0\n"},
        asks=("six",),
    ),
    _module(
        "requirements of a directory elsewhere",
        [{"pip_requirements": "../deps"}, "../one/handler.py"],
        files={"deps/requirements.txt": "six==1.17.0\n"},
        asks=("six",),
    ),
    _module("prefix", [{"path": "../src", "prefix_in_zip": "a/b"}]),
    _module("prefix of a file", [{"path": "../one/handler.py", "prefix_in_zip": "a"}]),
    _module("prefix to be tidied", [{"path": "../shared", "prefix_in_zip": "./x//y/"}]),
    _module("patterns", [{"path": "../src", "patterns": ["!.*\\.md", "!tests/.*", "!.*/__pycache__/.*"]}]),
    _module("patterns as text", {"path": "../src", "patterns": "!.*\n\n  .*\\.py  \n  !.*/tests/.*\n"}),
    _module(
        "the last pattern decides", {"path": "../src", "patterns": ["!.*", "pkg/.*", "!pkg/deep/.*", ".*/inner\\.py"]}
    ),
    _module("patterns of directories leave their files", {"path": "../src", "patterns": ["!tests/?", "!pkg/tests/"]}),
    _module("patterns match all of a path", {"path": "../src", "patterns": ["!app", "!pkg/util", "!README"]}),
    _module(
        "patterns see the prefix", {"path": "../src", "prefix_in_zip": "in", "patterns": ["!pkg/.*", "!in/tests/.*"]}
    ),
    _module("patterns do not touch a file", {"path": "../one/handler.py", "patterns": ["!.*"]}),
    _module(
        "patterns and what is installed",
        {"path": "../src", "pip_requirements": True, "patterns": ["!tests/.*", "!.*\\.md"]},
        files={"src/requirements.txt": "six==1.17.0\n"},
        asks=("six",),
    ),
    _module("zip by command", [{"path": "../src", "commands": [":zip"]}]),
    _module("zip a directory by command", [{"path": "../src", "commands": [":zip pkg lib/pkg"]}]),
    _module("zip a file by command", [{"path": "../src", "commands": [":zip app.py", ":zip ../shared 'sh ared'"]}]),
    _module("commands as text", [{"path": "../src", "commands": "\n  :zip pkg\n  :zip ../shared x\n"}]),
    _module("commands with patterns", [{"path": "../src", "commands": [":zip . in"], "patterns": ["!in/pkg/.*"]}]),
    _module("commands without a path", [{"commands": [":zip ../shared"]}, "../one/handler.py"]),
    _module(
        "commands take all of a map",
        [{"path": "../src", "prefix_in_zip": "x", "pip_requirements": True, "commands": [":zip pkg"]}],
    ),
    _worked("commands that change the directory", "cd pkg", ":zip"),
    _worked("commands that change it twice", "cd pkg", ":zip", "cd ../../shared", ":zip . s", ":zip lib t"),
    _worked("commands that copy", "cp -r ../shared pkg/sh", "rm -rf tests", ":zip"),
    _worked(
        "commands in several batches", "mkdir -p b/c", "cp app.py b/c/", ":zip b", "cd b/c && touch m.py", ":zip . z"
    ),
    _worked("commands behind the last zip", ":zip", "rm app.py"),
    _worked("a build in another directory", "rm -rf ../out && mkdir ../out", "cp *.py ../out", ":zip ../out"),
    _worked("commands in a loop", "mkdir d", "for f in pkg/*.py; do cp $f d/; done", ":zip d"),
    _worked(
        "commands with patterns of their own",
        "cp -r ../shared pkg/sh",
        ":zip . p",
        patterns=["!.*/sh/.*", "!p/tests/.*"],
    ),
    _worked(
        "commands that install",
        "mkdir ../build",
        "python3.11 -m pip install -q --no-compile --no-deps --target=../build six==1.17.0",
        "cp app.py ../build",
        ":zip ../build",
        asks=("six",),
    ),
    _module(
        "what commands have changed is packed by the next step",
        [
            {"path": "../src", "commands": ["cp ../one/handler.py pkg/", "rm -r tests"]},
            {"path": "../src", "prefix_in_zip": "x"},
        ],
        fresh=True,
    ),
    _module("poetry by itself", "../src", files={"src/pyproject.toml": POETRY}),
    _module("poetry asked for", {"path": "../src", "poetry_install": True}, files={"src/pyproject.toml": POETRY}),
    _module("uv by itself", "../src", files={"src/pyproject.toml": UV}),
    _module(
        "uv asked for", {"path": "../src", "uv_install": True, "prefix_in_zip": "p"}, files={"src/pyproject.toml": UV}
    ),
    _module("setuptools is not asked", "../src", files={"src/pyproject.toml": SETUPTOOLS}),
    _module("links", "../src", links={"src/shared": "../shared", "src/one.py": "../one/handler.py"}),
    _module(
        "links to be filtered", {"path": "../src", "patterns": ["!shared/lib/.*"]}, links={"src/shared": "../shared"}
    ),
)


def _archive(name: str, **more: Any) -> Packaged:
    files, links = more.pop("files", {}), more.pop("links", {})
    return Packaged(name, archive=more, files=files, links=links)


def _excludes(*patterns: str, **more: Any) -> Packaged:
    return _archive(f"excludes {' '.join(patterns)}", source_dir="../src", excludes=list(patterns), **more)


ARCHIVE = (
    _archive("directory", source_dir="../src"),
    _archive("file", source_file="../src/app.py"),
    _archive("a zip is a file", source_file="../src/a.zip"),
    _archive("a linked file", source_file="../src/one.py", links={"src/one.py": "../one/handler.py"}),
    _archive("members", members={"app.py": "x = 1\n", "lib/common.py": "file:../shared/common.py", "./b.py": "y"}),
    _archive("mode", source_dir="../src", output_file_mode="0644"),
    _excludes("tests"),
    _excludes("tests/"),
    _excludes("./tests"),
    _excludes("tests/*"),
    _excludes("tests/**"),
    _excludes("**/tests"),
    _excludes("**/tests/**", "**/__pycache__"),
    _excludes("**/*.md"),
    _excludes("*.md"),
    _excludes("pkg/*.md", ".[!.]*"),
    _excludes("**/.??*"),
    _excludes("**/{tests,__pycache__}", "**/*.{md,json}"),
    _excludes("pkg/*", "!app.py"),
    _excludes("pkg/**/*.py"),
    _excludes("pkg**"),
    _excludes("**.py"),
    _excludes("[a-m]*.py", "[!p]kg"),
    _excludes("\\[odd\\]"),
    _excludes("ünï?ode.py", ""),
    _excludes("pkg/deep", "PKG", "app"),
    _excludes("../shared", "/app.py"),
    _archive("links", source_dir="../src", links={"src/shared": "../shared", "src/one.py": "../one/handler.py"}),
    _excludes("shared/lib", links={"src/shared": "../shared"}),
    _excludes("shared/**/*.py", "shared", links={"src/also": "../shared"}),
)

PROJECTS = {f"{kind}: {one.name}": one for kind, all_ in (("module", MODULE), ("archive", ARCHIVE)) for one in all_}
