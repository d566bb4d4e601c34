"""The revisions of an exchange's figures, computed from the log on request.

No view holds them, so the log is read: one request at a time, in a thread, and the result is cached
until the log grows. Pages that most people read never wait for it.
"""

import asyncio
from collections import OrderedDict

from schemas.ledger import LedgerConfiguration
from schemas.views import Revision
from services.eventlog.port import EventLog
from services.queries.as_of import Cut, entries_of, exchange_history_at


#: Answers kept for one ledger.
KEPT_COUNT = 64


class Histories:
    """The revisions of one ledger's exchanges."""

    def __init__(self, log: EventLog, ledger: LedgerConfiguration) -> None:
        self._log = log
        self._ledger = ledger
        self._lock = asyncio.Lock()
        self._kept: OrderedDict[tuple[int, str, Cut], tuple[Revision, ...]] = OrderedDict()

    async def read(self, position: int, exchange: str, cut: Cut) -> tuple[Revision, ...]:
        """Return the revisions of all figures of an exchange, from the log as it was at a position."""
        key = (position, exchange, cut)
        async with self._lock:
            # A request that waited may find its result in the cache.
            if key not in self._kept:
                bodies = [
                    entry.body
                    async for entry in entries_of(self._log)
                    if entry.position <= position
                ]
                self._kept[key] = await asyncio.to_thread(
                    exchange_history_at, bodies, exchange, ledger=self._ledger, cut=cut
                )
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT_COUNT:
                self._kept.popitem(last=False)
            return self._kept[key]
