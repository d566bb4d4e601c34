"""Measure what idempotent append costs beside the least a client can do: a pipelined plain XADD.

Both write the same events, real claims as the log holds them, in batches of the same size, through
one connection of the same client, to the same embedded server with `appendfsync always`. Runs
alternate, because a machine's speed drifts; only the ratio inside one table means something.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from schemas.claim import ClaimReported
from schemas.events import RecordedClaim
from services import clock
from services.embedded import EmbeddedServer
from services.envelope import Origin, content_id, seal
from services.eventlog.connection import Client, connect, refuse_lossy
from services.eventlog.port import NewEvent
from services.eventlog.redis_log import RedisEventLog
from services.ledgers import demo_claims


LEDGER = "rus-ukr"
#: Events in one call. Larger ones block the server for longer than a reader should wait.
BATCH_COUNT = 200

Batches = Sequence[Sequence[NewEvent]]


def make_batches(event_count: int, *, run: int) -> Batches:
    """Seal the shipped claims over and over, each time under ids of its own."""
    reported = TypeAdapter(ClaimReported)
    claims = [reported.validate_json(line) for line in demo_claims(LEDGER).splitlines()]
    recorded_at = clock.now()
    events = []
    for number in range(event_count):
        claim = claims[number % len(claims)]
        data = RecordedClaim(id=claim.id, source=claim.source, time=claim.time, claim=claim.data)
        entry = f"{run}-{number}"
        origin = Origin("ingest", recorded_at, entry, entry)
        events.append(seal(data, event_id=content_id("bench", entry), ledger=LEDGER, origin=origin))
    return [events[start : start + BATCH_COUNT] for start in range(0, event_count, BATCH_COUNT)]


async def append_plainly(client: Client, batches: Batches, *, ledger: str) -> None:
    """Write each batch as one pipeline of XADD: no duplicates check, no position, no checkpoint."""
    for batch in batches:
        pipeline = client.pipeline(transaction=False)
        for event in batch:
            pipeline.xadd(f"exl:{{{ledger}}}:log", {"event": event.body})
        await pipeline.execute()


async def append_idempotently(client: Client, batches: Batches, *, ledger: str) -> None:
    """Write each batch by the log's own append."""
    log = RedisEventLog(client, ledger)
    for batch in batches:
        appended = await log.append(batch)
        assert all(appended.is_new), "an event of this run was known before"


async def measure(url: str, *, event_count: int, runs: int) -> tuple[list[float], list[float]]:
    """Give events a second of each run, plain and idempotent."""
    client = connect(url, retry_seconds=0)
    await refuse_lossy(client, allow_lossy=False)
    speeds: tuple[list[float], list[float]] = [], []
    # The first run warms both sides up and is not counted.
    for run in range(runs + 1):
        batches = make_batches(event_count, run=run)
        for way, found in zip((append_plainly, append_idempotently), speeds, strict=True):
            await client.flushall()
            started = clock.stopwatch_ms()
            await way(client, batches, ledger=f"bench-{run}")
            if run > 0:
                found.append(event_count / clock.stopwatch_ms(started) * 1000)
    await client.aclose()
    return speeds


def show(plain: Sequence[float], idempotent: Sequence[float], *, event_bytes: float) -> None:
    """Print both medians with their spread, and the ratio of the medians."""
    table = Table(
        title=f"append, batches of {BATCH_COUNT}, {event_bytes:.0f} bytes an event, fsync always",
        caption=f"median of {len(plain)} alternating runs [least … greatest]",
    )
    for heading in ("way", "events/s", "spread", "ratio"):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    for name, speeds in (("XADD, pipelined", plain), ("EventLog.append", idempotent)):
        table.add_row(
            name,
            f"{median(speeds):,.0f}",
            f"[{min(speeds):,.0f} … {max(speeds):,.0f}]",
            f"{median(speeds) / median(plain):.2f}",
        )
    Console().print(table)


def main() -> int:
    """Run the measurement on a server of its own and print the table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--events", type=int, default=20_000, help="events in each run")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each way, at least 3")
    given = parser.parse_args()
    if given.runs < 3 or given.events < 1:
        parser.error(f"expected 3 or more runs and 1 or more events, found {given}")
    first = make_batches(min(given.events, BATCH_COUNT), run=0)[0]
    with (
        tempfile.TemporaryDirectory(prefix="exl-bench-") as directory,
        EmbeddedServer(Path(directory)) as server,
    ):
        speeds = asyncio.run(measure(server.url, event_count=given.events, runs=given.runs))
    show(*speeds, event_bytes=sum(len(event.body) for event in first) / len(first))
    return 0


if __name__ == "__main__":
    sys.exit(main())
