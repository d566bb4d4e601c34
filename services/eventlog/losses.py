"""Losses: what a process saw in a log and no longer finds there, told until an operator acknowledges it.

A server may come back with a shorter log, after a failover, a power cut, or from a restored file. What
is gone is gone; but it is named: the range of positions, and since when claims may be missing, so that
publishers repeat and operators restore. A loss stands beside the log, in a hash of its own.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain, count
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, Field
from redis.exceptions import RedisError, WatchError
from typing_extensions import override

from schemas.record import Record
from services.eventlog.chain import START, Head, chain_of
from services.eventlog.connection import Client
from services.eventlog.keys import keys_of
from services.eventlog.port import EventLog, LogUnavailableError
from services.eventlog.trimmed import TrimmedPart


#: Processes notice one loss within this time of each other.
SAME_LOSS = timedelta(minutes=5)
#: Of the places that are gone, how many a loss carries: one kept by two readers shows that both saw one history.
PLACES_MAX = 128


class Acknowledgement(Record):
    """Who took note of a loss, why it is settled, and when."""

    who: str
    why: str
    at: AwareDatetime


class Sighting(Record):
    """What readers of one history found gone of it.

    Attributes:
        first: Behind the furthest place that any of them saw and that is still there.
        last: The furthest place that any of them saw.
        since: When the last event before `first` was recorded.
        chain: The chain value that was seen at `last`.
        kept: The place before `first`, as it was found then.
        places: Some of the places that are gone, in ascending order; none where it is not known which.
    """

    first: Annotated[int, Field(ge=1)]
    last: Annotated[int, Field(ge=1)]
    since: AwareDatetime | None
    chain: str
    kept: Head = START
    places: tuple[Head, ...] = ()

    @property
    def end(self) -> Head:
        """The furthest place that is gone."""
        return Head(self.last, self.chain)


class Loss(Record):
    """Events that were in the log and are no longer.

    Attributes:
        id: Names the loss.
        first: Behind the furthest place that was seen and is still there. It is never later than the
            first event that is gone, and earlier only by what nobody saw who noticed the loss.
        last: Last position that was seen before.
        since: When the last event before `first` was recorded: what was acknowledged later may be
            missing; null where none is left.
        noticed_at: When it was noticed first.
        noticed_by: The readers that noticed it.
        chain: The chain value that was seen at `last`: a copy of the log that has it has what was lost.
        acknowledged: Null until an operator took note.
        sightings: What was noticed, joined where readers saw one history; stored, and not told.
    """

    id: str
    first: Annotated[int, Field(ge=1)]
    last: Annotated[int, Field(ge=1)]
    since: AwareDatetime | None
    noticed_at: AwareDatetime
    noticed_by: tuple[str, ...]
    chain: str
    acknowledged: Acknowledgement | None = None
    sightings: Annotated[tuple[Sighting, ...], Field(exclude=True)] = ()

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
    # The last one first: it is there as a rule, and the others need not be looked for where they were trimmed.
    if seen and await log.chain_at(seen[-1].position) == seen[-1].chain:
        return seen[-1]
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
    """Return what a log no longer has of the places seen in it; null if it has all of them.

    What lies between two places seen, of which one is left, counts as gone: where the log has grown
    again, nothing in it says whether these events are the ones that were there.
    """
    kept = await common_head(log, seen)
    if not seen or kept == seen[-1]:
        return None
    gone = [head for head in seen if head.position > kept.position]
    last, chain = gone[-1]
    first, since = kept.position + 1, await _recorded_at(log, kept.position)
    sighting = Sighting(
        first=first, last=last, since=since, chain=chain, kept=kept, places=_some(gone)
    )
    return Loss(
        id=f"{first}-{chain[:8]}",
        first=first,
        last=last,
        since=since,
        noticed_at=now,
        noticed_by=(reader,),
        chain=chain,
        sightings=(sighting,),
    )


def _some(places: Sequence[Head]) -> tuple[Head, ...]:
    """Return as many places as a loss carries, the last one and evenly spread ones before it."""
    apart = -(-len(places) // PLACES_MAX)
    return tuple(places[::-1][::apart][::-1]) if apart else ()


async def _recorded_at(log: EventLog, position: int) -> datetime | None:
    entries = await log.read(after=position - 1, limit=1) if position else ()
    said = json.loads(entries[0].body).get("recorded_at") if entries else None
    return None if said is None else datetime.fromisoformat(said)


class Losses:
    """The losses of one ledger's log."""

    def __init__(self, client: Client, ledger: str, *, sealed: Path | None = None) -> None:
        """Prepare to read and write.

        Args:
            client: Of the server that has them.
            ledger: Whose.
            sealed: The directory of its sealed segments, which hold what was trimmed; null for none.
        """
        self._client = client
        self._key, self._log_key = keys_of(ledger).losses, keys_of(ledger).log
        self._trimmed = TrimmedPart(client, ledger, sealed)

    async def add(self, loss: Loss) -> Loss | None:
        """Add a loss, or what another process noticed of the same one.

        Returns:
            As it is stored; null if the log lost more meanwhile, so that the loss begins earlier: nothing is
            added then.
        """

        async def joined(pipeline: Any) -> Loss | None:
            kept = [sighting.kept for sighting in loss.sightings]
            if len(await self._held(pipeline, kept)) < len(set(kept)):
                return None
            return merged(loss, await self._stored(pipeline))

        return await self._change(joined)

    async def put_back(self, loss: Loss) -> Loss | None:
        """Store once more what was told: the record of it may have gone with a part of the log.

        Returns:
            As it is stored; null if nothing of it is gone any more.
        """

        async def joined(pipeline: Any) -> Loss | None:
            held = await self._held(pipeline, places_of(loss))
            return told_again(loss, await self._stored(pipeline), held=held)

        return await self._change(joined)

    async def rows(self, ids: Sequence[str]) -> list[bytes | None]:
        """Return what is stored under some ids, as it is."""
        try:
            rows: list[bytes | None] = await self._client.hmget(self._key, list(ids))
        except RedisError as error:
            raise LogUnavailableError(f"losses in {self._key}: {error}") from error
        return rows

    async def _change(self, change: Callable[[Any], Awaitable[Loss | None]]) -> Loss | None:
        """Store what `change` makes of what is stored, in one step; return it."""
        try:
            async with self._client.pipeline(transaction=True) as pipeline:
                while True:
                    try:
                        # A watch ends with its connection: what is found holds until the write, or nothing
                        # is written.
                        await pipeline.watch(self._key)
                        changed = await change(pipeline)
                        if changed is not None and not await self._has(pipeline, changed):
                            pipeline.multi()
                            pipeline.hset(self._key, changed.id, written(changed))
                            await pipeline.execute()
                    except WatchError:
                        continue  # Another process added what it noticed, or the server went away.
                    else:
                        return changed
        except RedisError as error:
            raise LogUnavailableError(f"write of {self._key}: {error}") from error

    async def _has(self, pipeline: Any, loss: Loss) -> bool:
        row: bytes | None = await pipeline.hget(self._key, loss.id)
        return row == written(loss)

    async def _stored(self, pipeline: Any) -> list[Loss]:
        return [_read(row) for row in await pipeline.hvals(self._key)]

    async def _held(self, pipeline: Any, places: Iterable[Head]) -> set[Head]:
        """Return those of some places that the log has; it has the one before the first event."""
        held = set()
        for place in set(places):
            at = f"{place.position}-0"
            rows = await pipeline.xrange(self._log_key, min=at, max=at) if place.position else ()
            found = chain_of(rows[0][1][b"event"]) if rows else None
            if place.position and not rows:
                moved = await self._trimmed.read(after=place.position - 1, limit=1)
                found = chain_of(moved[0].body) if moved else None
            if not place.position or found == place.chain:
                held.add(place)
        return held

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

        async def noted(pipeline: Any) -> Loss:
            row = await pipeline.hget(self._key, loss.id)
            stored = loss if row is None else _read(row)
            return stored.model_copy(update={"acknowledged": acknowledgement})

        changed = await self._change(noted)
        assert changed is not None, "a loss that is noted is there"
        return changed


