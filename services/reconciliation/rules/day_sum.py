"""A number for an exchange that took several days, reconciliation.md §4: an exchange has phases.

    900 = 350 on the first day + 300 on the second + 250 on the third

What officials count on successive days adds up to it, so it counts none of these days: it is set
aside as a sum, and holds.
"""

from collections.abc import Sequence

from schemas.decisions import Explanation
from services.reconciliation.claims.interval import Interval
from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.neighbouring_days import Part
from services.reconciliation.rules.sum_check import Tested


def add_days(reading: Reading, parts: Sequence[Part]) -> Tested:
    """Write out the sum of several days that a claim is.

    Args:
        reading: The claim, which allows one number alone: "exactly 25", "25 to 25", "nearly 26".
        parts: What was counted on each day, in order; together they make the claim's number.
    """
    total = sum(part.number for part in parts)
    assert reading.interval == Interval(total, total), f"{reading.interval} is no {total}"
    written = " + ".join(f"{part.number} ({part.day.isoformat()})" for part in parts)
    return Tested(
        expected=total,
        interval=Interval(total, total),
        got=total,
        diff=0,
        tolerance=0,
        result="pass",
        explanations=(Explanation(code="sum-of-days", text=f"{total} = {written}"),),
    )
