"""How processes connect to the server, and which servers they refuse.

Retries are bounded in time: afterwards the error is raised as `LogUnavailableError` and the worker
stops. Repeating is safe, because appends are idempotent and acknowledgements are too.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from hashlib import sha1
from typing import Any, NamedTuple

import hiredis
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, OutOfMemoryError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from typing_extensions import override

from services.eventlog.port import LogUnavailableError


#: First pause between two tries, in seconds.
FIRST_PAUSE_SECONDS = 0.05
#: How long one answer may take, in seconds: longer than any blocking read and any batch append.
SOCKET_TIMEOUT_SECONDS = 70.0
#: How long a worker waits for an answer beyond its blocking reads, in seconds. A connection that died
#: without a word is noticed after this time; what was asked is asked again on another one.
ANSWER_SECONDS = 10.0
#: Bytes taken from a connection at once. An answer of the log is most of a million; at redis-py's 64 KiB
#: reading it took a seventh longer.
READ_BYTES = 1 << 18
#: Bytes of a command's last argument from which on it is written from where it is.
COPIED_BYTES_MAX = 1 << 16
#: How long connecting may take, in seconds.
CONNECT_TIMEOUT_SECONDS = 5.0


#: redis-py types every call as "sync or async"; its client stays untyped, here at the driver alone.
Client = Any


class Durability(NamedTuple):
    """What a server does with an acknowledged write.

    Attributes:
        kind: `fsync-always`, `fsync-always-but-during-rewrites`, `fsync-everysec`, `fsync-no`,
            `memory-only`, or `unknown` where the server will not say.
        eviction: Its `maxmemory-policy`.
    """

    kind: str
    eviction: str

    @property
    def is_lossless(self) -> bool:
        """Whether no acknowledged write is lost by a crash or by memory pressure."""
        return self.kind == "fsync-always" and self.eviction == "noeviction"


class DiskFullError(ResponseError):
    """The server cannot write its file, and says so instead of carrying a command out."""


class _PatientRetry(Retry):
    """Knows a server that cannot write its file, which redis-py does not tell from other refusals."""

    @override
    async def call_with_retry(
        self, do: Callable[[], Awaitable[Any]], *arguments: Any, **options: Any
    ) -> Any:
        async def attempt() -> Any:
            try:
                return await do()
            except ResponseError as error:
                if str(error).startswith("MISCONF"):
                    raise DiskFullError(str(error)) from error
                raise

        return await super().call_with_retry(attempt, *arguments, **options)


class ServerFullError(LogUnavailableError):
    """The server is there, and refuses what it has no room for: reads are answered, writes are not."""


def write_refused(tried: str, error: RedisError) -> LogUnavailableError:
    """Return what became of a write that the server did not carry out, in words for people."""
    if isinstance(error, OutOfMemoryError):
        return ServerFullError(
            f"{tried}: the server's memory is full, and it takes nothing in until it has more "
            "(maxmemory); nothing that was acknowledged is lost"
        )
    if str(error).startswith("MISCONF"):
        return ServerFullError(
            f"{tried}: the server cannot write to its disk, and takes nothing in until it can; "
            "nothing that was acknowledged is lost"
        )
    return LogUnavailableError(f"{tried}: {error}")


class LossyServerError(Exception):
    """The server may lose or evict what it acknowledged."""

    def __init__(self, durability: Durability) -> None:
        super().__init__(
            "expected a server with appendonly yes, appendfsync always and maxmemory-policy "
            f"noeviction, found {durability.kind} and {durability.eviction} "
            "(LEDGER_ALLOW_LOSSY=1 starts all the same)"
        )


def connect(
    url: str,
    *,
    retry_seconds: float,
    pause_seconds: float = 2.0,
    answer_seconds: float = SOCKET_TIMEOUT_SECONDS,
    connections_max: int | None = None,
) -> Client:
    """Make a client that retries a lost connection for about `retry_seconds`.

    With `connections_max`, a call waits for one of that many connections, at most `answer_seconds`.
    """
    options = connection_options(
        retry_seconds=retry_seconds, pause_seconds=pause_seconds, answer_seconds=answer_seconds
    )
    if connections_max is None:
        client: Any = Redis.from_url(url, **options)
    else:
        pool = BlockingConnectionPool.from_url(
            url, max_connections=connections_max, timeout=answer_seconds, **options
        )
        client = Redis.from_pool(pool)
    client.connection_pool.connection_class = _quick(client.connection_pool.connection_class)
    return client


def connection_options(
    *, retry_seconds: float, pause_seconds: float, answer_seconds: float
) -> dict[str, Any]:
    """Return the timeouts and retries of a connection, for whoever opens one."""
    tries = max(0, round(retry_seconds / pause_seconds)) + (4 if retry_seconds else 0)
    return {
        "socket_timeout": answer_seconds,
        "socket_connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "socket_read_size": READ_BYTES,
        "retry": _PatientRetry(
            ExponentialBackoff(cap=pause_seconds, base=FIRST_PAUSE_SECONDS), tries
        ),
        # A server without memory, or without room on its disk, may be given more meanwhile.
        "retry_on_error": [
            RedisConnectionError,
            RedisTimeoutError,
            OutOfMemoryError,
            DiskFullError,
        ],
    }


class _PacksQuickly(AbstractConnection):
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
def _quick(connection: type) -> type:
    """Return a class of connections that pack quickly."""
    return type(connection.__name__, (_PacksQuickly, connection), {})


class Script:
    """A server-side script, sent by its hash where the server knows it."""

    def __init__(self, client: Client, text: str) -> None:
        self._client = client
        self._text = text
        self._hash = sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, *, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """Run the script, once for each answer: a lost answer is asked for again."""
        try:
            return await self._client.evalsha(self._hash, len(keys), *keys, *args)
        except NoScriptError:
            # One command, where loading and calling are two with a restart possible in between.
            return await self._client.eval(self._text, len(keys), *keys, *args)


def is_server_error(error: BaseException | None) -> bool:
    """Return whether an error comes from the server or the connection to it, and not from us."""
    return isinstance(error, RedisError | OSError | TimeoutError)


async def durability_of(client: Client) -> Durability:
    """Ask the server what it does with acknowledged writes.

    Raises:
        LogUnavailableError: The server could not be reached.
    """
    try:
        info = await client.info("everything")
        if info.get("loading"):
            # While it reads its append-only file, a server says that it has none.
            raise LogUnavailableError("server settings: the server is still loading its data")
        persisted = bool(info.get("aof_enabled"))
        eviction = str(info.get("maxmemory_policy", "unknown"))
        fsync = await _appendfsync(client)
    except RedisError as error:
        raise LogUnavailableError(f"server settings: {error}") from error
    if not persisted:
        return Durability("memory-only", eviction)
    return Durability(f"fsync-{fsync}" if fsync else "unknown", eviction)


async def refuse_lossy(client: Client, *, allow_lossy: bool) -> Durability:
    """Return the server's durability, or refuse the server.

    Raises:
        LossyServerError: It may lose or evict, and that was not allowed.
        LogUnavailableError: The server could not be reached.
    """
    durability = await durability_of(client)
    if not (durability.is_lossless or allow_lossy):
        raise LossyServerError(durability)
    return durability


async def _appendfsync(client: Client) -> str | None:
    # Hosted servers often forbid CONFIG; then INFO alone has to do.
    try:
        found: dict[str, str] = await client.config_get("*appendfsync*")
    except ResponseError:
        return None
    fsync = found.get("appendfsync")
    pauses = found.get("no-appendfsync-on-rewrite") == "yes"
    return f"{fsync}-but-during-rewrites" if fsync == "always" and pauses else fsync
