"""What one Python file imports, defines and reads: computed once per file content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from vartask.model.span import Span
from vartask.records import dataclass, field


@dataclass(frozen=True, slots=True)
class ImportFact:
    """One ``import a.b`` alias, or one ``from x import a, b`` statement.

    ``module`` is the name as written without leading dots, ``level`` the number of dots.  ``names`` are the
    names of a ``from`` import with their places; ``None`` for a plain ``import``.  ``("*", span)`` is a star
    import.
    """

    module: str
    level: int
    names: tuple[tuple[str, Span], ...] | None
    span: Span

    @property
    def written(self) -> str:
        """The module as it is written in the source."""
        return "." * self.level + self.module


@dataclass(frozen=True, slots=True)
class Clause:
    """One ``except`` clause, or what ``contextlib.suppress`` does.

    ``catches`` are the names of its exceptions without their modules, ``BaseException`` for a bare clause;
    ``unclear`` says that there may be more of them (a name that is not an exception's own).  ``reraises`` is true for
    a clause that certainly ends by raising or exiting.
    """

    catches: frozenset[str]
    body: tuple[Step, ...] = ()
    reraises: bool = False
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class TryStep:
    """A ``try`` statement.

    ``works`` is true when its body does more than a few simple things: a clause for every exception then says what to
    do when the work fails, and not what to do without a module.
    """

    body: tuple[Step, ...]
    clauses: tuple[Clause, ...]
    orelse: tuple[Step, ...] = ()
    final: tuple[Step, ...] = ()
    works: bool = False


@dataclass(frozen=True, slots=True)
class IfStep:
    """An ``if`` statement.

    ``test`` is ``True`` or ``False`` where every Lambda run decides it alike (``TYPE_CHECKING``,
    ``__name__ == "__main__"``), a version bound ``("<", (3, 11))`` for ``sys.version_info``, and ``None``
    where it is not known.
    """

    test: bool | tuple[str, tuple[int, ...]] | None
    body: tuple[Step, ...]
    orelse: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class StopStep:
    """The block certainly stops here: ``raise``, ``assert False``, ``sys.exit()``, ``return``.

    ``exception`` is the name of what is raised, ``None`` for what cannot be named or raises nothing; ``text`` its
    ``str()``, ``None`` where it is computed.  ``again`` is a bare ``raise``.
    """

    span: Span
    exception: str | None = None
    text: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class NameStep:
    """A name is read that the file has not bound by then; only a star import may have brought it.

    ``annotation``: it is read as part of an annotation, which Python evaluates late since 3.14 (PEP 649).
    """

    name: str
    span: Span
    annotation: bool = False


@dataclass(frozen=True, slots=True)
class AttributeStep:
    """``binding.name.name`` is read, where the binding is an import of this file."""

    binding: Binding
    names: tuple[str, ...]
    span: Span
    annotation: bool = False


@dataclass(frozen=True, slots=True)
class PathStep:
    """``sys.path`` is edited here.  ``entries`` are the literal directories, ``None`` when they are computed."""

    entries: tuple[str, ...] | None
    span: Span


Step = ImportFact | TryStep | IfStep | StopStep | PathStep | NameStep | AttributeStep


@dataclass(frozen=True, slots=True)
class Binding:
    """A name that the module binds at its top level.

    ``certain`` is false where only one branch binds it; ``since`` is the line and column from which on it may be bound,
    0 where a function may bind it at any time.  For ``import`` bindings, ``target`` is the absolute
    or dotted module (``level`` dots) and ``attribute`` the name taken from it, ``None`` for the module
    itself.  ``again`` says that more than one statement binds the name.
    """

    name: str
    kind: Literal["function", "class", "variable", "import"]
    span: Span
    certain: bool = True
    target: str | None = None
    level: int = 0
    attribute: str | None = None
    again: bool = False
    since: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """A top-level class: its attributes with what each is (``method``, ``classmethod``, ``attribute``, ...)."""

    name: str
    span: Span
    attributes: Mapping[str, str]
    bases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScopeFacts:
    """A function or method whose body runs only when somebody calls it.

    ``loads`` are the identifiers that the body mentions, by which callers are found.  ``entry`` is true when
    something other than a mention by name may call it: a decorator, a dunder name, a method of a class with
    bases.
    """

    name: str
    qualname: str
    span: Span
    steps: tuple[Step, ...]
    loads: frozenset[str]
    entry: bool


@dataclass(frozen=True, slots=True)
class StringFact:
    """A string that is, or may be, the name of a module.

    ``flows`` is the import call that the string reaches, ``None`` when it only looks like a module.
    ``attribute`` is what is then taken from the module (``"pkg.mod:attr"``), ``package`` the anchor of a
    relative name (``None`` when not given), ``scope`` the qualified name of the function where the import
    call stands (``""`` at the top level).  ``partial`` marks the literal beginning of a name whose rest is
    computed (``f"handlers.{name}"``). ``guarded``: a failure of the import is caught.
    """

    value: str
    span: Span
    flows: Span | None = None
    attribute: str | None = None
    package: str | None = None
    scope: str = ""
    partial: bool = False
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class ImportedTable:
    """An import call whose argument comes from a name of another module (``import_module(routes.TABLE[key])``).

    ``module``, ``level`` and ``name`` say where the value is; the rest is as in :class:`StringFact`.
    """

    module: str
    level: int
    name: str
    flows: Span
    scope: str = ""
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Loader:
    """A top-level function one of whose parameters reaches an import call."""

    function: str
    parameter: str
    position: int
    flows: Span
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class HandedString:
    """A string that looks like a module and is passed to a function of another module.

    ``module``, ``level`` and ``function`` say which; ``position`` is -1 where ``keyword`` names the parameter.
    """

    module: str
    level: int
    function: str
    position: int
    keyword: str | None
    value: str
    span: Span
    scope: str = ""


@dataclass(frozen=True, slots=True)
class PluginFolder:
    """A loop that imports every module of a package.

    ``module`` and ``level`` name the package; with ``own`` (``__name__`` or ``__package__``) it counts from the file's
    own name.  ``deep`` goes into the packages in it, too; ``some`` says that conditions in the loop may leave modules
    out.
    """

    module: str
    level: int
    own: str
    flows: Span
    scope: str = ""
    guarded: bool = False
    deep: bool = False
    some: bool = False


@dataclass(frozen=True, slots=True)
class Strings:
    """Everything about one file's strings that may be imports.

    ``facts`` are the strings of the file itself, ``folders`` the packages that it imports whole.  ``imported``,
    ``loaders`` and ``handed`` are the ends of flows that cross files; ``tables`` are the strings that look like modules
    in each top-level assignment.
    """

    facts: tuple[StringFact, ...] = ()
    imported: tuple[ImportedTable, ...] = ()
    loaders: tuple[Loader, ...] = ()
    handed: tuple[HandedString, ...] = ()
    tables: Mapping[str, tuple[StringFact, ...]] = field(default_factory=dict)
    folders: tuple[PluginFolder, ...] = ()


Refusal = tuple[tuple[int, int], "str | None", int]
"""From which version on CPython refuses something in which words, and on which line; ``None`` for unknown words."""


@dataclass(frozen=True, slots=True)
class GrammarUse:
    """A use of grammar that CPython has had only since some version.

    ``what`` names it to begin a sentence with, ``line`` and ``column`` count from 1.  ``said`` are the words of older
    versions, oldest first.  ``late`` is refused by the compiler, after the whole file has been parsed.
    """

    since: tuple[int, int]
    what: str
    line: int
    column: int
    said: tuple[Refusal, ...] = ()
    late: bool = False

    def words(self, version: tuple[int, int]) -> tuple[str, int] | None:
        """As :meth:`SyntaxProblem.words`."""
        return _words(self.said, version)


def _words(said: tuple[Refusal, ...], version: tuple[int, int]) -> tuple[str, int] | None:
    for first, text, line in reversed(said):
        if first <= version:
            return None if text is None else (text, line)
    return None


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """The file cannot be parsed.  ``fatal`` is true when the target runtime cannot parse it either.

    ``said`` are the words of each version, as in :class:`GrammarUse`.
    """

    message: str
    span: Span
    fatal: bool = True
    said: tuple[Refusal, ...] = ()

    def words(self, version: tuple[int, int]) -> tuple[str, int] | None:
        """What that version's ``SyntaxError`` says and which line it gives; ``None`` where that is not known."""
        return _words(self.said, version)


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """Everything the analysis knows of one Python file.

    ``steps`` are the imports of the module's own level in execution order, ``scopes`` the functions in it.
    ``bindings`` are its top-level names; ``dynamic`` says why more names may exist (``exec``, ``globals()``),
    ``None`` when none can. ``has_getattr`` is a module-level ``__getattr__`` (PEP 562).  ``exported`` is
    ``__all__`` where literal.  ``stores`` are the attributes that it sets on anything but ``self``.  ``loads`` are the
    identifiers mentioned at the top level outside a main guard.
    """

    path: str
    steps: tuple[Step, ...] = ()
    scopes: tuple[ScopeFacts, ...] = ()
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    stars: tuple[ImportFact, ...] = ()
    classes: Mapping[str, ClassFacts] = field(default_factory=dict)
    strings: Strings = field(default_factory=Strings)
    loads: frozenset[str] = frozenset()
    exported: tuple[str, ...] | None = None
    stores: frozenset[str] = frozenset()
    has_getattr: bool = False
    dynamic: str | None = None
    problem: SyntaxProblem | None = None
    uses: tuple[GrammarUse, ...] = ()
