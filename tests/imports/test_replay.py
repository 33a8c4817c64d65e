"""What the replay says of imports: those that fail, those that are caught, those that cannot be known."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments import deployed, errors, installed
from vartask.model import Present, Span, UnknownRegion

HANDLER = "\n\ndef handler(event, context):\n    return {}\n"


def test_a_sibling_directory_that_is_not_packaged_fails_at_init(tmp_path: Path) -> None:
    files = {"fn/app.py": "from shared.x import go" + HANDLER, "shared/x.py": "def go(): ..."}
    deployment = deployed(tmp_path, files, source="fn")
    (outcome,) = deployment.imports
    assert (outcome.error, outcome.when, outcome.candidates) == ("No module named 'shared'", "init", ("shared/x.py",))


def test_a_missing_submodule_is_reported_with_its_whole_name(tmp_path: Path) -> None:
    files = {"fn/app.py": "import pkg.nope" + HANDLER, "fn/pkg/__init__.py": ""}
    assert errors(deployed(tmp_path, files, source="fn")) == ["No module named 'pkg.nope'"]


def test_a_module_is_not_a_package(tmp_path: Path) -> None:
    files = {"fn/app.py": "import one.two" + HANDLER, "fn/one.py": ""}
    assert errors(deployed(tmp_path, files, source="fn")) == ["No module named 'one.two'; 'one' is not a package"]


def test_a_module_nobody_has_is_not_told_as_the_projects_own(tmp_path: Path) -> None:
    deployment = deployed(tmp_path, {"fn/app.py": "import requests" + HANDLER}, source="fn")
    assert errors(deployment) == []
    assert [item.error for item in deployment.strangers] == ["No module named 'requests'"]


@pytest.mark.parametrize("clause", ["ImportError", "ModuleNotFoundError", "Exception", "(ValueError, ImportError)"])
def test_an_import_whose_failure_is_caught_is_silent(tmp_path: Path, clause: str) -> None:
    code = f"try:\n    from shared import x\nexcept {clause}:\n    x = None" + HANDLER
    files = {"fn/app.py": code, "shared/x.py": ""}
    assert errors(deployed(tmp_path, files, source="fn")) == []


WORK = """
def handler(event, context):
    try:
        {before}
        from src.models import Order
        order = Order(event)
        {after}
        return order.save()
    except {clause}:
        {instead}
