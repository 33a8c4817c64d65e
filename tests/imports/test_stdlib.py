from __future__ import annotations

import importlib
import keyword
import sys
import warnings
from pathlib import Path

import pytest

from deployments import TEMPLATE, deployed
from vartask.data.stdlib import stdlib_module, stdlib_names
from vartask.model import Deployment, UnknownRegion

HANDLER = "\n\ndef handler(event, context):\n    return {}\n"


def said(deployment: Deployment) -> list[str]:
    return [outcome.error for outcome in deployment.stdlib]


def at(tmp_path: Path, code: str, version: str = "3.12", **rest: object) -> Deployment:
    return deployed(tmp_path, {"app.py": code + HANDLER}, runtime=f"python{version}", **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "version", "text"),
    [
        ("import distutils.core", "3.12", "No module named 'distutils'"),
        ("import imp", "3.12", "No module named 'imp'"),
        ("from cgi import parse_header", "3.13", "No module named 'cgi'"),
        ("import telnetlib", "3.14", "No module named 'telnetlib'"),
        ("import tomllib", "3.10", "No module named 'tomllib'"),
        ("import urllib2", "3.12", "No module named 'urllib2'"),
        ("import importlib.resources.abc", "3.10", "No module named 'importlib.resources.abc'; 'importlib.resources' is not a package"),
        ("import concurrent.interpreters", "3.13", "No module named 'concurrent.interpreters'"),
        ("from typing import Any, Self", "3.10", "cannot import name 'Self' from 'typing' (/var/lang/lib/python3.10/typing.py)"),
        ("from collections import Mapping", "3.10", "cannot import name 'Mapping' from 'collections' (/var/lang/lib/python3.10/collections/__init__.py)"),
        ("from itertools import batched", "3.11", "cannot import name 'batched' from 'itertools' (unknown location)"),
        ("from math import sumprod", "3.11", "cannot import name 'sumprod' from 'math' (/var/lang/lib/python3.11/lib-dynload/math.cpython-311-x86_64-linux-gnu.so)"),
        ("from unittest import makeSuite", "3.13", "cannot import name 'makeSuite' from 'unittest' (/var/lang/lib/python3.13/unittest/__init__.py)"),
        ("from ast import Num", "3.14", "cannot import name 'Num' from 'ast' (/var/lang/lib/python3.14/ast.py)"),
        ("from json import laods", "3.12", "cannot import name 'laods' from 'json' (/var/lang/lib/python3.12/json/__init__.py)"),
        ("from os.path import joins", "3.12", "cannot import name 'joins' from 'posixpath' (/var/lang/lib/python3.12/posixpath.py)"),
    ],
)  # fmt: skip
def test_what_the_target_lacks_is_told_in_pythons_words(tmp_path: Path, code: str, version: str, text: str) -> None:
    assert said(at(tmp_path, code, version)) == [text]


@pytest.mark.parametrize(
    "code",
    [
        "from typing import Self, override, NotRequired",
        "from collections import abc\nimport os.path\nfrom os import path, environ\nfrom concurrent import futures",
        "from xml.etree import ElementTree\nimport email.mime.text\nfrom importlib import metadata, resources, util",
        "from os import startfile, O_BINARY\nfrom signal import CTRL_C_EVENT\nfrom asyncio import ProactorEventLoop",
        "import winreg, msvcrt\nfrom subprocess import STARTUPINFO",
        "from typing import _GenericAlias, _NoSuchThing\nfrom json import __file__, __all__",
        "from random import os, sys\nfrom typing import *\nfrom test import support",
        "try:\n    from typing import TypeIs\nexcept ImportError:\n    from collections.abc import Callable as TypeIs",
        "try:\n    import distutils\nexcept ModuleNotFoundError:\n    distutils = None",
        "import sys\nif sys.version_info < (3, 12):\n    import imp\nelse:\n    import importlib",
        "import sys\nif sys.version_info[1] < 12:\n    import imp\nif sys.version_info.minor >= 13:\n    from copy import replace",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from warnings import deprecated",
        "import six\nif six.PY2:\n    import urllib2",
    ],
)  # fmt: skip
def test_what_is_there_or_guarded_is_silent(tmp_path: Path, code: str) -> None:
    assert said(at(tmp_path, code)) == []


def test_a_name_error_is_not_a_missing_module(tmp_path: Path) -> None:
    code = "try:\n    from typing import TypeIs\nexcept ModuleNotFoundError:\n    TypeIs = None"
    assert len(said(at(tmp_path, code))) == 1


