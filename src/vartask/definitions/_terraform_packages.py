"""What a Terraform configuration puts into a zip package or a layer."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from vartask.artifact.build_context import ancestors
from vartask.artifact.build_words import lines_of
from vartask.artifact.gomatch import BadPattern, match
from vartask.artifact.ready_made import is_archive, made_anew
from vartask.data.public_layers import distributions_in, layer_name
from vartask.model import Filter, Layer, LocalLayer, Span, UnknownLayer, Zip
from vartask.syntax import hcl
from vartask.syntax.hcl_values import Computed, Items, Known, Value, mentions_of, plain, show, string
from vartask.syntax.terraform_blocks import Instance, value_of
from vartask.syntax.terraform_module import Module

_OBJECTS = ("aws_s3_object", "aws_s3_bucket_object", "aws_s3_object_copy")
_HARMLESS = frozenset({"echo", "mkdir", "rm", "set", "true", "chmod", "find"})


@dataclass
class Packages:
    """The archives, uploads and layers of one root module and everything below it."""

    root: Module

    @cached_property
    def _named(self) -> dict[str, tuple[Module, Instance]]:
        kinds = ("archive_file", "aws_lambda_layer_version", *_OBJECTS)
        return {
            module.mention(address): (module, instance)
            for module in self.root.tree()
            for address, instance in module.resources(*kinds)
        }

    @cached_property
    def _archives(self) -> dict[str, tuple[Module, Instance]]:
        """Archives by the path that they are written to."""
        found: dict[str, tuple[Module, Instance]] = {}
        for mention, (module, instance) in self._named.items():
            output = instance.get("output_path") if "archive_file." in mention else None
            if isinstance(output, Known):
                found[posixpath.normpath(show(output))] = (module, instance)
        return found

    def zip(self, module: Module, instance: Instance) -> Zip:
        """The package of an ``aws_lambda_function`` or an ``aws_lambda_layer_version``."""
        span = instance.block.span
        if ignored_changes(instance) & {"all_changes", "filename", "s3_key", "s3_object_version", "source_code_hash"}:
            # What the configuration has is a placeholder that a later deployment replaces.
            return Zip(span, reason="the package is replaced outside of the configuration (ignore_changes)")
        for name in ("filename", "s3_key"):
            value = instance.get(name)
            if value is not None:
                return self._packaged(module, value, value.span)
        return Zip(span, reason="the code of the function is set outside of the configuration")

    def _packaged(self, module: Module, value: Value, span: Span) -> Zip:
        """The contents of a file that is named, or of an upload."""
        for mention in sorted(mentions_of((value,))):
            found = self._named.get(mention)
            if found is None:
                continue
            if "archive_file." in mention:
                return self._archived(*found)
            source = found[1].get("source")
            if source is not None and any(f"{kind}." in mention for kind in _OBJECTS):
                return self._packaged(found[0], source, span)
        path = string(value)
        if path is not None and posixpath.normpath(path) in self._archives:
            return self._archived(*self._archives[posixpath.normpath(path)])
        ready = module.path(path) if path is not None and is_archive(path) else None
        if ready is not None and module.configuration.project.is_file(ready):
            doubt = made_anew(module.configuration.project, ready)
            if doubt is not None:
                return Zip(span, reason=f"the ready-made archive {path} {doubt}")
            return Zip.of(ready, span)
        text = value.text if isinstance(value, Computed) else show(value)
        return Zip(span, reason=f"the package {text} is made outside of the configuration")

    def _archived(self, module: Module, archive: Instance) -> Zip:
        """``archive_file``: https://registry.terraform.io/providers/hashicorp/archive/latest/docs/data-sources/file."""
        for name in ("source_dir", "source_file"):
            value = archive.get(name)
            if value is None:
                continue
            path = string(value)
            inside = None if path is None else module.path(path)
            if inside is None:
                return Zip(value.span, reason=f"the {name} {show(value)} cannot be known")
            return self._directory(module, archive, inside, value.span)
        copied = _copied_file(archive)
        inside = None if copied is None else module.path(copied)
        if inside is not None:
            return self._directory(module, archive, inside, archive.block.span)
        return Zip(archive.block.span, reason="the archive is put together from computed contents")

    def _directory(self, module: Module, archive: Instance, source: str, span: Span) -> Zip:
        reason = self._absence(source)
        if reason is not None:
            return Zip(span, reason=reason)
        requirements, reason = self._prepared(module, archive, source)
        if reason is not None:
            return Zip(span, reason=reason)
        excluded = self._excluded(archive, source)
        if excluded is None:
            return Zip(span, reason="the archive leaves out files by patterns that cannot be followed exactly")
        filters = (Filter("names", excluded),) if excluded else ()
        return Zip.of(source, span, requirements=requirements, filters=filters)

    def _absence(self, source: str) -> str | None:
        """Why the contents of a path are not those that the repository holds."""
        project = self.root.configuration.project
        if project.kind(source) is None:
            return f"{source} does not exist: a build step makes it"
        if project.ignored(source):
            return f"{source} is ignored by git: a build step makes it"
        return None

    def _prepared(self, module: Module, archive: Instance, source: str) -> tuple[str | None, str | None]:
        """The requirements that a command installs into the directory, or why its contents are not known."""
        requirements: str | None = None
        touching = [run for run in self._commands() if _names(run.text, source)]
        awaited = archive.block.body.get("depends_on")
        if awaited is not None and re.search(
            r"\b(?:null_resource|terraform_data|shell_script|external)\.", awaited.text
        ):
            touching = touching or list(self._commands())
            if not touching:
                return None, f"{awaited.text} prepares {source} first"
        for run in touching:
            found = _installed(run, source, module)
            if found is None:
                return None, f"a command at {run.span} prepares {source} first"
            requirements = found or requirements
        return requirements, None

    def _commands(self) -> Iterator[Run]:
        for module in self.root.tree():
            for block in (*module.blocks("resource"), *module.blocks("data")):
                for body in block.body.of_type("provisioner"):
                    value = value_of(body.body, "command", module.evaluate)
                    directory = value_of(body.body, "working_dir", module.evaluate)
                    if value is not None and body.labels == ("local-exec",):
                        place = (
                            module.path(string(directory) or ".") if directory is None or string(directory) else None
                        )
                        where = "" if directory is None else show(directory)
                        yield Run(f"{show(value)} {where}", show(value), place, body.span)

    def _excluded(self, archive: Instance, source: str) -> tuple[str, ...] | None:
        """The names that ``excludes`` leaves out at any depth; ``None`` when names cannot say it."""
        value = archive.get("excludes")
        if value is None:
            return ()
        patterns = plain(value)
        if not isinstance(patterns, list) or not all(isinstance(one, str) for one in patterns):
            return None
        project = self.root.configuration.project
        prefix = "" if source == "." else source + "/"
        paths = [path[len(prefix) :] for path in project.files if path.startswith(prefix)]
        out = {path for path in paths if any(_matches(str(one), path) for one in patterns)}
        names: set[str] = set()
        for path in sorted(out):
            # The highest directory of which everything is left out stands for all that it holds.
            top = next(
                part
                for part in reversed([*ancestors(path)][:-1])
                if all(one in out for one in paths if one == part or one.startswith(part + "/"))
            )
            names.add(posixpath.basename(top))
        hidden = {path for path in paths if names & set(path.split("/"))}
        return tuple(sorted(names)) if hidden == out else None

    # -- layers -----------------------------------------------------------------------------------

    def layers(self, value: Value | None) -> tuple[Layer, ...]:
        """The layers in a ``layers`` argument."""
        if value is None:
            return ()
        if not isinstance(value, Items):
            return (UnknownLayer(show(value), "the list of layers is computed", value.span),)
        return tuple(self._layer(item) for item in value.values)

    def _layer(self, value: Value) -> Layer:
        for mention in sorted(mentions_of((value,))):
            found = self._named.get(mention)
            if found is None or "aws_lambda_layer_version." not in mention or ":data." in mention:
                continue
            module, instance = found
            name = string(instance.get("layer_name")) or instance.block.labels[-1]
            package = self.zip(module, instance)
            if package.parts:
                return LocalLayer(name, package, value.span)
            return UnknownLayer(name, package.reason or "its contents cannot be known", value.span)
        arn = layer_name(show(value))
        held = None if arn is None else distributions_in(arn)
        return UnknownLayer(show(value), "the layer is made elsewhere", value.span, held)


