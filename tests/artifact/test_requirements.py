from __future__ import annotations

from pathlib import Path

import pytest

from vartask.artifact.requirements import Requirements, distribution_of, read_requirements
from vartask.model import Span
from vartask.project import Project


def read(root: Path, files: dict[str, str | bytes], path: str = "requirements.txt") -> Requirements:
    for name, content in files.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_requirements(Project(root), path)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("requests", "requests"),
        ("Requests==2.31.0", "requests"),
        ("ruamel.yaml >= 0.17 , <1", "ruamel-yaml"),
        ("Some__Odd--Name~=1.0", "some-odd-name"),
        ("aws-lambda-powertools[tracer,parser]>=2; python_version >= '3.9'", "aws-lambda-powertools"),
        ("pip @ https://github.com/pypa/pip/archive/22.0.2.zip", "pip"),
        ("lib@git+ssh://git@example.com/team/lib.git@v1", "lib"),
        ("git+https://github.com/psf/requests.git@main#egg=requests[socks]&subdirectory=x", "requests"),
        ("./wheels/my_pkg-1.0-py3-none-any.whl", "my-pkg"),
        ("my_pkg-1.0-py3-none-any.whl", "my-pkg"),
        ("https://example.com/dist/torch-2.1.0%2Bcpu-cp311-cp311-linux_x86_64.whl", "torch"),
        ("https://example.com/dist/scikit-learn-1.2.0.tar.gz", "scikit-learn"),
        ("name(>=1.0)", "name"),
    ],
)
def test_a_requirement_names_its_distribution(line: str, name: str) -> None:
    assert distribution_of(line) == name


@pytest.mark.parametrize(
    "line", ["./shared", "git+https://example.com/x.git", "foo bar", "=1.0", "{{ jinja }}", "https://example.com/x"]
)
def test_what_names_no_distribution_is_not_guessed(line: str) -> None:
    assert distribution_of(line) is None


def test_options_behind_a_requirement_are_no_part_of_it(tmp_path: Path) -> None:
    text = (
        "torch==2.1.0+cpu -f https://example.com/whl/stable.html\nidna --no-binary :all: ; x\nyarl==1 --hash=sha256:a\n"
    )
    found = read(tmp_path, {"requirements.txt": text})
    assert (found.distributions, found.local_paths) == (frozenset({"torch", "idna", "yarl"}), ())


def test_comments_options_hashes_and_continuations_do_not_hide_names(tmp_path: Path) -> None:
    text = (
        "# tools\n"
        "--index-url https://pypi.example.com/simple\n"
        "-i https://pypi.example.com/simple\n"
        "--extra-index-url=https://x.example.com\n"
        "-c constraints.txt\n"
        "--no-binary :all:\n"
        "requests==2.31.0 \\\n"
        "    --hash=sha256:aaaa \\\n"
        "    --hash=sha256:bbbb\n"
        "boto3  # the SDK\n"
        "\n"
        "PyYAML>=6 ; sys_platform == 'linux'\r\n"
        "urllib3\\\n"
        "<2"
    )
    found = read(tmp_path, {"requirements.txt": text})
    assert found.distributions == frozenset({"requests", "boto3", "pyyaml", "urllib3"})
    assert found.reason is None
    assert found.places["requests"] == Span("requirements.txt", 7)
    assert found.places["pyyaml"] == Span("requirements.txt", 12)


def test_included_files_count_and_circles_end(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "a/requirements.txt": "-r ../base.txt\n--requirement=more/extra.txt\nflask\n",
            "base.txt": "-ra/requirements.txt\nrequests\n",
            "a/more/extra.txt": "jinja2\n",
        },
        "a/requirements.txt",
    )
    assert found.distributions == frozenset({"flask", "requests", "jinja2"})
    assert set(found.files) == {"a/requirements.txt", "base.txt", "a/more/extra.txt"}
    assert found.places["requests"] == Span("base.txt", 2)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-r missing.txt", "missing.txt"),
        ("-r ../outside.txt", "outside the project"),
        ("-r https://example.com/r.txt", "not in the repository"),
        ("git+https://example.com/x.git", "cannot tell"),
        ("-e ./shared", "local project"),
        ("-e .", "local project"),
        ("../lib", "local project"),
        ("shared @ file:../lib", "local project"),
        ("<<<<<<< HEAD", "cannot tell"),
    ],
)
def test_an_incomplete_list_says_why_and_where(tmp_path: Path, line: str, words: str) -> None:
    found = read(tmp_path, {"f/requirements.txt": f"requests\n{line}\n", "outside": ""}, "f/requirements.txt")
    if line.startswith("-r ../"):
        found = read(tmp_path / "f", {}, "requirements.txt")
    assert found.distributions is None
    assert found.reason is not None
    assert words in found.reason
    assert found.at is not None
    assert found.at.line == 2
    assert "requests" in found.places


def test_local_paths_are_recorded_relative_to_the_root(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {"f/requirements.txt": "-e ../shared\n./wheels/w-1-py3-none-any.whl\n../../out\nfile:./lib#egg=lib\n"},
        "f/requirements.txt",
    )
    assert [(item.path, item.editable) for item in found.local_paths] == [
        ("shared", True),
        ("f/wheels/w-1-py3-none-any.whl", False),
        (None, False),
        ("f/lib", False),
    ]


def test_a_local_wheel_leaves_the_list_complete(tmp_path: Path) -> None:
    found = read(tmp_path, {"requirements.txt": "wheels/w-1-py3-none-any.whl\n"})
    assert found.distributions == frozenset({"w"})


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-16-le", "utf-16-be"])
def test_byte_order_marks_are_honoured_as_pip_does(tmp_path: Path, encoding: str) -> None:
    text = "requests\n" if encoding in {"utf-16", "utf-8-sig"} else "\ufeffrequests\n"
    assert read(tmp_path, {"requirements.txt": text.encode(encoding)}).distributions == frozenset({"requests"})


def test_a_missing_file_is_a_doubt_not_an_empty_list(tmp_path: Path) -> None:
    found = read(tmp_path, {})
    assert found.distributions is None
    assert found.at == Span("requirements.txt")


def test_an_empty_file_asks_for_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, {"requirements.txt": "# nothing\n\n"}).distributions == frozenset()
