"""How an event gets its identity and its envelope, before the log gives it a position.

Ids are content hashes, so that the same fact has the same id in every process, at every replay.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import compress, product
from json.encoder import encode_basestring as quoted
from typing import NamedTuple

import msgspec

from schemas.claim import Claim
from schemas.decisions import (
    AssignedClaims,
    DecisionData,
    Decisions,
    EvaluatedCheck,
    ForgottenExchange,
    IdentifiedExchange,
    ReconciledFigure,
    ReconciledTotal,
)
from schemas.erasure import ErasedWords
from schemas.events import RecordedClaim, RecordedRetraction
from schemas.judgement import Exclude, Judgement, Merge, Pin, Reassign, Split, UndoneJudgement
from schemas.one_line import one_line
from schemas.record import StructRecord
from services.eventlog.port import EVENT_ID_DIGITS, NewEvent


class Origin(NamedTuple):
    """Where an event comes from.

    Attributes:
        worker: The worker that appends it, e.g. `ingest`.
        recorded_at: When the fact at the root of the chain was recorded, in UTC.
        causation: The event or inbox entry it follows from.
        correlation: The inbox entry at the root of the chain.
        traceparent: The trace that the fact at the root belongs to, as its publisher said (W3C Trace
            Context); null if nothing was said.
    """

    worker: str
    recorded_at: datetime
    causation: str
    correlation: str
    traceparent: str | None = None


#: What a recorded event holds: what publishers sent, or what operators judged or erased.
Fact = RecordedClaim | RecordedRetraction | Judgement | UndoneJudgement | ErasedWords

EVENT_TYPE: dict[type, str] = {
    RecordedClaim: "claim.recorded",
    RecordedRetraction: "claim.retracted",
    Pin: "judgement.made",
    Exclude: "judgement.made",
    Reassign: "judgement.made",
    Merge: "judgement.made",
    Split: "judgement.made",
    UndoneJudgement: "judgement.undone",
    ErasedWords: "claim.erased",
    Decisions: "decisions.made",
    IdentifiedExchange: "exchange.identified",
    ForgottenExchange: "exchange.forgotten",
    AssignedClaims: "claims.assigned",
    ReconciledFigure: "figure.reconciled",
    EvaluatedCheck: "check.evaluated",
    ReconciledTotal: "total.reconciled",
}


def content_id(*parts: str) -> str:
    """Hash parts into an event id of 32 hexadecimal digits; no two lists of parts collide by joining.

    >>> content_id("a", "bc") == content_id("ab", "c")
    False
    """
    return _hash("".join([f"{len(part)}:{part}" for part in parts]))


def _hash(framed: str) -> str:
    return sha256(framed.encode()).hexdigest()[:EVENT_ID_DIGITS]


def recorded_id(*, source: str, id: str) -> str:  # noqa: A002  the CloudEvents attribute's name
    """Return the event id of what a publisher sent as (source, id).

    >>> recorded_id(source="urn:x", id="7") == content_id("recorded", "urn:x", "7")
    True
    """
    # As `content_id("recorded", source, id)`, which takes longer.
    return _hash(f"8:recorded{len(source)}:{source}{len(id)}:{id}")


def judged_id(judgement: Judgement) -> str:
    """Return the id of a judgement and of its event: a hash of all it says."""
    return content_id("judged", judgement.model_dump_json(exclude={"id"}, exclude_none=True))


def identified(judgement: Judgement) -> Judgement:
    """Return a judgement the id of what it says."""
    return judgement.model_copy(update={"id": judged_id(judgement)})


def undone_id(judgement: str) -> str:
    """Return the event id of undoing a judgement; what is undone twice is undone once."""
    return content_id("undone", judgement)


def erased_id(erased: ErasedWords) -> str:
    """Return the event id of an erasure: a hash of all it says."""
    return content_id("erased", erased.model_dump_json(exclude_none=True))


def fact_id(fact: Fact) -> str:
    """Return the event id of what was recorded."""
    match fact:
        case RecordedClaim() | RecordedRetraction():
            return recorded_id(source=fact.source, id=fact.id)
        case UndoneJudgement():
            return undone_id(fact.judgement)
        case ErasedWords():
            return erased_id(fact)
        case Pin() | Exclude() | Reassign() | Merge() | Split():
            return judged_id(fact)


def seal(
    data: Fact | DecisionData,
    *,
    event_id: str,
    ledger: str,
    origin: Origin,
) -> NewEvent:
    """Wrap an event's data as a CloudEvents JSON document without `position`.

    Null fields are left out: every stored shape reads a missing field as null.
    """
    if isinstance(data, StructRecord):
        content = _ENCODER.encode(data)
    else:
        left_out = {"claim": silent_parts(data.claim)} if isinstance(data, RecordedClaim) else None
        content = data.__pydantic_serializer__.to_json(data, exclude_none=True, exclude=left_out)
    return seal_content(content, type(data), event_id=event_id, ledger=ledger, origin=origin)


def silent_parts(claim: Claim) -> set[str]:
    """Name the parts of a claim that say nothing, and that the log leaves out as it does nulls."""
    about, period = claim.exchange, claim.period
    return _SILENT[
        not about.__pydantic_extra__ and not any(about.__dict__.values()),
        period.since is None and period.as_of is None and not period.__pydantic_extra__,
        not claim.mediators,
    ]


#: Made beforehand, because making them takes longer than writing the rest.
_SILENT = {
    silent: set(compress(("exchange", "period", "mediators"), silent))
    for silent in product((True, False), repeat=3)
}


def seal_content(
    content: bytes,
    shape: type[Fact | DecisionData],
    *,
    event_id: str,
    ledger: str,
    origin: Origin,
) -> NewEvent:
    """Wrap an event's data that is written already, as `shape` without null fields is written."""
    # Most of it is ASCII, and looked through much sooner for that than for what ends lines.
    if not content.isascii() and (_IN_SEPARATORS in content or _NEXT_LINE in content):
        content = one_line(content.decode()).encode()
    # Written out, because an encoder made for each event costs more than all the rest of this.
    at = origin.recorded_at
    # Its offset too, because times that are equal may be written in different ones.
    trace = "" if origin.traceparent is None else f'"traceparent":"{origin.traceparent}",'
    common = _common_head(origin.worker, EVENT_TYPE[shape], ledger, at, at.utcoffset())
    cause = root = quoted(origin.causation)
    if origin.correlation is not origin.causation:
        root = quoted(origin.correlation)
    head = (
        f'{{"specversion":"1.0","id":"{event_id}",{common},'
        f'"causationid":{cause},"correlationid":{root},{trace}"data":'
    )
    return NewEvent(event_id, b"".join((head.encode(), content, b"}")))


@lru_cache(maxsize=256)
def _common_head(
    worker: str, event_type: str, ledger: str, recorded_at: datetime, _: timedelta | None
) -> str:
    """Write what the events of a batch have in common."""
    return (
        f'"source":{quoted(f"urn:exchange-ledger:{worker}")},'
        f'"type":"{event_type}","subject":{quoted(ledger)},'
        f'"recorded_at":"{recorded_at.isoformat().replace("+00:00", "Z")}"'
    )


#: The bytes that U+2028 and U+2029 begin with, and typographic quotes too.
_IN_SEPARATORS = b"\xe2\x80"
_NEXT_LINE = b"\xc2\x85"
_ENCODER = msgspec.json.Encoder()
