"""Environment variables that are read while a function starts: whether something may set one that no definition sets.

The definition of a function replaces its whole environment at every deployment
(https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html#lambda-UpdateFunctionConfiguration-request-Environment),
so a variable that it does not name is not there, unless code, a wrapper or a later step sets it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

from vartask.data.distributions import owners
from vartask.model import Function, Image
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.seen import Once
from vartask.syntax.python_nodes import walked

_SET_BY_LINUX = frozenset(
    "HOME HOSTNAME LANG LANGUAGE LD_LIBRARY_PATH LOGNAME OLDPWD PATH PWD PYTHONHOME PYTHONPATH SHELL SHLVL TERM TMPDIR "  # noqa: SIM905
    "TZ USER".split()
)
_PREFIXES = ("AWS_", "LAMBDA_", "LC_", "_")
"""Lambda's own variables (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html) and the locale's."""

WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
"""A script that runs before the runtime and may set anything
(https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html)."""

_WRITERS = frozenset(
    "autodynatrace chamber credstash dotenv dynaconf envdir environ environs envparse envyaml sops ssm_parameter_store "  # noqa: SIM905
    "starlette".split()
)
"""Packages that read variables from elsewhere and may put them into the environment."""

_TOLD = regex(
    r"(?:\A|/)(?:[^/]*\.(?:sh|bash|mk|ps1|bat|cmd|md|rst|txt|adoc|ya?ml|toml|cfg|ini|json|tf|tfvars|groovy|go|ts|js|env)"
    r"|[Mm]akefile|justfile|[Jj]enkinsfile|Dockerfile[^/]*|README|\.env[^/]*)\Z"
)
_DEPLOYS = b"update_function_configuration"
"""boto3's call: a Python program that has it says something of variables; others may be the function, or its tests."""
_LARGEST = 400_000


class Variables:
    """The variables of one project: which files speak of one."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._texts = Once(project.questions)

    def told_by(self, name: str, apart_from: frozenset[str]) -> str | None:
        """The first file that mentions a variable: a script, a pipeline, a page that says what to set by hand."""
        word = re.compile(rb"(?<![\w-])" + re.escape(name.encode()) + rb"(?![\w-])")
        literal = name.encode()
        for path, data in self._all().items():
            if literal in data and path not in apart_from and word.search(data):
                return path
        return None

    def _all(self) -> Mapping[str, bytes]:
        return self._texts.get(None, lambda: dict(self._read()))

    def _read(self) -> Iterable[tuple[str, bytes]]:
        for path in self._project.files:
            python = path.endswith(".py")
            if not python and not _TOLD.search(path):
                continue
            try:
                if python and not self._project.mentions(path, _DEPLOYS):
                    continue
                data = self._project.read_bytes(path)
            except Unreadable:
                continue
            if len(data) <= _LARGEST:
                yield path, data


def is_settled(function: Function, name: str) -> bool:
    """Whether the definition alone decides that a variable is not set."""
    if not function.environment_known or name in function.environment or WRAPPER in function.environment:
        return False
    if isinstance(function.artifact, Image) or name in _SET_BY_LINUX:
        return False
    return not name.startswith(_PREFIXES)


_READS = frozenset({"get", "copy", "items", "keys", "values", "pop", "__contains__", "__getitem__"})
"""Methods of ``os.environ`` that set nothing."""


def may_write(tree: ast.Module, name: str) -> bool:
    """Whether code of a module, run or not, may set the variable.

    What is certain of ``os.environ`` are its plain reads, and writes under another literal name.  Everything else may
    set it: a computed key, an ``update``, or ``os.environ`` handed on to whoever.
    """
    harmless: set[ast.AST] = set()
    for node in walked(tree):
        if isinstance(node, ast.Subscript):
            key = node.slice.value if isinstance(node.slice, ast.Constant) else None
            if isinstance(node.ctx, ast.Load) or (isinstance(key, str) and key != name):
                harmless.add(node.value)
        elif isinstance(node, ast.Attribute) and node.attr in _READS:
            harmless.add(node.value)
        elif isinstance(node, ast.Compare):
            harmless.update(node.comparators)
        elif isinstance(node, ast.Call) and _sets_another(node, name) and isinstance(node.func, ast.Attribute):
            harmless.add(node.func.value)
    return any((_is_environment(node) and node not in harmless) or _renames(node) for node in walked(tree))


def _renames(node: ast.AST) -> bool:
    """``from os import environ as e``: what becomes of ``e`` is not followed."""
    return isinstance(node, ast.alias) and node.name in {"environ", "putenv", "environb"} and node.asname is not None


def _sets_another(call: ast.Call, name: str) -> bool:
    """``os.environ.setdefault`` of another variable."""
    key = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
    return isinstance(call.func, ast.Attribute) and call.func.attr == "setdefault" and key not in {None, name}


def _is_environment(node: ast.AST) -> bool:
    word = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None
    return word in {"environ", "putenv", "environb"}


def writer(modules: Iterable[str]) -> str | None:
    """The first of some modules of others that may set variables: one made for that, or one that nobody knows."""
    for name in modules:
        top = name.partition(".")[0]
        if top in _WRITERS or "env" in top.lower() or not owners(top):
            return top
    return None
