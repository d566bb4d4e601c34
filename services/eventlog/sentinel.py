"""The client of a service that Sentinels watch: it speaks with whichever server is the primary.

Which one that is, the Sentinels are asked whenever a connection is opened. redis-py asks when a connection
is taken out of its pool, and would repeat a command to the address of a primary that is gone for as long
as it may retry; so connections here ask before each try.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from typing_extensions import override

from services.eventlog.address import Address
from services.eventlog.following import (
    Follows,
    encrypted,
    options_to_ask,
    options_to_data,
    said_together,
)


#: How often the Sentinels are asked whether a server spoken with is the primary still, in seconds, and when
#: again after none of them answered.
LOOK_SECONDS, LOOK_LATER_SECONDS = 1.0, 10.0


class ServiceUnknownError(RedisConnectionError):
    """No Sentinel knows a primary of the service.

    Attributes:
        is_answered: Whether any Sentinel said so: it may know more in a moment.
    """

    def __init__(self, message: str, *, is_answered: bool) -> None:
        super().__init__(message)
        self.is_answered = is_answered


class Sentinels(Sentinel):
    """The Sentinels of an address; says in words what they do not know."""

    @override
    async def discover_master(self, service_name: str) -> Any:
        try:
            return await super().discover_master(service_name)
        except RedisConnectionError as error:
            raise await self._ignorance(service_name) from error

    async def _ignorance(self, service: str) -> ServiceUnknownError:
        """Return why no primary was found: what each Sentinel says."""
        said: list[tuple[str, str]] = []
        known: set[str] = set()
        is_answered = False
        for sentinel in self.sentinels:
            place = "{host}:{port}".format_map(sentinel.connection_pool.connection_kwargs)
            try:
                masters: Any = await sentinel.sentinel_masters()
            except RedisError as error:
                said.append((place, str(error)))
                continue
            is_answered = True
            known |= set(masters)
            state = masters.get(service)
            down = f"the primary {state['ip']}:{state['port']} is held for down" if state else ""
            said.append((place, down or "no such service is known"))
        others = f"; services known: {', '.join(sorted(known))}" if known - {service} else ""
        return ServiceUnknownError(
            f"expected Sentinels that know a primary of service {service!r}, found none: "
            f"{said_together(said)}{others}",
            is_answered=is_answered,
        )


class FollowsPrimary(Follows):
    """A connection to the primary: of the moment at which it is opened, and of every second afterwards.

    A primary that others cannot reach goes on answering those who can, while another one takes its place.
    """

    @override
    async def find(self) -> tuple[str, int]:
        host, port = await self.connection_pool.get_master_address()
        return host, port

    @override
    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        if self.is_connected and not await self._is_to_primary():
            await self.disconnect()
            # As if it had been cut: whoever watches keys has to know.
            raise RedisConnectionError(f"{self.host}:{self.port} is no longer the primary")
        await super().send_packed_command(command, check_health)

    async def _is_to_primary(self) -> bool:
        """Return whether the Sentinels name this server, as far as they were asked within the second."""
        pool, now = self.connection_pool, asyncio.get_running_loop().time()
        if now >= getattr(pool, "look_at", 0.0):
            pool.look_at = now + LOOK_SECONDS
            try:
                await pool.get_master_address()
            except RedisError as error:
                # Where nobody knows better, the server that answers is the one to speak with. Sentinels that
                # hold it for down are about to name another one.
                if not (isinstance(error, ServiceUnknownError) and error.is_answered):
                    pool.look_at = now + LOOK_LATER_SECONDS
        return bool(pool.master_address == (self.host, self.port))


class _BoundedPool(SentinelConnectionPool, BlockingConnectionPool):
    """A pool of which a connection is waited for."""


class SentinelClient(Redis):
    """A client of the primary of a service; closing it closes its connections to Sentinels too."""

    @override
    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await super().aclose(close_connection_pool)
        pool: Any = self.connection_pool
        await pool.sentinel_manager.aclose()


def sentinel_client(
    address: Address,
    options: Mapping[str, Any],
    *,
    connections_max: int | None,
    answer_seconds: float,
) -> Any:
    """Make a client of the primary of a service."""
    parts = sentinel_parts(address, options)
    make: Any = Sentinels
    manager = make(
        address.hosts, sentinel_kwargs=parts["sentinel_kwargs"], **parts["connection_kwargs"]
    )
    if connections_max is None:
        return manager.master_for(address.service, redis_class=SentinelClient)
    return manager.master_for(
        address.service,
        redis_class=SentinelClient,
        connection_pool_class=_BoundedPool,
        max_connections=connections_max,
        timeout=answer_seconds,
    )


def sentinel_parts(address: Address, options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the options of connections to the primary, and of those to Sentinels."""
    of_primary = options_to_data(address, options)
    of_sentinels = {
        **options_to_ask(address, of_primary),
        "username": address.sentinel_user,
        "password": address.sentinel_password,
    }
    of_primary["connection_class"] = (
        encrypted(FollowsPrimary) if address.is_encrypted else FollowsPrimary
    )
    return {"connection_kwargs": of_primary, "sentinel_kwargs": of_sentinels}
