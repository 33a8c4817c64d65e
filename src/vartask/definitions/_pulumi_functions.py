"""From the functions that a Pulumi program makes to :class:`~vartask.model.Function`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Final

from vartask.data.public_layers import distributions_in, layer_name
from vartask.definitions._pulumi_code import Archives
from vartask.definitions._pulumi_images import Images
from vartask.definitions._pulumi_values import Properties, inner, is_a, kind, options_of, parts, plain, resource
from vartask.model import (
    LAMBDA_LIMITS,
    Architecture,
    Function,
    Gap,
    Layer,
    Limits,
    LocalLayer,
    Text,
    UnknownLayer,
    Zip,
    limit,
)
from vartask.patterns import regex
from vartask.project import Project
from vartask.records import dataclass, replace
from vartask.syntax.program_values import (
    Choice,
    Computed,
    Constant,
    External,
    Fields,
    Items,
    Made,
    Missing,
    Value,
    nothing,
    options,
    text,
    why,
)

_PYTHON: Final = regex(r"python(\d+\.\d+)")
_MEMBER: Final = regex(r"(?i)python_?(\d)(?:d|_)(\d+)(?:runtime)?")
"""Members of ``Runtime``: ``PYTHON3D12``, ``Python3d12``, and ``Python3d8Runtime`` of the oldest SDK."""

_GENERIC: Final = frozenset({"__init__", "__main__", "index", "infra", "infrastructure", "component", "main"})
_CODE: Final = frozenset({"code", "s3Key", "s3Bucket", "imageUri", "s3ObjectVersion", "sourceCodeHash"})


def is_function(made: Made) -> bool:
    """Whether something is a Lambda function of the AWS packages."""
    named = kind(made.callee)
    return bool(named) and named[0] in {"aws", "aws-native"} and named[-1] == "Function" and "lambda" in named


@dataclass
class FunctionReader:
    """Reads the functions of one program, which runs in ``base``."""

    project: Project
    base: str

    def __post_init__(self) -> None:
        self._archives = Archives(self.project, self.base)
        self._images = Images(self.project, self.base)

    def read(self, made: Made) -> Function | Gap | None:
        """The function; ``None`` for another language's."""
        given = resource(made)
        name = _name(made, given)
        if self._is_image(given):
            return self._common(given, self._image_function(made, given, name))
        runtime = given.get("runtime")
        found = [_runtime(one) for one in options(runtime)]
        if runtime is None or not found or None in found:
            reason = "none is set" if runtime is None else why(runtime)
            handler = text(given.get("handler"))
            if not found or handler is None or not self._has_module(self._code(given, made), handler):
                return Gap(made.span, f"the runtime cannot be known: {reason}", (name,))
        pythons = [one for one in found if one is not None and _PYTHON.fullmatch(one)]
        if not pythons and None not in found and runtime is not None:
            return None
        one = pythons[0] if len(set(found)) == 1 else None
        return self._common(given, self._zip_function(made, given, name, one))

    def _is_image(self, given: Properties) -> bool:
        kinds = {text(one) for one in options(given.get("packageType"))}
        if kinds == {"Image"}:
            return True
        return given.values.get("imageUri") is not None and not nothing(given.values.get("imageUri"))

    def _image_function(self, made: Made, given: Properties, name: str) -> Function:
        image = self._images.image(given, made.span)
        handler = image.command[0] if image.command and len(image.command) == 1 else None
        config = given.inner("imageConfig")
        # A command that is set and not known may replace that of any image of the project.
        reason = image.reason if config is not None and image.command is None else None
        return Function(name, made.span, image, "pulumi", handler, reason)

    def _zip_function(self, made: Made, given: Properties, name: str, runtime: str | None) -> Function:
        handler = given.get("handler")
        written = text(handler)
        reason = None if written is not None else why(handler) if handler is not None else "the program sets none"
        return Function(
            name,
            made.span,
            self._code(given, made),
            "pulumi",
            Text(written, handler.span) if written is not None and handler is not None else None,
            reason,
            runtime,
            layers=tuple(self._layers(given)),
        )

    @staticmethod
    def _common(given: Properties, function: Function) -> Function:
        environment = given.inner("environment")
        variables = environment.get("variables") if environment is not None else None
        return replace(
            function,
            architecture=_architecture(given.get("architectures")),
            environment=_variables(variables),
            environment_known=_is_listed(given, environment, variables),
            limits=_limits(given),
        )

    # -- code -----------------------------------------------------------------------------------------

    def _code(self, given: Properties, made: Made) -> Zip:
        ignored = _ignored(made)
        if ignored is not None:
            return Zip(made.span, reason=f"Pulumi ignores changes of `{ignored}`: something else brings the code")
        code = given.get("code")
        if code is None:
            if "s3Bucket" in given.values or "s3Key" in given.values:
                return Zip(made.span, reason="the code is an object in S3")
            return Zip(made.span, reason="the program names no code")
        if kind(made.callee)[0] == "aws-native":
            return self._native(inner(code), made)
        return self._archives.package(code)

    def _native(self, code: Properties, made: Made) -> Zip:
        """``code`` of aws-native is CloudFormation's."""
        inline = code.get("zipFile")
        written = text(inline)
        if inline is None:
            return Zip(made.span, reason="the code is an object in S3")
        if written is None:
            return Zip(inline.span, reason=f"the inline code is not known: {why(inline)}")
        return Zip(inline.span, inline=Text(written, inline.span))

    def _has_module(self, package: Zip, handler: str) -> bool:
        if package.source is None:
            return False
        module = handler.rpartition(".")[0].replace(".", "/")
        return self.project.is_file(posixpath.normpath(posixpath.join(package.source, f"{module}.py")))

    # -- layers ---------------------------------------------------------------------------------------

    def _layers(self, given: Properties) -> Iterator[Layer]:
        value = given.get("layers")
        for option in options(value):
            if nothing(option) or isinstance(option, Missing):
                continue
            if not isinstance(option, Items):
                yield UnknownLayer("computed", why(option), option.span)
                continue
            for one in option.values:
                yield from self._layer(plain(one))
            if option.more is not None:
                yield UnknownLayer("computed", option.more.reason, option.span)

    def _layer(self, value: Value) -> Iterator[Layer]:
        made = [one for one in parts(value) if is_a(one, "aws", "LayerVersion")]
        if len(made) == 1 and isinstance(made[0], Made) and not isinstance(value, Choice):
            yield self._own_layer(made[0])
            return
        written = text(value) or ""
        name = layer_name(written) or written or "computed"
        reason = "it is published elsewhere" if written else why(value)
        if not nothing(value):
            yield UnknownLayer(name, reason, value.span, distributions_in(name))

    def _own_layer(self, made: Made) -> Layer:
        given = resource(made)
        name = _name(made, given)
        code = given.get("code")
        package = self._archives.package(code) if code is not None else Zip(made.span, reason="its code is in S3")
        if not package.parts:
            return UnknownLayer(name, package.reason or "its contents are not known", made.span)
        return LocalLayer(name, package, made.span)


