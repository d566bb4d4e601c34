"""Measure the whole pipeline, from an XADD into the inbox to the view: how long, how many, how much.

Three real workers and the server share the machine with what publishes and watches. A claim is visible
when the views stand at or behind the last event that follows from it, which a reader sees as soon as the
write is done.
Beside the time with an idle server: the same three hops made by bare loops, each a blocking read and a
write, of the same bytes. Server calls are counted by the server: what MONITOR shows, less what scripts
call. Memory is what the server says it uses, before and after.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from itertools import pairwise
from statistics import median, quantiles
from typing import Any

from redis import Redis
from typing_extensions import override

from benchmarks.counting import counted
from benchmarks.load import LEDGER, make_claims
from benchmarks.running import (
    KEYS,
    ROUNDS,
    Place,
    Report,
    Row,
    Worker,
    asked,
    fill_inbox,
    server,
    wait_until,
    workers,
)
from services.eventlog.keys import keys_of


PARTS = ("ingest", "reconciliation", "projection")
#: Claims a second that are published at an even pace, and for how many seconds.
PACES = ((10, 3.0), (100, 2.0), (1_000, 3.0))
#: Pause between two looks, in seconds. Looking all the time would take the processors from what is measured.
WATCH_SECONDS = 0.001
HOPS = ("bench:{h}:1", "bench:{h}:2", "bench:{h}:3", "bench:{h}:4")


@contextmanager
def pipeline(place: Place, **settings: object) -> Iterator[list[Worker]]:
    """Run all three workers on an empty server."""
    place.clear()
    with workers(PARTS, place, **settings) as running:
        for worker in running:
            worker.wait_until_started()
        yield running


def is_settled(client: Any, *, ledger: str = LEDGER) -> bool:
    """Say whether all that was published is decided and to be seen."""
    keys = keys_of(ledger)
    calls = client.pipeline(transaction=False)
    calls.xlen(keys.inbox)
    calls.xlen(keys.log)
    calls.hget(keys.checkpoints, "reconciliation")
    calls.hget(f"{keys.view}g1:meta", "position")
    waiting, last, decided, shown = calls.execute()
    return not waiting and last > 0 and int(decided or 0) == int(shown or 0) == last


class Watch(threading.Thread):
    """Notes when the views reach each position, by asking all the time."""

    def __init__(self, place: Place, until: Callable[[], bool]) -> None:
        super().__init__()
        self.moves: list[tuple[float, int]] = []
        self._client: Any = Redis.from_url(place.url)
        self._until = until

    @override
    def run(self) -> None:
        shown, is_over = 0, False
        while not is_over:
            # Asked first, so that there is one more look after the end.
            is_over = self._until()
            found = int(self._client.hget(f"{KEYS.view}g1:meta", "position") or 0)
            if found > shown:
                self.moves.append((time.perf_counter(), shown := found))
            time.sleep(WATCH_SECONDS)
        self._client.close()


def latencies(place: Place, claims: Sequence[bytes], pace: int) -> list[float]:
    """Publish claims at a pace; give how long each took to be seen, in milliseconds, in order."""
    done = threading.Event()
    with pipeline(place):
        watch = Watch(place, done.is_set)
        watch.start()
        published: dict[str, float] = {}
        started = time.perf_counter()
        for number, claim in enumerate(claims):
            time.sleep(max(0.0, started + number / pace - time.perf_counter()))
            before = time.perf_counter()
            published[place.client.xadd(KEYS.inbox, {"event": claim}).decode()] = before
        wait_until(lambda: is_settled(place.client))
        done.set()
        watch.join()
        positions = positions_by_entry(place.client)
    return sorted(
        1_000 * (next(at for at, shown in watch.moves if shown >= positions[entry]) - before)
        for entry, before in published.items()
    )


def positions_by_entry(client: Any) -> dict[str, int]:
    """Give where the last event stands that follows from each inbox entry."""
    found = {}
    for entry_id, fields in client.xrange(KEYS.log):
        root = fields[b"event"].partition(b'"correlationid":"urn:inbox:')[2].partition(b'"')[0]
        found[root.decode()] = int(entry_id.partition(b"-")[0])
    return found


def hop_latencies(place: Place, claims: Sequence[bytes]) -> list[float]:
    """Send claims one by one over three bare hops; give how long each took, in milliseconds."""
    stop = threading.Event()
    client = place.client

    def hop(source: str, target: str) -> None:
        own: Any = Redis.from_url(place.url)
        last = "0"
        while not stop.is_set():
            for _, entries in own.xread({source: last}, block=200):
                for entry_id, fields in entries:
                    own.xadd(target, fields)
                    last = entry_id
        own.close()

    place.clear()
    loops = [threading.Thread(target=hop, args=pair) for pair in pairwise(HOPS)]
    for loop in loops:
        loop.start()
    took = []
    for number, claim in enumerate(claims, start=1):
        time.sleep(0.05)
        before = time.perf_counter()
        client.xadd(HOPS[0], {"event": claim})
        while client.xlen(HOPS[-1]) < number:
            time.sleep(WATCH_SECONDS)
        took.append(1_000 * (time.perf_counter() - before))
    stop.set()
    for loop in loops:
        loop.join()
    return sorted(took)


def tell_latencies(report: Report, place: Place, rounds: int) -> None:
    """Measure the time until a claim is seen, at each pace, and over bare hops."""
    claims = list(make_claims(8_000))
    runs: dict[str, list[list[float]]] = {}
    for round_ in range(rounds):
        runs.setdefault("three bare hops, 20 a second", []).append(
            hop_latencies(place, claims[:40])
        )
        for pace, seconds in PACES:
            chosen = claims[round_:][: int(pace * seconds)]
            runs.setdefault(f"pipeline, {pace:,} a second", []).append(
                latencies(place, chosen, pace)
            )
    hops = median(median(took) for took in runs["three bare hops, 20 a second"])
    report.table(
        ("way", "p50, ms", "p99, ms", "p50 ÷ bare hops"),
        [
            Row(
                name,
                (
                    f"{median(median(took) for took in found):.1f}",
                    f"{median(quantiles(took, n=100)[98] for took in found):.1f}",
                    f"{median(median(took) for took in found) / hops:.1f}",
                ),
            )
            for name, found in runs.items()
        ],
    )


def sustained(place: Place, claims: Sequence[bytes]) -> tuple[float, list[float]]:
    """Let the workers deal with a full inbox; give claims a second, and each part's µs a claim."""
    with pipeline(place) as running:
        # What a worker does for the first time, it does slowly.
        fill_inbox(place.client, claims[:500])
        wait_until(lambda: is_settled(place.client))
        cpu = [worker.cpu_seconds() for worker in running]
        used = server_seconds(place)
        started = time.perf_counter()
        fill_inbox(place.client, claims[500:])
        wait_until(lambda: is_settled(place.client), pause=0.02)
        took = time.perf_counter() - started
        spent = [
            *(worker.cpu_seconds() - before for worker, before in zip(running, cpu, strict=True)),
            server_seconds(place) - used,
        ]
    count = len(claims) - 500
    return count / took, [1e6 * seconds / count for seconds in spent]


