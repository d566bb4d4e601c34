"""Whether a number may be one of a day, by what is counted on that day, reconciliation.md §4 and §9.

An undated number is set against what dated claims count on the days that it can mean. One that leaves all
of that by a factor recalls something else, or speaks of several days: a stage, a deal, a month. So a number
for one side that is more than all sides together, or for all sides together that is far more than what
each of them got.

A number that is of no single day may be one of several days in a row: of the shortest run of days whose
counts, added up, allow it.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from services.reconciliation.claims.interval import ANY, Interval, meet, plus
from services.reconciliation.claims.reading import Reading
from services.reconciliation.policy import Policy
from services.reconciliation.rules.collapse import GO_BETWEEN_TIER, OUTLET_TIER
from services.reconciliation.rules.neighbouring_days import Part


_DAY = timedelta(days=1)
#: Where outlets alone count a few people of a day, so many may come yet, whatever the factor.
HANDFUL = 10


class Counted(NamedTuple):
    """What several claims count.

    Attributes:
        around: The smallest interval around them; open only where one that is open starts above all that
            are not.
        most: The greatest number that is said.
    """

    around: Interval
    most: int


class DayCounts(NamedTuple):
    """What dated claims count on one day as a whole, of a side or of all together; null for nothing.

    Attributes:
        officials: What officials and go-betweens say.
        outlets: What outlets say.
    """

    officials: Counted | None
    outlets: Counted | None

    def for_tier(self, tier: int) -> Counted | None:
        """Return what a speaker of a tier is held against: an official against officials alone."""
        if self.officials is not None or tier < OUTLET_TIER:
            return self.officials
        return self.outlets


NO_COUNTS = DayCounts(None, None)


class CountedDays(Protocol):
    """What is counted on days."""

    @property
    def policy(self) -> Policy:
        """The constants."""

    @property
    def sides(self) -> Sequence[str]:
        """The sides' codes."""

    def counts_on(self, day: date, side: str) -> DayCounts:
        """Return what dated claims count on a day as a whole, of a side or of all sides together.

        The sums of several days are left out.
        """


def counted_whole(reading: Reading) -> tuple[tuple[str, bool], Interval] | None:
    """Return what a dated claim counts of its day: of whom, whether an official does, and how many."""
    if reading.whole is None or reading.modality != "asserted":
        return None
    side, interval = reading.whole
    return (side, reading.tier < OUTLET_TIER), interval


def counts_at_once(reading: Reading, day: date) -> bool:
    """Return whether a claim on a day's exchange, of no outlet's own, counted a whole that very day."""
    if reading.counted is None or reading.tier >= OUTLET_TIER:
        return False
    return reading.published_on is not None and reading.published_on <= day


def is_received(reading: Reading) -> bool:
    """Return whether an official of the side that people came back to speaks of them."""
    return reading.tier < OUTLET_TIER and reading.camp == reading.side


def told_at_once(reading: Reading) -> tuple[date, tuple[str, int]] | None:
    """Return on which day an undated claim of a side's official counts a whole, and what, null for any other."""
    if reading.counted is None or reading.tier >= OUTLET_TIER or reading.published_on is None:
        return None
    # They tell of it the day after: "the Red Cross said on Thursday".
    if reading.tier == GO_BETWEEN_TIER:
        return None
    return reading.published_on, reading.counted


def count_all(intervals: Iterable[Interval]) -> Counted | None:
    """Return what several claims count, null for none.

    >>> count_all([Interval(201, None), Interval(230, 230)])
    Counted(around=Interval(low=201, high=230), most=230)
    >>> count_all([Interval(701, None), Interval(484, 484)])
    Counted(around=Interval(low=484, high=None), most=701)
    """
    least: int | None = None
    greatest = least_open = -1
    for interval in intervals:
        low, high = interval.low, interval.high
        if least is None or low < least:
            least = low
        if high is None:
            least_open = max(least_open, low)
        else:
            greatest = max(greatest, high)
    if least is None:
        return None
    around = Interval(least, None if least_open > greatest else greatest)
    return Counted(around, max(greatest, least_open))


def are_near(one: int, other: int, policy: Policy) -> bool:
    """Return whether two numbers differ by little, of the greater one."""
    return abs(one - other) * 100 <= max(one, other) * policy.nearly_percent


def are_few(number: int, policy: Policy) -> bool:
    """Return whether so few are nearly as many only where they are as many: such numbers come again by chance."""
    return not number * policy.retold_nearly_percent // 100


