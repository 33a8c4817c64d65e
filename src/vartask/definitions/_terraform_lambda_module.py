"""What the module terraform-aws-modules/lambda puts into a package.

https://registry.terraform.io/modules/terraform-aws-modules/lambda/aws and its ``package.py`` (8.x): every item of
``source_path`` is a step, and all that steps add goes into one zip, where what is added last counts.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from vartask.artifact.filters import Filters, Unsure
from vartask.artifact.scripts.session import Session
from vartask.artifact.scripts.steps import Step
from vartask.definitions._terraform_archive import absence
from vartask.definitions._terraform_module_commands import Call, read_actions
from vartask.model import Filter, Install, Made, Packed, Part, Span, Text, Zip
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass, field
from vartask.syntax import hcl
from vartask.syntax.hcl_values import Items, Known, Table, Value, brief, is_null, plain, string, text_of
from vartask.syntax.terraform_blocks import Instance
from vartask.syntax.terraform_module import Module

_SOURCE = regex(r"terraform-aws-modules/(?:terraform-aws-lambda|lambda/aws)(?![\w/]*//)(?:$|[?.])")
_PROBES = ("zzz_probe.py", "zzz_probe/__init__.py", "zzz_probe/inner/module.py")
_BUILDERS = ("pip_requirements", "uv_install", "poetry_install")
_HARMLESS_ARGUMENTS = regex(r"--(?:without-hashes|no-hashes|no-editable|no-emit-project|quiet|no-header|no-dev)\Z")


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
    parts: list[Part | Install | Made | Packed] = field(default_factory=list)
    session: Session | None = None
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
                self.reasons.append(f"the source_path {brief(item)} is computed")
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
            self.reasons.append(f"the source_path {brief(written)} is computed")
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
                self.reasons.append(f"{name} is computed: {brief(asked)}")
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
            self.reasons.append(f"{name} exports with arguments of its own: {brief(extra)}")
        if source is None:
            return
        if name == "uv_install":
            self._uv(source, asked.span, prefix)
        else:
            self._poetry(source, asked.span, prefix, needed=True)

    def _commands(self, commands: Value, path: str | None, filters: Filter | None) -> None:
        """Shell commands, among which ``:zip [path [prefix]]`` puts a directory or file into the package."""
        actions = read_actions(commands)
        here: str | None = self.module.root if path is None else self.module.path(path)
        if actions is None or here is None:
            self.reasons.append("the commands of the source_path are computed")
            return
        for action in actions:
            if isinstance(action, Call):
                source = self.project.join(here, action.path)
                if source is None:
                    self.reasons.append(f"`{action.text}` packs what is not in the repository")
                else:
                    self._add(source, commands.span, _tidy(action.prefix), filters)
                continue
            status, here = self._shell(actions).follow(
                Step(action, commands.span.path, commands.span.line, here or "\0")
            )
            if status is False or here is None:
                said = "fails" if status is False else "is not followed"
                self.reasons.append(f"`{action.splitlines()[0]}` {said}, which runs before the package is made")
                return

    def _shell(self, actions: list[Call | str]) -> Session:
        """The working copy of all commands: what one of them changes, the steps behind it see."""
        if self.session is None:
            text = "\n".join(one for one in actions if isinstance(one, str))
            self.session = Session.of(self.project, f"{self.module.root}/.", (Step(text, self.module.root, 1),))
        return self.session

    # -- steps ------------------------------------------------------------------------------------

    def _source(self, path: str) -> str | None:
        source = self.module.path(path)
        reason = f"{path} is not in the repository" if source is None else absence(self.project, source)
        if reason is not None:
            self.reasons.append(reason)
            return None
        return source

    def _add(self, source: str, span: Span, prefix: str, filters: Filter | None) -> None:
        kept = () if filters is None else (Filter(filters.dialect, filters.patterns, f"{prefix}/" if prefix else ""),)
        if self.session is not None:
            self._add_worked(self.session, Part(source, span, prefix, filters=kept))
        elif self.project.kind(source) is None:
            self.reasons.append(f"{source} does not exist: a build step makes it")
        elif self.project.is_dir(source):
            self.parts.append(Part(source, span, prefix, filters=kept))
        else:
            # Filters go over directories only; another archive is a file like any other.
            self.parts.append(Part(source, span, prefix, posixpath.basename(source)))

    def _add_worked(self, session: Session, part: Part) -> None:
        """What commands have left of a directory or file."""
        try:
            filters = Filters(part.filters, part.span)
        except Unsure as error:
            self.reasons.append(str(error))
            return
        packed = session.packed(
            part.source,
            part.span,
            into=part.into,
            skip=lambda path, directory: filters.left_out(path, directory=directory) is not None,
        )
        if packed is None:
            self.reasons.append(f"{part.source} does not exist when the package is made")
        else:
            self.parts.append(packed)

    def _filters(self, patterns: Value | None) -> Filter | None:
        if patterns is None:
            return None
        if isinstance(patterns, Items):
            texts = [Text(text_of(item), item.span) for item in patterns.values if isinstance(item, Known)]
            if len(texts) == len(patterns.values):
                return Filter("lambda_module", tuple(texts)) if texts else None
        text = string(patterns)
        if text is None:
            self.reasons.append(f"the patterns of the source_path are computed: {brief(patterns)}")
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
    return text if not text else _tidy(text)


def _tidy(prefix: str) -> str:
    """A directory of the package; nothing for its root."""
    tidied = posixpath.normpath(prefix).lstrip("/") if prefix else ""
    return "" if tidied == "." else tidied


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
