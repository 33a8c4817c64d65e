"""The predicted file tree of a container image."""

from __future__ import annotations

from vartask.artifact.describe import CopySource, ImageDescription, describe

__all__ = ["CopySource", "ImageDescription", "describe"]
