"""The functions that a CDK program in TypeScript or JavaScript declares are those that ``cdk synth`` makes of it.

Needs Node.js and the packages that ``scripts/cdk-node`` installs (``VARTASK_CDK=$(scripts/cdk-node)``).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cdk_synth.compare import compare
from cdk_synth.projects import PROJECTS
from cdk_synth.tool import CDK, HOW

pytestmark = pytest.mark.skipif(CDK is None, reason=HOW)


@pytest.mark.parametrize("name", PROJECTS)
def test_prediction_and_assembly_have_the_same_functions(tmp_path: Path, name: str) -> None:
    root = tmp_path / "app"
    PROJECTS[name].write(root)
    compared = compare(root, PROJECTS[name].renamed, by_cli=name == "a function")
    assert compared.different == ()
    assert tuple(text.partition(":")[0] for text in compared.undecided) == PROJECTS[name].undecided
    assert compared.equal or PROJECTS[name].undecided
