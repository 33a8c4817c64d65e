"""What names stand for in one module of a Terraform configuration.

References: https://developer.hashicorp.com/terraform/language/expressions/references
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import TYPE_CHECKING

from vartask.model import Span
from vartask.project import Unreadable
from vartask.records import dataclass
from vartask.syntax import hcl
from vartask.syntax.hcl_evaluate import Evaluate
from vartask.syntax.hcl_values import (
    Computed,
    Items,
    Known,
    Missing,
    Table,
    Value,
    joined,
    mentions_of,
    show,
    text_of,
)
from vartask.syntax.terraform_blocks import Instance

if TYPE_CHECKING:
    from vartask.syntax.terraform_module import Module

_KEEPS_MENTION = frozenset(
    {
        ("archive_file", "output_path"),
        ("aws_s3_bucket_object", "key"),
        ("aws_s3_object", "key"),
        ("docker_image", "name"),
        ("docker_registry_image", "name"),
    }
)
"""Arguments of which it matters where they come from, not only what they are."""


@dataclass(frozen=True)
class Scope:
    """The names of one module, inside one instance of a block."""

    module: Module
    each: Table | None = None
    count: Known | None = None

    def resolve(self, reference: hcl.Reference, evaluate: Evaluate) -> tuple[Value, tuple[hcl.Step, ...]] | None:
        """See :class:`vartask.syntax.hcl_evaluate.Scope`."""
        names = [step.name for step in reference.steps if isinstance(step, hcl.Attr)]
        steps = reference.steps
        if not steps or not isinstance(steps[0], hcl.Attr):
            return None
        match reference.base:
            case "var" | "local":
                return self.module.named(str(reference.base), names[0], reference.span), steps[1:]
            case "path":
                return Known(self._path(names[0]), reference.span), steps[1:]
            case "each" if self.each is not None and names[0] in self.each.values:
                return self.each.values[names[0]], steps[1:]
            case "count" if self.count is not None and names[0] == "index":
                return self.count, steps[1:]
            case "module":
                return self._output(reference, evaluate)
            case "each" | "count" | "terraform" | "self":
                return None
            case _:
                return self._resource(reference, evaluate)

    def file_text(self, path: str) -> tuple[str, str] | None:
        """See :class:`vartask.syntax.hcl_file_functions.Files`."""
        project = self.module.configuration.project
        found = self.module.path(path)
        if found is None or not project.is_file(found) or project.ignored(found):
            return None
        try:
            return project.read_text(found), found
        except Unreadable:
            return None

    def files_below(self, directory: str) -> Iterable[str] | None:
        """See :class:`vartask.syntax.hcl_file_functions.Files`."""
        base = self.module.path(directory)
        project = self.module.configuration.project
        if base is None or not project.in_scope(base) or not project.is_dir(base):
            return None
        prefix = "" if base == "." else base + "/"
        return (path[len(prefix) :] for path in project.files if path.startswith(prefix))

    def _path(self, name: str) -> str:
        """Paths relative to the directory that Terraform runs in, which is also ``path.root`` and ``path.cwd``."""
        return posixpath.relpath(self.module.directory, self.module.root) if name == "module" else "."

    def _output(self, reference: hcl.Reference, evaluate: Evaluate) -> tuple[Value, tuple[hcl.Step, ...]]:
        name = reference.steps[0].name if isinstance(reference.steps[0], hcl.Attr) else ""
        key, rest = _index(reference.steps[1:], evaluate)
        mention = self.module.mention(f"module.{name}{'' if key is None else f'[{key}]'}")
        unknown = Computed(f"${{{reference.text}}}", reference.span, frozenset({mention}))
        if not rest or not isinstance(rest[0], hcl.Attr):
            whole = self._whole(name, key, reference.span)
            return (unknown, ()) if whole is None else (whole, rest)
        for call, child in self.module.called(name):
            if key is None or not call.known or (isinstance(call.key, Known) and text_of(call.key) == key):
                if child.block("output", rest[0].name) is None:
                    return unknown, ()
                return child.named("output", rest[0].name, reference.span), rest[1:]
        return unknown, ()

    def _whole(self, name: str, key: str | None, span: Span) -> Value | None:
        """A called module as a value: its outputs, by key where it has ``for_each`` or ``count``."""
        found = self.module.called(name)
        if not found or not all(call.known for call, _ in found):
            return None
        made = {text_of(call.key) if isinstance(call.key, Known) else "": child.outputs(span) for call, child in found}
        if key is not None:
            return made.get(key)
        first = found[0][0]
        if first.key is None:
            return made[""]
        if first.block.body.get("count") is not None:
            return Items(tuple(made.values()), span)
        return Table(made, span)

    def _resource(self, reference: hcl.Reference, evaluate: Evaluate) -> tuple[Value, tuple[hcl.Step, ...]] | None:
        kind, head, steps = "resource", str(reference.base), reference.steps
        if head == "data":
            kind, head, steps = "data", getattr(steps[0], "name", ""), steps[1:]
        if not steps or not isinstance(steps[0], hcl.Attr):
            return None
        name, (key, rest) = steps[0].name, _index(steps[1:], evaluate)
        address = f"{'data.' if kind == 'data' else ''}{head}.{name}{'' if key is None else f'[{key}]'}"
        mentions = frozenset({self.module.mention(address)})
        block = self.module.block(kind, head, name)
        unknown = Computed(f"${{{reference.text}}}", reference.span, mentions)
        if block is None or not rest or not isinstance(rest[0], hcl.Attr):
            return unknown, ()
        instance = next((one for one in self.module.instances(block) if _is_key(one, key)), None)
        if instance is None:
            return unknown, ()
        value = _attribute(instance, head, rest[0].name, mentions)
        return (unknown, ()) if value is None else (value, rest[1:])


def _attribute(instance: Instance, kind: str, name: str, mentions: frozenset[str]) -> Value | None:
    """An attribute of a resource that its own arguments tell."""
    if (kind, name) == ("aws_ecr_repository", "repository_url"):
        repository = instance.get("name")
        registry = Computed("${registry}/", instance.block.span, mentions)
        return None if repository is None else joined([registry, repository], repository.span)
    value = instance.get(name)
    if value is not None and (kind, name) in _KEEPS_MENTION:
        return Computed(show(value), value.span, mentions | mentions_of((value,)))
    return value


def _index(steps: tuple[hcl.Step, ...], evaluate: Evaluate) -> tuple[str | None, tuple[hcl.Step, ...]]:
    """The key of a leading ``[key]``, and what follows it."""
    if not steps or not isinstance(steps[0], hcl.Index):
        return None, steps
    try:
        value = evaluate(steps[0].key)
    except Missing:
        return "", steps[1:]
    return (text_of(value) if isinstance(value, Known) else ""), steps[1:]


def _is_key(instance: Instance, key: str | None) -> bool:
    if not instance.known:
        # It stands for all that there may be.
        return True
    if key is None or instance.key is None:
        return key is None and instance.key is None
    return isinstance(instance.key, Known) and text_of(instance.key) == key