def ignored_changes(instance: Instance) -> frozenset[str]:
    """The arguments that something else than Terraform keeps up to date (``lifecycle { ignore_changes }``)."""
    names: set[str] = set()
    for block in instance.block.body.of_type("lifecycle"):
        listed = block.body.get("ignore_changes")
        if isinstance(listed, hcl.Tuple):
            names |= {re.split(r"[.\[]", item.text)[0] for item in listed.items}
        elif listed is not None:
            names.add("all_changes")
    return frozenset(names)


def _copied_file(archive: Instance) -> str | None:
    """The file that the only ``source`` block copies under its own name: ``content = file("app.py")``."""
    blocks = list(archive.blocks("source"))
    if len(blocks) != 1:
        return None
    body, evaluate = blocks[0]
    content, name = body.get("content"), string(value_of(body, "filename", evaluate))
    if not isinstance(content, hcl.Call) or content.name != "file" or len(content.arguments) != 1:
        return None
    path = string(evaluate.soft(content.arguments[0]))
    return path if path is not None and posixpath.basename(path) == name else None


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


def _matches(pattern: str, path: str) -> bool:
    """``excludes`` of ``archive_file``: paths below the source, with ``*`` and ``**``; a directory takes all below."""
    parts = path.split("/")
    return any(_glob(pattern.strip("/").split("/"), parts[: depth + 1]) for depth in range(len(parts)))


def _glob(pattern: list[str], parts: list[str]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_glob(pattern[1:], parts[at:]) for at in range(len(parts) + 1))
    if not parts:
        return False
    try:
        return match(pattern[0], parts[0]) and _glob(pattern[1:], parts[1:])
    except BadPattern:
        return False
