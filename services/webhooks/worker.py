"""The webhook worker: it sends changed figures to those who asked for them, each endpoint at its own pace.

Everything it goes by is on the server: who wants what, how far each endpoint is, and when one is due to be tried
again. It may be killed and started at any time, elsewhere too. Of several such workers on one ledger, one
delivers.
"""

import asyncio
import os
import socket
from collections.abc import Mapping
from contextlib import suppress

from faststream.redis import RedisBroker

from schemas.webhook import StoredWebhook
from services.eventlog.changes import ChangeFeed
from services.eventlog.credentials import KeyStore
from services.eventlog.leases import Leases
from services.eventlog.readers import Readers
from services.eventlog.redis_log import RedisEventLog
from services.eventlog.webhooks import WebhookStore
from services.fetching.posting import Poster
from services.projection.store import ViewStore
from services.runtime import clock
from services.runtime.ending import end_task
from services.runtime.optional import MissingExtraError
from services.runtime.reader_context import REFUSED, ReaderContext
from services.runtime.settings import Settings
from services.runtime.telemetry import logger_of, set_up_logging
from services.runtime.worker import run_worker
from services.webhooks.endpoint import Endpoint, LedgerSources
from services.webhooks.managing import limits_of_webhooks


STAGE = "webhooks"
#: How often it is looked who wants what, in seconds.
LOOK_SECONDS = 1.0
#: How long a request under way may take to end once the worker has to stop, in seconds.
END_SECONDS = 5.0


def run(settings: Settings) -> int:
    """Deliver until asked to stop; return the exit code."""
    name = f"{socket.gethostname()}-{os.getpid()}"
    try:
        poster = Poster(limits_of_webhooks(settings))
    except MissingExtraError as error:
        set_up_logging(settings.log_level)
        logger_of(STAGE, ",".join(settings.names)).error("worker.refused", error=str(error))
        return REFUSED
    return run_worker(
        STAGE,
        settings,
        lambda context: WebhookDelivery(context, name, poster),
        reader=f"{STAGE}:{name}",
    )


class WebhookDelivery:
    """Delivers one ledger's changes."""

    def __init__(self, context: ReaderContext, name: str, poster: Poster) -> None:
        self._context, self._name = context, name
        ledger, client = context.ledger.name, context.client
        self._leases = Leases(client, STAGE, name)
        self._readers = Readers(client, ledger)
        self._keys = KeyStore(client)
        self._store = WebhookStore(client, ledger)
        self._sources = LedgerSources(
            ChangeFeed(client, ledger),
            ViewStore(client, ledger),
            RedisEventLog(client, ledger, sealed=context.settings.segments_of(ledger)),
            self._store,
            poster,
            context.settings,
            context.logger,
        )
        self._endpoints: dict[str, Endpoint] = {}
        self._deliveries: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Forget what workers long gone said."""
        await self._readers.forget_old(f"{STAGE}:", clock.now())

    def subscribe(self, _broker: RedisBroker) -> None:
        """Begin to look who wants what; the feed is read by each endpoint from where it is."""
        self._looking = asyncio.create_task(self._look())
        self._listening = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Let requests under way end, for a moment, and go."""
        self._ring()
        for task in (self._looking, self._listening):
            if task is not None:
                await end_task(task)
        if self._deliveries:
            await asyncio.wait(self._deliveries.values(), timeout=END_SECONDS)
        for delivery in self._deliveries.values():
            await end_task(delivery)
        if not self._context.settings.is_sharing:
            await self._leases.give_back([self._context.ledger.name])

    async def _look(self) -> None:
        """Look again and again who wants what, as long as this worker is the one that delivers."""
        while not self._context.is_stopping:
            with self._context.fault_boundary("webhooks"):
                if await self._is_ours():
                    await self._take_over(await self._store.read())
                else:
                    await self._end({})
            await self._context.sleep(LOOK_SECONDS)

    async def _is_ours(self) -> bool:
        """Return whether this worker delivers; one that died leaves it to the next at once."""
        settings, ledger = self._context.settings, self._context.ledger.name
        if settings.is_sharing:
            return True
        holder = (await self._leases.take({ledger: ""}))[ledger]
        if holder != self._name and f"{STAGE}:{holder}" not in await self._readers.running():
            holder = (await self._leases.take({ledger: holder}))[ledger]
        return holder == self._name

    async def _take_over(self, webhooks: Mapping[str, StoredWebhook]) -> None:
        """Begin and end deliveries so that they are those of some webhooks."""
        await self._end(webhooks)
        states = await self._store.states()
        if ended := [one for one in states if one not in webhooks]:
            await self._store.forget_states(ended)
        if not webhooks:
            return
        keys = await self._keys.all()
        for name, webhook in webhooks.items():
            if name not in self._endpoints:
                endpoint = Endpoint(webhook, states.get(name), self._sources)
                self._endpoints[name] = endpoint
                self._deliveries[name] = asyncio.create_task(self._deliver(name, endpoint))
            endpoint = self._endpoints[name]
            if endpoint.webhook != webhook:
                endpoint.take_over(webhook)
                self._ring()
            if webhook.key is not None and webhook.key not in keys:
                await endpoint.stop("the API key that added it was revoked")

    async def _end(self, kept: Mapping[str, StoredWebhook]) -> None:
        """End deliveries but those of some webhooks."""
        for gone in [one for one in self._deliveries if one not in kept]:
            del self._endpoints[gone]
            await end_task(self._deliveries.pop(gone))

    async def _deliver(self, name: str, endpoint: Endpoint) -> None:
        context = self._context
        while not context.is_stopping:
            changed = self._changed
            seconds: float | None = None
            with context.fault_boundary(name, concurrent=True):
                seconds = await endpoint.step()
                context.handled += seconds == 0
            if seconds != 0:
                # Changes that are not due yet wait for their time; those that are not there, for the feed.
                pause = self._context.settings.poll_ms / 1_000 if seconds is None else seconds
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), min(pause, LOOK_SECONDS))

    async def _listen(self) -> None:
        """Wake deliveries when the feed goes on."""
        changes = self._sources.changes
        last = None
        while not self._context.is_stopping:
            with self._context.fault_boundary("changes"):
                last = last or (await changes.held()).last
                found = await changes.wait(
                    after=last, limit=1_000, wait_ms=self._context.settings.poll_ms
                )
                if found:
                    last = found[-1].id
                    self._ring()

    def _ring(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
