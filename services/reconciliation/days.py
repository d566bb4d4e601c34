"""What the claims that state a day say of that day, and what follows for days side by side.

Two things show only when neighbouring days are held beside each other (reconciliation.md §4):

* A reporter's date is one day off. Then everything exact that is said of one day is said of the day
  beside it too, by more speakers: the first is an *echo* of the second. Two days whose counters give
  them different ordinals are two exchanges, however equal.
* One exchange takes several days, and some speak of it as a whole: 900 = 350 + 300 + 250. A number
  that is the sum of what officials count on successive days, one of them the day it is said of, is no
  count of that day.

Only distinct statements and distinct speakers weigh, so that a copied quote changes nothing.

Claims that state no day, or are not in force, are no part of this, but what they mean may hang on it:
whoever asks about a day on behalf of one is told when the answer may have changed.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TypeVar

from services.reconciliation.policy import Policy
from services.reconciliation.reading import ClaimKey, Reading
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.neighbouring_days import Part, SideCount
from services.shelf import Shelf


Key = TypeVar("Key")


class _Day:
    """The claims in force that state one day."""

    __slots__ = ("claims", "figures", "officials", "ordinals", "speakers")

    def __init__(self) -> None:
        self.claims: set[ClaimKey] = set()
        self.speakers: dict[str, int] = {}
        self.figures: dict[SideCount, set[ClaimKey]] = {}
        self.officials: dict[str, dict[int, int]] = {}
        self.ordinals: dict[tuple[str, int], int] = {}


class Days:
    """All days that claims in force state; inside, a day is its ordinal in the calendar."""

    def __init__(self, policy: Policy) -> None:
        self._run_days_max = policy.run_days_max
        self._background_factor = policy.background_factor
        self._days: Shelf[int, _Day] = Shelf(8)
        self._alike: set[tuple[int, int]] = set()
        self._homes: dict[int, int] = {}
        self._askers: dict[int, dict[ClaimKey, SideCount | None]] = {}

    def __contains__(self, day: date) -> bool:
        """Say whether a claim states a day."""
        return day.toordinal() in self._days

    def put(self, reading: Reading, day: date) -> set[ClaimKey]:
        """Count a claim on a day; give the claims that may mean something else now."""
        at = day.toordinal()
        here = self._days.get(at)
        if here is None:
            here = self._days[at] = _Day()
        here.claims.add(reading.key)
        is_new = _more(here.speakers, reading.voice)
        if reading.stated_ordinal is not None:
            is_new |= _more(here.ordinals, (reading.counter, reading.stated_ordinal))
        counted = reading.counted
        is_news_to_sums = False
        if counted is not None:
            side, number = counted
            claims = here.figures.setdefault(counted, set())
            is_new |= not claims
            claims.add(reading.key)
            if reading.tier < OUTLET_TIER:
                officials = here.officials.setdefault(side, {})
                is_news_to_sums = _more(officials, number)
        return self._follow(at, counted if is_news_to_sums else None, is_new=is_new)

    def remove(self, reading: Reading, day: date) -> set[ClaimKey]:
        """Count a claim on a day no longer; give the claims that may mean something else now."""
        at = day.toordinal()
        here = self._days[at]
        here.claims.remove(reading.key)
        is_gone = _less(here.speakers, reading.voice)
        if reading.stated_ordinal is not None:
            is_gone |= _less(here.ordinals, (reading.counter, reading.stated_ordinal))
        counted = reading.counted
        is_news_to_sums = False
        if counted is not None:
            side, number = counted
            here.figures[counted].discard(reading.key)
            if not here.figures[counted]:
                is_gone = True
                del here.figures[counted]
            if reading.tier < OUTLET_TIER:
                is_news_to_sums = _less(here.officials[side], number)
                if not here.officials[side]:
                    del here.officials[side]
        if not here.claims:
            del self._days[at]
        return self._follow(at, counted if is_news_to_sums else None, is_new=is_gone)

    def is_plain(self, reading: Reading, day: date) -> bool:
        """Say whether a claim on a day means that day, and nothing but that day."""
        at = day.toordinal()
        self._ask(reading, at)
        if at in self._homes:
            return False
        counted = reading.counted
        officials = (
            self._days[at].officials.get(counted[0]) if counted and at in self._days else None
        )
        return counted is None or officials is None or min(officials) >= counted[1]

    def home_of(self, reading: Reading, day: date) -> date:
        """Give the day that a claim on a day means: the day itself, or the one it is an echo of."""
        at = day.toordinal()
        self._ask(reading, at)
        home = self._homes.get(at)
        return day if home is None else date.fromordinal(home)

    def is_out_of_place(self, reading: Reading, day: date) -> bool:
        """Say whether a number is far from everything that officials count on a day.

        More than so many times as many, or less than that part of them (`background_factor` of the
        policy): such a number recalls something else.
        """
        at = day.toordinal()
        self._ask(reading, at)
        here = self._days.get(at)
        counted = reading.counted
        if here is None or counted is None:
            return False
        side, number = counted
        officials = here.officials.get(side)
        factor = self._background_factor
        return officials is not None and not (
            min(officials) <= factor * number and number <= factor * max(officials)
        )

    def parts_of(self, reading: Reading, day: date) -> tuple[Part, ...]:
        """Give the days' counts that a claimed number of one day is the sum of, none if it is not.

        The shortest run of days that fits is taken, then the earliest, then the greater first part.
        """
        counted = reading.counted
        if counted is None:
            return ()
        at = day.toordinal()
        self._ask(reading, at)
        here = self._less_than(at, *counted)
        if not here:
            return ()
        room = counted[1] - here[0]
        first = at - self._reach(at, counted, room, -1)
        last = at + self._reach(at, counted, room, 1)
        for length in range(2, self._run_days_max + 1):
            for start in range(max(first, at - length + 1), min(at, last - length + 1) + 1):
                numbers = [self._less_than(start + ahead, *counted) for ahead in range(length)]
                parts = _add_up(numbers, counted[1])
                if parts:
                    return tuple(
                        Part(date.fromordinal(start + ahead), number)
                        for ahead, number in enumerate(parts)
                    )
        return ()

    def _ask(self, reading: Reading, at: int) -> None:
        """Note that what a claim means hangs on a day, unless it is part of it."""
        here = self._days.get(at)
        if here is None or reading.key not in here.claims:
            self._askers.setdefault(at, {})[reading.key] = reading.counted

    def _reach(self, at: int, counted: SideCount, room: int, step: int) -> int:
        """Count the successive days beside a day whose least counts together leave room."""
        length = 0
        while length < self._run_days_max - 1:
            numbers = self._less_than(at + step * (length + 1), *counted)
            if not numbers or numbers[0] > room:
                break
            room -= numbers[0]
            length += 1
        return length

    def _less_than(self, at: int, side: str, whole: int) -> list[int]:
        """Give what officials count on a day that is less than a number, in order."""
        here = self._days.get(at)
        if here is None or at in self._homes or side not in here.officials:
            return []
        return sorted(number for number in here.officials[side] if number < whole)

    def _follow(self, at: int, counted: SideCount | None, *, is_new: bool) -> set[ClaimKey]:
        """Work out what a changed day changes about itself and the days around."""
        woken: set[ClaimKey] = set()
        if is_new and self._is_beside_alike(at):
            for moved in self._settle_homes(at):
                for near in _around(moved, self._run_days_max):
                    woken.update(self._askers.get(near, ()))
                    if near in self._days:
                        woken.update(self._days[near].claims)
        if counted is not None:
            woken.update(self._leaning_on(at, *counted))
        return woken

    def _leaning_on(self, at: int, side: str, number: int) -> Iterator[ClaimKey]:
        """Give the claims whose number may be held against an official count of a day."""
        for near in _around(at, self._run_days_max):
            for key, asked in self._askers.get(near, {}).items():
                if asked is not None and asked[0] == side and (near == at or asked[1] > number):
                    yield key
            here = self._days.get(near)
            officials = here.officials.get(side) if here else None
            if here is None or not officials:
                continue
            # What is said of an echo is tested on the day it is an echo of.
            least = 0 if near == at or near in self._homes else min(officials)
            for (of, whole), claims in here.figures.items():
                if of == side and whole > number and whole - number >= least:
                    yield from claims

    def _is_beside_alike(self, at: int) -> bool:
        """Compare a day with the days beside it; say whether one is, or was, like another."""
        is_any = False
        for beside in (at - 1, at + 1):
            for pair in ((at, beside), (beside, at)):
                was_alike = pair in self._alike
                if self._are_alike(*pair):
                    self._alike.add(pair)
                    is_any = True
                elif was_alike:
                    self._alike.discard(pair)
                    is_any = True
        return is_any

    def _are_alike(self, at: int, other: int) -> bool:
        """Say whether all that is counted on a day is counted on another one too."""
        here, there = self._days.get(at), self._days.get(other)
        return (
            here is not None
            and there is not None
            and bool(here.figures)
            and here.figures.keys() <= there.figures.keys()
            and not _are_numbered_apart(here, there)
        )

    def _settle_homes(self, at: int) -> set[int]:
        """Find the homes of a day and its neighbours anew; give the days whose home changed."""
        moved: set[int] = set()
        for near in range(at - 2, at + 3):
            home = self._find_home(near)
            if home != self._homes.get(near):
                moved.add(near)
                if home is None:
                    del self._homes[near]
                else:
                    self._homes[near] = home
        return moved

    def _find_home(self, at: int) -> int | None:
        """Give the day that a day is an echo of, null if it is none."""
        for other in (at - 1, at + 1):
            beyond = 2 * other - at
            if self._is_echo(at, other) and not self._is_echo(other, beyond):
                return other
        return None

    def _is_echo(self, at: int, other: int) -> bool:
        """Say whether a day is like another one of which more speakers speak, or as many before."""
        if (at, other) not in self._alike:
            return False
        here, there = len(self._days[at].speakers), len(self._days[other].speakers)
        return other < at if here == there else here < there


def _are_numbered_apart(one: _Day, other: _Day) -> bool:
    """Say whether a counter gives two days different ordinals, and none in common."""
    if not one.ordinals or not other.ordinals:
        return False
    both = {counter for counter, _ in one.ordinals} & {counter for counter, _ in other.ordinals}
    in_common = {counter for counter, _ in one.ordinals.keys() & other.ordinals.keys()}
    return bool(both - in_common)


def _add_up(days: Sequence[Sequence[int]], whole: int) -> tuple[int, ...]:
    """Choose one of each day's numbers, in order, so that they make a whole; none if no choice does."""
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


def _around(at: int, run_days_max: int) -> range:
    """Give the days that one exchange may take together with a day, or with an echo of it."""
    return range(at - run_days_max, at + run_days_max + 1)


def _more(counts: dict[Key, int], what: Key) -> bool:
    """Count one more; say if it is the first."""
    known = counts.get(what, 0)
    counts[what] = known + 1
    return not known


def _less(counts: dict[Key, int], what: Key) -> bool:
    """Count one less; say if it was the last."""
    if counts[what] > 1:
        counts[what] -= 1
        return False
    del counts[what]
    return True
