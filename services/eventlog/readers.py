"""The statuses of a ledger's readers.

They are for people and health checks only: nothing depends on them. A reader that was killed cannot
report it; its last status becomes outdated instead.
"""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime
from redis.exceptions import RedisError

from schemas.record import Record
from services.eventlog.connection import Client
from services.eventlog.keys import keys_of
from services.eventlog.port import LogUnavailableError


#: How often a running reader repeats its status when nothing changes, in seconds.
REPEAT_SECONDS = 10.0


class ReaderStatus(Record):
    """The status that a reader writes about itself.

    Attributes:
        state: `failed` means that it stopped at `entry` because of `error`.
        position: Last log position it dealt with, 0 for none.
        at: When it said so.
        host: Machine it runs on.
        pid: Process it runs in.
        entry: The entry it stopped at: a log position, or an inbox entry id; null unless failed.
        error: What was wrong there; null unless failed.
        handled: Entries dealt with since it started.
    """

    state: Literal["running", "stopped", "failed"]
    position: int
    at: AwareDatetime
    host: str
    pid: int
    entry: str | None = None
    error: str | None = None
    handled: int

    def is_silent(self, now: datetime) -> bool:
        """Whether a running reader has missed at least two of its repeats."""
        return self.state == "running" and now - self.at > timedelta(seconds=3 * REPEAT_SECONDS)


class Readers:
    """The statuses of one ledger's readers."""

    def __init__(self, client: Client, ledger: str) -> None:
        self._client = client
        self._key = keys_of(ledger).readers

    async def write(self, reader: str, status: ReaderStatus) -> None:
        """Write the status of `reader`."""
        try:
            await self._client.hset(self._key, reader, status.model_dump_json())
        except RedisError as error:
            raise LogUnavailableError(f"status of {reader}: {error}") from error

    async def read(self) -> dict[str, ReaderStatus]:
        """Return every reader's last status, by reader, in order of name."""
        try:
            rows = await self._client.hgetall(self._key)
        except RedisError as error:
            raise LogUnavailableError(f"statuses in {self._key}: {error}") from error
        return {
            reader.decode(): ReaderStatus.model_validate_json(row)
            for reader, row in sorted(rows.items())
        }

    async def forget(self, reader: str) -> None:
        """Remove what a reader said."""
        try:
            await self._client.hdel(self._key, reader)
        except RedisError as error:
            raise LogUnavailableError(f"status of {reader}: {error}") from error
