"""Recorded and live builds, and the verdict on a predicted tree.

An observation is a list of lines: what a build changed in its base image, ``A|M|D kind mode uid:gid path [-> target |
hash]``, then ``# key value`` lines of the configuration; or one line ``ERROR: …`` when the build failed.  ``judge``
compares any such list with a prediction, whether it was recorded long ago or comes from a builder that just ran.
"""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NamedTuple

from vartask.artifact.image import predict_image
from vartask.data.builders import Dialect
from vartask.model import Absent, FileTree, Image, NamedContext, Present, Span, Unknown
from vartask.project import Project

LINE = re.compile(
    r"^(?P<change>[AM]) (?P<kind>[fdl]) (?P<mode>\d{4}) (?P<uid>\d+):(?P<gid>\d+) (?P<path>/.*?)"
    r"(?: -> (?P<target>.*)| (?P<hash>[0-9a-f]{8}|-|pyc))?$"
)
EARLIER = re.compile(r"did not complete successfully|cannot (?:copy to non-directory|replace to directory)\b")
"""Failures that depend on files that nobody knows: what a RUN finds, what is in the way of a copy."""
NO_HASH = {None, "-", "pyc"}
"""In place of a hash: contents that were not recorded, or that differ from build to build."""


class Answer(NamedTuple):
    """One answer of a prediction, and what it is about."""

    verdict: Literal["right", "unknown", "wrong"]
    what: str


@dataclass(frozen=True)
class Terms:
    """What an observation leaves open.

    ``contents`` gives the hash of a predicted file's contents (``None``: not to be told).  ``ignored`` are observed
    paths that the prediction cannot know of, ``owners`` what the predicted owner of a path may be instead of the
    observed one.  ``same_error`` compares the builder's words with the predicted ones.  ``base`` is what the base image
    is known to hold: putting the same there again changes nothing, so nothing is observed.
    """

    contents: Callable[[Present], str | None] = lambda _: None
    ignored: Collection[str] = ()
    owners: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    same_error: Callable[[str, str], bool] = lambda observed, predicted: observed in predicted
    base: FileTree = field(default_factory=FileTree)


def judge(tree: FileTree, observed: Sequence[str], terms: Terms) -> Iterator[Answer]:
    """Every answer of ``tree`` that ``observed`` can tell right from wrong."""
    if observed[0].startswith("ERROR: "):
        yield judge_error(tree, observed[0].removeprefix("ERROR: "), terms)
        return
    if tree.error is not None:
        yield Answer("wrong", f"predicted to fail: {tree.error.message}")
        return
    listed = set()
    for line in observed:
        match = LINE.match(line)
        if match is not None and match["path"] not in terms.ignored:
            listed.add(match["path"])
            yield judge_path(tree, match, terms)
        elif line.startswith("D - "):
            yield judge_deleted(tree, line[4:])
        elif line.startswith("# "):
            yield judge_config(tree, line)
    for path, entry in tree.entries.items():
        in_base = entry.kind == "d" and any(region.covers(path) for region in tree.regions)
        again = replace(entry, put_by=None) == terms.base.entries.get(path)
        if entry.put_by is not None and path not in listed and not in_base and not again:
            yield Answer("wrong", f"claimed but not built: {path}")


def judge_error(tree: FileTree, observed: str, terms: Terms) -> Answer:
    """A build that failed."""
    if tree.error is None:
        return Answer("unknown" if tree.regions and tree.config else "wrong", f"not predicted: {observed}")
    same = terms.same_error(observed, tree.error.message)
    if not same and tree.regions and EARLIER.search(observed):
        # Of an earlier instruction it was not known whether it fails.
        return Answer("unknown", observed)
    return Answer("right" if same else "wrong", f"{tree.error.message!r} instead of {observed!r}")


def judge_path(tree: FileTree, match: re.Match[str], terms: Terms) -> Answer:
    """A path that was added or changed."""
    path = match["path"]
    found = tree.lookup(path)
    if isinstance(found, Unknown):
        return Answer("unknown", path)
    if isinstance(found, Absent):
        return Answer("wrong", f"claimed absent: {path}")
    owner = (int(match["uid"]), int(match["gid"]))
    said = (found.kind, f"{found.mode:04o}", (found.uid, found.gid), found.target)
    built = (match["kind"], match["mode"], terms.owners.get(path, owner), match["target"])
    if said != built:
        return Answer("wrong", f"{path}: {said} instead of {built}")
    if match["hash"] not in NO_HASH and terms.contents(found) not in {None, match["hash"]}:
        return Answer("wrong", f"{path}: other contents")
    return Answer("right", path)


def judge_deleted(tree: FileTree, path: str) -> Answer:
    """A path of the base image that is gone."""
    found = tree.lookup(path)
    return Answer("right" if isinstance(found, Absent) else "unknown" if isinstance(found, Unknown) else "wrong", path)


