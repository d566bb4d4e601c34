"""What one subject amounts to: the steps from its claims to its figures, checks and standings.

A subject is what is reconciled as one: an exchange, one side's running totals, one stock, or a claim
that means nothing of these. What an exchange's figures are depends on that exchange's claims alone;
what is tested across exchanges is in `services.reconciliation.reference`.

Everything here is a pure function of its arguments. The reference calls it for every subject, the
engine for those that changed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from schemas.decisions import CheckResultDetail, IdentifiedExchange, ListedCount, OrdinalGiven
from schemas.judgement import Pin
from schemas.ledger import LedgerConfiguration
from schemas.vocabulary import (
    CAME_BACK,
    DAY_MEASURES,
    FREED_TO_THIRD,
    CheckKind,
    ClaimState,
    FigureKey,
    exchange_day,
    figure_key,
)
from services.log_events.envelope import content_id
from services.reconciliation.claims.interval import NOBODY, Interval
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import ACTIVE, Standing
from services.reconciliation.figures import Figured, figure_exchange
from services.reconciliation.policy import Policy
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.day_counts import count_all
from services.reconciliation.rules.exchange_status import find_status
from services.reconciliation.rules.neighbouring_days import days_of_operation
from services.reconciliation.rules.propagate import ALL, MILITARY
from services.reconciliation.rules.silence import find_lapse
from services.reconciliation.rules.sum_check import Count, Tested
from services.reconciliation.rules.which_exchange import ABOUT_AN_EXCHANGE, Meant


#: A side and a category, or `TOGETHER`.
SeriesName = tuple[str, str]
#: The series of both sides together.
TOGETHER: SeriesName = ("", "all")


class Member(msgspec.Struct, gc=False):
    """A claim in a subject, what it means and why, and whether it is in force."""

    reading: Reading
    meant: Meant
    in_force: bool

    @property
    def counts(self) -> bool:
        """Whether it may count: it is in force."""
        return self.in_force


class Stand(msgspec.Struct, frozen=True, gc=False):
    """Where a claim stands: an assignment without the claim, so that claims alike share one."""

    exchange: str | None
    figure: str | None
    voice: str
    camp: str
    tier: int
    low: int | None
    high: int | None
    state: ClaimState
    reason: str | None
    evidence: str | None


class JudgedSubject(NamedTuple):
    """What operators judged of one subject: its pinned figures, its aliases, what was split off it."""

    pins: Mapping[FigureKey, Pin]
    aliases: tuple[str, ...]
    split_off: tuple[str, ...]


class ExchangeInSeries(msgspec.Struct, frozen=True, gc=False):
    """An exchange as tests across exchanges see it.

    Attributes:
        day: Its day.
        is_counted: Whether it took place; one that did not is no part of any series.
        counts: Its figures by side and category, and of both sides together.
        assumed: Those that differ where the counted parts are taken for the whole.
        ordinals: By counter, the number it gives.
        mediators: Who mediated it.
        together: What officials and go-betweens say of all sides together, or outlets where these do not.
    """

    day: date
    is_counted: bool
    counts: Mapping[SeriesName, Count]
    assumed: Mapping[SeriesName, Count]
    ordinals: Mapping[str, int]
    mediators: tuple[str, ...]
    together: tuple[Interval, ...] = ()

    def listed(self, series: SeriesName) -> Count | None:
        """Return what it adds to a series, null for nothing."""
        if not self.is_counted:
            return None
        return self.assumed.get(series) or self.counts.get(series)


class ExchangeClaims(NamedTuple):
    """The claims that mean one exchange.

    Attributes:
        counting: Those that count, in order of speech.
        other_days: The days that claims state in the place of its own, in ISO format.
        spoken_of: The latest day on which a report of those that count came out, null if none is known.
    """

    counting: Sequence[Reading]
    other_days: Collection[str]
    spoken_of: date | None


class ReconciledExchange(NamedTuple):
    """What one exchange amounts to.

    Attributes:
        header: What is known of the exchange itself, null if neither claims nor pins speak of it.
        figured: Its figures, and where its claims stand.
        checks: The outcome of every identity inside it.
        in_series: What it adds to series, null without a header.
        lapses_on: The first day on which silence changes its status, null if it never does.
    """

    header: IdentifiedExchange | None
    figured: Figured
    checks: tuple[CheckResultDetail, ...]
    in_series: ExchangeInSeries | None
    lapses_on: date | None = None


def reconcile_exchange(
    exchange: str,
    claims: ExchangeClaims,
    judged: JudgedSubject,
    *,
    ledger: LedgerConfiguration,
    policy: Policy,
) -> ReconciledExchange:
    """Reconcile one exchange.

    Args:
        exchange: Its id.
        claims: The claims that mean it.
        judged: What operators judged of it.
        ledger: The sides.
        policy: The constants.
    """
    readings = claims.counting
    figured = figure_exchange(exchange, readings, ledger=ledger, policy=policy, pins=judged.pins)
    position_of = {reading.key: reading.position for reading in readings}
    checks = [
        check_detail(
            "sum", key, position_of[key], tested, CheckSubject(exchange=exchange, category="all")
        )
        for key, tested in sorted(figured.sums.items(), key=itemgetter(0))
    ]
    for side, listed in figured.lists:
        about = CheckSubject(exchange=exchange, side=side, category=listed.kind)
        reading = listed.reading
        checks.append(
            check_detail("breakdown", reading.key, reading.position, listed.tested, about)
        )
    name_checks(figured, exchange, checks)
    header = _header(exchange, claims, figured, judged, policy)
    in_series = lapses_on = None
    if header is not None:
        in_series = _in_series(header, figured, readings)
        header = replace(header, listed=_listed(header, figured, in_series, ledger.side_codes))
        if header.status == "planned" or not figured.pinned:
            lapses_on = find_lapse(header, readings, claims.spoken_of, policy)
    return ReconciledExchange(header, figured, tuple(checks), in_series, lapses_on)


def name_checks(figured: Figured, exchange: str, checks: Iterable[CheckResultDetail]) -> None:
    """Add to each figure the ids of the checks that test it."""
    named: dict[FigureKey, list[str]] = {}
    for check in checks:
        measure = "exchanged_total" if check.side is None else "returned"
        key = FigureKey(exchange, None, measure, check.side or "both", "all")
        named.setdefault(key, []).append(check.id)
    for key, ids in named.items():
        if key in figured.results:
            figured.results[key] = replace(figured.results[key], checks=tuple(sorted(ids)))


def _header(
    exchange: str,
    claims: ExchangeClaims,
    figured: Figured,
    judged: JudgedSubject,
    policy: Policy,
) -> IdentifiedExchange | None:
    """Return what is known of an exchange, null if neither claims nor pins speak of it."""
    readings = claims.counting
    if not readings and not figured.pinned:
        return None
    is_counted = any(pinned.pin.best for pinned in figured.pinned.values())
    ordinals = {
        (reading.counter, reading.stated_ordinal)
        for reading in readings
        if reading.stated_ordinal is not None and reading.modality == "asserted"
    }
    return IdentifiedExchange(
        exchange=exchange,
        date=exchange_day(exchange),
        # Whoever pins a number of people says that they came back.
        status="completed" if is_counted else find_status(readings, policy),
        ordinals=tuple(
            OrdinalGiven(counter=counter, ordinal=ordinal) for counter, ordinal in sorted(ordinals)
        ),
        mediators=tuple(sorted({name for reading in readings for name in reading.mediators})),
        aliases=tuple(sorted({*claims.other_days, *judged.aliases} - {exchange})),
        phases=judged.split_off,
        thirds=tuple(
            sorted(
                {
                    reading.third
                    for reading in readings
                    if reading.third is not None and reading.modality == "asserted"
                }
            )
        ),
    )


def _in_series(
    header: IdentifiedExchange, figured: Figured, readings: Iterable[Reading]
) -> ExchangeInSeries:
    """Return what an exchange adds to series."""
    counts: dict[SeriesName, Count] = {}
    together = FigureKey(header.exchange, None, "exchanged_total", "both", "all")
    for key, result in figured.results.items():
        if result.best is None:
            continue
        count = Count(Interval(result.low, result.high), result.best)
        if key.measure == "returned":
            counts[key.side, key.category] = count
        elif key == together:
            counts[TOGETHER] = count
    for side, whole in figured.wholes.items():
        counts.setdefault((side, "all"), whole)
    assumed = {(side, "all"): figured.assumed(header.exchange, side) for side in figured.wholes}
    return ExchangeInSeries(
        day=header.date,
        is_counted=header.status in CAME_BACK,
        counts=counts,
        assumed={name: count for name, count in assumed.items() if count is not None},
        ordinals={given.counter: given.ordinal for given in header.ordinals},
        mediators=header.mediators,
        together=tuple(sorted(_said_together(readings), key=_ends_of)),
    )


def _ends_of(interval: Interval) -> tuple[int, float]:
    return interval.low, float("inf") if interval.high is None else interval.high


def _said_together(readings: Iterable[Reading]) -> set[Interval]:
    """Return what officials and go-betweens say of all sides together; where none does, what outlets say around."""
    said: dict[bool, set[Interval]] = {}
    for reading in readings:
        if reading.measure != "exchanged_total" or reading.modality != "asserted":
            continue
        if reading.tested is not None:
            said.setdefault(reading.tier < OUTLET_TIER, set()).add(reading.tested)
    outlets = count_all(said.get(False, ()))
    return said.get(True) or (set() if outlets is None else {outlets.around})


def _listed(
    header: IdentifiedExchange,
    figured: Figured,
    in_series: ExchangeInSeries,
    sides: Iterable[str],
) -> tuple[ListedCount, ...]:
    """Return what an exchange adds to the sides' series where its figures alone do not say it."""
    found = []
    for side in sides:
        key = FigureKey(header.exchange, None, "returned", side, ALL[0])
        result = figured.results.get(key)
        shown = None
        if result is not None and result.best is not None and header.status in CAME_BACK:
            shown = Count(Interval(result.low, result.high), result.best)
        added = in_series.listed((side, ALL[0])) or (shown and Count(NOBODY, 0))
        if added is not None and added != shown:
            who = _who_was_counted(key, figured, added)
            counted = added.interval
            found.append(ListedCount(side, who, counted.low, added.best, counted.high))
    return tuple(found)


