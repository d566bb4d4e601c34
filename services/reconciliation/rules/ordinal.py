"""Ordinals, reconciliation.md §5 "Special claims": exchange n by counter c.

    ordinal(t₂) − ordinal(t₁) = listed + missing,   missing ≥ 0

An ordinal is tested against the same counter's last one before it and the exchanges listed since, or,
with none before it, against all that are listed. Fewer exchanges in the ledger than the counter
counts is an incomplete ledger, not a conflict; more is a counter that leaves some out. One ordinal on
two exchanges, or a smaller ordinal on a later one, fails; one ordinal on days close together is the
phases of one exchange.

The number that a claim on people gives the exchange is the same statement as a claim on the number
itself, and tested alike.

A counter that calls one exchange the 64th and the next but one the 9th counts something else the
second time, or is misquoted. The longest chain of numbers that grow with the days is what ordinals are
tested against, so that one number out of line fails by itself and lets no other fail.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from operator import itemgetter
from typing import NamedTuple

from msgspec.structs import replace

from schemas.decisions import Explanation
from schemas.vocabulary import exchange_day
from services.reconciliation.claims.interval import Interval
from services.reconciliation.claims.reading import Reading
from services.reconciliation.claims.speakers import counter_of_side
from services.reconciliation.policy import Policy
from services.reconciliation.rules.sum_check import Tested


PHASES = "phases-of-one-exchange"


#: Measures that are tested across exchanges rather than counted.
ORDERED_MEASURES = frozenset({"exchange_ordinal", "superlative", "first_since", "mediated_count"})


def speaks_of_order(reading: Reading) -> bool:
    """Return whether a claim is tested across exchanges: by its measure, or for the ordinal it gives."""
    if reading.measure in ORDERED_MEASURES:
        return True
    return reading.stated_ordinal is not None and reading.measure in ("returned", "exchanged_total")


def as_ordinal(reading: Reading) -> Reading:
    """Return a claim that gives an exchange a number as one on that number."""
    number = reading.stated_ordinal
    if reading.measure in ORDERED_MEASURES or number is None:
        return reading
    exact = Interval(number, number)
    return replace(
        reading,
        measure="exchange_ordinal",
        unit="exchanges",
        interval=exact,
        tested=exact,
        bound="exact",
        value=number,
        counted=None,
        whole=None,
    )


def side_counted(reading: Reading) -> str | None:
    """Return whose returns alone a claim on a number of exchanges counts, null for all exchanges."""
    is_of_side = reading.counter.startswith(counter_of_side(reading.camp, reading.side))
    return reading.side if is_of_side else None


def check_ordinal(
    reading: Reading,
    *,
    listed_days: Sequence[date],
    window: tuple[date | None, date],
    given: Mapping[str, int],
    policy: Policy,
) -> Tested:
    """Test a claimed ordinal or count of exchanges.

    Args:
        reading: The claim.
        listed_days: Days of the completed exchanges in the ledger, in order.
        window: First day counted, null for the ledger's first, and last day counted.
        given: The ordinals this counter gave that bear on the claim, by exchange id (a date, so that
            ids order in time); see `services.reconciliation.engine.index.numbering`.
        policy: How close together phases are.
    """
    since, until = window
    got = reading.value
    if reading.tested is None or got is None:
        return Tested(None, None, got, None, 0, "untestable")
    before = _last_before(until, given) if since is None else None
    counted = before[1] if before else 0
    after = before[0] if before else since
    start = 0 if after is None else bisect_right(listed_days, after)
    listed = bisect_right(listed_days, until) - start
    foreseen = counted + listed
    expected = Interval(foreseen, None)
    diff = got - foreseen
    clash = _clash(reading, got, given, policy)
    if clash is not None and clash.code == PHASES:
        return Tested(foreseen, expected, got, diff, 0, "within", (clash,))
    if clash is not None:
        return Tested(foreseen, expected, got, diff, 0, "fail", (clash,))
    if diff > 0:
        sentence = f"{diff} more are counted than the {listed} listed here{_since(before)}"
        found = Explanation(code="ledger-incomplete", text=sentence)
        return Tested(foreseen, expected, got, diff, 0, "within", (found,))
    if diff < 0 and reading.tested.high is not None:
        sentence = f"{-diff} of the {listed} listed here{_since(before)} are left out"
        found = Explanation(code="counter-leaves-out", text=sentence)
        return Tested(foreseen, expected, got, diff, 0, "within", (found,))
    return Tested(foreseen, expected, got, diff, 0, "pass")


def are_phases(one: str, other: str, policy: Policy) -> bool:
    """Return whether exchanges are so close together that one number on both makes them one.

    >>> from services.reconciliation.policy import LATEST_POLICY as policy
    >>> [are_phases("2031-03-01", other, policy) for other in ("2031-03-03", "2031-04-01")]
    [True, False]
    """
    apart = exchange_day(one) - exchange_day(other)
    return abs(apart.days) < policy.run_days_max


class Link(NamedTuple):
    """How long the longest chain is that ends with a number, and the place of the number before it."""

    length: int
    before: int | None


def longest_chain(numbers: Sequence[tuple[str, int]], policy: Policy) -> list[int]:
    """Return the places of one counter's numbers that can all be right, in order.

    Args:
        numbers: The exchanges and the numbers they bear, in order of exchange.
        policy: The constants.
    """
    links: list[Link] = []
    for place in range(len(numbers)):
        links.append(link_back(numbers, links, place, policy))
    longest = max((link.length for link in links), default=0)
    at = next((place for place, link in enumerate(links) if link.length == longest), None)
    chain: list[int] = []
    while at is not None:
        chain.insert(0, at)
        at = links[at].before
    return chain


def link_back(
    numbers: Sequence[tuple[str, int]], links: Sequence[Link], place: int, policy: Policy
) -> Link:
    """Return the longest chain that ends with a number: alone, or after one of those before it.

    Of chains as long the one that ends closest below is taken: small numbers are those of windows.
    Equal numbers on days close together are the phases of one exchange.
    """
    exchange, number = numbers[place]
    best, before = (0, 0), None
    for earlier in range(max(0, place - policy.ordinals_back_max), place):
        other, known = numbers[earlier]
        is_phase = known == number and are_phases(other, exchange, policy)
        if (known < number or is_phase) and (links[earlier].length, known) > best:
            best, before = (links[earlier].length, known), earlier
    return Link(best[0] + 1, before)


def bearing_on(
    numbers: Sequence[tuple[str, int]], chain: Sequence[int], stated: date | None, until: date
) -> dict[str, int]:
    """Return the numbers of a counter that bear on a claimed one.

    Args:
        numbers: The exchanges and the numbers they bear, in order of exchange.
        chain: The places of those that can all be right.
        stated: The day of the exchange that the claim gives its number to, null if it states none.
        until: The last day that the claim counts.

    Returns:
        By exchange: the chain's last number before `until`, and where a day is stated what that
        exchange bears, and the chain's numbers before and after it.
    """
    earlier = bisect_left(chain, _place_of(until, numbers))
    places = set(chain[earlier - 1 : earlier])
    if stated is not None:
        first, last = _place_of(stated, numbers), _place_of(stated + timedelta(days=1), numbers)
        places.update(range(first, last))
        place = bisect_left(chain, first)
        places.update(chain[max(0, place - 1) : place])
        places.update(chain[bisect_left(chain, last) :][:1])
    return dict(numbers[place] for place in sorted(places))


def _place_of(day: date, numbers: Sequence[tuple[str, int]]) -> int:
    """Return the place of the first exchange of a day or later."""
    return bisect_left(numbers, day.isoformat(), key=itemgetter(0))


def _last_before(day: date, given: Mapping[str, int]) -> tuple[date, int] | None:
    """Find the same counter's last ordinal of an earlier day, and that day."""
    earlier = [exchange for exchange in given if exchange < day.isoformat()]
    if not earlier:
        return None
    last = max(earlier)
    return exchange_day(last), given[last]


def _since(before: tuple[date, int] | None) -> str:
    return "" if before is None else f" since number {before[1]} on {before[0].isoformat()}"


def _clash(
    reading: Reading, got: int, given: Mapping[str, int], policy: Policy
) -> Explanation | None:
    here = reading.stated_date.isoformat() if reading.stated_date else None
    if here is None or here not in given:
        return None
    for exchange, ordinal in sorted(given.items()):
        if exchange != here and ordinal == got and are_phases(exchange, here, policy):
            sentence = f"{exchange} bears the number {got} too: phases of one exchange"
            return Explanation(code=PHASES, text=sentence)
        if exchange != here and ordinal == got:
            sentence = f"{exchange} bears the number {got} too"
            return Explanation(code="ordinal-used-twice", text=sentence)
        if (exchange < here and ordinal > got) or (exchange > here and ordinal < got):
            sentence = f"{exchange} bears the number {ordinal}"
            return Explanation(code="ordinals-out-of-order", text=sentence)
    return None
