from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from image_projects import AWS, absent, built, predict, present, unknown

OFFICIAL = "FROM python:3.12-slim\n"
SITE = "/var/lang/lib/python3.12/site-packages"


def run(tmp_path: Path, *scripts: str, **files: str) -> list[str]:
    lines = "".join(f"RUN {script}\n" for script in scripts)
    return built(
        predict(
            tmp_path, AWS + lines, {name.replace("__", "/").replace("_py", ".py"): text for name, text in files.items()}
        )
    )


# -- pip -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "where"),
    [
        ("pip install requests", SITE),
        ("pip3 install --no-cache-dir requests", SITE),
        ("python3 -m pip install requests", SITE),
        ("pip install -q requests -t ${LAMBDA_TASK_ROOT}", "/var/task"),
        ("pip install --target=/asset requests", "/asset"),
        ("pip install --target /asset/python requests", "/asset/python"),
        ("uv pip install --target lib requests", "/var/task/lib"),
        ("PIP_TARGET=/x pip install requests", "/x"),
        ("pip install --user requests", "/root/.local"),
        ("cd /srv && pip install -t . requests", "/srv"),
    ],
)
def test_pip_installs_into_its_target_and_its_list_is_known(tmp_path: Path, command: str, where: str) -> None:
    tree = predict(tmp_path, AWS + f"RUN {command}\n")
    regions = [region for region in tree.regions if region.distributions == frozenset({"requests"})]
    assert where in {region.path for region in regions}
    assert all(region.at is not None and region.at.line == 2 for region in regions)
    if where != "/var/task":
        absent(tree, "/var/task/requests.py")


def test_requirement_files_are_read_with_those_they_include(tmp_path: Path) -> None:
    files = {"requirements.txt": "-r base.txt\nboto3==1.34\n", "base.txt": "Flask[async]\n"}
    tree = predict(tmp_path, AWS + "COPY *.txt ./\nRUN pip install -r requirements.txt -t .\n", files)
    assert unknown(tree, "/var/task/flask").distributions == frozenset({"flask", "flask[async]", "boto3"})
    assert "pip install -r requirements.txt" in unknown(tree, "/var/task/flask").reason


@pytest.mark.parametrize("wanted", [".", "./lib", "git+https://x/y.git", "$PACKAGES", "-r /nope.txt", "/w/*.whl"])
def test_what_is_not_a_list_of_names_leaves_the_target_unknown_without_a_list(tmp_path: Path, wanted: str) -> None:
    tree = predict(tmp_path, "ARG PACKAGES\n" + AWS + f"ARG PACKAGES\nRUN pip install -t /deps {wanted}\n")
    assert unknown(tree, "/deps/x.py").distributions is None


def test_a_locked_export_tells_which_distributions_come(tmp_path: Path) -> None:
    own = '[[package]]\nname = "app"\nsource = { virtual = "." }\ndependencies = [{ name = "pandas" }]\n'
    lock = own + '[[package]]\nname = "Pandas"\nsource = { registry = "x" }\n'
    dockerfile = (
        AWS + "COPY uv.lock ./\nRUN uv export -o /r.txt && uv pip install -r /r.txt --target ${LAMBDA_TASK_ROOT}\n"
    )
    tree = predict(tmp_path, dockerfile, {"uv.lock": lock})
    assert unknown(tree, "/var/task/pandas").distributions == frozenset({"pandas"})


def test_a_project_that_is_installed_itself_hides_what_the_lock_says(tmp_path: Path) -> None:
    own = '[[package]]\nname = "app"\nsource = { editable = "." }\ndependencies = [{ name = "pandas" }]\n'
    lock = own + '[[package]]\nname = "pandas"\n'
    dockerfile = AWS + "COPY uv.lock ./\nRUN uv export {} > /r.txt && uv pip install -r /r.txt --target ./\n"
    whole = predict(tmp_path, dockerfile.format(""), {"uv.lock": lock})
    assert unknown(whole, "/var/task/pandas").distributions is None
    without = predict(tmp_path, dockerfile.format("--no-emit-project"), {"uv.lock": lock})
    assert unknown(without, "/var/task/pandas").distributions == frozenset({"pandas"})


