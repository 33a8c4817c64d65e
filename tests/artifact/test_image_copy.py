from __future__ import annotations

from pathlib import Path

import pytest

from image_projects import AWS, absent, built, image, predict, present, project, unknown
from vartask.artifact.builder import Builder
from vartask.artifact.image import predict_image
from vartask.model import Span


def test_each_entry_knows_its_line_and_the_projects_file(tmp_path: Path) -> None:
    tree = predict(tmp_path, "FROM public.ecr.aws/lambda/python:3.12\nCOPY src/app.py ./\n", {"src/app.py": ""})
    entry = present(tree, "/var/task/app.py")
    assert entry.source == "src/app.py"
    assert entry.put_by == Span("Dockerfile", 2, 1, 2)


def test_source_is_relative_to_the_project_and_not_to_the_context(tmp_path: Path) -> None:
    made = project(tmp_path, {"svc/Dockerfile": AWS + "COPY app.py ./\n", "svc/app.py": ""})
    tree = predict_image(made, image("svc/Dockerfile", "svc"))
    assert present(tree, "/var/task/app.py").source == "svc/app.py"


def test_what_no_line_copies_is_absent(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "COPY a.py ./\n", {"a.py": "", "b.py": ""})
    assert absent(tree, "/var/task/b.py").removed_by is None


def test_an_ignored_file_is_absent_and_the_ignoring_line_is_known(tmp_path: Path) -> None:
    files = {"a.py": "", "tests/t.py": "", ".dockerignore": "# no tests\ntests\n"}
    tree = predict(tmp_path, AWS + "COPY . ./app\n", files)
    assert absent(tree, "/var/task/app/tests/t.py").removed_by == Span(".dockerignore", 2, 1)
    present(tree, "/var/task/app/a.py")


def test_the_ignore_file_beside_the_dockerfile_replaces_the_other(tmp_path: Path) -> None:
    files = {"a.py": "", "b.py": "", ".dockerignore": "a.py\n", "Dockerfile.dockerignore": "b.py\n"}
    tree = predict(tmp_path, AWS + "COPY *.py ./\n", files)
    present(tree, "/var/task/a.py")
    absent(tree, "/var/task/b.py")


def test_a_missing_source_fails_the_build_with_the_builders_words(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "COPY a.py ./\nCOPY nope.py ./\n", {"a.py": ""})
    assert tree.error is not None
    assert tree.error.message == 'failed to calculate checksum of ref: "/nope.py": not found'
    assert tree.error.at.line == 3
    assert "/var/task/a.py" in tree.entries


def test_a_source_that_is_ignored_fails_and_names_the_line(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "COPY src ./\n", {"src/a.py": "", ".dockerignore": "src\n"})
    assert tree.error is not None
    assert tree.error.message.endswith('"/src": not found (.dockerignore:1 leaves it out)')


def test_a_missing_source_that_git_ignores_is_made_by_a_build_step_and_unknown(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "COPY build/ ./lib/\n", {".gitignore": "build/\n"})
    assert tree.error is None
    assert "git ignores it" in unknown(tree, "/var/task/lib/x.py").reason
    absent(tree, "/var/task/x.py")


def test_a_pattern_below_a_missing_directory_fails_as_the_builder_does(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "COPY dist/*.whl ./\n")
    assert tree.error is not None
    assert tree.error.message == "lstat /dist: no such file or directory"


def test_a_pattern_below_a_directory_that_git_ignores_is_unknown(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "COPY dist/*.whl ./w/\n", {".gitignore": "dist\n"})
    unknown(tree, "/var/task/w/x.whl")


def test_without_a_context_what_arrives_is_unknown_and_everything_else_known(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "COPY app.py ./\nCOPY src/ ./src/\n", context=None)
    unknown(tree, "/var/task/app.py")
    unknown(tree, "/var/task/src/x.py")
    absent(tree, "/var/task/other.py")


