"""Functions of AWS Chalice: ``app.py`` beside ``.chalice/config.json`` (https://aws.github.io/chalice/).

What goes into the package: chalice/deploy/packager.py of 1.34.  The installed requirements without Chalice itself, of
which only the part that runs in Lambda is put in; ``app.py``, ``chalicelib`` and the contents of ``vendor``.  With
``automatic_layer`` the requirements and ``vendor`` go into a layer.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from vartask.config import Settings
from vartask.definitions._chalice_app import API, Application, Registered, Registrations
from vartask.model import (
    Architecture,
    Declared,
    Function,
    Gap,
    Install,
    Layer,
    Limits,
    LocalLayer,
    Packed,
    Part,
    Piece,
    Problem,
    Span,
    Text,
    UnknownLayer,
    UnknownRegion,
    Zip,
    limit,
)
from vartask.project import Project, Unreadable
from vartask.records import dataclass
from vartask.syntax.json import JsonError, read_json
from vartask.syntax.nodes import Mapping as MappingNode
from vartask.syntax.nodes import Node, Scalar, Sequence, TooLarge

DEFAULT_STAGE = "dev"
_CONFIG = ".chalice/config.json"
_LAYER = "managed-layer"
DEFAULTS = Limits(memory=128, timeout=60, storage=512)
"""chalice/constants.py of 1.34; the size of ``/tmp`` cannot be set."""

Parts = tuple[Piece, ...]


def find(project: Project, settings: Settings) -> Declared:
    """The functions of every application, once for each stage that makes a difference."""
    del settings
    functions: list[Function] = []
    problems: list[Problem] = []
    gaps: list[Gap] = []
    for path in project.files:
        directory, name = posixpath.split(path)
        if name != "config.json" or posixpath.basename(directory) != ".chalice":
            continue
        root = posixpath.dirname(directory) or "."
        try:
            config = read_json(project.read_text(path), path).root
        except Unreadable as error:
            gaps.append(Gap(Span(path), f"not read: {error}"))
            continue
        except JsonError as error:
            problems.append(Problem("definition", error.message, error.span))
            continue
        except TooLarge as error:
            gaps.append(Gap(error.span, f"not read: {error}"))
            continue
        if not project.is_file(posixpath.normpath(posixpath.join(root, "app.py"))):
            gaps.append(Gap(Span(path), "a Chalice application without app.py: its functions are not known"))
            continue
        registered = Application(project, root).read()
        gaps += registered.gaps
        app = _App(project, root, path, config if isinstance(config, MappingNode) else MappingNode(Span(path)))
        functions += [function for stage in app.stages() for function in app.functions(stage, registered.functions)]
    for app, registered in _unconfigured(project):
        gaps += registered.gaps
        gaps.append(
            Gap(Span(app.path), f"{_CONFIG} is not in the repository: what it says of the application is unknown")
        )
        functions += app.functions(DEFAULT_STAGE, registered.functions)
    return Declared(tuple(functions), tuple(problems), tuple(gaps))


def _unconfigured(project: Project) -> Iterator[tuple[_App, Registrations]]:
    """Applications whose configuration git does not have: it may hold secrets, and without one nothing is deployed."""
    for path in project.files:
        root = posixpath.dirname(path) or "."
        if posixpath.basename(path) != "app.py" or project.is_file(posixpath.normpath(posixpath.join(root, _CONFIG))):
            continue
        try:
            registered = Application(project, root).read() if project.mentions(path, b"halice") else Registrations()
        except Unreadable:
            continue
        if registered.functions:
            yield _App(project, root, path, MappingNode(Span(path)), configured=False), registered


@dataclass(frozen=True, slots=True)
class _App:
    """One application with its configuration."""

    project: Project
    root: str
    path: str
    config: MappingNode
    configured: bool = True

    def stages(self) -> list[str]:
        """The stages of the configuration; ``chalice deploy`` takes ``dev`` where none is named."""
        stages = self.config.get("stages")
        named = [key.value for key, _ in stages.items()] if isinstance(stages, MappingNode) else []
        return named or [DEFAULT_STAGE]

    def functions(self, stage: str, registered: list[Registered]) -> Iterator[Function]:
        """The functions of one stage under the names that they are deployed with."""
        name = _text(self.config.get("app_name")) or posixpath.basename(self.project.absolute(self.root)) or "app"
        for one in registered:
            layered = self._value("automatic_layer", stage, one.name)
            automatic = isinstance(layered, Scalar) and layered.boolean is True
            environment, known = self._environment(stage, one.name)
            yield Function(
                f"{name}-{stage}" if one.name == API else f"{name}-{stage}-{one.name}",
                one.span,
                Zip(one.span, self._code(one.span) if automatic else self._whole(one.span)),
                "chalice",
                Text(one.handler, one.span),
                architecture=self._architecture(stage),
                environment=environment,
                environment_known=known,
                limits=self._limits(stage, one.name),
                layers=(*self._layers(stage, one.name), *(self._automatic(one.span) if automatic else ())),
            )

    # -- the package ---------------------------------------------------------------------------------------

    def _code(self, span: Span) -> Parts:
        """The application's own code with the part of Chalice that runs in Lambda."""
        reason = "Chalice puts in the part of itself that runs in Lambda"
        region = UnknownRegion("/", reason, span, frozenset({"chalice"}), frozenset({"chalice"}), complete=True)
        parts: Parts = (Packed((), span, (region,)), Part(self._inside("app.py"), span))
        if self.project.is_dir(self._inside("chalicelib")):
            parts += (Part(self._inside("chalicelib"), span, "chalicelib"),)
        return parts

    def _whole(self, span: Span) -> Parts:
        return (*self._requirements(""), *self._code(span), *self._vendor(span, ""))

    def _requirements(self, into: str) -> Iterator[Install]:
        path = self._inside("requirements.txt")
        if self.project.is_file(path):
            yield Install(path, Span(path), into)

    def _vendor(self, span: Span, into: str) -> Iterator[Part]:
        if self.project.is_dir(self._inside("vendor")):
            yield Part(self._inside("vendor"), span, into)

    def _automatic(self, span: Span) -> Iterator[Layer]:
        """Chalice uses ``python/lib/pythonX.Y/site-packages``, of the Python that it runs with; nothing names that.

        There is no layer when there is nothing to put into it.
        """
        parts: Parts = (*self._requirements("python"), *self._vendor(span, "python"))
        if parts:
            yield LocalLayer(_LAYER, Zip(span, parts), span)

    def _inside(self, name: str) -> str:
        return posixpath.normpath(posixpath.join(self.root, name))

    # -- settings (chalice/config.py) ----------------------------------------------------------------------

    def _places(self, stage: str, function: str) -> list[Node | None]:
        """Where a setting may stand, the strongest first."""
        stages = self.config.get("stages")
        own = stages.get(stage) if isinstance(stages, MappingNode) else None
        return [
            _child(own, "lambda_functions", function),
            own,
            _child(self.config, "lambda_functions", function),
            self.config,
        ]

    def _value(self, name: str, stage: str, function: str) -> Node | None:
        for place in self._places(stage, function):
            found = place.get(name) if isinstance(place, MappingNode) else None
            if found is not None and not (isinstance(found, Scalar) and found.is_null):
                return found
        return None

    def _environment(self, stage: str, function: str) -> tuple[Mapping[str, str | None], bool]:
        """Variables of all places together; functions at the top of the file have none of their own."""
        own, stage_wide, _, everywhere = self._places(stage, function)
        found: dict[str, str | None] = {}
        known = self.configured
        for place in (everywhere, stage_wide, own):
            variables = place.get("environment_variables") if isinstance(place, MappingNode) else None
            known = known and (variables is None or isinstance(variables, MappingNode))
            for key, value in variables.items() if isinstance(variables, MappingNode) else ():
                found[key.value] = value.value if isinstance(value, Scalar) else None
        return found, known

    def _limits(self, stage: str, function: str) -> Limits:
        return Limits(
            limit(_text(self._value("lambda_memory_size", stage, function)), DEFAULTS.memory),
            limit(_text(self._value("lambda_timeout", stage, function)), DEFAULTS.timeout),
            DEFAULTS.storage,
        )

    def _layers(self, stage: str, function: str) -> Iterator[Layer]:
        if not self.configured:
            yield UnknownLayer("?", f"{_CONFIG}, which may name one, is not there", Span(self.path))
        listed = self._value("layers", stage, function)
        for item in listed.items if isinstance(listed, Sequence) else ():
            if isinstance(item, Scalar):
                yield UnknownLayer(item.value, "the configuration names it by its ARN", item.span)

    def _architecture(self, stage: str) -> Architecture | None:
        value = _text(self._value("lambda_architecture", stage, ""))
        return "arm64" if value == "arm64" else "x86_64"


def _child(node: Node | None, *names: str) -> Node | None:
    for name in names:
        node = node.get(name) if isinstance(node, MappingNode) else None
    return node


def _text(node: Node | None) -> str | None:
    return node.value if isinstance(node, Scalar) and not node.is_null else None
