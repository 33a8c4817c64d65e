"""Print the classes of the standard library of the interpreter that runs this script, as JSON.

Usage: ``python -W ignore _stdlib_classes_snapshot.py < modules.json``, for CPython 3.9 and newer.  The input lists the
modules to look into.  They are imported in this process, so the script is for interpreters at hand, never for the code
of a checked project.

``classes`` maps a class's own ``module.qualname`` to its bases, names, how errors call it (``called``), and whether it
is ``open`` (its objects may have names that are not seen) and ``exact`` (a call makes an object of just this class).
``public`` maps ``module.name``, as people write it, to that.
"""

# ruff: noqa: ANN001, ANN202, BLE001, S112 - a module may fail in any way

import abc
import ast
import importlib
import inspect
import json
import sys
import textwrap
import types

PLAIN = (type, abc.ABCMeta)
"""Metaclasses that neither answer for attributes nor change what a call makes."""


def functions(kind):
    """Whether a class has functions written in Python, in whatever wrapping."""
    values = [getattr(value, "fget", getattr(value, "__func__", value)) for value in vars(kind).values()]
    return [value for value in values if isinstance(value, types.FunctionType)]


def is_own(node):
    """Whether an expression is the object (or class) that a method is called on."""
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def stored(kind):
    """Names that the class's own code sets on its objects; ``None`` where it may set any."""
    if not functions(kind):
        return set()  # no code of Python's own that could
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except BaseException:
        return None
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if node.attr == "__dict__" and is_own(node.value):
                return None
            if isinstance(node.ctx, ast.Store):
                found.add(node.attr)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("setattr", "vars") and (not node.args or is_own(node.args[0])):
                return None
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def called(kind):
    """How Python's own errors call the class: types in C may have their module in the name."""
    try:
        kind.no_such_attribute  # noqa: B018 - for the error
    except AttributeError as error:
        return str(error).partition("'")[2].partition("'")[0]
    except BaseException:
        return kind.__name__
    return kind.__name__


def identity(kind):
    """How a class calls itself."""
    return f"{kind.__module__}.{kind.__qualname__}"


def describe(kind):
    """One class without what it inherits."""
    sets = stored(kind)
    hooked = "__getattr__" in vars(kind) or isinstance(vars(kind).get("__getattribute__"), types.FunctionType)
    new = vars(kind).get("__new__")
    # A class may have a base of its own name (made by ``namedtuple``): that one's names are its own.
    twins = [base for base in kind.__mro__[1:] if identity(base) == identity(kind)]
    bases = [base for one in (kind, *twins) for base in one.__bases__ if base is not object and base not in twins]
    return {
        "bases": [identity(base) for base in bases],
        "names": sorted({*(sets or ()), *(name for one in (kind, *twins) for name in vars(one))}),
        "open": sets is None or hooked or type(kind) not in PLAIN,
        "called": called(kind),
        "exact": type(kind) in PLAIN and not isinstance(new, (staticmethod, classmethod)),
    }


def main():
    """Look into every module that is asked for."""
    classes = {}
    public = {}
    output, sys.stdout = sys.stdout, sys.stderr  # a module may print
    for name in json.load(sys.stdin):
        try:
            module = importlib.import_module(name)
        except BaseException:
            continue
        for attribute, value in sorted(vars(module).items()):
            if attribute.startswith("_") or not isinstance(value, type) or value is object:
                continue
            public[f"{name}.{attribute}"] = identity(value)
            for kind in value.__mro__[:-1]:
                if identity(kind) not in classes:
                    classes[identity(kind)] = describe(kind)
    json.dump({"classes": classes, "public": public}, output)


main()
