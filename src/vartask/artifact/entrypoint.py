"""Which handler string reaches the runtime, from an image's ENTRYPOINT and CMD.

AWS's entrypoint: https://github.com/aws/aws-lambda-base-images (lambda-entrypoint.sh); the runtime client's own
command line: https://github.com/aws/aws-lambda-python-runtime-interface-client (``python -m awslambdaric HANDLER``).
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from vartask.artifact.filesystem import resolve_in
from vartask.model import FileTree, ImageConfig, Present
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass, fields, is_dataclass

if TYPE_CHECKING:
    from vartask.syntax import shell

AWS_ENTRYPOINT = "lambda-entrypoint.sh"
PYTHON = regex(r"^python(\d(\.\d+)?)?$")
SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh"})
VALUE_OPTIONS = frozenset({"-W", "-X"})
ALL_ARGUMENTS = frozenset({'"$@"', "$@", "$*", '"$*"', '"${@}"', "${@}"})
TALKERS = frozenset(
    {"echo", "printf", "logger", "test", "[", "[[", "grep", "which", "command", "pgrep", "pkill", "kill"}
)
"""Commands whose words are spoken of, not run."""

RUNNERS = frozenset({"poetry", "uv", "pipenv", "pdm", "rye", "hatch"})
"""``runner run command ...`` runs the command in the project's environment."""

LAUNCHERS = frozenset({"aws-lambda-rie", "exec", "env", "tini", "dumb-init", "--"})
"""``launcher command ...`` runs the command."""

ADAPTER = "/opt/bootstrap"
"""What ``AWS_LAMBDA_EXEC_WRAPPER`` is for Lambda Web Adapter (https://github.com/awslabs/aws-lambda-web-adapter)."""

DEFAULTED = regex(r'^"?\$\{1:-(?P<word>[\w./-]+)\}"?$')
FIRST_ARGUMENT = frozenset({"$1", '"$1"', "${1}", '"${1}"'})


@dataclass(frozen=True, slots=True)
class HandlerArgumentProblem:
    """The entrypoint refuses its arguments: what it prints, how the process ends, and how many it was given."""

    text: str
    exit_code: int
    given: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HandlerUnknown:
    """Which handler runs cannot be told from here, and why."""

    reason: str


HandlerAnswer = str | HandlerArgumentProblem | HandlerUnknown
ReadScript = Callable[[str], "str | None"]


def handler_of(
    config: ImageConfig,
    command: Sequence[str] | None = None,
    entrypoint: Sequence[str] | None = None,
    read: ReadScript | None = None,
) -> HandlerAnswer:
    """The handler string that the runtime gets.

    ``command`` and ``entrypoint`` are the deployer's overrides (``ImageConfig`` of the function), ``None`` where the
    image's own stand.  ``read`` gives the text of a file in the image, for entrypoints that are scripts.
    """
    start = list(entrypoint if entrypoint is not None else config.entrypoint or ())
    arguments = [*start, *(command if command is not None else config.cmd or ())]
    if config.env.get("AWS_LAMBDA_EXEC_WRAPPER") == ADAPTER:
        return HandlerUnknown("Lambda Web Adapter: the command is a web server, not a Python handler")
    if not arguments:
        return HandlerUnknown("the image has neither ENTRYPOINT nor CMD that could be read")
    if not start and not _base_is_known(config):
        runs_client = any("awslambdaric" in word for word in arguments)
        if not runs_client:
            return HandlerUnknown("the entrypoint comes from a base image that is not known")
    return _from(arguments, read, 0)


def _base_is_known(config: ImageConfig) -> bool:
    return config.aws_base or config.python is not None or config.base == "scratch"


def script_reader(project: Project, tree: FileTree) -> ReadScript:
    """Reads files of a predicted image: those that came from the project, or that the Dockerfile wrote."""

    def read(path: str) -> str | None:
        real = resolve_in(tree, path if path.startswith("/") else posixpath.join(_workdir(tree), path))
        found = tree.lookup(real) if real is not None else None
        if not isinstance(found, Present) or found.kind != "f":
            return None
        if found.content is not None or found.source is None:
            return found.content
        try:
            return project.read_text(found.source)
        except Unreadable:
            return None

    return read


def _workdir(tree: FileTree) -> str:
    return tree.config.workdir if tree.config is not None else "/"


MAX_STEPS = 5
"""Scripts that start scripts."""


def _from(arguments: list[str], read: ReadScript | None, depth: int) -> HandlerAnswer:
    name = posixpath.basename(arguments[0])
    rest = arguments[1:]
    if depth > MAX_STEPS:
        return HandlerUnknown("too many scripts that start each other")
    own = read(arguments[0]) if read is not None and name == AWS_ENTRYPOINT else None
    if name == AWS_ENTRYPOINT:
        # Images of other makers bring a script of that name too.
        return _aws(rest) if own is None else _script(own, arguments, read, depth)
    if PYTHON.match(name):
        return _python(arguments)
    if name == "awslambdaric":
        return _client(rest)
    if name in RUNNERS or name in LAUNCHERS:
        started = _started(name, rest)
        return _from(started, read, depth + 1) if started else _not_known(arguments)
    if name in SHELLS:
        return _shell(rest, read, depth)
    text = read(arguments[0]) if read is not None else None
    if text is not None:
        return _script(text, arguments, read, depth)
    return _not_known(arguments)


