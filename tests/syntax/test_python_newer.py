from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from vartask.syntax.python import ParsedModule, parse


def tree(source: str) -> ast.Module:
    parsed = parse(source.encode(), "app.py")
    assert parsed.tree is not None, parsed.problem
    return parsed.tree


def grammar(source: str) -> tuple[int, int]:
    parsed = parse(source.encode(), "app.py")
    assert parsed.tree is not None, parsed.problem
    return parsed.grammar


def places(node: ast.AST) -> list[tuple[str, int, int]]:
    """Names, where they are read, outside of f-strings (whose inside older hosts place wrongly)."""
    found = [item for item in ast.walk(node) if isinstance(item, ast.Name)]
    return sorted((item.id, item.lineno, item.col_offset) for item in found)


@pytest.mark.parametrize(
    ("source", "version"),
    [
        ("x = 1\n", (3, 0)),
        ("import re\nre.match('a', 'b')\ntype = 1\nx[1:2]\n", (3, 0)),
        ("if (n := 10) > 5: pass\n", (3, 8)),
        ("x = f'{10:=5}'\n", (3, 0)),
        ("def f(a, /, b): pass\n", (3, 8)),
        ("x = a, / 2\n".replace(", /", " /"), (3, 0)),
        ("@buttons[0].clicked\ndef f(): pass\n", (3, 9)),
        ("@app.route('/x')\ndef f(): pass\n", (3, 0)),
        ("with (open(a) as b, open(c) as d): pass\n", (3, 9)),
        ("with (open(a)) as b: pass\n", (3, 0)),
        ("with (a) as (b): pass\n", (3, 0)),
        ("match x:\n    case 1: pass\n", (3, 10)),
        ("try: pass\nexcept* ValueError: pass\n", (3, 11)),
        ("x[*a]\n", (3, 11)),
        ("x[1, *f(a)]\n", (3, 11)),
        ("x[(1, *a)]\n", (3, 0)),
        ("y = [1, *a]\nf(b, *a)\n", (3, 0)),
        ("def f(*args: *Ts): pass\n", (3, 11)),
        ("def f[T](x: T) -> T: return x\n", (3, 12)),
        ("class A[T: int, *Ts, **P](B): pass\n", (3, 12)),
        ("type X[T] = list[T]\n", (3, 12)),
        ("class A[T = int]: pass\n", (3, 13)),
        ("type X[T = int] = list[T]\n", (3, 13)),
        ("x = f'{d['a']}'\n", (3, 12)),
        ("x = f\"{d['a']} {x!r:>{w}} {{}} {a != b} {a=}\"\n", (3, 0)),
        ("x = f\"a{'\\n'.join(y)}\"\n", (3, 12)),
        ("x = f'a\\n{y}\\t{z}\\N{BULLET}'\n", (3, 0)),
        ("x = f'''{\n  a\n}'''\n", (3, 0)),
        ("x = f'{\n  a\n}'\n", (3, 12)),
        ("x = f'''{\n  a # c\n}'''\n", (3, 12)),
        ("x = f'{f'{1}'}'\n", (3, 12)),
        ("x = f'{f\"{1}\"}' 'b' f'{c}'\n", (3, 0)),
        ("try: pass\nexcept A, B: pass\n", (3, 14)),
        ("try: pass\nexcept (A), (B): pass\n", (3, 14)),
        ("try: pass\nexcept (A, B): pass\n", (3, 0)),
        ("x = t'{a}'\n", (3, 14)),
    ],
)
def test_the_grammar_is_the_lowest_that_accepts_the_file(source: str, version: tuple[int, int]) -> None:
    assert grammar(source) == version


def test_type_parameters_leave_names_and_places_as_they_are() -> None:
    module = tree("def first[T: (int,\n    str)](items: T, n = default) -> T:\n    return other(items)\n")
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert function.name == "first"
    assert ("other", 3, 11) in places(module)
    assert ("default", 2, 24) in places(module)


def test_a_type_statement_binds_its_name() -> None:
    statement = tree("if a:\n    x = 1; type Pairs[T] = list[T]; y = 2\n").body[0]
    assert isinstance(statement, ast.If)
    found = places(statement)
    assert ("Pairs", 2, 16) in found
    assert ("y", 2, 36) in found