def judge_config(tree: FileTree, line: str) -> Answer:
    """A line of the configuration; an unset working directory is ``/`` (OCI image specification)."""
    key, _, value = line[2:].partition(" ")
    config = tree.config
    assert config is not None
    if key in {"workdir", "user"}:
        said = getattr(config, key)
        return Answer("right" if said == (value or "/" * (key == "workdir")) else "wrong", f"{key}: {said} not {value}")
    if key in {"entrypoint", "cmd"}:
        wanted = json.loads(value)
        words = getattr(config, key)
        same = (None if words is None else list(words)) == wanted
        return Answer("right" if same else "wrong", f"{key}: {words} not {wanted}")
    if key == "env":
        pairs = dict(item.split("=", 1) for item in json.loads(value))
        same = all(config.env.get(name) == text for name, text in pairs.items())
        return Answer("right" if same else "wrong", f"env: {dict(config.env)} lacks {pairs}")
    return Answer("right", line)


# -- the archive of recorded builds -----------------------------------------------------------------

RECORDED_FAILURE = re.compile(
    r"^(?:(?:Error response from daemon|failed to build|failed to solve(?: with frontend \S+)?|Error|#\d+"
    r"|failed to create LLB definition|building at STEP \".*?\"): )*(?:dockerfile parse error (?:on )?line \d+: )?"
)
NOT_RECORDED = re.compile(r"^Step \d+/\d+ : |^/bin:|^#\d+ failed to walk <tmp>:")
"""The recorder kept another line than the builder's words, or nothing of them but names of temporary directories."""

UNSUPPORTED = "UNSUPPORTED: "
"""The whole of an observation of a case that a builder's command line has no option for."""


@dataclass(frozen=True)
class Case:
    """One case of the archive: a context, how it was built, and what BuildKit 0.26 and others made of it."""

    name: str
    directory: Path
    meta: Mapping[str, object]

    def tree(self, builder: Dialect) -> FileTree:
        """The prediction."""
        image = Image(
            dockerfile=str(self.meta.get("file", "Dockerfile")),
            context=".",
            span=Span("Dockerfile"),
            target=self.text("target"),
            build_args=self.table("args"),
            # The images were built on an amd64 machine.
            platform=self.text("platform") or "linux/amd64",
            contexts={name: NamedContext(path) for name, path in self.table("contexts").items()},
        )
        return predict_image(Project(self.directory / "context"), image, builder=builder)

    def flags(self) -> list[str]:
        """What ``docker build`` is given besides the context."""
        given = ["--file", str(self.directory / "context" / str(self.meta.get("file", "Dockerfile")))]
        for name, value in self.table("args").items():
            given += ["--build-arg", f"{name}={value}"]
        for name, path in self.table("contexts").items():
            given += ["--build-context", f"{name}={self.directory / 'context' / path}"]
        for name in ("target", "platform"):
            if name in self.meta:
                given += [f"--{name}", str(self.meta[name])]
        return given

    def table(self, key: str) -> dict[str, str]:
        table = self.meta.get(key, {})
        assert isinstance(table, dict)
        return {str(name): str(value) for name, value in table.items()}

    def text(self, key: str) -> str | None:
        value = self.meta.get(key)
        return None if value is None else str(value)

    def observed(self, suffix: str | None) -> tuple[list[str], bool]:
        """The lines of one builder, and whether they are its own: without a file they are those of BuildKit 0.26."""
        own = self.directory / f"expected.{suffix}.txt"
        path = own if suffix is not None and own.exists() else self.directory / "expected.txt"
        return path.read_text().splitlines(), suffix is None or path == own

    def digest(self, entry: Present) -> str | None:
        """The recorded form of a predicted file's contents."""
        if entry.content is not None:
            return hashlib.sha256(entry.content.encode()).hexdigest()[:8]
        if entry.source is None or entry.kind != "f":
            return None
        return hashlib.sha256(Project(self.directory / "context").read_bytes(entry.source)).hexdigest()[:8]


def read_cases(archive: Path, where: Path) -> list[Case]:
    """Unpack the archive into ``where`` and read its cases."""
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "fully_trusted_filter"):
            tar.extractall(where, filter="fully_trusted")  # noqa: S202 - modes and links are the point of the cases
        else:
            tar.extractall(where)  # noqa: S202 - as above, on interpreters without filters
    return [
        Case(path.name, path, json.loads((path / "case.json").read_text()))
        for path in sorted((where / "dockercases").iterdir())
    ]


def same_recorded_error(observed: str, predicted: str) -> bool:
    """Whether the recorded last line of a failing build speaks of the predicted error."""
    if NOT_RECORDED.search(observed):
        return True
    words = re.sub(r"^resolving step \{.*\}: ", "", RECORDED_FAILURE.sub("", observed)).replace("ref <ref> ", "ref: ")
    # The recorder put <tmp> for the names of temporary directories and what stood beside them.
    return re.search(".*".join(re.escape(part) for part in words.split("<tmp>")), predicted) is not None
