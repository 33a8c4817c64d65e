"""Which wheels an installer takes: requirements, their dependencies, and the best version of each.

Installers search with backtracking.  Here only what that search certainly ends with is answered: the best version that
satisfies everything that is asked of it.  Where another choice might make a difference, :class:`Unsettled` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from vartask.artifact.wheel_finder import Candidate, Finder, Interpreter
from vartask.artifact.wheels import Wheel, WheelError, read_wheel
from vartask.model.distribution import normalise
from vartask.project import Project
from vartask.records import dataclass, field, replace

if TYPE_CHECKING:
    from packaging.markers import Marker
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

MAX_ROUNDS = 60


class Unsettled(Exception):
    """What will be installed cannot be told."""


class NoMatch(Exception):
    """Nothing that can be installed satisfies the requirements: the installer fails."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A distribution that is there already; ``requires`` are its ``Requires-Dist`` lines, ``None`` if not known."""

    version: Version
    requires: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Root:
    """A requirement of the command line or of a requirements file; ``direct`` is the archive that it names by path."""

    requirement: Requirement | None
    direct: Candidate | None = None
    extras: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pick:
    """A wheel to install; ``name`` is the distribution's as it was asked for."""

    wheel: Wheel
    candidate: Candidate
    name: str
    requested: bool
    direct: bool


@dataclass(slots=True)
class Policy:
    """How to choose.

    ``installed`` answers for one distribution: what is there, ``False`` for nothing, ``None`` for perhaps something.
    ``upgrade`` prefers newer versions of what is asked for; ``constraints`` hold for whatever is installed.
    """

    installed: Callable[[str], Installed | bool | None]
    upgrade: bool = False
    reinstall: bool = False
    prereleases: bool = False
    dependencies: bool = True
    wheels_only: bool = False
    any_python: bool = False
    constraints: dict[str, SpecifierSet] = field(default_factory=dict)


@dataclass(slots=True)
class Resolution:
    """What will be installed: wheels, and ``unknown`` distributions with whatever they need.

    Their names are normalised; one that is asked for with extras is there as ``name[extra]`` too.
    """

    picks: tuple[Pick, ...]
    unknown: frozenset[str]


@dataclass(slots=True)
class _Demand:
    name: str
    specifier: SpecifierSet
    requested: bool = False
    extras: set[str] = field(default_factory=set)
    direct: Candidate | None = None
    doubtful: bool = False
    parts: list[tuple[str | None, SpecifierSet]] = field(default_factory=list)
    """What is asked by which distribution; ``None`` is a requirement of the command itself."""


_Choice = Candidate | Installed | None
"""``None`` is a distribution that is not known."""


def resolve(
    project: Project, finder: Finder, interpreter: Interpreter, policy: Policy, roots: Iterable[Root]
) -> Resolution:
    """Settle the requirements.  Raises :class:`NoMatch` and :class:`Unsettled`."""
    return _Resolver(project, finder, interpreter, policy).run(tuple(roots))


