from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vartask.model import Span
from vartask.project import Project
from vartask.syntax import program as tree
from vartask.syntax.program_python import read_python
from vartask.syntax.program_python_modules import PythonSources
from vartask.syntax.program_values import Constant, absolute
from written import project


def body(text: str) -> tuple[tree.Statement, ...]:
    read = read_python(text.encode(), "app.py")
    assert read.error is None
    return read.body


def value(text: str) -> Any:
    (statement,) = body(text)
    assert isinstance(statement, tree.Evaluate)
    return plain(statement.value)


def plain(node: Any) -> Any:  # noqa: C901 - a table
    """A tree in few words: names as strings, calls as lists, texts as tuples."""
    match node:
        case tree.Literal(found, _):
            return found
        case tree.Name(name, _):
            return f"${name}"
        case tree.Attribute(base, name, _):
            return f"{plain(base)}.{name}"
        case tree.Super(_):
            return "super"
        case tree.Template(parts, _):
            return ("text", *map(plain, parts))
        case tree.Array(items, _):
            return list(map(plain, items))
        case tree.Object(entries, _):
            return {plain(one.key) if one.key else "**": plain(one.value) for one in entries}
        case tree.Call(callee, arguments, _, keywords, _):
            named = [{one.name or "**": plain(one.value)} for one in keywords]
            return [plain(callee), *map(plain, arguments), *named]
        case tree.Operation(operator, operands, _):
            return (operator, *map(plain, operands))
        case tree.Spread(inner, _):
            return ("*", plain(inner))
        case _:
            return type(node).__name__


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f'{a}-x{b.c}'", ("text", "$a", "-x", "$b.c")),
        ("'{}/{n}{{}}'.format(a, n=b)", ("text", "", "$a", "/", "$b", "", "{", "", "}", "")),
        ("'{1}{0}'.format(a, b)", ("text", "", "$b", "", "$a", "")),
        ("'%s.%d%%' % (a, 1)", ("text", "", "$a", ".", 1, "%")),
        ("'%s' % a", ("text", "", "$a", "")),
        ("'%5s' % a", ("%", "%5s", "$a")),
        ("'{:>5}'.format(a)", ["{:>5}.format", "$a"]),
        ("f(*a, b, c=1, **d)", ["$f", ("*", "$a"), "$b", {"c": 1}, {"**": "$d"}]),
        ("{**a, 'b': (1, None)}", {"**": "$a", "b": [1, None]}),
        ("super().__init__(a)", ["super.constructor", "$a"]),
        ("super(A, self).__init__(a)", ["super.constructor", "$a"]),
        ("Base.__init__(self, a)", ["super.constructor", "$a"]),
        ("a and not b or c is None", ("||", ("&&", "$a", ("!", "$b")), ("===", "$c", None))),
        ("1 < a <= 2", ("&&", ("<", 1, "$a"), ("<=", "$a", 2))),
        ("a not in b", ("not in", "$a", "$b")),
        ("a | b", ("|", "$a", "$b")),
        ("a[1:]", "Opaque"),
        ("Path(p).parents[1]", "['$Path', '$p'].parent.parent"),
        ("f'{a:>5}'", ("text", "Opaque")),
    ],
)
def test_an_expression_is_what_it_means(text: str, expected: object) -> None:
    assert value(text) == expected


def test_what_a_coroutine_or_generator_says_is_kept() -> None:
    (function,) = body("async def f():\n    await g()\n    (yield h())\n")
    assert isinstance(function, tree.FunctionDef)
    first, second = (one.value for one in function.body if isinstance(one, tree.Evaluate))
    assert plain(first) == ["$g"]
    assert isinstance(second, tree.Opaque)
    assert list(map(plain, second.parts)) == [["$h"]]


def test_places_are_those_of_the_source() -> None:
    (statement,) = body("é = Function('x',\n  handler='ü.h')\n")
    assert isinstance(statement, tree.Assign)
    assert isinstance(statement.value, tree.Call)
    assert statement.value.span == Span("app.py", 1, 5, 2, 17)
    (keyword,) = statement.value.keywords
    assert isinstance(keyword.value, tree.Literal)
    assert keyword.value.span == Span("app.py", 2, 11, 2, 16)


def test_a_class_has_its_constructor_methods_and_fields() -> None:
    (made,) = body(
        "class A(B, metaclass=M):\n    x: int\n    y = 1\n    z: list = field(default_factory=list)\n"
        "    def __init__(self, a, /, b=2, *c, d, **e): pass\n    @property\n    def p(self): return 1\n"
        "    @staticmethod\n    def s(): ...\n    @classmethod\n    def k(cls): ...\n    class Inner: ...\n"
    )
    assert isinstance(made, tree.ClassDef)
    assert list(map(plain, made.bases)) == ["$B"]
    fields = {one.name: plain(one.value) if one.value else None for one in made.fields}
    assert fields == {"x": None, "y": 1, "z": [], "Inner": "ClassValue"}
    assert {one.name: one.kind for one in made.methods} == {
        "constructor": "plain", "p": "getter", "s": "static", "k": "classmethod"
    }  # fmt: skip
    parameters = {
        one.target.name: (one.rest, one.keyword_only)
        for one in made.methods[0].parameters
        if isinstance(one.target, tree.Name)
    }
    assert parameters == {
        "self": ("", False), "a": ("", False), "b": ("", False), "c": ("*", False), "d": ("", True), "e": ("**", False)
    }  # fmt: skip


