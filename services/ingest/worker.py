"""The ingest worker: it checks batches of the inbox, appends what is accepted, and empties the inbox.

An entry leaves the inbox only after it is in the log or parked, so a crash anywhere repeats work and
loses none; the log drops the repeats. Many ingest workers share one inbox. While the server records
one batch, the next one is checked and, after a full one, the one after that is fetched; batches are
checked and recorded one after the other, in order. Three batches at most are held in memory whole,
`batch_count` entries each, each entry larger than `entry_bytes_max` only for as long as it takes to
park it.
"""

import asyncio
import json
import os
import socket
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from faststream.redis import RedisBroker, StreamSub
from faststream.redis.parser import BinaryMessageFormatV1

from schemas.events import EVENTS
from schemas.views import Rejection
from services.eventlog.chain import Head
from services.eventlog.inbox import GROUP, Inbox, InboxEntry, Parked, entry_urn
from services.eventlog.keys import keys_of
from services.eventlog.port import HistoryLostError, NewEvent
from services.eventlog.readers import Readers
from services.ingest.intake import (
    Accepted,
    Rejected,
    read_inbound,
    refusal_of_other_content,
)
from services.ingest.stated import stated_source
from services.log_events.envelope import Origin
from services.log_events.trace_context import traceparent_in
from services.runtime import clock
from services.runtime.ending import end_task
from services.runtime.reader_context import ReaderContext
from services.runtime.settings import Settings
from services.runtime.subscribing import Batch, subscribe_raw
from services.runtime.tracing import INGEST
from services.runtime.worker import run_worker


#: Deliveries after which an entry is parked unread, because workers died while they handled it.
DELIVERIES_MAX = 5
#: What the names of ingest workers begin with in statuses.
READER_PREFIX = "ingest:"
#: Entries checked before control returns to the event loop, so that the other batch can be recorded.
YIELD_COUNT = 50
#: Where the id of a logged event stands at the latest.
HEAD_BYTES = 250
#: Most reasons a log line shows; the parked claim has them all.
LOGGED_REASONS_MAX = 5


def run(settings: Settings) -> int:
    """Take claims in until asked to stop; return the exit code."""
    consumer = f"{socket.gethostname()}-{os.getpid()}"
    return run_worker(
        "ingest",
        settings,
        lambda context: Ingest(context, consumer),
        reader=f"{READER_PREFIX}{consumer}",
    )


