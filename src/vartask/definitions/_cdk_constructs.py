"""Lambda functions among the constructs that a CDK program makes, whatever language it is written in.

Read from aws-cdk-lib 2.276 (``aws-lambda/lib/function.ts``) and ``@aws-cdk/aws-lambda-python-alpha``.  Functions in
other languages are passed over.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Final

from vartask.definitions._cdk_environment import environment
from vartask.definitions._cdk_limits import limits_of
from vartask.definitions._cdk_source_code import Codes
from vartask.definitions._cdk_source_images import SourceImages
from vartask.definitions._cdk_source_layers import layers
from vartask.definitions._cdk_values import (
    FOREIGN,
    IMAGE,
    Properties,
    architecture_of,
    from_value,
    made_of,
    may_be_python,
    member_of,
    properties,
    runtime_of,
    text_of,
    walk,
)
from vartask.model import Function, Gap, Part, Span, Text, Zip
from vartask.patterns import regex
from vartask.records import dataclass, replace
from vartask.syntax.program_machine import Machine
from vartask.syntax.program_values import Computed, Constant, Fields, Made, Value, why

_FUNCTIONS: Final = frozenset(
    {("lambda", "Function"), ("lambda", "SingletonFunction"), ("lambda", "DockerImageFunction")}
    | {("cloudfront", "experimental.EdgeFunction")}
)
_PYTHON: Final = frozenset({"lambda-python-alpha", "lambda-python"})
_L1: Final = ("lambda", "CfnFunction")
_TRIGGER: Final = regex(r"\btriggers\.TriggerFunction\Z")
_OTHER_LANGUAGE: Final = regex(r"(?:NodejsFunction|GoFunction|RustFunction|DotNetFunction)\Z")
_WITH_FUNCTION: Final = ("lambdaFunctionProps", "functionProps")
"""Where AWS Solutions Constructs and their kin take the properties of the function that they make."""


@dataclass(frozen=True, slots=True)
class Found:
    """One construct that makes a function: its properties, and the construct they are given to."""

    made: Made
    asked: Properties
    python: bool = False


@dataclass
class Constructs:
    """Reads the functions of one program that has been followed."""

    machine: Machine

    def __post_init__(self) -> None:
        self.codes = Codes(self.machine)
        self.images = SourceImages(self.codes)

    def read(self, made: Sequence[Made]) -> Iterator[Function | Gap]:
        """Every function, and what cannot be told of a construct."""
        reached = {one.span for one in made if not one.unreached}
        aspects = any(one.callee.endswith("Aspects.of") for one in made)
        for one in made:
            if one.unreached and one.span in reached:
                # The same line with arguments that are known says more.
                continue
            for found in found_in(one):
                for answer in self._function(found):
                    unsure = aspects and isinstance(answer, Function)
                    yield (
                        replace(answer, environment_known=False) if unsure and isinstance(answer, Function) else answer
                    )

    def _function(self, found: Found) -> Iterator[Function | Gap]:
        asked = found.asked
        if found.python:
            yield self._completed(found, self._python(found))
            return
        runtime = asked.get("runtime")
        kind = runtime_of(runtime)
        image = found.made.callee.endswith("DockerImageFunction") or kind == IMAGE or _is_image(asked.get("code"))
        if image or (runtime is None and asked.text("packageType") is not None):
            yield self._completed(found, self._image(found))
        elif kind != FOREIGN:
            yield from self._zip(found, runtime, kind)

    def _zip(self, found: Found, runtime: Value | None, kind: str | None) -> Iterator[Function | Gap]:
        asked, made = found.asked, found.made
        code = asked.get("code")
        package = self._inline(code, made.span) or self.codes.package(code, made.span)
        handler = asked.text("handler")
        function = Function(
            name_of(found),
            made.span,
            package,
            "cdk",
            handler if isinstance(handler, Text) else None,
            _reason("handler", handler),
            kind,
        )
        if kind is not None or may_be_python(runtime) or self._speaks_python(function):
            yield self._completed(found, function)
        elif not self._speaks_another(function):
            yield Gap(made.span, f"the runtime cannot be known: {why(runtime)}", (function.name,))

    def _inline(self, code: Value | None, span: Span) -> Zip | None:
        """``code`` of the L1 construct: ``{zipFile: …}``, Python's ``CfnFunction.CodeProperty(zip_file=…)``."""
        if not isinstance(code, Fields) and not (isinstance(code, Made) and code.callee.endswith(".CodeProperty")):
            return None
        text = from_value(code, span).text("zipFile")
        if isinstance(text, Text):
            return Zip(span, inline=text)
        return Zip(span, reason="the code is an object in a bucket")

    def _speaks_python(self, function: Function) -> bool:
        """Whether the handler's module is there as Python, where nothing says in which language the function is."""
        package = function.artifact
        if not isinstance(package, Zip) or function.handler is None:
            return False
        if package.inline is not None:
            return re.search(r"^(?:import|from|def) ", package.inline.value, re.MULTILINE) is not None
        module = re.sub(r"\.[^./]*\Z", "", function.handler.value).replace(".", "/")
        sources = [part.source for part in package.parts if isinstance(part, Part)]
        return any(self.machine.project.is_file(posixpath.normpath(f"{one}/{module}.py")) for one in sources)

    def _speaks_another(self, function: Function) -> bool:
        """Whether all the code is there and none of it is Python."""
        package = function.artifact
        if not isinstance(package, Zip) or not package.parts:
            return False
        sources = [part.source for part in package.parts if isinstance(part, Part)]
        prefixes = tuple("" if source == "." else source + "/" for source in sources)
        return not any(path.endswith(".py") and path.startswith(prefixes) for path in self.machine.project.files)

    # -- kinds ------------------------------------------------------------------------------------

    def _python(self, found: Found) -> Function:
        asked, made = found.asked, found.made
        index, handler = asked.text("index"), asked.text("handler")
        runtime = runtime_of(asked.get("runtime"))
        package = self.codes.python(asked, made.span)
        given = index if isinstance(index, Computed) else handler if isinstance(handler, Computed) else None
        text = None
        if not isinstance(index, Computed) and not isinstance(handler, Computed):
            module = index.value if index is not None else "index.py"
            name = handler.value if handler is not None else "handler"
            place = index or handler
            # ``function.ts``: `${index.slice(0, -3)}.${handler}`.replace(/\//g, '.')
            text = Text(f"{module[:-3]}.{name}".replace("/", "."), place.span if place is not None else made.span)
        return Function(name_of(found), made.span, package, "cdk", text, _reason("handler", given), runtime or None)

    def _image(self, found: Found) -> Function:
        asked, made = found.asked, found.made
        named = asked.get("architecture")
        image = self.images.image(asked.get("code"), None if named is None else architecture_of(named), made.span)
        handler = image.command[0] if image.command and len(image.command) == 1 else None
        return Function(name_of(found), made.span, image, "cdk", handler)

    def _completed(self, found: Found, function: Function) -> Function:
        """The function with what every kind has."""
        asked = found.asked
        architecture = architecture_of(asked.get("architecture"))
        if member_of(found.made.callee) == _L1:
            listed = asked.get("architectures")
            several = list(walk(listed))
            architecture = "x86_64" if listed is None else None
            if len(several) == 1 and isinstance(several[0], Constant):
                architecture = str(several[0].value)
        elif asked.more is not None:
            architecture = None
        variables, known = environment(found.made, asked)
        return replace(
            function,
            architecture="arm64" if architecture == "arm64" else "x86_64" if architecture == "x86_64" else None,
            environment=variables,
            environment_known=known,
            limits=limits_of(found.made, asked),
            layers=() if function.package_type == "image" else layers(self.codes, found.made, asked),
        )


