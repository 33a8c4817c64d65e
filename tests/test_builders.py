"""The names of builders, and since when each knows what."""

from __future__ import annotations

import pytest

from vartask.data.builders import BUILDKIT, builder_named


def test_the_default_is_buildkit_as_docker_29_runs_it() -> None:
    assert builder_named("buildkit") == BUILDKIT
    assert builder_named("buildkit@0.26").flags("COPY") == BUILDKIT.flags("COPY")
    assert builder_named("buildkit@v0.25.1").frontend == 19


@pytest.mark.parametrize("text", ["docker", "buildkit@0.7", "buildkit@0.99", "buildkit@", "buildkit@1", "Classic", ""])
def test_an_unknown_builder_is_answered_with_the_list(text: str) -> None:
    with pytest.raises(ValueError, match=r"accepted are buildkit, buildkit@0\.8 to buildkit@0\.26, classic, buildah"):
        builder_named(text)


@pytest.mark.parametrize(
    ("keyword", "flag", "before", "since"),
    [
        ("COPY", "link", "buildkit@0.9", "buildkit@0.10"),
        ("COPY", "exclude", "buildkit@0.24", "buildkit@0.25"),
        ("COPY", "parents", "buildkit@0.25", "buildkit@0.26"),
        ("ADD", "unpack", "buildkit@0.22", "buildkit@0.23"),
        ("RUN", "security", "buildkit@0.25", "buildkit@0.26"),
    ],
)
def test_a_flag_exists_since_a_version(keyword: str, flag: str, before: str, since: str) -> None:
    assert flag not in builder_named(before).flags(keyword)
    assert flag in builder_named(since).flags(keyword)


def test_heredocs_came_with_buildkit_0_10() -> None:
    names = ["buildkit", "buildkit@0.10", "buildkit@0.9", "classic", "buildah"]
    assert [builder_named(name).heredocs for name in names] == [True, True, False, False, False]
