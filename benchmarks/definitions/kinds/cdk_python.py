"""AWS CDK in Python: ``cdk synth`` of applications, predicted from their source and read from ``cdk.out``."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from measured import Measured, Options, Outcome

from cdk_builds.compare import from_assembly, from_source
from cdk_builds.python_apps import APPS, write_app
from cdk_builds.tool import AVAILABLE, HOW, Deployed, deployed, synthesise


def measure(options: Options) -> Measured:  # noqa: ARG001 - there are no random applications
    """Every application, synthesised once."""
    if not AVAILABLE:
        return Measured("cdk_python", "cdk synth", missing=HOW)
    with tempfile.TemporaryDirectory() as directory:
        roots = {name: Path(directory) / "apps" / name for name in APPS}
        for name, root in roots.items():
            write_app(root, APPS[name])
        synthesise(roots.values())
        return Measured("cdk_python", "cdk synth", tuple(_outcome(name, root) for name, root in roots.items()))


def _outcome(name: str, root: Path) -> Outcome:
    expected = deployed(root)
    different: list[str] = []
    for what, predict in (("cdk.out", from_assembly), ("source", from_source)):
        if what == "source":
            for assembly in root.rglob("cdk.out"):
                shutil.rmtree(assembly, ignore_errors=True)
        try:
            found = predict(root)
        except AssertionError as error:
            different.append(f"{what}: {error}")
            continue
        if found != expected:
            different.append(f"{what}: {_words(found - expected)} instead of {_words(expected - found)}")
    return Outcome(name, len(expected), sum(len(one.files) for one in expected), different=tuple(different))


def _words(functions: set[Deployed]) -> str:
    return ", ".join(sorted(f"{one.handler} with {len(one.files)} files" for one in functions)) or "nothing"
