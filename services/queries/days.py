"""Days of rows, which lists are filtered by."""

from datetime import date

from schemas.instants import day_written, in_utc
from schemas.views import ClaimView


def day_of_claim(claim: ClaimView) -> date | None:
    """Return the day on which a claim was said, else that of its report."""
    if claim.asserted_at is not None:
        return in_utc(claim.asserted_at).date()
    return day_written(claim.published_at)


def is_between(day: date | None, first: date | None, last: date | None) -> bool:
    """Return whether a day lies between two others, both included; where one is asked for, none does not.

    >>> is_between(date(2024, 1, 3), date(2024, 1, 3), None), is_between(None, None, date(2024, 1, 3))
    (True, False)
    """
    if first is None and last is None:
        return True
    return day is not None and (first or day) <= day <= (last or day)
