"""Follow a unit's steps on a working copy of the repository."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence

from vartask.artifact import commands
from vartask.artifact.commands_tools import adder
from vartask.artifact.filesystem import FileSystem
from vartask.artifact.interpreter import Finished, Handler, Interpreter
from vartask.artifact.scripts.checkout import Checkout, project_path
from vartask.artifact.scripts.steps import MOUNT, Made, Outcome, Step, Unit
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status, Zipped
from vartask.model import Present, Span, UnknownRegion
from vartask.patterns import regex
from vartask.project import Project
from vartask.records import dataclass, field, replace
from vartask.syntax import shell

ROOTS = (
    *("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "CODEBUILD_SRC_DIR", "BITBUCKET_CLONE_DIR", "BUILD_SOURCESDIRECTORY"),
    *("WORKSPACE", "CIRCLE_WORKING_DIRECTORY", "BUILDKITE_BUILD_CHECKOUT_PATH", "TRAVIS_BUILD_DIR"),
)
"""Variables of build services that hold the directory of the working copy."""

PASSED_ON = f"{MOUNT}/../tmp/github_env"
"""The file by which a step of GitHub Actions gives variables to those behind it ($GITHUB_ENV)."""

MAX_COMMANDS = 2_000
"""More commands than any script runs to package something: beyond it a unit is given up."""

_TELLING = frozenset({"zip", "cp", "cd", "mv", "rsync"})
"""Commands whose certain failure says that a script was not meant to be started here."""

_BASH_SOURCE = regex(r"\$\{BASH_SOURCE(?:\[0\])?(?P<rest>[^{}]*)\}|\$BASH_SOURCE\b")


class GivenUp(Exception):
    """A unit that takes longer to follow than it is worth."""


@dataclass
class Run:
    """One unit while it is followed: what its steps share."""

    project: Project
    files: FileSystem
    unit: Unit
    start: str
    outcome: Outcome = field(default_factory=Outcome)
    zips: dict[int, Zipped] = field(default_factory=dict)
    uploads: dict[str, Made] = field(default_factory=dict)
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    left: int = MAX_COMMANDS

    def made(self, path: str | None, entry: object, span: Span) -> Made:
        """What a file holds that somebody deploys."""
        place = project_path(path)
        if not isinstance(entry, Present):
            return Made(place, span, reason="the package is not made by these commands")
        if entry.archive is not None:
            return Made(place, entry.put_by or span, self.zips.get(entry.archive))
        if entry.source is not None and entry.kind == "f":
            return Made(entry.source, span, ready=True)
        return Made(place, span, reason="how the package is made cannot be followed")


class Following(Interpreter):
    """A shell that knows which line of which file it stands at."""

    hopeful = True

    def __init__(self, state: State, run: Run, step: Step) -> None:
        super().__init__(state, lambda name: _handler(run, name), _perhaps)
        self.running = run
        self.path = step.path
        self.line = step.line
        self.directories: list[str | None] = []

    def command(self, command: shell.Command) -> Status:
        """One command, at its own line.  Raises :class:`GivenUp`."""
        self.running.left -= 1
        if self.running.left < 0:
            raise GivenUp
        kept, self.state.at = self.state.at, Span(self.path, max(1, self.line + command.line - 1))
        try:
            return super().command(command)
        finally:
            self.state.at = kept

    def named_inside(self, words: list[Field], command: shell.Command) -> Status:
        """A command by its name; its certain failure is counted."""
        status = super().named_inside(words, command)
        if status is False and words[0].text in _TELLING and not self.ignored:
            self.running.outcome.failures += 1
        return status

    def script(self, text: str) -> Status:
        """Run a script; ``$0`` and ``$BASH_SOURCE`` are the same in one that is not sourced."""
        return super().script(_BASH_SOURCE.sub(lambda match: f"${{0{match['rest'] or ''}}}", text))

    def nested(
        self, text: str, parameters: Sequence[str | None] = (), letters: str = "", name: str | None = None
    ) -> Status:
        """A script in a shell of its own; one of the repository has lines of its own."""
        kept = (self.path, self.line)
        real = self.state.real(name) if name is not None else None
        entry = self.state.files.entries.get(real or "")
        if entry is not None and entry.kind == "f" and entry.source is not None:
            self.path, self.line = entry.source, 1
            self.running.outcome.scripts.add(entry.source)
        try:
            return super().nested(text, parameters, letters, name)
        finally:
            self.path, self.line = kept


def _handler(run: Run, name: str) -> Handler | None:
    parent, base = posixpath.split(name)
    if (not parent or posixpath.basename(parent) in {"bin", "sbin"}) and base in run.handlers:
        return run.handlers[base]
    return commands.handler_of(name)


def _perhaps(interpreter: Interpreter, words: list[Field], command: shell.Command) -> Status:
    """A command that nobody knows: it may add to what is below it and to what it names.

    Most are tools of a project (linters, infrastructure, notifications) that leave its code alone; what one takes away
    would only be missed, never reported wrongly.
    """
    name = words[0].text
    if name is not None and "/" in name and not name.startswith("$"):
        real = interpreter.state.real(name)
        entry = interpreter.state.files.entries.get(real or "")
        if (entry is not None and entry.kind == "f") or name.endswith((".sh", ".bash", ".py")):
            # A script that is not there yet is somebody's, too.
            return commands.unknown(interpreter, words, command)
    return adder(interpreter, words, command)


def follow(checkout: Checkout, unit: Unit, handlers: Mapping[str, Handler]) -> Outcome:
    """The outcome of a unit, started where it most likely is meant to be.

    A directory to start in counts as meant when fewer commands fail there for certain than elsewhere.  Where two serve
    as well and lead to different archives, what is in them is not known.
    """
    outcomes = [_from(checkout, unit, start, handlers) for start in unit.starts]
    least = min(outcome.failures for outcome in outcomes)
    best = [outcome for outcome in outcomes if outcome.failures == least and (outcome.made or outcome.calls)]
    if not best:
        return outcomes[0]
    chosen = best[0]
    if len(best) > 1 and any(contents_of(other) != contents_of(chosen) for other in best[1:]):
        reason = f"nothing says from which directory {unit.path} is started"
        chosen.made = [replace(one, zipped=None, reason=reason) for one in chosen.made]
        chosen.uploads = [(key, replace(one, zipped=None, reason=reason)) for key, one in chosen.uploads]
        chosen.calls = [
            replace(call, package=replace(call.package, zipped=None, reason=reason))
            if call.package is not None and call.package.zipped is not None
            else call
            for call in chosen.calls
        ]
    return chosen


def contents_of(outcome: Outcome) -> object:
    """What the archives of an outcome hold, wherever they are put."""
    return [identity(made.zipped) for made in outcome.made]


def identity(zipped: Zipped | None) -> object:
    """What tells the contents of two archives apart: names and sources, not the lines that put them there."""
    if zipped is None:
        return None
    entries = sorted((name, one.kind, one.source or "", one.content or "") for name, one in zipped.entries.items())
    regions = sorted((one.path, sorted(one.distributions or ())) for one in zipped.regions)
    return entries, regions


def _from(checkout: Checkout, unit: Unit, start: str, handlers: Mapping[str, Handler]) -> Outcome:
    text = "\n".join(step.text for step in unit.steps)
    run = Run(checkout.project, checkout.copy(unit.path, text), unit, start, handlers=handlers)
    passed: dict[str, str | None] = {}
    for step in unit.steps:
        if run_step(run, step, passed) is False:
            break
        passed.update(_passed_on(run.files))
    run.outcome.made = _all_made(run)
    return run.outcome


def run_step(run: Run, step: Step, passed: Mapping[str, str | None]) -> Status:
    """Follow one shell of a unit."""
    return follow_in(shell_of(run, step, passed), run, step)


def shell_of(run: Run, step: Step, passed: Mapping[str, str | None]) -> Following:
    """The shell of a step, before it runs."""
    directory = run.start if step.directory is None else step.directory
    start = posixpath.normpath(posixpath.join(MOUNT, directory))
    # What is not there a step of its own may make, and some names are computed: then it starts somewhere.
    cwd = start if run.files.is_dir(start) else None
    variables: dict[str, str | None] = dict.fromkeys(ROOTS, MOUNT)
    variables.update({"GITHUB_ENV": PASSED_ON, "HOME": None, "CI": None, **passed, **step.variables})
    if step.script is not None:
        variables["0"] = posixpath.join(MOUNT, step.script)
    state = State(
        run.project,
        run.files,
        Span(step.path, max(1, step.line)),
        cwd,
        variables,
        everything=False,
        flavour="bash",
        errexit="e" in step.options,
        pipefail="P" in step.options,
        stdin="",
        zips=run.zips,
        whole=step.text,
    )
    return Following(state, run, step)


def follow_in(shell: Following, run: Run, step: Step) -> Status:
    """Follow the commands of a step in its shell."""
    try:
        return shell.script(step.text)
    except Finished as end:
        return end.status
    except (GivenUp, RecursionError):
        run.outcome = Outcome(given_up=True)
        run.zips.clear()
        return False


def _passed_on(files: FileSystem) -> dict[str, str | None]:
    """``echo NAME=value >> $GITHUB_ENV``."""
    found = files.entries.get(posixpath.normpath(PASSED_ON))
    if found is None or found.content is None:
        return {}
    pairs = [line.partition("=") for line in found.content.splitlines()]
    return {name: value for name, equals, value in pairs if equals and name.isidentifier()}


def _all_made(run: Run) -> list[Made]:
    """Every archive that was finished, under each path that it had; not those that were added to later."""
    bases = {zipped.base for zipped in run.zips.values()}
    found = [made for made in run.outcome.made if made.path is not None]
    known = {(made.path, id(made.zipped)) for made in found}
    for path, entry in run.files.entries.items():
        place = project_path(path)
        zipped = run.zips.get(entry.archive) if entry.archive is not None else None
        if zipped is not None and place is not None and (place, id(zipped)) not in known:
            found.append(Made(place, entry.put_by or Span(run.unit.path), zipped))
    added_to = {id(run.zips[base]) for base in bases if base is not None and base in run.zips}
    return [made for made in found if id(made.zipped) not in added_to]


def doubt_at(state: State, paths: Iterable[str | None], reason: str) -> None:
    """Something may be added below each of the paths."""
    for path in paths:
        real = None if path is None else state.real(path)
        if real is None:
            state.doubt(state.cwd, reason)
        else:
            state.files.doubt(UnknownRegion(real, reason, state.at))
