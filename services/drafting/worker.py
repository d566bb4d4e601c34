"""The drafting worker: it reads reports as they come in, and puts what they claim before a person.

A report leaves the stream only in the step that adds its drafts to the queue of those to review, or parks it, so
that a crash anywhere repeats work and loses and doubles none. Nothing is published unread, unless
`LEDGER_DRAFTS_TO` says that drafts with nothing wrong go to the inbox.
"""

import asyncio
import json
import os
import socket
from collections.abc import Mapping, Sequence

from faststream.redis import RedisBroker, StreamSub
from faststream.redis.parser import BinaryMessageFormatV1
from pydantic import ValidationError

from schemas.draft import DraftEvent
from schemas.report import ReportForReview
from schemas.views import Rejection
from services.drafting.language_model import NoModelError
from services.drafting.reading import ReadReport, ReportReader, reader_of
from services.eventlog.inbox import InboxEntry, Parked
from services.eventlog.keys import report_keys_of
from services.eventlog.readers import Readers
from services.eventlog.reports import REPORT_GROUP, ReportQueue, Settled
from services.extraction.report import Report
from services.runtime import clock
from services.runtime.ending import end_task
from services.runtime.optional import MissingExtraError
from services.runtime.reader_context import REFUSED, ReaderContext
from services.runtime.settings import Settings
from services.runtime.subscribing import Batch, subscribe_raw
from services.runtime.telemetry import logger_of, set_up_logging
from services.runtime.worker import run_worker


#: Deliveries after which a report is parked unread, because workers died while they read it.
REPORT_DELIVERIES_MAX = 5
READER_NAME_PREFIX = "drafting:"
#: Reports fetched in one go where rules read them; a model is asked about one at a time.
REPORTS_AT_ONCE = 20
#: Pause before it is looked again whether there is room for drafts, in seconds.
ROOM_SECONDS = 2.0
#: Longest part of what was sent that a reason quotes, in characters.
FOUND_CHARACTERS_MAX = 200


def run(settings: Settings) -> int:
    """Read reports until asked to stop; return the exit code."""
    consumer = f"{socket.gethostname()}-{os.getpid()}"
    try:
        reader = reader_of(settings)
    except (NoModelError, MissingExtraError) as error:
        set_up_logging(settings.log_level)
        logger_of("drafting", ",".join(settings.names)).error("worker.refused", error=str(error))
        return REFUSED
    return run_worker(
        "drafting",
        settings,
        lambda context: Drafting(context, consumer, reader),
        reader=f"{READER_NAME_PREFIX}{consumer}",
    )


