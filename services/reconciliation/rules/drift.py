"""Category drift, reconciliation.md §3: a label narrower than the count it stands on.

Outlets turn people into soldiers. When a camp counts everybody exactly, and knows of others beside
the soldiers, a claim of that camp that gives the whole number for the soldiers alone speaks of all.
It is read at the wider level, with `category_drift` as its reason, and counts there.
"""

from collections.abc import Sequence

from services.reconciliation.reading import ClaimKey, Reading


def find_drift(readings: Sequence[Reading]) -> dict[ClaimKey, Reading]:
    """Find claims on a part that speak of the whole.

    Args:
        readings: Counting claims on one side of one exchange, all categories.

    Returns:
        For each such claim its reading at the wider level.
    """
    others = {
        reading.camp
        for reading in readings
        if reading.place in ("civilian", "within-civilian")
        and reading.interval
        and reading.interval.low > 0
    }
    if not others:
        return {}
    whole = {
        (reading.camp, reading.interval.low)
        for reading in readings
        if reading.place == "all" and reading.interval and reading.interval.is_exact
    }
    return {
        reading.key: reading._replace(category="all", place="all")
        for reading in readings
        if reading.place == "military"
        and reading.camp in others
        and reading.interval
        and reading.interval.is_exact
        and (reading.camp, reading.interval.low) in whole
    }
