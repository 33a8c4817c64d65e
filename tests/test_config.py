from __future__ import annotations

from pathlib import Path

import pytest

from vartask.config import (
    ConfigError,
    FunctionSettings,
    Settings,
    VerifySettings,
    file_ignores,
    load,
    read,
    rebase,
    validate,
)

RULES = (("VT101", "handler-not-packaged"), ("VT102", "handler-attribute-missing"), ("VT201", "import-not-packaged"))


def write(directory: Path, name: str, text: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(directory: Path, text: str, name: str = "pyproject.toml") -> str:
    write(directory, name, text)
    with pytest.raises(ConfigError) as caught:
        load(directory, directory)
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(f"{directory}/", "")


def test_without_a_file_the_defaults_stand(tmp_path: Path) -> None:
    assert load(tmp_path, tmp_path) == Settings()


def test_every_key_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "pyproject.toml",
        """
[project]
name = "x"

[tool.vartask]
select = ["VT1", "import-not-packaged"]
ignore = ["VT102"]
exclude = ["examples/"]
strict = true

[tool.vartask.per-file-ignores]
"legacy/**" = ["VT2"]

[[tool.vartask.function]]
name = "Api"
source = "src"
handler = "app.handler"
runtime = "python3.12"

[[tool.vartask.function]]
name = "Job"
dockerfile = "job/Dockerfile"
build-args = { PY = "3.12" }
environment = { STAGE = "dev" }
memory = 512
timeout = 60
storage = 1024
""",
    )

    expected = Settings(
        select=("VT1", "import-not-packaged"),
        ignore=("VT102",),
        per_file_ignores={"legacy/**": ("VT2",)},
        exclude=("examples/",),
        strict=True,
        functions=(
            FunctionSettings("Api", 14, source="src", handler="app.handler", runtime="python3.12"),
            FunctionSettings(
                "Job",
                20,
                dockerfile="job/Dockerfile",
                build_args={"PY": "3.12"},
                environment={"STAGE": "dev"},
                memory=512,
                timeout=60,
                storage=1024,
            ),
        ),
        path=str(path),
    )
    assert load(tmp_path, tmp_path) == expected


