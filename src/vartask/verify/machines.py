"""Images for another machine than the one that containers run on."""

from __future__ import annotations

import re

from vartask.patterns import regex
from vartask.verify.engines import Engine, architecture

_COMPLAINT = regex(r"exec format error", re.IGNORECASE)
"""What Linux says of a program that is for another machine (``ENOEXEC``), which engines and builders pass on."""

_BINFMT = {"x86_64": "amd64", "arm64": "arm64"}


def foreign(engine: Engine, image: str, complaint: str) -> str | None:
    """One line for an image that the engine's machine cannot run; ``None`` where that is not why it fails.

    ``image`` is the architecture of the image or of its platform (``arm64``, ``linux/arm64/v8``), ``complaint`` what
    the engine printed.  How to run it nevertheless: https://docs.docker.com/build/building/multi-platform/#qemu.
    """
    own = architecture(next((part for part in image.split("/") if part != "linux"), ""))
    if own is None or not _COMPLAINT.search(complaint):
        return None
    machine = engine.machine()
    if machine is None or machine == own:
        return None
    install = f"{engine.name} run --privileged --rm tonistiigi/binfmt --install {_BINFMT[own]}"
    return f"the image is for {own}, {engine.name} runs on {machine}: install emulation by `{install}`"