def written(loss: Loss) -> bytes:
    """Return a loss as it is stored."""
    sightings = [sighting.model_dump(mode="json") for sighting in loss.sightings]
    return json.dumps(loss.model_dump(mode="json") | {"sightings": sightings}).encode()


def _read(row: bytes) -> Loss:
    return Loss.model_validate_json(row)


def merged(loss: Loss, known: Iterable[Loss]) -> Loss:
    """Return a loss joined with what other processes noticed of the same one, under their name for it.

    What somebody took note of stays noted: to hear of the same from another reader changes nothing. From one
    that had told it before, it is told anew: it saw again what was gone, and lost it again.
    """
    losses = list(known)
    for other in losses:
        is_apart = other.last < loss.first or other.first > loss.last
        is_older = other.noticed_at < loss.noticed_at - SAME_LOSS
        is_same = _is_of_one_history(other, loss)
        if other.acknowledged:
            is_known = is_same and _covers(other, loss)
            if is_known and _kinds(other).isdisjoint(_kinds(loss)):
                return other.model_copy(update={"noticed_by": _readers(other, loss)})
        elif is_same or not (is_apart or is_older):
            return _together(other, loss)
    return _under_free_id(loss, losses)


def places_of(loss: Loss) -> set[Head]:
    """Return the places that decide what is told again of a loss."""
    return {place for one in _sightings_of(loss) for place in (one.kept, one.end)}


