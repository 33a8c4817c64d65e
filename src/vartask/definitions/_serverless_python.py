"""What serverless-python-requirements and serverless-wsgi add to a package.

Read from serverless-python-requirements 6.1 (``lib/pip.js``, ``zip.js``, ``inject.js``, ``layer.js``), which version 4
of the framework has built in (``packages/serverless/lib/plugins/python``), and from serverless-wsgi 3.1 (``index.js``).
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from vartask.definitions._named_modules import importing
from vartask.definitions._serverless_service import FOUR, REQUIREMENTS, WSGI, Entry, Service
from vartask.definitions._serverless_values import Answer
from vartask.model import Install, Made, Part, Span
from vartask.patterns import regex
from vartask.project import Unreadable
from vartask.records import dataclass, field, replace
from vartask.syntax.cloudformation import Known, Unresolved
from vartask.syntax.nodes import Mapping as Map

UNPACKED: Final = "/tmp/sls-py-req"  # noqa: S108 - where unzip_requirements.py of the plugin unpacks to
_UNZIP: Final = f"import sys\nsys.path.insert(1, {UNPACKED!r})\n"
_HANDLER: Final = (
    "from werkzeug.exceptions import InternalServerError\n"
    "try:\n    import unzip_requirements\nexcept ImportError:\n    pass\n"
    "import serverless_wsgi\n{enter}{bring}\napp = {module}.{name}\n\n"
    "def handler(event, context):\n    return serverless_wsgi.handle_request(app, event, context)\n"
)
_ENTER: Final = "import sys\nsys.path.insert(0, '/var/task/{directory}')\n"
_SERVER: Final = "def handle_request(app, event, context):\n    return {}\n"
_POETRY: Final = regex(r"^\s*requires\s*=\s*\[[^\]]*[\"']poetry", re.MULTILINE)


@dataclass(frozen=True)
class Additions:
    """What the plugins do to one function's package.

    ``patterns`` they append to the function's (or the service's) own; ``helpers`` are files that they write beside the
    code before it is packaged, so patterns apply to them; ``installs`` go into the finished package.  ``module`` is the
    directory whose contents move to the package's root, everything else being dropped.  ``reason`` is a doubt.
    """

    patterns: tuple[str, ...] = ()
    helpers: tuple[Made, ...] = ()
    installs: tuple[Install | Part, ...] = ()
    module: str = "."
    reason: str | None = None


@dataclass
class PythonPlugins:
    """The plugins of one service."""

    service: Service
    _packed: set[str] = field(default_factory=set)

    # -- serverless-python-requirements -------------------------------------------------------------

    @cached_property
    def options(self) -> Answer:
        """``custom.pythonRequirements``."""
        return self.service.values.get("custom", "pythonRequirements")

    def option(self, name: str, *, default: bool = False) -> bool | Unresolved:
        """A switch of the plugin."""
        found = self.service.values.below(self.options, (name,))
        return default if found is None else self.service.values.flag(found)

    def text(self, name: str, default: str = "") -> str | Unresolved:
        """A text of the plugin's options."""
        found = self.service.values.text(self.service.values.below(self.options, (name,)))
        return found.value if isinstance(found, Known) else found or default

    @cached_property
    def active(self) -> Span | None:
        """The line that makes the plugin work here."""
        named = self.service.plugin(REQUIREMENTS)
        if named is not None:
            return named.span
        if self.options is None or self.service.version != FOUR or self.option("enabled", default=True) is False:
            return None
        return None if self.service.values.flag(self.options) is not True else self.options.span

    @cached_property
    def unsettled(self) -> str | None:
        """Why it cannot be told whether requirements are installed at all."""
        if self.active is None and self.options is not None and self.service.version is None:
            return "`custom.pythonRequirements` works without a plugin in version 4 only, and no version is named"
        if isinstance(self.options, Unresolved):
            return f"`custom.pythonRequirements` cannot be known: {self.options.reason}"
        return None

    def additions(self, entry: Map, *, service_wide: bool, individually: bool) -> Additions:
        """What is done to one function; ``service_wide`` says that every function is packaged individually."""
        found = self._requirements(entry, service_wide=service_wide, individually=individually)
        return self._with_wsgi(found, entry, individually=individually)

    def _requirements(self, entry: Map, *, service_wide: bool, individually: bool) -> Additions:
        if self.active is None:
            return Additions(reason=self.unsettled)
        alone = service_wide or (individually and self.service.version == FOUR)
        module = "."
        if alone:
            named = self.service.values.literal(self.service.values.below(entry, ("module",)))
            if isinstance(named, Unresolved):
                return Additions(reason=f"`module` cannot be known: {named.reason}")
            module = posixpath.normpath(named.value) if named is not None and named.value else "."
        elif individually:
            # The plugin looks at the service's own switch alone, and puts the requirements into the service's package.
            unsure = self.service.version is None
            doubt = "version 4 installs requirements into a function that alone is packaged individually, 3 does not"
            return Additions(reason=doubt if unsure else None)
        zipped, layer = self.option("zip"), self.option("layer")
        for answer in (zipped, layer):
            if isinstance(answer, Unresolved):
                return Additions(module=module, reason=f"an option of {REQUIREMENTS} is unknown: {answer.reason}")
        if zipped is True:
            return self._zipped(module, alone=alone)
        found = Additions(module=module)
        return found if layer is True else self._installed(found, module, "")

    def _zipped(self, module: str, *, alone: bool) -> Additions:
        """Requirements as an archive in the package, which the code itself must unpack before it imports them."""
        patterns = ["unzip_requirements.py"]
        if not alone:
            patterns.append(".requirements.zip")
        elif module not in self._packed:
            patterns.append(f"{module}/.requirements.zip")
            self._packed.add(module)
        made = [one for place in (self._modules if alone else (".",)) for one in self._beside(place)]
        return self._installed(Additions(tuple(patterns), tuple(made), module=module), module, UNPACKED)

    def _beside(self, module: str) -> Iterator[Made]:
        """The files that stand in a module's directory while any package is made."""
        span = self.active or Span(self.service.path)
        yield Made(posixpath.normpath(posixpath.join(module, "unzip_requirements.py")), span, _UNZIP)
        yield Made(posixpath.normpath(posixpath.join(module, ".requirements.zip")), span)

    @cached_property
    def _modules(self) -> tuple[str, ...]:
        """The modules of all functions."""
        values = self.service.values
        nodes = (entry.node for entry in self.service.functions() if isinstance(entry, Entry))
        found = (values.text(values.below(node, ("module",))) for node in nodes if isinstance(node, Map))
        return tuple(dict.fromkeys(one.value if isinstance(one, Known) else "." for one in found))

    def _installed(self, found: Additions, module: str, into: str) -> Additions:
        install, reason = self.install(module, into)
        if install is None:
            return replace(found, reason=reason)
        vendored = self.vendored(into)
        if isinstance(vendored, str):
            return replace(found, installs=(install,), reason=vendored)
        return replace(found, installs=(install, *vendored))

    def vendored(self, into: str) -> tuple[Part, ...] | str:
        """The directory whose contents go over what is installed, or why it is not known."""
        service, vendor = self.service, self.text("vendor")
        if not vendor:
            return ()
        path = service.project.join(service.base, vendor) if isinstance(vendor, str) else None
        if path is None or not service.project.is_dir(path):
            return "`vendor` names a directory that is not in the repository"
        return (Part(path, self.active or Span(service.path), into),)

    def install(self, module: str, into: str) -> tuple[Install | None, str | None]:
        """The requirements of a module, or why they are not known; neither where there are none."""
        service = self.service
        directory = service.project.join(service.base, module)
        name = self.text("fileName", "requirements.txt")
        if directory is None or isinstance(name, Unresolved):
            return None, "the requirements file cannot be known"
        source, reason = self._source(directory, name)
        if source is None:
            return None, reason
        left_out = service.values.texts(service.values.below(self.options, ("noDeploy",)))
        if isinstance(left_out, Unresolved):
            return None, f"`noDeploy` cannot be known: {left_out.reason}"
        span = self.active or Span(service.path)
        return Install(source, span, into, without=tuple(text.value for text in left_out)), None

    def _source(self, directory: str, name: str) -> tuple[str | None, str | None]:
        """The file that lists what is installed: Poetry's, Pipenv's and uv's come before ``fileName``."""
        service, at_root = self.service, self.service.base
        if self.option("usePoetry", default=True) is not False and self._is_poetry(directory):
            groups = [key for key in ("poetryWithGroups", "poetryWithoutGroups", "poetryOnlyGroups") if self._set(key)]
            return self._lock(directory, "poetry.lock", groups)
        if self.option("usePipenv", default=True) is not False and self._there(at_root, "Pipfile"):
            return self._lock(at_root, "Pipfile.lock", [])
        uses_uv = service.version == FOUR and self.option("useUv", default=True) is not False
        if uses_uv and self._there(at_root, "uv.lock"):
            keys = ("uvWithGroups", "uvWithoutGroups", "uvOnlyGroups", "uvOptionalDependencies")
            return self._lock(at_root, "uv.lock", [key for key in keys if self._set(key)])
        path = service.project.join(directory, name)
        if path is None:
            return None, f"`{name}` is outside the repository"
        if service.project.is_file(path):
            return path, None
        made = service.project.ignored(path)
        return None, f"`{path}` is ignored by git, so a step before packaging makes it" if made else None

    def _lock(self, directory: str, name: str, groups: list[str]) -> tuple[str | None, str | None]:
        if groups:
            return None, f"`{groups[0]}` chooses what is installed"
        path = posixpath.normpath(posixpath.join(directory, name))
        if self.service.project.is_file(path):
            return path, None
        return None, f"there is no `{path}`, so what is installed is decided when the service is packaged"

    def _set(self, name: str) -> bool:
        return self.service.values.below(self.options, (name,)) is not None

    def _there(self, directory: str, name: str) -> bool:
        return self.service.project.is_file(posixpath.normpath(posixpath.join(directory, name)))

    def _is_poetry(self, directory: str) -> bool:
        """``build-system.requires`` has an entry that starts with ``poetry``."""
        path = posixpath.normpath(posixpath.join(directory, "pyproject.toml"))
        if not self.service.project.is_file(path):
            return False
        try:
            return _POETRY.search(self.service.project.read_text(path)) is not None
        except Unreadable:
            return False

    # -- serverless-wsgi ----------------------------------------------------------------------------

    def _with_wsgi(self, found: Additions, entry: Map, *, individually: bool) -> Additions:
        plugin, values = self.service.plugin(WSGI), self.service.values
        if plugin is None:
            return found
        app = values.literal(values.get("custom", "wsgi", "app"))
        if isinstance(app, Unresolved):
            return replace(found, reason=f"`custom.wsgi.app` cannot be known: {app.reason}")
        directory = posixpath.dirname(app.value) if app is not None else ""
        written = app.value if app is not None else ""
        moved = individually and directory != "" and values.below(entry, ("module",)) is not None
        place = directory if moved else ""
        names = [posixpath.join(place, name) for name in ("wsgi_handler.py", "serverless_wsgi.py", ".serverless-wsgi")]
        patterns = (*found.patterns, *names)
        own = values.get("custom", "wsgi", "packRequirements")
        packs = self.service.plugin(REQUIREMENTS) is None if own is None else values.flag(own) is True
        installs = found.installs
        if packs:
            patterns += (f"!{posixpath.join(directory, '.requirements/**')}",)
            installs += self._wsgi_installs(directory, plugin.span, with_app=app is not None)
        if app is None:
            return replace(found, patterns=patterns, installs=installs)
        known = posixpath.basename(written) if moved else written
        content = (_handler(known), _SERVER, json.dumps({"app": known}))
        made = tuple(Made(name, app.span, text) for name, text in zip(names, content, strict=True))
        return replace(found, patterns=patterns, helpers=(*found.helpers, *made), installs=installs)

    def _wsgi_installs(self, directory: str, span: Span, *, with_app: bool) -> tuple[Install, ...]:
        found = (Install(None, span, packages=("werkzeug",)),) if with_app else ()
        path = self.service.project.join(self.service.base, posixpath.join(directory, "requirements.txt"))
        if path is not None and self.service.project.is_file(path):
            found = (Install(path, span), *found)
        return found


def handler_of(service: Service, handler: str) -> str:
    """The handler that is deployed: serverless-wsgi still understands what it was called at first."""
    return "wsgi_handler.handler" if handler == "wsgi.handler" and service.plugin(WSGI) else handler


def _handler(app: str) -> str:
    """What ``wsgi_handler.py`` comes to for one application, ``directory/module.name``."""
    where, _, name = app.rpartition(".")
    directory, _, module = where.rpartition("/")
    enter = _ENTER.format(directory=directory) if directory else ""
    bring, here = importing(module)
    return _HANDLER.format(enter=enter, bring=bring, module=here, name=name)
