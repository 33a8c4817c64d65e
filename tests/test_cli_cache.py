"""The options of the cache: where results are kept, that they are used, and how to be rid of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vartask import engine
from vartask.cli import main

TEMPLATE = """\
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.12, CodeUri: ., Handler: app.handler}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    (made / "template.yaml").write_text(TEMPLATE)
    (made / "app.py").write_text("import missing_module_of_mine\n\ndef handler(event, context): ...\n")
    return made


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often the engine has run."""
    times: list[object] = []
    check = engine.check

    def counted(*given: object) -> object:
        times.append(given)
        return check(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "check", counted)
    return lambda: len(times)


def test_the_second_check_says_the_same_without_running(
    project: Path, tmp_path: Path, count: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for form in ("text", "text", "json", "json", "sarif"):
        code = main(["check", str(project), "--cache-dir", str(tmp_path / "c"), "--output-format", form])
        said.append((form, code, capsys.readouterr()))
    assert said[0] == said[1]
    assert said[2] == said[3]
    assert count() == 1
    assert said[4][1] == said[0][1]


def test_without_the_cache_nothing_is_kept(project: Path, tmp_path: Path, count: Callable[[], int]) -> None:
    for _ in range(2):
        main(["check", str(project), "--no-cache", "--cache-dir", str(tmp_path / "c")])
    assert count() == 2
    assert not (tmp_path / "c").exists()


def test_the_variable_is_as_good_as_the_option(
    project: Path, tmp_path: Path, count: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VARTASK_NO_CACHE", "1")
    main(["check", str(project)])
    assert not (tmp_path / "home").exists()
    monkeypatch.delenv("VARTASK_NO_CACHE")
    main(["check", str(project)])
    main(["check", str(project)])
    assert count() == 2
    assert len(list((tmp_path / "home/vartask").iterdir())) == 1


def test_clean_removes_the_results(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "c"
    main(["check", str(project), "--cache-dir", str(kept)])
    capsys.readouterr()
    assert main(["clean", "--cache-dir", str(kept)]) == 0
    assert capsys.readouterr().out == f"1 file removed from {kept}\n"
    assert list(kept.iterdir()) == []


def test_wrong_settings_are_refused_with_a_result_at_hand(project: Path, tmp_path: Path) -> None:
    options = ["check", str(project), "--cache-dir", str(tmp_path / "c")]
    assert main(options) == 1
    assert main([*options, "--select", "VT999"]) == 2
    assert main([*options, "--select", "VT999"]) == 2
