from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from report_samples import BARE, CLEAN, CRASHED, CRON, GAP, NOT_PACKAGED, REPORT, STYLE
from vartask.model import Cause, Finding, Gap, Report, Span
from vartask.reports.markdown import render
from vartask.reports.markdown.markup import LONGEST, LONGEST_BLOCK, advice, clean, code, fence, plain, prose
from vartask.reports.markdown.room import LIMIT

if TYPE_CHECKING:
    from markdown_it.token import Token

BROWSE = "https://github.com/o/r/blob/abc"
SOURCE = replace(STYLE, source=lambda span: "    COPY a b  " if span.line == 7 else None)
WHOLE = """\
<!-- vartask check -->

## ❌ vartask: 2 findings; 1 of 3 functions affected

|  | Function | Rule | Line to change | What is wrong |
| --- | --- | --- | --- | --- |
| ❌ | `QueryTool` | VT101 | `services/api/Dockerfile:7` | handler module `src.scheduler.query_tool_handler` is not in the image |
| ⚠️ |  | VT401 | `src/a,b.py:3` | 100% wrong |

### VT101 handler-not-packaged: `QueryTool`

`services/api/Dockerfile:7` handler module `src.scheduler.query_tool_handler` is not in the image

Lambda logs:

```text
Runtime.ImportModuleError: Unable to import module 'src.scheduler.query_tool_handler': No module named 'src.scheduler'
```

The line to change:

```dockerfile
COPY a b
```

Because:

- `services/api/Dockerfile:5` copies only src/lambda\\_handler.py
- nothing else is copied

**Help:** add after line 5: `COPY src/scheduler/ ${LAMBDA_TASK_ROOT}/src/scheduler/`

Reproduce: `vartask check --select VT101`

### VT401 context-attribute: `src/a,b.py`

`src/a,b.py:3` 100% wrong

Reproduce: `vartask check --select VT401`

<details>
<summary>1 gap: what could not be decided</summary>

- `services/api/Dockerfile:4` RUN make may put anything below /var/task (`QueryTool`)

</details>

<details>
<summary>2 functions without a finding</summary>

| Function | Handler | Runtime | Declared |
| --- | --- | --- | --- |
| `Cron` | `cron.handler` | zip | `template.yaml:7` |
| `Hidden` | unknown | zip | `template.yaml:20` |

</details>
"""


def test_a_whole_report() -> None:
    assert render(REPORT, SOURCE) == WHOLE


def test_a_clean_report_is_one_line_below_its_marker() -> None:
    assert render(CLEAN, STYLE) == "<!-- vartask check -->\n\n## ✅ vartask: no findings in 1 function\n"


def test_what_was_not_checked_is_never_clean() -> None:
    assert "❌ vartask: no Lambda function was found" in render(Report(), STYLE)
    crashed = render(CRASHED, STYLE)
    assert "❌ vartask failed" in crashed
    assert "KeyError('x')" in crashed
    undecided = replace(CLEAN, gaps=(GAP,))
    assert "## ✅ vartask: no findings in 1 function, 1 gap" in render(undecided, STYLE)
    assert "## ❌ vartask (strict): no findings in 1 function, 1 gap" in render(undecided, replace(STYLE, strict=True))


def test_the_worst_finding_gives_the_mark() -> None:
    assert "## ⚠️ vartask: 1 finding; 1 function checked" in render(replace(CLEAN, findings=(BARE,)), STYLE)


def test_reports_about_two_directories_have_markers_of_their_own() -> None:
    one, other = (render(CLEAN, replace(STYLE, checked=f"/repo/{name}")).split("\n")[0] for name in ("a", "b"))
    assert re.fullmatch(r"<!-- vartask check [0-9a-f]{8} -->", one)
    assert one != other


def test_a_line_is_a_link_where_a_browser_can_show_it() -> None:
    odd = replace(BARE, span=Span("src/a (b)|c#.py", 3))
    text = render(Report((CRON,), (odd,), handlers=("cron.handler",)), replace(STYLE, browse=BROWSE))
    assert links(text) == {
        f"{BROWSE}/src/a%20%28b%29%7Cc%23.py#L3": "src/a (b)|c#.py:3",
        f"{BROWSE}/template.yaml#L7": "template.yaml:7",
    }
    inside = replace(BARE, span=Span("dist/x.whl!/x/__init__.py", 3))
    assert links(render(Report((CRON,), (inside,), handlers=("h",)), replace(STYLE, browse=BROWSE))).keys() == {
        f"{BROWSE}/template.yaml#L7"
    }


