"""A server in memory for the simulation: log, inbox, views and losses, which can go back to an earlier moment.

Sealed segments lie on a volume beside it, which stays as it is.

What the server's scripts do in one step is one call here, with the same comparisons and refusals. After
every change a copy is kept, so that the server may come back as it was at any moment before.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from services.eventlog.chain import START, Head, chain_of
from services.eventlog.inbox import InboxEntry, Parked
from services.eventlog.losses import Loss
from services.eventlog.memory import MemoryEventLog, none_left, other_event, reader_behind
from services.eventlog.port import (
    Advance,
    Appended,
    Entry,
    HistoryLostError,
    LogDamagedError,
    NewEvent,
    PlaceMovedOutError,
    TrimRefusedError,
)
from services.projection.fold import Changes
from services.projection.generations import ViewConflictError


#: Moments that are kept; the server never goes back further.
MOMENTS_KEPT = 60


class SimulatedSegments:
    """Sealed copies of events, as `SealedEvents` reads them.

    Attributes:
        entries: In order, from position 1.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def read(self, *, after: int, limit: int, trimmed: Head) -> list[Entry]:
        """Return events that a log was trimmed of."""
        [found] = self.between(trimmed.position, trimmed.position)
        if chain_of(found.body) != trimmed.chain:
            raise LogDamagedError(f"the segments are another log's at {trimmed.position}")
        return self.entries[after : min(after + limit, trimmed.position)]

    def between(self, first: int, last: int) -> list[Entry]:
        """Return events, whether a log was trimmed of them or not."""
        if last > len(self.entries):
            raise LogDamagedError(f"expected segments up to {last}, found {len(self.entries)}")
        return self.entries[first - 1 : last]


class CopiedLog(MemoryEventLog):
    """A log in memory of which copies can be made.

    It keeps what was trimmed, to say what has to be read; what the server still has is `held`.

    Attributes:
        trimmed: The place up to which events were moved out of the server.
    """

    trimmed = START

    def copy(self) -> "CopiedLog":
        other = CopiedLog()
        other._head, other.trimmed = self._head, self.trimmed
        other._entries = self._entries.copy()
        other._position_by_id = self._position_by_id.copy()
        other._checkpoints = self._checkpoints.copy()
        return other

    @property
    def last(self) -> int:
        return len(self._entries)

    @property
    def checkpoints(self) -> Mapping[str, int]:
        return self._checkpoints

    def entries(self) -> list[Entry]:
        """Return all events, those that were moved out as well."""
        return self._entries

    def held(self, *, after: int, limit: int) -> list[Entry]:
        """Return events that the server still has."""
        start = max(after, self.trimmed.position)
        return self._entries[start : start + limit]

    def trim_now(self, to: Head) -> int:
        """Move events out as `trim.lua` does."""
        before = self.trimmed.position
        if to.position <= before:
            return 0
        if self.chain_now(to.position) != to.chain:
            raise TrimRefusedError(other_event(to.position, self.last))
        if to.position == self.last:
            raise TrimRefusedError(none_left(to.position, self.last))
        for reader, found in self._checkpoints.items():
            if found < to.position:
                raise TrimRefusedError(reader_behind(reader, found, to.position))
        self.trimmed = to
        return to.position - before

    def begin(self, history: str) -> None:
        """Name the history of a log that holds nothing yet."""
        if not self._entries:
            self._head = Head(0, history)

    def is_at(self, known: Head) -> bool:
        """Return whether a script finds a place in this log: of what was moved out, the end alone."""
        return known.position == 0 or self.chain_now(known.position) == known.chain

    def chain_now(self, position: int) -> str | None:
        is_held = 0 < position <= len(self._entries)
        return chain_of(self._entries[position - 1].body) if is_held else None

    def knows(self, event_id: str) -> bool:
        return event_id in self._position_by_id

    def forget_ids(self) -> None:
        """Lose the index of ids, for a fault put in by hand."""
        self._position_by_id = {}

    def move(self, advance: Advance, to: int) -> None:
        """Move a checkpoint by itself, for a fault put in by hand."""
        self._checkpoints[advance.reader] = to


class StoredViews(NamedTuple):
    """One generation of views."""

    position: int = 0
    chain: str = ""
    rows: Mapping[str, Mapping[str, bytes]] = {}


class State:
    """All that a server holds.

    Attributes:
        log: Of the one ledger.
        inbox: What waits, by number.
        last_number: Of the inbox entry added last.
        delivered: Number of the inbox entry handed out last.
        pending: Who holds an entry that was handed out, and how often it was.
        parked: What was parked, in order.
        views: Generations by name.
        current: The generation that readers see.
        losses: What was told to be lost, by id.
        acknowledged: Ids of the events whose publishers were told that they are taken.
    """

    def __init__(self) -> None:
        self.log = CopiedLog()
        self.inbox: dict[int, bytes] = {}
        self.last_number = 0
        self.delivered = 0
        self.pending: dict[int, tuple[str, int]] = {}
        self.parked: list[Parked] = []
        self.views: dict[str, StoredViews] = {}
        self.current: str | None = None
        self.losses: dict[str, Loss] = {}
        self.acknowledged: dict[str, bytes] = {}

    def copy(self) -> "State":
        other = State()
        for name, held in vars(self).items():
            setattr(other, name, held.copy() if hasattr(held, "copy") else held)
        return other


