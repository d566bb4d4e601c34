"""Worker processes that are forked from one which has loaded their code: a start costs no second of loading it.

They are processes like any other, with signals, files and an end of their own. One may be told to end itself, as
kill -9 does, at the n-th command that it gives: before the command is sent, or after it, with the answer unread.
"""

import multiprocessing
import os
import signal
import sys
import tempfile
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal, NamedTuple

from tests.running import PATIENCE_SECONDS


WORKERS = ("ingest", "reconciliation", "projection")


class Death(NamedTuple):
    """At which command a worker ends itself, counted from its start, and on which side of it."""

    command: int
    side: Literal["before", "after"]


def start_forking(environment: dict[str, str]) -> None:
    """Start the process that workers are forked from."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        multiprocessing.set_forkserver_preload(
            [__name__, *(f"services.{name}.worker" for name in WORKERS)]
        )
        from multiprocessing import forkserver  # noqa: PLC0415

        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(before)


class ForkedWorker:
    """One worker process, its log lines going to a file."""

    def __init__(
        self, name: str, url: str, data_dir: Path, *, death: Death | None = None, **more: object
    ) -> None:
        self.name = name
        self._lines = tempfile.NamedTemporaryFile(prefix="exl-", delete=False)  # noqa: SIM115
        settings = {
            "redis_url": url,
            "allow_lossy": True,
            "stale_after_ms": 1_000,
            "poll_ms": 200,
            "retry_seconds": PATIENCE_SECONDS,
            "reconnect_seconds": 0.2,
            "data_dir": data_dir,
            **more,
        }
        given = {f"LEDGER_{key.upper()}": str(value) for key, value in settings.items()}
        context = multiprocessing.get_context("forkserver")
        self.process: BaseProcess = context.Process(
            target=_run, args=(name, given, self._lines.name, death)
        )
        self.process.start()

    @property
    def is_alive(self) -> bool:
        return self.process.is_alive()

    def signal(self, number: int) -> None:
        if self.process.is_alive():
            assert self.process.pid is not None, "a process that was started"
            os.kill(self.process.pid, number)

    def kill(self) -> None:
        self.process.kill()
        self.process.join(PATIENCE_SECONDS)

    def stop(self) -> int | None:
        self.process.terminate()
        self.process.join(PATIENCE_SECONDS)
        return self.process.exitcode

    def output(self) -> str:
        return Path(self._lines.name).read_text(encoding="utf-8", errors="replace")

    def close(self) -> None:
        self.kill()
        self._lines.close()
        Path(self._lines.name).unlink(missing_ok=True)


def _run(name: str, settings: dict[str, str], lines: str, death: Death | None) -> None:
    output = os.open(lines, os.O_WRONLY | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for key in [key for key in os.environ if key[:7] == "LEDGER_"]:
        del os.environ[key]
    os.environ.update(settings)
    if death:
        _end_at(death)
    from importlib import import_module  # noqa: PLC0415

    from services.runtime.settings import read_settings  # noqa: PLC0415

    sys.exit(import_module(f"services.{name}.worker").run(read_settings()))


def _end_at(death: Death) -> None:
    """Let this process end itself at a command."""
    from redis.asyncio.connection import AbstractConnection  # noqa: PLC0415

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
