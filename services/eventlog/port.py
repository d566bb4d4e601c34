"""The interface of an event log, whatever stores it.

The rules, which the contract suite holds both implementations to:

* positions are gapless from 1 and given by the log;
* an event whose id is known is not appended again: its old position is the answer, for ever;
* a batch is appended whole or not at all, together with the reader's checkpoint;
* a checkpoint moves only from where its reader expects it to be;
* every event carries a chain value over its content and the event before it (`services.eventlog.chain`);
* nothing is appended to another log than the one seen before, nor to a damaged one;
* events that were moved out of the log into sealed segments are read from there, at their positions;
* words are erased from events together with the event that says so, or not at all; every position, id and
  chain value stays.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from services.eventlog.chain import Head, Stored


#: Length of an event id: 128 bits of a content hash, as hexadecimal digits.
EVENT_ID_DIGITS = 32


class NewEvent(NamedTuple):
    """An event on its way into the log.

    Attributes:
        id: 32 hexadecimal digits, the hash of what the event is about.
        body: UTF-8 JSON object without `position`, which the log puts in front.
        as_kept: The same event in the log that it was exported from; null for one that is new.
    """

    id: str
    body: bytes
    as_kept: Stored | None = None


class Entry(NamedTuple):
    """An event in the log: its position and its UTF-8 JSON, `position` included."""

    position: int
    body: bytes


class Appended(NamedTuple):
    """What became of a batch.

    Attributes:
        positions: Where each event of the batch stands, in the order given.
        is_new: Whether this call put it there.
        last: The log's last position after the call, 0 for an empty log.
        chain: The chain value of that position, for an empty log the history it will have.
        before: Where the log ended before the call.
    """

    positions: tuple[int, ...]
    is_new: tuple[bool, ...]
    last: int
    chain: str
    before: Head


class Advance(NamedTuple):
    """Move `reader`'s checkpoint from `expected` to `position`, 0 being before the first event.

    With `is_over_own` it moves over the batch itself too, where all of it is new and comes right behind
    `position`: the reader need not read its own events to have dealt with them.
    """

    reader: str
    expected: int
    position: int
    is_over_own: bool = False

    def reached(self, appended: Appended) -> int:
        """Return where the checkpoint is after an append."""
        is_right_behind = appended.positions[:1] == (self.position + 1,)
        if self.is_over_own and is_right_behind and all(appended.is_new):
            return appended.last
        return self.position


class CheckpointConflictError(Exception):
    """The checkpoint is not where its reader expected it: another process moved it."""

    def __init__(self, reader: str, *, expected: int, found: int) -> None:
        super().__init__(
            f"expected position {expected}-0, ledger is at {found}-0 (reader {reader})"
        )
        self.reader = reader
        self.expected = expected
        self.found = found


class LogUnavailableError(Exception):
    """The store could not be reached, or refused; the message says which and why."""


class BeginAnewError(Exception):
    """What a reader knows is no longer true; it has to begin anew from what is stored."""


class HistoryLostError(BeginAnewError):
    """The log is not the one seen before: events that were in it are gone, others may stand there.

    Attributes:
        known: The last place in the log that was seen.
        last: Where the log ends now.
    """

    def __init__(self, known: Head, *, last: int, found: str | None) -> None:
        there = f"{found} there" if found else "none"
        super().__init__(
            f"expected chain value {known.chain} at position {known.position}, found {there} "
            f"(the log ends at {last}): events that were seen are gone"
        )
        self.known = known
        self.last = last


class BrokenChainError(HistoryLostError):
    """An event does not follow from the one before it: another log, or one that contradicts itself."""


class LogShortenedError(BeginAnewError):
    """The log lost events while it was read."""

    def __init__(self, expected: int, *, found: int) -> None:
        super().__init__(f"expected a log up to position {expected}, found one up to {found}")


class PlaceMovedOutError(BeginAnewError):
    """A place that was seen was moved out of the server meanwhile, where a script cannot compare it."""

    def __init__(self, known: Sequence[Head]) -> None:
        super().__init__(
            f"expected one of positions {[place.position for place in known]} in the server, where it is "
            "compared, found it moved out (trimmed)"
        )


class LogMovedError(Exception):
    """The log does not end where it was read to: more was appended, or it is another one."""

    def __init__(self, expected: Head) -> None:
        super().__init__(
            f"expected a log that ends at position {expected.position}, where it was read to, found "
            "another end: a worker was appending (stop it first)"
        )


class LogDamagedError(Exception):
    """The stored log is not whole; the message says what is wrong, and which command mends it."""


class UnchainedLogError(Exception):
    """The log was written by a version without a chain; `services.eventlog.chaining` gives it one."""


class TrimRefusedError(Exception):
    """Events may not be moved out of a log yet, or not these; the message says why."""


class EventsMovedOut(Protocol):
    """Where events lie that were moved out of a log."""

    def read(self, *, after: int, limit: int, trimmed: Head) -> Sequence[Entry]:
        """Return up to `limit` events above a position, and up to the place that a log was trimmed to.

        Raises:
            LogDamagedError: They are not there.
        """
        ...


class EventLog(Protocol):
    """An append-only, ordered log of one ledger's events."""

    async def append(self, events: Sequence[NewEvent], advance: Advance | None = None) -> Appended:
        """Append a batch of any size, and move a checkpoint, in one step.

        Raises:
            CheckpointConflictError: `advance` does not start where the checkpoint is; nothing was
                appended.
            HistoryLostError: What was read or appended before through this object is gone.
            LogDamagedError: The log is not whole; nothing was appended.
            LogUnavailableError: The store could not be reached. The batch may have been appended:
                repeat it, which is harmless.
        """
        ...

    async def erase(self, event: NewEvent, left: Mapping[int, bytes], *, last: Head) -> int:
        """Put what is left of events in their places, and append the event that says so, in one step.

        Args:
            event: Says whose words were erased, by whom and why.
            left: Position to what is left of the content there.
            last: Where the log ends, as it was read.

        Returns:
            The position of `event`.

        Raises:
            LogMovedError: The log ends elsewhere. Nothing was changed.
            LogUnavailableError: The store could not be reached. It may have been done.
        """
        ...

    async def trim(self, to: Head) -> int:
        """Move the events up to a place out of the log, in one step: they are read from sealed segments then.

        Returns:
            How many went; none where they went before.

        Raises:
            TrimRefusedError: The log holds another event there, would have none left, or a reader has
                not dealt with all of them. Nothing went.
            LogDamagedError: The log is not whole. Nothing went.
            LogUnavailableError: The store could not be reached. They may have gone.
        """
        ...

    async def read(self, *, after: int, limit: int) -> Sequence[Entry]:
        """Return up to `limit` events with positions above `after`, in order; empty at the end."""
        ...

    def follow(self, entries: Sequence[Entry]) -> None:
        """Note entries that were read in order, and check that the first ones continue those before.

        Raises:
            HistoryLostError: They do not: the log is not the one that was read before.
        """
        ...

    async def last_position(self) -> int:
        """Return the position of the last event, 0 for an empty log."""
        ...

    async def chain_at(self, position: int) -> str | None:
        """Return the chain value at a position; null if no event stands there."""
        ...

    async def checkpoint(self, reader: str) -> int:
        """Return the last position `reader` has dealt with, 0 for none."""
        ...

    async def positions_of(self, event_ids: Sequence[str]) -> list[int | None]:
        """Return the position of each event, null for one that is not in the log."""
        ...
