"""Shell patterns of names, left out at every depth: what ``sam build`` hands to ``shutil.ignore_patterns``."""

from __future__ import annotations

import re
from fnmatch import translate

from vartask.artifact.filters import Decide


def matcher(patterns: tuple[str, ...]) -> Decide:
    """The first pattern that matches the last component; directories are left out with all that is in them.

    ``shutil.ignore_patterns`` compares with ``fnmatch.filter``, so upper and lower case differ on Linux
    (https://docs.python.org/3/library/shutil.html#shutil.ignore_patterns).
    """
    plain: dict[str, int] = {}
    compiled: list[tuple[int, re.Pattern[str]]] = []
    for index, pattern in enumerate(patterns):
        if any(char in pattern for char in "*?["):
            compiled.append((index, re.compile(translate(pattern))))
        else:
            plain.setdefault(pattern, index)

    def decide(path: str, _directory: bool) -> int | None:
        name = path.rpartition("/")[2]
        found = plain.get(name)
        if found is not None:
            return found
        return next((index for index, pattern in compiled if pattern.match(name)), None)

    return decide
