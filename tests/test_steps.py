"""What each step of a run depends on: no less than what decides it, and little more."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from vartask import stored
from vartask.cache import Cache
from vartask.config import Settings
from vartask.definitions import finders
from vartask.engine import Run, check
from vartask.model import Report
from vartask.needs import Needs
from vartask.project import Project
from vartask.snapshot import KINDS, Snapshot, numbered, take
from vartask.steps import Kept, Step, Steps, merged

FIXTURES = Path(__file__).parents[1] / "fixtures"
ROOTS = sorted(
    {path.parent for path in FIXTURES.rglob("template.y*ml")}
    | {path.parent for path in FIXTURES.rglob("serverless.yml")}
)

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.12, CodeUri: one, Handler: app.handler}
  Two:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.12, CodeUri: two, Handler: app.handler}
"""
FILES = {
    "template.yaml": TEMPLATE,
    "one/app.py": "import helper\n\ndef handler(event, context):\n    return {}\n",
    "one/helper.py": "VALUE = 1\n",
    "one/unused.py": "VALUE = 2\n",
    "two/app.py": "import gone\n\ndef handler(event, context):\n    return {}\n",
    "tests/test_app.py": "from one.app import handler\n\ndef test_it():\n    handler({}, None)\n",
    "README.md": "# Words\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    for name, text in FILES.items():
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return made


def questions(kept: Kept, name: str) -> set[tuple[str, str]]:
    """What a step depends on."""
    every = list(numbered(kept.snapshot))
    step = kept.steps[name]
    numbers = {*array("I", step.needs), *(number for one in step.groups for number in array("I", kept.groups[one]))}
    return {every[number] for number in numbers}.union(*(questions(kept, used) for used in step.uses))


@pytest.mark.parametrize("root", ROOTS, ids=lambda path: str(path.relative_to(FIXTURES)))
def test_a_function_depends_on_all_that_it_asks_when_it_is_alone(root: Path) -> None:
    """What an earlier function has made for it counts as if it had asked itself."""
    project, steps = Project(root), Steps(keeps=True)
    run = Run(project, Settings(), steps)
    run.report()
    shared = steps.kept(project)
    assert shared is not None
    for function in run.declared.functions:
        lonely, own = Project(root), Steps(keeps=True)
        alone = Run(lonely, Settings(), own)
        assert function in alone.declared.functions
        name = f"function {own.fingerprint(function)}"
        own.make(name, lonely, partial(alone.predicted, function))
        kept = own.kept(lonely)
        assert kept is not None
        assert questions(kept, name) <= questions(shared, name)


@pytest.mark.parametrize("root", ROOTS, ids=lambda path: str(path.relative_to(FIXTURES)))
def test_a_reader_depends_on_all_that_it_asks_when_it_is_alone(root: Path) -> None:
    """What another reader has made for it counts as if it had asked itself."""
    project, steps = Project(root), Steps(keeps=True)
    assert not Run(project, Settings(), steps).declared.crashes
    shared = steps.kept(project)
    assert shared is not None
    for name, find in finders():
        lonely, own = Project(root), Steps(keeps=True)
        Run(lonely, Settings(), own)
        own.make("alone", lonely, partial(find, lonely, Settings()))
        kept = own.kept(lonely)
        assert kept is not None
        assert questions(kept, "alone") <= questions(shared, f"definitions: {name}"), name


def test_who_reads_a_file_after_another_step_depends_on_the_same(root: Path) -> None:
    project = Project(str(root))
    steps = []
    for _ in range(2):
        with project.questions.step() as asked:
            project.read_bytes("one/app.py")
        steps.append(asked)
    snapshot = take(project)
    assert snapshot is not None
    first, second = map(Needs(snapshot).of, steps)
    assert first == second


class Runs:
    """Checks a project with a cache; ``made`` are the steps that the last check made, ``parts`` what they use."""

    def __init__(self, root: Path, directory: Path, scopes: tuple[str, ...] = (".",)) -> None:
        self._root = root
        self._cache = Cache(str(directory), str(root))
        self._scopes = scopes
        self.made: set[str] = set()
        self.parts: set[str] = set()

    def check(self) -> Report:
        """Check, and compare with a run that remembers nothing."""
        project = Project(self._root, self._scopes)
        self.made = self.parts = set()

        def run(steps: Steps) -> Report:
            found = check(project, Settings(), steps)
            own = steps.own(project)
            assert own is not None
            names = set(own.steps) - {"rest"}
            self.parts = {name for name in names if ": " in name}
            self.made = {name.partition(" ")[0] for name in names - self.parts}
            self.functions = sum(name.startswith("function ") for name in own.steps)
            return found

        self.functions = 0
        found = stored.check(project, Settings(), self._cache, run)
        fresh = check(Project(self._root, self._scopes), Settings())
        assert found == fresh
        return found


@pytest.fixture
def runs(root: Path, tmp_path: Path) -> Runs:
    made = Runs(root, tmp_path / "cache")
    made.check()
    assert made.made == {"declaration", "function", "doubles", "unread"}
    assert made.functions == 2
    return made


def _write(name: str, text: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)

    return change


def _rename(root: Path) -> None:
    (root / "two/app.py").rename(root / "two/main.py")


@pytest.mark.parametrize(
    ("change", "made", "functions"),
    [
        (_write("one/helper.py", "VALUE = 3\n"), {"function"}, 1),
        (_write("two/app.py", "import gone, json\n\ndef handler(event, context):\n    return 1\n"), {"function"}, 1),
        (_write("one/unused.py", "VALUE = 4\n"), set(), 0),
        (_write("README.md", "# Other words\n"), set(), 0),
        (_write("README.md", "pip install -t two -r requirements.txt\n"), {"function"}, 1),
        (_write("tests/test_app.py", "from one.app import handler\nhandler({}, 1)\n"), {"doubles"}, 0),
        (_write("template.yaml", TEMPLATE + "# the end\n"), {"declaration"}, 0),
        (
            _write("template.yaml", TEMPLATE.replace("two, Handler: app.handler", "two, Handler: app.handle")),
            {"declaration", "function", "doubles"},
            1,
        ),
        (_write("two/new.py", ""), {"declaration", "function", "doubles", "unread"}, 1),
        (_write("new.md", "# New\n"), {"declaration", "function", "doubles", "unread"}, 1),
        (_write("one/.cache/entry", ""), {"declaration", "function", "doubles", "unread"}, 2),
        (_rename, {"declaration", "function", "doubles", "unread"}, 1),
        (_write("one/helper.py", FILES["one/helper.py"]), set(), 0),
    ],
)  # fmt: skip
def test_after_a_change_only_the_steps_are_made_that_it_concerns(
    change: Callable[[Path], object], made: set[str], functions: int, runs: Runs, root: Path
) -> None:
    change(root)
    runs.check()
    assert (runs.made, runs.functions) == (made, functions)
    runs.check()
    assert runs.made == set()


@pytest.mark.parametrize(
    ("change", "read"),
    [
        (_write("template.yaml", TEMPLATE + "# the end\n"), {"sam"}),
        (_write("template.yaml", TEMPLATE.replace("handler", "handle")), {"sam"}),
        (_write("one/helper.py", "VALUE = 3\n"), set()),
        (
            _write("deploy.sh", "aws lambda update-function-code --function-name One --zip-file fileb://b.zip\n"),
            {"scripts"},
        ),
    ],
)
def test_after_a_change_only_the_definitions_are_read_that_it_concerns(
    change: Callable[[Path], object], read: set[str], runs: Runs, root: Path
) -> None:
    (root / "deploy.sh").write_text("aws lambda update-function-code --function-name One --zip-file fileb://a.zip\n")
    runs.check()
    assert {"definitions: sam", "definitions: terraform", "files: of the project"} <= runs.parts
    change(root)
    runs.check()
    assert runs.parts == {f"definitions: {name}" for name in read}
    for text in ("VALUE = 4\n", "VALUE = 5\n"):
        (root / "one/helper.py").write_text(text)
        runs.check()
        assert (runs.made, runs.parts) == ({"function"}, set())


def test_a_step_that_was_taken_over_is_taken_over_again(runs: Runs, root: Path) -> None:
    for number in range(3):
        (root / "one/helper.py").write_text(f"VALUE = {number + 10}\n")
        runs.check()
        assert (runs.made, runs.functions) == ({"function"}, 1)
    (root / "two/app.py").write_text("def handler(event): ...\n")
    assert [finding.code for finding in runs.check().findings] == ["VT104"]


def test_a_script_outside_the_checked_directory_counts(root: Path, tmp_path: Path) -> None:
    """Build scripts stand anywhere: those beside what is checked decide what a package has."""
    (root / "app").mkdir()
    (root / "app/Dockerfile").write_text('FROM public.ecr.aws/lambda/python:3.12\nCOPY app.py .\nCMD ["app.handler"]\n')
    (root / "app/app.py").write_text("def handler(event, context):\n    return {}\n")
    (root / "build.sh").write_text("docker build -f app/Dockerfile app\n")
    runs = Runs(root, tmp_path / "cache", ("app",))
    assert not runs.check().findings
    (root / "build.sh").write_text("docker build -f app/Dockerfile .\n")
    runs.check()
    assert "declaration" in runs.made


def test_parts_that_were_told_different_things_are_not_put_together() -> None:
    def part(answer: int, name: str) -> Kept:
        kinds = (*KINDS, "watched", "looked")
        snapshot: Snapshot = {**{kind: {} for kind in kinds}, "sizes": {"a": answer, "b": 2}}
        return Kept(snapshot, (), {name: Step(array("I", [0]).tobytes(), (), (), b"")})

    whole = merged([part(1, "one"), part(1, "two")])
    assert whole is not None
    assert whole.snapshot["sizes"] == {"a": 1}
    assert set(whole.steps) == {"one", "two"}
    assert merged([part(1, "one"), part(2, "two")]) is None
