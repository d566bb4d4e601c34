"""Whether a report recalls an older exchange by its number, reconciliation.md §9: equal numbers prove nothing."""

from datetime import date, timedelta

from services.reconciliation.claims.interval import Interval, plus
from services.reconciliation.claims.reading import Reading
from services.reconciliation.policy import Policy
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.day_counts import are_near, is_sum_of_sides
from services.reconciliation.rules.known_claims import KnownClaims
from services.reconciliation.rules.marks import (
    Mark,
    figure_mark,
    report_mark,
    reported_mark,
    sought_mark,
)
from services.reconciliation.rules.nearest_day import is_own_news


_DAY = timedelta(days=1)

#: Camps that also speak of older exchanges: they report, they do not announce.
LOOKING_BACK = frozenset({"outlets", "intl"})


def is_recalled(reading: Reading, recalled: date, day: date | None, known: KnownClaims) -> bool:
    """Return whether a report on a day's exchange recalls an earlier one by a claim's exact number.

    The number is none that is counted on the day: of its own side, of all sides together where it is of
    those and each is counted, nor, where nobody counts its side or all of them, of another; there it is the
    number of one exchange alone, for one that several have points to none, and a small one comes again.
    """
    if reading.whole is None or not reading.whole[1].is_exact or reading.camp not in LOOKING_BACK:
        return False
    if day is None or reading.modality != "asserted" or recalled == day:
        return False
    side, number = reading.whole[0], reading.whole[1].low
    canonical = known.canonical_day(day)
    own = known.counts_on(canonical, side).for_tier(OUTLET_TIER)
    if own is not None:
        return not own.around.holds(number)
    each = [known.counts_on(canonical, one).for_tier(OUTLET_TIER) for one in known.sides]
    counted = [one.around for one in each if one is not None]
    if side != "both" or len(counted) < len(each):
        if number < known.policy.telling_count:
            return False
        mark = figure_mark(reading)
        is_its_own = mark is not None and len(known.few_days_with(mark)) == 1
        return is_its_own and bool(counted) and not any(around.holds(number) for around in counted)
    added = Interval(0, 0)
    for around in counted:
        added = plus(added, around)
    return not added.holds(number)


def is_small_of_old(reading: Reading, age: timedelta, policy: Policy) -> bool:
    """Return whether a claim's number is a small one of an exchange of long ago: by chance it comes again."""
    if reading.interval is None or age <= policy.retold_days_max * _DAY:
        return False
    return reading.interval.low < policy.telling_count


def is_told_again(
    reading: Reading, recalled: date, day: date | None, told: date, known: KnownClaims
) -> bool:
    """Return whether a number is of the exchange of the last days that alone has it, and not of a day without any date.

    A day that undated reports alone make an exchange of is known by the new numbers in them: one that
    an exchange has had is none of these. So is no larger number that is far from what is counted on a day with a date.

    Args:
        reading: The claim.
        recalled: The last day with its number.
        day: The day that its report may be news of, null for none.
        told: The day it was published.
        known: What the other claims say.
    """
    if reading.whole is None or reading.modality != "asserted":
        return False
    if day is None or day == recalled:
        return False
    if known.is_stated(day) and not _is_counted_apart(reading, day, known):
        return False
    mark = figure_mark(reading)
    days = known.few_days_with(mark) if mark is not None else ()
    first = told - timedelta(days=known.policy.report_days_max)
    return [one for one in days if first <= one <= told] == [recalled]


def _is_counted_apart(reading: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether far more or fewer than a claim's number are counted on a day that its report does not name."""
    if reading.whole is None:
        return False
    side, interval = reading.whole
    number = interval.low if reading.value is None else reading.value
    report = report_mark(reading)
    if report is not None and known.last_day_with(report, day) == day:
        return False
    counted = known.counts_on(known.canonical_day(day), side).for_tier(OUTLET_TIER)
    if counted is None or number < known.policy.telling_count or counted.around.holds(number):
        return False
    ends = (counted.around.low, counted.most)
    return not any(are_near(number, end, known.policy) for end in ends)


def is_tied(reading: Reading, recalled: date, known: KnownClaims) -> bool:
    """Return whether two different numbers of a report are those of one exchange, a claim's and that of another side.

    One equal number proves nothing, two that stood together before do: "95 came home, 103 were handed over". No
    other exchange may have had one of them: the numbers of small exchanges come in pairs again.
    """
    report, sought = report_mark(reading), sought_mark(reading)
    if reading.whole is None or not reading.whole[1].is_exact or reading.camp not in LOOKING_BACK:
        return False
    if reading.modality != "asserted" or report is None or sought is None:
        return False
    day = known.canonical_day(recalled)
    return any(
        _is_other_number(reading, other) and _are_of_one_day(sought, sought_mark(other), day, known)
        for other in known.undated_in(report)
    )


def _is_other_number(reading: Reading, other: Reading) -> bool:
    if reading.whole is None or other.whole is None or other.modality != reading.modality:
        return False
    return other.whole[0] != reading.whole[0] and other.whole[1] != reading.whole[1]


def _are_of_one_day(one: Mark, other: Mark | None, day: date, known: KnownClaims) -> bool:
    """Return whether a day has two numbers, one of which no other day has."""
    if other is None:
        return False
    days = [
        {known.canonical_day(found) for found in known.few_days_with(mark)} for mark in (one, other)
    ]
    return day in days[0] & days[1] and any(len(having) == 1 for having in days)


def find_alone(reading: Reading, told: date, known: KnownClaims) -> tuple[date, str] | None:
    """Return the one exchange up to a claim's report that has its number and another of its report, however long ago.

    Null for none or several, and for a small number: those come in pairs again.

    Args:
        reading: The claim, which means nothing else.
        told: The day it was published.
        known: What the other claims say.
    """
    mark, report = sought_mark(reading), report_mark(reading)
    if mark is None or report is None or reading.modality != "asserted":
        return None
    if reading.interval is None or reading.interval.low < known.policy.telling_count:
        return None
    having = {known.canonical_day(day) for day in known.few_days_with(mark) if day <= told}
    if len(having) != 1:
        return None
    (day,) = having
    others = {
        sought_mark(other) for other in known.undated_in(report) if other.modality == "asserted"
    }
    if any(_has(day, other, known) for other in others - {mark}):
        return day, "equal-figure"
    return None


def _has(day: date, mark: Mark | None, known: KnownClaims) -> bool:
    """Return whether an exchange has a number."""
    days = () if mark is None else known.few_days_with(mark)
    return day in {known.canonical_day(one) for one in days}


def is_counted_by_report(reading: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether a claim's report gives a day other numbers than the claim's."""
    if reading.report is None or reading.whole is None or is_own_news(reading, day):
        return False
    side, interval = reading.whole
    if side != "both":
        mark = reported_mark(reading.report, side)
        return reading.counted is not None and day in known.few_days_with(mark)
    if not interval.is_exact or any(
        day not in known.few_days_with(reported_mark(reading.report, one)) for one in known.sides
    ):
        return False
    return not is_sum_of_sides(interval.low, known.canonical_day(day), known)
