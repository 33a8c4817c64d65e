"""``dataclass`` without what it costs to start: the classes of vartask are made anew by every process.

The standard library writes the source of six methods for each class and compiles them, and importing it brings
``inspect``, ``ast`` and ``tokenize`` along: a sixth of a small project's time.  Here every method is compiled when it
is first called, and most classes are never asked for most of theirs.  ``frozen`` is for the type checker, which sees
the standard library's decorator: at run time nothing watches over assignments, and making a value takes a quarter of
the time.  Annotations have to be strings (``from __future__ import annotations``).
"""

from __future__ import annotations

# Not typing's: this is imported by all that a remembered result needs.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from dataclasses import dataclass, field, fields, is_dataclass, replace
    from typing import Any
else:

    def dataclass(
        cls: Any = None, /, *, eq: bool = True, order: bool = False, frozen: bool = False, slots: bool = False
    ) -> Any:
        """What ``dataclasses.dataclass`` makes, for the options that are used here."""

        def wrap(cls: type) -> type:
            own = frozenset(vars(cls))
            known = _known_fields(cls)
            made = _with_slots(cls, known) if slots else cls
            made.__record_fields__ = known
            made.__dataclass_fields__ = _StandardFields()
            if "__match_args__" not in own:
                made.__match_args__ = tuple(known)
            if "__init__" not in own:
                _later(made, "__init__", lambda: _initializer(made, known.values()))
            if "__repr__" not in own:
                made.__repr__ = _shown([item.name for item in known.values() if item.repr])
            compared = [item.name for item in known.values() if item.compare]
            if eq and "__eq__" not in own:
                _later(made, "__eq__", lambda: _comparison("==", compared))
            if eq and "__hash__" not in own:
                if frozen:
                    hashed = [item.name for item in known.values() if item.is_hashed]
                    _later(made, "__hash__", lambda: _compiled(f"lambda self: hash({_values('self', hashed)})"))
                else:
                    made.__hash__ = None
            for name, sign in _ORDER.items() if order else ():
                _later(made, name, lambda sign=sign: _comparison(sign, compared))
            return made

        return wrap if cls is None else wrap(cls)

    def field(**options: Any) -> Any:
        """As ``dataclasses.field``: ``default``, ``default_factory``, ``compare``, ``repr`` and ``hash``."""
        return _Field(**options)

    def fields(value: Any) -> tuple[_Field, ...]:
        """The fields of a value or of its class."""
        return tuple(value.__record_fields__.values())

    def is_dataclass(value: object) -> bool:
        """Whether it is a value or a class of :func:`dataclass`."""
        return hasattr(value if isinstance(value, type) else type(value), "__record_fields__")

    def replace(value: Any, /, **changes: Any) -> Any:
        """The value, made anew with other fields."""
        kind = value.__class__
        for name in kind.__record_fields__:
            if name not in changes:
                changes[name] = getattr(value, name)
        return kind(**changes)


__all__ = ["dataclass", "field", "fields", "is_dataclass", "replace"]

_ORDER = {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}
_MISSING: Any = object()


class _Field:
    """One field: its name, and what ``dataclasses.field`` can say of it."""

    __slots__ = ("compare", "default", "default_factory", "hash", "name", "repr")

    def __init__(
        self,
        *,
        default: Any = _MISSING,
        default_factory: Any = _MISSING,
        compare: bool = True,
        repr: bool = True,  # noqa: A002 - as the standard library calls them
        hash: bool | None = None,  # noqa: A002
    ) -> None:
        self.name = ""
        self.default = default
        self.default_factory = default_factory
        self.compare = compare
        self.repr = repr
        self.hash = hash

    @property
    def is_hashed(self) -> bool:
        """Whether the field counts for the hash of a value."""
        return self.compare if self.hash is None else self.hash

    def options(self) -> dict[str, Any]:
        """What :func:`field` was told."""
        options = {name: getattr(self, name) for name in self.__slots__ if name != "name"}
        return {name: value for name, value in options.items() if value is not _MISSING}


class _StandardFields:
    """``__dataclass_fields__``, for the tools of the standard library: made when one of them asks."""

    def __get__(self, instance: object, owner: type) -> dict[str, Any]:
        import dataclasses

        known: Iterable[_Field] = getattr(owner, "__record_fields__", {}).values()
        twin = dataclasses.make_dataclass(
            owner.__name__, [(item.name, object, dataclasses.field(**item.options())) for item in known]
        )
        described: dict[str, Any] = vars(twin)["__dataclass_fields__"]
        owner.__dataclass_fields__ = described  # type: ignore[attr-defined]
        return described


def _known_fields(cls: type) -> dict[str, _Field]:
    """The fields of the bases, then those that the class annotates itself; their defaults stay in the class."""
    known: dict[str, _Field] = {}
    for base in reversed(cls.__mro__[1:]):
        known.update(vars(base).get("__record_fields__", {}))
    own = vars(cls)
    for name, annotation in cls.__annotations__.items():
        if annotation.startswith("ClassVar"):
            continue
        default = own.get(name, _MISSING)
        item = default if isinstance(default, _Field) else _Field(default=default)
        if item is default:
            if item.default is _MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, item.default)
        elif type(default).__module__ == "dataclasses":
            raise TypeError(f"{cls.__name__}.{name}: import field from vartask.records, not from dataclasses")
        item.name = name
        known[name] = item
    return known


def _with_slots(cls: type, known: dict[str, _Field]) -> type:
    """The class once more, with slots: they cannot be added to one that is there."""
    inherited = {name for base in cls.__mro__[1:] for name in vars(base).get("__slots__", ())}
    body = {name: value for name, value in vars(cls).items() if name not in known}
    body.pop("__dict__", None)
    body.pop("__weakref__", None)
    body["__slots__"] = tuple(name for name in known if name not in inherited)
    made = type(cls)(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    return made


def _initializer(kind: type, known: Iterable[_Field]) -> Callable[..., Any]:
    """``__init__``: its source names the defaults and factories by the fields that they belong to."""
    names: dict[str, Any] = {"_missing": _MISSING}
    parameters, body = ["self"], []
    for item in known:
        value = item.name
        if item.default_factory is not _MISSING:
            names[f"_make_{item.name}"] = item.default_factory
            parameters.append(f"{item.name}=_missing")
            value = f"_make_{item.name}() if {item.name} is _missing else {item.name}"
        elif item.default is not _MISSING:
            names[f"_default_{item.name}"] = item.default
            parameters.append(f"{item.name}=_default_{item.name}")
        else:
            parameters.append(item.name)
        body.append(f" self.{item.name} = {value}")
    if hasattr(kind, "__post_init__"):
        body.append(" self.__post_init__()")
    exec(f"def __init__({', '.join(parameters)}):\n" + ("\n".join(body) or " pass"), names)  # noqa: S102 - names of fields
    made: Callable[..., Any] = names["__init__"]
    made.__qualname__ = f"{kind.__qualname__}.__init__"
    return made


def _later(kind: type, name: str, make: Callable[[], Callable[..., Any]]) -> None:
    """A method that is made when it is first called."""

    def method(self: object, *others: object, **named: object) -> Any:
        made = make()
        setattr(kind, name, made)
        return made(self, *others, **named)

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
