"""Numbers that name no people, of which it is told what was done with so many: "got 130 back", "90 to be freed"."""

from services.extraction.bounds import BoundedNumber
from services.extraction.joined_sides import side_at
from services.extraction.listed_days import is_day_at
from services.extraction.marking import MarkedText
from services.extraction.numbers import Number


_DASHES = frozenset("-–—")
_FIRST = frozenset(("перші", "перших", "лише", "тільки", "первые", "первых", "лишь", "только"))
_PLEDGED = (["pledged"], ["promised"], ["agreed"], ["stipulated"])
_CAME = frozenset(("returned", "return", "came", "come", "went", "brought", "sent"))


def is_given_back(marked: MarkedText, said: BoundedNumber) -> bool:
    """Return whether so many are got back, whoever they are: "it had been given 52 back"."""
    acts = ("get", "give")
    return marked.at("backwards", said.end) is not None and any(
        one.end == said.start
        for kind in acts
        for one in marked.marks(kind, said.start - 2, said.start)
    )


def is_released_on_a_day(marked: MarkedText, said: BoundedNumber) -> bool:
    """Return whether so many are told to be let go on a day: "following the release of 60 on Saturday and 70 on Friday"."""
    of, day = said.start - 1, said.number.end + 1
    is_let_go = marked.words[of] == "of" and any(
        marked.at(kind, of - 1) is not None for kind in ("release", "back")
    )
    is_let_go = is_let_go or marked.words[of - 1 : of + 1] == ["return", "of"]
    is_on = marked.is_small("on", day - 1) and day < len(marked.words)
    return is_let_go and is_on and said.number.value > 1 and is_day_at(marked, day)


def is_given_to(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether so many more went to a side: "12 captives were handed over to the one and 44 to the other"."""
    goal = marked.at("to_place", said.end)
    if goal is None or not said.start or side_at(marked, goal.end) is None:
        return False
    is_joined = marked.at("and", said.start - 1) or marked.words[said.start - 1] == ","
    acts = any(
        marked.has(kind, sentence.start, said.start) for kind in ("give", "get", "free", "back")
    )
    return bool(is_joined) and acts and marked.has("people", sentence.start, said.start)


def are_held_still(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether so many of the people told of are said to be held: "40 were freed, but 60 remain in jail"."""
    after = said.number.end
    # "some of them" are people, too
    kinds = ("people", "side_people", "part")
    is_told = any(marked.has(kind, sentence.start, said.start) for kind in kinds)
    # and who else remains in captivity?
    is_told = is_told or marked.has("captivity", after + 1, min(after + 6, sentence.stop))
    return marked.at("held", after) is not None and is_told


def have_come(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether it is told of so many that they came home, in a sentence of an exchange: "swap: 115 returned to"."""
    after = said.number.end
    is_told = marked.words[after] in _CAME and any(
        marked.at(kind, after) is not None for kind in ("back", "get", "give")
    )
    kinds = ("exchange", "swap", "captivity", "people")
    is_of_exchange = any(marked.has(kind, sentence.start, sentence.stop) for kind in kinds)
    return is_told and is_of_exchange and said.number.value > 1


def came_at_last(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether a clause ends with how many came home, in Ukrainian and Russian: "додому повернулися перші 200"."""
    after, before = said.number.end, said.start
    if marked.language_code == "en" or marked.words[after][0].isalnum() or said.number.value < 2:  # noqa: PLR2004
        return False
    before -= marked.words[before - 1] in _FIRST
    goal = next(
        (one for one in marked.marks("side_name", before - 2, before) if one.end == before), None
    )
    if goal is not None and marked.at("to_place", goal.start - 1) is not None:
        before = goal.start - 1  # "відпустити в Бордурію 119"
    is_done = any(
        one.end == before
        for kind in ("back", "get", "free", "give")
        for one in marked.marks(kind, max(sentence.start, before - 3), before)
    )
    first = marked.sentences[max(0, marked.tokens[sentence.start].sentence - 1)].start
    kinds = ("exchange", "swap", "captivity", "people", "side_people")
    return is_done and any(marked.has(kind, first, before) for kind in kinds)


def are_to_be_free(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether so many of the people told of are to be free: "a swap of captives, with about 70 expected to be"."""
    after = said.number.end
    plan = marked.at("plan", after)
    stop = min(after + 3, sentence.stop)
    # "some 90 would be let go first"
    is_to_be = marked.words[after + 1 : stop - 1] == ["be"] and marked.has("free", after + 2, stop)
    is_to_be = plan is not None and (is_to_be or marked.has("to_be", after, stop))
    # "of the 620 to be released, 50 were"
    is_whole = marked.words[max(0, said.start - 2) : said.start] == ["of", "the"]
    return is_to_be and (is_whole or marked.has("people", sentence.start, said.start))


def is_pledged(marked: MarkedText, number: Number) -> bool:
    """Return whether a number is what was agreed on, of which another one is free: "40 out of the 50 pledged"."""
    before = marked.words[max(0, number.start - 2) : number.start]
    is_of = before[-1:] == ["of"] or before == ["of", "the"]
    return is_of and marked.words[number.end : number.end + 1] in _PLEDGED


def is_divided(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether so many are given or got, who are told of behind a dash: "handed over 364 — 252 men and"."""
    place = said.number.end
    is_parted = marked.words[place] in _DASHES and place + 1 < sentence.stop
    following = next((one for one in marked.numbers if one.start == place + 1), None)
    is_counted = following is not None and marked.has("people", following.end, following.end + 3)
    return (
        is_parted
        and is_counted
        and any(
            one.end == said.start
            for kind in ("give", "get", "free")
            for one in marked.marks(kind, said.start - 3, said.start)
        )
    )


def is_let_go(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether so many are let go where releases are told of: "releases will go on, to free a total of 900"."""
    after = said.number.end
    is_freed = any(
        one.end == said.start for one in marked.marks("free", said.start - 3, said.start)
    )
    is_end = not marked.words[after][0].isalnum() or marked.is_small("not_before_people", after)
    is_of_people = marked.has("release", sentence.start, said.start)
    return is_freed and is_end and is_of_people and said.number.value > 1


def is_going_home(marked: MarkedText, number: Number) -> bool:
    """Return whether so many are told to be going home: "with 150 going home"."""
    after = number.end
    is_going = marked.words[after].endswith("ing") and marked.at("back", after) is not None
    return is_going and number.value > 1 and "home" in marked.words[after : after + 2]
