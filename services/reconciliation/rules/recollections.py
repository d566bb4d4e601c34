"""Whether a report recalls an older exchange by its number, reconciliation.md §9: equal numbers prove nothing."""

from datetime import date, timedelta

from services.reconciliation.claims.interval import Interval, plus
from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.day_counts import is_sum_of_sides
from services.reconciliation.rules.known_claims import KnownClaims
from services.reconciliation.rules.marks import figure_mark, reported_mark
from services.reconciliation.rules.nearest_day import is_own_news


#: Camps that also speak of older exchanges: they report, they do not announce.
LOOKING_BACK = frozenset({"outlets", "intl"})


def is_recalled(reading: Reading, recalled: date, day: date | None, known: KnownClaims) -> bool:
    """Return whether a report on a day's exchange recalls an earlier one by a claim's exact number.

    The number is none that is counted on the day: of its own side, of all sides together where it is of
    those and each is counted, nor, where nobody counts its side or all of them, of another; there it is the
    number of one exchange alone, for one that several have points to none.
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
        mark = figure_mark(reading)
        is_its_own = mark is not None and len(known.few_days_with(mark)) == 1
        return is_its_own and bool(counted) and not any(around.holds(number) for around in counted)
    added = Interval(0, 0)
    for around in counted:
        added = plus(added, around)
    return not added.holds(number)


def is_told_again(
    reading: Reading, recalled: date, day: date | None, told: date, known: KnownClaims
) -> bool:
    """Return whether a number is of the exchange of the last days that alone has it, and not of a day without any date.

    A day that undated reports alone make an exchange of is known by the new numbers in them: one that
    an exchange has had is none of these.

    Args:
        reading: The claim.
        recalled: The last day with its number.
        day: The day that its report may be news of, null for none.
        told: The day it was published.
        known: What the other claims say.
    """
    if reading.whole is None or reading.modality != "asserted":
        return False
    if day is None or day == recalled or known.is_stated(day):
        return False
    mark = figure_mark(reading)
    days = known.few_days_with(mark) if mark is not None else ()
    first = told - timedelta(days=known.policy.report_days_max)
    return [one for one in days if first <= one <= told] == [recalled]


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
