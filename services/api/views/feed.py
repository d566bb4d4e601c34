"""One ledger's change feed, read once and handed to every open stream of changes.

The rules:

* one reader on the server for all streams, however many there are;
* a stream resumes from where its consumer was: it reads what it missed by itself, and joins the others
  at the entry where they are, so that no change is missed or sent twice;
* where entries are missing (trimmed, another generation of views, another server) the consumer is
  sent the position to reload from;
* a consumer that is too slow is dropped; it knows its last event, and may reconnect.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from schemas.answers import Beginning, Reload, Withdrawn
from schemas.one_line import one_line
from services.eventlog.changes import ChangeFeed, ChangeId, FeedEntry
from services.eventlog.port import LogUnavailableError
from services.projection.store import ViewStore
from services.queries.missing_changes import missing_changes
from services.runtime.ending import end_task
from services.runtime.settings import Settings
from services.runtime.telemetry import logger_of


#: Streams that get a change before other requests are served again.
TOGETHER_COUNT = 20
#: Changes read from the server in one go.
BATCH_COUNT = 500


class StreamEvent(NamedTuple):
    """One event of a stream: where a consumer is after it, its bytes, and whether it says to reload."""

    at: ChangeId
    payload: bytes
    is_reload: bool = False


class Stream:
    """One open stream: what waits to be sent on it.

    Attributes:
        waiting: Events queued and not yet sent.
        is_dropped: Whether the queue overflowed; nothing more is queued then.
        is_over: Whether the process stops.
    """

    def __init__(self, unread_count: int) -> None:
        self.waiting: asyncio.Queue[StreamEvent | None] = asyncio.Queue(unread_count)
        self.is_dropped = False
        self.is_over = False

    def offer(self, event: StreamEvent) -> bool:
        """Queue an event for sending; return whether there was room."""
        if not self.is_dropped:
            try:
                self.waiting.put_nowait(event)
            except asyncio.QueueFull:
                self.is_dropped = True
        return not self.is_dropped

    def end(self) -> None:
        """End the stream."""
        self.is_over = True
        with suppress(asyncio.QueueFull):
            self.waiting.put_nowait(None)


class Feed:
    """The changes of one ledger on their way to all streams.

    Attributes:
        last: Where the feed is: later changes go to all streams.
        streams: The open streams.
        on_drop: Called when a stream is dropped.
    """

    def __init__(
        self, changes: ChangeFeed, store: ViewStore, ledger: str, settings: Settings
    ) -> None:
        self.changes = changes
        self.last: ChangeId | None = None
        self.streams: set[Stream] = set()
        self.on_drop: Callable[[], None] = lambda: None
        self.ledger = ledger
        self._store = store
        self._settings = settings
        self._generation: str | None = None
        self._logger = logger_of("api", ledger)
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False

    async def join(self, stream: Stream, at: ChangeId) -> bool:
        """Add a stream to the feed if its consumer already has everything up to where the feed is.

        A stream that comes when the process stops is ended at once.
        """
        if self._is_stopping:
            stream.end()
            return True
        await self._begin()
        if self.last is None or at < self.last:
            return False
        self.streams.add(stream)
        return True

    def leave(self, stream: Stream) -> None:
        """Remove a stream from the feed."""
        self.streams.discard(stream)

    async def reload(self, reason: str) -> StreamEvent:
        """Make the event that tells a consumer to read everything anew."""
        position = await self._store.position() or 0
        reload = Reload(ledger=self.ledger, position=position, reason=reason)
        at = ChangeId(position)
        event = write_event(at, "reload", reload.model_dump_json().encode())
        return StreamEvent(at, event, is_reload=True)

    async def missing(self, at: ChangeId) -> str | None:
        """Return why changes since a point of the log cannot all be sent, null if they can."""
        return await missing_changes(self.changes, self._store, at)

    def event_of(self, change: FeedEntry) -> StreamEvent:
        """Make the event of a change."""
        if change.row:
            return StreamEvent(change.id, write_event(change.id, "figure", change.row))
        gone = Withdrawn(ledger=self.ledger, id=change.figure, position=change.id.position)
        return StreamEvent(
            change.id, write_event(change.id, "withdrawn", gone.model_dump_json().encode())
        )

    def stop(self) -> None:
        """End all streams."""
        self._is_stopping = True
        for stream in self.streams:
            stream.end()

    async def close(self) -> None:
        """Stop reading."""
        self.stop()
        if self._task is not None:
            await end_task(self._task)

    async def _begin(self) -> None:
        # The feed of a ledger without streams is not read. The first stream waits for the start.
        if self._task is None:
            self._task = asyncio.create_task(self._follow())
        if self.last is None:
            self.last = (await self.changes.held()).last

    async def _follow(self) -> None:
        while not self._is_stopping:
            try:
                await self._read_on()
            except LogUnavailableError as error:
                self._logger.warning(
                    "server.unreachable",
                    error=str(error),
                    retry_in_seconds=self._settings.reconnect_seconds,
                )
                await asyncio.sleep(self._settings.reconnect_seconds)

    async def _read_on(self) -> None:
        if self.last is None:
            self.last = (await self.changes.held()).last
        generation = await self._store.current()
        if self._generation is not None and generation != self._generation:
            await self._publish([await self.reload("the views were made anew")])
        self._generation = generation
        changes = await self.changes.wait(
            after=self.last, limit=BATCH_COUNT, wait_ms=min(self._settings.poll_ms, 1_000)
        )
        if changes:
            self.last = changes[-1].id
            await self._publish([self.event_of(change) for change in changes])
        if not changes and (held := await self.changes.held()).last < self.last:
            # The server was emptied or replaced: what was sent is no longer true.
            self.last = held.last
            await self._publish([await self.reload("the feed begins anew")])

    async def _publish(self, batch: Sequence[StreamEvent]) -> None:
        # A stream that joins meanwhile may have these changes already, and skips them.
        for number, stream in enumerate(tuple(self.streams), start=1):
            if number % TOGETHER_COUNT == 0:
                await asyncio.sleep(0)
            # All at once, so that a stream wakes once and sends them in one piece.
            if all(stream.offer(event) for event in batch):
                continue
            self.streams.discard(stream)
            self._logger.warning("consumer.dropped", unread=self._settings.unread_count)
            self.on_drop()


def begin_event(at: ChangeId, ledger: str) -> bytes:
    """Write the event that a stream begins with: where it begins.

    It has data, because some readers hand on whatever ends with an empty line.
    """
    beginning = Beginning(ledger=ledger, position=at.position)
    return write_event(at, "begin", beginning.model_dump_json().encode())


def write_event(at: ChangeId | None, kind: str, json: bytes) -> bytes:
    """Write one server-sent event; our JSON has nothing that a reader may take for the end of a line."""
    head = b"" if at is None else b"id: %s\n" % str(at).encode()
    return head + b"event: %s\ndata: %s\n\n" % (kind.encode(), one_line(json.decode()).encode())
