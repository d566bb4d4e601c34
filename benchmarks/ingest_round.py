"""One round of ingest by the code that Python imports, as JSON: for `benchmarks.ingest_since`.

    PYTHONPATH=TREE python benchmarks/ingest_round.py

It uses what commits of any age have in common.
"""

import json
import signal
import sys
import time
from collections.abc import Sequence
from statistics import quantiles
from typing import Any

from benchmarks.load import make_claims
from benchmarks.running import KEYS, Place, Worker, fill_inbox, server, wait_until, workers


#: Claims to begin with, of a full inbox, and one by one.
WARM_COUNT, FULL_COUNT, SINGLE_COUNT = 2_000, 40_000, 1_000


def by_the_inbox(place: Place, worker: Worker, claims: Sequence[bytes]) -> dict[str, float]:
    """Measure a full inbox, which is filled while the worker is halted."""
    client = place.client
    worker.process.send_signal(signal.SIGSTOP)
    fill_inbox(client, claims)
    used, started = worker.cpu_seconds(), time.perf_counter()
    worker.process.send_signal(signal.SIGCONT)
    wait_until(lambda: not client.xlen(KEYS.inbox), pause=0.02)
    seconds = time.perf_counter() - started
    used = worker.cpu_seconds() - used
    return {
        "claims_per_second": len(claims) / seconds,
        "processor_us_per_claim": used / len(claims) * 1e6,
    }


def one_by_one(client: Any, claims: Sequence[bytes]) -> dict[str, float]:
    """Measure how long each claim takes from its publisher into the log, where the next one waits for it."""
    last, took = client.xrevrange(KEYS.log, count=1)[0][0], []
    for claim in claims:
        started = time.perf_counter()
        client.xadd(KEYS.inbox, {"event": claim})
        [[_, entries]] = client.xread({KEYS.log: last}, block=10_000)
        took.append((time.perf_counter() - started) * 1e3)
        last = entries[-1][0]
    cuts = quantiles(took, n=100)
    return {"p50_ms": cuts[49], "p99_ms": cuts[98]}


def main() -> int:
    """Measure once."""
    claims = list(make_claims(WARM_COUNT + FULL_COUNT + SINGLE_COUNT))
    with server() as place:
        place.fsync("always")
        fill_inbox(place.client, claims[:WARM_COUNT])
        with workers(["ingest"], place) as [worker]:
            wait_until(lambda: place.client.xlen(KEYS.log) == WARM_COUNT)
            wait_until(lambda: not place.client.xlen(KEYS.inbox))
            found = by_the_inbox(place, worker, claims[WARM_COUNT:-SINGLE_COUNT])
            found |= one_by_one(place.client, claims[-SINGLE_COUNT:])
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
