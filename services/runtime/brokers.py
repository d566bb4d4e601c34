"""FastStream's broker for each kind of address: one server, a service that Sentinels watch, or a cluster."""

from typing import Any

from faststream.redis import RedisBroker
from faststream.redis.broker.sentinel_broker import RedisSentinelBroker

from services.eventlog.address import Kind, read_address
from services.eventlog.driver import connection_options
from services.eventlog.sentinel import sentinel_parts


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
    return RedisBroker(url, **options, **more)
