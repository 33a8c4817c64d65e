"""Base images that are known by name: what they set, and which directories they leave empty.

Written by hand.  AWS: https://github.com/aws/aws-lambda-base-images (branches python3.9 to python3.12) and
https://docs.aws.amazon.com/lambda/latest/dg/python-image.html.  Docker's official image:
https://github.com/docker-library/python and https://www.debian.org/releases/ (base-files' directories).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from vartask.patterns import regex
from vartask.records import dataclass, field

AWS_ENTRYPOINT = ("/lambda-entrypoint.sh",)

AWS_ENV = {
    "LANG": "en_US.UTF-8",
    "TZ": ":/etc/localtime",
    "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
}
PYTHON_ENV = {
    "PATH": "/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
}

AWS_DISTRIBUTIONS = frozenset(
    "awslambdaric boto3 botocore jmespath pip python-dateutil s3transfer simplejson six"  # noqa: SIM905
    " snapshot-restore-py urllib3".split()
)
"""Preinstalled by AWS (seen inside a real 3.11 function, 2025-06), normalised names."""

SDK_IN_RUNTIME_DIR = frozenset({"3.8", "3.9", "3.10"})
"""Versions whose SDK lives in /var/runtime; later ones keep it in site-packages (AWS, python-image.html)."""

WITH_SETUPTOOLS = frozenset({"3.8", "3.9", "3.10", "3.11"})
"""ensurepip brings setuptools up to 3.11 (PEP 632 aftermath, python/cpython#95299)."""

ROOT_NAMES = frozenset(
    ".dockerenv bin boot dev etc home lambda-entrypoint.sh lib lib32 lib64 libx32 local media mnt opt proc root run"  # noqa: SIM905
    " sbin srv sys tmp usr var".split()
)
"""First components that a distribution's image may have (Filesystem Hierarchy Standard 3.0, plus AWS's entrypoint)."""

EMPTY = ("/home", "/media", "/mnt", "/opt", "/srv")
"""Directories that are there and empty."""

FILLED = ("/boot", "/dev", "/etc", "/proc", "/root", "/run", "/sys", "/tmp")  # noqa: S108 - a path inside images
"""Directories whose contents are the image's own affair."""

USR_NAMES = frozenset({"bin", "games", "include", "lib", "lib32", "lib64", "libexec", "libx32", "sbin", "share"})
VAR_NAMES = frozenset(
    "account adm backups cache crash db empty games gopher kerberos lib local lock log mail nis opt preserve rapid run"  # noqa: SIM905
    " spool telemetry tmp tracer www yp".split()
)
MODES: Mapping[str, Mapping[str, int]] = {
    "aws": {
        **dict.fromkeys(("/boot", "/proc", "/sys", "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/sbin"), 0o555),
        "/root": 0o550,
    },
    "python": {"/root": 0o700},
}
"""Modes of directories that are not 0755, by kind of image.

The spec file of Amazon Linux's package ``filesystem``, Debian's ``base-files``, Alpine's ``alpine-baselayout``."""

MERGED_USR = ("bin", "lib", "lib64", "sbin")
"""``/bin`` and its like are links into ``/usr`` (Amazon Linux 2 and later, Debian 12 and later)."""


@dataclass(frozen=True, slots=True)
class BaseImage:
    """A base image that is known by name.

    ``python`` is ``3.12`` or ``None`` when the tag does not say; ``site_packages`` is where pip installs.
    ``programs`` are the files of an image that holds nothing else.
    """

    kind: Literal["aws", "python", "scratch"]
    python: str | None = None
    workdir: str = "/"
    env: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    merged_usr: bool = False
    programs: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """Python's installation prefix."""
        return "/var/lang" if self.kind == "aws" else "/usr/local"

    @property
    def site_packages(self) -> str | None:
        """Where ``pip install`` puts packages; ``None`` when the version is not known."""
        return f"{self.prefix}/lib/python{self.python}/site-packages" if self.python else None


SCRATCH = BaseImage("scratch", env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"})

UV = BaseImage("scratch", None, "/io", SCRATCH.env, entrypoint=("/uv",), programs=("/uv", "/uvx"))
"""https://github.com/astral-sh/uv/blob/main/Dockerfile: two programs and nothing else."""

_UV_TAG = regex(r"(?:latest|v?\d+(?:\.\d+){0,2})?")
"""Tags with the name of a distribution in them are images of that distribution."""

_REFERENCE = regex(r"^(?P<name>[^@]*?)(?::(?P<tag>[^:/@]+))?(?:@(?P<digest>[^@]+))?$")
_VERSION = regex(r"^(3\.\d+)(?![\d])")


def split_reference(reference: str) -> tuple[str, str | None]:
    """An image reference's name (registry included) and tag."""
    match = _REFERENCE.match(reference)
    return (match["name"], match["tag"]) if match else (reference, None)


def known_base(reference: str) -> BaseImage | None:
    """What a base image's name tells; ``None`` when it tells nothing."""
    if reference == "scratch":
        return SCRATCH
    name, tag = split_reference(reference.strip())
    parts = name.lower().split("/")
    match = _VERSION.match(tag or "")
    version = match[1] if match else None
    if parts[-2:] == ["lambda", "python"] or parts[-1] == "aws-lambda-python":
        return BaseImage("aws", version, "/var/task", AWS_ENV, AWS_ENTRYPOINT, None, merged_usr=True)
    if parts[-2:] == ["astral-sh", "uv"] and _UV_TAG.fullmatch(tag or ""):
        return UV
    if _is_official(parts):
        return BaseImage("python", version, "/", PYTHON_ENV, None, ("python3",), merged_usr="alpine" not in (tag or ""))
    return None


def _is_official(parts: list[str]) -> bool:
    """``python``, ``library/python`` on any registry (mirrors and pull-through caches keep that ending)."""
    if parts[-1] != "python":
        return False
    return len(parts) == 1 or parts[-2] == "library" or parts[:-1] in (["docker.io"], ["index.docker.io"])
