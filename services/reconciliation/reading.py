"""How a claim is read: its level in the lattice, its interval, its speaker, camp and tier.

A reading is made once, when its claim is recorded, from the claim, the ledger's configuration and
the policy alone. Nothing in it depends on other claims or on when it arrived.
"""

import re
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from typing import NamedTuple

from schemas.claim import Claim, Claimant, ClaimReference, Quantity, Reason, published_day
from schemas.events import RecordedClaim
from schemas.ledger import LedgerConfiguration
from services.reconciliation.interval import Interval, interval_of
from services.reconciliation.lattice import Place, are_bodies, is_unsaid, place_of
from services.reconciliation.policy import Policy


#: A claim's identity: the publisher's (source, id).
ClaimKey = tuple[str, str]

#: Stands in for an unknown time, so that an undated claim never counts as the later one.
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class Reading(NamedTuple):
    """One claim, as the rules see it.

    Attributes:
        key: The publisher's (source, id).
        position: Log position of its `claim.recorded`; names it, never orders it.
        said: When it was said, and its key: the order of speech, the same whatever order claims
            arrive in.
        measure: As in the claim, `breakdown` read as `returned`; `bodies` where the dead are counted,
            whatever is said of them.
        side: A side's code or `both`.
        category: Who is counted, after the speaker's scope filled in what was not said.
        place: Where that category stands in the lattice.
        interval: What the claim allows, null if it has no number.
        tested: The interval that contradictions are tested against: outlets say "more than 230" of
            exactly 230 (reconciliation.md §2).
        value: The number in the wording, null if there is none.
        counted: Whom and how many it counts as come back, exactly and as a whole: not a part in a
            list, no category below soldiers, no plan. Null if it does not.
        voice: The speaker, under one name.
        camp: The speaker's camp: a side's code, `mediator`, `intl` or `outlets`.
        tier: 1 to 6 (reconciliation.md §5 step 3).
        scope: What the speaker counts when the speaker does not say.
        counter: Whose ordinals it speaks of: its camp's, since a day if they are those of a window.
        carrier: The outlet that reported it.
        report: Where the report stands (its URL), null if it is not stated.
        stated_date, stated_ordinal: What the report said about which exchange is meant.
    """

    key: ClaimKey
    position: int
    said: tuple[datetime, ClaimKey]
    measure: str
    side: str
    category: str
    place: Place
    interval: Interval | None
    tested: Interval | None
    bound: str | None
    value: int | None
    counted: tuple[str, int] | None
    voice: str
    camp: str
    tier: int
    modality: str
    is_derived: bool
    is_breakdown: bool
    revises: ClaimKey | None
    revision_reason: Reason | None
    scope: str
    stated_category: str
    stated_date: date | None
    stated_ordinal: int | None
    published_on: date | None
    since: date | None
    as_of: date | None
    counter: str
    carrier: str
    report: str | None
    wording: str
    mediators: tuple[str, ...]


class _Speaker(NamedTuple):
    """What follows from who speaks, by what is counted and whose people come back."""

    voice: str
    camp: str
    tier: int


class ClaimReader:
    """Reads the claims of one ledger; what few different claims have in common is worked out once."""

    def __init__(self, ledger: LedgerConfiguration, policy: Policy) -> None:
        self._ledger = ledger
        self._policy = policy
        self._speakers: dict[tuple[str, str, str, bool, str], _Speaker] = {}
        self._places: dict[tuple[str, str], tuple[str, Place]] = {}
        self._scopes: dict[tuple[str, str, str], str] = {}
        self._intervals: dict[tuple[object, ...], Interval | None] = {}
        self._bodies: dict[str, bool] = {}
        self._texts: dict[str, str] = {}

    def read(self, recorded: RecordedClaim, *, position: int) -> Reading:
        """Read a recorded claim, which stands at a log position."""
        claim = recorded.claim
        quantity = claim.quantity
        same = self._same
        key = (same(recorded.source), recorded.id)
        measure = self._measure(claim)
        side = same(claim.side or "both")
        scope = self._scope(claim, measure)
        category, place = self._place(claim, measure, scope)
        interval = self._interval(quantity) if quantity else None
        published_on = published_day(claim)
        speaker = self._speaker(claim.claimant, side, is_held=measure == "held")
        said = asserted_at(recorded, published_on) or BEFORE_ALL
        return Reading(
            key=key,
            position=position,
            said=(_comparable(said), key),
            measure=measure,
            side=side,
            category=category,
            place=place,
            interval=interval,
            tested=_tested(claim, interval),
            bound=quantity.bound if quantity else None,
            value=quantity.value if quantity else None,
            counted=_counted(claim, side, place, interval) if measure == "returned" else None,
            voice=speaker.voice,
            camp=speaker.camp,
            tier=speaker.tier,
            modality=claim.modality,
            is_derived=claim.derivation is not None and claim.derivation.kind != "none",
            is_breakdown=claim.measure == "breakdown",
            revises=_revised(claim, recorded.source),
            revision_reason=claim.reason,
            scope=scope,
            stated_category=same(claim.category),
            stated_date=claim.exchange.date,
            stated_ordinal=claim.exchange.ordinal or _ordinal(claim),
            published_on=published_on or (recorded.time.date() if recorded.time else None),
            since=claim.period.since,
            as_of=claim.period.as_of,
            counter=self._counter(claim, speaker.camp),
            carrier=same(claim.reported_by or claim.claimant.name),
            report=claim.url,
            wording=claim.wording or "",
            mediators=claim.mediators,
        )

    def _same(self, text: str) -> str:
        # Outlets, sources and categories are few, their claims many: each text is kept once.
        return self._texts.setdefault(text, text)

    def _counter(self, claim: Claim, camp: str) -> str:
        since, opened = claim.period.since, self._ledger.opened
        if claim.measure != "exchange_ordinal" or since is None or opened is None:
            return camp
        # "The fourth of this year" is no number of those who count from the beginning.
        is_window = since > opened + timedelta(days=self._policy.series_late_days)
        return f"{camp} since {since.isoformat()}" if is_window else camp

    def _measure(self, claim: Claim) -> str:
        known = self._bodies.get(claim.category)
        if known is None:
            known = self._bodies[claim.category] = are_bodies(claim.category)
        if known:
            return "bodies"
        return "returned" if claim.measure == "breakdown" else claim.measure

    def _scope(self, claim: Claim, measure: str) -> str:
        claimant = claim.claimant
        who = (claimant.party, claimant.role, measure)
        known = self._scopes.get(who)
        if known is None:
            # A scope that holds from a day on may be another for the next claim.
            is_dated = any(scope.since is not None for scope in self._ledger.scopes)
            known = _scope(claim, measure, self._ledger)
            if not is_dated:
                self._scopes[who] = known
        return known

    def _interval(self, quantity: Quantity) -> Interval | None:
        said = (quantity.bound, quantity.value, quantity.low, quantity.high)
        if said not in self._intervals:
            self._intervals[said] = interval_of(quantity, self._policy)
        return self._intervals[said]

    def _place(self, claim: Claim, measure: str, scope: str) -> tuple[str, Place]:
        # Nobody's scope is mapped for stocks: "thousands remain" is kept as it was said.
        unsaid = "unspecified" if measure == "held" else scope
        known = self._places.get((claim.category, unsaid))
        if known is None:
            category = unsaid if is_unsaid(claim.category) else claim.category
            known = category, place_of(category, self._ledger)
            self._places[claim.category, unsaid] = known
        return known

    def _speaker(self, claimant: Claimant, side: str, *, is_held: bool) -> _Speaker:
        who = (claimant.name, claimant.party, claimant.role, is_held, side)
        known = self._speakers.get(who)
        if known is None:
            party = self._same(claimant.party)
            known = self._speakers[who] = _Speaker(
                self._same(voice_name(claimant.name, self._ledger)),
                "outlets" if party == "media" else party,
                _tier(claimant, side, self._ledger, is_held=is_held),
            )
        return known


