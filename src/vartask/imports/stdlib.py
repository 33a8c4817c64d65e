"""What an import asks of the standard library, and whether the target's Python has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from vartask.data.runtimes import SUPPORTED
from vartask.data.stdlib import NOT_LISTED, StdlibModule, minor_of, stdlib_module, stdlib_modules
from vartask.data.stdlib_successors import PROVIDERS, PYTHON_2, PYTHON_2_VERSION
from vartask.imports.distributions import may_provide
from vartask.imports.scene import Scene
from vartask.model import ImportFact, ModuleAt, Span, StdlibOutcome, UnknownRegion
from vartask.records import dataclass


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that the standard library lacks: the module ``module``, or ``name`` in it.

    ``text`` is Python's, ``exact`` whether the place in it is known, ``minors`` the versions that have it.
    """

    module: str
    name: str | None
    span: Span
    text: str
    minors: frozenset[int]
    exact: bool = True


@cache
def _minors(version: str | None) -> frozenset[int]:
    return frozenset(minor_of(item) for item in ([version] if version else SUPPORTED))


class Stdlib:
    """The standard library of one function's Python; every supported one where the version is not known."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        path = scene.resolver.path
        self.version = path.version
        self._minors = _minors(path.version)

    # -- modules ----------------------------------------------------------------------------------

    def lacks_top(self, name: str) -> frozenset[int] | None:
        """The versions whose standard library has a top-level module that the target's lacks; ``None`` for no other."""
        module = stdlib_module(name)
        if module is None:
            return frozenset({PYTHON_2_VERSION}) if name in PYTHON_2 else None
        return None if module.minors & self._minors else module.minors

    def brought(self, name: str) -> UnknownRegion | None:
        """Where a distribution that brings the module in place of the standard library may be installed."""
        providers = PROVIDERS.get(name, frozenset())
        for region in self._scene.tree.regions:
            if region.runtime or region.distributions is None:
                continue
            # A known list of distributions may also bring what those depend on.
            if providers or may_provide(name, region.distributions):
                return region
        return None

    def judge(self, fact: ImportFact, name: str) -> Iterator[Lack]:
        """What an import of the runtime's module ``name`` (absolute, dotted) finds missing."""
        wanted = fact.names or ((None, fact.span),)
        if all(_is_whole(self._minors, name, item) for item, _ in wanted):
            return
        parts = name.split(".")
        for depth in range(2, len(parts) + 1):
            lack = self._submodule(".".join(parts[:depth]), fact.span)
            if lack is not None:
                yield lack
                return
        module = stdlib_module(name)
        if module is not None:
            yield from self._names(name, module, fact.names or ())

    def has(self, name: str, wanted: str | None = None) -> bool:
        """Whether nothing at all is to be said of the import of a module, or of one name of it."""
        return _is_whole(self._minors, name, wanted)

    def _submodule(self, full: str, span: Span) -> Lack | None:
        found = _lacking_submodule(self._minors, full)
        return None if found is None else Lack(full, None, span, *found)

    def outcome(self, lack: Lack, importer: ModuleAt, fact: ImportFact) -> StdlibOutcome:
        """The failure of one import at init."""
        return StdlibOutcome(
            importer,
            fact,
            lack.span,
            lack.module,
            lack.name,
            lack.text,
            "init",
            minors=lack.minors,
            version=self.version,
            exact=lack.exact,
        )

    # -- names ------------------------------------------------------------------------------------

    def _names(self, name: str, module: StdlibModule, names: Iterable[tuple[str, Span]]) -> Iterator[Lack]:
        for wanted, span in names:
            minors = _lacking_name(self._minors, name, wanted)
            if minors is _UNCLEAR:
                self._scene.gap(span, f"`{name}` differs between platforms: cannot tell whether it has `{wanted}`")
            elif minors is not None:
                calls_itself, place = self._place(name, module)
                text = f"cannot import name {wanted!r} from {calls_itself!r} ({place or 'unknown location'})"
                yield Lack(name, wanted, span, text, minors, place is not None)

    def _place(self, name: str, module: StdlibModule) -> tuple[str, str | None]:
        """The name and the file that Python's text gives a module; no file where that is not known."""
        home = self._scene.resolver.path.home
        origin = module.origins.get(minor_of(self.version), "unknown") if self.version is not None else "unknown"
        file = ""
        if origin.startswith("="):
            name, _, file = origin[1:].partition(":")
            origin = "alias" if file else "builtin"
        if origin == "builtin":
            return name, "unknown location"
        if home is None or origin == "unknown":
            return name, None
        if origin in {"package", "source"}:
            file = name.replace(".", "/") + ("/__init__.py" if origin == "package" else ".py")
        return name, f"{home}/{file or self._extension(origin)}"

    def _extension(self, stem: str) -> str:
        """Where CPython's build puts an extension module of the standard library."""
        machine = "aarch64" if self._scene.function.architecture == "arm64" else "x86_64"
        tag = f"cpython-{(self.version or '').replace('.', '')}-{machine}-linux-gnu"
        return f"lib-dynload/{stem}.{tag}.so"


@cache
def _is_whole(minors: frozenset[int], name: str, wanted: str | None) -> bool:
    """Whether a module, and the name that is wanted of it, lack in no version and leave no doubt."""
    parts = name.split(".")
    if parts[0] in NOT_LISTED or not all(parts[0] in stdlib_modules(f"3.{minor}") for minor in minors):
        return True
    if any(_lacking_submodule(minors, ".".join(parts[:depth])) for depth in range(2, len(parts) + 1)):
        return False
    return wanted is None or stdlib_module(name) is None or _lacking_name(minors, name, wanted) is None


def _lacking_submodule(minors: frozenset[int], full: str) -> tuple[str, frozenset[int]] | None:
    """Python's text for a sub-module that is not there, and the versions that have it."""
    parent_name, _, last = full.rpartition(".")
    parent, module = stdlib_module(parent_name), stdlib_module(full)
    if last.startswith("_") or parent is None or (module is not None and module.minors & minors):
        return None
    kinds = {parent.origins.get(minor, "unknown") for minor in minors}
    if "unknown" in kinds or len(kinds) > 1 or any(kind.startswith("=") for kind in kinds):
        return None
    text = f"No module named {full!r}"
    if kinds != {"package"}:
        text += f"; {parent_name!r} is not a package"
    return text, module.minors if module is not None else frozenset()


def _lacking_name(minors: frozenset[int], name: str, wanted: str) -> frozenset[int] | None:
    """The versions that have the name; ``None`` when the target has it, or may have it.

    ``_UNCLEAR`` when that differs between platforms.
    """
    module = stdlib_module(name)
    # Private names come and go with patch releases.
    if module is None or wanted.startswith("_") or wanted == "*" or not module.minors & minors:
        return None
    submodule = stdlib_module(f"{name}.{wanted}")
    known = module.names.get(wanted)
    if known is None and submodule is None:
        # ``sys`` is in most modules, and the table does not say in which.
        if stdlib_module(wanted) is not None:
            return None
        return frozenset() if module.tells(wanted) else _UNCLEAR if module.names else None
    having = (known or frozenset()) | (submodule.minors if submodule is not None else frozenset())
    return None if having & minors else having


_UNCLEAR: Final = frozenset({-1})
"""Stands for a name that some platforms have: the table of one says nothing of the others."""
