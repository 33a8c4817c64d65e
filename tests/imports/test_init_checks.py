"""Modules that fail while they are imported: verdict and text are those of every CPython on the machine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from deployments import deployed
from pythons import import_errors, pythons
from vartask.imports.words import import_message, raised_message, syntax_message
from vartask.model import Deployment

HANDLER = "\n\ndef handler(event, context):\n    return {}\n"

VERSIONS = sorted(version for version in pythons() if int(version.partition(".")[2]) > 8)

FAILS: dict[str, Mapping[str, str]] = {
    "raise with a text": {"app.py": 'raise RuntimeError("boom")'},
    "raise of a class": {"app.py": "raise ValueError"},
    "raise of a KeyError, whose text is quoted": {"app.py": 'raise KeyError("a\'b")'},
    "raise where the platform says so": {"app.py": "import sys\nif sys.platform == 'linux':\n    raise OSError('no')"},
    "raise in an imported module": {"app.py": "import lib", "lib.py": 'raise ImportError("not here")'},
    "raise of an f-string without values": {"app.py": 'raise TypeError(f"plain")'},
    "assertion": {"app.py": 'assert False, "never"'},
    "assertion without a text": {"app.py": "assert 0"},
    "raise in a clause": {
        "app.py": "try:\n    import lib\nexcept ValueError:\n    raise KeyError('k')",
        "lib.py": "raise ValueError",
    },
    "a clause that lets it go on": {
        "app.py": "try:\n    import lib\nexcept ValueError:\n    raise",
        "lib.py": "raise ValueError('v')",
    },
    "a clause that raises what it caught": {
        "app.py": "try:\n    import lib\nexcept ValueError as error:\n    raise error",
        "lib.py": "raise ValueError('v')",
    },
    "a clause that turns a missing name into another error": {
        "app.py": "try:\n    from lib import x\nexcept ImportError as error:\n    raise RuntimeError('install it') from error",
        "lib.py": "y = 1",
    },
    "both branches fail": {
        "app.py": "try:\n    from .lib import x\nexcept ImportError:\n    from lib import x",
        "lib.py": "y = 1",
    },
    "a clause for a sibling class": {
        "app.py": "try:\n    import lib\nexcept KeyError:\n    pass",
        "lib.py": "raise IndexError('i')",
    },
    "a clause for an own class": {
        "app.py": "class OwnError(Exception): ...\ntry:\n    import lib\nexcept OwnError:\n    pass",
        "lib.py": "raise IndexError('i')",
    },
    "name that nothing binds": {"app.py": "x = foo"},
    "name bound further down": {"app.py": "@decorate\ndef f(): ...\ndef decorate(f): return f"},
    "name in a default": {"app.py": "def f(x=LIMIT): ..."},
    "name in a base class": {"app.py": "class A(Base): ..."},
    "name in a class body": {"app.py": "class A:\n    x = y"},
    "name in the first iterable of a comprehension": {"app.py": "x = [i for i in things]"},
    "name in a condition": {"app.py": "if debug:\n    pass"},
    "name in an f-string": {"app.py": 'x = f"{y}"'},
    "name after a delete": {"app.py": "x = 1\ndel x\ny = x"},
    "name bound for type checkers only": {
        "app.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from lib import T\ndef f(x: T): ...",
        "lib.py": "T = int",
    },
    "annotation of a class attribute": {"app.py": "class A:\n    x: Missing"},
    "name that a star import lacks": {"app.py": "from lib import *\nx = y", "lib.py": "z = 1"},
    "name that a star import leaves out": {
        "app.py": "from lib import *\nx = y",
        "lib.py": "__all__ = ['z']\nz = y = 1",
    },
    "name in the first with item": {"app.py": "with lock:\n    pass"},
    "name caught by a clause for another": {"app.py": "try:\n    unicode\nexcept ImportError:\n    unicode = str"},
    "circular: name bound later": {
        "app.py": "import a",
        "a.py": "from b import y\nx = 1",
        "b.py": "from a import x\ny = 1",
    },
    "circular: through the handler's module": {"app.py": "from a import y\nx = 1", "a.py": "from app import x\ny = 1"},
    "circular: in packages": {
        "app.py": "import p.one",
        "p/__init__.py": "",
        "p/one.py": "from p.two import B\nclass A: ...",
        "p/two.py": "from p.one import A\nclass B: ...",
    },
    "circular: relative, through the package": {
        "app.py": "import p",
        "p/__init__.py": "from .one import A\nVERSION = '1'",
        "p/one.py": "from . import VERSION\nA = VERSION",
    },
    "circular: attribute": {"app.py": "import a", "a.py": "import b\nx = 1", "b.py": "import a\ny = a.x"},
    "circular: three modules": {
        "app.py": "import a",
        "a.py": "import b\nx = 1",
        "b.py": "import c\ny = 1",
        "c.py": "from a import x",
    },
    "circular: itself": {"app.py": "from app import x\nx = 1"},
    "attribute": {"app.py": "import lib\nx = lib.nothing", "lib.py": "y = 1"},
    "attribute of a module under another name": {"app.py": "import p.lib as l\nx = l.no", "p/lib.py": "y = 1"},
    "attribute of a module taken from a package": {"app.py": "from p import lib\nx = lib.no()", "p/lib.py": "y = 1"},
    "sub-module that nobody imported": {"app.py": "import p\nx = p.sub.f", "p/__init__.py": "", "p/sub.py": "f = 1"},
    "sub-module imported too late": {
        "app.py": "import p\nx = p.sub.f\nimport p.sub",
        "p/__init__.py": "",
        "p/sub.py": "f = 1",
    },
    "decorator that a module lacks": {"app.py": "import lib\n@lib.no\ndef f(): ...", "lib.py": "y = 1"},
}

WORKS: dict[str, Mapping[str, str]] = {
    "raise under a condition that does not hold": {
        "app.py": "import sys\nif sys.platform == 'win32':\n    raise OSError"
    },
    "raise in a function": {"app.py": "def f():\n    raise OSError\n    x = y"},
    "raise that is caught": {"app.py": "try:\n    raise OSError\nexcept EnvironmentError:\n    pass"},
    "raise that is suppressed": {
        "app.py": "import contextlib\nwith contextlib.suppress(KeyError):\n    raise KeyError"
    },
    "raise caught by the class above": {"app.py": "try:\n    raise IndexError\nexcept LookupError:\n    pass"},
    "raise caught by a tuple": {
        "app.py": "ERRORS = (OSError, ValueError)\ntry:\n    raise ValueError\nexcept ERRORS:\n    pass"
    },
    "own exception caught by its name": {
        "app.py": "class OwnError(Exception): ...\ntry:\n    raise OwnError('x')\nexcept OwnError:\n    pass"
    },
    "name guarded": {"app.py": "try:\n    unicode\nexcept NameError:\n    unicode = str\nx = unicode"},
    "names that a comprehension, lambda or walrus binds": {
        "app.py": "x = [i for i in range(3) if i]\nf = lambda a: a + b\nif (n := 3) > 2: m = n\n[w := i for i in x]\nw"
    },
    "name behind a short circuit": {"app.py": "x = True or y\nz = 1 if x else y\n1 > 2 > y"},
    "names of loops, withs, clauses and patterns": {
        "app.py": "import io\nfor i, (j, *k) in [(1, (2, 3))]:\n    i, j, k\nwith io.StringIO() as f, io.StringIO() as g:\n    f, g\n"
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    e"
    },
    "name bound in the loop's body before it is read again": {
        "app.py": "for i in range(2):\n    if i:\n        x\n    x = 1"
    },
    "name that a function binds": {"app.py": "def f():\n    global x\n    x = 1\nf()\ny = x"},
    "name of a star import": {
        "app.py": "from lib import *\nx = y",
        "lib.py": "from deeper import *",
        "deeper.py": "y = 1",
    },
    "name of the class body": {
        "app.py": "class A:\n    x = 1\n    y = x\n    def f(self, z=x): ...\n    @property\n    def p(self): ..."
    },
    "annotations that are not evaluated": {
        "app.py": "from __future__ import annotations\ndef f(x: T) -> U: ...\ny: V = 1"
    },
    "annotations in functions": {"app.py": "def f():\n    x: T = 1\n    return x\nf()"},
    "strings as annotations": {"app.py": "def f(x: 'T') -> 'U': ..."},
    "module names": {
        "app.py": "__name__, __file__, __doc__, __spec__, __loader__, __package__, __builtins__, __debug__"
    },
    "names put into globals": {"app.py": "globals()['x'] = 1\ny = x"},
    "names by exec": {"app.py": "exec('x = 1')\ny = x"},
    "class names": {"app.py": "class A:\n    __x = 1\n    y = __x\n    z = __qualname__, __module__"},
    "circular, bound before": {
        "app.py": "import a",
        "a.py": "x = 1\nfrom b import y",
        "b.py": "from a import x\ny = 1",
    },
    "circular, module only": {
        "app.py": "import a",
        "a.py": "import b\nx = 1",
        "b.py": "import a\ndef f(): return a.x\ny = 1",
    },
    "circular, caught": {
        "app.py": "import a",
        "a.py": "import b\nx = 1",
        "b.py": "try:\n    from a import x\nexcept ImportError:\n    x = None",
    },
    "circular, sub-module": {
        "app.py": "import p",
        "p/__init__.py": "from .one import A\nfrom . import two",
        "p/one.py": "from . import two\nA = two.B",
        "p/two.py": "B = 1",
    },
    "circular, in a function": {
        "app.py": "import a",
        "a.py": "import b\nx = 1",
        "b.py": "def f():\n    from a import x\n    return x",
    },
    "circular, a star above": {
        "app.py": "import a",
        "a.py": "from names import *\nimport b\nx = 2",
        "names.py": "x = 1",
        "b.py": "from a import x",
    },
    "attribute set from outside": {"app.py": "import lib\nlib.x = 1\ny = lib.x", "lib.py": ""},
    "attribute set by name": {"app.py": "import lib\nsetattr(lib, 'x', 1)\ny = lib.x", "lib.py": ""},
    "attributes every module has": {"app.py": "import lib\nlib.__name__, lib.__file__, lib.__dict__", "lib.py": ""},
    "attribute by __getattr__": {"app.py": "import lib\ny = lib.x", "lib.py": "def __getattr__(name): return name"},
    "sub-module that somebody imported": {
        "app.py": "import p\nimport other\nx = p.sub.f",
        "other.py": "import p.sub",
        "p/__init__.py": "",
        "p/sub.py": "f = 1",
    },
    "sub-module that the package imports": {
        "app.py": "import p\nx = p.sub.f",
        "p/__init__.py": "from . import sub",
        "p/sub.py": "f = 1",
    },
    "name that is a class of the module": {
        "app.py": "import lib\nx = lib.A.b.c",
        "lib.py": "class A:\n    class b:\n        c = 1",
    },
    "import that something replaces": {
        "app.py": "import lib\nlib = lib.make()\nx = lib.anything",
        "lib.py": "class make:\n    anything = 1",
    },
}


@cache
def said(version: str) -> Mapping[str, list[str] | None]:
    """What importing each case gave in that CPython: the exception's class and text, or nothing."""
    return import_errors(version, FAILS | WORKS)