class Drafting:
    """Reads one ledger's reports, as one consumer of the group."""

    def __init__(self, context: ReaderContext, consumer: str, reader: ReportReader) -> None:
        self._context = context
        self._consumer = consumer
        self._reader = reader
        self._queue = ReportQueue(context.client, context.ledger.name)
        self._claimer: asyncio.Task[None] | None = None
        self._in_hand: set[str] = set()
        settings = context.settings
        # Whoever asks a model may wait for it as long as that may take.
        asking_ms = 3_000 * settings.llm_seconds if reader.model is not None else 0
        self._stale_after_ms = int(max(settings.stale_after_ms, asking_ms))
        self._publishes = settings.drafts_to == "intake"

    async def open(self) -> None:
        """Make the group before anything is read, and look for what others left."""
        await self._queue.open()
        await self._queue.state_limit(self._context.settings.drafts_max)
        readers = Readers(self._context.client, self._context.ledger.name)
        await readers.forget_old(READER_NAME_PREFIX, clock.now())
        self._claimer = asyncio.create_task(self._claim())

    def subscribe(self, broker: RedisBroker) -> None:
        """Share the reports with all other drafting workers."""
        stream = StreamSub(
            report_keys_of(self._context.ledger.name).reports,
            group=REPORT_GROUP,
            consumer=self._consumer,
            batch=True,
            max_records=1 if self._reader.model is not None else REPORTS_AT_ONCE,
            polling_interval=self._context.settings.poll_ms,
        )
        subscribe_raw(broker, stream, self._take)

    async def close(self) -> None:
        """Stop looking for what others left, and leave the group."""
        if self._claimer is not None:
            await end_task(self._claimer)
        await self._queue.forget_consumer(self._consumer)

    async def _take(self, batch: Batch) -> None:
        entries = [
            InboxEntry(entry_id.decode(), fields)
            for entry_id, fields in zip(batch.ids, batch.fields, strict=True)
        ]
        await self._handle(entries)

    async def _claim(self) -> None:
        """Take over, again and again, what other workers left behind when they died."""
        while not self._context.is_stopping:
            with self._context.fault_boundary("take-over"):
                taken = await self._queue.take_over(
                    self._consumer,
                    stale_after_ms=self._stale_after_ms,
                    now_ms=clock.stopwatch_ms(),
                )
                entries = [entry for entry in taken if entry.id not in self._in_hand]
                if entries:
                    await self._handle(entries)
                    continue
            await self._context.sleep(self._stale_after_ms / 2_000)

    async def _handle(self, entries: Sequence[InboxEntry]) -> None:
        self._in_hand.update(entry.id for entry in entries)
        try:
            for entry in entries:
                with self._context.fault_boundary(entry.id):
                    if self._context.is_stopping:
                        return
                    await self._room()
                    await self._draft(entry)
                await asyncio.sleep(0)
        finally:
            self._in_hand.difference_update(entry.id for entry in entries)

    async def _room(self) -> None:
        """Wait until there is room for further drafts: somebody has to review those that are there."""
        limit, is_told = self._context.settings.drafts_max, False
        while not self._context.is_stopping:
            if (count := (await self._queue.counts()).for_review) < limit:
                return
            if not is_told:
                self._context.logger.warning("drafts.full", waiting=count, limit=limit)
                is_told = True
            await self._context.sleep(ROOM_SECONDS)

    async def _draft(self, entry: InboxEntry) -> None:
        context, started = self._context, clock.stopwatch_ms()
        if context.is_stopping:
            return
        report = report_of_entry(entry, ledger=context.ledger.name, settings=context.settings)
        if isinstance(report, Rejection):
            raw = entry.fields.get(b"report", entry.fields.get(b"__data__", b""))
            await self._queue.park(entry.id, Parked(raw, "", (report,), clock.now()))
            context.logger.warning(
                "report.rejected", entry=entry.id, expected=report.expected, found=report.found
            )
        else:
            # Nobody pays a model to read a report twice.
            is_known = await self._queue.is_known(report)
            read = ReadReport([]) if is_known else await self._reader.read(report, context.ledger)
            kept, published = self._divided(read)
            for_review = ReportForReview(
                id="", read_at=clock.now(), report=report, drafts=kept, notes=read.notes
            )
            settled = await self._queue.put_drafts(entry.id, for_review, published)
            if settled is Settled.TAKEN_OUT:
                context.logger.info(
                    "report.read",
                    entry=entry.id,
                    url=report.url,
                    drafts=len(kept),
                    published=len(published),
                    wrong=sum(bool(draft.draft.faults) for draft in kept),
                    notes=list(read.notes),
                    took_ms=round(clock.stopwatch_ms(started), 1),
                )
            else:
                is_repeat = settled is Settled.REPEATED
                context.logger.info(
                    "report.left", entry=entry.id, url=report.url, is_repeat=is_repeat
                )
        context.handled += 1

    def _divided(self, read: ReadReport) -> tuple[tuple[DraftEvent, ...], list[bytes]]:
        """Return the drafts that a person reviews, and those that are published unread."""
        if not self._publishes:
            return tuple(read.drafts), []
        kept = tuple(draft for draft in read.drafts if draft.draft.faults)
        sound = [draft for draft in read.drafts if not draft.draft.faults]
        return kept, [draft.model_dump_json(exclude_none=True).encode() for draft in sound]


def report_of_entry(entry: InboxEntry, *, ledger: str, settings: Settings) -> Report | Rejection:
    """Return the report that an entry carries, or why it is none."""
    if entry.delivered_count > REPORT_DELIVERIES_MAX:
        return Rejection(
            pointer="",
            expected=f"to be read in {REPORT_DELIVERIES_MAX} deliveries",
            found=f"delivery {entry.delivered_count}: every worker before ended with it in hand",
        )
    raw = _raw_report(entry.fields)
    if raw is None:
        names = ", ".join(sorted(name.decode(errors="replace")[:40] for name in entry.fields)[:10])
        return Rejection(pointer="", expected="a field `report`", found=f"fields {names or 'none'}")
    if len(raw) > settings.entry_bytes_max:
        return Rejection(
            pointer="",
            expected=f"at most {settings.entry_bytes_max:,} bytes",
            found=f"{len(raw):,}",
        )
    try:
        report = Report.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        pointer = "".join(f"/{part}" for part in first["loc"])
        found = first["msg"][:FOUND_CHARACTERS_MAX]
        return Rejection(pointer=pointer, expected="a report", found=found)
    if report.subject not in (None, ledger):
        found = json.dumps(report.subject[:FOUND_CHARACTERS_MAX])
        return Rejection(pointer="/subject", expected=ledger, found=found)
    return report


def _raw_report(fields: Mapping[bytes, bytes]) -> bytes | None:
    """Return what an entry's field `report` holds, or the envelope that a FastStream publisher makes."""
    if b"report" in fields:
        return fields[b"report"]
    if b"__data__" in fields:
        return bytes(BinaryMessageFormatV1.parse(fields[b"__data__"])[0])
    return None
