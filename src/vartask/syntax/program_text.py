"""The methods of strings and paths, in JavaScript and Python."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence

from vartask.model import Span
from vartask.syntax.program_machine import Machine
from vartask.syntax.program_values import (
    Choice,
    Computed,
    Constant,
    External,
    Given,
    Items,
    Made,
    Value,
    absolute,
    choice,
    options,
    text,
    why,
)

_UNARY: dict[str, Callable[[str], str]] = {
    "toLowerCase": str.lower,
    "toUpperCase": str.upper,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "capitalize": str.capitalize,
    "trim": str.strip,
    "trimStart": str.lstrip,
    "trimEnd": str.rstrip,
    "toString": str,
    "valueOf": str,
    "as_posix": str,
    "expanduser": str,
    "normalize": str,
    "strip": str.strip,
}


def of_text(  # noqa: C901, PLR0912 - a table
    machine: Machine, base: str, name: str, given: Given
) -> Value:
    """What a method of a string or path gives."""
    arguments, span = given.arguments, given.span
    several = next((at for at, one in enumerate(arguments) if isinstance(one, Choice)), None)
    if several is not None:
        ways = [[*arguments[:several], one, *arguments[several + 1 :]] for one in options(arguments[several])]
        return choice((of_text(machine, base, name, given.with_arguments(way)) for way in ways), span)
    if name in _UNARY and not arguments:
        return Constant(_UNARY[name](base), span)
    if name in {"replace", "replaceAll"}:
        return _replaced(machine, base, name, arguments, span)
    if name == "format":
        return _formatted(base, given)
    if name in {"resolve", "absolute"} and not [one for one in arguments if text(one) is not None]:
        return Constant(posixpath.normpath(posixpath.join(absolute(machine.base), base)), span)
    if name == "join" and len(arguments) == 1 and isinstance(arguments[0], Items):
        return text_of(arguments[0], base, span)
    if name in {"slice", "substring", "charAt", "at", "substr"}:
        return _cut(base, name, arguments, span)
    words = [text(one) for one in arguments]
    plain = [word for word in words if word is not None]
    if len(plain) != len(words):
        doubtful = next(one for one in arguments if text(one) is None)
        known_limit = name in {"split", "rsplit"} and len(plain) == 1 and isinstance(doubtful, Constant)
        return Computed(why(doubtful), span) if not known_limit else _split_some(machine, base, name, arguments, span)
    if name == "split":
        parts = base.split(plain[0]) if plain and plain[0] else list(base) if plain else base.split()
        return machine.state.items([Constant(part, span) for part in parts], span)
    if name == "joinpath":
        return Constant(posixpath.join(base, *plain), span)
    if name == "concat":
        return Constant(base + "".join(plain), span)
    if name == "with_suffix" and plain:
        return Constant(posixpath.splitext(base)[0] + plain[0], span)
    if name == "with_name" and plain:
        return Constant(posixpath.join(posixpath.dirname(base), plain[0]), span)
    tests: dict[str, Callable[[str], bool]] = {
        "startsWith": base.startswith,
        "startswith": base.startswith,
        "endsWith": base.endswith,
        "endswith": base.endswith,
        "includes": base.__contains__,
    }
    if name in tests and plain:
        return Constant(tests[name](plain[0]), span)
    cuts: dict[str, Callable[[str], str]] = {
        "removeprefix": base.removeprefix,
        "removesuffix": base.removesuffix,
        "strip": base.strip,
        "lstrip": base.lstrip,
        "rstrip": base.rstrip,
    }
    if name in cuts and plain:
        return Constant(cuts[name](plain[0]), span)
    if name in {"indexOf", "find"} and plain:
        return Constant(base.find(plain[0]), span)
    if name in {"exists", "is_dir", "is_file"}:
        return Computed("whether a file exists is only known where the program runs", span)
    if name == "read_text":
        return machine.call(External("fs.readFileSync", span), Given(span, (Constant(base, span),)))
    if name == "open":
        return machine.call(External("open", span), Given(span, (Constant(base, span), *arguments), given.keywords))
    if name == "iterdir":
        return Computed("a directory is listed", span)
    return Computed(f"`{name}` is not followed", span)


def _split_some(machine: Machine, base: str, name: str, arguments: Sequence[Value], span: Span) -> Value:
    """Python's ``split`` with the most splits to make."""
    limit = arguments[1] if len(arguments) > 1 else None
    if not isinstance(limit, Constant) or not isinstance(limit.value, int):
        return Computed(f"`{name}` is not followed", span)
    separator = text(arguments[0]) or None
    parts = base.split(separator, limit.value) if name == "split" else base.rsplit(separator, limit.value)
    return machine.state.items([Constant(part, span) for part in parts], span)


