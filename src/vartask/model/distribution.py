"""Names of distributions."""

from __future__ import annotations

import re


def normalise(name: str) -> str:
    """The name by which two spellings of a distribution are the same (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
