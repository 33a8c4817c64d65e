"""Statements for what a tool's own handler imports: a module that the tool's configuration names.

Zappa and serverless-wsgi give the name to ``importlib.import_module`` (``LambdaHandler.__init__`` in zappa/handler.py,
``import_app`` in serverless_wsgi.py), which takes what no ``import`` statement can name: ``my-app``, ``lambda``.
"""

from __future__ import annotations

from keyword import iskeyword


def importing(module: str) -> tuple[str, str]:
    """The statements that import a module, and the expression that is the module afterwards."""
    if is_dotted(module):
        return f"import {module}", module
    call = f"importlib.import_module({module!r})"
    return f"import importlib; _named = {call}", "_named"


def bringing(module: str, attribute: str) -> str:
    """The statements that import a module and take an attribute of it."""
    if is_dotted(module):
        return f"from {module} import {attribute}"
    return f"import pkgutil; pkgutil.resolve_name({f'{module}:{attribute}'!r})"


def is_dotted(name: str) -> bool:
    """Whether a statement can name the module."""
    return all(part.isidentifier() and not iskeyword(part) for part in name.split("."))
