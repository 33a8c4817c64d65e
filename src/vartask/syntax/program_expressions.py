"""The values of a program's expressions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from vartask.model import Span
from vartask.syntax import program as tree
from vartask.syntax.program_machine import Machine
from vartask.syntax.program_operators import operate
from vartask.syntax.program_state import Signal, undefined
from vartask.syntax.program_values import (
    ROOT,
    Base,
    Choice,
    Class,
    Computed,
    Constant,
    External,
    Fields,
    Function,
    Given,
    Instance,
    Items,
    Made,
    Missing,
    Namespace,
    Scope,
    Value,
    choice,
    each,
    nothing,
    options,
    why,
    with_default,
)

_MAX_TEXT = 100_000

LANGUAGE, HOME = "\0language", "\0home"
"""Names in a scope that no program can write: the module's language, the class whose method runs."""


def evaluate(machine: Machine, expression: tree.Expression, scope: Scope) -> Value:  # noqa: C901, PLR0912 - a table
    """The value of an expression; what it does is done."""
    match expression:
        case tree.Literal(value, span):
            return Constant(value, span)
        case tree.Name(name, span):
            return variable(name, span, scope)
        case tree.Attribute(base, name, span):
            return machine.attribute(machine.evaluate(base, scope), name, span)
        case tree.Index(base, key, span):
            return machine.index(machine.evaluate(base, scope), machine.evaluate(key, scope), span)
        case tree.Call():
            return _call(machine, expression, scope)
        case tree.Template(parts, span):
            return joined([machine.evaluate(part, scope) for part in parts], span)
        case tree.Array(items, span):
            return _array(machine, items, span, scope)
        case tree.Object(entries, span):
            return _object(machine, entries, span, scope)
        case tree.Operation():
            return _operation(machine, expression, scope)
        case tree.Conditional():
            return _either(machine, expression, scope)
        case tree.Lambda(function, _):
            return Function(function, scope, language_of(scope))
        case tree.ClassValue(definition, _):
            return define(machine, definition, scope)
        case tree.Comprehension():
            return _comprehension(machine, expression, scope)
        case tree.Assigned(target, value, _):
            result = machine.evaluate(value, scope)
            machine.assign(target, result, scope, declares=False)
            return result
        case tree.Spread(value, _):
            return machine.evaluate(value, scope)
        case tree.Super(span):
            return _base(span, scope)
        case tree.Opaque(text, span, parts):
            for part in parts:
                machine.evaluate(part, scope)
            return Computed(f"`{text}` is not followed", span)


def variable(name: str, span: Span, scope: Scope) -> Value:
    """A variable's value; a name that nothing defines belongs to the language or its libraries."""
    here = scope.find(name)
    if here is not None:
        return here.names[name]
    return undefined(span) if name == "undefined" else External(name, span)


def language_of(scope: Scope) -> tree.Language:
    """The language of the module that a scope belongs to."""
    here = scope.find(LANGUAGE)
    value = here.names[LANGUAGE] if here is not None else None
    return "python" if isinstance(value, Constant) and value.value == "python" else "javascript"


def define(machine: Machine, definition: tree.ClassDef, scope: Scope) -> Class:
    """A class, its static fields evaluated."""
    bases = tuple(machine.evaluate(base, scope) for base in definition.bases)
    made = Class(definition, scope, language_of(scope), bases)
    inner = Scope({"this": made, definition.name or "\0class": made}, scope)
    for field in definition.fields:
        if field.static and field.value is not None:
            made.statics[field.name] = machine.evaluate(field.value, inner)
            if made.language == "python":
                inner.names.setdefault(field.name, made.statics[field.name])
    return made


def _base(span: Span, scope: Scope) -> Value:
    home, this = scope.find(HOME), scope.find("this")
    below = home.names[HOME] if home is not None else None
    if this is None or not isinstance(below, Class):
        return Computed("`super` outside of a method", span)
    return Base(this.names["this"], below, span)


# -- collections ----------------------------------------------------------------------------------


def _array(machine: Machine, items: Sequence[tree.Expression], span: Span, scope: Scope) -> Value:
    made = machine.state.items((), span)
    plain: list[Value] = []  # appended together: data files have lists of a hundred thousand numbers
    for item in items:
        value = machine.evaluate(item, scope)
        if isinstance(item, tree.Spread):
            machine.state.extend(made, plain)
            plain = []
            spread_into(machine, made, value, item.span)
        else:
            plain.append(value)
    machine.state.extend(made, plain)
    return made


