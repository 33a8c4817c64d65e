"""Projects that package by script, with the commands that do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wheelhouse import Wheel

APP = "def handler(event, context):\n    return 1\n"

WHEELS = (
    Wheel("alpha", files={"alpha/__init__.py": "import beta\n", "alpha/data.json": "{}"}, requires=("beta",)),
    Wheel("beta", files={"beta.py": "X = 1\n"}, scripts=("beta-tool",)),
)


@dataclass(frozen=True, slots=True)
class ScriptProject:
    """``files`` of a project, ``commands`` to run in ``start``, and the archives that they make.

    ``undecided`` are archives that vartask says it cannot predict.
    """

    files: Mapping[str, str]
    commands: tuple[tuple[str, ...], ...]
    archives: tuple[str, ...]
    start: str = "."
    undecided: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)

    def write(self, root: Path) -> None:
        """Write the project below a directory, with a directory ``wheels`` to install from."""
        for name, text in self.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for name, target in self.links.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(target)
        for wheel in WHEELS:
            wheel.write(root / "wheels")


def _bash(text: str, *more: str) -> tuple[dict[str, str], tuple[tuple[str, ...], ...]]:
    return {"build.sh": "#!/bin/bash\n" + text}, (("bash", "build.sh", *more),)


def script(text: str, files: Mapping[str, str], *archives: str, undecided: tuple[str, ...] = ()) -> ScriptProject:
    """A project with ``build.sh`` at its root."""
    own, commands = _bash(text)
    return ScriptProject({**own, **files}, commands, archives, undecided=undecided)


PACKAGE = {
    "src/app.py": APP,
    "src/lib/__init__.py": "",
    "src/lib/tools.py": "",
    "src/tests/test_app.py": "",
    "src/data/table.csv": "a,b\n",
    "requirements.txt": "alpha\n",
}

MAKEFILE = """\
PACKAGE := build/package
ZIP = dist/$(NAME).zip
NAME ?= api
SOURCES = $(wildcard src/*.py) $(addprefix src/,lib data)

.PHONY: all clean package
all: package

clean:
\trm -rf build dist

package: clean
\t@mkdir -p $(PACKAGE) dist
\tcp -r $(SOURCES) $(PACKAGE)
\tcd $(PACKAGE) && zip -qr ../../$(ZIP) . -x '*.csv'
"""

MANY = """\
FUNCTIONS := one two
all: $(FUNCTIONS:%=build/%.zip)

build/%.zip: functions/%/app.py
\tmkdir -p $(@D) tmp/$*
\tcp $< tmp/$*/
\tcp -r shared tmp/$*/shared
\tcd tmp/$* && zip -qr ../../$@ .
"""

PROJECTS: Mapping[str, ScriptProject] = {
    "one file": script("zip -j app.zip src/app.py\n", PACKAGE, "app.zip"),
    "a directory": script("set -euo pipefail\ncd src\nzip -qr ../app.zip .\n", PACKAGE, "app.zip"),
    "patterns left out": script("zip -r app.zip src -x 'src/tests/*' '*.csv' -x '*/__init__.py'\n", PACKAGE, "app.zip"),
    "patterns taken in": script("zip -r app.zip . -i '*.py' -x build.sh\n", PACKAGE, "app.zip"),
    "copied together": script(
        'rm -rf build\nmkdir -p build/pkg\ncp src/*.py build/pkg/\ncp -r src/lib build/pkg\necho "v=1" > build/pkg/v.py\n'
        "(cd build/pkg && zip -q -r9 ../app.zip .)\n",
        PACKAGE,
        "build/app.zip",
    ),
    "installed beside the code": script(
        "mkdir package\npip install -q -r requirements.txt --no-index --find-links wheels --target ./package\n"
        "cd package\nzip -qr ../app.zip .\ncd ../src\nzip -qg ../app.zip app.py\n",
        PACKAGE,
        "app.zip",
    ),
    "python -m pip, then the code": script(
        "python -m pip install -q --no-index -f wheels -t out beta\ncp -R src/. out\ncd out; zip -rq ../app.zip *\n",
        PACKAGE,
        "app.zip",
    ),
    "in a loop": script(
        "for dir in functions/*/; do\n  name=$(basename $dir)\n  (cd $dir && zip -qr ../../$name.zip .)\ndone\n",
        {"functions/a/app.py": APP, "functions/b/app.py": APP, "functions/b/more/x.py": ""},
        "a.zip",
        "b.zip",
    ),
    "an array and a function": script(
        'ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"\nNAMES=(one two)\n'
        'pack() {\n  local name="$1"\n  pushd "$ROOT/lambdas/$name" > /dev/null\n  zip -q -r "$ROOT/dist/${name}.zip" .\n'
        '  popd > /dev/null\n}\nmkdir -p "$ROOT/dist"\nfor n in "${NAMES[@]}"; do pack "$n"; done\n',
        {"lambdas/one/app.py": APP, "lambdas/two/app.py": APP, "lambdas/two/util.py": ""},
        "dist/one.zip",
        "dist/two.zip",
    ),
    "found and piped in": script(
        "cd src && find . -name '*.py' -not -path './tests/*' | zip -q ../app.zip -@\n", PACKAGE, "app.zip"
    ),
    "moved afterwards": script(
        "zip -qr app.zip src\nmkdir -p artifacts\nmv app.zip artifacts/final.zip\n", PACKAGE, "artifacts/final.zip"
    ),
    "taken out again": script("zip -qr app.zip src\nzip -qd app.zip 'src/tests/*' src/lib/\n", PACKAGE, "app.zip"),
    "python zips": script(
        "python -m zipfile -c one.zip src/app.py src/lib\n"
        "python -c \"import shutil; shutil.make_archive('two', 'zip', 'src')\"\n",
        PACKAGE,
        "one.zip",
        "two.zip",
    ),
    "unpacked and packed again": script(
        "zip -qr base.zip src/lib\nmkdir w\ncd w\nunzip -q ../base.zip\ncp ../src/app.py .\nzip -qr ../app.zip .\n",
        PACKAGE,
        "app.zip",
    ),
    "links": ScriptProject(
        {**_bash("zip -qr app.zip src\nzip -qry kept.zip src\n")[0], **PACKAGE, "shared/util.py": ""},
        (("bash", "build.sh"),),
        ("app.zip", "kept.zip"),
        links={"src/shared": "../shared", "src/alias.py": "app.py"},
    ),
    "rsync and find -delete": script(
        "mkdir out\ncp -a src/. out/\nfind out -name 'tests' -type d -prune -exec rm -rf {} +\n"
        "find out -name '*.csv' -delete\ncd out && zip -qr ../app.zip . && cd -\n",
        PACKAGE,
        "app.zip",
    ),
    "a Makefile": ScriptProject({"Makefile": MAKEFILE, **PACKAGE}, (("make",),), ("dist/api.zip",)),
    "a Makefile with pattern rules": ScriptProject(
        {"Makefile": MANY, "functions/one/app.py": APP, "functions/two/app.py": APP, "shared/util.py": ""},
        (("make",),),
        ("build/one.zip", "build/two.zip"),
    ),
    "make called by a script": ScriptProject(
        {
            "Makefile": "zip:\n\tmkdir -p build/$(name)\n\tcp handlers/$(name).py build/$(name)/\n"
            "\tcd build/$(name) ; zip -r ../$(name).zip .\n\trm -rf build/$(name)\n",
            "scripts/all.sh": "#!/bin/sh\nset -e\nfor n in a b; do make name=$n zip; done\n",
            "handlers/a.py": APP,
            "handlers/b.py": APP,
        },
        (("sh", "scripts/all.sh"),),
        ("build/a.zip", "build/b.zip"),
    ),
    "a script below scripts": ScriptProject(
        {
            "scripts/package.sh": '#!/usr/bin/env bash\nset -e\ncd "$(dirname "$0")/.."\nzip -qr lambda.zip src -x "*test*"\n',
            **PACKAGE,
        },
        (("bash", "scripts/package.sh"),),
        ("lambda.zip",),
    ),
    "npm scripts": ScriptProject(
        {"package.json": '{"scripts": {"package": "cd src && zip -qr ../app.zip ."}}', **PACKAGE},
        (("sh", "-c", "cd src && zip -qr ../app.zip ."),),
        ("app.zip",),
    ),
    "a workflow": ScriptProject(
        {
            ".github/workflows/deploy.yml": "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n"
            "    strategy:\n      matrix:\n        name: [one, two]\n    env:\n      OUT: dist\n    steps:\n"
            "      - uses: actions/checkout@v4\n      - run: mkdir -p $OUT\n      - name: pack\n"
            "        working-directory: functions/${{ matrix.name }}\n        run: |\n"
            '          zip -qr "../../${{ env.OUT }}/${{ matrix.name }}.zip" .\n',
            "functions/one/app.py": APP,
            "functions/two/app.py": APP,
        },
        (("sh", "-c", "mkdir -p dist; for n in one two; do (cd functions/$n; zip -qr ../../dist/$n.zip .); done"),),
        ("dist/one.zip", "dist/two.zip"),
    ),
    "a tool that nobody knows": script(
        "mkdir out\ncp src/app.py out\nsome-tool --into out || touch out/made.py\ncd out && zip -qr ../app.zip .\n",
        PACKAGE,
        "app.zip",
        undecided=("app.zip",),
    ),
}
