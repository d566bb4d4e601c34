"""How a claim is read: its level in the lattice, its interval, its speaker, camp and tier.

A reading is made once, when its claim is recorded, from the claim, the ledger's configuration and
the policy alone. Nothing in it depends on other claims or on when it arrived.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple

import msgspec

from schemas.claim import ALL_SIDES_TOGETHER, MEASURES_OF_REMAINS, Counterpart, Reason
from schemas.ledger import LedgerConfiguration
from schemas.vocabulary import FREED_TO_THIRD
from services.log_events.facts import (
    FactClaim,
    FactClaimant,
    FactExchange,
    FactPeriod,
    FactQuantity,
    FactRecord,
)
from services.reconciliation.claims.canonical_text import (
    canonical_short_name,
    canonical_text,
    canonical_url,
    third_name,
)
from services.reconciliation.claims.categories import (
    NOT_KNOWN,
    UNSAID,
    Category,
    Place,
    category_of_remains,
    place_of,
    read_category,
)
from services.reconciliation.claims.doubts import AS_OF_A_DAY, StatedDays, doubt_day
from services.reconciliation.claims.instants import (
    as_of_unsaid,
    day_of,
    in_utc,
    last_reported,
    morning_of,
    part_of_day,
    published_on,
    zones_of_speakers,
)
from services.reconciliation.claims.interval import Interval, interval_of
from services.reconciliation.claims.lexicon import lexicon_of
from services.reconciliation.claims.said_spans import said_times_of
from services.reconciliation.claims.scopes import scope_of
from services.reconciliation.claims.speakers import counter_of_side, speaker_name, tier_of
from services.reconciliation.claims.stated_days import (
    StatedSpan,
    known_day,
    read_stated_days,
)
from services.reconciliation.claims.wholes import SAID_ONE_SIDED, counted_of, tested_of, whole_of
from services.reconciliation.policy import Policy


#: A claim's identity: the publisher's (source, id).
ClaimKey = tuple[str, str]

#: What may be counted from the beginning, or from another day.
COUNTED_FROM_A_DAY = frozenset({"exchange_ordinal", "cumulative_remains_returned"})
#: Most different statements that are kept to be recognised when they are made again.
STATEMENTS_MAX = 10_000


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One claim, as the rules see it.

    Attributes:
        key: The publisher's (source, id).
        position: Log position of its `claim.recorded`; names it, never orders it.
        said: When it was said, and its key: the order of speech, the same whatever order claims
            arrive in.
        measure: As in the claim, `breakdown` read as `returned`; `bodies` where the dead are counted,
            whatever is said of them; `freed_to_third` where people were set free to a third country.
        side: A side's code or `both`; of people set free to a third country, that country.
        category: Who is counted, after the speaker's scope filled in what was not said.
        place: Where that category stands in the lattice.
        interval: What the claim allows, null if it has no number.
        tested: The interval that contradictions are tested against: outlets say "more than 230" of
            exactly 230 (reconciliation.md §2).
        value: The number in the wording, null if there is none.
        counted: Whom and how many it counts as come back, exactly and as a whole: not a part in a
            list, no group of soldiers, no plan; civilians too, who may be all. Null if it does not.
        whole: Whom and how many it speaks of as a whole, however exactly and whether it asserts it: a side
            or `both`, and its interval. Null for a part in a list and for a category below soldiers.
        voice: The speaker, under the one name that tells it from others.
        speaker: The speaker's name as this claim spells it, or the ledger's file.
        camp: The speaker's camp: a side's code, a party's that counts for none, `mediator`, `intl` or
            `outlets`.
        tier: 1 to 6 (reconciliation.md §5 step 3).
        scope: What the speaker counts when the speaker does not say.
        counter: Whose ordinals, or total of remains, it speaks of: its camp's, since a day if it is that
            of a window.
        carrier: The outlet that reported it, in its canonical spelling.
        report: Where the report stands, as one address (`canonical_url`), null if it is not stated.
        role: The speaker's office.
        quotes: What it is quoted from: the id of a claim of the same publisher, or a wire's name; null
            if it is first hand.
        stated_category: The one name of the category that it states, `unspecified` if it leaves that open.
        release_said: How its words say that people came back (`schemas.words.RELEASE_KINDS`), else null.
        says_hedge: Its words turn a superlative into a compliment.
        says_window: Its words limit a superlative to a time.
        unit: What is counted, as it is stated: `persons`, `exchanges`, or null.
        doubt: Why it cannot mean the day that it states, null if it can.
        note: Why nobody knows whom it quotes, else that its category is not known to the ledger; null
            if neither is so.
        revision_note: What is to be said of its revision, or of a retraction without effect, null for
            nothing.
        stated_date, stated_ordinal: What the report said about which exchange is meant.
        stated_span: The days it can mean where the report states a month or a year alone, or the days of
            the operation whose end it states (`until`); its `stated_date` is then null, and it makes no
            exchange.
        until: The last day of an operation that took several, null if it is not stated.
        counterpart: What went the other way: `persons`, `none`, `things`, or null.
        third: The country that people were set free to, where it is neither side.
        is_so_far: Whether people were still coming when it was counted.
        is_day_said: Whether `stated_date` is what its words name and not what it states as its date.
        part_of_day: `morning` or `evening`, if it states no day and its report came out then; else null.
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
    whole: tuple[str, Interval] | None
    voice: str
    speaker: str
    camp: str
    tier: int
    modality: str
    is_derived: bool
    is_breakdown: bool
    scope: str
    stated_category: str
    is_so_far: bool
    revises: ClaimKey | None
    revision_reason: Reason | None
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
    role: str
    quotes: str | None
    unit: str | None
    stated_span: StatedSpan | None
    until: date | None
    counterpart: Counterpart | None
    third: str | None
    release_said: str | None
    says_hedge: bool
    says_window: bool
    doubt: str | None = None
    note: str | None = None
    revision_note: str | None = None
    is_day_said: bool = False
    part_of_day: str | None = None


class Statement(NamedTuple):
    """The part of a reading that claims share in which one speaker says the same; its own fields there."""

    measure: str
    side: str
    category: str
    place: Place
    interval: Interval | None
    tested: Interval | None
    bound: str | None
    value: int | None
    counted: tuple[str, int] | None
    whole: tuple[str, Interval] | None
    voice: str
    speaker: str
    camp: str
    tier: int
    modality: str
    is_derived: bool
    is_breakdown: bool
    scope: str
    stated_category: str
    is_so_far: bool


_NO_EXCHANGE = FactExchange()
_NO_PERIOD = FactPeriod()


class _Speaker(NamedTuple):
    """What follows from who speaks, by what is counted and whose people come back."""

    voice: str
    speaker: str
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
        self._statements: dict[tuple[object, ...], Statement] = {}
        self._has_dated_scopes = any(scope.since is not None for scope in ledger.scopes)
        self._lexicon = lexicon_of(ledger)
        self._said_days, self._said_spans = said_times_of(ledger.vocabulary.model_dump_json())
        self._categories: dict[str, Category] = {}
        self._texts: dict[str, str] = {}
        self._zones = zones_of_speakers(ledger)
        self._mediators_named: dict[tuple[str, ...], tuple[str, ...]] = {}

    def read(self, recorded: FactRecord, *, position: int) -> Reading:
        """Read a recorded claim, which stands at a log position."""
        claim = recorded.claim
        same = self._same
        key = (same(recorded.source), recorded.id)
        quantity = claim.quantity
        exchange = claim.exchange or _NO_EXCHANGE
        period = claim.period or _NO_PERIOD
        statement = self._statement(claim, quantity)
        zone = self._zones[claim.claimant.party]
        came_out = published_on(claim, zone)
        time = recorded.time
        said = claim.asserted_at or time or morning_of(came_out)
        published = known_day(came_out or (day_of(time, zone) if time else None))
        as_of = known_day(period.as_of or as_of_unsaid(claim, published, zone))
        stated = read_stated_days(exchange.date, exchange.until, statement.measure)
        said_day = (
            None if isinstance(stated, date) else self._said_days.of_claim(claim, stated, published)
        )
        stated = said_day or stated or self._said_spans.of_claim(claim, published)
        day = stated if isinstance(stated, date) else None
        first = stated.first if isinstance(stated, StatedSpan) and exchange.until else day
        # By place, since naming thirty fields takes longer than all the rest of this.
        return Reading(
            key,
            position,
            (in_utc(said), key),
            *statement,
            _revised(claim, recorded.source),
            claim.reason,
            day,
            exchange.ordinal or _ordinal(claim, quantity, exchange),
            published,
            known_day(period.since),
            as_of,
            self._counter(claim, period, statement.camp),
            same(canonical_text(claim.reported_by or claim.claimant.name)),
            canonical_url(claim.url) if claim.url else None,
            claim.wording or "",
            self._mediators(claim.mediators) if claim.mediators else (),
            same(claim.claimant.role),
            claim.quoted_from,
            claim.unit,
            stated if isinstance(stated, StatedSpan) else None,
            known_day(exchange.until),
            exchange.counterpart,
            exchange.third and same(third_name(exchange.third)),
            *self._says(claim),
            self._doubt(
                recorded,
                statement,
                as_of if statement.measure in AS_OF_A_DAY else first or published,
                came_out,
            ),
            None if self._category(claim.category).is_known else NOT_KNOWN,
            None,
            said_day is not None,
            part_of_day(time, published, zone) if day is None and time is not None else None,
        )

    def _doubt(
        self, recorded: FactRecord, statement: Statement, day: date | None, published: date | None
    ) -> str | None:
        if day is None:
            return None
        # Nearly all speak of a day before: what was said later raises no doubt of it.
        is_late = published is None or day > published
        reported = last_reported(recorded, published, self._zones) if is_late else published
        # People may have been held since before what the ledger counts began.
        opened = None if statement.measure == "held" else self._ledger.opened
        return doubt_day(
            StatedDays(day, known_day(reported)),
            is_asserted=statement.modality == "asserted",
            opened=opened,
            policy=self._policy,
        )

    def _statement(self, claim: FactClaim, quantity: FactQuantity | None) -> Statement:
        """Return what claims have in common in which one speaker says the same, worked out once."""
        claimant, derivation = claim.claimant, claim.derivation
        who = (
            claimant.name,
            claimant.party,
            claimant.role,
            claim.measure,
            claim.side,
            claim.category,
            claim.modality,
            claim.exchange and claim.exchange.third,
            derivation and derivation.kind,
            # A scope that holds from a day on may be another for the next claim.
            self._dated_scope(claim) if self._has_dated_scopes else None,
        )
        said: tuple[object, ...] = who
        if quantity is not None:
            said = (
                *who,
                quantity.bound,
                quantity.value,
                quantity.low,
                quantity.high,
                quantity.so_far,
            )
        known = self._statements.get(said)
        if known is None:
            if len(self._statements) >= STATEMENTS_MAX:
                self._statements.clear()
            known = self._statements[said] = self._read_statement(claim, quantity)
        return known

    def _read_statement(self, claim: FactClaim, quantity: FactQuantity | None) -> Statement:
        same = self._same
        read = self._category(claim.category)
        measure = _measure(claim, read)
        side = same(claim.side or "both")
        side = "both" if side in ALL_SIDES_TOGETHER else side
        interval = interval_of(quantity, self._policy) if quantity else None
        scope = self._scope(claim, measure)
        category, place = self._place(claim, read, measure, scope)
        claimant = claim.claimant
        speaker = self._speaker(claimant, side, is_held=measure == "held")
        third = claim.exchange.third if claim.exchange else None
        if third is not None and measure == "returned":
            measure, side = FREED_TO_THIRD, same(third_name(third))
        modality = claim.modality or "asserted"
        is_breakdown = claim.measure == "breakdown"
        is_count = measure == "returned" and modality == "asserted" and not is_breakdown
        derivation = claim.derivation
        # By place, as a reading.
        return Statement(
            measure,
            side,
            category,
            place,
            interval,
            tested_of(claimant, quantity, interval),
            quantity.bound if quantity else None,
            quantity.value if quantity else None,
            counted_of(side, place, interval) if is_count else None,
            None if is_breakdown else whole_of(measure, side, place, interval),
            *speaker,
            modality,
            derivation is not None and derivation.kind != "none",
            is_breakdown,
            scope,
            read.name,
            quantity is not None and quantity.so_far is True,
        )

    def _same(self, text: str) -> str:
        # Outlets, sources and categories are few, their claims many: each text is kept once.
        return self._texts.setdefault(text, text)

    def _category(self, stated: str) -> Category:
        known = self._categories.get(stated)
        if known is None:
            known = self._categories[stated] = read_category(stated, self._ledger)
        return known

    def _says(self, claim: FactClaim) -> tuple[str | None, bool, bool]:
        """Return how it says that people came back, whether it is a compliment, limited to a time."""
        is_superlative = claim.measure == "superlative"
        if not is_superlative and claim.measure not in SAID_ONE_SIDED:
            return None, False, False
        lexicon, wording = self._lexicon, claim.wording or ""
        return (
            lexicon.release_said(claim.category) or lexicon.release_said(wording),
            is_superlative and lexicon.says("hedges", wording),
            is_superlative and lexicon.says("windows", wording),
        )

    def _mediators(self, stated: tuple[str, ...]) -> tuple[str, ...]:
        known = self._mediators_named.get(stated)
        if known is None:
            known = tuple(dict.fromkeys(map(canonical_short_name, stated)))
            self._mediators_named[stated] = known
        return known

    def _counter(self, claim: FactClaim, period: FactPeriod, camp: str) -> str:
        if claim.measure == "exchange_ordinal" and claim.side in self._ledger.side_codes:
            # "The fifth time that they let people go" is no number of those who count both sides' releases.
            camp = counter_of_side(camp, claim.side)
        since, opened = period.since, self._ledger.opened
        if claim.measure not in COUNTED_FROM_A_DAY or since is None or opened is None:
            return camp
        # "The fourth of this year" is no number of those who count from the beginning.
        is_window = since > opened + timedelta(days=self._policy.series_late_days)
        return f"{camp} since {since.isoformat()}" if is_window else camp

    def _dated_scope(self, claim: FactClaim) -> str:
        return self._scope(claim, _measure(claim, self._category(claim.category)))

    def _scope(self, claim: FactClaim, measure: str) -> str:
        claimant = claim.claimant
        who = (claimant.party, claimant.role, measure)
        if (known := self._scopes.get(who)) is None:
            known = scope_of(claim, measure, self._ledger)
            if not self._has_dated_scopes:
                self._scopes[who] = known
        return known

    def _place(
        self, claim: FactClaim, read: Category, measure: str, scope: str
    ) -> tuple[str, Place]:
        # Nobody's scope is mapped for stocks: "thousands remain" is kept as it was said.
        unsaid = UNSAID if measure == "held" else scope
        if measure in MEASURES_OF_REMAINS:
            category = category_of_remains(read)
            return category, place_of(category, self._ledger)
        stated = claim.category
        known = self._places.get((stated, unsaid))
        if known is None:
            known = self._same(read.name), read.place
            if read.name == UNSAID:
                known = unsaid, place_of(unsaid, self._ledger)
            self._places[stated, unsaid] = known
        return known

    def _speaker(self, claimant: FactClaimant, side: str, *, is_held: bool) -> _Speaker:
        who = (claimant.name, claimant.party, claimant.role, is_held, side)
        known = self._speakers.get(who)
        if known is None:
            party = self._same(self._ledger.camp_of(claimant.party))
            named = speaker_name(claimant.name, self._ledger)
            known = self._speakers[who] = _Speaker(
                self._same(named.key),
                self._same(named.shown),
                "outlets" if party == "media" else party,
                tier_of(party, claimant.role, side=side, ledger=self._ledger, is_held=is_held),
            )
        return known


def _measure(claim: FactClaim, category: Category) -> str:
    measure = claim.measure
    if measure in MEASURES_OF_REMAINS:
        return measure
    if category.is_dead:
        return "bodies"
    return "returned" if measure == "breakdown" else measure


def _ordinal(claim: FactClaim, quantity: FactQuantity | None, exchange: FactExchange) -> int | None:
    if claim.measure == "exchange_ordinal" and quantity and quantity.bound == "exact":
        return quantity.value if exchange.date else None
    return None


def _revised(claim: FactClaim, source: str) -> ClaimKey | None:
    revises = claim.revises
    if revises is None:
        return None
    if isinstance(revises, str):
        return (source, revises)
    return (revises.source, revises.id)
