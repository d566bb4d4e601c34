"""The change feed, as its readers see it: one entry for each changed figure, in order of position.

An entry's id is `<position>-<n>`. A position alone stands for all entries of that position. Old
entries are trimmed; the stream's metadata shows whether any were.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from redis.exceptions import RedisError, ResponseError
from typing_extensions import override

from services.eventlog.connection import Client
from services.eventlog.keys import keys_of
from services.eventlog.port import LogUnavailableError


#: Greatest second part of an entry's id.
N_MAX = 2**64 - 1


class ChangeId(NamedTuple):
    """Where a reader of changes is; `n` is `N_MAX` after all entries of a position."""

    position: int
    n: int = N_MAX

    @override
    def __str__(self) -> str:
        """Write the id so that `read_change_id` reads it."""
        return str(self.position) if self.n == N_MAX else f"{self.position}-{self.n}"

    @property
    def in_stream(self) -> str:
        """The id as the server knows it."""
        return f"{self.position}-{self.n}"


_ID = re.compile(r"(\d{1,18})(?:-(\d{1,18}))?", re.ASCII)


def read_change_id(text: str) -> ChangeId | None:
    """Read an entry's id, or a position for all entries up to it; null if it is neither.

    >>> read_change_id("812-1")
    ChangeId(position=812, n=1)
    >>> str(read_change_id("812"))
    '812'
    """
    found = _ID.fullmatch(text)
    if found is None:
        return None
    return ChangeId(int(found[1]), N_MAX if found[2] is None else int(found[2]))


class FeedEntry(NamedTuple):
    """One changed figure: its id, and its row as JSON, empty when it was withdrawn."""

    id: ChangeId
    figure: str
    row: bytes


class Held(NamedTuple):
    """What the feed holds.

    Attributes:
        first: Its first entry, null if it holds none.
        last: The last entry there ever was, 0-0 before the first.
        is_trimmed: Whether entries before the first are gone.
    """

    first: ChangeId | None
    last: ChangeId
    is_trimmed: bool

    def reaches(self, after: ChangeId) -> bool:
        """Return whether everything after a point is still there."""
        if not self.is_trimmed or after >= self.last:
            return True
        return self.first is not None and after >= self.first


class ChangeFeed:
    """The change feed of one ledger."""

    def __init__(self, client: Client, ledger: str) -> None:
        self._client = client
        self._key = keys_of(ledger).changes

    async def held(self) -> Held:
        """Return what the feed holds."""
        try:
            found = await self._client.xinfo_stream(self._key)
        except ResponseError as error:
            if "no such key" in str(error):
                return Held(None, ChangeId(0, 0), is_trimmed=False)
            raise LogUnavailableError(f"state of {self._key}: {error}") from error
        except RedisError as error:
            raise LogUnavailableError(f"state of {self._key}: {error}") from error
        first = found["first-entry"]
        return Held(
            first=_id_of(first[0]) if first else None,
            last=_id_of(found["last-generated-id"]),
            is_trimmed=int(found["entries-added"]) > int(found["length"]),
        )

    async def read(self, *, after: ChangeId, limit: int) -> Sequence[FeedEntry]:
        """Return up to `limit` changes after a point, in order; empty at the end."""
        try:
            rows = await self._client.xrange(self._key, min=f"({after.in_stream}", count=limit)
        except RedisError as error:
            raise LogUnavailableError(f"read of {self._key}: {error}") from error
        return [_feed_entry_of(entry_id, fields) for entry_id, fields in rows]

    async def read_back(self, *, before: ChangeId | None, limit: int) -> Sequence[FeedEntry]:
        """Return up to `limit` changes before a point, null for the end, the newest first."""
        last = f"({before.in_stream}" if before else "+"
        try:
            rows = await self._client.xrevrange(self._key, max=last, count=limit)
        except RedisError as error:
            raise LogUnavailableError(f"read of {self._key}: {error}") from error
        return [_feed_entry_of(entry_id, fields) for entry_id, fields in rows]

    async def wait(self, *, after: ChangeId, limit: int, wait_ms: int) -> Sequence[FeedEntry]:
        """Wait for changes after a point; empty if none came within `wait_ms`."""
        try:
            reply = await self._client.xread(
                {self._key: after.in_stream}, count=limit, block=wait_ms
            )
        except RedisError as error:
            raise LogUnavailableError(f"read of {self._key}: {error}") from error
        entries: Any = reply.values() if isinstance(reply, dict) else [rows for _, rows in reply]
        return [_feed_entry_of(*entry) for rows in entries for entry in rows]


def _id_of(entry_id: bytes | str) -> ChangeId:
    text = entry_id.decode() if isinstance(entry_id, bytes) else entry_id
    position, _, n = text.partition("-")
    return ChangeId(int(position), int(n))


def _feed_entry_of(entry_id: bytes, fields: Mapping[bytes, bytes]) -> FeedEntry:
    return FeedEntry(_id_of(entry_id), fields[b"id"].decode(), fields[b"figure"])