def may_be_of_day(reading: Reading, day: date, known: CountedDays) -> bool:
    """Return whether a claim's number may be one of a day's exchange.

    Args:
        reading: The claim, with a whole number.
        day: The canonical day.
        known: What is counted on days.
    """
    assert reading.whole is not None, "parts are not set against wholes"
    side, interval = reading.whole
    number = interval.low if reading.value is None else reading.value
    factor = known.policy.background_factor
    counts = known.counts_on(day, side)
    own = counts.for_tier(reading.tier)
    if own is not None:
        is_below = interval.high is not None and number * factor < own.around.low
        room = HANDFUL if counts.officials is None else 0
        return not is_below and number <= max(factor * own.most, room)
    if side != "both":
        together = known.counts_on(day, "both").for_tier(OUTLET_TIER)
        return together is None or number <= together.most
    each = [known.counts_on(day, one).for_tier(OUTLET_TIER) for one in known.sides]
    counted = [one for one in each if one is not None]
    # Of a side that nobody counts, as many may have come back as of the others.
    most = sum(one.most for one in counted) * (1 if len(counted) == len(each) else len(each))
    least = sum(one.around.low for one in counted)
    is_below = interval.high is not None and number * factor < least
    return not counted or (not is_below and number <= factor * most)


def is_counted_on(reading: Reading, day: date, known: CountedDays) -> bool:
    """Return whether a claim's number is among what is counted on a day, between two ends."""
    assert reading.whole is not None, "parts are not set against wholes"
    side, interval = reading.whole
    own = known.counts_on(day, side).for_tier(reading.tier)
    return (
        own is not None and own.around.high is not None and meet(own.around, interval) is not None
    )


def is_counted_otherwise(reading: Reading, day: date, known: CountedDays) -> bool:
    """Return whether a claim's side is counted on a day, and a claim's number is none of the counts."""
    assert reading.whole is not None, "parts are not set against wholes"
    side, interval = reading.whole
    own = known.counts_on(day, side).for_tier(reading.tier)
    return own is not None and meet(own.around, interval) is None


def is_sum_of_sides(number: int, day: date, known: CountedDays) -> bool:
    """Return whether what officials, or what outlets, count of each side may add up to a number."""
    each = [known.counts_on(day, side) for side in known.sides]
    for counts in ([one.officials for one in each], [one.outlets for one in each]):
        added = Interval(0, 0)
        for counted in counts:
            added = plus(added, ANY if counted is None else counted.around)
        if added.holds(number) and any(counted is not None for counted in counts):
            return True
    return False


def find_run(reading: Reading, day: date, known: CountedDays) -> tuple[Part, ...]:
    """Return the days in a row, a day among them, whose counts together allow a number, none if none do.

    The shortest run is taken, then the earliest. A number that a single day allows is of that day.

    Args:
        reading: The claim, with a whole number.
        day: The canonical day.
        known: What is counted on days.
    """
    assert reading.whole is not None, "parts are not set against sums"
    _, number = reading.whole
    if may_be_of_day(reading, day, known):
        return ()
    counted: dict[int, Interval] = {}
    longest = known.policy.run_days_max
    for distances in (range(0, -longest, -1), range(1, longest)):
        for distance in distances:
            on = _counted_on(reading, day + distance * _DAY, known)
            if on is None:
                break
            counted[distance] = on
        if not counted:
            return ()
    first, last = min(counted), max(counted)
    for length in range(2, longest + 1):
        for start in range(max(first, 1 - length), min(0, last + 1 - length) + 1):
            days = range(start, start + length)
            added = Interval(0, 0)
            for one in days:
                added = plus(added, counted[one])
            if meet(added, number) is not None and added.low:
                return tuple(Part(day + one * _DAY, counted[one].low) for one in days)
    return ()


def _counted_on(reading: Reading, day: date, known: CountedDays) -> Interval | None:
    """Return what a claim's number would have to be made of on one day, null where nothing is counted."""
    assert reading.whole is not None, "parts are not set against sums"
    side, _ = reading.whole
    own = known.counts_on(day, side).for_tier(OUTLET_TIER)
    if own is not None:
        return close_floor(own, known.policy.background_factor)
    if side != "both":
        return None
    each = [known.counts_on(day, one).for_tier(OUTLET_TIER) for one in known.sides]
    if all(counted is None for counted in each):
        return None
    added = Interval(0, 0)
    # Of a side that nobody counts, as many may have come back as of the others.
    most = sum(counted.most for counted in each if counted is not None)
    for counted in each:
        one = (
            Interval(0, most)
            if counted is None
            else close_floor(counted, known.policy.background_factor)
        )
        added = plus(added, one)
    return added


def close_floor(counted: Counted, factor: int) -> Interval:
    """Return what is counted, a floor taken to be no factor below the number."""
    around = counted.around
    return Interval(around.low, factor * counted.most) if around.high is None else around
