"""The command line: reads the arguments, and turns every way to fail into one line and its exit code.

Exit codes: 0 clean, 1 findings, 2 bad configuration or arguments (or nothing to check), 3 our own failure.
"""

from __future__ import annotations

import sys

from vartask import __version__
from vartask.commands import CLEAN, FAILED, INTERRUPTED, REFUSED

# Not typing's: importing it would cost a third of what `vartask --version` takes.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence

_COMMANDS = {
    "check": "check",
    "functions": "show",
    "tree": "show",
    "verify": "verify",
    "explain": "show",
    "rules": "show",
    "clean": "check",
}
"""Each command's module in :mod:`vartask.commands`: only that of the one that is given is imported."""

_OBJECTS = 200_000
"""So many new objects, some 20 MB, are a reason to look for garbage; Python's own 700 is made for servers."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the result is the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    # Before anything else is imported: editors and CI ask often, and it has to be quick.
    if arguments in (["--version"], ["-V"]):
        sys.stdout.write(f"vartask {__version__}\n")
        return CLEAN
    import gc

    if argv is None:
        # What a run makes lives until its end: looking for garbage among it is a twentieth of a small project's time.
        gc.set_threshold(_OBJECTS)
    from vartask.commands.speaking import speak_utf8

    speak_utf8()
    try:
        options = _parsed(arguments)
    except SystemExit as stop:  # argparse has printed help or usage.
        return stop.code if isinstance(stop.code, int) else REFUSED
    code = _guarded(options)
    if argv is None:
        # The process ends: looking for cycles in all that was made takes as long as parsing it did.
        gc.freeze()
    return code


def _parsed(arguments: list[str]) -> Namespace:
    """Raises ``SystemExit`` once help or usage is printed."""
    from vartask.arguments import parser

    by_name = {name: _runner(name, module) for name, module in _COMMANDS.items()}
    chosen = arguments[0] if arguments and arguments[0] in by_name else None
    return parser(by_name, chosen).parse_args(arguments)


def _runner(name: str, module: str) -> Callable[[Namespace], int]:
    def run(options: Namespace) -> int:
        from importlib import import_module

        code: int = getattr(import_module(f"vartask.commands.{module}"), name)(options)
        return code

    return run


def _guarded(options: Namespace) -> int:
    """Run the command and turn every way to fail into one line and its exit code."""
    from vartask.commands.speaking import Refusal, blame, say
    from vartask.config import ConfigError
    from vartask.locate import NoSuchPath

    try:
        code: int = options.run(options)
    except (Refusal, ConfigError, NoSuchPath) as error:
        say(str(error))
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever it is, it is ours, and users get one line
        blame(error, trace=options.debug)
        return FAILED
    return code
