from __future__ import annotations

import pytest

from imports.context_project import found, gaps, trace
from vartask.model import Span

BAD = "app.py:3 request_id"


def body(*lines: str) -> str:
    """A handler with these lines, the first of which is line 2."""
    return "def handler(event, context):\n" + "".join(f"    {line}\n" for line in lines)


def test_an_attribute_that_lambda_does_not_have_is_found_with_the_right_one() -> None:
    (use,) = trace(app=body("return context.request_id")).uses
    assert (use.attribute, use.owner, use.suggestion) == ("request_id", "LambdaContext", "aws_request_id")
    assert use.span == Span("app.py", 2, 12, 2, 30)
    assert [cause.message for cause in use.because] == [
        "Lambda passes its context to the handler `handler` as `context`"
    ]
    assert use.because[0].span == Span("app.py", 1, 20, 1, 27)
    assert not use.caught


def test_every_real_attribute_is_fine() -> None:
    source = body(
        "a = context.aws_request_id, context.log_group_name, context.memory_limit_in_mb, context.tenant_id",
        "b = context.get_remaining_time_in_millis(), context.log('x'), context.w3c(), context.__class__",
        "c = context.identity.cognito_identity_id, context.client_context.client.app_title",
        "return context.client_context.custom['x'], context.client_context.env",
    )
    assert found(app=source) == []


def test_the_second_parameter_is_the_context_whatever_its_name() -> None:
    assert found(app="def handler(event, stream):\n    stream.write('x')\n") == ["app.py:2 write"]
    assert found(app="def handler(context, event):\n    context.x\n    event.y\n") == ["app.py:3 y"]


def test_the_objects_inside_the_context_are_known_too() -> None:
    source = body(
        "a = context.identity.user_id", "b = context.client_context.headers", "c = context.client_context.client.x"
    )
    uses = trace(app=source).uses
    assert [(use.owner, use.attribute) for use in uses] == [
        ("CognitoIdentity", "user_id"),
        ("ClientContext", "headers"),
        ("Client", "x"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ("ctx = context", "return ctx.request_id"),
        ("ctx: object = context", "return ctx.request_id"),
        ("a, ctx = event, context", "return ctx.request_id"),
        ("if (ctx := context):", "    return ctx.request_id"),
        ("identity = context.identity", "return identity.request_id"),
        ("x = 1", "return f'{event} {context.request_id}'"),
        ("x = 1", "return [context.request_id for item in event]"),
        ("x = 1", "return (lambda: context.request_id)()"),
        ("def inner():", "    return context.request_id"),
        ("for item in event:", "    print(context.request_id)"),
        ("with open('x') as f:", "    f.write(context.request_id)"),
        ("while event:", "    event = context.request_id"),
        ("x = 1", "return getattr(context, 'request_id')"),
        ("if context is None: context = Fake()", "return context.request_id"),
        ("context = context or Fake()", "return context.request_id"),
        ("if not hasattr(context, 'request_id'):", "    print(context.request_id)"),
        ("if isinstance(context, dict): return 1", "return context.request_id"),
        ("if isinstance(context, Durable): context.step()", "return context.request_id"),
        ("match event:", "    case 1: return context.request_id"),
        ("try: pass", "except ValueError: context.request_id"),
        ("class Inner:", "    id = context.request_id"),
    ],
)
def test_the_context_is_followed_through_statements(lines: tuple[str, ...]) -> None:
    assert found(app=body(*lines)) == [BAD]


@pytest.mark.parametrize(
    "lines",
    [
        ("context = Fake()", "return context.request_id"),
        ("del context", "context.request_id"),
        ("if event: context = Fake()", "return context.request_id"),
        ("for context in event:", "    context.request_id"),
        ("with make() as context:", "    context.request_id"),
        ("return [context.request_id", "        for context in event]"),
        ("x = lambda context: context.request_id",),
        ("def inner(context):", "    return context.request_id"),
        ("x = getattr(context, 'request_id', None)",),
        ("if hasattr(context, 'request_id'):", "    return context.request_id"),
        ("if not hasattr(context, 'request_id'): return 1", "return context.request_id"),
        ("x = context.request_id if hasattr(context, 'request_id') else 1",),
        ("x = hasattr(context, 'request_id') and context.request_id",),
        ("if isinstance(context, Durable):", "    return context.request_id"),
        ("if type(context).__name__ == 'Durable':", "    return context.request_id"),
        ("if 'request_id' in dir(context):", "    return context.request_id"),
        ("try: x = context.request_id", "except AttributeError: x = 1"),
        ("try: x = context.request_id", "except (KeyError, AttributeError): x = 1"),
        ("try: x = context.request_id", "except Exception: x = 1"),
        ("try: x = context.request_id", "except: x = 1"),
        ("with suppress(AttributeError):", "    x = context.request_id"),
        ("with contextlib.suppress(Exception):", "    x = context.request_id"),
        ("context.request_id = 'x'", "return context.request_id"),
        ("setattr(context, 'request_id', 1)", "return context.request_id"),
        ("return 1", "return context.request_id"),
        ("def inner():", "    return context.request_id", "context = Fake()", "return inner()"),
        ("def inner():", "    nonlocal context", "    context = Fake()", "inner()", "return context.request_id"),
        ("if context is None:", "    return context.request_id"),
        ("from typing import TYPE_CHECKING", "if TYPE_CHECKING: context.request_id"),
        ("context, x = event", "return context.request_id"),
        ("match context:", "    case Durable(): return context.request_id"),
    ],
)
def test_what_may_not_be_the_context_or_is_guarded_is_not_reported(lines: tuple[str, ...]) -> None:
    assert found(app=body(*lines)) == []


