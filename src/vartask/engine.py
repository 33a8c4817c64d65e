"""From a project to a report: the one entry that the command line, flake8 and the tests share."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from typing import Final

from vartask import definitions, rules
from vartask.artifact.entrypoint import HandlerArgumentProblem, HandlerUnknown, handler_of, script_reader
from vartask.artifact.trees import Trees
from vartask.config import Settings, file_ignores
from vartask.definitions._unread import unread
from vartask.imports.context_modules import doubles
from vartask.imports.deploy import deploy
from vartask.imports.evidence import Sources
from vartask.imports.library import Library
from vartask.model import (
    ContextDouble,
    Deployment,
    FileTree,
    Finding,
    Function,
    Gap,
    HandlerOutcome,
    HandlerProblem,
    Image,
    Report,
    Rule,
    Span,
    Text,
    Workspace,
    Zip,
)
from vartask.model.selection import selected, suppressed
from vartask.project import Project, Unreadable
from vartask.records import dataclass, field, replace
from vartask.timing import stage

_PYTHON_2: Final = frozenset({"python2.7"})
"""Gone since 2022, and still in many repositories (AWS, lambda-runtimes.html, deprecated runtimes)."""

_TREES: Final = 400
"""Syntax trees that are kept for the next function, a quarter of a megabyte each: more than most functions have."""


@cache
def catalogue() -> tuple[Rule, ...]:
    """Every rule, by code.  A module of ``vartask.rules`` is a rule's file; there is no list to edit."""
    found: list[Rule] = []
    for info in pkgutil.iter_modules(rules.__path__):
        module = importlib.import_module(f"{rules.__name__}.{info.name}")
        found += [value for value in vars(module).values() if isinstance(value, Rule)]
    return tuple(sorted(found, key=lambda rule: rule.code))


def check(project: Project, settings: Settings) -> Report:
    """Predict what Lambda will say of every function below the project's scopes."""
    # The objects of a run live until its end: collecting them only costs time.
    enabled = gc.isenabled()
    gc.disable()
    try:
        return Run(project, settings).report()
    finally:
        if enabled:
            gc.enable()


