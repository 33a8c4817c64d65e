"""Handlers of observability layers that run the function's own handler, which an environment variable names.

Written by hand, no script refreshes it.  Sources, all read as published in November 2026: on PyPI ``datadog-lambda``
8.130 (``handler.py``), ``lumigo-tracer`` 1.1.257 (``auto_instrument_handler.py``), ``epsagon`` 1.82 (``utils.py``,
``handler.py``); on GitHub ``newrelic/newrelic-lambda-layers`` (``python/newrelic_lambda_wrapper.py``),
``open-telemetry/opentelemetry-lambda`` (``python/src/otel/otel_sdk/otel_wrapper.py`` and ``otel-instrument``),
``getsentry/sentry-python`` (``scripts/init_serverless_sdk.py``).

The texts of Datadog, Epsagon and Lumigo are compared with the packages by an oracle test; those of the others stand in
their sources.  That ``/opt/datadog_wrapper`` and ``/opt/lumigo_wrapper`` put their own handler in front is what the
vendors' documentation says of them; the programs themselves were not read.
"""

from __future__ import annotations

from typing import Final

from vartask.records import dataclass


@dataclass(frozen=True, slots=True)
class Wrapper:
    """One wrapper.

    ``handlers`` are the handler strings that mean it, ``programs`` the values of ``AWS_LAMBDA_EXEC_WRAPPER`` that put
    it in front of the declared handler.  The texts are whole lines of the log, with ``{value}`` the variable's value,
    ``{written}`` and ``{module}`` the module in it (with slashes, with dots), ``{name}`` the attribute, ``{error}``
    Python's text and ``{kind}`` the type of its exception.  An empty text is what the runtime itself says of a handler.
    """

    title: str
    variable: str
    handlers: frozenset[str] = frozenset()
    programs: frozenset[str] = frozenset()
    unset: str = ""
    malformed: str = ""
    relative: str = ""
    imports: str = ""
    syntax: str = ""
    attribute: str = ""
    slashes: bool = True


_NO_ATTRIBUTE: Final = "AttributeError: module '{module}' has no attribute '{name}'"


_MODULE: Final = "Runtime.ImportModuleError: Unable to import module "
_SYNTAX: Final = "Runtime.UserCodeSyntaxError: Syntax error in module "

WSGI: Final = Wrapper(
    "serverless-wsgi",
    ".serverless-wsgi",
    frozenset({"wsgi_handler.handler"}),
    imports="Unable to import app: '{app}' - {error}",
)
"""The handler that serverless-wsgi writes (3.1, ``wsgi_handler.py``): it logs why the application cannot be imported,
and answers every request with status 500.  ``variable`` is the file beside it that names the application."""

WRAPPERS: Final = (
    Wrapper(
        "Datadog",
        "DD_LAMBDA_HANDLER",
        frozenset({"datadog_lambda.handler.handler"}),
        frozenset({"/opt/datadog_wrapper"}),
        unset="HandlerError: DD_LAMBDA_HANDLER is not defined. Can't use prebuilt datadog handler",
        malformed="HandlerError: Value {value} for DD_LAMBDA_HANDLER has invalid format.",
        attribute=_NO_ATTRIBUTE,
        imports=_MODULE + "'datadog_lambda.handler': {error}",
        syntax=_SYNTAX + "'datadog_lambda.handler': {error}",
    ),
    Wrapper(
        "New Relic",
        "NEW_RELIC_LAMBDA_HANDLER",
        frozenset({"newrelic_lambda_wrapper.handler"}),
        unset="ValueError: No value specified in NEW_RELIC_LAMBDA_HANDLER environment variable",
        malformed="ValueError: Improperly formated handler value: {value}",
        attribute="AttributeError: No handler '{name}' in module '{written}'",
        imports=_MODULE + "'newrelic_lambda_wrapper': Failed to import module '{written}': {error}",
        syntax=_SYNTAX + "'newrelic_lambda_wrapper': {error}",
    ),
    Wrapper(
        "Lumigo",
        "LUMIGO_ORIGINAL_HANDLER",
        frozenset({"lumigo_tracer._handler", "lumigo_tracer.auto_instrument_handler._handler"}),
        frozenset({"/opt/lumigo_wrapper"}),
        unset="Exception: Could not find the original handler. Please contact Lumigo for more information.",
    ),
    Wrapper(
        "OpenTelemetry",
        "ORIG_HANDLER",
        frozenset({"otel_wrapper.lambda_handler"}),
        frozenset({"/opt/otel-instrument", "/opt/otel-handler"}),
        unset="HandlerError: ORIG_HANDLER is not defined.",
        malformed="ValueError: not enough values to unpack (expected 2, got 1)",
        attribute=_NO_ATTRIBUTE,
        imports=_MODULE + "'otel_wrapper': {error}",
        syntax=_SYNTAX + "'otel_wrapper': {error}",
    ),
    Wrapper(
        "Sentry",
        "SENTRY_INITIAL_HANDLER",
        frozenset({"sentry_sdk.integrations.init_serverless_sdk.sentry_lambda_handler"}),
        unset="KeyError: 'SENTRY_INITIAL_HANDLER'",
        malformed="ValueError: Incorrect AWS Handler path (Not a path)",
        imports="{kind}: {error}",
        syntax="SyntaxError: {error}",
        attribute=_NO_ATTRIBUTE,
        slashes=False,
    ),
    Wrapper(
        "Epsagon",
        "EPSAGON_HANDLER",
        frozenset({"epsagon.wrapper"}),
        unset="Runtime.HandlerNotFound: Handler 'wrapper' missing on module 'epsagon'",
        malformed="ValueError: wrong handler formatted: {value}",
        relative="ValueError: Empty module name",
        attribute="AttributeError: No handler {name} in module {module}",
        imports=_MODULE + "'epsagon': Failed to import module: {module}, Error: {error}",
        syntax=_SYNTAX + "'epsagon': {error}",
    ),
)

EXEC_WRAPPER: Final = "AWS_LAMBDA_EXEC_WRAPPER"
"""The program that starts the runtime
(https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper)."""

WEB_ADAPTER: Final = "/opt/bootstrap"
"""Lambda Web Adapter's, which runs a web server instead (https://github.com/awslabs/aws-lambda-web-adapter)."""

PLAIN_PROGRAMS: Final = frozenset({"/opt/dynatrace"})
"""Programs that leave the handler to the runtime."""


def wrapper_of(handler: str, program: str | None) -> Wrapper | None:
    """The wrapper that a handler string or an exec wrapper puts in front of the function's own handler."""
    for wrapper in WRAPPERS:
        if handler.replace("/", ".") in wrapper.handlers or program in wrapper.programs:
            return wrapper
    return None