def predicted(deployment: Deployment) -> list[str | None]:
    """The messages of what fails at init."""
    return [
        *(import_message(deployment, item) for item in deployment.imports if item.when == "init"),
        *(import_message(deployment, item) for item in deployment.names if item.when == "init"),
        *(raised_message(deployment, item) for item in deployment.raised if item.when == "init"),
        *(syntax_message(deployment, item) for item in deployment.syntax if item.when == "init"),
    ]


def deploy(directory: Path, case: Mapping[str, str], version: str) -> Deployment:
    files = {**case, "app.py": case["app.py"] + HANDLER}
    return deployed(directory, files, runtime=f"python{version}")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", FAILS)
def test_what_python_refuses_is_said_in_its_words(tmp_path: Path, case: str, version: str) -> None:
    exception, text = said(version)[case] or ["", ""]
    assert exception, "the case works"
    told = f"{exception}: {text}" if text else exception
    if exception in {"ImportError", "ModuleNotFoundError"}:
        told = f"Runtime.ImportModuleError: Unable to import module 'app': {text}"
    assert predicted(deploy(tmp_path, FAILS[case], version)) == [told]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", WORKS)
def test_what_python_imports_is_clean(tmp_path: Path, case: str, version: str) -> None:
    assert said(version)[case] is None
    deployment = deploy(tmp_path, WORKS[case], version)
    assert predicted(deployment) == []
    assert [gap.reason for gap in deployment.gaps if "third-party" not in gap.reason and "exec" not in gap.reason] == []


