"""A case predicted, built, and the two compared."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from built_images.contexts import Case
from built_images.dockerfiles import BASE
from built_images.engine import Built, Engine
from dockercases import Answer, Terms, judge
from vartask.artifact.base import base_files
from vartask.artifact.image import predict_image
from vartask.data.base_images import known_base
from vartask.data.builders import Dialect
from vartask.model import FileTree, Image, Present, Span
from vartask.project import Project

PLATFORM = "linux/amd64"
FRAMES = re.compile(
    r"^failed to build: |failed to solve: |failed to compute cache key: |dockerfile parse error on line \d+: |\brpc error: "
)
SNAPSHOT = re.compile(r"/\S*?(?:/snapshots/\d+/fs|/cachemounts/buildkit\d+|/buildkit-mount\d+)(?=/)")
"""Where the builder has mounted the files that it speaks of."""
MISSING = re.compile(r"not found|no such file or directory")


@dataclass(frozen=True)
class Kept:
    """A case that was built once: what the builder (as ``--builder`` names it) made of it, to be judged without it."""

    case: Case
    builder: str
    observed: tuple[str, ...]

    def answers(self, directory: Path, builder: Dialect) -> list[Answer]:
        """Judge a prediction; the context is written below ``directory``."""
        terms = Terms(
            contents=lambda entry: digest(self.case, entry),
            same_error=same_failure,
            base=_known_base(final_base(self.case)),
        )
        return list(judge(predict(self.case, directory, builder), self.observed, terms))

    def save(self, path: Path) -> None:
        """Write it down."""
        kept = {"builder": self.builder, "dockerfile": self.case.dockerfile.splitlines(), "observed": self.observed}
        path.write_text(json.dumps({**kept, "case": self.case.to_json()}, indent=1, ensure_ascii=False) + "\n")

    @staticmethod
    def load(path: Path) -> Kept:
        """Read what :meth:`save` wrote."""
        kept: dict[str, Any] = json.loads(path.read_text())
        return Kept(Case.from_json(kept["case"]), kept["builder"], tuple(kept["observed"]))


def predict(case: Case, directory: Path, builder: Dialect) -> FileTree:
    """Write the context below ``directory`` and predict its image."""
    context = directory / "context"
    context.mkdir()
    case.write(context)
    image = Image("Dockerfile", ".", Span("Dockerfile"), case.target, case.build_args, PLATFORM)
    return predict_image(Project(context), image, builder=builder)


def build(engine: Engine, case: Case) -> Built:
    """Build the case."""
    flags = [text for name, value in case.build_args.items() for text in ("--build-arg", f"{name}={value}")]
    if case.target is not None:
        flags += ["--target", case.target]
    with tempfile.TemporaryDirectory() as kept:
        case.write(Path(kept))
        return engine.build(Path(kept), flags, base=final_base(case))


def compare(engine: Engine, case: Case, builder: Dialect) -> tuple[Kept, list[Answer]]:
    """Build and predict."""
    built = build(engine, case)
    observed: Sequence[str] = built.lines if built.error is None else [f"ERROR: {built.error}"]
    kept = Kept(case, builder.name, tuple(observed))
    with tempfile.TemporaryDirectory() as directory:
        return kept, kept.answers(Path(directory), builder)


def final_base(case: Case) -> str | None:
    """The base image below the target; ``None`` for scratch."""
    bases: dict[str, str] = {}
    last = ""
    for line in case.dockerfile.splitlines():
        if line.startswith("FROM "):
            _, base, _, last = line.split()
            bases[last] = bases.get(base, base)
    return BASE if bases[case.target or last] == BASE else None


def _known_base(name: str | None) -> FileTree:
    """What is known of a base image before any instruction."""
    return base_files(known_base(name or "scratch"), name, Span("Dockerfile")).freeze(None)


def digest(case: Case, entry: Present) -> str | None:
    """The first hex digits of a predicted file's contents, where they are predicted."""
    if entry.content is not None:
        data = entry.content.encode()
    elif entry.source is not None and entry.kind == "f":
        data = base64.b64decode(case.nodes[entry.source].data)
    else:
        return None
    return hashlib.sha256(data).hexdigest()[:8]


def same_failure(observed: str, predicted: str) -> bool:
    """Whether two messages speak of the same failure.

    The builder works on several instructions at a time.  When sources are missing it names any of them, and it may
    get to know of one before or after an instruction fails for another reason, so a missing file excuses other words.
    """
    words = SNAPSHOT.sub("", FRAMES.sub("", observed))
    return words in predicted or MISSING.search(words) is not None or MISSING.search(predicted) is not None
