"""The event log in memory, used by replays and tests."""

from collections.abc import Mapping, Sequence

from services.eventlog.chain import (
    HISTORY_IN_MEMORY,
    START,
    Head,
    chain_of,
    split,
    store,
    store_left,
)
from services.eventlog.port import (
    EVENT_ID_DIGITS,
    Advance,
    Appended,
    CheckpointConflictError,
    Entry,
    EventsMovedOut,
    LogDamagedError,
    LogMovedError,
    NewEvent,
    TrimRefusedError,
)


def checkpoint_beyond(reader: str, found: int, last: int) -> str:
    """Return words for a checkpoint that stands where no event does."""
    return (
        f"expected the checkpoint of {reader} within the log, which ends at position {last}, "
        f"found it at {found}"
    )


def other_event(position: int, last: int) -> str:
    """Return words for a place to trim to that the log does not hold as it was sealed."""
    return (
        f"expected the sealed event at position {position}, found another one in the log, or none (it "
        f"ends at {last})"
    )


def none_left(position: int, last: int) -> str:
    """Return words for a trim that would leave no event."""
    return f"expected events behind position {position}, found none (the log ends at {last})"


def reader_behind(reader: str, found: int, position: int) -> str:
    """Return words for a reader that has not dealt with all that is to be trimmed."""
    return f"expected {reader} to have dealt with position {position}, found it at {found}"


class MemoryEventLog:
    """An `EventLog` that lives and dies with its process."""

    def __init__(self, moved_out: EventsMovedOut | None = None) -> None:
        """Begin an empty log.

        Args:
            moved_out: Where events lie that are trimmed; null for a log that never is.
        """
        self._moved_out, self._trimmed = moved_out, START
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
            if found > self._head.position:
                raise LogDamagedError(checkpoint_beyond(advance.reader, found, self._head.position))
            if found != advance.expected:
                raise CheckpointConflictError(
                    advance.reader, expected=advance.expected, found=found
                )
        before = self._head
        placed = [self._place(event) for event in events]
        appended = Appended(
            positions=tuple(position for position, _ in placed),
            is_new=tuple(is_new for _, is_new in placed),
            last=self._head.position,
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
            if position <= self._trimmed.position:
                self._bring_back()
            at = position - self._trimmed.position - 1
            stored = split(self._entries[at].body)
            assert stored is not None, "a log holds what it stored"
            body = store_left(stored, content, erased=last.position + 1)
            self._entries[at] = Entry(position, body)
        return self.append_now([event]).last

    async def trim(self, to: Head) -> int:
        """See `EventLog.trim`."""
        if to.position <= self._trimmed.position:
            return 0
        if await self.chain_at(to.position) != to.chain:
            raise TrimRefusedError(other_event(to.position, self._head.position))
        if to.position == self._head.position:
            raise TrimRefusedError(none_left(to.position, self._head.position))
        for reader, found in self._checkpoints.items():
            if found < to.position:
                raise TrimRefusedError(reader_behind(reader, found, to.position))
        count = to.position - self._trimmed.position
        del self._entries[:count]
        self._trimmed = to
        return count

    async def read(self, *, after: int, limit: int) -> Sequence[Entry]:
        """See `EventLog.read`."""
        moved = self._read_moved(after, limit) if after < self._trimmed.position else ()
        start = after + len(moved) - self._trimmed.position
        return [*moved, *self._entries[start : start + limit - len(moved)]]

    def _read_moved(self, after: int, limit: int) -> Sequence[Entry]:
        assert self._moved_out is not None, (
            "a log that was trimmed without a place to move events to"
        )
        return self._moved_out.read(after=after, limit=limit, trimmed=self._trimmed)

    def _bring_back(self) -> None:
        """Put events back into the log that were trimmed."""
        self._entries[:0] = self._read_moved(0, self._trimmed.position)
        self._trimmed = START

    def follow(self, entries: Sequence[Entry]) -> None:
        """See `EventLog.follow`; a log in memory is never another one."""

    async def last_position(self) -> int:
        """See `EventLog.last_position`."""
        return self._head.position

    async def chain_at(self, position: int) -> str | None:
        """See `EventLog.chain_at`."""
        entries = await self.read(after=position - 1, limit=1) if position > 0 else ()
        return chain_of(entries[0].body) if entries else None

    async def checkpoint(self, reader: str) -> int:
        """See `EventLog.checkpoint`."""
        return self._checkpoints.get(reader, 0)

    async def positions_of(self, event_ids: Sequence[str]) -> list[int | None]:
        """See `EventLog.positions_of`."""
        return [self._position_by_id.get(event_id) for event_id in event_ids]

    def bodies(self) -> list[bytes]:
        """Return every event's JSON, in order of position, of those that were not trimmed."""
        return [entry.body for entry in self._entries]

    def _place(self, event: NewEvent) -> tuple[int, bool]:
        assert len(event.id) == EVENT_ID_DIGITS, f"event id {event.id!r} is not 32 digits"
        known = self._position_by_id.get(event.id)
        if known is not None:
            return known, False
        position = self._head.position + 1
        body, chain = store(position, self._head.chain, event.body, event.as_kept)
        self._entries.append(Entry(position, body))
        self._head = Head(position, chain)
        self._position_by_id[event.id] = position
        return position, True
