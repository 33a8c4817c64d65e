"""Whether a module of the artifact certainly has the attribute that its source mentions."""

from __future__ import annotations

import ast
from collections.abc import Callable

from vartask.imports.conditions import decide, evaluate
from vartask.imports.presence import Presence, State
from vartask.imports.resolve import External, Found, Missing, Resolution
from vartask.imports.scene import RelativeImportError, Scene
from vartask.imports.steps import span_of
from vartask.model import HandlerOutcome, HandlerProblem, ImportFact, Span
from vartask.records import dataclass, replace
from vartask.syntax.python_nodes import nodes_of

_DEEPEST = 12
"""Longest chain of re-exports that is followed."""

Whole = Callable[[Found], bool]
"""Whether the replay saw a module through to its end."""


def confirmed(scene: Scene, outcome: HandlerOutcome, found: Found, whole: Whole) -> HandlerOutcome:
    """The outcome of a handler whose module mentions it: refuted where no run binds it, a gap where only some do."""
    name = outcome.attribute
    if outcome.problem is not None or name is None:
        return outcome
    answer = _Search(scene, whole).answer(found, name)
    if isinstance(answer, Span):
        scene.lasting_gap(answer, f"whether `{name}` is bound depends on something that is not known here")
    if answer is not False:
        return outcome
    module = outcome.handler.value.rpartition(".")[0]
    text = f"Handler {name!r} missing on module {module!r}"
    problem = HandlerProblem("attribute", "Runtime.HandlerNotFound", text, module=found.module, attribute=name)
    return replace(outcome, problem=problem)


@dataclass(frozen=True, slots=True)
class _Search:
    scene: Scene
    whole: Whole

    def answer(self, found: Found, name: str, depth: int = 0) -> bool | Span:
        """Bound, certainly not, or the place on which it depends."""
        scene = self.scene
        if not found.readable or scene.vendored(found) or depth > _DEEPEST:
            return True
        facts, tree = scene.facts(found), scene.library.parsed(found.module.source, found.entry).tree
        if tree is None or facts.dynamic is not None:
            return True  # what cannot be read has its own gap
        state = self._state(found, tree, name, depth)
        if isinstance(state, ast.AST):
            return span_of(state, found.module.source)
        if state:
            return self._origin(found, name, depth)
        makers = _declaring_global(tree, name)
        if makers is not None:
            return span_of(makers, found.module.source)
        binding = facts.bindings.get("__getattr__")
        if binding is not None:
            return binding.span
        # Where the source does not mention the name at all, the handler has been judged before.
        return name not in facts.bindings

    def _state(self, found: Found, tree: ast.Module, name: str, depth: int) -> State:
        in_package = found.package is not None or "." in found.module.name
        version = self.scene.resolver.path.version

        def star(node: ast.ImportFrom) -> bool | None:
            return self._star(node, found, name, depth)

        presence = Presence(
            name,
            lambda test: decide(evaluate(test), version, in_package),
            lambda node: self._works(node, found),
            star,
        )
        return presence.at_end(tree.body)

    def _origin(self, found: Found, name: str, depth: int) -> bool | Span:
        """Where the name is imported from a first-party module: whether that has it."""
        binding = self.scene.facts(found).bindings.get(name)
        if binding is None or binding.kind != "import" or binding.attribute is None or not binding.certain:
            return True
        target = self._find(ImportFact(binding.target or "", binding.level, None, binding.span), found)
        if not isinstance(target, Found) or self.scene.defines(target, binding.attribute) is not True:
            return True  # a sub-module, or something that the replay of the import has judged
        answer = self.answer(target, binding.attribute, depth + 1)
        return answer if isinstance(answer, Span) else True

    def _find(self, fact: ImportFact, importer: Found) -> Resolution | None:
        try:
            return self.scene.resolver.find(self.scene.absolute(fact, importer))
        except RelativeImportError:
            return None

    def _star(self, node: ast.ImportFrom, found: Found, name: str, depth: int) -> bool | None:
        target = self._find(ImportFact(node.module or "", node.level, None, span_of(node, found.module.source)), found)
        if not isinstance(target, Found) or not target.readable or depth > _DEEPEST:
            return None if not isinstance(target, Missing) else False
        exported = self.scene.facts(target).exported
        if exported is not None and name not in exported:
            return False
        if exported is None and name.startswith("_"):
            return False
        defined = self.scene.defines(target, name)
        if defined is not True:
            return False if defined is False else None
        answer = self.answer(target, name, depth + 1)
        return None if isinstance(answer, Span) else answer

    def _works(self, node: ast.Import | ast.ImportFrom, importer: Found) -> bool:
        """Whether an import certainly succeeds: first-party modules that were seen through, and what they define."""
        names = [alias.name for alias in node.names]
        span = span_of(node, importer.module.source)
        if isinstance(node, ast.Import):
            return all(self._there(self._find(ImportFact(name, 0, None, span), importer)) for name in names)
        target = self._find(ImportFact(node.module or "", node.level, None, span), importer)
        if not self._there(target):
            return False
        if not isinstance(target, Found):
            return True  # the standard library: what it lacks is judged where the import stands
        return all(name == "*" or self._has(target, name) for name in names)

    def _has(self, target: Found, name: str) -> bool:
        if self.scene.defines(target, name) is True:
            return True
        return target.package is not None and self._there(self.scene.resolver.find(f"{target.module.name}.{name}"))

    def _there(self, resolution: Resolution | None) -> bool:
        if isinstance(resolution, Found):
            return resolution.doubt is None and self.whole(resolution)
        return isinstance(resolution, External) and resolution.doubt is None


def _declaring_global(tree: ast.Module, name: str) -> ast.Global | None:
    """The ``global`` statement by which a function may bind the name."""
    return next((node for node in nodes_of(tree).of(ast.Global) if name in node.names), None)
