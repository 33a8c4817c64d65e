"""Events that functions are sent: canned ones by name, files, and what a phase changes in a web request."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from vartask.config import nearest
from vartask.data.canned_events import NAMES, canned
from vartask.records import dataclass

WEB = ("api-gateway-v1", "api-gateway-v2", "alb")
"""Canned events that are requests of a web client."""


class BadEvent(Exception):
    """An event that cannot be sent; one line."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an answer has to be.

    ``status`` is a web response's, ``error`` the type of an error (``KeyError``) or all of it (``KeyError: 'id'``),
    ``contains`` a part of the response's body.
    """

    status: int | None = None
    error: str | None = None
    contains: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event, for every function or for those that ``functions`` names.

    ``seconds`` is how long the answer may take (``None``: as the run says), ``cold`` asks for a process that has
    answered nothing before.
    """

    name: str
    payload: object
    seconds: float | None = None
    cold: bool = False
    expect: Expectation = Expectation()
    functions: tuple[str, ...] = ()

    def is_for(self, function: str) -> bool:
        """Whether a function is sent this one."""
        return not self.functions or function in self.functions


def named(text: str, directory: Path = Path()) -> object:
    """The payload of a file, relative to ``directory``, or else of a canned event.  Raises :class:`BadEvent`."""
    path = directory / text
    if path.is_file():
        return _read(path, text)
    if text in NAMES:
        return canned(text)
    shown = ", ".join(NAMES)
    if path.suffix or "/" in text:
        raise BadEvent(f"{text}: there is no such file (canned events: {shown})")
    near = nearest(text, NAMES)
    near += "" if "there are" in near else f" (there are: {shown})"
    raise BadEvent(f"{text}: neither a file nor a canned event{near}")


def _read(path: Path, text: str) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadEvent(f"{text}: {error.strerror}") from error
    except RecursionError as error:
        raise BadEvent(f"{text}: nested too deeply") from error
    except ValueError as error:
        raise BadEvent(f"{text}: not JSON: {error}") from error


@dataclass(frozen=True, slots=True)
class WebChange:
    """What a phase changes in a web request; ``None`` leaves a part as it is."""

    path: str | None = None
    method: str | None = None
    headers: Mapping[str, str] | None = None
    query: Mapping[str, str | Sequence[str]] | None = None
    body: object = None

    def __bool__(self) -> bool:
        return any(part is not None for part in (self.path, self.method, self.headers, self.query, self.body))


def changed(payload: object, change: WebChange) -> object:
    """The request with the changes, at every place where its shape has them.  Raises :class:`BadEvent`."""
    if not change:
        return payload
    if not isinstance(payload, dict) or not isinstance(payload.get("requestContext"), dict):
        raise BadEvent(f"path, method, headers, query and body are for web requests ({', '.join(WEB)})")
    made = copy.deepcopy(payload)
    _body(made, change)
    if "rawPath" in made:
        _format_2(made, change)
    else:
        _format_1(made, change)
    return made


def _body(made: dict[str, Any], change: WebChange) -> None:
    if change.body is not None:
        made["body"] = change.body if isinstance(change.body, str) else json.dumps(change.body)
        made["isBase64Encoded"] = False


def _format_2(made: dict[str, Any], change: WebChange) -> None:
    """API Gateway's payload format 2.0 and function URLs."""
    http = made["requestContext"].setdefault("http", {})
    if change.path is not None:
        made["rawPath"] = http["path"] = change.path
    if change.method is not None:
        http["method"] = change.method
    if change.headers is not None:
        made["headers"] = _merged(made.get("headers"), change.headers)
    if change.query is not None:
        pairs = _pairs(change.query)
        made["rawQueryString"] = urlencode(pairs)
        made["queryStringParameters"] = {name: ",".join(values) for name, values in _grouped(pairs).items()}


def _format_1(made: dict[str, Any], change: WebChange) -> None:
    """API Gateway's payload format 1.0, and load balancers, which have less of it."""
    context = made["requestContext"]
    if change.path is not None:
        made["path"] = change.path
        for holder, key in ((made, "resource"), (context, "path"), (context, "resourcePath")):
            if key in holder:
                holder[key] = change.path
    if change.method is not None:
        made["httpMethod"] = change.method
        if "httpMethod" in context:
            context["httpMethod"] = change.method
    if change.headers is not None:
        made["headers"] = _merged(made.get("headers"), change.headers)
        if "multiValueHeaders" in made:
            lists = {name: [value] for name, value in change.headers.items()}
            made["multiValueHeaders"] = _merged(made["multiValueHeaders"], lists)
    if change.query is not None:
        grouped = _grouped(_pairs(change.query))
        made["queryStringParameters"] = {name: values[-1] for name, values in grouped.items()}
        if "multiValueQueryStringParameters" in made:
            made["multiValueQueryStringParameters"] = grouped


def _merged(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> dict[str, Any]:
    """Header names are the same in any case; both formats of the documentation have them in lower case."""
    lowered = {name.lower(): value for name, value in new.items()}
    return {name: value for name, value in (old or {}).items() if name.lower() not in lowered} | lowered


def _pairs(query: Mapping[str, str | Sequence[str]]) -> list[tuple[str, str]]:
    lists = ((name, [value] if isinstance(value, str) else value) for name, value in query.items())
    return [(name, value) for name, values in lists for value in values]


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