def spread_into(machine: Machine, made: Items, value: Value, span: Span) -> None:
    """Append everything that a value holds."""
    if isinstance(value, Choice) and all(isinstance(one, Items) and one.more is None for one in value.options):
        lists = [one.values for one in value.options if isinstance(one, Items)]
        for at in range(max(map(len, lists))):
            row = [one[at] if at < len(one) else Missing(span) for one in lists]
            machine.state.extend(made, (choice(row, span),))
        return
    values, complete = machine.elements(value, span)
    machine.state.extend(made, values, None if complete else Computed(why(value), span))


def _object(machine: Machine, entries: Sequence[tree.Entry], span: Span, scope: Scope) -> Value:
    made = machine.state.fields({}, span)
    for entry in entries:
        value = machine.evaluate(entry.value, scope)
        if entry.key is None:
            merge_into(machine, made, value, span)
            continue
        key = machine.evaluate(entry.key, scope)
        if isinstance(key, Constant) and key.value is not None:
            machine.state.put(made, str(key.value), value)
        else:
            made.more = Computed(f"a name is computed: {why(key)}", span)
    return made


def merge_into(machine: Machine, made: Fields, value: Value, span: Span) -> None:
    """Take over the entries of another object; where that is unknown, any entry may have changed."""
    if isinstance(value, Missing) or nothing(value) or (isinstance(value, Constant) and not value.value):
        return
    if isinstance(value, Fields):
        for key, one in value.values.items():
            gone = any(isinstance(option, Missing) for option in options(one))
            old = made.values.get(key, Missing(span))
            kept = (option for option in options(one) if not isinstance(option, Missing))
            machine.state.put(made, key, choice((*kept, old), span) if gone else one)
        if value.more is not None:
            _weaken(machine, made, value.more)
        return
    if isinstance(value, Choice):
        _merge_choice(machine, made, value, span)
        return
    if isinstance(value, Instance):
        for key, one in value.fields.items():
            machine.state.put(made, key, one)
        return
    _weaken(machine, made, Computed(why(value), span))


def _merge_choice(machine: Machine, made: Fields, value: Choice, span: Span) -> None:
    results: list[Fields] = []
    for option in value.options:
        copy = machine.state.fields(dict(made.values), span, made.more)
        merge_into(machine, copy, option, span)
        results.append(copy)
    names = dict.fromkeys(name for one in results for name in one.values)
    for name in names:
        machine.state.put(made, name, choice((one.values.get(name, Missing(span)) for one in results), span))
    made.more = made.more or next((one.more for one in results if one.more is not None), None)


def _weaken(machine: Machine, made: Fields, reason: Computed) -> None:
    """What is listed may have been replaced by an object that is not known."""
    for key, one in list(made.values.items()):
        machine.state.put(made, key, with_default((one, reason), one, reason.span))
    made.more = reason


# -- operators ------------------------------------------------------------------------------------


def joined(values: Sequence[Value], span: Span) -> Value:
    """The text of several values after each other."""
    found = ""
    doubts: list[Value] = []
    for value in values:
        if isinstance(value, Choice) and len(values) == 1:
            return value
        if not isinstance(value, Constant):
            doubts.append(value)
        else:
            found += _shown(value.value, span)
    if doubts:
        several = doubts[0]
        if isinstance(several, Choice) and all(value is several for value in doubts):
            return each(several, lambda pick: joined([pick if one is several else one for one in values], span), span)
        known = (_shown(one.value, span) if isinstance(one, Constant) else "${}" for one in values)
        return Computed(why(several), span, "".join(known)[:_MAX_TEXT])
    return Constant(found, span) if len(found) <= _MAX_TEXT else Computed("the text is too long", span)


def _shown(value: tree.Plain, span: Span) -> str:
    """A value as text, in the words of the language that the place is written in."""
    if span.path.endswith(".py"):
        return str(value)
    if value is None:
        return "undefined"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _operation(machine: Machine, expression: tree.Operation, scope: Scope) -> Value:
    operator, operands, span = expression.operator, expression.operands, expression.span
    if operator in {"&&", "||", "??"}:
        return _short(machine, operator, operands, span, scope)
    return operate(machine, operator, [machine.evaluate(one, scope) for one in operands], span)


