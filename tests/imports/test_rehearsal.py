"""What a rehearsal of init makes certain, and what it leaves open."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments import deployed
from pythons import ask, pythons
from vartask.data.runtimes import SUPPORTED
from vartask.imports.rehearsal_foreign import NEEDS_TEXT
from vartask.imports.words import raised_message
from vartask.model import Deployment, UnknownRegion

HANDLER = "\n\ndef handler(event, context):\n    return {}\n"


def messages(deployment: Deployment) -> list[str | None]:
    """What Lambda logs of the errors that are certain."""
    return [raised_message(deployment, outcome) for outcome in deployment.raised]


def at_init(tmp_path: Path, code: str, **files: str) -> list[str | None]:
    others = {name.replace("__", "/") + ".py": text for name, text in files.items()}
    return messages(deployed(tmp_path, {"app.py": code + HANDLER, **others}, runtime="python3.12"))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("{}['key']", "KeyError: 'key'"),
        ("[][0]", "IndexError: list index out of range"),
        ("None.attribute", "AttributeError: 'NoneType' object has no attribute 'attribute'"),
        ("int('x')", "ValueError: invalid literal for int() with base 10: 'x'"),
        ("a, b = (1,)", "ValueError: not enough values to unpack (expected 2, got 1)"),
        ("def f(x, y): return x\nf(1)", "TypeError: f() missing 1 required positional argument: 'y'"),
        ("def f(): return 1\nf(1)", "TypeError: f() takes 0 positional arguments but 1 was given"),
        ("def f(*, x): return x\nf(y=1)", "TypeError: f() got an unexpected keyword argument 'y'"),
        ("class A:\n    def __init__(self):\n        self.b\nA()", "AttributeError: 'A' object has no attribute 'b'"),
        ("class A:\n    def __init__(self):\n        super().__init__()\n        self.b\nA()", "AttributeError: 'A' object has no attribute 'b'"),
        ("class A:\n    def __init__(self): self.x = 1\nclass B(A):\n    def __init__(self): super().__init__()\nB().y", "AttributeError: 'B' object has no attribute 'y'"),
        ("class A:\n    def __init__(self, x): self.x = x\nclass B(A):\n    def __init__(self): super().__init__()\nB()", "TypeError: A.__init__() missing 1 required positional argument: 'x'"),
        ("class A: pass\nA.b", "AttributeError: type object 'A' has no attribute 'b'"),
        ("import abc\nclass A(abc.ABC_x): pass", "AttributeError: module 'abc' has no attribute 'ABC_x'"),
        ("class T:\n    def __enter__(self): return self\n    def __exit__(self, *e): self.gone\nwith T():\n    pass", "AttributeError: 'T' object has no attribute 'gone'"),
        ("class T:\n    def __enter__(self): return missing\n    def __exit__(self, *e): pass\nwith T():\n    pass", "NameError: name 'missing' is not defined"),
        ("class T:\n    def __enter__(self): pass\n    def __exit__(self, *e): pass\nwith T():\n    1 / 0", "ZeroDivisionError: division by zero"),
        ("import logging\nlogging.getLogger().setlevel(10)", "AttributeError: 'RootLogger' object has no attribute 'setlevel'"),
        ("import logging\nlogger = logging.getLogger(__name__)\nlogger.success", "AttributeError: 'Logger' object has no attribute 'success'"),
        ("from datetime import datetime\ndatetime.utc_now()", "AttributeError: type object 'datetime.datetime' has no attribute 'utc_now'"),
        ("from pathlib import Path\nPath('x').join('y')", "AttributeError: 'PosixPath' object has no attribute 'join'"),
        ("import json\njson()", "TypeError: 'module' object is not callable"),
        ("def make():\n    return missing\nmake()", "NameError: name 'missing' is not defined"),
        ("for x in (1, 2):\n    if x == 2:\n        raise KeyError(x)", "KeyError: 2"),
        ("try:\n    int('x')\nexcept ValueError as error:\n    raise RuntimeError('no') from error", "RuntimeError: no"),
        ("try:\n    int('x')\nexcept KeyError:\n    pass", "ValueError: invalid literal for int() with base 10: 'x'"),
        ("TABLE = {'a': 1}\nNAMES = [TABLE[name] for name in ('a', 'b')]", "KeyError: 'b'"),
    ],
)  # fmt: skip
def test_an_error_that_is_certain_is_told_in_pythons_words(tmp_path: Path, code: str, message: str) -> None:
    assert at_init(tmp_path, code) == [message]


@pytest.mark.parametrize(
    "code",
    [
        "import os\nif os.path.exists('/tmp/x'):\n    1 / 0",
        "import random\ntry:\n    random.random()\n    1 / 0\nexcept ValueError:\n    pass",
        "def f():\n    import os\n    if os.path.exists('/tmp/x'):\n        return 1\n    return 1 / 0\nf()",
        "import os\nx = {'a': 1}\nos.walk(x)\nx['b']",
        "import os\nwhile os.getpid():\n    y = 1\n    break\ny",
        "class A:\n    def __getattr__(self, name): return 1\nA().b",
        "import dataclasses\n@dataclasses.dataclass\nclass A:\n    b: int\nA(1).b",
        "import enum\nclass A(enum.Enum):\n    B = 1\nA.B.value",
        "globals()['x'] = 1\nx",
        "def f(): yield 1 / 0\nf()",
        "x = (1 / 0 for _ in ())",
        "lambda: missing",
        "try:\n    1 / 0\nexcept ArithmeticError:\n    pass",
        "import contextlib\nwith contextlib.suppress(Exception):\n    1 / 0",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    1 / 0",
        "import os\nos.getpid() and 1 / 0",
        "class A:\n    x = 1\n    def f(self): return self.y\nA().x",
        "def set_y():\n    global y\n    y = 1\nset_y()\ny",
        "import pkgutil\nfor _, name, _ in pkgutil.iter_modules(['/nowhere']):\n    1 / 0",
        "class A:\n    def __init__(self): self.x = 1\nclass B(A):\n    def __init__(self): super().__init__()\nB().x",
        "class A(object):\n    def __init__(self): self.x = 1\nclass B(A):\n    def __init__(self): super(B, self).__init__()\nB().x",
        "class A:\n    def __init__(self): self.x = 1\nclass C: pass\nclass B(A, C):\n    def __init__(self): super().__init__()\nB().x",
        "class A:\n    def __init__(self, x): self.x = x\nclass B(A): pass\nclass C(B):\n    def __init__(self): [super(C, self).__init__(1) for _ in 'a']\nC().x",
        "R = []\nclass A:\n    def __init__(self): R.append(self)\nclass B(A):\n    def __init__(self): super().__init__()\nB()\nR[0]",
        "class A:\n    def set(self): self.x = 1\nclass B(A):\n    def set(self): super().set()\nb = B()\nb.set()\nb.x",
        "class A:\n    @classmethod\n    def make(cls): cls.x = 1\nclass B(A):\n    @classmethod\n    def make(cls): super().make()\nB.make()\nB.x",
        "import json\nclass A(json.JSONEncoder):\n    def __init__(self): super().__init__()\nA().indent",
        "class A:\n    def __init__(self): super().__setattr__('x', 1)\nA().x",
        "class A:\n    @classmethod\n    def make(cls): cls.x = 1\nA.make()\nA.x",
        "class A:\n    @classmethod\n    def make(cls): cls.x = 1\nA().make()\nA.x",
        "class A:\n    @property\n    def y(self): self.x = 1\na = A()\na.y\na.x",
        "import functools\nclass A:\n    @functools.lru_cache\n    def y(self): self.x = 1\na = A()\na.y()\na.x",
    ],
)
def test_what_may_go_well_is_no_error(tmp_path: Path, code: str) -> None:
    assert at_init(tmp_path, code) == []


PERHAPS = "import random\nif random.random() < 0.5:\n    import {name}\n"


@pytest.mark.parametrize(
    ("code", "files"),
    [
        (
            PERHAPS.format(name="shop.names") + "import shop.late",
            {"shop____init__": "", "shop__names": "", "shop__late": "import shop\nshop.names"},
        ),
        (
            PERHAPS.format(name="shop.names") + "import shop.late",
            {"shop__names": "", "shop__late": "import shop\nshop.names"},
        ),
        (
            PERHAPS.format(name="tasks") + "import registry\nregistry.KNOWN[0]\nregistry.Base.kinds['a']",
            {
                "registry": "KNOWN = []\nclass Base:\n    kinds = {}",
                "tasks": "import registry\nregistry.KNOWN.append(1)\nregistry.Base.kinds['a'] = 1",
            },
        ),
        (
            PERHAPS.format(name="patch") + "import config\nconfig.EXTRA",
            {"config": "", "patch": "import config\nconfig.EXTRA = 1"},
        ),
    ],
)
def test_a_module_that_was_perhaps_loaded_may_have_been_changed(
    tmp_path: Path, code: str, files: dict[str, str]
) -> None:
    assert at_init(tmp_path, code, **files) == []
    certain = "\n".join(line for line in code.splitlines() if "random" not in line and not line.startswith(" "))
    assert at_init(tmp_path, certain, **files) != []


def test_an_import_in_a_function_that_init_calls_fails_at_init(tmp_path: Path) -> None:
    files = {
        "app.py": "from make import make\n\nAPP = make()" + HANDLER,
        "make.py": "def make():\n    import parts.inner\n",
    }
    deployment = deployed(tmp_path, {**files, "parts/__init__.py": ""})
    assert [(item.error, item.when) for item in deployment.imports] == [("No module named 'parts.inner'", "init")]


def test_a_module_imported_by_a_computed_name_is_looked_for(tmp_path: Path) -> None:
    code = "import importlib\n\nfor name in ('a', 'b'):\n    importlib.import_module(f'parts.{name}')"
    deployment = deployed(tmp_path, {"app.py": code + HANDLER, "parts/__init__.py": "", "parts/a.py": ""})
    assert [item.error for item in deployment.imports] == ["No module named 'parts.b'"]


def test_plug_ins_that_are_walked_are_imported(tmp_path: Path) -> None:
    code = "import importlib, pkgutil\nimport plugins\nfor info in pkgutil.iter_modules(plugins.__path__):\n    "
    code += "importlib.import_module('plugins.' + info.name).run"
    plugins = {"plugins/__init__.py": "", "plugins/one.py": "def run(): ...\n", "plugins/two.py": "def runs(): ...\n"}
    found = messages(deployed(tmp_path, {"app.py": code + HANDLER, **plugins}))
    assert found == ["AttributeError: module 'plugins.two' has no attribute 'run'"]


def test_a_variable_that_nothing_sets_is_a_gap(tmp_path: Path) -> None:
    deployment = deployed(tmp_path, {"app.py": "import os\n\nTABLE = os.environ['TABLE']" + HANDLER})
    assert messages(deployment) == []
    assert ["`TABLE`" in gap.reason for gap in deployment.gaps] == [True]


def test_a_variable_that_is_guarded_or_set_is_no_gap(tmp_path: Path) -> None:
    code = "import os\n\ntry:\n    A = os.environ['A']\nexcept KeyError:\n    A = ''\nB = os.environ['B']" + HANDLER
    assert deployed(tmp_path, {"app.py": code}, environment={"B": "x"}).gaps == ()


@pytest.mark.parametrize(
    "code",
    [
        "import logging\nlogging.getLogger().manager",
        "class T:\n    def __enter__(self): pass\n    def __exit__(self, *e): return True\nwith T():\n    1 / 0",
        "class T:\n    def __enter__(self): pass\n    def __exit__(self, kind, *e): return kind is not None\nwith T():\n    1 / 0",
        "import logging\nlogging.Logger.notice = print\nlogging.getLogger().notice",
        "import logging\nsetattr(logging.Logger, 'notice', print)\nlogging.getLogger().notice",
        "import logging\nlogging.setLoggerClass(print)\nlogging.getLogger('x').notice",
        "import logging\ndef add(x):\n    setattr(x, 'notice', print)\nlogger = logging.getLogger()\nadd(logger)\nlogger.notice",
        "import types\ntypes.SimpleNamespace(a=1).a",
        "import collections\ncollections.OrderedDict().items()",
        "import argparse\nargparse.Namespace(a=1).a",
        "import datetime\ndatetime.datetime.mro()",
        "import configparser\nconfigparser.ConfigParser(converters={'list': str}).getlist",
    ],
)
def test_attributes_that_objects_of_the_standard_library_may_have_are_left_alone(tmp_path: Path, code: str) -> None:
    assert at_init(tmp_path, code) == []


def test_a_logger_in_company_of_other_packages_is_a_gap(tmp_path: Path) -> None:
    code = "import logging\nimport verboselogs\nlogging.getLogger().notice('x')" + HANDLER
    installed = UnknownRegion("/var/task", "verboselogs is installed", distributions=frozenset({"verboselogs"}))
    result = deployed(tmp_path, {"app.py": code}, regions=(installed,))
    assert messages(result) == []
    assert any("`notice`" in gap.reason for gap in result.gaps)


def variables(tmp_path: Path, code: str, **files: str) -> Deployment:
    """A function whose definition names every variable that it has."""
    written = {
        "app.py": "import os\n" + code + HANDLER,
        **{name.replace("__", "."): text for name, text in files.items()},
    }
    names = frozenset({"python-dotenv", "ours-and-private"})
    installed = UnknownRegion("/var/task", "it is installed", distributions=names)
    known = {"B": "x", "TABLE_NAME": None}
    return deployed(tmp_path, written, environment=known, environment_known=True, regions=(installed,))


def test_a_variable_that_a_complete_definition_does_not_name_ends_init(tmp_path: Path) -> None:
    result = variables(tmp_path, "B = os.environ['B']\nTABLE = os.environ['TABLENAME']")
    assert messages(result) == ["KeyError: 'TABLENAME'"]
    assert [(one.kind, one.subject, one.similar) for one in result.raised] == [
        ("variable", "TABLENAME", ("TABLE_NAME",))
    ]


@pytest.mark.parametrize(
    ("code", "files"),
    [
        ("os.environ['AWS_REGION'], os.environ['AWS_SESSION_TOKEN']", {}),
        ("try:\n    os.environ['C']\nexcept KeyError:\n    pass", {}),
        ("os.environ.setdefault('C', 'x')\nos.environ['C']", {}),
        ("os.environ.update({'C': 'x'})\nos.environ['C']", {}),
        ("def f():\n    return os.environ['C']", {}),
        ("if 'C' in os.environ:\n    os.environ['C']", {}),
    ],
)
def test_a_variable_that_is_set_or_not_needed_is_left_alone(tmp_path: Path, code: str, files: dict[str, str]) -> None:
    result = variables(tmp_path, code, **files)
    assert (messages(result), result.gaps) == ([], ())


@pytest.mark.parametrize(
    ("code", "files", "reason"),
    [
        ("from dotenv import load_dotenv\nload_dotenv()\nos.environ['C']", {}, "`dotenv` may"),
        ("import ours_and_private\nos.environ['C']", {}, "`ours_and_private` may"),
        ("os.environ['C']", {"README__md": "Set `C` in the console."}, "`README.md` speaks of it"),
        ("os.environ['C']", {"deploy__sh": "aws lambda … Variables={C=1}"}, "`deploy.sh` speaks of it"),
    ],
)
def test_what_else_may_set_a_variable_makes_it_a_gap(
    tmp_path: Path, code: str, files: dict[str, str], reason: str
) -> None:
    result = variables(tmp_path, code, **files)
    assert messages(result) == []
    assert [reason in gap.reason for gap in result.gaps if "`C`" in gap.reason] == [True]


@pytest.mark.parametrize("end", ["raise RuntimeError('C')", "print('C')\n    raise", "sys.exit(1)"])
def test_a_clause_that_ends_the_start_as_well_hides_no_gap(tmp_path: Path, end: str) -> None:
    code = f"import sys\nfrom dotenv import load_dotenv\ntry:\n    os.environ['C']\nexcept KeyError:\n    {end}"
    assert ["`dotenv` may" in gap.reason for gap in variables(tmp_path, code).gaps] == [True]


def test_a_clause_that_perhaps_ends_the_start_hides_the_gap(tmp_path: Path) -> None:
    load = (
        "from dotenv import load_dotenv\ndef load():\n    try:\n        return os.environ['C']\n    except KeyError:\n"
    )
    code = f"{load}        if len(os.environ):\n            return None\n        raise\nload()"
    assert variables(tmp_path, code).gaps == ()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("os.environ.get('C').split(',')", "AttributeError: 'NoneType' object has no attribute 'split'"),
        ("C = os.getenv('C')\nif not C:\n    raise ValueError('no C')", "ValueError: no C"),
        ("os.getenv('C', default='a,b').split(',')[2]", "IndexError: list index out of range"),
        ("'x' + os.getenv('C')", 'TypeError: can only concatenate str (not "NoneType") to str'),
        (
            "A = os.getenv('B')\nA.upper()\nint(os.getenv('C', ''))",
            "ValueError: invalid literal for int() with base 10: ''",
        ),
    ],
)
def test_a_variable_that_is_not_set_gives_the_default(tmp_path: Path, code: str, message: str) -> None:
    result = variables(tmp_path, code)
    assert messages(result) == [message]
    assert [cause.message for cause in result.raised[0].chain] == [
        "`C` is read here, and the definition does not set it"
    ]
    assert result.gaps == ()


@pytest.mark.parametrize("version", sorted(set(pythons()) & set(SUPPORTED)))
def test_what_needs_a_text_refuses_none_in_these_words(version: str) -> None:
    code = (
        "import base64, json, os, sys\nsaid = {}\nfor path in json.load(sys.stdin):\n    try:\n        eval(path)(None)\n"
        "    except TypeError as error:\n        said[path] = str(error)\nprint(json.dumps(said))"
    )
    assert ask(version, code, sorted(NEEDS_TEXT)) == NEEDS_TEXT


def test_a_function_that_the_project_replaces_may_take_anything(tmp_path: Path) -> None:
    code = "import json\njson.loads = lambda text: text\njson.loads(None)\n"
    assert messages(variables(tmp_path, code)) == []


@pytest.mark.parametrize("minor", [9, 10])
def test_the_words_are_those_of_the_targets_python(tmp_path: Path, minor: int) -> None:
    written = {"app.py": "import os\nint(os.getenv('C'))" + HANDLER}
    result = deployed(tmp_path, written, runtime=f"python3.{minor}", environment_known=True)
    number = "a number" if minor == 9 else "a real number"
    assert messages(result) == [
        f"TypeError: int() argument must be a string, a bytes-like object or {number}, not 'NoneType'"
    ]


@pytest.mark.parametrize(
    "code",
    [
        "(os.getenv('C') or 'a').split()",
        "os.getenv('C', 'a').split()[0]",
        "C = os.getenv('C').strip() if os.getenv('C') else ''",
        "if os.getenv('C'):\n    raise ValueError",
        "os.getenv('AWS_REGION').split('-')",
        "os.getenv('TABLE_NAME').split('-')",
        "def f():\n    return os.getenv('C').split()",
        "try:\n    int(os.getenv('C'))\nexcept TypeError:\n    pass",
    ],
)
def test_a_default_that_will_do_is_left_alone(tmp_path: Path, code: str) -> None:
    assert messages(variables(tmp_path, code)) == []


@pytest.mark.parametrize(
    ("code", "files", "reason"),
    [
        ("os.getenv('C').split()", {"README__md": "Set `C` in the console."}, "`C` is read at init, and no definition"),
        ("from dotenv import load_dotenv\nload_dotenv()\nos.getenv('C').split()", {}, "`dotenv` may"),
        ("A = os.getenv('A')\nos.getenv('C').split()", {"README__md": "`A` and `C`."}, "`README.md` speaks of it"),
    ],
)
def test_what_else_may_set_a_variable_makes_the_error_of_its_default_a_gap(
    tmp_path: Path, code: str, files: dict[str, str], reason: str
) -> None:
    result = variables(tmp_path, code, **files)
    assert messages(result) == []
    assert [reason in gap.reason for gap in result.gaps if "`C`" in gap.reason] == [True]


def test_a_variable_that_may_be_set_does_not_hide_another_that_is_not(tmp_path: Path) -> None:
    code = "A = os.getenv('A')\nos.getenv('C').split()"
    result = variables(tmp_path, code, README__md="Set A in the console.")
    assert messages(result) == ["AttributeError: 'NoneType' object has no attribute 'split'"]


def test_an_import_that_certainly_fails_is_not_doubted_as_well(tmp_path: Path) -> None:
    result = variables(tmp_path, "if not os.getenv('C'):\n    from json import nothing")
    assert result.gaps == ()


def test_a_variable_of_the_operating_system_is_never_said_to_be_missing(tmp_path: Path) -> None:
    assert messages(variables(tmp_path, "os.environ['PATH'], os.environ['LC_ALL']")) == []


@pytest.mark.parametrize(
    "code",
    [
        "os.environ |= {'C': '1'}\nos.environ['C']",
        "import functools\ndef f():\n    os.environ['C'] = '1'\nfunctools.partial(f)()\nos.environ['C']",
        "def f(items):\n    for k in items:\n        yield k\n        os.environ[k] = k\nlist(f(['C']))\nos.environ['C']",
        "import threading\ndef f(): os.environ.update(C='1')\nthreading.Thread(target=f).start()\nos.environ['C']",
        "from os import environ as e\ndef f(): e['C'] = '1'\nprint(f)\nos.environ['C']",
        "os.environ.__setitem__('C', '1')\nos.environ['C']",
        "import json\ndef load(into): into['C'] = json.load(open('x'))\njson.dumps(load)\nload(os.environ)\nos.environ['C']",
    ],
)
def test_code_that_may_set_a_variable_makes_it_no_finding(tmp_path: Path, code: str) -> None:
    assert messages(variables(tmp_path, code)) == []


@pytest.mark.parametrize(
    "code",
    [
        "os.environ['OTHER'] = 'x'\nos.environ.setdefault('MORE', 'y')\nos.environ['C']",
        "A = os.environ.get('A')\nif 'Z' in os.environ:\n    Z = 1\nos.environ['C']",
    ],
)
def test_code_that_sets_other_variables_does_not_hide_one_that_is_missing(tmp_path: Path, code: str) -> None:
    assert messages(variables(tmp_path, code)) == ["KeyError: 'C'"]


def test_a_program_that_deploys_and_speaks_of_a_variable_may_set_it(tmp_path: Path) -> None:
    script = "client.update_function_configuration(Environment={'Variables': {'C': '1'}})\n"
    assert messages(variables(tmp_path, "os.environ['C']", deploy__py=script)) == []
