"""Commands of ``local-exec`` that fill a directory before it is packed.

https://developer.hashicorp.com/terraform/language/resources/provisioners/local-exec
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from vartask.artifact.build_words import lines_of
from vartask.definitions._terraform_archive import Archive
from vartask.model import Install, Span
from vartask.syntax.hcl_values import show, string
from vartask.syntax.terraform_blocks import value_of
from vartask.syntax.terraform_module import Module

_MAKERS = re.compile(r"\b(?:null_resource|terraform_data|shell_script|external)\.")
_HARMLESS = frozenset({"echo", "mkdir", "rm", "set", "true", "chmod", "find"})


def prepared(root: Module, archive: Archive) -> tuple[tuple[Install, ...], str | None]:
    """What commands install into the directory of an archive before it is packed, or why its contents are not known."""
    source = archive.directory or "."
    touching = [run for run in _commands(root) if _names(run.text, source)]
    awaited = archive.instance.block.body.get("depends_on")
    if awaited is not None and _MAKERS.search(awaited.text):
        touching = touching or list(_commands(root))
        if not touching:
            return (), f"{awaited.text} prepares {source} first"
    installs: list[Install] = []
    for run in touching:
        found = _installed(run, source, archive.module)
        if found is None:
            return (), f"a command at {run.span} prepares {source} first"
        installs += [Install(found, run.span)] if found else []
    return tuple(installs), None


def _commands(root: Module) -> Iterator[Run]:
    for module in root.tree():
        for block in (*module.blocks("resource"), *module.blocks("data")):
            for body in block.body.of_type("provisioner"):
                value = value_of(body.body, "command", module.evaluate)
                directory = value_of(body.body, "working_dir", module.evaluate)
                if value is not None and body.labels == ("local-exec",):
                    known = directory is None or string(directory)
                    place = module.path(string(directory) or ".") if known else None
                    where = "" if directory is None else show(directory)
                    yield Run(f"{show(value)} {where}", show(value), place, body.span)


@dataclass(frozen=True, slots=True)
class Run:
    """A ``local-exec`` command: ``text`` is everything that may name a directory."""

    text: str
    command: str
    directory: str | None
    span: Span


def _names(text: str, source: str) -> bool:
    base = posixpath.basename(source)
    return source == "." or re.search(rf"(?<![\w-]){re.escape(base)}(?![\w-])", text) is not None


def _installed(run: Run, source: str, module: Module) -> str | None:
    """The requirements file that a command installs into ``source``; ``""`` for none, ``None`` for anything else."""
    requirements = ""
    for line in lines_of(run.command):
        words = line.words
        if words[:1] and words[0] in _HARMLESS and not _names(" ".join(words[1:]), source):
            continue
        if words[:2] and words[0] in {"python", "python3"} and words[1] == "-m":
            words = words[2:]
        if words[:2] not in (["pip", "install"], ["pip3", "install"]) or run.directory is None:
            return None
        target = _flag(words, "-t", "--target")
        wanted = _flag(words, "-r", "--requirement")
        project = module.configuration.project
        if target is None or wanted is None or project.join(run.directory, target) != source:
            return None
        found = project.join(run.directory, wanted)
        if found is None:
            return None
        requirements = found
    return requirements


def _flag(words: list[str], short: str, long: str) -> str | None:
    for at, word in enumerate(words):
        if word in {short, long}:
            return words[at + 1] if at + 1 < len(words) else None
        if word.startswith(long + "="):
            return word[len(long) + 1 :]
    return None
