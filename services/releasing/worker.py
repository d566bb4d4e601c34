"""The releasing worker: it builds a release of each ledger every few days, and keeps it.

Which days have one is what lies in the directory, so that it may be killed and started at any time. A release is
built only when something was recorded since the last one.
"""

import asyncio
from datetime import timedelta
from importlib.metadata import metadata

from faststream.redis import RedisBroker

from services.eventlog.redis_log import RedisEventLog
from services.projection.store import ViewStore
from services.release.content import live_content
from services.release.directory import PlaceError
from services.release.kept import KeptReleases
from services.release.parquet import OutOfRangeError
from services.runtime import clock
from services.runtime.ending import end_task
from services.runtime.optional import MissingExtraError, optional
from services.runtime.reader_context import REFUSED, ReaderContext
from services.runtime.settings import Settings
from services.runtime.telemetry import logger_of, set_up_logging
from services.runtime.worker import run_worker


STAGE = "releasing"
#: Pause between two looks whether a release is due, in seconds.
LOOK_SECONDS = 60.0
#: The project, as its metadata calls it.
PROJECT = "exchange-ledger"


def run(settings: Settings) -> int:
    """Build releases until asked to stop; return the exit code."""
    try:
        optional("pyarrow", extra="parquet")
    except MissingExtraError as error:
        set_up_logging(settings.log_level)
        logger_of(STAGE, ",".join(settings.names)).error("worker.refused", error=str(error))
        return REFUSED
    return run_worker(STAGE, settings, Releasing, reader=STAGE)


class Releasing:
    """Builds one ledger's releases."""

    def __init__(self, context: ReaderContext) -> None:
        self._context = context
        name, settings = context.ledger.name, context.settings
        self._kept = KeptReleases(settings.releases_of(name), name)
        self._views = ViewStore(context.client, name)
        self._log = RedisEventLog(context.client, name, sealed=settings.segments_of(name))
        self._building: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Do nothing: what is there lies in the directory."""

    def subscribe(self, _broker: RedisBroker) -> None:
        """Begin to look whether a release is due."""
        self._building = asyncio.create_task(self._build_again_and_again())

    async def close(self) -> None:
        """End; what is being built is not kept."""
        if self._building is not None:
            await end_task(self._building)

    async def _build_again_and_again(self) -> None:
        while not self._context.is_stopping:
            with self._context.fault_boundary("release"):
                await self._build_if_due()
            await self._context.sleep(LOOK_SECONDS)

    async def _build_if_due(self) -> None:
        context, today = self._context, clock.now().date()
        newest = next(iter(self._kept.all()), None)
        every = timedelta(days=context.settings.release_days)
        shown = await self._views.position() or 0
        if newest is not None and (today - newest.day < every or shown <= newest.position):
            return
        if not shown:
            return
        began = clock.stopwatch_ms()
        content = await live_content(self._views, self._log, configuration=context.ledger)
        try:
            made = await self._kept.build(
                content,
                day=today,
                authors=[str(metadata(PROJECT)["Author"])],
                origin=context.settings.public_url,
            )
        except (PlaceError, OutOfRangeError) as error:
            context.logger.warning("release.refused", error=str(error))
            return
        context.handled += 1
        context.position = made.position
        context.logger.info(
            "release.built",
            day=made.day.isoformat(),
            version=made.version,
            digest=made.sha256,
            took_ms=round(clock.stopwatch_ms(began), 1),
        )
