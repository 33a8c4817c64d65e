"""Patterns of an ignore file of git: ``IgnoreMode.GIT`` of the AWS CDK."""

from __future__ import annotations

from vartask.artifact.filters import Decide


def matcher(patterns: tuple[str, ...]) -> Decide:
    """The pattern that leaves a path out, by the rules of gitignore(5)."""
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(patterns)

    def decide(path: str, directory: bool) -> int | None:
        result = spec.check_file(path + "/" if directory else path)
        return result.index if result.include else None

    return decide
