"""The same Dockerfile built by another builder; every expectation was seen in a build by that builder."""

from __future__ import annotations

from pathlib import Path

import pytest

from image_projects import AWS, built, image, present, project, unknown
from vartask.artifact.image import predict_image
from vartask.data.builders import builder_named
from vartask.model import FileTree

TWO = {"a.py": "", "b.py": ""}


def predict_with(builder: str, root: Path, dockerfile: str, files: dict[str, str] | None = None) -> FileTree:
    made = project(root, {"Dockerfile": dockerfile, **(files or {})})
    return predict_image(made, image(), builder=builder_named(builder))


def failure(tree: FileTree) -> tuple[int, str]:
    assert tree.error is not None
    return tree.error.at.line, tree.error.message


def files(tree: FileTree) -> list[str]:
    return [path for path in built(tree) if path.startswith("/var/task/")]


# -- parsing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("builder", "flag", "message"),
    [
        ("buildkit@0.9", "--link", "dockerfile parse error on line 2: unknown flag: --link"),
        ("buildkit@0.8", "--link", "dockerfile parse error line 2: Unknown flag: link"),
        ("buildkit@0.24", "--exclude=x", "dockerfile parse error on line 2: unknown flag: --exclude"),
        ("buildkit@0.25", "--parents", "dockerfile parse error on line 2: unknown flag: --parents"),
        ("classic", "--link", "dockerfile parse error line 2: Unknown flag: link"),
        ("classic", "--chmod=644", "the --chmod option requires BuildKit"),
        ("buildah", "--link", "COPY only supports the --chmod=<permissions> --chown=<uid:gid> and the --from="),
        ("buildah", "--chmod=u+x", "Error parsing chmod u+x"),
        ("buildkit@0.19", "--chmod=u+x", "invalid chmod parameter: 'u+x'. it should be octal string"),
    ],
)
def test_a_flag_that_a_builder_does_not_know_fails_there(tmp_path: Path, builder: str, flag: str, message: str) -> None:
    line, said = failure(predict_with(builder, tmp_path, AWS + f"COPY {flag} a.py ./\n", TWO))
    assert (line, said[: len(message)]) == (2, message)


def test_without_heredocs_the_body_is_read_as_instructions(tmp_path: Path) -> None:
    line, said = failure(predict_with("classic", tmp_path, AWS + "COPY <<EOF ./gen.py\nx = 1\nEOF\n"))
    assert (line, said) == (3, "dockerfile parse error line 3: unknown instruction: X")


def test_buildah_meets_an_unknown_instruction_when_it_gets_there(tmp_path: Path) -> None:
    text = AWS + "COPY nope ./\nFOO x\n"
    assert failure(predict_with("buildkit", tmp_path, text))[0] == 3
    assert failure(predict_with("buildah", tmp_path, text))[0] == 2


@pytest.mark.parametrize(
    ("syntax", "works"),
    [("docker/dockerfile:1", True), ("docker/dockerfile:1.4", True), ("docker/dockerfile:1.2", False)],
)
def test_a_syntax_line_brings_its_own_frontend(tmp_path: Path, syntax: str, works: bool) -> None:
    text = f"# syntax={syntax}\n{AWS}COPY <<EOF ./gen.py\nx = 1\nEOF\n"
    assert (predict_with("buildkit", tmp_path, text).error is None) is works
    assert predict_with("classic", tmp_path, text).error is not None


def test_the_labs_channel_has_flags_earlier(tmp_path: Path) -> None:
    text = "# syntax=docker/dockerfile:1.7{}\n" + AWS + "COPY --parents a.py ./\n"
    assert predict_with("buildkit", tmp_path, text.format("-labs"), TWO).error is None
    assert predict_with("buildkit", tmp_path, text.format(""), TWO).error is not None


# -- variables and stages -----------------------------------------------------------------------------


@pytest.mark.parametrize(("builder", "place"), [("buildkit", "arg"), ("classic", "env"), ("buildah", "env")])
def test_who_wins_of_arg_and_env_depends_on_the_builder(tmp_path: Path, builder: str, place: str) -> None:
    text = AWS + "ENV D=env\nARG D=arg\nCOPY a.py ./$D/\n"
    assert files(predict_with(builder, tmp_path, text, TWO)) == [f"/var/task/{place}/", f"/var/task/{place}/a.py"]


