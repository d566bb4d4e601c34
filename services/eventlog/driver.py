"""How redis-py is set up: its timeouts, its retries, and how its connections write.

Retries are bounded in time: afterwards the error is raised as `LogUnavailableError` and the worker
stops. Repeating is safe, because appends are idempotent and acknowledgements are too.
"""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import hiredis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MovedError, OutOfMemoryError, ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from typing_extensions import override


#: First pause between two tries, in seconds.
FIRST_PAUSE_SECONDS = 0.05
#: Bytes taken from a connection at once. An answer of the log is most of a million; at redis-py's 64 KiB
#: reading it took a seventh longer.
READ_BYTES = 1 << 18
#: Bytes of a command's last argument from which on it is written from where it is.
COPIED_BYTES_MAX = 1 << 16
#: Most connections of a client: redis-py's own limit of a hundred is less than a worker of many ledgers uses.
CONNECTIONS_MAX = 65_536
#: How long connecting may take, in seconds.
CONNECT_TIMEOUT_SECONDS = 5.0


class ServerBusyError(ResponseError):
    """The server says that it cannot carry a command out now, and may be able to later."""


class NodeOfClusterError(ResponseError):
    """What was taken for a server of its own is one node of a cluster."""


class ReplicaError(RedisConnectionError):
    """The server takes no writes, because it copies another one."""


NODE_OF_CLUSTER = (
    "expected a server of its own, found one node of a cluster, which holds a part of the keys (name the "
    "cluster: redis+cluster://HOST:PORT,HOST:PORT)"
)
REPLICA = (
    "expected a primary, found a replica, which takes no writes (name its primary, or the Sentinels that "
    "know it: redis+sentinel://HOST:PORT,HOST:PORT/SERVICE)"
)
#: How refusals begin that pass by themselves: no room on the disk, too few replicas connected.
PASSING = ("MISCONF", "NOREPLICAS")


def understood(error: ResponseError) -> Exception:
    """Return what a server's refusal means, where redis-py does not tell it from others."""
    text = str(error)
    if text.startswith(PASSING):
        return ServerBusyError(text)
    if text.startswith("UNBLOCKED"):
        # Said to whoever waits on a primary that is made a replica: another connection leads elsewhere.
        return RedisConnectionError(text)
    if isinstance(error, MovedError):
        return NodeOfClusterError(NODE_OF_CLUSTER)
    if isinstance(error, ReadOnlyError):
        return ReplicaError(REPLICA)
    return error


class _PatientRetry(Retry):
    """Knows what a server refuses for now, which redis-py does not tell from other refusals."""

    @override
    async def call_with_retry(
        self, do: Callable[[], Awaitable[Any]], *arguments: Any, **options: Any
    ) -> Any:
        async def attempt() -> Any:
            try:
                return await do()
            except ResponseError as error:
                meant = understood(error)
                if meant is error:
                    raise
                raise meant from error

        return await super().call_with_retry(attempt, *arguments, **options)


def connection_options(
    *, retry_seconds: float, pause_seconds: float, answer_seconds: float
) -> dict[str, Any]:
    """Return the timeouts and retries of a connection, for whoever opens one."""
    tries = max(0, round(retry_seconds / pause_seconds)) + (4 if retry_seconds else 0)
    return {
        "socket_timeout": answer_seconds,
        "socket_connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "socket_read_size": READ_BYTES,
        "max_connections": CONNECTIONS_MAX,
        "retry": _PatientRetry(
            ExponentialBackoff(cap=pause_seconds, base=FIRST_PAUSE_SECONDS), tries
        ),
        # A server without memory, or without room on its disk, may be given more meanwhile.
        "retry_on_error": [
            RedisConnectionError,
            RedisTimeoutError,
            # Python's own, among them that of a wait, where the client does not put one of its own for it.
            OSError,
            OutOfMemoryError,
            ServerBusyError,
        ],
    }


class PacksQuickly(AbstractConnection):
    """Writes commands in C, as redis-py's connections do that do not wait on an event loop.

    In Python an argument takes 1.5 µs, and a batch has hundreds or thousands. But C copies them all,
    which takes longer where one of a few is very large.
    """

    @override
    def pack_command(self, *args: Any) -> list[bytes]:
        if isinstance(args[-1], bytes) and len(args[-1]) > COPIED_BYTES_MAX:
            return super().pack_command(*args)
        name = args[0].encode() if isinstance(args[0], str) else args[0]
        # A name may be several words, e.g. `XINFO GROUPS`.
        return [hiredis.pack_command((*name.split(), *args[1:]))]


@cache
def quick(connection: type) -> type:
    """Return a class of connections that pack quickly."""
    return type(connection.__name__, (PacksQuickly, connection), {})
