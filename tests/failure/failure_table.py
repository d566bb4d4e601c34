"""The table of faults: what each leaves of acknowledged claims, by server and by when it syncs its file.

    python -m tests.failure.failure_table
    python -m tests.failure.failure_table --only power-cut --server redis --fsync always --seed 3

Every run is a server and workers of its own, real processes; a seed makes the same choices again, though not the
same timing. What cannot run here is named.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import NamedTuple

from benchmarks.load import make_claims
from tests.failure.faults import FAULTS
from tests.failure.forked_workers import start_forking
from tests.failure.real_servers import FSYNCS, KINDS, RealServer, binary, shim, until, version
from tests.failure.rig import NOTICE_SECONDS, Rig, clock_file, named, step_clock


CLAIM_COUNT = 120
_own: dict[str, Path] = {}


class Run(NamedTuple):
    """A fault to be put to a server, with its seed."""

    fault: str
    kind: str
    fsync: str
    seed: int


class Found(NamedTuple):
    """What a run left.

    Attributes:
        run: What was done.
        acknowledged: Claims the server acknowledged.
        survived: Of them those in the log afterwards.
        doubled: Claims that stand in the log more than once.
        lost_events: Events of the log that were there and are gone.
        named: Whether all positions that are gone were named.
        ranges: What was named, from and to.
        healed: Whether all claims are there, once, after publishers repeated them.
        equal: Whether views equal a replay, before and after the repeat.
        wrong: What else went wrong: a worker that ended, something that never settled.
        seconds: How long it took.
    """

    run: Run
    acknowledged: int = 0
    survived: int = 0
    doubled: int = 0
    lost_events: int = 0
    named: bool = True
    ranges: tuple[tuple[int, int], ...] = ()
    healed: bool = False
    equal: bool = False
    wrong: str = ""
    seconds: float = 0.0


def put_to_the_test(run: Run) -> Found:
    """Run one fault, and count."""
    started = time.monotonic()
    chance = Random(f"{run.fault} {run.kind} {run.fsync} {run.seed}")
    server = RealServer(run.kind, run.fsync, clock_step=_own.get("clock"))
    fault, claims = FAULTS[run.fault], list(make_claims(CLAIM_COUNT))
    step = _own.get("clock")
    rig = Rig(server, claims, chance, is_proxied=fault.is_proxied, clock_step=step)
    rig.settle_seconds = fault.settle_seconds
    try:
        server.start()
        rig.start_workers()
        found = _count(run, rig)
    except Exception as error:  # noqa: BLE001  a run that breaks is a row of the table
        found = Found(run, wrong=f"{type(error).__name__}: {error}")
    finally:
        output = rig.output()
        rig.close()
        if step:
            step_clock(step, 0)
    if is_bad(found):
        sys.stderr.write(f"{found}\n{output}\n")
    return found._replace(seconds=round(time.monotonic() - started, 1))


def _count(run: Run, rig: Rig) -> Found:
    FAULTS[run.fault].put(rig)
    has_settled = rig.settle()
    acknowledged = rig.acknowledged()
    if rig.missing:
        until(lambda: named(rig.missing, rig.state().losses), seconds=NOTICE_SECONDS)
        has_settled = rig.settle() and has_settled
    before = rig.state()
    recorded = before.recorded()
    # Publishers repeat what was acknowledged; they do not know what is gone.
    rig.publish(rig.claims, pause_seconds=0).join()
    has_settled = rig.settle() and has_settled
    after = rig.state()
    again = after.recorded()
    ended = [key for key, worker in rig.workers.items() if not worker.is_alive]
    exits = {key: worker.stop() for key, worker in rig.workers.items()}
    return Found(
        run,
        acknowledged=len(acknowledged),
        survived=len(acknowledged & set(recorded)),
        doubled=sum(count > 1 for count in (recorded | again).values()),
        lost_events=len(rig.missing),
        named=named(rig.missing, after.losses),
        ranges=tuple((loss.first, loss.last) for loss in after.losses),
        healed=acknowledged <= set(again),
        equal=before.equals_replay() and after.equals_replay(),
        wrong="; ".join(
            [
                *(["did not settle"] if not has_settled else []),
                *(f"{key} ended" for key in ended),
                *(f"{key} stopped with {code}" for key, code in exits.items() if code),
            ]
        ),
    )


def is_bad(found: Found) -> bool:
    """Return whether a run left something that it may not."""
    is_kept = found.survived == found.acknowledged or found.run.fsync != "always"
    may_lose = FAULTS[found.run.fault].loses
    return bool(
        found.wrong
        or found.doubled
        or not (found.named and found.healed and found.equal and found.acknowledged)
        or not (is_kept or may_lose)
    )


def row(found: Found) -> tuple[str, ...]:
    """Write a run as cells of the table."""
    run, lost = found.run, found.acknowledged - found.survived
    told = ", ".join(f"{first} to {last}" for first, last in found.ranges)
    if found.lost_events:
        word = "named" if found.named else "NOT NAMED"
        detected = f"{found.lost_events} events gone, {word}: {told or 'nothing'}"
    else:
        detected = f"named: {told}" if told else "nothing to name" if not lost else "inbox alone"
    return (
        FAULTS[run.fault].words,
        version(run.kind),
        run.fsync,
        str(found.acknowledged),
        str(found.survived),
        str(found.doubled),
        detected,
        "yes" if found.healed else "NO",
        ("yes" if found.equal else "NO") + (f" ({found.wrong})" if found.wrong else ""),
    )


HEADINGS = (
    "fault",
    "server",
    "fsync",
    "acknowledged",
    "survived",
    "doubled",
    "detected (positions)",
    "healed by repeat",
    "views equal a replay",
)


def as_table(rows: Sequence[tuple[str, ...]]) -> str:
    """Write rows as a Markdown table."""
    lines = [HEADINGS, tuple("---" for _ in HEADINGS), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def begin() -> None:
    """Prepare a process that runs faults: what its workers are forked from, with clocks that can be stepped."""
    directory = Path(mkdtemp(prefix="exl-clock-"))
    _own["clock"] = clock_file(directory)
    environment = {"CLOCK_STEP": str(_own["clock"])}
    if library := shim():
        environment["LD_PRELOAD"] = str(library)
    start_forking(environment)


def main() -> int:
    arguments = _arguments()
    runs = [
        Run(fault, kind, fsync, arguments.seed)
        for fault, how in FAULTS.items()
        for kind in KINDS
        for fsync in how.fsyncs or FSYNCS
        if arguments.only in (None, fault)
        and arguments.server in (None, kind)
        and arguments.fsync in (None, fsync)
    ]
    missing = [kind for kind in KINDS if binary(kind) is None]
    able = [
        run
        for run in runs
        if run.kind not in missing and (shim() or not FAULTS[run.fault].needs_shim)
    ]
    started = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(arguments.processes, mp_context=context, initializer=begin) as pool:
        results = []
        for found in pool.map(put_to_the_test, able):
            results.append(found)
            sys.stderr.write(f"{found.seconds:6.1f} s  {' | '.join(row(found))}\n")
    sys.stdout.write(as_table([row(found) for found in results]))
    for run in runs:
        if run not in able:
            sys.stdout.write(f"not run: {run.fault} on {run.kind}: no server, or no C compiler\n")
    bad = sum(map(is_bad, results))
    seconds = time.monotonic() - started
    sys.stderr.write(f"{len(results)} runs in {seconds:.0f} s, {bad} not as promised\n")
    return 1 if bad else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(FAULTS))
    parser.add_argument("--server", choices=KINDS)
    parser.add_argument("--fsync", choices=FSYNCS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
