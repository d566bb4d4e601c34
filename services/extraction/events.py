"""What a text says of exchanges themselves: which in a row, how many, the largest, the first in months."""

import re

from services.extraction.bounds import ends_a_range, said_number
from services.extraction.event_claims import base_of
from services.extraction.joined_sides import BOTH
from services.extraction.marking import Mark, MarkedText
from services.extraction.numbers import Number
from services.extraction.pairs import is_of_pair
from services.extraction.proposals import (
    Proposal,
    place_of,
)
from services.extraction.setting import Setting
from services.extraction.superlatives import firsts, start_of_it, superlatives


_YEAR = re.compile(r"20\d\d|19\d\d")
_NEAR = 4
_NOT_BEFORE_EXCHANGE = (
    "people",
    "side_people",
    "in_turn",
    "not_people",
    "say",
    "to_place",
    "versus",
)
#: What stands right before a place in a row, in Ukrainian and Russian: "цей обмін став п'ятим".
_BECAME = frozenset(("став", "стало", "стала", "стал"))
_BY_NOW = ([",", "уже"], [",", "вже"])
_OVERALL = frozenset(("overall", "взагалі", "загалом", "вообще"))
_SUMMED = (["to"], ["reached"], ["reaches"], ["at"], ["is"], ["was"], ["exceeds"], ["exceeded"])
#: What follows a place in a row that is of exchanges: "the second of such", "the second to have taken place".
_OF_SUCH = (["of", "such"], ["to", "have"], ["to", "take"])
#: What exchanges are called that were told of before.
_SUCH = frozenset(
    ("mission", "effort", "operation", "initiative", "round", "deal", "event", "transfer")
)
_WINDOW_WORDS = 10


def events_in(setting: Setting) -> list[Proposal]:
    """Return the claims that a text makes of exchanges themselves, in its order."""
    found: list[Proposal] = []
    for number in setting.marked.numbers:
        proposal = _counted_exchanges(setting, number)
        if proposal is not None:
            found.append(proposal)
    for sentence in setting.marked.sentences:
        found += superlatives(setting, sentence)
        found += firsts(setting, sentence)
    return sorted(found, key=lambda one: one.at)


# The how-manieth, and how many.


def _counted_exchanges(setting: Setting, number: Number) -> Proposal | None:
    marked = setting.marked
    if _counts_no_exchanges(setting, number):
        return None
    # "67 обмін" is the sixty-seventh
    is_place = number.kind == "ordinal" or (
        marked.at("one_exchange", number.end) is not None
        and marked.at("bound", number.start - 1) is None
    )
    is_place = is_place or _is_overall(marked, number)
    exchange = _exchange_after(marked, number)
    sentence = marked.sentence_at(number.start)
    if exchange is None:
        exchange = (
            _exchange_left_out(marked, number, sentence)
            if is_place
            else _exchanges_numbered(marked, number, sentence)
        )
    if exchange is None or number.value < 2:  # noqa: PLR2004  the first is another claim
        return None
    end = exchange.end if exchange.start >= number.end else number.end
    said = said_number(marked, number)
    told_at = min(said.start, exchange.start)  # "this mediation, the fourteenth"
    base = base_of(setting, said.start, end, "exchange-counted", told_at=told_at)
    is_mediated = _is_mediated(marked, number, end, base)
    since = _since(setting, sentence) if not is_mediated else None
    is_recent = bool(base.exchange_date) and is_place
    return base.but(
        measure="mediated_count" if is_mediated else "exchange_ordinal",
        side=None if is_mediated else BOTH,
        bound=said.bound,
        value=None if said.bound == "range" else number.value,
        low=said.low,
        high=said.high,
        modality="asserted",
        ordinal=number.value if is_place and not is_mediated else None,
        exchange_date=base.exchange_date if is_recent else None,
        since=since,
        as_of=setting.main_day if since else None,
        places=(*base.places, place_of(marked, "value", number.start, number.end)),
    )


def _counts_no_exchanges(setting: Setting, number: Number) -> bool:
    """Return whether a number is of a day, a year, a side or a part of an exchange, whatever exchange it stands before."""
    marked, start = setting.marked, number.start
    is_day = any(day.start <= start < day.end for day in setting.days)
    is_cardinal = number.kind == "cardinal"
    # "100 for 100", "day two of the swap"
    is_beside = is_cardinal and (
        marked.has("versus", max(0, start - 2), start)
        or (start > 0 and marked.at("stage", start - 1) is not None)
    )
    # "the two sides completed the swap"
    is_of_sides = marked.has("both_sides", max(0, start - 1), start + 1)
    # "the two exchanges" are those told of
    is_of_sides = is_of_sides or (
        is_cardinal and number.value == 2 and marked.words[max(0, start - 1)] == "the"  # noqa: PLR2004
    )
    is_year = _YEAR.fullmatch(marked.quote(start, number.end)) is not None
    is_bare_year = is_year and marked.at("bound", start - 1) is None  # "after the 2031 exchange"
    if ends_a_range(marked, number) or is_of_pair(marked, number):
        return True
    return is_day or number.kind == "vague" or is_beside or is_of_sides or is_bare_year


