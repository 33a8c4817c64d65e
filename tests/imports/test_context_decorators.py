from __future__ import annotations

import pytest

from imports.context_project import found, gaps, trace

HANDLER = "\ndef handler(event, context):\n    return context.arn\n"


@pytest.mark.parametrize(
    "head",
    [
        "from aws_lambda_powertools import Logger\nlogger = Logger()\n@logger.inject_lambda_context(log_event=True)",
        "from shared import tracer\n@tracer.capture_lambda_handler",
        "from aws_lambda_powertools.utilities.data_classes import event_source\n@event_source(data_class=x)",
        "from aws_lambda_powertools.utilities.idempotency import idempotent\n@idempotent(persistence_store=x)",
        "from aws_xray_sdk.core import xray_recorder\n@xray_recorder.capture('x')",
        "from datadog_lambda.wrapper import datadog_lambda_wrapper as w\n@w",
    ],
)
def test_decorators_known_to_pass_the_context_on_are_seen_through(head: str) -> None:
    assert len(found(app=head + HANDLER)) == 1


@pytest.mark.parametrize(
    "decorator",
    [
        (
            "def deco(fn):\n    def wrapper(event, context):\n        return fn(event, context)\n"
            "    return wrapper\n@deco"
        ),
        (
            "def deco(fn):\n    def wrapper(*args, **kwargs):\n        return fn(*args, **kwargs)\n"
            "    return wrapper\n@deco"
        ),
        "def deco(fn):\n    def wrapper(event, *args):\n        return fn(event, *args)\n    return wrapper\n@deco",
        "def deco(fn):\n    def wrapper(e, c, **kw):\n        return fn(e, context=c)\n    return wrapper\n@deco",
        "def deco(fn):\n    REGISTRY.append(fn)\n    return fn\n@deco",
        (
            "def deco(x):\n    def real(fn):\n        def w(e, c):\n            return fn(e, c)\n"
            "        return w\n    return real\n@deco(1)"
        ),
        (
            "import functools\ndef deco(fn):\n    @functools.wraps(fn)\n    async def w(e, c):\n"
            "        return await fn(e, c)\n    return w\n@deco"
        ),
        (
            "from m import lambda_handler_decorator\n@lambda_handler_decorator\n"
            "def deco(handler, event, context):\n    return handler(event, context)\n@deco"
        ),
    ],
)
def test_decorators_of_the_project_that_pass_the_context_on_are_seen_through(decorator: str) -> None:
    assert len(found(app=decorator + HANDLER)) == 1


@pytest.mark.parametrize(
    "decorator",
    [
        "from aws_durable_execution_sdk_python import durable_execution\n@durable_execution",
        (
            "def deco(fn):\n    def wrapper(event, context):\n        return fn(event, Wrapped(context))\n"
            "    return wrapper\n@deco"
        ),
        (
            "def deco(fn):\n    def w(event, context):\n        context = Other()\n"
            "        return fn(event, context)\n    return w\n@deco"
        ),
        (
            "def deco(fn):\n    def wrapper(event, context):\n        return fn(context, event)\n"
            "    return wrapper\n@deco"
        ),
        (
            "def deco(fn):\n    def wrapper(*args):\n        args = ()\n        return fn(*args)\n"
            "    return wrapper\n@deco"
        ),
        "def deco(fn):\n    return Runner(fn)\n@deco",
        "class deco:\n    def __init__(self, fn): pass\n@deco",
        "@registry['x']",
    ],
)
def test_a_decorator_that_may_pass_something_else_is_one_gap(decorator: str) -> None:
    (gap,) = gaps(app=decorator + HANDLER)
    assert "may pass another context" in gap


def test_an_unknown_decorator_above_correct_code_is_no_gap() -> None:
    assert gaps(app="@unknown\ndef handler(event, context):\n    return context.aws_request_id\n") == []


def test_the_decorators_own_wrapper_receives_the_context() -> None:
    mid = """
        def logged(fn):
            def wrapper(event, context):
                print(context.request_id)
                return fn(event, context)
            return wrapper
    """
    app = "from mid import logged\n@logged\ndef handler(event, context): pass\n"
    (use,) = trace(app=app, mid=mid).uses
    assert (str(use.span), use.attribute) == ("mid.py:4", "request_id")
    assert use.because[-1].message == "the decorator's `wrapper` receives it"


def test_a_handler_wrapped_by_assignment_is_seen_through_like_a_decorator() -> None:
    deco = "def deco(fn):\n    def wrapper(event, context):\n        return fn(event, context)\n    return wrapper\n"
    main = "def main(event, context):\n    return context.arn\n"
    assert len(found(app=f"{deco}{main}handler = deco(main)\n")) == 1
    assert len(gaps(app=f"from lib import unknown\n{main}handler = unknown(main)\n")) == 1
