"""What every worker process does around its readers: connect, run, stop, and write its status.

One process serves one kind of reader, on one or several ledgers. It ends in one of four ways: asked
to (exit code 0), a fault of ours (1), a server or configuration it must refuse (2), a server out of
reach for too long (3). A fault stops the process at the entry where it showed, before any other entry
is handled. FastStream would log an exception and go on with the next batch, so none reaches it.
"""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Literal, NamedTuple, Protocol

from faststream import AckPolicy, FastStream
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.exceptions import StreamGroupNotFoundError
from structlog.typing import FilteringBoundLogger

from schemas.ledger import LedgerConfiguration
from services.eventlog.chaining import chain_log
from services.eventlog.connection import (
    ANSWER_SECONDS,
    Client,
    connect,
    is_server_error,
)
from services.eventlog.inbox import InboxGoneError, is_group_gone
from services.eventlog.keys import keys_of
from services.eventlog.losses import Losses
from services.eventlog.port import (
    BeginAnewError,
    LogDamagedError,
    LogUnavailableError,
)
from services.eventlog.readers import REPEAT_SECONDS, Heartbeats, Readers, ReaderStatus
from services.eventlog.redis_log import RedisEventLog
from services.ledgers import LedgerConfigurationError, load_ledger, names_past_policy
from services.runtime import clock
from services.runtime.beginnings import Beginnings
from services.runtime.brokers import broker_for
from services.runtime.ending import end_task
from services.runtime.history import History, SeenFile
from services.runtime.reaching import REFUSALS, mend_restarted, wait_for_server
from services.runtime.settings import Settings
from services.runtime.telemetry import logger_of, set_up_logging
from services.runtime.told import ToldLosses


DONE = 0
FAULT = 1
REFUSED = 2
OUT_OF_REACH = 3
#: No exit code: the readers are made anew in the same process, because what they knew is no longer true.
BEGIN_ANEW = -1
#: Pause before readers are made anew, in seconds, and how often that may be needed.
ANEW_PAUSE_SECONDS = 0.5
ANEW_MAX = 100

#: Time between two heartbeats, and the shortest between two status writes, in seconds.
STATUS_SECONDS = 1.0
#: Objects made and still alive before the garbage collector looks at the youngest, and how often it
#: looks at older ones. A batch is thousands of objects that reference counting frees by itself; at
#: Python's own 700 the collector took a third of a worker's time.
GARBAGE_THRESHOLDS = (50_000, 20, 100)
#: How long a running batch may take to end after the process was asked to stop, in seconds.
STOP_SECONDS = 30.0


class Batch(NamedTuple):
    """Entries of a stream as the server gave them: their ids, and each one's fields."""

    ids: Sequence[bytes]
    fields: Sequence[Mapping[bytes, bytes]]


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
        """Write the reader's status, unless nothing changed and it is not due."""
        state: Literal["running", "stopped", "failed"]
        state = "failed" if self._error else ("stopped" if is_over else "running")
        self._note_progress()
        said = (state, *self._at)
        try:
            if self._starts is None:
                stage = self.reader.partition(":")[0]
                self._starts = await self._readers.count_start(stage)
            if said != self._written or is_due:
                await self._readers.write(self.reader, self._status(state))
                self._written = said
            if not self._error:
                await self.history.confirm()
        except BeginAnewError as error:
            # A reader would wait for ever for positions it has seen.
            self.stop(error)
        except LogUnavailableError as error:
            self.logger.warning("server.unreachable", error=str(error))

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