def _short(machine: Machine, operator: str, operands: Sequence[tree.Expression], span: Span, scope: Scope) -> Value:
    """``&&``, ``||`` and ``??``: the right side only where the left one does not decide."""
    left = machine.evaluate(operands[0], scope)
    for right in operands[1:]:
        parts: list[Value] = []
        asks = False
        for option in options(left):
            goes = _goes_on(machine, operator, option)
            if goes is not True:
                # What is false in a way that nobody knows adds nothing where it is spread or listed.
                parts.append(Missing(span) if goes is None and operator == "&&" else option)
            asks = asks or goes is not False
        if not asks:
            continue
        parts.append(_under_doubt(machine, right, scope) if parts else machine.evaluate(right, scope))
        if operator != "&&" and all(_is_given(one) for one in parts[:-1]):
            left = with_default(parts, parts[-1], span)
        else:
            left = choice(parts, span)
    return left


def _is_given(value: Value) -> bool:
    """Whether a value comes from outside of the program: its surroundings, or whoever uses a construct."""
    return isinstance(value, (Computed, External)) or (isinstance(value, Made) and (value.member or not value.new))


def _goes_on(machine: Machine, operator: str, option: Value) -> bool | None:
    if operator == "??":
        if isinstance(option, (Computed, Missing)) or (isinstance(option, External) and ".env." in option.name):
            return None
        if isinstance(option, Made) and (option.member or not option.new):
            return None
        return nothing(option)
    truth = machine.truth(option)
    return truth if truth is None or operator == "&&" else not truth


def _under_doubt(machine: Machine, expression: tree.Expression, scope: Scope) -> Value:
    found: list[Value] = []

    def follow() -> Signal:
        found.append(machine.evaluate(expression, scope))
        return ""

    machine.state.fork([follow, _skip], expression.span)
    return found[0]


def _skip() -> Signal:
    return ""


def _either(machine: Machine, expression: tree.Conditional, scope: Scope) -> Value:
    found: list[Value] = []

    def follow(expression: tree.Expression) -> Signal:
        found.append(machine.evaluate(expression, scope))
        return ""

    test = machine.evaluate(expression.test, scope)
    ways = [partial(follow, one) for one in (expression.then, expression.otherwise)]
    machine.branch(test, ways[0], ways[1], expression.span)
    return choice(found, expression.span)


def _comprehension(machine: Machine, expression: tree.Comprehension, scope: Scope) -> Value:
    values, complete = machine.elements(machine.evaluate(expression.iterable, scope), expression.span)
    more = None if complete else Computed("it is made from a collection that is not known", expression.span)
    keyed = machine.state.fields({}, expression.span, more)
    listed: list[Value] = []
    for value in values:
        inner = Scope({}, scope)
        machine.assign(expression.target, value, inner, declares=True)
        tests = [machine.truth(machine.evaluate(test, inner)) for test in expression.tests]
        if False in tests:
            continue
        made = machine.evaluate(expression.element, inner)
        if None in tests:
            made = choice((made, Missing(expression.span)), expression.span)
        listed.append(made)
        if expression.key is not None:
            key = machine.evaluate(expression.key, inner)
            if isinstance(key, Constant):
                machine.state.put(keyed, str(key.value), made)
    return keyed if expression.key is not None else machine.state.items(listed, expression.span, more)


def namespace_value(found: Namespace, name: str, span: Span) -> Value:
    """An export of one of the project's modules."""
    if name in found.values:
        return found.values[name]
    return Computed(f"`{name}` is not found in {found.name.replace(ROOT, '')}", span)


def _call(machine: Machine, expression: tree.Call, scope: Scope) -> Value:
    callee = machine.evaluate(expression.callee, scope)
    arguments = machine.state.items((), expression.span)
    for one in expression.arguments:
        value = machine.evaluate(one, scope)
        if isinstance(one, tree.Spread):
            spread_into(machine, arguments, value, one.span)
        else:
            machine.state.extend(arguments, (value,))
    keywords = machine.state.fields({}, expression.span)
    for keyword in expression.keywords:
        value = machine.evaluate(keyword.value, scope)
        if keyword.name is None:
            merge_into(machine, keywords, value, expression.span)
        else:
            machine.state.put(keywords, keyword.name, value)
    given = Given(expression.span, arguments.values, keywords.values, keywords.more, expression.new)
    return machine.call(callee, given)
