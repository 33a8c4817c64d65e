"""Files that are read at init: verdict and text are those of the CPythons on the machine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from deployments import TEMPLATE, deployed
from pythons import import_errors, pythons
from vartask.imports.words import raised_message
from vartask.model import UnknownRegion

HANDLER = "\n\ndef handler(event, context):\n    return {}\n"
VERSIONS = sorted(version for version in pythons() if int(version.partition(".")[2]) > 8)
OS = "import os, json\nHERE = os.path.dirname(os.path.abspath(__file__))\n"
PATH = "from pathlib import Path\nHERE = Path(__file__).parent\n"

FAILS: Mapping[str, str] = {
    "beside the module": OS + "x = open(os.path.join(HERE, 'c.json')).read()",
    "loaded": OS + "with open(os.path.join(HERE, 'data', 'c.json')) as f:\n    x = json.load(f)",
    "in one expression": "import os\nx = open(os.path.dirname(__file__) + '/c.json') if 0 else open(os.path.join("
    "os.path.dirname(__file__), 'c.json'))",
    "by pathlib": PATH + "x = (HERE / 'c.json').read_text()",
    "by pathlib, as bytes": PATH + "x = (HERE / 'data' / 'c.json').read_bytes()",
    "opened by pathlib's path": PATH + "x = open(HERE / 'c.json', encoding='utf-8')",
    "with a mode": OS + "x = open(os.path.join(HERE, 'c.json'), 'rb')",
    "with a name of the function's own": "def load():\n    name = 'c.json'\n    return open(name)\nx = load()",
    "with a parameter": OS + "def load(name='c.json'):\n    return open(os.path.join(HERE, name))\nx = load()",
    "in a constructor": "class C:\n    def __init__(self):\n        self.x = open('c.json').read()\nx = C()",
    "after it was asked for": OS
    + "def load(p):\n    return None if os.path.exists(p) else open(p)\nx = load('c.json')",
    "in a function that init calls": PATH
    + "def load():\n    return FILE.read_text()\nFILE = HERE / 'c.json'\nx = FILE.read_text()",
}

WORKS: Mapping[str, str] = {
    "a file that is there": PATH + "x = (HERE / 'there.json').read_text()",
    "the module itself": "x = open(__file__).read()",
    "caught": PATH + "try:\n    x = (HERE / 'c.json').read_text()\nexcept FileNotFoundError:\n    x = ''",
    "caught as what it is": PATH + "try:\n    x = (HERE / 'c.json').read_text()\nexcept OSError:\n    x = ''",
    "asked for before": PATH + "x = (HERE / 'c.json').read_text() if (HERE / 'c.json').exists() else ''",
    "asked for by os": OS + "P = os.path.join(HERE, 'c.json')\nif os.path.exists(P):\n    x = open(P)",
    "in a function": PATH + "def f():\n    return (HERE / 'c.json').read_text()",
    "in a function that catches": "def f(p):\n    try:\n        return open(p)\n    except OSError:\n        pass\nx = f('c.json')",
    "in a function that asks": PATH
    + "def f(p):\n    return Path(p).read_text() if Path(p).exists() else ''\nx = f('c.json')",
    "a name of the function's own": OS
    + "P = 'c.json'\ndef f(P):\n    return open(P)\nx = f(os.path.join(HERE, 'there.json'))",
    "another open": "def open(path):\n    return path\nx = open('c.json')",
}


@cache
def said(version: str) -> Mapping[str, list[str] | None]:
    cases = {case: {"app.py": code, "there.json": "{}"} for case, code in {**FAILS, **WORKS}.items()}
    return import_errors(version, cases)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", FAILS)
def test_a_file_that_is_not_packaged_ends_init(tmp_path: Path, case: str, version: str) -> None:
    exception, text = said(version)[case] or ["", ""]
    files = {"app.py": FAILS[case] + HANDLER, "there.json": "{}"}
    deployment = deployed(tmp_path, files, runtime=f"python{version}")
    assert [raised_message(deployment, item) for item in deployment.raised] == [f"{exception}: {text}"]
    assert {item.kind for item in deployment.raised} == {"file"}


@pytest.mark.parametrize("case", WORKS)
def test_what_python_reads_or_catches_is_clean(tmp_path: Path, case: str) -> None:
    assert said(VERSIONS[0])[case] is None
    assert deployed(tmp_path, {"app.py": WORKS[case] + HANDLER, "there.json": "{}"}).raised == ()


@pytest.mark.parametrize(
    "code",
    [
        "x = open('/tmp/c.json')",
        "x = open('/etc/hosts')",
        "x = open('/opt/c.json')",
        "import sys\nx = open(sys.argv[1])",
        "x = open('/tmp/out.txt', 'w')",
    ],
)
def test_places_that_the_package_does_not_fill_are_not_judged(tmp_path: Path, code: str) -> None:
    assert deployed(tmp_path, {"app.py": code + HANDLER}).raised == ()


def test_a_directory_that_no_linux_has_is_not_there(tmp_path: Path) -> None:
    deployment = deployed(tmp_path, {"app.py": "x = open('/nonexistent/file.txt')" + HANDLER})
    assert [raised_message(deployment, item) for item in deployment.raised] == [
        "FileNotFoundError: [Errno 2] No such file or directory: '/nonexistent/file.txt'"
    ]


@pytest.mark.parametrize("name", ["get_x", "Get"])
def test_an_attribute_that_os_environ_lacks_ends_init(tmp_path: Path, name: str) -> None:
    deployment = deployed(tmp_path, {"app.py": f"import os\nx = os.environ.{name}('A')" + HANDLER})
    assert [item.error for item in deployment.raised] == [f"'_Environ' object has no attribute {name!r}"]


@pytest.mark.parametrize(
    "use", ["get('A')", "setdefault('A', 'b')", "copy()", "items()", "pop('A', None)", "__contains__('A')"]
)
def test_what_os_environ_has_is_clean(tmp_path: Path, use: str) -> None:
    assert deployed(tmp_path, {"app.py": f"import os\nx = os.environ.{use}" + HANDLER}).raised == ()


def test_a_place_that_something_may_fill_is_not_judged(tmp_path: Path) -> None:
    region = UnknownRegion("/var/task", "a build step makes it", TEMPLATE)
    files = {"app.py": PATH + "x = (HERE / 'c.json').read_text()" + HANDLER}
    assert deployed(tmp_path, files, regions=(region,)).raised == ()


def test_the_working_directory_is_where_a_bare_name_is_looked_for(tmp_path: Path) -> None:
    files = {"src/app.py": "x = open('c.json')" + HANDLER, "c.json": "{}"}
    deployment = deployed(tmp_path, files, source="src")
    assert [raised_message(deployment, item) for item in deployment.raised] == [
        "FileNotFoundError: [Errno 2] No such file or directory: 'c.json'"
    ]
    assert [item.similar for item in deployment.raised] == [("c.json",)]


@pytest.mark.parametrize(
    "setting", ["os.environ['A'] = 'x'", "os.environ.setdefault('A', 'x')", "os.environ.update(A='x')"]
)
def test_a_variable_that_the_code_sets_is_no_gap(tmp_path: Path, setting: str) -> None:
    files = {"app.py": f"import os\n{setting}\nx = os.environ['A']" + HANDLER}
    assert deployed(tmp_path, files).gaps == ()


@pytest.mark.parametrize("code", ["from settings import C\nx = open(C)", "import settings\nx = open(settings.C)"])
def test_a_path_may_stand_in_another_module(tmp_path: Path, code: str) -> None:
    deployment = deployed(tmp_path, {"app.py": code + HANDLER, "settings.py": "C = 'c.json'\n"})
    assert [item.error for item in deployment.raised] == ["[Errno 2] No such file or directory: 'c.json'"]


@pytest.mark.parametrize(
    "code",
    [
        "import sys\ndef f():\n    p = sys.argv[0]\n    return open(p)\np = 'c.json'\nx = f()",
        "def f():\n    from smart_open import open\n    return open('c.json')\nx = f()",
        "def f():\n    from upath import UPath as Path\n    return Path('c.json').read_text()\nx = f()",
    ],
)
def test_what_a_function_calls_its_own_is_not_the_modules(tmp_path: Path, code: str) -> None:
    region = UnknownRegion("/opt/python", "a layer", TEMPLATE)
    assert [item.kind for item in deployed(tmp_path, {"app.py": code + HANDLER}, regions=(region,)).raised] == []


def test_a_variable_with_a_computed_value_is_set(tmp_path: Path) -> None:
    files = {"app.py": "import os\nx = os.environ['A']" + HANDLER}
    assert deployed(tmp_path, files, environment={"A": None}).gaps == ()
    assert [gap.reason for gap in deployed(tmp_path, files).gaps] == [
        "the variable `A` is read at init, and no definition here sets it; whether anything else does is not known"
    ]
