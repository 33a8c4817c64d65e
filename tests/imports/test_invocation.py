"""What is found of a call stands where the code is to be changed, and doubts are gaps."""

from __future__ import annotations

import ast
import builtins
from pathlib import Path

import pytest
from awslambdaric.lambda_runtime_marshaller import to_json  # type: ignore[import-untyped]

from deployments import deployed
from vartask.data.unserializable import CALLS, ENCODED, EXCEPTIONS, FUNCTIONS, NOT_CALLABLE, TYPES
from vartask.imports.arguments import refusal
from vartask.model import InvocationOutcome


def outcomes(directory: Path, files: dict[str, str], handler: str = "app.handler") -> list[tuple[str, str, int]]:
    found = deployed(directory, files, handler).invocation
    return [(item.kind, item.span.path, item.span.line) for item in found]


def test_a_handler_of_another_module_is_judged_where_it_is_defined(tmp_path: Path) -> None:
    files = {
        "app.py": "from pkg import handler\n",
        "pkg/__init__.py": "from .impl import run as handler\n",
        "pkg/impl.py": "\ndef run(event):\n    return 1\n",
    }
    assert outcomes(tmp_path, files) == [("arguments", "pkg/impl.py", 2)]


def test_every_return_that_cannot_be_sent_is_named(tmp_path: Path) -> None:
    text = "def handler(event, context):\n    if event:\n        return {1}\n    return {'a': 1j}\n"
    assert outcomes(tmp_path, {"app.py": text}) == [("result", "app.py", 3), ("result", "app.py", 4)]


def test_a_decorated_handler_is_judged_inside_the_decorator_of_another_module(tmp_path: Path) -> None:
    deco = "def deco(fn):\n    def wrapper(*args):\n        return fn(*args)\n    return wrapper\n"
    files = {"app.py": "from deco import deco\n\n\n@deco\ndef handler(event):\n    return 1\n", "deco.py": deco}
    assert outcomes(tmp_path, files) == [("arguments", "app.py", 5)]


@pytest.mark.parametrize(
    "decorator",
    ["logger.inject_lambda_context", "logger.inject_lambda_context(log_event=True)", "tracer.capture_lambda_handler"],
)
def test_decorators_of_powertools_change_nothing(decorator: str, tmp_path: Path) -> None:
    text = (
        "from aws_lambda_powertools import Logger, Tracer\n\nlogger, x = Logger(), 1\nlogger = Logger(service='x')\n"
        f"tracer = Tracer()\n\n\n@{decorator}\nasync def handler(event, context):\n    return 1\n"
    )
    assert outcomes(tmp_path, {"app.py": text}) == [("result", "app.py", 9)]


@pytest.mark.parametrize(
    "text",
    [
        "import os\n\n\ndef handler(event, context):\n    if os.environ.get('LOCAL'):\n        return {1}\n    return 1\n",
        "def handler(event, context, raw=False):\n    if raw:\n        return 1\n    return {1}\n",
        "DEBUG = False\n\n\ndef handler(event, context):\n    local = DEBUG\n    if local:\n        return {1}\n",
        "class H:\n    def run(self, event, context):\n        if self.local:\n            return {1}\n\n\nhandler = H().run\n",
    ],
)
def test_a_result_that_only_other_runs_may_come_to_is_a_gap(text: str, tmp_path: Path) -> None:
    deployment = deployed(tmp_path, {"app.py": text})
    assert deployment.invocation == ()
    assert [gap.span.line for gap in deployment.gaps if "cannot be sent" in gap.reason] == [
        next(number for number, line in enumerate(text.splitlines(), 1) if "{1}" in line)
    ]


@pytest.mark.parametrize("text", ["class A:\n    def h(self):\n        pass\n\n\nhandler = A.h\n"])
def test_without_a_known_version_a_text_that_depends_on_it_is_left_out(text: str, tmp_path: Path) -> None:
    (outcome,) = deployed(tmp_path, {"app.py": text}, runtime=None).invocation
    assert isinstance(outcome, InvocationOutcome)
    assert outcome.error is None


def test_a_handler_that_is_refused_before_is_not_called(tmp_path: Path) -> None:
    assert deployed(tmp_path, {"app.py": "def other(event):\n    pass\n"}).invocation == ()


def test_the_name_of_a_module_is_no_function(tmp_path: Path) -> None:
    files = {"app.py": "def handler(event, context):\n    return 1\n"}
    (outcome,) = deployed(tmp_path, files, "app.__name__").invocation
    assert outcome.error == "TypeError: 'str' object is not callable"


