"""Handlers for the tests of invocation: their source by name.

``FAILING`` fail when the runtime calls them, ``WORKING`` do not; ``UNDECIDED`` are not judged, whatever they do.
"""

from __future__ import annotations

_ARGUMENTS = {
    "one": "def handler(event):\n    return 1\n",
    "none": "def handler():\n    return 1\n",
    "three": "def handler(event, context, third):\n    return 1\n",
    "four": "def handler(event, context, third, fourth):\n    return 1\n",
    "five": "def handler(event, context, third, fourth, fifth):\n    return 1\n",
    "default": "def handler(event=None):\n    return 1\n",
    "keyword_only": "def handler(event, context, *, db):\n    return 1\n",
    "keyword_only_two": "def handler(event, context, *, db, cache, size=1):\n    return 1\n",
    "keyword_only_three": "def handler(*args, a, b, c):\n    return 1\n",
    "one_and_keyword_only": "def handler(event, *, db=None):\n    return 1\n",
    "positional_only": "def handler(event, /):\n    return 1\n",
    "kwargs": "def handler(event, **kwargs):\n    return 1\n",
    "only_kwargs": "def handler(**kwargs):\n    return 1\n",
    "lambda": "handler = lambda event: 1\n",
    "lambda_three": "handler = lambda event, context, third: 1\n",
    "async_one": "async def handler(event):\n    return 1\n",
    "generator_one": "def handler(event):\n    yield 1\n",
    "unbound": "class A:\n    def handle(self, event, context):\n        return 1\n\n\nhandler = A.handle\n",
    "bound": "class A:\n    def handle(self, event):\n        return 1\n\n\nhandler = A().handle\n",
    "static": "class A:\n    @staticmethod\n    def handle(self, event, context):\n        return 1\n\n\nhandler = A.handle\n",
    "class_method": "class A:\n    @classmethod\n    def handle(cls, event):\n        return 1\n\n\nhandler = A.handle\n",
    "inherited": "class B:\n    def handle(self, event):\n        return 1\n\n\nclass A(B):\n    pass\n\n\nhandler = A().handle\n",
    "call": "class A:\n    def __call__(self, event):\n        return 1\n\n\nhandler = A()\n",
    "class_init": "class handler:\n    def __init__(self, event):\n        pass\n",
    "class_plain": "class handler:\n    pass\n",
    "class_empty_base": "class B(object):\n    pass\n\n\nclass handler(B):\n    x = 1\n",
    "alias": "def main(event):\n    return 1\n\n\nhandler = main\n",
    "rebound": "def handler(event, context):\n    return 1\n\n\ndef handler(event):\n    return 1\n",
    "partial": "import functools\n\n\ndef main(event):\n    return 1\n\n\nhandler = functools.partial(main, 1)\n",
    "partial_name": "from functools import partial\n\n\ndef main(a, event):\n    return 1\n\n\nhandler = partial(main, 1)\n",
    "partial_keyword": "from functools import partial\n\n\ndef main(event, context):\n    return 1\n\n\nhandler = partial(main, context=1)\n",
    "partial_only": "from functools import partial\n\n\ndef main(event, *, db):\n    return 1\n\n\nhandler = partial(main, db=1)\n",
    "partial_of_partial": "from functools import partial\n\n\ndef main(a, b, c):\n    return 1\n\n\nhandler = partial(partial(main, 1), 2)\n",
    "conditional": "import sys\nif sys.version_info >= (3, 8):\n    def handler(event):\n        return 1\nelse:\n    def handler(event, context):\n        return 1\n",
    "with_block": "import contextlib\nwith contextlib.nullcontext():\n    def handler(event):\n        return 1\n",
    "nested": "def make():\n    def inner(event):\n        return 1\n\n    return inner\n\n\nhandler = make()\n",
    "nested_lambda": "def make():\n    return lambda event: 1\n\n\nhandler = make()\n",
    "tuple_of": "def a(event):\n    return 1\n\n\nb = handler = a\n",
}  # fmt: skip

