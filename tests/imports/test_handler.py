"""Handler strings, resolved as the runtime does."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments import deployed

CODE = "def handler(event, context):\n    return {}\n"
FILES = {
    "app.py": CODE,
    "src/app.py": CODE,
    "pkg/__init__.py": CODE,
    "pkg/sub.py": "",
    "my-fn.py": CODE,
    "json.py": CODE,
}


@pytest.mark.parametrize(
    "handler", ["app.handler", "src/app.handler", "src.app.handler", "pkg.handler", "my-fn.handler"]
)
def test_a_handler_that_works(tmp_path: Path, handler: str) -> None:
    outcome = deployed(tmp_path, FILES, handler).handler
    assert outcome is not None
    assert outcome.problem is None
    assert outcome.module is not None


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        ("handler", "Runtime.MalformedHandlerName: Bad handler 'handler': not enough values to unpack (expected 2, got 1)"),
        ("app:handler", "Runtime.MalformedHandlerName: Bad handler 'app:handler': not enough values to unpack (expected 2, got 1)"),
        (".handler", "TypeError: "),
        ("/app.handler", "TypeError: the 'package' argument is required to perform a relative import for '.app'"),
        ("time.handler", "Runtime.BuiltInModuleConflict: Cannot use built-in module time as a handler module"),
        ("nope.handler", "Runtime.ImportModuleError: Unable to import module 'nope': No module named 'nope'"),
        ("src/nope.handler", "Runtime.ImportModuleError: Unable to import module 'src/nope': No module named 'src.nope'"),
        ("app.py.handler", "Runtime.ImportModuleError: Unable to import module 'app.py': No module named 'app.py'; 'app' is not a package"),
        ("App.handler", "Runtime.ImportModuleError: Unable to import module 'App': No module named 'App'"),
        ("app.main", "Runtime.HandlerNotFound: Handler 'main' missing on module 'app'"),
        ("app.", "Runtime.HandlerNotFound: Handler '' missing on module 'app'"),
        ("pkg.sub", "Runtime.HandlerNotFound: Handler 'sub' missing on module 'pkg'"),
        ("src.handler", "Runtime.HandlerNotFound: Handler 'handler' missing on module 'src'"),
        ("json.handler", "Runtime.HandlerNotFound: Handler 'handler' missing on module 'json'"),
    ],
)  # fmt: skip
def test_a_handler_that_fails_has_the_words_of_the_runtime(tmp_path: Path, handler: str, message: str) -> None:
    outcome = deployed(tmp_path, FILES, handler).handler
    assert outcome is not None
    assert outcome.problem is not None
    assert f"{outcome.problem.error_type}: {outcome.problem.text}".startswith(message) or handler == ".handler"
