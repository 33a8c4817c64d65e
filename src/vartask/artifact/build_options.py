"""The options of ``docker build`` as they are written on a command line.

https://docs.docker.com/reference/cli/docker/buildx/build/
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from vartask.artifact import platforms, references
from vartask.artifact.image import predict_image
from vartask.data.builders import BUILDKIT, builder_named
from vartask.locate import locate_build
from vartask.model import FileTree, Image, NamedContext, Span
from vartask.patterns import regex
from vartask.project import STDIN, Project
from vartask.records import dataclass, replace

_URL = regex(r"^(?:https?|git|ssh)://|^git@|^github\.com/")
_IMAGE = "docker-image://"
_LAYOUT = "oci-layout://"


class OptionError(ValueError):
    """An option that the builder's client refuses; the message is one line."""


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """The options as written; ``None`` or empty where one is not given."""

    dockerfile: str | None = None
    context: str | None = None
    build_arg: Sequence[str] = ()
    build_context: Sequence[str] = ()
    target: str | None = None
    platform: str | None = None
    builder: str | None = None


def predict_build(
    options: BuildOptions, environment: Mapping[str, str], read_stdin: Callable[[], bytes]
) -> tuple[Project, FileTree]:
    """What ``docker build`` with these options would make, and the project whose paths its spans name.

    The context is the working directory unless one is given, the Dockerfile then the one at its root.  Raises
    :class:`OptionError` and :class:`~vartask.locate.NoSuchPath`.
    """
    context = options.context or "."
    if context == "-" or is_url(context):
        raise OptionError(f'the build context "{context}" is not a directory here, so nothing is known of it')
    others, directories = named_contexts(options.build_context)
    image = Image(
        None,
        None,
        Span(STDIN),
        options.target or None,
        build_arguments(options.build_arg, environment),
        platform(options.platform) if options.platform else None,
        complete=True,
    )
    try:
        builder = builder_named(options.builder) if options.builder else BUILDKIT
    except ValueError as error:
        raise OptionError(str(error)) from error
    from_stdin = options.dockerfile == "-"
    file = None if from_stdin else options.dockerfile or posixpath.join(context, "Dockerfile")
    place = locate_build(file, context, directories)
    project = Project(place.root)
    if from_stdin:
        project.supply(STDIN, read_stdin())
    others.update({name: NamedContext(directory) for name, directory in place.contexts.items()})
    dockerfile = place.dockerfile or STDIN
    image = replace(image, dockerfile=dockerfile, context=place.context, span=Span(dockerfile), contexts=others)
    return project, predict_image(project, image, builder=builder)


def build_arguments(words: Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    """``NAME=value``; a name alone takes the environment's value, and is not given where that has none.

    Raises :class:`OptionError`.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not name:
            raise OptionError(f'invalid --build-arg "{word}": write NAME=value, or NAME for the environment\'s value')
        if equals:
            found[name] = value
        elif name in environment:
            found[name] = environment[name]
    return found


def named_contexts(words: Iterable[str]) -> tuple[dict[str, NamedContext], dict[str, str]]:
    """``NAME=value``: the contexts that are no directory, and the directories as they are written.

    Raises :class:`OptionError`.
    """
    others: dict[str, NamedContext] = {}
    directories: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not value:
            raise OptionError(f'invalid --build-context "{word}": write NAME=DIRECTORY')
        try:
            short = references.familiar(name)
        except references.ReferenceError as error:
            raise OptionError(f"invalid --build-context name {name}: {error}") from error
        elsewhere = _elsewhere(short, value)
        if elsewhere is None:
            directories[short] = value
            others.pop(short, None)
        else:
            others[short] = elsewhere
            directories.pop(short, None)
    return others, directories


def is_url(text: str) -> bool:
    """Whether a build context is fetched from elsewhere."""
    return _URL.match(text) is not None


def _elsewhere(name: str, value: str) -> NamedContext | None:
    if value.startswith(_IMAGE):
        image = value.removeprefix(_IMAGE)
        try:
            references.normalized(image)
        except references.ReferenceError as error:
            raise OptionError(f"invalid --build-context {name}={value}: {error}") from error
        return NamedContext(image=image)
    if is_url(value) or value.startswith(_LAYOUT) or re.match(r"(?:target|service|input):", value):
        return NamedContext(reason=f"contents of build context `{name}` ({value}) are not known")
    return None


def platform(text: str) -> str:
    """One platform in normal form.  Raises :class:`OptionError`."""
    if "," in text:
        raise OptionError(f'--platform "{text}": one platform at a time')
    try:
        return platforms.normalized(text)
    except platforms.PlatformError as error:
        raise OptionError(f"invalid --platform: {error}") from error