def _exchange_after(marked: MarkedText, number: Number) -> Mark | None:
    stop = min(marked.sentence_at(number.start).stop, number.end + _NEAR)
    if number.kind == "ordinal" and (named := _named_after(marked, number)):
        return named
    # "the second swap of prisoners", "другий цього року обмін"
    year = marked.at("this_year", number.end) if number.kind == "ordinal" else None
    for place in range(year.end if year else number.end, stop):
        if marked.at("besides_exchange", place) or marked.is_small("of_one", place):
            return None  # "a three-member delegation", "another 420 were returned outside of exchanges"
        if mark := marked.at("exchange", place):
            return None if _is_of_so_many(marked, number, mark) else mark
        is_end = not marked.words[place][0].isalnum() and marked.words[place] not in '-–”»"'
        is_turn = _turns(marked, place) or marked.is_small("not_before_people", place)
        # "90 повернули під час обміну"
        is_turn = is_turn or any(marked.at(kind, place) for kind in ("get", "give", "free"))
        if number.kind == "cardinal" and is_turn:
            return None
        if is_end or any(marked.at(kind, place) for kind in _NOT_BEFORE_EXCHANGE):
            return None
    return None


def _is_of_so_many(marked: MarkedText, number: Number, exchange: Mark) -> bool:
    """Return whether an exchange is of as many people as a number says: "a 600 prisoner of war exchange"."""
    is_cardinal = marked.language_code == "en" and number.kind == "cardinal"
    return is_cardinal and marked.words[exchange.end - 1] in ("exchange", "swap", "handover")


def _named_after(marked: MarkedText, number: Number) -> Mark | None:
    """Return an exchange right behind a place in a row: "the second release", "the third round of prisoner swaps"."""
    such = number.end
    if marked.words[such : such + 1] == ["such"] and _SUCH & set(marked.words[such + 1 : such + 2]):
        return Mark("exchange", "exchange", such, such + 2)  # "the ninth such mission"
    if marked.words[number.end : number.end + 2] == ["round", "of"]:
        place = number.end + 2
        # "the second round of hostage releases"
        named = marked.at("people", place)
        last = named.end if named else place
        return marked.at("exchange", place) or marked.at("release", last)
    return marked.at("release", number.end)


def _turns(marked: MarkedText, place: int) -> bool:
    """Return whether a word parts a number from an exchange: "101 in the exchange", "101 – on the day"."""
    return marked.words[place] in "–—" or marked.at("from_place", place) is not None


def _exchanges_numbered(marked: MarkedText, number: Number, sentence: range) -> Mark | None:
    """Return the exchanges whose number is told behind them: "the number of mediations reached 15", "swapped men 60 times"."""
    if marked.language_code != "en":
        return None
    start = said_number(marked, number).start
    if marked.words[number.end : number.end + 1] == ["times"]:
        acts = [
            one
            for one in marked.marks("swap", sentence.start, start)
            if marked.has("people", one.end, start) and marked.words[one.start].endswith("ed")
        ]
        return next(reversed(acts), None)
    bounds = marked.words[start : start + 1]
    if (
        marked.words[start - 1 : start] not in _SUMMED and bounds not in _SUMMED
    ) or start == sentence.start:
        return None
    for asked in marked.marks("how_many", sentence.start, start):
        first = asked.end + (marked.words[asked.end] == "of")
        if marked.words[first - 1] != "of":
            continue  # "the overall number exchanged through mediation"
        stop = min(first + _NEAR - 1, start)
        exchange = next(iter(marked.marks("exchange", first, stop)), None)
        # "the number of captives exchanged through mediation"
        is_of_people = exchange is not None and any(
            marked.has(kind, first, exchange.start) for kind in ("people", "swap", "free", "back")
        )
        if exchange is not None and not is_of_people:
            return exchange
    return None


