from __future__ import annotations

from pathlib import Path

from vartask.artifact.build_context import ContextChoice, resolve_context
from vartask.artifact.builds import DockerBuild, find_builds
from vartask.artifact.describe import describe
from vartask.model import Span
from vartask.project import Project
from written import project


def choose(tree: Project, dockerfile: str, builds: tuple[DockerBuild, ...] | None = None) -> ContextChoice:
    found = find_builds(tree) if builds is None else builds
    return resolve_context(tree, dockerfile, found, describe(tree, dockerfile).sources)


def dockerfile(*sources: str) -> str:
    return "FROM public.ecr.aws/lambda/python:3.12\n" + "".join(f"COPY {source} ./\n" for source in sources)


def test_the_nearest_directory_that_holds_every_source_is_the_context(tmp_path: Path) -> None:
    files = {
        "a/b/Dockerfile": dockerfile("app.py", "b/x.py"),
        "a/app.py": "",
        "a/b/x.py": "",
        "app.py": "",
        "b/x.py": "",
    }
    assert choose(project(tmp_path, files), "a/b/Dockerfile") == ContextChoice("a")


def test_the_dockerfiles_own_directory_comes_first(tmp_path: Path) -> None:
    files = {"svc/Dockerfile": dockerfile("app.py"), "svc/app.py": "", "app.py": ""}
    assert choose(project(tmp_path, files), "svc/Dockerfile").context == "svc"


def test_a_declared_build_decides_even_against_the_nearest_directory(tmp_path: Path) -> None:
    files = {"svc/Dockerfile": dockerfile("app.py"), "svc/app.py": "", "build.sh": "docker build -f svc/Dockerfile .\n"}
    found = choose(project(tmp_path, files), "svc/Dockerfile")
    assert (found.context, found.at) == (".", Span("build.sh", 1))


def test_of_several_declared_contexts_the_only_one_that_works_is_meant(tmp_path: Path) -> None:
    files = {
        "svc/Dockerfile": dockerfile("app.py"),
        "svc/app.py": "",
        "a.sh": "docker build -f svc/Dockerfile .\n",
        "b.sh": "docker build svc\n",
    }
    assert choose(project(tmp_path, files), "svc/Dockerfile").context == "svc"


def test_contradicting_declarations_are_a_gap(tmp_path: Path) -> None:
    files = {
        "svc/Dockerfile": dockerfile("app.py"),
        "svc/app.py": "",
        "app.py": "",
        "a.sh": "docker build -f svc/Dockerfile .\n",
        "b.sh": "docker build svc\n",
    }
    found = choose(project(tmp_path, files), "svc/Dockerfile")
    assert found.context is None
    assert found.reason == "it is built from different directories: . (a.sh:1), svc (b.sh:1)"


def test_a_computed_context_is_only_replaced_by_one_that_is_the_only_one(tmp_path: Path) -> None:
    files = {"svc/Dockerfile": dockerfile("app.py"), "svc/app.py": "", "b.sh": "docker build -f svc/Dockerfile $CTX\n"}
    assert choose(project(tmp_path, files), "svc/Dockerfile").context == "svc"
    (tmp_path / "app.py").touch()
    found = choose(Project(tmp_path), "svc/Dockerfile")
    assert found == ContextChoice(None, "the directory that it is built from is computed where it is built")


def test_sources_that_git_ignores_are_made_later_and_do_not_count(tmp_path: Path) -> None:
    files = {
        ".gitignore": "dist/\nrequirements.lock\n",
        "svc/Dockerfile": dockerfile("app.py", "dist/", "requirements.lock", "dist/*.whl"),
        "svc/app.py": "",
    }
    assert choose(project(tmp_path, files), "svc/Dockerfile").context == "svc"


def test_a_pattern_counts_where_it_matches_something(tmp_path: Path) -> None:
    files = {
        "svc/docker/Dockerfile": dockerfile("src/*.py", "req*.txt"),
        "svc/src/a.py": "",
        "svc/requirements.txt": "",
    }
    assert choose(project(tmp_path, files), "svc/docker/Dockerfile").context == "svc"


def test_copy_of_everything_means_the_dockerfiles_directory_when_code_is_there(tmp_path: Path) -> None:
    assert (
        choose(project(tmp_path, {"svc/Dockerfile": dockerfile("."), "svc/app.py": ""}), "svc/Dockerfile").context
        == "svc"
    )


def test_copy_of_everything_is_a_tie_when_the_code_is_elsewhere(tmp_path: Path) -> None:
    found = choose(project(tmp_path, {"docker/Dockerfile": dockerfile("."), "app.py": ""}), "docker/Dockerfile")
    assert found == ContextChoice(None, "COPY . fits every directory, and nothing tells which one it is built from")


def test_other_sources_settle_a_copy_of_everything(tmp_path: Path) -> None:
    files = {"docker/Dockerfile": dockerfile("requirements.txt", "."), "app.py": "", "requirements.txt": ""}
    assert choose(project(tmp_path, files), "docker/Dockerfile").context == "."


def test_no_directory_with_every_source_is_a_gap_unless_only_one_has_any(tmp_path: Path) -> None:
    tree = project(tmp_path, {"svc/Dockerfile": dockerfile("app.py", "shared.py"), "svc/app.py": ""})
    assert choose(tree, "svc/Dockerfile").context == "svc"
    (tmp_path / "shared.py").touch()
    found = choose(Project(tmp_path), "svc/Dockerfile")
    assert found.context is None
    assert found.reason == "no directory at or above svc holds every COPY source"
    assert found.at is not None
    assert found.at.line == 3
