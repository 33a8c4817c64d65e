"""Directories about which one answer holds for all that is not listed give what asking for each path would give."""

from __future__ import annotations

from random import Random

import pytest

from vartask.imports import resolve
from vartask.imports.resolve import Resolver, unlisted
from vartask.imports.search import SearchPath
from vartask.model import Absent, FileTree, Present, Span, Unknown, UnknownRegion

NAMES = ("a", "b", "c")
AT = Span("template.yaml", 3)
PATH = SearchPath("/t", ("/t", "/t/b", "/o"), "3.12", frozenset(), frozenset(), frozenset(), frozenset())


def _tree(random: Random) -> FileTree:
    entries = {"/t": Present("d"), "/o": Present("d")}
    for parent in ("/t", "/o", "/t/b"):
        for name in random.sample(NAMES, 2):
            entries[f"{parent}/{name}"] = Present("d")
            for file in ("__init__.py", "a.py", "b.pyc"):
                if random.random() < 0.4:
                    entries[f"{parent}/{name}/{file}"] = Present(source=f"src/{name}/{file}")
    removed = {"/t/c.py": AT} if random.random() < 0.3 else {}
    return FileTree(entries, tuple(_regions(random)), removed)


def _regions(random: Random) -> list[UnknownRegion]:
    return [
        UnknownRegion(
            random.choice(("/", "/t", "/t/b", "/t/b/", "/o", "/t/a", "/x")),
            f"region {number}",
            AT,
            names=random.choice((None, None, frozenset({"a"}))),
            distributions=random.choice((None, frozenset({"a"}), frozenset({"requests"}))),
            holes=random.choice((frozenset(), frozenset(), frozenset({"/t/b/c"}))),
            gone=random.choice((frozenset(), frozenset(), frozenset({"/t/c*"}))),
            runtime=random.random() < 0.3,
        )
        for number in range(random.randrange(4))
    ]


@pytest.mark.parametrize("seed", range(60))
def test_the_answers_are_those_of_each_path_alone(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = _tree(Random(seed))  # noqa: S311 - reproducible on purpose
    wanted = [first if second is None else f"{first}.{second}" for first in NAMES for second in (None, *NAMES)]
    together = [Resolver(tree, PATH).find(name) for name in wanted]
    monkeypatch.setattr(resolve, "unlisted", lambda *_: None)
    assert together == [Resolver(tree, PATH).find(name) for name in wanted]


@pytest.mark.parametrize(
    ("regions", "answer"),
    [
        ((), Absent()),
        ((UnknownRegion("/t", "why", AT),), Unknown("why", AT)),
        ((UnknownRegion("/", "why", AT), UnknownRegion("/other", "not", AT)), Unknown("why", AT)),
        ((UnknownRegion("/t/below", "why", AT),), None),
        ((UnknownRegion("/t", "why", AT, names=frozenset({"a"})),), None),
        ((UnknownRegion("/t", "why", AT, holes=frozenset({"/t/a"})),), None),
        ((UnknownRegion("/t", "why", AT, gone=frozenset({"/t/a*"})),), None),
    ],
)
def test_one_answer_holds_where_regions_have_a_directory_whole(
    regions: tuple[UnknownRegion, ...], answer: Absent | Unknown | None
) -> None:
    assert unlisted(FileTree(regions=regions), "/t") == answer


def test_a_line_that_took_something_away_is_told_of_its_path_alone() -> None:
    assert unlisted(FileTree(removed={"/t/a.py": AT}), "/t") is None
    assert unlisted(FileTree(removed={"/o/a.py": AT}), "/t") == Absent()
