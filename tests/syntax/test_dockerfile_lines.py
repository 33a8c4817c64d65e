"""The library is used, and only where it is right."""

from __future__ import annotations

import io

import pytest

from vartask.syntax import dockerfile_lines

MISREAD = [
    "FROM scratch\nCOPY <<EOF /f\nENV A=1\nEOF\n",
    "FROM scratch\nCOPY a.py \\\n\n b.py /\n",
    "# check=skip=all\n# escape=`\nFROM scratch\nCOPY a `\n b.py /\n",
    "\ufeffFROM scratch\n",
    "FROM scratch\nRUN echo \\\\\nCMD x\n",
    "FROM scratch\nRUN\\\n echo\n",
]
READ = [
    "FROM scratch\nRUN a \\\n # comment\n  && b\n",
    "# escape=`\nFROM scratch\nCOPY a `\n b /\n",
    "from scratch\r\n\r\n# comment\r\nCMD x",
    "FROM scratch\nENV A=1\\ b B='c d'\n",
]


def library_alone(text: str) -> list[tuple[int, str]]:
    from dockerfile_parse import DockerfileParser

    parser = DockerfileParser(fileobj=io.BytesIO(text.encode()))
    return [
        (entry["startline"] + 1, entry["instruction"])
        for entry in parser.structure
        if entry["instruction"] != "COMMENT"
    ]


def ours(text: str) -> list[tuple[int, str]]:
    return [(line.line, line.keyword) for line in dockerfile_lines.cut(text).lines]


@pytest.mark.parametrize("text", MISREAD)
def test_where_the_library_alone_is_wrong_the_wrapper_is_not(text: str) -> None:
    assert library_alone(text) != ours(text)


@pytest.mark.parametrize("text", READ)
def test_where_the_library_is_right_both_agree(text: str) -> None:
    assert library_alone(text) == ours(text)


@pytest.mark.parametrize("text", MISREAD + READ)
def test_the_masked_copy_is_read_by_the_library_as_the_builder_reads_the_text(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fallback for answers that disagree is not what makes the other tests pass."""
    seen: dict[int, tuple[str, str]] = {}
    real = dockerfile_lines._library  # noqa: SLF001 - what it answered is the point

    def watched(masked: str) -> dict[int, tuple[str, str]]:
        seen.update(real(masked))
        return seen

    monkeypatch.setattr(dockerfile_lines, "_library", watched)
    lines = dockerfile_lines.cut(text).lines
    assert {line.line - 1: (line.keyword, line.value) for line in lines} == {
        start: (keyword, value.removesuffix(dockerfile_lines.END).strip()) for start, (keyword, value) in seen.items()
    }
