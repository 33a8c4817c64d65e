"""Predicted image trees against 231 images that BuildKit 0.26 really built.

Each case is a build context and ``expected.txt``, what the build changed in its base image: added, modified and
deleted paths with type, mode, owner and content hash, and the configuration.  Every certain answer must agree.  An
``Unknown`` is accepted only in the cases listed in ``UNDECIDED``, each with its reason.
"""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from vartask.artifact.image import predict_image
from vartask.model import Absent, FileTree, Image, Present, Span, Unknown
from vartask.project import Project

ARCHIVE = Path(__file__).with_name("dockercases.tar.gz")
NUMBER_OF_CASES = 231

PACKAGES = "which files a distribution brings is not in the repository"
DOWNLOAD = "what a download holds is not in the repository"

UNDECIDED = {
    "add_git": DOWNLOAD,
    "add_git_subdir": DOWNLOAD,
    "add_url_tar_unpack": DOWNLOAD,
    "named_context": "a named build context is given on the builder's command line only",
    "pip_cd": PACKAGES,
    "pip_editable": PACKAGES,
    "pip_prefix": PACKAGES,
    "pip_req": PACKAGES,
    "pip_root": PACKAGES,
    "pip_target_compiled": PACKAGES,
    "pip_target_env": PACKAGES,
    "pip_target_upgrade": PACKAGES,
    "pip_uninstall": PACKAGES,
    "pip_user": PACKAGES,
    "poetry_export": PACKAGES,
    "poetry_in_project": PACKAGES,
    "run_delete_lower": "rm with a pattern on the base image's own files, whose names are not known",
    "sh_unzip": "the archive is made by a Python program in the same RUN",
    "site_packages_copy": PACKAGES,
    "uv_export": PACKAGES,
    "uv_pip_nosystem": "whether uv finds an environment depends on settings that may stand anywhere",
    "uv_pip_system": PACKAGES,
    "uv_pip_target": PACKAGES,
    "uv_sync": PACKAGES,
    "venv": "the files of a virtual environment differ between Python versions",
}
"""Cases with an ``Unknown`` in the answer, each with the reason why it must be one."""

NOT_IN_CONTEXT = {"/w/setuptools-65.5.0-py3-none-any.whl", "/w/wheel-0.45.1-py3-none-any.whl"}
"""Wheels that the original build had in its context and that the archive of cases leaves out."""

STAND_IN_USERS = {"/var/task/app.py": (65534, 33)}
"""``chown_name``: the numbers of ``nobody:www-data`` in Debian, which stood in for AWS's base image in these builds."""

LINE = re.compile(
    r"^(?P<change>[AM]) (?P<kind>[fdl]) (?P<mode>\d{4}) (?P<uid>\d+):(?P<gid>\d+) (?P<path>/.*?)"
    r"(?: -> (?P<target>.*)| (?P<hash>[0-9a-f]{8}|-|pyc))?$"
)


@dataclass(frozen=True)
class Case:
    name: str
    directory: Path
    meta: dict[str, object]
    expected: list[str]

    def tree(self) -> FileTree:
        image = Image(
            dockerfile=str(self.meta.get("file", "Dockerfile")),
            context=".",
            span=Span("Dockerfile"),
            target=self.text("target"),
            build_args={key: str(value) for key, value in dict(self.meta.get("args", {})).items()},  # type: ignore[call-overload]
            # The images were built on an amd64 machine.
            platform=self.text("platform") or "linux/amd64",
        )
        return predict_image(Project(self.directory / "context"), image)

    def text(self, key: str) -> str | None:
        value = self.meta.get(key)
        return None if value is None else str(value)


def read_case(directory: Path) -> Case:
    meta = json.loads((directory / "case.json").read_text())
    return Case(directory.name, directory, meta, (directory / "expected.txt").read_text().splitlines())


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    where = tmp_path_factory.mktemp("dockercases")
    with tarfile.open(ARCHIVE) as archive:
        if hasattr(tarfile, "fully_trusted_filter"):
            archive.extractall(where, filter="fully_trusted")  # noqa: S202 - modes and links are the point of the cases
        else:
            archive.extractall(where)  # noqa: S202 - as above, on interpreters without filters
    return [read_case(path) for path in sorted((where / "dockercases").iterdir())]


