"""The current views, kept in memory and read again only when they have changed.

One cheap request to the server shows whether the views changed since they were last read. If so, the
tables needed are read at one version, and only their changed rows are parsed and serialised again.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from pydantic import BaseModel

from schemas.events import ClaimRecorded
from schemas.headline import HeadlineRow
from schemas.ledger import LedgerConfiguration
from schemas.views import Exchange, Figure
from services.api.views.tables import TOGETHER_COUNT, HeldRow, HeldTable, View, held_row
from services.eventlog.port import EventLog
from services.projection.cumulative import cumulative
from services.projection.encoding import FORM, unpack
from services.projection.headline import headline
from services.projection.joined import claims_at
from services.projection.operations import operations
from services.projection.rows import ClaimRow, Row, Table, TotalRow, claim_view, key_of
from services.projection.store import RawTables, Version, ViewStore


#: The version of views that nobody has made yet.
NOTHING = Version("", 0)
#: The stored tables that each view is made of.
_TABLES: Mapping[View, tuple[Table, ...]] = {
    "exchanges": ("exchanges",),
    "figures": ("figures",),
    "cumulative": ("exchanges", "figures", "totals"),
    "checks": ("checks",),
    "claims": ("claims",),
    "headline": ("exchanges", "figures"),
    "operations": ("exchanges", "figures"),
}


class Shown(NamedTuple):
    """Views at one version."""

    version: Version
    tables: Mapping[View, HeldTable]


class _Stored(NamedTuple):
    # What is stored under one key: as it was read, and the rows in it, by key.
    raw: bytes
    rows: Mapping[str, Row]


class LiveViews:
    """The views of one ledger."""

    def __init__(self, store: ViewStore, log: EventLog, ledger: LedgerConfiguration) -> None:
        self._store = store
        self._log = log
        self._ledger = ledger
        self._guess = ""
        self._lock = asyncio.Lock()
        self._stored: dict[Table, dict[str, _Stored]] = {}
        self._stored_at: dict[Table, Version] = {}
        self._shown: dict[View, tuple[Version, HeldTable]] = {}
        self._rows: dict[View, dict[str, tuple[Any, HeldRow]]] = {}
        self._claims: dict[int, ClaimRecorded] = {}
        self._claims_of = ""

    async def version(self) -> Version:
        """Return the version of the views as they are now."""
        found = await self._store.version(self._guess)
        if found is None:
            return NOTHING
        self._guess = found.generation
        return found

    async def read(self, views: Sequence[View]) -> Shown:
        """Return the views asked for, all of one version."""
        version = await self.version()
        if (known := self._known(version, views)) is not None:
            return known
        async with self._lock:
            # A request that waited for the lock may find that what it needs has been read.
            version = await self.version()
            if (known := self._known(version, views)) is None:
                known = await self._read(version, views)
            return known

    def _known(self, version: Version, views: Sequence[View]) -> Shown | None:
        found = {view: self._shown[view] for view in views if view in self._shown}
        if len(found) == len(set(views)) and all(at == version for at, _ in found.values()):
            return Shown(version, {view: table for view, (_, table) in found.items()})
        return None

    async def _read(self, version: Version, views: Sequence[View]) -> Shown:
        wanted = tuple(dict.fromkeys(table for view in views for table in _TABLES[view]))
        raw = await self._store.raw_tables(version.generation, wanted)
        if (
            raw is None
        ):  # None made yet, or switched and dropped since: the next read finds the new one.
            raw = RawTables(NOTHING, FORM, {table: {} for table in wanted})
        for table in wanted:
            await self._take_in(table, raw)
            self._stored_at[table] = raw.version
        if "claims" in wanted:
            await self._join(raw.version.generation)
        shown = {view: self._show(view) for view in views}
        for view, held in shown.items():
            self._shown[view] = (raw.version, held)
        return Shown(raw.version, shown)

    async def _take_in(self, table: Table, read: RawTables) -> None:
        before, now = self._stored.get(table, {}), {}
        number = 0
        for key, raw in read.rows[table].items():
            known = before.get(key)
            if known is None or known.raw != raw:
                number += 1
                if number % TOGETHER_COUNT == 0:
                    await asyncio.sleep(0)
                rows = unpack(table, key, raw, ledger=self._ledger.name, form=read.form)
                known = _Stored(raw, _kept(known, rows))
            now[key] = known
        self._stored[table] = now

    async def _join(self, generation: str) -> None:
        if generation != self._claims_of:
            # Words may have been erased from the log since: the views are another generation then.
            self._claims, self._rows, self._claims_of = {}, {}, generation
        positions = {row.position for row in self._records("claims").values()}
        self._claims |= await claims_at(self._log, list(positions - self._claims.keys()))

    def _records(self, table: Table) -> dict[str, Row]:
        return {
            key: row for stored in self._stored[table].values() for key, row in stored.rows.items()
        }

    def _show(self, view: View) -> HeldTable:
        match view:
            case "cumulative":
                exchanges, figures, totals = self._made_of(view)
                points = cumulative(
                    self._ledger.name,
                    cast(Iterable[Figure], figures),
                    cast(Iterable[Exchange], exchanges),
                    cast(Iterable[TotalRow], totals),
                    self._headline(),
                )
                return HeldTable(held_row(view, point) for point in points)
            case "headline":
                return HeldTable(held_row(view, row) for row in self._headline())
            case "operations":
                exchanges, figures = self._made_of(view)
                found = operations(
                    self._ledger.name,
                    cast(Iterable[Exchange], exchanges),
                    cast(Iterable[Figure], figures),
                    self._headline(),
                )
                return HeldTable(held_row(view, row) for row in found)
            case "exchanges" | "figures" | "checks" | "claims":
                return HeldTable(self._written(view))

    def _made_of(self, view: View) -> Iterator[Iterable[Row]]:
        return (self._records(table).values() for table in _TABLES[view])

    def _headline(self) -> tuple[HeadlineRow, ...]:
        exchanges, figures = self._made_of("headline")
        return headline(
            self._ledger.name,
            self._ledger.side_codes,
            cast(Iterable[Exchange], exchanges),
            cast(Iterable[Figure], figures),
        )

    def _written(self, view: View) -> list[HeldRow]:
        table = _TABLES[view][0]
        before, now = self._rows.get(view, {}), {}
        for key, record in self._records(table).items():
            known = before.get(key)
            if known is None or known[0] is not record:
                known = (record, held_row(view, self._view_of(record)))
            now[key] = known
        self._rows[view] = now
        return [row for _, row in now.values()]

    def _view_of(self, record: Row) -> BaseModel:
        if isinstance(record, ClaimRow):
            return claim_view(record, self._claims[record.position])
        return record


def _kept(before: _Stored | None, rows: Iterable[Row]) -> dict[str, Row]:
    """Return rows by key; an unchanged row stays the same object."""
    known = before.rows if before else {}
    found = {key_of(row): row for row in rows}
    return {key: known[key] if known.get(key) == row else row for key, row in found.items()}
