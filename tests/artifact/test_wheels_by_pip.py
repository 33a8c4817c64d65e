"""Random wheels, installed by the real pip and predicted here: path by path, type and mode included."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from image_projects import image
from vartask.artifact.image import predict_image
from vartask.model import Absent, FileTree, Present, Unknown
from vartask.project import Project
from wheelhouse import FILE, PROGRAM, Wheel

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
EXAMPLES = os.environ.get("VARTASK_PIP_EXAMPLES")
"""How many random cases; without it there are a few, and always the same."""
RANDOM = settings(max_examples=int(EXAMPLES or "8"), derandomize=EXAMPLES is None, database=None, deadline=None)
NAMES = ("aa", "bb", "cc", "dd")


def real(directory: Path, *arguments: str) -> str:
    """Run pip beside ``w``; how it fails, or nothing."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, check=False, umask=0o022)
    return "" if done.returncode == 0 else done.stderr.decode() or f"exit code {done.returncode}"


def observed(directory: Path) -> dict[str, tuple[str, int]]:
    """Everything below a directory, with type and mode."""
    found: dict[str, tuple[str, int]] = {}
    for path in sorted(directory.rglob("*")):
        info = path.lstat()
        kind = "d" if stat.S_ISDIR(info.st_mode) else "l" if stat.S_ISLNK(info.st_mode) else "f"
        found[path.relative_to(directory).as_posix()] = (kind, 0o777 if kind == "l" else stat.S_IMODE(info.st_mode))
    return found


def predicted(tree: FileTree, top: str) -> dict[str, tuple[str, int]]:
    prefix = top + "/"
    return {
        path[len(prefix) :]: (item.kind, item.mode) for path, item in tree.entries.items() if path.startswith(prefix)
    }


def compare(directory: Path, wheels: Sequence[Wheel], commands: Sequence[Sequence[str]], before: Sequence[str]) -> None:
    """Carry out ``pip`` commands that install into ``out`` and predict the same in an image's ``/out``."""
    for wheel in wheels:
        wheel.write(directory / "w")
    for name in before:
        (directory / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / "out" / name).write_text("")
    existing = "COPY out /out\n" if before else ""
    pip = "/venv/bin/pip" if sys.prefix != sys.base_prefix else "pip"
    runs = " && ".join(f"{pip} " + " ".join(f"'{word}'" for word in words) for words in commands)
    environment = "RUN python -m venv /venv\n" if sys.prefix != sys.base_prefix else ""
    dockerfile = f"FROM python:{HERE}-slim\nWORKDIR /\n{environment}COPY w /w\n{existing}RUN {runs}\n"
    (directory / "Dockerfile").write_text(dockerfile)
    tree = predict_image(Project(directory), image())
    failure = next(filter(None, (real(directory, *words) for words in commands)), "")
    worked = not failure
    choices = len({wheel.name for wheel in wheels}) < len(wheels) or any("rc" in wheel.version for wheel in wheels)
    if choices and isinstance(tree.lookup("/out/zzz"), Unknown):
        # Where one version is chosen for another's sake, or only a pre-release fits, the answer may be that it is not
        # known; it must not be wrong.
        there = observed(directory / "out") if worked else {}
        assert not worked or predicted(tree, "/out").items() <= there.items()
        return
    assert (tree.error is None) == worked, tree.error or failure
    if worked:
        assert predicted(tree, "/out") == observed(directory / "out")
        assert isinstance(tree.lookup("/out/zzz"), Absent)


TEXTS = st.sampled_from(["", "x = 1\n", "#!python\n", "#!/bin/sh\n", "def broken(:\n", "match x:\n  case 1: pass\n"])
MODES = st.sampled_from([FILE, PROGRAM, 0o755, 0o600, stat.S_IFREG | 0o600, 0])
PLACES = st.sampled_from(
    ["{n}/__init__.py", "{n}/m.py", "{n}/data.txt", "{n}/sub/deep/x.py", "{n}.py", "shared/{n}.py", "shared/__init__.py",
     "bin/tool.py", "{n}-{v}.data/scripts/{n}-run", "{n}-{v}.data/scripts/tool", "{n}-{v}.data/data/share/{n}/x",
     "{n}-{v}.data/data/bin/extra", "{n}-{v}.data/data/li/x", "{n}-{v}.data/data/lib/x", "{n}-{v}.data/data/top.txt",
     "{n}-{v}.data/purelib/{n}/pure.py", "{n}-{v}.data/platlib/{n}_plat.py", "{n}-{v}.data/headers/{n}.h",
     "{n}-{v}.data/data/lib/python/moved.py", "{n}-{v}.dist-info/licenses/LICENSE", "{n}-{v}.data/scripts/go-script.py"]
)  # fmt: skip
REQUIREMENTS = st.sampled_from(
    ["aa", "bb", "cc>=1", "bb<2", "dd[x]", "cc; python_version < '3'", "aa; sys_platform == 'linux'", "dd; extra == 'x'",
     "missing; extra == 'y'", "bb; extra == 'x'", "cc; platform_machine == 'nope'"]
)  # fmt: skip


