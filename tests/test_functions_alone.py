"""What is said of a function does not depend on the functions that were looked at before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from test_fixtures import FIXTURES, PROJECTS
from vartask.config import Settings
from vartask.engine import Run
from vartask.project import Project

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.12, CodeUri: src/}
Resources:
"""

FUNCTION = """\
  {name}:
    Type: AWS::Serverless::Function
    Properties:
      Handler: {module}.handler
      Environment: {{Variables: {{{variable}: orders}}}}
"""

HANDLER = "\n\ndef handler(event, context):\n    return {}\n"

# Modules that several handlers load, each in other company.
SHARED = {
    "shop/__init__.py": "",
    "shop/config.py": "import os\n\nTABLE = os.environ['TABLE']\nLIMITS = {'small': 1}\n",
    "shop/registry.py": "KNOWN = []\nBY_NAME = {}\n\n\ndef register(function):\n    KNOWN.append(function)\n"
    "    BY_NAME[function.__name__] = function\n    return function\n",
    "shop/tasks.py": "from shop.registry import register\n\n\n@register\ndef pack():\n    return 1\n",
    "shop/base.py": "class Base:\n    kinds = {}\n\n    def __init_subclass__(cls):\n        cls.kinds[cls.__name__] = cls\n",
    "shop/order.py": "from shop.base import Base\n\n\nclass Order(Base):\n    pass\n",
    "shop/clock.py": "import logging\n\nlogging.NOTICE = 25\n",
    "shop/late.py": "import shop\n\nNAME = shop.names.NAME\n",
    "shop/names.py": "NAME = 'shop'\n",
    "shop/left.py": "from shop import right\n\nLEFT = right.RIGHT\n",
    "shop/right.py": "from shop import left\n\nRIGHT = 1\nBACK = left\n",
    "shop/vague.py": "import json\n\nfrom shop.config import LIMITS\n\njson.dumps(LIMITS)\n",
    "shop/path.py": "import sys\n\nsys.path.insert(0, '/var/task/extra')\n",
    "extra/hidden.py": "VALUE = 1\n",
}

HANDLERS = {
    "reads_variable": "from shop.config import TABLE",
    "lacks_variable": "from shop.config import TABLE",
    "one_task": "from shop import registry, tasks\n\nFIRST = registry.KNOWN[0]",
    "no_task": "from shop import registry\n\nFIRST = registry.KNOWN[0]",
    "named_task": "from shop import tasks\nfrom shop.registry import BY_NAME\n\nPACK = BY_NAME['pack']",
    "no_named_task": "from shop.registry import BY_NAME\n\nPACK = BY_NAME['pack']",
    "a_kind": "import shop.order\nfrom shop.base import Base\n\nORDER = Base.kinds['Order']",
    "no_kind": "from shop.base import Base\n\nORDER = Base.kinds['Order']",
    "a_level": "import shop.clock\nimport logging\n\nLEVEL = logging.NOTICE",
    "no_level": "import logging\n\nLEVEL = logging.NOTICE",
    "from_logging": "from logging import NOTICE",
    "names_first": "import shop.names\nimport shop.late",
    "names_never": "import shop.late",
    "left_first": "import shop.left",
    "right_first": "import shop.right",
    "vague_limits": "import shop.vague\nfrom shop.config import LIMITS\n\nLARGE = LIMITS['large']",
    "plain_limits": "from shop.config import LIMITS\n\nLARGE = LIMITS['large']",
    "on_the_path": "import shop.path\nimport hidden",
    "off_the_path": "import hidden",
    "patched": "import shop.config\n\nshop.config.EXTRA = 1\n\nEXTRA = shop.config.EXTRA",
    "not_patched": "import shop.config\n\nEXTRA = shop.config.EXTRA",
}

BROKEN = {
    "lacks_variable", "no_task", "no_named_task", "no_kind", "no_level", "from_logging", "names_never", "right_first",
    "plain_limits", "off_the_path", "not_patched",
}  # fmt: skip

READ_A_VARIABLE = {"reads_variable", "vague_limits", "patched"}
"""What is well where the variable is set."""


def check_each_alone(root: Path) -> None:
    together = Run(Project(root), Settings())
    for index, deployment in enumerate(together.deployments):
        assert deployment.crash is None
        alone = Run(Project(root), Settings())
        assert alone.replayed(alone.declared.functions[index]) == deployment, deployment.function.name


@pytest.mark.parametrize("version", ["failing", "mended"])
@pytest.mark.parametrize("project", PROJECTS)
def test_a_fixture_s_functions(project: str, version: str) -> None:
    check_each_alone(FIXTURES / project / version)


@pytest.mark.parametrize("backwards", [False, True])
def test_functions_of_one_package_that_load_its_modules_in_other_company(tmp_path: Path, *, backwards: bool) -> None:
    resources = [
        FUNCTION.format(name=f"{name}{end}", module=name, variable=variable)
        for name in HANDLERS
        for end, variable in (
            ("", "OTHER" if name == "lacks_variable" else "TABLE"),
            ("Again", "TABLE"),
            ("Bare", "OTHER"),
        )
    ]
    for name, code in SHARED.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    for name, code in HANDLERS.items():
        (tmp_path / "src" / f"{name}.py").write_text(code + HANDLER)
    written = "".join(resources[::-1] if backwards else resources)
    (tmp_path / "template.yaml").write_text(f"{TEMPLATE}{written}")
    check_each_alone(tmp_path)
    findings = Run(Project(tmp_path), Settings()).report().findings
    broken = {name for finding in findings for name in finding.functions}
    assert {name for name in broken if not name.endswith(("Again", "Bare"))} == BROKEN
    assert {name.removesuffix("Again") for name in broken if name.endswith("Again")} == BROKEN - {"lacks_variable"}
    assert {name.removesuffix("Bare") for name in broken if name.endswith("Bare")} == BROKEN | READ_A_VARIABLE
