"""The table of classes against the interpreter that runs the tests."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import graphlib
import importlib
import io
import logging
import operator
import pathlib
import queue
import threading
import uuid

import pytest

from vartask.data.stdlib_classes import made_by, stdlib_class

MODULES = [
    "argparse",
    "base64",
    "collections",
    "concurrent.futures",
    "contextlib",
    "csv",
    "datetime",
    "decimal",
    "email.message",
    "fractions",
    "functools",
    "graphlib",
    "hashlib",
    "http.client",
    "io",
    "json",
    "logging",
    "logging.handlers",
    "multiprocessing.pool",
    "pathlib",
    "queue",
    "random",
    "re",
    "sched",
    "shelve",
    "socket",
    "sqlite3",
    "string",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib.parse",
    "urllib.request",
    "uuid",
    "zipfile",
]

OBJECTS = {
    "collections.OrderedDict": collections.OrderedDict(),
    "collections.deque": collections.deque(),
    "datetime.timedelta": dt.timedelta(),
    "decimal.Decimal": decimal.Decimal(1),
    "graphlib.TopologicalSorter": graphlib.TopologicalSorter(),
    "io.StringIO": io.StringIO(),
    "logging.StreamHandler": logging.StreamHandler(),
    "logging.getLogger": logging.getLogger("some"),
    "pathlib.Path": pathlib.Path(),
    "queue.Queue": queue.Queue(),
    "threading.Event": threading.Event(),
    "uuid.uuid4": uuid.uuid4(),
}


@pytest.mark.parametrize("module", MODULES)
def test_no_attribute_of_a_class_is_said_to_be_missing(module: str) -> None:
    values = vars(importlib.import_module(module)).items()
    for name, value in values:
        kind = stdlib_class(f"{module}.{name}") if isinstance(value, type) else None
        if kind is not None:
            assert [one for one in dir(value) if kind.lacks(one)] == []


@pytest.mark.parametrize("path", OBJECTS)
def test_no_attribute_of_an_object_is_said_to_be_missing(path: str) -> None:
    value, kind = OBJECTS[path], made_by(path)
    assert kind is not None
    assert [one for one in dir(value) if kind.lacks(one)] == []
    assert kind.lacks("no_such_attribute")
    with pytest.raises(AttributeError, match=f"^'{kind.called}' object has no attribute 'no_such_attribute'"):
        operator.attrgetter("no_such_attribute")(value)


@pytest.mark.parametrize(
    "path", ["types.SimpleNamespace", "argparse.ArgumentParser", "re.compile", "no.Such", "logging"]
)
def test_what_may_have_any_attribute_is_not_known(path: str) -> None:
    assert made_by(path) is None
