"""Functions that Terraform declares: ``aws_lambda_function``, and the module terraform-aws-modules/lambda.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_function and
https://registry.terraform.io/modules/terraform-aws-modules/lambda/aws/latest
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Literal

from vartask.artifact.build_commands import DockerBuild
from vartask.artifact.build_files import terraform_images
from vartask.definitions._terraform_lambda_module import calls_module, is_module
from vartask.definitions._terraform_limits import limits_of_call, limits_of_resource
from vartask.definitions._terraform_packages import Packages, ignored_changes
from vartask.model import Architecture, Declared, Function, Gap, Image, Limits, Made, Packed, Part, Span, Text, Zip
from vartask.patterns import regex
from vartask.project import Project
from vartask.records import dataclass, field, replace
from vartask.syntax import hcl
from vartask.syntax.hcl_values import Items, Known, Table, Value, brief, mentions_of, plain, show, string
from vartask.syntax.terraform import load
from vartask.syntax.terraform_blocks import Given, Instance, value_of
from vartask.syntax.terraform_module import Module

_WRAPPERS = regex(r"terraform-aws-modules/(?:terraform-aws-lambda(?:\.git)?|lambda/aws)//wrappers\b")
_FUNCTION_ARGUMENTS = frozenset({"handler", "image_uri", "image_config_command", "lambda_handler"})


def declared(project: Project) -> Declared:
    """Every function of every root module, each instance of ``for_each``, ``count`` and module calls for itself."""
    configuration = load(project)
    functions: list[tuple[str, Function]] = []
    gaps: list[Gap] = []
    images = terraform_images(project) if configuration.roots else {}
    for root in configuration.roots:
        packages = Packages(root)
        for module in root.tree():
            reader = _Reader(module, packages, images)
            functions += reader.functions()
            gaps += reader.gaps
    return Declared(tuple(_once(functions)), gaps=(*configuration.gaps, *gaps))


def _once(functions: Iterable[tuple[str, Function]]) -> Iterable[Function]:
    """Functions by address, each once if its environments differ in names, values, limits and the registry alone."""
    seen: dict[object, Function] = {}
    for address, function in functions:
        image = function.artifact
        unsaid = replace(image, reference=None) if isinstance(image, Image) else image
        environment = dict.fromkeys(sorted(function.environment))
        bare = replace(function, name="", artifact=unsaid, environment=environment, limits=Limits())
        # The values may stand in other variable files.
        key = (address, function.span, re.sub(r"Span\([^()]*\)", "", repr(bare)))
        seen[key] = seen[key].declared_again(function) if key in seen else function
    return seen.values()


@dataclass
class _Reader:
    """Reads the functions of one module."""

    module: Module
    packages: Packages
    images: Mapping[str, list[DockerBuild]]
    gaps: list[Gap] = field(default_factory=list)

    @property
    def project(self) -> Project:
        return self.module.configuration.project

    def functions(self) -> Iterator[tuple[str, Function]]:
        """The functions with their addresses in the configuration."""
        here = f"{self.module.root}:{self.module.address}"
        for address, found in (*self.own(), *self.called()):
            if found is not None:
                yield here + address, found

    def own(self) -> Iterator[tuple[str, Function | None]]:
        """``aws_lambda_function``; a copy of terraform-aws-modules/lambda is read where it is called."""
        for address, instance in () if is_module(self.module.files) else self.resources:
            if instance.block.type == "resource":
                yield address, self.resource(instance)

    def called(self) -> Iterator[tuple[str, Function | None]]:
        """Modules that make a function."""
        for name, call in self.module.calls:
            source = call.block.body.get("source")
            text = source.value if isinstance(source, hcl.Literal) and isinstance(source.value, str) else ""
            if calls_module(self.module, call):
                yield self.module.address_of(name, call), self.community(name, call)
            elif _WRAPPERS.search(text):
                yield from ((f"{name}[{key}]", self.community(name, item)) for key, item in self.wrapped(call))
            elif "lambda" in text and not text.startswith(".") and _arguments(call) & _FUNCTION_ARGUMENTS:
                reason = f"the module {text} is not in the project: its function is not seen"
                self.gaps.append(Gap(call.block.span, reason))

    @cached_property
    def resources(self) -> tuple[tuple[str, Instance], ...]:
        return tuple(self.module.resources("aws_lambda_function"))

    # -- aws_lambda_function ----------------------------------------------------------------------

    def resource(self, instance: Instance) -> Function | None:
        is_image = string(instance.get("package_type")) == "Image" or instance.get("image_uri") is not None
        runtime = instance.get("runtime")
        if not is_image and isinstance(runtime, Known) and not show(runtime).startswith("python"):
            return None
        handler = None if is_image else instance.get("handler")
        reason = None
        artifact: Zip | Image
        if is_image:
            artifact, reason = self.image(instance, instance.get("image_uri"), _image_config(instance))
            if ignored_changes(instance) & {"all_changes", "image_config"}:
                reason = "the command is set outside of the configuration (ignore_changes)"
        else:
            artifact = self.packages.zip(self.module, instance)
        listed = list(instance.blocks("environment"))
        body, evaluate = next(iter(listed), (hcl.Body(), instance.evaluate))
        values = {"handler": handler, "runtime": runtime, "environment": value_of(body, "variables", evaluate)}
        function = self.declared(self.name(instance), instance, artifact, values, reason)
        function = replace(function, limits=limits_of_resource(instance))
        if ignored_changes(instance) & {"all_changes", "environment"} or len(listed) > 1:
            function = replace(function, environment_known=False)
        return self.if_python(function)

    def image(self, instance: Instance, uri: Value | None, config: Mapping[str, Value]) -> tuple[Image, str | None]:
        """The image, and why its command is not known if it is not."""
        command, known = _texts(config.get("command"))
        entrypoint, entry_known = _texts(config.get("entry_point"))
        workdir = config.get("working_directory")
        at_dir = string(workdir)
        span = instance.block.span if uri is None else uri.span
        made = Image(
            None,
            None,
            span,
            command=command,
            entrypoint=entrypoint,
            workdir=None if workdir is None or at_dir is None else Text(at_dir, workdir.span),
            reference=None if uri is None else show(uri),
        )
        built = [
            build for mention in sorted(mentions_of([uri] if uri else [])) for build in self.images.get(mention, ())
        ]
        if len({(build.dockerfile, build.context, build.target) for build in built}) == 1:
            if self.project.is_file(built[0].dockerfile):
                made = _as_built(made, built[0])
            else:
                made = replace(made, reason=f"{built[0].dockerfile} ({built[0].span}) does not exist")
        unknown = None if known and entry_known else f"the command is computed: {_shown(config)}"
        return made, unknown

    def wrapped(self, call: Instance) -> Iterator[tuple[str, Instance]]:
        """The calls that the wrapper of terraform-aws-modules/lambda makes: one for each of ``items``."""
        items, defaults = call.get("items"), call.get("defaults")
        common = defaults.values if isinstance(defaults, Table) else {}
        for key, value in items.values.items() if isinstance(items, Table) else ():
            if isinstance(value, Table):
                block = replace(call.block, span=value.span)
                yield key, Given(block, call.evaluate, Known(key, value.span), values={**common, **value.values})
        if not isinstance(items, Table) or items.partial or not isinstance(defaults, (Table, type(None))):
            self.gaps.append(Gap(call.block.span, "the items of the module are computed: its functions are not seen"))

    # -- terraform-aws-modules/lambda -------------------------------------------------------------

    def community(self, name: str, call: Instance) -> Function | None:
        if any(_is(call, name, False) for name in ("create", "create_function")) or _is(call, "create_layer", True):
            return None
        runtime = call.get("runtime")
        is_image = string(call.get("package_type")) == "Image" or call.get("image_uri") is not None
        if not is_image and isinstance(runtime, Known) and not show(runtime).startswith("python"):
            return None
        reason = None
        artifact: Zip | Image
        if is_image:
            names = {"command": "command", "entry_point": "entry_point", "working_directory": "working_directory"}
            values = {key: call.get(f"image_config_{own}") for key, own in names.items()}
            config = {key: value for key, value in values.items() if value is not None}
            artifact, reason = self.image(call, call.get("image_uri"), config)
        else:
            artifact = self.packages.of_module(self.module, call)
        address = self.module.address_of(name, call).removeprefix("module.")
        title = string(call.get("function_name")) or self.within(address, alone=len(self.module.calls) == 1)
        handler = None if is_image else call.get("handler")
        values = {"handler": handler, "runtime": runtime, "environment": call.get("environment_variables")}
        function = self.declared(title, call, artifact, values, reason)
        return self.if_python(replace(function, limits=limits_of_call(call)))

    # -- common -----------------------------------------------------------------------------------

    def declared(
        self,
        name: str,
        instance: Instance,
        artifact: Zip | Image,
        values: Mapping[str, Value | None],
        reason: str | None,
    ) -> Function:
        handler = values["handler"]
        text = string(handler)
        if isinstance(artifact, Zip) and text is None:
            reason = "no handler is declared" if handler is None else f"the handler is computed: {brief(handler)}"
        return Function(
            name,
            self.span(instance, handler if handler is not None else _first_command(artifact)),
            artifact,
            "terraform",
            None if handler is None or text is None else Text(text, handler.span),
            reason,
            string(values["runtime"]),
            _architecture(instance.get("architectures")),
            _environment(values["environment"]),
            self.packages.layers(instance.get("layers")),
            _is_listed(values["environment"]),
        )

    def span(self, instance: Instance, handler: Value | Text | None) -> Span:
        """Where the function is declared: the module call or the element of ``for_each`` that names its handler."""
        call = self.module.call
        if handler is not None and call is not None and handler.span.path == call.block.span.path:
            return call.block.span
        return instance.block.span

    def name(self, instance: Instance) -> str:
        """The function's name, or how Terraform addresses it when the name is computed."""
        known = string(instance.get("function_name"))
        if known is not None:
            return known
        key = f"[{show(instance.key)}]" if isinstance(instance.key, Known) else ""
        return self.within(instance.block.labels[-1] + key, alone=len(self.resources) == 1)

    def within(self, label: str, *, alone: bool) -> str:
        """A label in a called module: after the module's own address, or just that where it is all there is."""
        called = self.module.address.replace("module.", "").rstrip(".")
        if not called:
            return label
        return called if alone else f"{called}.{label}"

    def if_python(self, function: Function) -> Function | None:
        """A zip function whose runtime is computed counts when its handler is a Python file of the project."""
        artifact = function.artifact
        if isinstance(artifact, Image) or function.runtime is not None:
            return function
        if function.handler is not None and any(_files(self.project, artifact, _file_of(function.handler.value))):
            return function
        self.gaps.append(Gap(function.span, f"{function.name}: its runtime is computed, so that it may be Python"))
        return None


