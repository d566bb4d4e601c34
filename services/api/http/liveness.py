"""The API as one stage among others: its own heartbeat, and what it knows of all stages.

Any number of requests asks the server how the stages are only once in `KEPT_SECONDS`.
"""

import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

from services.eventlog.connection import Client
from services.eventlog.port import LogUnavailableError
from services.eventlog.readers import REPEAT_SECONDS, Heartbeats, Readers, ReaderStatus
from services.queries.health import LedgerSeen, look_at
from services.runtime import clock
from services.runtime.ending import end_task
from services.runtime.telemetry import logger_of


#: Name of the stage, and what the names of its processes in statuses begin with.
STAGE = "api"
#: Time between two heartbeats, in seconds.
BEAT_SECONDS = 1.0
#: How long what was found of a ledger is good, in seconds.
KEPT_SECONDS = 0.5


class Liveness:
    """Shows to others that this process lives and serves its ledgers."""

    def __init__(self, client: Client, ledgers: Sequence[str]) -> None:
        self._heartbeats = Heartbeats(client)
        self._readers = {ledger: Readers(client, ledger) for ledger in ledgers}
        self._host, self._process = socket.gethostname(), os.getpid()
        self._name = f"{STAGE}:{self._host}-{self._process}"
        self._starts: dict[str, int] = {}
        self._beating: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to beat."""
        self._beating = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        """Stop beating, and say that this was meant."""
        if self._beating is None:
            return
        await end_task(self._beating)
        with suppress(LogUnavailableError):
            await self._write("stopped")
            await self._heartbeats.end(self._host, self._process)

    async def _beat(self) -> None:
        due_ms = 0.0
        while True:
            now_ms = clock.stopwatch_ms()
            try:
                if now_ms >= due_ms:
                    await self._write("running")
                    due_ms = now_ms + REPEAT_SECONDS * 1000
                await self._heartbeats.beat(self._host, self._process, reading_ms=now_ms)
            except LogUnavailableError as error:
                logger_of(STAGE, "").warning("server.unreachable", error=str(error))
            await asyncio.sleep(BEAT_SECONDS)

    async def _write(self, state: Literal["running", "stopped"]) -> None:
        for ledger, readers in self._readers.items():
            if ledger not in self._starts:
                await readers.forget_old(f"{STAGE}:", clock.now())
                self._starts[ledger] = await readers.count_start(STAGE)
            await readers.write(
                self._name,
                ReaderStatus(
                    state=state,
                    position=0,
                    at=clock.now(),
                    host=self._host,
                    pid=self._process,
                    handled=0,
                    starts=self._starts[ledger],
                ),
            )


class Looks:
    """What was found of a ledger last."""

    def __init__(self, client: Client, ledger: str) -> None:
        self._client, self._ledger = client, ledger
        self._looking: asyncio.Task[LedgerSeen] | None = None
        self._found_ms = 0.0

    async def look(self) -> LedgerSeen:
        """Return how the ledger is, or was a moment ago.

        All who ask while a look is under way share it, also when it fails: one after the other they would
        wait for a server that is away longer than anybody waits for an answer.

        Raises:
            LogUnavailableError: The server could not be reached.
        """
        looking = self._looking
        if looking is None or (looking.done() and self._is_outdated(looking)):
            looking = self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(looking)

    def _is_outdated(self, looked: asyncio.Task[LedgerSeen]) -> bool:
        is_old = clock.stopwatch_ms(self._found_ms) > KEPT_SECONDS * 1000
        return is_old or looked.cancelled() or looked.exception() is not None

    async def _look(self) -> LedgerSeen:
        found = await look_at(self._client, self._ledger)
        self._found_ms = clock.stopwatch_ms()
        return found
