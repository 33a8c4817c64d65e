"""What ``formats`` says without importing a format is true of every one."""

from __future__ import annotations

from importlib import import_module

from vartask.reports import formats


def test_every_format_renders_a_report() -> None:
    assert "text" in formats()
    assert all(hasattr(import_module(f"vartask.reports.{name}"), "render") for name in formats())


def test_only_formats_with_a_renderer_are_offered() -> None:
    assert set(formats("rules")) < set(formats())
    assert all(hasattr(import_module(f"vartask.reports.{name}"), "rules") for name in formats("rules"))
