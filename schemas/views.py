"""What readers see: the read models of contract.md §2.

Views are a pure function of the log. Never edit one in place: append an event and let the fold
rebuild it. Fields named in the contract are fixed; those marked optional there came later.
"""

import datetime as dt
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator

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
from schemas.decisions import Explanation, ListedCount, OrdinalGiven
from schemas.headline import Claims, HeadlineRow, ListedSum, People
from schemas.operation import Operation
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


class ExcludedClaim(Record, use_attribute_docstrings=True):
    """A claim that does not count, and why."""

    claim: str
    """The claim's ref."""
    reason: str
    """Why it does not count."""


class FigureClaims(Record, use_attribute_docstrings=True):
    """The claims behind a figure, by their refs (see `ClaimView.ref`), each list sorted."""

    best: tuple[str, ...]
    """Refs of the claims that give `best`."""
    agreeing: tuple[str, ...]
    """Refs of the others that can be true together with `best`."""
    disagreeing: tuple[str, ...]
    """Refs of those that cannot, and are not explained."""
    explained: tuple[str, ...]
    """Refs of those that cannot at face value, but whose difference has a named reason."""
    excluded: tuple[ExcludedClaim, ...]
    """Those that do not count, each with its reason."""


class Figure(Record, use_attribute_docstrings=True):
    """How many, for one exchange (or day), measure, side and category.

    Whole people. `high` null means open; `best` null means that nobody gave a usable number.
    `position` is the log position that produced it.
    """

    ledger: str
    """The ledger's name: which pair of sides."""
    id: str
    """EXCHANGE:MEASURE:SIDE:CATEGORY, with the day in place of the exchange where there is none."""
    exchange: str | None
    """The exchange it is about, null for a figure about a day."""
    date: date | None
    """The day of the exchange, or the day that a stock stands for; null if it is not known."""
    measure: str
    """What is counted: `returned`, `exchanged_total`, `freed_to_third` (people set free to a third
    country), `held`, or of the dead `remains_returned` and `cumulative_remains_returned`."""
    side: str
    """The side people came back to (`held`: whose people are held), or `both`; for `freed_to_third` the
    third country."""
    category: str
    """Who is counted, e.g. `all`, `military`, `civilian`."""
    low: People
    """The least it can be."""
    best: People | None
    """The best single number, null if nobody gave a usable one."""
    high: People | None
    """The most it can be, null if that is open."""
    claimed_low: People | None
    """The least that anybody's claim allows, before anything was set aside; null without claims."""
    claimed_high: People | None
    """The most that anybody's claim allows, null if that is open."""
    status: FigureStatus
    """How the claims behind it stand to one another."""
    credibility: int
    """1 confirmed by another camp, 2 one camp and an identity holds, 3 untested, 4 another camp
    disagrees, 5 contradicts itself or an identity, 6 cannot be judged."""
    flags: tuple[Flag, ...]
    """What a reader must know besides the status."""
    obs_status: ObservationStatus
    """SDMX observation status: A normal, E estimated, M missing, L not disclosed."""
    voices: int
    """How many independent witnesses stand behind it."""
    camps: int
    """How many camps they belong to."""
    claims: FigureClaims
    """The claims behind it."""
    reasons: tuple[Explanation, ...]
    """How it came about, as codes and sentences."""
    checks: tuple[str, ...]
    """Ids of the checks that tested it."""
    adjudication: str | None
    """Id of the judgement that pins it, null if none does."""
    policy: str
    """The policy it was decided by."""
    inputs_hash: str
    """Hash of all claims that it was worked out from."""
    position: int
    """The log position that produced it."""
    revision: int
    """How many times it changed, the first time included."""
    cause: Cause
    """Why it last changed."""
    as_known_on: AwareDatetime
    """When what it last changed for was recorded."""


def _none_as_empty(stored: Any) -> Any:
    """Read what rows of before do not hold as an empty list."""
    return () if stored is None else stored