def test_the_command_can_be_typed_where_the_reader_stands() -> None:
    style = replace(STYLE, cwd="/repo/a b", arguments=("--exclude", "x*", "services"))
    assert "`cd 'a b' && vartask check --select VT101 --exclude 'x*' services`" in render(REPORT, style)


def test_a_fence_is_longer_than_the_backticks_in_it() -> None:
    assert fence("a\n````\nb").split("\n") == ["`````text", "a", "````", "b", "`````"]


def test_long_texts_say_how_much_is_missing() -> None:
    assert clean("x" * (LONGEST + 7)).endswith("x… (7 more characters)")
    shown = fence("a" * 9000 + "\n" + "b" * 9000)
    assert "15001 characters left out" in shown
    assert len(shown) < LONGEST_BLOCK + 100


# -- nobody's text becomes markup -----------------------------------------------------------------

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
NASTY = (
    "a|b", "a\\|b", "`", "``x", "a`b`c", "x\ny", "\r\n\r\n# H", "# heading", "- item", "1. item", "> quote", "    code", "```\nx\n```",
    "~~~", "<b>x</b>", "<script>alert(1)</script>", "<!-- x -->", "-->", "</details>", "&lt;", "@octocat", "#12", "GH-12", "o/r#3",
    "https://evil.example/x", "www.evil.example", "[a](https://evil.example)", "![i](https://evil.example/i.png)", "*a*", "_a_", "__init__",
    "~~a~~", "$x$", "$$\\frac{1}{2}$$", "\\", "\\\\", "\x1b[31m", "\u202eabc", "\x00", "\udcff", "é中", "===", "---", "| --- |", "+ x", "a  b  c",
    "mailto:a@b.example", "a@b.example", "5) x", "= x", "[x]", "[^1]", "- [ ] x", ":tada:", "&#64;octocat", "deadbeef" * 5, " ", "",
)  # fmt: skip
nasty = st.one_of(
    st.sampled_from(NASTY),
    st.lists(st.sampled_from(NASTY), min_size=1, max_size=4).map("".join),
    st.text(alphabet=st.characters(), max_size=30),
    st.text(alphabet="`|\\*_[]()<>!#@&~$\n\r -+=.:/1ax", max_size=25),
)


@st.composite
def reports(draw: st.DrawFn) -> tuple[Report, Report]:
    """A report of nasty texts, and the same of harmless ones."""
    made = []
    texts = iter(lambda: draw(nasty), object())
    for words in (texts, iter(lambda: "x", object())):
        word = words.__next__

        def name(word: Callable[[], str] = word) -> str:
            # Of a file in the project: what leaves it, or lies in an archive, has no link.
            return "f" + re.sub("[/\ud800-\udc7f\udd00-\udfff]", "-", word())

        finding = Finding(
            Span(name(), 3),
            "m" + word(),
            because=(Cause("c" + word(), Span(name(), 4)), Cause("c" + word())),
            help="h" + word(),
            runtime_message="r" + word(),
            functions=("n" + word(),),
            code="VT101",
            name="handler-not-packaged",
        )
        function = replace(CRON, name="other" + word(), span=Span(name(), 1))
        gap = Gap(Span(name(), 9), "g" + word(), ("n" + word(),))
        made.append(Report((function,), (finding,), (gap,), handlers=("h" + word(),)))
    return made[0], made[1]


@settings(max_examples=200, deadline=None)
@given(reports(), nasty)
def test_nobodys_text_becomes_markup(pair: tuple[Report, Report], line: str) -> None:
    nasty_one, harmless = pair
    style = replace(STYLE, browse=BROWSE, source=lambda _: "s" + line)
    plain_style = replace(STYLE, browse=BROWSE, source=lambda _: "sx")
    text, expected = render(nasty_one, style), render(harmless, plain_style)
    assert list(structure(text)) == list(structure(expected))
    assert all(target.startswith(f"{BROWSE}/f") for target in links(text))
    finding, shown = nasty_one.findings[0], visible(text)
    told = (finding.message, finding.functions[0], STYLE.path(finding.span.path, "/repo"), finding.because[0].message)
    for own in (*told, *re.split("\r\n?|\n", str(finding.runtime_message).expandtabs(4))):
        assert squeezed(clean(own, 10_000).replace("`", "")) in shown


