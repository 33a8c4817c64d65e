"""Functions that scripts deploy: ``aws lambda`` in shell scripts, Makefiles, pipelines and the like.

https://docs.aws.amazon.com/cli/latest/reference/lambda/create-function.html.  What a script does not say (the handler
of a function whose code it only updates) is set somewhere else: then it is not known, and never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.artifact.scripts.packages import Packaging, as_one, packaging
from vartask.artifact.scripts.steps import Call, Unit
from vartask.definitions._script_options import architecture, environment, image_of, layers, limits
from vartask.model import Declared, Function, Gap, Image, Packed, Part, Span, Text, Zip
from vartask.project import Project, Unreadable

_DEPLOYING = frozenset({"create-function", "update-function-code", "update-function-configuration"})
_OTHER_LANGUAGES = (
    "npm ",
    "node_modules",
    "go build",
    "mvn ",
    "gradle",
    "cargo ",
    "dotnet ",
    "yarn ",
    "tsc",
    "esbuild",
)
_NO_HANDLER = "the script does not say with which handler the function was created"


def declared(project: Project) -> Declared:
    """A function for every name that a script creates or updates, with the package that it makes for it."""
    found = packaging(project)
    functions: list[Function] = []
    gaps: list[Gap] = []
    for group in _groups(found):
        made = _function(project, group)
        if isinstance(made, Function):
            functions.append(made)
        elif made is not None:
            gaps.append(made)
    if found.left_out:
        gaps.append(Gap(Span("."), f"{found.left_out} more scripts that pack or deploy something are not followed"))
    return Declared(tuple(functions), gaps=tuple(gaps))


Group = list[tuple[Unit, Call]]


def _groups(found: Packaging) -> Iterator[Group]:
    """The calls by the function that they are about."""
    groups: dict[object, Group] = {}
    for unit, call in found.calls:
        if call.action in _DEPLOYING:
            written = call.raw.get("--function-name", "")
            key: object = call.name.value if call.name is not None else (unit.path, written)
            groups.setdefault(key, []).append((unit, call))
    yield from groups.values()


def _function(project: Project, group: Group) -> Function | Gap | None:
    calls = [call for _, call in group]
    runtime = _last(calls, "--runtime")
    if runtime is not None and not runtime.startswith("python"):
        return None
    span = next((call.span for call in calls if call.action == "create-function"), calls[0].span)
    name = next((call.name.value for call in calls if call.name is not None), None)
    image = image_of(calls, span)
    artifact: Zip | Image | None = image or as_one([call.package for call in calls if call.package is not None])
    if artifact is None:
        # Only settings are changed: the function itself is declared somewhere else.
        return None
    shown = name or _stem(calls) or group[0][0].name
    if isinstance(artifact, Zip) and runtime is None:
        python = _is_python(project, artifact)
        if python is False or (python is None and _other_language(group)):
            return None
        if python is None and name is None:
            return Gap(span, f"a function is deployed here: {artifact.reason or 'its package cannot be followed'}")
    handler = _text(calls, "--handler")
    return Function(
        shown,
        span,
        artifact,
        "script",
        None if image is not None else handler,
        None if handler is not None or image is not None else _NO_HANDLER,
        runtime,
        architecture(calls),
        environment(calls),
        layers(calls) if image is None else (),
        limits=limits(calls),
    )


def _last(calls: list[Call], option: str) -> str | None:
    return next((call.value(option) for call in reversed(calls) if call.value(option) is not None), None)


def _text(calls: list[Call], option: str) -> Text | None:
    found = [(call.value(option), call.span) for call in calls if option in call.options]
    values = {value for value, _ in found}
    value, span = found[-1] if found else (None, None)
    # Two handlers for one name are two functions of two environments, or one that moved: nobody knows which.
    return Text(value, span) if value is not None and span is not None and len(values) == 1 else None


def _stem(calls: list[Call]) -> str | None:
    for call in calls:
        path = call.package.path if call.package is not None else None
        if path is not None:
            return path.rpartition("/")[2].removesuffix(".zip")
    return None


def _is_python(project: Project, package: Zip) -> bool | None:
    """Whether a package holds Python code; ``None`` when its contents are not known."""
    if not package.parts:
        return None
    names: list[str] = []
    for part in package.parts:
        if isinstance(part, Packed):
            names += [name for name, _ in part.entries]
            if any(name.endswith(".py") for name, _ in part.entries):
                return True
            if any(region.path == "/" for region in part.regions):
                return None
        elif isinstance(part, Part):
            return _archive_has_python(project, part.source)
    return False


def _archive_has_python(project: Project, path: str) -> bool | None:
    import zipfile

    try:
        with project.open(path) as stream, zipfile.ZipFile(stream) as archive:
            return any(name.endswith((".py", ".pyc")) for name in archive.namelist())
    except (Unreadable, zipfile.BadZipFile, OSError, ValueError):
        return None


def _other_language(group: Group) -> bool:
    text = "\n".join(step.text for unit, _ in group for step in unit.steps)
    return any(word in text for word in _OTHER_LANGUAGES) and "python" not in text and "pip" not in text
