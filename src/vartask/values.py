"""Values of the model as bytes and back: what is kept between runs, and what processes tell each other."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from operator import attrgetter

from vartask.records import fields, is_dataclass

try:
    # Without the same in pure Python, which takes longer to import than a report to load.
    from _pickle import Pickler, Unpickler, UnpicklingError
except ImportError:  # another Python than CPython
    from pickle import Pickler, Unpickler, UnpicklingError

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_PROTOCOL = 5
_BUILTINS = frozenset({"frozenset", "set", "dict", "list", "tuple"})


@cache
def _fields_of(kind: type) -> Callable[[object], tuple[object, ...]]:
    """What reads the fields of a class's values."""
    names = [item.name for item in fields(kind)]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


class _Writer(Pickler):
    def reducer_override(self, value: object) -> Any:
        """Values of the model by their class and fields, which takes a tenth of what ``dataclasses`` does."""
        if isinstance(value, type) or not is_dataclass(value):
            return NotImplemented
        kind: type = type(value)
        return kind, _fields_of(kind)(value)


class _Reader(Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Only what the model is made of: a cache is data, whoever wrote it."""
        if module == "builtins" and name in _BUILTINS:
            return super().find_class(module, name)
        if module.startswith("vartask.model.") and name.isidentifier():
            found = super().find_class(module, name)
            if isinstance(found, type) and is_dataclass(found) and found.__module__ == module:
                return found
        raise UnpicklingError(f"{module}.{name} does not belong here")


def dumped(value: object) -> bytes:
    """A value of the model, or a tuple, list or dictionary of some."""
    stream = BytesIO()
    _Writer(stream, _PROTOCOL).dump(value)
    return stream.getvalue()


def loaded(data: bytes) -> Any:
    """The value again; ``None`` for bytes that are not what :func:`dumped` gives."""
    try:
        return _Reader(BytesIO(data)).load()
    except Exception:  # noqa: BLE001 - whatever is wrong with it, the run itself gives a good one
        return None


def fingerprint(value: object) -> str:
    """The same for the same value: what is equal but not told to be so only costs time."""
    from _blake2 import blake2b

    stream = BytesIO()
    writer = _Writer(stream, _PROTOCOL)
    # Else two values would differ that hold equal strings, once the same object and once not.
    writer.fast = True
    writer.dump(value)
    return blake2b(stream.getvalue(), digest_size=16).hexdigest()
