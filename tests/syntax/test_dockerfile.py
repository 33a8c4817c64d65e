from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vartask.syntax.dockerfile import Dockerfile, DockerfileError, Instruction, parse


def only(text: str) -> Instruction:
    """The single instruction behind ``FROM scratch``."""
    parsed = parse("FROM scratch\n" + text, "Dockerfile")
    assert len(parsed.stages) == 1
    assert len(parsed.stages[0].instructions) == 1
    return parsed.stages[0].instructions[0]


def refusal(text: str) -> DockerfileError:
    with pytest.raises(DockerfileError) as caught:
        parse(text, "Dockerfile")
    return caught.value


def keywords(parsed: Dockerfile) -> list[str]:
    return [item.keyword for stage in parsed.stages for item in stage.instructions]


# -- heredocs: the library reads their lines as instructions --------------------------------------


def test_lines_of_a_copy_heredoc_are_its_body_and_no_instructions() -> None:
    item = only("COPY <<EOF /f\nFROM python:9\nENV A=1\nCOPY x /y\nEOF\n")
    assert item.keyword == "COPY"
    assert item.words == ("<<EOF", "/f")
    assert item.heredocs[0].body == "FROM python:9\nENV A=1\nCOPY x /y\n"


def test_comments_and_commands_in_a_run_heredoc_are_text_of_the_script() -> None:
    parsed = parse("FROM scratch\nRUN <<EOF\n# kept\ntouch x\nEOF\nCMD x\n", "Dockerfile")
    assert keywords(parsed) == ["RUN", "CMD"]
    assert parsed.stages[0].instructions[0].heredocs[0].body == "# kept\ntouch x\n"
    assert parsed.stages[0].instructions[1].span.line == 6


def test_a_quoted_heredoc_word_keeps_variables_as_they_are() -> None:
    assert not only("COPY <<'EOF' /f\n$X\nEOF\n").heredocs[0].expand
    assert only("COPY <<EOF /f\n$X\nEOF\n").heredocs[0].expand


def test_a_heredoc_with_a_dash_loses_leading_tabs() -> None:
    item = only("RUN <<-EOF\n\techo a\n\t\techo b\n\tEOF\n")
    assert item.heredocs[0].body == "echo a\necho b\n"


def test_two_heredocs_of_one_instruction_follow_each_other() -> None:
    item = only("COPY <<a.py <<b.py ./\nA = 1\na.py\nB = 1\nb.py\n")
    assert [(doc.name, doc.body) for doc in item.heredocs] == [("a.py", "A = 1\n"), ("b.py", "B = 1\n")]
    assert (item.span.line, item.span.end_line) == (2, 6)


def test_a_heredoc_without_an_end_is_an_error_at_its_instruction() -> None:
    error = refusal("FROM scratch\nRUN <<EOF\necho\n")
    assert error.message.startswith("unterminated heredoc")
    assert error.span.line == 2


def test_a_shift_operator_in_a_run_is_no_heredoc() -> None:
    assert keywords(parse("FROM scratch\nRUN echo $((1<<2))\nCMD x\n", "Dockerfile")) == ["RUN", "CMD"]


# -- ARG, ENV: the library confuses names, values and stages --------------------------------------


def test_arguments_before_the_first_stage_belong_to_no_stage() -> None:
    parsed = parse("ARG D=glob\nFROM scratch\nARG D=loc\nENV E=$D\n", "Dockerfile")
    assert [item.pairs for item in parsed.args] == [(("D", "glob"),)]
    assert parsed.stages[0].instructions[0].pairs == (("D", "loc"),)


def test_several_arguments_on_one_line_are_several_even_without_values() -> None:
    assert only("ARG A=1 B").pairs == (("A", "1"), ("B", None))
    assert only("ARG A B=2").pairs == (("A", None), ("B", "2"))


def test_modifiers_stay_whole_for_whoever_expands_them() -> None:
    assert only('ENV A=${X:-dflt} B="${X:+a b}" C=${X#foo}').pairs == (
        ("A", "${X:-dflt}"),
        ("B", '"${X:+a b}"'),
        ("C", "${X#foo}"),
    )
    assert parse("ARG V\nFROM vlight:${V:-3.11}\n", "Dockerfile").stages[0].base == "vlight:${V:-3.11}"


def test_an_escaped_dollar_in_quotes_is_kept_for_expansion() -> None:
    assert only(r'ENV G="\$X"').pairs == (("G", r'"\$X"'),)


