"""A handler that only some runs bind is a doubt, one that no run binds is refuted, and no other is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments import deployed

DEF = "def handler(event, context):\n    return {}\n"
BODY = "    def handler(event, context):\n        return {}\n"


def places(directory: Path, files: dict[str, str], runtime: str = "python3.12") -> list[tuple[str, int]]:
    deployment = deployed(directory, files, runtime=runtime)
    assert deployment.handler is not None
    assert deployment.handler.problem is None
    return [(gap.span.path, gap.span.line) for gap in deployment.gaps if "is bound depends" in gap.reason]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"import os\nif os.environ.get('X'):\n{BODY}", 2),
        (f"import os\nif os.environ.get('X'):\n{BODY}else:\n    other = 1\n", 2),
        (f"import os\nfor name in os.listdir():\n{BODY}", 2),
        (f"import os\nwhile os.getpid() > 9:\n{BODY}", 2),
        ("try:\n    from nowhere import handler\nexcept ImportError:\n    print('no handler')\n", 1),
        ("import contextlib\nwith contextlib.suppress(ImportError):\n    from nowhere import handler\n", 2),
        (f"{DEF}import os\nif os.environ.get('X'):\n    del handler\n", 4),
        (f"import os\nmatch os.name:\n    case 'posix':\n    {BODY.replace(chr(10), chr(10) + '    ')}\n", 2),
        ("def make():\n    global handler\n    handler = print\n\n\nmake()\n", 2),
        ("def __getattr__(name):\n    raise AttributeError(name)\n", 1),
    ],
)  # fmt: skip
def test_a_handler_bound_under_an_unknown_condition_is_a_gap_there(text: str, line: int, tmp_path: Path) -> None:
    assert places(tmp_path, {"app.py": text}) == [("app.py", line)]


def test_the_gap_stands_where_a_re_exported_handler_is_bound(tmp_path: Path) -> None:
    impl = f"import os\nif os.environ.get('X'):\n{BODY}"
    assert places(tmp_path, {"app.py": "from impl import handler\n", "impl.py": impl}) == [("impl.py", 2)]
    assert places(tmp_path, {"app.py": "from impl import *\n", "impl.py": impl}) == [("app.py", 1)]


@pytest.mark.parametrize(
    "text",
    [
        DEF,
        f"if True:\n{BODY}",
        f"import os\nif os.environ.get('X'):\n{BODY}else:\n{BODY}",
        f"import os\nif os.environ.get('X'):\n{BODY}else:\n    raise RuntimeError\n",
        f"import os\nif os.environ.get('X'):\n{BODY}else:\n    import sys\n    sys.exit(1)\n",
        "try:\n    from nowhere import handler\nexcept ImportError:\n    from impl import handler\n",
        "try:\n    from nowhere import handler\nexcept ImportError:\n    handler = None\n",
        "try:\n    from nowhere import handler\nexcept ImportError:\n    raise\n",
        "try:\n    from impl import handler\nexcept ImportError:\n    print()\n",
        "try:\n    import json\n    from impl import handler\nexcept ImportError:\n    print()\n",
        f"try:\n{BODY}finally:\n    pass\n",
        f"import sys\nif sys.version_info >= (3, 9):\n{BODY}",
        "from impl import *\n",
        "import impl\nhandler, other = impl.handler, 2\n",
        "if (handler := print):\n    pass\n",
        "import os\nmatch os.name:\n    case 'posix':\n        handler = print\n    case other:\n        handler = abs\n",
        "import os\nif os.environ.get('X'):\n    handler = print\nhandler = abs\n",
        f"{DEF}import os\nif os.environ.get('X'):\n    handler = abs(handler)\n",
        "with open('x') as handler:\n    pass\n",
        "import os\nif os.environ.get('X'):\n    from impl import handler\nelse:\n    def handler(event, context):\n        return 1\n",
    ],
)
def test_a_handler_that_every_run_binds_is_no_doubt(text: str, tmp_path: Path) -> None:
    assert places(tmp_path, {"app.py": text, "impl.py": DEF}) == []


def test_a_name_in_a_comprehension_is_not_bound(tmp_path: Path) -> None:
    deployment = deployed(tmp_path, {"app.py": "values = [handler for handler in (1, 2)]\n"})
    assert deployment.handler is not None
    assert deployment.handler.problem is not None


@pytest.mark.parametrize(
    "text",
    [
        f"import sys\nif sys.version_info >= (3, 13):\n{BODY}",
        f"{DEF}del handler\n",
        f"import os\nif 'AWS_SAM_LOCAL' in os.environ:\n{BODY}",
    ],
)
def test_a_handler_that_no_run_binds_is_missing(text: str, tmp_path: Path) -> None:
    deployment = deployed(tmp_path, {"app.py": text}, runtime="python3.12")
    assert deployment.handler is not None
    assert deployment.handler.problem is not None
    assert deployment.handler.problem.text == "Handler 'handler' missing on module 'app'"