def _who_was_counted(whole: FigureKey, figured: Figured, added: Count) -> str:
    """Return who was counted where nobody counts everybody."""
    result = figured.results.get(whole)
    basis = sorted({figure_key(figure).category for figure in result.basis} if result else ())
    if MILITARY[0] in basis and len(basis) > 1:
        return ALL[0]  # Soldiers beside anybody else are the whole partition.
    if basis:
        return "+".join(basis)
    # Soldiers make no figure of everybody.
    soldiers = figured.results.get(whole._replace(category=MILITARY[0]))
    if soldiers is None or soldiers.best == added.best:
        return MILITARY[0]
    parts = [key for key in figured.results if key[:4] == whole[:4] and key != whole]
    return "+".join(sorted(key.category for key in parts if figured.results[key].best))


def stock_key(reading: Reading) -> FigureKey:
    """Return the figure of a day that a claim on people held, or on remains, speaks of."""
    stated = reading.stated_date if reading.measure == "remains_returned" else None
    day = stated or reading.as_of or reading.published_on
    return FigureKey(None, day, reading.measure, reading.side, reading.category)


def is_of_a_day(reading: Reading) -> bool:
    """Return whether a claim on people held, or on remains, speaks of one day."""
    if reading.measure not in DAY_MEASURES:
        return False
    # Remains counted from another day than all others are no part of what is handed over so far.
    if reading.measure == "cumulative_remains_returned":
        return reading.counter == reading.camp
    # A hand-over of remains that took several days, or whose day is not told, is no single day's.
    return reading.measure != "remains_returned" or (
        reading.until is None and reading.stated_span is None
    )


