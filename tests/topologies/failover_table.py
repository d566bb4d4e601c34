"""What failovers under load leave of acknowledged claims, with and without LEDGER_REPLICAS_ACK.

    python -m tests.topologies.failover_table --write
    python -m tests.topologies.failover_table --failovers 1 --server valkey

A failover takes something back where the primary could not pass on what it acknowledged: here its replicas are
halted for the last second before it is killed, as a network that is cut would leave them. Real processes.
"""

import argparse
import json
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.load import make_claims
from tests.failure.real_servers import KINDS, binary, until, version
from tests.failure.rig import NOTICE_SECONDS, named
from tests.topologies.rig import CompanyRig
from tests.topologies.servers import Watched


#: More than can be sent until the primary is well again, so that every failover meets claims.
CLAIMS_PER_FAILOVER = 600
#: How long claims arrive before each failover, and how long the primary then cannot pass them on, in seconds.
LOAD_SECONDS, CUT_SECONDS = 1.5, 1.0
DOCUMENT = Path(__file__).parents[2] / "docs" / "guarantees.md"
#: How long thousands of claims may take to settle, in seconds.
SETTLE_SECONDS = 240.0
BEGIN, END = "<!-- failovers -->", "<!-- end of failovers -->"
HEADINGS = (
    "server",
    "LEDGER_REPLICAS_ACK",
    "failovers",
    "acknowledged",
    "survived",
    "taken back",
    "doubled",
    "named (positions)",
    "healed by repeat",
    "views equal a replay",
    "longest without an acknowledgement",
)


class Found(NamedTuple):
    """What a run left.

    Attributes:
        acknowledged: Claims that were acknowledged.
        survived: Of them those in the log afterwards.
        doubled: Claims that stand in the log more than once.
        lost_events: Events of the log that were there and are gone.
        named: Whether all positions that are gone were named.
        ranges: What was named, from and to.
        healed: Whether all claims are there, once, after publishers repeated them.
        equal: Whether views equal a replay, before and after the repeat.
        longest: Longest time between two acknowledgements, in seconds.
        ended: Workers that ended by themselves.
        settled: Whether all was recorded and shown in time, before and after the repeat.
    """

    acknowledged: int
    survived: int
    doubled: int
    lost_events: int
    named: bool
    ranges: tuple[tuple[int, int], ...]
    healed: bool
    equal: bool
    longest: float
    ended: tuple[str, ...]
    settled: tuple[bool, bool]

    def is_bad(self, replicas: int) -> bool:
        """Whether a run left something that it may not."""
        is_whole = self.named and self.healed and self.equal and not self.doubled
        is_whole = is_whole and all(self.settled)
        return bool(self.ended or not is_whole or (replicas and self.survived < self.acknowledged))


def fail_over(rig: CompanyRig) -> None:
    """Cut the primary off from its replicas, kill it, and bring it back as a replica of another one."""
    company = rig.company
    time.sleep(LOAD_SECONDS)
    before = company.primary()
    others = [server for server in company.servers if server is not before]
    for server in others:
        server.send(signal.SIGSTOP)
    with before.client() as redis:
        # What is under way already would still arrive.
        redis.execute_command("CLIENT", "KILL", "TYPE", "replica")
    time.sleep(CUT_SECONDS)
    places = rig.places()
    before.kill()
    for server in others:
        server.send(signal.SIGCONT)
    company.wait_for_other_primary(before)
    company.heal()
    after = rig.places()
    rig.missing += [at for at, chain in places.items() if after.get(at) != chain]


def run(kind: str, replicas: int, failovers: int) -> Found:
    """Fail over again and again while claims arrive, and count."""
    with Watched(kind) as company, TemporaryDirectory() as directory:
        claims = list(make_claims(CLAIMS_PER_FAILOVER * failovers))
        rig = CompanyRig(company, claims, Path(directory))
        rig.replicas, rig.settle_seconds = replicas, SETTLE_SECONDS
        try:
            rig.start_workers()
            for worker in rig.workers.values():
                worker.started()
            publisher = rig.publish(pause_seconds=0.02)
            for _ in range(failovers):
                fail_over(rig)
            publisher.end()
            return _count(rig, publisher.longest)
        except BaseException:
            sys.stderr.write(rig.output())
            raise
        finally:
            rig.close()


def _count(rig: CompanyRig, longest: float) -> Found:
    rig.settle()
    acknowledged = rig.acknowledged()
    until(lambda: named(rig.missing, rig.state().losses), seconds=NOTICE_SECONDS)
    was_settled = rig.settle()
    before = rig.state()
    recorded = before.recorded()
    # Publishers repeat what was acknowledged; they do not know what is gone.
    sent = [claim for claim in rig.claims if json.loads(claim)["id"] in acknowledged]
    rig.publish(sent, pause_seconds=0).join()
    is_settled = rig.settle()
    after = rig.state()
    again = after.recorded()
    return Found(
        acknowledged=len(acknowledged),
        survived=len(acknowledged & set(recorded)),
        doubled=sum(count > 1 for count in (recorded | again).values()),
        lost_events=len(rig.missing),
        named=named(rig.missing, after.losses),
        ranges=tuple((loss.first, loss.last) for loss in after.losses),
        healed=acknowledged <= set(again),
        equal=before.equals_replay() and after.equals_replay(),
        longest=round(longest, 1),
        ended=tuple(key for key, worker in rig.workers.items() if not worker.is_alive),
        settled=(was_settled, is_settled),
    )


def row(kind: str, replicas: int, failovers: int, found: Found) -> tuple[str, ...]:
    """Write a run as cells of the table."""
    told = ", ".join(f"{first} to {last}" for first, last in found.ranges)
    if not found.named:
        told = f"NOT ALL NAMED: {told}"
    return (
        version(kind),
        str(replicas),
        str(failovers),
        str(found.acknowledged),
        str(found.survived),
        str(found.acknowledged - found.survived),
        str(found.doubled),
        f"{found.lost_events} events: {told}" if found.lost_events else told or "nothing to name",
        "yes" if found.healed else "NO",
        "yes" if found.equal else "NO",
        f"{found.longest:g} s",
    )


def main() -> int:
    """Return 1 if a run left something that it may not."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--server", choices=KINDS)
    reader.add_argument("--replicas", type=int, choices=(0, 1))
    reader.add_argument("--failovers", type=int, default=3)
    reader.add_argument("--write", action="store_true", help=f"write the table to {DOCUMENT.name}")
    arguments = reader.parse_args()
    rows, bad = [], 0
    for kind in KINDS:
        if arguments.server in (None, kind) and binary(kind):
            for replicas in (0, 1) if arguments.replicas is None else (arguments.replicas,):
                found = run(kind, replicas, arguments.failovers)
                sys.stderr.write(f"{found}\n")
                rows.append(row(kind, replicas, arguments.failovers, found))
                bad += found.is_bad(replicas)
    lines = [HEADINGS, tuple("---" for _ in HEADINGS), *rows]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    sys.stdout.write(f"{table}\n{bad} of {len(rows)} runs not as promised\n")
    if arguments.write and not bad:
        head, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
        DOCUMENT.write_text(f"{head}{BEGIN}\n\n{table}\n\n{END}{rest.partition(END)[2]}", "utf-8")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