def _file_of(handler: str) -> str:
    return handler.rpartition(".")[0].replace(".", "/") + ".py"


def _files(project: Project, package: Zip, name: str) -> Iterator[bool]:
    """Whether each part of a package holds a file of a name at its root, or is a Python file itself."""
    for part in package.parts:
        if isinstance(part, Packed):
            yield any(posixpath.join(part.into, one) == name for one, _ in part.entries)
        elif isinstance(part, Made):
            yield part.path == name
        elif isinstance(part, Part) and project.is_file(part.source):
            yield (part.name or part.source).endswith(".py")
        elif isinstance(part, Part):
            place = name.removeprefix(f"{part.into}/") if part.into else name
            yield project.is_file(posixpath.normpath(f"{part.source}/{place}"))


def _is(call: Instance, name: str, wanted: bool) -> bool:
    value = call.get(name)
    return value is not None and plain(value) in (wanted, str(wanted).lower())


def _arguments(call: Instance) -> set[str]:
    return {item.name for item in call.block.body.attributes}


def _first_command(artifact: Zip | Image) -> Text | None:
    return artifact.command[0] if isinstance(artifact, Image) and artifact.command else None


def _image_config(instance: Instance) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for body, evaluate in instance.blocks("image_config"):
        for name in ("command", "entry_point", "working_directory"):
            value = value_of(body, name, evaluate)
            if value is not None:
                found[name] = value
    return found


