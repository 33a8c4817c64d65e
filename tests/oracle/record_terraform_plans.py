"""Plan every configuration of ``tests/terraform_plans`` and compare the functions, or record them.

    python tests/oracle/record_terraform_plans.py [--record] [--terraform PROGRAM] [--plugins DIRECTORY]

Recorded with Terraform 1.11 and version 5.100 of the AWS provider, which ``DIRECTORY`` holds where it is not downloaded.
Nothing is deployed, and no account is asked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from terraform_plans.configurations import CONFIGURATIONS, RECORDED, Configuration, recorded

PROVIDER = """\
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "x"
  secret_key                  = "x"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}
"""


def planned(configuration: Configuration, options: argparse.Namespace) -> dict[str, Any]:
    """The functions that are planned, by address."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "root"
        root.mkdir()
        configuration.write(root)
        (root / "provider.tf").write_text(PROVIDER, encoding="utf-8")
        plugins = [f"-plugin-dir={options.plugins}"] if options.plugins else []
        for command in (
            ["init", *plugins],
            ["plan", "-input=false", "-refresh=false", "-out=plan", *configuration.options],
        ):
            done = subprocess.run(
                [options.terraform, *command, "-no-color"], cwd=root, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise SystemExit(done.stdout + done.stderr)
        shown = subprocess.run(
            [options.terraform, "show", "-json", "plan"], cwd=root, capture_output=True, text=True, check=True
        )
    changes = json.loads(shown.stdout).get("resource_changes", [])
    return {
        change["address"]: _function(change["change"]["after"])
        for change in changes
        if change["type"] == "aws_lambda_function"
    }


def _function(after: dict[str, Any]) -> dict[str, Any]:
    config = (after.get("image_config") or [{}])[0] or {}
    environment = (after.get("environment") or [{}])[0] or {}
    return {
        "name": after["function_name"],
        "command": config.get("command"),
        "entrypoint": config.get("entry_point"),
        "environment": environment.get("variables") or {},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--terraform", default="terraform")
    parser.add_argument("--plugins")
    options = parser.parse_args()
    found = {name: planned(configuration, options) for name, configuration in CONFIGURATIONS.items()}
    known = recorded() if RECORDED.is_file() else {}
    different = [name for name in found if known.get(name) != found[name]]
    for name in different:
        sys.stdout.write(f"{name}: {json.dumps(found[name])}\n")
    if options.record:
        RECORDED.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(different)} of {len(found)} differ\n")
    return 1 if different and not options.record else 0


if __name__ == "__main__":
    raise SystemExit(main())
