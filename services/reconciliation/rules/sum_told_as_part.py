"""Two groups that one report counts apart, and their sum as somebody else gives it, reconciliation.md §3.

    "18 soldiers and four policemen were released", and elsewhere "22 soldiers were released": 22 came back in all
    "160 fishermen and two others", and elsewhere "162 fishermen" and "160 prisoners": 162, of whom 160 fishermen

Reports name a whole by its greater part, and a part by the name of the whole. Where one report counts two groups
apart, and somebody gives their sum exactly, who gives the sum for one of the groups speaks of everybody; who gives
one group's number for everybody, or leaves open who is counted, speaks of that group. Another speaker who counts
both groups too means them as they are said. A list ("230, of whom 11 guards") counts nothing apart.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from services.reconciliation.claims.categories import is_unsaid
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.rules.everybody import as_everybody
from services.reconciliation.rules.propagate import ALL, Level


class _Apart(NamedTuple):
    """Two groups that one speaker's report counts apart: by level how many they are."""

    voice: str
    numbers: dict[Level, int]

    @property
    def whole(self) -> int:
        return sum(self.numbers.values())


def find_sums_told_as_parts(readings: Sequence[Reading]) -> dict[ClaimKey, Reading]:
    """Return the claims that give a sum for one of its parts, or a part for everybody, as they are read.

    Args:
        readings: Counting claims on one side of one exchange, all categories.

    Returns:
        For each such claim its reading at the level that it speaks of.
    """
    exact = [reading for reading in readings if reading.interval and reading.interval.is_exact]
    given = {_number(reading) for reading in exact}
    lists = _lists_of(exact)
    found: dict[ClaimKey, Reading] = {}
    for apart in _counted_apart(lists):
        if apart.whole not in given:
            continue
        for reading in exact:
            said = lists.get((reading.voice, reading.report or ""), {})
            counts_apart = len(said) > 1 and reading.voice != apart.voice
            read = None if counts_apart else _read_as(reading, apart)
            if read is not None:
                found[reading.key] = read
    return found


def _read_as(reading: Reading, apart: _Apart) -> Reading | None:
    """Return a claim at the level that it speaks of, beside groups that are counted apart; null for its own."""
    level, number = (reading.category, reading.place), _number(reading)
    if level in apart.numbers and number == apart.whole:
        return as_everybody(reading)
    if level == ALL or is_unsaid(reading.stated_category):
        of_part = [one for one, counted in apart.numbers.items() if counted == number]
        if len(of_part) == 1 and of_part[0] != level:
            category, place = of_part[0]
            return replace(reading, category=category, place=place)
    return None


#: By speaker and report, what is counted exactly of each group.
_Lists = Mapping[tuple[str, str], Mapping[Level, Collection[int]]]


def _lists_of(exact: Sequence[Reading]) -> _Lists:
    lists: dict[tuple[str, str], dict[Level, set[int]]] = {}
    for reading in exact:
        level = (reading.category, reading.place)
        if reading.report is None or reading.is_breakdown or not _number(reading):
            continue
        if level == ALL or is_unsaid(reading.stated_category):
            continue
        said = lists.setdefault((reading.voice, reading.report), {})
        said.setdefault(level, set()).add(_number(reading))
    return lists


def _counted_apart(lists: _Lists) -> list[_Apart]:
    return [
        _Apart(voice, {level: min(numbers) for level, numbers in said.items()})
        for (voice, _), said in sorted(lists.items())
        if _are_two_groups(said)
    ]


def _are_two_groups(said: Mapping[Level, Collection[int]]) -> bool:
    if len(said) != 2 or any(len(numbers) != 1 for numbers in said.values()):  # noqa: PLR2004
        return False
    # One number under two names may be of the same people.
    return len({number for numbers in said.values() for number in numbers}) > 1


def _number(reading: Reading) -> int:
    assert reading.interval is not None, "only exact claims are asked"
    return reading.interval.low
