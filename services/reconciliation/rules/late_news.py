"""News of an exchange that is some days old, reconciliation.md §4.

    "3 women were among those freed", on the second day after an exchange of 95

Reports look back a few days at the exchange that was last. What its number, its report and its own days lead to goes
before; nothing is late news where an exchange is known of the report's day or the day before. Nor is a number that
is nearly the last one's the first of a new exchange: two of them within a week are of other sizes.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.day_counts import (
    are_few,
    is_counted_otherwise,
    may_be_of_day,
)
from services.reconciliation.rules.known_claims import KnownClaims, day_before


def find_late_news(
    reading: Reading, day: date, fresh: Iterable[date], known: KnownClaims
) -> tuple[date, str] | None:
    """Return the last exchange of the few days before those that a report may be news of, if a claim may be of it.

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
            return (latest, "published-later") if is_late_news(reading, latest, known) else None
    return None


def is_late_news(reading: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether a claim may be of a day's exchange: its number is one of that, or it gives none for everybody."""
    if reading.is_breakdown or reading.whole is None:
        return True
    canonical = known.canonical_day(day)
    if not may_be_of_day(reading, canonical, known):
        return False
    return not is_counted_otherwise(reading, canonical, known)


def find_retold(reading: Reading, day: date, known: KnownClaims) -> tuple[date, str] | None:
    """Return the last exchange of the week before a report of which nearly a claim's number is counted, null for none.

    The numbers of a few people are nearly the same where they are equal, and come again: they are of none.

        "the release of 127 soldiers", of Wednesday, where Sunday's 125 are known by their date

    Args:
        reading: The claim, which states no day.
        day: The day it was published.
        known: What the other claims say.
    """
    if reading.modality != "asserted" or reading.is_breakdown or reading.whole is None:
        return None
    side, interval = reading.whole
    number = interval.low if reading.value is None else reading.value
    if are_few(number, known.policy):
        return None
    # Of the day before it is news.
    for back in range(2, known.policy.retold_nearly_days_max + 1):
        earlier = day - timedelta(days=back)
        if not known.is_stated(earlier):
            continue
        counted = known.counts_on(known.canonical_day(earlier), side).for_tier(OUTLET_TIER)
        if counted is None:
            continue
        room = counted.most * known.policy.retold_nearly_percent
        if (counted.around.low - number) * 100 <= room >= (number - counted.most) * 100:
            return earlier, "published-later"
    return None
