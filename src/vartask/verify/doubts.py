"""Failures that a container without network and with stand-ins for values need not share with the cloud."""

from __future__ import annotations

from vartask.model import Function, Started
from vartask.patterns import regex

_CERTAIN = (
    "Runtime.ImportModuleError",
    "Runtime.UserCodeSyntaxError",
    "Runtime.HandlerNotFound",
    "Runtime.MalformedHandlerName",
    "Runtime.BuiltInModuleConflict",
)
"""Files decide these, whatever the surroundings (``awslambdaric.bootstrap._get_handler``)."""

_NETWORK = regex(
    r"Network is unreachable|name resolution|[Nn]ame or service not known|nodename nor servname|getaddrinfo failed"
    r"|No address associated with hostname|Connection refused|Cannot assign requested address|No route to host"
    r"|Could not connect to the endpoint URL|could not translate host name|Failed to resolve"
    r"|Unable to locate credentials|NoCredentialsError|EndpointConnectionError|ConnectTimeout|NewConnectionError"
    r"|MaxRetryError|ConnectionError|gaierror|ServerSelectionTimeoutError|Can't connect to MySQL server"
)
"""How the usual clients say that they reach nobody."""


def doubt(function: Function, started: Started) -> str | None:
    """Why a failure of init says nothing about the cloud; ``None`` where it does."""
    message = started.message or ""
    if started.verdict not in {"init error", "exited"} or message.startswith(_CERTAIN):
        return None
    # A process that ends by itself has told nobody why, but has printed it.
    printed = started.output if started.verdict == "exited" else ""
    if reaches_out(message, started.trace, printed):
        return "it reaches for the network while it starts, which the container does not have"
    computed = sorted(name for name, value in function.environment.items() if value is None)
    if computed:
        shown = ", ".join(computed[:3]) + (" and more" if len(computed) > 3 else "")  # noqa: PLR2004 - a short list
        return f"the deployment sets {shown} to a value that is not known here"
    if not function.environment_known:
        return "the variables that its deployment sets are not all known here"
    return None


def reaches_out(*texts: str) -> bool:
    """Whether an error, or a traceback, is one of a client that reaches nobody."""
    return any(_NETWORK.search(text) for text in texts)
