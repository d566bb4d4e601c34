"""The event log on Redis ≥ 7.0 or Valkey ≥ 7.2: one stream, one script.

The append is one server-side script, so that the duplicates check, the positions, the entries and
the checkpoint are one step. It is safe to repeat: the client retries after a lost connection, and
what was already appended answers its old position.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.resources import files
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.eventlog.connection import Client, Script
from services.eventlog.keys import keys_of
from services.eventlog.port import (
    EVENT_ID_DIGITS,
    Advance,
    Appended,
    CheckpointConflictError,
    Entry,
    LogUnavailableError,
    NewEvent,
)


APPEND_SCRIPT = files("services.eventlog").joinpath("append.lua").read_text(encoding="utf-8")


class RedisEventLog:
    """An `EventLog` in a Redis stream, entry id `<position>-0`, one field `event`."""

    def __init__(self, client: Client, ledger: str) -> None:
        self._client = client
        self._keys = keys_of(ledger)
        self._append = Script(client, APPEND_SCRIPT)
        # Over the same connections; entries are taken as they come, with their one field.
        reading: Any = Redis(connection_pool=client.connection_pool)
        reading.set_response_callback("XRANGE", _as_it_comes)
        self._reading: Client = reading

    async def append(self, events: Sequence[NewEvent], advance: Advance | None = None) -> Appended:
        """See `EventLog.append`."""
        if not events and advance is None:
            return Appended((), (), await self.last_position())
        reader, expected, position, is_over_own = advance or ("", 0, 0, False)
        try:
            reply = await self._append(
                keys=[self._keys.log, self._keys.ids, self._keys.checkpoints],
                args=[reader, expected, position, int(is_over_own), *event_arguments(events)],
            )
        except RedisError as error:
            raise LogUnavailableError(
                f"append of {len(events)} events to {self._keys.log}: {error}"
            ) from error
        if reply[0] < 0:
            raise CheckpointConflictError(reader, expected=expected, found=reply[1])
        last, before, known = reply
        return _appended(len(events), before, dict(zip(known[::2], known[1::2], strict=True)), last)

    async def read(self, *, after: int, limit: int) -> Sequence[Entry]:
        """See `EventLog.read`."""
        try:
            # `min` is exclusive by naming the next position: positions are whole and gapless.
            rows = await self._reading.xrange(self._keys.log, min=f"{after + 1}-0", count=limit)
        except RedisError as error:
            raise LogUnavailableError(f"read of {self._keys.log}: {error}") from error
        if rows and rows[-1][0] != b"%d-0" % (after + len(rows)):
            return [Entry(position_of(entry_id), fields[1]) for entry_id, fields in rows]
        # No position is missing, so that none has to be read out of its entry's id.
        positions = range(after + 1, after + len(rows) + 1)
        return list(map(_entry, zip(positions, [fields[1] for _, fields in rows], strict=True)))

    async def last_position(self) -> int:
        """See `EventLog.last_position`."""
        try:
            return int(await self._client.xlen(self._keys.log))
        except RedisError as error:
            raise LogUnavailableError(f"length of {self._keys.log}: {error}") from error

    async def checkpoint(self, reader: str) -> int:
        """See `EventLog.checkpoint`."""
        try:
            found = await self._client.hget(self._keys.checkpoints, reader)
        except RedisError as error:
            raise LogUnavailableError(f"checkpoint of {reader}: {error}") from error
        return int(found or 0)

    async def positions_of(self, event_ids: Sequence[str]) -> list[int | None]:
        """See `EventLog.positions_of`."""
        pipeline = self._client.pipeline(transaction=False)
        for event_id in event_ids:
            # The append script's bucket is the first 12 bits of the id: its first three digits.
            pipeline.hget(f"{self._keys.ids}{event_id[:3]}", bytes.fromhex(event_id))
        try:
            found = await pipeline.execute()
        except RedisError as error:
            raise LogUnavailableError(f"positions in {self._keys.log}: {error}") from error
        return [None if position is None else int(position) for position in found]


def event_arguments(events: Sequence[NewEvent]) -> list[bytes]:
    """Return the append script's arguments for events: all ids in one, with their buckets, and each body."""
    for event in events:
        assert len(event.id) == EVENT_ID_DIGITS, f"event id {event.id!r} is not 32 digits"
    # The bucket's digits are the id's first ones. The server would take longer to make them of it.
    ids = [part for event in events for part in (event.id[:3].encode(), bytes.fromhex(event.id))]
    return [b"".join(ids), *[event.body[1:] for event in events]]


def _appended(count: int, before: int, known: Mapping[int, int], last: int) -> Appended:
    """Return the position of each of `count` events; those of `known` were appended earlier."""
    if not known:
        return Appended(tuple(range(before + 1, last + 1)), (True,) * count, last)
    new = iter(range(before + 1, last + 1))
    positions = tuple(known[number] if number in known else next(new) for number in range(count))
    return Appended(positions, tuple(number not in known for number in range(count)), last)


#: Make an entry of a pair, without a call of Python's own for each: a long log has millions.
_entry: Callable[[tuple[int, bytes]], Entry] = partial(tuple.__new__, Entry)


def _as_it_comes(response: Any, **_: Any) -> Any:
    return response


def position_of(entry_id: bytes) -> int:
    """Return the position that an entry id carries.

    >>> position_of(b"812-0")
    812
    """
    return int(entry_id.split(b"-", 1)[0])


def entry_of(entry_id: bytes, fields: Mapping[bytes, bytes]) -> Entry:
    """Make an entry of what the server gives.

    >>> entry_of(b"812-0", {b"event": b"{}"})
    Entry(position=812, body=b'{}')
    """
    return Entry(position_of(entry_id), fields[b"event"])
