"""A mediator's count of what it mediated, reconciliation.md §5 "Special claims": its own series only.

A mediator that counts n exchanges, or people, that it mediated is tested against what the ledger lists
with that mediator's name up to the claim's day. Fewer in the ledger is an incomplete ledger, not a
conflict; more is a counter that leaves some out. Nothing else is tested against it: no other speaker
counts what one mediator did.
"""

from services.reconciliation.interval import Interval
from services.reconciliation.reading import Reading
from services.reconciliation.rules.sum_check import Count, Tested
from services.records import Explanation


def check_mediated(reading: Reading, listed: int | Count) -> Tested:
    """Test a mediator's count.

    Args:
        reading: The claim.
        listed: What the ledger lists under that mediator's name up to the claim's day: how many
            counted exchanges, or how many people came back in them, as the claim's unit says.
    """
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
