from __future__ import annotations

import pytest

from vartask.syntax.serverless_variables import Literal, Source, Variable, VariableError, parse


def variable(text: str) -> Variable:
    (one,) = parse(text)
    assert isinstance(one, Variable)
    return one


def test_a_source_has_a_type_and_an_address() -> None:
    assert variable("${self:custom.a}").sources == (Source("self", (), ("custom.a",)),)


def test_parameters_stand_in_parentheses() -> None:
    assert variable("${file(./a.yml):b.c}").sources == (Source("file", (("./a.yml",),), ("b.c",)),)
    assert variable("${ssm(us-east-1, raw):/a/b}").sources == (Source("ssm", (("us-east-1",), ("raw",)), ("/a/b",)),)
    assert variable("${file('a b.yml')}").sources == (Source("file", (("a b.yml",),), None),)


@pytest.mark.parametrize(
    ("written", "literal"),
    [
        ("'x, y'", Literal("x, y", quoted=True)),
        ('"a\\"b"', Literal('a"b', quoted=True)),
        ("''", Literal("", quoted=True)),
        ("3", Literal("3", quoted=False)),
        ("-1.5", Literal("-1.5", quoted=False)),
        ("true", Literal("true", quoted=False)),
        ("null", Literal(None, quoted=False)),
    ],
)
def test_fallbacks_may_be_written_out(written: str, literal: Literal) -> None:
    assert variable(f"${{opt:a, {written}}}").sources[1] == literal


def test_fallbacks_may_be_other_sources() -> None:
    types = [one.type for one in variable("${opt:a,self:b,  env:C}").sources if isinstance(one, Source)]
    assert types == ["opt", "self", "env"]


def test_variables_may_stand_in_addresses_and_parameters() -> None:
    (source,) = variable("${file(./${opt:stage, 'dev'}.yml):a.${self:b}}").sources
    assert isinstance(source, Source)
    assert isinstance(source.parameters[0][1], Variable)
    assert source.address is not None
    assert isinstance(source.address[1], Variable)


def test_text_around_variables_is_kept() -> None:
    first, second, third = parse("a-${self:b}-c")
    assert (first, third) == ("a-", "-c")
    assert isinstance(second, Variable)


@pytest.mark.parametrize("text", ["${AWS::Region}", "${Name}", "${name}", "${sub::x}", "a $b ${} $${}", "${Fn.x}"])
def test_what_is_cloudformations_is_text(text: str) -> None:
    assert "".join(part for part in parse(text) if isinstance(part, str)) == text


def test_a_variable_inside_of_cloudformations_is_one() -> None:
    assert [type(part) for part in parse("${AWS::${self:a}}")] == [str, Variable, str]


def test_an_escaped_variable_is_text() -> None:
    assert parse("\\${self:a}")[0] == "${"
    assert "".join(map(str, parse("\\${self:a}"))) == "${self:a}"


@pytest.mark.parametrize("text", ["${self:a", "${opt:a, b c}", "${file(a", "${opt:a, 'b}", "${self:" * 100 + "}" * 100])
def test_what_the_framework_refuses_is_an_error(text: str) -> None:
    with pytest.raises(VariableError):
        parse(text)
