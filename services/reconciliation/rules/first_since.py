"""First-since claims, reconciliation.md §5 "Special claims": no exchange inside the window.

The window is the one stated, or starts with the year that the wording names, or else is the policy's
"long time". The gap to the exchange before is always told. A claim on one side's people ("the first whom
they have handed over since") is tested on the exchanges that somebody came back to that side by.
"""

import re
from datetime import date, timedelta

from schemas.decisions import Explanation
from services.reconciliation.claims.interval import Interval
from services.reconciliation.claims.reading import Reading
from services.reconciliation.policy import Policy
from services.reconciliation.rules.sound_totals import ExchangesOfSide
from services.reconciliation.rules.sum_check import Tested


_YEAR = re.compile(r"\b(19|20)\d\d\b")


def check_first_since(
    reading: Reading, *, day: date, before: date | None, policy: Policy
) -> Tested:
    """Test "the first since …".

    Args:
        reading: The claim.
        day: The day of the exchange it speaks of.
        before: The day of the last comparable exchange before, null if none is listed.
        policy: How long "a long time" is.
    """
    if before is None:
        nothing = Explanation(code="nothing-to-compare", text="no earlier exchange is listed")
        return Tested(None, None, None, None, 0, "untestable", (nothing,))
    start = _window_start(reading, day, policy)
    gap = (day - before).days
    least = (day - start).days
    sentence = f"{gap} days since the exchange of {before.isoformat()}"
    return Tested(
        expected=least,
        interval=Interval(least, None),
        got=gap,
        diff=gap - least,
        tolerance=0,
        result="pass" if before <= start else "fail",
        explanations=(Explanation(code="gap", text=sentence),),
    )


def last_return(exchanges: ExchangesOfSide, day: date) -> date | None:
    """Return the last day before a day on which anybody came back, null for none.

    Args:
        exchanges: The exchanges of one side and category.
        day: That day.
    """
    found = exchanges.last_before(day)
    while found is not None and not exchanges.between(found - timedelta(days=1), found).best:
        found = exchanges.last_before(found)
    return found


def _window_start(reading: Reading, day: date, policy: Policy) -> date:
    if reading.since is not None and reading.since < day:
        return reading.since
    year = _YEAR.search(reading.wording)
    if year is not None and int(year[0]) == day.year:
        return date(day.year - 1, 12, 31)
    return day - timedelta(days=policy.first_since_days)
