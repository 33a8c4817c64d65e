"""The words of the house: frozen values that every stage speaks in.

Standard library only, no input or output.  What each word means is in its own module;
this page re-exports them so that the other layers have one place to import from.
"""

from vartask.model.context import ContextDouble, ContextUse
from vartask.model.declared import Declared
from vartask.model.deployment import (
    Deployment,
    HandlerOutcome,
    HandlerProblem,
    ImportOutcome,
    MissingName,
    ModuleAt,
    Relocation,
    StringOutcome,
    SyntaxOutcome,
    Workspace,
)
from vartask.model.finding import Cause, Finding, Gap, Problem, Severity
from vartask.model.function import Architecture, Artifact, Function, Image, Layer, LocalLayer, Text, UnknownLayer, Zip
from vartask.model.module import (
    Binding,
    ClassFacts,
    HandedString,
    IfStep,
    ImportedTable,
    ImportFact,
    Loader,
    ModuleFacts,
    PathStep,
    ScopeFacts,
    Step,
    StopStep,
    StringFact,
    Strings,
    SyntaxProblem,
    TryStep,
)
from vartask.model.report import Report
from vartask.model.rule import Rule, rule
from vartask.model.span import Span
from vartask.model.tree import (
    Absent,
    BuildError,
    Entry,
    FileTree,
    ImageConfig,
    Lookup,
    Present,
    Unknown,
    UnknownRegion,
)

__all__ = [
    "Absent",
    "Architecture",
    "Artifact",
    "Binding",
    "BuildError",
    "Cause",
    "ClassFacts",
    "ContextDouble",
    "ContextUse",
    "Declared",
    "Deployment",
    "Entry",
    "FileTree",
    "Finding",
    "Function",
    "Gap",
    "HandedString",
    "HandlerOutcome",
    "HandlerProblem",
    "IfStep",
    "Image",
    "ImageConfig",
    "ImportFact",
    "ImportOutcome",
    "ImportedTable",
    "Layer",
    "Loader",
    "LocalLayer",
    "Lookup",
    "MissingName",
    "ModuleAt",
    "ModuleFacts",
    "PathStep",
    "Present",
    "Problem",
    "Relocation",
    "Report",
    "Rule",
    "ScopeFacts",
    "Severity",
    "Span",
    "Step",
    "StopStep",
    "StringFact",
    "StringOutcome",
    "Strings",
    "SyntaxOutcome",
    "SyntaxProblem",
    "Text",
    "TryStep",
    "Unknown",
    "UnknownLayer",
    "UnknownRegion",
    "Workspace",
    "Zip",
    "rule",
]