_WRAP = "import functools\n\n\ndef deco(fn):\n    @functools.wraps(fn)\n    def wrapper({taken}):\n        {body}\n\n    return wrapper\n\n\n@deco\n"
_DECORATED = {
    "wraps": _WRAP.format(taken="event", body="return fn(event)") + "def handler(event):\n    return 1\n",
    "wraps_passes": _WRAP.format(taken="event, context", body="return fn(event, context)")
    + "def handler(event):\n    return 1\n",
    "wraps_star": _WRAP.format(taken="*args, **kwargs", body="return fn(*args, **kwargs)")
    + "def handler(event):\n    return 1\n",
    "wraps_star_assigned": _WRAP.format(taken="*args, **kwargs", body="out = fn(*args, **kwargs)\n        return out")
    + "def handler(event):\n    return 1\n",
    "wraps_mixed": _WRAP.format(taken="event, *args", body="return fn(event, *args)")
    + "def handler(event):\n    return 1\n",
    "wraps_result": _WRAP.format(taken="*args, **kwargs", body="return fn(*args, **kwargs)")
    + "def handler(event, context):\n    return {1}\n",
    "wraps_result_in_try": _WRAP.format(
        taken="event, context",
        body="try:\n            return fn(event, context)\n        except ValueError:\n            return None",
    )
    + "def handler(event, context):\n    return {1}\n",
    "wraps_coroutine": _WRAP.format(taken="event, context", body="return fn(event, context)")
    + "async def handler(event, context):\n    return 1\n",
    "wraps_own_result": _WRAP.format(taken="event, context", body="return {1}")
    + "def handler(event, context):\n    return 1\n",
    "no_wraps": "def deco(fn):\n    def wrapper(event):\n        return fn(event)\n\n    return wrapper\n\n\n@deco\ndef handler(event):\n    return 1\n",
    "factory": "import functools\n\n\ndef deco(name):\n    def inner(fn):\n        @functools.wraps(fn)\n        def wrapper(event):\n            return fn(event)\n\n        return wrapper\n\n    return inner\n\n\n@deco('x')\ndef handler(event):\n    return 1\n",
    "called": "def deco(fn):\n    return fn\n\n\ndef main(event):\n    return 1\n\n\nhandler = deco(main)\n",
    "forgotten": "def deco(fn):\n    def wrapper(event, context):\n        return fn(event, context)\n\n\n@deco\ndef handler(event, context):\n    return 1\n",
    "class_decorator": "class Deco:\n    def __init__(self, fn):\n        self.fn = fn\n\n    def __call__(self, event):\n        return 1\n\n\n@Deco\ndef handler(event, context):\n    return 1\n",
    "class_without_call": "class Deco:\n    def __init__(self, fn):\n        self.fn = fn\n\n\n@Deco\ndef handler(event, context):\n    return 1\n",
    "twice": _WRAP.format(taken="*args", body="return fn(*args)") + "@deco\ndef handler(event):\n    return 1\n",
}  # fmt: skip

_NOT_CALLABLE = {
    "literal_none": "handler = None\n",
    "literal_int": "handler = 5\n",
    "literal_str": "handler = 'app.main'\n",
    "literal_dict": "def main(event, context):\n    return 1\n\n\nhandler = {'a': main}\n",
    "literal_list": "handler = []\n",
    "literal_tuple": "handler = (1, 2)\n",
    "module": "import helper as handler\n",
    "instance": "class A:\n    pass\n\n\nhandler = A()\n",
    "instance_inherited": "class B:\n    pass\n\n\nclass A(B):\n    def run(self):\n        pass\n\n\nhandler = A()\n",
    "dataclass_instance": "import dataclasses\n\n\n@dataclasses.dataclass\nclass A:\n    x: int = 1\n\n\nhandler = A()\n",
    "annotated": "handler: object = None\n",
    "called_already": "def main(event=None, context=None):\n    return {'a': 1}\n\n\nhandler = main()\n",
    "called_none": "def main():\n    print('x')\n\n\nhandler = main()\n",
    "called_coroutine": "async def main():\n    pass\n\n\nhandler = main()\nhandler.close()\n",
}  # fmt: skip