def _reason(name: str, value: Text | Computed | None) -> str | None:
    if isinstance(value, Computed):
        return f"the {name} cannot be known: {value.reason}"
    return None


def _is_image(code: Value | None) -> bool:
    """Whether a function's code is an image, whatever class it is of."""
    made = made_of(code)
    if made is None:
        return isinstance(code, Fields) and ("imageUri" in code.values or "image_uri" in code.values)
    _, member = member_of(made.callee)
    return member.endswith(("AssetImage", "EcrImage", "ImageAsset", "AssetImageCode", "EcrImageCode")) or (
        member.startswith("DockerImageCode.")
    )


def found_in(made: Made) -> Iterator[Found]:
    """The functions that a construct is, or makes beside itself."""
    service, member = member_of(made.callee)
    if service in _PYTHON and member == "PythonFunction":
        yield Found(made, properties(made), python=True)
    elif (service, member) in _FUNCTIONS or (service, member) == _L1 or _TRIGGER.search(made.callee):
        yield Found(made, properties(made))
    elif made.receiver is None and "." in made.callee:
        asked = properties(made)
        for name in _WITH_FUNCTION:
            inner = asked.values.get(name)
            if isinstance(inner, Fields) and ("code" in inner.values or "handler" in inner.values):
                yield Found(made, from_value(inner, made.span))
        if _is_like_a_function(made, asked):
            yield Found(made, asked, python="entry" in asked.values and "code" not in asked.values)


def _is_like_a_function(made: Made, asked: Properties) -> bool:
    """Whether a construct of a library takes what a function takes, Python as its runtime among it."""
    if not made.new or _OTHER_LANGUAGE.search(made.callee):
        return False
    runtime = runtime_of(asked.values.get("runtime"))
    if runtime is None or not runtime.startswith("python"):
        return False
    return "handler" in asked.values and ("code" in asked.values or "entry" in asked.values)


def name_of(found: Found) -> str:
    """A construct's id; where that is computed, the function's name, or what it is made of."""
    made = found.made
    for value in (made.argument(1), made.keywords.get("id"), found.asked.get("functionName")):
        if isinstance(value, Constant) and isinstance(value.value, str) and value.value:
            return value.value
    for value in (found.asked.get("entry"), found.asked.get("handler")):
        text = text_of(value)
        if isinstance(text, Text):
            return posixpath.basename(text.value) or text.value
    return made.subclass or made.callee.rpartition(".")[2]