def told_again(loss: Loss, known: Iterable[Loss], *, held: Collection[Head]) -> Loss | None:
    """Return what is to be stored of a loss told before; null if nothing of it is gone any more.

    Args:
        loss: As it was stored then.
        known: What is stored now, which may be what was stored before that.
        held: Those of its places that the log has.
    """
    losses = list(known)
    stored = next((other for other in losses if other.id == loss.id), None)
    if stored is None and all(one.end in held for one in _sightings_of(loss)):
        return None
    # What was found still there may be gone now: then it narrows nobody else's range.
    sightings = tuple(
        one
        if one.kept in held and one.kept.position == one.first - 1
        else one.model_copy(update={"places": ()})
        for one in _sightings_of(loss)
    )
    loss = loss.model_copy(update={"sightings": sightings})
    if stored is None:
        return loss
    if stored.acknowledged and not _covers(stored, loss):
        return _under_free_id(loss, losses)
    noted = loss.acknowledged if _covers(loss, stored) else None
    return _together(stored, loss).model_copy(update={"acknowledged": stored.acknowledged or noted})


def _is_of_one_history(loss: Loss, other: Loss) -> bool:
    places = {place for one in loss.sightings for place in one.places}
    others = {place for one in other.sightings for place in one.places}
    return loss.id == other.id or not places.isdisjoint(others)


def _covers(loss: Loss, other: Loss) -> bool:
    return loss.first <= other.first and other.last <= loss.last


def _readers(*losses: Loss) -> tuple[str, ...]:
    return tuple(sorted({reader for loss in losses for reader in loss.noticed_by}))


def _kinds(loss: Loss) -> set[str]:
    """Return what kinds of readers noticed a loss: another process of a kind may be the same one, started anew."""
    return {reader.partition(":")[0] for reader in loss.noticed_by}


def _under_free_id(loss: Loss, known: Iterable[Loss]) -> Loss:
    taken = {other.id for other in known}
    names = chain([loss.id], (f"{loss.id}-{number}" for number in count(2)))
    return loss.model_copy(update={"id": next(name for name in names if name not in taken)})


def _together(known: Loss, loss: Loss) -> Loss:
    """Return one loss of what two processes noticed of it; it keeps its name."""
    sightings = _joined((*_sightings_of(known), *_sightings_of(loss)))
    earliest = min(sightings, key=lambda one: one.first)
    longest = max(sightings, key=lambda one: one.last)
    return known.model_copy(
        update={
            "first": earliest.first,
            "last": longest.last,
            "since": earliest.since,
            "chain": longest.chain,
            "noticed_by": _readers(known, loss),
            "sightings": sightings,
        }
    )


def _sightings_of(loss: Loss) -> tuple[Sighting, ...]:
    """Return what was noticed; a loss of an earlier version, or of a repair, does not say of which history."""
    if loss.sightings:
        return loss.sightings
    return (Sighting(first=loss.first, last=loss.last, since=loss.since, chain=loss.chain),)


def _joined(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """Return sightings of which no two are known to be of one history: what was found still there counts for all."""
    apart: list[Sighting] = []
    for sighting in sightings:
        places = set(sighting.places)
        same = [one for one in apart if not places.isdisjoint(one.places)]
        apart = [one for one in apart if one not in same]
        apart.append(_of_one_history((*same, sighting)))
    told: list[Sighting] = []
    for one in sorted(apart, key=lambda one: (one.first, not one.places, one.end)):
        # Without places it may be what another one tells, of which these were left out.
        if one.places or all(other.end != one.end for other in told):
            told.append(one)
    return tuple(told)


def _of_one_history(sightings: Sequence[Sighting]) -> Sighting:
    # What each found still there stood in the log when it was told, and what was told stands there with the log.
    narrowest = max(sightings, key=lambda one: one.first)
    longest = max(sightings, key=lambda one: one.last)
    places = {
        place for one in sightings for place in one.places if place.position >= narrowest.first
    }
    return Sighting(
        first=narrowest.first,
        last=longest.last,
        since=narrowest.since,
        chain=longest.chain,
        kept=narrowest.kept,
        places=_some(sorted(places)),
    )
