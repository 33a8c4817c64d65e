"""Names of distributions."""

from __future__ import annotations

import re

ANY_DISTRIBUTION = "*"
"""In a list of distributions: any that an index has, but nothing of the project's own."""


def normalise(name: str) -> str:
    """The name by which two spellings of a distribution are the same (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