def server_seconds(place: Place) -> float:
    """Give the processor time the server has taken so far."""
    info = place.client.info("cpu")
    return float(info["used_cpu_user"] + info["used_cpu_sys"])


def tell_sustained(report: Report, place: Place, claims: Sequence[bytes], rounds: int) -> None:
    """Measure how many claims a second the whole pipeline takes, and where the time goes."""
    runs = [sustained(place, claims) for _ in range(rounds)]
    speeds = [speed for speed, _ in runs]
    spent = [median(parts) for parts in zip(*(parts for _, parts in runs), strict=True)]
    report.say(
        f"Sustained, {len(claims):,} claims published as fast as the inbox takes them: "
        f"**{median(speeds):,.0f} claims/s** ({min(speeds):,.0f} … {max(speeds):,.0f})."
    )
    report.table(
        ("part", "µs of processor time a claim", "alone it would reach, claims/s"),
        [
            Row(name, (f"{took:.0f}", f"{1e6 / took:,.0f}"))
            for name, took in zip((*PARTS, "server"), spent, strict=True)
        ],
    )


def calls(place: Place, claims: Sequence[bytes]) -> float:
    """Give the server calls for each 1,000 claims while workers deal with a full inbox."""
    with pipeline(place, poll_ms=60_000), counted(place.url) as counts:
        together = place.client.pipeline(transaction=True)
        for claim in claims:
            together.xadd(KEYS.inbox, {"event": claim})
        together.execute()
        wait_until(lambda: is_settled(place.client))
    return 1_000 * counts.count / len(claims)


