from __future__ import annotations

import os
from pathlib import Path

import pytest

from vartask.artifact.sam_build import EXCLUDED
from vartask.artifact.zip import ZipTrees, predict_zip
from vartask.model import (
    Absent,
    FileTree,
    Filter,
    Function,
    Image,
    Install,
    Layer,
    LocalLayer,
    Packed,
    Part,
    Present,
    Span,
    Text,
    Unknown,
    UnknownLayer,
    Zip,
)
from vartask.project import Project

AT = Span("template.yaml", 7, 16)


def write(root: Path, *names: str, **contents: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(contents.get(name, ""))


def predict(root: Path, artifact: Zip, *layers: Layer) -> FileTree:
    return predict_zip(Project(root), Function("F", Span("template.yaml", 3, 3), artifact, "sam", layers=layers))


def below(tree: FileTree, directory: str = "/var/task") -> set[str]:
    return {path[len(directory) + 1 :] for path in tree.entries if path.startswith(directory + "/")}


def unknown(tree: FileTree, path: str) -> Unknown:
    answer = tree.lookup(path)
    assert isinstance(answer, Unknown)
    return answer


def test_a_file_that_commands_pack_as_it_is_comes_from_the_line_that_packs(tmp_path: Path) -> None:
    own = Span("build.sh", 2)
    packed = Packed((("app.py", Present(source="app.py")), ("made.py", Present(put_by=own))), AT)
    tree = predict(tmp_path, Zip(AT, (packed,)))
    assert {path: entry.put_by for path, entry in tree.entries.items() if entry.kind == "f"} == {
        "/var/task/app.py": AT,
        "/var/task/made.py": own,
    }


def test_a_directory_becomes_var_task(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py", "src/pkg/__init__.py", "other.py")
    tree = predict(tmp_path, Zip.of("src", AT))
    assert below(tree) == {"app.py", "pkg", "pkg/__init__.py"}
    entry = tree.lookup("/var/task/app.py")
    assert isinstance(entry, Present)
    assert (entry.source, entry.put_by, entry.kind) == ("src/app.py", AT, "f")
    assert isinstance(tree.lookup("/var/task/other.py"), Absent)


def test_the_whole_project_can_be_the_package(tmp_path: Path) -> None:
    write(tmp_path, "app.py", "lib/x.py")
    assert below(predict(tmp_path, Zip.of(".", AT))) == {"app.py", "lib", "lib/x.py"}


def test_the_directories_above_are_there(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py")
    tree = predict(tmp_path, Zip.of("src", AT))
    for path in ("/", "/var", "/var/task", "/opt"):
        entry = tree.lookup(path)
        assert isinstance(entry, Present)
        assert entry.kind == "d"


def test_one_file_is_packed_alone(tmp_path: Path) -> None:
    write(tmp_path, "fns/a.py", "fns/b.py")
    assert below(predict(tmp_path, Zip.of("fns/a.py", AT))) == {"a.py"}


def test_what_sam_build_leaves_out_is_absent_and_says_by_whom(tmp_path: Path) -> None:
    # The layout and the expected names are those of a run of aws-sam-cli 1.170.
    write(
        tmp_path, "src/app.py", "src/x.so", "src/.gitignore", "src/env/__init__.py", "src/venv/lib.py",
        "src/pkg/__pycache__/a.cpython-312.pyc", "src/pkg/b.pyc", "src/pkg/__init__.py", "src/y.egg-info/PKG-INFO",
        "src/requirements.txt", "src/.env.example", "src/environment.py",
    )  # fmt: skip
    tree = predict(tmp_path, Zip.of("src", AT, filters=(EXCLUDED,)))
    assert below(tree) == {
        "app.py", "pkg", "pkg/__init__.py", "requirements.txt", ".env.example", "environment.py",
    }  # fmt: skip
    assert tree.lookup("/var/task/env") == Absent(AT)
    assert tree.lookup("/var/task/x.so") == Absent(AT)


def test_without_exclusions_everything_is_packed(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py", "src/env/__init__.py")
    assert below(predict(tmp_path, Zip.of("src", AT))) == {"app.py", "env", "env/__init__.py"}


def test_a_zip_has_no_entries_for_empty_directories(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py", "src/stale/__pycache__/old.pyc")
    assert below(predict(tmp_path, Zip.of("src", AT, filters=(EXCLUDED,)))) == {"app.py"}


def test_links_inside_the_project_are_copied_as_what_they_lead_to(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py", "common/c.py", "common/deep/d.py")
    (tmp_path / "src/common").symlink_to("../common")
    (tmp_path / "src/c.py").symlink_to("../common/c.py")
    tree = predict(tmp_path, Zip.of("src", AT))
    assert below(tree) == {"app.py", "c.py", "common", "common/c.py", "common/deep", "common/deep/d.py"}
    entry = tree.lookup("/var/task/common/deep/d.py")
    assert isinstance(entry, Present)
    assert (entry.kind, entry.source) == ("f", "common/deep/d.py")


@pytest.mark.parametrize("target", ["/etc", "../../outside", "nowhere"])
def test_links_that_lead_nowhere_in_the_project_are_unknown(tmp_path: Path, target: str) -> None:
    write(tmp_path, "p/src/app.py", "outside/secret.py")
    (tmp_path / "p/src/x").symlink_to(target)
    tree = predict(tmp_path / "p", Zip.of("src", AT))
    assert below(tree) == {"app.py"}
    assert unknown(tree, "/var/task/x").at == AT
    assert unknown(tree, "/var/task/x/secret.py").reason
    assert isinstance(tree.lookup("/var/task/y"), Absent)


@pytest.mark.parametrize("target", [".", "..", "../src"])
def test_a_loop_of_links_ends_in_a_doubt(tmp_path: Path, target: str) -> None:
    write(tmp_path, "src/pkg/a.py")
    (tmp_path / "src/pkg/loop").symlink_to(target)
    tree = predict(tmp_path, Zip.of("src", AT))
    assert "pkg/a.py" in below(tree)
    assert any(region.path.startswith("/var/task/pkg/loop") for region in tree.regions)
    assert len(tree.entries) < 20


def test_links_that_multiply_are_bounded(tmp_path: Path) -> None:
    for number in range(30):
        directory = tmp_path / f"src/d{number}"
        directory.mkdir(parents=True)
        for name in "ab":
            (directory / name).symlink_to(f"../d{number + 1}")
    tree = predict(tmp_path, Zip.of("src", AT))
    assert "more than" in unknown(tree, "/var/task/app.py").reason


def test_inline_code_is_index_py(tmp_path: Path) -> None:
    inline = Text("def handler(event, context): ...\n", AT)
    tree = predict(tmp_path, Zip(AT, inline=inline))
    entry = tree.lookup("/var/task/index.py")
    assert isinstance(entry, Present)
    assert (entry.content, entry.put_by) == (inline.value, AT)
    assert isinstance(tree.lookup("/var/task/cfnresponse.py"), Present)  # CloudFormation adds it
    assert isinstance(tree.lookup("/var/task/app.py"), Absent)


def test_code_that_is_not_in_the_repository_is_unknown(tmp_path: Path) -> None:
    answer = unknown(predict(tmp_path, Zip(AT, reason="it is in S3")), "/var/task/app.py")
    assert (answer.reason, answer.at) == ("it is in S3", AT)


def test_a_reason_beside_a_source_is_a_doubt_beside_what_is_there(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py")
    tree = predict(tmp_path, Zip.of("src", AT, reason="more comes"))
    assert isinstance(tree.lookup("/var/task/app.py"), Present)
    assert unknown(tree, "/var/task/other.py").reason == "more comes"


def test_installed_requirements_are_a_doubt_about_their_distributions(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py")
    (tmp_path / "src/requirements.txt").write_text("requests\nPyYAML\n")
    tree = predict(tmp_path, Zip.of("src", AT, requirements="src/requirements.txt"))
    answer = unknown(tree, "/var/task/yaml/__init__.py")
    assert answer.distributions == frozenset({"requests", "pyyaml"})
    assert answer.at == Span("src/requirements.txt")


def test_requirements_that_ask_for_nothing_leave_no_doubt(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py", "src/requirements.txt")
    tree = predict(tmp_path, Zip.of("src", AT, requirements="src/requirements.txt"))
    assert isinstance(tree.lookup("/var/task/yaml/__init__.py"), Absent)


def test_requirements_with_a_local_project_leave_everything_in_doubt(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py")
    (tmp_path / "src/requirements.txt").write_text("requests\n./shared\n")
    tree = predict(tmp_path, Zip.of("src", AT, requirements="src/requirements.txt"))
    answer = unknown(tree, "/var/task/shared/x.py")
    assert answer.distributions is None
    assert answer.at == Span("src/requirements.txt", 2)


def test_code_may_go_into_a_package(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py")
    assert below(predict(tmp_path, Zip.of("src", AT, into="a/b"))) == {"a", "a/b", "a/b/app.py"}


def test_layers_go_below_opt(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py", "plain/python/p.py", "built/b.py", "built/b.pyc")
    plain = LocalLayer("Plain", Zip.of("plain", AT), AT)
    built = LocalLayer("Built", Zip.of("built", AT, into="python", filters=(EXCLUDED,)), AT)
    tree = predict(tmp_path, Zip.of("src", AT), plain, built)
    assert below(tree, "/opt") == {"python", "python/p.py", "python/b.py"}


def test_a_layer_that_is_not_here_is_a_doubt_about_opt_alone(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py")
    layer = UnknownLayer("Powertools", "it is published elsewhere", AT, frozenset({"aws-lambda-powertools"}))
    tree = predict(tmp_path, Zip.of("src", AT), layer)
    answer = unknown(tree, "/opt/python/shared")
    assert answer.distributions == frozenset({"aws-lambda-powertools"})
    assert "Powertools" in answer.reason
    assert isinstance(tree.lookup("/var/task/shared"), Absent)


def test_a_layers_requirements_are_installed_into_python(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py")
    write(tmp_path, "layer/requirements.txt")
    (tmp_path / "layer/requirements.txt").write_text("requests\n")
    parts = (Part("layer", AT, "python"), Install("layer/requirements.txt", AT, "python"))
    layer = LocalLayer("L", Zip(AT, parts), AT)
    tree = predict(tmp_path, Zip.of("src", AT), layer)
    assert unknown(tree, "/opt/python/requests").distributions == frozenset({"requests"})
    assert isinstance(tree.lookup("/opt/lib"), Absent)


def test_the_runtimes_own_directories_are_unknown(tmp_path: Path) -> None:
    tree = predict(tmp_path, Zip(AT, reason="x"))
    assert unknown(tree, "/var/lang/lib/python3.12/json").reason == "part of the runtime"
    assert unknown(tree, "/var/runtime/boto3").reason


def test_paths_that_git_is_told_to_ignore_by_name_may_be_made_before_packaging(tmp_path: Path) -> None:
    write(tmp_path, "src/fn/app.py", "src/fn/kept.py")
    (tmp_path / ".gitignore").write_text("/src/fn/shared/\nlib/\n*.log\nsrc/fn/kept.py\nversion.py\nsrc/*/wild\n")
    (tmp_path / "src/.gitignore").write_text("fn/common\n")
    tree = predict(tmp_path, Zip.of("src/fn", AT))
    assert "`src/fn/shared`" in unknown(tree, "/var/task/shared/x.py").reason
    assert unknown(tree, "/var/task/common").reason
    assert unknown(tree, "/var/task/version.py").reason
    for path in ("lib/x.py", "wild", "other.py"):
        assert isinstance(tree.lookup(f"/var/task/{path}"), Absent)
    assert isinstance(tree.lookup("/var/task/kept.py"), Present)


def test_node_modules_are_packed_but_not_read(tmp_path: Path) -> None:
    write(tmp_path, "app.py", "node_modules/x/index.js")
    tree = predict(tmp_path, Zip.of(".", AT))
    assert below(tree) == {"app.py", "node_modules"}
    assert unknown(tree, "/var/task/node_modules/x").reason


def test_permissions_are_those_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py")
    os.chmod(tmp_path / "src/app.py", 0o600)
    entry = predict(tmp_path, Zip.of("src", AT)).lookup("/var/task/app.py")
    assert isinstance(entry, Present)
    assert entry.mode == 0o600


def test_functions_with_the_same_package_share_a_tree(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py")
    trees = ZipTrees(Project(tmp_path))
    first, second = (Function(name, AT, Zip.of("src", AT), "sam") for name in "ab")
    assert trees.tree(first) is trees.tree(second)


def test_an_image_is_refused() -> None:
    with pytest.raises(TypeError, match="image"):
        predict_zip(Project(Path()), Function("F", AT, Image(None, None, AT), "sam"))


def test_later_parts_overwrite_and_go_where_they_are_put(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py", "shared/util.py", "shared/app.py", "conf/prod.ini")
    parts = (
        Part("src", AT),
        Part("shared", AT, "lib"),
        Part("shared/app.py", AT),
        Part("conf/prod.ini", AT, name="x.ini"),
    )
    tree = predict(tmp_path, Zip(AT, parts))
    assert below(tree) == {"app.py", "lib", "lib/util.py", "lib/app.py", "x.ini"}
    found = tree.lookup("/var/task/app.py")
    assert isinstance(found, Present)
    assert found.source == "shared/app.py"


def test_a_pattern_of_the_project_is_the_line_that_left_a_file_out(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py", "src/util.py", "src/old/x.py")
    written = Span("template.yaml", 7)
    patterns = Filter("names", ("old", Text("util*", written)))
    tree = predict(tmp_path, Zip.of("src", AT, filters=(patterns,)))
    assert below(tree) == {"app.py"}
    assert tree.lookup("/var/task/util.py") == Absent(written)
    assert tree.lookup("/var/task/old") == Absent(AT)


def test_packages_that_a_command_names_are_installed(tmp_path: Path) -> None:
    write(tmp_path, "src/app.py")
    tree = predict(tmp_path, Zip(AT, (Part("src", AT), Install(None, AT, packages=("requests>=2", "PyYAML")))))
    answer = unknown(tree, "/var/task/yaml")
    assert answer.distributions == frozenset({"requests", "pyyaml"})
    assert answer.at == AT