class Exchange(Record, use_attribute_docstrings=True):
    """One exchange; `figures` are ids of its figures."""

    ledger: str
    """The ledger's name: which pair of sides."""
    id: str
    """Its day, with letters behind it where a day has several, `-plan` for what was promised beside that day's."""
    date: date
    """The day it happened, or was planned for."""
    status: ExchangeStatus
    """Whether it happened, and how sure that is."""
    ordinals: tuple[OrdinalGiven, ...]
    """The numbers that counters give it."""
    mediators: tuple[str, ...]
    """Who mediated: ISO 3166-1 alpha-2 codes, or a body's short name."""
    aliases: tuple[str, ...]
    """Ids of exchanges that were merged into it, and days beside its own that reports give it."""
    phases: tuple[str, ...]
    """Ids of exchanges that were split off it."""
    thirds: Annotated[tuple[str, ...], BeforeValidator(_none_as_empty)] = ()
    """The third countries that people were set free to, by code or name."""
    claim_count: Claims
    """How many claims mean it."""
    figures: tuple[str, ...]
    """Ids of its figures."""
    position: int
    """The log position that last changed it."""
    listed: Annotated[tuple[ListedCount, ...], BeforeValidator(_none_as_empty)] = ()
    """What it adds to the running sum of a side where that is not just its figure for everybody."""
    lapsed_on: dt.date | None = None
    """The day from which a plan that nobody spoke of again counts as cancelled, null for any other."""


class Computed(Record, use_attribute_docstrings=True):
    """What the exchanges add up to, from the day after `since_total` on, or from the first one."""

    low: People
    """The least they add up to."""
    best: People | None
    """The sum of their best numbers."""
    high: People | None
    """The most they add up to, null if that is open."""
    since_total: date | None
    """The day of the published total that the sum starts from, null for the first exchange."""


class Published(Record, use_attribute_docstrings=True):
    """A total as published: what the claims that give it say together, whatever the exchanges make."""

    low: People
    """The least that the published total allows."""
    best: People | None
    """The published total's best number, null if none is usable."""
    high: People | None
    """The most that it allows, null if that is open."""
    claims: tuple[str, ...]
    """Refs of the claims that give it."""


class CumulativePoint(Record, use_attribute_docstrings=True):
    """How many came back to one side in all, up to and including a day.

    `computed` is the last published total before this day plus the exchanges since; `published` is
    null on days for which nobody gave a total.
    """

    ledger: str
    """The ledger's name: which pair of sides."""
    side: str
    """The side people came back to."""
    category: str
    """Who is counted, e.g. `all`, `military`."""
    as_of: date
    """The last day counted in."""
    low: People
    """The least it can be: as published where somebody gave a total for the day, else as computed.
    """
    best: People | None
    """The best single number, null if nobody gave a usable one."""
    high: People | None
    """The most it can be, null if that is open."""
    status: FigureStatus
    """How the claims behind a published total stand to one another; `computed` for a sum."""
    flags: tuple[Flag, ...]
    """What a reader must know besides the status."""
    computed: Computed | None
    """What the exchanges add up to; null before the first exchange and total."""
    published: Published | None
    """The total as given for this day, null if nobody gave one."""
    checks: tuple[str, ...]
    """Ids of the checks of the published total."""
    listed: ListedSum | None = None
    """The sum of all exchanges listed up to this day: of everybody, the sum of the headline rows; null
    before the first."""
    since: date | None = None
    """The first day counted in; null for a total since the ledger opened."""


class Check(Record, use_attribute_docstrings=True):
    """One identity tested: what the ledger leads one to expect, and what a claim says.

    Whole people, but exchanges where `kind` is `ordinal` and days where it is `first_since`.
    """

    ledger: str
    """The ledger's name: which pair of sides."""
    id: str
    """Names the identity and the claim tested."""
    kind: CheckKind
    """Which identity is tested."""
    claim: str
    """Ref of the claim that is tested."""
    exchange: str | None
    """The exchange it is about, null for none."""
    side: str | None
    """The side it is about, null for none."""
    category: str | None
    """Who is counted, null if nobody is."""
    as_of: date | None
    """The day it is about, null for none."""
    expected: int | None
    """What the ledger leads one to expect: people, exchanges (`ordinal`) or days (`first_since`); null if it cannot say."""
    expected_low: int | None
    """The least that would have passed before the tolerance, null for no bound."""
    expected_high: int | None
    """The most that would have passed before the tolerance, null for no bound."""
    got: int | None
    """The number that the claim says, null for none."""
    diff: int | None
    """got − expected, null where one of them is."""
    tolerance: int
    """How far the claim's own words let its number be off."""
    result: CheckResult
    """Whether the identity holds."""
    explanations: tuple[Explanation, ...]
    """Why the two part, as codes and sentences."""
    radius: tuple[str, ...]
    """The least change of one independent number that would make a failed check true, one entry a
    number."""
    position: int
    """The log position that produced the outcome."""


