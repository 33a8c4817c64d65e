"""The archive of recorded builds, and which of them cannot be built again here."""

from __future__ import annotations

from pathlib import Path

ARCHIVE = Path(__file__).parents[1] / "conformance/dockercases.tar.gz"

ELSEWHERE = {
    "add_git": "fetches a repository",
    "add_git_subdir": "fetches a repository",
    "add_url_name": "downloads a file",
    "add_url_query": "downloads a file",
    "add_url_tar": "downloads a file",
    "add_url_tar_unpack": "downloads a file",
    "chown_name": "the stand-in has the users of another distribution",
    "poetry_export": "takes files from an image that is not on this machine",
    "poetry_in_project": "takes files from an image that is not on this machine",
    **dict.fromkeys(
        ("uv_export", "uv_pip_nosystem", "uv_pip_system", "uv_pip_target", "uv_sync"),
        "takes uv from an image that is not on this machine",
    ),
}
"""Cases that cannot be built without a network, or whose answer depends on more than the stand-in has."""
