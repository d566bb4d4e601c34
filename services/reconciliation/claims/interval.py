"""Intervals of whole numbers, and what each bound means as one (reconciliation.md §2).

An interval is what a claim allows: every count in it can be true together with the claim. `high`
null is open.
"""

from typing import Protocol

import msgspec

from schemas.claim import Bound
from services.reconciliation.policy import Policy


class Interval(msgspec.Struct, frozen=True, gc=False):
    """All whole numbers from `low` to `high`, both included; `high` null is open."""

    low: int
    high: int | None

    @property
    def is_exact(self) -> bool:
        """Whether one number alone is in it."""
        return self.low == self.high

    def holds(self, number: int) -> bool:
        """Return whether a number is in it."""
        return self.low <= number and (self.high is None or number <= self.high)


class StatedQuantity(Protocol):
    """How many, and how exactly it was said, as in a claim."""

    @property
    def bound(self) -> Bound: ...  # noqa: D102

    @property
    def value(self) -> int | None: ...  # noqa: D102

    @property
    def low(self) -> int | None: ...  # noqa: D102

    @property
    def high(self) -> int | None: ...  # noqa: D102

    @property
    def so_far(self) -> bool | None: ...  # noqa: D102


#: Nobody, and no one else.
NOBODY = Interval(0, 0)
#: Nothing is known.
ANY = Interval(0, None)


def meet(one: Interval, other: Interval) -> Interval | None:
    """Return what both allow, null if nothing.

    >>> meet(Interval(201, None), Interval(230, 230))
    Interval(low=230, high=230)
    >>> meet(Interval(0, 200), Interval(230, 230)) is None
    True
    """
    if one == other:
        return one
    low = max(one.low, other.low)
    high = one.high
    if high is None or (other.high is not None and other.high < high):
        high = other.high
    return None if high is not None and high < low else Interval(low, high)


def hull(one: Interval, other: Interval) -> Interval:
    """Return the smallest interval around both.

    >>> hull(Interval(195, 195), Interval(207, 207))
    Interval(low=195, high=207)
    """
    open_ended = one.high is None or other.high is None
    return Interval(
        min(one.low, other.low), None if open_ended else max(one.high or 0, other.high or 0)
    )


def plus(one: Interval, other: Interval) -> Interval:
    """Add what two allow.

    >>> plus(Interval(230, None), Interval(248, 248))
    Interval(low=478, high=None)
    """
    open_ended = one.high is None or other.high is None
    return Interval(
        one.low + other.low, None if open_ended else (one.high or 0) + (other.high or 0)
    )


def spell(interval: Interval) -> str:
    """Write an interval for people.

    >>> [spell(interval) for interval in (Interval(5, 5), Interval(201, None), Interval(2, 4))]
    ['5', '201 or more', '2 to 4']
    """
    if interval.is_exact:
        return str(interval.low)
    return (
        f"{interval.low} or more" if interval.high is None else f"{interval.low} to {interval.high}"
    )


def least(one: int | None, other: int | None) -> int | None:
    """Return the smaller of two upper limits, null being none."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def distance(one: Interval, other: Interval) -> int:
    """Return how far apart two intervals are, 0 if they meet.

    >>> distance(Interval(439, 457), Interval(478, None))
    21
    """
    if one.high is not None and one.high < other.low:
        return other.low - one.high
    if other.high is not None and other.high < one.low:
        return one.low - other.high
    return 0


def granularity(value: int) -> int:
    """Return the largest power of ten that divides a number; 1 for 0.

    >>> [granularity(value) for value in (448, 2600, 1000, 0)]
    [1, 100, 1000, 1]
    """
    power = 1
    while value and value % (power * 10) == 0:
        power *= 10
    return power


def interval_of(quantity: StatedQuantity, policy: Policy) -> Interval | None:
    """Return what a quantity allows, null for one that was withheld.

    >>> from schemas.claim import Quantity
    >>> from services.reconciliation.policy import LATEST_POLICY
    >>> interval_of(Quantity(bound="more_than", value=200), LATEST_POLICY)
    Interval(low=201, high=None)
    >>> interval_of(Quantity(bound="about", value=2600), LATEST_POLICY)
    Interval(low=2548, high=2652)
    >>> interval_of(Quantity(bound="about", value=448), LATEST_POLICY)
    Interval(low=439, high=457)
    >>> interval_of(Quantity(bound="nearly", value=2800), LATEST_POLICY)
    Interval(low=2700, high=2799)

    While people are still coming, a count is the least there will be:

    >>> interval_of(Quantity(bound="exact", value=70, so_far=True), LATEST_POLICY)
    Interval(low=70, high=None)

    Source: reconciliation.md §2.
    """
    found = _as_worded(quantity, policy)
    return Interval(found.low, None) if found is not None and quantity.so_far else found


def _as_worded(  # noqa: C901  one case for each bound of the contract
    quantity: StatedQuantity, policy: Policy
) -> Interval | None:
    value = quantity.value or 0
    found: Interval | None
    match quantity.bound:
        case "exact":
            found = Interval(value, value)
        case "at_least":
            found = Interval(value, None)
        case "more_than":
            found = Interval(value + 1, None)
        case "at_most":
            found = Interval(0, value)
        case "less_than":
            found = Interval(0, value - 1)
        case "about":
            reach = max(granularity(value) // 2, -(-value * policy.about_percent // 100))
            found = Interval(max(0, value - reach), value + reach)
        case "nearly":
            found = Interval(max(0, value - granularity(value)), max(0, value - 1))
        case "range":
            found = Interval(quantity.low or 0, quantity.high)
        case "vague":
            found = Interval(_vague_floor(quantity, policy), None)
        case "undisclosed":
            found = None
    return found


def _vague_floor(quantity: StatedQuantity, policy: Policy) -> int:
    # "Tens", "dozens", "hundreds", "thousands" arrive coded by their number; a number between two
    # means at least the smaller word.
    floors = [floor for floor in policy.vague_floors if floor <= (quantity.value or 0)]
    return max(floors, default=min(policy.vague_floors) if quantity.value is None else 1)
