"""Read one ledger's log in order of position, each event once: first what is there, then what comes.

The position is kept with the state that follows the log, not with the reader, so that the two cannot
disagree. FastStream delivers new entries; whether they are the next ones is checked here, and missing
ones are read from the log.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from faststream.redis import RedisBroker, StreamSub

from services.eventlog.keys import keys_of
from services.eventlog.port import Entry, EventLog, LogDamagedError, LogShortenedError
from services.eventlog.redis_log import entry_of
from services.runtime.collecting import freeze_state
from services.runtime.reader_context import ReaderContext
from services.runtime.subscribing import Batch, subscribe_raw


#: Reads under way at once while a reader catches up: several times what projection writes in one go,
#: because the server answers none of them while it writes.
READS_AHEAD = 12


class Follower(Protocol):
    """A state that follows the log.

    Attributes:
        position: Last position dealt with, 0 for none.
    """

    position: int

    async def handle(self, entries: Sequence[Entry]) -> None:
        """Deal with the next entries, at least one, and move `position` behind them.

        It may move further, where the state had to catch up with another process.
        """
        ...


class OrderedReader:
    """Feeds a `Follower` with the log of one ledger."""

    def __init__(self, context: ReaderContext, follower: Follower) -> None:
        self._context = context
        self._follower = follower
        self._feeding: asyncio.Task[None] | None = None

    async def catch_up(self) -> None:
        """Feed what the log holds after the follower's position, up to its end."""
        count = self._context.settings.batch_count
        async for entries in read_on(self._context.log, after=self._follower.position, limit=count):
            if self._context.is_stopping:
                return
            await self._feed(entries)

    def subscribe(self, broker: RedisBroker) -> None:
        """Feed what comes from now on."""
        settings = self._context.settings
        stream = StreamSub(
            keys_of(self._context.ledger.name).log,
            last_id=f"{self._follower.position}-0",
            batch=True,
            max_records=settings.batch_count,
            polling_interval=settings.poll_ms,
        )
        subscribe_raw(broker, stream, self._take)

    async def _take(self, batch: Batch) -> None:
        if self._context.is_stopping:
            return
        entries = [
            entry_of(entry_id, fields)
            for entry_id, fields in zip(batch.ids, batch.fields, strict=True)
        ]
        await self.close()
        self._feeding = asyncio.create_task(self._feed_next(entries))
        # FastStream fetches the next batch as soon as this returns. After a full one more is waiting,
        # and is fetched while this one is handled; after a partial one it would only compete for time.
        if len(entries) < self._context.settings.batch_count:
            await self.close()

    async def close(self) -> None:
        """Wait until what was fetched is dealt with."""
        if self._feeding is not None:
            await self._feeding
            self._feeding = None

    async def _feed_next(self, entries: Sequence[Entry]) -> None:
        if self._context.is_stopping:
            return
        with self._context.fault_boundary(str(entries[0].position)):
            if entries[0].position > self._follower.position + 1:
                await self.catch_up()
            is_behind_a_gap = entries[0].position > self._follower.position + 1
            if is_behind_a_gap:
                # Nothing says whether what was seen before leads to it, or came after it was lost.
                self._context.log.seen.doubt(after=0, before=entries[0].position)
            self._context.log.follow(entries)
            if is_behind_a_gap:
                if self._is_stopping():
                    return
                # What came is gone already, or the log lacks entries, which every append refuses.
                raise LogShortenedError(entries[0].position, found=self._follower.position)
            await self._feed(entries)

    def _is_stopping(self) -> bool:
        # A call, because a property is taken for a constant between two waits.
        return self._context.is_stopping

    async def _feed(self, entries: Sequence[Entry]) -> None:
        unseen = [entry for entry in entries if entry.position > self._follower.position]
        if not unseen:
            return
        key = keys_of(self._context.ledger.name).log
        check_gapless(unseen, after=self._follower.position, log=key)
        self._context.entry = str(unseen[0].position)
        await self._follower.handle(unseen)
        self._context.position = self._follower.position
        self._context.handled += len(unseen)
        freeze_state()


def check_gapless(entries: Sequence[Entry], *, after: int, log: str) -> None:
    """Check that entries stand right behind a position and each other.

    Raises:
        LogDamagedError: One is missing, or was added by hand; the message names the log's key.

    >>> check_gapless([Entry(3, b"{}"), Entry(4, b"{}")], after=2, log="exl:{rus-ukr}:log")
    >>> check_gapless([Entry(3, b"{}"), Entry(1795969812370, b"{}")], after=2, log="exl:{rus-ukr}:log")
    Traceback (most recent call last):
        ...
    services.eventlog.port.LogDamagedError: expected position 4 next in exl:{rus-ukr}:log, found 1795969812370: ...
    """
    for expected, entry in enumerate(entries, after + 1):
        if entry.position != expected:
            raise LogDamagedError(
                f"expected position {expected} next in {log}, found {entry.position}: entries were removed "
                "or added by hand (`exchange-ledger log verify` names them, `log repair` or `log restore "
                "FILE` mends it)"
            )


async def read_on(log: EventLog, *, after: int, limit: int) -> AsyncIterator[Sequence[Entry]]:
    """Yield the log from position `after` to its end, `limit` entries at a time.

    The next entries are fetched while the present ones are handled; after a full read several reads run
    ahead, because the server answers no read while it carries out one of our writes.
    """
    fetching: deque[asyncio.Task[Sequence[Entry]]] = deque()
    ahead = 1
    try:
        while True:
            while len(fetching) < ahead:
                start = after + limit * len(fetching)
                fetching.append(asyncio.create_task(_read(log, start, limit)))
            # The consumer may not wait for anything while it handles entries, so let the reads start first.
            await asyncio.sleep(0)
            entries = await fetching.popleft()
            if not entries:
                return
            log.follow(entries)
            yield entries
            after = entries[-1].position
            if len(entries) < limit:
                # The end. What else is being read begins after entries that were not there yet.
                _cancel(fetching)
                ahead = 1
            else:
                ahead = READS_AHEAD
    finally:
        _cancel(fetching)


async def _read(log: EventLog, after: int, limit: int) -> Sequence[Entry]:
    return await log.read(after=after, limit=limit)


def _cancel(fetching: deque[asyncio.Task[Sequence[Entry]]]) -> None:
    for task in fetching:
        task.cancel()
    fetching.clear()
