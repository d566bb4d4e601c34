"""What an outlet counts when it does not say, reconciliation.md §3.

"Over 100 prisoners of war" beside an official's "106 soldiers" is the same count, loosely told. An
outlet that leaves open who is counted is read at the level where somebody better placed gives an
exact number that its own allows: everybody, else soldiers. With no such number it keeps its scope.
"""

from collections.abc import Sequence

from services.reconciliation.lattice import is_unsaid
from services.reconciliation.reading import Reading
from services.reconciliation.rules.collapse import OUTLET_TIER


def place_unsaid(readings: Sequence[Reading]) -> list[Reading]:
    """Give the readings of one side of one exchange, outlets' loose ones at the level they mean."""
    exact: dict[str, set[int]] = {"all": set(), "military": set()}
    for reading in readings:
        if reading.tier < OUTLET_TIER and reading.interval and reading.interval.is_exact:
            exact.get(reading.category, set()).add(reading.interval.low)
    return [_placed(reading, exact) for reading in readings]


def _placed(reading: Reading, exact: dict[str, set[int]]) -> Reading:
    if reading.tier < OUTLET_TIER or not is_unsaid(reading.stated_category):
        return reading
    for level in ("all", "military"):
        if reading.tested and any(reading.tested.holds(number) for number in exact[level]):
            return reading._replace(category=level, place=level)
    return reading
