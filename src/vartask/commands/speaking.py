"""Standard output, standard error, and files that are written."""

from __future__ import annotations

import sys

# Not typing's: importing it would cost a third of what `vartask --version` takes.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable
    from typing import TextIO

    from vartask.reports import Style


class Refusal(Exception):
    """Something the user can mend: one line, exit code 2."""


def say(text: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"vartask: {text}\n")


def blame(error: Exception, *, trace: bool) -> None:
    """What an error of vartask's own is told as."""
    import os

    say(f"failed: {type(error).__name__}: {' '.join(str(error).split())}")
    if trace or os.environ.get("VARTASK_DEBUG"):
        from traceback import print_exception

        print_exception(error)
    else:
        say("this is a bug in vartask: please report it, with what VARTASK_DEBUG=1 adds to this output")


def aside(text: str) -> None:
    """A text on standard error as it is."""
    sys.stderr.write(text)


def errors() -> TextIO:
    """Standard error, for what draws on it while a command runs."""
    return sys.stderr


def given() -> bytes:
    """All of standard input."""
    return sys.stdin.buffer.read()


def deliver(text: str, options: Namespace) -> None:
    """The text on standard output, or in the file that is wished."""
    if options.output:
        write(options.output, text)
    else:
        show(text)


def show(text: str) -> bool:
    """The text on standard output; whether anybody still reads it."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _hush()
        return False
    return True


def _hush() -> None:
    """`vartask check | head` has seen enough; without this Python complains again when it closes stdout."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_screen() -> bool:
    """Whether standard output is a terminal that can clear its screen."""
    import os

    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def further_reports(options: Namespace) -> list[tuple[str, str]]:
    """The formats and files of ``--report``: a mistake in one is told before anything runs."""
    from vartask.reports import formats

    pairs = [text.partition("=") for text in options.report]
    for name, equals, file in pairs:
        if name not in formats() or not file:
            raise Refusal(f"--report {name}{equals}{file}: not FORMAT=FILE with one of {', '.join(formats())}")
    return [(name, file) for name, _, file in pairs]


def write_reports(reports: Iterable[tuple[str, str]], what: str, about: object, style: Style) -> None:
    """Write the further reports of the run."""
    from vartask.records import replace
    from vartask.reports import renderer

    for name, file in reports:
        write(file, renderer(name, what)(about, replace(style, color=False)))


def write(path: str, text: str) -> None:
    """Write a file.  Raises :class:`Refusal` where that cannot be done."""
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise Refusal(f"cannot write {path}: {error.strerror}") from error


def is_colored(wish: str, *, on_errors: bool = False) -> bool:
    """Whether standard output, or standard error, is to be coloured: ``always``, ``never``, or as the terminal is."""
    return wish == "always" or (wish == "auto" and _wants_color(sys.stderr if on_errors else sys.stdout))


def _wants_color(stream: TextIO) -> bool:
    """https://no-color.org, https://force-color.org, and then whether a terminal would understand it."""
    import os

    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def speak_utf8() -> None:
    """Reports are UTF-8 whatever the locale, and a file's name that is not shows its bytes."""
    from io import TextIOWrapper

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
