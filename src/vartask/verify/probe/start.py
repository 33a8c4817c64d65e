"""What ``python -c`` is given in the container: reads the probe's modules and its task from standard input."""

import sys

if sys.version_info < (3, 7):  # noqa: UP036 - the image may have any
    # Before anything that another Python need not have; everything here is Python 2 as well.
    found = ".".join(str(part) for part in sys.version_info[:3])
    sys.exit("the Python of the image is " + found + ": the probe needs Python 3.7 or later")

import importlib.machinery
import json

told = json.loads(sys.stdin.buffer.read().decode())


class Sources:
    """Imports the modules that came along."""

    def find_spec(self, name, path=None, target=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG002
        """The import system's first question."""
        if name not in told["sources"]:
            return None
        package = any(other.startswith(name + ".") for other in told["sources"])
        return importlib.machinery.ModuleSpec(name, self, is_package=package)  # type: ignore[arg-type]

    def create_module(self, spec):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG002
        """The default one."""
        return

    def exec_module(self, module):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Fill it."""
        code = compile(told["sources"][module.__name__], module.__name__, "exec")
        exec(code, module.__dict__)  # noqa: S102 - the probe's own modules


sys.meta_path.insert(0, Sources())

from vartask.verify.probe.main import main  # noqa: E402 - it comes from what was read

main(told["spec"], told["sources"])