def test_members_of_an_enumeration_have_a_name_and_a_value() -> None:
    (made,) = body("class E(str, Enum):\n    A = 'a'\n")
    assert isinstance(made, tree.ClassDef)
    assert [plain(one.value) for one in made.fields] == [["$E", {"name": "A"}, {"value": "a"}]]


def test_imports_keep_their_dots_and_bind_what_python_binds() -> None:
    found = [
        (one.module, one.names)
        for one in body("import a.b\nimport c.d as e\nfrom ..f import g as h\nfrom . import i\nfrom j import *\n")
        if isinstance(one, tree.Import)
    ]
    assert found == [
        ("a.b", ()),
        ("a", (("*", "a"),)),
        ("c.d", (("*", "e"),)),
        ("..f", (("g", "h"),)),
        (".", (("i", "i"),)),
        ("j", (("*", "*"),)),
    ]


def test_a_chained_assignment_makes_its_value_once() -> None:
    first, second = body("a = b = f()\n")
    assert isinstance(first, tree.Assign)
    assert isinstance(second, tree.Assign)
    assert (plain(first.value), plain(second.value)) == (["$f"], "$a")


def test_statements_become_the_common_ones() -> None:
    text = (
        "if a: x()\nelif b: y()\nelse: z()\nfor i in c: break\nwhile d: continue\nwith e() as f, g(): h()\n"
        "try: i()\nexcept E: j()\nelse: k()\nfinally: l()\nx += 1\nraise E\nassert m\ndel n\npass\n"
    )
    kinds = [type(one).__name__ for one in body(text)]
    assert kinds == [
        "If", "ForEach", "Loop", "Assign", "Evaluate", "Evaluate", "Try", "Assign", "Leave", "Evaluate",
    ]  # fmt: skip


def test_match_compares_what_it_can() -> None:
    (first,) = body("match a:\n    case 'x' | 'y': b()\n    case [z]: c()\n    case _: d()\n")
    assert isinstance(first, tree.If)
    assert plain(first.test) == ("||", ("===", "$a", "x"), ("===", "$a", "y"))
    (second,) = first.otherwise
    assert isinstance(second, tree.If)
    assert isinstance(second.test, tree.Opaque)
    assert [plain(one.value) for one in second.otherwise if isinstance(one, tree.Evaluate)] == [["$d"]]


@pytest.mark.parametrize("text", ["def f(:", "a = 'x", "\0"])
def test_what_is_no_python_has_a_place_and_no_statements(text: str) -> None:
    read = read_python(text.encode(), "app.py")
    assert not read.body
    assert read.error is not None


def test_deep_nesting_is_no_crash() -> None:
    read_python(("x = " + "+".join(["'a'"] * 2_000)).encode(), "app.py")
    read_python(("x = " + "(" * 90 + ")" * 90).encode(), "app.py")


# -- modules ----------------------------------------------------------------------------------------


def sources(root: Path, *files: str, roots: tuple[str, ...] = ("infra", ".")) -> PythonSources:
    made: Project = project(root, dict.fromkeys(files, ""))
    return PythonSources(made, "infra/app.py", roots)


@pytest.mark.parametrize(
    ("importer", "name", "expected"),
    [
        ("infra/app.py", "stacks.api", "infra/stacks/api.py"),
        ("infra/app.py", "stacks", "infra/stacks/__init__.py"),
        ("infra/stacks/api.py", ".db", "infra/stacks/db/__init__.py"),
        ("infra/stacks/api.py", ".", "infra/stacks/__init__.py"),
        ("infra/stacks/db/__init__.py", "..api", "infra/stacks/api.py"),
        ("infra/app.py", "shared.util", "shared/util.py"),
        ("infra/app.py", "shared", "shared/__init__.py"),
        ("infra/app.py", "aws_cdk", None),
        ("infra/app.py", "constructs", None),
        ("infra/app.py", "os", None),
    ],
)
def test_a_module_is_found_where_python_looks(tmp_path: Path, importer: str, name: str, expected: str | None) -> None:
    """``shared`` has no ``__init__.py``; a directory ``constructs`` does not hide the package of that name."""
    files = ("infra/app.py", "infra/stacks/__init__.py", "infra/stacks/api.py", "infra/stacks/db/__init__.py",
             "shared/util.py", "constructs/mine.py", "os/readme.md")  # fmt: skip
    assert sources(tmp_path, *files).locate(importer, name) == expected


def test_a_module_knows_its_file_and_the_program_its_name(tmp_path: Path) -> None:
    found = sources(tmp_path, "infra/app.py", "infra/x.py")
    assert found.globals("infra/app.py") == {
        "__file__": Constant(absolute("infra/app.py"), Span("infra/app.py")),
        "__name__": Constant("__main__", Span("infra/app.py")),
    }
    name = found.globals("infra/x.py")["__name__"]
    assert isinstance(name, Constant)
    assert name.value == "x"


def test_files_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    found = sources(tmp_path, "infra/app.py")
    assert found.module("infra/app.py") is not None
    assert found.module("infra/missing.py") is None
    assert found.module("infra/app.json") is None
