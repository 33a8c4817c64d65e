"""Synthesise applications in one process: starting the CDK's own takes longer than most of them.

Run with an interpreter that has ``aws-cdk-lib``; arguments are the directories, each with an ``app.py`` (or one in its
``infra``).  The CDK runs in a process of its own whose working directory cannot be changed any more, so the files come
to it, one application after the other.  What ``cdk synth`` adds to the environment stands in its ``exec.ts``.
"""

import json
import os
import runpy
import sys
import tempfile
import traceback
from pathlib import Path

CONTEXT = {"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True}


def synthesise(directory: Path, here: Path, path: list[str]) -> None:
    """Run one application in ``here`` and put everything back with its assembly."""
    below = (directory / "infra/app.py").exists()
    moves = [(directory / "infra", here), (directory, here.parent)] if below else [(directory, here)]
    moved: list[tuple[Path, Path]] = []
    for source, target in moves:
        for child in sorted(source.iterdir()):
            if child != directory / "infra" or not below:
                child.rename(target / child.name)
                moved.append((target / child.name, child))
    # The first import starts the CDK's process, here.
    from aws_cdk import AssetStaging  # type: ignore[import-not-found,unused-ignore]  # of another environment

    AssetStaging.clear_asset_hash_cache()  # the paths are those of the application before
    sys.path[:] = [str(here), *path]
    try:
        runpy.run_path(str(here / "app.py"), run_name="__main__")
    finally:
        moved.append((here / "cdk.out", moves[0][0] / "cdk.out"))
        for target, source in moved:
            if target.exists():
                target.rename(source)


def main() -> None:
    """Print what went wrong in each directory, if anything did."""
    failed: dict[str, str] = {}
    directories = [Path(name) for name in sys.argv[1:]]
    modules, path = set(sys.modules), list(sys.path)
    with tempfile.TemporaryDirectory(dir=directories[0].parent) as base:
        here = Path(base) / "here"
        here.mkdir()
        os.chdir(here)
        os.environ["CDK_OUTDIR"] = str(here / "cdk.out")
        os.environ["CDK_CONTEXT_JSON"] = json.dumps(CONTEXT)
        sys.dont_write_bytecode = True
        for directory in directories:
            try:
                synthesise(directory, here, path)
            except BaseException:  # noqa: BLE001 - one application must not end the others
                failed[str(directory)] = traceback.format_exc()[-2000:]
            for name in set(sys.modules) - modules:
                if (getattr(sys.modules[name], "__file__", None) or "").startswith(base):
                    del sys.modules[name]
        os.chdir("/")
    sys.stdout.write(json.dumps(failed) + "\n")


main()
