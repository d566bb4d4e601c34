"""Erase words from a stored log: a copy without them takes its place, together with the event that says so.

An entry of a stream cannot be changed where it is. So the log is written once more beside itself, with
what is left of some events in their places, and the copy becomes the log in the same step that appends
the event. A crash before leaves the log as it was, and a copy that holds none of the words and that the
server removes by itself within an hour. For as long as that takes the log is in memory twice.
"""

import secrets
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, NamedTuple

from redis.exceptions import RedisError

from services.eventlog.chain import Head, split, store_left
from services.eventlog.connection import Client, Script
from services.eventlog.keys import COPY_COUNT, COPY_SECONDS, keys_of
from services.eventlog.port import LogDamagedError, LogMovedError, LogUnavailableError
from services.eventlog.trimmed import TrimmedPart


ERASE_SCRIPT = files("services.eventlog").joinpath("erase.lua").read_text(encoding="utf-8")


class Erasure(NamedTuple):
    """What is left of events, and where the log ends as it was read.

    Attributes:
        left: Position to what is left of the content there.
        last: Where the log ends.
    """

    left: Mapping[int, bytes]
    last: Head

    def apply(self, position: int, body: bytes) -> bytes:
        """Return what stands at a position afterwards."""
        content = self.left.get(position)
        if content is None:
            return body
        stored = split(body)
        if stored is None:
            raise LogDamagedError(f"expected an event at position {position}, found {body[:40]!r}")
        return store_left(stored, content, erased=self.last.position + 1)


async def erase_words(
    client: Client, ledger: str, arguments: list[bytes], erasure: Erasure, trimmed: TrimmedPart
) -> int:
    """See `EventLog.erase`; `arguments` are the event's for the script.

    Where words stand in what was trimmed, the copy holds all of that, too: what lies in sealed segments is
    not changed, and holds them until it is renewed.
    """
    keys = keys_of(ledger)
    copy = f"{keys.log}:erasing:{secrets.token_hex(4)}"
    try:
        end = (await trimmed.end()).position
        is_whole = any(position <= end for position in erasure.left)
        if is_whole:
            await _copy_trimmed(client, trimmed, copy, erasure)
        await _copy(client, keys.log, copy, erasure)
        found = int(
            await Script(client, ERASE_SCRIPT)(
                keys=[keys.log, copy, keys.ids, keys.checkpoints],
                args=[*erasure.last, end, int(is_whole), *arguments],
            )
        )
        if found < 0:
            await client.unlink(copy)
            raise LogMovedError(erasure.last)
    except RedisError as error:
        raise LogUnavailableError(f"erasure in {keys.log}: {error}") from error
    return found


async def erased_at(client: Client, ledger: str) -> int:
    """Return the position of the last event that had words erased, 0 if none did.

    Raises:
        LogUnavailableError: The store could not be reached.
    """
    key = keys_of(ledger).checkpoints
    try:
        return int(await client.hget(key, "#erased") or 0)
    except RedisError as error:
        raise LogUnavailableError(f"read of {key}: {error}") from error


async def _copy_trimmed(client: Client, trimmed: TrimmedPart, copy: str, erasure: Erasure) -> None:
    after = 0
    while entries := await trimmed.read(after=after, limit=COPY_COUNT):
        pipeline: Any = client.pipeline(transaction=False)
        for position, body in entries:
            left = erasure.apply(position, body)
            pipeline.xadd(copy, {"event": left}, id=f"{position}-0")
        pipeline.expire(copy, COPY_SECONDS)
        await pipeline.execute()
        after = entries[-1].position


async def _copy(client: Client, log: str, copy: str, erasure: Erasure) -> None:
    after = "-"
    while rows := await client.xrange(log, min=after, count=COPY_COUNT):
        pipeline: Any = client.pipeline(transaction=False)
        for entry_id, fields in rows:
            body = erasure.apply(int(entry_id.split(b"-", 1)[0]), fields[b"event"])
            pipeline.xadd(copy, {"event": body}, id=entry_id)
        pipeline.expire(copy, COPY_SECONDS)
        await pipeline.execute()
        after = f"({rows[-1][0].decode()}"
