"""Running totals by what they are told with: a day that they count from, "reached", all that a mediator did."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from services.extraction.marking import Mark, MarkedText
from services.extraction.named_days import NamedDay
from services.extraction.told import Told


#: How long before a report a day is that something counts from, and is no day of its own.
_LONG_AGO = timedelta(days=45)
_ACTS = ("give", "get", "free", "back", "swap")
#: Verbs that lead to what a total is by now.
REACHED = frozenset(
    (
        *(
            "reached",
            "reaches",
            "reaching",
            "exceeds",
            "exceeded",
            "surpassed",
            "totals",
            "totalled",
        ),
        *("досягла", "досягло", "сягнула", "сягнуло", "становить", "перевищила", "перевищило"),
        *("достигло", "достигла", "составляет", "составило", "превысило"),
    )
)
_BROUGHT = frozenset(
    ("brings", "bringing", "brought", "takes", "taking", "took", "raises", "raising")
)
_IN_ALL = frozenset(("загалом", "усього", "всього", "всего", "overall", "altogether"))
_FREED = ("free", "freed", "back", "get", "swap")
_THAT_TIME = (["in", "that", "time"], ["over", "that", "time"], ["during", "that", "time"])
_BEFORE_THAT = (["до", "цього"], ["до", "этого"], ["before", "this"], ["before", "that"])
_HAS = frozenset(("has", "have"))
_HAD = frozenset(("had", "has", "have"))
_BEFORE_WORDS = 2
#: How far into a sentence the war may be named that it tells of, and how far "had" may be from a number.
_WAR_WORDS = 7
_ALREADY_WORDS = 5
_SWAPS_WORDS = 6
#: Where somebody is, in Ukrainian and Russian.
_AT_HOME = frozenset(("вдома", "дома", "в", "у", "на"))
_ONLY = frozenset(("лише", "тільки", "лишь", "только"))
#: So many exchanges are none of one day.
MANY_EXCHANGES = 5
#: What is told of roughly, and of so many that they are of more exchanges than one.
_ROUGH = ("about", "more_than", "nearly", "at_least")
_THOUSANDS = 1000
#: How far before a number "in all" may stand.
_SUM_WORDS = 5


def counted_from_a_day(told: Told, days: Sequence[NamedDay], as_of: date) -> date | None:
    """Return the day that a sentence begins with, and counts from: "З 1 березня 2029 року звільнено 5200"."""
    marked, sentence = told.marked, told.sentence
    if marked.language_code == "en":
        return None
    first = next((at for at in sentence if marked.words[at][0].isalnum()), sentence.stop)
    day = next((one for one in days if one.start == first + 1 and not one.is_month), None)
    if day is None or marked.at("from_place", first) is None or day.end > told.said.start:
        return None
    is_told = any(marked.has(kind, day.end, sentence.stop) for kind in _ACTS)
    is_first = as_of - day.day > _LONG_AGO or day.day == marked.ledger.opened
    return day.day if is_told and is_first else None


def is_total_told(told: Told) -> bool:
    """Return whether words tell a total: "the number of those freed has reached 4,131", "in all, by mediation, 900"."""
    marked, start, clause = told.marked, told.said.start, told.clause
    near = marked.words[max(clause.start, start - _BEFORE_WORDS) : start]
    # a bound that is a verb itself: "the number of those freed exceeded 900"
    near += marked.words[start : told.said.number.start]
    asked = marked.marks("how_many", clause.start, start)
    is_brought_to = near[-1:] == ["to"] and near[0] in _BROUGHT and _is_number_of(told)
    has_reached = bool(REACHED & set(near)) and any(
        marked.has(kind, asked[0].start, start) for kind in _FREED if asked
    )
    is_in_all = marked.words[told.sentence.start] in _IN_ALL and (
        marked.has("mediating", told.sentence.start, start) or _has_done(told)
    )
    is_in_all = (
        is_in_all
        or _by_agreements(told)
        or _in_that_time(told)
        or _in_those_years(told)
        or _in_a_war(told)
        or _had_done_already(told)
        or by_swaps(told)
        or _before_that(told)
    )
    return has_reached or is_in_all or is_brought_to or _is_sum_of_many(told)


def by_swaps(told: Told) -> bool:
    """Return whether several exchanges have brought so many: "the latest of several swaps that have freed 700"."""
    marked, start = told.marked, told.said.start
    near = range(max(told.sentence.start, start - _SWAPS_WORDS), start)
    return any(
        marked.words[one.end : one.end + 2] in (["that", "have"], ["which", "have"])
        and marked.words[one.end - 1].endswith("s")
        for one in marked.marks("exchange", near.start, near.stop)
    )


def _by_agreements(told: Told) -> bool:
    """Return whether agreements have brought thousands home: "over 2,000 have returned under the agreements"."""
    marked, end = told.marked, told.group.end
    is_rough = told.said.bound in _ROUGH and told.said.number.value >= _THOUSANDS
    has_come = marked.words[end : end + 1] == ["have"] and any(
        marked.at(kind, at) is not None for kind in _FREED for at in (end + 1, end + 2)
    )
    return is_rough and has_come and "agreements" in marked.words[end : told.clause.stop]


def _in_that_time(told: Told) -> bool:
    """Return whether so many are told to have come in a time just told of: "In that time 900 people have been freed"."""
    marked, first, end = told.marked, told.sentence.start, told.group.end
    is_first = marked.words[first : first + 3] in _THAT_TIME
    return is_first and marked.words[end : end + 1] == ["have"]


def _in_those_years(told: Told) -> bool:
    """Return whether so many are told to have come in years: "In the two years 900 have been able to come home"."""
    marked, first, end = told.marked, told.sentence.start, told.group.end
    is_first = marked.words[first : first + 2] in (["in", "the"], ["in", "these"], ["over", "the"])
    is_span = any(
        one.start == first + 2 and marked.words[one.end : one.end + 1] in (["years"], ["months"])
        for one in marked.numbers
    )
    has_come = marked.words[end : end + 1] == ["have"]
    return is_first and is_span and has_come


def _in_a_war(told: Told) -> bool:
    """Return whether so many are told to have come in a war that was: "In the first border war 900 were released"."""
    marked, first = told.marked, told.sentence.start
    is_first = marked.words[first : first + 2] in (["in", "the"], ["during", "the"])
    war = next(iter(marked.marks("war", first + 2, first + _WAR_WORDS)), None)
    is_that = war is not None and any(
        one.kind == "ordinal" and first < one.start < war.start for one in marked.numbers
    )
    acts = any(marked.has(kind, told.clause.start, told.clause.stop) for kind in _ACTS)
    return is_first and is_that and acts


def _before_that(told: Told) -> bool:
    """Return whether so many are told roughly to have come before: "До цього звільнили понад 100"."""
    marked, first = told.marked, told.sentence.start
    is_before = marked.words[first : first + 2] in _BEFORE_THAT
    acts = any(marked.has(kind, first, told.clause.stop) for kind in _FREED)
    return is_before and acts and told.said.bound in _ROUGH


def _had_done_already(told: Told) -> bool:
    """Return whether a side is told to have let so many go by then: "The rebels had already freed 90"."""
    marked, clause, start = told.marked, told.clause, told.said.start
    already = marked.marks("already", clause.start, min(told.group.end + _WAR_WORDS, clause.stop))
    near = range(max(clause.start, start - _ALREADY_WORDS), start)
    had = next((at for at in near if marked.words[at] in _HAD), None)
    if not already or had is None or marked.language_code != "en":
        return False
    is_sides = any(one.end == had for one in marked.marks("side_name", had - 3, had))
    acts = any(marked.has(kind, had, start) for kind in ("free", "give"))
    return is_sides and acts


def _has_done(told: Told) -> bool:
    """Return whether it is told what somebody has done by now: "Altogether it has now helped to free 900"."""
    marked, start = told.marked, told.said.start
    return any(
        word in _HAS and marked.language_code == "en"
        for word in marked.words[told.sentence.start : start]
    ) and any(marked.has(kind, told.sentence.start, start) for kind in (*_FREED, "release"))


def _is_number_of(told: Told) -> bool:
    """Return whether a number is told of what: "It brought to 3,910 the number of those freed"."""
    asked = told.marked.at("how_many", told.said.end) or told.marked.at("so_far", told.said.end)
    return asked is not None and any(
        told.marked.has(kind, asked.end, told.sentence.stop) for kind in _FREED
    )


def _is_sum_of_many(told: Told) -> bool:
    """Return whether thousands are told of roughly, in all or by somebody's mediation: "загалом повернули близько 4 тис."."""
    marked, sentence, said = told.marked, told.sentence, told.said
    is_rough = said.bound in _ROUGH and said.number.value >= _THOUSANDS
    # "обменов уже 50, в общей сложности освобождены 3035"
    before = marked.words[max(sentence.start, said.start - _SUM_WORDS) : said.start]
    is_in_all = said.number.value > _THOUSANDS and "в общей сложности" in " ".join(before)
    if marked.language_code == "en" or not (is_rough or is_in_all):
        return False
    is_of_a_day = any(
        marked.has(kind, sentence.start, sentence.stop) for kind in ("today", "yesterday", "plan")
    )
    is_summed = is_in_all or marked.words[sentence.start] in _IN_ALL
    is_mediated = marked.has("mediating", sentence.start, sentence.stop)
    acts = any(marked.has(kind, sentence.start, sentence.stop) for kind in _FREED)
    return acts and (is_summed or is_mediated) and not is_of_a_day


