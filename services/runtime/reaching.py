"""How a worker comes to its server: it waits until it answers, refuses a lossy one, and has its file mended.

A server that is started again while workers run is looked at as well, with each heartbeat.
"""

import asyncio
from contextlib import suppress

from structlog.typing import FilteringBoundLogger

from services.eventlog.connection import (
    Client,
    Durability,
    LossyServerError,
    WrongServerError,
    refuse_lossy,
)
from services.eventlog.port import LogUnavailableError
from services.eventlog.rewriting import (
    Rewrite,
    UnmendedServerError,
    ask_for_rewrite,
    rewrite_after_start,
)
from services.runtime import clock
from services.runtime.settings import Settings


#: What a worker refuses to work with.
REFUSALS = (LossyServerError, UnmendedServerError, WrongServerError)
#: First pause between two tries to reach the server at start, in seconds.
FIRST_PAUSE_SECONDS = 0.1


async def wait_for_server(
    client: Client, settings: Settings, stopping: asyncio.Event, logger: FilteringBoundLogger
) -> Durability | None:
    """Return the server's durability as soon as it is fit for work; null if asked to stop before.

    Raises:
        LossyServerError: It may lose what it acknowledged.
        WrongServerError: It is a replica, or one node of a cluster.
        UnmendedServerError: Its file has to be rewritten first, and may not be.
        LogUnavailableError: It could not be reached for too long.
    """
    waited, pause = 0.0, FIRST_PAUSE_SECONDS
    while not stopping.is_set():
        try:
            durability = await refuse_lossy(client, allow_lossy=settings.allow_lossy)
            await _mend_at_start(client, settings, logger)
        except LogUnavailableError as error:
            if waited >= settings.retry_seconds:
                raise
            logger.warning("server.unreachable", error=str(error), retry_in_seconds=pause)
        else:
            return durability
        started = clock.stopwatch_ms()
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), pause)
        waited += clock.stopwatch_ms(started) / 1000
        pause = min(2 * pause, settings.reconnect_seconds)
    return None


async def _mend_at_start(client: Client, settings: Settings, logger: FilteringBoundLogger) -> None:
    try:
        if await rewrite_after_start(client):
            logger.info("server.file_rewritten")
    except UnmendedServerError as error:
        if not settings.allow_lossy:
            raise
        logger.warning("server.unmended", error=str(error))


async def mend_restarted(client: Client, settings: Settings, logger: FilteringBoundLogger) -> None:
    """Have a server's file rewritten if it was started again since; do not wait for the end.

    Raises:
        UnmendedServerError: It may not be.
    """
    try:
        # Away or full: another look will tell.
        with suppress(LogUnavailableError):
            if await ask_for_rewrite(client) is Rewrite.ASKED:
                logger.info("server.file_rewritten")
    except UnmendedServerError:
        if not settings.allow_lossy:
            raise