def _name(made: Made, given: Properties) -> str:
    """The resource's name; else the physical one; else the file that makes it."""
    for value in (made.argument(0), made.keywords.get("resource_name"), given.get("name"), given.get("functionName")):
        written = _called(value)
        if written:
            return written
    directory, file = posixpath.split(made.span.path)
    stem = file.partition(".")[0]
    return posixpath.basename(directory) or stem if stem in _GENERIC else stem


def _called(value: Value | None) -> str | None:
    """A name; of one that is put together when the program runs, what is written out."""
    first = next(iter(options(value)), None)
    if isinstance(first, Computed):
        return (first.partial or "").replace("${}", "").strip("-_. ") or None
    return text(first)


def _runtime(value: Value) -> str | None:
    written = text(value)
    if written is not None:
        return written
    if isinstance(value, External) or (isinstance(value, Made) and value.member):
        member = (value.name if isinstance(value, External) else value.callee).rpartition(".")[2]
        found = _MEMBER.fullmatch(member)
        return f"python{found[1]}.{found[2]}" if found is not None else member.lower()
    return None


def _architecture(value: Value | None) -> Architecture | None:
    """The architecture; ``x86_64`` is Lambda's default."""
    if value is None or nothing(value):
        return "x86_64"
    first = text(plain(value.values[0])) if isinstance(value, Items) and value.values else None
    return first if first in {"x86_64", "arm64"} else None  # type: ignore[return-value]  # narrowed by the test


def _limits(given: Properties) -> Limits:
    """``memorySize``, ``timeout`` and ``ephemeralStorage``; Lambda's own are the defaults."""
    storage = given.inner("ephemeralStorage")
    return Limits(
        limit(_number(given.get("memorySize")), LAMBDA_LIMITS.memory),
        limit(_number(given.get("timeout")), LAMBDA_LIMITS.timeout),
        limit(_number(storage.get("size") if storage is not None else None), LAMBDA_LIMITS.storage),
    )


def _number(value: Value | None) -> object:
    """What stands for a number; nothing that is one when it is not known."""
    return None if value is None else value.value if isinstance(value, Constant) else ""


def _variables(value: Value | None) -> Mapping[str, str | None]:
    found: dict[str, str | None] = {}
    for one in parts(value):
        if isinstance(one, Fields):
            found |= {key: text(plain(item)) for key, item in one.values.items() if not _gone(item)}
            break
    return found


def _gone(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is None


def _is_listed(given: Properties, environment: Properties | None, variables: Value | None) -> bool:
    if given.more is not None:
        return False
    if environment is None:
        return True
    return environment.more is None and (
        variables is None or (isinstance(variables, Fields) and variables.more is None)
    )


def _ignored(made: Made) -> str | None:
    """The property of the code whose changes Pulumi ignores after the first deployment (``ignoreChanges``)."""
    listed = options_of(made).get("ignoreChanges")
    if not isinstance(listed, Items):
        return None
    names = [text(one) or "" for one in listed.values]
    return next((name for name in names if re.sub(r"_(\w)", lambda x: x[1].upper(), name) in _CODE), None)
