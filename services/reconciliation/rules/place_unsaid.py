"""Who is counted when that is left open, reconciliation.md §3.

"Over 100 prisoners of war" beside an official's "106 soldiers" is the same count, loosely told. An
outlet that leaves open who is counted is read at the level where somebody better placed gives an
exact number that its own allows: everybody, else soldiers. So is an official's round number ("about
100"). With no such number it keeps its scope.
"They did not say how many" allows every number.

"300 prisoners of war" beside "300 soldiers and two civilians" counts the soldiers: where the receiving
side counts soldiers and civilians apart, and says that number of nobody but the soldiers, whoever
gives it and leaves open who is counted means them.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from services.reconciliation.claims.categories import is_unsaid
from services.reconciliation.claims.reading import Reading
from services.reconciliation.policy import Policy
from services.reconciliation.rules.collapse import OUTLET_TIER


#: Bounds of numbers that were made round.
_ROUND = frozenset({"about", "nearly"})


def place_unsaid(readings: Sequence[Reading], policy: Policy) -> list[Reading]:
    """Return the readings of one side of one exchange, those that leave it open at the level they mean."""
    soldiers = _soldiers_apart(readings, policy)
    exact: dict[str, set[int]] = {"all": set(), "military": set()}
    placed = [_as_soldiers(reading, soldiers) for reading in readings] if soldiers else readings
    for reading in placed:
        if reading.tier < OUTLET_TIER and reading.interval and reading.interval.is_exact:
            exact.get(reading.category, set()).add(reading.interval.low)
    return [_placed(reading, exact) for reading in placed]


def _soldiers_apart(readings: Sequence[Reading], policy: Policy) -> set[int]:
    """Return the receiving side's exact counts of soldiers beside whom it counts civilians."""
    soldiers: set[int] = set()
    whole: set[int] = set()
    are_civilians_apart = False
    for reading in readings:
        if reading.tier > policy.counting_tier:
            continue
        if not reading.interval or not reading.interval.is_exact:
            continue
        if reading.stated_category == "all":
            whole.add(reading.interval.low)
        elif reading.stated_category == "military" and not reading.is_breakdown:
            soldiers.add(reading.interval.low)
        elif reading.category == "civilian" and not reading.is_breakdown:
            are_civilians_apart |= reading.interval.low > 0
    return soldiers - whole if are_civilians_apart else set()


def _as_soldiers(reading: Reading, soldiers: set[int]) -> Reading:
    interval = reading.interval
    if (
        interval is not None
        and interval.is_exact
        and interval.low in soldiers
        and is_unsaid(reading.stated_category)
    ):
        return replace(reading, category="military", place="military")
    return reading


def _placed(reading: Reading, exact: dict[str, set[int]]) -> Reading:
    if not is_unsaid(reading.stated_category):
        return reading
    if reading.tier < OUTLET_TIER and reading.bound not in _ROUND:
        return reading
    for level in ("all", "military"):
        if any(_allows(reading, number) for number in exact[level]):
            return replace(reading, category=level, place=level)
    return reading


def _allows(reading: Reading, number: int) -> bool:
    # Who says that a number was not disclosed allows any.
    return reading.tested is None or reading.tested.holds(number)
