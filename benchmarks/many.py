"""Measure what many ledgers cost on which nothing happens, and what several ledgers, processes and servers bring.

    python -m benchmarks.many                       both, as written to docs/performance.md
    python -m benchmarks.many --ledgers 300 --only idle

Real workers on an embedded server, or on a cluster on loopback, all on one machine: what a second process or
server brings shows only as far as there are processors for it.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from redis import Redis

from benchmarks.report import write_section
from tests.running import Worker, own_server, processor_seconds, wait_until
from tests.topologies.many import Many, PacedPublisher, claims_of
from tests.topologies.servers import Cluster


STAGES = ("ingest", "reconciliation", "projection")
#: How long is measured, in seconds, after how long a rest.
MEASURED_SECONDS, REST_SECONDS = 15.0, 15.0
BUSY_RATE = 100
#: Claims of all ledgers together, for a measurement of throughput.
CLAIM_COUNT = 4_000
#: How often throughput is measured: the median counts.
RUN_COUNT = 3
PATIENCE_SECONDS = 900.0
IDLE = """\
One run of 15 seconds each on a server of its own, on cores shared with other work: no median.
A claim that comes alone takes some 10 commands of clients (three scripts that write, twice over where a decision follows, and a read for each), and what the scripts ask within the server: some 57 in all, 76 before they asked for several things at once.
In full batches it is 4.

"""
SEVERAL = """\
{claims:,} claims of all ledgers together from a full inbox into the views, each shape {runs} times, one after the other in turn.
Times are processor time, which other work on the machine spoils least; of a primary the publisher's share is in it.
The busiest process, be it worker or primary, sets how many claims a second there can be once each process has a core: that ratio is worked out from processor time, and was not seen.
What was seen, in the last column, is of {cores} cores for all servers, workers and the publisher: it says what more ledgers, processes and primaries cost where there is no core for them, and nothing of what they bring.
One process of a stage is what bounds one ledger; the primaries have so much less to do that more of them bring nothing until several processes share the ledgers out. Three primaries on machines of their own, and a network between them, were not measured.

