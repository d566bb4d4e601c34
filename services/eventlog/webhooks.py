"""The store of webhooks: two hashes a ledger, on the same server as its log.

What owners say holds secrets, so that it lies outside of what every part of a ledger may read; how delivery goes
lies among the ledger's own keys. Each has one writer: owners, and the worker that delivers.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from redis.exceptions import RedisError

from schemas.webhook import DeliveryState, StoredWebhook
from services.eventlog.connection import Client, write_refused
from services.eventlog.keys import webhook_keys_of
from services.eventlog.port import LogUnavailableError


class KnownWebhook(NamedTuple):
    """A webhook, and how its delivery goes; null before the first look of a worker."""

    webhook: StoredWebhook
    state: DeliveryState | None


class WebhookStore:
    """The webhooks of one ledger."""

    def __init__(self, client: Client, ledger: str) -> None:
        self._client = client
        self._keys = webhook_keys_of(ledger)

    async def write(self, webhook: StoredWebhook) -> None:
        """Store a webhook, or what its owner changed of it.

        Raises:
            LogUnavailableError: The server could not be reached, or has no room.
        """
        try:
            await self._client.hset(self._keys.webhooks, webhook.id, webhook.model_dump_json())
        except RedisError as error:
            raise write_refused(f"write of {self._keys.webhooks}", error) from error

    async def read(self) -> Mapping[str, StoredWebhook]:
        """Return all webhooks by their ids, the oldest first.

        Raises:
            LogUnavailableError: The server could not be reached.
        """
        try:
            rows: dict[bytes, bytes] = await self._client.hgetall(self._keys.webhooks)
        except RedisError as error:
            raise LogUnavailableError(f"read of {self._keys.webhooks}: {error}") from error
        found = [StoredWebhook.model_validate_json(row) for row in rows.values()]
        return {one.id: one for one in sorted(found, key=lambda one: (one.created_at, one.id))}

    async def known(self) -> list[KnownWebhook]:
        """Return all webhooks with how their delivery goes, the oldest first.

        Raises:
            LogUnavailableError: The server could not be reached.
        """
        webhooks, states = await self.read(), await self.states()
        return [KnownWebhook(one, states.get(one.id)) for one in webhooks.values()]

    async def remove(self, webhook_id: str) -> bool:
        """Remove a webhook with its secret; return whether there was one.

        Raises:
            LogUnavailableError: The server could not be reached.
        """
        try:
            return bool(await self._client.hdel(self._keys.webhooks, webhook_id))
        except RedisError as error:
            raise write_refused(f"write of {self._keys.webhooks}", error) from error

    async def states(self) -> Mapping[str, DeliveryState]:
        """Return how delivery goes, by the webhooks' ids.

        Raises:
            LogUnavailableError: The server could not be reached.
        """
        try:
            rows: dict[bytes, bytes] = await self._client.hgetall(self._keys.states)
        except RedisError as error:
            raise LogUnavailableError(f"read of {self._keys.states}: {error}") from error
        return states_of(rows)

    async def write_state(self, webhook_id: str, state: DeliveryState) -> None:
        """Store how the delivery to an endpoint goes.

        Raises:
            LogUnavailableError: The server could not be reached, or has no room.
        """
        try:
            await self._client.hset(self._keys.states, webhook_id, state.model_dump_json())
        except RedisError as error:
            raise write_refused(f"write of {self._keys.states}", error) from error

    async def forget_states(self, webhook_ids: Sequence[str]) -> None:
        """Remove what is known of endpoints that are no more.

        Raises:
            LogUnavailableError: The server could not be reached.
        """
        try:
            await self._client.hdel(self._keys.states, *webhook_ids)
        except RedisError as error:
            raise write_refused(f"write of {self._keys.states}", error) from error


def states_of(rows: Mapping[bytes, bytes]) -> dict[str, DeliveryState]:
    """Read how delivery goes as the server gives it, by the webhooks' ids."""
    return {name.decode(): DeliveryState.model_validate_json(row) for name, row in rows.items()}
