"""What one reader on one ledger works with, and what the readers of one process share."""

import asyncio
import os
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal, Protocol

from faststream.redis import RedisBroker
from structlog.typing import FilteringBoundLogger

from schemas.ledger import LedgerConfiguration
from services.eventlog.chaining import chain_log
from services.eventlog.connection import ANSWER_SECONDS, Client, connect, is_server_error
from services.eventlog.losses import Losses
from services.eventlog.port import BeginAnewError, LogDamagedError, LogUnavailableError
from services.eventlog.readers import Readers, ReaderStatus
from services.eventlog.redis_log import RedisEventLog
from services.runtime import clock
from services.runtime.beginnings import Beginnings
from services.runtime.history import History, SeenFile
from services.runtime.settings import Settings
from services.runtime.telemetry import logger_of
from services.runtime.told import ToldLosses
from services.runtime.tracing import HandledEvent, tracing_of


DONE = 0
FAULT = 1
REFUSED = 2
OUT_OF_REACH = 3
#: No exit code: the readers are made anew in the same process, because what they knew is no longer true.
BEGIN_ANEW = -1
#: Pause before readers are made anew, in seconds.
ANEW_PAUSE_SECONDS = 0.5
#: Time between two heartbeats, and the shortest between two status writes, in seconds.
STATUS_SECONDS = 1.0
#: How long a running batch may take to end after the process was asked to stop, in seconds.
STOP_SECONDS = 30.0


class ReaderContext:
    """What one reader on one ledger works with: its log, its progress, and its fault boundary.

    Attributes:
        reader: Name of the reader in statuses.
        ledger: The ledger it works on.
        entry: What is being dealt with: a log position or an inbox entry id.
        position: Last log position dealt with, 0 for none.
        handled: Entries dealt with since the start.
        client: For all that the reader does; waits for a server that is away.
        probe: For what is looked at on the side; does not wait.
        log: Through which it reads and appends.
        probe_log: The same, for a look on the side.
        history: What was seen of the log, compared with what is there.
    """

    def __init__(
        self, worker: str, reader: str, ledger: LedgerConfiguration, process: "ProcessContext"
    ) -> None:
        self.reader = reader
        self.ledger = ledger
        self.settings = process.settings
        self.client = process.client
        self.probe = process.probe
        segments = process.settings.segments_of(ledger.name)
        self.log = RedisEventLog(process.client, ledger.name, sealed=segments)
        self.probe_log = RedisEventLog(process.probe, ledger.name, sealed=segments)
        self.logger: FilteringBoundLogger = logger_of(worker, ledger.name)
        self._tracing = tracing_of(process.settings.otlp_endpoint, worker)
        self.entry = ""
        self.position = 0
        self.handled = 0
        self._process = process
        self._error: str | None = None
        self.history = History(
            self.log,
            self.probe_log,
            ToldLosses(
                Losses(process.client, ledger.name, sealed=segments),
                Losses(process.probe, ledger.name, sealed=segments),
                process.beginnings.kept_losses(ledger.name),
            ),
            SeenFile(
                process.settings.data_dir,
                ledger=ledger.name,
                reader=reader.partition(":")[0],
                url=process.url,
            ),
            self.logger.bind(reader=reader),
        )
        self._readers = Readers(process.probe, ledger.name)
        self._written: tuple[Any, ...] = ()
        self._at: tuple[Any, ...] = ()
        self._moved_ms = 0.0
        self._starts: int | None = None

    @property
    def is_stopping(self) -> bool:
        """Whether no further entry may be begun."""
        return self._process.stopping.is_set()

    async def sleep(self, seconds: float) -> None:
        """Wait, or until the process stops."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.stopping.wait(), seconds)

    def trace(
        self, stage: str, events: Callable[[], Iterable[HandledEvent]], started_ms: float
    ) -> None:
        """Send spans of what a stage has dealt with since a stopwatch's reading, where they are wanted."""
        if self._tracing is not None:
            took_ms = clock.stopwatch_ms(started_ms)
            self._tracing.handled(stage, events(), ledger=self.ledger.name, took_ms=took_ms)

    @contextmanager
    def fault_boundary(self, entry: str, *, concurrent: bool = False) -> Iterator[None]:
        """Stop the process if anything inside the block fails, and report `entry` as the place.

        Args:
            entry: The first entry handled inside the block.
            concurrent: Other entries are begun meanwhile; the error still names this one.
        """
        self.entry = entry
        try:
            yield
        except Exception as error:  # noqa: BLE001  the one place that stops the process
            if concurrent:
                self.entry = entry
            self.stop(error)

    def stop(self, error: BaseException) -> None:
        """Stop the process because of an error at `entry`, or begin anew if the error says so."""
        self._error = f"{type(error).__name__}: {error}"
        if isinstance(error, BeginAnewError):
            self.logger.error("reader.begins_anew", reader=self.reader, error=self._error)
            if self.is_stopping:
                return  # The same, noticed at another place of it.
            try:
                self._process.beginnings.note(self.ledger.name, error, self.log.seen.all())
            except LogDamagedError as damaged:
                self.stop(damaged)
            else:
                self._process.end(BEGIN_ANEW)
            return
        is_out_of_reach = isinstance(error, LogUnavailableError) or is_server_error(error)
        is_world = is_out_of_reach or isinstance(error, LogDamagedError)
        self.logger.error(
            "reader.stopped",
            reader=self.reader,
            entry=self.entry,
            error=self._error,
            exc_info=None if is_world else error,
        )
        is_damaged = isinstance(error, LogDamagedError)
        self._process.end(OUT_OF_REACH if is_out_of_reach else REFUSED if is_damaged else FAULT)

    async def write_status(self, *, is_over: bool = False, is_due: bool = True) -> None:
        """Write the reader's status, unless nothing changed and it is not due; log that the server is away."""
        try:
            await self.tell_status(is_over=is_over, is_due=is_due)
        except LogUnavailableError as error:
            self.logger.warning("server.unreachable", error=str(error))

    async def tell_status(self, *, is_over: bool = False, is_due: bool = True) -> None:
        """Do the same, and leave to the caller what is to be said of a server that is away.

        Raises:
            LogUnavailableError: It is.
        """
        state: Literal["running", "stopped", "failed"]
        state = "failed" if self._error else ("stopped" if is_over else "running")
        self._note_progress()
        said = (state, *self._at)
        if self._starts is None:
            stage = self.reader.partition(":")[0]
            self._starts = await self._readers.count_start(stage)
        if said != self._written or is_due:
            await self._readers.write(self.reader, self._status(state))
            self._written = said
        if not self._error:
            try:
                await self.history.confirm()
            except BeginAnewError as error:
                # A reader would wait for ever for positions it has seen.
                self.stop(error)

    @property
    def has_moved(self) -> bool:
        """Whether the reader went on since its status was written."""
        return self._at != (self.position, self.handled, self.entry)

    def _note_progress(self) -> None:
        """Note when the reader went on, so that one which waits for ever is told from one with nothing to do."""
        at = (self.position, self.handled, self.entry)
        if at != self._at:
            self._at, self._moved_ms = at, clock.stopwatch_ms()

    def _status(self, state: Literal["running", "stopped", "failed"]) -> ReaderStatus:
        return ReaderStatus(
            state=state,
            position=self.position,
            at=clock.now(),
            host=socket.gethostname(),
            pid=os.getpid(),
            entry=self.entry if self._error else None,
            error=self._error,
            handled=self.handled,
            moved_ms=self._moved_ms,
            starts=self._starts,
        )