def test_the_old_form_of_env_is_one_pair_with_blanks() -> None:
    assert only("ENV D my dir").pairs == (("D", "my dir"),)


# -- stages: the library answers for the last one only --------------------------------------------


def test_every_stage_has_its_own_instructions_name_and_base() -> None:
    parsed = parse('FROM vlight:3.11 AS Base\nCMD ["a.b"]\nFROM base\nENV B=$A\n', "Dockerfile")
    assert [(stage.index, stage.name, stage.base) for stage in parsed.stages] == [
        (0, "base", "vlight:3.11"),
        (1, None, "base"),
    ]
    assert [len(stage.instructions) for stage in parsed.stages] == [1, 1]


def test_platform_of_a_stage_is_a_flag_and_not_part_of_the_image() -> None:
    stage = parse("FROM --platform=$BUILDPLATFORM python:3 AS b\n", "Dockerfile").stages[0]
    assert (stage.platform, stage.base, stage.name) == ("$BUILDPLATFORM", "python:3", "b")


# -- directives -----------------------------------------------------------------------------------


def test_the_escape_directive_holds_for_values_too() -> None:
    parsed = parse("# escape=`\nFROM scratch\nENV P=C:\\foo\nCOPY a `\n b /\n", "Dockerfile")
    assert parsed.escape == "`"
    assert parsed.stages[0].instructions[0].pairs == (("P", "C:\\foo"),)
    assert parsed.stages[0].instructions[1].words == ("a", "b", "/")


def test_a_directive_behind_another_one_is_honoured() -> None:
    parsed = parse(
        "# syntax=docker/dockerfile:1\n# check=skip=all\n# escape=`\nFROM scratch\nCOPY a `\n b /\n", "Dockerfile"
    )
    assert parsed.stages[0].instructions[0].words == ("a", "b", "/")
    assert parsed.syntax == "docker/dockerfile:1"


def test_a_directive_behind_an_empty_line_or_a_comment_is_a_comment() -> None:
    for before in ("\n", "# note\n"):
        parsed = parse(before + "# escape=`\nFROM scratch\nCOPY a \\\n b /\n", "Dockerfile")
        assert parsed.escape == "\\"
        assert parsed.stages[0].instructions[0].words == ("a", "b", "/")


def test_an_impossible_escape_character_is_refused() -> None:
    assert refusal("# escape=x\nFROM scratch\n").message.startswith("invalid escape token 'x'")


# -- continuations --------------------------------------------------------------------------------


def test_blank_lines_and_comments_inside_a_continuation_vanish() -> None:
    assert only("COPY a.py \\\n\n b.py /").words == ("a.py", "b.py", "/")
    assert only("ENV A=1 \\\n\n# note\nB=2").pairs == (("A", "1"), ("B", "2"))
    assert only("COPY a.py \\\n# comment\n b.py \\\n  # indented\n /").words == ("a.py", "b.py", "/")


def test_a_continuation_joins_without_a_blank() -> None:
    assert only("COPY a.p\\\ny ./").words == ("a.py", "./")


def test_blanks_behind_the_continuation_character_do_not_count() -> None:
    assert only("COPY a.py \\  \n b.py ./").words == ("a.py", "b.py", "./")


def test_two_escape_characters_at_the_end_are_no_continuation() -> None:
    parsed = parse("FROM scratch\nRUN echo \\\\\nCMD x\n", "Dockerfile")
    assert keywords(parsed) == ["RUN", "CMD"]


def test_the_keyword_itself_may_be_continued() -> None:
    assert only("CO\\\nPY a /").words == ("a", "/")
    assert only("RUN\\\n echo").value == "echo"


def test_a_hash_later_in_a_line_is_text() -> None:
    assert only("COPY a.py ./o # to o").words == ("a.py", "./o", "#", "to", "o")


def test_the_end_of_an_instruction_is_its_last_line() -> None:
    item = only("RUN a \\\n  && b \\\n  && c\n")
    assert (item.span.line, item.span.column, item.span.end_line) == (2, 1, 4)


# -- encodings and cases --------------------------------------------------------------------------


def test_byte_order_mark_crlf_indents_and_lower_case_are_fine() -> None:
    parsed = parse("\ufefffrom scratch as x\r\n  copy a \\\r\n b /\r\n\tcmd x", "Dockerfile")
    assert parsed.stages[0].name == "x"
    assert keywords(parsed) == ["COPY", "CMD"]
    assert parsed.stages[0].instructions[0].words == ("a", "b", "/")
    assert parsed.stages[0].instructions[0].span.column == 3


