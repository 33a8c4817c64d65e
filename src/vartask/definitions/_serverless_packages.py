"""What the Serverless Framework puts into the packages of functions and layers.

Read from serverless 3.40 (``lib/plugins/package/lib/package-service.js`` and ``zip-service.js``).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

from vartask.artifact.filters import Unsure
from vartask.artifact.filters.serverless import EXCLUDE, matcher, static_directory
from vartask.artifact.ready_made import is_archive, made_anew
from vartask.artifact.scripts.packages import package_made
from vartask.data.public_layers import distributions_in, layer_name
from vartask.definitions._serverless_python import Additions, PythonPlugins
from vartask.definitions._serverless_service import Entry, Service, key_span
from vartask.definitions._serverless_values import Answer
from vartask.model import Filter, Install, Layer, LocalLayer, Made, Part, Span, Text, UnknownLayer, Zip
from vartask.patterns import regex
from vartask.records import dataclass, replace
from vartask.syntax.cloudformation import Known, Unresolved, intrinsic, shown, written
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Node, Scalar
from vartask.syntax.nodes import Sequence as List

_DEFAULTS: Final = (
    ".git/**",
    ".gitignore",
    ".DS_Store",
    "npm-debug.log",
    "yarn-*.log",
    ".serverless/**",
    ".serverless_plugins/**",
)
"""``defaultExcludes``."""

_REQUIREMENTS_LAYER: Final = "PythonRequirementsLambdaLayer"
_PARENT: Final = regex(r"(?:\./)*((?:\.\./)+)")


@dataclass(frozen=True)
class _Choice:
    """``package`` of the service, a function or a layer, ready to be applied."""

    exclude: tuple[Text | str, ...] = ()
    patterns: tuple[Text | str, ...] = ()


class Packages:
    """The packages of one service."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.plugins = PythonPlugins(service)
        self._layers: dict[str, Layer] = {}

    # -- functions ----------------------------------------------------------------------------------

    def zip(self, entry: Entry, node: Map) -> Zip:
        """The package of one function."""
        values = self.service.values
        own = values.below(node, ("package",))
        span = key_span(node, "package") or key_span(self.service.values.root, "package") or entry.span
        wide, alone = values.flag(values.get("package", "individually")), values.below(own, ("individually",))
        apart = values.flag(alone) if alone is not None else False
        for answer in (wide, apart, own):
            if isinstance(answer, Unresolved):
                return Zip(span, reason=f"`package` cannot be known: {answer.reason}")
        individually = wide is True or apart is True
        ready = self._artifact(own) or (None if apart is True else self._artifact(values.get("package")))
        if ready is not None:
            return ready
        if values.flag(values.below(own, ("disable",))) is True:
            return Zip(span, reason="`package.disable` is set: something else makes the package")
        if not self.service.has_python:
            return Zip(span, reason=f"no Python file stands in `{self.service.base}`: the code comes from elsewhere")
        additions = self.plugins.additions(node, service_wide=wide is True, individually=individually)
        choice = self._choice(own if individually else None, for_layer=False)
        if isinstance(choice, Unresolved):
            return Zip(span, reason=f"the patterns of the package cannot be known: {choice.reason}")
        return self._package(choice, additions, span)

    def _artifact(self, package: Answer) -> Zip | None:
        """A ready-made package."""
        node = self.service.values.below(package, ("artifact",))
        found = self.service.values.text(node)
        if found is None:
            return None
        if isinstance(found, Unresolved):
            return Zip(found.span, reason=f"`artifact` cannot be known: {found.reason}")
        name = f"the ready-made package `{shown(found.value)}`"
        path = self.service.project.join(self.service.base, found.value)
        if path is None or not is_archive(found.value) or re.match(r"\w+://", found.value):
            return Zip(found.span, reason=f"{name} is not in the repository")
        made = package_made(self.service.project, path)
        if made is not None and made.parts:
            return replace(made, built=path)
        doubt = made_anew(self.service.project, path)
        return Zip(found.span, reason=f"{name} {doubt}", built=path) if doubt else Zip.of(path, found.span)

    def _choice(self, own: Answer, *, for_layer: bool) -> _Choice | Unresolved:
        """The patterns in the order in which the framework applies them, each once."""
        values, service = self.service.values, self.service
        shared = values.get("package")
        lists: dict[str, list[Text]] = {}
        for level, node in (("service", shared), ("own", own)):
            for key in ("exclude", "include", "patterns"):
                found = values.texts(values.below(node, (key,)))
                if isinstance(found, Unresolved):
                    return found
                lists[f"{level} {key}"] = found
        layers: list[Text | str] = [] if for_layer else list(self._layer_paths())
        dotenv = [".env*"] if values.flag(values.get("useDotenv")) is True else []
        local = [service.local_plugins] if service.local_plugins else []
        tool = [*_DEFAULTS, service.file_name, *local]
        exclude = [*tool, *lists["service exclude"], *layers, *dotenv, *lists["own exclude"]]
        keys = ("service include", "service patterns", "own include", "own patterns")
        return _Choice(_once(exclude), _once([text for key in keys for text in lists[key]]))

    def _layer_paths(self) -> Iterable[str]:
        for _, node in self.service.values.items(self.service.values.get("layers")):
            path = self.service.values.text(self.service.values.below(node, ("path",)))
            if isinstance(path, Known):
                yield f"{path.value}/**"

    def _package(self, choice: _Choice, additions: Additions, span: Span) -> Zip:
        patterns = _once([*choice.patterns, *additions.patterns])
        filter_ = Filter("serverless", (*_excluding(choice.exclude), *patterns))
        project, base, module = self.service.project, self.service.base, additions.module
        reasons = [self.service.doubt, additions.reason]
        parts: list[Part | Install | Made] = []
        if module == ".":
            parts.append(Part(base, span, filters=(filter_,)))
            outside = list(self._outside(patterns, filter_, span))
            parts += (part for part in outside if isinstance(part, Part))
            reasons += (part for part in outside if isinstance(part, str))
        else:
            source = project.join(base, module)
            if source is None or not project.is_dir(source):
                return Zip(span, reason=f"`module: {shown(module)}` is no directory of the repository")
            moved = Filter(filter_.dialect, filter_.patterns, f"{module}/")
            parts.append(Part(source, span, filters=(moved,)))
        parts += _helpers(additions, filter_)
        parts += additions.installs
        return Zip(span, tuple(parts), reason=next((reason for reason in reasons if reason), None))

    def _outside(self, patterns: Sequence[Text | str], filter_: Filter, span: Span) -> Iterable[Part | str]:
        """The parts that patterns such as ``../shared/**`` bring in; the archive has them without the dots."""
        done: set[str] = set()
        for pattern in patterns:
            value = pattern if isinstance(pattern, str) else pattern.value
            up = _PARENT.match(value)
            if up is None:
                continue
            directory = posixpath.normpath(posixpath.join(up[1], static_directory(value[up.end() :])))
            source = self.service.project.join(self.service.base, directory)
            if source is None:
                yield f"`{shown(value)}` leads out of the repository"
            elif directory not in done and self.service.project.is_dir(source):
                done.add(directory)
                into = re.sub(r"\A(?:\.\./?)+", "", directory)
                at = span if isinstance(pattern, str) else pattern.span
                yield Part(source, at, into, filters=(Filter(filter_.dialect, filter_.patterns, f"{directory}/"),))

    # -- layers -------------------------------------------------------------------------------------

    def layers(self, node: Map) -> tuple[Layer, ...]:
        """The layers of one function: its own list, else the provider's."""
        found = self.service.own(node, "layers")
        if isinstance(found, Unresolved):
            return (UnknownLayer("computed", found.reason, found.span),)
        return tuple(self._layer(item) for item in found.items) if isinstance(found, List) else ()

    @cached_property
    def _own_layers(self) -> dict[str, tuple[Scalar, Node]]:
        """The service's layers by their logical names in CloudFormation."""
        values = self.service.values
        return {_logical(key.value): (key, node) for key, node in values.items(values.get("layers"))}

    def _layer(self, item: Node) -> Layer:
        node = self.service.values.value(item)
        if node is None or isinstance(node, Unresolved):
            return UnknownLayer(written(item), node.reason if node is not None else "it is empty", item.span)
        call = intrinsic(node)
        name = call[1].value if call is not None and call[0] == "Ref" and isinstance(call[1], Scalar) else ""
        if name in self._own_layers or name == _REQUIREMENTS_LAYER:
            if name not in self._layers:
                self._layers[name] = self._local(name, node.span)
            return self._layers[name]
        text = node.value if isinstance(node, Scalar) and node.tag is None else written(node)
        known = layer_name(text) or text
        return UnknownLayer(known, "it is published elsewhere", node.span, distributions_in(known))

    def _local(self, name: str, span: Span) -> Layer:
        if name not in self._own_layers:
            return self._requirements_layer(span)
        key, value = self._own_layers[name]
        node, values = self.service.values.value(value), self.service.values
        package = values.below(node, ("package",))
        ready = self._artifact(package) or self._artifact(node)
        if ready is not None:
            return LocalLayer(key.value, ready, key.span)
        path = values.text(values.below(node, ("path",)))
        choice = self._choice(package, for_layer=True)
        if not isinstance(path, Known) or isinstance(choice, Unresolved):
            return UnknownLayer(key.value, "its path or its patterns cannot be known", key.span)
        source = self.service.project.join(self.service.base, path.value)
        if source is None or not self.service.project.is_dir(source):
            return UnknownLayer(key.value, f"`{shown(path.value)}` is no directory of the repository", path.span)
        filter_ = Filter("serverless", (*_excluding(choice.exclude), *choice.patterns))
        return LocalLayer(key.value, Zip(path.span, (Part(source, path.span, filters=(filter_,)),)), key.span)

    def _requirements_layer(self, span: Span) -> Layer:
        """The layer that ``pythonRequirements.layer`` makes."""
        if self.plugins.active is None or self.plugins.option("layer") is not True:
            return UnknownLayer(_REQUIREMENTS_LAYER, "nothing in the service makes it", span)
        install, reason = self.plugins.install(".", "python")
        if install is None:
            return UnknownLayer(_REQUIREMENTS_LAYER, reason or "there are no requirements", span)
        vendored = self.plugins.vendored("python")
        if isinstance(vendored, str):
            return LocalLayer("pythonRequirements", Zip(span, (install,), reason=vendored), span)
        return LocalLayer("pythonRequirements", Zip(span, (install, *vendored)), span)