class Reader(Protocol):
    """What a worker does on one ledger."""

    async def open(self) -> None:
        """Bring the state to the position at which reading begins."""
        ...

    def subscribe(self, broker: RedisBroker) -> None:
        """Register with the broker; called after `open`."""
        ...

    async def close(self) -> None:
        """Finish what is left; called when no handler runs any more."""
        ...


class ProcessContext:
    """What the readers of one process share: its connections, and the reason it ends.

    Attributes:
        beginnings: What its readers saw before they began anew.
        answer_seconds: How long an answer may take.
    """

    def __init__(
        self,
        settings: Settings,
        beginnings: Beginnings,
        *,
        clients: tuple[Client, Client] | None = None,
    ) -> None:
        """Connect, or go on over the connections of two clients: one that waits, and one that does not."""
        assert settings.redis_url, "a worker without a server"
        self.settings = settings
        self.beginnings = beginnings
        self.url = settings.redis_url
        self.stopping = asyncio.Event()
        self.exit_code = DONE
        self.answer_seconds = settings.poll_ms / 1_000 + ANSWER_SECONDS
        self.client, self.probe = clients or self._connected()

    def _connected(self) -> tuple[Client, Client]:
        settings = self.settings
        return connect(
            self.url,
            retry_seconds=settings.retry_seconds,
            pause_seconds=settings.reconnect_seconds,
            answer_seconds=self.answer_seconds,
        ), connect(self.url, retry_seconds=0, answer_seconds=self.answer_seconds)

    def end(self, exit_code: int) -> None:
        """Ask the process to stop; the first exit code counts."""
        if not self.stopping.is_set():
            self.exit_code = exit_code
            self.stopping.set()

    async def close(self) -> None:
        """Close both connections."""
        await self.client.aclose()
        await self.probe.aclose()


async def open_reader(context: ReaderContext, reader: Reader, process: ProcessContext) -> None:
    """Bring a reader to the position at which reading begins, after a look at what was seen before."""
    if chained := await chain_log(context.client, context.ledger.name):
        context.logger.info("log.chained", events=chained)
    seen = process.beginnings.take_seen(context.ledger.name)
    await context.history.compare(seen, context.reader)
    await reader.open()
