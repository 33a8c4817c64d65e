"""Whatever stands in a configuration file: settings, or one line that says what is wrong."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from vartask.config import FUNCTION_NUMBERS, FUNCTION_TABLES, FUNCTION_TEXTS, KEYS, ConfigError, Settings, load

VALUES = st.sampled_from(
    [
        "1",
        "-1",
        "2.5",
        "true",
        '"x"',
        "[]",
        '["VT1"]',
        "[[1]]",
        "{}",
        '{a = "b"}',
        "{a = []}",
        "1979-05-27",
        "\\",
        "nan",
    ]
)
LINES = st.one_of(
    st.builds(
        "{} = {}".format,
        st.sampled_from([*KEYS, *FUNCTION_TEXTS, *FUNCTION_NUMBERS, *FUNCTION_TABLES, "selct", '"a b"', r'"a\nb"']),
        VALUES,
    ),
    st.sampled_from(["[[function]]", "[function]", "[[ function ]]", "[per-file-ignores]", "[tool.vartask]", "", "#"]),
    st.text(max_size=20),
)


@given(st.lists(LINES, max_size=8).map("\n".join), st.booleans())
def test_any_text_gives_settings_or_one_line(text: str, own: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        file = directory / ("vartask.toml" if own else "pyproject.toml")
        file.write_bytes((text if own else f"[tool.vartask]\n{text}").encode("utf-8", "surrogatepass"))
        outcome = settings_or_refusal(directory)

    if isinstance(outcome, str):
        assert outcome.startswith(str(file))
        assert "\n" not in outcome
    else:
        assert all(1 <= function.line <= text.count("\n") + 2 for function in outcome.functions)


def settings_or_refusal(directory: Path) -> Settings | str:
    try:
        return load(directory, directory)
    except ConfigError as error:
        return str(error)
