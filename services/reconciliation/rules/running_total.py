"""Steps 9 to 11 of reconciliation.md §5 for running totals: like a ledger's balance assertions.

    total(t₂) − total(t₁) = exchanges in (t₁, t₂] + unlisted,   unlisted ≥ 0

Totals of one side and category form a series. The heaviest chain of totals that can all be true is
what later totals are tested against: a stale or mistyped total then fails by itself and drags no
other down. More people than the listed exchanges give is an incomplete ledger, not a conflict; fewer
is a failure, and is explained.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from schemas.events import Explanation
from services.reconciliation.interval import Interval, meet, plus, spell
from services.reconciliation.reading import Reading
from services.reconciliation.rules.sum_check import Count, Tested, compare, half_width


#: How many earlier totals a total is joined to when the chain is sought: bounds the cost on long
#: series, and no series names more wrong totals than this in a row.
LOOK_BACK = 40


class Contribution(NamedTuple):
    """What one exchange adds to the total of one side."""

    day: date
    exchange: str
    total: Count


class Total(NamedTuple):
    """A published total: its day, what it allows, its best number, and how well placed its speaker is."""

    day: date
    interval: Interval
    best: int
    tier: int


class Timeline:
    """The exchanges of one side in order of date, with their sums."""

    def __init__(self, contributions: Sequence[Contribution]) -> None:
        ordered = sorted(contributions)
        self.days = [contribution.day for contribution in ordered]
        self._ordered = ordered
        self._lows, self._bests, self._highs, self._opens = [0], [0], [0], [0]
        for _, _, count in ordered:
            self._lows.append(self._lows[-1] + count.interval.low)
            self._bests.append(self._bests[-1] + count.best)
            self._highs.append(self._highs[-1] + (count.interval.high or 0))
            self._opens.append(self._opens[-1] + (count.interval.high is None))

    def between(self, after: date | None, until: date) -> Count:
        """Add up the exchanges after a day (null: from the first) up to and including another."""
        start = 0 if after is None else bisect_right(self.days, after)
        end = max(start, bisect_right(self.days, until))
        is_open = self._opens[end] > self._opens[start]
        return Count(
            Interval(
                self._lows[end] - self._lows[start],
                None if is_open else self._highs[end] - self._highs[start],
            ),
            self._bests[end] - self._bests[start],
        )

    def one_of(self, after: date, until: date, number: int) -> Contribution | None:
        """Find an exchange in that time with exactly that number, null if there is none."""
        start, end = bisect_right(self.days, after), bisect_right(self.days, until)
        return next(
            (found for found in self._ordered[start:end] if found.total.best == number), None
        )

    def holds_any(self, after: date | None, until: date) -> bool:
        """Say whether there is an exchange in that time."""
        start = 0 if after is None else bisect_right(self.days, after)
        return bisect_right(self.days, until) > start


def find_chain(totals: Sequence[Total], timeline: Timeline) -> list[Total]:
    """Find the heaviest chain of totals that can all be true.

    A total weighs more the better its speaker is placed, and a step that closes to the person weighs
    as much again, so that two that agree outweigh one that does not.

    Args:
        totals: In order of day, one a day at most.
        timeline: The exchanges between them.
    """
    weights: list[float] = []
    before: list[int | None] = []
    for index, total in enumerate(totals):
        base = timeline.between(None, total.day).interval.low
        alone = _weight(total) if _reaches(total.interval, base) else -1.0
        best_weight, best_before = alone, None
        for earlier in range(max(0, index - LOOK_BACK), index):
            gain = _step(totals[earlier], total, timeline)
            if gain is not None and weights[earlier] + gain > best_weight:
                best_weight, best_before = weights[earlier] + gain, earlier
        weights.append(best_weight)
        before.append(best_before)
    if not totals:
        return []
    at: int | None = max(range(len(totals)), key=lambda index: (weights[index], -index))
    chain = []
    while at is not None:
        chain.append(totals[at])
        at = before[at]
    return chain[::-1]


def _weight(total: Total) -> float:
    return 1.0 / total.tier if total.interval.is_exact else 0.1 / total.tier


def _step(earlier: Total, later: Total, timeline: Timeline) -> float | None:
    """Give what a step adds to a chain, null if both totals cannot be true."""
    added = timeline.between(earlier.day, later.day)
    if not _reaches(later.interval, earlier.interval.low + added.interval.low):
        missing = earlier.best + added.best - later.best
        # A counter may leave one exchange out (a hand-over it counted before, or not as one).
        is_one_left_out = timeline.one_of(earlier.day, later.day, missing) is not None
        return _weight(later) if is_one_left_out else None
    closes = later.best - earlier.best == added.best and later.interval.is_exact
    return _weight(later) * (2 if closes else 1)


def _reaches(interval: Interval, low: int) -> bool:
    return interval.high is None or interval.high >= low


def expect(chain: Sequence[Total], timeline: Timeline, day: date) -> Count | None:
    """Give what the total of a day should be: the last sound total before it, plus exchanges since.

    Null where the ledger holds nothing before that day. With no earlier total the sum of the listed
    exchanges is a lower bound: unlisted ones may exist.
    """
    anchor = _anchor(chain, day)
    added = timeline.between(anchor.day if anchor else None, day)
    if anchor is not None:
        return Count(plus(anchor.interval, added.interval), anchor.best + added.best)
    if not timeline.holds_any(None, day):
        return None
    return Count(Interval(added.interval.low, None), added.best)


def check_total(reading: Reading, chain: Sequence[Total], timeline: Timeline, day: date) -> Tested:
    """Test one claimed total against the chain."""
    expected = expect(chain, timeline, day)
    if expected is None or reading.tested is None:
        return compare(reading, None)
    arithmetic = _arithmetic(reading, chain, timeline, day)
    follows = next((total for total in chain if total.day > day), None)
    tested = compare(reading, expected)
    if tested.result != "fail" or tested.got is None:
        return tested._replace(explanations=arithmetic)
    excess = tested.got - expected.best
    is_on_chain = any(
        total.day == day and meet(total.interval, reading.tested) is not None for total in chain
    )
    if excess > 0 and is_on_chain:
        sentence = f"{excess} came back otherwise than by the exchanges listed here"
        return tested._replace(
            result="within",
            explanations=(Explanation(code="ledger_incomplete", text=sentence), *arithmetic),
        )
    anchor = _anchor(chain, day)
    found = [
        *_left_out(expected.best - tested.got, anchor, timeline, day),
        *_stale(tested.got, expected.best, chain, timeline, day),
        *_transposed(tested.got, expected.best),
        *_overshot(tested.got, expected.best, timeline, day, follows),
    ]
    if half_width(reading) and not found:
        sentence = f"a round number, {abs(excess)} off"
        found.append(Explanation(code="rounded", text=sentence))
    return tested._replace(explanations=(*found, *arithmetic), radius=(f"total = {expected.best}",))


def _anchor(chain: Sequence[Total], day: date) -> Total | None:
    return next((total for total in reversed(chain) if total.day < day), None)


def _arithmetic(
    reading: Reading, chain: Sequence[Total], timeline: Timeline, day: date
) -> tuple[Explanation, ...]:
    """Write a test out: this total less the exchanges since the last one, beside that one."""
    anchor = _anchor(chain, day)
    if anchor is None or reading.value is None:
        return ()
    added = timeline.between(anchor.day, day).best
    sentence = (
        f"{reading.value} − {added} = {reading.value - added}; "
        f"the total of {anchor.day.isoformat()} is {spell(anchor.interval)}"
    )
    return (Explanation(code="arithmetic", text=sentence),)


def _left_out(
    missing: int, anchor: Total | None, timeline: Timeline, day: date
) -> Iterator[Explanation]:
    left_out = timeline.one_of(anchor.day, day, missing) if anchor and missing > 0 else None
    if left_out is not None:
        sentence = f"the {missing} of {left_out.exchange} are not counted in it"
        yield Explanation(code="exchange_left_out", text=sentence)


def _stale(
    got: int, expected: int, chain: Sequence[Total], timeline: Timeline, day: date
) -> Iterator[Explanation]:
    stale = _stale_since(got, chain, timeline, day)
    if stale is not None:
        sentence = f"{got} was the total of {stale.isoformat()}, {expected - got} fewer than now"
        yield Explanation(code="stale_total", text=sentence)


def _transposed(got: int, expected: int) -> Iterator[Explanation]:
    written, meant = str(got), str(expected)
    places = [
        index
        for index, (one, other) in enumerate(zip(written, meant, strict=False))
        if one != other
    ]
    if len(written) == len(meant) and len(places) == 2:  # noqa: PLR2004  two digits changed places
        first, second = places
        if written[first] == meant[second] and written[second] == meant[first]:
            sentence = f"{got} is {expected} with two digits in each other's place"
            yield Explanation(code="digits_transposed", text=sentence)


def _overshot(
    got: int, expected: int, timeline: Timeline, day: date, follows: Total | None
) -> Iterator[Explanation]:
    if follows is None or got <= expected:
        return
    room = follows.best - timeline.between(day, follows.day).best
    if got > room:
        sentence = f"the total of {follows.day.isoformat()}, {follows.best}, leaves room for {room}"
        yield Explanation(code="later_total_leaves_less", text=sentence)


def _stale_since(got: int, chain: Sequence[Total], timeline: Timeline, day: date) -> date | None:
    """Find the last earlier day whose total this was."""
    for earlier in reversed([known for known in timeline.days if known < day]):
        known = expect([total for total in chain if total.day <= earlier], timeline, earlier)
        on_day = next((total for total in chain if total.day == earlier), None)
        if (on_day is not None and on_day.best == got) or (known is not None and known.best == got):
            return earlier
    for total in reversed(chain):
        if total.day < day and total.best == got:
            return total.day
    return None
