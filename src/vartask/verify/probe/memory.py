"""How much memory a function uses, and whether that is more than it may.

Lambda ends what runs as soon as all processes together use more than the function's memory
(https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html).  A container cannot set another limit
for each function that it runs, so the probe looks.  What counts are anonymous pages, each shared one in parts: pages of
files can be dropped and read again, and a process that forks has nothing twice (``proc(5)``, ``smaps_rollup``).
"""

from __future__ import annotations

import os


def exceeds(limit: int, session: int) -> bool:
    """Whether the processes of a function use more than ``limit`` KiB.

    ``session`` is the process that was started for it.  In a container all belong to it but the probe and its own.
    """
    processes = list(_processes(session))
    if sum(_number(pid, "status", b"RssAnon:") or 0 for pid in processes) <= limit:
        return False
    # Pages that are shared count for each of them there, so that only the slow way tells.
    shares = [_number(pid, "smaps_rollup", b"Pss_Anon:") for pid in processes]
    if None in shares:
        return max((_number(pid, "status", b"RssAnon:") or 0 for pid in processes), default=0) > limit
    return sum(share or 0 for share in shares) > limit


def _processes(session: int) -> list[int]:
    own = os.getpid()
    others = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != own]
    if own == 1:
        # A function may begin sessions of its own, and never comes into the probe's.
        return [pid for pid in others if _session(pid) not in {None, os.getsid(0)}]
    return [pid for pid in others if _session(pid) == session]


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _number(pid: int, name: str, key: bytes) -> int | None:
    """A line of a file below ``/proc``, in KiB; ``None`` where it is not there."""
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            for line in file:
                if line.startswith(key):
                    return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return None