def _cut(base: str, name: str, arguments: Sequence[Value], span: Span) -> Value:
    numbers = [one.value for one in arguments if isinstance(one, Constant) and isinstance(one.value, int)]
    if len(numbers) != len(arguments):
        return Computed("the text is cut at a place that is not known", span)
    if name in {"charAt", "at"}:
        at = numbers[0] if numbers else 0
        return Constant(base[at : at + 1] if at != -1 else base[-1:], span)
    start, end = (numbers[0] if numbers else 0), (numbers[1] if len(numbers) > 1 else None)
    if name == "substr" and end is not None:
        end += start
    return Constant(base[start:end], span)


def text_of(items: Items, separator: str, span: Span) -> Value:
    """The items of a list as one text."""
    if items.more is not None:
        return Computed(items.more.reason, span)
    parts = [text(one) for one in items.values]
    plain = [part for part in parts if part is not None]
    if len(plain) != len(parts):
        return Computed("a part of the text is not known", span)
    return Constant(separator.join(plain), span)


def _replaced(machine: Machine, base: str, name: str, arguments: Sequence[Value], span: Span) -> Value:
    if len(arguments) < 2:  # noqa: PLR2004 - what, by what
        return Computed("`replace` is not followed", span)
    what, by = arguments[0], arguments[1]
    if text(what) is not None and text(by) is not None:
        # JavaScript's `replace` changes the first place only, Python's all of them.
        everywhere = name == "replaceAll" or what.span.path.endswith(".py")
        return Constant(base.replace(text(what) or "", text(by) or "", -1 if everywhere else 1), span)
    if not isinstance(what, Made) or what.callee != "RegExp":
        return Computed(why(what), span)
    pattern, flags = text(what.argument(0)), text(what.argument(1)) or ""
    compiled = _regex(pattern, flags)
    if compiled is None:
        return Computed("its pattern is not followed", span)
    count = 0 if "g" in flags else 1
    if text(by) is not None:
        template = re.sub(r"\$(\d)|\$&", lambda one: rf"\g<{one[1] or 0}>", (text(by) or "").replace("\\", "\\\\"))
        try:
            return Constant(compiled.sub(template, base, count=count), span)
        except (re.error, IndexError):
            return Computed("its pattern is not followed", span)
    failed: list[Value] = []

    def ask(found: re.Match[str]) -> str:
        parts = tuple(Constant(part, span) for part in (found[0], *found.groups()))
        result = machine.call(by, Given(span, parts))
        if text(result) is None:
            failed.append(result)
        return text(result) or ""

    replaced = compiled.sub(ask, base, count=count)
    return Computed(why(failed[0]), span) if failed else Constant(replaced, span)


def _regex(pattern: str | None, flags: str) -> re.Pattern[str] | None:
    """JavaScript's pattern as Python's, where they are written alike."""
    if pattern is None or len(pattern) > 200 or re.search(r"\\[pPck]|\(\?<[^=!]|\[\^?\]|\{,", pattern):  # noqa: PLR2004
        return None
    if re.search(r"[+*}]\)?[+*{]", pattern):
        # Nested repetition may take for ever.
        return None
    try:
        return re.compile(pattern.replace(r"\/", "/"), re.IGNORECASE if "i" in flags else 0)
    except re.error:
        return None


def _formatted(base: str, given: Given) -> Value:
    span = given.span
    listed = [one.value if isinstance(one, Constant) else None for one in given.arguments]
    named = {key: one.value for key, one in given.keywords.items() if isinstance(one, Constant)}
    if None in listed or len(named) != len(given.keywords) or re.search(r"\{[^{}]*[.\[:!]", base):
        return Computed("a part of the text is not known", span)
    try:
        return Constant(base.format(*listed, **named), span)
    except (LookupError, ValueError):
        return Computed("the text is formatted with something else", span)