class ClaimView(Record, use_attribute_docstrings=True):
    """A claim, where it stands, and every word of it.

    `id` and `source` are the publisher's own. `ref` is how figures name the claim: its `id`, or
    `id@source` where two publishers use one id. `stated_exchange` is what the report said;
    `exchange` is what reconciliation made of it. `low` and `high` are what the claim allows.
    """

    ledger: str
    """The ledger's name: which pair of sides."""
    id: str
    """The publisher's own id of the claim."""
    source: str
    """The publisher."""
    ref: str
    """How figures name the claim: its id, or id@source where two publishers use one id."""
    exchange: str | None
    """The exchange that reconciliation takes it to mean, null for none."""
    figure: str | None
    """The figure at whose level it speaks, null for none."""
    voice: str | None
    """The witness it belongs to, null until it was read."""
    camp: str | None
    """The camp of that witness, null until it was read."""
    tier: int | None
    """How well placed the speaker is to count: 1 the competent body of the receiving side, to 6
    unattributed."""
    low: int | None
    """The least it allows, in `unit`; null for a claim without a number."""
    high: int | None
    """The most it allows, in `unit`; null for open, or without a number."""
    state: ClaimState
    """Whether it counts."""
    reason: str | None
    """Why it does not count, or how it was read; null if there is nothing to say."""
    evidence: str | None
    """Why it is taken to mean that exchange, null for none."""
    measure: Measure
    """What is counted."""
    side: str | None
    """The side people came back to (`held`: whose people are held), `both`, or null if not stated.
    """
    category: str
    """Who is counted, as the report says it."""
    unit: Unit | None
    """What the number counts: `persons` or `exchanges`; null if not stated."""
    quantity: Quantity | None
    """How many, in `unit`, and how exactly it was said; null for a claim without a number."""
    wording: str | None
    """The words of the report that carry the figure."""
    stated_exchange: ExchangeReference
    """Which exchange the report says it speaks of."""
    period: Period
    """The days that a running total spans."""
    claimant: Claimant
    """Who asserts the figure."""
    reported_by: str | None
    """The outlet that reported it."""
    url: str | None
    """Where the report is found."""
    published_at: str | None
    """The day, or the time, the report came out, as the publisher wrote it."""
    mediators: tuple[str, ...]
    """Who mediated, as the report says: ISO 3166-1 alpha-2 codes, or a body's short name."""
    modality: Modality
    """Whether it is asserted, planned or denied; only the first is ever a figure."""
    asserted_at: AwareDatetime | None
    """When it was said, as exactly as known."""
    revision_reason: Reason | None
    """Why it corrects an earlier claim, null if it does not or does not say."""
    recorded_at: AwareDatetime
    """When the log took it."""
    position: int
    """The log position at which it stands, word for word."""


class ReadModels(Record):
    """All read models of one ledger, each sorted by its key: what `replay` prints."""

    exchanges: tuple[Exchange, ...]
    figures: tuple[Figure, ...]
    cumulative: tuple[CumulativePoint, ...]
    checks: tuple[Check, ...]
    claims: tuple[ClaimView, ...]
    headline: tuple[HeadlineRow, ...] = ()
    operations: tuple[Operation, ...] = ()


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
        decided_anew: Whether the change before was decided under another policy: then everything was
            decided anew, and `fact` is just the last one there was.
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
    decided_anew: bool = False


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
