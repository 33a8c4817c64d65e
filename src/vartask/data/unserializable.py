"""Calls whose result has a known type, and decorators that change nothing of a handler's arguments and result.

Written by hand, no script refreshes it.  The types are those of the standard library's documentation; each call is made
by a test on the running Python, and each type given to the runtime's own encoder.
"""

from __future__ import annotations

from typing import Final

CALLS: Final = {
    "builtins.bool": "bool",
    "builtins.bytearray": "bytearray",
    "builtins.bytes": "bytes",
    "builtins.complex": "complex",
    "builtins.dict": "dict",
    "builtins.enumerate": "enumerate",
    "builtins.filter": "filter",
    "builtins.float": "float",
    "builtins.frozenset": "frozenset",
    "builtins.int": "int",
    "builtins.len": "int",
    "builtins.list": "list",
    "builtins.map": "map",
    "builtins.object": "object",
    "builtins.range": "range",
    "builtins.repr": "str",
    "builtins.set": "set",
    "builtins.sorted": "list",
    "builtins.str": "str",
    "builtins.tuple": "tuple",
    "builtins.zip": "zip",
    "datetime.date": "date",
    "datetime.date.fromisoformat": "date",
    "datetime.date.fromtimestamp": "date",
    "datetime.date.today": "date",
    "datetime.datetime": "datetime",
    "datetime.datetime.combine": "datetime",
    "datetime.datetime.fromisoformat": "datetime",
    "datetime.datetime.fromtimestamp": "datetime",
    "datetime.datetime.now": "datetime",
    "datetime.datetime.strptime": "datetime",
    "datetime.datetime.today": "datetime",
    "datetime.datetime.utcfromtimestamp": "datetime",
    "datetime.datetime.utcnow": "datetime",
    "datetime.timedelta": "timedelta",
    "io.BytesIO": "BytesIO",
    "io.StringIO": "StringIO",
    "json.dumps": "str",
    "json.JSONEncoder": "JSONEncoder",
    "pathlib.Path": "PosixPath",
    "re.compile": "Pattern",
    "threading.Thread": "Thread",
    "uuid.UUID": "UUID",
    "uuid.uuid1": "UUID",
    "uuid.uuid3": "UUID",
    "uuid.uuid4": "UUID",
    "uuid.uuid5": "UUID",
}
"""What is called, and the ``__name__`` of the type of what it gives."""

EXCEPTIONS: Final = frozenset(
    {
        "ArithmeticError", "AssertionError", "AttributeError", "BaseException", "ConnectionError", "Exception",
        "KeyError", "LookupError", "NotImplementedError", "OSError", "PermissionError", "RuntimeError", "TimeoutError",
        "TypeError", "ValueError",
    }
)  # fmt: skip
"""Built-in exceptions: calling one gives an instance of it."""

FUNCTIONS: Final = frozenset(
    {
        "abs", "all", "any", "callable", "chr", "dir", "divmod", "eval", "exec", "format", "getattr", "hasattr", "hash",
        "hex", "id", "isinstance", "issubclass", "iter", "len", "max", "min", "next", "oct", "ord", "pow", "print",
        "repr", "round", "setattr", "sorted", "sum", "vars",
    }
)  # fmt: skip
"""Built-in functions, of the type ``builtin_function_or_method``."""

TYPES: Final = frozenset(
    {
        "bool", "bytearray", "bytes", "complex", "dict", "enumerate", "filter", "float", "frozenset", "int", "list",
        "map", "object", "range", "set", "str", "tuple", "type", "zip",
    }
)  # fmt: skip
"""Built-in types."""

ENCODED: Final = frozenset({"NoneType", "bool", "bytes", "dict", "float", "int", "list", "str", "tuple"})
"""Types that the runtime's encoder takes, what they hold aside (``lambda_runtime_marshaller.Encoder``)."""

NOT_CALLABLE: Final = frozenset(
    {
        "NoneType", "async_generator", "bool", "bytearray", "bytes", "complex", "coroutine", "date", "datetime", "dict",
        "ellipsis", "float", "frozenset", "generator", "int", "list", "range", "set", "str", "timedelta", "tuple",
    }
)  # fmt: skip
"""Types without ``__call__``."""

_POWERTOOLS: Final = (
    "aws_lambda_powertools.Logger().inject_lambda_context",
    "aws_lambda_powertools.Metrics().log_metrics",
    "aws_lambda_powertools.Tracer().capture_lambda_handler",
    "aws_lambda_powertools.logging.Logger().inject_lambda_context",
    "aws_lambda_powertools.metrics.Metrics().log_metrics",
    "aws_lambda_powertools.tracing.Tracer().capture_lambda_handler",
)

TRANSPARENT: Final = frozenset({name + call for name in _POWERTOOLS for call in ("", "()")} | {"typing.no_type_check"})
"""Decorators that call the handler with the event and context and return its result as it is.

Source: aws_lambda_powertools 2 and 3 on PyPI: ``logging/logger.py``, ``tracing/tracer.py`` and
``metrics/provider/base.py``.
"""