def test_a_large_try_with_a_broad_except_hides_the_error_but_not_the_defect() -> None:
    source = body(
        "try:", "    if event:", "        return context.request_id", "except Exception as error:", "    raise"
    )
    (use,) = trace(app=source).uses
    assert use.caught


def test_the_context_is_followed_into_functions_of_the_module() -> None:
    source = """
        def handler(event, context):
            return respond(event, ctx=context)

        def respond(event, *, ctx=None):
            return deeper(ctx)

        def deeper(lambda_context):
            return lambda_context.functionName
    """
    (use,) = trace(app=source).uses
    assert (use.span.line, use.suggestion) == (9, "function_name")
    assert [(cause.message, cause.span.line if cause.span else 0) for cause in use.because] == [
        ("Lambda passes its context to the handler `handler` as `context`", 2),
        ("passed on to `respond` as `ctx`", 3),
        ("passed on to `deeper` as `lambda_context`", 6),
    ]


@pytest.mark.parametrize(
    ("statement", "call"),
    [
        ("from lib.helper import work", "work(event, context)"),
        ("from lib.helper import work as w", "w(event, context)"),
        ("import lib.helper", "lib.helper.work(event, context)"),
        ("import lib.helper as h", "h.work(event, context)"),
        ("from lib import helper", "helper.work(event, context)"),
        ("from lib import work", "work(event, context=context)"),
        ("from lib.helper import Service", "Service().run(event, context)"),
        ("from lib.helper import Service", "Service.make(event, context)"),
        ("from lib.helper import Service", "Service(context)"),
        ("from lib.helper import service", "service.run(event, context)"),
        ("from lib.helper import Service as S", "S.run(S(), event, context)"),
    ],
)
def test_the_context_is_followed_into_other_modules(statement: str, call: str) -> None:
    helper = """
        def work(event, context):
            return context.request_id

        class Service:
            def __init__(self, ctx=None):
                ctx.request_id

            def run(self, event, context):
                return context.request_id

            @classmethod
            def make(cls, event, context):
                return context.request_id

        service = Service()
    """
    app = f"{statement}\ndef handler(event, context):\n    return {call}\n"
    uses = trace(app=app, lib="from .helper import work", lib__helper=helper).uses
    assert [use.span.path for use in uses] == ["lib/helper.py"]


def test_imports_and_objects_inside_the_function_are_followed() -> None:
    app = """
        def handler(event, context):
            from helper import Service
            service = Service()
            return service.run(context)
    """
    helper = "class Base:\n    def run(self, c):\n        return c.arn\nclass Service(Base): pass\n"
    assert found(app=app, helper=helper) == ["helper.py:3 arn"]


def test_relative_imports_are_followed() -> None:
    modules = {
        "app": "from pkg.entry import handler",
        "pkg__entry": "from .work import run\nfrom . import more\ndef handler(e, c):\n    run(c)\n    more.go(c)\n",
        "pkg__work": "def run(c): c.arn\n",
        "pkg__more": "def go(c): c.version\n",
    }
    assert found(**modules) == ["pkg/more.py:1 version", "pkg/work.py:1 arn"]


def test_a_local_name_hides_the_function_of_the_same_name() -> None:
    source = "def work(c): c.arn\ndef handler(event, context, work=None):\n    work(context)\n"
    assert found(app=source) == []


def test_arguments_that_are_not_the_context_are_not_followed() -> None:
    source = "def work(e, c): e.arn\ndef handler(event, context):\n    work(event, context)\n    work(*event)\n"
    assert found(app=source) == []


