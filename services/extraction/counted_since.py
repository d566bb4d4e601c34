"""Since when a number counts that is said with "since", or with the days that it counts between."""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from services.extraction.marking import Mark, MarkedText
from services.extraction.named_days import NamedDay
from services.extraction.numbers import Number
from services.extraction.told import Told
from services.extraction.totals_told import (
    sums_up_to_another,
)


_ACTS = ("give", "get", "free", "back", "swap", "exchange")
_NEAR = 8
_EARLIER_WORDS = 5
#: What sums up, in Ukrainian and Russian.
_IN_ALL = frozenset(("загалом", "усього", "всього", "всего"))
_YEAR = re.compile(r"20\d\d|19\d\d")
_HELD = frozenset(("held", "imprisoned", "detained", "jailed", "captive"))
_RELATIVE = frozenset(("who", "whom", "that", "which"))
_HAD = frozenset(("has", "have", "had"))


class RunningTotal(NamedTuple):
    """That a number is a running total, and since when.

    Attributes:
        since: The first day counted in, null if it is not said.
    """

    since: date | None


def counted_since(told: Told, days: Sequence[NamedDay]) -> RunningTotal | None:
    """Return the first day of a number that counts "since", null for one that does not."""
    marked, sentence, opened = told.marked, told.sentence, told.marked.ledger.opened
    first = _first_of_sum(told, days)
    if first is not None:
        return RunningTotal(opened if first == opened else first)
    for mark in marked.marks("since", sentence.start, sentence.stop):
        is_held = marked.words[mark.start - 1] in _HELD
        is_held = is_held and not _were_exchanges_held(marked, sentence.start, mark.start)
        if is_held or _is_in_captivity(marked, mark.start):
            continue  # "held since 2030", "in captivity since the first days"
        if _is_of_their_own(told, mark) or _is_of_others_behind(told, mark):
            continue
        summed = marked.marks("so_far", told.said.end, mark.start)
        if summed and sums_up_to_another(told, summed[0]):
            continue  # "the release of 104 takes the total to 973 since Friday"
        day = next((one for one in days if mark.end <= one.start <= mark.end + 2), None)
        if day is not None and marked.at("when", day.end):
            return None
        if day is not None:
            is_opening = opened is not None and day.day <= opened <= day.last_day
            return RunningTotal(opened if is_opening else day.day)
        if (year := _year_after(marked, mark)) is not None:
            return RunningTotal(year)
        following = range(mark.start, min(mark.end + _NEAR, sentence.stop))
        if any(marked.has(kind, following.start, following.stop) for kind in ("war", "start")):
            return RunningTotal(opened)
    return None


def from_a_month(told: Told, days: Sequence[NamedDay], as_of: date) -> RunningTotal | None:
    """Return the first day of the month that a sentence or clause begins with, and counts from: "From March on 550 came"."""
    marked, sentence = told.marked, told.sentence
    if marked.language_code == "en":
        return None
    month = next((one for one in days if one.is_month and _is_begun_with(told, one)), None)
    if month is None:
        return None
    is_before = month.last_day < as_of.replace(day=1) and month.end <= told.said.start
    is_told = any(marked.has(kind, month.end, sentence.stop) for kind in _ACTS)
    return RunningTotal(month.day) if is_before and is_told else None


def _is_begun_with(told: Told, month: NamedDay) -> bool:
    """Return whether "from" a month begins a sentence, or stands behind its comma or its "in all"."""
    marked, sentence, start = told.marked, told.sentence, month.start - 1
    first = next((at for at in sentence if marked.words[at][0].isalnum()), sentence.stop)
    if start not in sentence or marked.at("from_place", start) is None:
        return False
    return start == first or marked.words[start - 1] in (",", *_IN_ALL)


def _is_of_others_behind(told: Told, since: Mark) -> bool:
    """Return whether "since" is of others in a clause behind: "freed three, and they released 90 detained since"."""
    return since.start >= told.clause.stop and any(
        told.clause.stop <= one.start < since.start for one in _people_counted(told.marked)
    )