def judge(case: Case, tree: FileTree) -> Iterator[tuple[str, str]]:
    """``("wrong" | "unknown" | "right", what)`` for every answer of the case."""
    if case.expected[0].startswith("ERROR: "):
        yield from judge_error(case.expected[0], tree)
        return
    if tree.error is not None:
        yield "wrong", f"predicted to fail: {tree.error.message}"
        return
    listed = set()
    for line in case.expected:
        match = LINE.match(line)
        if match is not None and match["path"] in NOT_IN_CONTEXT:
            continue
        if match is not None:
            listed.add(match["path"])
            yield judge_path(case, tree, match)
        elif line.startswith("D - "):
            found = tree.lookup(line[4:])
            yield ("right" if isinstance(found, Absent) else "unknown" if isinstance(found, Unknown) else "wrong"), line
        elif line.startswith("# "):
            yield judge_config(tree, line)
    for path, entry in tree.entries.items():
        made = entry.put_by is not None and path not in listed
        in_base = entry.kind == "d" and any(region.covers(path) for region in tree.regions)
        if made and not in_base:
            yield "wrong", f"claimed but not built: {path}"


def judge_error(line: str, tree: FileTree) -> Iterator[tuple[str, str]]:
    if tree.error is None:
        yield ("unknown" if tree.regions and tree.config else "wrong"), f"not predicted: {line}"
        return
    wanted = line.removeprefix("ERROR: failed to build: failed to solve: ")
    wanted = re.sub(r"^dockerfile parse error on line \d+: ", "", wanted).replace("ref <ref> ", "ref: ")
    wanted = wanted.replace("<tmp>", "").strip()
    yield ("right" if wanted in tree.error.message else "wrong"), f"{tree.error.message!r} instead of {wanted!r}"


def judge_path(case: Case, tree: FileTree, match: re.Match[str]) -> tuple[str, str]:
    found = tree.lookup(match["path"])
    if isinstance(found, Unknown):
        return "unknown", match["path"]
    if isinstance(found, Absent):
        return "wrong", f"claimed absent: {match['path']}"
    said = (found.kind, f"{found.mode:04o}", found.uid, found.gid, found.target)
    built = (match["kind"], match["mode"], int(match["uid"]), int(match["gid"]), match["target"])
    if case.name == "chown_name" and (built[2], built[3]) == STAND_IN_USERS[match["path"]]:
        built = (*built[:2], 0, 0, built[4])
    if said != built:
        return "wrong", f"{match['path']}: {said} instead of {built}"
    content = digest(case, found)
    if match["hash"] not in {None, "-", "pyc"} and content not in {None, match["hash"]}:
        return "wrong", f"{match['path']}: other contents"
    return "right", match["path"]


def digest(case: Case, entry: Present) -> str | None:
    if entry.content is not None:
        return hashlib.sha256(entry.content.encode()).hexdigest()[:8]
    if entry.source is None or entry.kind != "f":
        return None
    return hashlib.sha256((case.directory / "context" / entry.source).read_bytes()).hexdigest()[:8]


def judge_config(tree: FileTree, line: str) -> tuple[str, str]:
    key, _, value = line[2:].partition(" ")
    config = tree.config
    assert config is not None
    if key in {"workdir", "user"}:
        return ("right" if getattr(config, key) == value else "wrong"), f"{key}: {getattr(config, key)} not {value}"
    if key in {"entrypoint", "cmd"}:
        wanted = json.loads(value)
        said = getattr(config, key)
        return ("right" if (None if said is None else list(said)) == wanted else "wrong"), f"{key}: {said} not {wanted}"
    if key == "env":
        pairs = dict(item.split("=", 1) for item in json.loads(value))
        same = all(config.env.get(name) == text for name, text in pairs.items())
        return ("right" if same else "wrong"), f"env: {dict(config.env)} lacks {pairs}"
    return "right", line


def test_every_certain_answer_agrees_with_buildkit(cases: list[Case], capsys: pytest.CaptureFixture[str]) -> None:
    assert len(cases) == NUMBER_OF_CASES
    tally: Counter[str] = Counter()
    wrong: dict[str, list[str]] = {}
    undecided: dict[str, list[str]] = {}
    for case in cases:
        answers = list(judge(case, case.tree()))
        tally.update(answer for answer, _ in answers)
        for answer, what in answers:
            if answer != "right":
                (wrong if answer == "wrong" else undecided).setdefault(case.name, []).append(what)
    whole = len(cases) - len({*wrong, *undecided})
    with capsys.disabled():
        print(f"\n{whole} of {len(cases)} images predicted completely; answers: {dict(tally)}")  # noqa: T201 - the figure
    assert wrong == {}
    assert sorted(undecided) == sorted(UNDECIDED)