def loose_standing(reading: Reading) -> Standing:  # noqa: PLR0911  one case for each reason
    """Return how a claim stands that is about no exchange, total or stock."""
    if reading.measure == "bodies":
        return Standing("excluded", "bodies-are-not-counted")
    if reading.doubt is not None:
        return Standing("excluded", reading.doubt)
    if reading.measure == "cumulative_exchanged_total":
        return Standing("derived", "sum-of-both-sides")
    if reading.stated_span is not None and reading.measure in {
        *ABOUT_AN_EXCHANGE,
        "remains_returned",
    }:
        return Standing("excluded", "no-day-stated")
    if reading.measure == "cumulative_remains_returned":
        return Standing("excluded", "counted-since-another-day")
    if reading.measure == "remains_returned":
        return Standing("derived", f"sum-of-days:{reading.stated_date} to {reading.until}")
    if reading.measure in ("returned", "exchanged_total", FREED_TO_THIRD):
        return Standing("excluded", "means-no-known-exchange")
    return ACTIVE


def subject_of(reading: Reading, meant: Meant, sides: Collection[str]) -> str:
    """Return the name of the subject that a claim belongs to."""
    if reading.doubt is not None and meant.exchange is None:
        return f"loose:{content_id(*reading.key)}"
    if reading.measure == "cumulative_returned" and reading.side in sides:
        return totals_subject(reading.side)
    if is_of_a_day(reading):
        return f"stock:{stock_key(reading)}"
    if meant.exchange is not None:
        return meant.exchange
    if meant.operation is not None:
        return subject_named(meant.operation)
    return f"loose:{content_id(*reading.key)}"


