"""Days beside each other, reconciliation.md §4: a date that is one day off, and a number for several days.

* A reporter's date is one day off. Then everything exact that is said of one day is said of the day
  beside it too, by more speakers: the first is a *duplicate* of the second, its canonical day. Two days
  to which one counter gives different ordinals are two exchanges, however equal, and so are two of which one
  report counts the same side. What somebody placed better than an outlet had counted by the evening of a day
  was no exchange of the day after; nor, where people of two sides were counted so, or the day before has a
  number of its own, one of the day before.
* A release takes two days, out of a prison and over a border, and is told of each: one counts nearly as many of one
  side as the other, neither counts another side, and no report both. The officials of that side count on one of them
  alone; where they count on neither, officials do on one at most.
* One exchange takes several days, and some speak of it as a whole: 900 = 350 + 300 + 250. A number
  that is the sum of what officials count on successive days, one of them the day it is said of, is no
  count of that day.

Only distinct statements and distinct speakers weigh, so that a copied quote changes nothing.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from typing import NamedTuple, Protocol


#: A side and how many came back to it, as somebody counts: a reading's `counted`.
SideCount = tuple[str, int]
#: A report, and whom and how many it counts.
Reported = tuple[str, str, int]
#: A counter and the ordinal it gives.
Numbered = tuple[str, int]
#: Returns the numbers that officials count of a side on a day, in ascending order, none if there are none.
CountsOn = Callable[[date, str], Sequence[int]]

_DAY = timedelta(days=1)
#: Two numbers are near that differ by no more than such a part of the greater one.
_NEAR_PART = 10
#: A few people are let go day after day: such numbers are near by chance.
_NEAR_LEAST = 10


class Part(NamedTuple):
    """What officials count on one day of an exchange that takes several."""

    day: date
    number: int


class DayStatements(Protocol):
    """What the claims in force that state one day say of it, each thing once."""

    @property
    def speaker_count(self) -> int:
        """How many speakers speak of it."""

    @property
    def counts(self) -> AbstractSet[SideCount]:
        """Everything exact that is counted."""

    @property
    def ordinals(self) -> AbstractSet[Numbered]:
        """Every ordinal that it is given, with the counter."""

    @property
    def reported(self) -> AbstractSet[Reported]:
        """Which reports count a side, and how many."""

    def official_counts(self, side: str) -> Sequence[int]:
        """Return the numbers that officials and go-betweens count of a side, in ascending order."""

    @property
    def received(self) -> AbstractSet[str]:
        """The sides whose own officials count who came back, or counted it that very day."""

    @property
    def told_at_once(self) -> AbstractSet[SideCount]:
        """What of that was counted that very day, by somebody placed better than an outlet."""


#: Returns what is said of a day, null where no claim in force states it.
StatementsOn = Callable[[date], DayStatements | None]


def find_canonical_day(day: date, statements_on: StatementsOn) -> date:
    """Return the day that is meant by a stated one: the day itself, or the one it duplicates."""
    for step in (-_DAY, _DAY):
        other = day + step
        if _is_duplicate(day, other, statements_on) and not _is_duplicate(
            other, other + step, statements_on
        ):
            return other
    return day


def _is_duplicate(day: date, other: date, statements_on: StatementsOn) -> bool:
    """Return whether a day repeats another one: exactly, or nearly where the other is no exact copy of it."""
    here, there = statements_on(day), statements_on(other)
    if here is None or there is None:
        return False
    if _is_exact_copy(here, there, before=day < other):
        return True
    return nearly_repeats(here, there) and not _is_exact_copy(there, here, before=other < day)


def _is_exact_copy(here: DayStatements, there: DayStatements, *, before: bool) -> bool:
    """Return whether a day repeats another one of which more speakers speak, or as many before it."""
    if not repeats(here, there) or _is_told_at_once(here, before=before):
        return False
    if _told_apart(here, there):
        return False
    if here.speaker_count == there.speaker_count:
        return not before
    return here.speaker_count < there.speaker_count


def _is_told_at_once(here: DayStatements, *, before: bool) -> bool:
    """Return whether a day is no slip for one beside it, since it was counted by its evening.

    What was counted by the evening of a day was no exchange of the day after. Nor of the day before, where
    people of two sides were counted: one number alone may be of the night.
    """
    sides = {count[0] for count in here.told_at_once & here.counts}
    return len(sides) > 1 or (before and bool(sides))


def _told_apart(here: DayStatements, there: DayStatements) -> bool:
    """Return whether a day's number was told at once, and the other day has one of its own.

    The number is said of the other day too, though nobody had counted it by that day's evening: a slip of
    whoever says so, unless more reports do. Officials too tell of a late evening on the day after.
    """
    told = {
        count
        for count in here.told_at_once & here.counts
        if _reports_of(count, there) <= _reports_of(count, here)
    }
    for side in {side for side, _ in told}:
        own = {count for count in told if count[0] == side}
        of_other = {count for count in there.counts if count[0] == side}
        if own.isdisjoint(there.told_at_once) and of_other - own:
            return True
    return False


def _reports_of(count: SideCount, day: DayStatements) -> int:
    return sum((side, number) == count for _, side, number in day.reported)


def repeats(here: DayStatements, there: DayStatements) -> bool:
    """Return whether all that is counted on a day is counted on another one too."""
    if not here.counts or not here.counts <= there.counts or _numbered_apart(here, there):
        return False
    # One report that counts a side on both days tells of two exchanges.
    return here.reported.isdisjoint(there.reported)


def nearly_repeats(here: DayStatements, there: DayStatements) -> bool:
    """Return whether a day counts nearly as many of one side as another, who were let go, or came, on that.

    Neither day counts another side, and no report both. Whose people they are counts them when they come: that
    day is the other's. Else the one that officials count, if they do not count on both; else that of which
    more speak.
    """
    sides = {side for side, _ in here.counts}
    if len(sides) != 1 or sides != {side for side, _ in there.counts}:
        return False
    (side,) = sides
    if side in here.received or side in there.received:
        is_repeated = side not in here.received
    else:
        counts_here, counts_there = here.official_counts(side), there.official_counts(side)
        is_less = here.speaker_count < there.speaker_count
        is_repeated = not counts_here and (bool(counts_there) or is_less)
    if not is_repeated or _numbered_apart(here, there) or _share_a_report(here, there):
        return False
    return _any_near([number for _, number in here.counts], [number for _, number in there.counts])


def _share_a_report(one: DayStatements, other: DayStatements) -> bool:
    reports = {report for report, _, _ in one.reported}
    return any(report in reports for report, _, _ in other.reported)


def _any_near(ones: Iterable[int], others: Iterable[int]) -> bool:
    """Return whether two numbers, one of each, are near and no few.

    >>> _any_near([172, 40], [9, 173]), _any_near([9], [9]), _any_near([341], [390])
    (True, False, False)
    """
    ordered = sorted(other for other in others if other >= _NEAR_LEAST)
    for one in ones:
        at = bisect_left(ordered, one)
        # Of all others the next greater, and the next less, is the nearest.
        if one >= _NEAR_LEAST and any(
            _are_near(one, other) for other in ordered[max(at - 1, 0) : at + 1]
        ):
            return True
    return False


def _are_near(one: int, other: int) -> bool:
    return abs(one - other) * _NEAR_PART <= max(one, other)


def _numbered_apart(one: DayStatements, other: DayStatements) -> bool:
    """Return whether a counter gives two days different ordinals, and none in common."""
    if not one.ordinals or not other.ordinals:
        return False
    both = {counter for counter, _ in one.ordinals} & {counter for counter, _ in other.ordinals}
    in_common = {counter for counter, _ in one.ordinals & other.ordinals}
    return bool(both - in_common)


def operation_id(first: date, last: date) -> str:
    """Return the id of an operation that took several days.

    >>> operation_id(date(2031, 5, 10), date(2031, 5, 12))
    '2031-05-10..2031-05-12'
    """
    return f"{first.isoformat()}..{last.isoformat()}"


def days_of_operation(operation: str) -> tuple[date, date]:
    """Return the first and the last day of an operation, by its id."""
    first, _, last = operation.partition("..")
    return date.fromisoformat(first), date.fromisoformat(last)


def find_parts(
    counted: SideCount, day: date, counts_on: CountsOn, run_days_max: int
) -> tuple[Part, ...]:
    """Return the days' counts that a number said of one day is the sum of, none if it is no such sum.

    The shortest run of days that fits is taken, then the earliest, then the greater first part.

    Args:
        counted: The side and the claimed number.
        day: The canonical day that it is said of.
        counts_on: What officials count on a day; of a duplicate day nothing.
        run_days_max: Most days that one exchange is taken to last.
    """
    side, whole = counted

    def less_on(distance: int) -> list[int]:
        numbers = counts_on(day + distance * _DAY, side)
        return [number for number in numbers if number < whole]

    here = less_on(0)
    if not here:
        return ()
    first = -_reach(-1, whole - here[0], less_on, run_days_max)
    last = _reach(1, whole - here[0], less_on, run_days_max)
    for length in range(2, run_days_max + 1):
        for start in range(max(first, 1 - length), min(0, last - length + 1) + 1):
            numbers = _add_up([less_on(start + ahead) for ahead in range(length)], whole)
            if numbers:
                return tuple(
                    Part(day + (start + ahead) * _DAY, number)
                    for ahead, number in enumerate(numbers)
                )
    return ()


def _reach(step: int, room: int, less_on: Callable[[int], Sequence[int]], run_days_max: int) -> int:
    """Return how many successive days beside a day have least counts that together leave room."""
    for length in range(run_days_max - 1):
        numbers = less_on(step * (length + 1))
        if not numbers or numbers[0] > room:
            return length
        room -= numbers[0]
    return run_days_max - 1


def _add_up(days: Sequence[Sequence[int]], whole: int) -> tuple[int, ...]:
    """Return one of each day's numbers, in order, that together make a whole; none if no choice does."""
    numbers, later = days[0], days[1:]
    least, most = sum(rest[0] for rest in later), sum(rest[-1] for rest in later)
    for number in reversed(numbers):
        if not least <= whole - number <= most:
            continue
        if not later:
            return (number,)
        if rest := _add_up(later, whole - number):
            return (number, *rest)
    return ()
