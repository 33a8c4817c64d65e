"""From a function's resource in a template to a :class:`~vartask.model.Function`."""

from __future__ import annotations

import posixpath
from typing import Final

from vartask.definitions._sam_images import image
from vartask.definitions._sam_properties import FunctionResource
from vartask.definitions._sam_stacks import Stack
from vartask.definitions._sam_updates import CodeUpdates
from vartask.model import Function, Gap, Problem, Text, Zip, distinct
from vartask.patterns import regex
from vartask.project import Project
from vartask.records import dataclass, replace
from vartask.syntax.cloudformation import Evaluator, Known, Unresolved, Value, shown
from vartask.syntax.conditions import assumptions, condition_names
from vartask.syntax.nodes import Scalar
from vartask.syntax.template import Resource

_PYTHON: Final = regex(r"python\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Found:
    """What one resource gave; no function where it is certainly none of Python's.

    There is more than one where conditions of the template decide what the function is.
    """

    functions: tuple[Function, ...] = ()
    problems: tuple[Problem, ...] = ()
    gaps: tuple[Gap, ...] = ()


class FunctionReader:
    """Reads the functions of one stack."""

    def __init__(self, project: Project, stack: Stack, updates: CodeUpdates) -> None:
        self.base = stack.base
        self._project = project
        self._template = stack.template
        self._updates = updates
        self._layers = stack.layers

    def read(self, resource: Resource) -> Found:
        """The function that a resource declares, once for each way that the template's conditions make it differ."""
        found = [self._variant(self._function(replace(resource, evaluator=one))) for one in self._ways(resource)]
        return Found(
            distinct(function for one in found for function in one.functions),
            tuple(dict.fromkeys(problem for one in found for problem in one.problems)),
            tuple(dict.fromkeys(gap for one in found for gap in one.gaps)),
        )

    def _function(self, resource: Resource) -> FunctionResource:
        return FunctionResource(self._project, self._template, resource, self.base)

    def _variant(self, function: FunctionResource) -> Found:
        return self._image_function(function) if function.is_image() else self._zip_function(function)

    def _ways(self, resource: Resource) -> list[Evaluator]:
        """The evaluators to read a resource with."""
        nodes = [*self._function(resource).conditional_nodes(), *self._layers.conditional_nodes()]
        names = frozenset(name for name in condition_names(nodes) if resource.evaluator.condition(name) is not None)
        condition = resource.body.get("Condition")
        needed = condition.value if isinstance(condition, Scalar) else None
        ways = assumptions(resource.evaluator, names, needed) if names else ()
        return [resource.evaluator.assuming(way) for way in ways] or [resource.evaluator]

    def _zip_function(self, function: FunctionResource) -> Found:
        runtime = function.text("Runtime")
        handler = function.literal("Handler")
        name, span = function.resource.name, function.resource.span
        if isinstance(runtime, Known) and not _PYTHON.fullmatch(runtime.value):
            return Found()
        package = self._package(function, handler)
        if not isinstance(runtime, Known) and not self._is_python(package, handler):
            reason = runtime.reason if runtime is not None else "the template sets none"
            return Found(gaps=(Gap(span, f"the runtime cannot be known: {reason}", (name,)),))
        problems: tuple[Problem, ...] = ()
        handler_reason = handler.reason if isinstance(handler, Unresolved) else None
        if handler is None:
            handler_reason = "the template sets no `Handler`"
            if not function.open_ended():
                message = f"`{shown(name)}` has no `Handler`, which a function with a zip package must have"
                problems = (Problem("definition", message, span),)
        read = Function(
            name=name,
            span=span,
            artifact=package,
            declared_by="sam" if self._template.serverless else "cloudformation",
            handler=Text(handler.value, handler.span) if isinstance(handler, Known) else None,
            handler_reason=handler_reason,
            runtime=runtime.value if isinstance(runtime, Known) else None,
            architecture=function.architecture(),
            environment=function.environment(),
            environment_known=function.environment_known(),
            limits=function.limits(),
            layers=tuple(
                layer
                for node in function.both("Layers")
                for layer in self._layers.listed(node, function.resource.evaluator)
            ),
        )
        return Found((read,), problems)

    def _package(self, function: FunctionResource, handler: Value) -> Zip:
        """The package; inline code that cannot hold the handler is a stand-in where a script replaces it."""
        package = function.package()
        if package.inline is None or not isinstance(handler, Known) or handler.value.startswith("index."):
            return package
        update = self._updates.near(self._template.path)
        if update is None:
            return package
        return Zip(package.span, reason=f"the inline code may be a stand-in: {update} replaces code")

    def _image_function(self, function: FunctionResource) -> Found:
        """An image may hold any language; what its Dockerfile says decides later."""
        built = image(self._project, self.base, function)
        command = built.command or ()
        read = Function(
            name=function.resource.name,
            span=function.resource.span,
            artifact=built,
            declared_by="sam" if self._template.serverless else "cloudformation",
            handler=command[0] if len(command) == 1 else None,
            architecture=function.architecture(),
            environment=function.environment(),
            environment_known=function.environment_known(),
            limits=function.limits(),
        )
        return Found((read,))

    def _is_python(self, package: Zip, handler: Value) -> bool:
        """Whether a function whose runtime is not known has a Python file where its handler would be."""
        if not isinstance(handler, Known) or package.source is None:
            return False
        module = handler.value.rpartition(".")[0].replace(".", "/")
        return self._project.is_file(posixpath.normpath(posixpath.join(package.source, f"{module}.py")))
