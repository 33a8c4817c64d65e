"""What ``sam build`` makes of a code directory.

Read from aws-lambda-builders (workflows ``python_pip`` and ``python_uv``) and aws-sam-cli 1.170
(``lib/build/app_builder.py``), and compared with what they build.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Final

from vartask.artifact.ready_made import is_archive, made_anew
from vartask.model import Filter, Install, LocalLayer, Made, Part, Span, UnknownLayer, Zip
from vartask.project import Project
from vartask.records import dataclass, field, replace
from vartask.syntax.cloudformation import Known, Unresolved, Value, shown
from vartask.syntax.nodes import Scalar
from vartask.syntax.template import Resource

_NAMES: Final = (
    ".aws-sam",
    ".chalice",
    ".git",
    ".gitignore",
    "*.pyc",
    "__pycache__",
    "*.so",
    ".Python",
    "*.egg-info",
    "*.egg",
    "pip-log.txt",
    "pip-delete-this-directory.txt",
    "htmlcov",
    ".tox",
    ".nox",
    ".coverage",
    ".cache",
    ".pytest_cache",
    ".python-version",
    ".mypy_cache",
    ".dmypy.json",
    ".pyre",
    ".env",
    ".venv",
    "venv",
    "venv.bak",
    "env.bak",
    "ENV",
    "env",
    ".vscode",
    ".idea",
)
"""``PythonPipWorkflow.EXCLUDED_FILES``: shell patterns of names, left out at every depth."""

EXCLUDED: Final = Filter("names", _NAMES)

EXCLUDED_BY_UV: Final = Filter("names", (*_NAMES, ".uv-cache", "uv.lock.bak"))
"""``PythonUvWorkflow.EXCLUDED_FILES``."""

MANIFEST: Final = "requirements.txt"
"""The only manifest that the pip workflow reads; without it, nothing is installed and nothing is said but a warning.

A requirement in it that is a path (``./lib``, ``-e .``) is built and installed, editable or not; pip takes the path
from the directory that ``sam`` runs in, whatever the template's, and the build fails where nothing is there.
"""

_UV_MANIFESTS: Final = (
    MANIFEST,
    "requirements-dev.txt",
    "requirements-test.txt",
    "requirements-prod.txt",
    "pyproject.toml",
)
"""``detect_uv_manifest``, in its order."""

_MAKE_DIRECTORIES: Final = ("ProjectRootDirectory", "ContextPath", "WorkingDirectory")
_JAVA: Final = ".jar"
_REMOTE: Final = ("s3://", "https://", "http://")


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """A resource's ``Metadata`` as far as it decides how ``sam build`` builds it.

    ``method`` is ``BuildMethod``, ``parents`` the package that ``ParentPackageMode`` puts above the code as a path.
    ``serverless`` is false for templates without the SAM transform, which ``aws cloudformation package`` zips as they
    are.  ``name`` is the resource's, ``directories`` are the paths in ``ProjectRootDirectory``, ``ContextPath`` and
    ``WorkingDirectory``, which only the build by a Makefile knows.
    """

    method: Value = None
    skip: bool = False
    serverless: bool = True
    parents: str = ""
    name: str = ""
    directories: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Code:
    """A property that names code: ``key`` is its name, ``span`` where it (or the resource without it) is written."""

    key: str
    value: Value
    span: Span


def build_settings(resource: Resource, *, serverless: bool, parents: str = "") -> BuildSettings:
    """How ``sam build`` is told to build a function or layer."""
    skip = resource.metadata.get("SkipBuild")
    return BuildSettings(
        method=resource.evaluator.text(resource.metadata.get("BuildMethod")),
        skip=isinstance(skip, Scalar) and skip.boolean is True,
        serverless=serverless,
        parents=parents,
        name=resource.name,
        directories={key: resource.evaluator.literal(resource.metadata.get(key)) for key in _MAKE_DIRECTORIES},
    )


def local_path(project: Project, base: str, code: Code) -> tuple[str | None, str | None]:
    """The project's path that a code property names, or ``None`` and the reason; the template's directory if unset."""
    if isinstance(code.value, Unresolved):
        return None, f"`{code.key}` cannot be known: {code.value.reason}"
    if code.value is None:
        return base, None
    written = code.value.value
    quoted = f"`{shown(written)}`"
    if written.startswith(_REMOTE):
        return None, f"the code is {quoted}, not a path of the repository"
    path = project.join(base, written)
    if path is None:
        return None, f"{code.key} {quoted} leads out of the repository"
    if is_archive(written):
        doubt = made_anew(project, path)
        return (path, None) if doubt is None else (None, f"the ready-made archive {quoted} {doubt}")
    if written.lower().endswith(_JAVA):
        return None, f"{quoted} is a ready-made archive, whose contents are not read"
    if project.kind(path) is None:
        return None, f"{code.key} {quoted} does not exist in the repository"
    return path, None


def _archive(project: Project, base: str, code: Code) -> str | None:
    """The path of the archive that a code property names, whether or not it is there."""
    written = code.value.value if code.value is not None and not isinstance(code.value, Unresolved) else ""
    return project.join(base, written) if is_archive(written) and not written.startswith(_REMOTE) else None


def _made(project: Project, base: str, code: Code) -> Zip | None:
    """The archive at the path of a code property, where a script of the repository is known to make it."""
    path = _archive(project, base, code)
    if path is None:
        return None
    # Following scripts takes half of vartask, and few templates name archives.
    from vartask.artifact.scripts.packages import package_made

    made = package_made(project, path)
    return made if made is not None and made.parts else None


def function_package(project: Project, base: str, code: Code, build: BuildSettings) -> Zip:
    """The package of a Python function whose template stands in the directory ``base``."""
    path, reason = local_path(project, base, code)
    if path is None:
        return replace(_made(project, base, code) or Zip(code.span, reason=reason), built=_archive(project, base, code))
    if project.is_file(path) or build.skip:
        return Zip.of(path, code.span)
    manifest = _file(project, path, MANIFEST)
    if isinstance(build.method, Unresolved):
        return Zip(code.span, reason=f"`BuildMethod` cannot be known: {build.method.reason}")
    method = build.method.value if isinstance(build.method, Known) else "python"
    if method == "python-uv":
        return _uv_package(project, path, code.span)
    if method == "makefile":
        return _by_makefile(project, base, path, code.span, build)
    if not method.startswith("python"):
        return Zip(code.span, reason=f"`BuildMethod: {shown(method)}` builds the package in its own way")
    filters = (EXCLUDED,) if build.serverless else ()
    if _in_its_own_way(project, path, build.parents):
        return Zip(
            code.span, reason=f"`sam build` cannot put `{path}` below `{shown(build.parents)}`, which is part of it"
        )
    into = _free(project, path, build.parents)
    return Zip.of(path, code.span, requirements=manifest, filters=filters, into=into)


def _by_makefile(project: Project, base: str, path: str, span: Span, build: BuildSettings) -> Zip:
    """What a Makefile builds; its directories start where the template's paths do."""
    # Imported here: following a recipe takes a shell and make, which few templates need.
    from vartask.artifact.sam_make import MANIFEST as MAKEFILE
    from vartask.artifact.sam_make import MakeBuild, made_package

    places: dict[str, str] = {}
    for key, value in build.directories.items():
        if isinstance(value, Unresolved):
            return Zip(span, reason=f"`{key}` cannot be known: {value.reason}")
        place = project.join(base, value.value) if value is not None else None
        if value is not None and place is None:
            return Zip(span, reason=f"{key} `{shown(value.value)}` leads out of the repository")
        if place is not None:
            places[key] = place
    source = places.get("ProjectRootDirectory", path)
    makefile = posixpath.normpath(posixpath.join(places.get("ContextPath", source), MAKEFILE))
    return made_package(project, MakeBuild(build.name, source, makefile, places.get("WorkingDirectory")), span)


