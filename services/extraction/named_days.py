"""Days that a text names, each with where it stands: written out, by the month, by the weekday, or as today.

A day without its year, and a weekday, is the last such day up to the day of publication. Without that day
only what is written in full is known.
"""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise, zip_longest
from typing import NamedTuple

from schemas.report import FIRST_DAY, LAST_DAY
from services.extraction.marking import Mark, MarkedText


_DIGITS = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_YEAR = re.compile(r"(19|20)\d{2}")
_A_DAY_AFTER = (["a", "day", "after"], ["one", "day", "after"])
#: How far behind "a day after" a number may stand that is of the day before.
_LED_WORDS = 3
_EVE = frozenset(("накануне", "напередодні"))


class NamedDay(NamedTuple):
    """A day or a month that is named.

    Attributes:
        day: The day; the first one of a month.
        is_month: Whether no more than the month is said.
        start: The place of its first word.
        end: The place after its last word.
    """

    day: date
    is_month: bool
    start: int
    end: int

    @property
    def written(self) -> str:
        """As a claim writes it: `2031-05-10`, or `2031-05`."""
        return self.day.isoformat()[:7] if self.is_month else self.day.isoformat()

    @property
    def last_day(self) -> date:
        """The last day that is meant."""
        if not self.is_month:
            return self.day
        return self.day.replace(day=monthrange(self.day.year, self.day.month)[1])


def days_in(marked: MarkedText, published: date | None) -> list[NamedDay]:
    """Return the days that a text names, in order."""
    found: list[NamedDay] = []
    place = 0
    while place < len(marked.words):
        named = _day_at(marked, place, published) or _day_beside(marked, place, found, published)
        if named is not None:
            found.append(named)
        place = named.end if named is not None else place + 1
    return _without_weekdays_of_days(marked, _with_days_that_follow(marked, found, published))


def _with_days_that_follow(
    marked: MarkedText, found: Sequence[NamedDay], published: date | None
) -> list[NamedDay]:
    """Return days with a weekday right behind the report's own as the day after: "on Thursday and Friday"."""
    kept = list(found)
    for place, (first, second) in enumerate(pairwise(found)):
        joint = marked.words[first.end : second.start]
        is_next = (second.day.weekday() - first.day.weekday()) % 7 == 1
        is_joined = len(joint) == 1 and marked.at("and", first.end) is not None
        is_weekday = second.end - second.start == 1 and second.day < first.day
        if is_joined and is_next and is_weekday and first.day == published:
            kept[place + 1] = second._replace(day=first.day + timedelta(days=1))
    return kept


def _without_weekdays_of_days(marked: MarkedText, found: Sequence[NamedDay]) -> list[NamedDay]:
    """Return days without the weekdays that stand beside their date: "on Sunday, 8 January"."""
    kept: list[NamedDay] = []
    for day, following in zip_longest(found, found[1:]):
        between = marked.words[day.end : following.start] if following else ["."]
        is_weekday = day.end - day.start == 1 and marked.words[day.start][0].isalpha()
        is_beside = not any(word[0].isalnum() for word in between) and "." not in between
        is_led = following and marked.words[following.start : following.end] in _A_DAY_AFTER
        is_beside = is_beside and not is_led
        if not (is_weekday and is_beside and following and not following.is_month):
            kept.append(day)
    return kept


def _day_at(marked: MarkedText, place: int, published: date | None) -> NamedDay | None:
    word = marked.words[place]
    if match := _DIGITS.fullmatch(word):
        return _named(int(match[3]), int(match[2]), int(match[1]), (place, place + 1), None)
    if word in marked.language.months:
        return _month(marked, place, published)
    if word[0].isdecimal():
        return _digits_before_month(marked, place, published)
    return _reckoned(marked, place, published) if published is not None else None


def _reckoned(marked: MarkedText, place: int, published: date) -> NamedDay | None:
    """Return a day that is named by its distance from the report's: "Monday", "yesterday"."""
    word = marked.words[place]
    back: int | None = None
    end = place + 1
    if marked.language_code == "en":
        word = word.removesuffix("s")  # "Monday's"
    if word in marked.language.weekdays and _is_named(marked, place):
        back = (published.weekday() - marked.language.weekdays[word]) % 7
    for kind, days in (("today", 0), ("yesterday", 1), ("tomorrow", -1)):
        mark = marked.at(kind, place)
        if mark is not None and not _is_eve_of(marked, mark) and not _is_of_a_name(marked, place):
            back, end = days, mark.end
    if back is None:
        return None
    return NamedDay(published - timedelta(days=back), is_month=False, start=place, end=end)


#: Words that name a day by the one named last, and how many days it is after that one.
BESIDE_THE_LAST = {"day_before": -1, "same_day": 0, "day_after": 1}


