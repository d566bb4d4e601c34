"""What reconciliation reads of the log: of a claim what rules look at, of everything else all.

A claim was checked before it was recorded, and `exchange-ledger log verify` reads every word of it.
Here its shape is read, without the checks and without a record for each of its parts, because that
is most of what reading a claim costs. What is missing and what is null are the same.
"""

from datetime import date, datetime
from typing import Annotated, Literal, NotRequired

from pydantic import AwareDatetime, BaseModel, ConfigDict, Discriminator, TypeAdapter
from typing_extensions import TypedDict

from schemas.claim import Bound, DerivationKind, Reason
from schemas.events import (
    ClaimRetracted,
    Decision,
    JudgementMade,
    JudgementUndone,
)


class HeardQuantity(TypedDict):
    """How many, and how exactly it was said."""

    bound: Bound
    value: NotRequired[int | None]
    low: NotRequired[int | None]
    high: NotRequired[int | None]


class HeardExchange(TypedDict):
    """What the report says about which exchange is meant."""

    date: NotRequired[date | None]
    ordinal: NotRequired[int | None]


class HeardPeriod(TypedDict):
    """The days a running total spans."""

    since: NotRequired[date | None]
    as_of: NotRequired[date | None]


class HeardClaimant(TypedDict):
    """Who asserts it."""

    name: str
    party: str
    role: str


class HeardReference(TypedDict):
    """Another claim."""

    source: str
    id: str


class HeardDerivation(TypedDict):
    """How it was worked out from others."""

    kind: DerivationKind


class HeardClaim(TypedDict):
    """What was said, as far as rules look at it."""

    measure: str
    side: NotRequired[str | None]
    category: str
    quantity: NotRequired[HeardQuantity | None]
    wording: NotRequired[str | None]
    exchange: NotRequired[HeardExchange | None]
    period: NotRequired[HeardPeriod | None]
    claimant: HeardClaimant
    reported_by: NotRequired[str | None]
    url: NotRequired[str | None]
    published_at: NotRequired[str | None]
    mediators: NotRequired[tuple[str, ...] | None]
    modality: NotRequired[str | None]
    asserted_at: NotRequired[AwareDatetime | None]
    derivation: NotRequired[HeardDerivation | None]
    revises: NotRequired[HeardReference | str | None]
    reason: NotRequired[Reason | None]


class HeardRecord(TypedDict):
    """A recorded claim: the publisher's identity for it, and what was said."""

    id: str
    source: str
    time: NotRequired[AwareDatetime | None]
    claim: HeardClaim


class ClaimHeard(BaseModel):
    """A `claim.recorded`, as far as rules and decisions look at it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    position: int
    id: str
    recorded_at: AwareDatetime
    correlationid: str
    type: Literal["claim.recorded"]
    data: HeardRecord


#: What decisions follow from.
Fact = ClaimHeard | ClaimRetracted | JudgementMade | JudgementUndone
_EVENTS: TypeAdapter[Fact | Decision] = TypeAdapter(
    Annotated[Fact | Decision, Discriminator("type")]
)


def hear(body: bytes) -> Fact | Decision:
    """Read an event of the log.

    Raises:
        pydantic.ValidationError: It is none.
    """
    return _EVENTS.validate_json(body)


def published_day(claim: HeardClaim) -> date | None:
    """Give the calendar day on which the report came out, null if it is not stated."""
    published_at = claim.get("published_at")
    return None if published_at is None else datetime.fromisoformat(published_at).date()
