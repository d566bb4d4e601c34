"""What reconciliation decides, as the log holds it: one frozen record for each event type and for each part.

Reconciliation makes many thousands of these a second and keeps those that stand, so they are quick to
make, compare, keep, write and read. Decisions carry what changed, not the whole; the claims behind a
figure are found by their assignments. What is null is left out when they are written, as everywhere in
the log.
"""

import datetime as dt
from typing import Annotated, Literal

from msgspec import Meta

from schemas.claim import Day
from schemas.record import Instant, StructRecord
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


class Explanation(StructRecord, frozen=True):
    """One sentence a person can check, with its code."""

    code: Annotated[str, Meta(description="Names the reason, for programs.")]
    text: Annotated[str, Meta(description="The sentence.")]


class OrdinalGiven(StructRecord, frozen=True):
    """The number a counter gives an exchange."""

    counter: Annotated[str, Meta(description="Who counts.")]
    ordinal: Annotated[int, Meta(description="The number given.")]


class ListedCount(StructRecord, frozen=True):
    """What an exchange adds to the running sum of a side."""

    side: Annotated[str, Meta(description="The side people came back to.")]
    category: Annotated[
        str, Meta(description="Who was counted, as a category, or several with + between them.")
    ]
    low: Annotated[int, Meta(description="The least it adds.")]
    best: Annotated[int, Meta(description="The number it adds.")]
    high: Annotated[int | None, Meta(description="The most it adds, null if that is open.")]


class IdentifiedExchange(StructRecord, frozen=True):
    """What is known of an exchange itself, apart from its figures.

    `listed` names what the exchange adds to the running sum of a side where that is not just its
    figure for everybody, because nobody counts everybody.
    `lapsed_on` is the day from which a plan of which nobody spoke again is taken to have been called off.
    """

    exchange: str
    date: dt.date
    status: ExchangeStatus
    ordinals: tuple[OrdinalGiven, ...] = ()
    mediators: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    listed: tuple[ListedCount, ...] = ()
    thirds: tuple[str, ...] = ()
    lapsed_on: dt.date | None = None


class ForgottenExchange(StructRecord, frozen=True):
    """The exchange that no claim means any more."""

    exchange: str


class Assignment(StructRecord, frozen=True, kw_only=True):
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


class AssignedClaims(StructRecord, frozen=True, kw_only=True):
    """New or changed assignments of claims about one exchange (or about none)."""

    exchange: str | None = None
    assignments: tuple[Assignment, ...]


class FigureResult(StructRecord, frozen=True, kw_only=True):
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


class ReconciledFigure(StructRecord, frozen=True, kw_only=True):
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


class CheckResultDetail(StructRecord, frozen=True, kw_only=True):
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


class EvaluatedCheck(StructRecord, frozen=True):
    """A check's new outcome; `check` null takes it away."""

    id: str
    check: CheckResultDetail | None = None


class PublishedTotal(StructRecord, frozen=True, kw_only=True):
    """A running total for one side and day, as published and reconciled.

    `claims` are log positions of the claims that give it, `said` what they say (least, best, most) before
    the exchanges are held against it; null in events of before that was kept.
    """

    side: str
    category: str
    as_of: dt.date
    since: Day | None = None
    low: int
    best: int | None = None
    high: int | None = None
    status: FigureStatus
    flags: tuple[Flag, ...] = ()
    claims: tuple[int, ...] = ()
    checks: tuple[str, ...] = ()
    said: tuple[int, int | None, int | None] | None = None


class ReconciledTotal(StructRecord, frozen=True):
    """A running total's new value; `total` null takes it away."""

    side: str
    category: str
    as_of: dt.date
    total: PublishedTotal | None = None


class FigureChange(StructRecord, frozen=True):
    """A figure's change from old to new; `new` null takes the figure away.

    What the figure is about is said by its id, which `schemas.vocabulary.figure_key` reads.
    """

    figure: str
    old: tuple[int | None, int | None, int | None] | None = None
    new: FigureResult | None = None


class Decisions(StructRecord, frozen=True, kw_only=True):
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


DecisionData = (
    Decisions
    | IdentifiedExchange
    | ForgottenExchange
    | AssignedClaims
    | ReconciledFigure
    | EvaluatedCheck
    | ReconciledTotal
)


class DecisionEvent(StructRecord, frozen=True, kw_only=True, omit_defaults=False, tag_field="type"):
    """A decision as the log holds it; what it says is `data`."""

    position: Annotated[int, Meta(ge=1)]
    chain: Annotated[str, Meta(pattern=r"^[0-9a-f]{40}$")] | None = None
    history: Annotated[str, Meta(pattern=r"^[0-9a-f]{40}$")] | None = None
    salt: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")] | None = None
    digest: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")] | None = None
    erased: Annotated[int, Meta(ge=1)] | None = None
    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    subject: str
    recorded_at: Instant
    causationid: str
    correlationid: str
    traceparent: (
        Annotated[str, Meta(pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")] | None
    ) = None

    @property
    def type(self) -> str:
        """The type of the event, as the log names it."""
        return str(self.__struct_config__.tag)


class DecisionsMade(DecisionEvent, frozen=True, tag="decisions.made"):
    """One batch of claims changed what is known about one subject."""

    data: Decisions


# What earlier versions wrote, one event for each part of `Decisions`. Logs hold them for ever.


class ExchangeIdentified(DecisionEvent, frozen=True, tag="exchange.identified"):
    """An exchange was found, or what is known of it changed."""

    data: IdentifiedExchange


class ExchangeForgotten(DecisionEvent, frozen=True, tag="exchange.forgotten"):
    """No claim means this exchange any more."""

    data: ForgottenExchange


class ClaimsAssigned(DecisionEvent, frozen=True, tag="claims.assigned"):
    """Claims were assigned, or their standing changed."""

    data: AssignedClaims


class FigureReconciled(DecisionEvent, frozen=True, tag="figure.reconciled"):
    """A figure changed."""

    data: ReconciledFigure


class CheckEvaluated(DecisionEvent, frozen=True, tag="check.evaluated"):
    """A check's outcome changed."""

    data: EvaluatedCheck


class TotalReconciled(DecisionEvent, frozen=True, tag="total.reconciled"):
    """A published running total changed."""

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