def test_a_virtual_environment_takes_the_packages_of_its_own_pip(tmp_path: Path) -> None:
    script = "python -m venv /venv && /venv/bin/pip install requests"
    tree = predict(tmp_path, AWS + f"RUN {script}\n")
    assert unknown(tree, SITE + "/requests").distributions == tree.lookup(SITE + "/zzz").distributions  # type: ignore[union-attr]
    unknown(tree, "/venv/lib/python3.12/site-packages/requests")


def test_the_official_images_pip_installs_below_usr_local(tmp_path: Path) -> None:
    tree = predict(tmp_path, OFFICIAL + "RUN pip install awslambdaric\n")
    found = unknown(tree, "/usr/local/lib/python3.12/site-packages/awslambdaric")
    assert found.distributions == frozenset({"awslambdaric"})


def test_packages_copied_out_of_another_stages_site_packages_keep_their_list(tmp_path: Path) -> None:
    dockerfile = (
        "FROM python:3.12 AS build\nRUN pip install requests\n"
        + AWS
        + "COPY --from=build /usr/local/lib/python3.12/site-packages/requests ./requests\n"
        + "COPY --from=build /usr/local/lib/python3.12/site-packages /opt/python\n"
    )
    tree = predict(tmp_path, dockerfile)
    for path in ("/var/task/requests/x.py", "/opt/python/requests"):
        assert unknown(tree, path).distributions == frozenset({"requests", "pip"})


def test_pip_commands_that_install_nothing_change_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, "pip --version", "pip config set global.x y", "pip list", "pip cache purge") == []
    absent(predict(tmp_path, AWS + "RUN pip list && pip freeze\n"), "/var/task/x.py")


# -- what other commands leave alone --------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "yum install -y gcc && yum clean all",
        "dnf -y update",
        "apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*",
        "microdnf install -y tar",
        "useradd -m app",
        "ldconfig",
        "echo hello",
        "set -eux; true",
        "curl -sSL https://install.example.org | sh -s -- -y || exit 1",
        "cat /etc/os-release | grep x",
        "find / -name '*.pyc' -delete",
        "[ -f /x ] && echo y || echo n",
        "wget -qO- https://x/y.tgz | tar xz -C /usr/local",
        "strip /usr/lib/x.so || true",
        "python -c 'import app'",
    ],
)
def test_commands_that_leave_the_application_alone_keep_it_certain(tmp_path: Path, command: str) -> None:
    tree = predict(tmp_path, AWS + f"COPY a.py ./\nWORKDIR /tmp\nRUN {command}\n", {"a.py": ""})
    assert tree.error is None
    assert present(tree, "/var/task/a.py").source == "a.py"
    absent(tree, "/var/task/b.py")
    absent(tree, "/opt/python/b.py")


def test_a_download_to_a_named_file_is_that_file_with_unknown_contents(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "RUN curl -sL -o data.json https://x/y\n")
    entry = present(tree, "/var/task/data.json")
    assert (entry.source, entry.content) == (None, None)
    absent(tree, "/var/task/y")


@pytest.mark.parametrize("command", ["make", "./build.sh", "frobnicate --all", 'bash -c "$(cat x)"'])
def test_after_an_unknown_command_nothing_below_it_is_certain(tmp_path: Path, command: str) -> None:
    files = {"a.py": "", "build.sh": "#!/usr/bin/env node\n"}
    tree = predict(tmp_path, AWS + f"COPY . ./\nRUN {command}\n", files)
    found = unknown(tree, "/var/task/a.py")
    assert "may have changed it" in found.reason
    assert found.at is not None
    assert found.at.line == 3
    unknown(tree, "/opt/new.py")


def test_a_script_of_the_project_is_followed(tmp_path: Path) -> None:
    files = {"build.sh": "#!/bin/sh\nset -e\nmkdir out\ncp a.py out/\n", "a.py": ""}
    tree = predict(tmp_path, AWS + "COPY . .\nRUN sh build.sh && chmod +x build.sh && ./build.sh || true\n", files)
    assert present(tree, "/var/task/out/a.py").source == "a.py"


