"""Handlers behind wrappers: a little ``/var/task``, and the values that name its handlers."""

from __future__ import annotations

HANDLER = "def handler(event, context):\n    return 1\n"
FILES = {
    "app.py": HANDLER,
    "src/sub.py": HANDLER,
    "bad.py": "import pkg.nope\n\n" + HANDLER,
    "pkg/__init__.py": "",
    "syn.py": "def handler(event, context)\n    return 1\n",
    "one.py": "def handler(event):\n    return 1\n",
}
WORKING = ("app.handler", "src/sub.handler", "src.sub.handler")
FAILING = ("nomod.handler", "src/no.handler", "app.nope", "nodot", "bad.handler", "syn.handler", "one.handler")

INSTALLABLE = {
    "datadog_lambda.handler.handler": ("DD_LAMBDA_HANDLER", "datadog-lambda"),
    "epsagon.wrapper": ("EPSAGON_HANDLER", "epsagon"),
    "lumigo_tracer._handler": ("LUMIGO_ORIGINAL_HANDLER", "lumigo-tracer"),
}
"""Handler -> the variable that it reads, and the distribution on PyPI."""
