"""One blocking read for the streams of many ledgers, and one round trip for what is asked about many of them.

A stream on which something came within the last seconds is read by itself, as if there were no others, with a
call that blocks. All others wait in one call, because a connection and a call a second for each would be most
of what many idle ledgers cost. A cluster takes no such call for streams of several slots: there each node is
asked for all of its streams at once, again and again.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError
from typing_extensions import override

from services.eventlog.cluster import ClusterClient
from services.eventlog.connection import Client


#: How long after something came a stream is read by itself, in seconds.
BUSY_SECONDS = 10.0
#: Most streams that are read by themselves: each has a connection.
BUSY_COUNT = 64
#: Entries of one stream that a call for many brings: what is behind them is read by itself.
ENTRIES_COUNT = 100
#: How long a call for many blocks, in milliseconds, and how long a stream waits at most to be in the next one.
BLOCK_MS = 500
#: Reads in a second that the nodes of a cluster are asked for at most, and the shortest pause between two rounds.
READS_PER_SECOND, PAUSE_SECONDS = 2_000, 0.1


class _Wanted(NamedTuple):
    """What waits for a stream's next entries: from where on, and how many."""

    after: Any
    limit: int | None
    found: "asyncio.Future[Any]"


class ReadsTogether:
    """A client to FastStream's subscribers; it reads for all of them at once what is read seldom.

    Whatever else they ask of a client goes to the one given.
    """

    def __init__(self, client: Client, probe: Client) -> None:
        """Prepare to read.

        Args:
            client: For streams that are read by themselves, and for calls that may wait for a server.
            probe: The same without waiting, for a cluster's nodes.
        """
        self._client, self._probe = client, probe
        self._busy_until: dict[str, float] = {}
        self._busy = 0
        self._together: dict[tuple[Any, ...], _Together] = {}

    def __getattr__(self, name: str) -> Any:
        """Return what the client given has."""
        return getattr(self._client, name)

    async def xread(
        self, streams: Mapping[str, Any], count: int | None = None, block: int | None = None
    ) -> Any:
        """Read one stream as `XREAD` does, and return when there is something."""
        return await self._read(("XREAD",), streams, count=count, block=block)

    async def xreadgroup(
        self,
        groupname: str,
        consumername: str,
        streams: Mapping[str, Any],
        **more: Any,
    ) -> Any:
        """Read one stream as `XREADGROUP` does, and return when there is something."""
        head = ("XREADGROUP", "GROUP", groupname, consumername)
        return await self._read(head, streams, count=more.get("count"), block=more.get("block"))

    async def settled(self) -> None:
        """Wait for the end of calls that may bring what somebody waited for who waits no longer."""
        await asyncio.gather(*(together.turned() for together in self._together.values()))

    async def aclose(self) -> None:
        """End the calls for many; the clients given stay open."""
        for together in self._together.values():
            await together.end()

    async def _read(
        self, head: tuple[Any, ...], streams: Mapping[str, Any], *, count: Any, block: Any
    ) -> Any:
        [(stream, after)] = streams.items()
        if head not in self._together:
            make = _OnCluster if isinstance(self._client, ClusterClient) else _Together
            self._together[head] = make(head, self._client, self._probe)
        now = asyncio.get_running_loop().time()
        if now < self._busy_until.get(stream, 0.0) and self._busy < BUSY_COUNT:
            self._busy += 1
            try:
                found = await self._client.execute_command(
                    *_command(head, {stream: after}, count=count, block=block)
                )
            finally:
                self._busy -= 1
        else:
            self._busy_until.pop(stream, None)
            found = await self._together[head].read(stream, after, count)
        if found:
            now = asyncio.get_running_loop().time()
            self._busy_until[stream] = now + BUSY_SECONDS
        return found


class _Together:
    """The streams that wait in one call."""

    def __init__(self, head: tuple[Any, ...], client: Client, probe: Client) -> None:
        self.head, self.client, self.probe = head, client, probe
        self._wanted: dict[str, _Wanted] = {}
        self._any, self._over = asyncio.Event(), asyncio.Event()
        self._over.set()
        self._reading = asyncio.create_task(self._read_on())

    async def read(self, stream: str, after: Any, count: int | None) -> Any:
        """Return a stream's next entries as soon as there are any."""
        found = asyncio.get_running_loop().create_future()
        self._wanted[stream] = _Wanted(after, count, found)
        self._any.set()
        try:
            return await found
        finally:
            if (wanted := self._wanted.get(stream)) and wanted.found is found:
                del self._wanted[stream]

    async def turned(self) -> None:
        """Wait for the end of the call that is under way."""
        await self._over.wait()

    async def end(self) -> None:
        """End reading."""
        while not self._reading.done():
            # More than once: a cancellation may be forgotten (see `services.runtime.ending`).
            self._reading.cancel()
            await asyncio.wait([self._reading], timeout=0.5)

    async def _read_on(self) -> None:
        while True:
            if not self._wanted:
                self._any.clear()
                await self._any.wait()
            # As they are now: whoever comes later is in the next call.
            self._over = asyncio.Event()
            try:
                await self.round(dict(self._wanted))
            finally:
                self._over.set()

    async def round(self, wanted: Mapping[str, _Wanted]) -> None:
        """Read once for all that wait now."""
        command = _command(self.head, _places(wanted), count=_count(wanted), block=BLOCK_MS)
        try:
            found = await self.client.execute_command(*command)
        except RedisError as error:
            self.fail(wanted, error)
        else:
            self.hand_on(found)

    def hand_on(self, found: Any) -> None:
        """Hand each stream's entries to who waits for them."""
        for stream, entries in found or ():
            wanted = self._wanted.get(stream.decode())
            if wanted is not None and not wanted.found.done():
                wanted.found.set_result([[stream, entries]])

    def fail(self, wanted: Mapping[str, _Wanted], error: RedisError) -> None:
        """Have those fail whom an error is about: one where it names a stream, and all otherwise."""
        # A group that is gone is named with its stream; the others wait on.
        about = [stream for stream in wanted if f"'{stream}'" in str(error)]
        for stream in about or wanted:
            if not wanted[stream].found.done():
                wanted[stream].found.set_exception(error)
                # Whoever waited may be gone.
                wanted[stream].found.exception()


