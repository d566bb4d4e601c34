"""The client of a cluster: each command goes to the primary of the slot that its key lies in.

All keys of a ledger lie in one slot, so that its scripts, transactions and pipelines need one server each. A
slot has connections of its own, which ask where its primary is before each try to open one, as those to a
service that Sentinels watch do. redis-py's client of a cluster runs every command of a transaction in a
thread, sends ASKING over another connection than the command, and retries without a pause; see
docs/decisions/0090.

Connections that nobody uses belong to all slots of the server they lead to, so that a process has as many as it
uses at a time, however many ledgers it serves.
"""

import asyncio
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    ClusterDownError,
    MovedError,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from typing_extensions import override

from services.eventlog.address import Address
from services.eventlog.driver import ServerBusyError
from services.eventlog.following import (
    Follows,
    encrypted,
    options_to_ask,
    options_to_data,
    said_together,
)


SLOT_COUNT = 16_384
#: Commands without a key, and those whose key is not the first argument.
KEYLESS = frozenset(
    ("BGREWRITEAOF", "CONFIG GET", "INFO", "PING", "TIME", "WAIT", "WAITAOF", "UNWATCH", "ROLE")
)


class SlotUncoveredError(RedisConnectionError):
    """No server of the cluster holds a slot."""


class CrossSlotError(RedisError):
    """Keys of several slots were to be touched in one step."""


class Map:
    """Which server is the primary of which slots, as the nodes of a cluster say.

    Attributes:
        address: The cluster's.
        idle: Connections that nobody uses, by where they lead.
    """

    def __init__(self, address: Address, options: Mapping[str, Any]) -> None:
        self.address = address
        credentials = {name: options.get(name) for name in ("username", "password")}
        self._options = {**options_to_ask(address, options), **credentials}
        self._ranges: list[tuple[int, int, tuple[str, int]]] = []
        self.idle: dict[tuple[str, int] | None, list[Any]] = {}
        self._is_fresh = False
        self._lock = asyncio.Lock()

    async def primary_of(self, slot: int) -> tuple[str, int]:
        """Return the host and port of a slot's primary."""
        async with self._lock:
            if not self._is_fresh:
                await self._ask()
        for first, last, place in self._ranges:
            if first <= slot <= last:
                return place
        self.doubt()
        covered = sum(last - first + 1 for first, last, _ in self._ranges)
        raise SlotUncoveredError(
            f"expected a server for slot {slot} of the cluster, found none: {covered:,} of "
            f"{SLOT_COUNT:,} slots are covered"
        )

    def known_primary_of(self, slot: int) -> tuple[str, int] | None:
        """Return the same as far as it is known already; null if it is not, or in doubt."""
        if not self._is_fresh:
            return None
        places = (place for first, last, place in self._ranges if first <= slot <= last)
        return next(places, None)

    async def primaries(self) -> list[tuple[str, int]]:
        """Return the host and port of each primary."""
        await self.primary_of(0)
        return sorted({place for _, _, place in self._ranges})

    def doubt(self) -> None:
        """Ask again before the next connection is opened."""
        self._is_fresh = False

    async def _ask(self) -> None:
        known = {place for _, _, place in self._ranges}
        hosts = list(known | set(self.address.hosts))
        # Not always the same one first: it may know less than others.
        random.shuffle(hosts)
        said = []
        for host, port in hosts:
            try:
                node: Any = Redis(host=host, port=port, **self._options)
                async with node:
                    found = await node.execute_command("CLUSTER SLOTS")
            except ResponseError as error:
                said.append((f"{host}:{port}", f"no node of a cluster ({error})"))
            except RedisError as error:
                said.append((f"{host}:{port}", str(error)))
            else:
                self._ranges = [
                    # A node that has not been asked yet what its own address is leaves it empty.
                    (first, last, (primary[0].decode() or host, primary[1]))
                    for first, last, primary, *_ in found
                ]
                self._is_fresh = True
                return
        raise RedisConnectionError(
            f"expected a node of a cluster, found none: {said_together(said)}"
        )


