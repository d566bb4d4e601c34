"""The inbox: claims as they arrived, and those parked because they could not be accepted.

Publishers XADD to the inbox; ingest workers share it as one consumer group, made at `0` so that
nothing published before the first start is skipped. An entry leaves the inbox only when it is in the
log or parked: parking, acknowledging and deleting are one script.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from redis.exceptions import RedisError, ResponseError

from schemas.views import ParkedClaim, Rejection
from services.eventlog.bounded_stream import BoundedStream
from services.eventlog.chain import Head
from services.eventlog.connection import Client, Script, write_refused
from services.eventlog.keys import keys_of
from services.eventlog.pending import Delivery, PendingWatch
from services.eventlog.port import (
    BeginAnewError,
    HistoryLostError,
    LogUnavailableError,
    PlaceMovedOutError,
)


#: The consumer group that all ingest workers share.
GROUP = "ingest"
#: Deliveries after which an entry is taken over by itself, so that one which brings its worker down
#: takes no others along.
SUSPECT_DELIVERIES = 2

#: Bytes of events that one call brings to the inbox.
PIECE_BYTES = 4_000_000

_REASONS = TypeAdapter(tuple[Rejection, ...])

SETTLE_SCRIPT = files("services.eventlog").joinpath("settle.lua").read_text(encoding="utf-8")
#: What the settle script answers where it cannot compare the place.
_MOVED_OUT = -5
FORGET_SCRIPT = (
    files("services.eventlog").joinpath("forget_consumer.lua").read_text(encoding="utf-8")
)


class InboxFullError(Exception):
    """The inbox holds as many entries as it may; nothing was added.

    Attributes:
        ledger: Whose inbox.
        waiting: How many entries it holds.
        limit: How many it may hold.
    """

    def __init__(self, ledger: str, *, waiting: int, limit: int) -> None:
        super().__init__(
            f"expected room in the inbox of {ledger}, which may hold {limit:,} entries "
            f"(LEDGER_INBOX_MAX), found {waiting:,} waiting"
        )
        self.ledger = ledger
        self.waiting = waiting
        self.limit = limit


def entry_urn(entry_id: str) -> str:
    """Return the URN by which what was recorded from an inbox entry names it as its cause.

    >>> entry_urn("1704307571000-0")
    'urn:inbox:1704307571000-0'
    """
    return f"urn:inbox:{entry_id}"


class InboxGoneError(BeginAnewError):
    """The inbox, or its consumer group, was removed under the ingest workers."""

    def __init__(self, inbox: str) -> None:
        super().__init__(
            f"expected the consumer group {GROUP} of {inbox}, found none: it was removed; it is made "
            "anew, and what waited in it has to be published again"
        )


def is_group_gone(error: BaseException | None) -> bool:
    """Return whether an error says that the consumer group is not there."""
    return isinstance(error, ResponseError) and "NOGROUP" in str(error)


class InboxEntry(NamedTuple):
    """An entry of the inbox as the server gives it.

    Attributes:
        id: The server's entry id.
        fields: Field names and values as sent.
        delivered_count: How often it was handed out, this time included.
    """

    id: str
    fields: Mapping[bytes, bytes]
    delivered_count: int = 1


class Parked(NamedTuple):
    """Something that could not be accepted, with the reasons."""

    raw: bytes
    source: str
    reasons: tuple[Rejection, ...]
    parked_at: datetime


class Inbox:
    """The inbox and the parked claims of one ledger."""

    def __init__(self, client: Client, ledger: str, *, replicas: int = 0) -> None:
        """Prepare; what is published is acknowledged when so many replicas have it."""
        self._client = client
        self._keys = keys_of(ledger)
        self._ledger = ledger
        self._settle = Script(client, SETTLE_SCRIPT)
        self._stream = BoundedStream(client, self._keys.inbox, replicas=replicas)
        self._forget = Script(client, FORGET_SCRIPT)
        self._watch = PendingWatch()

    async def open(self) -> None:
        """Make the consumer group at the very beginning, unless it is there."""
        try:
            await self._client.xgroup_create(self._keys.inbox, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise LogUnavailableError(
                    f"group {GROUP} of {self._keys.inbox}: {error}"
                ) from error
        except RedisError as error:
            raise LogUnavailableError(f"group {GROUP} of {self._keys.inbox}: {error}") from error

    async def state_limit(self, limit: int) -> None:
        """State how many entries the inbox may hold, for publishers who write to it themselves."""
        try:
            await self._client.set(self._keys.inbox_limit, limit)
        except RedisError as error:
            raise write_refused(f"write of {self._keys.inbox_limit}", error) from error

    async def publish(
        self, events: Sequence[bytes], *, limit: int | None = None, traceparent: str | None = None
    ) -> list[str]:
        """Add events, all or none as far as room goes; return their entry ids.

        The trace they belong to, if any, stands beside each, and is that of those which name none.

        In one round trip, or in several where they are large: the server holds all that one call brings.

        A retry after a lost connection may add one twice, which intake recognises.

        Raises:
            InboxFullError: The inbox would hold more than `limit` entries.
            ServerFullError: The server has no room.
            LogUnavailableError: The server could not be reached.
        """
        ids: list[str] = []
        for piece in _pieces(events):
            # Where the first found room, the others have it too.
            added = await self._stream.add(
                piece,
                count=len(events),
                limit=None if ids else limit,
                traceparent=traceparent or "",
            )
            if added.ids is None:
                raise InboxFullError(self._ledger, waiting=added.waiting, limit=limit or 0)
            ids += added.ids
        return ids

    async def check_room(self, count: int, *, limit: int) -> None:
        """Check that there is room for some more entries, as far as can be said before they come.

        Raises:
            InboxFullError: There is not.
        """
        waiting = await self.waiting()
        if waiting and waiting + count > limit:
            raise InboxFullError(self._ledger, waiting=waiting, limit=limit)

    async def settle(
        self, recorded: Sequence[str], parked: Mapping[str, Parked], *, known: Head
    ) -> None:
        """Take dealt-with entries out of the inbox, in one step that is safe to repeat.

        Args:
            recorded: Ids of the entries that need no more than that.
            parked: What to park, by entry id.
            known: The last place of the log that was seen: what is recorded, is there.

        Raises:
            HistoryLostError: It is gone; everything stays in the inbox.
            PlaceMovedOutError: It was moved out of the server, where nobody can say; everything stays.
            LogUnavailableError: The server could not be reached.
        """
        if not recorded and not parked:
            return
        arguments: list[Any] = [GROUP, " ".join(recorded), *known]
        for entry_id, item in parked.items():
            arguments += (entry_id, *_fields_of(item).values())
        try:
            reply = await self._settle(
                keys=[
                    self._keys.inbox,
                    self._keys.rejected,
                    self._keys.log,
                    self._keys.checkpoints,
                ],
                args=arguments,
            )
        except RedisError as error:
            raise LogUnavailableError(f"settling in {self._keys.inbox}: {error}") from error
        if isinstance(reply, list):
            if reply[0] == _MOVED_OUT:
                raise PlaceMovedOutError([known])
            raise HistoryLostError(known, last=reply[1], found=reply[2].decode())

    async def take_over(
        self, consumer: str, *, stale_after_ms: int, limit: int, now_ms: float
    ) -> list[InboxEntry]:
        """Claim up to `limit` entries that a worker left unacknowledged for too long.

        Entries delivered before as often as `SUSPECT_DELIVERIES` come last, and one at a time. Where the
        server says that none is stale, those count that were seen here for twice as long, by a stopwatch of
        which `now_ms` is the reading: its clock was set back.
        """
        try:
            counts = await self._pending(limit, idle=stale_after_ms)
            is_sure = bool(counts)
            if not is_sure:
                seen = [Delivery(*row) for row in (await self._pending(limit)).items()]
                overdue = self._watch.overdue(seen, now_ms=now_ms, after_ms=2 * stale_after_ms)
                counts = dict(overdue)
            trusted = [entry for entry in counts if counts[entry] <= SUSPECT_DELIVERIES]
            chosen = trusted or list(counts)[:1]
            if not chosen:
                return []
            claimed = await self._client.xclaim(
                self._keys.inbox, GROUP, consumer, stale_after_ms if is_sure else 0, chosen
            )
        except RedisError as error:
            if is_group_gone(error):
                raise InboxGoneError(self._keys.inbox) from error
            raise LogUnavailableError(f"take-over in {self._keys.inbox}: {error}") from error
        return [
            InboxEntry(entry_id.decode(), fields, counts[entry_id.decode()] + 1)
            for entry_id, fields in claimed
            if fields is not None
        ]

    async def _pending(self, limit: int, *, idle: int | None = None) -> dict[str, int]:
        """Return how often each of the oldest pending entries was handed out."""
        rows = await self._client.xpending_range(
            self._keys.inbox, GROUP, min="-", max="+", count=limit, idle=idle
        )
        return {row["message_id"].decode(): row["times_delivered"] for row in rows}

    async def held_by(self, consumer: str, *, limit: int) -> list[InboxEntry]:
        """Return up to `limit` entries that were handed to `consumer` and are not acknowledged."""
        try:
            reply = await self._client.xreadgroup(
                GROUP, consumer, {self._keys.inbox: "0"}, count=limit
            )
        except RedisError as error:
            raise LogUnavailableError(f"entries of {consumer}: {error}") from error
        return [
            InboxEntry(entry_id.decode(), fields)
            for _, entries in reply
            for entry_id, fields in entries
            if fields
        ]

    async def forget_consumer(self, consumer: str) -> None:
        """Remove a consumer that stops for good, unless it still holds entries."""
        try:
            await self._forget(keys=[self._keys.inbox], args=[GROUP, consumer])
        except RedisError as error:
            raise LogUnavailableError(f"consumer {consumer}: {error}") from error

    async def waiting(self) -> int:
        """Return the number of entries in the inbox, pending ones included."""
        try:
            return int(await self._client.xlen(self._keys.inbox))
        except RedisError as error:
            raise LogUnavailableError(f"length of {self._keys.inbox}: {error}") from error

    async def is_waiting(self, first_id: str, last_id: str) -> bool:
        """Return whether any entry from `first_id` to `last_id` has not been dealt with."""
        try:
            rows = await self._client.xrange(self._keys.inbox, min=first_id, max=last_id, count=1)
        except RedisError as error:
            raise LogUnavailableError(f"read of {self._keys.inbox}: {error}") from error
        return bool(rows)

    async def waiting_between(self, first_id: str, last_id: str) -> set[str]:
        """Return the ids of the entries from `first_id` to `last_id` that are not yet dealt with."""
        waiting: set[str] = set()
        minimum = first_id
        while True:
            try:
                rows = await self._client.xrange(
                    self._keys.inbox, min=minimum, max=last_id, count=1_000
                )
            except RedisError as error:
                raise LogUnavailableError(f"read of {self._keys.inbox}: {error}") from error
            if not rows:
                return waiting
            waiting.update(entry_id.decode() for entry_id, _ in rows)
            minimum = f"({rows[-1][0].decode()}"

    async def last_parked(self) -> str:
        """Return the entry id of the claim parked last, `0` for none."""
        try:
            rows = await self._client.xrevrange(self._keys.rejected, count=1)
        except RedisError as error:
            raise LogUnavailableError(f"read of {self._keys.rejected}: {error}") from error
        return rows[0][0].decode() if rows else "0"

    async def parked(self, *, after: str = "0", limit: int = 1_000) -> list[ParkedClaim]:
        """List parked claims in the order they were parked, those after entry `after`."""
        try:
            rows = await self._client.xrange(self._keys.rejected, min=f"({after}", count=limit)
        except RedisError as error:
            raise LogUnavailableError(f"read of {self._keys.rejected}: {error}") from error
        return [parked_of(entry_id.decode(), fields) for entry_id, fields in rows]

    async def parked_count(self) -> int:
        """Return the number of parked claims."""
        try:
            return int(await self._client.xlen(self._keys.rejected))
        except RedisError as error:
            raise LogUnavailableError(f"length of {self._keys.rejected}: {error}") from error


def _pieces(events: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Divide events into pieces of up to `PIECE_BYTES`, or of one event that is larger."""
    piece: list[bytes] = []
    size = 0
    for event in events:
        if piece and size + len(event) > PIECE_BYTES:
            yield piece
            piece, size = [], 0
        piece.append(event)
        size += len(event)
    if piece:
        yield piece


def _fields_of(item: Parked) -> dict[str, bytes | str]:
    return {
        "event": item.raw,
        "source": item.source,
        "parked_at": item.parked_at.isoformat(),
        "reasons": json.dumps([reason.model_dump() for reason in item.reasons], ensure_ascii=False),
    }


def parked_of(entry_id: str, fields: Mapping[bytes, bytes]) -> ParkedClaim:
    """Read a parked claim as the stream holds it."""
    raw = fields[b"event"]
    try:
        text, encoding = raw.decode(), "utf-8"
    except UnicodeDecodeError:
        text, encoding = raw.hex(), "hex"
    return ParkedClaim(
        id=entry_id,
        source=fields[b"source"].decode(),
        parked_at=datetime.fromisoformat(fields[b"parked_at"].decode()),
        reasons=_REASONS.validate_json(fields[b"reasons"]),
        raw=text,
        raw_encoding=encoding,
    )
