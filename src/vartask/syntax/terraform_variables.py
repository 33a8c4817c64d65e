"""The values that a root module's variables are given.

https://developer.hashicorp.com/terraform/language/values/variables: the default, then ``TF_VAR_name``, then
``terraform.tfvars`` and ``terraform.tfvars.json``, then ``*.auto.tfvars`` and ``*.auto.tfvars.json`` by name, then what
the command line gives (``-var`` and ``-var-file``).

Each variable file that somebody passes by hand is a way in which the configuration is deployed (an environment).  What
such files, the defaults and the automatic files do not agree about is unknown where none of them has the last word.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Final

from vartask.model import Span
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass, field
from vartask.syntax import hcl
from vartask.syntax.hcl_evaluate import Evaluate, Evaluator
from vartask.syntax.hcl_values import Computed, Value, is_null, plain
from vartask.syntax.terraform_files import VARIABLE_SUFFIXES

MAX_WAYS: Final = 12
"""Environments that are followed one by one; with more of them, what they do not agree about is unknown."""

_EXAMPLE: Final = regex(r"(?:^|[._-])(?:examples?|samples?|templates?|dist|dummy|placeholder)(?:[._-]|$)")
_SETTERS: Final = regex(
    r"(?:\A|/)(?:[^/]*\.(?:sh|bash|mk|ps1|bat|ya?ml|toml|json|groovy|env|envrc)|[Mm]akefile[^/]*|justfile|Taskfile[^/]*"
    r"|[Jj]enkinsfile[^/]*|Dockerfile[^/]*|\.env[^/]*|\.envrc)\Z"
)
_SETS: Final = (((b"TF_VAR_", b"-var"),),)
"""Words of which a file has one if either of the following finds anything in it."""
_FROM_ENVIRONMENT: Final = regex(rb"TF_VAR_([A-Za-z_][\w-]*)")
_FROM_OPTION: Final = regex(rb"-var[= ]+[\"']?([A-Za-z_][\w-]*)=")
_LARGEST: Final = 400_000
_INPUT: Final = regex(rb"^\s*\"?([A-Za-z_][\w-]*)\"?\s*=", re.MULTILINE)
TERRAGRUNT: Final = ("terragrunt.hcl", "root.hcl", "terragrunt.stack.hcl")

_Table = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a root module is run: the values that variable files give, by variable.

    ``doubted`` are variables whose default does not count for sure, because something else may set them.
    """

    name: str = ""
    values: _Table = field(default_factory=dict)
    doubted: frozenset[str] = frozenset()

    def given(self, name: str, default: Value | None, span: Span) -> Value | None:
        """The value of a variable; ``default`` when nothing sets it, ``None`` without either."""
        if name in self.values:
            return self.values[name]
        return Computed(f"${{var.{name}}}", span) if name in self.doubted else default


class _NoNames:
    """The scope of a variable file, which may not refer to anything."""

    def resolve(self, reference: hcl.Reference, evaluate: Evaluate) -> None:
        """Nothing is known."""


