"""Loops that import every module of a package, compared with what the Python at hand does."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from deployments import deployed
from pythons import import_errors, pythons
from vartask.imports.words import import_message
from vartask.model import Deployment

HANDLER = "\n\ndef handler(event, context):\n    return {}\n"
PLUGINS = {"plugins/__init__.py": "", "plugins/one.py": "X = 1", "plugins/two.py": "from helpers import gone"}
HEAD = "import importlib, pkgutil, plugins\nfrom pkgutil import iter_modules\n"
FOR = "for info in pkgutil.iter_modules(plugins.__path__):\n    "

LOOPS: dict[str, Mapping[str, str]] = {
    "f-string": {"app.py": HEAD + FOR + "importlib.import_module(f'plugins.{info.name}')"},
    "the package's name": {"app.py": HEAD + FOR + "importlib.import_module(f'{plugins.__name__}.{info.name}')"},
    "concatenation": {"app.py": HEAD + FOR + "importlib.import_module('plugins.' + info.name)"},
    "a name in between": {"app.py": HEAD + FOR + "full = 'plugins.' + info.name\n    importlib.import_module(full)"},
    "format": {"app.py": HEAD + FOR + "importlib.import_module('{}.{}'.format('plugins', info.name))"},
    "an index": {"app.py": HEAD + FOR + "importlib.import_module('plugins.' + info[1])"},
    "unpacked": {
        "app.py": HEAD
        + "for _, name, _ in iter_modules(plugins.__path__):\n    importlib.import_module('plugins.' + name)"
    },
    "a prefix": {
        "app.py": HEAD
        + "for info in iter_modules(plugins.__path__, 'plugins.'):\n    importlib.import_module(info.name)"
    },
    "a prefix by keyword": {
        "app.py": HEAD + "for _, name, _ in iter_modules(plugins.__path__, prefix=plugins.__name__ + '.'):\n"
        "    importlib.import_module(name)"
    },
    "relative": {"app.py": HEAD + FOR + "importlib.import_module('.' + info.name, package='plugins')"},
    "relative to the package's name": {
        "app.py": HEAD + FOR + "importlib.import_module('.' + info.name, plugins.__name__)"
    },
    "a comprehension": {
        "app.py": HEAD
        + "found = [importlib.import_module('plugins.' + m.name) for m in iter_modules(plugins.__path__)]"
    },
    "sorted": {
        "app.py": HEAD
        + "for m in sorted(iter_modules(plugins.__path__)):\n    importlib.import_module('plugins.' + m.name)"
    },
    "in the package itself": {
        "app.py": "import plugins",
        "plugins/__init__.py": "import importlib, pkgutil\nfor m in pkgutil.iter_modules(__path__):\n"
        "    importlib.import_module(f'{__name__}.{m.name}')",
    },
    "in the package itself, relative": {
        "app.py": "import plugins",
        "plugins/__init__.py": "import importlib, pkgutil\nfor m in pkgutil.iter_modules(__path__):\n"
        "    importlib.import_module('.' + m.name, __package__)",
    },
    "packages in it": {
        "app.py": HEAD
        + "for m in pkgutil.walk_packages(plugins.__path__, 'plugins.'):\n    importlib.import_module(m.name)",
        "plugins/two.py": "",
        "plugins/deep/__init__.py": "",
        "plugins/deep/three.py": "from helpers import gone",
    },
    "a __main__ that is imported as well": {
        "app.py": HEAD + FOR + "importlib.import_module(f'plugins.{info.name}')",
        "plugins/two.py": "",
        "plugins/__main__.py": "from helpers import gone",
    },
}

CLEAN: dict[str, Mapping[str, str]] = {
    "nothing deeper": {
        "app.py": HEAD + FOR + "importlib.import_module(f'plugins.{info.name}')",
        "plugins/two.py": "",
        "plugins/deep/__init__.py": "",
        "plugins/deep/three.py": "from helpers import gone",
    },
    "caught": {
        "app.py": HEAD
        + FOR
        + "try:\n        importlib.import_module(f'plugins.{info.name}')\n    except ImportError:\n        pass"
    },
    "another package": {
        "app.py": "import importlib, pkgutil, others\nfor m in pkgutil.iter_modules(others.__path__):\n"
        "    importlib.import_module('others.' + m.name)",
        "others/__init__.py": "",
    },
}


@cache
def said() -> Mapping[str, list[str] | None]:
    every = {case: {**PLUGINS, "helpers.py": "", **files} for case, files in (LOOPS | CLEAN).items()}
    return import_errors(next(iter(pythons())), every)


def found(directory: Path, case: Mapping[str, str]) -> Deployment:
    return deployed(directory, {**PLUGINS, "helpers.py": "", **case, "app.py": case["app.py"] + HANDLER})


@pytest.mark.parametrize("case", LOOPS)
def test_every_module_of_the_package_is_imported(tmp_path: Path, case: str) -> None:
    _, text = said()[case] or ["", ""]
    deployment = found(tmp_path, LOOPS[case])
    messages = [import_message(deployment, outcome) for outcome in deployment.names]
    assert messages == [f"Runtime.ImportModuleError: Unable to import module 'app': {text}"]


@pytest.mark.parametrize("case", CLEAN)
def test_what_works_is_clean(tmp_path: Path, case: str) -> None:
    assert said()[case] is None
    assert found(tmp_path, CLEAN[case]).names == ()


@pytest.mark.parametrize(
    "body",
    [
        "if info.name != 'two':\n        importlib.import_module(f'plugins.{info.name}')",
        "if info.name == 'two':\n        continue\n    importlib.import_module(f'plugins.{info.name}')",
    ],
)
def test_a_loop_that_may_leave_modules_out_is_a_gap(tmp_path: Path, body: str) -> None:
    deployment = found(tmp_path, {"app.py": HEAD + FOR + body})
    assert deployment.names == ()
    reason = "`from helpers import gone` fails, but only if `plugins.two` is among the modules that a loop imports"
    assert [gap.reason for gap in deployment.gaps] == [reason]


def test_a_loop_in_a_function_imports_when_it_is_called(tmp_path: Path) -> None:
    code = HEAD + "def handler(event, context):\n    for m in iter_modules(plugins.__path__):\n"
    code += "        importlib.import_module('plugins.' + m.name)\n"
    deployment = deployed(tmp_path, {**PLUGINS, "helpers.py": "", "app.py": code})
    assert [(outcome.when, outcome.scope) for outcome in deployment.names] == [("call", "handler")]