"""


@pytest.mark.parametrize(
    ("parts", "gaps"),
    [
        ({}, 1),
        ({"before": "import json", "after": "print(order)"}, 1),
        ({"clause": "(ValueError, Exception)"}, 1),
        ({"clause": "ImportError"}, 0),
        ({"clause": "(ImportError, Exception)"}, 0),
    ],
)
def test_work_whose_every_failure_is_caught_hides_an_import_that_fails(
    tmp_path: Path, parts: dict[str, str], gaps: int
) -> None:
    given = {"before": "", "after": "if order: print(order)", "clause": "Exception", "instead": "return None", **parts}
    deployment = deployed(
        tmp_path, {"src/app.py": WORK.format(**given), "src/models.py": "class Order: ..."}, source="src"
    )
    assert errors(deployment) == []
    assert [gap.span.line for gap in deployment.gaps] == [5] * gaps


def test_work_that_raises_again_fails(tmp_path: Path) -> None:
    code = WORK.format(before="", after="", clause="Exception", instead="raise")
    deployment = deployed(tmp_path, {"src/app.py": code, "src/models.py": "class Order: ..."}, source="src")
    assert errors(deployment) == ["No module named 'src'"]


@pytest.mark.parametrize("short", ["uvloop.install()", "uvloop.install(); FAST = True; print(FAST)", "import gone"])
def test_a_few_simple_statements_provide_for_a_missing_module(tmp_path: Path, short: str) -> None:
    code = f"try:\n    import uvloop; {short}\nexcept Exception:\n    uvloop = None" + HANDLER
    deployment = deployed(tmp_path, {"fn/app.py": code}, source="fn")
    assert (errors(deployment), deployment.strangers, deployment.gaps) == ([], (), ())


def test_a_module_that_is_called_like_the_distribution_it_imports_does_not_mean_itself(tmp_path: Path) -> None:
    files = {"app.py": "import libs.aws.redis\n", "libs/aws/redis.py": "import redis\n"}
    assert all(item.relocation is None for item in deployed(tmp_path, files).imports)


def test_a_clause_for_another_error_catches_nothing(tmp_path: Path) -> None:
    code = "try:\n    from shared import x\nexcept OSError:\n    x = None" + HANDLER
    files = {"fn/app.py": code, "shared/x.py": ""}
    assert errors(deployed(tmp_path, files, source="fn")) == ["No module named 'shared'"]


def test_when_both_branches_fail_the_first_is_reported(tmp_path: Path) -> None:
    code = "try:\n    from .helpers import x\nexcept ImportError:\n    from shared.helpers import x" + HANDLER
    files = {"fn/app.py": code, "shared/helpers.py": "x = 1"}
    assert errors(deployed(tmp_path, files, source="fn")) == ["attempted relative import with no known parent package"]


def test_a_fallback_that_works_is_silent(tmp_path: Path) -> None:
    code = "try:\n    from .helpers import x\nexcept ImportError:\n    from helpers import x" + HANDLER
    assert errors(deployed(tmp_path, {"fn/app.py": code, "fn/helpers.py": "x = 1"}, source="fn")) == []


def test_a_clause_that_raises_again_hides_nothing(tmp_path: Path) -> None:
    code = "try:\n    from shared import x\nexcept ImportError as error:\n    print(error)\n    raise" + HANDLER
    files = {"fn/app.py": code, "shared/x.py": ""}
    assert errors(deployed(tmp_path, files, source="fn")) == ["No module named 'shared'"]


def test_suppress_is_a_guard(tmp_path: Path) -> None:
    code = "import contextlib\nwith contextlib.suppress(ImportError):\n    from shared import x" + HANDLER
    files = {"fn/app.py": code, "shared/x.py": ""}
    assert errors(deployed(tmp_path, files, source="fn")) == []


def test_a_guard_covers_what_the_imported_module_imports(tmp_path: Path) -> None:
    code = "try:\n    import optional\nexcept ImportError:\n    optional = None" + HANDLER
    files = {"fn/app.py": code, "fn/optional.py": "from shared import x", "shared/x.py": ""}
    assert errors(deployed(tmp_path, files, source="fn")) == []


@pytest.mark.parametrize(
    "condition",
    ["TYPE_CHECKING", "typing.TYPE_CHECKING", "__name__ == '__main__'", "sys.version_info < (3, 9)", "False",
     "os.environ.get('AWS_SAM_LOCAL')", "not os.environ.get('AWS_LAMBDA_FUNCTION_NAME')", "sys.platform == 'win32'",
     "__package__"],
)  # fmt: skip
def test_a_branch_that_lambda_never_takes_is_silent(tmp_path: Path, condition: str) -> None:
    code = (
        f"import os, sys, typing\nfrom typing import TYPE_CHECKING\nif {condition}:\n    from shared import x" + HANDLER
    )
    deployment = deployed(tmp_path, {"fn/app.py": code, "shared/x.py": ""}, source="fn")
    assert (errors(deployment), deployment.gaps) == ([], ())


def test_a_branch_that_lambda_always_takes_is_judged(tmp_path: Path) -> None:
    code = "import sys\nif sys.version_info >= (3, 12):\n    from shared import x" + HANDLER
    files = {"fn/app.py": code, "shared/x.py": ""}
    assert errors(deployed(tmp_path, files, source="fn")) == ["No module named 'shared'"]
    assert errors(deployed(tmp_path, files, source="fn", runtime="python3.11")) == []


def test_a_branch_nobody_can_decide_is_a_gap(tmp_path: Path) -> None:
    code = "import os\nif os.environ.get('LOCAL'):\n    from shared import x" + HANDLER
    deployment = deployed(tmp_path, {"fn/app.py": code, "shared/x.py": ""}, source="fn")
    assert errors(deployment) == []
    assert len(deployment.gaps) == 1


def test_a_lazy_import_fails_when_its_function_is_called(tmp_path: Path) -> None:
    code = "def handler(event, context):\n    from shared.x import go\n    return go()\n"
    (outcome,) = deployed(tmp_path, {"fn/app.py": code, "shared/x.py": "def go(): ..."}, source="fn").imports
    assert (outcome.when, outcome.scope) == ("call", "handler")


def test_a_function_that_nobody_calls_is_not_judged(tmp_path: Path) -> None:
    code = (
        "def dev_server():\n    from shared import x\n" + HANDLER + "\nif __name__ == '__main__':\n    dev_server()\n"
    )
    assert errors(deployed(tmp_path, {"fn/app.py": code, "shared/x.py": ""}, source="fn")) == []


def test_names_that_only_type_checkers_see_are_missing_at_run_time(tmp_path: Path) -> None:
    helper = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from decimal import Decimal\n"
    files = {"app.py": "from helper import Decimal" + HANDLER, "helper.py": helper}
    assert errors(deployed(tmp_path, files)) == ["cannot import name 'Decimal' from 'helper' (/var/task/helper.py)"]


@pytest.mark.parametrize(
    "module",
    ["def go(): ...", "go = 1", "go: int = 1", "import go", "from os import path as go", "class go: ...",
     "for go in [].copy() or [1]: pass", "with open('x') as go: pass", "try:\n    go = 1\nexcept E:\n    pass", "(go, b) = 1, 2",
     "def __getattr__(name): ...", "g = globals()\nbuild(g)", "build(globals())", "globals()['go'] = 1", "globals().update(go=1)", "exec('go = 1')",
     "def set_it():\n    global go\n    go = 1\nset_it()", "if (go := 1): pass", "from math import *", "from other import *"],
)  # fmt: skip
def test_a_name_that_is_or_may_be_bound_is_silent(tmp_path: Path, module: str) -> None:
    files = {"app.py": "from helper import go" + HANDLER, "helper.py": module, "other.py": "go = 1"}
    assert errors(deployed(tmp_path, files)) == []


def test_a_bare_annotation_binds_nothing(tmp_path: Path) -> None:
    files = {"app.py": "from helper import go" + HANDLER, "helper.py": "go: int"}
    assert errors(deployed(tmp_path, files)) == ["cannot import name 'go' from 'helper' (/var/task/helper.py)"]


def test_a_star_import_brings_only_what_the_other_module_exports(tmp_path: Path) -> None:
    files = {
        "app.py": "from helper import go, _private" + HANDLER,
        "helper.py": "from other import *",
        "other.py": "__all__ = ['go']\ngo = _private = 1",
    }
    assert errors(deployed(tmp_path, files)) == ["cannot import name '_private' from 'helper' (/var/task/helper.py)"]


def test_a_directory_without_init_defines_nothing(tmp_path: Path) -> None:
    files = {"app.py": "from shared import go, x" + HANDLER, "shared/x.py": "def go(): ..."}
    assert errors(deployed(tmp_path, files)) == ["cannot import name 'go' from 'shared' (unknown location)"]


def test_a_method_of_that_name_is_pointed_out(tmp_path: Path) -> None:
    helper = "class Clients:\n    @staticmethod\n    def go(): ...\n"
    (outcome,) = deployed(tmp_path, {"app.py": "from helper import go" + HANDLER, "helper.py": helper}).names
    assert (outcome.owner, outcome.owner_kind) == ("Clients", "staticmethod")


def test_what_pip_installs_may_bring_a_module_of_its_own_name(tmp_path: Path) -> None:
    region = UnknownRegion("/var/task", "pip installs", Span("r.txt"), distributions=frozenset({"acme-shared"}))
    files = {"fn/app.py": "from shared import x" + HANDLER, "shared/x.py": ""}
    deployment = deployed(tmp_path, files, source="fn", regions=(region,))
    assert errors(deployment) == []
    assert len(deployment.gaps) == 1
    other = UnknownRegion("/var/task", "pip installs", Span("r.txt"), distributions=frozenset({"requests"}))
    assert errors(deployed(tmp_path, files, source="fn", regions=(other,))) == ["No module named 'shared'"]


def test_an_unknown_layer_makes_a_missing_module_a_gap(tmp_path: Path) -> None:
    files = {"fn/app.py": "from shared import x" + HANDLER, "shared/x.py": ""}
    region = UnknownRegion("/opt", "layer `arn` is not in the repository", Span("template.yaml", 9))
    deployment = deployed(tmp_path, files, source="fn", regions=(region,))
    assert errors(deployment) == []
    assert "layer `arn`" in deployment.gaps[0].reason


def test_pythonpath_takes_the_layers_off_the_path(tmp_path: Path) -> None:
    files = {"fn/app.py": "from shared import x" + HANDLER, "shared/x.py": ""}
    region = UnknownRegion("/opt", "layer", Span("template.yaml", 9))
    environment: dict[str, str | None] = {"PYTHONPATH": "/var/runtime"}
    deployment = deployed(tmp_path, files, source="fn", regions=(region,), environment=environment)
    assert errors(deployment) == ["No module named 'shared'"]


def test_a_directory_that_the_code_puts_on_sys_path_counts(tmp_path: Path) -> None:
    code = "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'lib'))\nimport helper" + HANDLER
    files = {"fn/app.py": code, "fn/lib/helper.py": "", "lib/helper.py": ""}
    deployment = deployed(tmp_path, files, source="fn")
    assert (errors(deployment), deployment.gaps) == ([], ())


def test_a_computed_entry_of_sys_path_makes_absence_unknown(tmp_path: Path) -> None:
    code = "import os, sys\nsys.path.append(os.environ['CODE'])\nfrom shared import x" + HANDLER
    deployment = deployed(tmp_path, {"fn/app.py": code, "shared/x.py": ""}, source="fn")
    assert errors(deployment) == []
    assert any("sys.path" in gap.reason for gap in deployment.gaps)


def test_the_same_file_under_another_name_is_pointed_out(tmp_path: Path) -> None:
    files = {"src/app.py": "from src.models import go" + HANDLER, "src/models.py": "go = 1"}
    (outcome,) = deployed(tmp_path, files, source="src").imports
    assert outcome.relocation is not None
    assert (outcome.relocation.written, outcome.relocation.importable) == ("src.models", "models")


def test_a_prefix_that_the_import_lacks_is_pointed_out(tmp_path: Path) -> None:
    files = {"src/app.py": "from models import go" + HANDLER, "src/models.py": "go = 1"}
    (outcome,) = deployed(tmp_path, files, "src.app.handler").imports
    assert outcome.relocation is not None
    assert (outcome.relocation.written, outcome.relocation.importable) == ("models", "src.models")


def test_a_circular_import_ends(tmp_path: Path) -> None:
    files = {"app.py": "import one" + HANDLER, "one.py": "import two", "two.py": "import one, app"}
    assert errors(deployed(tmp_path, files)) == []


def test_packages_run_their_init_on_the_way(tmp_path: Path) -> None:
    files = {"fn/a/__init__.py": "from shared import x", "fn/a/app.py": HANDLER, "shared/x.py": ""}
    assert errors(deployed(tmp_path, files, "a/app.handler", source="fn")) == ["No module named 'shared'"]


def test_vendored_distributions_are_not_judged(tmp_path: Path) -> None:
    files = {
        "app.py": "import dep" + HANDLER,
        "dep/__init__.py": "from dep import nothing\nimport dep.gone",
        "dep-1.0.dist-info/RECORD": "dep/__init__.py,,\n",
    }
    assert errors(deployed(tmp_path, files)) == []


def test_a_script_that_copies_the_directory_makes_absence_unknown(tmp_path: Path) -> None:
    files = {
        "fn/app.py": "from shared import x" + HANDLER,
        "shared/x.py": "",
        "Makefile": "package:\n\tcp -r shared build/fn/\n",
    }
    deployment = deployed(tmp_path, files, source="fn")
    assert errors(deployment) == []
    assert [gap.span for gap in deployment.gaps] == [Span("Makefile", 2)]


BUNDLE = "import shutil\nSHARED = 'shared'\n\nshutil.copytree(SHARED, 'fn/shared')\n"


@pytest.mark.parametrize(
    ("files", "at"),
    [
        ({"README.md": "First:\n\n    $ cp -r shared fn/\n"}, Span("README.md", 3)),
        ({"build.sh": "python3 tools/bundle.py\nsam build\n", "tools/bundle.py": BUNDLE}, Span("tools/bundle.py", 2)),
        ({"Makefile": "all:\n\tpython -m tools.bundle\n", "tools/bundle.py": BUNDLE}, Span("tools/bundle.py", 2)),
        ({"README.md": "Run `./tools/bundle.py`.\n", "tools/bundle.py": BUNDLE}, Span("tools/bundle.py", 2)),
        ({"package.json": '{"scripts": {"b": "uv run $D/bundle.py"}}', "bundle.py": BUNDLE}, Span("bundle.py", 2)),
    ],
)
def test_what_a_page_or_a_program_copies_makes_absence_unknown(tmp_path: Path, files: dict[str, str], at: Span) -> None:
    code = {"fn/app.py": "from shared import x" + HANDLER, "shared/x.py": ""}
    deployment = deployed(tmp_path, {**code, **files}, source="fn")
    assert errors(deployment) == []
    assert [gap.span for gap in deployment.gaps] == [at]


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": "We cp the shared code by hand, and zip shared and all.\n"},
        {"tools/bundle.py": BUNDLE},
        {"build.sh": "python tools/bundle.py\n", "tools/bundle.py": "SHARED = 'shared'\n"},
        {"build.sh": "python tools/bundle.py\n", "tools/bundle.py": "import shutil, shared\n# 'shared'\nshutil.copy\n"},
        {"build.sh": "python tools/other.py\n", "tools/bundle.py": BUNDLE},
    ],
)
def test_what_copies_nothing_of_the_name_excuses_nothing(tmp_path: Path, files: dict[str, str]) -> None:
    code = {"fn/app.py": "from shared import x" + HANDLER, "shared/x.py": ""}
    assert errors(deployed(tmp_path, {**code, **files}, source="fn")) == ["No module named 'shared'"]


def test_code_inside_a_template_is_judged_at_its_own_lines(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("A:\n  ZipFile: |\n    import os\n    from shared import x\n")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "x.py").write_text("")
    code = "import os\nfrom shared import x\ndef handler(event, context): ...\n"
    entry = Present(content=code, put_by=Span("template.yaml", 2, 12))
    (outcome,) = deployed(tmp_path, {}, "index.handler", source="none", inline={"/var/task/index.py": entry}).imports
    assert outcome.fact.span.path == "template.yaml"
    assert outcome.fact.span.line == 4


def test_an_optional_module_of_others_is_no_gap(tmp_path: Path) -> None:
    code = "try:\n    import unzip_requirements\nexcept ImportError:\n    pass\nimport requests" + HANDLER
    deployment = deployed(tmp_path, {"app.py": code}, regions=(installed("acme"),))
    assert [gap.reason for gap in deployment.gaps] == [
        "third-party modules are not judged: `requests`: what `acme` brings is not known"
    ]


def test_reading_globals_hides_nothing(tmp_path: Path) -> None:
    helper = "x = globals()['__name__']\ny = globals().get('z')\nz = 'q' in globals()\n"
    deployment = deployed(tmp_path, {"app.py": "from helper import go" + HANDLER, "helper.py": helper})
    assert errors(deployment) == ["cannot import name 'go' from 'helper' (/var/task/helper.py)"]


def test_a_module_that_git_ignores_is_made_by_something(tmp_path: Path) -> None:
    files = {
        ".gitignore": "*_pb2.py\n",
        "app.py": "from api import orders_pb2\nimport api.users_pb2" + HANDLER,
        "api/__init__.py": "",
    }
    deployment = deployed(tmp_path, files)
    assert errors(deployment) == []
    assert len(deployment.gaps) == 2


def test_a_package_that_changes_its_path_may_have_any_module(tmp_path: Path) -> None:
    init = "from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)\n"
    files = {"app.py": "import pkg.more\nfrom pkg import other" + HANDLER, "pkg/__init__.py": init}
    deployment = deployed(tmp_path, files)
    assert errors(deployment) == []
    assert len(deployment.gaps) == 2


def test_a_fallback_that_fails_behind_a_module_of_others_is_a_gap(tmp_path: Path) -> None:
    code = "try:\n    import ujson as json\nexcept ImportError:\n    from shared import json" + HANDLER
    assert errors(deployed(tmp_path, {"fn/app.py": code, "shared/json.py": ""}, source="fn")) == [
        "No module named 'shared'"
    ]
    deployment = deployed(tmp_path, {}, source="fn", regions=(installed("acme"),))
    assert errors(deployment) == []
    (gap,) = deployment.gaps
    assert gap.span.line == 4


VENDORED = {
    "slug/__init__.py": "def slugify(text):\n    return text\n",
    "slug-1.dist-info/RECORD": "slug/__init__.py,,\n",
}


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("from slug import slugif", "cannot import name 'slugif' from 'slug' (/var/task/slug/__init__.py)"),
        ("from slug import SLUGIFY", "cannot import name 'SLUGIFY' from 'slug' (/var/task/slug/__init__.py)"),
        ("import slug.extra", "No module named 'slug.extra'"),
        ("from slug import slugify", None),
    ],
)
def test_a_name_that_a_packaged_file_does_not_even_mention_is_missing(
    tmp_path: Path, statement: str, error: str | None
) -> None:
    deployment = deployed(tmp_path, {**VENDORED, "app.py": statement + HANDLER})
    found = [item.error for item in deployment.names] + [item.error for item in deployment.imports]
    assert found == ([error] if error else [])


@pytest.mark.parametrize(
    "more", ["def __getattr__(name): ...", "from x import *", "globals().update(a=1)", "# SLUGIFY comes from elsewhere"]
)
def test_a_packaged_file_that_may_have_more_names_is_not_judged(tmp_path: Path, more: str) -> None:
    files = {**VENDORED, "slug/__init__.py": more, "app.py": "from slug import SLUGIFY" + HANDLER}
    deployment = deployed(tmp_path, files)
    assert (deployment.names, deployment.imports) == ((), ())


def test_a_directory_of_the_functions_own_code_is_not_the_distribution_of_its_name(tmp_path: Path) -> None:
    files = {"fns/flask/app.py": "from flask import Flask\n\ndef handler(event, context):\n    return Flask\n"}
    deployment = deployed(tmp_path, files, source="fns/flask")
    assert errors(deployment) == []
    assert [one.name for one in deployment.strangers] == ["flask"]


def test_a_directory_without_init_gives_its_modules(tmp_path: Path) -> None:
    code = "from fns import util\n\ndef handler(event, context):\n    return util\n"
    deployment = deployed(tmp_path, {"fns/app.py": code, "fns/util.py": ""}, source="fns")
    assert errors(deployment) == ["No module named 'fns'"]
