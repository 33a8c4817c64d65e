"""A Lambda function as it is declared, before anything is predicted about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vartask.model.limits import NO_LIMITS, Limits
from vartask.model.package import Layer, Zip
from vartask.model.span import Span, Text
from vartask.records import dataclass, field, replace

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypeAlias

Architecture: TypeAlias = "Literal['x86_64', 'arm64']"


@dataclass(frozen=True, slots=True)
class NamedContext:
    """One more build context, which ``FROM``, ``COPY --from`` and ``RUN --mount`` call by a name of its own.

    ``directory`` is relative to the project's root, ``image`` a base image; ``None`` both when its contents are not in
    the repository, and ``reason`` then says why (https://docs.docker.com/reference/cli/docker/buildx/build/).
    """

    directory: str | None = None
    image: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A container image.

    ``dockerfile`` and ``context`` are relative to the project's root; ``None`` when they are not
    known, and ``reason`` then says why.  ``command``, ``entrypoint`` and ``workdir`` are the
    deployer's overrides (``ImageConfig``, ``image_config``), ``None`` where the image's own stand.
    ``reference`` is the image's name as the deployer writes it, when that is all there is.
    ``contexts`` are the named contexts beside the main one, by their names in short form.  ``complete`` says that
    nothing is added when it is built: what no argument sets is unset, and what is not in a context is missing.
    ``excluded`` are patterns that the deployer puts at the end of the context's ``.dockerignore``.
    """

    dockerfile: str | None
    context: str | None
    span: Span
    target: str | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)
    platform: str | None = None
    command: tuple[Text, ...] | None = None
    entrypoint: tuple[Text, ...] | None = None
    workdir: Text | None = None
    reference: str | None = None
    reason: str | None = None
    contexts: Mapping[str, NamedContext] = field(default_factory=dict)
    complete: bool = False
    excluded: tuple[Text, ...] = ()


Artifact = Zip | Image


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function as declared.

    ``handler`` is the declared handler string; ``None`` for an image whose own ``CMD`` names it
    (the predicted image then does) and for a declaration whose handler cannot be known, which
    ``handler_reason`` explains.  ``runtime`` is the Lambda identifier (``python3.12``) or ``None``.
    ``environment`` holds the variables with a literal value; a name whose value is computed maps
    to ``None``.  ``environment_known`` says that the definition names every variable that it sets, so that a name
    which is not in ``environment`` is set by nothing but the image or the runtime; false also where nobody looked.
    ``declared_by`` names the kind of definition (``sam``, ``dockerfile``, ...).  ``limits`` are what the definition
    asks for, its own defaults among them.  ``own_name`` is what the definition calls it, where ``name`` had to be told
    apart from another function's.
    """

    name: str
    span: Span
    artifact: Artifact
    declared_by: str
    handler: Text | None = None
    handler_reason: str | None = None
    runtime: str | None = None
    architecture: Architecture | None = None
    environment: Mapping[str, str | None] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    environment_known: bool = False
    limits: Limits = NO_LIMITS
    own_name: str | None = None

    def declared_again(self, other: Function) -> Function:
        """The function where another declaration is taken for the same: limits in which they differ are not known."""
        return self if self.limits == other.limits else replace(self, limits=self.limits.shared(other.limits))

    @property
    def memory(self) -> int | None:
        """``MemorySize`` in MiB."""
        return self.limits.memory

    @property
    def timeout(self) -> int | None:
        """``Timeout`` of one invocation in seconds."""
        return self.limits.timeout

    @property
    def storage(self) -> int | None:
        """``EphemeralStorage``, the size of ``/tmp``, in MiB."""
        return self.limits.storage

    @property
    def package_type(self) -> Literal["zip", "image"]:
        """The ``PackageType`` as the JSON report writes it."""
        return "zip" if isinstance(self.artifact, Zip) else "image"


def distinct(functions: Iterable[Function]) -> tuple[Function, ...]:
    """Every function once; those that differ in their limits alone are one."""
    found: list[Function] = []
    bare: list[Function] = []
    for function in functions:
        unlimited = replace(function, limits=NO_LIMITS)
        if unlimited in bare:
            at = bare.index(unlimited)
            found[at] = found[at].declared_again(function)
        else:
            found.append(function)
            bare.append(unlimited)
    return tuple(found)
