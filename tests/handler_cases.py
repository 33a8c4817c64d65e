"""Handler strings, and a package for them, on which everything that resolves handlers has to agree."""

from __future__ import annotations

CODE = "def handler(event, context):\n    return {}\n"
FILES = {
    "app.py": CODE,
    "src/app.py": CODE,
    "pkg/__init__.py": CODE,
    "pkg/sub.py": "",
    "relative.py": "from .app import handler\n",
    "beyond/deep.py": "from ...app import handler\n",
    "names.py": "from app import nope\n\n" + CODE,
    "space.py": "from src import nope\n\n" + CODE,
    "json.py": CODE,
}
HANDLERS = [
    "app.handler", "src/app.handler", "pkg.handler", "handler", "app:handler", ".handler", ".", "app.", "/app.handler",
    "./app.handler", "/var/task/app.handler", "time.handler", "time.x.handler", "nope.handler", "src/nope.handler",
    "src//app.handler", "app.py.handler", "app.Cls.method", "App.handler", "app.main", "pkg.sub", "src.handler",
    "json.handler", "relative.handler", "beyond.deep.handler", "names.handler", "space.handler", "calendar.handler",
]  # fmt: skip
