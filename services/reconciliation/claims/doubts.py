"""Days that a claim cannot mean: before the ledger opens, after its own report, impossible (§9).

Nobody counts today who comes back in a hundred years, and "2013" is typed for "2031". Such a claim is
kept and set aside with the reason; it makes no exchange, moves none, and is part of no total. A plan may
speak of a later day. A report that comes out the day before what it states may have been written beyond
a time zone, so a day of grace is given.
"""

from datetime import date, timedelta
from typing import NamedTuple

from services.reconciliation.policy import Policy


#: Measures that speak of a day by `as_of`; the others may state the exchange's day.
AS_OF_A_DAY = frozenset({"cumulative_returned", "cumulative_exchanged_total", "held"})


class StatedDays(NamedTuple):
    """The days that a claim states, null where it does not.

    Attributes:
        meant: The day it speaks of: of an exchange, else of its report, or the last one counted in.
        reported: The latest day on which it was said or published.
    """

    meant: date | None
    reported: date | None


def doubt_day(
    days: StatedDays, *, is_asserted: bool, opened: date | None, policy: Policy
) -> str | None:
    """Return why a claim cannot mean the day that it states, null if it can.

    Args:
        days: What it states.
        is_asserted: Whether it says that something took place.
        opened: The day that the ledger counts from, null if any may be meant.
        policy: The constants.
    """
    day = days.meant
    if day is None:
        return None
    if day.year < policy.first_year:
        return f"day-impossible:{day.isoformat()}"
    if opened is not None and day < opened:
        return f"day-before-opened:{day.isoformat()}"
    if is_asserted and days.reported is not None and day > days.reported:
        latest = days.reported + timedelta(days=policy.ahead_days_max)
        if day > latest:
            return f"day-after-report:{day.isoformat()}"
    return None
