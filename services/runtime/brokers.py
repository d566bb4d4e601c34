"""FastStream's broker for each kind of address: one server, a service that Sentinels watch, or a cluster."""

from typing import Any, ClassVar

from faststream.redis import RedisBroker
from faststream.redis.broker.sentinel_broker import RedisSentinelBroker
from faststream.redis.configs.state import RedisConnectionState
from typing_extensions import override

from services.eventlog.address import Address, Kind, read_address
from services.eventlog.cluster import cluster_client
from services.eventlog.driver import connection_options
from services.eventlog.sentinel import sentinel_parts


class _GivenState(RedisConnectionState):
    """Has FastStream use a client that there is already, and that others go on using."""

    __slots__ = ()

    def __init__(self, client: Any) -> None:
        super().__init__()
        self._client = client
        self._connected = True

    @override
    async def connect(self) -> Any:
        return self._client

    @override
    async def disconnect(self) -> None:
        pass


class _GivenBroker(RedisBroker):
    """Reads through a client that there is already."""

    _EXTRA_NON_CONNECTION_PARAMS: ClassVar = frozenset(("given_client",))

    @override
    def _make_connection_state(
        self, connection_options: dict[str, Any], kwargs: dict[str, Any]
    ) -> Any:
        return _GivenState(kwargs["given_client"])


def broker_over(client: Any, **more: Any) -> RedisBroker:
    """Return a broker that reads over the connections of a client."""
    more["given_client"] = client
    return _GivenBroker(**more)


class _ClusterState(RedisConnectionState):
    """Connects FastStream by our own client of a cluster."""

    __slots__ = ("_address",)

    def __init__(self, address: Address, options: dict[str, Any]) -> None:
        super().__init__(options)
        self._address = address

    @override
    async def connect(self) -> Any:
        if self._client is None:
            self._client = cluster_client(self._address, self._options)
            self._connected = True
        return self._client


class _ClusterBroker(RedisBroker):
    """Reads through our own client of a cluster, where FastStream's broker of one reads through redis-py's."""

    _EXTRA_NON_CONNECTION_PARAMS: ClassVar = frozenset(("client_options", "cluster"))

    @override
    def _make_connection_state(
        self, connection_options: dict[str, Any], kwargs: dict[str, Any]
    ) -> Any:
        return _ClusterState(kwargs["cluster"], kwargs["client_options"])


def broker_for(
    url: str,
    *,
    retry_seconds: float,
    pause_seconds: float,
    answer_seconds: float,
    **more: Any,
) -> RedisBroker:
    """Return the broker of an address, with the timeouts and retries of our own connections.

    Args:
        url: The address.
        retry_seconds: How long a lost connection is retried.
        pause_seconds: Longest pause between two tries.
        answer_seconds: How long an answer may take.
        more: What else the broker is given.
    """
    # FastStream passes connection options on without naming all of them in its types.
    options: dict[str, Any] = connection_options(
        retry_seconds=retry_seconds, pause_seconds=pause_seconds, answer_seconds=answer_seconds
    )
    address = read_address(url)
    if address.kind is Kind.SENTINEL:
        parts = sentinel_parts(address, options)
        return RedisSentinelBroker(
            address.url,
            sentinels=list(address.hosts),
            sentinel_master_name=address.service,
            sentinel_kwargs=parts["sentinel_kwargs"],
            **parts["connection_kwargs"],
            **more,
        )
    if address.kind is Kind.CLUSTER:
        more |= {"client_options": options, "cluster": address}
        return _ClusterBroker(address.url, **more)
    return RedisBroker(url, **options, **more)
