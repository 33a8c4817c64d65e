"""For people: one line that editors can jump to, the reasons below it, and a last line that sums up."""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from vartask.reports import UNHANDLED, Style, counted, summary

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from vartask.model import (
        Artifact,
        FileTree,
        Finding,
        Gap,
        ImageConfig,
        Present,
        Report,
        Rule,
        Span,
        Started,
        UnknownRegion,
        Verification,
    )

NAMED = 5
"""As many functions are named under a finding; the rest are counted."""

SHOWN = 200
"""Characters that are shown of a bad answer, and of a line that a function printed."""


WIDEST = 80
"""Columns are no wider than this: one long path must not push everything else out of sight."""

TYPES = {"f": stat.S_IFREG, "d": stat.S_IFDIR, "l": stat.S_IFLNK}

BOLD, DIM, RED, YELLOW, CYAN = "1", "2", "31", "33", "36"
LOGGED = 12
"""Lines that are shown of what a failing build printed."""

SEVERITY = {"error": RED, "warning": YELLOW, "note": CYAN}


def render(report: Report, style: Style) -> str:
    """The findings with their reasons, the gaps if they are wished, and the summary."""
    blocks = list(_findings(report, style))
    if style.gaps and report.gaps:
        blocks.append("\n".join(_gap(gap, style) for gap in report.gaps))
    blocks.append(_summary(report, style))
    return "\n\n".join(blocks) + "\n"


def _findings(report: Report, style: Style) -> Iterator[str]:
    declared: dict[str, list[Span]] = {}
    for function in report.functions:
        declared.setdefault(function.name, []).append(function.span)
    for finding in report.findings:
        yield "\n".join(_finding(finding, declared, style))


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
        shown = f"{function.package_type} {_artifact(artifact, style)}"
        row = (function.name, handler or "unknown", function.runtime or "-", shown)
        rows.append((*row, _place(function.span, style)))
    return table(rows)


def _artifact(artifact: Artifact, style: Style) -> str:
    """Where the artifact comes from, or why nobody knows."""
    if getattr(artifact, "inline", None) is not None:
        return "inline"
    where = getattr(artifact, "dockerfile", None) or getattr(artifact, "source", None)
    if where is None and getattr(artifact, "parts", None):
        # What commands pack is known by the file that they make, else by the one that they stand in.
        where = getattr(artifact, "built", None) or artifact.span.path
    return style.path(where, style.cwd) if where else artifact.reason or "unknown"


def tree(function: str | None, predicted: FileTree, style: Style) -> str:
    """Every entry of the predicted artifact with the line that put it there, what is not known, and how it starts.

    What the runtime or the base image holds of its own is left out here; JSON has it all.
    """
    put = {path: entry for path, entry in sorted(predicted.entries.items()) if entry.put_by is not None}
    doubts = [region for region in predicted.regions if not region.runtime]
    blocks = [_entries(put, style), list(_doubts(doubts, style))]
    if predicted.config is not None and predicted.error is None:
        blocks.append(_config(predicted.config, style))
    last = [_sum(function, put, predicted, len(doubts))]
    if predicted.error is not None:
        at = _place(predicted.error.at, style)
        last.insert(0, _paint(f"error: {at}: {_clean(predicted.error.message)}", RED, style))
    return "\n\n".join("\n".join(block) for block in (*blocks, last) if block) + "\n"


def _sum(function: str | None, put: Mapping[str, Present], predicted: FileTree, doubts: int) -> str:
    if predicted.error is not None:
        were = "was" if len(put) == 1 else "were"
        text = "the build fails" + (f"; {counted(len(put), 'path')} {were} there before" if put else "")
        return _clean(f"{function}: {text}" if function is not None else text)
    parts = [f"{counted(len(put), 'path')}, {f'{doubts} unknown' if doubts else 'nothing unknown'}"]
    if any(region.runtime for region in predicted.regions):
        parts.append("the base's own files are not listed")
    text = "; ".join(parts)
    return _clean(f"{function}: {text}" if function is not None else text)


