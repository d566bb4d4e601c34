"""`make fuzz`: many inputs through intake, accounted for. The number, the seed or one input is chosen by ARGS."""

import argparse
import itertools
import sys
import time

from tests.fuzz.accounting import SECONDS_MAX, Accounting
from tests.fuzz.inputs import inputs


def main() -> int:
    """Run, and print what became of the inputs; return 1 if one took too long."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, metavar="NUMBER", help="print one input and end")
    asked = parser.parse_args()
    if asked.show is not None:
        [raw] = itertools.islice(inputs(asked.seed, asked.show + 1), asked.show, None)
        sys.stdout.write(f"{raw!r}\n")
        return 0
    started, accounting = time.process_time(), Accounting()
    accounting.take(inputs(asked.seed, asked.count))
    seconds = time.process_time() - started
    counts = accounting.outcomes
    slowest, number = accounting.slowest
    sys.stdout.write(
        f"sent {asked.count}: recorded {counts['recorded']} + duplicate {counts['duplicate']} + parked "
        f"{counts['parked']} = {counts.total()}; slowest {slowest * 1000:.1f} ms (input {number}); "
        f"{asked.count / seconds:.0f} a second of processor time, seed {asked.seed}\n"
    )
    return int(counts.total() != asked.count or slowest > SECONDS_MAX)


if __name__ == "__main__":
    sys.exit(main())
