"""Patterns of a ``.dockerignore``: ``IgnoreMode.DOCKER`` of the AWS CDK."""

from __future__ import annotations

from vartask.artifact import gomatch
from vartask.artifact.filters import Decide, Unsure


def matcher(patterns: tuple[str, ...]) -> Decide:
    """The pattern that leaves a path out.  Raises :class:`vartask.artifact.filters.Unsure`."""
    try:
        compiled = [gomatch.pattern(text) for text in patterns]
    except gomatch.BadPattern:
        raise Unsure("the pattern is not one that can be compared") from None
    found = gomatch.Matcher(tuple(one for one in compiled if one is not None))
    places = [index for index, one in enumerate(compiled) if one is not None]

    def decide(path: str, directory: bool) -> int | None:
        verdict = found.decide(path)
        if verdict is None or (directory and found.has_negation):
            return None
        return next(place for place, one in zip(places, found.patterns, strict=True) if one is verdict)

    return decide
