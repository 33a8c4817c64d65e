"""The options of ``aws lambda`` that say more than a word (https://docs.aws.amazon.com/cli/latest/userguide/)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from vartask.artifact.scripts.steps import Call
from vartask.model import LAMBDA_LIMITS, Architecture, Image, Layer, Limits, Span, Text, UnknownLayer, whole
from vartask.patterns import regex

_PAIR = regex(r"([A-Za-z_]\w*)=([^,}]*)")
_NAME = regex(r"""(?:(?<!\$)\{|,)\s*(?:\\?["'])?([A-Za-z_]\w*)(?:\\?["']\s*:|=)""")
_SUBSTITUTED = regex(r"\$\([^()]*\)|`[^`]*`|\$\{\{.*?\}\}")


def architecture(calls: Iterable[Call]) -> Architecture | None:
    """``--architectures``."""
    for call in calls:
        value = call.value("--architectures")
        if value == "arm64":
            return "arm64"
        if value == "x86_64":
            return "x86_64"
    return None


def environment(calls: Iterable[Call]) -> dict[str, str | None]:
    """``--environment``: JSON, or ``Variables={A=b,C=d}``; of what is computed only the names that are written."""
    found: dict[str, str | None] = {}
    for call in calls:
        for value in call.options.get("--environment", ()):
            if value is None:
                found.update(dict.fromkeys(_names(call.raw.get("--environment", ""))))
                continue
            table = _json(value)
            variables = table.get("Variables", {}) if table is not None else None
            if isinstance(variables, Mapping):
                found.update({str(name): str(one) for name, one in variables.items()})
            elif table is None and (inside := re.search(r"Variables=\{(.*)\}", value, re.DOTALL)):
                found.update(dict(_PAIR.findall(inside[1])))
    return found


def _names(written: str) -> list[str]:
    """The names of variables in a word whose values are computed."""
    _, variables, inside = written.partition("Variables")
    return _NAME.findall(_SUBSTITUTED.sub("", inside)) if variables else []


def limits(calls: Sequence[Call]) -> Limits:
    """``--memory-size``, ``--timeout`` and ``--ephemeral-storage``.

    A function that is created has Lambda's own where the option is missing; of one that is only updated, nothing is
    known.
    """
    default = LAMBDA_LIMITS if any(call.action == "create-function" for call in calls) else Limits()
    return Limits(
        _limit(calls, "--memory-size", default.memory),
        _limit(calls, "--timeout", default.timeout),
        _limit(calls, "--ephemeral-storage", default.storage),
    )


def _limit(calls: Sequence[Call], option: str, default: int | None) -> int | None:
    values = {value for call in calls for value in call.options.get(option, ())}
    # Two values for one name are two functions of two environments.
    if len(values) != 1:
        return None if values else default
    value = values.pop() or ""
    table = _json(value)
    return whole(value.removeprefix("Size=") if table is None else table.get("Size"))


def layers(calls: Sequence[Call]) -> tuple[Layer, ...]:
    """``--layers``: versions of layers by their ARN.

    A function that is only updated keeps those that it was created with, wherever that was.
    """
    if not any(call.action == "create-function" or "--layers" in call.options for call in calls):
        return (UnknownLayer("unknown", "the function is only updated here, and may have layers", calls[0].span),)
    listed = [(call, value) for call in calls for value in call.options.get("--layers", ()) if value != ""]
    shown = [(call, value or call.raw.get("--layers", "").strip("\"'")) for call, value in listed]
    return tuple(UnknownLayer(name, "a script names it by its ARN", call.span) for call, name in shown)


def image_of(calls: Iterable[Call], span: Span) -> Image | None:
    """``--image-uri`` or ``--code ImageUri=``, with the command of ``--image-config``; ``None`` for a zip package."""
    listed = list(calls)
    reference: str | None = None
    is_image = False
    command: tuple[Text, ...] | None = None
    for call in listed:
        if "--image-uri" in call.options:
            is_image, reference = True, call.value("--image-uri") or call.raw.get("--image-uri", "").strip("\"'")
        code = " ".join(value or "" for value in call.options.get("--code", ()))
        written = code if "ImageUri" in code else call.raw.get("--code", "")
        if uri := re.search(r"ImageUri=([^,\s\"']+)", written):
            is_image, reference = True, uri[1]
        config = call.value("--image-config")
        if config is not None:
            is_image, command = True, _command(config, call.span)
    if not is_image or reference is None:
        # A command alone does not say of which image.
        return None
    return Image(None, None, span, command=command, reference=reference)


def _command(config: str, span: Span) -> tuple[Text, ...] | None:
    table = _json(config)
    if table is not None:
        words = table.get("Command")
        return tuple(Text(str(word), span) for word in words) if isinstance(words, list) else None
    # The shorthand: a list in brackets, or one value.
    listed = re.search(r"Command=\[([^\]]*)\]", config)
    single = re.search(r"Command=([^,\]\[]+)", config)
    words = listed[1].split(",") if listed else ([single[1]] if single else [])
    return tuple(Text(word.strip(" \"'"), span) for word in words) or None


def _json(text: str) -> dict[str, object] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