def asserted_at(recorded: RecordedClaim, published_on: date | None) -> datetime | None:
    """Give when a claim was said, as exactly as known; null if it is not known at all.

    Args:
        recorded: The claim.
        published_on: The day its report came out, null if that is not stated.
    """
    if recorded.claim.asserted_at or recorded.time:
        return recorded.claim.asserted_at or recorded.time
    if published_on is None:
        return None
    return datetime(published_on.year, published_on.month, published_on.day, tzinfo=UTC)


def _comparable(instant: datetime) -> datetime:
    # Instants of one and the same zone object are compared without asking zones for their offsets.
    # The calendar's first and last year leave no room to move.
    is_movable = MINYEAR < instant.year < MAXYEAR
    return instant.astimezone(UTC) if is_movable else instant


def voice_name(claimant: str, ledger: LedgerConfiguration) -> str:
    """Give the one name of a speaker: without what stands in brackets, under the ledger's alias.

    >>> from services.ledgers import load_ledger
    >>> voice_name("A wire (via an outlet)", load_ledger("rus-ukr"))
    'A wire'
    """
    plain = _IN_BRACKETS.sub("", claimant).strip() or claimant
    return ledger.claimant_aliases.get(plain, plain)


_IN_BRACKETS = re.compile(r"\s*\([^()]*\)")


def _scope(claim: Claim, measure: str, ledger: LedgerConfiguration) -> str:
    for scope in ledger.scopes:
        if (
            scope.party in ("*", claim.claimant.party)
            and scope.role in ("*", claim.claimant.role)
            and scope.measure in ("*", measure)
            and (scope.since is None or _spoken_on(claim) >= scope.since)
        ):
            return scope.counts
    return "all"


def _spoken_on(claim: Claim) -> date:
    return claim.exchange.date or claim.period.as_of or published_day(claim) or date.max


def _counted(
    claim: Claim, side: str, place: Place, interval: Interval | None
) -> tuple[str, int] | None:
    if (
        claim.measure != "returned"
        or interval is None
        or interval.low != interval.high
        or not interval.low
        or place not in ("all", "military")
        or claim.modality != "asserted"
    ):
        return None
    return side, interval.low


def _tested(claim: Claim, interval: Interval | None) -> Interval | None:
    # "More than 230" from an outlet, where the party said exactly 230, is loose, not false.
    if (
        interval is not None
        and claim.claimant.party == "media"
        and claim.quantity is not None
        and claim.quantity.bound == "more_than"
    ):
        return Interval(interval.low - 1, None)
    return interval


def _tier(claimant: Claimant, side: str, ledger: LedgerConfiguration, *, is_held: bool) -> int:
    party = claimant.party
    if party == "media":
        return 5
    if party in ("mediator", "intl"):
        return 3
    for known in ledger.sides:
        if party != known.code:
            continue
        # The receiver counts heads; of people held, the holder does.
        if side not in ("both", party) if is_held else side in ("both", party):
            return 1 if claimant.role in known.competent_roles else 2
        return 4
    return 6


def _ordinal(claim: Claim) -> int | None:
    if claim.measure == "exchange_ordinal" and claim.quantity and claim.quantity.bound == "exact":
        return claim.quantity.value if claim.exchange.date else None
    return None


def _revised(claim: Claim, source: str) -> ClaimKey | None:
    match claim.revises:
        case None:
            return None
        case ClaimReference() as reference:
            return (reference.source, reference.id)
        case str() as own_id:
            return (source, own_id)
