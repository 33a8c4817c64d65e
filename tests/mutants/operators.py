"""All mutants of a project, and a sample of them that is the same every time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mutants import break_code, break_definitions, break_files, break_imports
from mutants.projects import Base
from mutants.sources import Files, Mutant

Operator = Callable[[Files], Iterator[Mutant]]

OPERATORS: tuple[Operator, ...] = (
    *break_files.OPERATORS,
    *break_definitions.OPERATORS,
    *break_imports.OPERATORS,
    *break_code.OPERATORS,
)


@dataclass(frozen=True)
class Broken:
    """One mutant: of which base, by which operator, what was done, and the files."""

    base: Base
    operator: str
    what: str
    files: Files


def mutants(base: Base, each: int | None, seed: int) -> Iterator[Broken]:
    """At most ``each`` mutants of every operator; all of them for ``None``."""
    original = dict(base.files)
    for operator in OPERATORS:
        name = operator.__name__
        made = [Broken(base, name, what, files) for what, files in operator(original) if files != original]
        if each is not None and len(made) > each:
            made = random.Random(f"{seed} {base.name} {name}").sample(made, each)  # noqa: S311 - a sample, no secret
        yield from made
