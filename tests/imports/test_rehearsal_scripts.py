"""What is kept beside a syntax tree is what the tree says, in Python's order."""

from __future__ import annotations

import ast
from pathlib import Path

from vartask.imports.library import Library
from vartask.imports.rehearsal_scripts import Script
from vartask.imports.rehearsal_values import Known
from vartask.model import Span
from vartask.project import Project

CODE = """\
from __future__ import annotations
from package import name as other, more
def f(a, b: int = 1, /, c=2, *d: str, e, g: bool = 3, **h) -> None:
    global one
    def inner():
        global two, three
"""


def _script(code: str = CODE) -> Script:
    return Script(ast.parse(code), "app.py")


def test_defaults_and_annotations_are_in_the_order_in_which_they_are_evaluated() -> None:
    script = _script()
    function = script.tree.body[2]
    assert isinstance(function, ast.FunctionDef)
    head = script.heads[function]
    assert head.constants == {"b": Known(1), "c": Known(2), "g": Known(3)}
    assert (list(head.constants), head.defaults) == (["b", "c", "g"], ())
    assert [ast.unparse(item) for item in head.annotations] == ["int", "str", "bool", "None"]
    assert not head.generic


def test_names_that_functions_inside_declare_global_count() -> None:
    script = _script()
    assert script.globals_of(script.tree.body[2]) == ("one", "two", "three")


def test_an_import_has_the_places_of_its_names() -> None:
    script = _script()
    node = script.tree.body[1]
    assert isinstance(node, ast.ImportFrom)
    fact, taken = script.imported(node)
    assert (fact.module, fact.span) == ("package", Span("app.py", 2, 1, 2, 40))
    assert [(item.wanted, item.bound, item.at.column) for item in taken] == [
        ("name", "other", 21),
        ("more", "more", 36),
    ]
    assert fact.names == tuple((item.wanted, item.at) for item in taken)


def test_annotations_are_late_where_the_file_asks_for_it() -> None:
    assert _script().annotations_are_late
    assert not _script("import annotations").annotations_are_late


def test_a_library_keeps_a_script_for_as_long_as_its_tree(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("VALUE = 1\n")
    (tmp_path / "broken.py").write_text("VALUE = \n")
    library = Library(Project(tmp_path))
    script = library.script("app.py")
    assert script is not None
    assert script.tree is library.parsed("app.py").tree
    assert library.script("app.py") is script
    library.forget(0)
    again = library.script("app.py")
    assert again is not script
    assert again is not None
    assert again.tree is library.parsed("app.py").tree
    assert library.script("broken.py") is None


def test_what_code_sets_and_shares_is_told_by_name() -> None:
    code = "def f(a, n):\n    global one\n    a.b = 1\n    del a.c\n    a.d\n    setattr(a, 'e', 1)\n    def g():\n        nonlocal n\n"
    script = _script(code)
    assert script.stored == {"b", "c", "e"}
    assert script.shared == {"one", "n"}
    assert _script("setattr(a, name, 1)").stored == {None}