class Variables:
    """The variable files of a project; ``directories`` are those that hold configuration."""

    def __init__(self, project: Project, directories: Iterable[str], parse: Callable[[str], hcl.File | None]) -> None:
        self.project = project
        self.directories = frozenset(directories)
        self._parse = parse
        self._read: dict[str, _Table] = {}

    def ways(self, directory: str, declared: Mapping[str, Value | None]) -> tuple[Way, ...]:
        """How a root module is run.  ``declared`` are its variables with their defaults."""
        automatic = self._automatic(directory)
        by_option, by_environment = self._set_elsewhere
        doubted = (by_option | by_environment | self._terragrunt) & declared.keys()
        by_hand = {path: self._table(path) for path in self._by_hand(directory, declared)}
        base = _less(automatic, by_option)
        disputed = _disputed(declared, automatic, by_hand.values())
        if not disputed:
            agreed = {name: value for table in by_hand.values() for name, value in table.items()}
            return (Way("", {**agreed, **base}, doubted - agreed.keys() - base.keys()),)
        unsure = doubted | disputed
        real = {path: table for path, table in by_hand.items() if not _EXAMPLE.search(posixpath.basename(path))}
        ways = [
            Way(path, {**_without(by_hand.values(), disputed), **_less(base, disputed), **table}, unsure - table.keys())
            for path, table in real.items()
        ]
        optional = all(
            automatic.get(name) is not None or declared.get(name) is not None
            for table in by_hand.values()
            for name in table
            if name in declared
        )
        if optional or not 0 < len(ways) <= MAX_WAYS:
            plainly = {**_without(by_hand.values(), disputed), **_less(base, disputed)}
            alone = Way("", plainly, unsure - plainly.keys())
            ways = [alone, *ways] if len(ways) <= MAX_WAYS else [alone]
        return tuple(ways)

    # -- files ------------------------------------------------------------------------------------

    @cached_property
    def _files(self) -> tuple[str, ...]:
        return tuple(path for path in self.project.files if path.endswith(VARIABLE_SUFFIXES))

    def _automatic(self, directory: str) -> _Table:
        """What the files give that Terraform loads by itself."""
        mine = [path for path in self._files if (posixpath.dirname(path) or ".") == directory and _is_automatic(path)]
        found: dict[str, Value] = {}
        for path in sorted(mine, key=_rank):
            found.update(self._table(path))
        return found

    def _by_hand(self, directory: str, declared: Mapping[str, object]) -> list[str]:
        """The files that somebody may pass on the command line for this root module."""
        found: list[str] = []
        for path in self._files:
            here = posixpath.dirname(path) or "."
            if _is_automatic(path) and here in self.directories:
                continue
            owner = here
            while owner != "." and owner not in self.directories:
                owner = posixpath.dirname(owner) or "."
            if owner == directory:
                found.append(path)
            elif owner not in self.directories or owner == ".":
                # Beside the configuration: for every root module that declares what it sets.
                names = self._table(path).keys()
                if names and names <= declared.keys() and self._related(here, directory):
                    found.append(path)
        return found

    def _related(self, here: str, directory: str) -> bool:
        """Whether a directory is the nearest place with configuration below it that the file can be for."""
        above = here
        while above != ".":
            above = posixpath.dirname(above) or "."
            if any(_is_below(one, above) for one in self.directories):
                return _is_below(directory, above)
        return False

    def _table(self, path: str) -> _Table:
        if path not in self._read:
            file = self._parse(path)
            evaluate = Evaluator(_NoNames())
            items = file.body.attributes if file is not None else ()
            self._read[path] = {item.name: evaluate.soft(item.value) for item in items}
        return self._read[path]

    # -- other places -----------------------------------------------------------------------------

    @cached_property
    def _set_elsewhere(self) -> tuple[frozenset[str], frozenset[str]]:
        """Variables that scripts and pipelines set by ``-var name=value``, and by ``TF_VAR_name``."""
        options: set[str] = set()
        environment: set[str] = set()
        for path in self.project.files:
            if _SETTERS.search(path):
                data = self._bytes(path) if self._sets(path) else b""
                if len(data) < _LARGEST:
                    environment |= {name.decode() for name in _FROM_ENVIRONMENT.findall(data)}
                    options |= {name.decode() for name in _FROM_OPTION.findall(data)}
        return frozenset(options), frozenset(environment)

    @cached_property
    def _terragrunt(self) -> frozenset[str]:
        """Variables that Terragrunt's ``inputs`` may set."""
        names: set[str] = set()
        for path in self.project.files:
            if posixpath.basename(path) in TERRAGRUNT:
                names |= {name.decode() for name in _INPUT.findall(self._bytes(path))}
        return frozenset(names)

    def _sets(self, path: str) -> bool:
        try:
            return self.project.mentions(path, _SETS)
        except Unreadable:
            return False

    def _bytes(self, path: str) -> bytes:
        try:
            return self.project.read_bytes(path)
        except Unreadable:
            return b""


def _is_automatic(path: str) -> bool:
    base = posixpath.basename(path)
    return base in {"terraform.tfvars", "terraform.tfvars.json"} or base.endswith((".auto.tfvars", ".auto.tfvars.json"))


def _rank(path: str) -> tuple[int, str]:
    base = posixpath.basename(path)
    first = ("terraform.tfvars", "terraform.tfvars.json")
    return (first.index(base), "") if base in first else (len(first), base)


def _is_below(directory: str, above: str) -> bool:
    return above in {".", directory} or directory.startswith(above + "/")


def _disputed(declared: Mapping[str, Value | None], automatic: _Table, by_hand: Iterable[_Table]) -> frozenset[str]:
    """The variables that the files passed by hand do not give one value, or not the one that holds without them."""
    found: set[str] = set()
    seen: dict[str, Value] = {name: value for name, value in {**declared, **automatic}.items() if value is not None}
    for table in by_hand:
        for name, value in table.items():
            if name not in declared:
                continue
            known = seen.setdefault(name, value)
            if not _same(known, value):
                found.add(name)
    return frozenset(found)


def _same(one: Value, other: Value) -> bool:
    """Whether two values are certainly equal."""
    if is_null(one) or is_null(other):
        return is_null(one) and is_null(other)
    return plain(one) is not None and plain(one) == plain(other)


def _less(table: _Table, names: frozenset[str]) -> dict[str, Value]:
    return {name: value for name, value in table.items() if name not in names}


def _without(tables: Iterable[_Table], names: frozenset[str]) -> dict[str, Value]:
    return {name: value for table in tables for name, value in table.items() if name not in names}
