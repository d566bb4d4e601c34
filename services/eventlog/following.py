"""Connections that are told where to go each time they are opened, because the server to speak with may change."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from redis.asyncio.connection import Connection, SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from typing_extensions import override

from services.eventlog.address import Address
from services.eventlog.driver import PacksQuickly, understood


#: How long a Sentinel, or a node of a cluster, may take to say where the primary is, in seconds: another one
#: is asked afterwards.
ASKING_SECONDS = 1.0


def said_together(said: Iterable[tuple[str, str]]) -> str:
    """Return what each of several servers said, those that say the same together.

    Args:
        said: Each server's address, and what it said, which may hold the address.

    >>> said_together([("a:1", "wrong password."), ("b:1", "no way to b:1"), ("c:1", "wrong password.")])
    'a:1, c:1: wrong password; b:1: no way to it'
    """
    places: dict[str, list[str]] = {}
    for place, text in said:
        places.setdefault(text.replace(place, "it").rstrip(". "), []).append(place)
    return "; ".join(f"{', '.join(sorted(found))}: {text}" for text, found in places.items())


class Follows(PacksQuickly, Connection):
    """A connection that asks before each try to open it where it leads.

    redis-py's own connections are opened again to the same address for as long as they may retry.
    """

    def __init__(self, *, connection_pool: Any, **options: Any) -> None:
        self.connection_pool = connection_pool
        super().__init__(**options)

    @abstractmethod
    async def find(self) -> tuple[str, int]:
        """Return the host and port of the server to speak with."""

    @override
    async def connect(self) -> None:
        await self.retry.call_with_retry(self.connect_check_health, self._failed)

    @override
    async def connect_check_health(
        self, check_health: bool = True, retry_socket_connect: bool = True
    ) -> None:
        if not self.is_connected:
            self.host, self.port = await self.find()
        # A try that failed is repeated where it is asked again.
        await super().connect_check_health(check_health=check_health, retry_socket_connect=False)

    @override
    async def read_response(self, *arguments: Any, **options: Any) -> Any:
        try:
            return await super().read_response(*arguments, **options)
        except ResponseError as error:
            meant = self.meaning(error)
            if meant is error:
                raise
            if isinstance(meant, RedisConnectionError):
                # The server is no longer the one to speak with.
                await self.disconnect()
            raise meant from error

    def meaning(self, error: ResponseError) -> Exception:
        """Return what a refusal means; a lost connection where another server is to be spoken with."""
        return understood(error)

    async def _failed(self, _error: Exception) -> None:
        await self.disconnect()


def encrypted(connection: type) -> type:
    """Return the same class of connections behind TLS."""
    return type(f"{connection.__name__}Encrypted", (connection, SSLConnection), {})


def options_to_data(address: Address, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of connections to those who hold the data, without where they are."""
    found = {**parse_url(address.url), **options}
    for name in ("host", "port", "connection_class"):
        found.pop(name, None)
    return found


def options_to_ask(address: Address, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of connections over which it is asked where the primary is."""
    encryption = {name: value for name, value in options.items() if name.startswith("ssl_")}
    return {
        **encryption,
        "socket_timeout": ASKING_SECONDS,
        "socket_connect_timeout": ASKING_SECONDS,
        "ssl": address.is_encrypted,
        "retry": Retry(NoBackoff(), 0),
    }
