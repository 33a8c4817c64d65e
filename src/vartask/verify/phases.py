"""Phases: several events from one JSON or TOML file, in their order, each with what is expected of its answer.

The file has one key, ``phases``: a list of tables (in JSON, the list may also be the whole file)::

    [[phases]]
    name = "an item"
    event = "api-gateway-v2"            # a canned event, a file beside this one, or the event itself
    path = "/items/1"                   # and method, headers, query, body: for web requests
    expect = { status = 200, body-contains = "name" }   # or error = "KeyError"
    functions = ["Api"]                 # default: all
    seconds = 5                         # for the answer; default: --timeout
    cold = true                         # in a fresh process
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vartask.config import nearest
from vartask.records import dataclass
from vartask.verify.events import BadEvent, Event, Expectation, WebChange, changed, named

KEYS = ("name", "event", "path", "method", "headers", "query", "body", "expect", "functions", "seconds", "cold")
EXPECTED = ("status", "error", "body-contains")


def read_phases(path: Path) -> tuple[Event, ...]:
    """The phases of a file.  Raises :class:`BadEvent` with the file, the phase and the nearest key."""
    document = _document(path)
    if isinstance(document, dict):
        for key in document:
            if key != "phases":
                raise BadEvent(f'{path}: unknown key "{key}"{nearest(key, ("phases",))}')
        document = document.get("phases")
    if not isinstance(document, list) or not document:
        raise BadEvent(f"{path}: needs a list of phases, each with an event")
    return tuple(_Phase(path, number, table).event() for number, table in enumerate(document, 1))


def _document(path: Path) -> Any:
    import tomli

    try:
        text = path.read_text(encoding="utf-8-sig")
        return tomli.loads(text) if path.suffix == ".toml" else json.loads(text)
    except OSError as error:
        raise BadEvent(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadEvent(f"{path}: not UTF-8: {error.reason}") from error
    except RecursionError as error:
        raise BadEvent(f"{path}: nested too deeply") from error
    except tomli.TOMLDecodeError as error:
        raise BadEvent(f"{path}: not TOML: {error}") from error
    except ValueError as error:
        raise BadEvent(f"{path}: not JSON: {error}") from error


@dataclass(frozen=True, slots=True)
class _Phase:
    path: Path
    number: int
    table: Any

    def event(self) -> Event:
        if not isinstance(self.table, dict):
            raise self.wrong("must be a table with an event")
        self.known(self.table, KEYS)
        if "event" not in self.table:
            raise self.wrong('needs an "event"')
        seconds = self.table.get("seconds")
        if seconds is not None and (not _is_number(seconds) or seconds <= 0):
            raise self.wrong('"seconds" must be a number above 0')
        name = self.typed("name", str, "a text")
        return Event(
            name or self.label(),
            self.payload(),
            seconds,
            bool(self.typed("cold", bool, "true or false")),
            self.expectation(),
            self.functions(),
        )

    def payload(self) -> object:
        written = self.table["event"]
        query = self.typed("query", dict, "a table of texts or lists of texts") or {}
        if not all(isinstance(value, str) or _is_texts(value) for value in query.values()):
            raise self.wrong('"query" must be a table of texts or lists of texts')
        headers = self.typed("headers", dict, "a table of texts") or {}
        if not all(isinstance(value, str) for value in headers.values()):
            raise self.wrong('"headers" must be a table of texts')
        change = WebChange(
            self.typed("path", str, "a text"),
            self.typed("method", str, "a text"),
            headers or None,
            self.table.get("query"),
            self.table.get("body"),
        )
        try:
            payload = named(written, self.path.parent) if isinstance(written, str) else written
            json.dumps(payload)
            return changed(payload, change)
        except BadEvent as error:
            raise self.wrong(str(error)) from error
        except TypeError as error:  # a date of TOML's
            raise self.wrong(f"the event cannot be written as JSON: {error}") from error

    def expectation(self) -> Expectation:
        table = self.typed("expect", dict, "a table") or {}
        self.known(table, EXPECTED)
        status, error, contains = (table.get(key) for key in EXPECTED)
        if status is not None and (not isinstance(status, int) or isinstance(status, bool)):
            raise self.wrong('"expect.status" must be a number')
        for key, value in (("error", error), ("body-contains", contains)):
            if value is not None and (not isinstance(value, str) or not value):
                raise self.wrong(f'"expect.{key}" must be a text')
        if error is not None and (status is not None or contains is not None):
            raise self.wrong("an error has neither a status nor a body: expect one or the other")
        return Expectation(status, error, contains)

    def functions(self) -> tuple[str, ...]:
        names = self.table.get("functions", [])
        if not _is_texts(names):
            raise self.wrong('"functions" must be a list of names')
        return tuple(names)

    def typed(self, key: str, kind: type[Any], words: str) -> Any:
        value = self.table.get(key)
        if value is not None and not isinstance(value, kind):
            raise self.wrong(f'"{key}" must be {words}')
        return value

    def known(self, table: Mapping[str, Any], keys: Iterable[str]) -> None:
        for key in table:
            if key not in keys:
                raise self.wrong(f'unknown key "{key}"{nearest(key.replace("_", "-"), keys)}')

    def label(self) -> str:
        event = self.table["event"]
        parts = (event, self.table.get("method"), self.table.get("path"))
        return " ".join(part for part in parts if isinstance(part, str)) or f"phase {self.number}"

    def wrong(self, text: str) -> BadEvent:
        name = self.table.get("name") if isinstance(self.table, dict) else None
        shown = f' "{name}"' if isinstance(name, str) else ""
        return BadEvent(f"{self.path}: phase {self.number}{shown}: {text}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
