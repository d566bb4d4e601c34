"""The days a claim can mean by the date that it states: one day, those of a month or a year, or several.

"The exchange of October 2020" names no day. Which day it can mean is looked for among those of its
month, and it makes no exchange by itself.
"""

from datetime import MAXYEAR, MINYEAR, date, timedelta
from functools import lru_cache
from typing import NamedTuple

from schemas.vocabulary import FREED_TO_THIRD


class StatedSpan(NamedTuple):
    """Days in a row, the first and the last included."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Return whether a day is one of them."""
        return self.first <= day <= self.last


#: Measures that an operation has figures of, and what compares these.
_OF_OPERATIONS = frozenset({"returned", "exchanged_total", FREED_TO_THIRD, "superlative"})

#: How long a date is that names its day: YYYY-MM-DD.
_DAY_CHARACTERS = 10
_LAST_MONTH = 12


@lru_cache(maxsize=4096)
def read_stated_date(text: str | None) -> date | StatedSpan | None:
    """Return the day that a claim's date names, or the days of its month or year; null if not stated.

    >>> read_stated_date("2021-05-06")
    datetime.date(2021, 5, 6)
    >>> read_stated_date("2020-10")
    StatedSpan(first=datetime.date(2020, 10, 1), last=datetime.date(2020, 10, 31))
    >>> read_stated_date("2020").last
    datetime.date(2020, 12, 31)
    """
    if text is None:
        return None
    if len(text) == _DAY_CHARACTERS:
        return known_day(date.fromisoformat(text))
    year, _, month = text.partition("-")
    first = known_day(date(int(year), int(month or 1), 1))
    if first is None:
        return None
    following = int(month or _LAST_MONTH) + 1
    after = (
        date(first.year + 1, 1, 1) if following > _LAST_MONTH else first.replace(month=following)
    )
    return StatedSpan(first, after - timedelta(days=1))


def read_stated_days(
    text: str | None, until: date | None, measure: str
) -> date | StatedSpan | None:
    """Return the days that a claim states: those of its date, or those of a whole operation.

    Args:
        text: Its date.
        until: The last day of an operation that took several, null if it is not stated.
        measure: What is counted; what is neither of people who came back nor compares them keeps the day it states.

    >>> read_stated_days("2031-05-10", date(2031, 5, 12), "returned")
    StatedSpan(first=datetime.date(2031, 5, 10), last=datetime.date(2031, 5, 12))
    >>> read_stated_days("2031-05-10", date(2031, 5, 10), "returned")
    datetime.date(2031, 5, 10)
    """
    stated = read_stated_date(text)
    if until is None:
        return stated
    last = known_day(until)
    if not isinstance(stated, date) or last is None or measure not in _OF_OPERATIONS:
        return stated
    return StatedSpan(stated, last) if last > stated else stated


def known_day(day: date | None) -> date | None:
    """Return a day again, null for one that only stands in for none: in the first or last year there is.

    Rules look at the days around, and beyond the calendar there are none.
    """
    return day if day is not None and MINYEAR < day.year < MAXYEAR else None
