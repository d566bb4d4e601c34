"""The whole pipeline over a file, in memory: what today's rules make of these claims.

A file holds either inbound events, one a line, or an exported log; lines of both kinds may be mixed.
Of an exported log only what was recorded is taken: decisions are made anew, at the places where the log
holds some. Nothing reads the clock:
a claim of an inbound file is recorded at its event's own time, else at that of the one before it.

Two cuts answer questions about the past. `asserted_by` leaves out what had not been said by then, the
question a reader of history asks; `known_on` what had not been recorded by then, the question an
auditor asks. A cut is the same as a file without those lines.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, time
from typing import NamedTuple, cast

from pydantic import ValidationError

from schemas.claim import published_day
from schemas.events import EVENTS, Recorded, RecordedClaim, RecordedRetraction
from schemas.instants import in_utc
from schemas.ledger import LedgerConfiguration
from schemas.views import ReadModels, Rejection
from services.eventlog.memory import MemoryEventLog
from services.eventlog.port import NewEvent
from services.ingest.intake import Rejected, read_inbound, refusal_of_other_content
from services.log_events.envelope import EVENT_TYPE, Fact, Origin, fact_id, seal
from services.log_events.identities import decode_identity
from services.projection.fold import ReadModel
from services.projection.rows import ClaimInLog
from services.reconciliation.engine.book import Book
from services.reconciliation.engine.sealing import seal_decision
from services.runtime.settings import Settings


#: When a claim was recorded that has no time, and none before it.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Recorded events decided on in one go unless said otherwise, as the workers do.
BATCH_COUNT: int = Settings.model_fields["batch_count"].default
#: Largest inbound event accepted, in bytes, as the workers do.
ENTRY_BYTES_MAX: int = Settings.model_fields["entry_bytes_max"].default

_LOGGED_TYPES = frozenset(EVENT_TYPE.values())


class RejectedLine(NamedTuple):
    """A line that could not be accepted: its number from 1, its bytes, and why."""

    number: int
    raw: bytes
    reasons: tuple[Rejection, ...]


class Replayed(NamedTuple):
    """What became of a file.

    Attributes:
        read_models: What readers would see.
        rejections: Lines that could not be accepted, in order of line.
        log: The log that the file and today's rules make.
        recorded_count: Claims, retractions, judgements and their undoings recorded.
        duplicate_count: Lines that only repeat what was recorded.
        left_out_count: Lines that were left out.
    """

    read_models: ReadModels
    rejections: tuple[RejectedLine, ...]
    log: MemoryEventLog
    recorded_count: int
    duplicate_count: int
    left_out_count: int


class _Offered(NamedTuple):
    """A line that can be recorded.

    Attributes:
        number: Its number from 1.
        raw: Its bytes.
        event: The event that records it.
        recorded_at: When it was recorded.
        data: What is recorded, null where it is to be read from the event: of what nobody reads the
            event may hold less than the line.
    """

    number: int
    raw: bytes
    event: NewEvent
    recorded_at: datetime
    data: Fact | None = None


class _RecordedFact(NamedTuple):
    """What was recorded; of a claim, what its view shows of it: `services.projection.rows.ClaimInLog`."""

    position: int
    subject: str
    recorded_at: datetime
    data: Fact


class _Cut(NamedTuple):
    """What counts as said and known; null leaves nothing out."""

    asserted_by: datetime | None
    known_on: datetime | None
    names: Callable[[Fact], bool] | None

    def leaves_out(self, data: Fact, *, recorded_at: datetime) -> bool:
        if self.names is not None and self.names(data):
            return True
        if self.known_on is not None and recorded_at > self.known_on:
            return True
        return self.asserted_by is not None and _asserted(data, recorded_at) > self.asserted_by


_NO_CUT = _Cut(None, None, None)


def replay(
    lines: Iterable[bytes],
    *,
    ledger: LedgerConfiguration,
    batch_count: int = BATCH_COUNT,
    asserted_by: datetime | None = None,
    known_on: datetime | None = None,
) -> Replayed:
    """Run a file's lines through intake, reconciliation and projection.

    Args:
        lines: Inbound events or events of an exported log, one JSON object each; blank ones are
            skipped.
        ledger: The ledger's configuration, its policy included.
        batch_count: How many recorded events are decided on in one go, at most.
        asserted_by: Leave out what was said later.
        known_on: Leave out what was recorded later.
    """
    return _Pipeline(ledger, _Cut(asserted_by, known_on, None), batch_count).run(lines)


def replay_without(
    lines: Iterable[bytes],
    *,
    ledger: LedgerConfiguration,
    leaves_out: Callable[[Fact], bool],
    asserted_by: datetime | None = None,
    known_on: datetime | None = None,
) -> Replayed:
    """Run a file's lines through the pipeline, except for those facts that `leaves_out` selects.

    It is asked once about every fact, in order of line. All else is as in `replay`.
    """
    cut = _Cut(asserted_by, known_on, leaves_out)
    return _Pipeline(ledger, cut, BATCH_COUNT).run(lines)


def canonical_json(read_models: ReadModels) -> str:
    """Write read models as JSON in the one form that equal read models share."""
    return json.dumps(
        read_models.model_dump(mode="json"),
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


class _Pipeline:
    """Ingest, reconciliation and projection around one log in memory."""

    def __init__(self, ledger: LedgerConfiguration, cut: _Cut, batch_count: int) -> None:
        self._ledger = ledger
        self._cut = cut
        self._batch_count = batch_count
        self._waiting: list[_Offered] = []
        self._log = MemoryEventLog()
        self._book = Book(ledger)
        self._model = ReadModel(ledger.name)
        self._recorded: dict[int, _RecordedFact] = {}
        self._rejections: list[RejectedLine] = []
        self._last_time = EPOCH
        self._decided_up_to = 0
        self._duplicate_count = 0
        self._left_out_count = 0

    def run(self, lines: Iterable[bytes]) -> Replayed:
        """Take all lines in, and return their result."""
        for number, line in enumerate(lines, start=1):
            if raw := line.strip():
                self.take(number, raw)
        return self.finish()

    def take(self, number: int, raw: bytes) -> None:
        """Take one line in; a full batch goes all the way to the read models."""
        offered = self._read_logged(number, raw) if _is_logged(raw) else self._read(number, raw)
        if offered:
            self._waiting.append(offered)
        if len(self._waiting) >= self._batch_count:
            self._settle()

    def finish(self) -> Replayed:
        """Return the result of all lines."""
        self._settle()
        # Nobody stores rows that changed: each is made once, to be read.
        self._model.discard_changes()
        return Replayed(
            read_models=self._model.read_models(self._ledger, self._claim_at),
            rejections=tuple(sorted(self._rejections, key=lambda line: line.number)),
            log=self._log,
            recorded_count=len(self._recorded),
            duplicate_count=self._duplicate_count,
            left_out_count=self._left_out_count,
        )

    # A line is offered to the log, rejected, or (a decision, or cut off) neither.

    def _read(self, number: int, raw: bytes) -> _Offered | None:
        read = read_inbound(raw, ledger=self._ledger, entry_bytes_max=ENTRY_BYTES_MAX)
        if isinstance(read, Rejected):
            self._rejections.append(RejectedLine(number, raw, read.reasons))
            return None
        self._last_time = in_utc(read.event.time) if read.event.time else self._last_time
        entry = f"line-{number}"
        origin = Origin("ingest", self._last_time, causation=entry, correlation=entry)
        # A record of it is made only where a cut asks what it says.
        if self._cut != _NO_CUT and self._is_left_out(read.data, origin):
            return None
        sealed = read.sealed(ledger=self._ledger.name, origin=origin)
        data = None if read.holds_unread else read.data
        return _Offered(number, raw, sealed, self._last_time, data)

    def _read_logged(self, number: int, raw: bytes) -> _Offered | None:
        try:
            event = EVENTS.validate_json(raw)
        except ValidationError as error:
            self._rejections.append(RejectedLine(number, raw, _reasons_of(error)))
            return None
        if event.subject != self._ledger.name:
            reason = Rejection(
                pointer="/subject", expected=self._ledger.name, found=event.subject[:80]
            )
            self._rejections.append(RejectedLine(number, raw, (reason,)))
            return None
        if not isinstance(event, Recorded):
            # Deciding where the log did keeps positions where they were, if the rules are the same.
            self._settle()
            return None
        origin = Origin(
            worker=event.source.removeprefix("urn:exchange-ledger:"),
            recorded_at=event.recorded_at,
            causation=event.causationid,
            correlation=event.correlationid,
            traceparent=event.traceparent,
        )
        if self._is_left_out(event.data, origin):
            return None
        event_id = fact_id(event.data)
        sealed = seal(event.data, event_id=event_id, ledger=self._ledger.name, origin=origin)
        return _Offered(number, raw, sealed, event.recorded_at)

    def _is_left_out(self, data: Fact, origin: Origin) -> bool:
        is_left_out = self._cut.leaves_out(data, recorded_at=origin.recorded_at)
        self._left_out_count += is_left_out
        return is_left_out

    # The same steps as the workers take for a batch.

    def _settle(self) -> None:
        if self._waiting:
            offers, self._waiting = self._waiting, []
            self._record(offers)
            self._decide()

    def _record(self, offers: Sequence[_Offered]) -> None:
        appended = self._log.append_now([offer.event for offer in offers])
        for offer, position, is_new in zip(
            offers, appended.positions, appended.is_new, strict=True
        ):
            body = _body_of(offer.event, position)
            data = offer.data or _data_of(body)
            if is_new:
                self._recorded[position] = _RecordedFact(
                    position, self._ledger.name, offer.recorded_at, data
                )
                self._book.take(body)
                self._model.fold(decode_identity(body))
            elif _content(self._recorded[position].data) == _content(data):
                self._duplicate_count += 1
            else:
                reason = refusal_of_other_content(position)
                self._rejections.append(RejectedLine(offer.number, offer.raw, (reason,)))

    def _decide(self) -> None:
        decisions = self._book.decide(after=self._decided_up_to)
        self._decided_up_to = self._book.position
        sealed = [seal_decision(decided, ledger=self._ledger) for decided in decisions]
        appended = self._log.append_now(sealed)
        for decided, event, position in zip(decisions, sealed, appended.positions, strict=True):
            self._model.fold(decode_identity(_body_of(event, position)))
            self._book.confirm(decided, position)

    def _claim_at(self, position: int) -> ClaimInLog:
        recorded = self._recorded[position]
        assert isinstance(recorded.data, RecordedClaim), (
            f"no claim was recorded at position {position}"
        )
        return cast("ClaimInLog", recorded)


def _is_logged(raw: bytes) -> bool:
    """Return whether a line is an event of a log; a publisher may use the word `position` too."""
    if b'"position"' not in raw:
        return False
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    if not isinstance(document, dict) or "position" not in document:
        return False
    return str(document.get("type")) in _LOGGED_TYPES


def _body_of(event: NewEvent, position: int) -> bytes:
    """Return an event as the log holds it."""
    return b'{"position":%d,' % position + event.body[1:]


def _data_of(body: bytes) -> Fact:
    """Return what an event records, as the log holds it."""
    event = EVENTS.validate_json(body)
    assert isinstance(event, Recorded), "decisions are not offered"
    return event.data


def _content(data: Fact) -> str:
    """Return a fact as the log holds it, where a null field and a missing one are the same."""
    return data.model_dump_json(exclude_none=True)


def _asserted(data: Fact, recorded_at: datetime) -> datetime:
    """Return when a fact was said, as exactly as known."""
    if not isinstance(data, RecordedClaim | RecordedRetraction):
        return data.at
    claim = data.claim if isinstance(data, RecordedClaim) else None
    if claim and claim.asserted_at:
        return claim.asserted_at
    if data.time:
        return data.time
    day = published_day(claim) if claim else None
    return datetime.combine(day, time.min, tzinfo=UTC) if day else recorded_at


def _reasons_of(error: ValidationError) -> tuple[Rejection, ...]:
    return tuple(
        Rejection(
            # The first part of a place is the event type, which is no field.
            pointer="".join(f"/{part}" for part in fault["loc"][1:]),
            expected=fault["msg"],
            found=repr(fault["input"])[:80],
        )
        for fault in error.errors(include_url=False)
    )
