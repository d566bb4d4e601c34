"""Which of a side's published totals can all be true, reconciliation.md §5 step 9.

The sound totals are the bases of a series: what it is on a later day is the last of them plus the
exchanges since. They are the heaviest chain of totals that never falls. A total weighs more the better its
speaker is placed, and a step that closes to the person weighs as much again, so that two that agree
outweigh one that does not.

* An exact total of an official of the side that people come back to is firm. It is a base even where the
  exchanges since the last one make more than it says: then the exchanges are in doubt, not the total, and
  such a step weighs less. It is none where it repeats the total of an earlier day, before the last
  exchanges: it is stale.
* Any other total is a base only before the first firm one, and only where it knows of more people than
  the exchanges listed.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Protocol

import msgspec

from services.reconciliation.claims.interval import Interval, plus
from services.reconciliation.policy import Policy
from services.reconciliation.rules.sum_check import Count


class Contribution(msgspec.Struct, frozen=True, gc=False):
    """What one exchange adds to the total of one side."""

    day: date
    exchange: str
    total: Count


class Total(msgspec.Struct, frozen=True, gc=False):
    """A published total: its day, what it allows, its best number, and how well placed its speaker is."""

    day: date
    interval: Interval
    best: int
    tier: int

    def is_firm(self, policy: Policy) -> bool:
        """Return whether it is an exact count by an official of the side that people come back to."""
        return self.interval.is_exact and self.tier <= policy.counting_tier


class ExchangesOfSide(Protocol):
    """The counted exchanges of one series, in order of day."""

    def between(self, after: date | None, until: date) -> Count:
        """Return the sum of those after a day (null: from the first) up to and including another."""

    def count(self, after: date | None, until: date) -> int:
        """Return how many there are in that time."""

    def holds_any(self, after: date | None, until: date) -> bool:
        """Return whether there is one in that time."""

    def one_of(self, after: date, until: date, number: int) -> Contribution | None:
        """Return the first in that time with exactly that number, null if there is none."""

    def latest(self, after: date | None, until: date, number: int) -> Sequence[Contribution]:
        """Return the last so many in that time, in order of day."""

    def last_before(self, day: date) -> date | None:
        """Return the last day before a day that has one, null for none."""

    def last_with(self, best: int, *, after: date | None, until: date) -> date | None:
        """Return the last day of a time on which those of that time made so many, null for none."""


class SoundTotals:
    """The sound totals of a series, in order of day.

    Attributes:
        links: The totals.
        reached: The greatest total that was true on any day up to each link's.
    """

    def __init__(self) -> None:
        self.links: list[Total] = []
        self.reached: list[int] = []

    def until(self, day: date) -> int:
        """Return how many there are before a day."""
        return bisect_left(self.links, day, key=day_of)

    def anchor(self, day: date) -> Total | None:
        """Return the last one before a day, null for none."""
        index = self.until(day)
        return self.links[index - 1] if index else None

    def append(self, link: Total, exchanges: ExchangesOfSide) -> None:
        """Add the next one."""
        before = self.links[-1] if self.links else None
        added = exchanges.between(before.day if before else None, link.day).best
        known = self.reached[-1] if self.reached else 0
        self.links.append(link)
        self.reached.append(max(known, link.best, (before.best if before else 0) + added))


class Weight(msgspec.Struct, frozen=True, gc=False):
    """What the heaviest chain weighs that ends with a total, and the place of the total before it."""

    weight: float
    before: int | None


def find_sound_totals(
    totals: Sequence[Total], exchanges: ExchangesOfSide, policy: Policy
) -> SoundTotals:
    """Return the totals that the others are tested against.

    Args:
        totals: The totals of a series, one a day, in order of day.
        exchanges: The exchanges between them.
        policy: The constants.
    """
    weights: list[Weight] = []
    for place in range(len(totals)):
        weights.append(weigh(totals, weights, place, exchanges, policy))
    # What weighs nothing is no base.
    bases = [place for place, known in enumerate(weights) if known.weight > 0]
    at = max(bases, key=lambda place: (weights[place].weight, -place), default=None)
    chain: list[Total] = []
    while at is not None:
        chain.insert(0, totals[at])
        at = weights[at].before
    sound = SoundTotals()
    for link in chain:
        sound.append(link, exchanges)
    return sound


def weigh(
    totals: Sequence[Total],
    weights: Sequence[Weight],
    place: int,
    exchanges: ExchangesOfSide,
    policy: Policy,
) -> Weight:
    """Return the heaviest chain that ends with a total: alone, or after one of those before it.

    Args:
        totals: The totals of a series in order of day.
        weights: What the earlier ones weigh.
        place: The total's place among them.
        exchanges: The exchanges between them.
        policy: The constants.
    """
    total = totals[place]
    own = _own_weight(total, policy)
    alone = _step(None, total, exchanges, policy)
    best = Weight(-1.0 if alone is None else own * alone, None)
    # From the last one back, since chains grow heavier: the others are weighed too light at once. Of
    # equals the earliest is taken.
    for earlier in range(place - 1, max(0, place - policy.totals_back_max) - 1, -1):
        known = weights[earlier].weight
        if known < 0 or known + own * policy.closing_weight < best.weight:
            continue
        times = _step(totals[earlier], total, exchanges, policy)
        if times is None:
            continue
        found = known + own * times
        if found > best.weight or (found == best.weight and best.before is not None):
            best = Weight(found, earlier)
    return best


def day_of(total: Total) -> date:
    """Return a total's day."""
    return total.day


