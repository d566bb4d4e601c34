"""Measure ingest beside that of an earlier commit: in turns, and medians.

    python -m benchmarks.ingest_since COMMIT [--rounds 7]

Both use this environment's packages and server. What a machine does meanwhile meets both; of the processor
time, which it meets least, the smallest is told as well.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks.commits import HERE, short_name, tree_of


ROUND = HERE / "benchmarks" / "ingest_round.py"
#: What is measured, with the words for it.
MEASURES = {
    "claims_per_second": "claims a second, of a full inbox",
    "processor_us_per_claim": "processor time of the worker for each, µs",
    "p50_ms": "publisher to log, one at a time, median, ms",
    "p99_ms": "the same, p99, ms",
}


def measured(tree: Path) -> dict[str, float]:
    """Measure one round by the code of a tree."""
    done = subprocess.run(
        [sys.executable, "-P", str(ROUND)],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> int:
    """Print a table of both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commit", help="the earlier commit")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    before = short_name(given.commit)
    found: dict[str, list[dict[str, float]]] = {before: [], "now": []}
    with tree_of(before) as tree:
        trees = {before: tree, "now": HERE}
        for number in range(given.rounds):
            # Who comes first has the machine as the one before left it.
            for name in sorted(trees, reverse=bool(number % 2)):
                found[name].append(measured(trees[name]))
    sys.stdout.write(f"| measure | {before} | now | now ÷ {before} |\n|---|---:|---:|---:|\n")
    for key, words in MEASURES.items():
        _write_row(words, [median([one[key] for one in each]) for each in found.values()])
    key = "processor_us_per_claim"
    _write_row(
        f"{MEASURES[key]}, least", [min(one[key] for one in each) for each in found.values()]
    )
    return 0


def _write_row(words: str, values: list[float]) -> None:
    before, now = values
    sys.stdout.write(f"| {words} | {before:,.2f} | {now:,.2f} | {now / before:.3f} |\n")


if __name__ == "__main__":
    sys.exit(main())
