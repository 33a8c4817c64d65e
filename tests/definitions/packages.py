"""The pieces of a predicted package, as the tests compare them."""

from __future__ import annotations

from vartask.model import Part, Zip


def part(package: Zip) -> Part:
    """The package's own files, which must be there."""
    return next(one for one in package.parts if isinstance(one, Part))


def left_out(package: Zip) -> tuple[str, ...]:
    """The patterns by which files of the first part stay out."""
    return tuple(
        one if isinstance(one, str) else one.value for filter_ in part(package).filters for one in filter_.patterns
    )