def test_symbolic_links_never_leave_the_project(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("x = 1\n")
    root = tmp_path / "root"
    made = project(root, {"Dockerfile": AWS + "COPY link ./x\n"})
    (root / "link").symlink_to("../outside")
    tree = predict_image(made, image())
    assert tree.error is not None
    assert "secret" not in str(tree.entries)


def test_an_unknown_destination_leaves_no_certain_absence(tmp_path: Path) -> None:
    tree = predict(tmp_path, "ARG DIR\n" + AWS + "ARG DIR\nCOPY app.py ${DIR}/\n", {"app.py": ""})
    assert "`DIR`" in unknown(tree, "/app/app.py").reason


def test_a_copy_heredoc_is_a_file_with_known_contents(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "ENV V=1\nCOPY <<EOF ./gen.py\nx = $V\nEOF\n")
    assert present(tree, "/var/task/gen.py").content == "x = 1\n"


def test_modes_and_owners_follow_the_flags(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "COPY --chmod=600 --chown=5:6 a.py ./\n", {"a.py": ""})
    entry = present(tree, "/var/task/a.py")
    assert (entry.mode, entry.uid, entry.gid) == (0o600, 5, 6)


def test_an_excluded_file_is_absent_because_of_its_copy(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "COPY --exclude=tests src ./\n", {"src/a.py": "", "src/tests/t.py": ""})
    removed = absent(tree, "/var/task/tests/t.py").removed_by
    assert removed is not None
    assert removed.line == 2


def test_copy_from_an_image_that_is_not_known_is_unknown_there_and_only_there(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "COPY --from=ghcr.io/acme/tools:latest /uv /opt/bin/uv\n")
    unknown(tree, "/opt/bin/uv")
    absent(tree, "/var/task/uv")
    absent(tree, "/opt/python/x.py")


@pytest.mark.parametrize("source", ["ghcr.io/astral-sh/uv:latest", "ghcr.io/astral-sh/uv:0.9.2", "uv"])
@pytest.mark.parametrize("place", ["/bin/uv", "/usr/local/bin/", "/opt/bin/uv"])
def test_the_image_of_uv_holds_its_program(tmp_path: Path, source: str, place: str) -> None:
    dockerfile = "FROM ghcr.io/astral-sh/uv:0.9 AS uv\n" + AWS + f"COPY --from={source} /uv {place}\n"
    path = place.replace("/bin/uv", "/usr/bin/uv") if place == "/bin/uv" else place.removesuffix("uv") + "uv"
    found = present(predict(tmp_path, dockerfile), path)
    assert (found.kind, found.mode) == ("f", 0o755)


def test_packages_of_a_stage_stay_unknown_with_their_list_when_copied(tmp_path: Path) -> None:
    dockerfile = (
        "FROM python:3.12 AS build\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt -t /deps\n"
        + AWS
        + "COPY --from=build /deps ${LAMBDA_TASK_ROOT}/\n"
    )
    tree = predict(tmp_path, dockerfile, {"requirements.txt": "Requests>=2\n# c\nPyYAML\n"})
    assert unknown(tree, "/var/task/requests").distributions == frozenset({"requests", "pyyaml"})
    absent(tree, "/opt/requests")


def test_the_same_file_copied_twice_belongs_to_the_later_line(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "COPY a.py app.py\nCOPY b.py app.py\n", {"a.py": "", "b.py": ""})
    entry = present(tree, "/var/task/app.py")
    assert entry.source == "b.py"
    assert entry.put_by is not None
    assert entry.put_by.line == 3


@pytest.mark.parametrize("source", ["/src/a.py", "./src/a.py", "../src/a.py", "src/../src/a.py"])
def test_every_spelling_of_a_source_is_below_the_context(tmp_path: Path, source: str) -> None:
    tree = predict(tmp_path, AWS + f"COPY {source} ./\n", {"src/a.py": ""})
    assert built(tree) == ["/var/task/a.py"]


def test_a_broken_ignore_file_fails_the_build(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "COPY . .\n", {".dockerignore": "[\n"})
    assert tree.error is not None
    assert "syntax error in pattern" in tree.error.message


def test_an_image_without_a_dockerfile_is_unknown_with_its_reason(tmp_path: Path) -> None:
    tree = predict_image(project(tmp_path, {}), image(None, None, reason="built elsewhere"))  # type: ignore[arg-type]
    assert unknown(tree, "/var/task/app.py").reason == "built elsewhere"


def test_an_unreadable_dockerfile_is_an_error_of_the_tree(tmp_path: Path) -> None:
    assert predict_image(project(tmp_path, {}), image("nope/Dockerfile")).error is not None


def test_directories_nested_beyond_reason_are_unknown_and_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_deep(_self: Builder) -> None:
        raise RecursionError

    monkeypatch.setattr(Builder, "build", too_deep)
    tree = predict(tmp_path, AWS + "COPY . ./\n")
    assert "nested too deeply" in unknown(tree, "/var/task/nope.py").reason


def test_a_deep_directory_is_copied_whole(tmp_path: Path) -> None:
    deep = "/".join(["d"] * 300)
    tree = predict(tmp_path, AWS + "COPY . ./\n", {f"{deep}/a.py": ""})
    assert present(tree, f"/var/task/{deep}/a.py").source == f"{deep}/a.py"