def _helpers(additions: Additions, filter_: Filter) -> Iterable[Made]:
    """The files that plugins write beside the code, as far as the patterns let them through."""
    texts = tuple(one if isinstance(one, str) else one.value for one in filter_.patterns)
    try:
        decide = matcher(texts)
    except Unsure:
        return
    for made in additions.helpers:
        inside = posixpath.relpath(made.path, additions.module)
        if not inside.startswith("../") and decide(made.path, False) is None:
            yield Made(inside, made.span, made.content)


def _excluding(exclude: Sequence[Text | str]) -> Iterable[Text | str]:
    for one in exclude:
        yield EXCLUDE + one if isinstance(one, str) else Text(EXCLUDE + one.value, one.span)


def _once(texts: Iterable[Text | str]) -> tuple[Text | str, ...]:
    """Each pattern where it first stands."""
    found: dict[str, Text | str] = {}
    for one in texts:
        found.setdefault(one if isinstance(one, str) else one.value, one)
    return tuple(found.values())


def _logical(name: str) -> str:
    """A layer's logical name, as ``getLambdaLayerLogicalId`` of the framework makes it."""
    plain = name.replace("-", "Dash").replace("_", "Underscore")
    return f"{plain[:1].upper()}{plain[1:]}LambdaLayer"