def memory(place: Place, claims: Sequence[bytes]) -> list[Row]:
    """Tell the server's memory for each claim, by kind of key, and each worker's."""
    with pipeline(place) as running:
        fill_inbox(place.client, claims[:500])
        wait_until(lambda: is_settled(place.client))
        before = [worker.memory() for worker in running]
        fill_inbox(place.client, claims[500:])
        wait_until(lambda: is_settled(place.client), pause=0.02)
        grown = [worker.memory() - held for worker, held in zip(running, before, strict=True)]
    count, said = len(claims), sum(map(len, claims))
    kinds = {
        "log": [KEYS.log],
        "index of ids": list(place.client.scan_iter(match=f"{KEYS.ids}*", count=5_000)),
        "views": list(place.client.scan_iter(match=f"{KEYS.view}*", count=5_000)),
        "change feed": [KEYS.changes],
    }
    held = {
        kind: sum(place.client.memory_usage(key, samples=0) for key in keys)
        for kind, keys in kinds.items()
    }
    together = sum(held.values()) - held["change feed"]
    return [
        *(Row(kind, (f"{size / count:,.0f}", f"{size / said:.2f}")) for kind, size in held.items()),
        Row("log, index and views", (f"{together / count:,.0f}", f"{together / said:.2f}")),
        *(
            Row(
                f"{name} worker",
                (f"{size / (count - 500):,.0f}", f"{size * count / (count - 500) / said:.2f}"),
            )
            for name, size in zip(PARTS, grown, strict=True)
        ),
    ]


def tell_two(report: Report, place: Place, claims: Sequence[bytes], rounds: int) -> None:
    """Measure ingest on two ledgers, in one process and in two."""
    other = "other"
    config = place.directory / "ledgers"
    config.mkdir(exist_ok=True)
    _second_ledger(config / f"{other}.toml", other)
    half = list(claims[: len(claims) // 2])
    moved = [
        claim.replace(f'"subject":"{LEDGER}"'.encode(), b'"subject":"other"') for claim in half
    ]
    ways = {
        "one ledger": [LEDGER],
        "two ledgers, one process": [f"{LEDGER},{other}"],
        "two ledgers, two processes": [LEDGER, other],
    }
    found: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, processes in ways.items():
            place.clear()
            fill_inbox(place.client, half)
            if other in processes[-1]:
                fill_inbox(place.client, moved, inbox=keys_of(other).inbox)
            found[way].append(_rate_of(place, processes, other, len(half)))
    alone = median(found["one ledger"])
    report.say(
        "Ledgers share nothing. Ingest on two of them, on the same two cores and one server:"
    )
    report.table(
        ("way", "claims/s", "÷ one ledger"),
        [
            Row(way, (f"{median(speeds):,.0f}", f"{median(speeds) / alone:.2f}"))
            for way, speeds in found.items()
        ],
    )


def _second_ledger(path: Any, name: str) -> None:
    text = files("services.ledgers").joinpath(f"{LEDGER}.toml").read_text(encoding="utf-8")
    path.write_text(text.replace(f'name = "{LEDGER}"', f'name = "{name}"'), "utf-8")


def _rate_of(place: Place, processes: Sequence[str], other: str, count: int) -> float:
    logs = [KEYS.log] + [keys_of(other).log] * any(other in names for names in processes)

    def recorded() -> int:
        return sum(int(place.client.xlen(log)) for log in logs)

    running = [
        Worker("ingest", place, names=names, config_dir=place.directory / "ledgers")
        for names in processes
    ]
    try:
        wait_until(lambda: all(place.client.xlen(log) for log in logs), pause=0.001)
        started, first = time.perf_counter(), recorded()
        wait_until(lambda: recorded() == count * len(logs))
        return (count * len(logs) - first) / (time.perf_counter() - started)
    finally:
        for worker in running:
            worker.stop()


def main() -> int:
    """Measure the whole pipeline."""
    given = asked(__doc__)
    claims = list(make_claims(60_000 if given.full else 24_000))
    report = Report("From the inbox to the view")
    with server() as place:
        tell_sustained(report, place, claims, given.rounds)
        tell_latencies(report, place, given.rounds)
        called = median(calls(place, claims[:2_000]) for _ in range(ROUNDS))
        report.say(f"Server calls for each 1,000 claims, in full batches: **{called:.0f}**.")
        report.say("Memory for each claim, once:")
        if not given.full:
            # Enough for what hangs on no speed; what does must outlast its start and its end. With fewer,
            # the 4,096 hashes of the index are most of what it takes.
            del claims[12_000:]
        report.table(("what", "bytes a claim", "÷ bytes of the claim"), memory(place, claims))
        tell_two(report, place, claims, given.rounds)
    report.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