@dataclass
class Run:
    """One run over one project; each stage is computed when it is asked for, once."""

    project: Project
    settings: Settings
    failed: list[str] = field(default_factory=list)

    @cached_property
    def declared(self) -> definitions.Declaration:
        """What the repository declares."""
        return definitions.declare(self.project, self.settings)

    @cached_property
    def trees(self) -> Trees:
        """The predicted trees, shared by the functions that share an artifact."""
        return Trees(self.project)

    @cached_property
    def library(self) -> Library:
        """The facts of the project's Python files."""
        return Library(self.project)

    @cached_property
    def sources(self) -> Sources:
        """The project's modules by name."""
        return Sources(self.project)

    # -- one function -----------------------------------------------------------------------------

    def handler(
        self, function: Function, seen: FileTree | None = None
    ) -> Text | HandlerArgumentProblem | HandlerUnknown:
        """The handler string that reaches the runtime, or why none does or none is known."""
        artifact = function.artifact
        tree = seen or self.trees.tree(function)
        config = tree.config if isinstance(artifact, Image) else None
        if not isinstance(artifact, Image) or config is None or function.handler_reason is not None:
            return function.handler or HandlerUnknown(function.handler_reason or "the handler is not known")
        command, entrypoint = _values(artifact.command), _values(artifact.entrypoint)
        reader = script_reader(self.project, tree)
        answer = handler_of(config, command, entrypoint, reader)
        if not isinstance(answer, str):
            return answer
        written = next((text for text in artifact.command or () if text.value == answer), None)
        return written or Text(answer, config.cmd_at or config.entrypoint_at or function.span)

    def deployment(self, function: Function, seen: FileTree | None = None) -> Deployment:
        """The function as it will exist in the cloud: on its predicted tree, or on one that was seen."""
        if function.runtime in _PYTHON_2:
            # Judged as what it is not, it would be full of errors: ``print`` statements, ``urllib2``.
            gap = Gap(function.span, f"`{function.runtime}` is Python 2, which is not read", (function.name,))
            return Deployment(function, FileTree(), gaps=(gap,))
        tree = seen or self.trees.tree(function)
        if tree.error is not None:
            reason = f"the image cannot be built: {tree.error.message}"
            return Deployment(function, tree, gaps=(Gap(tree.error.at, reason, (function.name,)),))
        handler = self.handler(function, tree)
        if isinstance(handler, Text):
            return self._certain(deploy(function, tree, handler, self.library, self.sources))
        if isinstance(handler, HandlerUnknown):
            return Deployment(function, tree, gaps=(Gap(function.span, handler.reason, (function.name,)),))
        return _refused(function, tree, handler)

    def _certain(self, deployment: Deployment) -> Deployment:
        """Take back a refused handler where the code is there to be replaced: the project has the real module."""
        outcome, function = deployment.handler, deployment.function
        if outcome is None or outcome.problem is None:
            return deployment
        artifact = function.artifact
        placeholder = isinstance(artifact, Zip) and artifact.inline is not None and outcome.problem.candidates
        if not placeholder:
            return deployment
        reason = f"the code inside the template may be a placeholder, so `{outcome.handler.value}` is not judged"
        gap = Gap(outcome.handler.span, reason, (function.name,))
        return replace(deployment, handler=None, gaps=(*deployment.gaps, gap))

    @cached_property
    def deployments(self) -> tuple[Deployment, ...]:
        """Every function, replayed."""
        found: list[Deployment] = []
        for function in self.declared.functions:
            found.append(self.replayed(function))
            self.library.forget(_TREES)
        # What comes next is about the tests.
        self.library.forget(0)
        return tuple(found)

    def replayed(self, function: Function, seen: FileTree | None = None) -> Deployment:
        """A function that vartask itself fails on must not take the others with it."""
        try:
            return self.deployment(function, seen)
        except RecursionError:
            reason = "something is nested too deeply to be followed"
            return Deployment(function, FileTree(), gaps=(Gap(function.span, reason, (function.name,)),))
        except Exception as error:  # noqa: BLE001 - loud in the report, and the exit code says so
            self.failed.append(f"predicting {function.name} crashed: {type(error).__name__}: {error}")
            return Deployment(function, FileTree())

    # -- the report -------------------------------------------------------------------------------

    def report(self) -> Report:
        """Run the selected rules on the predictions and put everything together."""
        return self.report_on(self.deployments)

    def report_on(
        self, deployments: tuple[Deployment, ...], seen: Iterable[object] = (), gaps: Iterable[Gap] = ()
    ) -> Report:
        """The same for other deployments; ``seen`` are further subjects of rules."""
        crashes: list[str] = [*self.declared.crashes, *self.failed]
        workspace = Workspace(self.declared.problems, self._doubles(crashes), deployments)
        findings = self._found((*deployments, workspace, *seen), crashes)
        kept, suppressed_ = self._sift(_merged(findings))
        every = [
            *self.declared.gaps,
            *self._unread(),
            *(gap for deployment in deployments for gap in deployment.gaps),
            *gaps,
        ]
        return Report(
            self.declared.functions,
            kept,
            _merged_gaps(every),
            suppressed_,
            tuple(dict.fromkeys(crashes)),
            tuple(self._handler_text(function) for function in self.declared.functions),
        )

    def _found(self, subjects: Sequence[object], crashes: list[str]) -> Iterator[Finding]:
        """What the selected rules say of the subjects that they are about."""
        for rule in catalogue():
            if not selected(rule.code, rule.name, self.settings.select, self.settings.ignore):
                continue
            for subject in subjects:
                if not isinstance(subject, rule.subject):
                    continue
                try:
                    with stage(f"rule {rule.code} {rule.name}"):
                        found = [_stamped(rule, finding) for finding in rule.check(subject)]
                    yield from found
                except Exception as error:  # noqa: BLE001 - a crash must not hide what the other rules found
                    crashes.append(f"rule {rule.name} crashed: {type(error).__name__}: {error}")

    @stage("definitions: unread")
    def _unread(self) -> Iterable[Gap]:
        return tuple(unread(self.project))

    @stage("tests: doubles of the context")
    def _doubles(self, crashes: list[str]) -> tuple[ContextDouble, ...]:
        try:
            return doubles(self.deployments, self.sources, self.library)
        except Exception as error:  # noqa: BLE001 - the functions are judged whatever the tests hold
            crashes.append(f"reading the tests crashed: {type(error).__name__}: {error}")
            return ()

    def _handler_text(self, function: Function) -> str | None:
        handler = self.handler(function)
        return handler.value if isinstance(handler, Text) else None

    def _sift(self, findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Separate what a comment or ``per-file-ignores`` allows."""
        kept: list[Finding] = []
        allowed: list[Finding] = []
        for finding in findings:
            ignored = file_ignores(self.settings, self.project.root, finding.span.path)
            wanted = selected(finding.code, finding.name, None, ignored)
            silent = not wanted or suppressed(finding, self._lines(finding.span.path))
            (allowed if silent else kept).append(finding)
        return tuple(kept), tuple(allowed)

    def _lines(self, path: str) -> list[str]:
        try:
            # As ``ast`` and editors count them; ``str.splitlines`` would also split at form feeds.
            return re.split(r"\r\n|\r|\n", self.project.read_text(path))
        except Unreadable:
            return []


def _values(texts: tuple[Text, ...] | None) -> list[str] | None:
    return None if texts is None else [text.value for text in texts]


def _refused(function: Function, tree: FileTree, refusal: HandlerArgumentProblem) -> Deployment:
    """An entrypoint that ends before it starts the runtime."""
    config = tree.config
    if not refusal.given and function.declared_by == "dockerfile":
        reason = "the image has no CMD: whoever deploys it names the handler, and no definition here does"
        return Deployment(function, tree, gaps=(Gap(function.span, reason, (function.name,)),))
    at = (config.cmd_at or config.entrypoint_at) if config is not None else None
    command = function.artifact.command if isinstance(function.artifact, Image) else None
    at = command[0].span if command else at
    handler = Text(" ".join(refusal.given), at or function.span)
    problem = HandlerProblem("arguments", "", refusal.text)
    return Deployment(function, tree, HandlerOutcome(handler, problem=problem))


def _stamped(rule: Rule, finding: Finding) -> Finding:
    return replace(finding, code=rule.code, name=rule.name, severity=rule.severity)


def _merged(findings: Iterable[Finding]) -> Iterator[Finding]:
    """One finding per defect: functions that break at the same place for the same reason are named together."""
    groups: dict[tuple[Span, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.span, finding.code, finding.message), []).append(finding)
    for _, group in sorted(groups.items(), key=lambda item: item[0]):
        functions = dict.fromkeys(name for finding in group for name in finding.functions)
        yield replace(group[0], functions=tuple(functions))


def _merged_gaps(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    groups: dict[tuple[Span, str], dict[str, None]] = {}
    for gap in gaps:
        groups.setdefault((gap.span, gap.reason), {}).update(dict.fromkeys(gap.functions))
    return tuple(Gap(span, reason, tuple(names)) for (span, reason), names in sorted(groups.items()))
