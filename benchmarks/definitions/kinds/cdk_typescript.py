"""AWS CDK in TypeScript and JavaScript: ``cdk synth``, on applications by hand."""

from __future__ import annotations

import tempfile
from pathlib import Path

from measured import Measured, Options, Outcome

from cdk_synth.compare import compare
from cdk_synth.projects import PROJECTS, CdkProject
from cdk_synth.tool import CDK, HOW, SynthFailed


def measure(options: Options) -> Measured:
    """Every application, synthesised."""
    del options
    if CDK is None:
        return Measured("cdk typescript", "cdk synth", missing=HOW)
    return Measured("cdk typescript", "cdk synth", tuple(_outcome(name, one) for name, one in PROJECTS.items()))


def _outcome(name: str, one: CdkProject) -> Outcome:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "app"
        root.mkdir()
        one.write(root)
        try:
            compared = compare(root, one.renamed)
        except SynthFailed as error:
            return Outcome(name, 0, 0, different=(f"the synthesis failed: {error}",))
    return Outcome(name, compared.equal, compared.files, compared.undecided, compared.different)
