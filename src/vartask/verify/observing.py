"""Looks into one image: starts its functions in a container and puts together what was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from vartask.model import FileTree, Function, Gap, ImageConfig, Observation, Present, Started, Zip
from vartask.records import dataclass
from vartask.verify.allowances import AS_DECLARED, Allowance, Asked, allowance
from vartask.verify.container import LISTED, MOST_PATHS, Session, Start
from vartask.verify.endings import Ending
from vartask.verify.engines import Engine, EngineError, ImageFacts, architecture
from vartask.verify.events import Event
from vartask.verify.export import export
from vartask.verify.outcomes import entry, started, text_of

UNKNOWN_VALUE = "set-by-the-deployment"
"""Stands for the value of a variable that the definition computes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One function, the handler string that reaches its runtime, its events and its startup check.

    ``events`` may be those of other functions too.
    """

    function: Function
    handler: str
    events: tuple[Event, ...] = ()
    check: str | None = None

    @property
    def own_events(self) -> tuple[Event, ...]:
        """Those for this function."""
        return tuple(event for event in self.events if event.is_for(self.function.name))


def observe(  # noqa: PLR0913 - one look into one image
    engine: Engine,
    image: str,
    wanted: Sequence[Wanted],
    asked: Asked = AS_DECLARED,
    *,
    progress: Callable[[str], None] = lambda _: None,
    known: frozenset[str] = frozenset(),
) -> Observation:
    """Start every function in one container, or in one for each size of ``/tmp`` that they have.

    ``asked`` stands for what they declare.  ``known`` are Python files whose text is not needed, by the first 16
    hexadecimal digits of their SHA-256.  Raises :class:`~vartask.verify.engines.EngineError`.
    """
    facts = engine.inspect(image)
    given = [allowance(one.function, asked) for one in wanted]
    collected = _Collected(given)
    for storage in dict.fromkeys(one.storage for one in given):
        together = [index for index, one in enumerate(given) if one.storage == storage]
        starts = [_start(wanted[index], facts, given[index]) for index in together]
        session = Session(engine, image, facts, storage, known)
        for told in session.run(starts):
            collected.take(told, together)
            if told["kind"] == "start":
                progress(wanted[together[told["index"]]].function.name)
        if session.ending is not None:
            collected.ended(session.ending, together)
    if not collected.surroundings:
        _list_from_outside(engine, image, facts, collected)
    return collected.observation(image, wanted, facts)


def _list_from_outside(engine: Engine, image: str, facts: ImageFacts, collected: _Collected) -> None:
    """An image without a Python that runs still has files: the engine hands them out."""
    try:
        found = export(engine, image, _roots(facts))
    except EngineError:
        return  # why the image could not be started is told already
    collected.entries, collected.digests, collected.listed = found.entries, found.digests, True


def _roots(facts: ImageFacts) -> tuple[str, ...]:
    return tuple(sorted({*LISTED, facts.directory} - {"/"}))


def _start(wanted: Wanted, facts: ImageFacts, given: Allowance) -> Start:
    """The command line that Lambda makes of an image and what its deployer overrides."""
    function = wanted.function
    artifact = function.artifact
    entrypoint, command, directory = facts.entrypoint, facts.command, facts.directory
    if isinstance(artifact, Zip):
        command, directory = (wanted.handler,), LISTED[0]
    else:
        entrypoint = _texts(artifact.entrypoint) or entrypoint
        command = _texts(artifact.command) or command
        directory = artifact.workdir.value if artifact.workdir is not None else directory
    return Start(
        function.name,
        wanted.handler,
        (*entrypoint, *command),
        directory,
        _environment(function, given),
        given.init,
        given.event,
        given.memory,
        wanted.own_events,
        rules=isinstance(artifact, Zip),
        check=wanted.check,
    )


def _texts(texts: Sequence[Any] | None) -> tuple[str, ...]:
    return tuple(text.value for text in texts or ())


def _environment(function: Function, given: Allowance) -> dict[str, str]:
    """Lambda's own variables, then the function's.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html.
    """
    declared = {name: UNKNOWN_VALUE if value is None else value for name, value in function.environment.items()}
    return {
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(given.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "vartask",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_SESSION_TOKEN": "none",
        "LAMBDA_TASK_ROOT": "/var/task",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "HOME": "/tmp",  # noqa: S108 - the one directory that can be written
        "PYTHONDONTWRITEBYTECODE": "1",
        **declared,
    }


_LOST = Ending("the probe did not tell of it")

_UNSEEN = {
    "unread": "{path} cannot be listed by the user that functions run as: {reason}",
    "more": f"more than {MOST_PATHS} paths: those after {{path}} are not listed",
}
"""What the probe says of paths that it did not look at."""


_SHOWN = 5
"""As many paths are named of those that were not seen."""


class _Collected:
    """What the probe has told so far."""

    def __init__(self, given: Sequence[Allowance]) -> None:
        self.given = given
        self.endings: dict[int, Ending] = {}
        self.surroundings: dict[str, Any] = {}
        self.entries: dict[str, Present] = {}
        self.digests: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.unseen: list[str] = []
        self.unread: list[str] = []
        self.handlers: dict[int, dict[str, Any]] = {}
        self.begun: int | None = None
        self.listed = False

    def ended(self, ending: Ending, together: Sequence[int]) -> None:
        """The container of these functions ended early."""
        self.endings |= dict.fromkeys(together, ending)

    def take(self, told: dict[str, Any], together: Sequence[int]) -> None:
        """Take in one line of a container with these functions."""
        if told["kind"] in {"environment", "runtime", "listed"}:
            self.surroundings |= {"listed": told["kind"] == "listed", **told}
        elif told["kind"] == "files":
            for one in told["entries"]:
                self.entries[one["path"]] = entry(one)
                if one.get("sha256"):
                    self.digests[one["path"]] = one["sha256"]
        elif told["kind"] in {"text", "unsent"}:
            self._text(told["path"], text_of(told.get("text")))
        elif told["kind"] in _UNSEEN:
            self.unseen.append(_UNSEEN[told["kind"]].format_map(told))
        elif told["kind"] == "start":
            self.begun = together[told["index"]]
        elif told["kind"] == "handler":
            self.handlers[together[told["index"]]] = told

    def _text(self, path: str, text: str | None) -> None:
        if text is None:
            self.unread.append(path)
        else:
            self.texts[path] = text

    def observation(self, image: str, wanted: Sequence[Wanted], facts: ImageFacts) -> Observation:
        """The whole of it; functions that were not reached say so."""
        found = [self._started(index, one) for index, one in enumerate(wanted)]
        error = next((one.error for one in self.endings.values()), None)
        config = ImageConfig(
            facts.directory, facts.entrypoint or None, cmd=facts.command or None, env=facts.environment
        )
        places = _roots(facts)
        roots = {root: Present("d", mode=0o755) for root in places}
        told = self.surroundings
        return Observation(
            image,
            told.get("python"),
            told.get("directory"),
            told.get("machine"),
            told.get("uid"),
            FileTree({**roots, **self.entries}, config=config),
            self.digests,
            tuple(found),
            error,
            (*places, *self._packages(places)) if told.get("listed") or self.listed else (),
            texts=self.texts,
            path=tuple(told.get("path") or ()),
            packages=tuple(told.get("packages") or ()),
            task_root=told.get("task_root"),
            gaps=tuple(self._gaps(wanted, found)),
            architecture=architecture(facts.architecture),
        )

    def _packages(self, places: tuple[str, ...]) -> Iterator[str]:
        """The further directories that were listed whole."""
        for path in self.surroundings.get("packages") or ():
            if not f"{path}/".startswith(tuple(f"{place}/" for place in places)):
                yield path

    def _gaps(self, wanted: Sequence[Wanted], found: Sequence[Started]) -> Iterator[Gap]:
        """What could not be seen, for all functions; what extensions did not do, and answers that say nothing."""
        names = tuple(one.function.name for one in wanted)
        unseen = self.unseen[:_SHOWN]
        if len(self.unseen) > _SHOWN:
            unseen.append(f"{len(self.unseen) - _SHOWN} more directories cannot be listed")
        if self.unread:
            shown = ", ".join(self.unread[:_SHOWN]) + (" and more" if len(self.unread) > _SHOWN else "")
            unseen.append(f"{len(self.unread)} Python files are too large, or not in UTF-8, and not read: {shown}")
        yield from (Gap(wanted[0].function.span, reason, names) for reason in unseen)
        for index, (one, started_) in enumerate(zip(wanted, found, strict=True)):
            reasons = [*self.handlers.get(index, {}).get("doubts", ())] if started_.verdict == "ok" else []
            peak, memory = (started_.peak_kib or 0) / 1024, self.given[index].memory
            if started_.verdict == "ok" and peak > memory:
                reasons.append(
                    f"its process had {peak:.0f} MiB at its peak, pages of files among them; it has {memory}"
                )
            reasons += [
                f"event {answer.event}: {answer.problem}, but {answer.doubt}"
                for answer in started_.answers
                if answer.doubt is not None
            ]
            yield from (Gap(one.function.span, reason, (one.function.name,)) for reason in reasons)

    def _started(self, index: int, wanted: Wanted) -> Started:
        facts = self.handlers.get(index)
        if facts is not None:
            return self.given[index].judged(started(wanted.function.name, wanted.handler, facts, wanted.own_events))
        ending = self.endings.get(index, _LOST)
        if ending.verdict != "not reached":
            return Started(wanted.function.name, wanted.handler, ending.verdict, ending.error)
        last = self.begun == index
        why = f"{'the container ended while it ran' if last else 'the container ended before it'}: {ending.error}"
        return Started(wanted.function.name, wanted.handler, "killed" if last and ending.blamed else "not reached", why)
