"""Category drift, reconciliation.md §3: a label narrower than the count it stands on.

Outlets turn people into soldiers. Where anybody better placed than an outlet counts civilians among
them, a claim that gives for the soldiers alone what its camp gives for everybody speaks of all, and
so does one that gives for them what the receiving side gives for everybody and for no soldiers. It is
read at the wider level, with `category-drift` as its reason, and counts there.
"""

from collections.abc import Sequence

from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.everybody import (
    as_everybody,
    repeats_its_camp,
    said_of_everybody,
)


def find_drift(readings: Sequence[Reading]) -> dict[ClaimKey, Reading]:
    """Return the claims on a part that speak of the whole.

    Args:
        readings: Counting claims on one side of one exchange, all categories.

    Returns:
        For each such claim its reading at the wider level.
    """
    if not any(_counts_civilians(reading) for reading in readings):
        return {}
    exact = [reading for reading in readings if reading.interval and reading.interval.is_exact]
    everybody = said_of_everybody(exact)
    soldiers = {
        reading.interval
        for reading in exact
        if reading.place == "military" and reading.camp == reading.side
    }
    drifted = {}
    for reading in exact:
        if reading.place != "military":
            continue
        receivers = everybody.get(reading.side, set()) - soldiers
        if repeats_its_camp(reading, everybody) or reading.interval in receivers:
            drifted[reading.key] = as_everybody(reading)
    return drifted


def _counts_civilians(reading: Reading) -> bool:
    return (
        reading.place in ("civilian", "within-civilian")
        and reading.tier < OUTLET_TIER
        and reading.interval is not None
        and reading.interval.low > 0
    )