def test_a_name_that_the_project_sets_on_something_is_a_gap(tmp_path: Path) -> None:
    case = {"app.py": "import lib\nlib.x = 1\nfrom lib import x", "lib.py": ""}
    deployment = deploy(tmp_path, case, "3.12")
    assert predicted(deployment) == []
    assert [gap.reason for gap in deployment.gaps] == ["the project sets `x` on something: it may be on `lib`"]


@pytest.mark.parametrize("clause", ["LIBRARY_ERRORS", "lib.error", "pkg.DistributionNotFound"])
def test_a_clause_that_is_not_an_exception_by_its_name_is_a_gap(tmp_path: Path, clause: str) -> None:
    case = {
        "app.py": f"import boto3 as pkg, lib\nfrom lib import LIBRARY_ERRORS\ntry:\n    from lib import x\nexcept {clause}:\n    pass",
        "lib.py": "import boto3\nerror = LIBRARY_ERRORS = boto3.errors()",
    }
    deployment = deploy(tmp_path, case, "3.12")
    assert predicted(deployment) == []
    assert any("whether a clause around it catches that cannot be told" in gap.reason for gap in deployment.gaps)


def test_an_attribute_beside_import_strings_is_a_gap(tmp_path: Path) -> None:
    code = "import importlib, p\nimportlib.import_module('p.' + 'sub')\nx = p.sub.f"
    deployment = deploy(tmp_path, {"app.py": code, "p/__init__.py": "", "p/sub.py": "f = 1"}, "3.12")
    assert predicted(deployment) == []
    assert [gap.reason for gap in deployment.gaps] == [
        "`app.py` imports modules by strings: cannot tell whether `p` has `sub`"
    ]


