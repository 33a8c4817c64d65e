"""What the container pass tells while it runs; whoever shows it need not know how an image is looked at."""

from __future__ import annotations

from typing import Protocol


class ImageProgress(Protocol):
    """One image's way.  Several images are on their way at a time, each in a thread of its own."""

    def building(self) -> None:
        """The engine builds the image."""

    def started(self, name: str) -> None:
        """The function ``name`` is started in it."""

    def done(self) -> None:
        """Nothing more comes of this image, whether it went well or not."""


class Progress(Protocol):
    """Shows how far the pass is."""

    def image(self, label: str, total: int) -> ImageProgress:
        """An image is taken up that has ``total`` functions."""


class Silent:
    """Shows nothing."""

    def image(self, _label: str, _total: int) -> ImageProgress:
        """The same for every image."""
        return self

    def building(self) -> None:
        """Not shown."""

    def started(self, _name: str) -> None:
        """Not shown."""

    def done(self) -> None:
        """Not shown."""