@pytest.mark.parametrize(
    ("builder", "modifier"), [("buildkit@0.11", "${X-d}"), ("buildkit@0.12", "${X#d}"), ("classic", "${X/a/b}")]
)
def test_a_modifier_that_a_builder_does_not_know_fails_there(tmp_path: Path, builder: str, modifier: str) -> None:
    text = AWS + f"ARG X=x\nCOPY a.py ./{modifier}/\n"
    assert predict_with("buildkit@0.13", tmp_path, text, TWO).error is None
    assert "in substitution" in failure(predict_with(builder, tmp_path, text, TWO))[1]


def test_the_classic_builder_builds_what_nobody_needs(tmp_path: Path) -> None:
    text = AWS.strip() + " AS s\nCOPY nope ./\n" + AWS + "COPY a.py ./\n"
    assert predict_with("buildkit", tmp_path, text, TWO).error is None
    assert failure(predict_with("classic", tmp_path, text, TWO)) == (
        2,
        "COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist",
    )


def test_buildah_runs_no_triggers_of_an_earlier_stage(tmp_path: Path) -> None:
    text = AWS.strip() + " AS s\nONBUILD COPY a.py ./\nFROM s\nCOPY b.py ./\n"
    assert files(predict_with("classic", tmp_path, text, TWO)) == ["/var/task/a.py", "/var/task/b.py"]
    assert files(predict_with("buildah", tmp_path, text, TWO)) == ["/var/task/b.py"]


# -- COPY ---------------------------------------------------------------------------------------------


def test_several_sources_without_a_slash(tmp_path: Path) -> None:
    text = AWS + "COPY a.py b.py ./x\n"
    assert files(predict_with("buildkit", tmp_path, text, TWO)) == ["/var/task/x"]
    assert files(predict_with("buildah", tmp_path, text, TWO)) == [
        "/var/task/x/",
        "/var/task/x/a.py",
        "/var/task/x/b.py",
    ]
    assert "must be a directory and end with a /" in failure(predict_with("classic", tmp_path, text, TWO))[1]


def test_a_pattern_that_matches_nothing(tmp_path: Path) -> None:
    text = AWS + "COPY *.zip ./\n"
    assert predict_with("buildkit@0.8", tmp_path, text, TWO).error is None
    assert failure(predict_with("classic", tmp_path, text, TWO))[1] == "COPY failed: no source files were specified"
    assert predict_with("buildah", tmp_path, text, TWO).error is not None
    assert predict_with("classic", tmp_path, AWS + "COPY *.zip a.py ./\n", TWO).error is None


def test_the_classic_builder_takes_patterns_as_they_are_written(tmp_path: Path) -> None:
    text = AWS + "COPY d/../*.py a.py ./x/\n"
    more = {**TWO, "d/c.py": ""}
    assert "/var/task/x/b.py" in files(predict_with("buildkit", tmp_path, text, more))
    assert "/var/task/x/b.py" not in files(predict_with("classic", tmp_path, text, more))


def test_a_path_out_of_the_context_fails_in_the_classic_builder_only(tmp_path: Path) -> None:
    text = AWS + "COPY ../a.py ./\n"
    assert predict_with("buildah", tmp_path, text, TWO).error is None
    said = failure(predict_with("classic", tmp_path, text, TWO))[1]
    assert said == "COPY failed: forbidden path outside the build context: ../a.py ()"


def test_a_directory_over_a_file_is_refused_or_replaces_it(tmp_path: Path) -> None:
    text = AWS + "COPY one ./n/\nCOPY two ./n/\n"
    more = {"one/x": "", "two/x/in.py": ""}
    assert predict_with("buildkit@0.8", tmp_path, text, more).error is not None
    for builder in ("classic", "buildah"):
        assert "/var/task/n/x/in.py" in files(predict_with(builder, tmp_path, text, more))


def test_what_buildah_makes_of_a_file_and_a_directory_at_one_name_is_not_known(tmp_path: Path) -> None:
    tree = predict_with("buildah", tmp_path, "FROM scratch\nCOPY * /d\n", {"x/in.py": ""})
    assert tree.error is None
    unknown(tree, "/d")


