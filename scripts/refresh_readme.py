"""Write the console blocks of ``README.md`` anew: under each ``$ vartask ...``, what the command prints today.

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
BLOCK = re.compile(r"^```console\n\$ (?P<command>vartask .*)\n(?P<output>(?:(?!```).*\n)*)```$", re.MULTILINE)


def refreshed(page: str) -> str:
    """The page with the output of every block as it is now."""
    return BLOCK.sub(lambda block: f"```console\n$ {block['command']}\n{output(block['command'])}```", page)


def output(command: str) -> str:
    """What a command prints, run in the root of the repository; a failure of vartask itself is refused."""
    arguments = [sys.executable, "-m", "vartask", *shlex.split(command)[1:]]
    plain = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(arguments, cwd=ROOT, env=plain, capture_output=True, encoding="utf-8", check=False)
    if done.returncode > 1:
        raise RuntimeError(f"{command} exits with {done.returncode}: {done.stderr}")
    return done.stdout


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text(encoding="utf-8")), encoding="utf-8")
