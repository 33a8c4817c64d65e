"""The runtime's words for a failed import."""

from __future__ import annotations

from vartask.model import Deployment, ImportOutcome, MissingName, StringOutcome


def import_message(deployment: Deployment, outcome: ImportOutcome | MissingName) -> str:
    """What Lambda logs: at init its own error around Python's text, at a call Python's error as it is.

    Source: ``awslambdaric.bootstrap._get_handler``; ``ModuleNotFoundError`` is an ``ImportError``.
    """
    handler = deployment.handler
    if outcome.when == "init" and handler is not None:
        module = handler.handler.value.rpartition(".")[0]
        return f"Runtime.ImportModuleError: Unable to import module {module!r}: {outcome.error}"
    kind = "ModuleNotFoundError" if outcome.error.startswith("No module") else "ImportError"
    return f"{kind}: {outcome.error}"


def fails_when(outcome: ImportOutcome | MissingName) -> str:
    """The addition to a message for an import that runs only when a function is called."""
    return "" if outcome.when == "init" else f", which `{outcome.scope}` imports when it is called"


def string_message(deployment: Deployment, outcome: StringOutcome) -> str | None:
    """What Lambda logs when the import string is imported; ``None`` when the code catches the error itself."""
    fact = outcome.fact
    if fact.guarded or not outcome.certain:
        return None
    kind = "AttributeError" if outcome.missing is None else "ModuleNotFoundError"
    if not fact.scope and deployment.handler is not None and kind != "AttributeError":
        module = deployment.handler.handler.value.rpartition(".")[0]
        return f"Runtime.ImportModuleError: Unable to import module {module!r}: {outcome.error}"
    return f"{kind}: {outcome.error}"