class _OnCluster(_Together):
    """The streams that wait on the nodes of a cluster; each is asked by itself, so that none holds others up."""

    def __init__(self, head: tuple[Any, ...], client: Client, probe: Client) -> None:
        self._asked: dict[tuple[str, int], asyncio.Task[None]] = {}
        super().__init__(head, client, probe)

    @override
    async def turned(self) -> None:
        await super().turned()
        if self._asked:
            await asyncio.wait(self._asked.values())

    @override
    async def end(self) -> None:
        await super().end()
        for task in self._asked.values():
            task.cancel()
        if self._asked:
            await asyncio.wait(self._asked.values())

    @override
    async def round(self, wanted: Mapping[str, _Wanted]) -> None:
        try:
            nodes = await self.probe.by_node(wanted)
        except RedisError:
            # Nobody knows where they are: they wait on, as they would for a server that is away.
            nodes = {}
        for node, streams in nodes.items():
            if node not in self._asked or self._asked[node].done():
                of_node = {stream: wanted[stream] for stream in streams}
                self._asked[node] = asyncio.create_task(self._ask(of_node))
        await asyncio.sleep(max(PAUSE_SECONDS, len(wanted) / READS_PER_SECOND))

    async def _ask(self, wanted: Mapping[str, _Wanted]) -> None:
        commands = [
            _command(self.head, {stream: one.after}, count=_count(wanted), block=None)
            for stream, one in wanted.items()
        ]
        try:
            answers = await self.probe.ask_node(commands)
        except RedisError:
            return  # Asked again in the next round, of whichever node has them then.
        for stream, answer in zip(wanted, answers, strict=True):
            if isinstance(answer, ResponseError):
                self.fail({stream: wanted[stream]}, answer)
            elif not isinstance(answer, RedisError):
                self.hand_on(answer)


def _command(
    head: Sequence[Any], places: Mapping[str, Any], *, count: int | None, block: int | None
) -> list[Any]:
    command = [*head]
    if count is not None:
        command += ["COUNT", count]
    if block is not None:
        command += ["BLOCK", block]
    # As bytes, as redis-py's own methods send it.
    return [*command, b"STREAMS", *places, *places.values()]


def _places(wanted: Mapping[str, _Wanted]) -> dict[str, Any]:
    return {stream: one.after for stream, one in wanted.items()}


def _count(wanted: Mapping[str, _Wanted]) -> int:
    return min([ENTRIES_COUNT, *(one.limit for one in wanted.values() if one.limit)])


class AskedTogether(Redis):
    """A client whose commands of one moment go to the server together: one round trip for each of its nodes.

    For what is looked at on the side, of many ledgers at a time.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._asked: list[tuple[tuple[Any, ...], dict[str, Any], asyncio.Future[Any]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._twin: AskedTogether | None = None
        super().__init__(connection_pool=client.connection_pool)

    @override
    async def execute_command(self, *args: Any, **options: Any) -> Any:
        answer = asyncio.get_running_loop().create_future()
        if not self._asked:
            # After all that is ready to run now, and may ask as well.
            task = asyncio.create_task(self._ask())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._asked.append((args, options, answer))
        return await answer

    def twin(self) -> "AskedTogether":
        """Return a client over the same connections, the same for all who ask, whose answers may be read otherwise."""
        if self._twin is None:
            client = self._client
            is_cluster = isinstance(client, ClusterClient)
            of_client = Redis(connection_pool=client.connection_pool)
            self._twin = AskedTogether(client.twin() if is_cluster else of_client)
        return self._twin

    @override
    def set_response_callback(self, command: str, callback: Any) -> None:
        self._client.set_response_callback(command, callback)

    @override
    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Any:
        return self._client.pipeline(transaction=transaction, shard_hint=shard_hint)

    async def _ask(self) -> None:
        await asyncio.sleep(0)
        asked, self._asked = self._asked, []
        pipeline = self._client.pipeline(transaction=False)
        for arguments, options, _ in asked:
            pipeline.execute_command(*arguments, **options)
        answers: Iterable[Any]
        try:
            answers = await pipeline.execute(raise_on_error=False)
        except Exception as error:  # noqa: BLE001  whoever asked is told
            answers = [error] * len(asked)
        for (_, _, answer), found in zip(asked, answers, strict=True):
            if answer.done():
                continue
            if isinstance(found, Exception):
                answer.set_exception(found)
            else:
                answer.set_result(found)
