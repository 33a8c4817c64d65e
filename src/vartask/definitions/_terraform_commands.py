"""Commands that Terraform runs before it packs something: ``local-exec``, and programs of ``data "external"``.

https://developer.hashicorp.com/terraform/language/resources/provisioners/local-exec: the command is given to
``/bin/sh -c`` in the directory that Terraform runs in, or in ``working_dir``.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator
from functools import cached_property

from vartask.artifact.scripts.session import Session
from vartask.artifact.scripts.steps import Step, unknown
from vartask.model import Span
from vartask.patterns import regex
from vartask.records import dataclass, field
from vartask.syntax import hcl
from vartask.syntax.hcl_values import Items, Known, Table, Value, show, string
from vartask.syntax.terraform_blocks import Instance, value_of
from vartask.syntax.terraform_module import Module

_REFERENCE = regex(r"\b(?:data\.external|null_resource|terraform_data|shell_script|module)\.[\w-]+")
_EXPRESSION = regex(r"\$\{([^{}]*[.(\[][^{}]*)\}")
_UNKNOWN_COMMAND = regex(r"(?:^|[;&|(])\s*[\"']?\$\{_ci_", re.MULTILINE)
"""A command whose name is computed may do anything."""
_MAX_CHAIN = 300
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})


@dataclass(frozen=True, slots=True)
class Command:
    """Commands of one block: ``step`` is ``None`` for a program that is no shell's."""

    address: str
    text: str
    step: Step | None
    span: Span


@dataclass
class Commands:
    """The commands of one root module and everything below it."""

    root: Module
    _sessions: dict[tuple[int, ...], Session] = field(default_factory=dict)

    @cached_property
    def _all(self) -> tuple[Command, ...]:
        return tuple(command for module in self.root.tree() for command in _of(module))

    def zipping(self) -> tuple[Command, ...]:
        """Every command, in blocks that make an archive."""
        return tuple(one for one in self._all if "zip" in one.text)

    def before(self, module: Module, block: hcl.Block, path: str | None) -> tuple[Command, ...]:
        """The commands that run before a block, and those that name the directory or file that it takes."""
        awaited = set(self._awaited(module, block))
        base = "" if path is None else posixpath.basename(path)
        name = re.compile(rf"(?<![\w-]){re.escape(base)}(?![\w-])")
        named = base not in {"", "."}
        return tuple(one for one in self._all if one.address in awaited or (named and name.search(one.text)))

    def _awaited(self, module: Module, block: hcl.Block) -> Iterator[str]:
        """The addresses of blocks and modules that a block waits for, and of those that they wait for."""
        seen: set[str] = set()
        pending = [block]
        while pending:
            for name in _references(pending.pop()):
                if name in seen:
                    continue
                seen.add(name)
                if name.startswith("module."):
                    prefix = module.mention(name)
                    yield from {one.address for one in self._all if one.address.startswith(prefix)}
                    continue
                kind, _, label = name.removeprefix("data.").partition(".")
                other = module.block("data" if name.startswith("data.") else "resource", kind, label)
                if other is not None:
                    yield module.mention(name)
                    pending.append(other)

    def awaits(self, block: hcl.Block) -> bool:
        """Whether a block waits for another that may run commands."""
        return any(not name.startswith("module.") for name in _references(block))

    def session(self, commands: tuple[Command, ...]) -> Session:
        """The working copy after these commands."""
        key = tuple(map(id, commands))
        if key not in self._sessions:
            project = self.root.configuration.project
            steps = tuple(one.step for one in commands if one.step is not None)
            session = Session.of(project, commands[0].span.path, steps)
            for one in commands:
                if one.step is None:
                    session.files.forget("/repository", f"the program at {one.span} is not followed", one.span)
                elif session.follow(one.step)[0] is False:
                    # Terraform stops there; so what is packed comes from a machine on which it succeeds.
                    session.files.forget("/repository", f"the command at {one.span} fails here", one.span)
            self._sessions[key] = session
        return self._sessions[key]


