"""Measure ingest beside that of another checkout, say of an earlier version: in turns, and medians.

    python -m benchmarks.beside CHECKOUT [--rounds 7]

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


HERE = Path(__file__).parents[1]
ROUND = HERE / "benchmarks" / "ingest_once.py"
#: What is measured, with the words for it.
MEASURES = {
    "claims_per_second": "claims a second, of a full inbox",
    "processor_us_per_claim": "processor time of the worker for each, µs",
    "p50_ms": "publisher to log, one at a time, median, ms",
    "p99_ms": "the same, p99, ms",
}


def measured(checkout: Path) -> dict[str, float]:
    """Measure one round in a checkout."""
    done = subprocess.run(
        [sys.executable, "-P", str(ROUND)],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> int:
    """Print a table of both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=Path, help="a directory with the other version's files")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    places = {"there": given.checkout.resolve(), "here": HERE}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in places}
    for number in range(given.rounds):
        # Who comes first has the machine as the one before left it.
        for name in sorted(places, reverse=bool(number % 2)):
            found[name].append(measured(places[name]))
    sys.stdout.write("| measure | there | here | here ÷ there |\n|---|---:|---:|---:|\n")
    for key, words in MEASURES.items():
        there, here = (median([one[key] for one in found[name]]) for name in places)
        sys.stdout.write(f"| {words} | {there:,.2f} | {here:,.2f} | {here / there:.3f} |\n")
    key = "processor_us_per_claim"
    there, here = (min(one[key] for one in found[name]) for name in places)
    sys.stdout.write(
        f"| {MEASURES[key]}, least | {there:,.2f} | {here:,.2f} | {here / there:.3f} |\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