def test_a_python_program_adds_files_but_leaves_the_code_that_is_there(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "COPY a.py ./\nRUN python a.py\n", {"a.py": ""})
    assert present(tree, "/var/task/a.py").source == "a.py"
    unknown(tree, "/var/task/made.py")


def test_an_edited_file_is_there_with_unknown_contents(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "COPY a.py ./\nRUN sed -i 's/a/b/' a.py\n", {"a.py": ""})
    entry = present(tree, "/var/task/a.py")
    assert (entry.source, entry.content) == (None, None)


# -- files ---------------------------------------------------------------------------------------


def test_file_commands_are_simulated(tmp_path: Path) -> None:
    assert run(tmp_path, "mkdir -p a/b && touch a/b/x && cp -r a c && mv c/b d && rm -r a && ln -s d e") == [
        "/var/task/c/",
        "/var/task/d/",
        "/var/task/d/x",
        "/var/task/e",
    ]


def test_a_removed_file_is_absent_because_of_that_line(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "COPY src ./src\nRUN rm -rf src/tests\n", {"src/a.py": "", "src/tests/t.py": ""})
    removed = absent(tree, "/var/task/src/tests/t.py").removed_by
    assert removed is not None
    assert removed.line == 3


def test_what_is_removed_from_an_unknown_place_is_certainly_gone(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "RUN pip install -t . x && rm -rf ./bin\n")
    absent(tree, "/var/task/bin/y")
    unknown(tree, "/var/task/x")


def test_written_files_have_contents_where_they_are_plain(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "RUN echo 'X = 1' > a.py && printf y > b && echo $(date) > c\n")
    assert present(tree, "/var/task/a.py").content == "X = 1\n"
    assert present(tree, "/var/task/b").content == "y"
    assert present(tree, "/var/task/c").content is None


@pytest.mark.parametrize(
    "command",
    [
        "chmod 644 $(find /var/task -type f) && chmod 755 $(find . -type d)",
        "find . -type f -exec chmod 644 {} + && find . -type d -print0 | xargs -0 chmod 755",
        "chmod -R u=rwX,go=rX .",
    ],
)
def test_modes_are_repaired_as_awss_guide_does_it(tmp_path: Path, command: str) -> None:
    dockerfile = AWS + "COPY --chmod=600 src ./src\nRUN " + command + "\n"
    tree = predict(tmp_path, dockerfile, {"src/a.py": ""})
    assert present(tree, "/var/task/src/a.py").mode == 0o644
    assert present(tree, "/var/task/src").mode == 0o755


def test_a_projects_own_environment_keeps_its_list_when_copied(tmp_path: Path) -> None:
    dockerfile = (
        "FROM python:3.12 AS build\nWORKDIR /app\nCOPY uv.lock ./\nRUN uv sync --frozen --no-install-project\n"
        + AWS
        + "COPY --from=build /app/.venv/lib/python3.12/site-packages ${LAMBDA_TASK_ROOT}/\n"
    )
    own = '[[package]]\nname = "app"\nsource = { virtual = "." }\ndependencies = [{ name = "pandas" }]\n'
    tree = predict(tmp_path, dockerfile, {"uv.lock": own + '[[package]]\nname = "Pandas"\n'})
    assert unknown(tree, "/var/task/pandas").distributions == frozenset({"pandas"})


def test_branches_that_may_not_run_leave_both_answers_open(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + 'ARG E\nRUN if [ "$E" = prod ]; then touch a; else touch b; fi && touch c\n')
    unknown(tree, "/var/task/a")
    unknown(tree, "/var/task/b")
    present(tree, "/var/task/c")


def test_loops_over_known_words_are_followed(tmp_path: Path) -> None:
    assert run(tmp_path, "for f in a b; do mkdir $f; touch $f/x; done") == [
        "/var/task/a/",
        "/var/task/a/x",
        "/var/task/b/",
        "/var/task/b/x",
    ]


