"""The views of another time, each at one position of the log and one cut, computed from the log and cached."""

import asyncio
from collections.abc import Mapping, Sequence

from schemas.ledger import LedgerConfiguration
from services.api.views.computations import Computations
from services.api.views.replayer import Replayer
from services.api.views.tables import HeldRow, HeldTable, View, parse_rows
from services.queries.as_of import Cut


class _AsOfTables:
    """The views at one cut: their rows' JSON, and those read so far."""

    def __init__(self, rows: Mapping[str, bytes]) -> None:
        self._rows = dict(rows)
        self._tables: dict[View, HeldTable] = {}
        self._lock = asyncio.Lock()

    async def table(self, view: View) -> HeldTable:
        async with self._lock:
            if view not in self._tables:
                lines = self._rows.pop(view).splitlines()
                rows: list[HeldRow] = await parse_rows(view, lines)
                self._tables[view] = HeldTable(rows)
            return self._tables[view]


class AsOfViews:
    """The views of one ledger at other times."""

    def __init__(
        self, replayer: Replayer, ledger: LedgerConfiguration, computations: Computations
    ) -> None:
        self._replayer = replayer
        self._ledger = ledger
        self._computations = computations

    async def read(
        self, position: int, cut: Cut, views: Sequence[View]
    ) -> Mapping[View, HeldTable]:
        """Return views at a cut, from the log as it was at a position.

        Raises:
            ProblemError: Too many others are being worked out.
        """

        async def work_out() -> _AsOfTables:
            return _AsOfTables(await self._replayer.ask(self._ledger, position, cut))

        tables = await self._computations.get(position, cut, work_out)
        return {view: await tables.table(view) for view in views}
