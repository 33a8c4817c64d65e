"""What installers do in images with wheels that lie in the repository, and what they leave unknown."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from image_projects import absent, image, present, unknown
from vartask.artifact.image import predict_image
from vartask.model import FileTree
from vartask.project import Project
from wheelhouse import Wheel

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
BASE = "FROM public.ecr.aws/lambda/python:3.12\nCOPY w /w\n"
SITE = "/var/lang/lib/python3.12/site-packages"
AA = Wheel("aa", files={"aa/__init__.py": ""}, requires=["bb"])
BB = Wheel("bb", files={"bb.py": ""})


def predict(directory: Path, lines: str, *wheels: Wheel, **files: str) -> FileTree:
    for wheel in wheels:
        wheel.write(directory / "w")
    for name, text in files.items():
        (directory / name.replace("_txt", ".txt").replace("_toml", ".toml")).write_text(text)
    (directory / "Dockerfile").write_text(BASE + lines)
    return predict_image(Project(directory), image())


def test_with_an_index_only_what_is_named_by_its_path_is_certain(tmp_path: Path) -> None:
    tree = predict(tmp_path, f"RUN pip install -t /out /w/{AA.filename}\n", AA, BB)
    present(tree, "/out/aa/__init__.py")
    assert unknown(tree, "/out/bb.py").distributions == frozenset({"bb"})
    named = predict(tmp_path, "RUN pip install --find-links /w -t /out bb\n")
    assert unknown(named, "/out/bb.py").distributions == frozenset({"bb"})


def test_a_dependency_that_is_nowhere_fails_the_build(tmp_path: Path) -> None:
    tree = predict(tmp_path, "RUN pip install --no-index --find-links /w -t /out aa\n", AA)
    assert tree.error is not None
    assert "exit code: 1" in tree.error.message
    on = predict(tmp_path, "RUN pip install --no-index --find-links /w -t /out aa; touch /later\n")
    present(on, "/later")
    absent(on, "/out/aa")


def test_wheels_that_version_control_ignores_may_be_others_in_a_build(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.whl\n")
    tree = predict(tmp_path, "RUN pip install --no-index --find-links /w -t /out aa\n", AA)
    assert tree.error is None
    unknown(tree, "/out/aa/__init__.py")


def test_a_requirements_file_may_hold_options_constraints_and_hashes(tmp_path: Path) -> None:
    newer = Wheel("bb", "2.0", files={"bb.py": ""})
    asked = "--no-index\n--find-links ./w\n-c limits.txt\naa\n"
    run = "COPY . /p\nRUN cd /p && pip install -r requirements.txt -t /out\n"
    tree = predict(tmp_path, run, AA, BB, newer, requirements_txt=asked, limits_txt="bb<2\n")
    present(tree, "/out/bb-1.0.dist-info/RECORD")
    absent(tree, "/out/bb-2.0.dist-info")
    digest = hashlib.sha256((tmp_path / "w" / BB.filename).read_bytes()).hexdigest()
    hashed = "--no-index\n--find-links ./w\nbb==1.0 --hash=sha256:"
    assert predict(tmp_path, run, requirements_txt=hashed + digest + "\n").error is None
    assert predict(tmp_path, run, requirements_txt=hashed + "0" * 64 + "\n").error is not None


@pytest.mark.parametrize("setting", ["ENV PIP_NO_COMPILE=0\n", "COPY pip.conf /etc/pip.conf\n"])
def test_variables_and_files_configure_pip(tmp_path: Path, setting: str) -> None:
    (tmp_path / "pip.conf").write_text("[install]\nno-compile = no\n")
    install = "RUN pip install --no-index --find-links /w bb\n"
    present(predict(tmp_path, install, BB), f"{SITE}/__pycache__/bb.cpython-312.pyc")
    tree = predict(tmp_path, setting + install)
    present(tree, f"{SITE}/bb.py")
    assert f"{SITE}/__pycache__/bb.cpython-312.pyc" not in tree.entries


def test_another_version_replaces_the_one_that_is_there(tmp_path: Path) -> None:
    newer = Wheel("bb", "2.0", files={"new.py": ""})
    first = "RUN pip install --no-index --find-links /w bb==1.0\n"
    tree = predict(tmp_path, first + "RUN pip install --no-index --find-links /w bb\n", BB, newer)
    present(tree, f"{SITE}/bb.py")
    upgraded = predict(tmp_path, first + "RUN pip install -U --no-index --find-links /w bb\n")
    present(upgraded, f"{SITE}/new.py")
    assert f"{SITE}/bb.py" not in upgraded.entries


@pytest.mark.parametrize(
    "command",
    ["uv pip install bb", "uv pip install --no-index --find-links /w bb", "uv pip sync requirements.txt"],
)
def test_uv_refuses_to_install_without_an_environment(tmp_path: Path, command: str) -> None:
    tree = predict(tmp_path, f"RUN {command}\n", BB)
    assert tree.error is not None
    assert "exit code: 2" in tree.error.message


@pytest.mark.parametrize(
    "command",
    [
        "uv pip install --python /var/lang/bin/python3 bb",
        "uv pip install -p 3.12 bb",
        "UV_PYTHON=3.12 uv pip install bb",
        "UV_SYSTEM_PYTHON=1 uv pip install bb",
        "uv venv && uv pip install bb",
        "uv venv /opt/v && VIRTUAL_ENV=/opt/v uv pip install bb",
        "uv pip install --target /out bb",
    ],
)
def test_uv_finds_an_environment_where_it_is_told_of_one(tmp_path: Path, command: str) -> None:
    assert predict(tmp_path, f"RUN {command}\n", BB).error is None


def test_a_locked_project_is_synced_from_the_wheels_it_names(tmp_path: Path) -> None:
    newer = Wheel("bb", "2.0", files={"bb.py": ""})
    project = "[project]\nname = 'p'\nversion = '1'\ndependencies = ['bb']\n[tool.uv]\nno-index = true\n"
    lock = 'version = 1\n[[package]]\nname = "bb"\nversion = "1.0"\nsource = { registry = "w" }\n'
    run = "COPY . /p\nRUN cd /p && uv sync --frozen\n"
    tree = predict(tmp_path, run, BB, newer, pyproject_toml=project + "find-links = ['w']\n")
    (tmp_path / "uv.lock").write_text(lock)
    locked = predict(tmp_path, run)
    unknown(tree, "/p/.venv/lib/python3.12/site-packages/bb.py")
    present(locked, "/p/.venv/lib/python3.12/site-packages/bb-1.0.dist-info/RECORD")
    absent(locked, "/p/.venv/lib/python3.12/site-packages/bb-2.0.dist-info")


@pytest.mark.parametrize("program", ["python", "python3", f"python{HERE}"])
def test_a_virtual_environment_is_what_this_python_makes(tmp_path: Path, program: str) -> None:
    """The links lead to the interpreter by the name it was called by."""
    base = Path(sys.base_prefix) / "bin" / program
    if not base.exists():
        pytest.skip(f"this Python has no {base}")
    made = tmp_path / "made"
    subprocess.run([base, "-m", "venv", "--without-pip", made], check=True, umask=0o022)
    (tmp_path / "Dockerfile").write_text(f"FROM python:{HERE}\nRUN {program} -m venv --without-pip /made\n")
    tree = predict_image(Project(tmp_path), image())
    there = {path.relative_to(made).as_posix(): path for path in made.rglob("*")}
    said = {path.removeprefix("/made/"): item for path, item in tree.entries.items() if path.startswith("/made/")}
    assert set(said) == set(there)
    for name, path in there.items():
        if path.is_symlink():
            target = os.readlink(path).replace(str(base.parent), "/usr/local/bin")
            assert said[name].target == target
        else:
            assert said[name].kind == ("d" if path.is_dir() else "f")
            assert said[name].mode == path.stat().st_mode & 0o777


def test_whether_a_lone_prerelease_satisfies_a_range_depends_on_pip(tmp_path: Path) -> None:
    early = Wheel("bb", "2.1rc1", {"bb.py": ""})
    unknown(predict(tmp_path, "RUN pip install --no-index --find-links /w -t /out 'bb>=1.5'\n", early), "/out/bb.py")
    present(predict(tmp_path, "RUN pip install --no-index --find-links /w -t /out bb\n"), "/out/bb.py")
    present(predict(tmp_path, "RUN pip install --no-index --find-links /w -t /out 'bb>=2.1rc1'\n"), "/out/bb.py")
