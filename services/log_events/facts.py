"""What reconciliation reads of the log: of a claim what rules look at, of everything else all.

A claim was checked before it was recorded, and `exchange-ledger log verify` reads every word of it.
Here its shape is read, and its types, because reading is much of what a claim costs. What is missing
and what is null are the same.
"""

from datetime import date
from typing import TypeAlias

import msgspec

from schemas.claim import Bound, Counterpart, DerivationKind, Reason
from schemas.decisions import Decision
from schemas.events import EVENTS, ClaimRetracted, JudgementMade, JudgementUndone, WordsErased
from schemas.record import Instant


#: A field may bear the name of its type.
Day: TypeAlias = date


class FactPart(msgspec.Struct, frozen=True, gc=False):
    """A part of an event; what it does not name is left unread."""


class FactQuantity(FactPart, frozen=True):
    """How many, and how exactly it was said."""

    bound: Bound
    value: int | None = None
    low: int | None = None
    high: int | None = None
    so_far: bool | None = None


class FactExchange(FactPart, frozen=True):
    """What the report says about which exchange is meant; `date` may be a month or a year."""

    date: str | None = None
    ordinal: int | None = None
    until: Day | None = None
    counterpart: Counterpart | None = None
    third: str | None = None


class FactPeriod(FactPart, frozen=True):
    """The days a running total spans."""

    since: Day | None = None
    as_of: Day | None = None


class FactClaimant(FactPart, frozen=True):
    """Who asserts it."""

    name: str
    party: str
    role: str


class FactReference(FactPart, frozen=True):
    """Another claim."""

    source: str
    id: str


class FactDerivation(FactPart, frozen=True):
    """How it was worked out from others."""

    kind: DerivationKind


class FactClaim(FactPart, frozen=True, kw_only=True):
    """What was said, as far as rules look at it."""

    measure: str
    side: str | None = None
    category: str
    unit: str | None = None
    quantity: FactQuantity | None = None
    wording: str | None = None
    exchange: FactExchange | None = None
    period: FactPeriod | None = None
    claimant: FactClaimant
    reported_by: str | None = None
    url: str | None = None
    published_at: str | None = None
    mediators: tuple[str, ...] | None = None
    modality: str | None = None
    asserted_at: Instant | None = None
    quoted_from: str | None = None
    derivation: FactDerivation | None = None
    revises: FactReference | str | None = None
    reason: Reason | None = None


class FactRecord(FactPart, frozen=True, kw_only=True):
    """A recorded claim: the publisher's identity for it, and what was said."""

    id: str
    source: str
    time: Instant | None = None
    claim: FactClaim


class ClaimFact(FactPart, frozen=True, tag="claim.recorded"):
    """A `claim.recorded`, as far as rules and decisions look at it."""

    position: int
    id: str
    recorded_at: Instant
    correlationid: str
    data: FactRecord
    traceparent: str | None = None


class _WholeRetraction(FactPart, frozen=True, tag="claim.retracted"):
    """Rare, and read whole."""


class _WholeJudgement(FactPart, frozen=True, tag="judgement.made"):
    """Rare, and read whole."""


class _WholeUndoing(FactPart, frozen=True, tag="judgement.undone"):
    """Rare, and read whole."""


class _WholeErasure(FactPart, frozen=True, tag="claim.erased"):
    """Rare, and read whole."""


#: What decisions follow from, and what nothing follows from.
Fact = ClaimFact | ClaimRetracted | JudgementMade | JudgementUndone | WordsErased
_Rare = _WholeRetraction | _WholeJudgement | _WholeUndoing | _WholeErasure
_EVENTS: msgspec.json.Decoder[ClaimFact | Decision | _Rare] = msgspec.json.Decoder(
    ClaimFact | Decision | _Rare
)


def decode_fact(body: bytes) -> Fact | Decision:
    """Read an event of the log.

    Raises:
        msgspec.ValidationError, pydantic.ValidationError: It is none.
    """
    event = _EVENTS.decode(body)
    if not isinstance(event, _Rare):
        return event
    read = EVENTS.validate_json(body)
    rare = ClaimRetracted | JudgementMade | JudgementUndone | WordsErased
    assert isinstance(read, rare), "one name, two types"
    return read