def _uv_package(project: Project, path: str, span: Span) -> Zip:
    """What ``python-uv`` builds, of the first manifest that is there; a lock file alone is none.

    uv leaves a ``.lock`` where it installs, and writes ``uv.lock`` beside a pyproject.toml that has none.
    """
    manifest = next((name for name in _UV_MANIFESTS if _file(project, path, name)), None)
    code = Part(path, span, filters=(EXCLUDED_BY_UV,))
    if manifest is None:
        return Zip(span, (code,))
    left: tuple[Made, ...] = (Made(".lock", span),)
    if manifest == "pyproject.toml":
        # ``uv export --no-emit-project --no-default-groups``, of the lock file or of what ``uv lock`` makes.
        locked = _file(project, path, "uv.lock") is not None
        manifest, left = ("uv.lock", left) if locked else (manifest, (*left, Made("uv.lock", span)))
    return Zip(span, (code, Install(_file(project, path, manifest), span), *left))


def _file(project: Project, directory: str, name: str) -> str | None:
    path = posixpath.normpath(posixpath.join(directory, name))
    return path if project.is_file(path) else None


def _free(project: Project, path: str, parents: str) -> str:
    """The parent package, unless the code has a directory of that name: the builder then leaves everything in place."""
    if parents and project.kind(posixpath.normpath(posixpath.join(path, parents))) is None:
        return parents
    return ""


def _in_its_own_way(project: Project, path: str, parents: str) -> bool:
    """Whether the parent package would go into a directory that then moves below it: the builder fails."""
    first = posixpath.normpath(posixpath.join(path, parents.partition("/")[0]))
    return bool(parents) and _free(project, path, parents) == parents and project.kind(first) is not None


def layer_package(
    project: Project, base: str, name: str, code: Code, build: BuildSettings
) -> LocalLayer | UnknownLayer:
    """The contents of a layer resource; without ``BuildMethod`` the directory is zipped as it is."""
    path, reason = local_path(project, base, code)
    if path is not None and is_archive(path) and project.is_file(path):
        return LocalLayer(name, Zip.of(path, code.span), code.span)
    if path is None or not project.is_dir(path):
        return UnknownLayer(name, reason or f"`{path}` is a file", code.span)
    if build.method is None or build.skip:
        return LocalLayer(name, Zip.of(path, code.span), code.span)
    if isinstance(build.method, Unresolved):
        return UnknownLayer(name, f"its `BuildMethod` cannot be known: {build.method.reason}", code.span)
    method = build.method.value
    if method.startswith("python3."):
        manifest = _file(project, path, MANIFEST)
        parts: tuple[Part | Install, ...] = (Part(path, code.span, "python", filters=(EXCLUDED,)),)
        if manifest is not None:
            parts += (Install(manifest, code.span, "python"),)
        return LocalLayer(name, Zip(code.span, parts), code.span)
    if method == "makefile":
        return LocalLayer(name, _by_makefile(project, base, path, code.span, build), code.span)
    if method.startswith("python"):
        return UnknownLayer(name, f"`BuildMethod: {shown(method)}` builds it in its own way", code.span)
    return UnknownLayer(name, f"`BuildMethod: {shown(method)}` is not for Python", code.span, frozenset())
