"""The stream of submissions: what anybody reported, and what editors decided of it.

It is no log: what is in it can be removed, and nothing is worked out from it. Its length is bounded, so that
strangers cannot fill the server; decisions always find room, because editors make them one at a time.
"""

from collections.abc import Sequence
from typing import NamedTuple

from redis.exceptions import RedisError

from services.eventlog.bounded_stream import BoundedStream
from services.eventlog.connection import Client, write_refused
from services.eventlog.keys import keys_of
from services.eventlog.port import LogUnavailableError


#: Entries read in one go.
BATCH_COUNT = 1_000


class SubmissionsFullError(Exception):
    """The stream holds as many entries as it may; nothing was added."""

    def __init__(self, ledger: str, *, limit: int) -> None:
        super().__init__(
            f"expected room among the submissions to {ledger}, of which {limit:,} may be kept "
            "(LEDGER_SUBMISSIONS_MAX), found none until an editor has been there"
        )


class StreamEntry(NamedTuple):
    """An entry: the server's id, and the event as JSON."""

    id: str
    event: bytes


class SubmissionStream:
    """The submissions of one ledger."""

    def __init__(self, client: Client, ledger: str, *, replicas: int = 0) -> None:
        """Prepare; what is added is acknowledged when so many replicas have it."""
        self._client, self._ledger = client, ledger
        self._key = keys_of(ledger).submissions
        self._stream = BoundedStream(client, self._key, replicas=replicas)

    async def add(self, event: bytes, *, limit: int | None = None) -> str:
        """Add an event if there is room; return its entry's id.

        Raises:
            SubmissionsFullError: The stream would hold more than `limit` entries.
            LogUnavailableError: The server could not be reached, or has no room.
        """
        added = await self._stream.add([event], count=1, limit=limit)
        if added.ids is None:
            raise SubmissionsFullError(self._ledger, limit=limit or 0)
        return added.ids[0]

    async def read(self, *, after: str = "0") -> list[StreamEntry]:
        """Return up to `BATCH_COUNT` entries behind an id, in order; empty at the end."""
        try:
            rows = await self._client.xrange(self._key, min=f"({after}", count=BATCH_COUNT)
        except RedisError as error:
            raise LogUnavailableError(f"read of {self._key}: {error}") from error
        return [StreamEntry(entry_id.decode(), fields[b"event"]) for entry_id, fields in rows]

    async def all(self) -> list[StreamEntry]:
        """Return all entries, in order."""
        found: list[StreamEntry] = []
        while entries := await self.read(after=found[-1].id if found else "0"):
            found += entries
        return found

    async def erase(self, entry_ids: Sequence[str], event: bytes) -> None:
        """Remove entries and add the event that says so, in one step.

        Raises:
            LogUnavailableError: The server could not be reached. It may have been done.
        """
        try:
            async with self._client.pipeline(transaction=True) as together:
                together.xdel(self._key, *entry_ids)
                together.xadd(self._key, {"event": event})
                await together.execute()
        except RedisError as error:
            raise write_refused(f"change of {self._key}", error) from error