"""


class Cost(NamedTuple):
    """What ledgers cost for a while: commands, round trips and processor time a second, and what is held."""

    calls: float
    trips: float
    connections: int
    server_percent: float
    worker_percent: float
    worker_mb: int


def _used(worker: Worker) -> tuple[float, int]:
    """Return the processor time of a process, in seconds, and its memory, in MB."""
    status = Path(f"/proc/{worker.pid}/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return processor_seconds(worker.pid), int(resident.split()[1]) // 1024


def _cost(client: Any, workers: Sequence[Worker], seconds: float) -> Cost:
    before, used, started = client.info("all"), [_used(worker) for worker in workers], time.time()
    time.sleep(seconds)
    after, took = client.info("all"), time.time() - started
    now = [_used(worker) for worker in workers]
    trips = after["total_reads_processed"] - before["total_reads_processed"]
    cpu = ("used_cpu_user", "used_cpu_sys")
    return Cost(
        calls=(after["total_commands_processed"] - before["total_commands_processed"]) / took,
        trips=trips / took,
        connections=after["connected_clients"],
        server_percent=100 * sum(after[name] - before[name] for name in cpu) / took,
        worker_percent=100 * sum(b[0] - a[0] for a, b in zip(used, now, strict=True)) / took,
        worker_mb=sum(mb for _, mb in now),
    )


def idle(count: int, *, is_leased: bool) -> tuple[Cost, Cost]:
    """Return the cost of so many ledgers on which nothing happens, and of one in a hundred being busy."""
    with own_server() as server, TemporaryDirectory() as directory:
        server.start()
        settings: dict[str, Any] = {"poll_ms": 1_000, "stale_after_ms": 15_000}
        many = Many(server.url, Path(directory), count, leases=is_leased, **settings)
        client = Redis.from_url(server.url)
        try:
            workers = [many.start(name) for name in STAGES]
            wait_until(lambda: _is_open(client, many), seconds=PATIENCE_SECONDS)
            time.sleep(REST_SECONDS)
            at_rest = _cost(client, workers, MEASURED_SECONDS)
            busy = many.names[: max(1, count // 100)]
            claims = list(claims_of(busy, round(BUSY_RATE * MEASURED_SECONDS)))
            publisher = PacedPublisher(many.url, claims, rate=BUSY_RATE)
            publisher.start()
            at_work = _cost(client, workers, MEASURED_SECONDS)
            publisher.join()
            wait_until(lambda: _are_shown(many, busy), seconds=PATIENCE_SECONDS)
            return at_rest, at_work  # noqa: TRY300  as long as the workers run
        except BaseException:
            sys.stderr.write(many.output())
            raise
        finally:
            client.close()
            many.close()


def _is_open(client: Any, many: Many) -> bool:
    """Whether every stage of every ledger has been begun."""
    pipeline = client.pipeline(transaction=False)
    for name in many.names:
        pipeline.hlen(f"exl:{{{name}}}:log:readers")
    time.sleep(0.5)
    return all(found >= len(STAGES) for found in pipeline.execute())


def _are_shown(many: Many, names: Sequence[str]) -> bool:
    return many.is_done(only=names)


class Spent(NamedTuple):
    """What claims took that got from a full inbox into the views.

    Attributes:
        rate: Claims a second, as the clock had it.
        stages: Processor time a claim of each stage's processes together, in microseconds.
        servers: The same of the primaries.
        busiest: The same of the one process, of workers and servers, that had most to do.
        commands: What the primaries carried out for a claim, in scripts too.
    """

    rate: float
    stages: float
    servers: float
    busiest: float
    commands: float


def spent(ledgers: int, processes: int, primaries: int) -> Spent:
    """Return what claims took."""
    with Cluster("valkey", primaries=primaries) as cluster, TemporaryDirectory() as directory:
        many = Many(cluster.url, Path(directory), ledgers)
        try:
            started = {name: [many.start(name) for _ in range(processes)] for name in STAGES}
            for workers in started.values():
                for worker in workers:
                    worker.started()
            for name, workers in started.items():
                able = workers[: min(processes, ledgers)]
                wait_until(lambda name=name, able=able: _is_shared(many, name, able))  # type: ignore[misc]
            claims = list(claims_of(many.names, CLAIM_COUNT))
            everybody = [worker.pid for workers in started.values() for worker in workers]
            servers = [server.process.pid for server in cluster.servers if server.process]
            pids, calls = [*everybody, *servers], _commands(cluster, primaries)
            before, began = [processor_seconds(pid) for pid in pids], time.monotonic()
            publisher = PacedPublisher(many.url, claims, rate=1_000_000)
            publisher.start()
            publisher.join()
            while not many.is_done():
                # Seldom, because to ask takes of what is measured.
                time.sleep(0.25)
            took = time.monotonic() - began
            each = [
                1e6 * (processor_seconds(pid) - then) / CLAIM_COUNT
                for pid, then in zip(pids, before, strict=True)
            ]
            count = len(everybody)
            return Spent(
                rate=CLAIM_COUNT / took,
                stages=sum(each[:count]),
                servers=sum(each[count : count + primaries]),
                busiest=max(each),
                commands=(_commands(cluster, primaries) - calls) / CLAIM_COUNT,
            )
        finally:
            many.close()


def _commands(cluster: Cluster, primaries: int) -> int:
    count = 0
    for server in cluster.servers[:primaries]:
        with server.client() as client:
            count += client.info("stats")["total_commands_processed"]
    return count


def _is_shared(many: Many, stage: str, able: Sequence[Worker]) -> bool:
    held = list(many.holders(stage).values())
    return 0 not in held and len(set(held)) == len(able)


def _of_idle(count: int) -> str:
    lines = [
        "| workers | ledgers | | commands a second, in scripts too | round trips a second | connections | server, % of a core | three workers, % of a core | three workers, MB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for is_leased in (False, True):
        kind = "share ledgers out" if is_leased else "serve all (`LEDGER_LEASES=0`)"
        for what, cost in zip(
            ("idle", f"1 in 100 busy, {BUSY_RATE} claims/s"),
            idle(count, is_leased=is_leased),
            strict=True,
        ):
            lines.append(
                f"| {kind} | {count:,} | {what} | {cost.calls:,.0f} | {cost.trips:,.0f} | {cost.connections:,} | "
                f"{cost.server_percent:.1f} | {cost.worker_percent:.1f} | {cost.worker_mb:,} |"
            )
            sys.stderr.write(f"{lines[-1]}\n")
    return "\n".join(lines)


def _of_several() -> str:
    shapes = [
        (ledgers, processes, primaries)
        for primaries in (1, 3)
        for processes in (1, 2)
        for ledgers in (1, 2, 4)
        if ledgers >= processes
    ]
    found: dict[tuple[int, int, int], list[Spent]] = {shape: [] for shape in shapes}
    # One of each after the other, so that what else the machine does meets all of them.
    for _ in range(RUN_COUNT):
        for shape in shapes:
            found[shape].append(spent(*shape))
            sys.stderr.write(f"{shape} {found[shape][-1]}\n")
    first = found[shapes[0]]
    headings = (
        *("ledgers", "processes of each worker", "primaries", "workers, µs a claim"),
        *("primaries, µs a claim", "commands a claim", "busiest process, µs a claim"),
        *("with a core for each, of the first row", "as measured, of the first row"),
    )
    lines = [f"| {' | '.join(headings)} |", f"|{' ---: |' * len(headings)}"]
    for shape, runs in found.items():
        cells = [
            *map(str, shape),
            f"{median(run.stages for run in runs):.0f}",
            f"{median(run.servers for run in runs):.0f}",
            f"{median(run.commands for run in runs):.0f}",
            f"{median(run.busiest for run in runs):.0f}",
            _ratios([one.busiest / run.busiest for run, one in zip(runs, first, strict=True)]),
            _ratios([run.rate / one.rate for run, one in zip(runs, first, strict=True)]),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _ratios(found: Sequence[float]) -> str:
    return f"{median(found):.2f} ({min(found):.2f} … {max(found):.2f})"


def main() -> int:
    """Measure, and write docs/performance.md."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--ledgers", type=int, default=1_000)
    reader.add_argument("--only", choices=("idle", "throughput"))
    arguments = reader.parse_args()
    if arguments.only in (None, "idle"):
        body = IDLE + _of_idle(arguments.ledgers)
        write_section("Many ledgers on which nothing happens", body)
    if arguments.only in (None, "throughput"):
        body = SEVERAL.format(cores=os.cpu_count(), runs=RUN_COUNT, claims=CLAIM_COUNT)
        write_section("Several ledgers, processes and primaries", body + _of_several())
    return 0


if __name__ == "__main__":
    sys.exit(main())