def _is_of_their_own(told: Told, since: Mark) -> bool:
    """Return whether "since" is of something beside a number: "40, who had been in jail since"."""
    marked, end = told.marked, max(told.said.end, told.group.end)
    # "detained in the hills" may be who they are
    between = range(min(end, told.group.start + 1), since.start)
    is_taken = any(marked.words[at] in _HELD for at in between) or any(
        marked.has(kind, between.start, since.start) for kind in ("seize", "befell")
    )
    if is_taken and not any(marked.has(kind, end, since.start) for kind in (*_ACTS, "so_far")):
        return True  # "freed 40 captives it had detained in the hills since"
    return any(
        marked.words[at] in _RELATIVE
        and not any(marked.has(kind, at, since.start) for kind in _ACTS)
        for at in range(end, since.start)
    )


def _were_exchanges_held(marked: MarkedText, start: int, place: int) -> bool:
    """Return whether exchanges are counted that have been held up to a place: "41 exchanges have been held since"."""
    return marked.words[place - 3 : place] == ["have", "been", "held"] and any(
        marked.has("exchange", one.end, one.end + 2)
        for one in marked.numbers
        if start <= one.start < place
    )


def _is_in_captivity(marked: MarkedText, place: int) -> bool:
    """Return whether "in captivity" ends at a place."""
    if marked.words[place - 1] == "hands" and marked.language_code == "en":
        return True
    near = marked.marks("captivity", max(1, place - 2), place)
    return any(one.end == place and marked.is_small("in", one.start - 1) for one in near)


def since_in_front(told: Told, days: Sequence[NamedDay]) -> RunningTotal | None:
    """Return since when a number counts behind a clause: "since the truce of 2 May, it brought 90 home"."""
    marked, sentence = told.marked, told.sentence
    since = next(iter(marked.marks("since", sentence.start, told.said.start)), None)
    if since is None or marked.language_code != "en":
        return None
    comma = next((at for at in range(since.end, told.said.start) if marked.words[at] == ","), None)
    if comma is None or any(since.end <= one.start < comma for one in _people_counted(marked)):
        return None
    has_perfect = any(
        marked.words[one.start] in _HAD for one in marked.marks("done", comma, sentence.stop)
    )
    if not has_perfect or not any(marked.has(kind, comma, sentence.stop) for kind in _ACTS):
        return None
    first = next((one.day for one in days if since.end <= one.start < comma), None)
    return RunningTotal(first)


def _people_counted(marked: MarkedText) -> list[Number]:
    """Return the numbers that words for people stand behind."""
    kinds = ("people", "side_people", "people_known")
    return [
        one
        for one in marked.numbers
        # "62 of the captives"
        for end in (one.end + 2 * (marked.words[one.end : one.end + 2] == ["of", "the"]),)
        if any(marked.has(kind, end, end + 2) for kind in kinds)
    ]


def _year_after(marked: MarkedText, since: Mark) -> date | None:
    """Return the first day of the year alone that something is counted since: "has freed 20 since 2030"."""
    word = "".join(marked.words[since.end : since.end + 1])
    return date(int(word), 1, 1) if _YEAR.fullmatch(word) else None


def _first_of_sum(told: Told, days: Sequence[NamedDay]) -> date | None:
    """Return the day from which a sum is counted up to another one: "from 1 March, as of 2 May, 978 returned"."""
    marked, sentence = told.marked, told.sentence
    summed = marked.has("so_far", sentence.start, told.said.start)
    named = [one for one in days if one.start in sentence and one.end <= told.said.start]
    if not summed or len(named) < 2 or named[0].is_month:  # noqa: PLR2004
        return None
    is_from = named[0].start > 0 and marked.at("from_place", named[0].start - 1) is not None
    return named[0].day if is_from else None


def since_a_truce(told: Told) -> bool:
    """Return whether a number counts since a truce: "720 were freed by both sides since the truce took effect"."""
    marked, sentence = told.marked, told.sentence
    return any(
        marked.has("truce", since.end, since.end + _EARLIER_WORDS)
        for since in marked.marks("since", told.said.end, sentence.stop)
        if not _is_of_their_own(told, since)
        # "freed 14, bringing to 83 the number of those freed since the truce"
        and not any(told.said.end <= one.start < since.start for one in marked.numbers)
    )