class _Resolver:
    def __init__(self, project: Project, finder: Finder, interpreter: Interpreter, policy: Policy) -> None:
        self.project = project
        self.finder = finder
        self.interpreter = interpreter
        self.policy = policy
        self.wheels: dict[str, Wheel | None] = {}
        self.choices: set[str] = set()

    def run(self, roots: tuple[Root, ...]) -> Resolution:
        chosen: dict[str, _Choice] = {}
        for _ in range(MAX_ROUNDS):
            demands = self.demands(roots, chosen)
            now = {name: self.choose(name, demand, demands) for name, demand in demands.items()}
            if now == chosen:
                return self.result(demands, chosen)
            chosen = now
        raise Unsettled

    def result(self, demands: dict[str, _Demand], chosen: dict[str, _Choice]) -> Resolution:
        picks = []
        for name, demand in demands.items():
            choice = chosen[name]
            wheel = self.wheel(choice) if isinstance(choice, Candidate) else None
            if isinstance(choice, Candidate) and wheel is not None:
                picks.append(Pick(wheel, choice, demand.name, demand.requested, demand.direct is not None))
        missing = [name for name, choice in chosen.items() if choice is None]
        extras = {name: ",".join(sorted(demands[name].extras)) for name in missing}
        unknown = frozenset({*missing, *(f"{name}[{listed}]" for name, listed in extras.items() if listed)})
        if unknown and self.choices & {normalise(pick.name) for pick in picks if not pick.direct}:
            # What an unknown distribution needs may ask for another version.
            raise Unsettled
        return Resolution(tuple(picks), unknown)

    # -- what is asked ----------------------------------------------------------------------------

    def demands(self, roots: tuple[Root, ...], chosen: dict[str, _Choice]) -> dict[str, _Demand]:
        """Everything that is asked for when these versions are chosen."""
        found: dict[str, _Demand] = {}
        pending: list[tuple[str, frozenset[str]]] = []
        for root in roots:
            demand = self.demand(found, root)
            if demand is not None:
                pending.append(demand)
        seen: set[tuple[str, frozenset[str]]] = set()
        while pending:
            name, extras = pending.pop(0)
            if (name, extras) in seen or not self.policy.dependencies:
                continue
            seen.add((name, extras))
            for requirement, applies in self.dependencies(chosen.get(name), extras):
                asked = self.ask(found, requirement, name)
                asked.doubtful = asked.doubtful or applies is None
                pending.append((normalise(requirement.name), frozenset(asked.extras)))
        return found

    def demand(self, found: dict[str, _Demand], root: Root) -> tuple[str, frozenset[str]] | None:
        if root.direct is not None:
            from packaging.specifiers import SpecifierSet

            wheel = self.wheel(root.direct)
            name = root.direct.distribution
            asked = found.setdefault(name, _Demand(wheel.name if wheel else name, self.bounds(name, SpecifierSet())))
            asked.requested, asked.direct = True, root.direct
            asked.parts.append((None, SpecifierSet()))
            asked.extras |= root.extras
            return name, frozenset(asked.extras)
        if root.requirement is None:
            return None
        applies = self.applies(root.requirement.marker, frozenset())
        if applies is False:
            return None
        asked = self.ask(found, root.requirement)
        asked.requested = True
        asked.doubtful = asked.doubtful or applies is None
        return normalise(root.requirement.name), frozenset(asked.extras)

    def ask(self, found: dict[str, _Demand], requirement: Requirement, by: str | None = None) -> _Demand:
        name = normalise(requirement.name)
        if requirement.url is not None:
            raise Unsettled
        known = found.get(name)
        if known is None:
            known = found[name] = _Demand(requirement.name, self.bounds(name, requirement.specifier))
        else:
            known.specifier &= requirement.specifier
        known.extras |= requirement.extras
        known.parts.append((by, requirement.specifier))
        return known

    def bounds(self, name: str, specifier: SpecifierSet) -> SpecifierSet:
        return specifier & self.policy.constraints[name] if name in self.policy.constraints else specifier

    def dependencies(self, choice: _Choice, extras: frozenset[str]) -> list[tuple[Requirement, bool | None]]:
        from packaging.requirements import InvalidRequirement, Requirement

        lines: tuple[str, ...] | None = ()
        if isinstance(choice, Installed):
            lines = choice.requires
        elif isinstance(choice, Candidate):
            wheel = self.wheel(choice)
            lines = None if wheel is None else wheel.requires
        if lines is None:
            raise Unsettled
        found: list[tuple[Requirement, bool | None]] = []
        for line in lines:
            try:
                requirement = Requirement(line)
            except InvalidRequirement as error:
                raise Unsettled from error
            applies = self.applies(requirement.marker, extras)
            if applies is not False:
                found.append((requirement, applies))
        return found

    def applies(self, marker: Marker | None, extras: frozenset[str]) -> bool | None:
        """Whether a marker holds; ``None`` when that depends on what is not known."""
        if marker is None:
            return True
        text = str(marker)
        if "platform_release" in text or "platform_version" in text:
            return None
        exact = "full_version" in text or "implementation_version" in text
        answers = {
            any(marker.evaluate({**environment, "extra": extra}) for extra in (extras or {""}))
            for environment in self.interpreter.environments(exact=exact)
        }
        return answers.pop() if len(answers) == 1 else None

    # -- what is taken ----------------------------------------------------------------------------

    def wheel(self, candidate: Candidate) -> Wheel | None:
        """The candidate's wheel; ``None`` where it cannot be read."""
        if candidate.path not in self.wheels:
            try:
                readable = candidate.source is not None and candidate.wheel is not None
                self.wheels[candidate.path] = read_wheel(self.project, candidate.source or "") if readable else None
            except WheelError:
                self.wheels[candidate.path] = None
        return self.wheels[candidate.path]

    def choose(self, name: str, demand: _Demand, demands: dict[str, _Demand]) -> _Choice:
        if demand.doubtful:
            return None
        there = False if self.policy.reinstall else self.policy.installed(name)
        if there is None or there is True:
            return None
        if demand.direct is not None:
            return self.direct(demand.direct, demand, there, demands)
        kept = isinstance(there, Installed) and demand.specifier.contains(there.version, prereleases=True)
        if isinstance(there, Installed) and kept and not (self.policy.upgrade and demand.requested):
            return there
        if self.finder.open:
            return None
        best = self.best(name, demand)
        if isinstance(there, Installed) and kept and (best is None or best.version <= there.version):
            return there
        if best is None:
            self.fail(name, demands)
        return best if best is None or self.wheel(best) is not None else None

    def direct(
        self, candidate: Candidate, demand: _Demand, there: Installed | bool, demands: dict[str, _Demand]
    ) -> _Choice:
        if candidate.wheel is None or self.wheel(candidate) is None:
            return None
        fits = self.fits(candidate)
        if fits is None:
            return None
        if fits is False or not demand.specifier.contains(candidate.version, prereleases=True):
            self.fail(candidate.distribution, demands)
        if isinstance(there, Installed) and there.version == candidate.version:
            return there
        return candidate

    def fits(self, candidate: Candidate) -> bool | None:
        rank = None if candidate.wheel is None else self.interpreter.supports(candidate.wheel)
        if isinstance(rank, tuple):
            return self.allowed(candidate)
        return rank

    def allowed(self, candidate: Candidate) -> bool | None:
        """``Requires-Python``."""
        from packaging.specifiers import InvalidSpecifier, SpecifierSet

        wheel = self.wheel(candidate)
        if wheel is None or wheel.requires_python is None or self.policy.any_python:
            return True
        try:
            return self.interpreter.accepts(SpecifierSet(wheel.requires_python))
        except InvalidSpecifier:
            return None

    def best(self, name: str, demand: _Demand) -> Candidate | None:
        """The best candidate.  Raises :class:`Unsettled` where one that may fit could be better."""
        usable: list[Candidate] = []
        perhaps: list[Candidate] = []
        for candidate in self.finder.of(name):
            if candidate.wheel is None:
                if not self.policy.wheels_only:
                    usable.append(candidate)
                continue
            rank = self.interpreter.supports(candidate.wheel)
            if rank is not False:
                (usable if isinstance(rank, tuple) else perhaps).append(candidate)
        if len({candidate.version for candidate in (*usable, *perhaps)}) > 1:
            self.choices.add(name)
        if any(demand.specifier.contains(item.version, prereleases=True) for item in perhaps):
            raise Unsettled
        # A pre-release counts only where there is nothing else, even if that turns out not to be for this Python.
        pre = self.policy.prereleases or None
        versions = set(demand.specifier.filter((item.version for item in usable), prereleases=pre))
        early = bool(versions) and all(version.is_prerelease for version in versions)
        if early and pre is None and len(demand.specifier) and not demand.specifier.prereleases:
            # Taken by pip since 24.1, refused before unless the specifier itself speaks of a pre-release.
            raise Unsettled
        allowed = [(item, self.allowed(item)) for item in usable if item.version in versions]
        top = max((item.version for item, answer in allowed if answer is not False), default=None)
        first = [(item, answer) for item, answer in allowed if item.version == top and answer is not False]
        if any(answer is None for _, answer in first):
            raise Unsettled
        return max((item for item, _ in first), key=self.preference) if first else None

    def preference(self, candidate: Candidate) -> tuple[bool, tuple[int, ...], tuple[int, str] | tuple[()]]:
        """Pip's order among archives of one version."""
        if candidate.wheel is None:
            return False, (), ()
        rank = self.interpreter.supports(candidate.wheel)
        return True, rank if isinstance(rank, tuple) else (), candidate.wheel.build

    def fail(self, name: str, demands: dict[str, _Demand]) -> None:
        """Nothing fits.  The installer certainly fails if what is asked in any case is already too much."""
        from packaging.specifiers import SpecifierSet

        demand = demands[name]
        sure = [specifier for by, specifier in demand.parts if by is None or self.certain(by, demands, frozenset())]
        asked = self.bounds(name, SpecifierSet())
        for specifier in sure:
            asked &= specifier
        if demand.direct is not None:
            fits = self.fits(demand.direct) is True and asked.contains(demand.direct.version, prereleases=True)
        else:
            fits = not sure or self.best(name, replace(demand, specifier=asked)) is not None
        if fits:
            raise Unsettled
        raise NoMatch(name)

    def certain(self, name: str, demands: dict[str, _Demand], seen: frozenset[str]) -> bool:
        """Whether this very version will be installed whatever else is chosen."""
        if name in self.choices or name in seen or name not in demands:
            return False
        inner = seen | {name}
        return any(by is None or self.certain(by, demands, inner) for by, _ in demands[name].parts)