def _exchange_left_out(marked: MarkedText, number: Number, sentence: range) -> Mark | None:
    """Return the exchange that a place in a row means without its name: "and the 52nd since"."""
    if number.end >= sentence.stop:
        return None
    is_which = marked.words[number.start - 4 : number.start] == [",", "which", "is", "the"]
    comma = number.start - (4 if is_which else 2)
    if (is_which or marked.words[comma : number.start] == [",", "the"]) and (
        mediated := _mark_ending(marked, "mediating", comma)
    ):
        return mediated  # "this mediation, the fourteenth, reflects", "which is the fourteenth, reflects"
    kinds = ("since", "this_year", "this_month", "this_week", "mediating")
    follows = any(marked.at(kind, number.end) for kind in kinds)
    # "the fifth to be brokered by them"
    to_be = marked.words[number.end : number.end + 2] == ["to", "be"]
    follows = follows or (to_be and marked.at("mediating", number.end + 2) is not None)
    # "став сьомим за два тижні"
    within = marked.at("within", number.end) if marked.language_code != "en" else None
    follows = follows or (
        within is not None
        and any(marked.has(kind, within.end, within.end + 2) for kind in ("days_span", "span"))
    )
    follows = follows or marked.words[number.end : number.end + 3] == ["of", "its", "kind"]
    # "обмін, уже 41-й, повернув"
    by_now = marked.words[max(0, number.start - 2) : number.start]
    follows = follows or (marked.language_code != "en" and by_now in _BY_NOW)
    # "цей обмін став п'ятим", "обмін став п'ятим цього року та 60 взагалі"
    became = number.start - 1 - (by_now[-1:] in (["уже"], ["вже"]))
    follows = follows or (number.kind == "ordinal" and marked.words[became] in _BECAME)
    follows = follows or _is_overall(marked, number) or _is_of_longer(marked, number)
    # "another swap – the fifth already – was held"
    follows = follows or marked.words[number.end : number.end + 1] == ["already"]
    # "the swap, the 40th so far, freed"
    follows = follows or (number.kind == "ordinal" and marked.at("so_far", number.end) is not None)
    follows = follows or marked.words[number.end : number.end + 2] in _OF_SUCH
    follows = follows or marked.words[number.end : number.end + 3] == ["of", "the", "war"]
    # "is the fifth in two weeks"
    follows = follows or (
        marked.words[number.end] == "in"
        and marked.has("days_span", number.end, min(number.end + _NEAR, sentence.stop))
    )
    before = (start_of_it(marked, sentence, sentence.start), number.start)
    if marked.words[number.end] == "time":  # "swapped prisoners for the fourth time in a week"
        near = (max(sentence.start, number.start - _WINDOW_WORDS), number.start)
        return next(reversed(marked.marks("swap", *near)), None) or _done_that_time(
            marked, number, sentence
        )
    if not follows:
        return None
    found = marked.marks("exchange", *before) or marked.marks("release", *before)
    return next(reversed(found), None)


def _is_overall(marked: MarkedText, number: Number) -> bool:
    """Return whether a place in a row is the one of all, behind another place: "the fifth this year, and 60 overall"."""
    sentence = marked.sentence_at(number.start)
    return bool(_OVERALL & set(marked.words[number.end : number.end + 1])) and any(
        one.kind == "ordinal" and sentence.start <= one.start < number.start
        for one in marked.numbers
    )


def _is_of_longer(marked: MarkedText, number: Number) -> bool:
    """Return whether a place is the one since a day, behind another place: "fifth this year and, since the war, 60th"."""
    sentence = marked.sentence_at(number.start)
    before = [one for one in marked.numbers if one.start in sentence and one.end < number.start]
    if number.kind != "ordinal" or not before or before[-1].kind != "ordinal":
        return False
    return marked.has("since", before[-1].end, number.start)


def _done_that_time(marked: MarkedText, number: Number, sentence: range) -> Mark | None:
    """Return what was done so often by now: "the 64th time since then that the two swapped captives"."""
    if marked.language_code != "en" or number.value == 1 or marked.words[number.start - 1] != "the":
        return None
    that = [at for at in range(number.end, sentence.stop) if marked.words[at] == "that"]
    done = (
        [
            one
            for kind in ("swap", "get", "back", "exchange")
            for one in marked.marks(kind, that[0], sentence.stop)
        ]
        if that
        else []
    )
    return done[0] if done and marked.has("people", that[0], sentence.stop) else None


def _mark_ending(marked: MarkedText, kind: str, place: int) -> Mark | None:
    near = marked.marks(kind, max(0, place - 4), place)
    return next((one for one in reversed(near) if one.end == place), None)


def _is_mediated(marked: MarkedText, number: Number, end: int, base: Proposal) -> bool:
    """Return whether exchanges are counted that somebody brought about."""
    near = range(max(0, number.start - 6), min(end + 6, len(marked.words)))
    words = any(
        # "talks in which they mediated, and was the third": of another verb
        not _are_parted(marked, one, range(number.start, end))
        for one in marked.marks("mediating", near.start, near.stop)
    )
    by = [at for at in range(end, min(end + 3, len(marked.words))) if marked.words[at] == "by"]
    is_by = any(marked.has("mediator", at, at + 3) for at in by)  # "such mission conducted by"
    # "has helped with six other exchanges"
    is_helped = "helped" in marked.words[max(0, number.start - 3) : number.start]
    return base.speaker.party == "mediator" or words or is_by or is_helped


def _are_parted(marked: MarkedText, mediating: Mark, counted: range) -> bool:
    """Return whether "and was" stands between words for mediation and an exchange that is counted."""
    low, high = sorted((mediating.start, counted.start))
    between = range(mediating.end, high) if low == mediating.start else range(counted.stop, high)
    return any(marked.words[at : at + 2] in (["and", "was"], ["and", "is"]) for at in between)


def _since(setting: Setting, sentence: range) -> object:
    marked = setting.marked
    for mark in marked.marks("since", sentence.start, sentence.stop):
        following = range(mark.start, min(mark.end + 8, sentence.stop))
        if any(marked.has(kind, following.start, following.stop) for kind in ("war", "start")):
            return marked.ledger.opened
    return None
