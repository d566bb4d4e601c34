"""The views of another time, computed from the log and cached.

Each result belongs to one position of the log and one cut. They are computed one at a time in a separate
process (`services.api.views.as_of_process`), so that other requests are served meanwhile; requests for the
same cut wait for one computation. When too many different cuts are waiting, one more is refused.
"""

import asyncio
import json
import os
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus

from schemas.ledger import LedgerConfiguration
from services.api.http.problems import ProblemError
from services.api.views.as_of_process import Question
from services.api.views.tables import HeldRow, HeldTable, View, parse_rows
from services.eventlog.port import LogDamagedError, LogUnavailableError
from services.queries.as_of import Cut


#: Answers kept for one ledger.
KEPT_COUNT = 8
#: Different cuts of one ledger that may be waited for at once.
WAITING_COUNT = 8
#: When to ask again if there are more, in seconds.
RETRY_AFTER_SECONDS = 5
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
    ) -> Mapping[View, bytes]:
        """Work out the views at a cut, each row's JSON on a line.

        Raises:
            LogUnavailableError: The log could not be read.
            LogDamagedError: It is not whole.
        """
        question = Question(
            redis_url=self._redis_url,
            ledger=ledger,
            position=position,
            asserted_by=cut.asserted_by,
            known_on=cut.known_on,
        )
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

    async def _answer(self, question: Question) -> Mapping[View, bytes]:
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

    def __init__(self, rows: Mapping[View, bytes]) -> None:
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

    def __init__(self, replayer: Replayer, ledger: LedgerConfiguration) -> None:
        self._replayer = replayer
        self._ledger = ledger
        self._kept: OrderedDict[tuple[int, Cut], asyncio.Task[_AsOfTables]] = OrderedDict()

    async def read(
        self, position: int, cut: Cut, views: Sequence[View]
    ) -> Mapping[View, HeldTable]:
        """Return views at a cut, from the log as it was at a position.

        Raises:
            ProblemError: Too many others are being worked out.
        """
        key = (position, cut)
        if key not in self._kept:
            self._make_room(position)
            self._kept[key] = asyncio.create_task(self._work_out(position, cut))
        self._kept.move_to_end(key)
        try:
            # A cancelled request leaves the computation to the others that wait for it.
            tables = await asyncio.shield(self._kept[key])
        except BaseException:
            if key in self._kept and self._kept[key].done():
                del self._kept[key]
            raise
        return {view: await tables.table(view) for view in views}

    def _make_room(self, position: int) -> None:
        waiting = [key for key, task in self._kept.items() if not task.done()]
        if len(waiting) >= WAITING_COUNT:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "too many other times",
                f"expected at most {WAITING_COUNT} other times of ledger {self._ledger.name} asked "
                "for at once, found more",
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            )
        done = [key for key in self._kept if key not in waiting]
        # Nobody asks for what the log was at an earlier position.
        gone = [key for key in done if key[0] < position]
        for key in gone or done[: max(0, len(done) + 1 - KEPT_COUNT)]:
            del self._kept[key]

    async def _work_out(self, position: int, cut: Cut) -> _AsOfTables:
        return _AsOfTables(await self._replayer.ask(self._ledger, position, cut))
