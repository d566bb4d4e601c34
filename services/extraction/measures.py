"""What a number counts: people who came back, a part of them, a running total, people who are held."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from schemas.claim import Measure
from services.extraction.counted_since import (
    RunningTotal,
    counted_since,
    from_a_month,
    since_a_truce,
    since_in_front,
)
from services.extraction.earlier_totals import is_by_days, was_before_another
from services.extraction.marking import Mark, MarkedText
from services.extraction.named_days import NamedDay
from services.extraction.numbers_stated import is_stated_of_freed
from services.extraction.spans import (
    is_latest_since,
    is_of_one_in_week,
    is_out_of,
    is_planned,
    within_days,
)
from services.extraction.through_exchanges import in_exchanges, tells_of_exchanges
from services.extraction.told import Told
from services.extraction.totals_told import (
    MANY_EXCHANGES,
    between_days,
    counted_from_a_day,
    is_here_by_now,
    is_only_so_many,
    is_total_of_one,
    is_total_told,
    sums_up_to_another,
)


GENERIC_CATEGORIES = ("all", "military", "unspecified", "civilian")
_ACTS = ("give", "get", "free", "back", "swap", "exchange")
_NEAR = 8
_EARLIER_WORDS = 5
_YEAR = re.compile(r"20\d\d|19\d\d")
_RELATIVE = frozenset(("who", "whom", "that", "which"))
#: Of one person or thing, in Ukrainian and Russian: what is told behind them is not of a number before.
_WHICH = frozenset(
    (
        *("який", "яка", "яке", "якого", "якому", "яку", "котрий", "котра"),
        *("который", "которая", "которое", "которого", "которому", "которую"),
    )
)
_AGREEMENTS = frozenset(("agreement", "agreements", "accord", "accords", "deal", "deals"))
_MADE = frozenset(("made", "struck", "held"))
_EARLIER = frozenset(("earlier", "раніше", "ранее"))
#: What begins a sentence that sums up, in Ukrainian and Russian.
_IN_ALL = frozenset(("загалом", "усього", "всього", "всего", "в общей сложности"))
_UP_TO = frozenset(("до", "на", "by", "until"))
#: So many at least came back in an exchange on the average.
_EACH_BROUGHT = 10
#: Where somebody is already, in Ukrainian and Russian.
_HERE = frozenset(("вдома", "в", "на", "дома"))


def running_total(told: Told, days: Sequence[NamedDay], as_of: date | None) -> RunningTotal | None:
    """Return since when a number counts, null for one that is of a single exchange."""
    marked, sentence = told.marked, told.sentence
    # "another 100"
    is_new = told.said.bound == "exact" and marked.has(
        "new", told.said.start, told.said.number.start
    )
    since = marked.marks("since", sentence.start, told.said.start)
    is_summed_since = bool(since) and marked.has("so_far", since[-1].end, told.said.start)
    if (
        is_new
        or is_total_of_one(told)
        or _is_on_its_own_day(told, days)
        or is_listed_by_days(told)
        or (_is_of_occasion(told) and not is_summed_since)
        or marked.at("versus", told.said.number.end)
        or marked.words[told.said.number.end : told.said.number.end + 2] == ["-", "for"]
    ):
        return None
    if counted := counted_since(told, days) or _in_a_year(told, days):
        return counted
    counted = _told_as_total(told, days, as_of)
    counted = counted or _of_counted_exchanges(told, days) or since_in_front(told, days)
    if counted or (as_of is not None and (counted := from_a_month(told, days, as_of))):
        return counted
    is_of_year = (
        marked.has("this_year", sentence.start, sentence.stop)
        and not is_earlier_this_year(told)
        and not _is_of_a_day(told, days)
        and not _is_of_agreements(told)
        # "freed 104, taking the total swapped this year to 2,384"
        and not any(
            sums_up_to_another(told, one)
            for one in marked.marks("so_far", told.said.end, sentence.stop)
        )
    )
    is_of_week = marked.has("this_week", sentence.start, sentence.stop)
    if is_planned(told):
        is_of_year = is_of_week = False  # "agreed to free 40 each this week"
    if is_of_year and as_of and (_is_summed(told) or not _tells_of_exchange(told)):
        return RunningTotal(as_of.replace(month=1, day=1))
    is_of_week = is_of_week and not is_of_one_in_week(told)
    if is_of_week and as_of and not _is_earlier(told, "this_week"):
        return RunningTotal(as_of - timedelta(days=7))
    is_summed = is_by_days(told) or _is_summed(told) or is_out_of(told, days)
    is_summed = is_summed or since_a_truce(told) or in_exchanges(told, days)
    return RunningTotal(None) if is_summed else None


def _is_on_its_own_day(told: Told, days: Sequence[NamedDay]) -> bool:
    """Return whether days have so many each, behind each number: "60 people on Friday, 50 on Saturday"."""
    marked, end = told.marked, max(told.said.end, told.group.end)
    is_on = marked.words[end : end + 1] == ["on"]
    is_of_day = is_on and any(one.start in (end, end + 1) and not one.is_month for one in days)
    others = sum(one.start in told.sentence and not one.is_month for one in days)
    return is_of_day and others > 1 and marked.language_code == "en"


def is_listed_by_days(told: Told) -> bool:
    """Return whether days have so many each: "with 90 and 40 swapped over the past two days, respectively"."""
    return "respectively" in told.marked.words[told.said.end : told.sentence.stop] and (
        within_days(told)
    )


def _told_as_total(told: Told, days: Sequence[NamedDay], as_of: date | None) -> RunningTotal | None:
    """Return since when a number counts that is told as a total by what stands before it."""
    if is_stated_of_freed(told) or was_before_another(told):
        return RunningTotal(None)
    day = between_days(told, days)
    if day is None and as_of is not None:
        day = counted_from_a_day(told, days, as_of)
    return RunningTotal(day) if day is not None or is_total_told(told) else None


def _is_of_a_day(told: Told, days: Sequence[NamedDay]) -> bool:
    """Return whether "this year" is the year of a day that is named: "on 9 May of this year"."""
    years = told.marked.marks("this_year", told.sentence.start, told.sentence.stop)
    return any(year.start - day.end in (0, 1) for year in years for day in days)


def _is_of_agreements(told: Told) -> bool:
    """Return whether "this year" is when something was agreed on: "exchanged 40 under agreements made this year"."""
    marked, end = told.marked, told.group.end
    return any(
        marked.words[at] in _AGREEMENTS
        and (marked.words[at + 1].endswith("ed") or marked.words[at + 1] in _MADE)
        for year in marked.marks("this_year", end, told.sentence.stop)
        for at in range(end, year.start - 1)
    )


def is_earlier_this_year(told: Told) -> bool:
    """Return whether something was on one day of the year: "released 150 earlier this year"."""
    return _is_earlier(told, "this_year")


def was_earlier(told: Told) -> bool:
    """Return whether just those who are counted came back on some day before: "30 captives freed earlier this week"."""
    marked, end = told.marked, told.group.end
    if any(told.said.end <= one.start < told.group.start for one in marked.numbers):
        return False  # of "12 of the 30 captives freed earlier" those 30
    return any(
        marked.words[one.start - 1] in _EARLIER
        for kind in ("this_week", "this_month", "this_year")
        for one in marked.marks(kind, end, min(end + _EARLIER_WORDS, told.sentence.stop))
    )


def _is_earlier(told: Told, span: str) -> bool:
    """Return whether something was on one day of a span of time that is named: "freed earlier this week"."""
    marked, sentence = told.marked, told.sentence
    return any(
        one.start > sentence.start and marked.words[one.start - 1] in _EARLIER
        for one in marked.marks(span, sentence.start, sentence.stop)
    )


def _of_counted_exchanges(told: Told, days: Sequence[NamedDay]) -> RunningTotal | None:
    """Return that a number is a total where exchanges were counted just before: "It held 70 exchanges. 8,000 came home"."""
    marked, tokens = told.marked, told.marked.tokens
    own = tokens[told.said.start]
    before = marked.sentences[own.sentence - 1] if own.sentence else None
    if before is None or tokens[before.start].paragraph != own.paragraph:
        return None
    is_of_a_day = marked.has("today", told.sentence.start, told.sentence.stop) or any(
        one.start in told.sentence
        # "by 2 May they had held 20"
        or (one.start in before and marked.words[max(0, one.start - 1)] not in _UP_TO)
        for one in days
    )
    begins = marked.words[told.sentence.start : told.sentence.start + 3]
    kinds = ("cardinal", "ordinal") if _IN_ALL & {begins[0], " ".join(begins)} else ("cardinal",)
    are_counted = any(
        one.kind in kinds
        and one.value >= MANY_EXCHANGES
        and marked.has("exchange", one.end, one.end + 2)
        # "це був 41-й обмін. Усього повернули 180 військових": in that one
        and (one.kind == "cardinal" or told.said.number.value > _EACH_BROUGHT * one.value)
        for one in marked.numbers
        if one.start in before
    )
    are_counted = are_counted or is_only_so_many(told, before)
    return RunningTotal(None) if are_counted and not is_of_a_day else None


def _tells_of_exchange(told: Told) -> bool:
    return told.marked.has("exchange", told.sentence.start, told.sentence.stop)


def _in_a_year(told: Told, days: Sequence[NamedDay]) -> RunningTotal | None:
    """Return the first day of the year, or of the month, that a number counts in: "1,600 came home in 2030"."""
    marked, sentence = told.marked, told.sentence
    if _is_of_last_year(told) and not any(one.start in sentence for one in days):
        return RunningTotal(None)
    is_of_one = _tells_of_exchange(told) and not tells_of_exchanges(told)
    if is_of_one or marked.has("background", sentence.start, sentence.start + 1):
        return None
    named = [one for one in days if one.start in sentence]
    if any(not one.is_month for one in named):
        return None
    if len(named) == 2 and _goes_up_to(marked, named[0].end):  # noqa: PLR2004  from one to another
        return RunningTotal(named[0].day)
    years = [
        place
        for place in range(sentence.start + 1, sentence.stop)
        if _YEAR.fullmatch(marked.words[place])
        and marked.is_small("in", place - 1)
        # "freed 40 who had been held since the rising in 2030"
        and not any(marked.has(kind, told.said.end, place) for kind in ("since", "crash"))
    ]
    if not years or marked.has("befell", sentence.start, years[0]):
        return None
    return RunningTotal(date(int(marked.words[years[0]]), 1, 1))


def _is_of_last_year(told: Told) -> bool:
    """Return whether so many came back in the year before: "900 captives were freed last year"."""
    marked, end = told.marked, told.said.end
    is_then = "last year" in " ".join(marked.words[end : told.clause.stop])
    is_then = is_then or "торік" in marked.words[told.clause.start : told.clause.stop]
    # "captured last year": when they came back is not told
    kinds = ("seize", "befell", "held", "since", "part")
    is_more = any(marked.has(kind, end, told.clause.stop) for kind in kinds) or (
        "taken" in marked.words[end : told.clause.stop]
    )
    is_freed = any(marked.has(kind, told.clause.start, told.clause.stop) for kind in _ACTS[:4])
    return is_then and is_freed and not is_more and not _tells_of_exchange(told)


def _goes_up_to(marked: MarkedText, place: int) -> bool:
    """Return whether a word or a dash leads from one day to another."""
    return marked.words[place] in "-–" or marked.is_small("to", place)


def _is_summed(told: Told) -> bool:
    """Return whether a clause says that it sums up: "so far", "in all"."""
    marked, clause = told.marked, told.clause
    return any(
        # "the largest swap so far" sums nothing up
        not marked.has("largest", told.said.end, one.start)
        and not marked.has("largest", max(clause.start, one.start - 5), one.start)
        # "the release of 104 takes the total to 973" sums up to the latter
        and not sums_up_to_another(told, one)
        and not _counts_exchanges(told, one)
        # "aims to free 90 through exchanges"
        and not (marked.words[one.start] == "through" and is_planned(told))
        and not _is_of_swaps(told, one)
        # "in all, 20 are coming home today"
        and marked.words[one.start : one.end + 1] != ["в", "цілому", "сьогодні"]
        # "ten are home already" sums nothing up
        and not _HERE & set(marked.words[one.end : one.end + 1])
        and not is_here_by_now(told, one)
        # "traded 40 sailors for a spy who had already talked": "already" is no total there
        and not _WHICH & set(marked.words[told.said.end : one.start])
        for one in marked.marks("so_far", clause.start, clause.stop)
    )


def _is_of_swaps(told: Told, summed: Mark) -> bool:
    """Return whether words that sum up are of swaps that are told of: "the latest of swaps that have grown in recent weeks"."""
    between = told.marked.words[told.said.end : summed.start]
    return "recent" in told.marked.words[summed.start : summed.end] and any(
        word in _RELATIVE for word in between
    )


def _counts_exchanges(told: Told, summed: Mark) -> bool:
    """Return whether words that sum up are of exchanges, and not of people: "this is already the 67th swap"."""
    marked = told.marked
    is_so_far = marked.words[summed.start : summed.end] in (["so", "far"], ["to", "date"])
    none = summed.start - 2
    if is_so_far and any(
        one.end == summed.start for one in marked.marks("exchange", none - 2, summed.start)
    ):
        return True  # "the last exchange to date"
    if is_so_far and none >= 0 and marked.words[none] == "no" and marked.at("exchange", none + 1):
        return True  # "and no exchange has been bigger"
    if is_so_far and any(
        one.end <= summed.start <= one.end + _EARLIER_WORDS
        and marked.has("exchange", one.end, one.end + 2)
        for one in marked.numbers
        if one.start >= told.clause.start
    ):
        return True  # "Five exchanges took place so far"
    return any(
        one.start in range(summed.end, summed.end + 4)
        and marked.has("exchange", one.end, one.end + 2)
        for one in marked.numbers
    )


def _is_of_occasion(told: Told) -> bool:
    """Return whether "since" belongs to an occasion: "the largest swap since", "the first since"."""
    marked, sentence = told.marked, told.sentence
    since = marked.marks("since", sentence.start, sentence.stop)
    if not since:
        return False
    first = since[0].start
    if any(_is_occasion_before(marked, range(sentence.start, one.start)) for one in since):
        return True
    if told.said.start > first:
        return False
    between = range(told.said.number.end, first)
    return (
        is_latest_since(marked, first)
        or any(
            marked.has(kind, between.start, between.stop)
            for kind in ("largest", "first_time", "rare")
        )
        or any(one.kind == "ordinal" and one.start in between for one in marked.numbers)
    )


def _is_occasion_before(marked: MarkedText, before: range) -> bool:
    """Return whether "since" stands after an occasion alone: "in the second exchange of its kind since"."""
    near = range(max(before.start, before.stop - _NEAR), before.stop)
    if any(one.end == before.stop for one in marked.marks("largest", near.start, near.stop)):
        return True  # "the largest since May: 80 were freed"
    if any(
        one.start in near
        and one.kind != "ordinal"
        # "in one of the largest swaps since May, they freed 80"
        and marked.words[one.end : one.end + 2] != ["of", "the"]
        for one in marked.numbers
    ):
        return False
    return marked.has("exchange", near.start, near.stop) and (
        any(one.start in near for one in marked.numbers)
        or any(marked.has(kind, near.start, near.stop) for kind in ("largest", "first_time"))
    )


def plain_measure(*, is_total: bool, is_both: bool) -> Measure:
    """Return the measure of a number of people who came back."""
    if is_both:
        return "cumulative_exchanged_total" if is_total else "exchanged_total"
    return "cumulative_returned" if is_total else "returned"