def _returning(expression: str, before: str = "", inside: str = "") -> str:
    inner = "".join(f"    {line}\n" for line in inside.splitlines())
    return f"{before}\n\ndef handler(event, context):\n{inner}    return {expression}\n"


_RESULTS = {
    "coroutine": "async def handler(event, context):\n    return 1\n",
    "generator": "def handler(event, context):\n    yield 1\n",
    "generator_from": "def handler(event, context):\n    x = yield from [1]\n    return x\n",
    "async_generator": "async def handler(event, context):\n    yield 1\n",
    "method_coroutine": "class A:\n    async def handle(self, event, context):\n        return 1\n\n\nhandler = A().handle\n",
    "partial_coroutine": "import functools\n\n\nasync def main(a, event, context):\n    return 1\n\n\nhandler = functools.partial(main, 1)\n",
    "lambda_set": "handler = lambda event, context: {1}\n",
    "returns_coroutine": _returning("main()", "async def main():\n    return 1\n"),
    "returns_generator": _returning("main()", "def main():\n    yield 1\n"),
    "set": _returning("{1, 2}"),
    "set_comprehension": _returning("{x for x in 'ab'}"),
    "set_call": _returning("set()"),
    "frozenset_call": _returning("frozenset([1])"),
    "complex": _returning("1j"),
    "ellipsis": _returning("..."),
    "generator_expression": _returning("(x for x in 'ab')"),
    "range": _returning("range(3)"),
    "map": _returning("map(str, [1])"),
    "filter": _returning("filter(None, [1])"),
    "zip": _returning("zip([1], [2])"),
    "object": _returning("object()"),
    "bytearray": _returning("bytearray(b'x')"),
    "now": _returning("datetime.datetime.now()", "import datetime\n"),
    "now_from": _returning("datetime.now()", "from datetime import datetime\n"),
    "now_aware": _returning("datetime.now(timezone.utc)", "from datetime import datetime, timezone\n"),
    "utcnow_alias": _returning("dt.datetime.utcnow()", "import datetime as dt\n"),
    "date": _returning("{'d': date.today()}", "from datetime import date\n"),
    "timedelta": _returning("[timedelta(days=1)]", "from datetime import timedelta\n"),
    "uuid": _returning("{'id': uuid.uuid4()}", "import uuid\n"),
    "path": _returning("{'p': Path('/tmp')}", "from pathlib import Path\n"),
    "pattern": _returning("re.compile('x')", "import re\n"),
    "environ": _returning("os.environ", "import os\n"),
    "context": _returning("context"),
    "context_nested": _returning("{'statusCode': 200, 'context': context}"),
    "function": _returning("other", "def other():\n    pass\n"),
    "nested_function": _returning("inner", inside="def inner():\n    pass\n"),
    "class": _returning("Other", "class Other:\n    pass\n"),
    "instance": _returning("Other()", "class Other:\n    pass\n"),
    "instance_with_init": _returning("Other(event)", "class Other:\n    def __init__(self, x):\n        self.x = x\n"),
    "instance_derived": _returning("Other()", "class Base:\n    pass\n\n\nclass Other(Base):\n    pass\n"),
    "instance_dataclass": _returning(
        "{'o': Other(1)}", "from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\nclass Other:\n    x: int\n"
    ),
    "instance_exception": _returning("Other('x')", "class Other(Exception):\n    pass\n"),
    "instance_module_level": _returning("OTHER", "class Other:\n    pass\n\n\nOTHER = Other()\n"),
    "bound_method": _returning("Other().run", "class Other:\n    def run(self):\n        pass\n"),
    "module_object": _returning("helper", "import helper\n"),
    "partial_object": _returning("functools.partial(print)", "import functools\n"),
    "nested_dict": _returning("{'a': {'b': [1, {2}]}}"),
    "nested_tuple": _returning("{'a': (1, {2})}"),
    "nested_list": _returning("[[], [{'a': {1}}]]"),
    "list_comprehension": _returning("[{x} for x in 'ab']") ,
    "list_comprehension_of_event": _returning("[{x} for x in event]"),
    "tuple_key": _returning("{(1, 2): 3}"),
    "tuple_key_nested": _returning("{'a': {('b', 'c'): 1}}"),
    "frozenset_key": _returning("{frozenset(): 1}"),
    "datetime_key": _returning("{date.today(): 1}", "from datetime import date\n"),
    "value_before_key": _returning("{1: {2}, (1, 2): 3}"),
    "variable": _returning("found", inside="found = {1, 2}"),
    "variable_mutated": _returning("found", inside="found = set()\nfound.add(1)"),
    "variable_dict": _returning("found", inside="found = {'ids': {1, 2}}"),
    "variable_in_dict": _returning("{'statusCode': 200, 'body': found}", inside="found = set()"),
    "variable_dict_printed": _returning("found", inside="found = {'ids': {1, 2}}\nprint(found)"),
    "variable_twice": _returning("two", inside="one = {1}\ntwo = {'a': one}"),
    "helper_result": _returning("make()", "def make():\n    return {1}\n"),
    "helper_module": _returning("make()", "from helper import make\n"),
    "both_branches": _returning("{1} if event else {2}"),
    "in_if": "def handler(event, context):\n    if event.get('a'):\n        return {1}\n    return 1\n",
    "in_else": "def handler(event, context):\n    if not event:\n        return 1\n    else:\n        return {1}\n",
    "in_with": "import contextlib\n\n\ndef handler(event, context):\n    with contextlib.nullcontext():\n        return {1}\n",
    "in_try": "def handler(event, context):\n    try:\n        return {1}\n    finally:\n        print('x')\n",
    "in_local_condition": "def handler(event, context):\n    name = event['a']\n    if name == 1:\n        return {1}\n",
    "exception": "def handler(event, context):\n    try:\n        raise ValueError('x')\n    except ValueError as error:\n        return error\n",
    "exception_nested": "def handler(event, context):\n    try:\n        return event['b']\n    except KeyError as e:\n        return {'statusCode': 500, 'body': e}\n",
    "made_exception": _returning("Exception('x')"),
    "made_value_error": _returning("{'error': ValueError('x')}"),
    "builtin_function": _returning("print"),
    "builtin_type": _returning("{'type': set}"),
    "builtin_exception": _returning("ValueError"),
    "class_handler": "class handler:\n    def __init__(self, event, context):\n        self.event = event\n",
    "class_handler_exception": "class handler(Exception):\n    pass\n",
    "call_method": "class A:\n    def __call__(self, event, context):\n        return {1}\n\n\nhandler = A()\n",
    "helper_async_method": "class A:\n    async def run(self):\n        return 1\n\n\ndef handler(event, context):\n    return A().run()\n",
}  # fmt: skip

