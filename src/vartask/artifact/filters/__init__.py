"""What packaging tools leave out of a directory, each in a dialect of its own.

One module here is one dialect and is found by its name, which a :class:`~vartask.model.Filter` carries.  It has
``matcher(patterns) -> Decide``, which raises :class:`Unsure`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from vartask.model import Filter, Span, Text

Decide = Callable[[str, bool], int | None]
"""``(path, directory) -> index``: the pattern that leaves a path out, ``None`` when it goes into the package.

``path`` is relative to the directory that is packaged.  For a directory the question is whether it is left out with
everything below it; in doubt the answer is ``None``, and its files are asked about one by one.
"""


class Unsure(Exception):
    """A pattern uses something whose meaning is not known here; the text says what."""


class Filters:
    """The filters of one directory; ``put_by`` is the line that stands for patterns that the tool brings along.

    Raises :class:`Unsure`.
    """

    def __init__(self, filters: tuple[Filter, ...], put_by: Span) -> None:
        self._put_by = put_by
        self._filters = [(_matcher(one), one) for one in filters]

    def left_out(self, path: str, *, directory: bool) -> Span | None:
        """The line that leaves a path out, ``None`` when it is packaged."""
        for decide, one in self._filters:
            index = decide(one.prefix + path, directory)
            if index is not None:
                pattern = one.patterns[index]
                return pattern.span if isinstance(pattern, Text) else self._put_by
        return None


def _matcher(one: Filter) -> Decide:
    texts = tuple(pattern.value if isinstance(pattern, Text) else pattern for pattern in one.patterns)
    module = importlib.import_module(f"{__name__}.{one.dialect}")
    decide: Decide = module.matcher(texts)
    return decide
