"""How processes connect to the server, and which servers they refuse."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from hashlib import sha1
from typing import Any, NamedTuple

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import (
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    RedisError,
    ResponseError,
)

from services.eventlog.address import Kind, read_address
from services.eventlog.cluster import ClusterClient, cluster_client
from services.eventlog.driver import NODE_OF_CLUSTER, REPLICA, connection_options, quick
from services.eventlog.port import LogUnavailableError
from services.eventlog.replicas import acknowledgement, run_and_wait, waits_for_disks
from services.eventlog.sentinel import SentinelClient, sentinel_client


#: How long one answer may take, in seconds: longer than any blocking read and any batch append.
SOCKET_TIMEOUT_SECONDS = 70.0
#: How long a worker waits for an answer beyond its blocking reads, in seconds. A connection that died
#: without a word is noticed after this time; what was asked is asked again on another one.
ANSWER_SECONDS = 10.0

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


class WrongServerError(Exception):
    """What was named as a server of its own is a replica, or one node of a cluster."""


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
    address = read_address(url)
    if address.kind is Kind.SENTINEL:
        return sentinel_client(
            address, options, connections_max=connections_max, answer_seconds=answer_seconds
        )
    if address.kind is Kind.CLUSTER:
        return cluster_client(
            address, options, connections_max=connections_max, answer_seconds=answer_seconds
        )
    if connections_max is None:
        client: Any = Redis.from_url(url, **options)
    else:
        options["max_connections"] = connections_max
        pool = BlockingConnectionPool.from_url(url, timeout=answer_seconds, **options)
        client = Redis.from_pool(pool)
    client.connection_pool.connection_class = quick(client.connection_pool.connection_class)
    return client


@asynccontextmanager
async def servers_of(client: Client) -> AsyncIterator[list[Client]]:
    """Yield a client of each server that takes writes: of several in a cluster, of one elsewhere."""
    if not isinstance(client, ClusterClient):
        yield [client]
        return
    servers = await client.primaries()
    try:
        yield servers
    finally:
        for server in servers:
            await server.aclose()


def reading_raw(client: Client) -> Client:
    """Return a client over the same connections that hands the entries of a stream on as they come."""
    raw: Any = (
        client.twin() if hasattr(client, "twin") else Redis(connection_pool=client.connection_pool)
    )
    raw.set_response_callback("XRANGE", _as_it_comes)
    return raw


def _as_it_comes(response: Any, **_: Any) -> Any:
    return response


class Script:
    """A server-side script, sent by its hash where the server knows it.

    With `replicas`, it has an answer only when so many have what it wrote.
    """

    def __init__(self, client: Client, text: str, *, replicas: int = 0) -> None:
        self._client = client
        self._text = text
        self._replicas = replicas
        self._is_for_disks: bool | None = None
        self._hash = sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, *, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """Run the script, once for each answer: a lost answer is asked for again."""
        try:
            return await self._run("EVALSHA", self._hash, len(keys), *keys, *args)
        except NoScriptError:
            # One command, where loading and calling are two with a restart possible in between.
            return await self._run("EVAL", self._text, len(keys), *keys, *args)

    async def _run(self, *command: Any) -> Any:
        if not self._replicas:
            return await self._client.execute_command(*command)
        if self._is_for_disks is None:
            self._is_for_disks = await waits_for_disks(self._client)
        return await run_and_wait(
            self._client, command, self._replicas, is_for_disks=self._is_for_disks
        )


def is_server_error(error: BaseException | None) -> bool:
    """Return whether an error comes from the server or the connection to it, and not from us."""
    return isinstance(error, RedisError | OSError | TimeoutError)


def is_forbidden(error: BaseException | None) -> bool:
    """Return whether an error says that this user may not do it."""
    return (
        isinstance(error, NoPermissionError)
        or "NOPERM" in str(error)
        or "ACL failure" in str(error)
    )


async def durability_of(client: Client) -> Durability:
    """Ask the server what it does with acknowledged writes.

    Raises:
        LogUnavailableError: The server could not be reached.
    """
    try:
        async with servers_of(client) as servers:
            found = [await _durability_of(server) for server in servers]
    except RedisError as error:
        raise LogUnavailableError(f"server settings: {error}") from error
    # A ledger lies on one of them; which one, may change.
    return next((durability for durability in found if not durability.is_lossless), found[0])


async def _durability_of(server: Client) -> Durability:
    info = await server.info("everything")
    if info.get("loading"):
        # While it reads its append-only file, a server says that it has none.
        raise LogUnavailableError("server settings: the server is still loading its data")
    persisted = bool(info.get("aof_enabled"))
    eviction = str(info.get("maxmemory_policy", "unknown"))
    fsync = await _appendfsync(server)
    if not persisted:
        return Durability("memory-only", eviction)
    return Durability(f"fsync-{fsync}" if fsync else "unknown", eviction)


async def acknowledged_as(client: Client, replicas: int) -> str:
    """Return the class of an acknowledgement that waits for so many replicas.

    Raises:
        LogUnavailableError: The server could not be reached.
    """
    kind = (await durability_of(client)).kind
    try:
        return await acknowledgement(client, kind, replicas)
    except RedisError as error:
        raise LogUnavailableError(f"server settings: {error}") from error


async def refuse_lossy(client: Client, *, allow_lossy: bool) -> Durability:
    """Return the server's durability, or refuse the server.

    Raises:
        LossyServerError: It may lose or evict, and that was not allowed.
        WrongServerError: It is none to write to.
        LogUnavailableError: The server could not be reached.
    """
    await _check_place(client)
    durability = await durability_of(client)
    if not (durability.is_lossless or allow_lossy):
        raise LossyServerError(durability)
    return durability


async def _check_place(client: Client) -> None:
    """Refuse a server that takes no writes, or not for all keys, unless it was found by others' word."""
    if isinstance(client, SentinelClient | ClusterClient):
        return
    try:
        info = await client.info()
    except RedisError as error:
        raise LogUnavailableError(f"server settings: {error}") from error
    if info.get("cluster_enabled"):
        raise WrongServerError(NODE_OF_CLUSTER)
    if info.get("role") == "slave":
        raise WrongServerError(REPLICA)


async def _appendfsync(client: Client) -> str | None:
    # Hosted servers often forbid CONFIG; then INFO alone has to do.
    try:
        found: dict[str, str] = await client.config_get("*appendfsync*")
    except ResponseError:
        return None
    fsync = found.get("appendfsync")
    pauses = found.get("no-appendfsync-on-rewrite") == "yes"
    return f"{fsync}-but-during-rewrites" if fsync == "always" and pauses else fsync
