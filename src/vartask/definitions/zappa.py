"""Functions of Zappa: one for each stage of ``zappa_settings`` (https://github.com/zappa/Zappa).

What goes into the package: ``create_lambda_zip`` in zappa/core.py and ``create_package`` in zappa/cli.py of 0.63.  The
whole project directory without ``exclude`` and ``exclude_glob``, the packages of the virtual environment that Zappa
runs in, Zappa's own ``handler.py`` and the settings as a module; and an ``__init__.py`` in every directory with Python
files.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator

from vartask.artifact.filters import Filters
from vartask.config import Settings
from vartask.definitions._named_modules import bringing, is_dotted
from vartask.definitions._zappa_settings import FORMATS, NotRead, Stage, read_stages
from vartask.model import (
    Architecture,
    Declared,
    Filter,
    Function,
    Gap,
    Layer,
    Limits,
    Made,
    Packed,
    Part,
    Present,
    Problem,
    Span,
    Text,
    UnknownLayer,
    UnknownRegion,
    Zip,
    limit,
    whole,
)
from vartask.model.distribution import ANY_DISTRIBUTION
from vartask.project import Project, Unreadable
from vartask.syntax.nodes import Node, Scalar

EXCLUDED = (
    *("*.exe", "*.DS_Store", "*.Python", "*.git", ".git/*", "*.zip", "*.tar.gz", "*.hg", "pip", "docutils*"),
    *("setuputils*", "__pycache__/*", "concurrent"),
)
"""What Zappa leaves out by itself: ZIP_EXCLUDES, and ``concurrent``."""

DEFAULTS = Limits(memory=512, timeout=30, storage=512)
"""``load_settings`` in zappa/cli.py of 0.63."""

HANDLER = "handler.lambda_handler"
_SAYS_WHAT_RUNS = ("app_function", "django_settings", "lambda_handler", "events")


def find(project: Project, settings: Settings) -> Declared:
    """The function of every stage that says what it runs; the others are there to be extended."""
    del settings
    functions: list[Function] = []
    problems: list[Problem] = []
    gaps: list[Gap] = []
    for path in _settings_files(project):
        try:
            stages = read_stages(project.read_text(path), path)
        except NotRead as error:
            problems.append(Problem("definition", error.message, error.span))
            continue
        except Unreadable as error:
            gaps.append(Gap(Span(path), f"not read: {error}"))
            continue
        running = [stage for stage in stages if any(stage.get(name) is not None for name in _SAYS_WHAT_RUNS)]
        functions += [_Application(project, path, stage).function() for stage in running]
        problems += [refusal for stage in running for refusal in _refusals(stage)]
    return Declared(tuple(functions), tuple(problems), tuple(gaps))


def _refusals(stage: Stage) -> Iterator[Problem]:
    """What ``get_zappa_settings_string`` of zappa/cli.py says before anything is packaged."""
    named = stage.text("app_function")
    if named is not None and named.value and "." not in named.value:
        wanted = "It needs to be in the format `your_module.your_app_object`."
        yield Problem("definition", f"Your app_function value is not a modular path. {wanted}", named.span)


def _settings_files(project: Project) -> Iterator[str]:
    """The file that counts in each directory: JSON before TOML before YAML."""
    best: dict[str, str] = {}
    for path in project.files:
        directory, name = posixpath.split(path)
        if name in FORMATS and (directory not in best or FORMATS.index(name) < _rank(best[directory])):
            best[directory] = path
    yield from best.values()


def _rank(path: str) -> int:
    return FORMATS.index(posixpath.basename(path))


class _Application:
    """One stage of one project."""

    def __init__(self, project: Project, path: str, stage: Stage) -> None:
        self.project = project
        self.root = posixpath.dirname(path) or "."
        self.stage = stage
        self.span = stage.span

    def function(self) -> Function:
        """The function with the handler that Zappa gives it."""
        handler = self.stage.text("lambda_handler") or Text(HANDLER, self.span)
        runtime = self.stage.text("runtime")
        architecture: Architecture = "arm64" if self._value("architecture") == "arm64" else "x86_64"
        return Function(
            self._name(),
            self.span,
            self._package(),
            "zappa",
            handler,
            runtime=None if runtime is None else runtime.value,
            architecture=architecture,
            environment=self.stage.table("environment_variables") | self.stage.table("aws_environment_variables"),
            layers=tuple(self._layers()),
            limits=self._limits(),
        )

    def _limits(self) -> Limits:
        storage = self.stage.table("ephemeral_storage")
        return Limits(
            limit(_number(self.stage.get("memory_size")), DEFAULTS.memory),
            limit(_number(self.stage.get("timeout_seconds")), DEFAULTS.timeout),
            whole(storage["Size"]) if "Size" in storage else DEFAULTS.storage,
        )

    def _value(self, name: str) -> str | None:
        found = self.stage.text(name)
        return None if found is None else found.value

    def _name(self) -> str:
        directory = self.root if self.root != "." else os.path.basename(self.project.root)
        project = self._value("project_name") or _slug(posixpath.basename(directory))[:15]
        return _slug(f"{project}-{self.stage.name}")

    def _layers(self) -> Iterator[Layer]:
        for layer in self.stage.texts("layers"):
            yield UnknownLayer(layer.value, "the settings name it by its ARN", layer.span)

    # -- the package ---------------------------------------------------------------------------------------

    def _package(self) -> Zip:
        slim = self.stage.flag("slim_handler")
        if slim is not False:
            what = "is loaded when the function starts" if slim else "may be loaded when the function starts"
            return Zip(self.span, reason=f"slim_handler: the project's archive {what}, from a bucket")
        script = self._value("prebuild_script")
        if script is not None:
            return Zip(self.span, reason=f"prebuild_script: `{script}` may change the project before it is packaged")
        filters = self._filters()
        reason = "the packages of the virtual environment that Zappa runs in"
        region = UnknownRegion("/", reason, self.span, distributions=frozenset({ANY_DISTRIBUTION}))
        return Zip(
            self.span,
            (
                Part(self.root, self.span, filters=filters),
                *(Made(place, self.span, "") for place in self._packages(filters)),
                *self._own(),
                Packed((("handler.py", self._handler()),), self.span, (region,)),
            ),
        )

    def _filters(self) -> tuple[Filter, ...]:
        names: tuple[Text | str, ...] = (*EXCLUDED, *self.stage.texts("exclude"), *self._environments())
        globs = tuple(self.stage.texts("exclude_glob"))
        found = (Filter("names", names),)
        return (*found, Filter("pathlib_glob", globs)) if globs else found

    def _environments(self) -> Iterator[str]:
        """Virtual environments in the directory: the one that Zappa runs in is left out by its name."""
        for name, entry in self.project.listdir(self.root).items():
            if entry.kind == "d" and "pyvenv.cfg" in self.project.listdir(self._inside(name)):
                yield name

    def _own(self) -> Iterator[Made]:
        """What Zappa writes besides its handler: the settings as a module, and a description."""
        yield Made("zappa_settings.py", self.span, "")
        yield Made("package_info.json", self.span)
        if self._value("django_settings") is not None:
            yield Made("django_zappa_app.py", self.span, "")

    def _handler(self) -> Present:
        """Zappa's own handler as far as imports go: it imports the application when it is first called.

        It is one line, so that what is wrong with the import is said of the line that names the application.
        """
        imports = []
        named = [self.stage.text("app_function"), self.stage.text("exception_handler"), *self.stage.functions("events")]
        for written in named:
            module, _, attribute = (written.value if written is not None else "").rpartition(".")
            if module and attribute.isidentifier():
                imports.append(bringing(module, attribute))
        django = self.stage.text("django_settings")
        if django is not None and is_dotted(django.value):
            imports.append(f"import {django.value}")
        body = "; ".join(dict.fromkeys(imports)) or "pass"
        span = next((one.span for one in (*named, django) if one is not None), self.span)
        return Present(put_by=span, content=f"def lambda_handler(event, context): {body}\n")

    def _packages(self, filters: tuple[Filter, ...]) -> Iterator[str]:
        """``__init__.py`` where a directory with Python files in or below it has none, and no module bears its name."""
        decide = Filters(filters, self.span)
        pending = [""]
        while pending:
            here = pending.pop()
            listing = self.project.listdir(self._inside(here))
            kept = [
                name
                for name, entry in listing.items()
                if decide.left_out(posixpath.join(here, name), directory=entry.kind == "d") is None
            ]
            if "__init__.py" not in kept and self._holds_python(here, decide) and not self._is_shadowed(here, decide):
                yield posixpath.join(here, "__init__.py")
            pending += [posixpath.join(here, name) for name in kept if self.project.is_dir(self._inside(here, name))]

    def _holds_python(self, directory: str, decide: Filters) -> bool:
        if directory == "":
            return True
        pending = [directory]
        while pending:
            here = pending.pop()
            for name in self.project.listdir(self._inside(here)):
                path = posixpath.join(here, name)
                inner = self.project.is_dir(self._inside(path))
                if decide.left_out(path, directory=inner) is not None:
                    continue
                if not inner and name.endswith((".py", ".pyc")):
                    return True
                pending += [path] if inner else []
        return False

    def _is_shadowed(self, directory: str, decide: Filters) -> bool:
        module = f"{directory}.py"
        there = directory != "" and self.project.is_file(self._inside(module))
        return there and decide.left_out(module, directory=False) is None

    def _inside(self, *names: str) -> str:
        return posixpath.normpath(posixpath.join(self.root, *names))


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _number(node: Node | None) -> str | None:
    return None if node is None else node.value if isinstance(node, Scalar) else ""