def _not_known(arguments: list[str]) -> HandlerUnknown:
    return HandlerUnknown(f"what `{arguments[0]}` starts is not known")


def _started(name: str, rest: list[str]) -> list[str]:
    """The command behind a launcher, its options and assignments; none where an option may take a value."""
    if name in RUNNERS:
        if "run" not in rest:
            return []
        rest = rest[rest.index("run") + 1 :]
        start = next((n for n in range(len(rest)) if _starts_runtime([*rest], n)), None)
        return rest[start:] if start is not None else []
    while rest and (rest[0].startswith("-") or (name == "env" and "=" in rest[0])):
        if rest[0] == "--":
            return rest[1:]
        rest = rest[1:]
    return rest


def _aws(rest: list[str]) -> HandlerAnswer:
    if len(rest) != 1:
        return HandlerArgumentProblem("entrypoint requires the handler name to be the first argument", 142, tuple(rest))
    return rest[0]


def _client(rest: list[str]) -> HandlerAnswer:
    return rest[0] if rest else HandlerUnknown("awslambdaric gets no handler, so it reads _HANDLER")


def _python(arguments: list[str]) -> HandlerAnswer:
    rest = arguments[1:]
    while rest and rest[0].startswith("-") and rest[0] not in {"-m", "-c", "-mawslambdaric"}:
        rest = rest[2:] if rest[0] in VALUE_OPTIONS else rest[1:]
    if rest[:2] == ["-m", "awslambdaric"]:
        return _client(rest[2:])
    if rest[:1] == ["-mawslambdaric"]:
        return _client(rest[1:])
    return HandlerUnknown(f"`{' '.join(arguments)}` does not start awslambdaric")


def _shell(rest: list[str], read: ReadScript | None, depth: int) -> HandlerAnswer:
    options = [word for word in rest if word.startswith("-")]
    others = [word for word in rest if not word.startswith("-")]
    if not others:
        return HandlerUnknown("a shell without a script")
    if any("c" in option.lstrip("-") for option in options):
        # `sh -c script name a b`: the words behind the script are $0, $1, ...
        return _script(others[0], others[1:] or ["sh"], read, depth)
    text = read(others[0]) if read is not None else None
    return _script(text, others, read, depth) if text is not None else HandlerUnknown(f"`{others[0]}` is not known")


def _script(text: str, arguments: list[str], read: ReadScript | None, depth: int) -> HandlerAnswer:
    """What a shell script with ``$0 $1 ...`` starts: every command in it that starts the runtime must agree."""
    # Only images with an entrypoint of their own need it.
    from vartask.syntax import shell

    answers: list[HandlerAnswer] = []
    statements = shell.parse(text)
    functions = {item.name for item in statements if isinstance(item, shell.Function)}
    for command in _commands(statements):
        if command.words and command.words[0].plain in functions:
            given = [word.raw for word in command.words[1:]]
            if len(given) != 1 or given[0] not in ALL_ARGUMENTS | FIRST_ARGUMENT:
                return HandlerUnknown(f"`{arguments[0]}` calls `{command.text}`, whose arguments are its own")
        plain = [word.plain for word in command.words]
        if plain[:1] == ["shift"] or plain[:2] == ["set", "--"]:
            return HandlerUnknown(f"`{arguments[0]}` changes the arguments that it was given")
        if not plain or plain[0] in TALKERS:
            continue
        words = _substituted([word.raw for word in command.words], plain, arguments)
        start = next((n for n in range(len(words)) if _starts_runtime(words, n)), None)
        if start is None:
            continue
        known = [word for word in words[start:] if word is not None]
        if len(known) < len(words) - start:
            return HandlerUnknown(f"`{command.text}` gets a handler that is not told")
        answers.append(_from(known, read, depth + 1))
    agreed = list(dict.fromkeys(answers))
    if len(agreed) == 1:
        return agreed[0]
    return HandlerUnknown(f"what `{arguments[0]}` starts is not known")


def _starts_runtime(words: list[str | None], index: int) -> bool:
    name = posixpath.basename(words[index] or "")
    if name in {AWS_ENTRYPOINT, "awslambdaric"}:
        return words[index - 1 : index] != ["-m"] or index == 0
    rest = words[index + 1 :]
    return PYTHON.match(name) is not None and ("awslambdaric" in rest or "-mawslambdaric" in rest)


def _substituted(raw: list[str], plain: list[str | None], arguments: list[str]) -> list[str | None]:
    """The words with the script's arguments put in; ``None`` for one that is not told."""
    words: list[str | None] = []
    for written, text in zip(raw, plain, strict=True):
        default = DEFAULTED.match(written)
        if written in ALL_ARGUMENTS:
            words.extend(arguments[1:])
        elif written in FIRST_ARGUMENT:
            words.extend(arguments[1:2])
        elif default is not None:
            words.append(arguments[1] if len(arguments) > 1 else default["word"])
        else:
            words.append(text)
    return words


def _commands(statements: Iterable[shell.Statement]) -> Iterator[shell.Command]:
    """Every simple command in a script, whatever it depends on."""
    for statement in statements:
        yield from _inside(statement)


def _inside(item: object) -> Iterator[shell.Command]:
    from vartask.syntax import shell

    if isinstance(item, shell.Command):
        yield item
    elif isinstance(item, tuple):
        for part in item:
            yield from _inside(part)
    elif is_dataclass(item) and not isinstance(item, type):
        for field in fields(item):
            yield from _inside(getattr(item, field.name))
