r"""What the Serverless Framework packages: ``package.patterns``, ``include`` and ``exclude``.

Read from serverless 3.40 (``lib/plugins/package/lib/package-service.js``; version 4 does the same) and from globby and
fast-glob, which it hands the patterns to.  The framework first lists files: everything, and what each pattern without
``!`` finds, less what a later pattern with ``!`` keeps it from; such a pattern keeps fast-glob out of a whole directory
too.  Then every pattern says yes or no to the files on that list, ``exclude`` before ``include`` before ``patterns``,
and the last word counts.

Entries of ``exclude`` carry a leading ``-`` here, because they take no part in the listing: ``!tests`` among the
patterns leaves a directory out, ``tests`` in ``exclude`` does not.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache

from vartask.artifact.filters import Decide, Unsure
from vartask.artifact.filters._picomatch import Glob, compiled, expand
from vartask.patterns import regex
from vartask.records import dataclass

EXCLUDE = "-"
"""Before an entry of ``exclude``."""

_DYNAMIC = regex(r"[*?\\]|\A!|\[[^\[]*\]|(?:\A|[^!*+?@])\([^(]*\|[^|]*\)|[!*+?@]\([^(]*\)|\{[^}]*(?:,|\.\.)[^}]*\}")
"""fast-glob's ``isDynamicPattern``."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """One pattern, as the list of files and as the last word see it."""

    index: int
    listing: bool
    keeps: bool
    word: Glob
    globs: tuple[tuple[Glob, str, bool], ...]
    """The pattern without its braces: with the directory that its search starts in, and whether it ends a search."""

    def ends_search(self, directory: str, base: str) -> bool:
        """Whether fast-glob does not go into a directory because of this pattern, in a search from ``base``."""
        if not _is_below(directory, base):
            return False
        return any(ends and glob.matches(directory) for glob, _, ends in self.globs)

    def hides(self, path: str, base: str) -> bool:
        """Whether the pattern keeps a search from listing a file."""
        if any(glob.matches(path) for glob, _, _ in self.globs):
            return True
        parts = path.split("/")
        return any(self.ends_search("/".join(parts[:depth]), base) for depth in range(1, len(parts)))


def matcher(patterns: tuple[str, ...]) -> Decide:
    """The last pattern that leaves a path out.  Raises :class:`vartask.artifact.filters.Unsure`."""
    rules = [_rule(index, text) for index, text in enumerate(patterns)]
    # The framework looks for ``**`` first of all; asked for once more, it is not looked for again.
    listing = [rule for rule in rules if rule.listing and not (rule.keeps and rule.word.pattern == "**")]
    backwards = tuple(reversed(listing))

    def unlisted(path: str) -> int | None:
        """The pattern because of which no search finds the path, if none does."""
        blame = -1
        searches: list[tuple[int, str]] = [(-1, "")] if not path.startswith("../") else []
        for rule in listing:
            if rule.keeps:
                searches += [(rule.index, base) for glob, base, _ in rule.globs if _finds(glob, base, path)]
        for position, base in searches:
            hidden = next(
                (
                    rule.index
                    for rule in backwards
                    if rule.index > position and not rule.keeps and rule.hides(path, base)
                ),
                None,
            )
            if hidden is None:
                return None
            blame = max(blame, hidden)
        return max(blame, 0)

    def decide(path: str, directory: bool) -> int | None:
        if directory:
            return _whole(rules, path)
        hidden = unlisted(path)
        if hidden is not None:
            return hidden
        last = next((rule for rule in reversed(rules) if rule.word.matches(path)), None)
        return None if last is None or last.keeps else last.index

    return decide


def _finds(glob: Glob, base: str, path: str) -> bool:
    reached = path.startswith(base + "/") if base else not path.startswith("../")
    return reached and glob.matches(path)


def _whole(rules: list[_Rule], directory: str) -> int | None:
    """The pattern that leaves out everything below a directory, if no later one can bring something back."""
    found: int | None = None
    for rule in rules:
        if rule.keeps:
            if any(_may_reach(glob.pattern, directory) for glob, _, _ in rule.globs):
                found = None
        elif _is_whole(rule, directory):
            found = rule.index
    return found


def _is_whole(rule: _Rule, directory: str) -> bool:
    if rule.word.pattern in {"**", "./**", "**/*"}:
        return True
    return rule.word.pattern.endswith("/**") and not rule.word.negated and rule.word.matches(directory)


def _may_reach(pattern: str, directory: str) -> bool:
    """Whether a pattern may match something below a directory."""
    base = static_directory(pattern)
    if not (base in {"", directory} or _is_below(base, directory) or _is_below(directory, base)):
        return False
    if "**" in pattern or "(" in pattern:
        return True
    parts, depth = re.sub(r"\A(?:\./)+", "", pattern).split("/"), directory.count("/") + 1
    return len(parts) > depth and compiled("/".join(parts[:depth])).matches(directory)


def _is_below(path: str, directory: str) -> bool:
    return directory == "" or path.startswith(directory + "/")


@lru_cache(maxsize=1024)
def _rule(index: int, text: str) -> _Rule:
    listing = not text.startswith(EXCLUDE)
    pattern = text if listing else text[len(EXCLUDE) :]
    bang = pattern.startswith("!")
    # The framework turns an entry of ``exclude`` round: what starts with ``!`` there brings files back.
    keeps = bang != listing
    bare = pattern[1:] if bang else pattern
    globs = (
        tuple(
            (compiled(one), static_directory(one), _ends_search(one))
            for one in map(_single_slashes, expand(bare))
            if one
        )
        if listing
        else ()
    )
    if not listing and keeps:
        globs = ((compiled(bare), static_directory(bare), False),)
    if listing and keeps and "?" in posixpath.dirname(bare):
        raise Unsure("the pattern has a `?` in a directory's name, which the search takes for that name")
    return _Rule(index, listing, keeps, compiled(bare), globs)


def _single_slashes(pattern: str) -> str:
    return re.sub(r"(?<!\A)/{2,}", "/", pattern)


def _ends_search(pattern: str) -> bool:
    return pattern.endswith("/**") or not _DYNAMIC.search(posixpath.basename(pattern.rstrip("/")))


def static_directory(pattern: str) -> str:
    """The directory that fast-glob starts to search in: the parts before the first that is dynamic."""
    parts = re.sub(r"\A(?:\./)+", "", pattern).split("/")
    kept = 0
    while kept < len(parts) - 1 and not _DYNAMIC.search("/".join(parts[: kept + 1])):
        kept += 1
    return "/".join(parts[:kept])
