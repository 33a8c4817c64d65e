"""The functions of one cloud assembly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vartask.definitions._cdk_freshness import Place
from vartask.definitions._cdk_layers import LayerFinder, published
from vartask.definitions._cdk_origins import Origins
from vartask.definitions._cdk_packages import Packages
from vartask.definitions._cdk_places import Places
from vartask.model import Function, Gap, Layer, LocalLayer, Span, Text, UnknownLayer
from vartask.patterns import regex
from vartask.project import Project
from vartask.records import dataclass, replace
from vartask.syntax.cdk_assembly import Assembly, BadAssembly, read_assembly
from vartask.syntax.cdk_resources import CdkResource
from vartask.syntax.cloudformation import Known, Unresolved

_FUNCTION: Final = "AWS::Lambda::Function"
_PYTHON: Final = regex(r"python\d+\.\d+")
_LIBRARY: Final = regex(
    r"(?:\A|/)(?:Custom::CDKBucketDeployment[0-9A-F]{32}\w*|BucketNotificationsHandler050a0587b7544547bf325f094a3db834"
    r"|@aws-cdk--aws-eks(?:-v2)?\.KubectlProvider/Handler|KubectlProvider/Handler|DrainECSHook/Function)\Z"
)
"""Functions in Python that the CDK's own constructs bring along (``custom-resource-handlers`` of aws-cdk-lib)."""


def read(project: Project, place: Place) -> Iterator[Function | Gap]:
    """Every function of a fresh assembly, and what of it cannot be known."""
    try:
        assembly = read_assembly(project, place.directory)
    except BadAssembly as error:
        yield Gap(Span(place.directory), f"the cloud assembly cannot be read: {error}")
        return
    yield from _Reader(project, place, assembly).read()


@dataclass
class _Reader:
    """Reads the functions of one assembly."""

    project: Project
    place: Place
    assembly: Assembly

    def __post_init__(self) -> None:
        self._places = Places(self.project, self.place.app)
        self._packages = Packages(self.project, self.assembly.directory, Origins(self.project))
        self._layers = LayerFinder(self.assembly)

    def read(self) -> Iterator[Function | Gap]:
        """Every function of the project, and what could not be decided."""
        for stack in self.assembly.stacks:
            for resource in stack.template.resources:
                if resource.type == _FUNCTION:
                    yield from self._function(CdkResource(stack, resource))

    def _function(self, found: CdkResource) -> Iterator[Function | Gap]:
        if found.construct is not None and _LIBRARY.search(found.construct):
            return
        kind = found.text("PackageType")
        if isinstance(kind, Known) and kind.value == "Image":
            yield _completed(found, self._image_function(found))
            return
        name, runtime = _name(found), found.text("Runtime")
        if isinstance(runtime, Known):
            if _PYTHON.fullmatch(runtime.value):
                yield _completed(found, self._zip_function(found, runtime.value))
            return
        reason = runtime.reason if runtime is not None else "the template sets none"
        yield Gap(self._place(found, None), f"the runtime cannot be known: {reason}", (name,))

    def _image_function(self, found: CdkResource) -> Function:
        span = self._place(found, None)
        image = self._packages.image(found, span)
        handler = image.command[0] if image.command and len(image.command) == 1 else None
        return Function(_name(found), span, image, "cdk", handler)

    def _zip_function(self, found: CdkResource, runtime: str) -> Function:
        handler = found.text("Handler")
        span = self._place(found, handler.value if isinstance(handler, Known) else None)
        reason = "the template sets no `Handler`" if handler is None else None
        return Function(
            _name(found),
            span,
            self._packages.code(found, span),
            "cdk",
            self._handler(handler, span) if isinstance(handler, Known) else None,
            handler.reason if isinstance(handler, Unresolved) else reason,
            runtime,
            layers=tuple(self._layers_of(found)),
        )

    def _handler(self, value: Known, span: Span) -> Text:
        """The handler with the place in the program where it is written."""
        if span.path == value.span.path:
            return Text(value.value, value.span)
        return Text(value.value, self._places.near(span, value.value) or span)

    # -- places ---------------------------------------------------------------------------------------

    def _place(self, found: CdkResource, handler: str | None) -> Span:
        """Where the program makes the construct; the resource in the template when that is not known."""
        path, construct = found.path, found.construct
        traced = self._places.traced(found.stack.traces.get(path or "", ()))
        if traced is not None:
            return traced
        named = self._places.named(construct.rpartition("/")[2], handler) if construct else None
        return named or found.resource.span

    # -- layers ---------------------------------------------------------------------------------------

    def _layers_of(self, found: CdkResource) -> Iterator[Layer]:
        items = found.resource.evaluator.elements(found.node("Layers"))
        if isinstance(items, Unresolved):
            yield UnknownLayer("computed", items.reason, items.span)
            return
        for node in items or ():
            layer = self._layers.resource(found.stack, node)
            if layer is not None:
                yield self._local(layer)
            else:
                name, distributions = published(found.stack, node)
                yield UnknownLayer(name, "the assembly does not make it", node.span, distributions)

    def _local(self, layer: CdkResource) -> Layer:
        name = (layer.construct or layer.resource.name).rpartition("/")[2]
        span = self._place(layer, None)
        package = self._packages.contents(layer, "Content", span)
        if not package.parts:
            return UnknownLayer(name, package.reason or "its contents are not known", span)
        return LocalLayer(name, package, span)


def _name(found: CdkResource) -> str:
    return found.construct or found.resource.name


def _completed(found: CdkResource, function: Function) -> Function:
    """The function with what a zip package and an image have in common."""
    return replace(
        function,
        architecture=found.architecture(),
        environment=found.environment(),
        environment_known=found.environment_known(),
        limits=found.limits(),
    )
