"""A function as it will exist in the cloud: its tree, and what replaying the runtime's steps on it gave."""

from __future__ import annotations

from typing import Literal

from vartask.model.context import ContextDouble, ContextUse
from vartask.model.finding import Cause, Gap, Problem
from vartask.model.function import Function
from vartask.model.invocation import InvocationOutcome
from vartask.model.module import ImportFact, StringFact, SyntaxProblem
from vartask.model.span import Span, Text
from vartask.model.tree import FileTree
from vartask.records import dataclass


@dataclass(frozen=True, slots=True)
class ModuleAt:
    """A module, the artifact's path it is loaded from, and the project's file that became it."""

    name: str
    path: str
    source: str


@dataclass(frozen=True, slots=True)
class Relocation:
    """The same file under the name by which the runtime would find it.

    ``written`` is the dotted name that fails, ``importable`` the one that works, ``source`` the file.
    """

    written: str
    importable: str
    source: str


@dataclass(frozen=True, slots=True)
class HandlerProblem:
    """Why the runtime refuses a handler string.

    ``error_type`` and ``text`` are what Lambda logs; ``missing`` is the module that is not there, ``module``
    the one whose attribute is missing.
    """

    kind: Literal["malformed", "builtin", "relative", "module", "attribute", "arguments"]
    error_type: str
    text: str
    missing: str | None = None
    module: ModuleAt | None = None
    attribute: str | None = None
    relocation: Relocation | None = None
    candidates: tuple[str, ...] = ()
    similar: tuple[str, ...] = ()
    removed_by: Span | None = None
    shadowed_by_runtime: bool = False


@dataclass(frozen=True, slots=True)
class HandlerOutcome:
    """What resolving the handler gave: a module, a problem, or neither when it cannot be known.

    ``imports_text`` and ``syntax_text`` are what is logged when an import of the module fails, where not the runtime
    but a wrapper imports it: with ``{error}`` for Python's text and ``{kind}`` for its type.
    """

    handler: Text
    module: ModuleAt | None = None
    attribute: str | None = None
    problem: HandlerProblem | None = None
    imports_text: str = ""
    syntax_text: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """The exception that reaches the runtime, by its class's name and its text; ``None`` for what is not known."""

    exception: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """An import of first-party code that fails.

    ``name`` is the absolute name, ``missing`` the part of it that Python will report, ``error`` its text.
    ``when`` is ``init`` or ``call`` (the import stands in the function ``scope``).  ``candidates`` are the
    project's files that the name means, ``relocation`` is set when one of them is in the artifact under
    another name, ``chain`` leads from the handler to the importing module.  ``told`` is what the runtime is told
    instead, where a clause that catches the error fails or raises another; so it is with every outcome.
    """

    importer: ModuleAt
    fact: ImportFact
    missing: str
    error: str
    when: Literal["init", "call"]
    scope: str = ""
    name: str = ""
    candidates: tuple[str, ...] = ()
    relocation: Relocation | None = None
    removed_by: Span | None = None
    chain: tuple[Cause, ...] = ()
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class MissingName:
    """``from module import name`` where the first-party module does not define the name.

    ``owner`` is the class that has an attribute of that name, with ``owner_kind`` what it is there.
    """

    importer: ModuleAt
    fact: ImportFact
    name: str
    span: Span
    module: str
    location: ModuleAt | None
    error: str
    when: Literal["init", "call"]
    scope: str = ""
    owner: str | None = None
    owner_kind: str | None = None
    similar: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    chain: tuple[Cause, ...] = ()
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class StdlibOutcome:
    """The standard library of the target's Python lacks what the code imports from it.

    ``module`` is the dotted module that is meant, ``name`` what is imported from it; ``None`` when the module itself
    is missing.  ``minors`` are the minor versions of Python 3 that have it, ``version`` the target's as ``3.12`` or
    ``None``.  ``exact`` is false where the place in Python's text is not known.
    """

    importer: ModuleAt
    fact: ImportFact
    span: Span
    module: str
    name: str | None
    error: str
    when: Literal["init", "call"]
    scope: str = ""
    minors: frozenset[int] = frozenset()
    version: str | None = None
    exact: bool = True
    chain: tuple[Cause, ...] = ()
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class StrangerOutcome:
    """An import of somebody else's module that nothing in the artifact brings.

    ``name`` is the module that is asked for, ``error`` Python's text.  ``certain`` is false where only what is asked
    for is known, not what comes with it; or, if the list is ``complete``, where something on it may bring anything.
    ``asked`` says what is installed (``None``: nothing) and where that is written, ``owners`` are distributions that
    are known to bring the module.
    """

    importer: ModuleAt
    fact: ImportFact
    span: Span
    name: str
    error: str
    when: Literal["init", "call"]
    scope: str = ""
    certain: bool = True
    complete: bool = True
    asked: Cause | None = None
    owners: tuple[str, ...] = ()
    chain: tuple[Cause, ...] = ()
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class StringOutcome:
    """An import string that will not import.

    ``missing`` is the module Python will report, ``None`` when the module is there and lacks
    ``fact.attribute``.  ``certain`` is false for a string that no import call is seen to receive.
    """

    module: ModuleAt
    fact: StringFact
    missing: str | None
    error: str
    certain: bool = True
    relocation: Relocation | None = None
    candidates: tuple[str, ...] = ()
    chain: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class ShadowOutcome:
    """A module of the runtime asks for one of the standard library and gets a file of the package, which lacks things.

    ``module`` is what is asked for, ``file`` what is given, ``through`` are the runtime's modules on the way, the one
    that the code imports first; ``span`` is that import.
    """

    importer: ModuleAt
    span: Span
    module: str
    file: ModuleAt
    through: tuple[str, ...]
    error: str
    when: Literal["init", "call"]
    scope: str = ""
    chain: tuple[Cause, ...] = ()
    told: Told | None = None

    @property
    def is_attribute(self) -> bool:
        """Whether it is an ``AttributeError`` and no ``ImportError``."""
        return " has no attribute " in self.error


