"""Paths that are left out, each with everything below it, named in full from the top of the directory."""

from __future__ import annotations

from vartask.artifact.filters import Decide


def matcher(patterns: tuple[str, ...]) -> Decide:
    """A path is left out when it is one of those, or lies below one."""
    places = {pattern.strip("/"): index for index, pattern in enumerate(patterns)}

    def decide(path: str, _directory: bool) -> int | None:
        here = path
        while here:
            found = places.get(here)
            if found is not None:
                return found
            here = here.rpartition("/")[0]
        return None

    return decide
