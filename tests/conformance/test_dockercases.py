"""Predicted image trees against 231 builds, each done with four builders.

Each case is a build context and what the builders made of it.  Every certain answer must agree.  An ``Unknown`` is
accepted only in the cases listed here, each with its reason.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from dockercases import UNSUPPORTED, Answer, Case, Terms, judge, read_cases, same_recorded_error
from vartask.data.builders import builder_named

ARCHIVE = Path(__file__).with_name("dockercases.tar.gz")
NUMBER_OF_CASES = 231

DOWNLOAD = "what a download holds is not in the repository"

UNDECIDED = {
    "add_git": DOWNLOAD,
    "add_git_subdir": DOWNLOAD,
    "add_url_tar_unpack": DOWNLOAD,
    "pip_editable": "a build backend, which is not in the context, makes the files of an editable installation",
    "poetry_export": "what another machine's own image holds is not in the repository",
    "poetry_in_project": "what another machine's own image holds is not in the repository",
    "sh_mkdir_brace": "Amazon Linux's /bin/sh is bash and expands braces; that of the image that stood in for it does not",
    "sh_unzip": "the archive is made by a Python program in the same RUN",
}
"""Cases with an ``Unknown`` in the answer, each with the reason why it must be one."""

BUILDERS: dict[str, tuple[str | None, dict[str, str]]] = {
    "buildkit": (None, {}),
    "buildkit@0.8": ("bk08", {}),
    "classic": (
        "classic",
        {"platform_args": "TARGETARCH is a name like any other there: whoever builds gives it a value, or it has none"},
    ),
    "buildah": (
        "buildah",
        {
            "platform_from": "whether the image of another platform is on the machine is not in the repository",
            "shell_instr": "SHELL is left out there, and /bin/sh expands braces on Amazon Linux, not on what stood in for it",
        },
    ),
}
"""Each builder, the suffix of its recorded observations, and the cases that it alone leaves undecided."""

MISRECORDED = {
    ("classic", "entrypoint_resets_cmd"): "taken from the builder's cache of another case with the same CMD line, whose"
    " ENTRYPOINT kept it; built without a cache, the inherited CMD is gone as in BuildKit",
}
"""Observations that are not what the builder makes of the case alone."""

NOT_IN_CONTEXT = {"/w/setuptools-65.5.0-py3-none-any.whl", "/w/wheel-0.45.1-py3-none-any.whl"}
"""Wheels that the original build had in its context and that the archive of cases leaves out."""

ROOT_FOR_UNKNOWN_NAMES = {"/var/task/app.py": (0, 0)}
"""``chown_name``: names count as root in a prediction; in these builds Debian stood in for AWS's base image, and its
``nobody:www-data`` is 65534:33."""


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    return read_cases(ARCHIVE, tmp_path_factory.mktemp("dockercases"))


def answers(case: Case, builder: str, suffix: str | None) -> list[Answer]:
    observed, own = case.observed(suffix)
    if observed[0].startswith(UNSUPPORTED) or (builder, case.name) in MISRECORDED:
        return []
    terms = Terms(
        case.digest,
        NOT_IN_CONTEXT,
        ROOT_FOR_UNKNOWN_NAMES if case.name == "chown_name" else {},
        # Another builder's words were recorded only where it did something else than BuildKit 0.26.
        same_recorded_error if own else lambda _observed, _predicted: True,
    )
    return list(judge(case.tree(builder_named(builder)), observed, terms))


@pytest.mark.parametrize("builder", BUILDERS)
def test_every_certain_answer_agrees_with_the_builder(
    cases: list[Case], builder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(cases) == NUMBER_OF_CASES
    suffix, alone = BUILDERS[builder]
    tally: Counter[str] = Counter()
    wrong: dict[str, list[str]] = {}
    undecided: dict[str, list[str]] = {}
    for case in cases:
        for verdict, what in answers(case, builder, suffix):
            tally[verdict] += 1
            if verdict != "right":
                (wrong if verdict == "wrong" else undecided).setdefault(case.name, []).append(what)
    whole = len(cases) - len({*wrong, *undecided})
    with capsys.disabled():
        print(f"\n{builder}: {whole} of {len(cases)} images predicted completely; answers: {dict(tally)}")  # noqa: T201
    # What another builder refuses is decided there, whatever a download would have held.
    refused = {case.name for case in cases if refuses(case, suffix)}
    assert wrong == {}
    assert sorted(undecided) == sorted({*(UNDECIDED.keys() - refused), *alone})


def refuses(case: Case, suffix: str | None) -> bool:
    observed, own = case.observed(suffix)
    return suffix is not None and own and observed[0].startswith((UNSUPPORTED, "ERROR: "))
