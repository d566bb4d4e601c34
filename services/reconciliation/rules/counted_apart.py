"""Groups that one report counts beside each other where nobody counts everybody, reconciliation.md §9.

    "two women and an officer were released": three

What is told as a part of others is a breakdown. A report that tells of several groups that each came back, whoever
counts them there, and of no whole that they are parts of, counts them beside each other: together they are everybody,
as far as that report knows. Nothing is added where a group is the soldiers and another may be of them, where two groups
have one number and so may be the same people, or where one group is as many as all the others and so may be their whole.
"""

from collections.abc import Iterable, Mapping, Sequence

from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.propagate import ALL, MILITARY, Level


#: Places of groups that may have come among the soldiers.
_AMONG_SOLDIERS = frozenset({"service", "within-military", "cross-cut"})


def find_counted_apart(levels: Mapping[Level, Sequence[Reading]]) -> Sequence[Level]:
    """Return the groups that the best placed report counts beside each other, none if there is no such report.

    Args:
        levels: The claims on one side of one exchange, by the level at which they speak.
    """
    if ALL in levels or len(levels) == 1:
        return ()
    lists: dict[str, dict[Level, set[int]]] = {}
    tiers: dict[str, int] = {}
    for level, spoken in levels.items():
        for reading in spoken:
            if reading.report is None or reading.interval is None or not reading.interval.low:
                continue
            tiers[reading.report] = min(reading.tier, tiers.get(reading.report, reading.tier))
            said = lists.setdefault(reading.report, {})
            is_apart = reading.interval.is_exact and not reading.is_breakdown
            # What is not counted so makes the list no sum.
            said.setdefault(level, set()).add(reading.interval.low if is_apart else 0)
    by_tier = sorted(lists, key=lambda report: (tiers[report], report))
    apart = (sorted(lists[report]) for report in by_tier if _are_beside(lists[report]))
    return next(apart, ())


def _are_beside(said: Mapping[Level, Iterable[int]]) -> bool:
    numbers = [number for counted in said.values() for number in counted]
    if len(numbers) != len(said) or len(set(numbers)) != len(numbers) or 0 in numbers:
        return False
    if MILITARY in said and any(place in _AMONG_SOLDIERS for _, place in said):
        return False
    return len(numbers) > 1 and 2 * max(numbers) != sum(numbers)
