"""Whether people are counted of several exchanges: "returned in 49 exchanges", "завдяки 62 обмінам"."""

from collections.abc import Sequence

from services.extraction.named_days import NamedDay
from services.extraction.told import Told


_IN_THEIR_COURSE = frozenset(
    ("in", "over", "through", "during", "after", "across", "within", "under")
)
_COUNTED_FROM = frozenset(("since", "between"))
_THROUGH = frozenset(("завдяки", "у", "в", "за", "під", "через", "благодаря", "по", "ході"))
_WHICH = frozenset(("which", "яких", "яким", "котрих", "которых", "которым"))
_WHICH_WITHIN = 6
_THROUGH_BEFORE = frozenset(
    ("час", "ході", "завдяки", "результаті", "ходе", "благодаря", "результате", "за")
)
_STAGES = frozenset(("stages", "phases", "rounds", "exchanges", "swaps"))
_STAGE_WITHIN = 4
#: How far before "involving" exchanges may be counted.
_COUNTED_WORDS = 4
#: So many exchanges are none of one day.
_MANY_EXCHANGES = 5
#: Greater numbers before an exchange are its year.
_YEARS_FROM = 1900
#: Ends of words for exchanges, in Ukrainian and Russian, where they are several.
_MANY = ("ів", "ов", "ам", "ами", "ах")


def in_exchanges(told: Told, days: Sequence[NamedDay]) -> bool:
    """Return whether people are counted of several exchanges: "about 3,000 had been returned in 49 exchanges"."""
    marked, clause = told.marked, told.clause
    if any(
        one.start in told.sentence
        and not one.is_month
        # "since the attack of 6 May", "between 1 January and 6 May"
        and not any(
            marked.words[at] in _COUNTED_FROM for at in range(told.sentence.start, one.start)
        )
        for one in days
    ):
        return False
    if _in_whose_course(told) or _beside_many(told):
        return True
    if (
        marked.language_code != "en"
        and any(
            one.kind == "cardinal"
            and 1 < one.value < _YEARS_FROM
            and marked.words[one.end].endswith(_MANY)
            and marked.at("exchange", one.end) is not None
            # "під час 64 обмінів визволили"
            and _THROUGH_BEFORE & set(marked.words[max(clause.start, one.start - 2) : one.start])
            for one in marked.numbers
            if clause.start <= one.start and one.end < told.said.start
        )
    ):
        return True
    if marked.language_code != "en":
        return any(
            one.kind == "cardinal"
            and 1 < one.value < _YEARS_FROM
            and marked.has("exchange", one.end, one.end + 1)
            and marked.words[one.end].endswith(_MANY)
            and _THROUGH & set(marked.words[max(told.said.end, one.start - 2) : one.start])
            for one in marked.numbers
            if told.said.end < one.start < clause.stop
        )
    if (
        _are_involved(told)
        or _in_all_stages(told)
        or _by_many(told)
        or _have_since_swapped(told)
        or _in_so_many_first(told)
    ):
        return True
    return any(
        one.kind == "cardinal"
        and 1 < one.value < _YEARS_FROM
        # "in three separate exchanges"
        and marked.has("exchange", one.end, one.end + 2)
        and _IN_THEIR_COURSE & set(marked.words[max(told.said.end, one.start - 4) : one.start])
        for one in marked.numbers
        if told.said.end < one.start < clause.stop
    )


def _in_so_many_first(told: Told) -> bool:
    """Return whether a sentence begins with the exchanges that brought so many: "In 23 swaps that year it got 900"."""
    marked, first = told.marked, told.sentence.start
    number = next((one for one in marked.numbers if one.start == first + 1), None)
    if number is None or number.end >= told.said.start or number.kind != "cardinal":
        return False
    is_in = marked.words[first] in _IN_THEIR_COURSE and 1 < number.value < _YEARS_FROM
    return is_in and marked.at("exchange", number.end) is not None


