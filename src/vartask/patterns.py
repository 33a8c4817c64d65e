"""Regular expressions that are compiled when they are first asked: a small project asks one in eight of them."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import compile as regex
    from typing import Any
else:

    class regex:  # noqa: N801 - called as re.compile is
        """As ``re.compile``, later.  What is wrong with an expression is told then too."""

        def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
            self.pattern = pattern
            self._flags = flags

        def __getattr__(self, name: str) -> Any:
            compiled = re.compile(self.pattern, self._flags)
            # From now on they are found without this method.
            for word in _WORDS:
                setattr(self, word, getattr(compiled, word))
            return getattr(compiled, name)


__all__ = ["regex"]

_WORDS = ("flags", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn")
