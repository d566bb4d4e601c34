"""Workers that run for the tests of the command line, and ways to look at them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from services.cli.connect import connect_to_ledger
from services.cli.load import wait_for_views
from services.runtime.embedded import find_running
from tests.running import PATIENCE_SECONDS, wait_until


SEED = Path(__file__).parents[1] / "data" / "seed.claims.jsonl"
#: Ledgers of one `up`: the shipped one, and copies for tests that change what a ledger holds.
LEDGERS = ("rus-ukr", "growing", "refusing", "elsewhere", "judged", "obeyed")


class Answer(NamedTuple):
    code: int
    out: str
    err: str


Call = Callable[..., Answer]


def seed_of(ledger: str) -> list[str]:
    """The seed's claims, as published to another ledger."""
    return SEED.read_text().replace('"subject": "rus-ukr"', f'"subject": "{ledger}"').splitlines()


def start_up(data_dir: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start `up`, in a process group of its own as a terminal gives it, and wait for its server."""
    with (data_dir.parent / "up.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli.main", "up"],
            env={
                **os.environ,
                "LEDGER_DATA_DIR": str(data_dir),
                "LEDGER_HTTP_PORT": "0",
                **environment,
            },
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    wait_until(lambda: find_running(data_dir) or process.poll() is not None)
    return process


def processes_of(data_dir: Path) -> list[str]:
    """The command lines of all processes that work on a data directory."""
    listing = subprocess.run(
        ["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True
    )
    return [line for line in listing.stdout.splitlines() if f"{data_dir}/" in line]


def settle(ledger: str) -> None:
    """Wait until everything recorded is decided and shown."""

    async def wait() -> None:
        async with connect_to_ledger(ledger) as connection:
            position = await connection.log.last_position()
            await wait_for_views(connection, position=position, seconds_max=PATIENCE_SECONDS)

    asyncio.run(wait())
