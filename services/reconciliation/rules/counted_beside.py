"""People whom a speaker counts beside the soldiers, reconciliation.md §9.

    15 soldiers came back, and a policeman: 16 in all
    40 soldiers came back, and a foreigner, where the same speaker is quoted with 40 and with 41 in all: 41

A list ("230, of whom 11 guards") states its parts as parts. Who counts the soldiers and another group as people
who came back, each by itself, counts the group beside them: surely where it is another service and nobody
counts everybody. A group that may cut across, as the wounded, came beside them where somebody gives the sum for
everybody; without that it is left open (`services.reconciliation.rules.told_by_total`). Where the speaker counts
civilians too, or more groups than one, nobody knows whether these overlap, and one number under two names is of
the same people: nothing is added.

A group that is more than the whole of its kind, as one speaker counts both, came beside it: "33 fishermen and a
civilian" are 34.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.propagate import ALL, CIVILIAN, MILITARY, Level


#: Places of groups that may have come among the soldiers as well as beside them.
_AMONG_OR_BESIDE = frozenset({"service", "within-military", "cross-cut"})
#: Each kind of people that the partition knows, and where groups of it stand.
_KINDS = (
    (MILITARY, frozenset({"military", "service", "within-military"})),
    (CIVILIAN, frozenset({"civilian", "within-civilian"})),
)


class CountedBeside(NamedTuple):
    """A group that came beside the soldiers.

    Attributes:
        level: The group.
        whole: How many they and the soldiers are together.
    """

    level: Level
    whole: int


def find_beside_soldiers(levels: Mapping[Level, Sequence[Reading]]) -> CountedBeside | None:
    """Return the group that the best placed speaker counts beside the soldiers, null for none.

    Args:
        levels: The claims on one side of one exchange, by the level at which they speak.
    """
    places = _AMONG_OR_BESIDE if ALL in levels else {"service"}
    if MILITARY not in levels or not any(place in places for _, place in levels):
        return None
    everybody = {_number(reading) for reading in levels.get(ALL, ()) if _is_exact(reading)}
    speakers: dict[tuple[int, str], dict[Level, set[int]]] = {}
    for level, spoken in levels.items():
        if level == ALL:
            continue
        for reading in _counted_apart(spoken):
            said = speakers.setdefault((reading.tier, reading.voice), {})
            said.setdefault(level, set()).add(_number(reading))
    for _, said in sorted(speakers.items(), key=itemgetter(0)):
        groups = [level for level in said if level != MILITARY]
        if MILITARY not in said or len(groups) != 1 or any(len(said[one]) > 1 for one in said):
            continue
        [group] = groups
        soldiers, number = min(said[MILITARY]), min(said[group])
        if group[1] not in _AMONG_OR_BESIDE or number == soldiers:
            continue
        whole = soldiers + number
        if whole in everybody or (ALL not in levels and group[1] == "service"):
            return CountedBeside(group, whole)
    return None


def find_beside_kind(levels: Mapping[Level, Sequence[Reading]]) -> int | None:
    """Return how many the soldiers, or the civilians, and a greater group of them are together, null for none.

    Args:
        levels: The claims on one side of one exchange, by the level at which they speak.
    """
    if len(levels) == 1:
        return None
    sums = []
    for kind, places in _KINDS:
        groups = [level for level in levels if level[1] in places and level != kind]
        if kind not in levels or not groups:
            continue
        counted = {
            reading.voice: _number(reading) for reading in levels[kind] if _is_apart(reading)
        }
        sums += [
            counted[reading.voice] + _number(reading)
            for level in groups
            for reading in levels[level]
            if _is_apart(reading) and 0 < counted.get(reading.voice, 0) < _number(reading)
        ]
    return max(sums, default=None)


def _is_apart(reading: Reading) -> bool:
    return not reading.is_breakdown and _is_exact(reading)


def _counted_apart(spoken: Iterable[Reading]) -> Iterable[Reading]:
    """Return the claims of officials and go-betweens that count people exactly, and not as a part of others."""
    return (
        reading
        for reading in spoken
        if not reading.is_breakdown
        and reading.tier < OUTLET_TIER
        and _is_exact(reading)
        and _number(reading)
    )


def _is_exact(reading: Reading) -> bool:
    return reading.interval is not None and reading.interval.is_exact


def _number(reading: Reading) -> int:
    assert reading.interval is not None, "only exact claims are asked"
    return reading.interval.low
