"""A stand-in for ``public.ecr.aws/lambda/python:3.X``, made from Debian packages and a CPython of this machine.

It has what decides a file in an image: AWS's configuration (``ENV``, ``WORKDIR``, ``ENTRYPOINT``), the directories, a
shell, the usual tools, and Python with pip below ``/var/lang``.  ``/var/runtime`` has the runtime client and the AWS SDK from
PyPI.  It is not Amazon Linux: ``/bin/sh`` is bash as there, but there is no ``dnf``, and glibc is Debian's.  ``scripts/engine base 3.11`` makes it.

Source of the configuration: https://github.com/aws/aws-lambda-base-images (branches python3.9 to python3.12).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from vartask.data.base_images import AWS_ENTRYPOINT, AWS_ENV, EMPTY, FILLED, MODES

NAME = "public.ecr.aws/lambda/python"
PACKAGES = tuple(
    "base-files base-passwd bash bzip2 coreutils dash diffutils findutils grep gzip hostname libc-bin mawk passwd sed"  # noqa: SIM905
    " tar unzip util-linux xz-utils zip".split()
)
"""Debian packages for ``RUN``; their dependencies come along."""

MERGED = ("bin", "sbin", "lib", "lib64")
LEFT_OUT = re.compile(r"^(test|tests|idlelib|turtledemo|lib2to3|site-packages|__pycache__|config-.*)$")
"""Directories of CPython that no build needs, and packages that were installed on this machine."""

LAMBDA_ENTRYPOINT = """\
#!/bin/sh
if [ $# -ne 1 ]; then
  echo "entrypoint requires the handler name to be the first argument" 1>&2
  exit 142
fi
export _HANDLER="$1"
exec /var/runtime/bootstrap
"""


BOOTSTRAP = """\
#!/bin/sh
exec /var/lang/bin/python3 /var/runtime/bootstrap.py
"""
BOOTSTRAP_PY = """\
import os
import sys

sys.path[:] = [os.environ["LAMBDA_TASK_ROOT"], *sys.path]
sys.path[1:1] = ["/opt/python/lib/python3.%d/site-packages" % sys.version_info[1], "/opt/python"]

from awslambdaric.__main__ import main

main(["bootstrap", os.environ["_HANDLER"]])
"""
"""What ``/var/runtime/bootstrap.py`` does before it hands over to the client, as far as the search path goes."""

RUNTIME = ("awslambdaric", "boto3")


def interpreters() -> dict[str, Path]:
    """Version (``3.11``) -> prefix of a CPython of this machine that can be moved to ``/var/lang``."""
    candidates = [Path(sys.base_prefix), *sorted(Path.home().glob(".pyenv/versions/3.*"))]
    found: dict[str, Path] = {}
    for prefix in candidates:
        for binary in sorted(prefix.glob("bin/python3.*")):
            version = re.fullmatch(r"python(3\.\d+)", binary.name)
            # Debian's own has its library elsewhere (dist-packages) and other built-in modules.
            if version and prefix != Path("/usr") and (prefix / "lib" / binary.name / "os.py").exists():
                found.setdefault(version[1], prefix)
    return found


def make_root(root: Path, version: str, prefix: Path) -> None:
    """Fill ``root`` with the stand-in's files."""
    for name in MERGED:
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(f"usr/{name}")
    _packages(root)
    (root / "bin/sh").unlink(missing_ok=True)
    (root / "bin/sh").symlink_to("bash")
    for name in ("passwd", "group"):
        shutil.copyfile(root / f"usr/share/base-passwd/{name}.master", root / "etc" / name)
    _python(root, version, prefix)
    for directory in ("/var/task", "/var/runtime", *EMPTY, *FILLED):
        (root / directory[1:]).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    _write(root / "lambda-entrypoint.sh", LAMBDA_ENTRYPOINT)
    _runtime(root, version, prefix)
    for path, mode in MODES["aws"].items():
        (root / path[1:]).chmod(mode)


def _packages(root: Path) -> None:
    """Unpack Debian packages with their dependencies; no maintainer script runs."""
    with tempfile.TemporaryDirectory() as kept:
        apt = Path(kept)
        (apt / "status").touch()
        (apt / "archives/partial").mkdir(parents=True)
        options = [
            f"Dir::State::status={apt}/status",
            f"Dir::Cache::archives={apt}/archives",
            "APT::Sandbox::User=root",
        ]
        flags = [text for option in options for text in ("-o", option)]
        subprocess.run(["apt-get", "update", "-qq"], check=True, stdout=sys.stderr)
        subprocess.run(
            ["apt-get", *flags, "install", "-qq", "-y", "--download-only", "--no-install-recommends", *PACKAGES],
            check=True,
            stdout=sys.stderr,
        )
        for package in sorted(apt.glob("archives/*.deb")):
            tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, stdout=subprocess.PIPE).stdout
            # Through the links of the merged /usr, which dpkg-deb would replace by directories.
            subprocess.run(["tar", "-x", "--keep-directory-symlink", "-C", root], input=tar, check=True)
    for needless in (
        "usr/share/doc",
        "usr/share/man",
        "usr/share/locale",
        "usr/share/info",
        "usr/lib/x86_64-linux-gnu/gconv",
    ):
        shutil.rmtree(root / needless, ignore_errors=True)