def run_worker(
    worker: str, settings: Settings, make_reader: Callable[[ReaderContext], Reader], *, reader: str
) -> int:
    """Run one worker process until it is asked to stop or must.

    Args:
        worker: As in log lines.
        settings: With a `redis_url`.
        make_reader: Makes the reader of one ledger.
        reader: Name of the reader in statuses.

    Returns:
        The process's exit code.
    """
    set_up_logging(settings.log_level)
    logger = logger_of(worker, ",".join(settings.names))
    try:
        ledgers = [load_ledger(name, config_dir=settings.config_dir) for name in settings.names]
    except LedgerConfigurationError as error:
        logger.error("worker.refused", error=str(error))  # noqa: TRY400  one clear line
        return REFUSED
    if settings.redis_url is None:
        logger.error("worker.refused", error="expected LEDGER_REDIS_URL, found nothing")
        return REFUSED
    for ledger in ledgers:
        if names_past_policy(ledger):
            logger.warning("policy.succeeded", named=ledger.policy_named, policy=ledger.policy)

    async def main() -> int:
        beginnings = Beginnings()
        for _ in range(ANEW_MAX):
            process = ProcessContext(settings, beginnings)
            contexts = [ReaderContext(worker, reader, ledger, process) for ledger in ledgers]
            try:
                exit_code = await _run(
                    contexts, [make_reader(context) for context in contexts], process, logger
                )
            finally:
                await process.close()
            if exit_code != BEGIN_ANEW:
                return exit_code
            await asyncio.sleep(ANEW_PAUSE_SECONDS)
        return FAULT

    return run_event_loop(main())


def subscribe_raw(
    broker: RedisBroker, stream: StreamSub, handle: Callable[[Batch], Coroutine[Any, Any, None]]
) -> None:
    """Call `handle` with every batch of `stream` as it came, unparsed."""
    # FastStream's own parser makes three JSON passes over every batch.
    subscriber = broker.subscriber(
        stream=stream, parser=_raw_batch, decoder=_body_of, ack_policy=AckPolicy.MANUAL
    )
    subscriber(handle)


def freeze_state() -> None:
    """Exempt everything alive now, code and accumulated state, from garbage collection for good.

    What a batch adds to a worker's state stays alive and holds no cycles: collecting it found nothing and
    took a tenth of reconciliation's time. Reference counting frees what is removed.
    """
    gc.freeze()


class ProcessContext:
    """What the readers of one process share: its connections, and the reason it ends.

    Attributes:
        beginnings: What its readers saw before they began anew.
        answer_seconds: How long an answer may take.
    """

    def __init__(self, settings: Settings, beginnings: Beginnings) -> None:
        assert settings.redis_url, "a worker without a server"
        self.settings = settings
        self.beginnings = beginnings
        self.url = settings.redis_url
        self.stopping = asyncio.Event()
        self.exit_code = DONE
        self.answer_seconds = settings.poll_ms / 1_000 + ANSWER_SECONDS
        self.client: Client = connect(
            self.url,
            retry_seconds=settings.retry_seconds,
            pause_seconds=settings.reconnect_seconds,
            answer_seconds=self.answer_seconds,
        )
        self.probe: Client = connect(self.url, retry_seconds=0, answer_seconds=self.answer_seconds)

    def end(self, exit_code: int) -> None:
        """Ask the process to stop; the first exit code counts."""
        if not self.stopping.is_set():
            self.exit_code = exit_code
            self.stopping.set()

    async def close(self) -> None:
        """Close both connections."""
        await self.client.aclose()
        await self.probe.aclose()


def run_event_loop(main: Coroutine[Any, Any, int]) -> int:
    """Run a process's main coroutine on the fastest loop there is; return its exit code."""
    if sys.platform == "win32":
        return asyncio.run(main)
    import uvloop  # noqa: PLC0415  not to be had on Windows

    return uvloop.run(main)


async def _run(
    contexts: Sequence[ReaderContext],
    readers: Sequence[Reader],
    process: ProcessContext,
    logger: FilteringBoundLogger,
) -> int:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, process.end, DONE)
    try:
        durability = await wait_for_server(
            process.probe, process.settings, process.stopping, logger
        )
    except REFUSALS as error:
        logger.error("worker.refused", error=str(error))  # noqa: TRY400  one clear line
        return REFUSED
    except LogUnavailableError as error:
        logger.error("server.unreachable", error=str(error))  # noqa: TRY400  one clear line
        return OUT_OF_REACH
    if durability is None:
        return DONE
    heartbeat = asyncio.create_task(_heartbeat(contexts, process, logger))
    try:
        await _work(contexts, readers, process, logger.bind(durability=durability.kind))
    finally:
        try:
            await end_task(heartbeat)
        finally:
            for context in contexts:
                await context.write_status(is_over=True)
            with suppress(LogUnavailableError):
                await Heartbeats(process.probe).end(socket.gethostname(), os.getpid())
            logger.info("worker.stopped", exit_code=process.exit_code)
    return process.exit_code


