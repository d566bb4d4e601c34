"""Run what every store must do on one server, and on servers in company: the same tests, as they are.

python -m tests.topologies.contract
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.failure.real_servers import KINDS, RealServer, binary
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


@contextmanager
def _alone(kind: str) -> Iterator[RealServer]:
    server = RealServer(kind, "always")
    try:
        server.start()
        yield server
    finally:
        server.remove()


def main(options: Sequence[str]) -> int:
    """Return the first exit code that is none of success."""
    only, options = (options[1], options[2:]) if options[:1] == ["--only"] else ("", options)
    alone = [(_alone, kind) for kind in KINDS if binary(kind)]
    names = [*(f"alone-{kind}" for _, kind in alone), *NAMES]
    for (server, kind), name in zip([*alone, *COMPANIES], names, strict=True):
        if only not in name:
            continue
        sys.stdout.write(f"--- {name}\n")
        sys.stdout.flush()
        with server(kind) as started:
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