def test_form_feeds_do_not_end_lines() -> None:
    assert only("RUN a \x85 b \u2028 c").value == "a \x85 b \u2028 c"


# -- flags, exec and shell form -------------------------------------------------------------------


def test_flags_are_apart_from_sources_and_destination() -> None:
    item = only('COPY --chmod=755 --link --exclude=a --exclude=b "a.py" /')
    assert item.flag("chmod") == "755"
    assert item.is_set("link")
    assert item.flag_values("exclude") == ("a", "b")
    assert item.words == ('"a.py"', "/")


def test_a_flag_behind_a_source_is_a_source() -> None:
    assert only("COPY app.py --chown=1:1 ./").words == ("app.py", "--chown=1:1", "./")


def test_exec_form_and_shell_form_are_told_apart() -> None:
    assert only('CMD ["app.handler"]').exec_form
    assert only('CMD ["app.handler"]').words == ("app.handler",)
    assert not only("CMD app.handler").exec_form
    assert not only("CMD ['app.handler']").exec_form
    assert not only('COPY ["app.py", "./"] x').exec_form


def test_an_array_of_other_things_than_strings_is_refused() -> None:
    assert "strings only" in refusal('FROM scratch\nCMD ["a", 1]\n').message


def test_onbuild_keeps_the_instruction_it_triggers() -> None:
    trigger = only("ONBUILD COPY --link a /b").trigger
    assert trigger is not None
    assert (trigger.keyword, trigger.words, trigger.is_set("link")) == ("COPY", ("a", "/b"), True)


# -- what the builder refuses and the library accepts ---------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("FROM scratch\nCOPPY a b\n", "unknown instruction: COPPY (did you mean COPY?)", 2),
        ("FROM scratch\nCOPY a\n", "COPY requires at least two arguments, but only one was provided", 2),
        ("FROM scratch\nCOPY\n", "COPY requires at least two arguments", 2),
        ("FROM scratch\nCOPY --recursive a b\n", "unknown flag: --recursive", 2),
        ("FROM scratch\nCOPY --from a b\n", "missing a value on flag: --from", 2),
        ("", "the Dockerfile cannot be empty", 1),
        ("# only a comment\n", "file with no instructions", 1),
        ("RUN x\nFROM scratch\n", "no build stage in current context", 1),
        ("ARG A\n", "dockerfile contains no stages to build", 1),
        ("FROM a b\n", "FROM requires either one or three arguments", 1),
        ("FROM python:3 # comment\n", "FROM requires either one or three arguments", 1),
        ("FROM a AS 1b\n", 'invalid name for build stage: "1b"', 1),
        ("FROM scratch\nENV A\n", "ENV must have two arguments", 2),
        ("FROM scratch\nENV A=1 B\n", 'can\'t find = in "B"', 2),
        ("FROM scratch\nWORKDIR\n", "WORKDIR requires exactly one argument", 2),
        ("FROM scratch\nSHELL /bin/bash -c\n", "SHELL requires the arguments to be in JSON form", 2),
        ("FROM scratch\nONBUILD ONBUILD RUN x\n", "Chaining ONBUILD", 2),
        ("FROM scratch\nONBUILD FROM x\n", "FROM isn't allowed as an ONBUILD trigger", 2),
    ],
)
def test_the_builders_refusals_are_errors_with_their_line(text: str, words: str, line: int) -> None:
    error = refusal(text)
    assert words in error.message
    assert error.span.line == line


@given(st.text(alphabet="FROM COPYRUNENVARG<>EOF\"'\\$#=[]{}-\n\t `,.aé\x00", max_size=120))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with contextlib.suppress(DockerfileError):
        parse("FROM scratch\n" + text, "Dockerfile")


@pytest.mark.parametrize(
    ("options", "fail"),
    [
        ("error=true", True),
        ("skip=JSONArgsRecommended;error=true", True),
        ("skip=all;error=true", False),
        ("error=false", False),
        ("skip=all ;error=maybe", False),
    ],
)
def test_the_builders_own_checks_may_fail_the_build(options: str, fail: bool) -> None:
    assert parse(f"# check={options}\nFROM scratch\n", "Dockerfile").checks_fail is fail