def test_vartask_toml_has_its_keys_at_the_top_and_wins_in_its_directory(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", '[tool.vartask]\nignore = ["VT1"]\n')
    write(tmp_path, "vartask.toml", 'ignore = ["VT2"]\n[[function]]\nname = "a"\nsource = "."\nhandler = "a.b"\n')

    settings = load(tmp_path, tmp_path)

    assert settings.ignore == ("VT2",)
    assert [function.line for function in settings.functions] == [2]


def test_the_nearest_file_upwards_wins(tmp_path: Path) -> None:
    write(tmp_path, "vartask.toml", 'ignore = ["VT1"]')
    write(tmp_path / "services", "pyproject.toml", '[tool.vartask]\nignore = ["VT2"]')
    (tmp_path / "services" / "api").mkdir()

    assert load(tmp_path / "services" / "api", tmp_path).ignore == ("VT2",)
    assert load(tmp_path, tmp_path).ignore == ("VT1",)


def test_a_pyproject_without_settings_is_passed_by(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", '[tool.vartask]\nignore = ["VT1"]')
    write(tmp_path / "inner", "pyproject.toml", '[project]\nname = "vartask-demo"')

    assert load(tmp_path / "inner", tmp_path).ignore == ("VT1",)


def test_nothing_above_the_stop_is_read(tmp_path: Path) -> None:
    write(tmp_path, "vartask.toml", 'ignore = ["VT1"]')
    (tmp_path / "repo").mkdir()

    assert load(tmp_path / "repo", tmp_path / "repo") == Settings()


def test_a_link_out_of_the_project_is_not_read(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", "vartask.toml", 'ignore = ["VT1"]')
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "vartask.toml").symlink_to(outside)

    assert load(repo, repo) == Settings()


def test_an_invalid_pyproject_that_never_says_vartask_is_no_business_of_ours(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "{{ cookiecutter }}")

    assert load(tmp_path, tmp_path) == Settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[tool.vartask]\nselct = ["VT1"]', 'pyproject.toml:2: unknown key "selct", did you mean "select"?'),
        (
            "[tool.vartask]\n\nper_file_ignores = {}",
            'pyproject.toml:3: unknown key "per_file_ignores", did you mean "per-file-ignores"?',
        ),
        (
            "[tool.vartask]\nstrict = true\nqqqq = 1",
            (
                'pyproject.toml:3: unknown key "qqqq"'
                " (there are: exclude, function, ignore, per-file-ignores, select, strict, verify)"
            ),
        ),
        ("[tool.vartask]\nselect = 'VT1'", 'pyproject.toml:2: "select" must be a list of strings, not a string'),
        (
            "[tool.vartask]\nselect = [1]",
            'pyproject.toml:2: "select" must be a list of strings, not a list of other things',
        ),
        (
            "[tool.x]\nstrict = 2\n[tool.vartask]\nstrict = 'yes'",
            'pyproject.toml:4: "strict" must be true or false, not a string',
        ),
        (
            "[tool.vartask]\nper-file-ignores = ['VT1']",
            (
                'pyproject.toml:2: "per-file-ignores" must be a table of patterns and lists of rules,'
                " not a list of other things"
            ),
        ),
        (
            "[tool.vartask.per-file-ignores]\n'a/*' = 'VT1'",
            'pyproject.toml:2: "a/*" must be a list of strings, not a string',
        ),
        ("tool.vartask = 3", "pyproject.toml: tool.vartask must be a table, not a number"),
        (
            "[tool.vartask.function]\nname = 'x'",
            (
                'pyproject.toml:1: "function" must be an array of tables,'
                " each written [[tool.vartask.function]], not a table"
            ),
        ),
        (
            "[[tool.vartask.function]]\nname = 'x'\nhandlr = 'a.b'",
            'pyproject.toml:3: unknown key "handlr", did you mean "handler"?',
        ),
        (
            "[[tool.vartask.function]]\nhandler = 'a.b'\nsource = '.'",
            'pyproject.toml:1: [[tool.vartask.function]] needs a "name"',
        ),
        (
            "\n[[tool.vartask.function]]\nname = 'x'\nhandler = 'a.b'",
            (
                'pyproject.toml:2: [[tool.vartask.function]] needs exactly one of "source"'
                ' (the directory that becomes /var/task) and "dockerfile"'
            ),
        ),
        (
            "[[tool.vartask.function]]\nname = 'x'\nsource = '.'",
            'pyproject.toml:1: [[tool.vartask.function]] needs a "handler": only an image can name its own',
        ),
        (
            "[[tool.vartask.function]]\nname = 1",
            'pyproject.toml:1: [[tool.vartask.function]]: "name" must be a non-empty string, not a number',
        ),
        *(
            (
                f'[[tool.vartask.function]]\nname = "a"\nsource = "."\nhandler = "a.b"\nmemory = {value}',
                f'pyproject.toml:1: [[tool.vartask.function]]: "memory" must be a positive whole number, not {shown}',
            )
            for value, shown in (("0", "0"), ("-3", "-3"), ("0.5", "0.5"), ("true", "a boolean"), ('"1"', "a string"))
        ),
        (
            "[[tool.vartask.function]]\nname = 'x'\ndockerfile = 'D'\nbuild-args = { A = 1 }",
            'pyproject.toml:1: [[tool.vartask.function]]: "build-args" must be a table of strings',
        ),
        ("[tool.vartask]\nselect = [", "pyproject.toml:2: not valid TOML: Invalid value"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(tmp_path, text) == message


def test_vartask_toml_refuses_the_tool_table(tmp_path: Path) -> None:
    message = refusal(tmp_path, "[tool.vartask]\nstrict = true", "vartask.toml")

    assert message == "vartask.toml: the keys stand at the top level here, without [tool.vartask]"


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "vartask.toml").write_bytes(b"strict = true\n# caf\xe9\n")

    with pytest.raises(ConfigError, match=r"vartask\.toml:2: not UTF-8"):
        load(tmp_path, tmp_path)


def test_ten_thousand_brackets_are_refused_and_do_not_crash(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a = " + "[" * 10_000, "vartask.toml").startswith("vartask.toml")


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    assert "larger than 8 MiB" in refusal(tmp_path, "#" * (9 * 1_048_576), "vartask.toml")


def test_a_directory_of_that_name_is_not_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "vartask.toml").mkdir()

    assert load(tmp_path, tmp_path) == Settings()


def test_a_file_given_by_name_must_exist_and_hold_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match=r"no \[tool\.vartask\] table"):
        read(write(tmp_path, "pyproject.toml", "[project]"))
    assert read(write(tmp_path, "other.toml", "strict = true")).strict


def test_functions_written_as_one_inline_array_stand_at_their_key(tmp_path: Path) -> None:
    write(
        tmp_path,
        "vartask.toml",
        '# comment\nfunction = [{name = "a", source = ".", handler = "a.b"}, {name = "b", dockerfile = "D"}]',
    )

    assert [function.line for function in load(tmp_path, tmp_path).functions] == [2, 2]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings(select=("VT9",)), 'select: no rule "VT9", did you mean "VT'),
        (
            Settings(ignore=("handler-not-package",)),
            'ignore: no rule "handler-not-package", did you mean "handler-not-packaged"',
        ),
        (Settings(ignore=("vt101",)), 'ignore: no rule "vt101", did you mean "VT101"'),
        (Settings(per_file_ignores={"a/*": ("",)}), 'per-file-ignores "a/*": no rule ""'),
        (Settings(select=("X",), path="/p/vartask.toml"), '/p/vartask.toml: select: no rule "X"'),
    ],
)
def test_a_selector_that_selects_nothing_is_an_error(settings: Settings, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        validate(settings, RULES)

    assert message in str(caught.value)


def test_names_codes_and_prefixes_are_valid_selectors() -> None:
    validate(Settings(select=("VT", "VT1", "VT101", "import-not-packaged"), per_file_ignores={"x": ("VT2",)}), RULES)


@pytest.mark.parametrize(
    ("pattern", "directory", "expected"),
    [
        ("build", ".", "build"),
        ("build", "a/b", "/a/b/**/build"),
        ("build/", "a", "/a/**/build/"),
        ("x/build", "a", "/a/x/build"),
        ("/build", "a", "/a/build"),
        ("!keep", "a", "!/a/**/keep"),
        ("x", "odd[1]", r"/odd\[1\]/**/x"),
    ],
)
def test_a_pattern_keeps_its_meaning_at_the_root(pattern: str, directory: str, expected: str) -> None:
    assert rebase(pattern, directory) == expected


def test_per_file_ignores_are_relative_to_the_configuration_file(tmp_path: Path) -> None:
    settings = Settings(
        per_file_ignores={"/src/*.py": ("VT1",), "*.py": ("VT2",)}, path=str(tmp_path / "api" / "vartask.toml")
    )

    assert file_ignores(settings, tmp_path, "api/src/a.py") == ("VT1", "VT2")
    assert file_ignores(settings, tmp_path, "src/a.py") == ()
    assert file_ignores(settings, tmp_path, "api/Dockerfile") == ()
    assert file_ignores(Settings(), tmp_path, "api/src/a.py") == ()


def test_a_startup_check_is_for_every_function_that_has_none_of_its_own(tmp_path: Path) -> None:
    text = 'startup-check = "shop.health:check"\n[NAME.startup-checks]\nWorker = "worker.check"\nLegacy = false\n'
    for name, section in (("pyproject.toml", "tool.vartask.verify"), ("vartask.toml", "verify")):
        directory = tmp_path / section
        write(directory, name, f"[{section}]\n{text.replace('NAME', section)}")
        verify = load(directory, directory).verify
        assert verify == VerifySettings("shop.health:check", {"Worker": "worker.check", "Legacy": None})
        assert [verify.check(one) for one in ("Api", "Worker", "Legacy")] == ["shop.health:check", "worker.check", None]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("verify = 1", 'pyproject.toml:2: "verify" must be a table, not a number'),
        ('[tool.vartask.verify]\nstartup_check = "a:b"', 'pyproject.toml:3: unknown key "startup_check", did you mean "startup-check"?'),
        ('[tool.vartask.verify]\n\nstartup-check = "check"', 'pyproject.toml:4: "startup-check" must be "package.module:function", not "check"'),
        ("[tool.vartask.verify]\nstartup-check = false", 'pyproject.toml:3: "startup-check" must be "package.module:function", not a boolean'),
        ('[tool.vartask.verify]\nstartup-checks = "a:b"', 'pyproject.toml:3: "startup-checks" must be a table of functions and their checks, not a string'),
        ("[tool.vartask.verify.startup-checks]\nApi = 3", 'pyproject.toml:3: "Api" must be "package.module:function" or false, not a number'),
        ('[tool.vartask.verify.startup-checks]\nApi = "a b:c"', 'pyproject.toml:3: "Api" must be "package.module:function" or false, not "a b:c"'),
    ],
)  # fmt: skip
def test_a_startup_check_that_is_none_is_told(text: str, message: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, f"[tool.vartask]\n{text}\n") == message