def test_only_bash_expands_braces(tmp_path: Path) -> None:
    # Debian's /bin/sh is dash; what another image's is nobody knows.
    unknown(predict(tmp_path, AWS + "RUN mkdir {a,b}\n"), "/var/task/a")
    assert built(predict(tmp_path, OFFICIAL + "RUN mkdir -p /app/{a,b}\n")) == ["/app/", "/app/{a,b}/"]
    debian = OFFICIAL + 'SHELL ["/bin/bash", "-c"]\nRUN mkdir -p /app/{a,b}\n'
    assert built(predict(tmp_path, debian)) == ["/app/", "/app/a/", "/app/b/"]
    unknown(predict(tmp_path, "FROM debian:12\nRUN mkdir -p /app/{a,b}\n"), "/app")


def test_a_command_that_certainly_fails_fails_the_build(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "RUN cp nope.py out/\n")
    assert tree.error is not None
    assert tree.error.message == ('process "/bin/sh -c cp nope.py out/" did not complete successfully: exit code: 1')


@pytest.mark.parametrize(
    "command",
    [
        "cp nope.py out || true",
        "rm -f nope",
        "cp nope.py x; true",
        "pip install x && cp -r " + SITE + "/x ./",
        "! false",
    ],
)
def test_a_command_that_may_succeed_does_not(tmp_path: Path, command: str) -> None:
    assert predict(tmp_path, AWS + f"RUN {command}\n").error is None


def test_every_user_may_write_below_tmp_and_only_there(tmp_path: Path) -> None:
    assert predict(tmp_path, AWS + "USER 1000\nRUN touch /tmp/x && mkdir /tmp/d\n").error is None
    assert predict(tmp_path, AWS + "USER app\nRUN touch /var/task/x\n").error is None
    failed = predict(tmp_path, AWS + "USER 1000\nRUN touch /var/task/x\n")
    assert failed.error is not None


def test_a_temporary_name_leaves_a_doubt_and_no_file(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "RUN touch /srv/kept && name=$(mktemp -u /srv/made.XXXXXX) && touch $name.py\n")
    assert [path for path in built(tree) if path.startswith("/srv/")] == ["/srv/kept"]
    assert "`mktemp`" in unknown(tree, "/srv/made.abcdef.py").reason


def test_home_directories_of_new_users_are_not_taken_for_missing(tmp_path: Path) -> None:
    tree = predict(
        tmp_path, OFFICIAL + "RUN useradd -m app && mkdir /home/app/x && adduser -h /srv/y y && mkdir /srv/y/z\n"
    )
    assert tree.error is None


def test_mounts_leave_nothing_behind_but_what_was_copied_out(tmp_path: Path) -> None:
    dockerfile = (
        AWS
        + "RUN --mount=type=bind,source=src,target=/ctx --mount=type=cache,target=/c"
        + " cp /ctx/a.py ./ && touch /c/z\n"
    )
    tree = predict(tmp_path, dockerfile, {"src/a.py": ""})
    assert built(tree) == ["/var/task/a.py"]
    absent(tree, "/ctx/a.py")
    absent(tree, "/c/z")


def test_a_mounted_requirements_file_is_read(tmp_path: Path) -> None:
    dockerfile = AWS + "RUN --mount=type=bind,source=requirements.txt,target=/r.txt pip install -r /r.txt -t .\n"
    tree = predict(tmp_path, dockerfile, {"requirements.txt": "requests\n"})
    assert unknown(tree, "/var/task/requests").distributions == frozenset({"requests"})
    absent(tree, "/r.txt")


def test_run_heredocs_are_scripts(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "RUN <<EOF\nmkdir r\ntouch r/one\nEOF\nRUN cat <<EOF > two.py\nx = 1\nEOF\n")
    assert built(tree) == ["/var/task/r/", "/var/task/r/one", "/var/task/two.py"]
    assert present(tree, "/var/task/two.py").content == "x = 1\n"


def test_another_language_in_a_run_heredoc_is_not_followed(tmp_path: Path) -> None:
    tree = predict(
        tmp_path, AWS + "COPY a.py ./\nRUN <<EOF\n#!/usr/bin/env python3\nopen('x', 'w')\nEOF\n", {"a.py": ""}
    )
    unknown(tree, "/var/task/x")


