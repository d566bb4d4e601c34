"""People whom no list names, told by the form of the word and by what is done with them: "freed 70 fishermen"."""

from collections.abc import Iterable

from services.extraction.marking import Mark, MarkedText
from services.extraction.numbers import Number


#: How many words may stand between a number and its people.
_WORDS_BETWEEN_MAX = 3
_FREED_WITHIN_WORDS = 3
_PART_WORDS = 4
#: How many words may say of what they are.
_OF_WORDS = 7


def people_by_form(marked: MarkedText, number: Number) -> Mark | None:
    """Return the word for people after a number that no list has, null if it may be one for things.

    It ends as words for people do and stands behind the side they are of, or it is a plural of those who
    are let go.
    """
    endings = marked.language.small["people_endings"]
    if not endings:
        return None
    owner = marked.at("side_owner", number.end)
    if owner is not None and marked.words[owner.end : owner.end + 1] == ["ones"]:
        return Mark("people", "unspecified", owner.end, owner.end + 1)  # "79 Ruritanian ones"
    stop = min(marked.sentence_at(number.start).stop, number.end + _WORDS_BETWEEN_MAX + 1)
    noun = next((at for at in range(number.end, stop) if _ends(marked, at, endings)), None)
    for at in range(number.end, stop):
        if not marked.words[at][0].isalpha() or _is_no_adjective(marked, at):
            return None
        is_noun = at == noun or (
            noun is None and _ends(marked, at, ("s",)) and not marked.is_name(at)
        )
        if is_noun and not marked.at("side_owner", at) and not marked.at("side_name", at):
            is_of_a_side = noun is not None and marked.has("side_owner", number.end, at)
            if is_of_a_side or _are_let_go(marked, number, at + 1):
                return Mark("people", marked.words[at], at, at + 1)
            return None
    return None


def _ends(marked: MarkedText, place: int, endings: Iterable[str]) -> bool:
    word = marked.words[place]
    return any(word.endswith(ending) and len(word) > len(ending) + 2 for ending in endings)


def _is_no_adjective(marked: MarkedText, place: int) -> bool:
    kinds = ("not_people", "deaths", "say", "exchange", "swap", "free", "get", "give", "back")
    is_turn = marked.is_small("not_before_people", place) or marked.is_small("were", place)
    return is_turn or any(marked.at(kind, place) for kind in kinds)


def _are_let_go(marked: MarkedText, number: Number, end: int) -> bool:
    """Return whether people are let go: "released some 70 fishermen", "70 fishermen were released"."""
    bound = next(
        (
            one
            for one in marked.marks("bound", number.start - 3, number.start)
            if one.end == number.start
        ),
        None,
    )
    start = bound.start if bound else number.start
    if any(one.end == start for one in marked.marks("free", max(0, start - 3), start)):
        return True
    stop = min(end + _FREED_WITHIN_WORDS, marked.sentence_at(number.start).stop)
    # "six students of the college in Klow had been released"
    is_of = marked.words[end : end + 1] in (["of"], ["from"], ["at"])
    if is_of:
        near = range(end, min(end + _OF_WORDS, marked.sentence_at(number.start).stop))
        stop = next((at + 1 for at in near if marked.is_small("were", at)), end)
    # "fishermen including 20 children were released"
    if marked.at("part", end):
        stop = min(stop + _PART_WORDS, marked.sentence_at(number.start).stop)
    return any(
        marked.is_small("were", at) and marked.has("free", at, at + _FREED_WITHIN_WORDS)
        for at in range(end, stop)
        if at == end or is_of or marked.at("part", end)
    )
