"""What holds for every test."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator

import pytest

# Tests change vartask itself, and leave nothing in the user's cache; those of the cache name a directory.
os.environ["VARTASK_NO_CACHE"] = "1"

# A shell starts what is in the background without interruptions, and so would every process of a test be; programs that
# are started get the default back only where this one has a handler (POSIX, Shell Command Language 2.11, and execve(2)).
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test has failed: every tool that a test asks for is there, or ``.ci/run`` is wrong."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("VARTASK_CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI never does: {report.longreprtext}"
    return report