def _own_weight(total: Total, policy: Policy) -> float:
    return (1.0 if total.is_firm(policy) else policy.inexact_weight) / total.tier


def _step(
    earlier: Total | None, later: Total, exchanges: ExchangesOfSide, policy: Policy
) -> float | None:
    """Return how many times a step adds its total's weight, null if the later one is no base after it.

    Args:
        earlier: The total before it in the chain, null for none.
        later: The total.
        exchanges: The exchanges between.
        policy: The constants.
    """
    added = exchanges.between(earlier.day if earlier else None, later.day)
    expected = (earlier.best if earlier else 0) + added.best
    if not later.is_firm(policy):
        # What is vaguer than the sum, or no official's, is a base only where it knows of more people.
        may_follow = earlier is None or not earlier.is_firm(policy)
        return 1.0 if may_follow and later.interval.low > expected else None
    if later.best == expected:
        return policy.closing_weight if earlier else 1.0
    allowed = plus(earlier.interval, added.interval) if earlier else added.interval
    if later.best > expected or allowed.holds(later.best):
        return 1.0
    if earlier is not None and (later.best < earlier.best or _is_stale(earlier, later, exchanges)):
        return None
    after = earlier.day if earlier else date.min
    # A counter may leave one exchange out (a hand-over it counted before, or not as one).
    is_one_left_out = exchanges.one_of(after, later.day, expected - later.best) is not None
    return 1.0 if is_one_left_out else policy.excess_weight


def _is_stale(earlier: Total, later: Total, exchanges: ExchangesOfSide) -> bool:
    """Return whether a total is the one of a day before the last exchanges that it should count."""
    last = exchanges.last_before(later.day + timedelta(days=1))
    if last is None or last <= earlier.day:
        return False
    if later.best == earlier.best:
        return exchanges.between(earlier.day, later.day).best > 0
    before = last - timedelta(days=1)
    since = later.best - earlier.best
    return exchanges.last_with(since, after=earlier.day, until=before) is not None


def closes_around(before: Total, later: Total, exchanges: ExchangesOfSide) -> Contribution | None:
    """Return the one exchange between two exact totals that differ by just its number, null for none."""
    if not (before.interval.is_exact and later.interval.is_exact):
        return None
    if exchanges.count(before.day, later.day) != 1:
        return None
    return exchanges.one_of(before.day, later.day, later.best - before.best)
