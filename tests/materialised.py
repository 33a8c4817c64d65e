"""A predicted ``/var/task`` as a directory, and what the report of a project quotes of the runtime."""

from __future__ import annotations

from pathlib import Path

import stand_ins
from vartask.engine import Run
from vartask.model import FileTree, Function
from vartask.project import Project

AT_INVOCATION = {"VT104", "VT105", "VT106"}
"""Rules whose handlers import well: the tests of invocations call them."""


def materialise(project: Project, tree: FileTree, directory: Path) -> Path:
    """Write the files of ``/var/task`` below a directory."""
    root = directory / "task"
    root.mkdir()
    for path, entry in tree.entries.items():
        if path.startswith("/var/task/") and entry.kind == "f" and entry.source is not None:
            target = root / path.removeprefix("/var/task/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(project.read_bytes(entry.source))
    stand_ins.installed(tree, root)
    return root


def predicted(run: Run, function: Function) -> set[str]:
    """The messages at init that the findings of one function quote."""
    return {
        finding.runtime_message
        for finding in run.report().findings
        if function.name in finding.functions and finding.runtime_message is not None
    }
