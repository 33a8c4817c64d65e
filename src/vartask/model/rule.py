"""A rule is a value made from a function: its module's docstring is its page, its examples are its tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from vartask.model.finding import Finding, Severity
from vartask.records import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: ``check`` takes one ``subject`` and yields findings.

    ``name`` says the defect in kebab-case, ``code`` is its flake8-shaped alias, ``page`` its documentation in
    Markdown (empty under ``python -OO``, which strips docstrings), ``module`` where it is written.
    """

    code: str
    name: str
    severity: Severity
    subject: type
    check: Callable[[Any], Iterable[Finding]]
    page: str
    module: str

    @property
    def summary(self) -> str:
        """The page's first line."""
        return self.page.strip().partition("\n")[0]


def rule(code: str, *, on: type, severity: Severity = "error") -> Callable[[Callable[[Any], Iterable[Finding]]], Rule]:
    """Make the decorated generator function a :class:`Rule` over subjects of type ``on``."""

    def make(check: Callable[[Any], Iterable[Finding]]) -> Rule:
        page = sys.modules[check.__module__].__doc__ or ""
        name = check.__name__.replace("_", "-")
        return Rule(code, name, severity, on, check, page, check.__module__)

    return make
