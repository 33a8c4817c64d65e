"""What a run holds when it is done with a function: the garbage collector is off meanwhile."""

from __future__ import annotations

import gc
from pathlib import Path

from vartask.config import Settings
from vartask.engine import Run
from vartask.imports.evaluation import Evaluator
from vartask.imports.replay import Replay
from vartask.imports.scene import Scene
from vartask.project import Project

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src/, Handler: app.handler, Runtime: python3.12}
"""
APP = "import json\nclass A:\n    pass\ndef handler(event, context):\n    return {'a': A().b(event), 'x': json.dumps(event)}\n"


def test_a_function_is_let_go_of_without_the_garbage_collector(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.py").write_text(APP)
    run = Run(Project(tmp_path), Settings())
    (function,) = run.declared.functions
    gc.collect()
    gc.disable()
    try:
        prediction = run.predicted(function)
        left = [type(one).__name__ for one in gc.get_objects() if isinstance(one, (Scene, Replay, Evaluator))]
    finally:
        gc.enable()
    assert prediction.handler == "app.handler"
    assert left == []
