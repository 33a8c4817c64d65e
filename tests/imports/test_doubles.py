from __future__ import annotations

from textwrap import dedent

import pytest

from vartask.imports.doubles import find_doubles
from vartask.imports.project_tests import ProjectTests
from vartask.model import ContextDouble
from vartask.syntax.python import parse


def is_handler(path: str, module: str, level: int, name: str) -> str | None:
    del path, level
    return "Orders" if (module, name) in {("app", "handler"), ("src.app", "handler")} else None


def doubles(**sources: str) -> list[ContextDouble]:
    trees = {}
    for name, source in sources.items():
        path = name.replace("__", "/") + ".py"
        tree = parse(dedent(source).encode(), path).tree
        assert tree is not None
        trees[path] = tree
    return list(find_doubles(ProjectTests(trees, trees.get), trees, is_handler))


def found(**sources: str) -> list[str]:
    return [f"{double.span} {double.attribute}" for double in doubles(**sources)]


CALL = "from app import handler\ndef test_it():\n    assert handler({{}}, {})\n"


@pytest.mark.parametrize(
    "made",
    [
        "SimpleNamespace(request_id='x', aws_request_id='y')",
        "types.SimpleNamespace(request_id='x')",
        "Mock(request_id='x', return_value=1, name='ctx')",
        "mock.MagicMock(request_id='x')",
        "type('Ctx', (), {'request_id': 1, 'aws_request_id': 2, '__init__': f})()",
        "type('Ctx', (), {'request_id': 1})",
    ],
)
def test_an_object_made_in_place_is_seen(made: str) -> None:
    (double,) = doubles(test_app=CALL.format(made))
    assert (double.attribute, double.suggestion, double.handler) == ("request_id", "aws_request_id", "Orders")
    assert double.passed.line == double.span.line == 3


@pytest.mark.parametrize(
    "made",
    [
        "None",
        "{}",
        "SimpleNamespace(aws_request_id='x', function_name='f')",
        "Mock(spec=LambdaContext, request_id='x')",
        "Mock(return_value=1, side_effect=2)",
        "MagicMock()",
        "LambdaContext('x')",
        "SimpleNamespace(_private=1, **more)",
        "other.thing()",
    ],
)
def test_what_invents_nothing_is_left_alone(made: str) -> None:
    assert found(test_app=CALL.format(made)) == []


@pytest.mark.parametrize(
    ("head", "call"),
    [
        ("from app import handler", "handler({}, C)"),
        ("from app import handler as h", "h({}, C)"),
        ("import app", "app.handler({}, C)"),
        ("import src.app", "src.app.handler({}, C)"),
        ("from src import app", "app.handler({}, C)"),
        ("from importlib import import_module\napp = import_module('app')", "app.handler({}, C)"),
        ("from app import handler", "handler(event={}, context=C)"),
    ],
)
def test_handlers_are_recognised_however_they_are_imported(head: str, call: str) -> None:
    source = f"{head}\nfrom types import SimpleNamespace\nC = SimpleNamespace(arn=1)\ndef test(): {call}\n"
    assert [double.attribute for double in doubles(test_app=source)] == ["arn"]


def test_a_function_that_is_no_handler_gets_what_it_likes() -> None:
    source = "from app import other\nfrom lib import handler\nother({}, Mock(x=1))\nhandler({}, Mock(x=1))\n"
    assert found(test_app=source) == []


def test_the_first_argument_is_not_the_context() -> None:
    assert found(test_app="from app import handler\nhandler(Mock(x=1), None)\nhandler(*args)\n") == []


def test_attributes_assigned_to_a_mock_are_seen_and_its_settings_are_not() -> None:
    source = """
        from app import handler
        def test():
            ctx = Mock()
            ctx.request_id = "x"
            ctx.aws_request_id = "y"
            ctx.side_effect = 1
            handler({}, ctx)
    """
    assert found(test_app=source) == ["test_app.py:5 request_id"]


def test_classes_are_looked_through() -> None:
    source = """
        from app import handler
        class Context:
            function_name = "f"
            request_id = "r"
            annotated: str
            def __init__(self):
                self.arn = "a"
                self.deadline = 3
                self._secret = 1
            @property
            def version(self):
                return "1"
            def get_remaining_time_in_millis(self):
                return self.deadline
            def step(self):
                pass
            def reset(self):
                pass
        def test():
            ctx = Context()
            handler({}, ctx)
            ctx.reset()
    """
    assert [item.partition(" ")[2] for item in found(test_app=source)] == ["request_id", "arn", "version", "step"]


@pytest.mark.parametrize(
    "head",
    [
        "@dataclass\nclass Ctx:\n    request_id: str\n",
        "class Ctx(NamedTuple):\n    request_id: str\n",
        "Ctx = namedtuple('Ctx', 'request_id function_name')\n",
        "Ctx = collections.namedtuple('Ctx', ['request_id', 'function_name'])\n",
        "def Ctx():\n    return SimpleNamespace(request_id='x')\n",
        "def Ctx():\n    made = Mock()\n    made.request_id = 1\n    return made\n",
    ],
)
def test_fields_and_factories_are_looked_through(head: str) -> None:
    source = f"{head}from app import handler\ndef test():\n    handler({{}}, Ctx())\n"
    assert [double.attribute for double in doubles(test_app=source)] == ["request_id"]


def test_fixtures_of_the_file_and_of_conftest_are_looked_through() -> None:
    test = """
        import pytest
        from app import handler
        @pytest.fixture
        def near():
            yield SimpleNamespace(near_id=1)
        @pytest.fixture(name="named")
        def _named():
            return SimpleNamespace(named_id=1)
        def test_a(near, far, named, unknown):
            handler({}, near)
            handler({}, far)
            handler({}, named)
            handler({}, unknown)
    """
    far = "import pytest\n@pytest.fixture()\ndef far():\n    class Far:\n        far_id = 1\n    return Far()\n"
    places = found(tests__unit__test_app=test, tests__conftest=far, other__conftest=far.replace("far_id", "wrong"))
    assert places == [
        "tests/unit/test_app.py:6 near_id",
        "tests/conftest.py:5 far_id",
        "tests/unit/test_app.py:9 named_id",
    ]


def test_unittest_classes_are_looked_through() -> None:
    source = """
        from app import handler
        class TestApp(TestCase):
            def setUp(self):
                self.context = Mock(request_id=1)
            def test(self):
                handler({}, self.context)
    """
    assert found(test_app=source) == ["test_app.py:5 request_id"]


def test_a_double_imported_from_another_test_file_is_reported_there() -> None:
    helper = "class FakeContext:\n    request_id = 1\n"
    test = (
        "from tests.helpers import FakeContext\nfrom app import handler\ndef test():\n    handler({}, FakeContext())\n"
    )
    (double,) = doubles(tests__helpers=helper, tests__test_app=test)
    assert str(double.span) == "tests/helpers.py:2"
    assert str(double.passed) == "tests/test_app.py:4"


def test_a_double_that_is_used_twice_is_reported_once() -> None:
    assert len(found(test_app="from app import handler\nC = Mock(x=1)\nhandler(1, C)\nhandler(2, C)\n")) == 1


def test_a_name_that_may_hold_several_things_is_left_alone() -> None:
    source = "from app import handler\ndef test(x):\n    c = Mock(a=1)\n    c = x\n    handler({}, c)\n"
    assert found(test_app=source) == []