def is_only_so_many(told: Told, before: range) -> bool:
    """Return whether it is all that so few came back: "цей обмін став 41-м. Вони забрали лише 870 своїх"."""
    marked, start, end = told.marked, told.said.start, told.said.number.end
    is_only = marked.words[max(0, start - 1)] in _ONLY and marked.at("its", end) is not None
    return (
        is_only
        and marked.has("exchange", before.start, before.stop)
        and any(
            one.kind == "ordinal" and one.value >= MANY_EXCHANGES
            for one in marked.numbers
            if one.start in before
        )
    )


def between_days(told: Told, days: Sequence[NamedDay]) -> date | None:
    """Return the first of two days, far apart, between which so many came: "Between 1 March and 5 May Klow got 620"."""
    marked = told.marked
    named = [one for one in days if one.start in told.sentence]
    return next(
        (
            first.day
            for first, last in pairwise(named)
            if marked.words[max(0, first.start - 1)] == "between"
            and marked.words[first.end : last.start] == ["and"]
            and last.day - first.day > _LONG_AGO
            and any(marked.has(kind, told.sentence.start, told.sentence.stop) for kind in _FREED)
        ),
        None,
    )


def is_here_by_now(told: Told, by_now: Mark) -> bool:
    """Return whether so few are told to be somewhere by now that they are of one exchange: "В Сілдавії вже 70 наших"."""
    marked = told.marked
    before = marked.words[max(told.clause.start, by_now.start - 2) : by_now.start]
    is_right_before = by_now.end == told.said.start and told.said.bound == "exact"
    is_few = told.said.number.value < _THOUSANDS and not marked.has(
        "held", told.clause.start, told.clause.stop
    )
    return bool(_AT_HOME & set(before)) and is_right_before and is_few


