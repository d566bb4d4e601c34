"""What every worker process does around its readers: connect, run, stop, and write its status.

One process serves one kind of reader, on one or several ledgers. It ends in one of four ways: asked
to (exit code 0), a fault of ours (1), a server or configuration it must refuse (2), a server out of
reach for too long (3). A fault stops the process at the entry where it showed, before any other entry
is handled. FastStream would log an exception and go on with the next batch, so none reaches it.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from faststream import FastStream
from faststream.redis import RedisBroker
from structlog.typing import FilteringBoundLogger

from schemas.ledger import LedgerConfiguration
from services.eventlog.port import LogUnavailableError
from services.eventlog.readers import REPEAT_SECONDS, Heartbeats
from services.ledgers import LedgerConfigurationError, load_ledger, names_past_policy
from services.runtime import clock
from services.runtime.beginnings import Beginnings
from services.runtime.brokers import broker_for
from services.runtime.collecting import GARBAGE_THRESHOLDS, freeze_state
from services.runtime.ending import end_task
from services.runtime.leasing import LeasedWorker
from services.runtime.reaching import REFUSALS, mend_restarted, wait_for_server
from services.runtime.reader_context import (
    ANEW_PAUSE_SECONDS,
    BEGIN_ANEW,
    DONE,
    FAULT,
    OUT_OF_REACH,
    REFUSED,
    STATUS_SECONDS,
    STOP_SECONDS,
    ProcessContext,
    Reader,
    ReaderContext,
    open_reader,
)
from services.runtime.settings import Settings
from services.runtime.subscribing import FetchWatch, start_reading
from services.runtime.telemetry import logger_of, set_up_logging
from services.runtime.tracing import TracingUnavailableError, tracing_of


#: How often readers may have to be made anew.
ANEW_MAX = 100


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
    logger = logger_of(worker, ",".join(settings.patterns))
    try:
        ledgers = [load_ledger(name, config_dir=settings.config_dir) for name in settings.names]
        tracing = tracing_of(settings.otlp_endpoint, worker)
    except (LedgerConfigurationError, TracingUnavailableError) as error:
        logger.error("worker.refused", error=str(error))  # noqa: TRY400  one clear line
        return REFUSED
    if settings.redis_url is None:
        logger.error("worker.refused", error="expected LEDGER_REDIS_URL, found nothing")
        return REFUSED
    _tell_past_policies(ledgers, logger)
    if settings.is_sharing:
        # Looked at for their faults; each one is read again when it is served.
        ledgers.clear()

    async def main() -> int:
        beginnings = Beginnings()
        if settings.is_sharing:
            process = ProcessContext(settings, beginnings)
            leased = LeasedWorker(process, worker, make_reader, reader=reader, logger=logger)
            return await _run(process, logger, leased.serve)
        for _ in range(ANEW_MAX):
            process = ProcessContext(settings, beginnings)
            contexts = [ReaderContext(worker, reader, ledger, process) for ledger in ledgers]
            readers = [make_reader(context) for context in contexts]
            exit_code = await _run(process, logger, partial(_serve, contexts, readers, process))
            if exit_code != BEGIN_ANEW:
                return exit_code
            await asyncio.sleep(ANEW_PAUSE_SECONDS)
        return FAULT

    try:
        return run_event_loop(main())
    finally:
        if tracing is not None:
            tracing.close()


def _tell_past_policies(
    ledgers: Sequence[LedgerConfiguration], logger: FilteringBoundLogger
) -> None:
    for ledger in ledgers:
        if names_past_policy(ledger):
            logger.warning("policy.succeeded", named=ledger.policy_named, policy=ledger.policy)


def run_event_loop(main: Coroutine[Any, Any, int]) -> int:
    """Run a process's main coroutine on the fastest loop there is; return its exit code."""
    if sys.platform == "win32":
        return asyncio.run(main)
    import uvloop  # noqa: PLC0415  not to be had on Windows

    return uvloop.run(main)


async def _run(
    process: ProcessContext,
    logger: FilteringBoundLogger,
    serve: Callable[[FilteringBoundLogger], Awaitable[None]],
) -> int:
    """Serve as soon as the server is fit for work, and until asked to stop; return the exit code."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, process.end, DONE)
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    try:
        durability = await wait_for_server(
            process.probe, process.settings, process.stopping, logger
        )
        if durability is not None:
            await serve(logger.bind(durability=durability.kind))
            logger.info("worker.stopped", exit_code=process.exit_code)
    except REFUSALS as error:
        logger.error("worker.refused", error=str(error))  # noqa: TRY400  one clear line
        return REFUSED
    except LogUnavailableError as error:
        logger.error("server.unreachable", error=str(error))  # noqa: TRY400  one clear line
        return OUT_OF_REACH
    finally:
        await process.close()
    return process.exit_code


async def _serve(
    contexts: Sequence[ReaderContext],
    readers: Sequence[Reader],
    process: ProcessContext,
    logger: FilteringBoundLogger,
) -> None:
    heartbeat = asyncio.create_task(_heartbeat(contexts, process, logger))
    try:
        await _work(contexts, readers, process, logger)
    finally:
        try:
            await end_task(heartbeat)
        finally:
            for context in contexts:
                await context.write_status(is_over=True)
            with suppress(LogUnavailableError):
                await Heartbeats(process.probe).end(socket.gethostname(), os.getpid())


async def _work(
    contexts: Sequence[ReaderContext],
    readers: Sequence[Reader],
    process: ProcessContext,
    logger: FilteringBoundLogger,
) -> None:
    broker = _broker(contexts, process)
    app = FastStream(broker, logger=None)
    opened: list[tuple[ReaderContext, Reader]] = []
    for context, reader in zip(contexts, readers, strict=True):
        if process.stopping.is_set():
            break
        with context.fault_boundary(""):
            await open_reader(context, reader, process)
            reader.subscribe(broker)
            opened.append((context, reader))
    if not process.stopping.is_set():
        with contexts[0].fault_boundary(""):
            await start_reading(broker)
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


def _broker(contexts: Sequence[ReaderContext], process: ProcessContext) -> RedisBroker:
    return broker_for(
        process.url,
        retry_seconds=process.settings.retry_seconds,
        pause_seconds=process.settings.reconnect_seconds,
        answer_seconds=process.answer_seconds,
        apply_types=False,
        logger=FetchWatch(contexts[0]),
        graceful_timeout=STOP_SECONDS,
    )