def test_recursion_ends(tmp_path: Path) -> None:
    files = {"app.py": "from b import handler\nx = handler\n", "b.py": "from app import x as handler\n"}
    assert outcomes(tmp_path, files) == []
    loop = "def f():\n    return f()\n\n\nhandler = f()\n"
    assert outcomes(tmp_path, {"app.py": loop}) == []


# -- tables against the running Python ----------------------------------------------------------------

ARGUMENTS = {
    "datetime.date.fromisoformat": "'2020-01-01'", "datetime.date.fromtimestamp": "0", "datetime.date": "2020, 1, 1",
    "datetime.datetime": "2020, 1, 1", "datetime.datetime.combine": "datetime.date(2020, 1, 1), datetime.time()",
    "datetime.datetime.fromisoformat": "'2020-01-01'", "datetime.datetime.fromtimestamp": "0",
    "datetime.datetime.strptime": "'2020', '%Y'", "datetime.datetime.utcfromtimestamp": "0", "re.compile": "'x'",
    "uuid.UUID": "int=1", "uuid.uuid3": "uuid.NAMESPACE_URL, 'x'", "uuid.uuid5": "uuid.NAMESPACE_URL, 'x'",
    "json.dumps": "1", "builtins.enumerate": "[]", "builtins.filter": "None, []", "builtins.map": "str, []",
    "builtins.range": "1", "builtins.len": "[]", "builtins.repr": "1", "builtins.sorted": "[]",
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_call_gives_the_type_of_the_table(name: str) -> None:
    module = name.partition(".")[0]
    made = eval(f"{name}({ARGUMENTS.get(name, '')})", {module: __import__(module), "datetime": __import__("datetime")})  # noqa: S307
    assert type(made).__name__ == CALLS[name]


@pytest.mark.parametrize("name", sorted(set(CALLS.values())))
def test_the_encoder_takes_the_types_of_the_table_and_no_other(name: str) -> None:
    made = {"NoneType": None}.get(name)
    call = next(call for call, kind in CALLS.items() if kind == name)
    module = call.partition(".")[0]
    made = eval(f"{call}({ARGUMENTS.get(call, '')})", {module: __import__(module), "datetime": __import__("datetime")})  # noqa: S307
    if name in ENCODED:
        to_json(made)
    else:
        with pytest.raises(TypeError, match=f"Object of type {name} is not JSON serializable"):
            to_json(made)


def test_built_ins_are_what_the_tables_say() -> None:
    assert {type(getattr(builtins, name)).__name__ for name in FUNCTIONS} == {"builtin_function_or_method"}
    assert {type(getattr(builtins, name)) for name in TYPES | EXCEPTIONS} == {type}
    for name in EXCEPTIONS - {"OSError"}:
        assert type(getattr(builtins, name)("x", "y")).__name__ == name


def test_types_that_are_not_callable_are_not() -> None:
    import datetime as dt

    async def later() -> None: ...

    coroutine = later()
    iter_nothing = (number for number in range(0))
    made: list[object] = [None, True, b"", bytearray(), 1j, ..., 1.0, 1, "", (), [], {}, set(), frozenset(), range(1), coroutine,
            dt.datetime.now(tz=dt.timezone.utc), dt.date(2020, 1, 1), dt.timedelta(), iter_nothing]  # fmt: skip
    assert not any(callable(item) for item in made)
    coroutine.close()
    assert {type(item).__name__ for item in made} == NOT_CALLABLE - {"async_generator"}


def test_every_mix_of_parameters_is_refused_in_pythons_words() -> None:
    from itertools import product

    positional = ["", "a", "a=1", "a, b", "a, b=1", "a, b, c", "a, /", "a, /, b", "a, b, c, d"]
    rest = ["", "*args", "*, k", "*, k=1", "*, k, m", "*args, k", "**kw", "*, k, **kw"]
    calls: list[tuple[int, dict[str, int]]] = [(count, {}) for count in range(5)]
    calls += [(count, {"k": 1}) for count in (0, 1, 3)] + [(2, {"a": 1}), (1, {"b": 1}), (2, {"k": 1, "m": 2})]
    checked = 0
    for first, second in product(positional, rest):
        source = f"lambda {', '.join(part for part in (first, second) if part)}: None"
        arguments = ast.parse(source, mode="eval").body.args  # type: ignore[attr-defined]
        function = eval(source)  # noqa: S307 - the reference is Python itself
        for count, keywords in calls:
            try:
                function(*range(count), **keywords)
                said = None
            except TypeError as error:
                said = str(error).partition(". Did you mean")[0]
            assert refusal("<lambda>", arguments, count, tuple(keywords)) == said, (source, count, keywords)
            checked += said is not None
    assert checked > 300
