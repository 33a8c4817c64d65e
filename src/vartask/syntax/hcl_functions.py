"""Terraform's functions, as far as their result is the same wherever they run.

Functions that read clocks or the cloud are left out on purpose: their result is unknown.
"""

from __future__ import annotations

from vartask.syntax import hcl, hcl_collection_functions, hcl_file_functions, hcl_string_functions
from vartask.syntax.hcl_evaluate import Evaluator
from vartask.syntax.hcl_values import Computed, Function, Items, Known, Missing, Value, mentions_of

_PURE: dict[str, Function] = {**hcl_collection_functions.FUNCTIONS, **hcl_string_functions.FUNCTIONS}


def call(expression: hcl.Call, evaluate: Evaluator) -> Value:
    """The value of a function call; :class:`Computed` when the function or an argument is not known."""
    if expression.name in {"try", "can"}:
        return _try(expression, evaluate)
    arguments = [evaluate(argument) for argument in expression.arguments]
    unknown = Computed(f"${{{expression.text}}}", expression.span, mentions_of(arguments))
    if expression.expands and arguments:
        last = arguments.pop()
        if not isinstance(last, Items):
            return unknown
        arguments += last.values
    if not arguments:
        return unknown
    try:
        found = _apply(expression, arguments, evaluate)
    except (LookupError, ValueError, TypeError, OverflowError):
        # Wrong arguments: Terraform refuses them.
        return unknown
    return unknown if found is None else found


def _apply(expression: hcl.Call, arguments: list[Value], evaluate: Evaluator) -> Value | None:
    name = expression.name.removeprefix("core::")
    function = _PURE.get(name)
    if function is not None:
        return function(expression, arguments)
    return hcl_file_functions.call(name, expression, arguments, evaluate)


def _try(expression: hcl.Call, evaluate: Evaluator) -> Value:
    """``try(a, b)``: the first that exists.  One that cannot be judged makes the whole unknown."""
    for argument in expression.arguments:
        try:
            found = evaluate(argument)
        except Missing:
            continue
        if expression.name == "try":
            return found
        known = not isinstance(found, Computed)
        return Known(True, expression.span) if known else Computed(f"${{{expression.text}}}", expression.span)
    if expression.name == "can":
        return Known(False, expression.span)
    raise Missing(expression.text)
