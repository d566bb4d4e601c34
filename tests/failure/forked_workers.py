"""Workers that may be told to end themselves, as kill -9 does, at the n-th command that they give.

That is before the command is sent, or after it, with the answer unread.
"""

import os
import signal
from functools import partial
from multiprocessing import forkserver
from pathlib import Path
from typing import Any, Literal, NamedTuple

from redis.asyncio.connection import AbstractConnection

from tests.running import Worker, run_worker


WORKERS = ("ingest", "reconciliation", "projection")


class Death(NamedTuple):
    """At which command a worker ends itself, counted from its start, and on which side of it."""

    command: int
    side: Literal["before", "after"]


def start_forking(environment: dict[str, str]) -> None:
    """Start the process that workers are forked from, with an environment that they all have."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(before)


def start_worker(
    name: str, url: str, data_dir: Path, *, death: Death | None = None, **settings: object
) -> Worker:
    """Start a worker that may end itself."""
    given: dict[str, object] = {
        "allow_lossy": True,
        "log_level": "info",
        "stale_after_ms": 1_000,
        "poll_ms": 200,
        "data_dir": data_dir,
        **settings,
    }
    return Worker(name, url, main=partial(_run_until, death, name), **given)


def _run_until(death: Death | None, name: str) -> int:
    if death is not None:
        end_at(death)
    return run_worker(name)


def end_at(death: Death) -> None:
    """Let this process end itself at a command."""
    send = AbstractConnection.send_packed_command
    count = 0

    async def counted(connection: Any, *args: Any, **more: Any) -> None:
        nonlocal count
        count += 1
        is_last = count == death.command
        if is_last and death.side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        await send(connection, *args, **more)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)

    connections: Any = AbstractConnection
    connections.send_packed_command = counted