class Ingest:
    """Takes in one ledger's inbox, as one consumer of the group."""

    def __init__(self, context: ReaderContext, consumer: str) -> None:
        self._context = context
        self._consumer = consumer
        self._inbox = Inbox(context.client, context.ledger.name)
        self._claimer: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None
        self._recording: asyncio.Task[None] | None = None
        self._in_hand: set[str] = set()

    async def open(self) -> None:
        """Make the group before anything is read, and look for what others left."""
        await self._inbox.open()
        await self._inbox.state_limit(self._context.settings.inbox_max)
        readers = Readers(self._context.client, self._context.ledger.name)
        await readers.forget_old(READER_PREFIX, clock.now())
        self._context.position = await self._context.log.last_position()
        if self._context.settings.is_sharing:
            # Whoever held the lease before has ended, or is dead: what it left is ours at once.
            while await self._take_over(stale_after_ms=0):
                pass
        self._claimer = asyncio.create_task(self._claim())

    def subscribe(self, broker: RedisBroker) -> None:
        """Share the inbox with all other ingest workers."""
        settings = self._context.settings
        stream = StreamSub(
            keys_of(self._context.ledger.name).inbox,
            group=GROUP,
            consumer=self._consumer,
            batch=True,
            max_records=settings.batch_count,
            polling_interval=settings.poll_ms,
        )
        subscribe_raw(broker, stream, self._take)

    async def close(self) -> None:
        """Deal with what was handed out but not begun, and leave the group."""
        if self._claimer is not None:
            await end_task(self._claimer)
        await self._batch_checked()
        await self._batch_recorded()
        limit = self._context.settings.batch_count
        while entries := await self._inbox.held_by(self._consumer, limit=limit):
            await self._handle(entries)
        await self._inbox.forget_consumer(self._consumer)

    async def _take(self, batch: Batch) -> None:
        entries = [
            InboxEntry(entry_id.decode(), fields)
            for entry_id, fields in zip(batch.ids, batch.fields, strict=True)
        ]
        self._in_hand.update([entry.id for entry in entries])
        await self._batch_checked()
        # The batch before may have stopped the process: then nothing after it is touched.
        if not self._is_stopping():
            self._checking = asyncio.create_task(self._check_concurrently(entries))
            # FastStream fetches the next batch as soon as this returns. After a full one more is waiting
            # surely; else what comes while this one is checked had better be one batch.
            if len(entries) < self._context.settings.batch_count:
                await self._checking

    def _is_stopping(self) -> bool:
        # A call, because a property is taken for a constant between two waits.
        return self._context.is_stopping

    async def _batch_checked(self) -> None:
        """Wait until the batch begun last is checked, or has stopped the process."""
        if self._checking is not None:
            await self._checking

    async def _batch_recorded(self) -> None:
        """Wait until the batch checked last is out of the inbox, or has stopped the process."""
        if self._recording is not None:
            await self._recording

    async def _check_concurrently(self, entries: Sequence[InboxEntry]) -> None:
        started = clock.stopwatch_ms()
        with self._context.fault_boundary(entries[0].id):
            try:
                intake = await self._read(entries)
            finally:
                await self._batch_recorded()
            if not self._is_stopping():
                self._recording = asyncio.create_task(
                    self._record_concurrently(entries, intake, started)
                )

    async def _record_concurrently(
        self, entries: Sequence[InboxEntry], intake: "_Intake", started: float
    ) -> None:
        with self._context.fault_boundary(entries[0].id, concurrent=True):
            await self._settle(entries, intake, started)

    async def _claim(self) -> None:
        """Take over, again and again, what other workers left behind when they died."""
        settings = self._context.settings
        # Who has the ledger for itself took over all that others held when it began.
        pause = settings.stale_after_ms / (1_000 if settings.is_sharing else 2_000)
        while not self._context.is_stopping:
            with self._context.fault_boundary("take-over"):
                if await self._take_over(stale_after_ms=settings.stale_after_ms):
                    continue
            await self._context.sleep(pause)

    async def _take_over(self, *, stale_after_ms: int) -> bool:
        """Deal with what others have held for so long; return whether there was any."""
        taken = await self._inbox.take_over(
            self._consumer,
            stale_after_ms=stale_after_ms,
            limit=self._context.settings.batch_count,
            now_ms=clock.stopwatch_ms(),
        )
        # A slow batch of our own looks stale too; it is being handled.
        entries = [entry for entry in taken if entry.id not in self._in_hand]
        if entries:
            self._in_hand.update([entry.id for entry in entries])
            await self._handle(entries)
        return bool(entries)

    async def _handle(self, entries: Sequence[InboxEntry]) -> None:
        started = clock.stopwatch_ms()
        await self._settle(entries, await self._read(entries), started)

    async def _settle(
        self, entries: Sequence[InboxEntry], intake: "_Intake", started: float
    ) -> None:
        """Record what was accepted, park the rest, and take all of it out of the inbox."""
        try:
            duplicates = await self._record(intake)
            recorded = [entry.id for entry in entries if entry.id not in intake.parked]
            known = self._context.log.seen.last
            await self._inbox.settle(recorded, intake.parked, known=known)
        finally:
            self._in_hand.difference_update(entry.id for entry in entries)
        self._context.handled += len(entries)
        self._context.trace(INGEST, lambda: intake.sealed, started)
        self._log(entries, intake, duplicates=duplicates, took_ms=clock.stopwatch_ms(started))

    async def _read(self, entries: Sequence[InboxEntry]) -> "_Intake":
        intake, now = _Intake([], [], {}), clock.now()
        for first in range(0, len(entries), YIELD_COUNT):
            await asyncio.sleep(0)
            self._read_some(entries[first : first + YIELD_COUNT], intake, now)
        return intake

    def _read_some(self, entries: Sequence[InboxEntry], intake: "_Intake", now: datetime) -> None:
        context, ledger = self._context, self._context.ledger.name
        for entry in entries:
            context.entry = entry.id
            read = _read_entry(entry, context)
            if isinstance(read, Accepted):
                cause = entry_urn(entry.id)
                # The parsed claim is not kept: memory that is reused at once is the fastest.
                intake.accepted.append(entry)
                intake.sealed.append(
                    read.sealed(
                        ledger=ledger,
                        origin=Origin("ingest", now, cause, cause, _trace(read, entry)),
                    )
                )
            else:
                intake.park(entry, read)

    async def _record(self, intake: "_Intake") -> int:
        """Append what was accepted, park what contradicts the log; return the count of duplicates."""
        appended = await self._context.log.append(intake.sealed)
        self._context.position = max(self._context.position, appended.last)
        repeated = {
            index: position
            for index, position in enumerate(appended.positions)
            if not appended.is_new[index]
        }
        bodies = await self._bodies_at(sorted(set(repeated.values())))
        duplicates = 0
        for index, position in repeated.items():
            # The log may have become a shorter one since, where others stand by now.
            if not is_of(bodies.get(position, b""), intake.sealed[index].id):
                raise HistoryLostError(
                    Head(appended.last, appended.chain), last=position, found=None
                )
            entry = intake.accepted[index]
            accepted = _read_entry(entry, self._context)
            assert isinstance(accepted, Accepted), f"{entry.id} was accepted before"
            if holds_content(bodies[position], accepted):
                duplicates += 1
            else:
                intake.park(entry, Rejected((refusal_of_other_content(position),)))
        return duplicates

    async def _bodies_at(self, positions: Sequence[int]) -> dict[int, bytes]:
        """Read the events at some positions, ascending; neighbours in one call."""
        bodies: dict[int, bytes] = {}
        for index, position in enumerate(positions):
            if position not in bodies:
                # A repeated batch repeats a stretch of the log without gaps.
                stretch = [
                    other
                    for offset, other in enumerate(positions[index:])
                    if other == position + offset
                ]
                entries = await self._context.log.read(after=position - 1, limit=len(stretch))
                bodies.update((entry.position, entry.body) for entry in entries)
        return bodies

    def _log(
        self, entries: Sequence[InboxEntry], intake: "_Intake", *, duplicates: int, took_ms: float
    ) -> None:
        for entry_id, parked in intake.parked.items():
            self._context.logger.warning(
                "claim.rejected",
                entry=entry_id,
                source=parked.source,
                reasons=[
                    f"{reason.pointer}: expected {reason.expected}, found {reason.found}"
                    for reason in parked.reasons[:LOGGED_REASONS_MAX]
                ],
            )
        rejected = len(intake.parked)
        self._context.logger.info(
            "batch.handled",
            **{"from": entries[0].id, "to": entries[-1].id},
            recorded=len(entries) - duplicates - rejected,
            duplicate=duplicates,
            rejected=rejected,
            took_ms=round(took_ms, 1),
        )