def _entries(entries: Mapping[str, Present], style: Style) -> list[str]:
    """As ``ls -l`` shows them, and where each comes from."""
    names = {path: _entry_name(path, entry) for path, entry in entries.items()}
    owners = {path: f"{entry.uid}:{entry.gid}" for path, entry in entries.items()}
    owner_width = max(map(len, owners.values()), default=0)
    width = min(max(map(len, names.values()), default=0), WIDEST)
    lines = []
    for path, entry in entries.items():
        mode = stat.filemode(TYPES[entry.kind] | entry.mode)
        origin = f"<- {_place(entry.put_by, style)}" if entry.put_by is not None else ""
        if entry.source is not None:
            origin += f"  {_clean(style.path(entry.source, style.cwd))}"
        line = f"{mode}  {owners[path]:<{owner_width}}  {names[path]:<{width}}  {_paint(origin, DIM, style)}"
        lines.append(line.rstrip())
    return lines


def _entry_name(path: str, entry: Present) -> str:
    shown = path + ("/" if entry.kind == "d" and path != "/" else "")
    return _clean(f"{shown} -> {entry.target}" if entry.kind == "l" else shown)


def _doubts(doubts: Sequence[UnknownRegion], style: Style) -> Iterator[str]:
    """The regions by what makes them unknown: one command may touch several places."""
    causes: dict[tuple[Span | None, str], list[UnknownRegion]] = {}
    for region in doubts:
        causes.setdefault((region.at, region.reason), []).append(region)
    for (at, reason), regions in causes.items():
        origin = f"  <- {_place(at, style)}" if at else ""
        yield _paint(f"unknown: {_clean(reason)}", YELLOW, style) + _paint(origin, DIM, style)
        yield from (f"  {_clean(_below(region))}" for region in regions)


def _below(region: UnknownRegion) -> str:
    names = sorted(region.names or ("...",))
    shown = names[0] if len(names) == 1 else f"{{{','.join(names)}}}"
    left_out = sorted(region.holes | region.gone)
    holes = f", except {', '.join(left_out[:NAMED])}" if left_out else ""
    if len(left_out) > NAMED:
        holes += f" and {len(left_out) - NAMED} more"
    return f"{region.path.rstrip('/')}/{shown}{holes}"


def _config(config: ImageConfig, style: Style) -> list[str]:
    import json

    rows: list[tuple[str, str, Span | None]] = [("workdir", config.workdir, None)]
    for name, words, at in (
        ("entrypoint", config.entrypoint, config.entrypoint_at),
        ("cmd", config.cmd, config.cmd_at),
    ):
        if words is not None:
            rows.append((name, json.dumps(list(words), ensure_ascii=False), at))
    if config.user:
        rows.append(("user", config.user, None))
    rows += [("env", f"{name}={value}", None) for name, value in config.env.items()]
    rows += [("env", f"{name}=(not known)", None) for name in sorted(config.unknown_env)]
    lines = []
    for name, value, at in rows:
        origin = f"  <- {_place(at, style)}" if at is not None else ""
        lines.append(f"{_paint(f'{name:<10}', DIM, style)}  {_clean(value)}{_paint(origin, DIM, style)}")
    return lines


