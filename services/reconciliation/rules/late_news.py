"""News of an exchange of the last days and weeks, reconciliation.md §4 and §9.

    "3 women were among those freed", on the second day after an exchange of 95
    "the recent release of 95", three weeks after the only exchange that had this number

Reports look back a few days at the exchange that was last, and a month at one whose number no other had. What its number, its report and its own days lead to goes
before; nothing is late news where an exchange is known of the report's day or the day before.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.day_counts import is_counted_otherwise, may_be_of_day
from services.reconciliation.rules.known_claims import KnownClaims, day_before
from services.reconciliation.rules.marks import figure_mark


def find_late_news(
    reading: Reading, day: date, fresh: Iterable[date], known: KnownClaims
) -> tuple[date, str] | None:
    """Return the last exchange of the few days before those that a report may be news of, if a claim may be of it.

    Else the exchange of the last month that alone has the claim's number.

    Args:
        reading: The claim, which states no day and means nothing else.
        day: The day it was published.
        fresh: The days that it may be news of.
        known: What the other claims say.
    """
    if reading.modality != "asserted" or any(known.is_stated(one) for one in fresh):
        return None
    latest = day_before(day)
    for _ in range(known.policy.late_days_max):
        latest = day_before(latest)
        if known.is_stated(latest):
            if is_late_news(reading, latest, known):
                return latest, "published-later"
            break
    alone = _find_alone(reading, day, known)
    return None if alone is None else (alone, "equal-figure")


def _find_alone(reading: Reading, day: date, known: KnownClaims) -> date | None:
    """Return the exchange of the last month that alone of all has a claim's number for everybody."""
    mark = figure_mark(reading)
    if mark is None or reading.whole is None or reading.is_breakdown:
        return None
    days = known.few_days_with(mark)
    first = day - timedelta(days=known.policy.recalled_days_max)
    return days[0] if len(days) == 1 and first <= days[0] <= day else None


def is_late_news(reading: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether a claim may be of a day's exchange: its number is one of that, or it gives none for everybody."""
    if reading.is_breakdown or reading.whole is None:
        return True
    canonical = known.canonical_day(day)
    if not may_be_of_day(reading, canonical, known):
        return False
    return not is_counted_otherwise(reading, canonical, known)
