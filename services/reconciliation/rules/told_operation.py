"""Undated numbers of an operation, reconciliation.md §9: somebody else states the days it took.

"317 were released during the holidays", where others count 317 on the three days up to yesterday

Where one of these days has the very number by itself, as the only one on which anybody counts that side or as no sum of
their counts, nothing tells that it took several.
"""

from datetime import date, timedelta

from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.day_counts import NO_COUNTS
from services.reconciliation.rules.known_claims import KnownClaims, day_before
from services.reconciliation.rules.marks import operation_mark, start_mark, whole_mark
from services.reconciliation.rules.neighbouring_days import SideCount, operation_id


_DAY = timedelta(days=1)


def find_told_operation(reading: Reading, day: date, known: KnownClaims) -> str | None:
    """Return the operation of the last days that has a claim's very number, null for none.

    Args:
        reading: The claim, which states no day.
        day: The day it was published.
        known: What the other claims say.
    """
    if reading.counted is None or reading.modality != "asserted":
        return None
    last = known.last_day_with(operation_mark(*reading.counted), day)
    if last is None or day - last > known.policy.report_days_max * _DAY:
        return None
    first = known.first_day_with(start_mark(*reading.counted, last))
    if first is None or _is_of_one_day(reading.counted, first, last, known):
        return None
    return operation_id(first, last)


def _is_of_one_day(counted: SideCount, first: date, last: date, known: KnownClaims) -> bool:
    """Return whether one of several days has a number by itself: the only one that counts a side, or no sum of them."""
    side, number = counted
    length = (last - first).days + 1
    days = {known.canonical_day(day) for day in known.stated_after(day_before(first), length)}
    with_side = [day for day in days if known.counts_on(day, side) != NO_COUNTS]
    with_number = known.last_day_with(whole_mark(side, number), last)
    if with_number is None or with_number < first:
        return False
    day = known.canonical_day(with_number)
    return with_side == [day] or not known.parts(counted, day)
