"""What a cluster and the workers on it leave of acknowledged claims while servers and workers are killed.

    python -m tests.topologies.cluster_table --write
    python -m tests.topologies.cluster_table --seconds 30 --server valkey

Six servers, 32 ledgers, and four workers that share them out: one of ingest and of projection, two of
reconciliation. Claims arrive at a steady rate meanwhile; after one another a worker of reconciliation and a
primary are killed, and a ledger's slot is moved. Real processes.
"""

import argparse
import asyncio
import sys
import threading
import time
from collections import Counter
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from redis.crc import key_slot
from redis.exceptions import RedisError

from services.eventlog.connection import connect
from services.eventlog.port import LogUnavailableError
from tests.failure.real_servers import KINDS, binary, version
from tests.running import Worker, processor_seconds, wait_until
from tests.topologies.many import Many, PacedPublisher, claims_of
from tests.topologies.servers import Cluster


LEDGER_COUNT, RATE = 32, 200
#: Of the time that claims arrive: when what happens.
WORKER_AT, PRIMARY_AT, SLOT_AT = 0.2, 0.4, 0.75
#: How long after a fault pauses are counted as its own, in seconds.
OWN_SECONDS = 15.0
#: How long the views of a ledger may stand still after a fault, in seconds.
FOLLOWED_SECONDS = 10.0
DOCUMENT = Path(__file__).parents[2] / "docs" / "guarantees.md"
BEGIN, END = "<!-- cluster -->", "<!-- end of cluster -->"
HEADINGS = (
    "server",
    "claims a second",
    "acknowledged",
    "recorded",
    "doubled",
    "lost positions",
    "ledgers whose views equal a replay",
    "worker killed: its ledgers stood still",
    "primary killed: its ledgers stood still",
    "slot moved: its ledger stood still",
    "longest stand otherwise",
)


class Fault(NamedTuple):
    """Something that was done, when, and to which ledgers."""

    at: float
    ledgers: Collection[str]


class Followed(NamedTuple):
    """How a killed worker was followed: what waiting is by design, and what was for want of a processor.

    Attributes:
        seen_dead: Seconds until the other process took the first of its ledgers.
        seconds: Those from there until the last of them went on.
        used: Processor time of the other process meanwhile, in seconds, its own ledgers included.
    """

    seen_dead: float
    seconds: float
    used: float

    def __str__(self) -> str:
        return (
            f"seen dead after {self.seen_dead:.1f} s, then {self.seconds:.1f} s with "
            f"{self.used:.1f} s of processor time"
        )


class Found(NamedTuple):
    """What a run left."""

    rate: float
    acknowledged: int
    recorded: int
    doubled: int
    lost: int
    equal: int
    stood: dict[str, float]
    ended: int
    followed: Followed

    @property
    def is_bad(self) -> bool:
        """Whether a run left something that it may not."""
        return bool(
            self.recorded != self.acknowledged
            or self.doubled
            or self.lost
            or self.equal < LEDGER_COUNT
            or self.ended
            or max(self.stood[name] for name in ("worker", "primary", "slot")) > FOLLOWED_SECONDS
        )


class Watch(threading.Thread):
    """Looks again and again up to where each ledger is decided and shown."""

    def __init__(self, many: Many, follower: Worker) -> None:
        super().__init__(daemon=True)
        self._many, self._follower = many, follower
        self._used: list[tuple[float, float]] = []
        self._steps: dict[str, list[float]] = {name: [] for name in many.names}
        self._over = threading.Event()

    def run(self) -> None:
        asyncio.run(self._look())

    async def _look(self) -> None:
        # Over one client, and all at once: what it takes to look is not to be measured.
        client, shown = (
            connect(self._many.url, retry_seconds=0, answer_seconds=5.0),
            dict[str, int](),
        )
        while not self._over.is_set():
            await asyncio.sleep(0.1)
            try:
                found = await self._many.read_reached(client)
            except (RedisError, LogUnavailableError):
                continue
            now = time.monotonic()
            self._used.append((now, processor_seconds(self._follower.pid)))
            for name, position in found.items():
                if position > shown.get(name, 0):
                    self._steps[name].append(now)
                    shown[name] = position
        await client.aclose()

    def end(self) -> None:
        self._over.set()
        self.join()

    def followed(self, fault: Fault) -> Followed:
        """Return how a killed worker was followed by the other one."""
        taken = [
            datetime.fromisoformat(line["at"]).timestamp()
            for line in self._follower.log("lease.taken")
            if line["dead"]
        ]
        # What log lines show is the time of day.
        seen_dead = min(taken) - (time.time() - time.monotonic()) - fault.at
        began = fault.at + seen_dead
        ended = max(min(at for at in self._steps[name] if at > began) for name in fault.ledgers)
        used = [seconds for at, seconds in self._used if began <= at <= ended]
        return Followed(seen_dead, ended - began, used[-1] - used[0] if used else 0.0)

    def longest(self, ledgers: Collection[str], *, after: float, before: float) -> float:
        """Longest time for which a ledger's views stood still that was not over before `after`."""
        return max(
            (
                later - earlier
                for name in ledgers
                for earlier, later in zip(self._steps[name], self._steps[name][1:], strict=False)
                if later > after and earlier < before
            ),
            default=0.0,
        )


