"""Which paths are configuration that Terraform or OpenTofu reads.

https://developer.hashicorp.com/terraform/language/files, https://opentofu.org/docs/language/files/.
"""

from __future__ import annotations

from typing import Final

SUFFIXES: Final = (".tf", ".tf.json", ".tofu", ".tofu.json")


def is_configuration(path: str) -> bool:
    """Whether a path is a file of configuration; Terraform keeps the modules that it downloads in ``.terraform``."""
    return path.endswith(SUFFIXES) and "/.terraform/" not in f"/{path}"
