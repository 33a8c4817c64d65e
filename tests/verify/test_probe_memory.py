"""How much memory the processes of a function use, asked of processes of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from vartask.verify.probe.memory import exceeds

MIB = 1024
TAKES = "data = bytearray(60 * 1048576)\nfor at in range(0, len(data), 4096): data[at] = 1\n"
WAITS = "print('ready', flush=True)\nimport time\ntime.sleep(60)\n"


@contextmanager
def process(code: str) -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            yield child.pid
        finally:
            os.killpg(child.pid, 9)


def test_what_a_process_takes_counts() -> None:
    with process(TAKES + WAITS) as pid:
        assert exceeds(50 * MIB, pid)
        assert not exceeds(100 * MIB, pid)


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="Linux before 4.14")
def test_pages_that_processes_share_count_once() -> None:
    forks = "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n        time.sleep(60)\n"
    with process(TAKES + forks + WAITS) as pid:
        assert exceeds(50 * MIB, pid)
        assert not exceeds(150 * MIB, pid)


def test_children_count_with_their_parent() -> None:
    forks = f"import os, time\nfor _ in range(2):\n    if os.fork() == 0:\n        exec({TAKES!r})\n        os.write(2, b'')\n        time.sleep(60)\n"
    with process(forks + "time.sleep(1.5)\n" + WAITS) as pid:
        assert exceeds(100 * MIB, pid)
        assert not exceeds(200 * MIB, pid)


def test_a_process_that_is_gone_uses_nothing() -> None:
    with process(WAITS) as pid:
        pass
    assert not exceeds(0, pid)
