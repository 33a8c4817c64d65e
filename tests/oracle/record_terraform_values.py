"""Ask ``terraform console`` for the value of every expression of ``tests/terraform_values`` and compare, or record.

    python tests/oracle/record_terraform_values.py [--record] [--terraform PROGRAM]

Recorded with Terraform 1.11; no provider is needed.
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

from terraform_values.expressions import EXPRESSIONS, FILES, RECORDED, recorded


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--terraform", default="terraform")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        for name, text in FILES.items():
            path = Path(directory) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        infra = Path(directory) / "infra"
        subprocess.run(
            [options.terraform, "init", "-input=false", "-no-color"], cwd=infra, check=True, capture_output=True
        )
        found = {text: ask(options.terraform, infra, text) for text in EXPRESSIONS}
    known = recorded() if RECORDED.is_file() else {}
    different = [text for text in found if text not in known or known[text] != found[text]]
    for text in different:
        sys.stdout.write(f"{text}: {found[text]!r}\n")
    if options.record:
        lines = (f"{json.dumps(text)}: {json.dumps(value, ensure_ascii=False)}" for text, value in found.items())
        RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    sys.stdout.write(f"{len(different)} of {len(found)} differ\n")
    return 1 if different and not options.record else 0


def ask(terraform: str, directory: Path, text: str) -> object:
    """The value of an expression as JSON; an error is a mistake of ours."""
    question = f"base64encode(jsonencode({text}))\n"
    done = subprocess.run(
        [terraform, "console"], cwd=directory, input=question, capture_output=True, text=True, check=False
    )
    answer = re.search(r'^"([A-Za-z0-9+/=]*)"$', done.stdout, re.MULTILINE)
    if done.returncode or answer is None:
        sys.stdout.write(f"{text}: {done.stdout}{done.stderr}\n")
        return {"error": text}
    import base64

    return json.loads(base64.b64decode(answer[1]))


if __name__ == "__main__":
    raise SystemExit(main())
