"""The pieces that the generated modules are made of: definitions as people write them, with holes for names."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template

# ruff: noqa: SIM905 - words read better as words
NOUNS = (
    "order invoice customer shipment payment refund ledger account catalog product coupon basket session report "
    "statement contract policy claim ticket message template booking vehicle route sensor reading forecast schedule "
    "warehouse supplier batch parcel tariff discount subscription license audit consent profile address region"
).split()
VERBS = "load save validate enrich publish archive settle notify merge split export import_ rank price assign".split()
FIELDS = (
    "status amount currency owner reference created_at updated_at quantity weight origin destination priority "
    "category source channel locale version checksum expires_at attempts"
).split()


@dataclass(frozen=True, slots=True)
class Snippet:
    """A definition with the name it defines, and the imports that it uses."""

    text: Template
    imports: tuple[str, ...] = ()


def _snippet(text: str, *imports: str) -> Snippet:
    return Snippet(Template(text.strip("\n") + "\n"), imports)


DEFINITIONS = (
    _snippet(
        '''
@dataclass(frozen=True)
class ${Name}:
    """One ${noun} as it is stored."""

    identifier: str
    ${field}: str
    ${other}: int = 0
    tags: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"${noun}#{self.identifier}"

    def as_item(self) -> dict[str, Any]:
        return {
            "pk": self.key,
            "${field}": self.${field},
            "${other}": self.${other},
            "tags": sorted(self.tags),
        }

    @classmethod
    def from_item(cls, item: dict[str, Any]) -> ${Name}:
        return cls(
            identifier=item["pk"].removeprefix("${noun}#"),
            ${field}=item.get("${field}", ""),
            ${other}=int(item.get("${other}", ${number})),
            tags=list(item.get("tags", ())),
        )
''',
        "from dataclasses import dataclass, field",
        "from typing import Any",
    ),
    _snippet(
        '''
def ${name}(rows: Iterable[dict[str, Any]], limit: int = ${number}) -> list[dict[str, Any]]:
    """Keep the rows whose ${field} is set, newest first."""
    kept: list[dict[str, Any]] = []
    for row in rows:
        if not row.get("${field}"):
            continue
        if row.get("${other}") in (None, "", "unknown"):
            row = {**row, "${other}": "default"}
        kept.append(row)
    kept.sort(key=lambda row: str(row.get("${field}")), reverse=True)
    return kept[:limit]
''',
        "from collections.abc import Iterable",
        "from typing import Any",
    ),
    _snippet(
        '''
def ${name}(payload: str | bytes) -> dict[str, Any]:
    """Parse a ${noun} message; the ${field} is checked, the rest is passed on."""
    try:
        document = json.loads(payload)
    except ValueError as error:
        logger.warning("not a ${noun}: %s", error)
        raise
    if not isinstance(document, dict):
        raise TypeError(f"a ${noun} is an object, not {type(document).__name__}")
    missing = [name for name in ("${field}", "${other}") if name not in document]
    if missing:
        logger.info("${noun} without %s", ", ".join(missing))
    return {str(name): value for name, value in document.items() if value is not None}
''',
        "import json",
        "import logging",
        "from typing import Any",
    ),
    _snippet(
        '''
def ${name}(amounts: list[Decimal], rate: Decimal = Decimal("0.${number}")) -> Decimal:
    """The total of a ${noun}, rounded as the ledger does it."""
    total = Decimal(0)
    for position, amount in enumerate(amounts, start=1):
        if amount < 0:
            raise ValueError(f"position {position} of the ${noun} is negative")
        total += amount * (1 + rate)
    return total.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
''',
        "from decimal import ROUND_HALF_UP, Decimal",
    ),
    _snippet(
        '''
class ${Name}Store:
    """Keeps every ${noun} in one table."""

    def __init__(self, table_name: str, page_size: int = ${number}) -> None:
        self.table_name = table_name
        self.page_size = page_size
        self._known: dict[str, dict[str, Any]] = {}

    def get(self, identifier: str) -> dict[str, Any] | None:
        found = self._known.get(identifier)
        if found is None:
            logger.debug("%s: no ${noun} %s", self.table_name, identifier)
        return found

    def put(self, identifier: str, item: dict[str, Any]) -> None:
        if "${field}" not in item:
            raise KeyError("${field}")
        self._known[identifier] = dict(item)

    def pages(self) -> Iterator[list[dict[str, Any]]]:
        items = list(self._known.values())
        for start in range(0, len(items), self.page_size):
            yield items[start : start + self.page_size]

    def delete(self, identifier: str) -> bool:
        return self._known.pop(identifier, None) is not None
''',
        "import logging",
        "from collections.abc import Iterator",
        "from typing import Any",
    ),
    _snippet(
        '''
def ${name}(now: datetime | None = None, days: int = ${number}) -> tuple[str, str]:
    """The window in which a ${noun} counts as recent, as two ISO dates."""
    end = now or datetime.now(tz=UTC)
    start = end - timedelta(days=days)
    while start.weekday() >= 5:
        start -= timedelta(days=1)
    return start.date().isoformat(), end.date().isoformat()
''',
        "from datetime import UTC, datetime, timedelta",
    ),
    _snippet(
        '''
def ${name}(values: Mapping[str, str], prefix: str = "${noun}") -> str:
    """A stable reference for a ${noun}: the same values give the same text."""
    digest = hashlib.sha256()
    for key in sorted(values):
        digest.update(key.encode())
        digest.update(b"=")
        digest.update(values[key].encode())
    return f"{prefix}-{digest.hexdigest()[:${number}]}"
''',
        "import hashlib",
        "from collections.abc import Mapping",
    ),
    _snippet(
        '''
def ${name}(groups: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    """Collect what belongs to each ${noun}, leaving out what is below ${number}."""
    found: dict[str, list[int]] = defaultdict(list)
    for key, value in groups:
        if value < ${number}:
            continue
        found[key].append(value)
    return {key: sorted(values) for key, values in found.items() if len(values) > 1}
''',
        "from collections import defaultdict",
        "from collections.abc import Iterable",
    ),
    _snippet(
        '''
def ${name}(text: str) -> tuple[str, int]:
    """Split a ${noun} reference such as ``${noun}/AB-${number}`` into its parts."""
    match = re.fullmatch(r"(?P<name>[a-z_]+)/(?P<code>[A-Z]{2})-(?P<number>\\d+)", text.strip())
    if match is None:
        raise ValueError(f"not a ${noun} reference: {text!r}")
    return f"{match['name']}/{match['code']}", int(match["number"])
''',
        "import re",
    ),
    _snippet(
        '''
class ${Name}State(Enum):
    """Where a ${noun} stands."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self in (${Name}State.DONE, ${Name}State.FAILED)

    def next(self) -> ${Name}State:
        order = list(${Name}State)
        return self if self.is_final else order[order.index(self) + 1]
''',
        "from enum import Enum",
    ),
)

CONSTANT = Template(
    """$NAME = {
    "$field": ("$noun", $number),
    "$other": ("$verb", $less),
}
"""
)
