"""What waits for editors of one ledger, kept in memory and read on from where it was read to."""

import asyncio

from pydantic import ValidationError

from services.eventlog.port import BeginAnewError, EventLog, LogDamagedError
from services.eventlog.submissions import SubmissionStream
from services.moderation.state import MODERATION_EVENTS, Moderation
from services.queries.judging import RecordedJudgements


class ModerationView:
    """The submissions to one ledger and what was decided, as the stream says now."""

    def __init__(self, stream: SubmissionStream) -> None:
        self.stream = stream
        self._state = Moderation()
        self._last = "0"
        self._lock = asyncio.Lock()

    async def read(self) -> Moderation:
        """Return the state after the last entry of the stream.

        Raises:
            LogUnavailableError: The server could not be reached.
            LogDamagedError: There is something else in the stream.
        """
        async with self._lock:
            while entries := await self.stream.read(after=self._last):
                for entry in entries:
                    try:
                        event = MODERATION_EVENTS.validate_json(entry.event)
                    except ValidationError as error:
                        raise LogDamagedError(
                            f"expected what was submitted or decided at entry {entry.id} of the "
                            "submissions, found something else"
                        ) from error
                    self._state.take(event)
                    self._last = entry.id
            return self._state


class JudgementsView:
    """The judgements in one ledger's log, kept in memory and read on from where it was read to."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._recorded = RecordedJudgements()
        self._lock = asyncio.Lock()

    async def read(self) -> RecordedJudgements:
        """Return the judgements up to the log's end.

        Raises:
            LogUnavailableError: The server could not be reached.
        """
        async with self._lock:
            try:
                await self._recorded.read_on(self._log)
            except BeginAnewError:
                self._recorded = RecordedJudgements()
                await self._recorded.read_on(self._log)
            return self._recorded
