"""Print what the interpreter that runs this script finds in its own standard library, as JSON.

Usage: ``python -W ignore _stdlib_snapshot.py < candidates.json``, for any CPython from 3.6 on.  The input maps a module
to names that other sources know; of these too it is asked whether ``from module import name`` works here.  Modules are
imported in this process, so the script is for interpreters at hand, never for the code of a checked project.
"""

# ruff: noqa: ANN001, ANN202, BLE001 - Python 3.6 runs this too, and a module may fail in any way

import importlib
import json
import os
import pkgutil
import sys
import sysconfig
import types

LEFT_OUT = ("test", "idlelib", "turtledemo", "antigravity", "this", "lib2to3.tests", "lib2to3.pgen2.conv")
"""Test suites, programs, and modules that act when they are imported."""


def modules(directory, prefix):
    """Every module of the standard library below a directory; ``__main__`` modules are programs."""
    for info in pkgutil.iter_modules([directory]):
        name = prefix + info.name
        if info.name in ("__main__", "tests", "site-packages") or name in LEFT_OUT:
            continue
        yield name
        if info.ispkg:
            yield from modules(os.path.join(directory, info.name), name + ".")


def names(module, candidates):
    """Name -> whether the module defines it itself rather than for its own use."""
    found = {}
    exported = getattr(module, "__all__", None) or ()
    shown = set(dir(module))
    for name in {*shown, *exported, *candidates}:
        if name.startswith("_") or not hasattr(module, name):
            continue
        value = getattr(module, name)
        if name not in shown:
            found[name] = True  # only a module's own __getattr__ gives it
            continue
        own = name in exported or not isinstance(value, types.ModuleType)
        if not own and name in sys.modules:
            continue  # ``import sys`` in the module: told apart without a table
        if own and name not in exported and isinstance(value, (type, types.FunctionType)):
            own = getattr(value, "__module__", None) in (module.__name__, "builtins")
        found[name] = own
    return found


def origin(name, module, stdlib):
    """``package``, ``source``, ``builtin``, the stem of an extension module, or ``=NAME:FILE`` for another's alias."""
    file = getattr(module, "__file__", None)
    base = os.path.basename(file or "")
    kind = "builtin" if file is None else "package" if base == "__init__.py" else "source"
    if file is not None and not base.endswith(".py"):
        kind = base.split(".")[0]
    below = os.path.relpath(file, stdlib) if file is not None else ""
    tail = {"package": "/__init__.py", "source": ".py"}.get(kind)
    usual = tail is None or below == name.replace(".", "/") + tail
    return kind if usual and module.__name__ == name else "=" + module.__name__ + ":" + below


def main() -> None:
    """Import one module after the other; one that cannot be imported here has no names."""
    candidates = json.load(sys.stdin)
    answer, sys.stdout = sys.stdout, sys.stderr
    paths = sysconfig.get_paths()
    wanted = set(sys.builtin_module_names) | set(getattr(sys, "stdlib_module_names", ()))
    wanted |= set(modules(paths["stdlib"], ""))
    wanted |= set(modules(os.path.join(paths["platstdlib"], "lib-dynload"), ""))
    wanted |= {"os.path", *candidates}
    result = {}
    for name in sorted(wanted):
        if name.split(".")[0] in LEFT_OUT or name.endswith("__main__"):
            continue
        try:
            module = importlib.import_module(name)
        except Exception:  # another platform's module, or one whose library is not here
            result[name] = None
            continue
        result[name] = {
            "names": names(module, candidates.get(name, ())),
            "origin": origin(name, module, paths["stdlib"]),
        }
    tops = {name.split(".")[0] for name in wanted}
    for name, module in sorted(sys.modules.items()):
        # ``typing.io`` and ``xml.parsers.expat.errors`` are modules without a file.
        if name not in result and "." in name and name.split(".")[0] in tops - set(LEFT_OUT):
            result[name] = {
                "names": names(module, candidates.get(name, ())),
                "origin": origin(name, module, paths["stdlib"]),
            }
    print(json.dumps({"modules": result, "listed": sorted(wanted - {*candidates})}), file=answer)


main()
