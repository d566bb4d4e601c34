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
from itertools import groupby
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.load import make_claims
from tests.failure.faults import FAULTS
from tests.failure.forked_workers import start_forking
from tests.failure.real_servers import (
    FSYNCS,
    KINDS,
    RealServer,
    binary,
    kept_until_the_end,
    shim,
    until,
    version,
)
from tests.failure.rig import NOTICE_SECONDS, Rig, clock_file, named, step_clock


CLAIM_COUNT = 120
DOCUMENT = Path(__file__).parents[2] / "docs" / "guarantees.md"
#: Between these the document holds the table.
BEGIN, END = "<!-- table -->", "<!-- end of the table -->"
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


def row(results: Sequence[Found]) -> tuple[str, ...]:
    """Write the runs of one fault on one server as cells of the table."""
    run = results[0].run
    wrong = "; ".join(found.wrong for found in results if found.wrong)
    return (
        *cells_of(run),
        str(sum(found.acknowledged for found in results)),
        str(sum(found.survived for found in results)),
        str(sum(found.doubled for found in results)),
        _detected(results),
        "yes" if all(found.healed for found in results) else "NO",
        ("yes" if all(found.equal for found in results) else "NO")
        + (f" ({wrong})" if wrong else ""),
    )


def cells_of(run: Run) -> tuple[str, str, str]:
    """Write what was done to whom."""
    return FAULTS[run.fault].words, version(run.kind), run.fsync


def _detected(results: Sequence[Found]) -> str:
    told = [" and ".join(f"{first} to {last}" for first, last in found.ranges) for found in results]
    if not all(found.named for found in results):
        return f"NOT NAMED ({'; '.join(told)})"
    lost = sum(found.lost_events > 0 for found in results)
    if any(told):
        return f"all named in {lost} of {lost} runs: {'; '.join(filter(None, told))}"
    is_kept = all(found.survived == found.acknowledged for found in results)
    return "nothing to name" if is_kept else "NOT NAMED: they were in the inbox alone"


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} to {last}"


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
    _own["clock"] = clock_file(kept_until_the_end())
    environment = {"CLOCK_STEP": str(_own["clock"])}
    if library := shim():
        environment["LD_PRELOAD"] = str(library)
    start_forking(environment)


def all_runs(seed: int) -> list[Run]:
    """Return what the table is made of, those of one row behind each other."""
    return [
        Run(fault, kind, fsync, seed + repeat)
        for fault, how in FAULTS.items()
        for kind in KINDS
        for fsync in how.fsyncs or FSYNCS
        for repeat in range(how.repeats)
    ]


def can_run(run: Run) -> bool:
    """Return whether there is the server, and a C compiler where the fault needs one."""
    return binary(run.kind) is not None and (shim() is not None or not FAULTS[run.fault].needs_shim)


def main() -> int:
    arguments = _arguments()
    runs = [
        run
        for run in all_runs(arguments.seed)
        if arguments.only in (None, run.fault)
        and arguments.server in (None, run.kind)
        and arguments.fsync in (None, run.fsync)
    ]
    able = list(filter(can_run, runs))
    started, results = time.monotonic(), list[Found]()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(arguments.processes, mp_context=context, initializer=begin) as pool:
        for found in pool.map(put_to_the_test, able):
            results.append(found)
            sys.stderr.write(f"{found.seconds:6.1f} s  {' | '.join(row([found]))}\n")
    rows = [
        row(list(group))
        for _, group in groupby(results, key=lambda found: found.run._replace(seed=0))
    ]
    table = as_table(rows)
    sys.stdout.write(table)
    for run in runs:
        if run not in able:
            sys.stdout.write(f"not run: {run.fault} on {run.kind}: no server, or no C compiler\n")
    bad = sum(map(is_bad, results))
    seconds = time.monotonic() - started
    sys.stderr.write(f"{len(results)} runs in {seconds:.0f} s, {bad} not as promised\n")
    if arguments.write and len(able) == len(all_runs(arguments.seed)):
        write(table)
    return 1 if bad else 0


def write(table: str) -> None:
    """Put the table in the place of the one in the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, begin_mark, rest = text.partition(BEGIN)
    _, end_mark, after = rest.partition(END)
    assert begin_mark, f"expected {BEGIN} in {DOCUMENT}, found none"
    assert end_mark, f"expected {END} in {DOCUMENT}, found none"
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{table}\n{END}{after}", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(FAULTS))
    parser.add_argument("--server", choices=KINDS)
    parser.add_argument("--fsync", choices=FSYNCS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", action="store_true", help=f"into {DOCUMENT.name} as well")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
