"""Stands in for ``docker`` while the AWS CDK bundles assets: runs the commands here, without a container.

Paths below a mounted directory are those that it is mounted from.  Installers are stand-ins too: they note in their
target what they were asked to install.  ``rsync`` is the real one where there is one, else a plain copy.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_VALUED = frozenset({"-u", "-v", "-w", "-e", "--user", "--volume", "--workdir", "--env", "--entrypoint", "--network"})
_INSTALLER = """\
import sys
words = sys.argv[1:]
if words[:2] == ["-m", "pip"]: words = words[2:]
if words[:1] == ["pip"]: words = words[1:]
if words[:1] == ["install"]:
    target, asked, at = None, [], 1
    while at < len(words):
        if words[at] in ("-t", "--target"): target = words[at + 1]; at += 2
        elif words[at] in ("-r", "--requirement"):
            asked.append("-r " + words[at + 1]); open(words[at + 1]).close(); at += 2
        elif words[at].startswith("-"): at += 1
        else: asked.append(words[at]); at += 1
    if target is not None:
        import os
        os.makedirs(target, exist_ok=True)
        with open(os.path.join(target, "installed-by-the-stand-in.txt"), "a") as out:
            out.writelines(one + chr(10) for one in asked)
"""
_EXPORTER = "import sys\n"
_COPIER = """\
import shutil, sys
paths = [one for one in sys.argv[1:] if not one.startswith("-")]
shutil.copytree(paths[0], paths[1], dirs_exist_ok=True)
"""


def main(words: list[str]) -> int:
    if words[:1] != ["run"]:
        return 0  # an image that is built is not needed
    mounts: dict[str, str] = {}
    directory, at = "", 1
    while words[at].startswith("-"):
        if words[at] in _VALUED:
            if words[at] in {"-v", "--volume"}:
                source, target = words[at + 1].split(":")[:2]
                mounts[target] = source
            elif words[at] in {"-w", "--workdir"}:
                directory = words[at + 1]
            at += 1
        at += 1
    command = [_mapped(word, mounts) for word in words[at + 1 :]]
    with tempfile.TemporaryDirectory() as tools:
        _write_tools(Path(tools))
        path = f"{tools}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            command, cwd=_mapped(directory, mounts) or None, env={**os.environ, "PATH": path}, check=False
        ).returncode


def _mapped(text: str, mounts: dict[str, str]) -> str:
    for target, source in mounts.items():
        text = re.sub(rf"{re.escape(target)}(?![\w-])", source, text)
    return text


def _write_tools(directory: Path) -> None:
    installer = directory / "installer.py"
    installer.write_text(_INSTALLER, encoding="utf-8")
    exporter = directory / "exporter.py"
    exporter.write_text(_EXPORTER, encoding="utf-8")
    copier = directory / "copier.py"
    copier.write_text(_COPIER, encoding="utf-8")
    tools = dict.fromkeys(("pip", "pip3", "python", "python3"), installer)
    for name in ("poetry", "pipenv"):
        tools[name] = exporter
    if shutil.which("rsync") is None:
        tools["rsync"] = copier
    for name, script in tools.items():
        tool = directory / name
        tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n', encoding="utf-8")
        tool.chmod(0o755)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
