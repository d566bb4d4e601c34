"""How long the wrong one of two primaries serves whom, while a cut keeps it from its replicas and the Sentinels.

    python -m tests.topologies.two_primaries --write

Clients and workers reach the old primary, the new one and the Sentinels; one client reaches the old primary alone.
Real processes.
"""

import argparse
import asyncio
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from redis.exceptions import RedisError

from benchmarks.load import make_claims
from services.eventlog.chain import chain_of
from services.eventlog.connection import connect
from tests.failure.real_servers import KINDS, binary, until, version
from tests.failure.rig import NOTICE_SECONDS, ROOT, named
from tests.running import wait_until
from tests.topologies.rig import CompanyRig
from tests.topologies.servers import Node, Watched


CLAIM_COUNT = 1_500
#: How long the two primaries are watched, in seconds, and what the old one is told for half of the runs.
WATCHED_SECONDS = 20.0
REPLICAS_WANTED = {"min-replicas-to-write": "1", "min-replicas-max-lag": "5"}
DOCUMENT = Path(__file__).parents[2] / "docs" / "guarantees.md"
BEGIN, END = "<!-- two primaries -->", "<!-- end of two primaries -->"
HEADINGS = (
    "server",
    "min-replicas-to-write",
    "reads",
    "claims acknowledged",
    "events appended",
    "views written",
    "who reaches no Sentinel: writes",
    "old one follows after the cut",
    "acknowledged",
    "taken back",
    "named (positions)",
    "healed by repeat",
    "views equal a replay",
)


class Found(NamedTuple):
    """What a run showed.

    Attributes:
        served: For how long after the other one was named the old primary went on, by what it did, in seconds.
        alone: When it first refused who reaches it alone, null if it never did.
        rejoined: How long after the cut it followed the other one.
        acknowledged, taken_back: Claims.
        named: Whether all positions that are gone were named, and which were.
        healed: Whether all claims are there, once, after publishers repeated them.
        equal: Whether views equal a replay.
    """

    served: dict[str, float]
    alone: float | None
    rejoined: float
    acknowledged: int
    taken_back: int
    named: tuple[bool, str]
    healed: bool
    equal: bool


class Reader(threading.Thread):
    """Asks again and again, by this project's own client, which server answers.

    Attributes:
        last: When each one did last, by its port.
    """

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.last: dict[int, float] = {}
        self._url, self._over = url, threading.Event()

    def run(self) -> None:
        asyncio.run(self._read())

    def end(self) -> None:
        self._over.set()
        self.join()

    async def _read(self) -> None:
        client = connect(self._url, retry_seconds=0, answer_seconds=5.0)
        while not self._over.is_set():
            with suppress(RedisError):
                answer = await client.config_get("port")
                self.last[int(answer["port"])] = time.monotonic()
            await asyncio.sleep(0.01)
        await client.aclose()


def divide(company: Watched) -> tuple[Node, float]:
    """Cut the primary off; return it as soon as there is another one, and that time."""
    before = company.primary()
    company.cut_off(before)
    wait_until(lambda: company.primary() is not before)
    now = time.monotonic()
    assert before.is_primary(), "there are two"
    return before, now


def watch(old: Node, since: float) -> tuple[dict[str, float], float | None]:
    """Return when the old primary last did something, by kind, and when it first refused who comes to it alone."""
    seen: dict[str, object] = {}
    last: dict[str, float] = {}
    refused = None
    with old.client() as client:
        while (now := time.monotonic() - since) < WATCHED_SECONDS:
            current = client.get(f"{ROOT}:view:current") or "g1"
            found = {
                "claims": client.xinfo_stream(f"{ROOT}:inbox")["last-generated-id"],
                "events": client.xlen(f"{ROOT}:log"),
                "views": client.hget(f"{ROOT}:view:{current}:meta", "position"),
            }
            last |= {kind: now for kind, value in found.items() if seen.get(kind, value) != value}
            seen = dict(found)
            if refused is None:
                try:
                    client.incr("alone")
                except RedisError:
                    refused = now
            time.sleep(0.01)
    return {kind: last.get(kind, 0.0) for kind in ("claims", "events", "views")}, refused