def _shown(config: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} = {brief(value)}" for name, value in config.items())


def _texts(value: Value | None) -> tuple[tuple[Text, ...] | None, bool]:
    """The words of a command, and whether they are known; an empty list leaves the image's own."""
    if value is None:
        return None, True
    if not isinstance(value, Items):
        return None, False
    words = [Text(one.value, one.span) for one in value.values if isinstance(one, Known) and isinstance(one.value, str)]
    if len(words) != len(value.values):
        return None, False
    return tuple(words) or None, True


def _as_built(image: Image, build: DockerBuild) -> Image:
    if build.unknown_args:
        return replace(image, dockerfile=build.dockerfile)
    return replace(
        image,
        dockerfile=build.dockerfile,
        context=build.context,
        target=build.target,
        build_args=build.build_args,
        platform=build.platform,
    )


def _architecture(value: Value | None) -> Architecture | None:
    if value is None:
        return "x86_64"  # Lambda's default
    items: Iterable[Value] = value.values if isinstance(value, Items) else ()
    known: dict[str, Literal["x86_64", "arm64"]] = {"x86_64": "x86_64", "arm64": "arm64"}
    return next((known[show(item)] for item in items if show(item) in known), None)


def _environment(value: Value | None) -> dict[str, str | None]:
    if not isinstance(value, Table):
        return {}
    return {name: show(item) if isinstance(item, Known) else None for name, item in value.values.items()}


def _is_listed(value: Value | None) -> bool:
    """Whether every name of the environment is known."""
    return value is None or (isinstance(value, Table) and not value.partial)
