"""The views of another time, and what changed between two, computed from the log and cached.

Each result belongs to one position of the log, and one cut or two places. They are computed one at a time in
a separate process (`services.api.views.as_of_process`), so that other requests are served meanwhile.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from schemas.ledger import LedgerConfiguration
from services.api.views.as_of_process import BetweenQuestion, CutQuestion, Question
from services.api.views.computations import Computations
from services.api.views.tables import HeldRow, HeldTable, View, parse_rows
from services.eventlog.port import LogDamagedError, LogUnavailableError
from services.queries.as_of import Cut
from services.queries.between import Place, PlaceOrderError


#: Niceness of the process, so that the API's own work comes first.
NICENESS = 10
#: How long the process may take to end, in seconds.
STOP_SECONDS = 2.0


class Replayer:
    """The process that works out views, started when it is first needed."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
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
        question = CutQuestion(
            redis_url=self._redis_url,
            ledger=ledger,
            position=position,
            asserted_by=cut.asserted_by,
            known_on=cut.known_on,
        )
        return await self._ask(question)

    async def ask_between(
        self, ledger: LedgerConfiguration, position: int, start: Place, end: Place
    ) -> Mapping[str, bytes]:
        """Work out what changed between two places, each row's JSON on a line.

        Raises:
            LogUnavailableError: The log could not be read.
            LogDamagedError: It is not whole.
            PlaceOrderError: The places cannot be compared.
        """
        question = BetweenQuestion(
            redis_url=self._redis_url, ledger=ledger, position=position, start=start, end=end
        )
        return await self._ask(question)

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


class _AsOfTables:
    """The views at one cut: their rows' JSON, and those read so far."""

    def __init__(self, rows: Mapping[str, bytes]) -> None:
        self._rows = dict(rows)
        self._tables: dict[View, HeldTable] = {}
        self._lock = asyncio.Lock()

    async def table(self, view: View) -> HeldTable:
        async with self._lock:
            if view not in self._tables:
                lines = self._rows.pop(view).splitlines()
                rows: list[HeldRow] = await parse_rows(view, lines)
                self._tables[view] = HeldTable(rows)
            return self._tables[view]


class AsOfViews:
    """The views of one ledger at other times."""

    def __init__(
        self, replayer: Replayer, ledger: LedgerConfiguration, computations: Computations
    ) -> None:
        self._replayer = replayer
        self._ledger = ledger
        self._computations = computations

    async def read(
        self, position: int, cut: Cut, views: Sequence[View]
    ) -> Mapping[View, HeldTable]:
        """Return views at a cut, from the log as it was at a position.

        Raises:
            ProblemError: Too many others are being worked out.
        """

        async def work_out() -> _AsOfTables:
            return _AsOfTables(await self._replayer.ask(self._ledger, position, cut))

        tables = await self._computations.get(position, cut, work_out)
        return {view: await tables.table(view) for view in views}
