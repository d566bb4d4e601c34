"""Erase words from a stored log: a copy without them takes its place, together with the event that says so.

An entry of a stream cannot be changed where it is. So the log is written once more beside itself, with
what is left of some events in their places, and the copy becomes the log in the same step that appends
the event. A crash before leaves the log as it was, and a copy that holds none of the words and that the
server removes by itself within an hour. For as long as that takes the log is in memory twice.
"""

import secrets
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from redis.exceptions import RedisError

from services.eventlog.chain import Head, split, store_left
from services.eventlog.connection import Client, Script
from services.eventlog.keys import COPY_COUNT, COPY_SECONDS, keys_of
from services.eventlog.port import LogDamagedError, LogMovedError, LogUnavailableError


ERASE_SCRIPT = files("services.eventlog").joinpath("erase.lua").read_text(encoding="utf-8")


async def erase_words(
    client: Client, ledger: str, arguments: list[bytes], left: Mapping[int, bytes], *, last: Head
) -> int:
    """See `EventLog.erase`; `arguments` are the event's for the script."""
    keys = keys_of(ledger)
    copy = f"{keys.log}:erasing:{secrets.token_hex(4)}"
    try:
        await _copy(client, keys.log, copy, left, last=last)
        script_keys = [keys.log, copy, keys.ids, keys.checkpoints]
        found = int(await Script(client, ERASE_SCRIPT)(keys=script_keys, args=[*last, *arguments]))
        if found < 0:
            await client.unlink(copy)
            raise LogMovedError(last)
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


async def _copy(
    client: Client, log: str, copy: str, left: Mapping[int, bytes], *, last: Head
) -> None:
    after = "-"
    while rows := await client.xrange(log, min=after, count=COPY_COUNT):
        pipeline: Any = client.pipeline(transaction=False)
        for entry_id, fields in rows:
            body = fields[b"event"]
            content = left.get(int(entry_id.split(b"-", 1)[0]))
            if content is not None:
                stored = split(body)
                if stored is None:
                    raise LogDamagedError(f"expected an event at {entry_id!r}, found {body[:40]!r}")
                body = store_left(stored, content, erased=last.position + 1)
            pipeline.xadd(copy, {"event": body}, id=entry_id)
        pipeline.expire(copy, COPY_SECONDS)
        await pipeline.execute()
        after = f"({rows[-1][0].decode()}"