def _references(block: hcl.Block) -> list[str]:
    """What the arguments of a block and of its nested blocks name, in order."""
    texts = [item.value.text for item in block.body.attributes]
    found = [name for text in texts for name in _REFERENCE.findall(text)]
    return list(dict.fromkeys([*found, *(name for inner in block.body.blocks for name in _references(inner))]))


def _in_order(module: Module) -> list[hcl.Block]:
    """The blocks that run commands, each behind those that it waits for."""
    done: dict[int, hcl.Block] = {}
    visited: set[int] = set()

    def visit(block: hcl.Block) -> None:
        if id(block) in visited:
            return
        visited.add(id(block))
        for name in _references(block):
            kind, _, label = name.removeprefix("data.").partition(".")
            other = module.block("data" if name.startswith("data.") else "resource", kind, label)
            if other is not None and len(visited) < _MAX_CHAIN:
                visit(other)
        done[id(block)] = block

    for block in (*module.blocks("resource"), *module.blocks("data")):
        if any(block.body.of_type("provisioner")) or block.labels[:1] == ("external",):
            visit(block)
    return list(done.values())


def _of(module: Module) -> Iterator[Command]:
    blocks = _in_order(module)
    for block in blocks:
        provisioners = [one for one in block.body.of_type("provisioner") if one.labels == ("local-exec",)]
        if provisioners:
            for instance in module.instances(block):
                for one in provisioners:
                    yield from _provisioned(module, block, instance, one)
        elif block.type == "data" and block.labels[:1] == ("external",) and len(block.labels) > 1:
            for instance in module.instances(block):
                yield from _program(module, block, instance)


def _provisioned(module: Module, block: hcl.Block, instance: Instance, provisioner: hcl.Block) -> Iterator[Command]:
    values = {name: value_of(provisioner.body, name, instance.evaluate) for name in ("command", "working_dir", "when")}
    command, directory = values["command"], values["working_dir"]
    at_end = provisioner.body.get("when")
    if command is None or (at_end is not None and at_end.text.strip('"') == "destroy"):
        return
    address = module.mention(".".join(block.labels[:2]))
    where = "" if directory is None else show(directory)
    interpreter = value_of(provisioner.body, "interpreter", instance.evaluate)
    environment = value_of(provisioner.body, "environment", instance.evaluate)
    at = provisioner.body.get("command")
    step = None
    if _is_shell(interpreter):
        place = module.root if directory is None else module.path(string(directory) or "\0")
        line = command.span.line + (at is not None and at.text.startswith("<<"))
        text = _EXPRESSION.sub(lambda found: unknown("ci", found[1]), show(command))
        if not _UNKNOWN_COMMAND.search(text):
            step = Step(text, command.span.path, line, place or "\0", _variables(environment))
    yield Command(address, f"{show(command)} {where}", step, provisioner.span)


def _is_shell(interpreter: Value | None) -> bool:
    if interpreter is None:
        return True
    words = [string(item) for item in interpreter.values] if isinstance(interpreter, Items) else []
    return bool(words) and posixpath.basename(words[0] or "") in _SHELLS


def _variables(value: Value | None) -> dict[str, str | None]:
    table = value.values if isinstance(value, Table) else {}
    return {name: show(item) if isinstance(item, Known) else None for name, item in table.items()}


def _program(module: Module, block: hcl.Block, instance: Instance) -> Iterator[Command]:
    program, directory = instance.get("program"), instance.get("working_dir")
    words = [string(item) for item in program.values] if isinstance(program, Items) else []
    known = [word for word in words if word is not None]
    place = module.root if directory is None else module.path(string(directory) or "\0")
    text = shlex.join(known)
    step = Step(text, block.span.path, block.span.line, place or "\0") if known and len(known) == len(words) else None
    address = module.mention(f"data.{block.labels[0]}.{block.labels[1]}")
    yield Command(
        address, " ".join(show(item) for item in program.values) if isinstance(program, Items) else "", step, block.span
    )