@pytest.mark.parametrize(("runtime", "fails"), [("python3.10", True), ("python3.11", False), (None, False)])
def test_a_built_in_name_is_asked_of_the_target(tmp_path: Path, runtime: str | None, fails: bool) -> None:
    files = {"app.py": "class Many(ExceptionGroup): ..." + HANDLER}
    assert bool(predicted(deployed(tmp_path, files, runtime=runtime))) is fails


def test_annotations_are_not_evaluated_since_3_14(tmp_path: Path) -> None:
    files = {"app.py": "def f(x: Missing): ..." + HANDLER}
    assert predicted(deployed(tmp_path, files, runtime="python3.14")) == []


def test_a_condition_that_is_not_known_makes_it_a_gap(tmp_path: Path) -> None:
    files = {"app.py": "import os\nif os.environ.get('STAGE') == 'x':\n    raise RuntimeError('no')" + HANDLER}
    deployment = deployed(tmp_path, files)
    assert predicted(deployment) == []
    reason = "`raise RuntimeError` fails, but only where a condition holds that is not known"
    assert [gap.reason for gap in deployment.gaps] == [reason]


@pytest.mark.parametrize(
    ("call", "status"), [("sys.exit()", 0), ("sys.exit(3)", 3), ("sys.exit('bad')", 1), ("sys.exit(None)", 0)]
)
def test_the_end_of_the_process_is_the_platforms_to_report(tmp_path: Path, call: str, status: int) -> None:
    deployment = deploy(tmp_path, {"app.py": f"import sys\n{call}"}, "3.12")
    assert predicted(deployment) == [f"Runtime.ExitError: Runtime exited with error: exit status {status}"]


@pytest.mark.parametrize(
    "code",
    [
        "class Box[T]:\n    value: T\n    def get(self, other: T) -> T: ...",
        "def first[T](items: list[T]) -> T: ...",
        "type Pair[T] = tuple[T, Later]",
    ],
)
def test_type_parameters_are_names(tmp_path: Path, code: str) -> None:
    assert predicted(deployed(tmp_path, {"app.py": code + HANDLER}, runtime="python3.12")) == []


def test_an_f_string_of_newer_grammar_hides_no_names(tmp_path: Path) -> None:
    files = {"app.py": "x = 'a'\ny = f'{x['b']}' if x else missing\nz = nothing" + HANDLER}
    assert predicted(deployed(tmp_path, files, runtime="python3.12")) == ["NameError: name 'nothing' is not defined"]
