"""What the module terraform-aws-modules/lambda puts into a package.

https://registry.terraform.io/modules/terraform-aws-modules/lambda/aws and its ``package.py`` (8.x): every item of
``source_path`` is a step, and all that steps add goes into one zip, where what is added last counts.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field

from vartask.artifact.filters import Filters, Unsure
from vartask.definitions._terraform_archive import absence
from vartask.model import Filter, Install, Made, Part, Span, Text, Zip
from vartask.project import Project, Unreadable
from vartask.syntax import hcl
from vartask.syntax.hcl_values import Items, Known, Table, Value, is_null, plain, show, string, text_of
from vartask.syntax.terraform_blocks import Instance
from vartask.syntax.terraform_module import Module

_SOURCE = re.compile(r"terraform-aws-modules/(?:terraform-aws-lambda|lambda/aws)(?![\w/]*//)(?:$|[?.])")
_PROBES = ("zzz_probe.py", "zzz_probe/__init__.py", "zzz_probe/inner/module.py")
_BUILDERS = ("pip_requirements", "uv_install", "poetry_install")
_HARMLESS_ARGUMENTS = re.compile(r"--(?:without-hashes|no-hashes|no-editable|no-emit-project|quiet|no-header|no-dev)\Z")


def calls_module(module: Module, call: Instance) -> bool:
    """Whether a call is one of the module itself: from the registry, from its repository, or of a copy in this one."""
    if call.block.type != "module":
        return False
    source = string(call.get("source")) or ""
    if not source.startswith("."):
        return _SOURCE.search(source) is not None
    directory = module.configuration.project.join(module.directory, source)
    return directory is not None and is_module(module.configuration.files_of(directory))


def is_module(files: Iterable[hcl.File]) -> bool:
    """Whether files are those of the module: it packages by a data source of its own."""
    return any(block.labels == ("external", "archive_prepare") for file in files for block in file.body.of_type("data"))


@dataclass
class Steps:
    """The parts of a package while its ``source_path`` is read; ``reasons`` are why it may not be all."""

    module: Module
    runtime: str | None
    parts: list[Part | Install | Made] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    @property
    def project(self) -> Project:
        return self.module.configuration.project

    def read(self, value: Value) -> Zip:
        """The package that a ``source_path`` describes."""
        for item in value.values if isinstance(value, Items) else (value,):
            if isinstance(item, Table):
                self._map(item)
            elif string(item) is not None:
                self._string(string(item) or "", item.span)
            else:
                self.reasons.append(f"the source_path {show(item)} is computed")
        reason = "; ".join(dict.fromkeys(self.reasons)) or None
        return Zip(value.span, tuple(self.parts), reason=reason if reason or self.parts else "nothing is packaged")

    @property
    def _is_python(self) -> bool:
        # Nothing but Python is looked at further when the runtime is computed.
        return self.runtime is None or self.runtime.startswith("python")

    # -- a path by itself -------------------------------------------------------------------------

    def _string(self, path: str, span: Span) -> None:
        """A path alone: what its project files ask for is installed by itself."""
        source = self._source(path)
        if source is None:
            return
        if self._is_python:
            if self._has(f"{source}/uv.lock") or self._build_system(source) == "uv":
                self._uv(source, span, "")
            else:
                self._pip(f"{source}/requirements.txt", span, "", needed=False)
                self._poetry(source, span, "", needed=False)
        self._add(source, span, "", None)

    # -- a map ------------------------------------------------------------------------------------

    def _map(self, item: Table) -> None:
        known = {key: value for key, value in item.values.items() if not is_null(value)}
        if item.partial:
            self.reasons.append("the source_path is computed in part")
            return
        written = known.get("path")
        path = string(written)
        if written is not None and path is None:
            self.reasons.append(f"the source_path {show(written)} is computed")
            return
        filters = self._filters(known.get("patterns"))
        commands = known.get("commands")
        if commands is not None:
            self._commands(commands, path, filters)
            return
        prefix = _prefix(known.get("prefix_in_zip"))
        if prefix is None:
            self.reasons.append("the prefix_in_zip is computed")
            return
        self._installs(known, path, prefix, filters)
        if written is not None and path:
            source = self._source(path)
            if source is not None:
                self._add(source, written.span, prefix, filters)

    def _installs(self, known: dict[str, Value], path: str | None, prefix: str, filters: Filter | None) -> None:
        runtime = known.get("runtime")
        if not self._is_python and runtime is None:
            return
        for name in _BUILDERS:
            asked = known.get(name)
            if asked is None or plain(asked) in (False, ""):
                continue
            if not isinstance(asked, Known):
                self.reasons.append(f"{name} is computed: {show(asked)}")
                continue
            before = len(self.parts)
            self._installed(name, asked, path, prefix, known)
            if len(self.parts) > before and not _spares(filters, prefix):
                # The patterns go over what is installed, too.
                self.reasons.append(f"patterns leave out a part of what {name} installs")

    def _installed(self, name: str, asked: Known, path: str | None, prefix: str, known: dict[str, Value]) -> None:
        source = None if path is None else self.module.path(path)
        if name == "pip_requirements":
            given = string(asked)
            named = source if given is None else self.module.path(given)
            if named is None:
                self.reasons.append("the requirements are not in the repository")
                return
            listed = f"{named}/requirements.txt" if self.project.is_dir(named) else named
            self._pip(posixpath.normpath(listed), asked.span, prefix, needed=True)
            return
        extra = known.get("uv_export_extra_args" if name == "uv_install" else "poetry_export_extra_args")
        if extra is not None and not _is_harmless(extra):
            self.reasons.append(f"{name} exports with arguments of its own: {show(extra)}")
        if source is None:
            return
        if name == "uv_install":
            self._uv(source, asked.span, prefix)
        else:
            self._poetry(source, asked.span, prefix, needed=True)

    def _commands(self, commands: Value, path: str | None, filters: Filter | None) -> None:
        """Shell commands, among which ``:zip [path [prefix]]`` puts a directory or file into the package."""
        texts = [string(item) for item in commands.values] if isinstance(commands, Items) else [string(commands)]
        lines = [
            line for text in texts if text is not None for line in (text.splitlines() if len(texts) == 1 else [text])
        ]
        here = self.module.root if path is None else self.module.path(path)
        if None in texts or here is None:
            self.reasons.append("the commands of the source_path are computed")
            return
        for line in lines:
            text = line.strip() if len(texts) == 1 else line
            if not text.startswith(":zip"):
                if text and not text.startswith("#"):
                    self.reasons.append(f"`{text.splitlines()[0]}` runs before the package is made")
                continue
            self._zip(text, here, commands.span, filters)

    def _zip(self, text: str, here: str, span: Span, filters: Filter | None) -> None:
        try:
            _, *words = shlex.split(text)
        except ValueError:
            words = ["", "", ""]
        if len(words) > 2:  # noqa: PLR2004 -- a path and a prefix
            self.reasons.append(f"`{text}` is not a call of :zip")
            return
        source = self.project.join(here, words[0]) if words else here
        if source is None or self.project.kind(source) is None:
            self.reasons.append(f"`{text}` packs what is not in the repository")
            return
        self._add(source, span, posixpath.normpath(words[1].strip()) if len(words) > 1 else "", filters)

    # -- steps ------------------------------------------------------------------------------------

    def _source(self, path: str) -> str | None:
        source = self.module.path(path)
        reason = f"{path} is not in the repository" if source is None else absence(self.project, source)
        if reason is not None:
            self.reasons.append(reason)
            return None
        return source

    def _add(self, source: str, span: Span, prefix: str, filters: Filter | None) -> None:
        into = "" if prefix == "." else prefix
        if self.project.is_dir(source):
            kept = () if filters is None else (Filter(filters.dialect, filters.patterns, f"{into}/" if into else ""),)
            self.parts.append(Part(source, span, into, filters=kept))
        else:
            # Filters go over directories only; another archive is a file like any other.
            self.parts.append(Part(source, span, into, posixpath.basename(source)))

    def _filters(self, patterns: Value | None) -> Filter | None:
        if patterns is None:
            return None
        if isinstance(patterns, Items):
            texts = [Text(text_of(item), item.span) for item in patterns.values if isinstance(item, Known)]
            if len(texts) == len(patterns.values):
                return Filter("lambda_module", tuple(texts)) if texts else None
        text = string(patterns)
        if text is None:
            self.reasons.append(f"the patterns of the source_path are computed: {show(patterns)}")
            return None
        lines = tuple(Text(line.strip(), patterns.span) for line in text.splitlines() if line.strip())
        return Filter("lambda_module", lines) if lines else None

    def _pip(self, requirements: str, span: Span, prefix: str, *, needed: bool) -> None:
        if self._has(requirements):
            self.parts.append(Install(requirements, span, prefix))
        elif needed:
            self.reasons.append(f"{requirements} does not exist: a build step makes it")

    def _uv(self, source: str, span: Span, prefix: str) -> None:
        """``uv export --no-dev`` of the lock, or of what pyproject.toml asks for; the project itself is left out."""
        base = source if self.project.is_dir(source) else posixpath.dirname(source) or "."
        for name in ("uv.lock", "pyproject.toml"):
            found = posixpath.normpath(f"{base}/{name}")
            if self._has(found):
                self._exported(found, span, prefix)
                return

    def _poetry(self, source: str, span: Span, prefix: str, *, needed: bool) -> None:
        if self._build_system(source) != "poetry":
            if needed:
                self.reasons.append(f"{source} has no project of Poetry")
            return
        base = source if self.project.is_dir(source) else posixpath.dirname(source) or "."
        lock = posixpath.normpath(f"{base}/poetry.lock")
        found = lock if self._has(lock) else posixpath.normpath(f"{base}/pyproject.toml")
        self._exported(found, span, prefix)

    def _exported(self, found: str, span: Span, prefix: str) -> None:
        """What is exported is installed, and the export stays beside it."""
        self.parts += [Made(posixpath.join(prefix, "requirements.txt"), span), Install(found, span, prefix)]

    def _has(self, path: str) -> bool:
        return self.project.is_file(path)

    def _build_system(self, source: str) -> str | None:
        """As ``get_build_system_from_pyproject_toml`` reads it, line by line."""
        file = f"{source}/pyproject.toml" if self.project.is_dir(source) else source
        try:
            lines = self.project.read_text(posixpath.normpath(file)).splitlines() if self._has(file) else []
        except Unreadable:
            return None
        system = False
        for line in lines:
            if line.startswith("[build-system]"):
                system = True
                continue
            backend = system and line.startswith("build-backend")
            if backend and "poetry" in line:
                return "poetry"
            if line.startswith("[tool.uv]") or (backend and "uv" in line):
                return "uv"
        return None


def _prefix(value: Value | None) -> str | None:
    text = "" if value is None else string(value)
    return text if not text else posixpath.normpath(text).lstrip("/")


def _spares(patterns: Filter | None, prefix: str) -> bool:
    """Whether patterns let packages and modules pass that they do not name."""
    if patterns is None:
        return True
    try:
        filters = Filters((Filter(patterns.dialect, patterns.patterns, f"{prefix}/" if prefix else ""),), Span(""))
    except Unsure:
        return False
    return all(filters.left_out(path, directory=False) is None for path in _PROBES)


def _is_harmless(value: Value) -> bool:
    words = [string(item) for item in value.values] if isinstance(value, Items) else [None]
    return all(word is not None and _HARMLESS_ARGUMENTS.match(word) for word in words)
