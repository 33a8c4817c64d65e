"""The functions of one service of the Serverless Framework."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from vartask.definitions._serverless_images import image_of
from vartask.definitions._serverless_limits import limits_of
from vartask.definitions._serverless_packages import Packages
from vartask.definitions._serverless_places import named_by_script
from vartask.definitions._serverless_programs import PROGRAMS, exported
from vartask.definitions._serverless_python import handler_of
from vartask.definitions._serverless_service import FOUR, Entry, Service
from vartask.definitions._serverless_values import Answer, Values
from vartask.model import Architecture, Declared, Function, Gap, Image, Problem, Span, Text, Zip
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.syntax.cloudformation import Known, Unresolved, is_written_out
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Scalar
from vartask.syntax.yaml import YamlError, read_yaml

_ENVIRONMENT_PLUGINS: Final = regex(r"dotenv|env-")
_ARCHITECTURES: Final = frozenset({"x86_64", "arm64"})


def read_service(project: Project, path: str, data: bytes, *, named: bool, given: Map | None) -> Declared:
    """What a file declares, if it is a service for AWS; ``given`` are parameters of a compose file.

    ``named`` says that the file is called as the framework wants it: it must then be a service.
    """
    gaps: list[Gap] = []
    root = _read(project, path, data, gaps, named=named)
    if root is None:
        return Declared((), (), tuple(gaps))
    service, elsewhere = _located(project, path, root, given)
    reader = _Reader(service)
    found = tuple(reader.functions())
    if elsewhere and found:
        reason = f"the service is taken to be deployed from `{service.base}`, where its handlers are"
        gaps.append(Gap(found[0].span, reason, tuple(one.name for one in found)))
    return Declared(found, tuple(reader.problems), (*gaps, *reader.gaps))


def _read(project: Project, path: str, data: bytes, gaps: list[Gap], *, named: bool) -> Map | None:
    """The service that a file holds, if it holds one for AWS."""
    if path.endswith(PROGRAMS):
        return _program(project, path, data, gaps, named=named)
    try:
        documents = read_yaml(project.read_text(path), path)
    except Unreadable as error:
        gaps.append(Gap(Span(path), f"not read: {error}"))
        return None
    except YamlError as error:
        if b"python" in data or b"image" in data:
            gaps.append(Gap(error.span, f"not read as a Serverless Framework service: {error.message}"))
        return None
    root = documents[0].root if documents else None
    if not isinstance(root, Map) or "provider" not in root or not ("service" in root or "functions" in root):
        return None
    return root


def _program(project: Project, path: str, data: bytes, gaps: list[Gap], *, named: bool) -> Map | None:
    """A service in JavaScript or TypeScript, as far as the program writes it out."""
    if b"python" not in data and b"image" not in data:
        return None
    root = exported(project, path)
    if isinstance(root, Map) and "provider" in root:
        return root
    if named:
        gaps.append(
            Gap(Span(path), "the program computes the service: functions that only it declares are not checked")
        )
    return None


def _located(project: Project, path: str, root: Map, given: Map | None) -> tuple[Service, bool]:
    """The service with the directory that it is deployed from, and whether that is not its own.

    The framework takes paths from where it is started, and some start it at the top of the repository.  That is so
    where a script says it, or where no handler is below the service's directory, every one is below one above it, and
    they are written from there.
    """
    own = posixpath.dirname(path) or "."
    first = _service(project, path, root, own, given)
    told = None if any(_handlers(first)) else named_by_script(project, path)
    if told is not None:
        return _service(project, path, root, told[0], given), False
    base = own
    while base != "." and not any(_handlers(first)):
        base = posixpath.dirname(base) or "."
        there = _service(project, path, root, base, given)
        prefix = posixpath.relpath(own, base).replace("/", ".")
        handlers = list(_handlers(there))
        if handlers and all(handlers) and any(name.startswith(f"{prefix}.") for name in _names(there)):
            return there, True
    return first, False


def _service(project: Project, path: str, root: Map, base: str, given: Map | None) -> Service:
    values = Values(project, root, base, given=given)
    service = Service(project, path, values)
    values.dotenv = service.version == FOUR or values.flag(values.get("useDotenv")) is True
    return service


def _handlers(service: Service) -> Iterator[bool]:
    """For each handler of the service, whether its module is there."""
    for node in _nodes(service):
        handler = service.values.literal(service.values.below(node, ("handler",)))
        module = service.values.text(service.values.below(node, ("module",)))
        if isinstance(handler, Known):
            below = module.value if isinstance(module, Known) else "."
            yield service.has_module(handler.value) or service.has_module(handler.value, below)


def _names(service: Service) -> Iterator[str]:
    for node in _nodes(service):
        handler = service.values.literal(service.values.below(node, ("handler",)))
        if isinstance(handler, Known):
            yield handler.value.replace("/", ".").lstrip(".")


def _nodes(service: Service) -> Iterator[Map]:
    for entry in service.functions():
        if isinstance(entry, Entry) and isinstance(entry.node, Map):
            yield entry.node


class _Reader:
    """Makes the functions of one service."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.values = service.values
        self.packages = Packages(service)
        self.problems: list[Problem] = []
        self.gaps: list[Gap] = []

    def functions(self) -> Iterator[Function]:
        if not self._is_aws():
            return
        for entry in self.service.functions():
            if isinstance(entry, Unresolved):
                self.gaps.append(Gap(entry.span, f"functions of the service cannot be known: {entry.reason}"))
            elif isinstance(entry.node, Unresolved):
                reason = f"the function cannot be known: {entry.node.reason}"
                self.gaps.append(Gap(entry.span, reason, (entry.name,)))
            else:
                found = self._function(entry, entry.node)
                if found is not None:
                    yield found

    def _is_aws(self) -> bool:
        provider = self.values.get("provider")
        if isinstance(provider, Scalar):
            return provider.value == "aws"
        name = self.values.text(self.values.below(provider, ("name",)))
        return not isinstance(name, Known) or name.value == "aws"

    def _function(self, entry: Entry, node: Map) -> Function | None:
        image = self.values.below(node, ("image",))
        if image is not None:
            return self._image(entry, node, image)
        runtime = self.values.text(self.service.own(node, "runtime"))
        handler = self.values.literal(self.values.below(node, ("handler",)))
        if not self._is_python(entry, runtime, handler):
            return None
        reason = None if isinstance(handler, Known) else _why_no_handler(handler)
        if handler is None:
            message = f"function `{entry.name}` has neither `handler` nor `image`"
            self.problems.append(Problem("definition", message, entry.span))
        return self._declared(
            entry,
            node,
            self.packages.zip(entry, node),
            Text(handler_of(self.service, handler.value), handler.span) if isinstance(handler, Known) else None,
            reason,
            runtime.value if isinstance(runtime, Known) else None,
        )

    def _is_python(self, entry: Entry, runtime: Answer | Known, handler: Answer | Known) -> bool:
        """Whether the function runs Python; without a runtime the framework takes Node.js."""
        if isinstance(runtime, Known):
            return runtime.value.startswith("python")
        if runtime is None:
            return False
        if isinstance(handler, Known) and self.service.has_module(handler.value):
            return True
        if not isinstance(handler, Known) or not self._is_foreign(handler.value):
            self.gaps.append(Gap(entry.span, "the function's runtime cannot be known", (entry.name,)))
        return False

    def _is_foreign(self, handler: str) -> bool:
        """Whether the handler is a file of another language."""
        path = self.service.project.join(self.service.base, handler.rpartition(".")[0])
        ends = (".js", ".ts", ".mjs", ".cjs", ".tsx", ".rb")
        return path is not None and any(self.service.project.is_file(path + end) for end in ends)

    def _image(self, entry: Entry, node: Map, named: Answer) -> Function:
        image, reason = image_of(self.service, named, entry.span)
        command = image.command or ()
        # The command is the handler: AWS's images start the runtime with it.
        return self._declared(entry, node, image, command[0] if len(command) == 1 else None, reason, None)

    def _declared(  # noqa: PLR0913, PLR0917 - the parts of one function
        self,
        entry: Entry,
        node: Map,
        artifact: Zip | Image,
        handler: Text | None,
        reason: str | None,
        runtime: str | None,
    ) -> Function:
        architecture = self.values.text(self.service.own(node, "architecture"))
        environment, known = self._environment(node)
        return Function(
            entry.name,
            entry.span,
            artifact,
            "serverless",
            handler,
            reason,
            runtime,
            _architecture(architecture),
            environment,
            self.packages.layers(node) if isinstance(artifact, Zip) else (),
            environment_known=known,
            limits=limits_of(self.service, node),
        )

    def _environment(self, node: Map) -> tuple[dict[str, str | None], bool]:
        """The variables of the provider and the function, and whether all names are known."""
        found: dict[str, str | None] = {}
        known = not any(_ENVIRONMENT_PLUGINS.search(plugin.value) for plugin in self.service.plugins)
        for holder in (self.values.get("provider"), node):
            listed = self.values.below(holder, ("environment",))
            written = listed is None or is_written_out(listed if isinstance(listed, Map) else None)
            known = known and written and self.values.more(listed) is None
            for key, value in self.values.items(listed):
                text = self.values.text(value)
                if text is not None:
                    found[key.value] = text.value if isinstance(text, Known) else None
        return found, known and self.service.doubt is None


def _why_no_handler(handler: Unresolved | Known | None) -> str:
    return handler.reason if isinstance(handler, Unresolved) else "the service sets no `handler`"


def _architecture(value: Known | Unresolved | None) -> Architecture | None:
    if value is None:
        return "x86_64"
    found = value.value if isinstance(value, Known) else None
    return found if found in _ARCHITECTURES else None  # type: ignore[return-value]  # narrowed by the test
