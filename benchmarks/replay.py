"""Measure replay, from the log into the views, beside reading alone; and what a start costs.

The projection worker is the real one, a process of its own, on a log of real claims with all that was
decided about them. Beside it, on the same log: bare XRANGE by redis-py, the same with each event
checked by `EVENTS.validate_json`, and that check alone over the same bytes in memory.

Then each worker is started on that log with nothing on disk, and again with the snapshot that its first
run left behind; with a million events, once.
"""

import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import uvloop
from pydantic_core import from_json

from benchmarks.append import seal_claims
from benchmarks.load import LEDGER, in_batches, make_claims
from benchmarks.running import (
    KEYS,
    Place,
    Report,
    Row,
    Worker,
    asked,
    in_turns,
    server,
    speed_rows,
    wait_until,
    without_collector,
)
from schemas.events import EVENTS
from services.eventlog.connection import connect
from services.eventlog.port import NewEvent
from services.eventlog.redis_log import RedisEventLog
from services.ledgers import load_ledger
from services.reconciliation.engine.book import Book
from services.reconciliation.engine.sealing import seal_decision
from services.runtime.collecting import freeze_state
from services.runtime.settings import read_settings


WORKER = "projection worker"
READ = "XRANGE"
READ_AND_CHECK = "XRANGE and validate_json"
CHECK = "validate_json alone"
READERS = ("projection", "reconciliation")
#: Claims that make a log of a million events.
FULL_COUNT = 875_000


def make_log(claim_count: int) -> list[bytes]:
    """Give the events of a log of so many claims, decisions included, in order."""
    ledger, batch_count = load_ledger(LEDGER), read_settings().batch_count
    book, bodies = Book(ledger), list[bytes]()

    def append(events: Sequence[NewEvent]) -> range:
        first = len(bodies) + 1
        bodies.extend(
            b'{"position":%d,' % position + event.body[1:]
            for position, event in enumerate(events, start=first)
        )
        return range(first, len(bodies) + 1)

    # No more than is needed for the log: whole read models of a million events fill the memory.
    with without_collector():
        for claims in in_batches(make_claims(claim_count), batch_count):
            recorded = append(seal_claims(claims))
            for position in recorded:
                book.take(bodies[position - 1])
            decisions = book.decide(after=recorded.start - 1)
            sealed = [seal_decision(decided, ledger=ledger) for decided in decisions]
            for decided, position in zip(decisions, append(sealed), strict=True):
                book.confirm(decided, position)
            freeze_state()
    return bodies


def fill_log(place: Place, bodies: Sequence[bytes]) -> None:
    """Store a log as workers do, event by event in a chain: readers refuse one that has no index."""
    place.clear()
    events = [
        NewEvent(str(from_json(body)["id"]), b"{" + body.partition(b",")[2]) for body in bodies
    ]

    async def append(client: Any) -> None:
        log = RedisEventLog(client, LEDGER)
        for first in range(0, len(events), 500):
            await log.append(events[first : first + 500])
        await client.aclose()

    uvloop.run(append(connect(place.url, retry_seconds=0)))
    place.client.hset(KEYS.checkpoints, "reconciliation", len(bodies))


def views_position(place: Place) -> int:
    """Give the position that the views stand for."""
    return int(place.client.hget(f"{KEYS.view}g1:meta", "position") or 0)


def by_worker(place: Place, count: int) -> float:
    """Give the events a second of the real worker, from no views on."""
    for key in place.client.scan_iter(match=f"{KEYS.view}*", count=1_000):
        place.client.unlink(key)
    place.client.unlink(KEYS.changes)
    with Worker("projection", place, snapshot_count=10**9):
        # From when there are views, empty ones, to when they hold all; so without starting Python.
        wait_until(lambda: place.client.exists(f"{KEYS.view}g1:meta"), pause=0.001)
        started = time.perf_counter()
        wait_until(lambda: views_position(place) >= count)
        return count / (time.perf_counter() - started)