@pytest.mark.parametrize(("builder", "mode"), [("buildkit@0.20", 0o755), ("buildkit@0.21", 0o700), ("buildah", 0o755)])
def test_directories_made_for_a_copy_take_chmod_since_0_21(tmp_path: Path, builder: str, mode: int) -> None:
    tree = predict_with(builder, tmp_path, AWS + "COPY --chmod=700 a.py ./new/\n", TWO)
    assert (present(tree, "/var/task/new").mode, present(tree, "/var/task/new/a.py").mode) == (mode, 0o700)


def test_a_file_on_a_link_that_leads_nowhere_makes_the_directories(tmp_path: Path) -> None:
    text = AWS + "RUN ln -s /nowhere/a.py a.py\nCOPY a.py a.py\n"
    tree = predict_with("buildkit", tmp_path, text, TWO)
    assert (present(tree, "/nowhere").kind, present(tree, "/nowhere/a.py").kind) == ("d", "f")
    assert present(tree, "/var/task/a.py").kind == "l"


def test_buildah_puts_a_file_in_the_place_of_a_link(tmp_path: Path) -> None:
    text = AWS + "RUN touch /real && ln -s /real a.py\nCOPY a.py a.py\n"
    assert present(predict_with("buildkit", tmp_path, text, TWO), "/var/task/a.py").kind == "l"
    assert present(predict_with("buildah", tmp_path, text, TWO), "/var/task/a.py").kind == "f"


# -- ignore files -------------------------------------------------------------------------------------


def test_older_rules_reach_only_where_an_exception_is_written(tmp_path: Path) -> None:
    more = {"src/a.py": "", "src/in/b.py": "", ".dockerignore": "src\n!src/**/*.py\n"}
    text = AWS + "COPY src ./\n"
    assert files(predict_with("buildkit@0.10", tmp_path, text, more)) == [
        "/var/task/a.py",
        "/var/task/in/",
        "/var/task/in/b.py",
    ]
    for builder in ("buildkit@0.9", "classic", "buildah"):
        assert files(predict_with(builder, tmp_path, text, more)) == ["/var/task/a.py"]


def test_the_classic_builder_has_one_ignore_file(tmp_path: Path) -> None:
    more = {**TWO, ".dockerignore": "a.py\n", "Dockerfile.dockerignore": "b.py\n"}
    text = AWS + "COPY *.py ./\n"
    assert files(predict_with("buildkit", tmp_path, text, more)) == ["/var/task/a.py"]
    assert files(predict_with("classic", tmp_path, text, more)) == ["/var/task/b.py"]


# -- RUN, WORKDIR, VOLUME -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("builder", "left"),
    [("buildkit@0.11", []), ("buildkit@0.10", ["/mnt/x/", "/mnt/x/y/"]), ("buildah", ["/mnt/x/"])],
)
def test_older_builders_leave_mount_points(tmp_path: Path, builder: str, left: list[str]) -> None:
    tree = predict_with(builder, tmp_path, AWS + "RUN --mount=type=tmpfs,target=/mnt/x/y touch /mnt/x/y/f\n")
    assert [path for path in built(tree) if path != "/mnt/"] == left


def test_the_classic_builder_has_no_mounts(tmp_path: Path) -> None:
    said = failure(predict_with("classic", tmp_path, AWS + "RUN --mount=type=cache,target=/c true\n"))[1]
    assert said.startswith("the --mount option requires BuildKit")


def test_what_run_writes_into_a_volume_is_lost_in_the_classic_builder(tmp_path: Path) -> None:
    text = AWS + "VOLUME /data/v\nRUN touch /data/v/gone /data/stays\nCOPY a.py /data/v/\n"
    assert [path for path in built(predict_with("classic", tmp_path, text, TWO)) if path.startswith("/data")] == [
        "/data/",
        "/data/stays",
        "/data/v/",
        "/data/v/a.py",
    ]


def test_whose_a_working_directory_is(tmp_path: Path) -> None:
    text = AWS + "USER 1000:1001\nWORKDIR /made\n"
    assert present(predict_with("buildkit", tmp_path, text), "/made").uid == 1000
    assert present(predict_with("classic", tmp_path, text), "/made").uid == 0
