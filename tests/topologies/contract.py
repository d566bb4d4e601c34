"""Run what every store must do on servers in company: the tests of the one server, as they are.

python -m tests.topologies.contract
"""

import os
import subprocess
import sys
from collections.abc import Sequence

from tests.topologies.conftest import COMPANIES, NAMES


#: Tests that need a server and nothing else: of the log and its trims, the inbox, losses, readers, views and workers' steps.
CONTRACT = (
    "tests/eventlog",
    "tests/failure/test_trimmed_logs.py",
    "tests/projection/test_store.py",
    "tests/projection/test_rebuild.py",
    "tests/queries/test_publishing.py",
    "tests/reconciliation/test_worker.py",
    "tests/release/test_content.py",
    "tests/runtime/test_snapshots.py",
)


def main(options: Sequence[str]) -> int:
    """Return the first exit code that is none of success."""
    only, options = (options[1], options[2:]) if options[:1] == ["--only"] else ("", options)
    for (company, kind), name in zip(COMPANIES, NAMES, strict=True):
        if only not in name:
            continue
        sys.stdout.write(f"--- {name}\n")
        sys.stdout.flush()
        with company(kind) as started:
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", *CONTRACT, *options],
                env={**os.environ, "LEDGER_TEST_REDIS_URL": started.url},
                check=False,
            )
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
