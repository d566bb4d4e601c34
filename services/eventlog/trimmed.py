"""The part of a log that was trimmed: moved out of the server, once it lay in sealed segments.

The stream keeps the events behind it. `#trimmed` beside the readers' checkpoints is the last position that
went, and `#trimmed-chain` its chain value; both change together with the stream, in one script, so that a
log is never taken for trimmed that is not, and a trim by anybody else shows as the gap that it is.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from redis.exceptions import RedisError

from services.eventlog.chain import START, Head, chain_of
from services.eventlog.connection import Client, Script
from services.eventlog.keys import keys_of
from services.eventlog.memory import none_left, other_event, reader_behind
from services.eventlog.port import (
    Entry,
    HistoryLostError,
    LogDamagedError,
    LogUnavailableError,
    TrimRefusedError,
)
from services.eventlog.sealed_events import SealedEvents, SegmentError


TRIM_SCRIPT = files("services.eventlog").joinpath("trim.lua").read_text(encoding="utf-8")
#: Beside the checkpoints: the last position that was trimmed, and its chain value.
TRIMMED, TRIMMED_CHAIN = "#trimmed", "#trimmed-chain"
#: Events read out of segments in one go.
READ_COUNT = 5_000
#: What the script answers where it does not refuse.
_DONE = 1


class TrimmedPart:
    """The trimmed part of one ledger's log.

    Attributes:
        known: The last position trimmed, as the server said last.
    """

    def __init__(self, client: Client, ledger: str, directory: Path | None) -> None:
        """Prepare to read.

        Args:
            client: Of the server that has the rest of the log.
            ledger: Whose log.
            directory: Its sealed segments; null where this process was told of none.
        """
        self.known = 0
        self._client = client
        self._ledger = ledger
        self._keys = keys_of(ledger)
        self._sealed = None if directory is None else SealedEvents(directory, ledger)

    async def end(self) -> Head:
        """Return the place up to which the log is trimmed; before the first event if it is not.

        Raises:
            LogUnavailableError: The server could not be reached.
        """
        try:
            found = await self._client.hmget(self._keys.checkpoints, TRIMMED, TRIMMED_CHAIN)
        except RedisError as error:
            raise LogUnavailableError(f"read of {self._keys.checkpoints}: {error}") from error
        position, chain = found
        self.known = int(position or 0)
        return Head(self.known, chain.decode() if chain else "") if self.known else START

    async def read(self, *, after: int, limit: int) -> list[Entry]:
        """Return up to `limit` trimmed events above a position, in order; none if none was trimmed there.

        Raises:
            SegmentError: They are not where they should be, or not what they were.
            LogUnavailableError: The server could not be reached.
        """
        end = await self.end()
        while after < end.position and limit > 0:
            try:
                return await self._read_segments(after, limit, end)
            except LogDamagedError:
                # They are those of the log as it is now: it may have become another one meanwhile.
                before, end = end, await self.end()
                if end == before:
                    raise
        return []

    async def _read_segments(self, after: int, limit: int, end: Head) -> list[Entry]:
        read = self._segments(end).read
        return await asyncio.to_thread(read, after=after, limit=limit, trimmed=end)

    def _segments(self, end: Head) -> SealedEvents:
        if self._sealed is None:
            raise SegmentError(
                f"expected the sealed segments of ledger {self._ledger}, up to position "
                f"{end.position} of which the log was trimmed, found no directory named for them "
                "(LEDGER_SEALED_DIR)"
            )
        return self._sealed

    async def comparable(self, places: Sequence[Head]) -> list[Head]:
        """Return places that a script can compare: the end of what was trimmed, for those that lie before it.

        The segments lead from one to the other, so that whoever has the end has what lies before it.

        Raises:
            HistoryLostError: Another event stands at one of them.
            SegmentError: The segments are not where they should be, or not what they were.
            LogUnavailableError: The server could not be reached.
        """
        end = await self.end()
        while True:
            try:
                return [await self._stand_in(place, end) for place in places]
            except LogDamagedError:
                # As above: the log may have become another one meanwhile.
                before, end = end, await self.end()
                if end == before:
                    raise

    async def _stand_in(self, place: Head, end: Head) -> Head:
        if not 0 < place.position < end.position:
            return place
        [entry] = await self._read_segments(place.position - 1, 1, end)
        found = chain_of(entry.body)
        if found != place.chain:
            raise HistoryLostError(place, last=end.position, found=found)
        return end

    async def check(self) -> Head:
        """Return the place up to which the log is trimmed, once its segments were found to be there.

        Raises:
            SegmentError: One is gone, or they are another log's.
            LogUnavailableError: The server could not be reached.
        """
        end = await self.end()
        if end.position:
            await asyncio.to_thread(self._segments(end).check, end)
        return end

    async def bodies(self) -> AsyncIterator[bytes]:
        """Yield all trimmed events as JSON, in order."""
        after = 0
        while entries := await self.read(after=after, limit=READ_COUNT):
            for entry in entries:
                yield entry.body
            after = entries[-1].position

    async def trim(self, to: Head) -> int:
        """See `EventLog.trim`."""
        script = Script(self._client, TRIM_SCRIPT)
        try:
            reply = await script(keys=[self._keys.log, self._keys.checkpoints], args=list(to))
        except RedisError as error:
            raise LogUnavailableError(f"trim of {self._keys.log}: {error}") from error
        outcome, *found = reply
        if outcome == _DONE:
            return int(found[0])
        raise _refusal(outcome, found, self._keys.log, to.position)


def _refusal(outcome: int, found: Sequence[Any], log: str, position: int) -> Exception:
    match outcome:
        case -1:
            return TrimRefusedError(other_event(position, found[0]))
        case -2:
            return TrimRefusedError(none_left(position, found[0]))
        case -3:
            return TrimRefusedError(reader_behind(found[0].decode(), found[1], position))
        case _:
            last, length, trimmed = found
            return LogDamagedError(
                f"expected {log} to hold every position from {trimmed + 1} to {last}, found {length} "
                "entries (`exchange-ledger log verify` names what is wrong)"
            )


async def reader_checkpoints(client: Client, ledger: str) -> dict[str, int]:
    """Return how far each reader has dealt with a log that keeps a checkpoint beside it.

    Raises:
        LogUnavailableError: The server could not be reached.
    """
    key = keys_of(ledger).checkpoints
    try:
        found = await client.hgetall(key)
    except RedisError as error:
        raise LogUnavailableError(f"read of {key}: {error}") from error
    return {
        reader.decode(): int(position) for reader, position in found.items() if reader[:1] != b"#"
    }


async def groups_on_log(client: Client, ledger: str) -> dict[str, int]:
    """Return the last position before which a group of consumers has left nothing, of others' groups on a log's stream.

    Raises:
        LogUnavailableError: The server could not be reached.
    """
    key = keys_of(ledger).log
    try:
        groups = await client.xinfo_groups(key) if await client.exists(key) else []
        found = {}
        for group in groups:
            name = _text(group["name"])
            waiting = await client.xpending(key, name) if group["pending"] else None
            at = waiting["min"] if waiting else group["last-delivered-id"]
            found[name] = int(_text(at).partition("-")[0]) - bool(waiting)
    except RedisError as error:
        raise LogUnavailableError(f"groups of consumers of {key}: {error}") from error
    return found


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
