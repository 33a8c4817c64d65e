"""One module of a Terraform configuration: its blocks, their instances, and what its names stand for.

References: https://developer.hashicorp.com/terraform/language/expressions/references
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from vartask.model import Span
from vartask.records import dataclass, field
from vartask.syntax import hcl
from vartask.syntax.hcl_evaluate import Evaluator
from vartask.syntax.hcl_values import (
    Computed,
    Items,
    Known,
    Table,
    Value,
    bounded,
    is_null,
    opaque,
    pairs_of,
    plain,
    string,
    text_of,
)
from vartask.syntax.terraform_blocks import Instance, typed
from vartask.syntax.terraform_scope import Scope
from vartask.syntax.terraform_variables import Way

if TYPE_CHECKING:
    from vartask.syntax.terraform import Configuration

MAX_INSTANCES = 500
"""Of one resource or module: more are data, not a deployment that somebody reads a report about."""

MAX_MODULE_DEPTH = 12


@dataclass
class Module:
    """A directory of configuration, called with certain inputs (``call`` is ``None`` for a root module).

    ``address`` is how Terraform names the module instance (empty for a root).  Paths in a configuration are relative
    to ``root``, the directory that Terraform runs in.
    """

    configuration: Configuration
    directory: str
    root: str
    address: str = ""
    call: Instance | None = None
    depth: int = 0
    way: Way = field(default_factory=Way)
    _values: dict[str, Value] = field(default_factory=dict)
    _pending: set[str] = field(default_factory=set)
    _expanded: dict[int, tuple[Instance, ...]] = field(default_factory=dict)
    _called: dict[str, tuple[tuple[Instance, Module], ...]] = field(default_factory=dict)

    @cached_property
    def files(self) -> tuple[hcl.File, ...]:
        """The parsed files of the directory."""
        return self.configuration.files_of(self.directory)

    def blocks(self, kind: str) -> Iterator[hcl.Block]:
        """The top-level blocks of a type."""
        return (block for file in self.files for block in file.body.of_type(kind))

    @cached_property
    def evaluate(self) -> Evaluator:
        """Evaluates expressions of the module outside of any ``for_each``."""
        return self._evaluator(Scope(self))

    def _evaluator(self, scope: Scope) -> Evaluator:
        return Evaluator(scope, budget=self.configuration.budget)

    @cached_property
    def _named(self) -> dict[tuple[str, ...], hcl.Block]:
        return {(block.type, *block.labels): block for file in self.files for block in file.body.blocks}

    @cached_property
    def _locals(self) -> dict[str, hcl.Expression]:
        return {item.name: item.value for block in self.blocks("locals") for item in block.body.attributes}

    def block(self, *names: str) -> hcl.Block | None:
        """A top-level block by type and labels."""
        return self._named.get(names)

    def resources(self, *types: str) -> Iterator[tuple[str, Instance]]:
        """Every instance of the resources and data sources of the given types, with its address in the module."""
        for kind in ("resource", "data"):
            for block in self.blocks(kind):
                if block.labels[:1] and block.labels[0] in types and len(block.labels) > 1:
                    prefix = "data." if kind == "data" else ""
                    for instance in self.instances(block):
                        yield f"{prefix}{block.labels[0]}.{block.labels[1]}{_suffix(instance.key)}", instance

    def instances(self, block: hcl.Block) -> tuple[Instance, ...]:
        """The instances that ``for_each`` or ``count`` make of a block."""
        key = id(block)
        if key not in self._expanded:
            # Whoever asks while they are found out is part of what decides about them: nothing is known then.
            self._expanded[key] = (Instance(block, self.evaluate, known=False),)
            self._expanded[key] = tuple(self._expand(block))
        return self._expanded[key]

    def _expand(self, block: hcl.Block) -> Iterator[Instance]:
        each, count = block.body.get("for_each"), block.body.get("count")
        if each is not None:
            yield from self._each(block, each)
        elif count is not None:
            yield from self._count(block, count)
        else:
            yield Instance(block, self.evaluate)

    def _each(self, block: hcl.Block, expression: hcl.Expression) -> Iterator[Instance]:
        collection = self.evaluate.soft(expression)
        pairs = pairs_of(collection)
        if pairs is None or len(pairs) > MAX_INSTANCES:
            yield Instance(block, self.evaluate, opaque(expression), known=False)
            return
        for key, value in pairs:
            # The elements of a set are their own keys.
            name = value if isinstance(collection, Items) else key
            yield Instance(block, self._evaluator(Scope(self, Table({"key": name, "value": value}, value.span))), name)

    def _count(self, block: hcl.Block, expression: hcl.Expression) -> Iterator[Instance]:
        count = plain(self.evaluate.soft(expression))
        if not isinstance(count, int) or isinstance(count, bool) or count > MAX_INSTANCES:
            yield Instance(block, self.evaluate, opaque(expression), known=False)
            return
        for at in range(count):
            index = Known(at, expression.span)
            yield Instance(block, self._evaluator(Scope(self, count=index)), index)

    @cached_property
    def _call_blocks(self) -> dict[str, hcl.Block]:
        return {block.labels[0]: block for block in self.blocks("module") if block.labels}

    @cached_property
    def calls(self) -> tuple[tuple[str, Instance], ...]:
        """The module blocks by name, one entry for each instance."""
        blocks = self._call_blocks.items()
        return tuple((name, instance) for name, block in blocks for instance in self.instances(block))

    @cached_property
    def children(self) -> tuple[tuple[str, Instance, Module], ...]:
        """The modules that this one calls by a local path."""
        return tuple((name, call, child) for name in self._call_blocks for call, child in self.called(name))

    def called(self, name: str) -> tuple[tuple[Instance, Module], ...]:
        """The instances of one call of a module by a local path.

        Found out for each call alone: what one gives may decide about the instances of another.
        """
        if name not in self._called:
            self._called[name] = ()
            block = self._call_blocks.get(name)
            self._called[name] = () if block is None else tuple(self._call(name, block))
        return self._called[name]

    def _call(self, name: str, block: hcl.Block) -> Iterator[tuple[Instance, Module]]:
        for call in self.instances(block):
            source = string(call.get("source"))
            if source is None or not source.startswith(".") or self.depth >= MAX_MODULE_DEPTH:
                continue
            if not self.configuration.may_call(call.block.span):
                break
            directory = self.configuration.project.join(self.directory, source)
            if directory is not None and self.configuration.files_of(directory):
                address = f"{self.address}module.{name}{_suffix(call.key)}."
                yield call, Module(self.configuration, directory, self.root, address, call, self.depth + 1, self.way)

    def tree(self) -> Iterator[Module]:
        """This module and all below it."""
        yield self
        for _, _, child in self.children:
            yield from child.tree()

    def path(self, value: str) -> str | None:
        """The project's path for a path in the configuration, ``None`` outside the project."""
        return self.configuration.project.join(self.root, value)

    def address_of(self, name: str, call: Instance) -> str:
        """The address of a module call of this module."""
        return f"module.{name}{_suffix(call.key)}"

    def mention(self, address: str) -> str:
        """A name for a block of this module that is unique in the project."""
        return f"{self.root}:{self.way.name}:{self.address}{address}"

    def outputs(self, span: Span) -> Table:
        """Every output by name."""
        names = [block.labels[0] for block in self.blocks("output") if block.labels]
        return Table({name: self.named("output", name, span) for name in names}, span)

    def named(self, kind: str, name: str, span: Span) -> Value:
        """The value of a ``var``, ``local`` or ``output`` of this module."""
        key = f"{kind}.{name}"
        if key in self._values:
            return self._values[key]
        if key in self._pending:
            return Computed(f"${{{key}}}", span)
        self._pending.add(key)
        try:
            value = self._find(kind, name)
        finally:
            self._pending.discard(key)
        self._values[key] = Computed(f"${{{key}}}", span) if value is None else bounded(value)
        return self._values[key]

    def _find(self, kind: str, name: str) -> Value | None:
        if kind == "local":
            expression = self._locals.get(name)
            return None if expression is None else self.evaluate.soft(expression)
        block = self.block("variable" if kind == "var" else "output", name)
        if block is None:
            return None
        if kind == "output":
            expression = block.body.get("value")
            return None if expression is None else self.evaluate.soft(expression)
        value = self._input(name, block)
        kept = block.body.get("type")
        if isinstance(kept, hcl.Literal) and isinstance(kept.value, str):
            kept = hcl.parse_expression(kept.value, kept.span)
        return value if value is None or kept is None else typed(value, kept, self.evaluate)

    def default(self, block: hcl.Block) -> Value | None:
        """The default of a variable."""
        expression = block.body.get("default")
        return None if expression is None else self.evaluate.soft(expression)

    def _input(self, name: str, block: hcl.Block) -> Value | None:
        default = self.default(block)
        if self.call is None:
            return self.way.given(name, default, block.span)
        expression = self.call.block.body.get(name)
        given = None if expression is None else self.call.evaluate.soft(expression)
        if given is None or (is_null(given) and plain(self._nullable(block)) is False):
            return default
        return given

    def _nullable(self, block: hcl.Block) -> Value:
        """``nullable = false`` makes ``null`` stand for the default."""
        expression = block.body.get("nullable")
        return Known(True, block.span) if expression is None else self.evaluate.soft(expression)


def _suffix(key: Value | None) -> str:
    return f"[{text_of(key)}]" if isinstance(key, Known) else ""