def _day_beside(
    marked: MarkedText, place: int, found: Sequence[NamedDay], published: date | None
) -> NamedDay | None:
    """Return a day by the one named last: "on Friday 15 came home; a day earlier, 22 did"."""
    last = next((one.day for one in reversed(found) if not one.is_month), published)
    is_led = marked.words[place : place + 3] in _A_DAY_AFTER and any(
        one.start in range(place + 3, place + 3 + _LED_WORDS) and one.kind == "cardinal"
        for one in marked.numbers
    )
    if is_led and last is not None:
        # "swapped 40 each on Saturday, a day after 60 were freed"
        eve = NamedDay(last - timedelta(days=1), is_month=False, start=place, end=place + 3)
        return _within_calendar(eve)
    for kind, after in BESIDE_THE_LAST.items():
        mark = marked.at(kind, place)
        if mark is not None and last is not None and (found or kind == "day_before"):
            day = last + timedelta(days=after)
            return _within_calendar(NamedDay(day, is_month=False, start=place, end=mark.end))
    return None


def _is_eve_of(marked: MarkedText, mark: Mark) -> bool:
    """Return whether a word for yesterday is the eve of something: "on the eve of Easter"."""
    if marked.words[mark.start] not in _EVE or mark.end >= len(marked.words):
        return False
    word = marked.words[mark.end]
    kinds = ("side_name", "speaker", "office", "back", "get", "give", "free", "swap", "say")
    return word[0].isalpha() and not any(marked.at(kind, mark.end) for kind in kinds)


def _is_of_a_name(marked: MarkedText, place: int) -> bool:
    """Return whether a word for a day belongs to an outlet's name: "told Ruritania Today"."""
    is_first = place == marked.sentence_at(place).start
    return (
        marked.language_code == "en"
        and not is_first
        and marked.is_name(place)
        and marked.is_name(place - 1)
        and marked.words[place - 1][0].isalpha()
    )


def _is_named(marked: MarkedText, place: int) -> bool:
    """Return whether a word may name a month or a weekday; English ones have a capital."""
    return marked.language_code != "en" or marked.is_name(place)


def _digits_before_month(marked: MarkedText, place: int, published: date | None) -> NamedDay | None:
    """Return a day that begins with its number: "3 January 2031", "the 3rd of January"."""
    number = marked.words[place]
    if not number.isdecimal() or not 1 <= int(number) <= 31:  # noqa: PLR2004
        return None
    at = place + 1
    while at < len(marked.words) and at < place + 4 and marked.words[at] in _AFTER_DAY:
        at += 1
    if at >= len(marked.words) or marked.words[at] not in marked.language.months:
        return None
    if not _is_named(marked, at):
        return None
    month = marked.language.months[marked.words[at]]
    year, end = _year_at(marked, at + 1)
    return _named(year, month, int(number), (place, end), published)


_HYPHENS = frozenset("-‑")
_AFTER_DAY = frozenset(("-", "st", "nd", "rd", "th", "of", "го", "й"))


def _month(marked: MarkedText, place: int, published: date | None) -> NamedDay | None:
    """Return a day or month that begins with the month: "January 3, 2031", "in January 2031"."""
    if not _is_named(marked, place):
        return None
    month = marked.language.months[marked.words[place]]
    at = place + 1
    if at < len(marked.words) and marked.words[at] == ".":
        at += 1
    if marked.language_code == "en" and at < len(marked.words):
        number = marked.words[at]
        if number.isdecimal() and 1 <= int(number) <= 31:  # noqa: PLR2004
            end = at + 1
            if end < len(marked.words) and marked.words[end] in _AFTER_DAY:
                end += 1
            year, end = _year_at(marked, end)
            return _named(year, month, int(number), (place, end), published)
    year, end = _year_at(marked, place + 1)
    # "in mid-February"
    before = place - (2 if marked.words[max(0, place - 1)] in _HYPHENS else 1)
    if year is None and not marked.has("before_month", max(0, before), max(0, before) + 1):
        return None
    return _named(year, month, None, (place, end), published)


def _year_at(marked: MarkedText, place: int) -> tuple[int | None, int]:
    """Return the year that stands at a place, perhaps after a comma, and the place after it."""
    at = place + 1 if place < len(marked.words) and marked.words[place] in (",", "of") else place
    if at < len(marked.words) and _YEAR.fullmatch(marked.words[at]):
        return int(marked.words[at]), at + 1
    return None, place


def _named(
    year: int | None, month: int, day: int | None, places: tuple[int, int], published: date | None
) -> NamedDay | None:
    """Return a day by its parts, null for one that there is not, or whose year cannot be known."""
    if year is None:
        if published is None:
            return None
        # The last such day there was; a week's grace is for plans.
        ahead = published + timedelta(days=7)
        year = ahead.year if (month, day or 1) <= (ahead.month, ahead.day) else ahead.year - 1
    try:
        first = date(year, month, day or 1)
    except ValueError:
        return None
    return _within_calendar(NamedDay(first, is_month=day is None, start=places[0], end=places[1]))


def _within_calendar(named: NamedDay) -> NamedDay | None:
    """Return a day again, null for one on which no report can have come out: days are reckoned from it."""
    return named if FIRST_DAY <= named.day <= LAST_DAY else None
