"""Parked claims: found by what they say, and taken out again.

There may be hundreds of thousands, so that nothing here reads them all at once: they are looked through in
batches, and only those wanted are unpacked.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from redis.exceptions import RedisError

from schemas.views import ParkedClaim, Rejection
from services.eventlog.connection import Client, Script, reading_raw, write_refused
from services.eventlog.inbox import InboxFullError, parked_of
from services.eventlog.keys import keys_of
from services.eventlog.port import LogUnavailableError


UNPARK_SCRIPT = files("services.eventlog").joinpath("unpark.lua").read_text(encoding="utf-8")
#: Entries read in one go, and ids that one call takes out.
BATCH_COUNT = 2_000
#: Different reasons that are kept in words.
REASONS_KEPT = 1_000


class ParkedFilter(NamedTuple):
    """Which parked claims are meant; null leaves open. Texts are found anywhere, in any case.

    Attributes:
        source: Who published it, as parked.
        reason: A part of the reasons, as they are shown.
        text: A part of what was sent.
        since: Parked at that time or later.
        until: Parked at that time or earlier.
    """

    source: str | None = None
    reason: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def matches(self, fields: Mapping[bytes, bytes]) -> bool:
        """Return whether a parked entry is meant."""
        if self.source is not None and fields[b"source"].decode(errors="replace") != self.source:
            return False
        # What is not asked for is not even made of the bytes: there may be hundreds of thousands.
        if self.text is not None and not _holds(
            fields[b"event"].decode(errors="replace"), self.text
        ):
            return False
        if self.reason is not None and not _holds(_in_words(fields[b"reasons"]), self.reason):
            return False
        if self.since is None and self.until is None:
            return True
        parked_at = datetime.fromisoformat(fields[b"parked_at"].decode())
        return (self.since or parked_at) <= parked_at <= (self.until or parked_at)


class _Writing:
    """Name what was changed when the server fails at it."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        """Raise what a refused write is for an error of the server; let others through."""
        if isinstance(error, RedisError):
            raise write_refused(f"change of {self._key}", error) from error


class ParkedClaims:
    """The parked claims of one ledger."""

    def __init__(self, client: Client, ledger: str) -> None:
        self._client, self._ledger = client, ledger
        self._reading = reading_raw(client)
        self._keys = keys_of(ledger)
        self._unpark = Script(client, UNPARK_SCRIPT)

    async def count(self) -> int:
        """Return how many there are."""
        try:
            return int(await self._client.xlen(self._keys.rejected))
        except RedisError as error:
            raise LogUnavailableError(f"length of {self._keys.rejected}: {error}") from error

    async def get(self, entry_id: str) -> ParkedClaim | None:
        """Return one, null if there is none of that id."""
        fields = await self._fields_of(entry_id)
        return None if fields is None else parked_of(entry_id, fields)

    async def found(self, wanted: ParkedFilter = ParkedFilter()) -> AsyncGenerator[ParkedClaim]:  # noqa: B008  immutable
        """Yield those that are meant, in the order they were parked."""
        async for entry_id, fields in self._matching(wanted):
            yield parked_of(entry_id, fields)

    async def ids(self, wanted: ParkedFilter) -> list[str]:
        """Return the ids of those that are meant, in the order they were parked."""
        return [entry_id async for entry_id, _ in self._matching(wanted)]

    async def discard(self, ids: Sequence[str]) -> int:
        """Throw claims away, for good; return how many were there."""
        taken = 0
        for first in range(0, len(ids), BATCH_COUNT):
            with _Writing(self._keys.rejected):
                taken += await self._client.xdel(
                    self._keys.rejected, *ids[first : first + BATCH_COUNT]
                )
        return taken

    async def discard_all(self) -> int:
        """Throw away all that are parked now, and none that is parked meanwhile; return how many."""
        with _Writing(self._keys.rejected):
            last = await self._client.xrevrange(self._keys.rejected, count=1)
            if not last:
                return 0
            time, _, number = last[0][0].decode().partition("-")
            behind = f"{time}-{int(number) + 1}"
            return int(
                await self._client.xtrim(self._keys.rejected, minid=behind, approximate=False)
            )

    async def retry(self, ids: Sequence[str], *, limit: int) -> int:
        """Put claims back into an inbox that may hold `limit` entries; return how many were there.

        Raises:
            InboxFullError: It is full; those before the first that found no room are in it.
        """
        taken = 0
        for first in range(0, len(ids), BATCH_COUNT):
            batch = ids[first : first + BATCH_COUNT]
            with _Writing(self._keys.rejected):
                keys = [self._keys.inbox, self._keys.rejected]
                count = int(await self._unpark(keys=keys, args=[limit, *batch]))
            taken += count
            if count < len(batch) and await self._fields_of(batch[-1]) is not None:
                raise InboxFullError(self._ledger, waiting=limit, limit=limit)
        return taken

    async def _fields_of(self, entry_id: str) -> Mapping[bytes, bytes] | None:
        try:
            rows = await self._client.xrange(self._keys.rejected, min=entry_id, max=entry_id)
        except RedisError as error:
            raise LogUnavailableError(f"read of {self._keys.rejected}: {error}") from error
        return rows[0][1] if rows else None

    async def _matching(
        self, wanted: ParkedFilter
    ) -> AsyncGenerator[tuple[str, Mapping[bytes, bytes]]]:
        coming = self._begin_to_read("-")
        try:
            while True:
                rows = await coming
                # The server is busy with the next ones while these are looked through.
                is_over = len(rows) < BATCH_COUNT
                if not is_over:
                    coming = self._begin_to_read(f"({rows[-1][0].decode()}")
                for entry_id, parts in rows:
                    fields = dict(zip(parts[::2], parts[1::2], strict=True))
                    if wanted.matches(fields):
                        yield entry_id.decode(), fields
                if is_over:
                    return
        finally:
            # Not cancelled, which would close the connection.
            await asyncio.gather(coming, return_exceptions=True)

    def _begin_to_read(self, minimum: str) -> "asyncio.Task[list[tuple[bytes, list[bytes]]]]":
        return asyncio.create_task(self._read_from(minimum))

    async def _read_from(self, minimum: str) -> list[tuple[bytes, list[bytes]]]:
        """Read the next entries as the server gives them, names and values in turns."""
        try:
            rows: list[tuple[bytes, list[bytes]]] = await self._reading.xrange(
                self._keys.rejected, min=minimum, count=BATCH_COUNT
            )
        except RedisError as error:
            raise LogUnavailableError(f"read of {self._keys.rejected}: {error}") from error
        return rows


def in_words(reason: Rejection) -> str:
    """Return one reason as a line of text."""
    return _told(reason.pointer, reason.expected, reason.found)


@lru_cache(REASONS_KEPT)
def _in_words(reasons: bytes) -> str:
    # Most are the same few. Of each of hundreds of thousands: a record made of it would cost more than all else.
    return "; ".join(
        _told(each["pointer"], each["expected"], each["found"]) for each in json.loads(reasons)
    )


def _told(pointer: str, expected: str, found: str) -> str:
    return f"{pointer or 'the whole event'}: expected {expected}, found {found}"


def _holds(held: str, wanted: str) -> bool:
    return wanted.casefold() in held.casefold()
