"""Random build contexts and Dockerfiles, for comparing predictions with builds (Hypothesis strategies).

Names come from a small pool, so that sources, destinations and patterns meet each other.
"""

from __future__ import annotations

import base64
import gzip
import io
import os
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

FILES = ("a", "a.py", "b.py", "c.txt", ".h", "z.pyc", "A.py", "x y", "arr[0].txt", "ü.py")
DIRECTORIES = ("d", "e", "src", "pkg", "a", ".g", "__pycache__")
LINKS = ("a", "a.py", "d", "d/a.py", "../a.py", "..", "/d", "/d/a.py", "/nowhere", "e/../a", "src", ".", "./b.py")


@dataclass(frozen=True)
class Node:
    """One path of a context: ``f`` (``data`` is base64), ``d`` or ``l``."""

    kind: str
    mode: int = 0o644
    data: str = ""
    target: str = ""


@dataclass(frozen=True)
class Case:
    """A build context with its Dockerfile (one of ``nodes``) and what the command line gives."""

    nodes: Mapping[str, Node]
    build_args: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None

    def write(self, directory: Path) -> None:
        """Make the context's files."""
        for path, node in sorted(self.nodes.items()):
            place = directory / path
            if node.kind == "d":
                place.mkdir(exist_ok=True)
            elif node.kind == "l":
                os.symlink(node.target, place)
            else:
                place.write_bytes(base64.b64decode(node.data))
                place.chmod(node.mode)
        for path, node in sorted(self.nodes.items(), reverse=True):
            if node.kind == "d":
                (directory / path).chmod(node.mode)

    @property
    def dockerfile(self) -> str:
        """The text that is built."""
        return base64.b64decode(self.nodes["Dockerfile"].data).decode()

    def to_json(self) -> dict[str, Any]:
        """For keeping a counterexample."""
        return asdict(self)

    @staticmethod
    def from_json(kept: Mapping[str, Any]) -> Case:
        """What :meth:`to_json` gave."""
        nodes = {path: Node(**node) for path, node in kept["nodes"].items()}
        return Case(nodes, kept["build_args"], kept["target"])


def text_file(text: str, mode: int = 0o644) -> Node:
    """A file of the context."""
    return Node("f", mode, base64.b64encode(text.encode()).decode())


file_modes = st.sampled_from((0o644, 0o644, 0o644, 0o755, 0o600, 0o640, 0o444, 0o4755))
directory_modes = st.sampled_from((0o755, 0o755, 0o755, 0o700, 0o775, 0o1777))


@st.composite
def archives(draw: st.DrawFn) -> Node:
    """A tar, plain or gzipped, or something that only looks like one."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name in draw(
            st.lists(
                st.sampled_from(("top", "top/in.py", "root.py", "./dot.py", "a.py", "lnk")), max_size=4, unique=True
            )
        ):
            info = tarfile.TarInfo(name)
            info.mode = draw(file_modes)
            info.uid = info.gid = draw(st.sampled_from((0, 0, 1000)))
            if name == "top":
                info.type, info.mode = tarfile.DIRTYPE, draw(directory_modes)
            elif name == "lnk":
                info.type, info.linkname = tarfile.SYMTYPE, "root.py"
            body = b"" if info.type != tarfile.REGTYPE else name.encode()
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    data = packed.getvalue()
    if draw(st.booleans()):
        data = gzip.compress(data, mtime=0)
    return Node("f", 0o644, base64.b64encode(data).decode())


@st.composite
def nodes(draw: st.DrawFn) -> dict[str, Node]:
    """The files of a context: at most three levels deep."""
    made: dict[str, Node] = {}

    def fill(below: str, depth: int) -> None:
        for name in draw(st.lists(st.sampled_from(FILES), max_size=4, unique=True)):
            made[below + name] = text_file(f"# {below}{name}\n", draw(file_modes))
        if draw(st.integers(0, 3)) == 0:
            made[below + "link"] = Node("l", 0o777, target=draw(st.sampled_from(LINKS)))
        if depth == 0:
            return
        for name in draw(st.lists(st.sampled_from(DIRECTORIES), max_size=3, unique=True)):
            if below + name not in made:
                made[below + name] = Node("d", draw(directory_modes))
                fill(f"{below}{name}/", depth - 1)

    fill("", 2)
    if draw(st.integers(0, 2)) == 0:
        made[draw(st.sampled_from(("t.tar", "t.tgz", "t.py")))] = draw(archives())
    return made


PATTERNS = (
    "*", "**", "*.py", "**/*.py", "*.pyc", "**/__pycache__", "d", "d/", "/d", "d/*", "d/**", "src", "**/a.py", "!a.py",
    "!**/*.py", "!d", "!d/a.py", "?.py", "[a-b].py", "[^a]*", "!src/**", "# d", " a ", "./e", "e/../d", "**a", "d/**/a*",
    ".*", "!.h", "**/.*", "src/*/", "!*", "x y", "arr[[]0].txt", "Dockerfile", "a", "!**", "**/d/**", "*/a.py", "*/*",
)  # fmt: skip
ignore_files = st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=5).map(lambda lines: "\n".join(lines) + "\n")