def test_a_fallback_that_fails_too_is_no_fallback(tmp_path: Path) -> None:
    code = "try:\n    import tomllib\nexcept ImportError:\n    from distutils import log"
    assert said(at(tmp_path, code, "3.10")) == []
    assert said(at(tmp_path, code.replace("distutils", "cgitb").replace("tomllib", "imp"), "3.13")) == [
        "No module named 'imp'"
    ]


def test_an_import_inside_a_function_fails_when_that_is_called(tmp_path: Path) -> None:
    code = (
        "def handler(event, context):\n    from datetime import UTC\n    return UTC\n\ndef unused():\n    import imp\n"
    )
    (outcome,) = deployed(tmp_path, {"app.py": code}, runtime="python3.10").stdlib
    assert (outcome.name, outcome.when, outcome.scope) == ("UTC", "call", "handler")


def test_a_file_of_that_name_in_the_package_takes_the_place(tmp_path: Path) -> None:
    files = {
        "app.py": "from imp import load\nfrom textwrap3 import x" + HANDLER,
        "imp.py": "load = 1",
        "textwrap3.py": "x = 1",
    }
    assert said(deployed(tmp_path, files)) == []


def test_a_distribution_that_may_bring_the_module_makes_it_a_gap(tmp_path: Path) -> None:
    region = UnknownRegion("/var/task", "pip installs the packages", TEMPLATE, distributions=frozenset({"webob"}))
    deployment = at(tmp_path, "import cgi\nimport distutils", "3.13", regions=(region,))
    assert said(deployment) == []
    assert any("cgi" in gap.reason for gap in deployment.gaps)
    assert said(at(tmp_path, "import binhex\nimport tomllib2\nimport asyncio.compat", regions=(region,))) == [
        "No module named 'binhex'",
        "No module named 'asyncio.compat'",
    ]


def test_a_layer_that_nobody_knows_makes_it_a_gap(tmp_path: Path) -> None:
    region = UnknownRegion("/opt", "layer `arn` is not in the repository", TEMPLATE)
    deployment = at(tmp_path, "from ast import Nothing\nimport telnetlib", "3.13", regions=(region,))
    assert said(deployment) == []
    assert deployment.gaps


def test_without_a_version_only_what_every_python_lacks_is_told(tmp_path: Path) -> None:
    code = "import imp\nfrom typing import Self\nfrom json import laods"
    deployment = deployed(tmp_path, {"app.py": code + HANDLER}, runtime=None)
    (outcome,) = deployment.stdlib
    assert (outcome.name, outcome.exact) == ("laods", False)


@pytest.mark.parametrize("name", ["enviro", "environ_x", "Environ", "fork_now"])
def test_a_function_or_class_that_no_platform_has_is_missing(tmp_path: Path, name: str) -> None:
    deployment = at(tmp_path, f"from os import {name}", "3.12")
    assert [outcome.name for outcome in deployment.stdlib] == [name]


@pytest.mark.parametrize("name", ["O_NEWEST", "ENVIRON"])
def test_a_constant_of_the_systems_headers_is_a_gap(tmp_path: Path, name: str) -> None:
    deployment = at(tmp_path, f"from os import {name}", "3.12")
    assert deployment.stdlib == ()
    reason = f"`os` differs between platforms: cannot tell whether it has `{name}`"
    assert [gap.reason for gap in deployment.gaps] == [reason]


@pytest.mark.parametrize("setting", ["os.gate = 1", "setattr(os, 'gate', 1)"])
@pytest.mark.parametrize("reading", ["from os import gate", "x = os.gate"])
def test_a_name_that_the_project_sets_on_a_module_is_not_called_missing(
    tmp_path: Path, setting: str, reading: str
) -> None:
    deployment = at(tmp_path, f"import os\n{setting}\n{reading}", "3.12")
    assert (deployment.stdlib, deployment.raised) == ((), ())


def test_what_another_machine_has_is_in_the_table() -> None:
    """Whatever this machine's own modules have in small letters, the table has: it may call the rest missing."""
    minor = sys.version_info.minor
    unknown = []
    for name in sorted(stdlib_names()):
        module = stdlib_module(name)
        if module is None or module.complete or not module.names or minor not in module.minors:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                real = vars(importlib.import_module(name))
            except ImportError:
                continue
        own = [
            item
            for item, value in real.items()
            if not item.startswith("_") and item != item.upper() and not keyword.iskeyword(item)
        ]
        own = [item for item in own if stdlib_module(f"{name}.{item}") is None and stdlib_module(item) is None]
        unknown += [f"{name}.{item}" for item in own if minor not in module.names.get(item, frozenset())]
    assert unknown == []
