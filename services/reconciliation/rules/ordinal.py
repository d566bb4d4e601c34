"""Ordinals, reconciliation.md §5 "Special claims": exchange n by counter c.

    ordinal(t₂) − ordinal(t₁) = listed + missing,   missing ≥ 0

An ordinal is tested against the same counter's last one before it and the exchanges listed since, or,
with none before it, against all that are listed. Fewer exchanges in the ledger than the counter
counts is an incomplete ledger, not a conflict; more is a counter that leaves some out. One ordinal on
two exchanges, or a smaller ordinal on a later one, fails; one ordinal on days close together is the
phases of one exchange.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date

from schemas.vocabulary import exchange_day
from services.reconciliation.interval import Interval
from services.reconciliation.policy import Policy
from services.reconciliation.reading import Reading
from services.reconciliation.rules.sum_check import Tested
from services.records import Explanation


PHASES = "phases-of-one-exchange"


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
            ids order in time); see `services.reconciliation.numbering`.
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
    """Say whether exchanges are so close together that one number on both makes them one.

    >>> from services.reconciliation.policy import POLICY_2026_3 as policy
    >>> [are_phases("2020-03-01", other, policy) for other in ("2020-03-03", "2020-04-01")]
    [True, False]
    """
    apart = exchange_day(one) - exchange_day(other)
    return abs(apart.days) < policy.run_days_max


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
