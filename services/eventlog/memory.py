"""The event log in memory, used by replays and tests."""

from collections.abc import Mapping, Sequence

from services.eventlog.chain import HISTORY_IN_MEMORY, Head, chain_of, split, store, store_left
from services.eventlog.port import (
    EVENT_ID_DIGITS,
    Advance,
    Appended,
    CheckpointConflictError,
    Entry,
    LogDamagedError,
    LogMovedError,
    NewEvent,
)


def checkpoint_beyond(reader: str, found: int, last: int) -> str:
    """Return words for a checkpoint that stands where no event does."""
    return (
        f"expected the checkpoint of {reader} within the log, which ends at position {last}, "
        f"found it at {found}"
    )


class MemoryEventLog:
    """An `EventLog` that lives and dies with its process."""

    def __init__(self) -> None:
        self._head = Head(0, HISTORY_IN_MEMORY)
        self._entries: list[Entry] = []
        self._position_by_id: dict[str, int] = {}
        self._checkpoints: dict[str, int] = {}

    async def append(self, events: Sequence[NewEvent], advance: Advance | None = None) -> Appended:
        """See `EventLog.append`."""
        return self.append_now(events, advance)

    def append_now(self, events: Sequence[NewEvent], advance: Advance | None = None) -> Appended:
        """Append without waiting; there is nothing to wait for."""
        if advance is not None:
            found = self._checkpoints.get(advance.reader, 0)
            if found > len(self._entries):
                raise LogDamagedError(checkpoint_beyond(advance.reader, found, len(self._entries)))
            if found != advance.expected:
                raise CheckpointConflictError(
                    advance.reader, expected=advance.expected, found=found
                )
        before = self._head
        placed = [self._place(event) for event in events]
        appended = Appended(
            positions=tuple(position for position, _ in placed),
            is_new=tuple(is_new for _, is_new in placed),
            last=len(self._entries),
            chain=self._head.chain,
            before=before,
        )
        if advance is not None:
            self._checkpoints[advance.reader] = advance.reached(appended)
        return appended

    async def erase(self, event: NewEvent, left: Mapping[int, bytes], *, last: Head) -> int:
        """See `EventLog.erase`."""
        if self._head != last:
            raise LogMovedError(last)
        for position, content in left.items():
            stored = split(self._entries[position - 1].body)
            assert stored is not None, "a log holds what it stored"
            body = store_left(stored, content, erased=last.position + 1)
            self._entries[position - 1] = Entry(position, body)
        return self.append_now([event]).last

    async def read(self, *, after: int, limit: int) -> Sequence[Entry]:
        """See `EventLog.read`."""
        return self._entries[after : after + limit]

    def follow(self, entries: Sequence[Entry]) -> None:
        """See `EventLog.follow`; a log in memory is never another one."""

    async def last_position(self) -> int:
        """See `EventLog.last_position`."""
        return len(self._entries)

    async def chain_at(self, position: int) -> str | None:
        """See `EventLog.chain_at`."""
        return chain_of(self._entries[position - 1].body) if self._holds(position) else None

    async def checkpoint(self, reader: str) -> int:
        """See `EventLog.checkpoint`."""
        return self._checkpoints.get(reader, 0)

    async def positions_of(self, event_ids: Sequence[str]) -> list[int | None]:
        """See `EventLog.positions_of`."""
        return [self._position_by_id.get(event_id) for event_id in event_ids]

    def bodies(self) -> list[bytes]:
        """Return every event's JSON, in order of position."""
        return [entry.body for entry in self._entries]

    def _holds(self, position: int) -> bool:
        return 0 < position <= len(self._entries)

    def _place(self, event: NewEvent) -> tuple[int, bool]:
        assert len(event.id) == EVENT_ID_DIGITS, f"event id {event.id!r} is not 32 digits"
        known = self._position_by_id.get(event.id)
        if known is not None:
            return known, False
        position = len(self._entries) + 1
        body, chain = store(position, self._head.chain, event.body, event.as_kept)
        self._entries.append(Entry(position, body))
        self._head = Head(position, chain)
        self._position_by_id[event.id] = position
        return position, True