PIECES = [
    *("mkdir", "cp", "mv", "rm", "ln", "touch", "find", "tar", "pip", "uv", "cd", "chmod", "-r", "-p", "-f", "-s"),
    *("a", "b/c", "*", "$X", ".", "/", "..", "&&", "||", ";", "|", ">", "<", "(", ")", "{", "}", "if", "then", "fi"),
    *("'x", '"y', "<<E"),
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_any_script_is_followed_or_given_up(words: list[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        predict(Path(directory), AWS + "COPY a.py ./\nRUN " + " ".join(words) + "\n", {"a.py": ""})


def test_a_program_of_the_projects_own_is_not_the_system_command_of_that_name(tmp_path: Path) -> None:
    script = "RUN curl -o a.zip https://x.y/a.zip && unzip -q a.zip && ./aws/install && touch z\n"
    assert predict(tmp_path, AWS + script).error is None
    assert built(predict(tmp_path, AWS + "RUN /usr/bin/install -d lib\n")) == ["/var/task/lib/"]


def test_poetrys_local_settings_are_a_file(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "RUN poetry config virtualenvs.in-project true --local && chmod +r poetry.toml\n")
    assert tree.error is None
    present(tree, "/var/task/poetry.toml")


@pytest.mark.parametrize("command", ["java -version", "frob --version", "./tool --help", "terraform version"])
def test_asking_for_a_version_changes_nothing(tmp_path: Path, command: str) -> None:
    tree = predict(tmp_path, AWS + f"COPY . ./\nRUN {command}\n", {"a.py": "", "tool": "#!/usr/bin/env node\n"})
    present(tree, "/var/task/a.py")
    absent(tree, "/var/task/b.py")


def test_a_clone_is_a_directory_of_its_own(tmp_path: Path) -> None:
    script = "RUN git clone --depth 1 -b v1 https://x.y/z/tool.git && git clone https://x.y/q lib/q\n"
    tree = predict(tmp_path, AWS + script)
    assert {"/var/task/tool/", "/var/task/lib/q/"} <= set(built(tree))
    unknown(tree, "/var/task/tool/setup.py")
    absent(tree, "/var/task/setup.py")


def test_a_build_in_place_leaves_files_named_after_the_project(tmp_path: Path) -> None:
    project = '[project]\nname = "my-app"\nauthors = [{name = "Ann"}]\n'
    tree = predict(tmp_path, AWS + "COPY . .\nRUN pip install .\n", {"pyproject.toml": project, "app.py": ""})
    unknown(tree, "/var/task/my_app.egg-info/PKG-INFO")
    absent(tree, "/var/task/Ann.egg-info")


def test_a_bind_mount_allows_no_writing_unless_it_says_so(tmp_path: Path) -> None:
    mount = "RUN --mount=type=bind,source=d,target=/d"
    files = {"d/a.py": ""}
    for command in ("touch /d/x", "rm -rf /d", "cp /d/a.py /d/b.py", "echo >> /d/a.py", "mv /d/a.py /opt/", "mv /d /o"):
        error = predict(tmp_path, AWS + f"{mount} {command}\n", files).error
        assert error is not None, command
    tree = predict(tmp_path, AWS + f"{mount},rw echo x > /d/a.py && cp /d/a.py ./\n", files)
    assert present(tree, "/var/task/a.py").content == "x\n"


def test_a_pattern_takes_away_what_nobody_knew(tmp_path: Path) -> None:
    tree = predict(tmp_path, AWS + "RUN pip install boto3 -t /asset && rm -rf /asset/boto* /asset/*.dist-info\n")
    absent(tree, "/asset/boto3/__init__.py")
    absent(tree, "/asset/botocore")
    absent(tree, "/asset/six.dist-info/RECORD")
    unknown(tree, "/asset/six.py")
    unknown(tree, "/asset/.boto")
    copied = predict(tmp_path, AWS + "RUN pip install boto3 -t /a && rm -r /a/boto*\nRUN cp -r /a /b && mkdir c\n")
    absent(copied, "/b/boto3")
    unknown(copied, "/b/six.py")
