"""Category drift, reconciliation.md §3: a label narrower than the count it stands on.

Outlets turn people into soldiers. Where anybody better placed than an outlet counts civilians among
them, a claim that gives for the soldiers alone what its camp gives for everybody speaks of all, and
so does one that gives for them what the receiving side gives for everybody and for no soldiers. It is
read at the wider level, with `category_drift` as its reason, and counts there.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.rules.collapse import OUTLET_TIER


def find_drift(readings: Sequence[Reading]) -> dict[ClaimKey, Reading]:
    """Find claims on a part that speak of the whole.

    Args:
        readings: Counting claims on one side of one exchange, all categories.

    Returns:
        For each such claim its reading at the wider level.
    """
    if not any(_counts_civilians(reading) for reading in readings):
        return {}
    whole: dict[str, set[int]] = {}
    soldiers: set[int] = set()
    for reading in readings:
        if reading.interval is None or not reading.interval.is_exact:
            continue
        if reading.place == "all":
            whole.setdefault(reading.camp, set()).add(reading.interval.low)
        elif reading.place == "military" and reading.camp == reading.side:
            soldiers.add(reading.interval.low)
    drifted = {}
    for reading in readings:
        if reading.place != "military" or not reading.interval or not reading.interval.is_exact:
            continue
        number = reading.interval.low
        receivers = whole.get(reading.side, set()) - soldiers
        if number in whole.get(reading.camp, ()) or number in receivers:
            drifted[reading.key] = replace(reading, category="all", place="all")
    return drifted


def _counts_civilians(reading: Reading) -> bool:
    return (
        reading.place in ("civilian", "within-civilian")
        and reading.tier < OUTLET_TIER
        and reading.interval is not None
        and reading.interval.low > 0
    )
