"""What following a program in Python finds out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from program_runs import seen
from vartask.syntax.program_python_modules import PythonSources
from vartask.syntax.program_run import Run
from written import project


def run(root: Path, program: str, files: Mapping[str, str] | None = None) -> Run:
    held = project(root, {"app.py": f"from lib import See\n{program}", **(files or {})})
    made = Run(held, {"python": PythonSources(held, "app.py", (".",))})
    made.start("app.py", "python")
    return made


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("See(f'{None}-{True}-{1}')", "None-True-1"),
        ("See('a' + str(2))", "a2"),
        ("See('x' if not [] else 'y')", "x | y"),
        ("a = b = 'z'\nSee(a, b)", "z, z"),
        ("x, *y = ['a', 'b', 'c']\nSee(x, y)", "a, [b, c]"),
        ("See([n for n in 'ab' for m in range(2)])", "[a, a, b, b]"),
        ("See({k: v for k, v in [('a', 1)]})", "{a: 1}"),
        ("class A:\n    x = 'c'\n    def get(self):\n        return self.x\nSee(A().get())", "c"),
        ("class A:\n    def __init__(self, v):\n        self.v = v\nclass B(A):\n    pass\nSee(B('i').v)", "i"),
        ("class A:\n    @property\n    def p(self):\n        return 'q'\nSee(A().p)", "q"),
        ("def f(a, *b, c='d', **e):\n    return [a, b, c, e]\nSee(f(1, 2, x=3))", "[1, [2], d, {x: 3}]"),
        ("def f(k):\n    match k:\n        case 'a':\n            return 1\n        case _:\n            return 2\nSee(f('b'))", "2"),
        ("with open('t.txt') as s:\n    See(s.read())", "text"),
        ("from pathlib import Path\nSee(Path(__file__).parent.joinpath('t.txt').read_text())", "text"),
        ("import json\nwith open('c.json') as s:\n    c = json.load(s)\nSee(c['a'][0]['b'])", "deep"),
        ("import yaml\nSee(yaml.safe_load(open('c.yaml'))['n'])", "{x: 1, y: True}"),
        ("import json\nSee(json.loads('{'))", "?"),
        ("import yaml\nSee(yaml.safe_load(open('t.json')))", "?"),
        ("See(open('t.txt', 'w').read())", "?"),
        ("See(open('missing.txt').read())", "?"),
    ],
)  # fmt: skip
def test_a_value_is_what_python_gives(tmp_path: Path, program: str, expected: str) -> None:
    files = {"t.txt": "text", "c.json": '{"a": [{"b": "deep"}]}', "c.yaml": "n: {x: 1, y: true}\n"}
    assert seen(run(tmp_path, program, files)) == [expected]


ENUM = """\
from enum import Enum
class Place(Enum):
    SRC = "src"
    LIB = "lib"
    @property
    def path(self):
        return f"./{self.value}"
"""


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("See(Place.SRC.value, Place.LIB.name)", ["src, LIB"]),
        ("See(Place.SRC.path)", ["./src"]),
        ("for one in Place:\n    See(one.value)", ["src", "lib"]),
        ("See('same' if Place.SRC == Place.SRC else 'other')", ["same"]),
        ("See('same' if Place.SRC == Place.LIB else 'other')", ["other"]),
    ],
)
def test_members_of_an_enumeration_are_instances(tmp_path: Path, program: str, expected: list[str]) -> None:
    assert seen(run(tmp_path, ENUM + program)) == expected


def test_modules_of_the_project_are_followed_and_others_are_not(tmp_path: Path) -> None:
    program = "import pkg.sub as s\nfrom pkg import name, other\nimport boto3\nSee(s.x, name, other.y, boto3.z)\n"
    files = {
        "pkg/__init__.py": "name = 'n'\n",
        "pkg/sub.py": "x = __name__\n",
        "pkg/other.py": "from .sub import x as y\n",
    }
    assert seen(run(tmp_path, program, files)) == ["sub, n, sub, @boto3.z"]