@st.composite
def a_wheel(draw: st.DrawFn, name: str) -> Wheel:
    version = draw(st.sampled_from(["1.0", "1.5", "2.0", "2.1rc1"]))
    places = draw(st.lists(PLACES, min_size=1, max_size=6, unique=True))
    named = [place.format(n=name, v=version) for place in places]
    return Wheel(
        name,
        version,
        {place: draw(TEXTS) for place in named},
        {place: draw(MODES) for place in named},
        draw(st.lists(REQUIREMENTS, max_size=2, unique=True)),
        draw(st.lists(st.sampled_from(["tool", "go", f"{name}-cli"]), max_size=2, unique=True)),
        draw(st.lists(st.just(f"{name}-gui"), max_size=1)),
        draw(st.sampled_from(["py3-none-any", "py2.py3-none-any", "py2-none-any", "cp37-abi3-any"])),
        draw(st.booleans()),
        draw(st.sampled_from([None, None, ">=3.8", "<3"])),
    )


WHEELS = st.lists(st.sampled_from(NAMES).flatmap(a_wheel), min_size=1, max_size=5, unique_by=lambda one: one.filename)
ASKED = st.lists(
    st.sampled_from([*NAMES, "aa[x]", "bb==1.0", "cc>=1.5", "dd[x,y]"]), min_size=1, max_size=3, unique=True
)
OPTIONS = st.lists(
    st.sampled_from(["--no-compile", "--no-deps", "--pre", "--upgrade", "--only-binary=:all:"]), max_size=2, unique=True
)
BEFORE = st.lists(st.sampled_from(["aa/mine.py", "bin/x", "aa.py", "share/keep", "__pycache__/y"]), max_size=2)


@given(wheels=WHEELS, asked=ASKED, options=OPTIONS, before=BEFORE, again=st.booleans())
@RANDOM
def test_a_target_holds_what_pip_puts_there(
    wheels: list[Wheel], asked: list[str], options: list[str], before: list[str], *, again: bool
) -> None:
    directory = Path(tempfile.mkdtemp())
    try:
        one = ["install", "-q", "--no-index", "--find-links", "w", "-t", "out", *options, *asked]
        compare(directory, wheels, [one, one] if again else [one], before)
    finally:
        shutil.rmtree(directory)


@given(wheels=WHEELS, asked=ASKED, options=OPTIONS)
@RANDOM
def test_a_prefix_holds_what_pip_puts_there(wheels: list[Wheel], asked: list[str], options: list[str]) -> None:
    directory = Path(tempfile.mkdtemp())
    try:
        command = ["install", "-q", "--no-index", "--find-links", "w", "--prefix", "out", *options, *asked]
        compare(directory, wheels, [command], [])
    finally:
        shutil.rmtree(directory)


@pytest.mark.parametrize("option", ["-t", "--prefix"])
def test_a_wheel_by_its_path_notes_where_it_came_from(tmp_path: Path, option: str) -> None:
    wheel = Wheel("aa", files={"aa/__init__.py": ""})
    compare(tmp_path, [wheel], [["install", "--no-index", option, "out", f"./w/{wheel.filename}"]], [])


def test_a_found_file_is_read_from_the_wheel(tmp_path: Path) -> None:
    Wheel("aa", files={"aa/__init__.py": "here = 1\n"}).write(tmp_path / "w")
    (tmp_path / "Dockerfile").write_text(
        f"FROM python:{HERE}\nCOPY w /w\nRUN pip install --no-index --find-links /w -t /out aa\n"
    )
    project = Project(tmp_path)
    found = predict_image(project, image()).lookup("/out/aa/__init__.py")
    assert isinstance(found, Present)
    assert found.source is not None
    assert project.read_text(found.source) == "here = 1\n"
