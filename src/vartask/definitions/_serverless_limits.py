"""Memory, time and ``/tmp`` of a function of the Serverless Framework."""

from __future__ import annotations

from typing import Final

from vartask.definitions._serverless_service import Service
from vartask.definitions._serverless_values import Answer
from vartask.model import Limits, whole
from vartask.syntax.cloudformation import Known
from vartask.syntax.nodes import Mapping

DEFAULTS: Final = Limits(memory=1024, timeout=6, storage=512)
"""What the framework takes where neither the function nor the provider says anything (serverless 3.40,
lib/plugins/aws/package/compile/functions.js; https://www.serverless.com/framework/docs/providers/aws/guide/functions)."""


def limits_of(service: Service, node: Mapping) -> Limits:
    """``memorySize`` and ``timeout`` of the function or else the provider, ``ephemeralStorageSize`` of the function."""
    provider = service.values.get("provider")
    return Limits(
        _first(service, (node, provider), "memorySize", DEFAULTS.memory),
        _first(service, (node, provider), "timeout", DEFAULTS.timeout),
        _first(service, (node,), "ephemeralStorageSize", DEFAULTS.storage),
    )


def _first(service: Service, holders: tuple[Answer, ...], name: str, default: int | None) -> int | None:
    for holder in holders:
        found = service.values.below(holder, (name,))
        # The framework joins them by JavaScript's `||`: null and 0 are as good as nothing.
        if found is not None and service.values.flag(found) is not False:
            text = service.values.text(found)
            return whole(text.value) if isinstance(text, Known) else None
    return default
