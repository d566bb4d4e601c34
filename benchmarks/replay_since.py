"""Measure what a replay of the real claims costs, beside an earlier commit.

    python -m benchmarks.replay_since COMMIT

Both replay the same claims with the packages of this environment: `exchange-ledger replay`, which is intake,
reconciliation, projection and printing, less a replay of one claim. Told are machine instructions as
callgrind counts them, which other work on the machine does not change; where there is no valgrind, processor
time, in turns. Hashes and the garbage collector are held still.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.commits import HERE, short_name, tree_of
from benchmarks.running import ROUNDS, Report, Row, in_turns


CLAIMS = tuple(
    HERE / "tests" / "data" / f"rus-ukr-{years}.claims.jsonl"
    for years in ("2022-2024", "2024-2026")
)
LEDGER = "rus-ukr"
_REPLAY = """
import gc, sys
from services.cli.main import run
gc.disable()
sys.exit(run())
"""
_COLLECTED = re.compile(rb"Collected : (\d+)")


def start(tree: Path, claims: Path, *under: str) -> "subprocess.Popen[bytes]":
    """Start a replay by the code of a tree."""
    arguments = ["replay", "--ledger", LEDGER, "--format", "json", str(claims)]
    return subprocess.Popen(
        [*under, sys.executable, "-P", "-c", _REPLAY, *arguments],
        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONHASHSEED": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def instructions(tree: Path, claims: Path) -> float:
    """Return the instructions of a replay, in millions."""
    valgrind = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
    process = start(tree, claims, *valgrind)
    _, told = process.communicate()
    collected = _COLLECTED.search(told)
    assert process.returncode == 0, told.decode(errors="replace")
    assert collected, told.decode(errors="replace")
    return int(collected[1]) / 1e6


def processor_time(tree: Path, claims: Path) -> float:
    """Return the processor time of a replay, in milliseconds."""
    process = start(tree, claims)
    assert process.stderr is not None, "asked for above"
    told = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, told.decode(errors="replace")
    return (used.ru_utime + used.ru_stime) * 1000


def cost(
    measure: Callable[[Path, Path], float], tree: Path, claims: Path, one: Path
) -> Callable[[], float]:
    """Return what measures the claims of a file without what one claim takes."""
    return lambda: measure(tree, claims) - measure(tree, one)


def main() -> int:
    """Run the measurement and put it into docs/performance.md."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("commit", help="the earlier commit")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds of processor time")
    given = parser.parse_args()
    before = short_name(given.commit)
    counts_instructions = shutil.which("valgrind") is not None
    measure = instructions if counts_instructions else processor_time
    unit = "million instructions" if counts_instructions else "ms of processor time"
    with tree_of(before) as tree:
        lines = [line for file in CLAIMS for line in file.read_bytes().splitlines()]
        claims, one = tree / "claims.jsonl", tree / "claim.jsonl"
        claims.write_bytes(b"\n".join(lines))
        one.write_bytes(lines[0])
        for each in (HERE, tree):
            # What is compiled the first time is kept.
            processor_time(each, one)
        ways = {
            f"at {before}": cost(measure, tree, claims, one),
            "now": cost(measure, HERE, claims, one),
        }
        found = in_turns(ways, rounds=1 if counts_instructions else given.rounds)
    costs = {way: median(each) for way, each in found.items()}
    first = costs[f"at {before}"]
    report = Report("Replay, beside an earlier commit")
    report.say(
        f"`exchange-ledger replay` of {len(lines):,} real claims, less that of one, by "
        f"`python -m benchmarks.replay_since {before}`."
    )
    rows = [Row(way, (f"{each:,.0f}", f"{first / each:.2f}")) for way, each in costs.items()]
    report.table(("code", unit, f"throughput ÷ {before}"), rows)
    report.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