class _Intake(NamedTuple):
    """The result of checking a batch of the inbox.

    Attributes:
        accepted: Entries that may be recorded.
        sealed: The same as events, in the same order.
        parked: What is parked, by entry id.
    """

    accepted: list[InboxEntry]
    sealed: list[NewEvent]
    parked: dict[str, Parked]

    def park(self, entry: InboxEntry, rejected: Rejected) -> None:
        raw = raw_of_fields(entry.fields)
        self.parked[entry.id] = Parked(raw, stated_source(raw), rejected.reasons, clock.now())


def _read_entry(entry: InboxEntry, context: ReaderContext) -> Accepted | Rejected:
    if entry.delivered_count > DELIVERIES_MAX:
        return Rejected(
            (
                Rejection(
                    pointer="",
                    expected=f"to be dealt with in {DELIVERIES_MAX} deliveries",
                    found=f"delivery {entry.delivered_count}: every worker before ended with it "
                    "in hand",
                ),
            )
        )
    text = text_of_fields(entry.fields)
    if isinstance(text, Rejected):
        return text
    return read_inbound(
        text, ledger=context.ledger, entry_bytes_max=context.settings.entry_bytes_max
    )


def _trace(read: Accepted, entry: InboxEntry) -> str | None:
    """Return the trace that a claim names, or that came with it beside."""
    if (named := read.traceparent) is not None:
        return named
    beside = entry.fields.get(b"traceparent")
    return traceparent_in(beside.decode("latin-1")) if beside is not None else None


def text_of_fields(fields: Mapping[bytes, bytes]) -> bytes | Rejected:
    """Return the event that an inbox entry carries.

    Args:
        fields: A field `event` with the JSON, or `__data__` with the envelope that a FastStream
            publisher makes.
    """
    if b"event" in fields:
        return fields[b"event"]
    if b"__data__" in fields:
        # Only here: given plain JSON with a text under `data`, the parser would unwrap that.
        text, _ = BinaryMessageFormatV1.parse(fields[b"__data__"])
        return bytes(text)
    names = ", ".join(sorted(repr(name.decode(errors="replace"))[:40] for name in fields)[:10])
    return Rejected(
        (Rejection(pointer="", expected="a field `event`", found=f"fields {names or 'none'}"),)
    )


def raw_of_fields(fields: Mapping[bytes, bytes]) -> bytes:
    """Return what is kept of a refused entry: the event alone, or else all fields as JSON."""
    text = text_of_fields(fields)
    if not isinstance(text, Rejected):
        return text
    return json.dumps(
        {_readable(name): _readable(field) for name, field in fields.items()}, ensure_ascii=False
    ).encode()


def is_of(body: bytes, event_id: str) -> bool:
    """Return whether a logged event is the one of an id, without reading it."""
    return body.find(b'"id":"%b"' % event_id.encode(), 0, HEAD_BYTES) >= 0


def holds_content(body: bytes, accepted: Accepted) -> bool:
    """Return whether a logged event has the same content; who recorded it when does not matter."""
    content = accepted.content()
    if body.endswith(b'"data":%b}' % content):
        return True
    # Written with other white space, order or version of ours, it may still say the same.
    logged: Any = EVENTS.validate_json(body).data
    return bool(logged == accepted.shape.model_validate_json(content))


def _readable(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return f"hex:{raw.hex()}"
