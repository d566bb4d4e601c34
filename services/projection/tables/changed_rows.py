"""Which rows of a table are to be made anew, and which were made since changes were last taken."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from msgspec.json import Encoder

from services.projection.encoding import Columns, pack
from services.projection.rows import RECORDS, Table
from services.projection.support_index import Moment


#: Makes the row of a key, null if there is none; the moment is when what it is made of changed last.
MakeRow: TypeAlias = Callable[[str, Moment], Columns | None]
encode_row = Encoder().encode


class ChangedRows:
    """The rows of one table by key, apart from what they say.

    A row is a function of what the table holds and of when that changed last, and is not kept.
    """

    def __init__(self, table: Table) -> None:
        self._table: Table = table
        self._shown_since: dict[str, Moment] = {}
        self._touched: dict[str, Moment] = {}
        self._changed: dict[str, bytes | None] = {}

    def touch(self, key: str, at: Moment) -> None:
        """Note that what a row is made of changed."""
        self._touched[key] = at

    def take(self, make_row: MakeRow) -> dict[str, bytes | None]:
        """Return the rows that changed since the last call, as they are stored; null for one that is gone."""
        self._update(make_row)
        changed, self._changed = self._changed, {}
        return changed

    def discard(self, has_row: Callable[[str], bool]) -> None:
        """Take what changed for written."""
        self._changed = {}
        touched, self._touched = self._touched, {}
        for key, at in touched.items():
            if has_row(key):
                self._shown_since[key] = at
            else:
                self._shown_since.pop(key, None)

    def all(self, make_row: MakeRow) -> Iterator[Any]:
        """Return all rows as views, in order of key."""
        self._update(make_row)
        for key in sorted(self._shown_since):
            row = make_row(key, self._shown_since[key])
            assert row is not None, f"{key} in {self._table} is shown"
            yield RECORDS[self._table].model_validate_json(encode_row(row))

    def _update(self, make_row: MakeRow) -> None:
        touched, self._touched = self._touched, {}
        for key, at in touched.items():
            row = make_row(key, at)
            if row is not None:
                self._shown_since[key] = at
                self._changed[key] = pack(self._table, key, row)
            else:
                # Also where it came and went since: another writer may have stored it in between.
                self._shown_since.pop(key, None)
                self._changed[key] = None


class KeysOfClaims:
    """Which rows of a table name a claim: they change with the claim's ref."""

    def __init__(self) -> None:
        self._keys: dict[int, tuple[str, ...]] = {}

    def add(self, claim: int, key: str) -> None:
        """Note that a row names a claim."""
        self._keys[claim] = (*self._keys.get(claim, ()), key)

    def remove(self, claim: int, key: str) -> None:
        """Note that a row names a claim no more."""
        if others := tuple([other for other in self._keys.pop(claim) if other != key]):
            self._keys[claim] = others

    def of(self, claim: int) -> tuple[str, ...]:
        """Return the keys of the rows that name a claim."""
        return self._keys.get(claim, ())