def by_reading(place: Place, count: int, use: Callable[[bytes], object]) -> float:
    """Give the events a second of a loop of XRANGE."""
    after, started = 0, time.perf_counter()
    while rows := place.client.xrange(KEYS.log, min=f"{after + 1}-0", count=500):
        for _, fields in rows:
            use(fields[b"event"])
        after += len(rows)
    assert after == count, f"expected {count} events, read {after}"
    return count / (time.perf_counter() - started)


def by_checking(bodies: Sequence[bytes]) -> float:
    """Give the events a second of the check alone."""
    started = time.perf_counter()
    for body in bodies:
        EVENTS.validate_json(body)
    return len(bodies) / (time.perf_counter() - started)


def tell_replay(report: Report, place: Place, bodies: Sequence[bytes], rounds: int) -> None:
    """Measure the ways of reading a log."""
    count = len(bodies)
    found = in_turns(
        {
            WORKER: lambda: by_worker(place, count),
            READ: lambda: by_reading(place, count, lambda _: None),
            READ_AND_CHECK: lambda: by_reading(place, count, EVENTS.validate_json),
            CHECK: lambda: by_checking(bodies),
        },
        rounds=rounds,
    )
    report.table(
        ("way", "events/s", "spread", "÷ check alone", "a million, s"),
        [
            Row(row.name, (*row.cells, f"{1e6 / median(found[row.name]):.1f}"))
            for row in speed_rows(found, beside=[CHECK])
        ],
    )


def start_seconds(place: Place, name: str, *, count: int) -> tuple[float, float]:
    """Start a worker; give how long it took until it reads, and the bytes it then holds."""
    started = time.perf_counter()
    with Worker(name, place, snapshot_count=count // 2) as worker:
        worker.wait_until_started()
        took, held = time.perf_counter() - started, worker.memory()
    return took, held


def tell_starts(report: Report, place: Place, count: int, rounds: int) -> None:
    """Measure starts without and with a snapshot."""
    rows = []
    snapshots = place.directory / "snapshots"
    for name in READERS:
        wait_until(lambda: views_position(place) == count)
        slow, quick = [], []
        for _ in range(rounds):
            for path in snapshots.glob(f"*.{name}.snapshot"):
                path.unlink()
            slow.append(start_seconds(place, name, count=count))
            quick.append(start_seconds(place, name, count=count))
        [path] = snapshots.glob(f"*.{name}.snapshot")
        rows.append(
            Row(
                name,
                (
                    f"{median(took for took, _ in slow):.2f}",
                    f"{median(took for took, _ in quick):.2f}",
                    f"{path.stat().st_size / count:,.0f}",
                    f"{median(held for _, held in quick) / 2**20:,.0f}",
                    f"{median(held for _, held in slow) / 2**20:,.0f}",
                ),
            )
        )
    started = [start_seconds(place, "ingest", count=count) for _ in range(rounds)]
    took, held = (median(figures) for figures in zip(*started, strict=True))
    rows.append(Row("ingest", (f"{took:.2f}", "", "", "", f"{held / 2**20:,.0f}")))
    report.say(f"Starting on a log of {count:,} events, until the worker reads what comes:")
    report.table(
        (
            "worker",
            "from the log, s",
            "from a snapshot, s",
            "snapshot, bytes/event",
            "then holds, MiB",
            "without, MiB",
        ),
        rows,
    )


def main() -> int:
    """Measure replay and starts."""
    given = asked(__doc__)
    report = Report("Replay and starts")
    bodies = make_log(FULL_COUNT if given.full else 15_000)
    kinds = len(bodies), sum(map(len, bodies)) / len(bodies)
    report.say(f"A log of {kinds[0]:,} events of {kinds[1]:.0f} bytes.")
    with server() as place:
        place.fsync("everysec")
        fill_log(place, bodies)
        place.fsync("always")
        with without_collector():
            tell_replay(report, place, bodies, given.rounds)
        tell_starts(report, place, len(bodies), 1 if given.full else given.rounds)
    report.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
