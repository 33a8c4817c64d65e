"""The options of every command."""

from __future__ import annotations

import os
from argparse import ArgumentParser, HelpFormatter, Namespace
from collections.abc import Callable, Mapping

from vartask import __version__
from vartask.reports import formats

BUILD_OPTIONS = ("dockerfile", "context", "build_arg", "build_context", "target", "platform", "builder")
"""The options of ``vartask tree`` that are about an image."""

_ABOUT_THE_REPORT = frozenset(
    {
        *("run", "default_of", "paths", "function", "select", "debug", "color", "output", "output_format"),
        *("gaps", "strict", "exit_zero", "jobs", "report", "save_observation"),
        *("no_cache", "cache_dir", "profile", "watch"),
    }
)
"""Beside the command itself, what each line of a report says for itself."""


def parser(commands_by_name: Mapping[str, object], chosen: str | None = None) -> ArgumentParser:
    """The parser; each command's options have its function as ``run``.

    ``chosen`` is the command that will be parsed, if that is known: the options of the others are then not put
    together, which would take longer than a remembered result.
    """
    made = ArgumentParser(
        prog="vartask",
        description="What AWS Lambda will say of every Python function here.",
        formatter_class=_Formatter,
    )
    made.add_argument("-V", "--version", action="version", version=f"vartask {__version__}")
    commands = made.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in [chosen] if chosen else _COMMANDS:
        text, renders, add = _COMMANDS[name]
        command = commands.add_parser(name, help=text, description=text, formatter_class=_Formatter)
        _add_common(command)
        choices = formats(renders) if renders is not None else ("text",)
        command.add_argument("--output-format", choices=choices, default="text", help="default: text")
        add(command)
        command.set_defaults(run=commands_by_name[name], default_of=command.get_default)
    return made


_COLUMNS = 80


