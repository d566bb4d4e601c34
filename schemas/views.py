"""What readers see: the read models of contract.md §2.

Views are a pure function of the log. Never edit one in place: append an event and let the fold
rebuild it. Fields named in the contract are fixed; those marked optional there came later.
"""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from schemas.claim import (
    Claimant,
    ExchangeReference,
    Measure,
    Modality,
    Period,
    Quantity,
    Reason,
    Unit,
)
from schemas.events import Explanation, OrdinalGiven
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


class ExcludedClaim(Record):
    """A claim that does not count, and why."""

    claim: str
    reason: str


class FigureClaims(Record):
    """The claims behind a figure, by their refs (see `ClaimView.ref`), each list sorted.

    Attributes:
        best: Those that give `best`.
        agreeing: The others that can be true together with `best`.
        disagreeing: Those that cannot, and are not explained.
        explained: Those that cannot at face value, but whose difference has a named reason.
        excluded: Those that do not count, each with its reason.
    """

    best: tuple[str, ...]
    agreeing: tuple[str, ...]
    disagreeing: tuple[str, ...]
    explained: tuple[str, ...]
    excluded: tuple[ExcludedClaim, ...]


class Figure(Record):
    """How many, for one exchange (or day), measure, side and category.

    Whole people. `high` null means open; `best` null means that nobody gave a usable number.
    `position` is the log position that produced it.
    """

    ledger: str
    id: str
    exchange: str | None
    date: date | None
    measure: str
    side: str
    category: str
    low: int
    best: int | None
    high: int | None
    claimed_low: int | None
    claimed_high: int | None
    status: FigureStatus
    credibility: int
    flags: tuple[Flag, ...]
    obs_status: ObservationStatus
    voices: int
    camps: int
    claims: FigureClaims
    reasons: tuple[Explanation, ...]
    checks: tuple[str, ...]
    adjudication: str | None
    policy: str
    inputs_hash: str
    position: int
    revision: int
    cause: Cause
    as_known_on: AwareDatetime


class Exchange(Record):
    """One exchange; `figures` are ids of its figures."""

    ledger: str
    id: str
    date: date
    status: ExchangeStatus
    ordinals: tuple[OrdinalGiven, ...]
    mediators: tuple[str, ...]
    aliases: tuple[str, ...]
    phases: tuple[str, ...]
    claim_count: int
    figures: tuple[str, ...]
    position: int


class Computed(Record):
    """What the exchanges add up to, from the day after `since_total` on, or from the first one."""

    low: int
    best: int | None
    high: int | None
    since_total: date | None


class Published(Record):
    """A total as published: its reconciled interval, and the claims that give it."""

    low: int
    best: int | None
    high: int | None
    claims: tuple[str, ...]


class CumulativePoint(Record):
    """How many came back to one side in all, up to and including a day.

    `computed` is the last published total before this day plus the exchanges since; `published` is
    null on days for which nobody gave a total.
    """

    ledger: str
    side: str
    category: str
    as_of: date
    low: int
    best: int | None
    high: int | None
    status: FigureStatus
    flags: tuple[Flag, ...]
    computed: Computed | None
    published: Published | None
    checks: tuple[str, ...]


class Check(Record):
    """One identity tested; see `schemas.events.CheckResultDetail` for units and signs."""

    ledger: str
    id: str
    kind: CheckKind
    claim: str
    exchange: str | None
    side: str | None
    category: str | None
    as_of: date | None
    expected: int | None
    expected_low: int | None
    expected_high: int | None
    got: int | None
    diff: int | None
    tolerance: int
    result: CheckResult
    explanations: tuple[Explanation, ...]
    radius: tuple[str, ...]
    position: int


class ClaimView(Record):
    """A claim, where it stands, and every word of it.

    `id` and `source` are the publisher's own. `ref` is how figures name the claim: its `id`, or
    `id@source` where two publishers use one id. `stated_exchange` is what the report said;
    `exchange` is what reconciliation made of it. `low` and `high` are what the claim allows.
    """

    ledger: str
    id: str
    source: str
    ref: str
    exchange: str | None
    figure: str | None
    voice: str | None
    camp: str | None
    tier: int | None
    low: int | None
    high: int | None
    state: ClaimState
    reason: str | None
    evidence: str | None
    measure: Measure
    side: str | None
    category: str
    unit: Unit | None
    quantity: Quantity | None
    wording: str | None
    stated_exchange: ExchangeReference
    period: Period
    claimant: Claimant
    reported_by: str | None
    url: str | None
    published_at: str | None
    mediators: tuple[str, ...]
    modality: Modality
    asserted_at: AwareDatetime | None
    revision_reason: Reason | None
    recorded_at: AwareDatetime
    position: int


class ReadModels(Record):
    """All read models of one ledger, each sorted by its key: what `replay` prints."""

    exchanges: tuple[Exchange, ...]
    figures: tuple[Figure, ...]
    cumulative: tuple[CumulativePoint, ...]
    checks: tuple[Check, ...]
    claims: tuple[ClaimView, ...]


class Numbers(Record):
    """A figure's numbers and status at one time."""

    low: int
    best: int | None
    high: int | None
    status: FigureStatus


class FollowedFact(Record):
    """What was recorded that a decision follows from.

    Attributes:
        kind: What it is; `undoing` takes a judgement back.
        position: Its log position.
        name: A claim's ref, for a retraction that of the claim taken back; else the judgement's id.
        who: The claimant, or who judged.
        outlet: Who reported it, null for a judgement.
        words: The claim's wording, or why somebody judged or took back; null if nothing was said.
    """

    kind: Literal["claim", "retraction", "judgement", "undoing"]
    position: int
    name: str
    who: str | None
    outlet: str | None
    words: str | None


class Revision(Record):
    """One change of a figure; `old` null where it appeared, `new` null where it was taken away.

    Attributes:
        cause: Why, in a word; null where it was taken away.
        fact: What it follows from: the last fact about the exchange that was decided on together.
        claims: The claims at this very figure that are new, or stand otherwise, since the change
            before; empty if it changed because of others.
    """

    ledger: str
    figure: str
    position: int
    recorded_at: AwareDatetime
    old: Numbers | None
    new: Numbers | None
    cause: Cause | None
    policy: str
    fact: FollowedFact
    claims: tuple[FollowedFact, ...]


class TrackRecord(Record):
    """How one voice's exact figures compare with what the ledger ended up with; it decides nothing.

    Attributes:
        figures: How many exact figures it gave where the ledger has a closed range.
        inside: How many of them lie in that range.
        alone: How many of them nobody else speaks of, so that they lie in it by themselves.
        share: `inside` of `figures`, 0 to 1.
        mean_difference: Mean of (its figure − best), in people.
        first: The day of the earliest of them, null if no day is known.
        last: The day of the latest.
    """

    ledger: str
    voice: str
    camp: str
    figures: int
    inside: int
    alone: int
    share: float
    mean_difference: float
    first: date | None
    last: date | None


class Rejection(Record):
    """One thing wrong with an inbound event.

    `pointer` is an RFC 6901 JSON pointer into it, empty for the whole.
    """

    pointer: str
    expected: str
    found: str


class ParkedClaim(Record):
    """An inbound event that could not be accepted: kept, with the reasons.

    `id` is the entry's id in the stream of parked claims; `raw` its bytes as text, or hexadecimal where
    they are not UTF-8.
    """

    id: str
    source: str
    parked_at: AwareDatetime
    reasons: tuple[Rejection, ...]
    raw: str
    raw_encoding: str
