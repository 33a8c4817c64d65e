"""Rehearse what importing a handler's module does, statement by statement, and tell the first error that is certain.

Nothing of the project is executed: its syntax trees are walked with values of which only what is certain is kept.
What a call of others does is not known, and neither is anything that depends on it; a name that only some ways bind may
be there.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Mapping, Sequence

from vartask.imports.failures import Failure
from vartask.imports.paths import path_value, settle
from vartask.imports.rehearsal_imports import Imports
from vartask.imports.rehearsal_values import (
    UNKNOWN,
    Class,
    Function,
    Instance,
    Items,
    Known,
    Maybe,
    Raised,
    Scope,
    TooLong,
    Value,
)
from vartask.imports.resolve import Resolver
from vartask.model import Cause, RaisedOutcome, Span
from vartask.records import dataclass, replace

_FEW = 3


@dataclass(frozen=True)
class Rehearsed:
    """How init ends.

    ``failure`` is the error that certainly ends it, ``worked`` are the places of imports that were seen to work,
    ``seen`` those of names and attributes that were there, ``imported`` what calls of ``import_module`` imported,
    ``gaps`` the doubts that came up, with their reasons.
    """

    failure: Failure | None
    worked: Sequence[Span]
    seen: Sequence[Span]
    imported: Mapping[Span, frozenset[str]]
    gaps: tuple[tuple[Span, str], ...]


class Rehearsal(Imports):
    """One function's init."""

    def start(self, name: str) -> Rehearsed:
        """Import the handler's module."""
        failure: Failure | None = None
        try:
            self._load(name, Span("", 0))
        except Raised as raised:
            failure = self._outcome(raised)
        except (TooLong, RecursionError):
            pass
        imported = {at: frozenset(names) for at, names in self.imported.items()}
        self._let_go()
        return Rehearsed(failure, self.worked, self.seen, imported, tuple(self.gaps))

    def _let_go(self) -> None:
        """Undo the circles: a module binds functions, whose scopes are the module's.

        Without them the values, and the syntax trees that they hold, go when the rehearsal does; nobody has to look for
        garbage, which takes as long as parsing everything anew.
        """
        pending = [module.names for module in self.made]
        while pending:
            names = pending.pop()
            for value in names.values():
                held = value.value if isinstance(value, Maybe) else value
                if isinstance(held, (Class, Function, Instance)) and held.names:
                    pending.append(held.names)
            names.clear()

    def _outcome(self, raised: Raised) -> Failure | None:
        chain = tuple(Cause(f"`{importer}` imports `{name}`", span) for importer, name, span in raised.chain or ())
        if raised.failure is not None:
            return replace(raised.failure, when="init", scope="", chain=chain)
        if raised.module is None:
            return None
        known = raised.error.kind is not UNKNOWN
        bound = self._bound(raised)
        circular = raised.kind == "circular" and bound is None
        return RaisedOutcome(
            raised.module,
            raised.span,
            # A name that is bound nowhere would be missing without the circle too.
            "attribute" if circular else raised.kind,
            raised.error.name if known else None,
            raised.error.text,
            subject=raised.subject,
            similar=self._similar(raised),
            owner=raised.owner,
            bound=bound,
            chain=chain,
        )

    def _similar(self, raised: Raised) -> tuple[str, ...]:
        """What may have been meant in place of a file or variable that is not there."""
        if raised.kind == "variable":
            from difflib import get_close_matches

            return tuple(get_close_matches(raised.subject, self.scene.function.environment, _FEW, cutoff=0.75))
        return self._elsewhere(raised.subject) if raised.kind == "file" else ()

    def _elsewhere(self, path: str) -> tuple[str, ...]:
        """The repository's files that are called like one that the artifact lacks."""
        name = posixpath.basename(path)
        files = self.scene.evidence.sources.project.files
        return tuple(item for item in files if posixpath.basename(item) == name)[:_FEW]

    def _bound(self, raised: Raised) -> Span | None:
        """Where the name that is missing will be bound."""
        place = raised.owner if raised.kind == "circular" else raised.module if raised.kind == "name" else None
        if place is None:
            return None
        binding = self.scene.library.facts(place.source).bindings.get(raised.subject)
        return binding.span if binding is not None else None

    # -- the search path ------------------------------------------------------------------------------

    def edit_path(self, how: str, node: ast.Call, arguments: list[Value], scope: Scope) -> None:
        """``sys.path.insert`` and the like: at the front, or at the end."""
        last = arguments[-1] if arguments else UNKNOWN
        listed: list[Value] = list(last.items) if isinstance(last, Items) else [last]
        written = node.args[-1] if node.args else None
        for item in listed:
            entry = item.value if isinstance(item, Known) and isinstance(item.value, str) else None
            if entry is None and written is not None and len(listed) == 1:
                entry = path_value(written, self.assigned(scope))
            if entry is None or not self.certain:
                self.open_path()
                return
            directory = settle(entry, scope.module.found.module.path)
            first = how.endswith("insert") and arguments[0] == Known(0)
            self._add(directory, first=first)

    def assigned(self, scope: Scope) -> dict[str, ast.expr]:
        """The simple top-level assignments of a module."""
        return scope.module.script.assigned

    def _add(self, directory: str, *, first: bool) -> None:
        path = self.resolver.path
        if first:
            path = replace(path, directories=(directory, *path.directories))
            self.resolver = Resolver(self.resolver.tree, path, self.resolver.added, self.resolver.open_path)
        else:
            self.resolver.add_directory(directory)

    def open_path(self) -> None:
        """Anything may be found from now on."""
        self.resolver.open(Span("", 0))