@given(nasty)
@example("0  @0|")
def test_nothing_is_linked_or_called_by_its_name(text: str) -> None:
    for made in (plain(text), prose(text), advice(text)):
        code_element = False
        for token in inline(made):
            if token.type == "html_inline":
                code_element = token.content == "<code>"  # in which GitHub links nothing
            if token.type == "text" and not code_element:
                assert not re.search(r"@\w|#\d|GH-\d|https?://|www\.|\$\w", token.content), made


@given(nasty)
def test_a_code_span_shows_its_text_exactly_also_in_a_table(text: str) -> None:
    tokens = PARSER.parse(f"| a | b |\n| --- | --- |\n| {code(text)} | {code('x')} |\n")
    cells = [token for token in tokens if token.type == "inline"][2:]
    assert len(cells) == 2
    shown = "".join(child.content for child in cells[0].children or () if child.type != "html_inline")
    assert shown.strip() == clean(text).strip()
    assert {child.type for child in cells[0].children or ()} <= {"code_inline", "text", "html_inline", "text_special"}


def test_what_is_too_long_for_github_is_counted() -> None:
    findings = tuple(
        replace(NOT_PACKAGED, span=Span(f"d{n}/Dockerfile", 7), message=f"`{'y' * 400}` ```") for n in range(900)
    )
    gaps = tuple(replace(GAP, reason=f"reason {n} " + "é" * 300) for n in range(900))
    functions = tuple(replace(CRON, name=f"F{n}") for n in range(900))
    report = Report(functions, findings, gaps, handlers=("h",) * 900)
    text = render(report, replace(STYLE, browse=BROWSE))
    assert LIMIT * 0.8 < len(text.encode()) <= LIMIT
    tokens = PARSER.parse(text)
    kinds = [token.type for token in tokens]
    assert kinds.count("table_open") == kinds.count("table_close") == 2
    sections = sum(token.type == "heading_open" and token.tag == "h3" for token in tokens)
    rows, *more = [int(number) for number in re.findall(r"… and (\d+) more (?:finding|gap|function)s", text)]
    left_out, gaps_left, functions_left = more
    assert sections + left_out == 900
    assert len([line for line in text.split("\n") if line.startswith("| ❌")]) + rows == 900
    assert len([line for line in text.split("\n") if line.startswith("- [") and "reason" in line]) + gaps_left == 900
    assert len([line for line in text.split("\n") if line.startswith("| `F")]) + functions_left == 900
    assert text.count("<details>") == text.count("</details>") == 2


@pytest.mark.parametrize("many", [1, 2000])
def test_one_huge_text_breaks_nothing(many: int) -> None:
    huge = replace(
        NOT_PACKAGED, runtime_message="`" * 100_000 + "x\n" * 100_000, functions=tuple(f"F{n}" for n in range(many))
    )
    text = render(replace(REPORT, findings=(huge,)), STYLE)
    assert len(text.encode()) <= LIMIT
    assert [token.tag for token in PARSER.parse(text) if token.type == "heading_open"] == ["h2", "h3"]


def inline(text: str) -> Iterator[Token]:
    for token in PARSER.parse(text):
        yield from token.children or ()


def structure(text: str) -> Iterator[Any]:
    """Everything but texts, and code spans, which messages may hold any number of."""
    for token in PARSER.parse(text):
        if token.type == "inline":
            yield [kind(child) for child in token.children or () if kind(child) is not None]
        elif token.type == "fence":
            yield token.type, token.info
        elif token.type == "html_block":
            yield token.type, token.content.split("\n")[0]
        else:
            yield token.type, token.tag, token.hidden


def kind(token: Token) -> str | None:
    if token.type == "html_inline" and re.fullmatch(r"</?(code|span)>", token.content):
        return None
    return None if token.type in {"text", "text_special", "code_inline"} else token.type


def links(text: str) -> dict[str, str]:
    found = {}
    for token in PARSER.parse(text):
        children: Sequence[Token] = token.children or ()
        for place, child in enumerate(children):
            if child.type == "link_open":
                end = next(n for n in range(place, len(children)) if children[n].type == "link_close")
                shown = [one.content for one in children[place + 1 : end] if one.type != "html_inline"]
                found[str(child.attrs["href"])] = "".join(shown)
    return found


def visible(text: str) -> str:
    """What a reader sees, all in one."""
    seen = []
    for token in PARSER.parse(text):
        if token.type == "fence":
            seen.append(token.content)
        seen.append("".join(child.content for child in token.children or () if child.type != "html_inline"))
    return squeezed("\n".join(seen).replace("\u200b", "").replace("`", ""))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)
