"""What is said of an extension module is what the real runtime says of it, under every CPython of this machine."""

from __future__ import annotations

import platform
import re
from pathlib import Path

import pytest

import binary_files
import pythons
from binary_files import NAME
from deployments import deployed
from oracle.other_pythons import ask
from vartask.data.runtimes import SUPPORTED
from vartask.imports.words import import_message
from vartask.model import Deployment

VERSIONS = sorted(set(pythons.pythons()) & set(SUPPORTED), key=lambda version: int(version[2:]))
APP = "from fast import Random\n\n\ndef handler(event, context):\n    return {}\n"
INIT = f"from fast.{NAME} import Random\n"
pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the oracle's machine is Lambda's x86_64")

FILES = {
    "the target's own": ("cpython-{own}-x86_64-linux-gnu.so", None),
    "stable ABI": ("abi3.so", None),
    "without a tag": ("so", None),
    "another Python": ("cpython-{other}-x86_64-linux-gnu.so", None),
    "free-threaded": ("cpython-{own}t-x86_64-linux-gnu.so", None),
    "arm by name": ("cpython-{own}-aarch64-linux-gnu.so", None),
    "macOS by name": ("cpython-{own}-darwin.so", None),
    "musl by name": ("cpython-{own}-x86_64-linux-musl.so", None),
    "Windows": ("cp{own}-win_amd64.pyd", None),
    "Windows without a tag": ("pyd", None),
    "arm by header": ("abi3.so", binary_files.for_arm),
    "32 bit": ("so", binary_files.for_32_bit),
    "macOS by header": ("abi3.so", lambda _: binary_files.MACH_O),
    "cut short": ("so", lambda data: data[:40]),
    "newer glibc": ("cpython-{own}-x86_64-linux-gnu.so", binary_files.for_newer_glibc),
}
FINE = {"the target's own", "stable ABI", "without a tag"}
IMPORTS = {
    "from the module": INIT,
    "from the package": f"from . import {NAME}\nRandom = {NAME}.Random\n",
    "as a whole": f"import fast.{NAME}\nRandom = fast.{NAME}.Random\n",
    "through another": "from .inner import Random\n",
}


def put(directory: Path, version: str, condition: str) -> None:
    """Write the extension module into the package ``fast``."""
    suffix, change = FILES[condition]
    own = version.replace(".", "")
    other = "312" if own == "39" else "39"
    data = binary_files.intact(version)
    (directory / "fast").mkdir(parents=True, exist_ok=True)
    (directory / "fast" / f"{NAME}.{suffix.format(own=own, other=other)}").write_bytes(change(data) if change else data)


def predicted(deployment: Deployment) -> str | None:
    """The first message at init."""
    texts = [import_message(deployment, item) for item in deployment.binaries]
    texts += [import_message(deployment, item) for item in deployment.imports]
    texts += [import_message(deployment, item) for item in deployment.names]
    return texts[0] if texts else None


def placed(said: str | None, directory: Path) -> str | None:
    """The runtime's words with the package and the C library where Lambda has them."""
    return re.sub(r"/\S+/(lib\w+\.so)", r"/lib64/\1", said.replace(str(directory), "/var/task")) if said else said


@pytest.mark.parametrize("condition", FILES)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("vendored", [True, False], ids=["vendored", "own"])
def test_the_message_is_the_runtimes(tmp_path: Path, version: str, condition: str, *, vendored: bool) -> None:
    put(tmp_path, version, condition)
    files = {"app.py": APP, "fast/__init__.py": INIT}
    if vendored:
        files["fast-1.dist-info/RECORD"] = "fast/__init__.py,,\n"
    deployment = deployed(tmp_path, files, runtime=f"python{version}", architecture="x86_64")
    said = placed(ask(version, str(tmp_path), "app.handler"), tmp_path)
    assert (said is None) == (condition in FINE)
    assert predicted(deployment) == said
    assert len(deployment.binaries) == (said is not None)


@pytest.mark.parametrize("style", IMPORTS)
@pytest.mark.parametrize("version", VERSIONS)
def test_however_it_is_imported(tmp_path: Path, version: str, style: str) -> None:
    for condition in ("another Python", "arm by header"):
        root = tmp_path / condition.replace(" ", "-")
        put(root, version, condition)
        files = {
            "app.py": APP,
            "fast/__init__.py": IMPORTS[style],
            "fast/inner.py": f"from . import {NAME}\n\nRandom = {NAME}.Random\n",
            "fast-1.dist-info/RECORD": "fast/__init__.py,,\n",
        }
        deployment = deployed(root, files, runtime=f"python{version}", architecture="x86_64")
        assert predicted(deployment) == placed(ask(version, str(root), "app.handler"), root)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("clause", ["Random = None", "raise", "raise error", "raise ImportError('install fast again')"])
def test_a_package_that_catches_the_error(tmp_path: Path, version: str, clause: str) -> None:
    put(tmp_path, version, "another Python")
    init = f"try:\n    {INIT}except ImportError as error:\n    {clause}\n"
    files = {"app.py": APP, "fast/__init__.py": init, "fast-1.dist-info/RECORD": "fast/__init__.py,,\n"}
    deployment = deployed(tmp_path, files, runtime=f"python{version}", architecture="x86_64")
    said = ask(version, str(tmp_path), "app.handler")
    assert bool(deployment.binaries) == (said is not None)
    if said is None:
        assert any("cannot tell whether the code does without it" in gap.reason for gap in deployment.gaps)
    for outcome in deployment.binaries:
        assert import_message(deployment, outcome) == said


@pytest.mark.parametrize("version", VERSIONS)
def test_a_module_at_the_top(tmp_path: Path, version: str) -> None:
    put(tmp_path, version, "another Python")
    for path in (tmp_path / "fast").iterdir():
        path.rename(tmp_path / path.name)
    app = f"import {NAME}\n\n\ndef handler(event, context):\n    return {{}}\n"
    # The standard library has the name: it is found there.
    assert deployed(tmp_path, {"app.py": app}, runtime=f"python{version}").binaries == ()
    next(tmp_path.glob(f"{NAME}.*")).rename(tmp_path / "_own.cpython-27-x86_64-linux-gnu.so")
    deployment = deployed(tmp_path, {"app.py": app.replace(NAME, "_own")}, runtime=f"python{version}")
    assert predicted(deployment) == ask(version, str(tmp_path), "app.handler")
