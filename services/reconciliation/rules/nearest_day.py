"""Which day a number is nearest to, reconciliation.md §4 and §9.

A report of today may be about the exchange of yesterday, or of some days ago. A number that leaves what
is counted on one day, and is near what is counted on the other, is of the other.
"""

from collections.abc import Sequence
from datetime import date

from services.reconciliation.claims.interval import Interval, plus
from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.day_counts import close_floor
from services.reconciliation.rules.known_claims import KnownClaims, day_before
from services.reconciliation.rules.marks import reported_mark


#: A day, and why a claim may mean its exchange.
Lead = tuple[date, str]


def distance_on(reading: Reading, day: date, known: KnownClaims) -> int | None:
    """Return by how many people a claim's number leaves what is counted on a day.

    Null for a part, and where nobody counts on that day whom the claim counts. All sides together are
    counted where their total is, or each of them.
    """
    if reading.is_breakdown or reading.whole is None:
        return None
    side, number = reading.whole
    canonical = known.canonical_day(day)
    counted = [known.counts_on(canonical, side).for_tier(OUTLET_TIER)]
    if side == "both" and counted[0] is None:
        counted = [known.counts_on(canonical, one).for_tier(OUTLET_TIER) for one in known.sides]
    around = Interval(0, 0)
    for one in counted:
        if one is None:
            return None
        around = plus(around, close_floor(one, known.policy.background_factor))
    above = 0 if around.high is None else number.low - around.high
    below = 0 if number.high is None else around.low - number.high
    return max(0, above, below)


def find_nearer(reading: Reading, leads: Sequence[Lead], known: KnownClaims) -> Lead | None:
    """Return the day that a claim's number is far nearer to than to the likeliest one, null for none."""
    if not leads:
        return None
    far = distance_on(reading, leads[0][0], known)
    if not far:
        return None
    distances = [(distance_on(reading, day, known), (day, evidence)) for day, evidence in leads[1:]]
    near = min(
        ((distance, lead) for distance, lead in distances if distance is not None), default=None
    )
    is_nearer = near is not None and near[0] * known.policy.background_factor <= far
    return near[1] if near is not None and is_nearer else None


def is_of_counted_day(reading: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether a claim's number is allowed by a day's counts, none of which its own report makes."""
    if reading.report is None or reading.whole is None:
        return False
    side, _ = reading.whole
    if day in known.few_days_with(reported_mark(reading.report, side)):
        return False
    return distance_on(reading, day, known) == 0


def is_own_news(reading: Reading, day: date) -> bool:
    """Return whether an official or a go-between asserts a number as news of a day.

    A report that counts the day otherwise quotes somebody else beside: two who count the same people.
    """
    if reading.tier >= OUTLET_TIER or reading.modality != "asserted":
        return False
    return reading.published_on is not None and day >= day_before(reading.published_on)
