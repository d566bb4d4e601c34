"""Lists by day that name the month once: "on 3 March 40 men returned, on the 5th – 12 guards, on the 11th 45"."""

from collections.abc import Sequence

from schemas.report import FIRST_DAY
from services.extraction.marking import MarkedText
from services.extraction.named_days import NamedDay
from services.extraction.numbers import Number


_DASHES = frozenset("-‑–—")
_DAYS = ("today", "yesterday", "day_after", "same_day", "day_before")
_DAYS_OF_MONTH_MAX = 31


def with_listed_days(marked: MarkedText, days: Sequence[NamedDay]) -> list[NamedDay]:
    """Return days with those of lists that name the month once, in the order of a text."""
    listed = [one for day in days for one in _days_listed(marked, day)]
    return sorted((*days, *listed), key=lambda one: one.start)


def _days_listed(marked: MarkedText, named: NamedDay) -> list[NamedDay]:
    """Return the days behind a day of the same sentence that are told by their number alone, each with a count."""
    if named.is_month or not _has_month(marked, named):
        return []
    found: list[NamedDay] = []
    sentence = marked.sentence_at(named.start)
    last = named.day
    for place in range(named.end, sentence.stop):
        if _has_month(marked, NamedDay(FIRST_DAY, is_month=False, start=place, end=place + 1)):
            break
        number = next((one for one in marked.numbers if one.start == place), None)
        if number is None or not _is_listed(marked, number) or number.value <= last.day:
            continue
        try:
            last = last.replace(day=number.value)
        except ValueError:
            break
        found.append(NamedDay(last, is_month=False, start=place, end=number.end))
    return found


def _has_month(marked: MarkedText, named: NamedDay) -> bool:
    return any(
        marked.words[at] in marked.language.months
        and (marked.language_code != "en" or marked.is_name(at))
        for at in range(named.start, named.end)
    )


def is_day_at(marked: MarkedText, place: int) -> bool:
    """Return whether a day is named at a place: "Friday", "today", "May 6", "6 May", "a day later"."""
    words, is_english = marked.words, marked.language_code == "en"
    word = words[place].removesuffix("s") if is_english else words[place]
    if word in marked.language.weekdays or any(marked.at(kind, place) for kind in _DAYS):
        return True
    months = [
        at
        for at in (place, place + 1)
        if words[at : at + 1] and words[at] in marked.language.months
    ]
    number = next((one for one in marked.numbers if place <= one.start <= place + 1), None)
    is_date = bool(months) and number is not None and number.value <= _DAYS_OF_MONTH_MAX
    return is_date and is_english


def _is_listed(marked: MarkedText, number: Number) -> bool:
    """Return whether a number in a row is followed by how many people, and by nothing that it would be of."""
    return number.kind == "ordinal" and number.is_in_digits and _counted(marked, number) is not None


def _counted(marked: MarkedText, day: Number) -> Number | None:
    """Return the number that stands behind the number of a day: 12 of "on the 5th – 12"."""
    place = day.end
    while place < len(marked.words):
        if bound := marked.at("bound", place):
            place = bound.end
        elif marked.words[place] in _DASHES:
            place += 1
        else:
            break
    return next(
        (one for one in marked.numbers if one.start == place and one.kind == "cardinal"), None
    )


def is_day_alone(marked: MarkedText, named: NamedDay) -> bool:
    """Return whether a day is told by its number alone."""
    return any(
        one.kind == "ordinal" and (one.start, one.end) == (named.start, named.end)
        for one in marked.numbers
    )


def _dashed_day(marked: MarkedText, number: Number) -> int | None:
    """Return where a day ends that a dash parts from its number: "у п'ятницю повернули 40 осіб, у суботу – 30"."""
    day = number.start - 2
    first = marked.sentence_at(number.start).start
    is_dashed = day > first and marked.words[day + 1] in _DASHES
    if marked.language_code == "en" or not is_dashed:
        return None
    counted = any(first <= one.start < day and one.kind == "cardinal" for one in marked.numbers)
    is_day = marked.words[day] in marked.language.weekdays or (
        marked.words[day] in marked.language.months and marked.words[day - 1].isdecimal()
    )
    return day if counted and is_day else None


def is_on_listed_day(marked: MarkedText, number: Number) -> bool:
    """Return whether a number of people stands right behind the number of a day, or behind a weekday's dash."""
    if _dashed_day(marked, number) is not None:
        return True
    day = _day_before(marked, number)
    return day is not None and any(
        marked.words[at] in marked.language.months
        for at in range(marked.sentence_at(day.start).start, day.start)
    )


def listed_day_of(marked: MarkedText, days: Sequence[NamedDay], number: Number) -> NamedDay | None:
    """Return the day of a list that a number of people stands right behind."""
    if (day := _dashed_day(marked, number)) is not None:
        return next((one for one in days if one.end == day + 1), None)
    before = _day_before(marked, number)
    return next((one for one in days if before is not None and one.start == before.start), None)


def _day_before(marked: MarkedText, number: Number) -> Number | None:
    """Return the number of a day that stands right before a number of people."""
    sentence = marked.sentence_at(number.start)
    return next(
        (
            one
            for one in reversed(marked.numbers)
            if one.start in sentence and one.end <= number.start
            if _is_listed(marked, one) and _counted(marked, one) == number
        ),
        None,
    )
