"""Measure ingest, from the inbox into the log, beside what a hand-written loop and the server can do.

The worker is the real one, a process of its own: FastStream, checks, append, parking. The loop beside
it is written against redis-py alone and does the same work: read a batch, check and seal each claim by
the same functions, append by the same script, settle by the same script. What nothing can pass is a
plain XADD of the same bytes: by the server's own benchmark program (50 clients, 16 commands in one
go), and by redis-py in pipelines.
"""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks.load import LEDGER, make_claims
from benchmarks.running import (
    KEYS,
    Place,
    Report,
    asked,
    fill_inbox,
    in_turns,
    rate,
    seconds_of,
    server,
    speed_rows,
    wait_until,
    without_collector,
    workers,
)
from services.eventlog.inbox import GROUP, SETTLE_SCRIPT, entry_urn
from services.eventlog.redis_log import APPEND_SCRIPT, event_arguments, linked, new_history
from services.ingest.intake import Accepted, read_inbound
from services.ledgers import load_ledger
from services.log_events.envelope import Origin
from services.runtime import clock
from services.runtime.settings import read_settings


_PER_SECOND = re.compile(r"([\d.]+) requests per second")
WORKER = "ingest worker"
WORKERS = "two ingest workers"
LOOP = "hand-written loop"
PIPELINE = "XADD, redis-py, pipelines of 500"
PROGRAM = "XADD, redis-benchmark -c 50 -P 16"


def by_worker(place: Place, claims: Sequence[bytes], *, count: int = 1) -> float:
    """Give the claims a second of the real worker, or of several, from a full inbox on."""
    place.clear()
    fill_inbox(place.client, claims)
    with workers(["ingest"] * count, place):
        found = rate(lambda: int(place.client.xlen(KEYS.log)), until=len(claims))
        wait_until(lambda: not place.client.xlen(KEYS.inbox))
    return found


def by_loop(place: Place, claims: Sequence[bytes]) -> float:
    """Give the claims a second of a loop without a framework that does the same work."""
    place.clear()
    fill_inbox(place.client, claims)
    client, ledger, settings = place.client, load_ledger(LEDGER), read_settings()
    append, settle = (client.register_script(text) for text in (APPEND_SCRIPT, SETTLE_SCRIPT))
    client.xgroup_create(KEYS.inbox, GROUP, id="0", mkstream=True)
    started = time.perf_counter()
    while reply := client.xreadgroup(GROUP, "loop", {KEYS.inbox: ">"}, count=settings.batch_count):
        entries = reply[0][1]
        events = []
        now = clock.now()
        for entry_id, fields in entries:
            read = read_inbound(
                fields[b"event"], ledger=ledger, entry_bytes_max=settings.entry_bytes_max
            )
            assert isinstance(read, Accepted), "a shipped claim is accepted"
            urn = entry_urn(entry_id.decode())
            events.append(read.sealed(ledger=LEDGER, origin=Origin("ingest", now, urn, urn)))
        proven = linked(events)
        append(
            keys=[KEYS.log, KEYS.ids, KEYS.checkpoints],
            args=["", 0, 0, 0, new_history(), 0, "", 0, "", *event_arguments(events, proven)],
        )
        ids = b" ".join([entry_id for entry_id, _ in entries])
        settle(
            keys=[KEYS.inbox, KEYS.rejected, KEYS.log, KEYS.checkpoints],
            args=[GROUP, ids, 0, ""],
        )
    return len(claims) / (time.perf_counter() - started)


def by_pipeline(place: Place, claims: Sequence[bytes]) -> float:
    """Give the claims a second that redis-py adds to a stream."""
    place.clear()
    return len(claims) / seconds_of(lambda: fill_inbox(place.client, claims))


def by_program(place: Place, claims: Sequence[bytes]) -> float:
    """Give the claims a second that the server's benchmark program adds to a stream."""
    place.clear()
    longest = sorted(claims, key=len)[len(claims) // 2].decode()
    command = ["redis-benchmark", "-s", place.socket, "-c", "50", "-P", "16", "-q"]
    command += ["-n", str(4 * len(claims)), "XADD", KEYS.inbox, "*", "event", longest]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(_PER_SECOND.findall(found.stdout)[-1])


def main() -> int:
    """Measure ingest."""
    given = asked(__doc__)
    claims = list(make_claims(100_000 if given.full else 15_000))
    report = Report("Ingest")
    report.say(
        f"Claims of {sum(map(len, claims)) / len(claims):.0f} bytes, in batches of "
        f"{read_settings().batch_count:,}."
    )
    with server() as place, without_collector():
        for mode in ("always", "everysec"):
            place.fsync(mode)
            ways: dict[str, Callable[[], float]] = {
                WORKER: lambda: by_worker(place, claims),
                WORKERS: lambda: by_worker(place, claims, count=2),
                LOOP: lambda: by_loop(place, claims),
                PIPELINE: lambda: by_pipeline(place, claims),
            }
            beside = {LOOP: "÷ loop", PIPELINE: "÷ XADD, redis-py"}
            if shutil.which("redis-benchmark"):
                ways[PROGRAM] = lambda: by_program(place, claims)
                beside[PROGRAM] = "÷ redis-benchmark"
            else:
                report.say("redis-benchmark is not installed here, so its row is missing.")
            report.say(f"fsync {mode}:")
            report.table(
                ("way", "claims/s", "spread", *beside.values()),
                speed_rows(in_turns(ways, rounds=given.rounds), beside=list(beside)),
            )
    report.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
