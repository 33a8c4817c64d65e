"""Resolve a handler string as ``awslambdaric`` does.

Source: ``bootstrap._get_handler`` of awslambdaric 2.1.0 to 4.2.2; each text below was printed by it.
"""

from __future__ import annotations

from vartask.data.stdlib import stdlib_module
from vartask.imports.resolve import Doubt, External, Found, Missing
from vartask.imports.scene import Scene
from vartask.imports.stdlib import Stdlib
from vartask.model import HandlerOutcome, HandlerProblem, ImportFact, ModuleAt, Text

_IMPORT = "Runtime.ImportModuleError"
_NOT_FOUND = "Runtime.HandlerNotFound"


def resolve_handler(scene: Scene, handler: Text) -> tuple[HandlerOutcome, Found | None]:
    """What the runtime makes of the handler: the outcome, and the module to go on with where there is one."""
    problem = _malformed(handler.value, scene)
    if problem is not None:
        return HandlerOutcome(handler, problem=problem), None
    written, _, attribute = handler.value.rpartition(".")
    name = written.replace("/", ".")
    found = scene.resolver.find(name)
    if isinstance(found, Missing):
        return _missing(scene, handler, written, name, found), None
    if isinstance(found, Doubt):
        scene.doubt(found, f"handler module `{name}`", handler.span)
        return HandlerOutcome(handler), None
    if isinstance(found, External) and found.doubt is not None:
        scene.doubt(found.doubt, f"handler module `{name}`", handler.span)
        return HandlerOutcome(handler), None
    if isinstance(found, External):
        return _runtime_module(scene, handler, written, attribute, name), None
    return _attribute(scene, handler, written, attribute, found), found


def _malformed(handler: str, scene: Scene) -> HandlerProblem | None:
    if "." not in handler:
        text = f"Bad handler {handler!r}: not enough values to unpack (expected 2, got 1)"
        return HandlerProblem("malformed", "Runtime.MalformedHandlerName", text)
    written = handler.rpartition(".")[0]
    name = written.replace("/", ".")
    if name.startswith("."):
        text = f"the 'package' argument is required to perform a relative import for {name!r}"
        return HandlerProblem("relative", "TypeError", text)
    if not name:
        return HandlerProblem("malformed", "ValueError", "Empty module name")
    # The runtime looks at the text before it replaces slashes, so ``time/x.handler`` passes this test.
    if written.split(".")[0] in scene.resolver.path.builtin:
        text = f"Cannot use built-in module {written} as a handler module"
        return HandlerProblem("builtin", "Runtime.BuiltInModuleConflict", text)
    return None


def _missing(scene: Scene, handler: Text, written: str, name: str, missing: Missing) -> HandlerOutcome:
    top = name.partition(".")[0]
    copied = scene.evidence.copied_by(top)
    if copied is not None and missing.parent is None:
        scene.gap(copied, f"this line may bring `{top}` into the package of `{handler.value}`")
        return HandlerOutcome(handler)
    origin = f"{scene.evidence.base}/-"
    problem = HandlerProblem(
        "module",
        _IMPORT,
        f"Unable to import module {written!r}: {missing.error}",
        missing=missing.component,
        relocation=scene.evidence.relocation(name),
        candidates=scene.evidence.candidates(name, origin.removeprefix("./")),
        removed_by=missing.removed_by,
    )
    return HandlerOutcome(handler, problem=problem)


def _runtime_module(scene: Scene, handler: Text, written: str, attribute: str, name: str) -> HandlerOutcome:
    """The name resolves into the runtime: the package has no such file, or it is never looked at."""
    lacks = next(Stdlib(scene).judge(ImportFact(name, 0, None, handler.span), name), None)
    if lacks is not None:
        error = f"Unable to import module {written!r}: {lacks.text}"
        problem = HandlerProblem("module", _IMPORT, error, missing=lacks.module, shadowed_by_runtime=True)
        return HandlerOutcome(handler, problem=problem)
    module = stdlib_module(name)
    may_have = attribute in module.names if module is not None else "." in name
    if may_have or (module is not None and "." in name and not module.complete):
        scene.gap(handler.span, f"handler module `{name}` resolves into the runtime itself")
        return HandlerOutcome(handler)
    problem = HandlerProblem(
        "module",
        _NOT_FOUND,
        f"Handler {attribute!r} missing on module {written!r}",
        missing=name,
        shadowed_by_runtime=True,
        candidates=scene.evidence.candidates(name, f"{scene.evidence.base}/-".removeprefix("./")),
    )
    return HandlerOutcome(handler, problem=problem)


def _attribute(scene: Scene, handler: Text, written: str, attribute: str, found: Found) -> HandlerOutcome:
    answer = scene.defines(found, attribute)
    if isinstance(answer, Doubt):
        if found.entry is None or (found.readable and scene.facts(found).problem is None):
            reason = f"{answer.reason}: cannot tell whether it defines `{attribute}`"
            scene.gap(answer.at or handler.span, reason)
        return HandlerOutcome(handler, found.module, attribute)
    if answer:
        return HandlerOutcome(handler, found.module, attribute)
    problem = HandlerProblem(
        "attribute",
        _NOT_FOUND,
        f"Handler {attribute!r} missing on module {written!r}",
        module=found.module if found.entry is not None else ModuleAt(found.module.name, found.module.path, ""),
        attribute=attribute,
        similar=_alternatives(scene, found, attribute),
    )
    return HandlerOutcome(handler, found.module, attribute, problem)


def _alternatives(scene: Scene, found: Found, attribute: str) -> tuple[str, ...]:
    """Functions of the module that may be the handler: similar names, then names that say so."""
    if not found.readable:
        return ()
    functions = [name for name, item in scene.facts(found).bindings.items() if item.kind == "function"]
    telling = [name for name in functions if "handler" in name.lower()]
    return tuple(dict.fromkeys([*scene.similar(found, attribute), *telling]))[:3]
