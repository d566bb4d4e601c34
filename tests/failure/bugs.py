"""Bugs to be put into the pipeline by hand: the simulation has to find each of them.

    python -m tests.failure.bugs

Every one is what somebody might write, and what the tests of single parts would let pass.
"""

import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import services.queries.trimming
import services.runtime.history
import tests.failure.simulated_clients
from services.eventlog.chain import Head
from services.eventlog.losses import Loss, find_loss
from services.eventlog.port import Advance, Appended, Entry, EventLog, NewEvent
from services.eventlog.redis_log import RedisEventLog
from services.ingest.worker import Ingest
from services.projection.tables.changed_rows import ChangedRows
from services.reconciliation.worker import Reconciliation
from services.runtime.told import KeptLosses
from tests.failure.simulated_clients import SimulatedLog
from tests.failure.simulated_processes import SimulatedProcess
from tests.failure.simulated_server import SimulatedServer, StoredViews
from tests.failure.simulation import run_histories


#: Histories after which a bug counts as not found.
HISTORIES_MAX = 5_000


def no_compare() -> AbstractContextManager[Any]:
    """Append without comparing the log with what was seen of it."""

    def compare(_server: SimulatedServer, _known: Head) -> None:
        """Compare nothing."""

    return patch.object(SimulatedServer, "compare", compare)


def checkpoint_apart() -> AbstractContextManager[Any]:
    """Move the checkpoint in a step of its own, before the decisions are appended."""
    append = SimulatedLog.append

    async def in_two_steps(
        log: SimulatedLog, events: Sequence[NewEvent], advance: Advance | None = None
    ) -> Appended:
        if advance is not None:
            await append(log, [], advance._replace(is_over_own=False))
            advance = advance._replace(expected=advance.position)
        return await append(log, events, advance)

    return patch.object(SimulatedLog, "append", in_two_steps)


def views_anywhere() -> AbstractContextManager[Any]:
    """Write views wherever they stand."""

    def views_at(server: SimulatedServer, generation: str, _expected: int) -> StoredViews:
        return server.state.views.get(generation, StoredViews())

    return patch.object(SimulatedServer, "views_at", views_at)


def ids_forgotten() -> AbstractContextManager[Any]:
    """Append an event although its id is known."""
    append = SimulatedServer.append

    def forgetting(
        server: SimulatedServer,
        events: Sequence[NewEvent],
        advance: Advance | None,
        known: Sequence[Head],
    ) -> Appended:
        server.state.log.forget_ids()
        return append(server, events, advance, known)

    return patch.object(SimulatedServer, "append", forgetting)


def book_kept() -> AbstractContextManager[Any]:
    """Go on with what was believed before a loss."""
    make = SimulatedProcess._make_reader

    def keeping(process: SimulatedProcess, context: Any) -> Any:
        before = process.kept.get(process.starts)
        reader = process.kept[process.starts] = make(process, context)
        if process.kind == "reconciliation" and before is not None:
            reader._book, reader.position = before._book, before.position
        return reader

    return patch.object(SimulatedProcess, "_make_reader", keeping)


def inbox_first() -> AbstractContextManager[Any]:
    """Take claims out of the inbox before they are in the log."""

    async def settle(ingest: Any, entries: Any, intake: Any, _started: float) -> None:
        known = ingest._context.log.seen.last
        recorded = [entry.id for entry in entries if entry.id not in intake.parked]
        await ingest._inbox.settle(recorded, intake.parked, known=known)
        await ingest._record(intake)
        ingest._in_hand.difference_update(entry.id for entry in entries)

    return patch.object(Ingest, "_settle", settle)


def snapshot_ahead() -> AbstractContextManager[Any]:
    """Keep a book that knows decisions behind the position it stands for."""

    def is_settled(reconciliation: Any) -> bool:
        return bool(reconciliation.position <= reconciliation._checkpoint)

    return patch.object(Reconciliation, "_is_settled", is_settled)


def range_from_end() -> AbstractContextManager[Any]:
    """Take what stands in a log for what stood there, where nothing that was seen contradicts it."""

    async def from_end(log: EventLog, seen: Sequence[Head], **about: Any) -> Loss | None:
        loss, last = await find_loss(log, seen, **about), await log.last_position()
        following = [head.position for head in seen if loss and head.position >= loss.first]
        if loss is None or not loss.first <= last < following[0]:
            return loss
        sighting = loss.sightings[0].model_copy(update={"first": last + 1})
        return loss.model_copy(update={"first": last + 1, "sightings": (sighting,)})

    return patch.object(services.runtime.history, "find_loss", from_end)


