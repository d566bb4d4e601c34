"""What the log holds: one frozen class for each event type, a discriminated union of them all.

Every event is a CloudEvents 1.0 JSON document. `id` is a content hash (32 hexadecimal digits): for
what was published over the publisher's (source, id), for a judgement over all it says, for an undoing
over the judgement's id, for a decision over (its cause's id, its subject, the policy). `position` is given by the log on append. `causationid` names the event, or the
inbox entry, that this one follows from; `correlationid` is the inbox entry at the root of the chain.

Recorded events carry what publishers sent and what operators judged, whole. Decisions carry what changed, not the whole; the
claims behind a figure are found by their assignments.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Discriminator, Field, TypeAdapter

from schemas.claim import Claim, Day, Retraction
from schemas.judgement import Judgement, UndoneJudgement
from schemas.record import Record
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


class Explanation(Record, use_attribute_docstrings=True):
    """One sentence a person can check, with its code."""

    code: str
    """Names the reason, for programs."""
    text: str
    """The sentence."""


class RecordedClaim(Record):
    """A claim as it was published: the publisher's identity, its time, and what it said."""

    id: str
    source: str
    time: AwareDatetime | None = None
    claim: Claim


class RecordedRetraction(Record):
    """A retraction as it was published."""

    id: str
    source: str
    time: AwareDatetime | None = None
    retraction: Retraction


class OrdinalGiven(Record, use_attribute_docstrings=True):
    """The number a counter gives an exchange."""

    counter: str
    """Who counts."""
    ordinal: int
    """The number given."""


class IdentifiedExchange(Record):
    """What is known of an exchange itself, apart from its figures."""

    exchange: str
    date: date
    status: ExchangeStatus
    ordinals: tuple[OrdinalGiven, ...] = ()
    mediators: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()


class ForgottenExchange(Record):
    """The exchange that no claim means any more."""

    exchange: str


class Assignment(Record):
    """Where one claim stands now.

    Attributes:
        claim: Log position of its `claim.recorded`.
        exchange: The exchange it means, null for none.
        figure: Id of the figure at whose level it speaks, null for none.
        voice: The voice it belongs to; claims of one voice are one witness.
        camp: The camp of that voice.
        tier: 1 (competent body) to 6 (unattributed).
        low: Least number compatible with it, null for a claim without a number.
        high: Greatest number compatible with it, null means open.
        state: Whether it counts; most do.
        reason: Why it does not count, or how it was read, null if there is nothing to say.
        evidence: Why it is taken to mean that exchange, null for none.
    """

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


class AssignedClaims(Record):
    """New or changed assignments of claims about one exchange (or about none)."""

    exchange: str | None = None
    assignments: tuple[Assignment, ...]


class FigureResult(Record):
    """A figure's value: whole people; `high` null is open, `best` null is nobody knows.

    `adjudication` is the id of the judgement that pins it, null if none does.
    """

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


class ReconciledFigure(Record):
    """A figure's change from old to new; `new` null takes the figure away."""

    figure: str
    exchange: str | None = None
    date: Day | None = None
    measure: str
    side: str
    category: str
    policy: str
    old: tuple[int | None, int | None, int | None] | None = None
    new: FigureResult | None = None


class CheckResultDetail(Record):
    """One identity tested: what the ledger leads one to expect, what a claim says, and why they part.

    `diff` is got − expected. `expected_low` and `expected_high` bound what would have passed before
    the claim's own tolerance is added. `radius` lists the least change of one independent input that
    would make a failed check true.
    """

    id: str
    kind: CheckKind
    claim: int
    exchange: str | None = None
    side: str | None = None
    category: str | None = None
    as_of: Day | None = None
    expected: int | None = None
    expected_low: int | None = None
    expected_high: int | None = None
    got: int | None = None
    diff: int | None = None
    tolerance: int = 0
    result: CheckResult
    explanations: tuple[Explanation, ...] = ()
    radius: tuple[str, ...] = ()


class EvaluatedCheck(Record):
    """A check's new outcome; `check` null takes it away."""

    id: str
    check: CheckResultDetail | None = None


class PublishedTotal(Record):
    """A running total for one side and day, as published and reconciled.

    `claims` are log positions of the claims that give it.
    """

    side: str
    category: str
    as_of: date
    since: Day | None = None
    low: int
    best: int | None = None
    high: int | None = None
    status: FigureStatus
    flags: tuple[Flag, ...] = ()
    claims: tuple[int, ...] = ()
    checks: tuple[str, ...] = ()


