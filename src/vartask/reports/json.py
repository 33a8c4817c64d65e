"""For programs: ``docs/report.schema.json`` is the contract.  Paths are relative to the directory checked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vartask.reports import Style

if TYPE_CHECKING:
    from vartask.model import (
        FileTree,
        Finding,
        Function,
        ImageConfig,
        Observation,
        Present,
        Report,
        Rule,
        Span,
        UnknownRegion,
        Verification,
    )

VERSION = 1
"""Raised when a field changes its meaning or goes away; new fields do not raise it."""


def render(report: Report, style: Style) -> str:
    """The whole report."""
    return dumps(_document(report, style))


def _document(report: Report, style: Style) -> dict[str, Any]:
    return {
        "version": VERSION,
        "functions": _functions(report, style),
        "findings": [_finding(finding, style) for finding in report.findings],
        "gaps": [
            {**_place(gap.span, style), "reason": gap.reason, "functions": list(gap.functions)} for gap in report.gaps
        ],
        "suppressed": len(report.suppressed),
        "crashes": list(report.crashes),
    }


def functions(report: Report, style: Style) -> str:
    """The functions alone."""
    return dumps({"version": VERSION, "functions": _functions(report, style)})


def tree(function: str | None, predicted: FileTree, style: Style) -> str:
    """A predicted artifact: that of ``function``, or an image that no function is named for."""
    document: dict[str, Any] = {"version": VERSION}
    if function is not None:
        document["function"] = function
    error = predicted.error
    document |= {
        "entries": [_entry(path, entry, style) for path, entry in sorted(predicted.entries.items())],
        "unknown": [_unknown(region, style) for region in predicted.regions],
        "config": _config(predicted.config) if predicted.config else None,
        "error": f"{_path(error.at, style)}:{error.at.line}: {error.message}" if error else None,
    }
    return dumps(document)


def verify(seen: Verification, style: Style) -> str:
    """What the rules make of what was seen in the containers, and what was seen."""
    drifts = [
        {
            "kind": one.kind,
            "subject": one.subject,
            "functions": list(one.functions),
            "predicted": one.predicted,
            "observed": one.observed,
            "at": _place(one.at, style),
        }
        for one in seen.drifts
    ]
    images = [_observation(one) for one in seen.observations]
    return dumps({**_document(seen.report, style), "images": images, "drift": drifts})


def _observation(seen: Observation) -> dict[str, Any]:
    return {
        "image": seen.image,
        "python": seen.python,
        "directory": seen.directory,
        "machine": seen.machine,
        "architecture": seen.architecture,
        "uid": seen.uid,
        "paths": len(seen.tree.entries),
        "error": seen.error,
        "log": seen.log,
        "functions": [
            {
                "name": one.function,
                "handler": one.handler,
                "verdict": one.verdict,
                "message": one.message,
                "artifact": one.artifact,
                "doubt": one.doubt,
                "why": one.why,
                "by": one.by,
                "failed": one.failed,
                "init_milliseconds": one.init_milliseconds,
                "check_milliseconds": one.check_milliseconds,
                "peak_kib": one.peak_kib,
                "output": one.output,
                "trace": one.trace,
                "events": [asdict(answer) for answer in one.answers],
            }
            for one in seen.started
        ],
    }


def _unknown(region: UnknownRegion, style: Style) -> dict[str, Any]:
    return {
        "path": region.path,
        "names": sorted(region.names) if region.names is not None else None,
        "holes": sorted(region.holes | region.gone),
        "reason": region.reason,
        "line": region.at.line if region.at else None,
        "at": _place(region.at, style) if region.at else None,
    }


def rules(catalogue: Sequence[Rule]) -> str:
    """The rules, each with its page."""
    listed = [
        {"code": rule.code, "name": rule.name, "severity": rule.severity, "summary": rule.summary, "page": rule.page}
        for rule in catalogue
    ]
    return dumps({"version": VERSION, "rules": listed})


def dumps(document: Any) -> str:
    """JSON as all of vartask's commands write it: readable, and safe in any encoding."""
    return json.dumps(document, indent=2) + "\n"


def _functions(report: Report, style: Style) -> list[dict[str, Any]]:
    handlers = report.handlers or (None,) * len(report.functions)
    return [_function(*pair, style) for pair in zip(report.functions, handlers, strict=True)]


def _function(function: Function, handler: str | None, style: Style) -> dict[str, Any]:
    return {
        "name": function.name,
        "handler": handler,
        "runtime": function.runtime,
        "package_type": function.package_type,
        "memory": function.memory,
        "timeout": function.timeout,
        "storage": function.storage,
        **_place(function.span, style),
    }


def _finding(finding: Finding, style: Style) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        **_place(finding.span, style),
        "column": finding.span.column,
        "functions": list(finding.functions),
        "runtime_message": finding.runtime_message,
        "because": [
            {
                "path": style.path(cause.span.path, style.checked) if cause.span else None,
                "line": cause.span.line if cause.span else None,
                "message": cause.message,
            }
            for cause in finding.because
        ],
        "help": finding.help,
        "fix": None,
    }


def _entry(path: str, entry: Present, style: Style) -> dict[str, Any]:
    return {
        "path": path,
        "type": entry.kind,
        "mode": f"{entry.mode:04o}",
        "uid": entry.uid,
        "gid": entry.gid,
        "target": entry.target,
        "put_by": _place(entry.put_by, style) if entry.put_by else None,
        "source": style.path(entry.source, style.checked) if entry.source is not None else None,
    }


def _config(config: ImageConfig) -> dict[str, Any]:
    return {
        "workdir": config.workdir,
        "entrypoint": list(config.entrypoint) if config.entrypoint is not None else None,
        "cmd": list(config.cmd) if config.cmd is not None else None,
        "user": config.user,
        "env": dict(config.env),
    }


def _place(span: Span, style: Style) -> dict[str, Any]:
    return {"path": _path(span, style), "line": span.line}


def _path(span: Span, style: Style) -> str:
    return style.path(span.path, style.checked)
