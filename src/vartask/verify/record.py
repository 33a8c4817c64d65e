"""Observations as a file: what a bug report needs, and what can be judged again where there is no engine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from vartask.model import Answer, FileTree, Gap, ImageConfig, Observation, Present, Span, Started

VERSION = 1


class BadRecord(Exception):
    """The file is no record of observations; one line says why."""


def dump(observations: Iterable[Observation]) -> str:
    """All that was seen, one path a line."""
    images = ",\n".join(_image(one) for one in observations)
    return f'{{"version": {VERSION}, "images": [\n{images}\n]}}\n'


def load(text: str) -> tuple[Observation, ...]:
    """The observations of a record.  Raises :class:`BadRecord`."""
    try:
        document = json.loads(text)
        if document["version"] != VERSION:
            raise BadRecord(f"version {document['version']!r} is not known here, only {VERSION}")
        return tuple(_observation(image) for image in document["images"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadRecord(f"not what vartask verify --save-observation writes: {error}") from error


def _image(seen: Observation) -> str:
    files = ",\n".join(f"   {json.dumps(_file(path, seen))}" for path in sorted(seen.tree.entries))
    config = seen.tree.config
    facts = {
        "image": seen.image,
        "python": seen.python,
        "directory": seen.directory,
        "machine": seen.machine,
        "uid": seen.uid,
        "roots": list(seen.roots),
        "path": list(seen.path),
        "packages": list(seen.packages),
        "task_root": seen.task_root,
        "architecture": seen.architecture,
        "gaps": [asdict(gap) for gap in seen.gaps],
        "error": seen.error,
        "log": seen.log,
        "config": _config(config) if config is not None else None,
        "functions": [asdict(one) for one in seen.started],
    }
    return f' {json.dumps(facts)[:-1]}, "files": [\n{files}]}}'


def _file(path: str, seen: Observation) -> dict[str, Any]:
    entry = seen.tree.entries[path]
    facts: dict[str, Any] = {"path": path, "type": entry.kind, "mode": f"{entry.mode:04o}"}
    facts |= {name: value for name, value in (("uid", entry.uid), ("gid", entry.gid)) if value}
    optional = {"target": entry.target, "sha256": seen.digests.get(path), "text": seen.texts.get(path)}
    return facts | {name: value for name, value in optional.items() if value is not None}


def _config(config: ImageConfig) -> dict[str, Any]:
    return {
        "workdir": config.workdir,
        "entrypoint": config.entrypoint,
        "cmd": config.cmd,
        "env": dict(config.env),
    }


def _observation(image: Mapping[str, Any]) -> Observation:
    files = image.get("files") or []
    return Observation(
        image["image"],
        image.get("python"),
        image.get("directory"),
        image.get("machine"),
        image.get("uid"),
        FileTree({one["path"]: _entry(one) for one in files}, config=_read_config(image.get("config"))),
        {one["path"]: one["sha256"] for one in files if "sha256" in one},
        tuple(_started(one) for one in image.get("functions") or ()),
        image.get("error"),
        tuple(image.get("roots") or ()),
        {one["path"]: one["text"] for one in files if "text" in one},
        tuple(image.get("path") or ()),
        tuple(image.get("packages") or ()),
        image.get("task_root"),
        tuple(_gap(one) for one in image.get("gaps") or ()),
        image.get("architecture"),
        image.get("log") or "",
    )


def _gap(facts: Mapping[str, Any]) -> Gap:
    return Gap(Span(**facts["span"]), facts["reason"], tuple(facts["functions"]))


def _entry(facts: Mapping[str, Any]) -> Present:
    mode = int(facts.get("mode", "0644"), 8)
    return Present(
        facts.get("type", "f"),
        target=facts.get("target"),
        mode=mode,
        uid=facts.get("uid", 0),
        gid=facts.get("gid", 0),
    )


def _read_config(facts: Mapping[str, Any] | None) -> ImageConfig | None:
    if facts is None:
        return None
    entrypoint, command = facts.get("entrypoint"), facts.get("cmd")
    return ImageConfig(
        facts.get("workdir") or "/",
        tuple(entrypoint) if entrypoint is not None else None,
        cmd=tuple(command) if command is not None else None,
        env=dict(facts.get("env") or {}),
    )


def _started(facts: Mapping[str, Any]) -> Started:
    answers = tuple(Answer(**one) for one in facts.get("answers") or ())
    return Started(**{**facts, "answers": answers})