FAILING = {**_ARGUMENTS, **_DECORATED, **_NOT_CALLABLE, **_RESULTS}

WORKING = {
    "plain": "def handler(event, context):\n    return 1\n",
    "names": "def handler(a, b):\n    return 1\n",
    "third_default": "def handler(event, context, third=None):\n    return 1\n",
    "one_star": "def handler(event, *args):\n    return 1\n",
    "star": "def handler(*args, **kwargs):\n    return 1\n",
    "keyword_only_default": "def handler(event, context, *, db=None):\n    return 1\n",
    "all_default": "def handler(event=None, context=None):\n    return 1\n",
    "lambda": "handler = lambda event, context: 1\n",
    "method": "class A:\n    def handle(self, event, context):\n        return 1\n\n\nhandler = A().handle\n",
    "static": "class A:\n    @staticmethod\n    def handle(event, context):\n        return 1\n\n\nhandler = A.handle\n",
    "class_method": "class A:\n    @classmethod\n    def handle(cls, event, context):\n        return 1\n\n\nhandler = A.handle\n",
    "call": "class A:\n    def __call__(self, event, context):\n        return 1\n\n\nhandler = A()\n",
    "call_inherited": "class B:\n    def __call__(self, event, context):\n        return 1\n\n\nclass A(B):\n    pass\n\n\nhandler = A()\n",
    "call_assigned": "class A:\n    pass\n\n\nA.__call__ = lambda self, event, context: 1\nhandler = A()\n",
    "metaclass": "class M(type):\n    def __call__(cls, *args):\n        return 1\n\n\nclass handler(metaclass=M):\n    pass\n",
    "new": "class handler:\n    def __new__(cls, *args):\n        return {}\n",
    "instance_of_new": "class A:\n    def __new__(cls):\n        return lambda event, context: 1\n\n\nhandler = A()\n",
    "dict_subclass": "class handler(dict):\n    def __init__(self, event, context):\n        super().__init__(a=1)\n",
    "str_subclass": "class S(str):\n    pass\n\n\ndef handler(event, context):\n    return S('x')\n",
    "named_tuple": "import typing\n\n\nclass T(typing.NamedTuple):\n    x: int\n\n\ndef handler(event, context):\n    return T(1)\n",
    "as_dict": "class T:\n    def _asdict(self):\n        return {}\n\n\ndef handler(event, context):\n    return T()\n",
    "partial": "import functools\n\n\ndef main(a, event, context):\n    return 1\n\n\nhandler = functools.partial(main, 1)\n",
    "partial_keyword": "from functools import partial\n\n\ndef main(event, context, db):\n    return 1\n\n\nhandler = partial(main, db=1)\n",
    "rebound": "def handler(event):\n    return 1\n\n\ndef handler(event, context):\n    return 1\n",
    "rebound_wrapped": "def handler(event):\n    return 1\n\n\ninner = handler\n\n\ndef handler(event, context):\n    return inner(event)\n",
    "replaced_later": "handler = None\n\n\ndef make():\n    global handler\n    handler = lambda event, context: 1\n\n\nmake()\n",
    "adapts": _WRAP.format(taken="event, context", body="return fn(event)") + "def handler(event):\n    return 1\n",
    "catches": _WRAP.format(
        taken="event, context",
        body="try:\n            return fn(event, context)\n        except TypeError:\n            return fn(event)",
    )
    + "def handler(event):\n    return 1\n",
    "awaits": "import asyncio\n" + _WRAP.format(taken="event, context", body="return asyncio.run(fn(event, context))")
    + "async def handler(event, context):\n    return 1\n",
    "converts": _WRAP.format(taken="*args, **kwargs", body="return list(fn(*args, **kwargs))")
    + "def handler(event, context):\n    return {1}\n",
    "converts_variable": _WRAP.format(taken="*args", body="out = fn(*args)\n        out = list(out)\n        return out")
    + "def handler(event, context):\n    return {1}\n",
    "method_wrapper": "class Deco:\n    def __init__(self, fn):\n        self.fn = fn\n\n    def __call__(self, event, context):\n        return self.fn(event)\n\n\n@Deco\ndef handler(event):\n    return 1\n",
    "returns_none": "def handler(event, context):\n    return None\n",
    "decimal": _returning("decimal.Decimal('1.1')", "import decimal\n"),
    "bytes": _returning("b'x'"),
    "bytes_nested": _returning("{'a': b'x', b'y': 1}"),
    "none_key": _returning("{None: 1, 2: 3, True: 4, 1.5: 5}"),
    "nan": _returning("float('nan')"),
    "set_converted": _returning("list({1, 2})"),
    "set_sorted": _returning("{'ids': sorted({1, 2})}"),
    "now_text": _returning("datetime.now().isoformat()", "from datetime import datetime\n"),
    "dumps": _returning("json.dumps({'a': str(context)})", "import json\n"),
    "variable_fixed": _returning("found", inside="found = {'ids': {1, 2}}\nfound['ids'] = list(found['ids'])"),
    "variable_fixed_by_call": _returning("found", inside="found = {'ids': {1}}\nfound.update(ids=1)"),
    "variable_fixed_elsewhere": _returning(
        "found", "def fix(data):\n    data['ids'] = 1\n", "found = {'ids': {1}}\nfix(found)"
    ),
    "variable_rebound": _returning("found", inside="found = {1}\nfound = list(found)"),
    "empty_comprehension": _returning("[{x} for x in event.get('b', []) if x]"),
    "finally_return": "def handler(event, context):\n    try:\n        return {1}\n    finally:\n        return 1\n",
    "dead": "def handler(event, context):\n    return 1\n    return {1}\n",
    "dead_by_raise": "def handler(event, context):\n    if not event:\n        raise ValueError\n        return {1}\n    return 1\n",
    "type_checking": "from typing import TYPE_CHECKING\n\n\ndef handler(event, context):\n    if TYPE_CHECKING:\n        return {1}\n    return 1\n",
    "version": "import sys\n\n\ndef handler(event, context):\n    if sys.version_info < (3, 6):\n        return {1}\n    return 1\n",
    "local_switch": "import os\n\n\ndef handler(event, context):\n    if os.environ.get('LOCAL'):\n        return {1}\n    return 1\n",
    "local_flag": "LOCAL = False\n\n\ndef handler(event, context):\n    if LOCAL:\n        return {1}\n    return 1\n",
    "no_context": "def handler(event, context):\n    if context is None:\n        return {1}\n    return 1\n",
    "no_context_after": "def handler(event, context):\n    if context:\n        return 1\n    return {1}\n",
    "extra_parameter": "def handler(event, context, raw=False):\n    if raw:\n        return {1}\n    return 1\n",
    "is_instance": "def handler(event, context):\n    if isinstance(event, bytes):\n        return {1}\n    return 1\n",
    "in_lambda": "def in_lambda():\n    return True\n\n\ndef handler(event, context):\n    if in_lambda():\n        return 1\n    return {1}\n",
    "inner_generator": "def handler(event, context):\n    def rows():\n        yield 1\n\n    return list(rows())\n",
    "inner_return": "def handler(event, context):\n    def ids():\n        return {1}\n\n    return list(ids())\n",
    "asyncio_run": "import asyncio\n\n\nasync def main(event):\n    return 1\n\n\ndef handler(event, context):\n    return asyncio.run(main(event))\n",
    "await_inside": "import asyncio\n\n\ndef handler(event, context):\n    async def main():\n        return 1\n\n    return asyncio.run(main())\n",
    "shadowed_set": "def set():\n    return 1\n\n\ndef handler(event, context):\n    return set()\n",
    "shadowed_datetime": "from helper import datetime\n\n\ndef handler(event, context):\n    return datetime.now()\n",
    "module_attribute": "import helper\n\nhandler = helper.work\n",
    "star_import": "from helper import *\n\nhandler = work\n",
    "callable_module_level_none": "handler = None\nhandler = lambda event, context: 1\n",
    "set_in_conditional": "try:\n    handler = None\nfinally:\n    def handler(event, context):\n        return 1\n",
}  # fmt: skip

UNDECIDED = {
    "foreign_decorator": "import functools\n\n\n@functools.lru_cache\ndef handler(event):\n    return 1\n",
    "attribute_set": "class A:\n    def __init__(self):\n        self.handle = lambda event, context: 1\n\n    def handle(self, event):\n        return 1\n\n\nhandler = A().handle\n",
    "conditional_definition": "import os\nif os.environ.get('X'):\n    def handler(event):\n        return 1\nelse:\n    def handler(event, context):\n        return 1\n",
    "defaults_replaced": "def handler(event, context, third):\n    return 1\n\n\nhandler.__defaults__ = (1,)\n",
    "globals_given": "def handler(event):\n    return 1\n\n\nglobals().update(handler=lambda event, context: 1)\n",
}  # fmt: skip

HELPER = "class datetime:\n    @staticmethod\n    def now():\n        return 1\n\n\ndef make():\n    return {1}\n\n\ndef work(event, context):\n    return 1\n"


def cases() -> dict[str, str]:
    """Every handler that the oracle is asked about."""
    kinds = (("failing", FAILING), ("working", WORKING), ("undecided", UNDECIDED))
    return {f"{kind}/{name}": text for kind, group in kinds for name, text in group.items()}
