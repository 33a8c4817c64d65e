"""``vartask.model`` has every word, and takes them in when the first is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import vartask.model
from vartask.model import words


def test_every_word_is_there() -> None:
    assert all(getattr(vartask.model, name) is getattr(words, name) for name in words.__all__)


def test_what_is_no_word_is_missing() -> None:
    with pytest.raises(AttributeError, match=r"module 'vartask\.model' has no attribute 'Nothing'"):
        getattr(vartask.model, "Nothing")  # noqa: B009 - a type checker knows


def test_a_report_needs_few_of_them() -> None:
    code = "import sys, vartask.model.report; sys.exit('vartask.model.deployment' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
