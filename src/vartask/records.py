"""``dataclass`` without what it costs to start: the classes of vartask are made anew by every process.

The standard library writes the source of six methods for each frozen class and compiles them, which took more than
half of the time in which vartask started.  Here only ``__init__`` is made at once; comparisons are compiled when they
are first asked for.  ``frozen`` is for the type checker, which sees the standard library's decorator: at run time
nothing watches over assignments, and making a value takes a quarter of the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
else:
    import dataclasses

    def dataclass(
        cls: Any = None, /, *, eq: bool = True, order: bool = False, frozen: bool = False, slots: bool = False
    ) -> Any:
        """What ``dataclasses.dataclass`` makes, for the options that are used here."""

        def wrap(cls: type) -> type:
            own = frozenset(vars(cls))
            # Without a docstring the standard library would compose one from the signature.
            cls.__doc__ = cls.__doc__ or cls.__name__
            made = dataclasses.dataclass(cls, repr=False, eq=False, slots=slots)
            fields = dataclasses.fields(made)
            compared = [field.name for field in fields if field.compare]
            hashed = [field.name for field in fields if (field.compare if field.hash is None else field.hash)]
            if "__repr__" not in own:
                made.__repr__ = _shown([field.name for field in fields if field.repr])
            if eq and "__eq__" not in own:
                _later(made, "__eq__", lambda: _comparison("==", compared))
            if eq and "__hash__" not in own:
                if frozen:
                    _later(made, "__hash__", lambda: _compiled(f"lambda self: hash({_values('self', hashed)})"))
                else:
                    made.__hash__ = None
            for name, sign in _ORDER.items() if order else ():
                _later(made, name, lambda sign=sign: _comparison(sign, compared))
            return made

        return wrap if cls is None else wrap(cls)


__all__ = ["dataclass"]

_ORDER = {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}


def _later(kind: type, name: str, make: Callable[[], Callable[..., Any]]) -> None:
    """A method that is made when it is first called."""

    def method(self: object, *others: object) -> Any:
        made = make()
        setattr(kind, name, made)
        return made(self, *others)

    setattr(kind, name, method)


def _comparison(sign: str, names: list[str]) -> Callable[..., Any]:
    pair = f"{_values('self', names)} {sign} {_values('other', names)}"
    return _compiled(f"lambda self, other: {pair} if other.__class__ is self.__class__ else NotImplemented")


def _values(owner: str, names: list[str]) -> str:
    return f"({''.join(f'{owner}.{name},' for name in names)})"


def _compiled(source: str) -> Callable[..., Any]:
    made: Callable[..., Any] = eval(source, {})  # noqa: S307 - made of names of fields alone
    return made


def _shown(names: list[str]) -> Callable[[object], str]:
    def text(self: object) -> str:
        return f"{type(self).__qualname__}({', '.join([f'{name}={getattr(self, name)!r}' for name in names])})"

    return text