class ReconciledTotal(Record):
    """A running total's new value; `total` null takes it away."""

    side: str
    category: str
    as_of: date
    total: PublishedTotal | None = None


class FigureChange(Record):
    """A figure's change from old to new; `new` null takes the figure away.

    What the figure is about is said by its id, which `schemas.vocabulary.figure_key` reads.
    """

    figure: str
    old: tuple[int | None, int | None, int | None] | None = None
    new: FigureResult | None = None


class Decisions(Record):
    """All that one batch of claims changed about one subject; what is left out did not change.

    Attributes:
        exchange: The exchange it is about, and that the claims assigned here mean; null for a running
            total, a stock, what is tested across exchanges, and claims that mean none.
        identified: What is known of the exchange now.
        assignments: Where claims stand now. They leave out their `exchange`, which is the one above.
        policy: Version of the rules that gave the figures.
        figures: Figures that changed.
        checks: Checks with a new outcome.
        withdrawn: Ids of checks that were taken away.
        totals: Running totals that changed.
        forgotten: The exchange that no claim means any more.
    """

    exchange: str | None = None
    identified: IdentifiedExchange | None = None
    assignments: tuple[Assignment, ...] = ()
    policy: str | None = None
    figures: tuple[FigureChange, ...] = ()
    checks: tuple[CheckResultDetail, ...] = ()
    withdrawn: tuple[str, ...] = ()
    totals: tuple[ReconciledTotal, ...] = ()
    forgotten: str | None = None


class _LogEvent(Record):
    """The CloudEvents attributes that every event in the log carries."""

    position: Annotated[int, Field(ge=1)]
    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    subject: str
    recorded_at: AwareDatetime
    causationid: str
    correlationid: str


class ClaimRecorded(_LogEvent):
    """A claim was accepted into the log."""

    type: Literal["claim.recorded"]
    data: RecordedClaim


class ClaimRetracted(_LogEvent):
    """A publisher took a claim back."""

    type: Literal["claim.retracted"]
    data: RecordedRetraction


class JudgementMade(_LogEvent):
    """An operator judged."""

    type: Literal["judgement.made"]
    data: Judgement


class JudgementUndone(_LogEvent):
    """An operator took a judgement back."""

    type: Literal["judgement.undone"]
    data: UndoneJudgement


class DecisionsMade(_LogEvent):
    """One batch of claims changed what is known about one subject."""

    type: Literal["decisions.made"]
    data: Decisions


# What earlier versions wrote, one event for each part of `Decisions`. Logs hold them for ever.


class ExchangeIdentified(_LogEvent):
    """An exchange was found, or what is known of it changed."""

    type: Literal["exchange.identified"]
    data: IdentifiedExchange


class ExchangeForgotten(_LogEvent):
    """No claim means this exchange any more."""

    type: Literal["exchange.forgotten"]
    data: ForgottenExchange


class ClaimsAssigned(_LogEvent):
    """Claims were assigned, or their standing changed."""

    type: Literal["claims.assigned"]
    data: AssignedClaims


class FigureReconciled(_LogEvent):
    """A figure changed."""

    type: Literal["figure.reconciled"]
    data: ReconciledFigure


class CheckEvaluated(_LogEvent):
    """A check's outcome changed."""

    type: Literal["check.evaluated"]
    data: EvaluatedCheck


class TotalReconciled(_LogEvent):
    """A published running total changed."""

    type: Literal["total.reconciled"]
    data: ReconciledTotal


Recorded = ClaimRecorded | ClaimRetracted | JudgementMade | JudgementUndone
Decision = (
    DecisionsMade
    | ExchangeIdentified
    | ExchangeForgotten
    | ClaimsAssigned
    | FigureReconciled
    | CheckEvaluated
    | TotalReconciled
)
Event = Annotated[Recorded | Decision, Discriminator("type")]
EVENTS: TypeAdapter[Recorded | Decision] = TypeAdapter(Event)

DecisionData = (
    Decisions
    | IdentifiedExchange
    | ForgottenExchange
    | AssignedClaims
    | ReconciledFigure
    | EvaluatedCheck
    | ReconciledTotal
)
