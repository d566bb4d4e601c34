"""What projection reads of the log: decisions whole, and of what was recorded only who said it.

What a claim says is joined from the log when a row is read; here it would be checked a third time and
forgotten. So that is left unread, whatever it is: ingest checked it before it was recorded, and
`exchange-ledger log verify` reads every word.

Decisions are checked as `schemas.events` checks them: every name, every type, every word of a fixed
list. They are described once more here, because msgspec reads an event in a quarter of the time; a test
holds the two descriptions together.
"""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from schemas.claim import Day
from schemas.events import Decision, Recorded
from schemas.vocabulary import (
    Cause,
    CheckKind,
    CheckResult,
    ClaimState,
    ExchangeStatus,
    FigureStatus,
    Flag,
    ObservationStatus,
)


class _Part(Struct, frozen=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a decision. The garbage collector may pass it by: it is a tree, and never changes."""


class Explanation(_Part, frozen=True):
    """As `schemas.events.Explanation`."""

    code: str
    text: str


class OrdinalGiven(_Part, frozen=True):
    """As `schemas.events.OrdinalGiven`."""

    counter: str
    ordinal: int


class Known(_Part, frozen=True):
    """As `schemas.events.IdentifiedExchange`."""

    exchange: str
    date: date
    status: ExchangeStatus
    ordinals: tuple[OrdinalGiven, ...]
    mediators: tuple[str, ...]
    aliases: tuple[str, ...]
    phases: tuple[str, ...]


class Forgotten(_Part, frozen=True):
    """As `schemas.events.ForgottenExchange`."""

    exchange: str


class Stand(_Part, frozen=True):
    """As `schemas.events.Assignment`."""

    claim: int
    voice: str
    camp: str
    tier: int
    state: ClaimState
    exchange: str | None = None
    figure: str | None = None
    low: int | None = None
    high: int | None = None
    reason: str | None = None
    evidence: str | None = None


class Assigned(_Part, frozen=True):
    """As `schemas.events.AssignedClaims`."""

    assignments: tuple[Stand, ...]
    exchange: str | None = None


class Result(_Part, frozen=True):
    """As `schemas.events.FigureResult`."""

    low: int
    status: FigureStatus
    credibility: int
    flags: tuple[Flag, ...]
    obs_status: ObservationStatus
    reasons: tuple[Explanation, ...]
    checks: tuple[str, ...]
    basis: tuple[str, ...]
    revision: int
    cause: Cause
    best: int | None = None
    high: int | None = None
    claimed_low: int | None = None
    claimed_high: int | None = None
    adjudication: str | None = None


class Reconciled(_Part, frozen=True):
    """As `schemas.events.ReconciledFigure`."""

    figure: str
    measure: str
    side: str
    category: str
    policy: str
    exchange: str | None = None
    date: Day | None = None
    old: tuple[int | None, int | None, int | None] | None = None
    new: Result | None = None


class Tested(_Part, frozen=True):
    """As `schemas.events.CheckResultDetail`."""

    id: str
    kind: CheckKind
    claim: int
    tolerance: int
    result: CheckResult
    explanations: tuple[Explanation, ...]
    radius: tuple[str, ...]
    exchange: str | None = None
    side: str | None = None
    category: str | None = None
    as_of: Day | None = None
    expected: int | None = None
    expected_low: int | None = None
    expected_high: int | None = None
    got: int | None = None
    diff: int | None = None


class Evaluated(_Part, frozen=True):
    """As `schemas.events.EvaluatedCheck`."""

    id: str
    check: Tested | None = None


class Published(_Part, frozen=True):
    """As `schemas.events.PublishedTotal`."""

    side: str
    category: str
    as_of: date
    low: int
    status: FigureStatus
    flags: tuple[Flag, ...]
    claims: tuple[int, ...]
    checks: tuple[str, ...]
    since: Day | None = None
    best: int | None = None
    high: int | None = None


class Totalled(_Part, frozen=True):
    """As `schemas.events.ReconciledTotal`."""

    side: str
    category: str
    as_of: date
    total: Published | None = None


class Identity(Struct, frozen=True, gc=False):
    """Who published a claim, and under which id; what it says is left unread."""

    id: str
    source: str


class _Event(Struct, frozen=True, gc=False, tag_field="type"):
    position: Annotated[int, Meta(ge=1)]
    recorded_at: Annotated[datetime, Meta(tz=True)]


class ClaimHeard(_Event, frozen=True, tag="claim.recorded"):
    """A claim was recorded."""

    data: Identity


class ClaimRetracted(_Event, frozen=True, tag="claim.retracted"):
    """Changes no row by itself: what it does to a claim is a decision, and comes as one."""


class JudgementMade(_Event, frozen=True, tag="judgement.made"):
    """Changes no row by itself either."""


class JudgementUndone(_Event, frozen=True, tag="judgement.undone"):
    """Changes no row by itself either."""


class _Decision(_Event, frozen=True, forbid_unknown_fields=True):
    id: str
    source: str
    subject: str
    causationid: str
    correlationid: str


class ExchangeIdentified(_Decision, frozen=True, tag="exchange.identified"):
    """As `schemas.events.ExchangeIdentified`."""

    data: Known
    specversion: Literal["1.0"] = "1.0"


class ExchangeForgotten(_Decision, frozen=True, tag="exchange.forgotten"):
    """As `schemas.events.ExchangeForgotten`."""

    data: Forgotten
    specversion: Literal["1.0"] = "1.0"


class ClaimsAssigned(_Decision, frozen=True, tag="claims.assigned"):
    """As `schemas.events.ClaimsAssigned`."""

    data: Assigned
    specversion: Literal["1.0"] = "1.0"


class FigureReconciled(_Decision, frozen=True, tag="figure.reconciled"):
    """As `schemas.events.FigureReconciled`."""

    data: Reconciled
    specversion: Literal["1.0"] = "1.0"


class CheckEvaluated(_Decision, frozen=True, tag="check.evaluated"):
    """As `schemas.events.CheckEvaluated`."""

    data: Evaluated
    specversion: Literal["1.0"] = "1.0"


class TotalReconciled(_Decision, frozen=True, tag="total.reconciled"):
    """As `schemas.events.TotalReconciled`."""

    data: Totalled
    specversion: Literal["1.0"] = "1.0"


Heard = (
    ClaimHeard
    | ClaimRetracted
    | JudgementMade
    | JudgementUndone
    | ExchangeIdentified
    | ExchangeForgotten
    | ClaimsAssigned
    | FigureReconciled
    | CheckEvaluated
    | TotalReconciled
)
_HEARD: msgspec.json.Decoder[Heard] = msgspec.json.Decoder(Heard)
#: Read an event as projection needs it; raises `msgspec.ValidationError` if it is none.
read_heard = _HEARD.decode


def heard(event: Recorded | Decision) -> Heard:
    """Give an event that was read whole as projection needs it."""
    return read_heard(event.model_dump_json(exclude_none=True).encode())
