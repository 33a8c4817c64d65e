"""What the languages' own functions and methods give for known values."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence

from vartask.model import Span
from vartask.project import Unreadable
from vartask.syntax.program_data import parsed
from vartask.syntax.program_machine import Machine
from vartask.syntax.program_methods import method
from vartask.syntax.program_values import (
    Choice,
    Computed,
    Constant,
    External,
    Fields,
    Given,
    Items,
    Method,
    Missing,
    Scope,
    Value,
    absolute,
    choice,
    each,
    project_path,
    text,
    why,
)

Native = Callable[[Machine, Sequence[Value], Span], "Value | None"]


def native(machine: Machine, callee: External | Method, given: Given) -> Value | None:
    """What a known function gives; ``None`` for one that is not known here."""
    if isinstance(callee, Method):
        return method(machine, callee, given)
    arguments, span = given.arguments, given.span
    name = (
        callee.name.removeprefix("node:")
        .replace("path/posix.", "path.")
        .replace("path.posix.", "path.")
        .replace(".promises.", ".")
    )
    if name in {"dict", "Object.assign", "object"}:
        return _merged(machine, given)
    found = _FUNCTIONS.get(name)
    if found is None:
        return None
    several = next((at for at, one in enumerate(arguments) if isinstance(one, Choice)), None)
    chosen = arguments[several] if several is not None else None
    if several is not None and isinstance(chosen, Choice) and name in _OF_TEXT:
        before, after = arguments[:several], arguments[several + 1 :]
        unknown = Computed("it is not followed", span)
        return each(
            chosen,
            lambda one: native(machine, callee, given.with_arguments((*before, one, *after))) or unknown,
            span,
        )
    return found(machine, arguments, span)


def _merged(machine: Machine, given: Given) -> Value:
    from vartask.syntax.program_expressions import merge_into

    made = machine.state.fields({}, given.span)
    for one in (*given.arguments, Fields(dict(given.keywords), given.span, given.more)):
        merge_into(machine, made, one, given.span)
    return made


def _texts(arguments: Sequence[Value], span: Span) -> list[str] | Computed:
    """The arguments as strings."""
    found: list[str] = []
    for one in arguments:
        value = text(one)
        if value is None:
            return Computed(why(one), span)
        found.append(value)
    return found


# -- paths ----------------------------------------------------------------------------------------


def _join(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    parts = _texts(arguments, span)
    if isinstance(parts, Computed):
        return parts
    kept = [part for part in parts if part]
    return Constant(posixpath.normpath("/".join(kept)) if kept else ".", span)


def _os_join(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    parts = _texts(arguments, span)
    if isinstance(parts, Computed):
        return parts
    return Constant(posixpath.join(*parts) if parts else ".", span)


def _resolve(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    parts = _texts(arguments, span)
    if isinstance(parts, Computed):
        return parts
    return Constant(posixpath.normpath(posixpath.join(absolute(machine.base), *parts)), span)


def _dirname(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    parts = _texts(arguments[:1], span)
    return parts if isinstance(parts, Computed) else Constant(posixpath.dirname(parts[0]) or ".", span)


def _basename(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    parts = _texts(arguments, span)
    if isinstance(parts, Computed) or not parts:
        return parts if isinstance(parts, Computed) else Computed("it has no argument", span)
    name = posixpath.basename(parts[0].rstrip("/"))
    suffix = parts[1] if len(parts) > 1 else ""
    return Constant(name.removesuffix(suffix) if name != suffix else name, span)


def _working_directory(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    return Constant(absolute(machine.base), span)


def _same(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    return arguments[0] if arguments else Constant(None, span)


def _url(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    """``new URL("../x", import.meta.url)``."""
    parts = _texts(arguments, span)
    if isinstance(parts, Computed):
        return parts
    if len(parts) > 1:
        return Constant(posixpath.normpath(posixpath.join(posixpath.dirname(parts[1]), parts[0])), span)
    return Constant(parts[0] if parts else "", span)


# -- files ----------------------------------------------------------------------------------------


def _read_file(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    path = _place(machine, arguments)
    if path is None:
        return Computed("a file is read whose path is not known", span)
    try:
        return Constant(machine.project.read_text(path), span)
    except Unreadable as error:
        return Computed(f"`{path}`: {error}", span)


def _exists(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    path = _place(machine, arguments)
    if path is not None and machine.project.kind(path) is not None:
        return Constant(True, span)
    if (
        path is not None
        and not machine.project.ignored(path)
        and machine.project.is_dir(posixpath.dirname(path) or ".")
    ):
        # What stands beside it is in the repository, and it is not.
        return Constant(False, span)
    return Computed("whether a file exists is only known where the program runs", span)


def _list_directory(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    path = _place(machine, arguments)
    if path is None or len(arguments) > 1 or not machine.project.is_dir(path):
        return Computed("a directory is listed whose contents are not known", span)
    names = [name for name in machine.project.listdir(path) if name not in {"node_modules", "__pycache__"}]
    return machine.state.items([Constant(name, span) for name in names], span)


def _place(machine: Machine, arguments: Sequence[Value]) -> str | None:
    written = text(arguments[0]) if arguments else None
    return None if written is None else project_path(written, machine.base)


def _json(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    return parsed(machine, "json", arguments[0] if arguments else None, span)


def _yaml(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    return parsed(machine, "yaml", arguments[0] if arguments else None, span)


# -- collections ----------------------------------------------------------------------------------


def _entries(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    return _of_object(machine, arguments, span, lambda key, one: machine.state.items((key, one), span))


def _keys(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    return _of_object(machine, arguments, span, lambda key, _: key)


def _values(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    return _of_object(machine, arguments, span, lambda _, one: one)


def _of_object(
    machine: Machine, arguments: Sequence[Value], span: Span, give: Callable[[Value, Value], Value]
) -> Value:
    held = arguments[0] if arguments else None
    from vartask.syntax.program_values import Namespace

    if isinstance(held, Namespace):
        held = machine.state.fields(held.values, span)
    if not isinstance(held, Fields):
        return Computed(why(held), span)
    rows: list[Value] = []
    for name, one in held.values.items():
        row = give(Constant(name, span), one)
        gone = isinstance(one, Choice) and any(isinstance(option, Missing) for option in one.options)
        rows.append(choice((row, Missing(span)), span) if gone else row)
    return machine.state.items(rows, span, held.more)


def _from_entries(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    rows, complete = machine.elements(arguments[0], span) if arguments else ((), False)
    made = machine.state.fields({}, span, None if complete else Computed("its entries are computed", span))
    for row in rows:
        if isinstance(row, Items) and len(row.values) > 1 and text(row.values[0]) is not None:
            machine.state.put(made, text(row.values[0]) or "", row.values[1])
        else:
            made.more = Computed("its entries are computed", span)
    return made


def _listed(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    if not arguments:
        return machine.state.items((), span)
    values, complete = machine.elements(arguments[0], span)
    made = machine.state.items(values, span, None if complete else Computed(why(arguments[0]), span))
    if len(arguments) > 1:
        return method(machine, Method(made, "map", span), Given(span, tuple(arguments[1:])))
    return made


def _required(machine: Machine, arguments: Sequence[Value], span: Span) -> Value | None:
    """CommonJS's ``require``."""
    name = text(arguments[0]) if arguments else None
    if name is None:
        return None
    return machine.imported(name, Scope({}, None, span.path), span)