def run(kind: str, seconds: float) -> Found:
    """Let claims arrive, do what is done meanwhile, and count."""
    with Cluster(kind) as cluster, TemporaryDirectory() as directory:
        many = Many(cluster.url, Path(directory), LEDGER_COUNT)
        try:
            workers = [
                many.start(name)
                for name in ("ingest", "projection", "reconciliation", "reconciliation")
            ]
            for worker in workers:
                worker.started()
            wait_until(lambda: many.is_shared("reconciliation", workers[2:]))
            return _load(cluster, many, seconds)
        except BaseException:
            sys.stderr.write(many.output())
            raise
        finally:
            many.close()


def _load(cluster: Cluster, many: Many, seconds: float) -> Found:
    claims = list(claims_of(many.names, round(RATE * seconds)))
    publisher = PacedPublisher(many.url, claims, rate=RATE, replicas=1)
    watch, started = Watch(many, many.workers[2]), time.monotonic()
    publisher.start()
    watch.start()
    _wait(started + WORKER_AT * seconds)
    faults = {"worker": _kill_worker(many)}
    _wait(started + PRIMARY_AT * seconds)
    faults["primary"] = _kill_primary(cluster, many)
    _wait(started + SLOT_AT * seconds)
    faults["slot"] = _move_slot(cluster, many)
    publisher.join()
    took = time.monotonic() - started
    wait_until(many.is_done)
    watch.end()
    return _count(many, publisher, watch, faults, took)


def _wait(until: float) -> None:
    time.sleep(max(0.0, until - time.monotonic()))


def _kill_worker(many: Many) -> Fault:
    killed = many.workers[3]
    held = [name for name, pid in many.holders("reconciliation").items() if pid == killed.pid]
    killed.kill()
    return Fault(time.monotonic(), held)


def _on(cluster: Cluster, many: Many, server: object) -> list[str]:
    return [name for name in many.names if cluster.primary(f"{{{name}}}") is server]


def _kill_primary(cluster: Cluster, many: Many) -> Fault:
    """Kill a primary, and bring it back as a replica when another server has its place."""
    before = cluster.primary(f"{{{many.names[0]}}}")
    held = _on(cluster, many, before)
    before.kill()
    fault = Fault(time.monotonic(), held)
    wait_until(lambda: cluster.primary(f"{{{many.names[0]}}}") is not before)
    cluster.heal()
    return fault


def _move_slot(cluster: Cluster, many: Many) -> Fault:
    name = many.names[0]
    before = cluster.primary(f"{{{name}}}")
    target = next(one for one in cluster.servers if one is not before and one.is_primary())
    fault = Fault(time.monotonic(), [name])
    cluster.move_slot(key_slot(name.encode()), before, target)
    return fault


def _count(
    many: Many, publisher: PacedPublisher, watch: Watch, faults: dict[str, Fault], took: float
) -> Found:
    recorded: Counter[tuple[str, str]] = Counter()
    lost = equal = 0
    for name in many.names:
        state = many.state(name)
        recorded.update({(name, claim): count for claim, count in state.recorded().items()})
        lost += sum(loss.last - loss.first + 1 for loss in state.losses)
        equal += state.equals_replay()
    told = {(one.ledger, one.claim) for one in publisher.acknowledged}
    stood = {
        kind: watch.longest(fault.ledgers, after=fault.at, before=fault.at + OWN_SECONDS)
        for kind, fault in faults.items()
    }
    first = min(fault.at for fault in faults.values())
    stood["otherwise"] = watch.longest(many.names, after=0.0, before=first - OWN_SECONDS / 3)
    return Found(
        rate=round(len(told) / took, 1),
        acknowledged=len(told),
        recorded=len(told & recorded.keys()),
        doubled=sum(count > 1 for count in recorded.values()),
        lost=lost,
        equal=equal,
        stood={kind: round(seconds, 1) for kind, seconds in stood.items()},
        # The one that was killed has ended by no fault of its own.
        ended=sum(not worker.is_alive for worker in many.workers) - 1,
        followed=watch.followed(faults["worker"]),
    )


def row(kind: str, found: Found) -> tuple[str, ...]:
    """Write a run as cells of the table."""
    return (
        version(kind),
        f"{found.rate:g}",
        f"{found.acknowledged:,}",
        f"{found.recorded:,}",
        str(found.doubled),
        str(found.lost),
        f"{found.equal} of {LEDGER_COUNT}",
        f"{found.stood['worker']:g} s ({found.followed})",
        *(f"{found.stood[name]:g} s" for name in ("primary", "slot", "otherwise")),
    )


def main() -> int:
    """Return 1 if a run left something that it may not."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--server", choices=KINDS)
    reader.add_argument("--seconds", type=float, default=120.0)
    reader.add_argument("--write", action="store_true", help=f"write the table to {DOCUMENT.name}")
    arguments = reader.parse_args()
    rows, bad = [], 0
    for kind in KINDS:
        if arguments.server in (None, kind) and binary(kind):
            found = run(kind, arguments.seconds)
            sys.stderr.write(f"{found}\n")
            rows.append(row(kind, found))
            bad += found.is_bad
    lines = [HEADINGS, tuple("---" for _ in HEADINGS), *rows]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    sys.stdout.write(f"{table}\n{bad} of {len(rows)} runs not as promised\n")
    if arguments.write and not bad:
        head, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
        DOCUMENT.write_text(f"{head}{BEGIN}\n\n{table}\n\n{END}{rest.partition(END)[2]}", "utf-8")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
