"""Build every Dockerfile of ``tests/conformance/build_errors.json`` with BuildKit and compare, or record anew.

    python tests/oracle/record_build_errors.py [--record] [--address unix:///run/buildkit/buildkitd.sock] [NAME...]

Needs ``buildctl`` on PATH and a running ``buildkitd`` of version 0.26; nothing is fetched from a registry.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from build_errors import TABLE, BuildCase, read_cases

ERROR = re.compile(r"^error: (?:failed to solve: )?(.*)", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"^ *(\d+) \| >>>", re.MULTILINE)
HINT = re.compile(r" \(did you mean .*\?\)$")


def build(case: BuildCase, address: str) -> tuple[str | None, int | None]:
    """What the builder says of a case, without what changes between runs, and the first line that it shows."""
    with tempfile.TemporaryDirectory() as directory:
        case.write(Path(directory))
        command = ["buildctl", "--addr", address, "build", "--progress=plain", "--frontend", "dockerfile.v0"]
        command += ["--local", f"context={directory}", "--local", f"dockerfile={directory}"]
        command += [word for option in case.options for word in ("--opt", option)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None, None
    output = done.stdout + done.stderr
    said = ERROR.findall(output)[-1].strip()
    said = re.sub(r"ref \S+::\S+:", "ref:", said)
    said = re.sub(r"/\S*/(?:buildkit\d+|fs)(?=/)", "", said)
    lines = SHOWN.findall(output)
    return said, int(lines[0]) if lines else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--address", default="unix:///run/buildkit/buildkitd.sock")
    options = parser.parse_args()
    items = json.loads(TABLE.read_text(encoding="utf-8"))
    different = 0
    for item, case in zip(items, read_cases(), strict=True):
        if options.names and case.name not in options.names:
            continue
        error, line = build(case, options.address)
        if HINT.sub("", error or "") != HINT.sub("", case.error or "") or line != case.line:
            different += 1
            sys.stdout.write(f"{case.name}: {error!r} (line {line}), recorded {case.error!r} (line {case.line})\n")
            item.pop("line", None)
            item.update({"error": error} | ({"line": line} if line is not None else {}))
    if options.record:
        TABLE.write_text("[\n" + ",\n".join(json.dumps(item) for item in items) + "\n]\n", encoding="utf-8")
    sys.stdout.write(f"{different} of {len(items)} differ\n")
    return 1 if different and not options.record else 0


if __name__ == "__main__":
    raise SystemExit(main())
