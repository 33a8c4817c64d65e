"""What a condition is in Lambda: decided alike on every run, a bound on the version, or not known."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

Test = bool | tuple[str, tuple[int, ...]] | None

ALWAYS_SET = frozenset(
    {
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_EXECUTION_ENV",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
        "_HANDLER",
    }
)
"""Set in every execution environment (AWS, configuration-envvars.html, reserved variables)."""

_NEVER_SET = frozenset({"AWS_SAM_LOCAL", "PYTEST_CURRENT_TEST"})
"""Set by ``sam local`` and pytest only."""

_PLATFORM = {"sys.platform": "linux", "os.name": "posix"}

_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_INVERSE = {
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "==": "!=",
    "!=": "==",
    "package": "!package",
    "!package": "package",
}
_COMPARE: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def evaluate(test: ast.expr) -> Test:
    """The truth of a condition in Lambda.

    ``("<", (3, 11))`` is a bound on ``sys.version_info``, ``("~<", (3,))`` on a part of it; ``("package",
    ())`` is true for a module that was imported as part of a package (``__package__``).
    """
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _invert(evaluate(test.operand))
    if isinstance(test, ast.BoolOp):
        return _combine(test)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compare(test.left, test.ops[0], test.comparators[0])
    name = dotted(test)
    if name is not None and name.rpartition(".")[2] == "TYPE_CHECKING":
        return False
    if name == "__package__":
        return ("package", ())
    if name in {"six.PY2", "six.PY3"}:
        return name == "six.PY3"
    variable = environment_read(test)
    return _is_set(variable) if variable is not None else None


def decide(test: Test, version: str | None, in_package: bool) -> bool | None:
    """Settle a test for one module on one Python version (``3.12``)."""
    if not isinstance(test, tuple):
        return test
    sign, bound = test
    if sign in {"package", "!package"}:
        return in_package == (sign == "package")
    if version is None:
        return None
    actual = tuple(int(part) for part in version.split("."))
    if sign.startswith("~"):
        return _COMPARE[sign[1:]](actual[: len(bound)], bound) if len(bound) <= len(actual) else None
    if len(bound) > len(actual) and bound[: len(actual)] == actual:
        return None
    # The real tuple has five parts, so (3, 12, ...) is greater than the bound (3, 12), never equal to it.
    return _COMPARE[sign]((*actual, 0), bound)


def environment_read(node: ast.expr) -> str | None:
    """The variable that ``os.environ.get("X")``, ``os.getenv("X")`` or ``os.environ["X"]`` reads."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        function = dotted(node.func)
        if function in {"os.environ.get", "os.getenv", "environ.get", "getenv"}:
            return _text(node.args[0])
    if isinstance(node, ast.Subscript) and dotted(node.value) in {"os.environ", "environ"}:
        return _text(node.slice)
    return None


def dotted(node: ast.AST) -> str | None:
    """``a.b.c`` for a chain of names and attributes, else ``None``."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))


def _combine(test: ast.BoolOp) -> Test:
    values = [evaluate(value) for value in test.values]
    decisive = not isinstance(test.op, ast.And)
    if any(value is decisive for value in values):
        return decisive
    return (not decisive) if all(value is (not decisive) for value in values) else None


def _invert(value: Test) -> Test:
    if isinstance(value, tuple):
        sign = value[0]
        return ("~" * sign.startswith("~") + _INVERSE[sign.lstrip("~")], value[1])
    return None if value is None else not value


def _compare(left: ast.expr, sign: ast.cmpop, right: ast.expr) -> Test:
    name, text = dotted(left), _text(right)
    if isinstance(sign, (ast.In, ast.NotIn)):
        variable = _text(left)
        if variable is None or dotted(right) not in {"os.environ", "environ"}:
            return None
        known = _is_set(variable)
        return known if isinstance(sign, ast.In) else _invert(known)
    equal = isinstance(sign, ast.Eq)
    if isinstance(sign, (ast.Eq, ast.NotEq)) and text is not None:
        if name == "__name__" and text == "__main__":
            return not equal
        if name in _PLATFORM:
            return (_PLATFORM[name] == text) == equal
    if isinstance(sign, (ast.Is, ast.IsNot)) and isinstance(right, ast.Constant) and right.value is None:
        variable = environment_read(left)
        known = _is_set(variable) if variable is not None else None
        return _invert(known) if isinstance(sign, ast.Is) else known
    return _version_bound(left, sign, right)


def _version_bound(left: ast.expr, sign: ast.cmpop, right: ast.expr) -> Test:
    """``sys.version_info >= (3, 11)``, also of a part of it: ``[:2]``, ``[0]``, ``[1]``, ``.major``, ``.minor``."""
    if type(sign) not in _OPERATORS:
        return None
    part, number = "", _component(left)
    beginning = isinstance(left, ast.Subscript) and isinstance(left.slice, ast.Slice) and left.slice.lower is None
    if number is not None or beginning:
        part = "~"
        left = left.value  # type: ignore[attr-defined]
    bound: tuple[int, ...] | None = None
    if isinstance(right, ast.Tuple) and number is None:
        numbers = [item.value for item in right.elts if isinstance(item, ast.Constant) and isinstance(item.value, int)]
        bound = tuple(numbers) if len(numbers) == len(right.elts) else None
    elif isinstance(right, ast.Constant) and isinstance(right.value, int) and number is not None:
        # Every target is a Python 3, so a bound on the minor version is one on both.
        bound = (right.value,) if number == 0 else (3, right.value)
    if dotted(left) not in {"sys.version_info", "version_info"} or not bound:
        return None
    return (part + _OPERATORS[type(sign)], bound)


def _component(node: ast.expr) -> int | None:
    """The part of ``sys.version_info`` that is taken alone: 0 the major version, 1 the minor."""
    if isinstance(node, ast.Attribute):
        return {"major": 0, "minor": 1}.get(node.attr)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return next((number for number in (0, 1) if node.slice.value == number), None)
    return None


def _is_set(variable: str) -> bool | None:
    if variable in ALWAYS_SET:
        return True
    return False if variable in _NEVER_SET else None


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
