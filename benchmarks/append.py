"""Measure what idempotent append costs beside the least a client can do: a pipelined plain XADD.

Both write the same events, real claims as the log holds them, in batches of the same size, through
one connection of the same client, to the same embedded server.
"""

import sys
from collections.abc import Sequence
from typing import Any

import uvloop

from benchmarks.load import LEDGER, make_claims
from benchmarks.running import (
    KEYS,
    Place,
    Report,
    asked,
    fill_inbox,
    in_turns,
    seconds_of,
    server,
    speed_rows,
    without_collector,
)
from services.eventlog.connection import connect
from services.eventlog.port import NewEvent
from services.eventlog.redis_log import RedisEventLog
from services.ingest.intake import Accepted, read_inbound
from services.ledgers import load_ledger
from services.log_events.envelope import Origin
from services.runtime import clock
from services.runtime.settings import read_settings


#: Events in one call: few, as when claims trickle in, and as many as a worker's batch.
BATCH_COUNTS = (50, 500)
PLAIN = "XADD, redis-py, pipelined"


def seal_claims(claims: Sequence[bytes]) -> list[NewEvent]:
    """Give the events that record claims."""
    ledger, now = load_ledger(LEDGER), clock.now()
    largest = read_settings().entry_bytes_max
    events = []
    for number, claim in enumerate(claims):
        read = read_inbound(claim, ledger=ledger, entry_bytes_max=largest)
        assert isinstance(read, Accepted), "a shipped claim is accepted"
        entry = f"urn:inbox:{number}-0"
        origin = Origin("ingest", now, entry, entry)
        events.append(read.sealed(ledger=LEDGER, origin=origin))
    return events


def plainly(place: Place, bodies: Sequence[bytes], batch_count: int) -> float:
    """Write each batch as one pipeline of XADD: no duplicates check, no position, no checkpoint."""
    place.clear()

    def write() -> None:
        for first in range(0, len(bodies), batch_count):
            fill_inbox(place.client, bodies[first : first + batch_count], inbox=KEYS.log)

    return len(bodies) / seconds_of(write)


def idempotently(place: Place, events: Sequence[NewEvent], batch_count: int) -> float:
    """Write each batch by the log's own append."""
    place.clear()

    async def write(client: Any) -> None:
        log = RedisEventLog(client, LEDGER)
        for first in range(0, len(events), batch_count):
            appended = await log.append(events[first : first + batch_count])
            assert all(appended.is_new), "an event of this round was known before"
        await client.aclose()

    return len(events) / seconds_of(lambda: uvloop.run(write(connect(place.url, retry_seconds=0))))


def main() -> int:
    """Measure append."""
    given = asked(__doc__)
    events = seal_claims(list(make_claims(100_000 if given.full else 10_000)))
    bodies = [event.body for event in events]
    report = Report("Append")
    with server() as place, without_collector():
        for mode in ("always", "everysec"):
            place.fsync(mode)
            for batch_count in BATCH_COUNTS:
                found = in_turns(
                    {
                        "EventLog.append": lambda: idempotently(place, events, batch_count),  # noqa: B023
                        PLAIN: lambda: plainly(place, bodies, batch_count),  # noqa: B023
                    },
                    rounds=given.rounds,
                )
                report.say(f"Batches of {batch_count}, fsync {mode}:")
                report.table(
                    ("way", "events/s", "spread", "÷ plain"), speed_rows(found, beside=[PLAIN])
                )
    report.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
