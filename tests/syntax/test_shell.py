from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vartask.syntax.shell import (
    AndOr,
    Case,
    Command,
    For,
    Function,
    Group,
    If,
    Negation,
    Opaque,
    Pipeline,
    Statement,
    While,
    parse,
)
from vartask.syntax.shell_words import Dynamic, Literal, Variable, read_word, split_words


def command(script: str) -> Command:
    (statement,) = parse(script)
    assert isinstance(statement, Command)
    return statement


def raws(statement: Statement) -> list[str]:
    assert isinstance(statement, Command)
    return [word.raw for word in statement.words]


def test_a_commands_words_keep_their_quotes_apart() -> None:
    words = command("cp 'a b' \"$D/x\" c\\ d *.py").words
    assert [word.raw for word in words] == ["cp", "'a b'", '"$D/x"', "c\\ d", "*.py"]
    assert words[1].plain == "a b"
    assert words[2].parts == (Variable("D", quoted=True), Literal("/x", quoted=True))
    assert words[3].plain == "c d"


def test_assignments_stand_before_a_command_or_alone() -> None:
    assert [name for name, _ in command("A=1 B=$C make x").assignments] == ["A", "B"]
    alone = command("A=1")
    assert (alone.words, alone.assignments[0][0]) == ((), "A")


def test_and_or_and_semicolons_keep_their_order() -> None:
    first, second = parse("a && b || c; d")
    assert isinstance(first, AndOr)
    assert first.operator == "||"
    assert isinstance(first.left, AndOr)
    assert raws(second) == ["d"]


def test_a_redirection_belongs_to_the_last_command_of_a_list() -> None:
    (statement,) = parse("a && b > f 2>&1")
    assert isinstance(statement, AndOr)
    assert isinstance(statement.left, Command)
    assert isinstance(statement.right, Command)
    assert statement.left.redirects == ()
    assert [redirect.operator for redirect in statement.right.redirects] == [">", ">&"]


def test_a_heredoc_is_the_commands_input_and_what_follows_its_first_line_still_runs() -> None:
    (statement, last) = parse("cat <<'EOF' > /x && echo hi\nbody $V\nEOF\ntouch z")
    assert isinstance(statement, AndOr)
    assert isinstance(statement.left, Command)
    operators = {redirect.operator: redirect.target for redirect in statement.left.redirects}
    assert operators["<<"] is not None
    assert operators["<<"].plain == "body $V\n"
    assert raws(statement.right) == ["echo", "hi"]
    assert raws(last) == ["touch", "z"]


def test_structure_is_read() -> None:
    assert isinstance(parse("a | b")[0], Pipeline)
    group = parse("(cd x && y)")[0]
    assert isinstance(group, Group)
    assert group.subshell
    assert isinstance(parse("! a")[0], Negation)
    loop = parse("for i in a $B; do rm $i; done")[0]
    assert isinstance(loop, For)
    assert (loop.name, len(loop.words)) == ("i", 2)
    choice = parse("if [ -f x ]; then a; elif b; then c; else d; fi")[0]
    assert isinstance(choice, If)
    assert len(choice.branches) == 2
    assert raws(choice.otherwise[0]) == ["d"]


def test_what_is_not_read_is_opaque_and_not_dropped() -> None:
    for script in (
        "for ((i=0;i<3;i++)); do a; done",
        "select x in a; do b; done",
        "! { a && b; }",
        "echo 'unterminated",
    ):
        assert any(isinstance(statement, Opaque) for statement in parse(script)), script


def test_variables_with_modifiers_and_command_output_are_parts_of_words() -> None:
    assert read_word("${A:-b}c").parts == (Variable("A", ":-", read_word("b")), Literal("c"))
    assert read_word("x$(cat y)").parts == (Literal("x"), Dynamic("$(cat y)"))
    assert read_word("`pwd`").parts == (Dynamic("`pwd`"),)
    assert read_word('""').plain == ""


def test_deep_nesting_is_opaque_rather_than_a_crash() -> None:
    assert parse("(" * 600 + "a" + ")" * 600)


@given(st.text(alphabet="abc \n\t;|&()<>{}$'\"`\\=*?[]!#if then fi for do done", max_size=60))
def test_any_text_is_read(script: str) -> None:
    assert isinstance(parse(script), tuple)


def test_loops_choices_and_functions_keep_what_is_in_them() -> None:
    loop, choice, function = parse("until a; do b; done; case $X in a|'b*') c;; *) d;; esac; f() { e; }")
    assert isinstance(loop, While)
    assert (loop.until, len(loop.condition), len(loop.body)) == (True, 1, 1)
    assert isinstance(choice, Case)
    assert [([word.raw for word in patterns], len(body), end) for patterns, body, end in choice.items] == [
        (["a", "'b*'"], 1, ";;"),
        (["*"], 1, ";;"),
    ]
    assert isinstance(function, Function)
    assert function.name == "f"


def test_a_negation_stands_before_the_whole_pipeline() -> None:
    (statement,) = parse("! a | b")
    assert isinstance(statement, Negation)
    assert isinstance(statement.body, Pipeline)


def test_blanks_in_quotes_do_not_part_words() -> None:
    assert split_words("[ \"a b\" = 'c d' -a $(x y) ]") == ["[", '"a b"', "=", "'c d'", "-a", "$(x y)", "]"]
    assert [word.raw for word in command('[ "$A" = "a b" ]').words] == ["[", '"$A"', "=", '"a b"', "]"]


def test_positional_parameters_are_variables() -> None:
    assert read_word('"$@"').parts[0] == Variable("@", quoted=True)
    assert read_word("${1:-x}").parts[0] == Variable("1", ":-", read_word("x"))
