"""Functions that load the same module from the same package, in the same environment, share its rehearsal."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from vartask.model import Function, Image, Span
from vartask.model.limits import NO_LIMITS
from vartask.records import dataclass, replace
from vartask.seen import Asked, Questions

if TYPE_CHECKING:
    from collections.abc import Callable

    from vartask.imports.rehearsal import Rehearsed
    from vartask.imports.scene import Scene

_KEPT = 32
"""Functions of one package mostly stand together in a definition, or take turns with a few others."""


@dataclass(frozen=True, slots=True)
class Alike:
    """All of a scene that a rehearsal can depend on, but for the tree and the files of the project.

    ``function`` is without its names, its handler, its line and what only AWS asks: whoever has a rehearsal ask for one
    of these puts it here.  ``path``, ``added`` and ``open_at`` are how the replay leaves the search path.
    """

    module: str
    function: Function
    path: object
    added: tuple[str, ...]
    open_at: Span | None


def alike(scene: Scene, module: str) -> Alike:
    """What the rehearsal of a module in a scene depends on."""
    resolver, function, artifact = scene.resolver, scene.function, scene.function.artifact
    if isinstance(artifact, Image):
        artifact = replace(artifact, command=None, span=Span(artifact.span.path))
    plain = replace(function, name="", own_name=None, handler=None, limits=NO_LIMITS, artifact=artifact)
    plain = replace(plain, span=Span(function.span.path))
    return Alike(module, plain, resolver.path, tuple(resolver.added), resolver.open_path)


class Rehearsals:
    """The last rehearsals of a run."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._last: deque[tuple[object, Alike, Rehearsed, Asked]] = deque(maxlen=_KEPT)

    def get(self, scene: Scene, module: str, make: Callable[[], Rehearsed]) -> Rehearsed:
        """The rehearsal of a module, made by ``make`` unless one for a function to which the same happens is known."""
        key = alike(scene, module)
        for tree, known, rehearsed, asked in self._last:
            if tree is scene.tree and known == key:
                self._questions.relies_on(asked)
                return rehearsed
        with self._questions.step() as asked:
            made = make()
        self._last.appendleft((scene.tree, key, made, asked))
        return made