class FollowsSlot(Follows):
    """A connection to the primary of a slot."""

    @override
    async def find(self) -> tuple[str, int]:
        host, port = await self.connection_pool.map.primary_of(self.connection_pool.slot)
        return host, port

    @override
    async def connect_check_health(
        self, check_health: bool = True, retry_socket_connect: bool = True
    ) -> None:
        try:
            await super().connect_check_health(check_health, retry_socket_connect)
        except RedisError:
            self.connection_pool.map.doubt()
            raise

    @override
    async def disconnect(self, *arguments: Any, **options: Any) -> None:
        # Whatever cut it, the next one may have to go elsewhere.
        self.connection_pool.map.doubt()
        await super().disconnect(*arguments, **options)

    @override
    def meaning(self, error: ResponseError) -> Exception:
        if isinstance(error, MovedError):
            return RedisConnectionError(f"slot {error.slot_id} moved to {error.host}:{error.port}")
        if isinstance(error, AskError | TryAgainError):
            # Until the last key of the slot is there, a script may find some of its keys on each side.
            return ServerBusyError(
                f"the keys of the slot are being moved to another server ({error})"
            )
        if isinstance(error, ClusterDownError):
            return RedisConnectionError(
                f"expected a cluster that serves, found one that does not: {error} (CLUSTER INFO on a node "
                "says how many slots no server holds)"
            )
        return super().meaning(error)


class _OfSlot:
    """What pools of one slot have: connections that lead to its primary."""

    def __init__(self, slot: int, map_: Map, **options: Any) -> None:
        self.slot, self.map = slot, map_
        make: Any = super().__init__
        make(connection_pool=self, **options)

    @override
    def __repr__(self) -> str:
        """Show the slot; its connections' options hold the pool itself."""
        return f"<{type(self).__name__} of slot {self.slot}>"


class _SlotPool(_OfSlot, ConnectionPool):
    """Connections to the primary of one slot; one that is not in use is any slot's of the same primary."""

    @override
    def get_available_connection(self) -> Any:
        idle = self.map.idle.get(self.map.known_primary_of(self.slot))
        if not idle:
            make: Any = super().get_available_connection
            return make()
        connection = idle.pop()
        # From here on it asks where this slot is, should it have to be opened anew.
        connection.connection_pool = self
        self._in_use_connections.add(connection)
        return connection

    @override
    async def release(self, connection: Any) -> None:
        await super().release(connection)
        self._available_connections.remove(connection)
        if connection.is_connected:
            self.map.idle.setdefault((connection.host, connection.port), []).append(connection)


class _BoundedSlotPool(_OfSlot, BlockingConnectionPool):
    """The same, of which a connection is waited for."""


def slot_of(arguments: Sequence[Any]) -> int | None:
    """Return the slot of a command's first key, null if it has none.

    >>> slot_of(("XADD", "exl:{rus-ukr}:inbox", "*")) == key_slot(b"rus-ukr")
    True
    >>> slot_of(("PING",))
    """
    name = str(arguments[0]).upper()
    if name in KEYLESS:
        return None
    match name:
        case "EVAL" | "EVALSHA":
            key = arguments[3] if int(arguments[2]) else None
        case "XREAD" | "XREADGROUP":
            key = _behind(arguments, b"STREAMS")
        case "SCAN":
            key = _behind(arguments, b"MATCH")
        case _:
            key = arguments[1] if len(arguments) > 1 else None
    if key is None:
        return None
    return int(key_slot(key if isinstance(key, bytes) else str(key).encode()))


def _behind(arguments: Sequence[Any], word: bytes) -> Any:
    """Return the argument behind a word."""
    words = [part.encode() if isinstance(part, str) else part for part in arguments]
    return arguments[words.index(word) + 1]


