"""The views of another time, worked out from the log and kept for whoever asks again.

Each answer belongs to one position of the log and one cut. They are worked out one at a time, in a
thread, so that other reads go on; who asks for what is being worked out already waits for that.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping

from schemas.ledger import LedgerConfiguration
from services.api.tables import HeldTable, View, held_tables
from services.eventlog.port import EventLog
from services.reading import Cut, entries_of, models_at


#: Answers kept for one ledger.
KEPT_COUNT = 16

Tables = Mapping[View, HeldTable]


class PastViews:
    """The views of one ledger at other times."""

    def __init__(self, log: EventLog, ledger: LedgerConfiguration) -> None:
        self._log = log
        self._ledger = ledger
        self._lock = asyncio.Lock()
        self._kept: OrderedDict[tuple[int, Cut], asyncio.Task[Tables]] = OrderedDict()

    async def read(self, position: int, cut: Cut) -> Tables:
        """Give the views at a cut, from the log as it was at a position."""
        key = (position, cut)
        if key not in self._kept:
            self._kept[key] = asyncio.create_task(self._work_out(position, cut))
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT_COUNT:
            del self._kept[next(iter(self._kept))]
        try:
            # Whoever goes away leaves the work to the others who wait for it.
            return await asyncio.shield(self._kept[key])
        except BaseException:
            if key in self._kept and self._kept[key].done():
                del self._kept[key]
            raise

    async def _work_out(self, position: int, cut: Cut) -> Tables:
        async with self._lock:
            bodies = [
                entry.body async for entry in entries_of(self._log) if entry.position <= position
            ]
            return await asyncio.to_thread(self._tables, bodies, cut)

    def _tables(self, bodies: list[bytes], cut: Cut) -> Tables:
        return held_tables(models_at(bodies, ledger=self._ledger, cut=cut))
