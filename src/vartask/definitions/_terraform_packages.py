"""What a Terraform configuration puts into a zip package or a layer."""

from __future__ import annotations

import posixpath
import re
from functools import cached_property

from vartask.artifact.ready_made import is_archive, made_anew
from vartask.artifact.scripts.packages import package_made
from vartask.data.public_layers import distributions_in, layer_name
from vartask.definitions._terraform_archive import Archive
from vartask.definitions._terraform_commands import Commands
from vartask.definitions._terraform_lambda_module import Steps, calls_module
from vartask.model import Layer, LocalLayer, Span, UnknownLayer, Zip
from vartask.records import dataclass, field, replace
from vartask.syntax import hcl
from vartask.syntax.hcl_values import Items, Known, Table, Value, brief, mentions_of, plain, show, string
from vartask.syntax.terraform_blocks import Instance
from vartask.syntax.terraform_module import Module

_OBJECTS = ("aws_s3_object", "aws_s3_bucket_object", "aws_s3_object_copy")
_REPLACED = "the package is replaced outside of the configuration"


@dataclass
class Packages:
    """The archives, uploads and layers of one root module and everything below it."""

    root: Module
    _pending: set[str] = field(default_factory=set)

    @cached_property
    def _named(self) -> dict[str, tuple[Module, Instance]]:
        kinds = ("archive_file", "aws_lambda_layer_version", *_OBJECTS)
        found: dict[str, tuple[Module, Instance]] = {}
        for module in self.root.tree():
            for address, instance in module.resources(*kinds):
                found[module.mention(address)] = (module, instance)
            for name, call in module.calls:
                if calls_module(module, call):
                    found[module.mention(module.address_of(name, call))] = (module, call)
            for _, call, child in module.children:
                if calls_module(module, call):
                    # The outputs of a copy of the module lead to the data source that packages.
                    found[child.mention("data.external.archive_prepare[0]")] = (module, call)
        return found

    def _found(self, mention: str) -> tuple[Module, Instance] | None:
        """The block of a mention; one whose instances are not known stands for every key."""
        found = self._named.get(mention)
        if found is None and mention.endswith("]"):
            found = self._named.get(mention[: mention.rindex("[")])
            return found if found is not None and not found[1].known else None
        return found

    @cached_property
    def _archives(self) -> dict[str, Archive]:
        """Archives by the path that they are written to."""
        found: dict[str, Archive] = {}
        for mention, (module, instance) in self._named.items():
            output = instance.get("output_path") if "archive_file." in mention else None
            if isinstance(output, Known):
                found[posixpath.normpath(show(output))] = Archive(module, instance)
        return found

    @cached_property
    def _uploads(self) -> dict[str, tuple[Module, Value]]:
        """What is uploaded, by a key that is written out."""
        found: dict[str, tuple[Module, Value]] = {}
        for mention, (module, instance) in self._named.items():
            key, source = instance.get("key"), instance.get("source")
            if isinstance(key, Known) and source is not None and any(f"{kind}." in mention for kind in _OBJECTS):
                found[show(key)] = (module, source)
        return found

    def zip(self, module: Module, instance: Instance) -> Zip:
        """The package of an ``aws_lambda_function`` or an ``aws_lambda_layer_version``."""
        span = instance.block.span
        if ignored_changes(instance) & {"all_changes", "filename", "s3_key", "s3_object_version", "source_code_hash"}:
            # What the configuration has is a placeholder that a later deployment replaces.
            return Zip(span, reason=f"{_REPLACED} (ignore_changes)")
        for name in ("filename", "s3_key"):
            value = instance.get(name)
            if value is not None:
                return self._packaged(module, value, value.span, uploaded=name == "s3_key")
        return Zip(span, reason="the code of the function is set outside of the configuration")

    def of_module(self, module: Module, call: Instance) -> Zip:
        """The package of a call of terraform-aws-modules/lambda: an existing one, or what ``source_path`` describes."""
        span = call.block.span
        if _is(call, "ignore_source_code_hash", unless=False):
            return Zip(span, reason=f"{_REPLACED} (ignore_source_code_hash)")
        existing = call.get("local_existing_package")
        if existing is not None:
            return self._packaged(module, existing, existing.span)
        uploaded = call.get("s3_existing_package")
        if uploaded is not None:
            key = uploaded.values.get("key") if isinstance(uploaded, Table) else None
            return self._packaged(module, uploaded if key is None else key, uploaded.span, uploaded=True)
        source = call.get("source_path")
        if source is None or not _is(call, "create_package", unless=True):
            return Zip(span, reason="the package is made outside of the configuration")
        runtime = call.get("runtime")
        return Steps(module, "" if runtime is None else string(runtime)).read(source)

    def _packaged(self, module: Module, value: Value, span: Span, *, uploaded: bool = False) -> Zip:
        """The contents of a file that is named, or of an upload, with the path of that file."""
        package = self._contents(module, value, span, uploaded=uploaded)
        path = None if uploaded else string(value)
        return package if path is None else _built_at(package, module.path(path))

    def _contents(self, module: Module, value: Value, span: Span, *, uploaded: bool) -> Zip:
        for mention in sorted(mentions_of((value,))):
            made = self._mentioned(mention, span)
            if made is not None:
                return made
        path = string(value)
        if uploaded:
            upload = self._uploads.get(path or "")
            if upload is not None:
                return self._packaged(*upload, span)
            return Zip(span, reason=f"the package {brief(value)} is uploaded outside of the configuration")
        if path is not None and posixpath.normpath(path) in self._archives:
            return self._archived(self._archives[posixpath.normpath(path)])
        ready = module.path(path) if path is not None and is_archive(path) else None
        made = None if path is None else self._made(module, path, span)
        if made is not None and made.parts:
            return made
        if ready is not None and module.configuration.project.is_file(ready):
            doubt = made_anew(module.configuration.project, ready)
            if doubt is not None:
                return made or Zip(span, reason=f"the ready-made archive {path} {doubt}")
            return Zip.of(ready, span)
        return made or Zip(span, reason=f"the package {brief(value)} is made outside of the configuration")

    def _made(self, module: Module, path: str, span: Span) -> Zip | None:
        """The archive that commands of the configuration make, or a script of the project."""
        inside = module.path(path)
        if inside is None:
            return None
        name = posixpath.basename(inside)
        commands = tuple(one for one in self._commands.zipping() if name in one.text)
        made = self._commands.session(commands).archive(inside, span) if commands else None
        return made or package_made(module.configuration.project, inside)

    def _mentioned(self, mention: str, span: Span) -> Zip | None:
        """What a resource or module call packages that is mentioned."""
        found = self._found(mention)
        if found is None or mention in self._pending:
            return None
        if "archive_file." in mention:
            return self._archived(Archive(*found))
        source = found[1].get("source")
        self._pending.add(mention)
        try:
            if calls_module(*found):
                return self.of_module(*found)
            if source is not None and any(f"{kind}." in mention for kind in _OBJECTS):
                return self._packaged(found[0], source, span)
        finally:
            self._pending.discard(mention)
        return None

    @cached_property
    def _commands(self) -> Commands:
        return Commands(self.root)

    def _archived(self, archive: Archive) -> Zip:
        """An archive, after the commands that fill its directory, with the path that it is written to."""
        output = string(archive.instance.get("output_path"))
        package = self._archive_contents(archive)
        return package if output is None else _built_at(package, archive.module.path(output))

    def _archive_contents(self, archive: Archive) -> Zip:
        block = archive.instance.block
        commands = self._commands.before(archive.module, block, archive.path)
        if not commands or archive.path is None:
            plain_package = archive.package()
            if self._commands.awaits(block) and archive.path is not None:
                return Zip(plain_package.span, reason=f"{archive.path} is prepared first")
            return plain_package
        return archive.after(self._commands.session(commands))

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
            found = self._found(mention)
            if found is None:
                continue
            module, instance = found
            is_module = calls_module(module, instance)
            if not is_module and ("aws_lambda_layer_version." not in mention or ":data." in mention):
                continue
            name = string(instance.get("layer_name")) or instance.block.labels[-1]
            package = self.of_module(module, instance) if is_module else self.zip(module, instance)
            if package.parts:
                return LocalLayer(name, package, value.span)
            return UnknownLayer(name, package.reason or "its contents cannot be known", value.span)
        arn = layer_name(show(value))
        held = None if arn is None else distributions_in(arn)
        return UnknownLayer(show(value), "the layer is made elsewhere", value.span, held)


def _built_at(package: Zip, path: str | None) -> Zip:
    """The package with the path at which the configuration expects it; a package keeps the first that is known."""
    return replace(package, built=path) if path is not None and package.built is None else package


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


def _is(call: Instance, name: str, *, unless: bool) -> bool:
    """A truth value of a module's argument, ``unless`` where it is not set."""
    value = call.get(name)
    return unless if value is None else plain(value) in (True, "true")
