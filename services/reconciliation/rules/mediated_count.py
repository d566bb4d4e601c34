"""A mediator's count of what it mediated, reconciliation.md §5 "Special claims": its own series only.

A mediator that counts n exchanges, or people, that it mediated is tested against what the ledger lists
with that mediator's name up to the claim's day. Fewer in the ledger is an incomplete ledger, not a
conflict; more is a counter that leaves some out. Nothing else is tested against it: no other speaker
counts what one mediator did.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Protocol

from schemas.decisions import Explanation
from services.reconciliation.claims.categories import is_unsaid
from services.reconciliation.claims.interval import Interval
from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.sum_check import Count, Tested


class Mediated(Protocol):
    """An exchange, as far as mediators count it."""

    @property
    def day(self) -> date: ...  # noqa: D102

    @property
    def is_counted(self) -> bool: ...  # noqa: D102

    @property
    def mediators(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def counts(self) -> Mapping[tuple[str, str], Count]: ...  # noqa: D102


#: Who was mediated, where that is everybody.
_EVERYBODY = ("all", "military")


def listed_with(reading: Reading, exchanges: Iterable[Mediated], day: date) -> int | Count | None:
    """Return what the ledger lists under a claim's mediators up to a day, null for nothing.

    Args:
        reading: The claim.
        exchanges: All exchanges.
        day: The last day that the claim counts.

    Returns:
        How many exchanges name one of the claim's mediators, or how many people came back in them.
    """
    mediators = set(reading.mediators)
    listed = [
        known
        for known in exchanges
        if known.is_counted
        and not mediators.isdisjoint(known.mediators)
        and (reading.since is None or reading.since <= known.day)
        and known.day <= day
    ]
    if not listed:
        return None
    if reading.unit == "exchanges":
        return len(listed)
    if reading.side != "both" or not (
        is_unsaid(reading.stated_category) or reading.place in _EVERYBODY
    ):
        return None
    # Where a side's number is not known, what is known of the other is the least there was.
    together = [_people(known.counts) for known in listed]
    low = sum(count.interval.low for count in together)
    return Count(Interval(low, None), sum(count.best for count in together))


def _people(counts: Mapping[tuple[str, str], Count]) -> Count:
    if ("", "all") in counts:
        return counts["", "all"]
    sides = [count for (_, category), count in counts.items() if category == "all"]
    low = sum(count.interval.low for count in sides)
    return Count(Interval(low, None), sum(count.best for count in sides))


def check_mediated(reading: Reading, listed: int | Count | None) -> Tested:
    """Test a mediator's count.

    Args:
        reading: The claim.
        listed: What the ledger lists under that mediator's name up to the claim's day: how many
            counted exchanges, or how many people came back in them, as the claim's unit says; null
            if it lists nothing.
    """
    if listed is None:
        nothing = Explanation(
            code="nothing-to-compare", text="no exchange with this mediator is listed that compares"
        )
        return Tested(None, None, reading.value, None, 0, "untestable", (nothing,))
    found = Count(Interval(listed, listed), listed) if isinstance(listed, int) else listed
    got = reading.value
    if reading.tested is None or got is None:
        return Tested(None, None, got, None, 0, "untestable")
    # Exchanges that are not listed may have been mediated too: what is listed is the least.
    expected = Interval(found.interval.low, None)
    diff = got - found.best
    if found.interval.holds(got):
        return Tested(found.best, expected, got, diff, 0, "pass")
    if diff > 0:
        sentence = f"{diff} more are counted than the {found.best} listed here with this mediator"
        incomplete = Explanation(code="ledger-incomplete", text=sentence)
        return Tested(found.best, expected, got, diff, 0, "within", (incomplete,))
    if reading.tested.high is not None:
        sentence = f"{-diff} of the {found.best} listed here with this mediator are left out"
        left_out = Explanation(code="counter-leaves-out", text=sentence)
        return Tested(found.best, expected, got, diff, 0, "within", (left_out,))
    return Tested(found.best, expected, got, diff, 0, "pass")