def _python(root: Path, version: str, prefix: Path) -> None:
    lang, library = root / "var/lang", f"lib/python{version}"
    shutil.copytree(prefix / library, lang / library, symlinks=True, ignore=_left_out)
    (lang / library / "site-packages").mkdir()
    (lang / "bin").mkdir()
    shutil.copy2(prefix / f"bin/python{version}", lang / "bin")
    for link in ("python", "python3"):
        (lang / "bin" / link).symlink_to(f"python{version}")
    for shared in prefix.glob("lib/libpython*.so*"):
        shutil.copy2(shared, lang / "lib", follow_symlinks=False)
    _copy_libraries(root, [lang / f"bin/python{version}", *lang.glob(f"{library}/lib-dynload/*.so")])
    # Run inside, which also shows that this Python works there.
    chroot = shutil.which("chroot") or "/usr/sbin/chroot"
    inside = [chroot, str(root), f"/var/lang/bin/python{version}", "-m", "ensurepip", "--default-pip"]
    subprocess.run(inside, env=AWS_ENV, check=True, stdout=sys.stderr)


def _copy_libraries(root: Path, binaries: list[Path]) -> None:
    """Bring the shared libraries that the binaries are linked with, where the image has none of the name."""
    for source in _libraries(binaries):
        place = (
            root / "usr" / source.relative_to("/usr")
            if source.is_relative_to("/usr")
            else root / "usr" / str(source)[1:]
        )
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place)


def _runtime(root: Path, version: str, prefix: Path) -> None:
    """The runtime client for this very Python, and the SDK."""
    directory = root / "var/runtime"
    pip = [str(prefix / f"bin/python{version}"), "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
    subprocess.run([*pip, "--quiet", "--target", str(directory), *RUNTIME], check=True, stdout=sys.stderr)
    _copy_libraries(root, [*directory.glob("*.so")])
    _write(directory / "bootstrap", BOOTSTRAP)
    _write(directory / "bootstrap.py", BOOTSTRAP_PY)


def _left_out(_directory: str, names: list[str]) -> list[str]:
    return [name for name in names if LEFT_OUT.match(name)]


def _libraries(binaries: list[Path]) -> Iterator[Path]:
    """The shared libraries of this machine that the binaries are linked with."""
    printed = subprocess.run(["ldd", *binaries], check=False, capture_output=True, text=True).stdout
    for path in sorted(set(re.findall(r"=> (/\S+)", printed))):
        if "libpython" not in path:
            yield Path(os.path.normpath(path))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def import_flags() -> list[str]:
    """Flags of ``docker import`` that set AWS's configuration."""
    changes = [f"ENV {name}={value}" for name, value in AWS_ENV.items()]
    changes += ["WORKDIR /var/task", f"ENTRYPOINT {json.dumps(AWS_ENTRYPOINT)}"]
    return [text for change in changes for text in ("--change", change)]


def import_image(docker: Sequence[str], version: str) -> str:
    """Make the image with the client ``docker`` (a command) and give its name.  Raises :class:`LookupError`."""
    name = f"{NAME}:{version}"
    prefix = interpreters().get(version)
    if prefix is None:
        message = f"no CPython {version} with a prefix of its own on this machine (pyenv install {version}); Debian's will not do"
        raise LookupError(message)
    with tempfile.TemporaryDirectory() as kept:
        root = Path(kept)
        make_root(root, version, prefix)
        with subprocess.Popen(["tar", "-c", "-C", root, "--numeric-owner", "."], stdout=subprocess.PIPE) as tar:
            subprocess.run(
                [*docker, "import", *import_flags(), "-", name], stdin=tar.stdout, check=True, stdout=sys.stderr
            )
    return name


def main() -> int:
    """``stand_in.py CLIENT VERSION...``: make the images that are not there yet."""
    client, *versions = sys.argv[1:]
    for version in versions:
        there = subprocess.run([client, "image", "inspect", f"{NAME}:{version}"], check=False, capture_output=True)
        if there.returncode == 0:
            continue
        try:
            import_image([client], version)
        except LookupError as error:
            sys.stderr.write(f"stand_in.py: {error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
