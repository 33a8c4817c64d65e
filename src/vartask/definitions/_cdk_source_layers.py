"""The layers of a function that a CDK program makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vartask.data.public_layers import distributions_in, layer_name
from vartask.definitions._cdk_source_code import Codes
from vartask.definitions._cdk_values import Properties, made_of, member_of, properties, text_of
from vartask.model import Layer, LocalLayer, Text, UnknownLayer
from vartask.syntax.program_values import Computed, Items, Made, Value, options, settled, why

_WITHOUT_PYTHON: Final = {
    "paramsAndSecrets": "AWS-Parameters-and-Secrets-Lambda-Extension",
    "insightsVersion": "LambdaInsightsExtension",
}
"""Properties that add a layer with an extension, which has no Python modules."""


def layers(codes: Codes, made: Made, asked: Properties) -> tuple[Layer, ...]:
    """Every layer, in order."""
    return tuple(_all(codes, made, asked))


def _all(codes: Codes, made: Made, asked: Properties) -> Iterator[Layer]:
    value = asked.get("layers")
    if value is not None:
        yield from _listed(codes, value)
    for call in made.calls:
        if member_of(call.callee)[1].endswith(("addLayers", "add_layers")):
            for one in call.arguments:
                yield from _layer(codes, one)
    for name, published in _WITHOUT_PYTHON.items():
        given = asked.values.get(name)
        if given is not None:
            yield UnknownLayer(published, "AWS publishes it", given.span, frozenset())
    instrumented = asked.values.get("adotInstrumentation")
    if instrumented is not None:
        yield UnknownLayer("aws-otel-python", "AWS publishes it", instrumented.span)


def _listed(codes: Codes, value: Value) -> Iterator[Layer]:
    if not isinstance(value, Items):
        yield UnknownLayer("computed", f"the list of layers cannot be known: {why(value)}", value.span)
        return
    for one in value.values:
        yield from _layer(codes, one)
    if value.more is not None:
        yield UnknownLayer("computed", f"there may be more layers: {value.more.reason}", value.span)


def _layer(codes: Codes, value: Value) -> Iterator[Layer]:
    value = settled(value) or value
    if len(options(value)) > 1:
        yield UnknownLayer("computed", "a condition decides about this layer", value.span)
        return
    made = made_of(value)
    if made is None:
        yield UnknownLayer(_name(value), why(value), value.span)
        return
    service, member = member_of(made.callee)
    asked = properties(made)
    written = text_of(asked.get("layerVersionName") or made.argument(1) or made.keywords.get("id"))
    called = written.value if isinstance(written, Text) else made.subclass or "layer"
    if member in {"LayerVersion", "PythonLayerVersion"}:
        yield _local(codes, called, made, asked, python=member == "PythonLayerVersion")
        return
    arn = _arn(made)
    known = layer_name(arn) if arn is not None else None
    held = distributions_in(known) if known is not None else _published(service, member)
    yield UnknownLayer(known or called, "it is made elsewhere", value.span, held)


def _local(codes: Codes, name: str, made: Made, asked: Properties, *, python: bool) -> Layer:
    span = made.span
    package = codes.python(asked, span, "python") if python else codes.package(asked.get("code"), span)
    if package.parts:
        return LocalLayer(name, package, made.span)
    return UnknownLayer(name, package.reason or "its contents are not known", made.span)


def _name(value: Value) -> str:
    return "computed" if isinstance(value, Computed) else type(value).__name__.lower()


def _arn(made: Made) -> str | None:
    """The ARN that ``LayerVersion.fromLayerVersionArn`` is given, as far as it is written out."""
    for value in (made.argument(2), made.keywords.get("layer_version_arn"), made.keywords.get("arn")):
        text = text_of(value)
        if isinstance(text, Text):
            return text.value
        if isinstance(value, Computed):
            return value.partial
    return None


def _published(service: str, member: str) -> frozenset[str] | None:
    """Layers of the library that hold no Python: ``lambda-layer-awscli``, ``-kubectl``."""
    return frozenset() if service.startswith(("lambda-layer", "layer")) and member.startswith("Kubectl") else None