def test_recursion_ends() -> None:
    source = "def handler(event, context):\n    context.arn\n    return handler(event, context)\n"
    assert found(app=source) == ["app.py:2 arn"]


def test_the_context_in_an_attribute_of_self_is_followed() -> None:
    source = """
        class Job:
            def __init__(self, event, context):
                self.event = event
                self.context = context

            def run(self):
                return self.context.request_id, self.event.request_id

        def handler(event, context):
            return Job(event, context).run()
    """
    assert found(app=source) == ["app.py:8 request_id"]


def test_an_attribute_of_self_that_is_assigned_twice_is_not_followed() -> None:
    source = """
        class Job:
            def __init__(self, context):
                self.context = context

            def use(self, other):
                self.context = other
                return self.context.step

        def handler(event, context):
            Job(context)
    """
    assert found(app=source) == []


@pytest.mark.parametrize(
    "source",
    [
        "class H:\n    def __call__(self, event, context):\n        return context.arn\nhandler = H()\n",
        "class H:\n    def run(self, event, context):\n        return context.arn\nhandler = H().run\n",
        "class H:\n    @staticmethod\n    def run(event, context): return context.arn\nhandler = H.run\n",
        "def main(event, context):\n    if event:\n        return context.arn\nhandler = main\n",
        "x = 1\nx = 2\nhandler = lambda event, context: context.arn\n",
        "x = 1\nimport functools\nhandler = functools.partial(lambda event, context: context.arn)\n",
        "def main(e, c):\n    e\n    c.arn\nfrom aws_xray_sdk.core import xray as x\nhandler = x.capture(1)(main)\n",
        "try: pass\nexcept: pass\nasync def handler(event, context): context.arn\n",
    ],
)
def test_handlers_of_every_shape_are_followed(source: str) -> None:
    assert found(app=source) == ["app.py:3 arn"]


def test_a_third_party_object_as_handler_says_nothing() -> None:
    assert found(app="from mangum import Mangum\napp = object()\nhandler = Mangum(app)\n") == []


def test_a_handler_made_by_a_function_of_the_project_is_a_gap() -> None:
    source = "def make(name):\n    return lambda event, context: context.arn\nhandler = make('x')\n"
    assert gaps(app=source) == ["app.py:3 `make` makes the handler `handler`: its context is not followed"]


def test_a_handler_with_one_parameter_or_with_stars_says_nothing() -> None:
    assert found(app="def handler(event): return event.x\n") == []
    assert found(app="def handler(*args): return args[1].x\n") == []


def test_a_missing_handler_says_nothing() -> None:
    assert found("other", app="def handler(event, context): context.x\n") == []


def test_attributes_assigned_in_any_module_on_the_way_are_legal() -> None:
    app = "from mid import enrich\ndef handler(event, context):\n    enrich(context)\n    return context.user\n"
    assert found(app=app, mid="def enrich(context):\n    context.user = 'x'\n") == []


@pytest.mark.parametrize(
    "annotation",
    [
        "LambdaContext",
        "'LambdaContext'",
        "Any",
        "dict",
        "Optional[LambdaContext]",
        "x.LambdaContext | None",
        "Context",
        "object",
        "Dict[str, Any]",
    ],
)
def test_an_annotation_that_fits_changes_nothing(annotation: str) -> None:
    assert found(app=f"def handler(event, context: {annotation}):\n    context.arn\n") == ["app.py:2 arn"]


def test_a_parameter_of_another_declared_type_is_a_gap_and_only_if_it_matters() -> None:
    source = "def handler(event, context: DurableContext):\n    return context.{}\n"
    (gap,) = gaps(app=source.format("step()"))
    assert gap.startswith("app.py:1 `context` is declared as `DurableContext`, not as Lambda's context: ")
    assert gap.endswith("cannot tell whether `step` exists on it")
    assert gaps(app=source.format("aws_request_id")) == []


def test_a_handler_that_is_defined_twice_is_a_gap() -> None:
    source = (
        "if X:\n    def handler(event, context): context.arn\nelse:\n    def handler(event, context): context.name\n"
    )
    assert len(gaps(app=source)) == 1


def test_a_certain_way_to_a_function_beats_a_doubtful_one() -> None:
    source = """
        def handler(event, context):
            work(context)
            other(context)

        def other(context: Special):
            work(context)

        def work(c):
            c.arn
    """
    assert found(app=source) == ["app.py:10 arn"]


def test_deep_expressions_are_a_doubt_and_not_a_crash() -> None:
    result = trace(app=body("if event: return context.arn", "return " + "1 + " * 900 + "1"))
    assert result.uses or result.gaps
