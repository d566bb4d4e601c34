"""Numbers that are years: "in 2014, 2016 and 2017", "as far back as 2029", "the spring of 2030"."""

import re

from services.extraction.marking import MarkedText
from services.extraction.numbers import Number


_YEAR = re.compile(r"(19|20)\d\d")
_SEASONS = frozenset(
    ("spring", "summer", "autumn", "winter", "навесні", "влітку", "восени", "взимку")
)
_DASHES = frozenset("-–—")
_CENTURY = 100


def is_year(marked: MarkedText, number: Number, *, is_unnamed: bool) -> bool:
    """Return whether a number is a year; `is_unnamed` where no people are named behind it."""
    if _YEAR.fullmatch(marked.quote(number.start, number.end)) is None:
        return False
    return is_unnamed or _is_alone(marked, number) or _is_of_a_time(marked, number)


def _is_alone(marked: MarkedText, number: Number) -> bool:
    """Return whether a number stands behind "in" and before a mark, as years do: "in 2014, when the civil war"."""
    is_in = number.start > 0 and marked.at("before_month", number.start - 1) is not None
    is_end = number.end >= len(marked.words) or not marked.words[number.end][0].isalnum()
    is_when = not is_end and marked.at("when", number.end) is not None
    # "captured in 2029-2030"
    is_second = (
        number.start > 1
        and (marked.words[number.start - 1] in _DASHES or marked.is_small("to", number.start - 1))
        and any(
            one.end == number.start - 1 and _YEAR.fullmatch(marked.quote(one.start, one.end))
            for one in marked.numbers
        )
    )
    return is_second or (is_in and (is_end or is_when))


def _is_of_a_time(marked: MarkedText, number: Number) -> bool:
    """Return whether words for a time lead to a number, and no people follow it: "in the spring of 2030 to help"."""
    if not number.start or number.value % _CENTURY == 0:
        return False
    before = number.start - 1
    is_back = marked.words[max(0, before - 2) : before + 1][-1:] == ["as"] and (
        "back" in marked.words[max(0, before - 2) : before]
    )
    is_season = marked.words[before] in _SEASONS
    is_time = is_back or is_season or marked.at("before_month", before) is not None
    kinds = ("people", "people_known", "side_people", "side_owner", "side_force")
    return is_time and not any(marked.at(kind, number.end) for kind in kinds)
