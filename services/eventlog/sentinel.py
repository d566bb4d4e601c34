"""The client of a service that Sentinels watch: it speaks with whichever server is the primary.

Which one that is, the Sentinels are asked whenever a connection is opened. redis-py asks when a connection
is taken out of its pool, and would repeat a command to the address of a primary that is gone for as long
as it may retry; so connections here ask before each try.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import (
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from typing_extensions import override

from services.eventlog.address import Address
from services.eventlog.driver import PacksQuickly, understood


#: How long a Sentinel may take to answer, in seconds: another one is asked afterwards.
SENTINEL_SECONDS = 1.0


#: How often the Sentinels are asked whether a server spoken with is the primary still, in seconds, and when
#: again after none of them answered.
LOOK_SECONDS, LOOK_LATER_SECONDS = 1.0, 10.0


class ServiceUnknownError(RedisConnectionError):
    """No Sentinel knows a primary of the service."""


class Sentinels(Sentinel):
    """The Sentinels of an address; says in words what they do not know."""

    @override
    async def discover_master(self, service_name: str) -> Any:
        try:
            return await super().discover_master(service_name)
        except RedisConnectionError as error:
            raise ServiceUnknownError(await self._ignorance(service_name)) from error

    async def _ignorance(self, service: str) -> str:
        """Return why no primary was found: what each Sentinel says."""
        said: list[str] = []
        known: set[str] = set()
        for sentinel in self.sentinels:
            place = "{host}:{port}".format_map(sentinel.connection_pool.connection_kwargs)
            try:
                masters: Any = await sentinel.sentinel_masters()
            except RedisError as error:
                said.append(f"{place} {error}")
                continue
            known |= set(masters)
            state = masters.get(service)
            said.append(
                f"{place} holds it for down ({state['ip']}:{state['port']})"
                if state
                else f"{place} knows no such service"
            )
        others = f"; services known: {', '.join(sorted(known))}" if known - {service} else ""
        return f"expected a primary of service {service!r}, found none: {', '.join(said)}{others}"


class FollowsPrimary(SentinelManagedConnection):
    """A connection to the primary: of the moment at which it is opened, and of every second afterwards.

    A primary that others cannot reach goes on answering those who can, while another one takes its place.
    """

    @override
    async def connect(self) -> None:
        await self.retry.call_with_retry(self.connect_check_health, self._failed)

    @override
    async def connect_check_health(
        self, check_health: bool = True, retry_socket_connect: bool = True
    ) -> None:
        if not self.is_connected:
            self.host, self.port = await self.connection_pool.get_master_address()
        # A try that failed is repeated where the Sentinels are asked again.
        await super().connect_check_health(check_health=check_health, retry_socket_connect=False)

    @override
    async def read_response(self, *arguments: Any, **options: Any) -> Any:
        try:
            return await super().read_response(*arguments, **options)
        except ResponseError as error:
            meant = understood(error)
            if not isinstance(meant, RedisConnectionError):
                raise
            # What was the primary is a replica now.
            await self.disconnect()
            raise meant from error

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
            except RedisError:
                # Where nobody knows better, the server that answers is the one to speak with.
                pool.look_at = now + LOOK_LATER_SECONDS
        return bool(pool.master_address == (self.host, self.port))

    async def _failed(self, _error: Exception) -> None:
        await self.disconnect()


class FollowsPrimaryEncrypted(FollowsPrimary, SentinelManagedSSLConnection):
    """The same behind TLS."""


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
    of_primary = {**parse_url(address.url), **options}
    for name in ("host", "port"):
        of_primary.pop(name, None)
    follows = FollowsPrimaryEncrypted if address.is_encrypted else FollowsPrimary
    of_primary["connection_class"] = type(follows.__name__, (PacksQuickly, follows), {})
    of_sentinels: dict[str, Any] = {
        name: value for name, value in of_primary.items() if name.startswith("ssl_")
    }
    of_sentinels |= {
        "username": address.sentinel_user,
        "password": address.sentinel_password,
        "socket_timeout": SENTINEL_SECONDS,
        "socket_connect_timeout": SENTINEL_SECONDS,
        "ssl": address.is_encrypted,
        "retry": Retry(NoBackoff(), 0),
    }
    return {"connection_kwargs": of_primary, "sentinel_kwargs": of_sentinels}
