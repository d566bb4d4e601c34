"""What owners do with webhooks, from the command line and over HTTP: add, pause, resume, ping, change the secret."""

from datetime import timedelta
from secrets import token_bytes, token_hex
from typing import NamedTuple

from schemas.webhook import NewWebhook, StoredWebhook, WebhookRequest, webhook_view
from services.eventlog.changes import ChangeFeed, ChangeId, read_change_id
from services.eventlog.connection import Client
from services.eventlog.webhooks import KnownWebhook, WebhookStore
from services.fetching.posting import Poster, PostLimits
from services.fetching.web import FetchError
from services.projection.store import ViewStore
from services.runtime import clock
from services.runtime.settings import Settings
from services.webhooks.signing import SECRET_BYTES, secret_of


#: Random bytes of a webhook's id.
ID_BYTES = 6
#: How long messages are signed with the former secret too, once there is another.
FORMER_SECRET_FOR = timedelta(days=1)


class WebhookRefusedError(Exception):
    """A webhook cannot be added; the message says what was expected and found."""


class TooManyWebhooksError(WebhookRefusedError):
    """The ledger has as many as it may."""


class Webhooks(NamedTuple):
    """The webhooks of one ledger, as owners look after them."""

    client: Client
    ledger: str
    settings: Settings

    @property
    def store(self) -> WebhookStore:
        """Where they are stored."""
        return WebhookStore(self.client, self.ledger)

    async def add(self, asked: WebhookRequest, *, key: str | None) -> NewWebhook:
        """Add a webhook; its secret is shown this once.

        Args:
            asked: What for.
            key: The id of the API key that asks, null for the command line.

        Raises:
            WebhookRefusedError: Its address cannot or may not be asked, or its place is none of the feed.
            LogUnavailableError: The server could not be reached.
        """
        limit = self.settings.webhooks_max
        if len(await self.store.read()) >= limit:
            raise TooManyWebhooksError(
                f"expected fewer than {limit} webhooks of {self.ledger} (LEDGER_WEBHOOKS_MAX), found as many"
            )
        await self._check(asked.url)
        after, generation = await self._beginning(asked.after)
        webhook = StoredWebhook(
            id=token_hex(ID_BYTES),
            ledger=self.ledger,
            url=asked.url,
            name=asked.name,
            types=asked.types,
            only=asked.only,
            key=key,
            created_at=clock.now(),
            after=after,
            generation=generation,
            secret=secret_of(token_bytes(SECRET_BYTES)),
        )
        await self.store.write(webhook)
        return _with_secret(KnownWebhook(webhook, None))

    async def find(self, webhook_id: str, *, key: str | None) -> KnownWebhook | None:
        """Return a webhook, null if there is none of that id, or it is another key's."""
        found = [one for one in await self.known(key=key) if one.webhook.id == webhook_id]
        return found[0] if found else None

    async def known(self, *, key: str | None) -> list[KnownWebhook]:
        """Return the webhooks that a key added, all of them for the command line; the oldest first."""
        known = await self.store.known()
        return [one for one in known if key is None or one.webhook.key == key]

    async def pause(self, found: KnownWebhook) -> KnownWebhook:
        """Send nothing to an endpoint, until it is resumed; what changes meanwhile is not lost."""
        return await self._write(found, is_paused=True)

    async def resume(self, found: KnownWebhook) -> KnownWebhook:
        """Go on where it was, and try at once what was tried in vain."""
        return await self._write(found, is_paused=False, resumed_at=clock.now())

    async def ping(self, found: KnownWebhook) -> KnownWebhook:
        """Have a message sent that tells nothing."""
        return await self._write(found, pings=found.webhook.pings + 1)

    async def rotate(self, found: KnownWebhook) -> NewWebhook:
        """Make another secret for a webhook; for a day its messages are signed with both."""
        until = clock.now() + FORMER_SECRET_FOR
        return _with_secret(
            await self._write(
                found,
                secret=secret_of(token_bytes(SECRET_BYTES)),
                former_secret=found.webhook.secret,
                former_until=until,
            )
        )

    async def remove(self, found: KnownWebhook) -> None:
        """Remove a webhook, with its secret."""
        await self.store.remove(found.webhook.id)

    async def _write(self, found: KnownWebhook, **changed: object) -> KnownWebhook:
        webhook = found.webhook.model_copy(update=changed)
        await self.store.write(webhook)
        return found._replace(webhook=webhook)

    async def _check(self, url: str) -> None:
        limits = limits_of_webhooks(self.settings)
        try:
            async with Poster(limits) as poster:
                await poster.check(url)
        except FetchError as error:
            raise WebhookRefusedError(f"url: {error}") from None

    async def _beginning(self, stated: str | None) -> tuple[str, str | None]:
        """Return the place where a webhook begins, and the generation of views that its owner can know."""
        held = await ChangeFeed(self.client, self.ledger).held()
        version = await ViewStore(self.client, self.ledger).version()
        shown = ChangeId(version.position if version else 0)
        if stated is None:
            # What is shown now is known to whoever reads it now; only what comes later is news.
            return str(max(held.last, shown)), version.generation if version else None
        after = read_change_id(stated)
        if after is None or after > max(held.last, shown):
            raise WebhookRefusedError(
                f"after: expected a place up to {max(held.last, shown)}, found {stated}"
            )
        return stated, None


def limits_of_webhooks(settings: Settings) -> PostLimits:
    """Return the limits of requests to endpoints that the settings say."""
    return PostLimits(settings.webhook_seconds, settings.webhook_private, "LEDGER_WEBHOOK_PRIVATE")


def _with_secret(known: KnownWebhook) -> NewWebhook:
    shown = webhook_view(known.webhook, known.state).model_dump()
    return NewWebhook(**shown, secret=known.webhook.secret)
