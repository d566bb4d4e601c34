"""Rows ready for responses: parsed for filters, serialised as JSON once, in the order of their keys."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel

from schemas.headline import HeadlineRow
from schemas.one_line import one_line
from schemas.operation import Operation
from schemas.views import (
    Check,
    ClaimView,
    CumulativePoint,
    Exchange,
    Figure,
)


View = Literal["exchanges", "figures", "cumulative", "checks", "claims", "headline", "operations"]
#: Rows parsed or written between two other requests.
TOGETHER_COUNT = 25
#: A row's key: what its list is ordered by.
Key = tuple[str | int, ...]


class RowType(NamedTuple):
    """One kind of row: its record, the fields of its key, and the types of these."""

    record: type[BaseModel]
    key: tuple[str, ...]
    types: tuple[type, ...]

    def key_of(self, record: Any) -> Key:
        """Return a row's key; days are written out."""
        parts = (getattr(record, name) for name in self.key)
        return tuple(part if isinstance(part, int) else str(part) for part in parts)


ROW_TYPES: Mapping[View, RowType] = {
    "exchanges": RowType(Exchange, ("id",), (str,)),
    "figures": RowType(Figure, ("id",), (str,)),
    "cumulative": RowType(CumulativePoint, ("side", "category", "as_of"), (str, str, str)),
    "checks": RowType(Check, ("id",), (str,)),
    # Two publishers can make their qualified refs alike; then the log's order has to do.
    "claims": RowType(ClaimView, ("ref", "position"), (str, int)),
    "headline": RowType(HeadlineRow, ("exchange", "side"), (str, str)),
    "operations": RowType(Operation, ("id",), (str,)),
}


class HeldRow(NamedTuple):
    """One row: its key, its record, and its JSON."""

    key: Key
    record: Any
    json: bytes


class HeldTable:
    """All rows of one view, in the order of their keys."""

    def __init__(self, rows: Iterable[HeldRow]) -> None:
        self.rows = sorted(rows, key=lambda row: row.key)
        self._keys = [row.key for row in self.rows]

    def after(self, key: Key | None) -> int:
        """Return the index of the first row behind a key, which need not be there; 0 for none."""
        return 0 if key is None else bisect_right(self._keys, key)

    def beginning(self, start: str) -> list[HeldRow]:
        """Return the rows whose key begins with a text."""
        first = bisect_left(self._keys, (start,))
        last = first
        while last < len(self._keys) and self._keys[last][0] == start:
            last += 1
        return self.rows[first:last]


def held_row(view: View, record: BaseModel) -> HeldRow:
    """Make a row of a record."""
    return HeldRow(
        ROW_TYPES[view].key_of(record), record, one_line(record.model_dump_json()).encode()
    )


async def parse_rows(view: View, lines: Sequence[bytes]) -> list[HeldRow]:
    """Read rows from their JSON, with room for other requests in between."""
    kind = ROW_TYPES[view]
    rows = []
    for number, line in enumerate(lines):
        if number % TOGETHER_COUNT == 0:
            await asyncio.sleep(0)
        record = kind.record.model_validate_json(line)
        rows.append(HeldRow(kind.key_of(record), record, line))
    return rows