def run(kind: str, *, is_strict: bool) -> Found:
    """Divide a company under load, watch, let it come together again, and count."""
    with Watched(kind, is_divisible=True) as company, TemporaryDirectory() as directory:
        for server in company.servers if is_strict else ():
            with server.client() as client:
                for name, value in REPLICAS_WANTED.items():
                    client.config_set(name, value)
        rig = CompanyRig(company, list(make_claims(CLAIM_COUNT)), Path(directory))
        try:
            rig.start_workers()
            for worker in rig.workers.values():
                worker.started()
            publisher, reader = rig.publish(pause_seconds=0.02), Reader(company.url)
            wait_until(lambda: len(publisher.acknowledged) > 50)
            reader.start()
            old, since = divide(company)
            served, alone = watch(old, since)
            reader.end()
            publisher.end()
            served["reads"] = max(0.0, reader.last.get(old.port, 0.0) - since)
            rig.missing += missing(old, company.primary())
            ended = time.monotonic()
            company.rejoin(old)
            return _count(rig, served, alone, time.monotonic() - ended)
        except BaseException:
            sys.stderr.write(rig.output())
            raise
        finally:
            rig.close()


def missing(old: Node, new: Node) -> list[int]:
    """Return the positions at which one log has events that another one has not."""
    chains = []
    for server in (old, new):
        with server.client(is_text=False) as client:
            rows = client.xrange(f"{ROOT}:log")
        chains.append({int(at.split(b"-")[0]): chain_of(row[b"event"]) for at, row in rows})
    return [at for at, chain in chains[0].items() if chains[1].get(at) != chain]


def _count(
    rig: CompanyRig, served: dict[str, float], alone: float | None, rejoined: float
) -> Found:
    rig.settle()
    until(lambda: named(rig.missing, rig.state().losses), seconds=NOTICE_SECONDS)
    acknowledged, before = rig.acknowledged(), rig.state()
    rig.publish(list(rig.claims), pause_seconds=0).join()
    rig.settle()
    after = rig.state()
    again = after.recorded()
    told = ", ".join(f"{loss.first} to {loss.last}" for loss in after.losses)
    return Found(
        served=served,
        alone=alone,
        rejoined=rejoined,
        acknowledged=len(acknowledged),
        taken_back=len(acknowledged - set(before.recorded())),
        named=(named(rig.missing, after.losses), told),
        healed=acknowledged <= set(again) and max(again.values(), default=1) == 1,
        equal=before.equals_replay() and after.equals_replay(),
    )


def row(kind: str, found: Found, *, is_strict: bool) -> tuple[str, ...]:
    """Write a run as cells of the table."""
    told = found.named[1] or "nothing to name"
    return (
        version(kind),
        "1, `min-replicas-max-lag 5`" if is_strict else "0",
        *(f"{found.served[kind]:.1f} s" for kind in ("reads", "claims", "events", "views")),
        "never refused" if found.alone is None else f"refused after {found.alone:.1f} s",
        f"{found.rejoined:.1f} s",
        str(found.acknowledged),
        str(found.taken_back),
        told if found.named[0] else f"NOT ALL NAMED: {told}",
        "yes" if found.healed else "NO",
        "yes" if found.equal else "NO",
    )


def main() -> int:
    """Return 1 if a run left something that it may not."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--server", choices=KINDS)
    reader.add_argument("--write", action="store_true", help=f"write the table to {DOCUMENT.name}")
    arguments = reader.parse_args()
    rows, bad = [], 0
    for kind in KINDS:
        if arguments.server in (None, kind) and binary(kind):
            for is_strict in (False, True):
                found = run(kind, is_strict=is_strict)
                sys.stderr.write(f"{found}\n")
                rows.append(row(kind, found, is_strict=is_strict))
                bad += not (found.named[0] and found.healed and found.equal)
    lines = [HEADINGS, tuple("---" for _ in HEADINGS), *rows]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    sys.stdout.write(f"{table}\n{bad} of {len(rows)} runs not as promised\n")
    if arguments.write and not bad:
        head, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
        DOCUMENT.write_text(f"{head}{BEGIN}\n\n{table}\n\n{END}{rest.partition(END)[2]}", "utf-8")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
