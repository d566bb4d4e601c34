"""Spans of time that people are counted in: "in two days 600 came home"; not that of the how-manieth exchange."""

from collections.abc import Sequence

from services.extraction.marking import Mark, MarkedText
from services.extraction.modality import modality_of
from services.extraction.named_days import NamedDay
from services.extraction.told import Told


_ONE_EXCHANGE = frozenset(("exchange", "swap"))
_HAD = frozenset(("has", "have", "had"))
_LATEST = frozenset(("latest", "newest", "recent"))
_BATCHES = frozenset(("group", "batch", "time", "round", "handover"))
_EXCHANGE_WORDS = 5
#: Spans of time, in Ukrainian and Russian.
_YEARS = ("роки", "років", "года", "місяц", "месяц")
#: As a whole word: not "летчиков".
_YEARS_ALONE = ("лет", "літ")
#: What an exchange is divided into, in these languages.
_STAGES = ("етап", "этап", "раунд")


def is_planned(told: Told) -> bool:
    """Return whether a number is told as planned, by what stands in its clause."""
    return modality_of(told.marked, told.clause, told.said.start) == "planned"


def is_latest_since(marked: MarkedText, since: int) -> bool:
    """Return whether "since" is of the last one of all exchanges: "swapped 40, the newest exchange since May"."""
    near = marked.marks("exchange", max(1, since - _EXCHANGE_WORDS), since)
    return any(
        one.end in (since, since - 1) and marked.words[one.start - 1] in _LATEST for one in near
    )


def _is_how_manieth(told: Told, span: Mark) -> bool:
    """Return whether a span is of the how-manieth exchange: "swapped 100 in the third exchange in a week"."""
    return any(
        one.kind == "ordinal"
        and told.said.end <= one.start < span.start
        and (
            told.marked.has("exchange", one.end, span.start)
            # "the third group in eight days"
            or bool(_BATCHES & set(told.marked.words[one.end : one.end + 1]))
        )
        for one in told.marked.numbers
    )


def is_of_one_in_week(told: Told) -> bool:
    """Return whether a week is that of one exchange: the how-manieth, or "this week they held another exchange"."""
    marked, sentence = told.marked, told.sentence
    weeks = marked.marks("this_week", sentence.start, sentence.stop)
    return any(_is_how_manieth(told, one) for one in weeks) or any(
        weeks[0].end <= one.start < told.said.start
        and marked.words[one.end - 1] in _ONE_EXCHANGE
        and "another" in marked.words[one.start - 2 : one.start]
        for one in (marked.marks("exchange", sentence.start, sentence.stop) if weeks else ())
    )


def within_days(told: Told) -> bool:
    """Return whether a clause counts what several days brought: "in two days 600 came home"."""
    marked, clause = told.marked, told.clause
    if marked.has("each", clause.start, clause.stop):
        return False
    if is_planned(told):
        return False  # "in four days 45 captives will be released"
    firsts = [
        one
        for one in marked.marks("first_time", clause.start, clause.stop)
        # "over the first three days"
        if not any(number.start == one.end for number in marked.numbers)
    ]
    if firsts or marked.has("largest", clause.start, clause.stop):
        return False
    for within in marked.marks("within", clause.start, clause.stop):
        days = next(
            (
                one
                for one in marked.numbers
                if one.start in range(within.end, within.end + 3) and one.kind == "cardinal"
            ),
            None,
        )
        # "who had been in jail in Klow for over three years"
        is_long = marked.words[max(0, within.start - 1)] == "for"
        if days is not None and (is_long or marked.words[days.start - 1] == "for"):
            continue  # "who had been in jail in Klow for three years"
        if days is None or days.value < 2 or days.kind != "cardinal":  # noqa: PLR2004
            continue
        is_span = marked.at("days_span", days.end) or marked.words[days.end : days.end + 1] == [
            "years"
        ]
        following = next(iter(marked.words[days.end : days.end + 1]), "")
        is_span = is_span or following.startswith((*_STAGES, *_YEARS))
        is_span = is_span or following in _YEARS_ALONE
        is_span = is_span and not _is_how_manieth(told, within)
        if is_span and not marked.at("ago", days.end + 1):
            return True
    return False


def is_out_of(told: Told, days: Sequence[NamedDay]) -> bool:
    """Return whether it is told how many of an agreed number are free by now: "has freed 40 out of 50 captives"."""
    marked, number = told.marked, told.said.number
    is_perfect = any(
        marked.words[one.start] in _HAD
        for one in marked.marks("done", told.clause.start, number.start)
    )
    is_of_a_day = any(one.start in told.sentence for one in days if not one.is_month)
    return (
        any(
            marked.words[at : at + 2] == ["out", "of"]
            # "got 40 men out of Bordurian captivity"
            and not marked.has("captivity", at + 2, at + 5)
            for at in (number.end, told.group.end)
        )
        and is_perfect
        and not is_of_a_day
    )
