"""Write the console blocks of ``README.md`` anew: under each command, what it prints today.

A block's first line is ``$ vartask ...`` or ``$ cd DIRECTORY && vartask ...``, which ``| head -N`` may follow.

    python scripts/refresh_readme.py
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(
    r"^```console\n\$ (?P<line>(?:cd (?P<directory>\S+) && )?(?P<command>vartask [^|\n]*)"
    r"(?: \| head -(?P<head>\d+))?)\n(?:(?!```).*\n)*```$",
    re.MULTILINE,
)


def refreshed(page: str) -> str:
    """The page with the output of every block as it is now."""
    return BLOCK.sub(lambda block: f"```console\n$ {block['line']}\n{output(block)}```", page)


def output(block: re.Match[str]) -> str:
    """What a block's command prints, run in the repository; a failure of vartask itself is refused."""
    arguments = [sys.executable, "-m", "vartask", *shlex.split(block["command"])[1:]]
    plain = {**os.environ, "NO_COLOR": "1"}
    directory = ROOT / (block["directory"] or ".")
    done = subprocess.run(arguments, cwd=directory, env=plain, capture_output=True, encoding="utf-8", check=False)
    if done.returncode > 1:
        raise RuntimeError(f"{block['line']} exits with {done.returncode}: {done.stderr}")
    lines = done.stdout.splitlines(keepends=True)
    return "".join(lines[: int(block["head"])] if block["head"] else lines)


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text(encoding="utf-8")), encoding="utf-8")