async def _work(
    contexts: Sequence[ReaderContext],
    readers: Sequence[Reader],
    process: ProcessContext,
    logger: FilteringBoundLogger,
) -> None:
    broker = _broker(contexts, process)
    app = FastStream(broker, logger=None)
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    opened: list[tuple[ReaderContext, Reader]] = []
    for context, reader in zip(contexts, readers, strict=True):
        if process.stopping.is_set():
            break
        with context.fault_boundary(""):
            if chained := await chain_log(context.client, context.ledger.name):
                context.logger.info("log.chained", events=chained)
            await context.history.compare(
                process.beginnings.take_seen(context.ledger.name), context.reader
            )
            await reader.open()
            reader.subscribe(broker)
            opened.append((context, reader))
    if not process.stopping.is_set():
        with contexts[0].fault_boundary(""):
            await app.start()
            freeze_state()
            logger.info("worker.started", ledgers=[context.ledger.name for context in contexts])
    await process.stopping.wait()
    await app.stop()
    for context, reader in opened:
        if process.exit_code == DONE:
            with context.fault_boundary(context.entry):
                await reader.close()


async def _heartbeat(
    contexts: Sequence[ReaderContext], process: ProcessContext, logger: FilteringBoundLogger
) -> None:
    seconds, heartbeats = 0.0, Heartbeats(process.probe)
    while True:
        for context in contexts:
            await context.write_status(is_due=seconds % REPEAT_SECONDS == 0)
        # The server that is away was logged above.
        with suppress(LogUnavailableError):
            await heartbeats.beat(
                socket.gethostname(), os.getpid(), reading_ms=clock.stopwatch_ms()
            )
        try:
            await mend_restarted(process.probe, process.settings, logger)
        except REFUSALS as error:
            logger.error("worker.refused", error=str(error))  # noqa: TRY400  one clear line
            process.end(REFUSED)
        await asyncio.sleep(STATUS_SECONDS)
        seconds += STATUS_SECONDS
        if process.stopping.is_set():
            return


class _FetchWatch:
    """Takes the place of FastStream's logger: errors end the process, everything else is dropped.

    By itself FastStream would retry for ever, or stop one subscriber and run on without it.
    """

    def __init__(self, contexts: Sequence[ReaderContext]) -> None:
        self._context = contexts[0]

    def log(self, level: int, message: Any, /, *_: Any, **more: Any) -> None:
        error = more.get("exc_info")
        if level < logging.ERROR or self._context.is_stopping:
            return
        if isinstance(error, StreamGroupNotFoundError) or is_group_gone(error):
            error = InboxGoneError(keys_of(self._context.ledger.name).inbox)
        self._context.stop(
            error if isinstance(error, BaseException) else AssertionError(str(message))
        )


def _broker(contexts: Sequence[ReaderContext], process: ProcessContext) -> RedisBroker:
    return broker_for(
        process.url,
        retry_seconds=process.settings.retry_seconds,
        pause_seconds=process.settings.reconnect_seconds,
        answer_seconds=process.answer_seconds,
        apply_types=False,
        logger=_FetchWatch(contexts),
        graceful_timeout=STOP_SECONDS,
    )


async def _raw_batch(message: Any, original: Any) -> Any:
    # FastStream's parser makes the envelope; the entries bypass it.
    parsed = await original({**message, "data": []})
    parsed.raw_message = message
    parsed.body = Batch(message["message_ids"], message["data"])
    return parsed


async def _body_of(message: Any) -> Batch:
    body: Batch = message.body
    return body