def subject_named(about: str) -> str:
    """Return the name of the subject of an exchange or an operation, by its id.

    >>> subject_named("2031-05-10"), subject_named("2031-05-10..2031-05-12")
    ('2031-05-10', 'operation:2031-05-10..2031-05-12')
    """
    return f"operation:{about}" if ".." in about else about


def totals_subject(side: str) -> str:
    """Return the name of the subject of a side's running totals."""
    return f"totals:{side}"


def stand_of(
    member: Member,
    exchange: str | None,
    *,
    standing: Standing,
    figure: str | None,
    voice: str | None,
) -> Stand:
    """Return where a claim stands.

    Args:
        member: The claim.
        exchange: The exchange it means, null for none.
        standing: Whether it counts, and why not, or how it was read.
        figure: The figure it speaks of, null for none.
        voice: The voice it belongs to, null for its speaker's own.
    """
    reading = member.reading
    allowed = standing.allows or reading.tested
    return Stand(
        exchange=exchange,
        figure=figure,
        voice=reading.speaker if voice is None else voice,
        camp=reading.camp,
        tier=reading.tier,
        low=allowed.low if allowed else None,
        high=allowed.high if allowed else None,
        state=standing.state,
        reason=(standing.reason if standing != ACTIVE else reading.revision_note or reading.note),
        evidence=member.meant.evidence,
    )


def figure_spoken_of(reading: Reading, exchange: str | None) -> FigureKey | None:
    """Return the figure a claim would speak of if it counted."""
    if exchange is None or reading.measure not in ("returned", "exchanged_total", FREED_TO_THIRD):
        return None
    return FigureKey(exchange, None, reading.measure, reading.side, reading.category)


def day_tested(reading: Reading, about: str | None, known: ExchangeInSeries | None) -> date | None:
    """Return the day that a claim on the order of exchanges speaks of, null if it names none.

    Args:
        reading: The claim.
        about: The id of what it means, of an operation too.
        known: The exchange it means, null for none.
    """
    if reading.measure == "superlative" and about is not None and ".." in about:
        return days_of_operation(about)[1]
    if known is None:
        return None if reading.doubt is not None else reading.as_of
    is_counted_then = reading.measure == "mediated_count" and reading.as_of is not None
    return reading.as_of if is_counted_then else known.day


class CheckSubject(NamedTuple):
    """What a check is about; what does not apply is null."""

    exchange: str | None = None
    side: str | None = None
    category: str | None = None
    as_of: date | None = None


def check_detail(
    kind: CheckKind, key: ClaimKey, position: int, tested: Tested, about: CheckSubject
) -> CheckResultDetail:
    """Return the outcome of a test as the log holds it.

    Args:
        kind: What was tested.
        key: The claim's identity.
        position: The claim's log position.
        tested: The outcome.
        about: What it is about.
    """
    named = about.exchange or about.side or "-"
    if kind == "breakdown":
        named = f"{named}:{about.side}:{about.category}"
    return CheckResultDetail(
        id=check_id(kind, named, key),
        kind=kind,
        claim=position,
        exchange=about.exchange,
        side=about.side,
        category=about.category,
        as_of=about.as_of,
        expected=tested.expected,
        expected_low=tested.interval.low if tested.interval else None,
        expected_high=tested.interval.high if tested.interval else None,
        got=tested.got,
        diff=tested.diff,
        tolerance=tested.tolerance,
        result=tested.result,
        explanations=tested.explanations,
        radius=tested.radius,
    )


def check_id(kind: CheckKind, about: str, claim: ClaimKey) -> str:
    """Return a check's id: its kind, what it is about, and the claim it tests."""
    return f"{kind}:{about}:{content_id(*claim)[:12]}"
