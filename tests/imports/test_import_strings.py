"""Strings that are imports: how they reach the call, and what becomes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments import deployed
from vartask.model import StringOutcome

IMPORT = "import importlib\nfrom importlib import import_module\n"


def outcomes(tmp_path: Path, code: str, **files: str) -> tuple[StringOutcome, ...]:
    project = {"src/app.py": IMPORT + code, "src/api/users.py": "def run(): ...", **files}
    return deployed(tmp_path, project, source="src").strings


FLOWS = {
    "direct": "def handler(e, c):\n    importlib.import_module('src.api.users')",
    "bare name": "def handler(e, c):\n    import_module('src.api.users')",
    "dunder": "def handler(e, c):\n    __import__('src.api.users')",
    "constant": "NAME = 'src.api.users'\ndef handler(e, c):\n    import_module(NAME)",
    "dict": "MAP = {'u': 'src.api.users'}\ndef handler(e, c):\n    import_module(MAP[e['k']])",
    "dict get": "MAP = {'u': 'src.api.users'}\ndef handler(e, c):\n    import_module(MAP.get(e['k']))",
    "dict items": "MAP = {'u': 'src.api.users'}\ndef handler(e, c):\n    for k, v in MAP.items():\n        import_module(v)",
    "list": "MODS = ['src.api.users']\ndef handler(e, c):\n    for m in MODS:\n        import_module(m)",
    "tuples": "MAP = {'u': ('src.api.users', 'run')}\ndef handler(e, c):\n    m, f = MAP[e['k']]\n    import_module(m)",
    "f-string": "ROOT = 'src.api'\ndef handler(e, c):\n    import_module(f'{ROOT}.users')",
    "open f-string": "def handler(e, c):\n    import_module(f'src.api.{e}')",
    "concatenation": "def handler(e, c):\n    import_module('src.api.' + e['name'])",
    "format": "def handler(e, c):\n    import_module('src.api.{}'.format(e))",
    "default": "def load(name='src.api.users'):\n    import_module(name)\ndef handler(e, c):\n    load()",
    "argument": "def load(name):\n    import_module(name)\ndef handler(e, c):\n    load('src.api.users')",
    "keyword": "def load(*, name):\n    import_module(name)\ndef handler(e, c):\n    load(name='src.api.users')",
    "class": "class R:\n    MAP = {'u': 'src.api.users'}\n    def go(self):\n        import_module(self.MAP['u'])\ndef handler(e, c):\n    R().go()",
    "entry point": "MAP = {'u': 'src.api.users:run'}\ndef handler(e, c):\n    m, a = MAP['u'].split(':')\n    import_module(m)",
    "dotted path": "MAP = {'u': 'src.api.users.run'}\ndef handler(e, c):\n    m, a = MAP['u'].rsplit('.', 1)\n    import_module(m)",
    "comprehension": "def handler(e, c):\n    return [import_module(m) for m in ('src.api.users',)]",
    "environment default": "import os\ndef handler(e, c):\n    import_module(os.environ.get('MOD', 'src.api.users'))",
    "only looks like it": "TASKS = {'u': 'src.api.users'}\ndef handler(e, c): ...",
    "pkg:attr without call": "TASKS = ['src.api.users:run']\ndef handler(e, c): ...",
}


@pytest.mark.parametrize("code", FLOWS.values(), ids=FLOWS.keys())
def test_a_string_with_the_wrong_prefix_is_found(tmp_path: Path, code: str) -> None:
    (outcome,) = outcomes(tmp_path, code)
    assert outcome.relocation is not None
    assert outcome.relocation.importable in {"api.users", "api"}


def test_what_a_module_imports_that_no_statement_can_name_is_followed(tmp_path: Path) -> None:
    code = "def handler(e, c):\n    import_module('my-views')"
    files = {"src/my-views.py": "import src.api.users\n"}
    checked = deployed(tmp_path, {"src/app.py": IMPORT + code, "src/api/users.py": "", **files}, source="src")
    (outcome,) = checked.imports
    assert outcome.fact.span.path == "src/my-views.py"


SILENT = {
    "right name": "def handler(e, c):\n    import_module('api.users')",
    "fallback": "def handler(e, c):\n    for m in ('src.api.users', 'api.users'):\n        try:\n            return import_module(m)\n        except ImportError:\n            continue",
    "logger": "import logging\nlog = logging.getLogger('src.api.users')\ndef handler(e, c): ...",
    "docstring": "def handler(e, c):\n    'src.api.users'",
    "comparison": "def handler(e, c):\n    return e == 'src.api.users'",
    "third party": "def handler(e, c):\n    import_module('numpy.linalg')",
    "relative": "def handler(e, c):\n    import_module('.users', package='api')",
    "unknown": "def handler(e, c):\n    import_module(e['name'])",
    "never called": "def dev():\n    import_module('src.api.users')\ndef handler(e, c): ...",
    "attribute that is a module": "import pkgutil\ndef handler(e, c):\n    pkgutil.resolve_name('api.users')",
}


@pytest.mark.parametrize("code", SILENT.values(), ids=SILENT.keys())
def test_a_string_that_works_or_is_something_else_is_silent(tmp_path: Path, code: str) -> None:
    assert [outcome for outcome in outcomes(tmp_path, code) if outcome.certain] == []


def test_thirty_strings_are_thirty_findings(tmp_path: Path) -> None:
    names = [f"m{number}" for number in range(30)]
    table = "".join(f"    '{name}': 'src.api.{name}',\n" for name in names)
    files = {f"src/api/{name}.py": "" for name in names}
    found = outcomes(tmp_path, f"MAP = {{\n{table}}}\ndef handler(e, c):\n    import_module(MAP[e])", **files)
    assert [item.relocation.importable for item in found if item.relocation] == [f"api.{name}" for name in names]


def test_a_target_that_is_not_packaged_is_found(tmp_path: Path) -> None:
    code = "def handler(e, c):\n    import_module('plugins.one')"
    (outcome,) = outcomes(tmp_path, code, **{"plugins/one.py": ""})
    assert (outcome.missing, outcome.candidates, outcome.relocation) == ("plugins", ("plugins/one.py",), None)


def test_an_attribute_that_the_module_lacks_is_found(tmp_path: Path) -> None:
    code = "import pkgutil\ndef handler(e, c):\n    pkgutil.resolve_name('api.users:gone')"
    (outcome,) = outcomes(tmp_path, code)
    assert outcome.error == "module 'api.users' has no attribute 'gone'"


def test_a_module_loaded_by_string_is_replayed_too(tmp_path: Path) -> None:
    files = {
        "src/app.py": IMPORT + "def handler(e, c):\n    import_module('api.users')",
        "src/api/users.py": "from shared import x",
        "shared/x.py": "",
    }
    deployment = deployed(tmp_path, files, source="src")
    assert [item.error for item in deployment.imports] == ["No module named 'shared'"]
    assert deployment.imports[0].when == "call"


ACROSS = {
    "table": ("from routes import TABLE\ndef handler(e, c):\n    import_module(TABLE[e])", "TABLE = {'u': 'src.api.users'}"),
    "module attribute": ("import routes\ndef handler(e, c):\n    import_module(routes.TABLE[e])", "TABLE = ['src.api.users']"),
    "split": (
        "from routes import TABLE\ndef handler(e, c):\n    m, a = TABLE[e].split(':')\n    import_module(m)",
        "TABLE = {'u': 'src.api.users:run'}",
    ),
    "loader": (
        "from routes import load\ndef handler(e, c):\n    load('src.api.users')",
        "import importlib\ndef load(name):\n    return importlib.import_module(name)",
    ),
    "loader by keyword": (
        "import routes\ndef handler(e, c):\n    routes.load(name='src.api.users')",
        "import importlib\ndef load(*, name):\n    return importlib.import_module(name)",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("code", "routes"), ACROSS.values(), ids=ACROSS.keys())
def test_a_string_that_reaches_the_call_through_another_module_is_found(tmp_path: Path, code: str, routes: str) -> None:
    (outcome,) = outcomes(tmp_path, code, **{"src/routes.py": routes})
    assert outcome.certain
    assert outcome.relocation is not None
    assert outcome.relocation.importable == "api.users"


@pytest.mark.parametrize(("code", "routes"), ACROSS.values(), ids=ACROSS.keys())
def test_a_target_named_in_another_module_that_is_not_packaged_is_found(tmp_path: Path, code: str, routes: str) -> None:
    code, routes = (text.replace("src.api.users", "plugins.one") for text in (code, routes))
    files = {"src/routes.py": routes, "plugins/one.py": "def run(): ..."}
    (outcome,) = outcomes(tmp_path, code, **files)
    assert (outcome.missing, outcome.candidates) == ("plugins", ("plugins/one.py",))


def test_names_that_are_built_from_each_other_end_in_no_time(tmp_path: Path) -> None:
    lines = ["x0 = 'src.'"] + [f"x{n} = x{n - 1} + x{n - 1} + x{n - 1}" for n in range(1, 40)]
    code = "\n".join([*lines, "import other", "def handler(e, c):\n    import_module(x39)\n    other.go(x39)"])
    outcomes(tmp_path, code, **{"src/other.py": "def go(name): ..."})
