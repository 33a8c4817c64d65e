"""What vartask says of the founding incidents: the failing project shows the defect, the mended one nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from vartask.config import Settings
from vartask.engine import check
from vartask.model import Report
from vartask.project import Project

FIXTURES = Path(__file__).parent.parent / "fixtures"
PROJECTS = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())


def report(name: str) -> Report:
    return check(Project(FIXTURES / name), Settings())


def places(found: Report) -> list[str]:
    return [f"{item.span.path}:{item.span.line} {item.code}" for item in found.findings]


@pytest.mark.parametrize("project", PROJECTS)
def test_a_mended_project_is_clean(project: str) -> None:
    found = report(f"{project}/mended")
    assert found.functions
    assert (found.findings, found.gaps, found.suppressed, found.crashes) == ((), (), (), ())


def test_one_of_six_handlers_is_not_copied_into_the_image() -> None:
    found = report("image-handler-not-copied/failing")
    assert len(found.functions) == 6
    (finding,) = found.findings
    assert (finding.code, str(finding.span)) == ("VT101", "services/api/Dockerfile:7")
    assert finding.functions == ("QueryTool",)
    assert finding.runtime_message == (
        "Runtime.ImportModuleError: Unable to import module 'src.scheduler.query_tool_handler': "
        "No module named 'src.scheduler'"
    )
    assert finding.help == "add after line 7:  COPY src/scheduler/ ${LAMBDA_TASK_ROOT}/src/scheduler/"


def test_thirty_lazy_strings_have_a_prefix_that_the_package_lacks() -> None:
    found = report("lazy-router-prefix/failing")
    assert places(found) == [f"src/lazy_app.py:{line} VT301" for line in range(6, 36)]
    assert {item.runtime_message for item in found.findings} == {"ModuleNotFoundError: No module named 'src'"}


def test_shared_lies_beside_the_package_and_a_name_is_only_a_method() -> None:
    found = report("shared-not-packaged/failing")
    assert places(found) == ["functions/billing/app.py:2 VT203", "functions/orders/app.py:1 VT201"]
    assert "classmethod of `AWSClients`" in found.findings[0].message


def test_the_context_has_no_request_id_in_the_handler_its_helper_or_the_test() -> None:
    found = report("context-attribute/failing")
    assert places(found) == ["src/app.py:5 VT401", "src/audit.py:2 VT401", "tests/test_app.py:10 VT402"]
    assert found.findings[0].runtime_message == "AttributeError: 'LambdaContext' object has no attribute 'request_id'"
