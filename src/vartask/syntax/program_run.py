"""Follows an infrastructure program from where it starts, without ever running it.

What the program makes of other packages' constructs is recorded in order (:class:`~program_values.Made`).  Code that
nothing known calls is entered afterwards with unknown arguments, so that nothing it makes is overlooked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from vartask.model import Span
from vartask.project import Project
from vartask.records import dataclass, field
from vartask.syntax import program as tree
from vartask.syntax import program_access, program_calls, program_expressions, program_statements
from vartask.syntax.program_state import Signal, Sources, State
from vartask.syntax.program_values import (
    Class,
    Computed,
    Constant,
    External,
    Fields,
    Function,
    Given,
    Instance,
    Made,
    Namespace,
    Scope,
    Value,
)

Wanted = Callable[[Span], bool]
"""Whether the source between two lines may make something of interest."""


@dataclass
class Run:
    """One program: ``base`` is the directory (relative to the project's root) that it runs in."""

    project: Project
    languages: Mapping[tree.Language, Sources]
    base: str = "."
    state: State = field(default_factory=State)
    bodies: dict[str, tree.Module] = field(default_factory=dict)
    _pending: list[tuple[Scope, str, Namespace, str]] = field(default_factory=list)

    def start(self, path: str, language: tree.Language) -> None:
        """Follow the program that starts with a file."""
        self.namespace(path, language)

    def complete(self, paths: Sequence[tuple[str, tree.Language]], wanted: Wanted) -> None:
        """Enter what is of interest in these files and has not run."""
        self.state.unreached = True
        for path, language in paths:
            self.namespace(path, language)
        for path in importers_first([path for path, _ in paths], self._uses):
            module = self.bodies.get(path)
            scope = self.state.scopes.get(path)
            if module is not None and scope is not None:
                self._enter(module.body, scope, wanted)
        self.state.unreached = False

    def _uses(self, path: str) -> Iterator[str]:
        """The project's files that a file imports."""
        module = self.bodies.get(path)
        for statement in module.body if module is not None else ():
            if (
                isinstance(statement, (tree.Import, tree.Export))
                and statement.module is not None
                and module is not None
            ):
                found = self.sources(module.language).locate(path, statement.module)
                if found is not None:
                    yield found

    @property
    def made(self) -> tuple[Made, ...]:
        """Everything that the program makes of other packages, in order."""
        return tuple(self.state.made)

    def _enter(self, body: Sequence[tree.Statement], scope: Scope, wanted: Wanted) -> None:
        for statement in _users_first(body):
            value = scope.names.get(_defines(statement))
            if isinstance(value, Function):
                if value.span not in self.state.entered and wanted(value.span):
                    program_calls.enter(self, value, value.span)
            elif isinstance(value, Class) and wanted(value.span):
                self._enter_class(value, wanted)

    def _enter_class(self, of: Class, wanted: Wanted) -> None:
        """A class that nothing makes an instance of, then methods that nothing calls."""
        span = of.span
        reached = {method.name for method in of.definition.methods if method.span in self.state.entered}
        if "constructor" not in reached or not of.definition.methods:
            own = next((one for one in of.definition.methods if one.name == "constructor"), None)
            names = [one.target for one in own.parameters] if own is not None else []
            reason = f"nothing in the project tells with what {of.definition.name} is made"
            arguments = tuple(Computed(reason, span) for _ in names)
            instance = program_calls.instantiate(self, of, Given(span, arguments, more=Computed(reason, span)))
        else:
            instance = None
        for method in of.definition.methods:
            if method.span in self.state.entered or not wanted(method.span):
                continue
            if instance is None:
                instance = Instance(of, {}, span)
            program_calls.enter(self, Function(method, of.scope, of.language, instance, of), method.span)

    # -- the machine ------------------------------------------------------------------------------

    def sources(self, language: tree.Language) -> Sources:
        """The files of a language."""
        return self.languages[language]

    def evaluate(self, expression: tree.Expression, scope: Scope) -> Value:
        """The value of an expression."""
        self.state.steps += 1
        if self.state.exhausted:
            return Computed("the program is too long to be followed", expression.span)
        return program_expressions.evaluate(self, expression, scope)

    def execute(self, body: Sequence[tree.Statement], scope: Scope) -> Signal:
        """Follow statements in order."""
        return program_statements.execute(self, body, scope)

    def assign(self, target: tree.Target, value: Value, scope: Scope, *, declares: bool) -> None:
        """Give variables, fields or entries a value."""
        program_statements.assign(self, target, value, scope, declares=declares)

    def call(self, callee: Value, given: Given) -> Value:
        """Call or instantiate a value."""
        return program_calls.call(self, callee, given)

    def attribute(self, base: Value, name: str, span: Span) -> Value:
        """``base.name``."""
        return program_access.attribute(self, base, name, span)

    def index(self, base: Value, key: Value, span: Span) -> Value:
        """``base[key]``."""
        return program_access.index(self, base, key, span)

    def truth(self, value: Value) -> bool | None:
        """Whether a value counts as true; ``None`` when nobody knows."""
        return program_access.truth(value)

    def elements(self, value: Value, span: Span) -> tuple[Sequence[Value], bool]:
        """What a loop over a value sees, and whether that is all of it."""
        return program_access.elements(value, span)

    def branch(self, test: Value, then: Callable[[], Signal], otherwise: Callable[[], Signal], span: Span) -> Signal:
        """Follow the branch that runs, or both."""
        return program_statements.branch(self, test, then, otherwise, span)

    # -- modules ----------------------------------------------------------------------------------

    def namespace(self, path: str, language: tree.Language) -> Namespace:
        """A module of the project, followed once; what it exports grows while it runs."""
        known = self.state.modules.get(path)
        if known is not None:
            return known
        found = self.state.modules[path] = Namespace(path, {}, Span(path), exact=False)
        sources = self.sources(language)
        module = sources.module(path)
        if module is None:
            return found
        self.bodies[path] = module
        names = {program_expressions.LANGUAGE: Constant(language, Span(path)), **sources.globals(path)}
        scope = self.state.scopes[path] = Scope({}, Scope(names, None, path), path)
        if language == "python":
            found.values = scope.names
        frames, self.state.frames = self.state.frames, []
        # A module runs once wherever it is first imported, so no condition around the import counts.
        doubt, self.state.doubt = self.state.doubt, 0
        self.execute(module.body, scope)
        self.state.doubt, self.state.frames = doubt, frames
        if language == "javascript":
            self._export(module, scope, found)
        self._settle(found)
        return found

    def _export(self, module: tree.Module, scope: Scope, found: Namespace) -> None:
        holder = scope.find("module")
        old = holder.names["module"] if holder is not None else None
        exports = old.values.get("exports") if isinstance(old, Fields) else None
        if isinstance(exports, Fields):
            found.values.update(exports.values)
        if exports is not None and not (isinstance(exports, Fields) and not exports.values):
            found.values["default"] = exports
        program_statements.exported(self, module.body, scope, found)

    def _settle(self, found: Namespace) -> None:
        """Names that were imported from a module before it had them."""
        waiting, self._pending = self._pending, []
        for scope, local, source, name in waiting:
            if source is found and name in source.values:
                scope.names[local] = source.values[name]
            elif source is not found:
                self._pending.append((scope, local, source, name))

    def imported(self, name: str, scope: Scope, span: Span) -> Value:
        """What a module's name means in a file: one of the project's, or another package."""
        language = program_expressions.language_of(scope)
        path = self.sources(language).locate(scope.module, name)
        return External(name, span) if path is None else self.namespace(path, language)

    def bring(self, statement: tree.Import, scope: Scope) -> None:
        """Define the names of an import."""
        source = self.imported(statement.module, scope, statement.span)
        for name, local in statement.names:
            if name == "*" and local == "*":
                if isinstance(source, Namespace):
                    scope.names.update(source.values)
            elif name == "*" or (name == "default" and isinstance(source, External)):
                scope.names[local] = source
            else:
                value = self.attribute(source, name, statement.span)
                scope.names[local] = value
                if isinstance(source, Namespace) and name not in source.values:
                    self._pending.append((scope, local, source, name))
                    self._submodule(statement, scope, name, local)

    def _submodule(self, statement: tree.Import, scope: Scope, name: str, local: str) -> None:
        """Python's ``from package import module``."""
        if program_expressions.language_of(scope) != "python":
            return
        dotted = f"{statement.module}{'' if statement.module.endswith('.') else '.'}{name}"
        found = self.imported(dotted, scope, statement.span)
        if isinstance(found, Namespace):
            scope.names[local] = found


def importers_first(paths: Sequence[str], uses: Callable[[str], Iterable[str]]) -> list[str]:
    """Files in an order in which whoever uses a file comes before it: it says what the file's code is given."""
    known = dict.fromkeys(paths)
    order: list[str] = []
    done: set[str] = set()
    for path in known:
        pending = [(path, False)]
        while pending:
            here, left = pending.pop()
            if left:
                order.append(here)
            elif here not in done:
                done.add(here)
                pending.append((here, True))
                # Files that are not entered themselves pass on what they import.
                pending += ((one, False) for one in uses(here) if one not in done)
    return [path for path in reversed(order) if path in known]


def _users_first(body: Sequence[tree.Statement]) -> list[tree.Statement]:
    """Definitions of a module that no other one of its definitions names come first."""
    texts = [repr(statement) for statement in body]
    names = [_defines(statement) for statement in body]

    def used(at: int) -> bool:
        mention = f"Name(name={names[at]!r},"
        return any(mention in text for other, text in enumerate(texts) if other != at)

    return sorted(body, key=lambda statement: used(_position(body, statement)))


def _position(body: Sequence[tree.Statement], statement: tree.Statement) -> int:
    return next(at for at, one in enumerate(body) if one is statement)


def _defines(statement: tree.Statement) -> str:
    if isinstance(statement, (tree.FunctionDef, tree.ClassDef)):
        return statement.name
    if isinstance(statement, tree.Assign) and isinstance(statement.target, tree.Name):
        return statement.target.name
    return ""
