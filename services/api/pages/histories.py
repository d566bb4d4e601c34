"""How an exchange's figures came to be what they are, worked out from the log when somebody asks.

No view holds this, so the log is read: one answer at a time, beside the event loop, kept for whoever
asks the same before the log goes on. The pages that everybody reads never wait for it.
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
            # Whoever waited may find that the one before has asked the same.
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