def verify(seen: Verification, style: Style) -> str:
    """What became of every function, what the rules make of it, and a last line that sums up."""
    blocks: list[str] = []
    told = {finding.runtime_message for finding in seen.report.findings}
    for observation in seen.observations:
        about = [f"Python {observation.python}"] if observation.python else []
        about += [f"user {observation.uid}"] if observation.uid is not None else []
        head = _paint(_clean(observation.image), BOLD, style) + (f" ({', '.join(about)})" if about else "")
        error = [_detail("error", observation.error, style)] if observation.error else []
        error += [_detail("printed", line, style) for line in observation.log.splitlines()[-LOGGED:]]
        blocks.append("\n".join([head, *error, *_verdicts(observation.started, style)]))
        blocks += [_failure(one, told, style) for one in observation.started if one.verdict != "not reached"]
    blocks += _findings(seen.report, style)
    blocks += [_gap(gap, style) for gap in seen.gaps]
    reached = [one for one in seen.started if one.verdict != "not reached"]
    missed = len(seen.started) - len(reached)
    blocks.append(
        f"{counted(len(reached), 'function')} started in {counted(len(seen.observations), 'image')}:"
        f" {sum(one.failed for one in reached)} failed;{f' {missed} not reached;' if missed else ''}"
        f" {counted(len(seen.report.findings), 'finding')};"
        f" {counted(len(seen.drifts), 'difference')} from the prediction; {counted(len(seen.gaps), 'gap')}"
    )
    return "\n\n".join(block for block in blocks if block) + "\n"


def _verdicts(started: Sequence[Started], style: Style) -> Iterator[str]:
    """A table of the functions.  Painted afterwards: a cell has no control characters."""
    for one, line in zip(started, table(_started(one) for one in started).splitlines(), strict=False):
        color = CYAN if one.verdict == "ok" else RED
        yield line.replace(one.verdict, _paint(one.verdict, color, style), 1)


def _started(one: Started) -> tuple[str, ...]:
    init = f"{one.init_milliseconds:.0f} ms" if one.init_milliseconds is not None else ""
    peak = f"{one.peak_kib / 1024:.0f} MiB" if one.peak_kib is not None else ""
    return (f"  {one.verdict}", one.function, one.handler, init, peak)


def _failure(one: Started, told: Collection[str | None], style: Style) -> str:
    """What else there is to say of a function: its message where no finding has it, and what it printed."""
    lines = []
    if one.message:
        if one.message not in told:
            lines.append(_detail("Lambda", one.message, style))
            lines += [_detail("because", one.why, style)] if one.why else []
        lines += _shown(_printed(one.output), style)
    if lines:
        lines.insert(0, f"{_paint(one.function, BOLD, style)} {one.verdict}")
    if one.verdict == "ok" and one.answers:
        lines += [f"{_paint(one.function, BOLD, style)} events", *_answers(one, style)]
    return "\n".join(lines)  # nothing for a function that starts and is sent no event


def _printed(output: str) -> Iterator[str]:
    """What the function itself printed: the runtime client then logs the error, which is told already.

    Source: ``awslambdaric.bootstrap.log_error``, with the warning that AWS's own images put before it.
    """
    for line in output.splitlines():
        if line.startswith("[ERROR] ") or UNHANDLED in line:
            return
        if line.strip():
            yield line


def _shown(lines: Iterable[str], style: Style) -> list[str]:
    """The last of the lines that a function printed, of long ones the beginning."""
    last = (line.expandtabs(1) for line in list(lines)[-NAMED:])
    cut = (line if len(line) <= SHOWN else f"{line[:SHOWN]}..." for line in last)
    return [_detail("printed", line, style) for line in cut]


def _answers(one: Started, style: Style) -> list[str]:
    """A table of the events, and what else a bad answer says."""
    rows = [("  EVENT", "STATUS", "DURATION", "ERROR")]
    for answer in one.answers:
        took = "" if answer.milliseconds is None else f"{answer.milliseconds:.0f} ms"
        rows.append((f"  {answer.event}", str(answer.status or ""), took, answer.problem or answer.error or ""))
    lines = table(rows).splitlines()
    for answer in one.answers:
        if answer.problem is not None and answer.error is None and answer.response is not None:
            lines.append(_detail(answer.event, f"answered {answer.response[:SHOWN]}", style))
    if any(answer.problem is not None for answer in one.answers):
        # Here the client's word counts too: its traceback is of the event, and nothing else tells it.
        lines += _shown((line for line in one.output.splitlines() if line.strip()), style)
    return lines


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
