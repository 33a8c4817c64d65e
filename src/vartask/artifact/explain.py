"""In words: which lines put what into an artifact."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from vartask.model import Artifact, Cause, Deployment, FileTree, Image, Span
from vartask.records import dataclass

_SHOWN = 2
_LINES = 3


@dataclass(frozen=True, slots=True)
class CopyLine:
    """A line of a definition and the project's files it brought below a directory."""

    span: Span
    sources: tuple[str, ...]


def copy_lines(tree: FileTree, root: str) -> tuple[CopyLine, ...]:
    """The lines that put project files below ``root``, in the order they are written."""
    lines: dict[Span, list[str]] = {}
    for path, entry in tree.entries.items():
        if entry.put_by is not None and entry.source is not None and entry.kind == "f" and path.startswith(root + "/"):
            lines.setdefault(entry.put_by, []).append(entry.source)
    return tuple(CopyLine(span, tuple(sorted(sources))) for span, sources in sorted(lines.items()))


def copy_causes(tree: FileTree, root: str, removed_by: Span | None = None) -> tuple[Cause, ...]:
    """Why a module is not there: the line that kept it out, or what the lines that bring code do bring."""
    if removed_by is not None:
        return (Cause("keeps it out", removed_by),)
    lines = copy_lines(tree, root)
    if not lines:
        return (Cause(f"no file of the project is put below {root}"),)
    code = [line for line in lines if any(source.endswith(".py") for source in line.sources)]
    return tuple(Cause(f"brings {_listed(line)}", line.span) for line in (code or lines)[-_LINES:])


def _listed(line: CopyLine) -> str:
    """The sources as the line's own file would write them."""
    names = [seen_from(line.span.path, source) for source in line.sources]
    if len(names) > _SHOWN:
        return f"{names[0]} and {len(names) - 1} other files"
    return "only " + " and ".join(names)


def seen_from(definition: str, path: str) -> str:
    """A path of the project as it would be written in a definition: relative to the definition's directory."""
    return posixpath.relpath(path, posixpath.dirname(definition) or ".")


def place_to_add(tree: FileTree, root: str, artifact: Artifact, otherwise: Span) -> Span:
    """The line to change: in an image the last one that copies project files, else ``otherwise``."""
    if not isinstance(artifact, Image):
        return otherwise
    lines = copy_lines(tree, root)
    return lines[-1].span if lines else otherwise


def package_word(artifact: Artifact) -> str:
    """What a message calls the artifact."""
    return "image" if isinstance(artifact, Image) else "zip package"


def task_root(tree: FileTree) -> str:
    """The directory that the handler is imported from."""
    config = tree.config
    return "/var/task" if config is None or config.aws_base else posixpath.normpath(config.workdir)


def bring(
    deployment: Deployment, name: str, missing: str, candidates: tuple[str, ...], removed_by: Span | None = None
) -> str | None:
    """The advice to package the file that was meant.

    ``name`` is the whole dotted name, ``missing`` the component of it that Python does not find: when that is
    a package, all of it is to be brought.  ``removed_by`` is the line that keeps it out, if one does.  For an
    image the advice is the COPY line itself.
    """
    if not candidates:
        return None
    if removed_by is not None:
        return f"let {seen_from(deployment.function.span.path, removed_by.path)} keep it in (line {removed_by.line})"
    function = deployment.function
    found, depth = candidates[0], len(missing.split("."))
    parts = name.split(".")
    wanted = _package_directory(found, len(parts) - depth)
    artifact = function.artifact
    root = task_root(deployment.tree)
    lines = copy_lines(deployment.tree, root)
    if not isinstance(artifact, Image) or artifact.context is None or not lines:
        return f"bring {seen_from(function.span.path, found)} into the {package_word(artifact)}"
    source = posixpath.relpath(wanted or found, artifact.context)
    if source.startswith("../"):
        return f"{source} lies outside the build context: move it, or build from a directory above"
    config = deployment.tree.config
    base = "${LAMBDA_TASK_ROOT}" if config is not None and config.aws_base else root
    target = parts[:depth] if wanted else parts[: depth - 1]
    destination = "/".join([base, *target]) + "/"
    return f"add after line {lines[-1].span.line}:  COPY {source}{'/' if wanted else ''} {destination}"


def beside_the_path(deployment: Deployment, sources: Iterable[str]) -> tuple[str, Span | None] | None:
    """Where in a layer one of the project's files stands that Python does not find, and the line that put it there.

    A file in the layer's ``python`` directory is out of sight only where PYTHONPATH is set; else something else took
    the name of its package.
    """
    tree = deployment.tree
    for source in sources:
        for path in tree.by_source.get(source, ()):
            hidden = "PYTHONPATH" in deployment.function.environment or not path.startswith("/opt/python/")
            if path.startswith("/opt/") and hidden:
                return path, tree.entries[path].put_by
    return None


def _package_directory(path: str, components: int) -> str | None:
    """The directory of the package that is missing as a whole; ``None`` when only the file is."""
    if not path.endswith(".py"):
        return path
    module = path.removesuffix("/__init__.py") if path.endswith("/__init__.py") else path.removesuffix(".py")
    for _ in range(components):
        module = posixpath.dirname(module)
    return module if components or path.endswith("/__init__.py") else None
