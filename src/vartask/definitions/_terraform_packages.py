"""What a Terraform configuration puts into a zip package or a layer."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from functools import cached_property

from vartask.artifact.ready_made import is_archive, made_anew
from vartask.data.public_layers import distributions_in, layer_name
from vartask.definitions._terraform_archive import Archive
from vartask.definitions._terraform_commands import prepared
from vartask.definitions._terraform_lambda_module import Steps, calls_module
from vartask.model import Layer, LocalLayer, Span, UnknownLayer, Zip
from vartask.syntax import hcl
from vartask.syntax.hcl_values import Computed, Items, Known, Table, Value, mentions_of, plain, show, string
from vartask.syntax.terraform_blocks import Instance
from vartask.syntax.terraform_module import Module

_OBJECTS = ("aws_s3_object", "aws_s3_bucket_object", "aws_s3_object_copy")
_REPLACED = "the package is replaced outside of the configuration"


@dataclass
class Packages:
    """The archives, uploads and layers of one root module and everything below it."""

    root: Module

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

    def zip(self, module: Module, instance: Instance) -> Zip:
        """The package of an ``aws_lambda_function`` or an ``aws_lambda_layer_version``."""
        span = instance.block.span
        if ignored_changes(instance) & {"all_changes", "filename", "s3_key", "s3_object_version", "source_code_hash"}:
            # What the configuration has is a placeholder that a later deployment replaces.
            return Zip(span, reason=f"{_REPLACED} (ignore_changes)")
        for name in ("filename", "s3_key"):
            value = instance.get(name)
            if value is not None:
                return self._packaged(module, value, value.span)
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
            return self._packaged(module, uploaded if key is None else key, uploaded.span)
        source = call.get("source_path")
        if source is None or not _is(call, "create_package", unless=True):
            return Zip(span, reason="the package is made outside of the configuration")
        runtime = call.get("runtime")
        return Steps(module, "" if runtime is None else string(runtime)).read(source)

    def _packaged(self, module: Module, value: Value, span: Span) -> Zip:
        """The contents of a file that is named, or of an upload."""
        for mention in sorted(mentions_of((value,))):
            found = self._named.get(mention)
            if found is None:
                continue
            if "archive_file." in mention:
                return self._archived(Archive(*found))
            source = found[1].get("source")
            if source is not None and any(f"{kind}." in mention for kind in _OBJECTS):
                return self._packaged(found[0], source, span)
            if calls_module(*found):
                return self.of_module(*found)
        path = string(value)
        if path is not None and posixpath.normpath(path) in self._archives:
            return self._archived(self._archives[posixpath.normpath(path)])
        ready = module.path(path) if path is not None and is_archive(path) else None
        if ready is not None and module.configuration.project.is_file(ready):
            doubt = made_anew(module.configuration.project, ready)
            if doubt is not None:
                return Zip(span, reason=f"the ready-made archive {path} {doubt}")
            return Zip.of(ready, span)
        text = value.text if isinstance(value, Computed) else show(value)
        return Zip(span, reason=f"the package {text} is made outside of the configuration")

    def _archived(self, archive: Archive) -> Zip:
        """An archive, after the commands that fill its directory."""
        package = archive.package()
        if archive.directory is None or not package.parts:
            return package
        installs, reason = prepared(self.root, archive)
        if reason is not None:
            return Zip(package.span, reason=reason)
        return replace(package, parts=(*package.parts, *installs))

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
