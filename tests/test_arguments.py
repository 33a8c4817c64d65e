from __future__ import annotations

from collections import defaultdict

import pytest

from vartask.arguments import again, parser

COMMANDS: defaultdict[str, object] = defaultdict(lambda: None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("check", ""),
        ("check . --gaps --strict --output x --output-format json", ""),
        ("check a b --exclude x --exclude y", "--exclude x --exclude y a b"),
        ("check --select VT1 --ignore VT101,VT2", "--ignore VT101,VT2"),
        ("check -- -odd", "./-odd"),
        ("verify --function A --jobs 9 --memory 256 --timeout 3", "--memory 256 --timeout 3.0"),
        ("verify --artifact A=a.zip --image x:1 svc", "--image x:1 --artifact A=a.zip svc"),
        ("verify --build-option=--network=none", "--build-option=--network=none"),
        ("verify --build-option=--build-arg=TOKEN=geheim", "--build-option=--build-arg=TOKEN"),
        ("verify --build-option=--build-arg=TOKEN", "--build-option=--build-arg=TOKEN"),
    ],
)
def test_what_decides_about_the_run_is_given_again_and_no_secret_is(given: str, expected: str) -> None:
    options = parser(COMMANDS).parse_args(given.split())
    assert " ".join(again(options)) == expected


def test_what_is_given_again_means_the_same() -> None:
    words = ["verify", "--build-option=--pull", "--memory", "300", "--exclude", "a b", "-c"]
    first = parser(COMMANDS).parse_args([*words[:-1], "--", "-c"])
    second = parser(COMMANDS).parse_args(["verify", *again(first)])
    assert {**vars(second), "paths": ["-c"], "default_of": None} == {**vars(first), "default_of": None}
