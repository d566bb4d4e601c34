"""What a promise of many came to, reconciliation.md §9: the exchanges that carried it out, one after another.

    "50 will be released": 24, 17 and 17 came on the three days after it

What is promised together may come in stages. Where the first exchange after it cannot have the number by itself,
and the counts of all that followed make it, or most of it, the plan means their operation. A promise that is
repeated while it is carried out is the one that was made first.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.day_counts import Counted, may_be_of_day
from services.reconciliation.rules.known_claims import KnownClaims, day_before
from services.reconciliation.rules.marks import promised_mark
from services.reconciliation.rules.neighbouring_days import Part


_DAY = timedelta(days=1)


def find_stages(reading: Reading, day: date, known: KnownClaims) -> Sequence[Part]:
    """Return the days that carried a plan out together, none where one day may have, or all had too few.

    The first of them is of the week after it was told; the last is that on which the number was reached, or
    the last one within the time in which plans are carried out.

    Args:
        reading: The plan, which names no day.
        day: The day it was told.
        known: What is counted on days.
    """
    if reading.whole is None or reading.is_breakdown:
        return ()
    side, interval = reading.whole
    number = interval.low if reading.value is None else reading.value
    policy = known.policy
    eve = day_before(_first_told(reading, day, known))
    # Most plans are carried out on one day of the first week: the others of their time are not looked at then.
    first = next(_counts_after(eve, policy.report_days_max + 1, side, known), None)
    if first is None or may_be_of_day(reading, first[0], known):
        return ()
    found: list[Part] = []
    reached = 0
    for one, counted in _counts_after(eve, policy.planned_days_max, side, known):
        found.append(Part(one, counted.around.low))
        reached += counted.most
        if reached >= number:
            break
    is_carried_out = reached * policy.background_factor >= number
    return found if len(found) > 1 and is_carried_out else ()


def _counts_after(
    day: date, days_max: int, side: str, known: KnownClaims
) -> Iterator[tuple[date, Counted]]:
    """Find what is counted of a side on the canonical days up to so many after a day, in order."""
    for one in known.stated_after(day, days_max):
        if known.canonical_day(one) == one:
            counted = known.counts_on(one, side).for_tier(OUTLET_TIER)
            if counted is not None:
                yield one, counted


def _first_told(reading: Reading, day: date, known: KnownClaims) -> date:
    """Return the first of the days on which a plan's number was promised, its own day the last."""
    mark, first = promised_mark(reading), day
    if mark is None:
        return first
    earliest = day - known.policy.planned_days_max * _DAY
    earlier = known.last_day_with(mark, day_before(first))
    while earlier is not None and earlier >= earliest:
        first = earlier
        earlier = known.last_day_with(mark, day_before(first))
    return first