class ClusterClient(Redis):
    """A client of a cluster; what has no key goes to the primary of slot 0."""

    def __init__(self, map_: Map, pool: type, options: Mapping[str, Any]) -> None:
        self.map = map_
        self._pool, self._options = pool, options
        self._pools: dict[int, Any] = {}
        self._clients: dict[int, Any] = {}
        super().__init__(connection_pool=self.pool_of(0))

    def pool_of(self, slot: int) -> Any:
        """Return the connections to a slot's primary."""
        if slot not in self._pools:
            self._pools[slot] = self._pool(slot, self.map, **self._options)
        return self._pools[slot]

    def twin(self) -> "ClusterClient":
        """Return a client over the same connections, whose answers may be read otherwise."""
        twin = ClusterClient(self.map, self._pool, self._options)
        twin._pools = self._pools
        twin.connection_pool = self.connection_pool
        return twin

    async def primaries(self) -> list[Any]:
        """Return a client of each primary; each is closed by whoever asked."""
        of_pools = ("connection_class", "max_connections", "timeout")
        options = {name: value for name, value in self._options.items() if name not in of_pools}
        options["ssl"] = self.map.address.is_encrypted
        return [Redis(host=host, port=port, **options) for host, port in await self.map.primaries()]

    @override
    async def execute_command(self, *args: Any, **options: Any) -> Any:
        slot = slot_of(args) or 0
        if slot not in self._clients:
            client = Redis(connection_pool=self.pool_of(slot))
            client.response_callbacks = self.response_callbacks
            self._clients[slot] = client
        return await self._clients[slot].execute_command(*args, **options)

    @override
    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> "SlotPipeline":
        return SlotPipeline(self, is_transaction=transaction)

    async def by_node(self, keys: Iterable[str]) -> dict[tuple[str, int], list[str]]:
        """Return which keys lie on which primary."""
        found: dict[tuple[str, int], list[str]] = {}
        for key in keys:
            place = await self.map.primary_of(key_slot(key.encode()))
            found.setdefault(place, []).append(key)
        return found

    async def ask_node(self, commands: Sequence[Sequence[Any]]) -> list[Any]:
        """Send commands together to the primary of the first one's key; return answers and refusals."""
        pool = self.pool_of(slot_of(commands[0]) or 0)
        pipeline = Pipeline(pool, self.response_callbacks, transaction=False, shard_hint=None)
        for command in commands:
            pipeline.execute_command(*command)
        return await pipeline.execute(raise_on_error=False)

    async def together(self, slots: Iterable[int]) -> list[list[int]]:
        """Return slots whose commands may go together: those of a primary, unless they are tried again.

        Then each needs to be tried at where it is by that time.
        """
        if self._options["retry"].get_retries():
            return [[slot] for slot in slots]
        groups: dict[tuple[str, int], list[int]] = {}
        for slot in slots:
            groups.setdefault(await self.map.primary_of(slot), []).append(slot)
        return list(groups.values())

    @override
    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        for pool in self._pools.values():
            await pool.disconnect()
        for idle in self.map.idle.values():
            for connection in idle:
                await connection.disconnect()
        self.map.idle.clear()


class SlotPipeline(Pipeline):
    """Commands that go together to the primary of the slot of their keys.

    Without a transaction, keys may lie in several slots: then each slot has a pipeline of its own.
    """

    def __init__(self, client: ClusterClient, *, is_transaction: bool) -> None:
        super().__init__(client.pool_of(0), client.response_callbacks, is_transaction, None)
        self._client = client
        self._slots: list[int | None] = []

    @override
    def execute_command(self, *args: Any, **options: Any) -> Any:
        slot, known = slot_of(args), [found for found in self._slots if found is not None]
        self._slots.append(slot)
        if slot is not None and not known:
            self.connection_pool = self._client.pool_of(slot)
        elif slot is not None and slot != known[0] and (self.is_transaction or self.watching):
            raise CrossSlotError(f"expected keys of slot {known[0]} in one step, found {args[:2]}")
        return super().execute_command(*args, **options)

    @override
    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        slots = dict.fromkeys(slot for slot in self._slots if slot is not None)
        if len(slots) <= 1:
            return await super().execute(raise_on_error)
        groups = await self._client.together(slots)
        group_of = {slot: number for number, group in enumerate(groups) for slot in group}
        group_of_none = group_of[next(iter(slots))]
        parts = [
            Pipeline(
                self._client.pool_of(group[0]),
                self._client.response_callbacks,
                transaction=False,
                shard_hint=None,
            )
            for group in groups
        ]
        places: list[list[int]] = [[] for _ in groups]
        for number, (arguments, options) in enumerate(self.command_stack):
            slot = slot_of(arguments)
            group = group_of_none if slot is None else group_of[slot]
            parts[group].execute_command(*arguments, **options)
            places[group].append(number)
        answers: list[Any] = [None] * len(self.command_stack)
        # Where refusals are answers, so is a server that is away: others have answered.
        found: Sequence[Any] = await asyncio.gather(
            *(part.execute(raise_on_error) for part in parts), return_exceptions=not raise_on_error
        )
        for of_part, numbers in zip(found, places, strict=True):
            of_group = [of_part] * len(numbers) if isinstance(of_part, Exception) else of_part
            for number, answer in zip(numbers, of_group, strict=True):
                answers[number] = answer
        await self.reset()
        return answers

    @override
    async def reset(self) -> Any:
        self._slots = []
        forget: Any = super().reset
        await forget()


def cluster_client(
    address: Address,
    options: Mapping[str, Any],
    *,
    connections_max: int | None = None,
    answer_seconds: float = 0.0,
) -> ClusterClient:
    """Make a client of a cluster; `connections_max` is for each slot."""
    to_data = options_to_data(address, options)
    map_ = Map(address, to_data)
    to_data["connection_class"] = encrypted(FollowsSlot) if address.is_encrypted else FollowsSlot
    if connections_max is None:
        return ClusterClient(map_, _SlotPool, to_data)
    bounded = to_data | {"max_connections": connections_max, "timeout": answer_seconds}
    return ClusterClient(map_, _BoundedSlotPool, bounded)