def told_once() -> AbstractContextManager[Any]:
    """Forget a loss once it is stored."""

    def keep(_kept: KeptLosses, _loss: Loss) -> None:
        """Keep nothing."""

    return patch.object(KeptLosses, "keep", keep)


def noted_undone() -> AbstractContextManager[Any]:
    """Store a loss as it was noticed last, whoever acknowledged it before."""

    def last(loss: Loss, _known: Iterable[Loss]) -> Loss:
        return loss

    return patch.object(tests.failure.simulated_clients, "merged", last)


def furthest_alone() -> AbstractContextManager[Any]:
    """Compare the furthest place that was seen, and not the last one that was read."""
    append = SimulatedServer.append

    def comparing_one(
        server: SimulatedServer,
        events: Sequence[NewEvent],
        advance: Advance | None,
        known: Sequence[Head],
    ) -> Appended:
        return append(server, events, advance, known[:1])

    return patch.object(SimulatedServer, "append", comparing_one)


def trim_unproven() -> AbstractContextManager[Any]:
    """Trim what lies in segments, whatever it is."""

    async def steps(
        log: EventLog, segments: Any, *, trimmed: Head, until: int
    ) -> AsyncIterator[Head]:
        if until > trimmed.position:
            yield Head(until, await log.chain_at(until) or "")

    return patch.object(services.queries.trimming, "proven_steps", steps)


def gap_unread() -> AbstractContextManager[Any]:
    """Look for what was moved out only where it was known to be before."""

    async def read(log: RedisEventLog, *, after: int, limit: int) -> Sequence[Entry]:
        moved = await log._trimmed.read(after=after, limit=limit)
        rest = limit - len(moved)
        return [*moved, *await log._in_stream(after=after + len(moved), limit=rest)]

    return patch.object(RedisEventLog, "read", read)


def passing_rows_left() -> AbstractContextManager[Any]:
    """Leave a row in place that came and went while another process wrote."""
    update = ChangedRows._update

    def updated(rows: ChangedRows, make_row: Any) -> None:
        shown = set(rows._shown_since)
        update(rows, make_row)
        rows._changed = {
            key: row for key, row in rows._changed.items() if row is not None or key in shown
        }

    return patch.object(ChangedRows, "_update", updated)


BUGS: Mapping[str, Callable[[], AbstractContextManager[Any]]] = {
    "nothing is compared with what was seen": no_compare,
    "the checkpoint moves in a step of its own": checkpoint_apart,
    "views are written wherever they stand": views_anywhere,
    "an event is appended although its id is known": ids_forgotten,
    "the book is kept after a loss": book_kept,
    "the inbox is emptied before the log has the claims": inbox_first,
    "a snapshot holds decisions behind its position": snapshot_ahead,
    "a loss begins where the log that grew again ends": range_from_end,
    "a loss is told once": told_once,
    "an acknowledged loss that is noticed again is open again": noted_undone,
    "an append names the furthest place seen alone": furthest_alone,
    "a log is trimmed of what its segments do not hold": trim_unproven,
    "what is trimmed during a read is not looked for": gap_unread,
    "a row that came and went is left to another process": passing_rows_left,
}


def histories_until_found(bug: str) -> tuple[int, str]:
    """Return after how many histories a bug was found, and how it showed; 0 if it was not."""
    with BUGS[bug]():
        seeds = range(1, HISTORIES_MAX + 1)
        for number, told in enumerate(run_histories(seeds), 1):
            if told.broken:
                return number, f"seed {told.seed}: {told.broken}"
    return 0, ""


def main() -> int:
    """Put in one bug after the other; return 1 if one is not found."""
    missed = 0
    for bug in BUGS:
        started = time.perf_counter()
        number, broken = histories_until_found(bug)
        missed += not number
        seconds = time.perf_counter() - started
        sys.stdout.write(f"{bug}: history {number or 'none'}, {seconds:.1f} s: {broken[:160]}\n")
        sys.stdout.flush()
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
