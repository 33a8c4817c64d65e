"""The Python and the machine that a function runs on, as far as they are known, and what a marker says of them.

Markers: https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers; Lambda runs
CPython on Linux (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from vartask.data.runtimes import SUPPORTED
from vartask.records import dataclass

_FIXED = {
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
}
_KERNEL = ("platform_release", "platform_version")
"""Nobody knows them before the function runs."""

_PATCHES = ("0", "40")
"""The least and the most that a patch release may be: where they differ, nothing is certain."""

_MACHINES = {"arm64": "aarch64"}


@dataclass(frozen=True, slots=True)
class Target:
    """``python`` as ``3.12`` and ``machine`` as ``uname -m`` or Lambda names it; ``None`` where that is not known."""

    python: str | None = None
    machine: str | None = None

    def may_hold(self, marker: str, extras: Iterable[str] | None = ()) -> bool:
        """Whether a marker holds, or may hold; ``extras`` are those asked for, ``None`` when they may be any."""
        from packaging.markers import InvalidMarker, Marker

        if any(word in marker for word in _KERNEL) or (extras is None and "extra" in marker):
            return True
        try:
            parsed = Marker(marker)
        except InvalidMarker:
            return True
        return any(_holds(parsed.evaluate, variables) for variables in self._variables(tuple(extras or ())))

    def _variables(self, extras: tuple[str, ...]) -> Iterator[Mapping[str, str]]:
        pythons = SUPPORTED if self.python is None else (self.python,)
        machines = ("x86_64", "aarch64") if self.machine is None else (_MACHINES.get(self.machine, self.machine),)
        for python in pythons:
            for patch in _PATCHES:
                full = f"{python}.{patch}"
                versions = {"python_version": python, "python_full_version": full, "implementation_version": full}
                for machine in machines:
                    for extra in extras or ("",):
                        yield {**_FIXED, **versions, "platform_machine": machine, "extra": extra}


def _holds(evaluate: object, variables: Mapping[str, str]) -> bool:
    try:
        return bool(evaluate(variables))  # type: ignore[operator]
    except Exception:  # noqa: BLE001 - a variable that this version of packaging does not know
        return True


ANY = Target()
"""Any Lambda function."""
