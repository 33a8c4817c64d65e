"""How much of real Dockerfiles is understood: per instruction, with the commands that leave doubt, most frequent first.

    python benchmarks/image/field.py DIRECTORY [DIRECTORY ...]

Each directory is one repository.  Two counts: the Dockerfiles that a declared function is built from (Lambda's), and
every Dockerfile of the repositories.  The context, target and build arguments are those that the function's definition
gives; for another Dockerfile, those that a build command in the repository names, else the nearest directory that holds
every COPY source.

*Instructions* are those of the stages that the target needs, FROM left out.  An instruction is *fully understood* when
carrying it out adds no unknown region of its own.  Three kinds do not count: what a base image holds, what a list of
PyPI distributions brings, and what a ``COPY --from`` takes along from an earlier stage, counted there already.  *In
the system only* are instructions whose doubts lie in the operating system's places: its packages and users.  An
instruction behind a predicted build failure is not counted at all; failures are listed, since a repository's
Dockerfile normally builds.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vartask.artifact.base import PART_OF_BASE
from vartask.artifact.build_context import resolve_context
from vartask.artifact.builder import Builder
from vartask.artifact.builds import find_builds
from vartask.artifact.commands_tools import BY_A_PACKAGE
from vartask.artifact.describe import describe, read_dockerfile
from vartask.artifact.stages import PlannedStage, StageError, Step, plan
from vartask.config import Settings
from vartask.definitions import declare
from vartask.definitions.dockerfile import is_dockerfile
from vartask.model import Image, Span, UnknownRegion
from vartask.project import Project
from vartask.syntax.dockerfile import DockerfileError

COMMAND = re.compile(r"^`(?:\w+=\S* )*(?P<word>[^`\s]+)")


@dataclass(frozen=True, slots=True)
class Doubt:
    """An instruction that left something unknown: the command or the kind of reason, the reason, the place."""

    what: str
    reason: str
    at: str


@dataclass
class Count:
    """One group of Dockerfiles."""

    dockerfiles: int = 0
    unreadable: int = 0
    instructions: int = 0
    understood: int = 0
    system_only: int = 0
    doubts: list[Doubt] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)

    @property
    def commands(self) -> Counter[str]:
        """How many instructions each command made doubtful."""
        return Counter(doubt.what for doubt in self.doubts)

    @property
    def share(self) -> float:
        """The share of instructions that are fully understood."""
        return self.understood / self.instructions if self.instructions else 1.0


@dataclass(frozen=True, slots=True)
class Result:
    """``functions``: Dockerfiles that a declared function is built from.  ``every``: all of them, these included."""

    functions: Count
    every: Count


class Watched(Builder):
    """A builder that notes which instruction left which doubts of its own."""

    def __init__(self, project: Project, image: Image, planned_for: Count, where: str) -> None:
        dockerfile = read_dockerfile(project, image.dockerfile or "")
        super().__init__(project, image, plan(dockerfile, image))
        self.count = planned_for
        self.where = where
        self.seen: set[tuple[str, Span | None]] = set()

    def _carry_out(self, stage: PlannedStage, step: Step) -> None:
        before = set(self.current.regions)
        super()._carry_out(stage, step)
        self.seen.update((region.reason, region.at) for region in before)
        new = [region for region in self.current.regions if region not in before]
        own = [region for region in new if (region.reason, region.at) not in self.seen and _counts(region)]
        self.seen.update((region.reason, region.at) for region in new)
        self.count.instructions += 1
        told = [region for region in own if region.reason != BY_A_PACKAGE]
        if not own:
            self.count.understood += 1
        elif not told:
            self.count.system_only += 1
        for what in dict.fromkeys(map(_what, told)):
            reason = next(region.reason for region in told if _what(region) == what)
            self.count.doubts.append(Doubt(what, reason, f"{self.where}/{step.span}"))


def _counts(region: UnknownRegion) -> bool:
    return not region.runtime and region.distributions is None and region.reason != PART_OF_BASE


def _what(region: UnknownRegion) -> str:
    """The command's name, or the kind of reason without the one case's names."""
    found = COMMAND.match(region.reason)
    if found is not None:
        return found["word"].rpartition("/")[2]
    return re.sub(r"`[^`]*`", "…", region.reason)


def measure(directories: Iterable[Path]) -> Result:
    """Predict the image of every Dockerfile below the directories, and count."""
    result = Result(Count(), Count())
    for directory in directories:
        project = Project(directory)
        declared = list(_declared(project))
        for image in declared:
            _predict(project, image, result.functions, directory.name)
        for image in (*declared, *_others(project, {image.dockerfile for image in declared})):
            _predict(project, image, result.every, directory.name)
    return result


def _declared(project: Project) -> Iterator[Image]:
    """The images of declared functions, each Dockerfile once: its first complete declaration."""
    images: dict[str, Image] = {}
    for function in declare(project, Settings()).functions:
        image = function.artifact
        if isinstance(image, Image) and image.dockerfile is not None:
            known = images.get(image.dockerfile)
            if known is None or (known.context is None and image.context is not None):
                images[image.dockerfile] = image
    yield from images.values()


def _others(project: Project, known: set[str | None]) -> Iterator[Image]:
    builds = find_builds(project)
    for path in project.files:
        if path in known or not is_dockerfile(path):
            continue
        choice = resolve_context(project, path, builds, describe(project, path).sources)
        named = [build for build in builds if build.dockerfile == path and build.context == choice.context]
        target = named[0].target if named else None
        arguments = dict(named[0].build_args) if named else {}
        yield Image(path, choice.context, Span(path), target=target, build_args=arguments)


def _predict(project: Project, image: Image, count: Count, where: str) -> None:
    count.dockerfiles += 1
    try:
        Watched(project, image, count, where).build()
    except DockerfileError as error:
        count.unreadable += 1
        count.errors.append(f"{where}/{error.span}: cannot be read: {error.message}")
    except StageError as failed:
        count.errors.append(f"{where}/{failed.error.at}: {failed.error.message} (context {image.context})")
    except Exception as error:  # noqa: BLE001 - one crash must not hide the other figures; it is printed and fails the run
        at = traceback.extract_tb(error.__traceback__)[-1]
        count.crashes.append(f"{where}/{image.dockerfile}: {type(error).__name__}: {error} ({at.filename}:{at.lineno})")


def show(title: str, count: Count) -> None:
    """Print one group."""
    print(f"\n## {title}\n")
    print(f"- Dockerfiles: {count.dockerfiles} ({count.unreadable} cannot be read)")
    print(f"- instructions: {count.instructions}")
    print(f"- fully understood: {count.understood} ({count.share:.1%})")
    print(f"- in doubt in the system's places only: {count.system_only}")
    print(f"- predicted build failures: {len(count.errors)}")
    for error in count.errors:
        print(f"  - {error}")
    print("\n| what left doubt | instructions | for instance |\n| --- | --- | --- |")
    for what, times in count.commands.most_common():
        one = next(doubt for doubt in count.doubts if doubt.what == what)
        print(f"| {what} | {times} | {one.at}: {one.reason} |")


def show_all(directories: Iterable[Path]) -> bool:
    """Measure the directories and print both groups; ``False`` when anything crashed."""
    result = measure(directories)
    show("Dockerfiles of declared functions", result.functions)
    show("Every Dockerfile", result.every)
    for crash in result.every.crashes:
        print(f"crash: {crash}", file=sys.stderr)
    return not result.every.crashes


def main() -> int:
    """Measure the directories given.  Exit status 1 when anything crashed."""
    return 0 if show_all(map(Path, sys.argv[1:])) else 1


if __name__ == "__main__":
    sys.exit(main())
