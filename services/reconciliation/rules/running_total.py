"""Steps 9 to 11 of reconciliation.md §5 for running totals: like a ledger's balance assertions.

    total(t₂) − total(t₁) = exchanges in (t₁, t₂] + unlisted,   unlisted ≥ 0

Totals of one side and category form a series. Later totals are tested against the sound ones among
those before them (`sound_totals`): a stale or mistyped total then fails by itself and drags no other
down. More people than the listed exchanges give is an incomplete ledger, not a conflict, unless a later
sound total leaves no room for them; fewer is a failure, and is explained: of the total, or, where it is
sound itself, of the exchanges since the sound one before it, the likeliest named first.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta

from msgspec.structs import replace

from schemas.decisions import Explanation
from services.reconciliation.claims.interval import Interval, meet, plus, spell
from services.reconciliation.claims.reading import Reading
from services.reconciliation.policy import Policy
from services.reconciliation.rules.sound_totals import (
    ExchangesOfSide,
    SoundTotals,
    Total,
    day_of,
    rounds_down,
)
from services.reconciliation.rules.sum_check import Count, Tested, compare, half_width
from services.reconciliation.rules.transposed import are_transposed


#: How many exchanges are named where exchanges make more than a total, at most.
EXCHANGES_NAMED_MAX = 3


def expect(sound: SoundTotals, exchanges: ExchangesOfSide, day: date) -> Count | None:
    """Return what the total of a day should be: the last sound total before it, plus exchanges since.

    Null where the ledger holds nothing before that day. With no earlier total the sum of the listed
    exchanges is a lower bound: unlisted ones may exist.
    """
    anchor = sound.anchor(day)
    added = exchanges.between(anchor.day if anchor else None, day)
    if anchor is not None:
        return Count(plus(anchor.interval, added.interval), anchor.best + added.best)
    if not exchanges.holds_any(None, day):
        return None
    return Count(Interval(added.interval.low, None), added.best)


def check_total(
    reading: Reading, sound: SoundTotals, exchanges: ExchangesOfSide, day: date, policy: Policy
) -> Tested:
    """Test one claimed total against the sound ones before it."""
    expected = expect(sound, exchanges, day)
    if expected is None or reading.tested is None:
        return compare(reading, None)
    arithmetic = _arithmetic(reading, sound, exchanges, day)
    links = sound.links
    after = bisect_right(links, day, key=day_of)
    follows = links[after] if after < len(links) else None
    tested = compare(reading, expected)
    if tested.result != "fail" or tested.got is None:
        return replace(tested, explanations=arithmetic)
    excess = tested.got - expected.best
    if rounds_down(tested.got, expected.best, policy):
        sentence = f"a round number, {-excess} off"
        rounded = Explanation(code="rounded", text=sentence)
        return replace(tested, result="within", explanations=(rounded, *arithmetic))
    here = links[after - 1] if after and links[after - 1].day == day else None
    is_sound = here is not None and meet(here.interval, reading.tested) is not None
    slips = (
        *_transposed(tested.got, expected.best),
        *_overshot(tested.got, expected.best, exchanges, day, follows),
    )
    if excess > 0 and (is_sound or not slips):
        sentence = f"{excess} came back otherwise than by the exchanges listed here"
        return replace(
            tested,
            result="within",
            explanations=(Explanation(code="ledger-incomplete", text=sentence), *arithmetic),
        )
    anchor = sound.anchor(day)
    if is_sound:
        doubted = (
            *_left_out(-excess, anchor, exchanges, day),
            *_doubted(-excess, anchor, exchanges, day),
        )
        return replace(tested, explanations=(*doubted, *arithmetic))
    missing = expected.best - tested.got
    found = [
        *_left_out(missing, anchor, exchanges, day),
        *_stale(tested.got, expected.best, sound, exchanges, day),
    ] or list(_left_out_before(missing, anchor, exchanges))
    found += slips
    if half_width(reading) and not found:
        sentence = f"a round number, {abs(excess)} off"
        found.append(Explanation(code="rounded", text=sentence))
    return replace(tested, explanations=(*found, *arithmetic), radius=(f"total = {expected.best}",))


def check_window(reading: Reading, exchanges: ExchangesOfSide) -> Tested:
    """Test the total of a window of time against the exchanges inside it alone."""
    assert reading.since is not None, "a total without a start is of the series"
    assert reading.as_of is not None, "a total without a day is not tested"
    before = reading.since - timedelta(days=1)
    if not exchanges.holds_any(before, reading.as_of):
        return compare(reading, None)
    inside = exchanges.between(before, reading.as_of)
    # Exchanges that are not listed may have been counted: the sum is a lower bound.
    return compare(reading, Count(Interval(inside.interval.low, None), inside.best))


def _arithmetic(
    reading: Reading, sound: SoundTotals, exchanges: ExchangesOfSide, day: date
) -> tuple[Explanation, ...]:
    """Write a test out: this total less the exchanges since the last one, beside that one."""
    anchor = sound.anchor(day)
    if anchor is None or reading.value is None:
        return ()
    added = exchanges.between(anchor.day, day).best
    sentence = (
        f"{reading.value} − {added} = {reading.value - added}; "
        f"the total of {anchor.day.isoformat()} is {spell(anchor.interval)}"
    )
    return (Explanation(code="arithmetic", text=sentence),)


def _left_out(
    missing: int, anchor: Total | None, exchanges: ExchangesOfSide, day: date
) -> Iterator[Explanation]:
    left_out = exchanges.one_of(anchor.day, day, missing) if anchor and missing > 0 else None
    if left_out is not None:
        sentence = f"the {missing} of {left_out.exchange} are not counted in it"
        yield Explanation(code="exchange-left-out", text=sentence)


def _left_out_before(
    missing: int, anchor: Total | None, exchanges: ExchangesOfSide
) -> Iterator[Explanation]:
    """Name the one exchange with just the missing number that was counted in the sound total before."""
    if anchor is None or missing <= 0:
        return
    known = exchanges.one_of(date.min, anchor.day, missing)
    if known is not None and exchanges.one_of(known.day, anchor.day, missing) is None:
        sentence = f"the {missing} of {known.exchange} are not counted in it"
        yield Explanation(code="exchange-left-out", text=sentence)


def _doubted(
    excess: int, anchor: Total | None, exchanges: ExchangesOfSide, day: date
) -> Iterator[Explanation]:
    """Name the exchanges that make more than a sound total says: first those that do so by themselves."""
    between = exchanges.latest(anchor.day if anchor else None, day, EXCHANGES_NAMED_MAX)
    for known in sorted(between, key=lambda known: (abs(known.total.best - excess), known.day)):
        sentence = (
            f"the exchanges since make {excess} more than the total: "
            f"{known.total.best} of {known.exchange} may be counted twice or not be counted in it"
        )
        yield Explanation(code="exchanges-exceed-total", text=sentence)


def _stale(
    got: int, expected: int, sound: SoundTotals, exchanges: ExchangesOfSide, day: date
) -> Iterator[Explanation]:
    stale = _stale_since(got, sound, exchanges, day)
    if stale is not None:
        sentence = f"{got} was the total of {stale.isoformat()}, {expected - got} fewer than now"
        yield Explanation(code="stale-total", text=sentence)


def _transposed(got: int, expected: int) -> Iterator[Explanation]:
    if are_transposed(got, expected):
        sentence = f"{got} is {expected} with two digits in each other's place"
        yield Explanation(code="digits-transposed", text=sentence)


def _overshot(
    got: int, expected: int, exchanges: ExchangesOfSide, day: date, follows: Total | None
) -> Iterator[Explanation]:
    if follows is None or got <= expected:
        return
    room = follows.best - exchanges.between(day, follows.day).best
    if got > room:
        sentence = f"the total of {follows.day.isoformat()}, {follows.best}, leaves room for {room}"
        yield Explanation(code="later-total-leaves-less", text=sentence)


def _stale_since(
    got: int, sound: SoundTotals, exchanges: ExchangesOfSide, day: date
) -> date | None:
    """Find the last earlier exchange day whose total this was, else the last total."""
    last = exchanges.last_before(day)
    links, count = sound.links, sound.until(day)
    for index in range(count, -1, -1):
        if index < count and sound.reached[index] < got:
            break
        # From just after one link up to and including the next, or the day before the claim's.
        anchor = links[index - 1] if index else None
        until = links[index].day if index < count else last
        if until is None or (anchor and anchor.best > got != links[min(index, count - 1)].best):
            continue
        if index < count and links[index].best == got and exchanges.holds_any(_eve(until), until):
            return until
        found = exchanges.last_with(
            got - (anchor.best if anchor else 0), after=anchor.day if anchor else None, until=until
        )
        if found is not None:
            return found
    return next((total.day for total in reversed(links[:count]) if total.best == got), None)


def _eve(day: date) -> date | None:
    return day - timedelta(days=1) if day > date.min else None