def is_total_of_one(told: Told) -> bool:
    """Return whether a total is of one exchange: "The swap also included 20 civilians, bringing the total to 90"."""
    marked, first = told.marked, told.sentence.start
    first += marked.words[first] in ("the", "this")
    exchange = marked.at("exchange", first)
    included = exchange is not None and marked.marks("part", exchange.end, exchange.end + 3)
    return bool(included) and marked.has("so_far", first, told.said.start)


def sums_up_to_another(told: Told, summed: Mark) -> bool:
    """Return whether words that sum up stand behind a number and before another one."""
    # "frees 90 and takes to 4,000 the number freed": the latter
    if any(
        one.end == summed.start
        and one.start > told.said.end
        and told.marked.words[one.start - 1] == "to"
        and told.marked.words[one.start - 2] in _BROUGHT
        for one in told.marked.numbers
    ):
        return True
    # "brings the number exchanged through their good offices to 4,000": however far behind
    return summed.start >= told.said.end and any(
        summed.end <= one.start < told.sentence.stop
        # "to over 4,000"
        and any(_leads_to_sum(told.marked, at) for at in range(one.start - 3, one.start))
        for one in told.marked.numbers
    )


def _leads_to_sum(marked: MarkedText, place: int) -> bool:
    return marked.is_small("sum_to", place) and marked.words[place : place + 2] != ["at", "least"]