class _Formatter(HelpFormatter):
    """As wide as the terminal.

    argparse makes one of these for every option that is added, and would import ``shutil`` to ask for the width.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    """As ``shutil.get_terminal_size``."""
    try:
        columns = int(os.environ.get("COLUMNS", "0"))
    except ValueError:
        columns = 0
    try:
        return columns or os.get_terminal_size(1).columns or _COLUMNS
    except OSError:  # no terminal
        return _COLUMNS


def _add_common(command: ArgumentParser) -> None:
    command.add_argument("--output", metavar="FILE", help="write there instead of to standard output")
    command.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="colour the text")
    command.add_argument("--debug", action="store_true", help="show a traceback when vartask itself fails")


def _add_project(command: ArgumentParser) -> None:
    command.add_argument("--config", metavar="FILE", help="read the settings from this file")
    command.add_argument("--exclude", metavar="PATTERN", action="append", default=[], help="leave these paths out")


def _add_paths(command: ArgumentParser) -> None:
    _add_project(command)
    command.add_argument("paths", metavar="PATH", nargs="*", default=["."], help="directories or files, default: .")


def _add_report(command: ArgumentParser) -> None:
    command.add_argument(
        "--report", metavar="FORMAT=FILE", action="append", default=[], help="write this report of the run as well"
    )


def _add_check(check: ArgumentParser) -> None:
    _add_paths(check)
    check.add_argument("--select", metavar="RULES", action="append", help="only these names, codes or prefixes")
    check.add_argument("--ignore", metavar="RULES", action="append", default=[], help="not these, beside the settings'")
    check.add_argument("--strict", action="store_true", help="gaps are fatal too")
    check.add_argument("--gaps", action="store_true", help="list what could not be decided")
    check.add_argument("--exit-zero", action="store_true", help="exit with 0 when there are findings")
    check.add_argument("--watch", action="store_true", help="check again whenever something changes, until Ctrl-C")
    check.add_argument("--profile", action="store_true", help="print where the time went to standard error, uncached")
    check.add_argument("--no-cache", action="store_true", help="do not use or keep results of earlier runs")
    check.add_argument("--cache-dir", metavar="DIR", help="keep results there; default: the user's cache directory")
    _add_report(check)


def _add_tree(tree: ArgumentParser) -> None:
    _add_project(tree)
    tree.add_argument("function", metavar="FUNCTION", nargs="?", help="its name, as vartask functions lists it")
    tree.add_argument("paths", metavar="PATH", nargs="?", type=lambda path: [path], default=["."], help="default: .")
    _add_build(tree)


def _add_verify(verify: ArgumentParser) -> None:
    _add_paths(verify)
    _add_report(verify)
    _add_container(verify)


def _add_explain(explain: ArgumentParser) -> None:
    explain.add_argument("rule", metavar="CODE|NAME", help="such as VT101 or handler-not-packaged")


def _add_nothing(_: ArgumentParser) -> None:
    """A command without options of its own."""


def _add_clean(clean: ArgumentParser) -> None:
    clean.add_argument("--cache-dir", metavar="DIR", help="default: the user's cache directory")


def again(options: Namespace) -> tuple[str, ...]:
    """The arguments that make the same run once more, without what decides about its report only.

    A build argument's value is left out: it may be a secret, and the engine takes it from the environment as well
    (https://docs.docker.com/reference/cli/docker/buildx/build/#build-arg).
    """
    words: list[str] = []
    for name, value in vars(options).items():
        if name in _ABOUT_THE_REPORT or value == options.default_of(name):
            continue
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(flag)
            continue
        for one in value if isinstance(value, list) else [value]:
            words += [f"{flag}={_without_value(str(one))}"] if str(one).startswith("-") else [flag, str(one)]
    paths = [f"./{path}" if path.startswith("-") else path for path in options.paths]
    return (*words, *(paths if paths != ["."] else ()))


def _without_value(option: str) -> str:
    before, separator, argument = option.partition("--build-arg=")
    return f"{before}{separator}{argument.partition('=')[0]}"


def _add_build(tree: ArgumentParser) -> None:
    build = tree.add_argument_group(
        "an image instead of a function", "any Dockerfile, with the options of docker build; nothing is built"
    )
    build.add_argument("-f", "--dockerfile", metavar="FILE", help="- reads standard input; default: Dockerfile in DIR")
    build.add_argument("--context", metavar="DIR", help="the build context, default: . (the working directory)")
    build.add_argument(
        "--build-arg", metavar="NAME[=VALUE]", action="append", default=[], help="without VALUE, the environment's"
    )
    build.add_argument(
        "--build-context", metavar="NAME=DIR", action="append", default=[], help="a further, named build context"
    )
    build.add_argument("--target", metavar="STAGE", help="default: the last stage")
    build.add_argument("--platform", metavar="OS/ARCH", help="such as linux/arm64; default: not known")
    build.add_argument("--builder", metavar="BUILDER", help="default: buildkit, as Docker 29 runs it")


def _add_container(verify: ArgumentParser) -> None:
    where = verify.add_argument_group("where the code runs: in containers without network, never on this machine")
    where.add_argument(
        "--engine", metavar="NAME", help="docker, podman, nerdctl or finch; default: the first that runs"
    )
    source = where.add_mutually_exclusive_group()
    source.add_argument("--build", action="store_true", help="build the images as the definitions say: the default")
    source.add_argument("--image", metavar="REF", help="look into this image instead of building")
    source.add_argument("--observation", metavar="FILE", help="judge what was saved before; needs no engine")
    where.add_argument("--function", metavar="NAME", action="append", help="only this function")
    where.add_argument(
        "--artifact",
        metavar="[FUNCTION=]PATH",
        action="append",
        default=[],
        help="a built zip package, its directory, or a packaging tool's output",
    )
    where.add_argument(
        "--layer", metavar="[NAME=]PATH", action="append", default=[], help="the package of a layer, or its directory"
    )
    where.add_argument(
        "--runtime-image", metavar="REF", help="run zip packages on this image; default: AWS's of their runtime"
    )
    where.add_argument("--build-option", metavar="OPTION", action="append", default=[], help="for the engine's build")
    where.add_argument(
        "--event",
        metavar="[FUNCTION=]FILE|NAME",
        action="append",
        default=[],
        help="send this JSON event, or AWS's own example",
    )
    where.add_argument("--phases", metavar="FILE", action="append", default=[], help="send the events of this file")
    where.add_argument("--strict", action="store_true", help="functions that could not be looked at are fatal too")
    where.add_argument("--save-observation", metavar="FILE", help="keep all that was seen, for a bug report")
    where.add_argument("--memory", metavar="MIB", type=int, help="default: what each function has")
    where.add_argument(
        "--timeout", metavar="SECONDS", type=float, help="of init and of each event; default: what each function has"
    )
    where.add_argument("--jobs", metavar="N", type=int, default=2, help="images at a time, default: 2")


_COMMANDS: Mapping[str, tuple[str, str | None, Callable[[ArgumentParser], None]]] = {
    "check": ("find what will fail in Lambda", "render", _add_check),
    "functions": ("list the functions that were found", "functions", _add_paths),
    "tree": ("show what ships with a function, or in any image, and why", "tree", _add_tree),
    "verify": ("start every function in a container", "render", _add_verify),
    "explain": ("show a rule's page", None, _add_explain),
    "rules": ("list the rules", "rules", _add_nothing),
    "clean": ("remove the results of earlier runs, of all projects", None, _add_clean),
}
"""What a command does, the renderer of its formats, and what adds its options."""