def _sorted(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    made = _listed(machine, arguments[:1], span)
    if isinstance(made, Items) and all(text(one) is not None for one in made.values):
        return machine.state.items(sorted(made.values, key=lambda one: text(one) or ""), span, made.more)
    return made


def _enumerated(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    values, complete = machine.elements(arguments[0], span) if arguments else ((), False)
    rows = [machine.state.items((Constant(at, span), one), span) for at, one in enumerate(values)]
    return machine.state.items(rows, span, None if complete else Computed(why(arguments[0]), span))


def _zipped(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    columns = [machine.elements(one, span) for one in arguments]
    rows = [machine.state.items(row, span) for row in zip(*(held for held, _ in columns), strict=False)]
    complete = all(whole for _, whole in columns)
    return machine.state.items(rows, span, None if complete else Computed("a collection is not known", span))


def _range(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    numbers = [one.value for one in arguments if isinstance(one, Constant) and isinstance(one.value, int)]
    if len(numbers) != len(arguments) or not numbers:
        return Computed("the range is not known", span)
    try:
        steps = range(*numbers[:3])
    except ValueError:
        return Computed("the range is not known", span)
    return machine.state.items([Constant(one, span) for one in steps[:1000]], span)


def _length(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    held = arguments[0] if arguments else None
    if isinstance(held, (Items, Fields)) and held.more is None:
        return Constant(len(held.values), span)
    return Constant(len(text(held) or ""), span) if text(held) is not None else Computed(why(held), span)


# -- text -----------------------------------------------------------------------------------------


def _string(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    from vartask.syntax.program_expressions import joined

    return joined(arguments[:1], span)


def _number(machine: Machine, arguments: Sequence[Value], span: Span) -> Value:
    one = arguments[0] if arguments else Constant(None, span)
    if isinstance(one, Constant) and isinstance(one.value, (int, float)):
        return one
    written = text(one)
    found = re.match(r"\s*[-+]?\d+\s*\Z", written) if written is not None else None
    return Constant(int(found[0]), span) if found is not None else Computed(why(one), span)


_PATHS: dict[str, Native] = {
    "path.join": _join,
    "path.normalize": _join,
    "path.resolve": _resolve,
    "path.dirname": _dirname,
    "path.basename": _basename,
    "os.path.join": _os_join,
    "os.path.normpath": _join,
    "os.path.abspath": _resolve,
    "os.path.realpath": _resolve,
    "os.path.dirname": _dirname,
    "os.path.basename": _basename,
    "pathlib.Path": _os_join,
    "pathlib.PurePath": _os_join,
    "pathlib.PurePosixPath": _os_join,
    "os.fspath": _same,
    "url.fileURLToPath": _same,
    "url.pathToFileURL": _same,
    "url.URL": _url,
    "URL": _url,
    "str": _string,
    "String": _string,
}
_OF_TEXT = frozenset(_PATHS)

_FUNCTIONS: dict[str, Native] = {
    **_PATHS,
    "process.cwd": _working_directory,
    "os.getcwd": _working_directory,
    "pathlib.Path.cwd": _working_directory,
    "fs.readFileSync": _read_file,
    "fs.existsSync": _exists,
    "os.path.exists": _exists,
    "os.path.isdir": _exists,
    "fs.readdirSync": _list_directory,
    "os.listdir": _list_directory,
    "json.load": _json,
    "json.loads": _json,
    "JSON.parse": _json,
    "yaml.safe_load": _yaml,
    "Object.entries": _entries,
    "Object.keys": _keys,
    "Object.values": _values,
    "Object.fromEntries": _from_entries,
    "Object.freeze": _same,
    "require": _required,
    "Array.from": _listed,
    "Array.of": _listed,
    "Set": _listed,
    "Map": _from_entries,
    "list": _listed,
    "tuple": _listed,
    "set": _listed,
    "sorted": _sorted,
    "enumerate": _enumerated,
    "zip": _zipped,
    "range": _range,
    "len": _length,
    "int": _number,
    "Number": _number,
    "parseInt": _number,
    "copy.deepcopy": _same,
    "copy.copy": _same,
    "structuredClone": _same,
    "typing.cast": _same,
}
