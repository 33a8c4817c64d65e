"""``.pth`` files at the task root and in layers bring directories."""

from __future__ import annotations

from pathlib import Path

from deployments import deployed, errors

APP = "import tool\n\n\ndef handler(event, context): ...\n"


def test_a_directory_that_a_pth_file_names_is_searched(tmp_path: Path) -> None:
    files = {"app.py": APP, "x.pth": "# third\n\nthird\n", "third/tool.py": "", "tool.txt": ""}
    assert errors(deployed(tmp_path, files)) == []


def test_a_comment_in_a_pth_file_names_nothing(tmp_path: Path) -> None:
    files = {
        "app.py": "from third import tool\nimport tool\n\n\ndef handler(event, context): ...\n",
        "x.pth": "# third\n",
        "third/tool.py": "",
    }
    assert errors(deployed(tmp_path, files)) == ["No module named 'tool'"]


def test_code_in_a_pth_file_makes_absence_unknown(tmp_path: Path) -> None:
    deployment = deployed(
        tmp_path, {"app.py": APP, "x.pth": "import sys; sys.path.append('third')\n", "third/tool.py": ""}
    )
    assert errors(deployment) == []
    assert deployment.gaps


def test_a_pth_file_below_the_task_root_is_not_read(tmp_path: Path) -> None:
    files = {"app.py": APP, "third/x.pth": ".\n", "third/tool.py": ""}
    assert errors(deployed(tmp_path, files)) == ["No module named 'tool'"]
