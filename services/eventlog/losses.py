"""Losses: what a process saw in a log and no longer finds there, told until an operator acknowledges it.

A server may come back with a shorter log, after a failover, a power cut, or from a restored file. What
is gone is gone; but it is named: the range of positions, and since when claims may be missing, so that
publishers repeat and operators restore. A loss stands beside the log, in a hash of its own.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, Field
from redis.exceptions import RedisError, WatchError
from typing_extensions import override

from schemas.record import Record
from services.eventlog.chain import Head
from services.eventlog.connection import Client
from services.eventlog.keys import keys_of
from services.eventlog.port import EventLog, LogUnavailableError


#: Processes notice one loss within this time of each other.
SAME_LOSS = timedelta(minutes=5)


class Acknowledgement(Record):
    """Who took note of a loss, why it is settled, and when."""

    who: str
    why: str
    at: AwareDatetime


class Loss(Record):
    """Events that were in the log and are no longer.

    Attributes:
        id: Names the loss.
        first: First position at which another event stands now, or none. Where the log has
            grown again, it may be earlier or later than the first one that was really lost.
        last: Last position that was seen before.
        since: When the last event before `first` was recorded: what was acknowledged later may be
            missing; null where none is left.
        noticed_at: When it was noticed first.
        noticed_by: The readers that noticed it.
        chain: The chain value that was seen at `last`: a copy of the log that has it has what was lost.
        acknowledged: Null until an operator took note.
    """

    id: str
    first: Annotated[int, Field(ge=1)]
    last: Annotated[int, Field(ge=1)]
    since: AwareDatetime | None
    noticed_at: AwareDatetime
    noticed_by: tuple[str, ...]
    chain: str
    acknowledged: Acknowledgement | None = None

    @override
    def __str__(self) -> str:
        """Write what was lost, in one line."""
        since = "" if self.since is None else f", recorded after {self.since.isoformat()}"
        return (
            f"positions {self.first} to {self.last} were lost{since} "
            f"(noticed {self.noticed_at.isoformat(timespec='seconds')} by "
            f"{', '.join(self.noticed_by)}; loss {self.id})"
        )


async def common_head(log: EventLog, seen: Sequence[Head]) -> Head:
    """Return the furthest of some places, ascending, that a log still has; before the first if none."""
    low, high = 0, len(seen)
    while low < high:
        middle = (low + high) // 2
        if await log.chain_at(seen[middle].position) == seen[middle].chain:
            low = middle + 1
        else:
            high = middle
    return seen[low - 1] if low else Head(0, "")


async def find_loss(
    log: EventLog, seen: Sequence[Head], *, reader: str, now: datetime
) -> Loss | None:
    """Return what a log no longer has of the places seen in it; null if it has all of them."""
    kept = await common_head(log, seen)
    if not seen or kept == seen[-1]:
        return None
    last = await log.last_position()
    first = kept.position + 1
    following = next(head for head in seen if head.position > kept.position)
    if kept.position < last < following.position:
        # Nothing contradicts the events in between. They may be others all the same, where it has grown again.
        first, kept = last + 1, Head(last, await log.chain_at(last) or "")
    return Loss(
        id=f"{first}-{seen[-1].chain[:8]}",
        first=first,
        last=seen[-1].position,
        since=await _recorded_at(log, first - 1),
        noticed_at=now,
        noticed_by=(reader,),
        chain=seen[-1].chain,
    )


async def _recorded_at(log: EventLog, position: int) -> datetime | None:
    entries = await log.read(after=position - 1, limit=1) if position else ()
    said = json.loads(entries[0].body).get("recorded_at") if entries else None
    return None if said is None else datetime.fromisoformat(said)


class Losses:
    """The losses of one ledger's log."""

    def __init__(self, client: Client, ledger: str) -> None:
        self._client = client
        self._key = keys_of(ledger).losses

    async def add(self, loss: Loss) -> None:
        """Add a loss, or what another process noticed of the same one."""
        try:
            async with self._client.pipeline(transaction=True) as pipeline:
                while True:
                    await pipeline.watch(self._key)
                    added = _merged(loss, map(_read, await pipeline.hvals(self._key)))
                    pipeline.multi()
                    pipeline.hset(self._key, added.id, added.model_dump_json())
                    try:
                        await pipeline.execute()
                    except WatchError:
                        continue  # Another process added what it noticed.
                    return
        except RedisError as error:
            raise LogUnavailableError(f"write of {self._key}: {error}") from error

    async def all(self) -> list[Loss]:
        """Return all losses, in order of when they were noticed."""
        try:
            rows = await self._client.hvals(self._key)
        except RedisError as error:
            raise LogUnavailableError(f"losses in {self._key}: {error}") from error
        return sorted(map(_read, rows), key=lambda loss: (loss.noticed_at, loss.first, loss.id))

    async def open(self) -> list[Loss]:
        """Return the losses that nobody acknowledged yet."""
        return [loss for loss in await self.all() if loss.acknowledged is None]

    async def acknowledge(self, loss: Loss, acknowledgement: Acknowledgement) -> Loss:
        """Store that somebody took note of a loss; return it as it stands then."""
        noted = loss.model_copy(update={"acknowledged": acknowledgement})
        try:
            await self._client.hset(self._key, noted.id, noted.model_dump_json())
        except RedisError as error:
            raise LogUnavailableError(f"write of {self._key}: {error}") from error
        return noted


def _read(row: bytes) -> Loss:
    return Loss.model_validate_json(row)


def _merged(loss: Loss, known: Iterable[Loss]) -> Loss:
    """Return a loss joined with what other processes noticed of the same one, under their name for it."""
    for other in known:
        is_apart = other.last < loss.first or other.first > loss.last
        is_older = other.noticed_at < loss.noticed_at - SAME_LOSS
        if not (is_apart or is_older or other.acknowledged):
            return _together(other, loss)
    return loss


def _together(known: Loss, loss: Loss) -> Loss:
    """Return one loss of what two processes noticed of it; it keeps its name."""
    longer = max(known, loss, key=lambda one: one.last)
    earlier = min(known, loss, key=lambda one: one.first)
    return known.model_copy(
        update={
            "first": earlier.first,
            "last": longer.last,
            "since": earlier.since,
            "chain": longer.chain,
            "noticed_by": tuple(sorted({*known.noticed_by, *loss.noticed_by})),
        }
    )
