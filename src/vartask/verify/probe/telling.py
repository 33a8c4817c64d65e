"""How the probe speaks to the host."""

from __future__ import annotations

import json
import os
import threading

if False:  # only for type checkers: `typing` takes longer to import than everything else here
    from typing import Any

    Facts = dict[str, Any]


class Teller:
    """Writes facts to what was standard output when the probe began."""

    def __init__(self, mark: str, output: int = 1) -> None:
        self._mark = mark
        self._output = os.dup(output)
        self._lock = threading.Lock()

    def tell(self, kind: str, **facts: object) -> None:
        """Tell one thing.  A name that is no UTF-8 is told with lone surrogates, as Python itself reads it."""
        facts["kind"] = kind
        line = f"{self._mark}{json.dumps(facts)}\n".encode("ascii")
        with self._lock:
            while line:
                line = line[os.write(self._output, line) :]