class SimulatedServer:
    """The server's commands, each one step.

    Attributes:
        state: What it holds now.
        segments: What lies sealed beside it.
        moments: What it held after each of the last changes, oldest first.
        changes: How many there were.
    """

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.state = State()
        self.segments = SimulatedSegments()
        self.moments: list[State] = []
        self.changes = 0

    def keep_moment(self) -> None:
        """Keep what is held now."""
        self.changes += 1
        self.moments.append(self.state.copy())
        if len(self.moments) > MOMENTS_KEPT:
            del self.moments[0]

    def go_back(self, moment: int) -> None:
        """Hold again what was held at a moment, and nothing of what came later."""
        number = self.state.last_number
        self.state = self.moments[moment].copy()
        self.changes += 1
        # The server makes these of its clock, which does not go back.
        self.state.last_number = number
        del self.moments[moment + 1 :]

    def append(
        self, events: Sequence[NewEvent], advance: Advance | None, known: Sequence[Head]
    ) -> Appended:
        """Append as `append.lua` does."""
        log = self.state.log
        for place in known:
            self.compare(place)
        log.begin(f"{self._chance.getrandbits(160):040x}")
        appended = log.append_now(events, advance)
        self.keep_moment()
        return appended

    def compare(self, known: Head) -> None:
        """Compare the log with a place that was seen in it, as scripts of log and inbox do."""
        log = self.state.log
        if 0 < known.position < log.trimmed.position:
            raise PlaceMovedOutError([known])
        if not log.is_at(known):
            raise HistoryLostError(known, last=log.last, found=log.chain_now(known.position))

    def trim(self, to: Head) -> int:
        """Move events out of the log, which lie in segments."""
        trimmed = self.state.log.trim_now(to)
        self.keep_moment()
        return trimmed

    def publish(self, event_id: str, event: bytes) -> None:
        """Add to the inbox; the publisher is told so."""
        state = self.state
        state.last_number += 1
        state.inbox[state.last_number] = event
        state.acknowledged[event_id] = event
        self.keep_moment()

    def has_undelivered(self) -> bool:
        """Return whether something waits that was never handed out."""
        # Numbers ascend.
        return next(reversed(self.state.inbox), 0) > self.state.delivered

    def deliver(self, consumer: str, limit: int) -> list[InboxEntry]:
        """Hand out what was never handed out."""
        state = self.state
        numbers = [number for number in state.inbox if number > state.delivered][:limit]
        return self._hand_out(numbers, consumer)

    def take_over(self, consumer: str, limit: int) -> list[InboxEntry]:
        """Hand out what others hold too long; how long that is, is chance."""
        stale = [
            number
            for number in self.state.pending
            if number in self.state.inbox and self._chance.random() < 0.5
        ]
        return self._hand_out(stale[:limit], consumer)

    def held_by(self, consumer: str, limit: int) -> list[InboxEntry]:
        """Return what a consumer was handed and did not settle."""
        return [
            self._entry(number, count)
            for number, (holder, count) in sorted(self.state.pending.items())
            if holder == consumer and number in self.state.inbox
        ][:limit]

    def settle(self, recorded: Sequence[str], parked: Mapping[str, Parked], known: Head) -> None:
        """Take entries out of the inbox as `settle.lua` does."""
        self.compare(known)
        for entry_id in (*recorded, *parked):
            number = int(entry_id.partition("-")[0])
            self.state.pending.pop(number, None)
            if self.state.inbox.pop(number, None) is not None and entry_id in parked:
                self.state.parked.append(parked[entry_id])
        self.keep_moment()

    def write_views(
        self, generation: str, changes: Changes, expected: int, *, is_fed: bool
    ) -> None:
        """Write rows as `write.lua` does."""
        stored = self.views_at(generation, expected)
        known = Head(changes.position, changes.chain)
        if known.chain and known.position >= self.state.log.trimmed.position:
            self.compare(known)
        if is_fed and self.state.current != generation:
            raise ViewConflictError(f"expected {generation}, found {self.state.current}")
        rows = {table: dict(held) for table, held in stored.rows.items()}
        for table, changed in changes.rows.items():
            held = rows.setdefault(table, {})
            for key, row in changed.items():
                if row is None:
                    held.pop(key, None)
                else:
                    held[key] = row
        self.state.views[generation] = StoredViews(changes.position, changes.chain, rows)
        self.keep_moment()

    def views_at(self, generation: str, expected: int) -> StoredViews:
        """Return a generation that stands where its writer expects it."""
        stored = self.state.views.get(generation)
        if stored is None:
            raise ViewConflictError(f"expected a generation {generation}, found none")
        if stored.position != expected:
            raise ViewConflictError(
                f"expected views at {expected}, found {stored.position}", found=stored.position
            )
        return stored

    def change_views(self, **changed: Any) -> None:
        """Change which generations there are."""
        for name, now in changed.items():
            setattr(self.state, name, now)
        self.keep_moment()

    def _hand_out(self, numbers: Sequence[int], consumer: str) -> list[InboxEntry]:
        state = self.state
        for number in numbers:
            _, count = state.pending.get(number, ("", 0))
            state.pending[number] = (consumer, count + 1)
            state.delivered = max(state.delivered, number)
        if numbers:
            self.keep_moment()
        return [self._entry(number, state.pending[number][1]) for number in numbers]

    def _entry(self, number: int, count: int) -> InboxEntry:
        return InboxEntry(f"{number}-0", {b"event": self.state.inbox[number]}, count)
