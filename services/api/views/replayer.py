"""The process that works out what takes seconds of processor time, as the API asks it.

One question at a time: `services.api.views.as_of_process` is what runs in it.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from schemas.ledger import LedgerConfiguration
from services.api.views.as_of_process import (
    BetweenQuestion,
    CutQuestion,
    Question,
    SupposeQuestion,
)
from services.eventlog.port import LogDamagedError, LogUnavailableError
from services.queries.as_of import Cut
from services.queries.between import Place, PlaceOrderError
from services.queries.what_if import UnmatchedError
from services.runtime.settings import Settings


#: Niceness of the process, so that the API's own work comes first.
NICENESS = 10
#: How long the process may take to end, in seconds.
STOP_SECONDS = 2.0


class Replayer:
    """The process that works out views, started when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        assert settings.redis_url, "a replayer without a server"
        self._redis_url, self._settings = settings.redis_url, settings
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()
        self._is_closed = False

    async def ask(
        self, ledger: LedgerConfiguration, position: int, cut: Cut
    ) -> Mapping[str, bytes]:
        """Work out the views at a cut, each row's JSON on a line.

        Raises:
            LogUnavailableError: The log could not be read.
            LogDamagedError: It is not whole.
        """
        place = self._place(ledger, position)
        return await self._ask(
            CutQuestion(**place, asserted_by=cut.asserted_by, known_on=cut.known_on)
        )

    async def ask_between(
        self, ledger: LedgerConfiguration, position: int, start: Place, end: Place
    ) -> Mapping[str, bytes]:
        """Work out what changed between two places, each row's JSON on a line.

        Raises:
            LogUnavailableError: The log could not be read.
            LogDamagedError: It is not whole.
            PlaceOrderError: The places cannot be compared.
        """
        place = self._place(ledger, position)
        return await self._ask(BetweenQuestion(**place, start=start, end=end))

    async def ask_supposed(
        self,
        ledger: LedgerConfiguration,
        position: int,
        additions: Sequence[bytes],
        *,
        supposed_ledger: LedgerConfiguration | None = None,
    ) -> Mapping[str, bytes]:
        """Work out what events, or another configuration, would change, each row's JSON on a line.

        Raises:
            LogUnavailableError: The log could not be read.
            LogDamagedError: It is not whole.
            UnmatchedError: An event makes no sense.
        """
        question = SupposeQuestion(
            **self._place(ledger, position),
            additions=tuple(addition.decode() for addition in additions),
            supposed_ledger=supposed_ledger,
        )
        return await self._ask(question)

    def _place(self, ledger: LedgerConfiguration, position: int) -> dict[str, Any]:
        """Return what every question says: whose log is read, where it is, and up to which position."""
        return {
            "redis_url": self._redis_url,
            "segments": self._settings.segments_of(ledger.name),
            "ledger": ledger,
            "position": position,
        }

    async def _ask(self, question: Question) -> Mapping[str, bytes]:
        async with self._lock:
            try:
                return await self._answer(question)
            except (asyncio.IncompleteReadError, OSError):
                # Killed from outside, say by a system short of memory: once more, by a new one.
                await self._end()
                if self._is_closed:
                    raise LogUnavailableError("the API stops") from None
                return await self._answer(question)
            except asyncio.CancelledError:
                await self._end()  # Otherwise its answer would be read as the next question's.
                raise

    async def close(self) -> None:
        """End the process, and whatever it works out."""
        self._is_closed = True
        await self._end()

    async def _answer(self, question: Question) -> Mapping[str, bytes]:
        process = self._process or await self._start()
        assert process.stdin is not None, "started with a pipe"
        assert process.stdout is not None, "started with a pipe"
        process.stdin.write(question.model_dump_json().encode() + b"\n")
        await process.stdin.drain()
        head = json.loads(await process.stdout.readuntil(b"\n"))
        if "unavailable" in head:
            raise LogUnavailableError(head["unavailable"])
        if "damaged" in head:
            raise LogDamagedError(head["damaged"])
        if "misplaced" in head:
            expected, found, is_end = head["misplaced"]
            raise PlaceOrderError(expected, found, is_end=is_end)
        if "unmatched" in head:
            raise UnmatchedError(head["unmatched"])
        return {view: await process.stdout.readexactly(size) for view, size in head.items()}

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "services.api.views.as_of_process"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        if sys.platform != "win32":
            # From its first moment on: its imports cost as much as a replay.
            os.setpriority(os.PRIO_PROCESS, self._process.pid, NICENESS)
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        # What it wrote last must be read, or its pipe is never closed.
        with suppress(TimeoutError):
            await asyncio.wait_for(process.communicate(), STOP_SECONDS)