def _in_all_stages(told: Told) -> bool:
    """Return whether people are counted of all stages: "1,000 were returned through all stages of the agreement"."""
    marked, end = told.marked, told.said.end
    return any(
        marked.words[at] == "all"
        and marked.words[at - 1] in _IN_THEIR_COURSE
        and _STAGES & set(marked.words[at + 1 : min(at + _STAGE_WITHIN, told.clause.stop)])
        for at in range(end + 1, told.clause.stop)
    )


def _by_many(told: Told) -> bool:
    """Return whether exchanges are told to have brought so many: "These exchanges have brought 700 soldiers home"."""
    marked, start = told.marked, told.said.start
    acts = [one for kind in ("get", "free") for one in marked.marks(kind, start - 3, start)]
    first = next((one.start for one in acts if one.end == start), None)
    if first is None or marked.words[first - 1] != "have":
        return False
    exchanges = marked.marks("exchange", max(told.clause.start, first - 4), first)
    return any(one.end == first - 1 and marked.words[one.end - 1] in _STAGES for one in exchanges)


def _have_since_swapped(told: Told) -> bool:
    """Return whether sides are told to have swapped so many since: "the two have since traded thousands"."""
    marked, start = told.marked, told.said.start
    acts = [one for one in marked.marks("swap", start - 2, start) if one.end == start]
    return any(marked.words[one.start - 2 : one.start] == ["have", "since"] for one in acts)


def _are_involved(told: Told) -> bool:
    """Return whether people are told of as those of several exchanges: "has mediated 17 swaps involving 4,480"."""
    marked, clause = told.marked, told.clause
    start = told.said.start
    involved = next(iter(marked.marks("involve", max(clause.start, start - 2), start)), None)
    if involved is None:
        return False
    end = involved.start - (marked.words[involved.start - 1] == ",")
    return any(
        one.kind == "cardinal"
        and one.value > 1
        and end - _COUNTED_WORDS <= one.end < end
        and any(
            mark.end == end and marked.words[mark.end - 1].endswith("s")
            for mark in marked.marks("exchange", one.end, end)
        )
        for one in marked.numbers
    )


def _beside_many(told: Told) -> bool:
    """Return whether many exchanges are counted in the same breath: "41 swaps have been held and 2,672 have returned"."""
    marked, start = told.marked, told.said.start
    if marked.has("today", told.sentence.start, told.sentence.stop):
        return False
    last = next((one for one in reversed(marked.numbers) if one.end < start), None)
    if last is None or last.start not in told.sentence or last.kind != "cardinal":
        return False
    exchange = next(iter(marked.marks("exchange", last.end, min(last.end + 3, start))), None)
    is_many = exchange is not None and marked.words[exchange.end - 1].endswith((*_MANY, "s"))
    is_joined = any(marked.at("and", at) for at in range(last.end, start)) or (
        marked.language_code != "en" and "," in marked.words[last.end : start]
    )
    return is_many and is_joined and _MANY_EXCHANGES <= last.value < told.said.number.value


def _in_whose_course(told: Told) -> bool:
    """Return whether exchanges are counted in whose course so many came back: "ten swaps, during which 900 were freed"."""
    marked = told.marked
    return any(
        one.kind == "cardinal"
        and 1 < one.value < _YEARS_FROM
        and marked.at("exchange", one.end) is not None
        and _leads_on(marked.words[one.end : told.said.start])
        for one in marked.numbers
        if one.start in told.sentence and one.end < told.said.start
    )


def _leads_on(words: Sequence[str]) -> bool:
    """Return whether words behind exchanges lead on to what they brought: "during which", "; through them"."""
    is_by_them = any(
        word == "them" and words[at - 1] in _IN_THEIR_COURSE for at, word in enumerate(words) if at
    )
    return is_by_them or bool(_WHICH & set(words[:_WHICH_WITHIN]))


def tells_of_exchanges(told: Told) -> bool:
    """Return whether a sentence tells of several exchanges in its time, and of no single one: "over 2030 through swaps"."""
    marked, sentence = told.marked, told.sentence
    exchanges = marked.marks("exchange", sentence.start, sentence.stop)
    return marked.has("within", sentence.start, sentence.stop) and all(
        marked.words[one.start].endswith(_MANY) for one in exchanges
    )
