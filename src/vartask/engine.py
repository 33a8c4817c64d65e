"""From a project to a report: the one entry that the command line, flake8 and the tests share."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

from vartask import definitions
from vartask.artifact.entrypoint import HandlerArgumentProblem, HandlerUnknown, handler_of, script_reader
from vartask.artifact.trees import Trees
from vartask.config import Settings
from vartask.definitions._unread import unread
from vartask.imports.context_modules import doubles
from vartask.imports.deploy import deploy
from vartask.imports.evidence import Sources
from vartask.imports.library import Library
from vartask.judge import Judge, catalogue, merged, merged_gaps
from vartask.model import (
    ContextDouble,
    Declaration,
    Deployment,
    FileTree,
    Function,
    Gap,
    HandlerOutcome,
    HandlerProblem,
    Image,
    Prediction,
    Report,
    Tested,
    Text,
    Workspace,
    Zip,
)
from vartask.predicting import Predictions
from vartask.project import Project
from vartask.records import dataclass, field, replace
from vartask.steps import Steps
from vartask.timing import stage

__all__ = ["Run", "catalogue", "check"]

_PYTHON_2: Final = frozenset({"python2.7"})
"""Gone since 2022, and still in many repositories (AWS, lambda-runtimes.html, deprecated runtimes)."""

_TREES: Final = 400
"""Syntax trees that are kept for the next function, a quarter of a megabyte each: more than most functions have."""


def check(project: Project, settings: Settings, steps: Steps | None = None) -> Report:
    """Predict what Lambda will say of every function below the project's scopes.

    ``steps`` are those of an earlier run that still hold, and get those of this one.
    """
    # The objects of a run live until its end: collecting them only costs time.
    enabled = gc.isenabled()
    gc.disable()
    try:
        return Run(project, settings, steps or Steps()).report()
    finally:
        if enabled:
            gc.enable()


@dataclass
class Run:
    """One run over one project; each stage is computed when it is asked for, once."""

    project: Project
    settings: Settings
    steps: Steps = field(default_factory=Steps)

    def __post_init__(self) -> None:
        """Where nothing is kept, nobody needs to know which step asked for what."""
        self.project.questions.parted = self.steps.keeps
        self.project.kept.keeper = self.steps if self.steps.keeps else None

    @property
    def declared(self) -> Declaration:
        """What the repository declares."""
        return self._named[0]

    @cached_property
    def _named(self) -> tuple[Declaration, tuple[str, ...]]:
        """What the repository declares, and a name for the step of each function."""

        def declare() -> tuple[Declaration, tuple[str, ...]]:
            found = definitions.declare(self.project, self.settings)
            return found, tuple(f"function {self.steps.fingerprint(function)}" for function in found.functions)

        return self.steps.take("declaration", self.project, declare)

    @cached_property
    def judge(self) -> Judge:
        """The rules that are asked."""
        return Judge(self.project, self.settings)

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
            unknown = "the handler is not known" + (f": {artifact.reason}" if artifact.reason is not None else "")
            return function.handler or HandlerUnknown(function.handler_reason or unknown)
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
        return tuple(found)

    def replayed(self, function: Function, seen: FileTree | None = None) -> Deployment:
        """A function that vartask itself fails on must not take the others with it."""
        try:
            return self.deployment(function, seen)
        except RecursionError:
            reason = "something is nested too deeply to be followed"
            return Deployment(function, FileTree(), gaps=(Gap(function.span, reason, (function.name,)),))
        except Exception as error:  # noqa: BLE001 - loud in the report, and the exit code says so
            crash = f"predicting {function.name} crashed: {type(error).__name__}: {error}"
            return Deployment(function, FileTree(), crash=crash)

    # -- what is said of one function -------------------------------------------------------------

    def predictions(self) -> list[Prediction]:
        """What is said of every function: the steps of an earlier run that still hold, and the others made anew."""
        declared, names = self._named
        named = list(zip(names, declared.functions, strict=True))
        every = Predictions(named, self.predicted, self._forget, self.steps, self.project)
        found = every.all()
        # What comes next is about the tests.
        self.library.forget(0)
        return found

    def _forget(self) -> None:
        self.library.forget(_TREES)

    def predicted(self, function: Function) -> Prediction:
        """What is said of one function."""
        judged = self._judged(self.replayed(function))
        try:
            return replace(judged, handler=self._handler_text(function))
        except Exception as error:  # noqa: BLE001 - as for the replay
            crash = f"predicting {function.name} crashed: {type(error).__name__}: {error}"
            return replace(judged, crashes=tuple(dict.fromkeys((*judged.crashes, crash))))

    def _judged(self, deployment: Deployment) -> Prediction:
        """What the rules say of a deployment."""
        crashes = [] if deployment.crash is None else [deployment.crash]
        findings, suppressed = self.judge.sift(self.judge.findings((deployment,), crashes))
        return Prediction(findings, suppressed, deployment.gaps, tested=_tested(deployment), crashes=tuple(crashes))

    # -- the report -------------------------------------------------------------------------------

    def report(self) -> Report:
        """What the selected rules say of the predictions, put together."""
        predictions = self.predictions()
        handlers = tuple(one.handler for one in predictions)
        return self._assembled(predictions, handlers)

    def report_on(
        self, deployments: Iterable[Deployment], seen: Iterable[object] = (), gaps: Iterable[Gap] = ()
    ) -> Report:
        """The same for other deployments; ``seen`` are further subjects of rules."""
        predictions = [self._judged(deployment) for deployment in deployments]
        handlers = tuple(self._handler_text(function) for function in self.declared.functions)
        return self._assembled(predictions, handlers, seen, gaps)

    def _assembled(
        self,
        predictions: Sequence[Prediction],
        handlers: tuple[str | None, ...],
        seen: Iterable[object] = (),
        gaps: Iterable[Gap] = (),
    ) -> Report:
        crashes: list[str] = [*self.declared.crashes, *(crash for one in predictions for crash in one.crashes)]
        workspace = Workspace(self.declared.problems, self._doubles(predictions, crashes))
        kept, suppressed = self.judge.sift(self.judge.findings((workspace, *seen), crashes))
        every = [
            *self.declared.gaps,
            *self.steps.take("unread", self.project, self._unread),
            *(gap for one in predictions for gap in one.gaps),
            *gaps,
        ]
        return Report(
            self.declared.functions,
            merged([*(finding for one in predictions for finding in one.findings), *kept]),
            merged_gaps(every),
            merged([*(finding for one in predictions for finding in one.suppressed), *suppressed]),
            tuple(dict.fromkeys(crashes)),
            handlers,
        )

    @stage("definitions: unread")
    def _unread(self) -> tuple[Gap, ...]:
        return tuple(unread(self.project))

    def _doubles(self, predictions: Iterable[Prediction], crashes: list[str]) -> tuple[ContextDouble, ...]:
        tested = tuple(dict.fromkeys(one.tested for one in predictions if one.tested is not None))
        if not tested:
            return ()
        try:
            with stage("tests: doubles of the context"):
                return self.steps.take(
                    f"doubles {self.steps.fingerprint(tested)}",
                    self.project,
                    lambda: doubles(tested, self.sources, self.library),
                )
        except Exception as error:  # noqa: BLE001 - the functions are judged whatever the tests hold
            crashes.append(f"reading the tests crashed: {type(error).__name__}: {error}")
            return ()

    def _handler_text(self, function: Function) -> str | None:
        handler = self.handler(function)
        return handler.value if isinstance(handler, Text) else None


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


def _tested(deployment: Deployment) -> Tested | None:
    """The handler whose tests must not give it another context than Lambda does."""
    outcome = deployment.handler
    if not deployment.context_is_lambdas or outcome is None or outcome.module is None or outcome.attribute is None:
        return None
    return Tested(outcome.module.source, outcome.attribute, outcome.handler.value)
