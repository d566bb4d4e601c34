"""The statuses of a ledger's readers, and the heartbeats of the processes they run in.

They are for people and health checks only: nothing depends on them. A reader that was killed cannot
report it; the heartbeat of its process becomes outdated instead.

A process has one heartbeat, however many ledgers it serves: one small write a second. How old it is
is told by the server's clock alone: the key expires, and the server knows how long it still has.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from pydantic import AwareDatetime
from redis.exceptions import RedisError

from schemas.record import Record
from services.eventlog.connection import Client
from services.eventlog.keys import heartbeat_key, keys_of
from services.eventlog.port import LogUnavailableError


#: How often a running reader repeats its status when nothing changes, in seconds.
REPEAT_SECONDS = 10.0
#: Age of its heartbeat at which a process is silent, in seconds: several beats were missed.
SILENT_SECONDS = 4.0
#: How long a heartbeat is kept, in seconds. A process whose heartbeat is gone has been silent for longer.
HEARTBEAT_KEPT_SECONDS = 7 * 86_400
#: Age after which the last status of a process that is no more is removed, where each start makes a new name.
FORGET_AFTER = timedelta(hours=1)


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
        moved_ms: When it last went on to another entry, on the stopwatch of its process.
        starts: Which start of this reader on this ledger it was, from 1.
    """

    state: Literal["running", "stopped", "failed"]
    position: int
    at: AwareDatetime
    host: str
    pid: int
    entry: str | None = None
    error: str | None = None
    handled: int
    moved_ms: float | None = None
    starts: int | None = None


class Heartbeat(NamedTuple):
    """The last heartbeat of a process.

    Attributes:
        age_seconds: How long ago it was, by the server's clock.
        reading_ms: What the process's own stopwatch showed then.
    """

    age_seconds: float
    reading_ms: float

    @property
    def is_silent(self) -> bool:
        """Whether the process has missed several of its beats."""
        return self.age_seconds > SILENT_SECONDS

    def seconds_since(self, earlier_ms: float) -> float:
        """Return how long ago something was, by the stopwatch of the process that lives or lived."""
        return max(0.0, (self.reading_ms - earlier_ms) / 1000) + self.age_seconds


class Heartbeats:
    """The heartbeats of processes."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def beat(self, host: str, process: int, *, reading_ms: float) -> None:
        """Show that a process lives."""
        try:
            await self._client.set(
                heartbeat_key(host, process), f"{reading_ms:.0f}", ex=HEARTBEAT_KEPT_SECONDS
            )
        except RedisError as error:
            raise LogUnavailableError(f"heartbeat of process {process}: {error}") from error

    async def end(self, host: str, process: int) -> None:
        """Remove the heartbeat of a process that ends."""
        try:
            await self._client.unlink(heartbeat_key(host, process))
        except RedisError as error:
            raise LogUnavailableError(f"heartbeat of process {process}: {error}") from error

    async def read(self, statuses: Sequence[ReaderStatus]) -> list[Heartbeat | None]:
        """Return the last heartbeat of each reader's process, null where there is none."""
        return await self.of([(status.host, status.pid) for status in statuses])

    async def of(self, processes: Sequence[tuple[str, int]]) -> list[Heartbeat | None]:
        """Return the last heartbeat of processes, each on its machine, null where there is none."""
        keys = [heartbeat_key(host, process) for host, process in processes]
        pipeline = self._client.pipeline(transaction=False)
        for key in keys:
            # The time left first: between the two a beat may only make it younger than it is told.
            pipeline.pttl(key)
            pipeline.get(key)
        try:
            found = await pipeline.execute()
        except RedisError as error:
            raise LogUnavailableError(f"heartbeats: {error}") from error
        return [
            None
            if reading is None or left_ms < 0
            else Heartbeat(max(0.0, HEARTBEAT_KEPT_SECONDS - left_ms / 1000), float(reading))
            for left_ms, reading in zip(found[::2], found[1::2], strict=True)
        ]


class Readers:
    """The statuses of one ledger's readers."""

    def __init__(self, client: Client, ledger: str) -> None:
        self._client = client
        self._key = keys_of(ledger).readers
        self._starts = keys_of(ledger).starts

    async def write(self, reader: str, status: ReaderStatus) -> None:
        """Write the status of `reader`."""
        try:
            await self._client.hset(self._key, reader, status.model_dump_json())
        except RedisError as error:
            raise LogUnavailableError(f"status of {reader}: {error}") from error

    async def count_start(self, stage: str) -> int:
        """Count one more start of a stage's process; return how many there were."""
        try:
            return int(await self._client.hincrby(self._starts, stage, 1))
        except RedisError as error:
            raise LogUnavailableError(f"starts of {stage}: {error}") from error

    async def read(self) -> dict[str, ReaderStatus]:
        """Return every reader's last status, by reader, in order of name."""
        try:
            rows = await self._client.hgetall(self._key)
        except RedisError as error:
            raise LogUnavailableError(f"statuses in {self._key}: {error}") from error
        return statuses_of(rows)

    async def running(self) -> dict[str, ReaderStatus]:
        """Return the statuses of those readers whose processes live."""
        statuses = await self.read()
        beats = await Heartbeats(self._client).read(list(statuses.values()))
        return {
            reader: status
            for (reader, status), beat in zip(statuses.items(), beats, strict=True)
            if status.state == "running" and beat is not None and not beat.is_silent
        }

    async def forget(self, reader: str) -> None:
        """Remove what a reader said."""
        try:
            await self._client.hdel(self._key, reader)
        except RedisError as error:
            raise LogUnavailableError(f"status of {reader}: {error}") from error

    async def forget_old(self, prefix: str, now: datetime) -> None:
        """Remove the statuses of processes long ended, whose names begin with `prefix`."""
        for reader, status in (await self.read()).items():
            if reader.startswith(prefix) and now - status.at > FORGET_AFTER:
                await self.forget(reader)


def statuses_of(rows: dict[bytes, bytes]) -> dict[str, ReaderStatus]:
    """Read statuses as the server gives them, in order of the readers' names."""
    return {
        reader.decode(): ReaderStatus.model_validate_json(row)
        for reader, row in sorted(rows.items())
    }
