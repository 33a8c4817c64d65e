"""The runtime's words for a failed import."""

from __future__ import annotations

from vartask.data.runtimes import GLIBC, SUPPORTED
from vartask.data.stdlib import minor_of, stdlib_module
from vartask.data.stdlib_successors import IN_TYPING_EXTENSIONS, PYTHON_2_VERSION, SUCCESSORS, TYPING_MODULES
from vartask.imports.raises import lineage
from vartask.model import (
    BinaryOutcome,
    Cause,
    Deployment,
    HandlerOutcome,
    ImportOutcome,
    MissingName,
    RaisedOutcome,
    ShadowOutcome,
    StdlibOutcome,
    StrangerOutcome,
    StringOutcome,
    SyntaxOutcome,
    Told,
)

Failing = BinaryOutcome | ImportOutcome | MissingName | ShadowOutcome | StdlibOutcome | StrangerOutcome


def import_message(deployment: Deployment, outcome: Failing) -> str | None:
    """What Lambda logs of an import that fails."""
    if outcome.told is not None:
        return logged(deployment, outcome.told, outcome.when)
    if isinstance(outcome, ShadowOutcome) and outcome.is_attribute:
        return logged(deployment, Told("AttributeError", outcome.error), outcome.when)
    kind = "ModuleNotFoundError" if outcome.error.startswith("No module") else "ImportError"
    return logged(deployment, Told(kind, outcome.error), outcome.when)


def raised_message(deployment: Deployment, outcome: RaisedOutcome) -> str | None:
    """What Lambda logs of code that raises while it is imported."""
    return logged(deployment, outcome.told or Told(outcome.exception, outcome.error), outcome.when)


def logged(deployment: Deployment, told: Told, when: str) -> str | None:
    """What Lambda logs: at init its own error around some of Python's, else Python's as it is; ``None`` if not known.

    Source: ``awslambdaric.bootstrap._get_handler``, which catches ``ImportError`` and ``SyntaxError``; the end of the
    process is reported by the platform (``Runtime.ExitError``,
    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html).
    """
    if told.exception is None or told.error is None:
        return None
    if told.exception == "SystemExit":
        return f"Runtime.ExitError: Runtime exited with error: exit status {told.error}"
    ancestors = lineage(told.exception) or frozenset()
    if when == "init" and deployment.handler is not None:
        if "ImportError" in ancestors:
            return _import_error(deployment.handler, told.exception, told.error)
        if "SyntaxError" in ancestors:
            module = deployment.handler.handler.value.rpartition(".")[0]
            text = (
                deployment.handler.syntax_text
                or f"Runtime.UserCodeSyntaxError: Syntax error in module {module!r}: {{error}}"
            )
            return text.replace("{error}", told.error)
    return f"{told.exception}: {told.error}" if told.error else told.exception


def _import_error(handler: HandlerOutcome, kind: str, error: str) -> str:
    """What is logged when the handler's module cannot be imported."""
    module = handler.handler.value.rpartition(".")[0]
    text = handler.imports_text or f"Runtime.ImportModuleError: Unable to import module {module!r}: {{error}}"
    return text.replace("{kind}", kind).replace("{error}", error)


def fails_when(outcome: Failing | SyntaxOutcome | RaisedOutcome) -> str:
    """The addition to a message for an import that runs only when a function is called."""
    return "" if outcome.when == "init" else f", which `{outcome.scope}` imports when it is called"


def syntax_message(deployment: Deployment, outcome: SyntaxOutcome) -> str | None:
    """What Lambda logs of a file that does not parse; ``None`` where the target's words are not known."""
    return logged(deployment, outcome.told or Told("SyntaxError", outcome.error), outcome.when)


def string_message(deployment: Deployment, outcome: StringOutcome) -> str | None:
    """What Lambda logs when the import string is imported; ``None`` when the code catches the error itself."""
    fact = outcome.fact
    if fact.guarded or not outcome.certain:
        return None
    kind = "AttributeError" if outcome.missing is None else "ModuleNotFoundError"
    if not fact.scope and deployment.handler is not None and kind != "AttributeError":
        return _import_error(deployment.handler, kind, outcome.error)
    return f"{kind}: {outcome.error}"


def string_fails_init(outcome: StringOutcome) -> bool:
    """Whether the import string is certainly imported while the function starts, and nothing catches the error."""
    return outcome.certain and not outcome.fact.guarded and not outcome.fact.scope


def of_python(outcome: StdlibOutcome) -> str:
    """``Python 3.12``, or what to say where the version is not known."""
    return f"Python {outcome.version}" if outcome.version else "any Python that Lambda runs"


def lifetime(outcome: StdlibOutcome) -> str:
    """Which versions have what is missing: a clause for ``it``."""
    minors = sorted(outcome.minors)
    if not minors:
        return "is in no version"
    if minors == [PYTHON_2_VERSION]:
        return "is a module of Python 2"
    minor = minor_of(outcome.version or SUPPORTED[0])
    later = [number for number in minors if number > minor]
    if later:
        return f"came with 3.{later[0]}"
    return f"was removed in 3.{minors[-1] + 1}"


def successor(outcome: StdlibOutcome) -> str | None:
    """What to use instead."""
    full = f"{outcome.module}.{outcome.name}" if outcome.name else outcome.module
    advice = SUCCESSORS.get(full)
    while advice is None and "." in full and not outcome.name:
        full = full.rpartition(".")[0]
        advice = SUCCESSORS.get(full)
    if advice is not None or outcome.name is None:
        return advice
    abcs = stdlib_module("collections.abc")
    if outcome.module == "collections" and abcs is not None and outcome.name in abcs.names:
        return f"use  from collections.abc import {outcome.name}"
    if outcome.module in TYPING_MODULES and outcome.name in IN_TYPING_EXTENSIONS:
        return f"use  from typing_extensions import {outcome.name}  and package typing_extensions"
    return None


def platform(deployment: Deployment, outcome: BinaryOutcome) -> str:
    """The system that the function runs on, as far as a misfit of the outcome is about it."""
    version = outcome.version or ""
    if outcome.made_for.startswith("glibc") and version in GLIBC:
        return f"the glibc {'.'.join(map(str, GLIBC[version]))} of Python {version}"
    machine = deployment.function.architecture
    return f"Lambda's Linux on {machine}" if machine else "Lambda's Linux"


def install_for(deployment: Deployment, outcome: BinaryOutcome) -> str:
    """How pip brings the files for the target.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html ("native libraries").
    """
    machine = "aarch64" if deployment.function.architecture == "arm64" else "x86_64"
    version = f" --python-version {outcome.version}" if outcome.version else ""
    pip = f"pip install --platform manylinux2014_{machine} --implementation cp{version} --only-binary=:all:"
    return f"install it again for the function:  {pip} --target DIRECTORY"


def named_by(deployment: Deployment) -> tuple[Cause, ...]:
    """Where the handler is named, for a defect in its own code."""
    handler = deployment.handler
    return (Cause(f"is called as the handler `{handler.handler.value}`", handler.handler.span),) if handler else ()
