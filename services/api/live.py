"""The views as they stand, kept in memory and read again only when they moved.

One cheap question tells whether the views moved since they were last read. If so, the tables asked for
are read as they stand together, and of their rows only those that changed are parsed and written anew.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel

from schemas.events import ClaimRecorded
from schemas.views import Check, Exchange, Figure
from services.api.tables import TOGETHER_COUNT, HeldRow, HeldTable, View, held_row
from services.eventlog.port import EventLog
from services.projection.rows import Standing, Table, Total, claim_view
from services.projection.series import cumulative
from services.projection.store import RawTables, Version, ViewStore, claims_at


#: The version of views that nobody has made yet.
NOTHING = Version("", 0)
#: The stored tables that each view is made of.
_TABLES: Mapping[View, tuple[Table, ...]] = {
    "exchanges": ("exchanges",),
    "figures": ("figures",),
    "cumulative": ("exchanges", "figures", "totals"),
    "checks": ("checks",),
    "claims": ("claims",),
}
_RECORDS: Mapping[Table, type[BaseModel]] = {
    "exchanges": Exchange,
    "figures": Figure,
    "totals": Total,
    "checks": Check,
    "claims": Standing,
}


class Shown(NamedTuple):
    """Views as they stood together at one version."""

    version: Version
    tables: Mapping[View, HeldTable]


class _Stored(NamedTuple):
    # One stored row: as it was read, and what it says.
    raw: bytes
    record: Any


class LiveViews:
    """The views of one ledger."""

    def __init__(self, store: ViewStore, log: EventLog, ledger: str) -> None:
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

    async def version(self) -> Version:
        """Say which views there are now."""
        found = await self._store.version(self._guess)
        if found is None:
            return NOTHING
        self._guess = found.generation
        return found

    async def read(self, views: Sequence[View]) -> Shown:
        """Give views as they stand together now."""
        version = await self.version()
        if (known := self._known(version, views)) is not None:
            return known
        async with self._lock:
            # Whoever waited for the lock may find that the one before has read what it needs.
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
            raw = RawTables(NOTHING, {table: {} for table in wanted})
        for table in wanted:
            await self._take_in(table, raw.rows[table])
            self._stored_at[table] = raw.version
        if "claims" in wanted:
            await self._join()
        shown = {view: self._show(view) for view in views}
        for view, held in shown.items():
            self._shown[view] = (raw.version, held)
        return Shown(raw.version, shown)

    async def _take_in(self, table: Table, rows: Mapping[str, bytes]) -> None:
        before = self._stored.get(table, {})
        changed = {
            key: raw for key, raw in rows.items() if key not in before or before[key].raw != raw
        }
        parsed = {}
        for number, (key, raw) in enumerate(changed.items()):
            if number % TOGETHER_COUNT == 0:
                await asyncio.sleep(0)
            parsed[key] = _Stored(raw, _RECORDS[table].model_validate_json(raw))
        self._stored[table] = {key: parsed.get(key) or before[key] for key in rows}

    async def _join(self) -> None:
        positions = {row.record.position for row in self._stored["claims"].values()}
        self._claims |= await claims_at(self._log, list(positions - self._claims.keys()))

    def _show(self, view: View) -> HeldTable:
        match view:
            case "cumulative":
                exchanges, figures, totals = (
                    [row.record for row in self._stored[table].values()] for table in _TABLES[view]
                )
                points = cumulative(self._ledger, figures, exchanges, totals)
                return HeldTable(held_row(view, point) for point in points)
            case "exchanges" | "figures" | "checks" | "claims":
                return HeldTable(self._written(view))

    def _written(self, view: View) -> list[HeldRow]:
        table = _TABLES[view][0]
        before, now = self._rows.get(view, {}), {}
        for key, stored in self._stored[table].items():
            known = before.get(key)
            if known is None or known[0] is not stored.record:
                known = (stored.record, held_row(view, self._view_of(stored.record)))
            now[key] = known
        self._rows[view] = now
        return [row for _, row in now.values()]

    def _view_of(self, record: Any) -> BaseModel:
        if isinstance(record, Standing):
            return claim_view(record, self._claims[record.position])
        assert isinstance(record, BaseModel), f"no row: {record!r}"
        return record
