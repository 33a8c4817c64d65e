"""Random patterns choose the files that the Serverless Framework chooses.

Needs Node.js and what ``scripts/serverless`` installs; see ``test_serverless_package.py``.
"""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from serverless_packages.tool import HOW, MODULES, NODE, READY
from vartask.artifact.filters import Unsure
from vartask.artifact.filters.serverless import matcher

pytestmark = pytest.mark.skipif(not READY, reason=HOW)

FILES = (
    "handler.py", "src/a.py", "src/b.js", "src/lib/c.py", "src/lib/deep/d.py", "src/.hidden/x.py", "tests/test_a.py",
    "tests/unit/test_b.py", ".env", ".git/HEAD", "README.md", "node_modules/m/index.js", "data/x.json",
    "data/sub/y.json", "lib/a.py", "lib/b.txt", "a.b.c.py", "[x].py", "venv/lib/z.py", "src/tests/t.py", "setup.cfg",
    "src/__pycache__/a.pyc",
)  # fmt: skip
OUTSIDE = ("../shared/u.py", "../shared/sub/v.py", "../other/w.py")

SEGMENTS = (
    "*", "**", "src", "lib", "tests", "*.py", "*.{py,js}", "{src,lib}", "?ib", "[st]*", "!(tests)", "@(src|lib)",
    "data", "**", "deep", ".*", "*.json", "*test*", "+(l)ib", "node_modules", "**.py", "te*", "__pycache__", ".hidden",
    "{src,{lib,data}}", "[^s]*", "?(src|lib)", "*.", "*.*", "**py", "unit", "m", "**/**", "[a-c]*",
)  # fmt: skip
LAST = ("*.py", "a.py", "handler.py", "x.json", "**", "*", "{a,b}*.py", "[x].py", ".env", "README.md", "*/")

HARNESS = """\
const fs = require('fs'), path = require('path');
const service = require(%r);
const choose = async ({ exclude, include }) => {
  const self = { ...service, serverless: { serviceDir: process.cwd() } };
  try {
    const found = await service.resolveFilePathsFromPatterns.call(self, { exclude, include });
    return [...new Set(found.map((file) => path.normalize(file)))].sort();
  } catch (error) {
    return error.code === 'NO_MATCHED_FILES' ? [] : null;
  }
};
(async () => {
  const found = [];
  for (const job of JSON.parse(fs.readFileSync(0, 'utf8'))) found.push(await choose(job));
  fs.writeFileSync(1, JSON.stringify(found));
})();
"""


@dataclass(frozen=True)
class Job:
    exclude: tuple[str, ...]
    include: tuple[str, ...]


def pattern(dice: random.Random) -> str:
    parts = [dice.choice(SEGMENTS) for _ in range(dice.choice((0, 0, 1, 1, 2)))] + [dice.choice(SEGMENTS + LAST)]
    text = "/".join(parts)
    if dice.random() < 0.1:
        return f"./{text}"
    if dice.random() < 0.08:
        return "../shared/" + dice.choice(("**", "*.py", "u.py", "sub/**"))
    return text


def jobs(seed: int, count: int) -> Iterator[Job]:
    dice = random.Random(seed)  # noqa: S311 - the same jobs in every run
    for _ in range(count):
        exclude = tuple(
            ("!" if dice.random() < 0.1 else "") + pattern(dice) for _ in range(dice.choice((0, 0, 1, 2, 3)))
        )
        include = tuple(
            ("!" if dice.random() < 0.5 else "") + pattern(dice) for _ in range(dice.choice((0, 1, 1, 2, 3)))
        )
        if not any(one.startswith("!!") for one in exclude + include):
            yield Job(exclude, include)


def chosen(job: Job) -> list[str]:
    """The files that the dialect lets through, asked about directories first as a walk does."""
    decide = matcher((*(f"-{one}" for one in job.exclude), *job.include))

    def kept(path: str) -> bool:
        parts = path.split("/")
        above = ("/".join(parts[:depth]) for depth in range(1, len(parts)) if parts[depth - 1] != "..")
        return decide(path, False) is None and all(decide(one, True) is None for one in above)

    return sorted(path for path in (*FILES, *OUTSIDE) if kept(path))


@pytest.mark.parametrize("seed", range(4))
def test_the_same_files_are_chosen(tmp_path: Path, seed: int) -> None:
    assert NODE is not None
    for name in (*FILES, *OUTSIDE):
        path = tmp_path / "service" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    harness = HARNESS % str(MODULES / "serverless/lib/plugins/package/lib/package-service.js")
    asked = list(jobs(seed, 500))
    done = subprocess.run(
        [NODE, "-e", harness],
        cwd=tmp_path / "service",
        input=json.dumps([vars(job) for job in asked]),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    compared = 0
    for job, answer in zip(asked, json.loads(done.stdout), strict=True):
        try:
            mine = chosen(job)
        except Unsure:
            continue
        if answer is not None:
            compared += 1
            assert mine == answer, job
    assert compared > 350