def test_an_except_without_parentheses_keeps_its_classes_and_places() -> None:
    statement = tree("try: pass\nexcept KeyError, errors.Bad: log(x)\n").body[0]
    assert isinstance(statement, ast.Try)
    assert isinstance(statement.handlers[0].type, ast.Tuple)
    assert places(statement) == [("KeyError", 2, 7), ("errors", 2, 17), ("log", 2, 29), ("x", 2, 33)]


def test_an_f_string_keeps_the_literal_in_front_and_its_expressions() -> None:
    module = tree('import_module(f"handlers.{routes["name"]}"); after\n')
    (joined,) = [node for node in ast.walk(module) if isinstance(node, ast.JoinedStr)]
    prefix, value = joined.values
    assert isinstance(prefix, ast.Constant)
    assert prefix.value == "handlers."
    assert isinstance(value, ast.FormattedValue)
    assert ast.unparse(value.value) == "routes['name']"
    assert ("routes", 1, 26) in places(module)
    assert ("after", 1, 45) in places(module)


def test_f_strings_inside_f_strings_are_read_to_the_bottom() -> None:
    module = tree("x = f'{f'{f'{deep['k']}'}'}{a:{w['n']}}' 'tail'\ny = 1\n")
    strings = {node.value for node in ast.walk(module) if isinstance(node, ast.Constant)}
    assert {"k", "n", "tail"} <= strings
    assert {name for name, _, _ in places(module)} == {"a", "deep", "w", "x", "y"}
    assert ("y", 2, 0) in places(module)


def test_lines_after_a_field_over_several_lines_keep_their_numbers() -> None:
    module = tree("x = f'{\n  d['a'] # why\n}' + z\nimport boto3\n")
    assert ("z", 3, 5) in places(module)
    assert module.body[1].lineno == 4


def test_columns_count_characters_in_newer_grammar_too() -> None:
    module = tree("x = f'é{d['€']}é'; y = 1\n")
    assert ("y", 1, 19) in places(module)
    assert ("d", 1, 8) in places(module)


def test_unpacking_in_a_subscript_and_in_an_annotation_is_read() -> None:
    module = tree("a[1, *b, c]\ndef f(*args: *Ts): return d\n")
    assert {("b", 1, 6), ("c", 1, 9), ("Ts", 2, 14), ("d", 2, 26)} <= set(places(module))


def test_lazy_imports_are_imports() -> None:
    module = tree("lazy import json.decoder\nlazy from a import b\n")
    assert [type(node).__name__ for node in module.body] == ["Import", "ImportFrom"]
    assert grammar("lazy import json\n") == (3, 15)


def test_crlf_files_in_newer_grammar_keep_their_lines() -> None:
    module = tree("def f[T](x): return 1\r\nimport a\r\n")
    assert module.body[1].lineno == 2


@pytest.mark.parametrize(
    "source",
    [
        "def f[T](x): return 1\nx = = 2\n",
        "x = f'{d['a']}'\nprint 'x'\n",
        "class A[T]:\n    pass\nx = (\n",
        "def f[T](x): return 1\nreturn 3\n",
    ],
)
def test_a_mistake_behind_newer_grammar_is_never_passed_over(source: str) -> None:
    parsed = parse(source.encode(), "app.py")
    assert parsed.tree is None
    assert parsed.problem is not None


def test_an_f_string_that_no_python_reads_is_fatal() -> None:
    parsed = parse(b"x = f'{a'\n", "app.py")
    assert parsed.problem is not None
    assert parsed.problem.fatal


def deep(count: int) -> ParsedModule:
    return parse(f"def f[T](x: T): return {'x and ' * count}x\n".encode(), "app.py")


def test_long_expressions_beside_newer_grammar_do_not_crash() -> None:
    assert deep(20).tree is not None
    parsed = deep(100_000)
    assert parsed.tree is not None or (parsed.problem is not None and not parsed.problem.fatal)


def test_hundreds_of_nested_operators_beside_newer_grammar_are_read() -> None:
    parsed = parse(f"def f[T](x: T): return {'1 + ' * 600}x\n".encode(), "app.py")
    assert parsed.tree is not None


def test_libcst_is_not_loaded_for_a_file_that_the_host_reads() -> None:
    code = "import sys\nfrom vartask.syntax.python import parse\nparse(b'1', 'a')\nassert 'libcst' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
