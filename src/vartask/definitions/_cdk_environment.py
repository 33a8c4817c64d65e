"""The environment of a function that a CDK program makes."""

from __future__ import annotations

from typing import Final

from vartask.definitions._cdk_values import Properties, member_of
from vartask.syntax.program_values import Choice, Computed, Constant, Fields, Made, Missing, Value, nothing, options

_ADDED_BY: Final = {
    "paramsAndSecrets": (
        "PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED",
        "PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE",
        "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT",
        "PARAMETERS_SECRETS_EXTENSION_LOG_LEVEL",
        "PARAMETERS_SECRETS_EXTENSION_MAX_CONNECTIONS",
        "SECRETS_MANAGER_TIMEOUT_MILLIS",
        "SECRETS_MANAGER_TTL",
        "SSM_PARAMETER_STORE_TIMEOUT_MILLIS",
        "SSM_PARAMETER_STORE_TTL",
    ),
    "profiling": ("AWS_CODEGURU_PROFILER_GROUP_ARN", "AWS_CODEGURU_PROFILER_ENABLED"),
    "profilingGroup": ("AWS_CODEGURU_PROFILER_GROUP_ARN", "AWS_CODEGURU_PROFILER_ENABLED"),
    "adotInstrumentation": ("AWS_LAMBDA_EXEC_WRAPPER",),
}
"""Variables that a property sets (``aws-lambda/lib/function.ts``)."""


def environment(made: Made, asked: Properties) -> tuple[dict[str, str | None], bool]:
    """The variables, computed ones ``None``, and whether there are certainly no others."""
    found: dict[str, str | None] = {}
    value = asked.get("environment")
    known = asked.known
    for option in options(value):
        known = _take(found, option) and known
    if isinstance(value, Choice):
        known = False
    for name, variables in _ADDED_BY.items():
        if asked.get(name) is not None:
            found.update(dict.fromkeys(variables))
    for call in made.calls:
        if member_of(call.callee)[1].endswith(("addEnvironment", "addPropertyOverride", "addOverride")):
            known = _add(found, call) and known
        elif call.callee.endswith(("defaultChild", "addToRolePolicy")):
            continue
    return found, known and not _given_away(made)


def _take(found: dict[str, str | None], value: Value) -> bool:
    if nothing(value) or isinstance(value, Missing):
        return True
    if isinstance(value, Fields) and "variables" in value.values and len(value.values) == 1:
        value = value.values["variables"]  # the L1 construct's form
    if not isinstance(value, Fields):
        return False
    for name, one in value.values.items():
        text = str(one.value) if isinstance(one, Constant) and one.value is not None else None
        found[name] = text if name not in found or found[name] == text else None
    return value.more is None


def _add(found: dict[str, str | None], call: Made) -> bool:
    name = call.argument(0) or call.keywords.get("key")
    value = call.argument(1) or call.keywords.get("value")
    if not call.callee.endswith(("addEnvironment", "add_environment")):
        return not isinstance(name, Constant) or "nvironment" not in str(name.value)
    if not isinstance(name, Constant):
        return False
    plain = isinstance(value, Constant) and not call.doubtful
    found[str(name.value)] = str(value.value) if plain and isinstance(value, Constant) else None
    return True


def _given_away(made: Made) -> bool:
    """Whether the L1 construct below is asked for: its environment may be changed there."""
    return isinstance(made.fields.get("environment"), (Computed, Fields))
