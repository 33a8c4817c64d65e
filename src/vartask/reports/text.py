"""For people: one line that editors can jump to, the reasons below it, and a last line that sums up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from vartask.model import FileTree, Finding, Function, Gap, Present, Report, Rule, Span, UnknownRegion
from vartask.reports import Style, counted, summary

NAMED = 5
"""As many functions are named under a finding; the rest are counted."""

BOLD, DIM, RED, YELLOW, CYAN = "1", "2", "31", "33", "36"
SEVERITY = {"error": RED, "warning": YELLOW, "note": CYAN}


def render(report: Report, style: Style) -> str:
    """The findings with their reasons, the gaps if they are wished, and the summary."""
    declared: dict[str, list[Span]] = {}
    for function in report.functions:
        declared.setdefault(function.name, []).append(function.span)
    blocks = ["\n".join(_finding(finding, declared, style)) for finding in report.findings]
    if style.gaps and report.gaps:
        blocks.append("\n".join(_gap(gap, style) for gap in report.gaps))
    blocks.append(_summary(report, style))
    return "\n\n".join(blocks) + "\n"


def _finding(finding: Finding, declared: dict[str, list[Span]], style: Style) -> Iterator[str]:
    span = finding.span
    place = _paint(f"{_path(span, style)}:{span.line}:{span.column}:", BOLD, style)
    code = _paint(finding.code, SEVERITY[finding.severity], style)
    yield f"{place} {code} {_clean(finding.message)} {_paint(f'[{finding.name}]', DIM, style)}"
    if finding.functions:
        label = "function" if len(finding.functions) == 1 else "functions"
        yield _detail(label, _functions(finding.functions, declared, style), style)
    if finding.runtime_message is not None:
        yield _detail("Lambda", finding.runtime_message, style)
    for cause in finding.because:
        place = f"{_place(cause.span, style)} " if cause.span else ""
        yield _detail("because", place + cause.message, style)
    if finding.help is not None:
        yield _detail("help", finding.help, style)


def _functions(names: tuple[str, ...], declared: dict[str, list[Span]], style: Style) -> str:
    if len(names) == 1:
        places = ", ".join(_place(span, style) for span in declared.get(names[0], ()))
        return f"{names[0]} ({places})" if places else names[0]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _detail(label: str, text: str, style: Style) -> str:
    lines = [_clean(line) for line in text.split("\n")]
    return f"  {_paint(f'{label:<9}', DIM, style)}  " + f"\n{' ' * 13}".join(lines)


def _gap(gap: Gap, style: Style) -> str:
    place = _paint(f"{_path(gap.span, style)}:{gap.span.line}:{gap.span.column}:", BOLD, style)
    names = f" [{_functions(gap.functions, {}, style)}]" if gap.functions else ""
    return f"{place} {_paint('gap', CYAN, style)} {_clean(gap.reason)}{_clean(names)}"


def _summary(report: Report, style: Style) -> str:
    if not report.functions:
        return _paint("No Lambda function was found", RED, style) + f": nothing was checked ({summary(report)})"
    hint = " (vartask check --gaps lists them)" if report.gaps and not style.gaps else ""
    color = RED if report.findings else BOLD
    return _paint(summary(report), color, style) + hint


def functions(report: Report, style: Style) -> str:
    """A table of the functions: name, handler, runtime, artifact, and where each is declared."""
    rows = [("FUNCTION", "HANDLER", "RUNTIME", "ARTIFACT", "DECLARED")]
    handlers = report.handlers or (None,) * len(report.functions)
    for function, handler in zip(report.functions, handlers, strict=True):
        artifact = function.artifact
        where = getattr(artifact, "dockerfile", None) or getattr(artifact, "source", None)
        shown = style.path(where, style.cwd) if where else artifact.reason or "unknown"
        row = (function.name, handler or "unknown", function.runtime or "-", f"{function.package_type} {shown}")
        rows.append((*row, _place(function.span, style)))
    return table(rows)


def tree(function: Function, predicted: FileTree, style: Style) -> str:
    """Every entry of the predicted artifact with the line that put it there, then what is not known.

    What the runtime or the base image holds of its own is left out here; JSON has it all.
    """
    put = {path: entry for path, entry in predicted.entries.items() if entry.put_by is not None}
    doubts = [region for region in predicted.regions if not region.runtime]
    lines = [_entry(path, entry, style) for path, entry in sorted(put.items())]
    width = max((len(path) for path, _ in lines), default=0)
    shown = [f"{path:<{min(width, 80)}}  {_paint(put_by, DIM, style)}".rstrip() for path, put_by in lines]
    shown += [_paint(_region(region, style), YELLOW, style) for region in doubts]
    if predicted.error is not None:
        at = _place(predicted.error.at, style)
        shown.append(_paint(f"the build fails at {at}: {_clean(predicted.error.message)}", RED, style))
    unknown = f"{len(doubts)} unknown" if doubts else "nothing unknown"
    shown.append(
        _clean(f"{function.name}: {counted(len(put), 'path')}, {unknown}; the base's own files are not listed")
    )
    return "\n".join(shown) + "\n"


def _entry(path: str, entry: Present, style: Style) -> tuple[str, str]:
    shown = path + ("/" if entry.kind == "d" and path != "/" else "")
    if entry.kind == "l":
        shown += f" -> {entry.target}"
    return _clean(shown), _place(entry.put_by, style) if entry.put_by else ""


def _region(region: UnknownRegion, style: Style) -> str:
    prefix = region.path.rstrip("/")
    names = "{" + ",".join(sorted(region.names)) + "}" if region.names is not None else "..."
    holes = f", except {', '.join(sorted(region.holes))}" if region.holes else ""
    at = f" ({_place(region.at, style)})" if region.at else ""
    return _clean(f"{prefix}/{names}{holes}  unknown: {region.reason}") + at


def rules(catalogue: Sequence[Rule]) -> str:
    """A table of the rules."""
    rows = [(rule.code, rule.name, rule.severity, rule.summary) for rule in catalogue]
    return table([("CODE", "NAME", "SEVERITY", "SUMMARY"), *rows])


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """Columns as wide as their widest cell; the first row is the heading."""
    cells = [tuple(_clean(cell) for cell in row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join(lines) + "\n"


def _path(span: Span, style: Style) -> str:
    return _clean(style.path(span.path, style.cwd))


def _place(span: Span, style: Style) -> str:
    return f"{_path(span, style)}:{span.line}"


def _paint(text: str, color: str, style: Style) -> str:
    return f"\x1b[{color}m{text}\x1b[0m" if style.color and text else text


def _clean(text: str) -> str:
    """Without control characters: a file's name or a handler must not be able to steer the terminal."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda match: repr(match[0])[1:-1], text)
