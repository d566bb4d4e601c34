"""What decisions say, in records that cost little to make, compare, keep, write and read.

Field by field these are the shapes of `schemas.events`, under the same names; a test holds them
together. Reconciliation makes many thousands of them a second and keeps those that stand. What is null
is left out when they are written, as everywhere in the log.
"""

import datetime as dt
from functools import lru_cache
from sys import intern
from typing import Annotated, Literal

import msgspec
from msgspec.structs import force_setattr

from schemas.vocabulary import (
    FIGURE_MEASURES,
    Cause,
    CheckKind,
    CheckResult,
    ClaimState,
    ExchangeStatus,
    FigureStatus,
    Flag,
    ObservationStatus,
    exchange_day,
    figure_key,
)


class Kept(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """A record of a decision: none holds another that holds it, so none is watched for circles."""


class Explanation(Kept, frozen=True):
    """One sentence a person can check, with its code."""

    code: str
    text: str


class OrdinalGiven(Kept, frozen=True):
    """The number a counter gives an exchange."""

    counter: str
    ordinal: int


class IdentifiedExchange(Kept, frozen=True):
    """What is known of an exchange itself, apart from its figures."""

    exchange: str
    date: dt.date
    status: ExchangeStatus
    ordinals: tuple[OrdinalGiven, ...] = ()
    mediators: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()


class ForgottenExchange(Kept, frozen=True):
    """The exchange that no claim means any more."""

    exchange: str


class Assignment(Kept, frozen=True, kw_only=True):
    """Where one claim stands now."""

    claim: int
    exchange: str | None = None
    figure: str | None = None
    voice: str
    camp: str
    tier: int
    low: int | None = None
    high: int | None = None
    state: ClaimState = "active"
    reason: str | None = None
    evidence: str | None = None


class AssignedClaims(Kept, frozen=True, kw_only=True):
    """New or changed assignments of claims about one exchange (or about none)."""

    exchange: str | None = None
    assignments: tuple[Assignment, ...]


class FigureResult(Kept, frozen=True, kw_only=True):
    """A figure's value."""

    low: int
    best: int | None = None
    high: int | None = None
    claimed_low: int | None = None
    claimed_high: int | None = None
    status: FigureStatus
    credibility: int
    flags: tuple[Flag, ...] = ()
    obs_status: ObservationStatus = "A"
    reasons: tuple[Explanation, ...] = ()
    checks: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    revision: int = 1
    cause: Cause
    adjudication: str | None = None


class ReconciledFigure(Kept, frozen=True, kw_only=True):
    """A figure's change from old to new."""

    figure: str
    exchange: str | None = None
    date: dt.date | None = None
    measure: str
    side: str
    category: str
    policy: str
    old: tuple[int | None, int | None, int | None] | None = None
    new: FigureResult | None = None


class CheckResultDetail(Kept, frozen=True, kw_only=True):
    """One identity tested."""

    id: str
    kind: CheckKind
    claim: int
    exchange: str | None = None
    side: str | None = None
    category: str | None = None
    as_of: dt.date | None = None
    expected: int | None = None
    expected_low: int | None = None
    expected_high: int | None = None
    got: int | None = None
    diff: int | None = None
    tolerance: int = 0
    result: CheckResult
    explanations: tuple[Explanation, ...] = ()
    radius: tuple[str, ...] = ()


class EvaluatedCheck(Kept, frozen=True):
    """A check's new outcome."""

    id: str
    check: CheckResultDetail | None = None


class PublishedTotal(Kept, frozen=True, kw_only=True):
    """A running total for one side and day, as published and reconciled."""

    side: str
    category: str
    as_of: dt.date
    since: dt.date | None = None
    low: int
    best: int | None = None
    high: int | None = None
    status: FigureStatus
    flags: tuple[Flag, ...] = ()
    claims: tuple[int, ...] = ()
    checks: tuple[str, ...] = ()


class ReconciledTotal(Kept, frozen=True):
    """A running total's new value."""

    side: str
    category: str
    as_of: dt.date
    total: PublishedTotal | None = None


class FigureChange(Kept, frozen=True):
    """A figure's change from old to new."""

    figure: str
    old: tuple[int | None, int | None, int | None] | None = None
    new: FigureResult | None = None


class Decisions(Kept, frozen=True, kw_only=True):
    """All that one batch of claims changed about one subject."""

    exchange: str | None = None
    identified: IdentifiedExchange | None = None
    assignments: tuple[Assignment, ...] = ()
    policy: str | None = None
    figures: tuple[FigureChange, ...] = ()
    checks: tuple[CheckResultDetail, ...] = ()
    withdrawn: tuple[str, ...] = ()
    totals: tuple[ReconciledTotal, ...] = ()
    forgotten: str | None = None


DecisionData = (
    Decisions
    | IdentifiedExchange
    | ForgottenExchange
    | AssignedClaims
    | ReconciledFigure
    | EvaluatedCheck
    | ReconciledTotal
)


class DecisionEvent(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True
):
    """A decision as the log holds it; what it says is `data`."""

    position: Annotated[int, msgspec.Meta(ge=1)]
    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    subject: str
    recorded_at: Annotated[dt.datetime, msgspec.Meta(tz=True)]
    causationid: str
    correlationid: str


class DecisionsMade(DecisionEvent, frozen=True, tag="decisions.made"):
    """As `schemas.events.DecisionsMade`."""

    data: Decisions


class ExchangeIdentified(DecisionEvent, frozen=True, tag="exchange.identified"):
    """As `schemas.events.ExchangeIdentified`."""

    data: IdentifiedExchange


class ExchangeForgotten(DecisionEvent, frozen=True, tag="exchange.forgotten"):
    """As `schemas.events.ExchangeForgotten`."""

    data: ForgottenExchange


class ClaimsAssigned(DecisionEvent, frozen=True, tag="claims.assigned"):
    """As `schemas.events.ClaimsAssigned`."""

    data: AssignedClaims


class FigureReconciled(DecisionEvent, frozen=True, tag="figure.reconciled"):
    """As `schemas.events.FigureReconciled`."""

    data: ReconciledFigure


class CheckEvaluated(DecisionEvent, frozen=True, tag="check.evaluated"):
    """As `schemas.events.CheckEvaluated`."""

    data: EvaluatedCheck


class TotalReconciled(DecisionEvent, frozen=True, tag="total.reconciled"):
    """As `schemas.events.TotalReconciled`."""

    data: ReconciledTotal


Decision = (
    DecisionsMade
    | ExchangeIdentified
    | ExchangeForgotten
    | ClaimsAssigned
    | FigureReconciled
    | CheckEvaluated
    | TotalReconciled
)


def assignments_of(decisions: Decisions) -> tuple[Assignment, ...]:
    """Give the assignments with the exchange that they leave out."""
    if decisions.exchange is not None:
        for assignment in decisions.assignments:
            # Put right where it is: a copy of every one costs more than reading them.
            force_setattr(assignment, "exchange", decisions.exchange)
    return decisions.assignments


class About(msgspec.Struct, frozen=True, gc=False):
    """What a figure is about, and whether its id says all of it."""

    exchange: str | None
    date: dt.date | None
    measure: str
    side: str
    category: str
    is_said: bool


#: Measures of exchanges, not of days: their figures are nearly all there are.
_ABOUT_EXCHANGES = FIGURE_MEASURES - {"held"}


def about_of(figure: str) -> About:
    """Say what a figure is about that is told by its id alone."""
    exchange, _, others = figure.partition(":")
    if said := _said_by(others):
        measure, side, category = said
        # By place: by name it takes twice as long.
        return About(intern(exchange), exchange_day(exchange), measure, side, category, True)  # noqa: FBT003
    key = figure_key(figure)
    day = exchange_day(key.exchange) if key.exchange else key.day
    return About(key.exchange, day, key.measure, key.side, key.category, key.exchange is not None)


@lru_cache(maxsize=4096)
def _said_by(others: str) -> tuple[str, str, str] | None:
    """Read the id of an exchange's figure without the exchange: there are few of those."""
    measure, _, others = others.partition(":")
    side, _, category = others.partition(":")
    if measure in _ABOUT_EXCHANGES and side and category:
        return measure, side, category
    return None


def about_in(data: ReconciledFigure) -> About:
    """Say what a figure is about that is told with all it is about."""
    exchange, day = data.exchange, data.date
    is_said = (
        exchange is not None
        and day is not None
        and exchange.startswith(day.isoformat())
        and data.figure.split(":", 3) == [exchange, data.measure, data.side, data.category]
    )
    return About(exchange, day, data.measure, data.side, data.category, is_said)
