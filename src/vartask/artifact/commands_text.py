"""Commands that print: what they print where it is known, since it names files or becomes one."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from vartask.artifact.commands_options import split_options
from vartask.artifact.interpreter import Interpreter
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.artifact.text_edit import edited
from vartask.model import Absent, Present, Unknown
from vartask.syntax.shell import Command

ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
TEMPLATE = "tmp.XXXXXXXXXX"
"""mktemp's own template stands for the name that it makes of it."""
_MKTEMP = frozenset({"-d", "--directory", "-p", "-q", "--quiet", "-t", "--suffix", "--tmpdir", "-u", "--dry-run"})


def _texts(words: list[Field]) -> list[str] | None:
    texts = [item.text for item in words[1:]]
    return None if None in texts else [text or "" for text in texts]


def unescaped(text: str) -> str | None:
    """Backslash escapes as ``printf`` and dash's ``echo`` read them; ``None`` for one that is not read here."""
    if re.search(r"\\(?![ntr\\abfv])", text):
        return None
    return re.sub(r"\\(.)", lambda match: ESCAPES[match[1]], text)


def echo(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``echo [-n] [-e] word...``: dash reads escapes by itself, bash with ``-e``."""
    state = interpreter.state
    texts = _texts(words)
    if texts is None:
        return True
    flavour = state.flavour
    escapes = flavour == "dash"
    newline = "\n"
    options = re.compile(r"^-n$" if flavour == "dash" else r"^-[neE]+$")
    while texts and options.match(texts[0]):
        option = texts.pop(0)
        newline = "" if "n" in option else newline
        escapes = escapes or "e" in option
        if flavour == "?" and option != "-n":
            return True
    text: str | None = " ".join(texts)
    if "\\" in (text or ""):
        if flavour == "?":
            return True
        text = unescaped(text or "") if escapes else text
    state.written = None if text is None else text + newline
    return True


def printf(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``printf format word...`` with ``%s`` and ``%%``."""
    texts = _texts(words)
    if texts and texts[0] == "-v":
        interpreter.state.variables.update({texts[1]: None} if len(texts) > 1 else {})
        return True
    if texts and texts[0] == "--":
        texts.pop(0)
    if not texts:
        return None
    form = unescaped(texts[0])
    holes = len(re.findall(r"%s", texts[0].replace("%%", "")))
    if form is None or re.search(r"%(?![s%])", form.replace("%%", "")):
        return None
    arguments = texts[1:]
    out = ""
    while True:
        mine, arguments = arguments[:holes], arguments[holes:]
        values = iter([*mine, *[""] * holes])
        out += re.sub(r"%[s%]", lambda match: "%" if match[0] == "%%" else next(values), form)  # noqa: B023 - used at once
        if not arguments or not holes:
            break
    interpreter.state.written = out
    return True


def _input(state: State, files: list[Field]) -> tuple[str | None, Status]:
    """The text of the files, or of the input without any; and whether they can be read."""
    if not files or all(item.text == "-" for item in files):
        return state.stdin, True
    text: str | None = ""
    status: Status = True
    for item in files:
        path = None if item.text is None else state.real(item.text)
        found = state.files.get(path) if path is not None else Unknown("")
        if isinstance(found, Absent) or (isinstance(found, Present) and found.kind == "d"):
            status = None if path is not None and path.startswith("/dev/") else False
            text = None
        elif isinstance(found, Unknown):
            status, text = (None if status else status), None
        else:
            more = state.text(found) if not (item.text or "").endswith("/") else None
            status = status if not (item.text or "").endswith("/") else False
            text = None if text is None or more is None else text + more
    return text, status


def cat(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``cat file...``."""
    options, files = split_options(words, ())
    text, status = _input(interpreter.state, files)
    interpreter.state.written = None if set(options) - {"-u"} else text
    return status


def filtered(change: Callable[[str], str | None], interpreter: Interpreter, files: list[Field]) -> Status:
    """A filter over lines."""
    text, status = _input(interpreter.state, files)
    if text is not None:
        lines = [change(line) for line in text.splitlines()]
        known = None if None in lines else "".join(f"{line}\n" for line in lines)
        interpreter.state.written = known if known is None or text.endswith("\n") else known.removesuffix("\n")
    return status


def sed(interpreter: Interpreter, words: list[Field]) -> Status:
    """``sed s/a/b/ file...`` without ``-i``."""
    options, rest = split_options(words, {"-e", "--expression", "-f", "--file"})
    scripts = [item.text for item, before in zip(words[1:], words, strict=False) if before.text == "-e"]
    if not scripts:
        scripts = [rest.pop(0).text] if rest else [None]
    extended = bool({"-E", "-r", "--regexp-extended"} & options.keys())
    if "-n" in options or "-f" in options or None in scripts:
        return _input(interpreter.state, rest)[1]
    return filtered(lambda line: edited(line, [text or "" for text in scripts], extended=extended), interpreter, rest)


def cut(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``cut -d x -f n``."""
    options, files = split_options(words, {"-d", "-f", "-c", "-b"})
    mark, field = options.get("-d", "\t"), options.get("-f")
    if not mark or not field or not field.isdigit() or field == "0":
        return _input(interpreter.state, files)[1]
    index = int(field) - 1

    def change(line: str) -> str:
        parts = line.split(mark)
        return line if len(parts) == 1 else (parts[index] if index < len(parts) else "")

    return filtered(change, interpreter, files)


def tr(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``tr a b`` and ``tr -d a``, one character each."""
    state = interpreter.state
    texts = _texts(words)
    if texts is None or state.stdin is None:
        return True
    match [unescaped(text) for text in texts]:
        case ["-d", str(gone)] if len(gone) == 1:
            state.written = state.stdin.replace(gone, "")
        case [str(old), str(new)] if len(old) == len(new) == 1:
            state.written = state.stdin.replace(old, new)
        case ["[:upper:]" | "A-Z", "[:lower:]" | "a-z"]:
            state.written = state.stdin.lower() if state.stdin.isascii() else None
        case ["[:lower:]" | "a-z", "[:upper:]" | "A-Z"]:
            state.written = state.stdin.upper() if state.stdin.isascii() else None
        case _:
            pass
    return True


def head(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``head -n 1``, ``head -1``."""
    options, files = split_options(words, {"-n", "-c", "--lines", "--bytes"})
    numbers = [name[1:] for name in options if re.match(r"^-\d+$", name)]
    count = options.get("-n", options.get("--lines", numbers[0] if numbers else "10"))
    text, status = _input(interpreter.state, files)
    paths = interpreter.state.piped
    if not files and paths is not None and len(paths.paths) > 1:
        # find lists in no order of its own.
        return status
    if text is not None and count is not None and count.isdigit() and "-c" not in options and len(files) <= 1:
        interpreter.state.written = "".join(text.splitlines(keepends=True)[: int(count)])
    return status


def basename(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``basename path [suffix]``."""
    texts = _texts(words)
    if texts is None or not texts or texts[0].startswith("-"):
        return None
    name = posixpath.basename(texts[0].rstrip("/")) or ("/" if texts[0].startswith("/") else "")
    if len(texts) > 1 and name != texts[1]:
        name = name.removesuffix(texts[1])
    interpreter.state.written = name + "\n"
    return True


def dirname(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``dirname path``."""
    texts = _texts(words)
    if texts is None or len(texts) != 1 or texts[0].startswith("-"):
        return None
    trimmed = texts[0].rstrip("/") or ("/" if texts[0].startswith("/") else "")
    parent = posixpath.dirname(trimmed)
    interpreter.state.written = ((parent.rstrip("/") or "/") if parent else ("/" if trimmed == "/" else ".")) + "\n"
    return True


def pwd(interpreter: Interpreter, _words: list[Field], _command: Command) -> Status:
    """``pwd``."""
    cwd = interpreter.state.cwd
    interpreter.state.written = None if cwd is None else cwd + "\n"
    return True


def mktemp(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``mktemp [-d] [-u] [-p directory] [-t] [template]``: its template stands for the name until the RUN ends."""
    state = interpreter.state
    options, rest = split_options(words, ("-p",))
    name = _stand_in(options, rest, len(state.temporary))
    if name is not None and name.startswith("/tmp/"):  # noqa: S108 - a path inside images
        state.make_dirs("/tmp")  # noqa: S108
    path = state.real(name) if name is not None else None
    if name is None or path is None or not state.files.is_dir(posixpath.dirname(path)):
        state.doubt("/", "`mktemp` makes a file whose name is not known")
        return None
    state.temporary.append(path)
    if not _has(options, "-d", "--directory", "-u", "--dry-run"):
        state.files.put(path, state.new("f", content=""))
    elif not _has(options, "-u", "--dry-run"):
        state.files.put(path, state.new("d"))
    state.written = name + "\n"
    return True


def _has(options: dict[str, str | None], *names: str) -> bool:
    return any(name in options for name in names)


def _stand_in(options: dict[str, str | None], rest: list[Field], number: int) -> str | None:
    """What mktemp prints, with the template in place of the random letters; ``None`` where it is not known."""
    texts = [item.text for item in rest]
    if set(options) - _MKTEMP or len(texts) > 1 or None in texts or None in options.values():
        return None
    template = (texts[0] or "") if texts else TEMPLATE
    # The last three X or more of the name are replaced.
    marks = re.search(r"X{3,}(?=[^X/]*\Z)", template)
    if marks is None:
        return None
    below = options.get("-p") or options.get("--tmpdir") or ""
    if not below and (not texts or _has(options, "-t", "-p", "--tmpdir")):
        below = "/tmp"  # noqa: S108 - a path inside images
    name = f"{template[: marks.end()]}{number or ''}{template[marks.end() :]}{options.get('--suffix', '')}"
    return posixpath.join(below, name)