@dataclass(frozen=True, slots=True)
class BinaryOutcome:
    """An import that ends at an extension module which is in the artifact, but not for the target.

    ``module`` is the dotted name of the extension module, ``path`` its file in the artifact, ``made_for`` what that is
    for; ``other_python`` is false where the platform is what differs.  ``loaded`` says that Python finds the file and
    fails to load it.
    """

    importer: ModuleAt
    span: Span
    module: str
    path: str
    made_for: str
    other_python: bool
    loaded: bool
    error: str
    when: Literal["init", "call"]
    scope: str = ""
    version: str | None = None
    chain: tuple[Cause, ...] = ()
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class SyntaxOutcome:
    """A module that the runtime will load and cannot parse.

    ``error`` is the text of Python's ``SyntaxError``, ``None`` where that is not known; ``when`` and ``scope`` are as
    in :class:`ImportOutcome`.
    """

    module: ModuleAt
    problem: SyntaxProblem
    error: str | None = None
    when: Literal["init", "call"] = "init"
    scope: str = ""
    chain: tuple[Cause, ...] = ()
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class RaisedOutcome:
    """Code that certainly runs while a module is imported, and certainly raises.

    ``kind`` says how: a ``raise`` or ``assert`` in the code, an ``exit`` of the process, a ``name`` that nothing bound,
    an ``attribute`` that a module lacks, a ``circular`` import that meets a module half done, a ``file`` that is read
    and not there, a ``write`` to where nobody may, an environment ``variable`` that is not set.  ``exception`` is the
    class's name, ``None`` where it is not known, and ``error`` its text, ``None`` where that is computed.  ``subject``
    is the name, attribute, file or variable, ``owner`` the module it is looked for in, ``bound`` the place where that
    will bind it, ``submodule`` the module of that name that nobody has imported.
    """

    module: ModuleAt
    span: Span
    kind: Literal["raise", "assert", "exit", "name", "attribute", "circular", "file", "write", "variable"]
    exception: str | None
    error: str | None
    when: Literal["init", "call"] = "init"
    scope: str = ""
    subject: str = ""
    owner: ModuleAt | None = None
    bound: Span | None = None
    submodule: str | None = None
    similar: tuple[str, ...] = ()
    chain: tuple[Cause, ...] = ()
    told: Told | None = None


@dataclass(frozen=True)
class Deployment:
    """What most rules take: one function, its tree, and the outcomes of the replay.

    Only failures and doubts are kept: an import that works needs no word.  ``context_is_lambdas`` says that the handler
    is certainly given Lambda's own context object.  ``crash`` is a failure of vartask itself.
    """

    function: Function
    tree: FileTree
    handler: HandlerOutcome | None = None
    imports: tuple[ImportOutcome, ...] = ()
    names: tuple[MissingName, ...] = ()
    stdlib: tuple[StdlibOutcome, ...] = ()
    strangers: tuple[StrangerOutcome, ...] = ()
    binaries: tuple[BinaryOutcome, ...] = ()
    shadows: tuple[ShadowOutcome, ...] = ()
    strings: tuple[StringOutcome, ...] = ()
    syntax: tuple[SyntaxOutcome, ...] = ()
    raised: tuple[RaisedOutcome, ...] = ()
    invocation: tuple[InvocationOutcome, ...] = ()
    context: tuple[ContextUse, ...] = ()
    context_is_lambdas: bool = False
    loaded: tuple[ModuleAt, ...] = ()
    gaps: tuple[Gap, ...] = ()
    crash: str | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """The project as a whole: problems of its files, and test doubles found in its tests."""

    problems: tuple[Problem, ...] = ()
    doubles: tuple[ContextDouble, ...] = ()
