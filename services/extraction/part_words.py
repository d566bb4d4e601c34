"""The words for parts of a whole, "among them" or "including", and where they no longer mean what follows."""

from services.extraction.groups import group_after
from services.extraction.marking import Mark, MarkedText
from services.extraction.numbers import Number
from services.extraction.told import Told


#: How far before "included" an exchange may stand, and how far apart the halves of what it included.
_BE = frozenset(("is", "are", "was", "were"))
_RELEASES = frozenset(("release", "return", "handover", "repatriation", "transfer"))
_TURNS = (["а"], ["але"], ["тоді"], ["но"])
_JOINED_EXCHANGE, _JOINED = 8, 6
#: How far before a number a sentence may begin with those of whom it is.
_OF_THOSE_WORDS = 8


def part_marks(told: Told) -> list[Mark]:
    """Return the words for parts before a number: not those of "179, including women, in exchange for 707"."""
    marked = told.marked
    those = of_all_those(marked, told.said.start)
    marks = marked.marks("part", told.sentence.start, told.said.start)
    return [
        mark
        for mark in (*((those,) if those else ()), *marks)
        if not marked.has("in_turn", mark.end, told.said.start)
        # "as a result of which 90 were freed"
        and marked.words[max(0, mark.start - 1)] != "result"
        and not _is_of_release(told, mark)
        and not _turns_away(told, mark)
        and not _is_of_exchange(told, mark)
    ]


def of_all_those(marked: MarkedText, start: int) -> Mark | None:
    """Return the words for those of whom some are counted at a place: "Of all those who were freed, 26 come from"."""
    sentence, comma = marked.sentence_at(start), start - 1
    first = next((at for at in sentence if marked.words[at][0].isalnum()), sentence.stop)
    is_of = marked.words[first : first + 1] == ["of"] and marked.words[comma] == ","
    is_near = comma - first <= _OF_THOSE_WORDS and "those" in marked.words[first + 1 : first + 3]
    if not (is_of and is_near):
        return None
    is_free = any(marked.has(kind, first, comma) for kind in ("free", "back", "swap", "get"))
    return Mark("part", "part", first, comma) if is_free else None


def is_named_part(told: Told) -> bool:
    """Return whether a number is told to be of those freed: "among those freed are 12", "у 28 визволених"."""
    marked, end = told.marked, told.said.number.end
    is_of_freed = marked.language_code != "en" and marked.has("freed", end, end + 2)
    return is_of_freed or any(mark.end - mark.start > 1 for mark in part_marks(told))


def _turns_away(told: Told, part: Mark) -> bool:
    """Return whether something else is told behind words for parts: "including 12 civilians, and got 70 troops back"."""
    marked, start = told.marked, told.said.start
    if marked.language_code != "en":
        return _turns_to_another(told, part)
    if says_otherwise(marked, part.end, start):
        return True
    is_counted = any(part.end <= one.start < start for one in marked.numbers)
    return is_counted and any(
        one.end == start and marked.at("and", one.start - 1) is not None
        for kind in ("get", "give", "free")
        for one in marked.marks(kind, start - 3, start)
    )


def is_of_release_included(told: Told) -> bool:
    """Return whether an exchange is told to have included the release of so many besides."""
    marks = told.marked.marks("part", told.sentence.start, told.said.start)
    return any(_is_of_release(told, one) for one in marks)


def _is_of_release(told: Told, part: Mark) -> bool:
    """Return whether it is the release of so many that something includes: "it included the return of 8 farmers"."""
    words = told.marked.words[part.end : told.said.start]
    return words[:1] + words[2:] == ["the", "of"] and words[1] in _RELEASES


def _turns_to_another(told: Told, part: Mark) -> bool:
    """Return whether a side is told behind words for parts to get so many: "зокрема полонені, а Соход отримав 60"."""
    marked, start = told.marked, told.said.start
    turns = [at for at in range(part.end, start) if marked.words[at : at + 1] in _TURNS]
    side = marked.at("side_name", turns[-1] + 1) if turns else None
    kinds = ("get", "give", "free", "back")
    return side is not None and any(marked.has(kind, side.end, start) for kind in kinds)


def _is_of_exchange(told: Told, part: Mark) -> bool:
    """Return whether exchanges are told of, and not people: "the first of which", "a swap that included 86 each"."""
    marked, end = told.marked, told.group.end
    if any(one.end == part.start and one.kind == "ordinal" for one in marked.numbers):
        return True
    if _are_both_halves(told, part):
        return True
    is_which = marked.words[part.start - 1] in ("which", "that") and part.end == told.said.start
    near = max(told.sentence.start, part.start - _JOINED_EXCHANGE)
    exchanges = marked.marks("exchange", near, part.start)
    if not is_which or not exchanges:
        return False
    is_each = marked.has("each", end, end + 2)
    # "which included 204 Syldavian captives and 204 Bordurian captives"
    others = [one for one in marked.numbers if one.start != told.said.number.start]
    is_pair = any(
        one.value == told.said.number.value and part.end <= one.start < part.end + _JOINED * 2
        for one in others
    )
    return is_each or is_pair


def _are_both_halves(told: Told, part: Mark) -> bool:
    """Return whether what each side got is told behind words for parts: "a swap that included 16 Ruritanians and 7 Xs"."""
    marked, first = told.marked, told.sentence.start
    if marked.language_code != "en" or not marked.has("exchange", first, part.start):
        return False
    if any(
        one.kind == "cardinal"
        and first <= one.start < part.start
        and group_after(marked, one) is not None
        for one in marked.numbers
    ):
        return False
    near = range(part.end, min(part.end + _JOINED * 2, told.sentence.stop))
    return told.said.start in near and any(
        _are_of_others(told, one) for one in marked.numbers if one.start in near
    )


def _are_of_others(told: Told, number: Number) -> bool:
    """Return whether a number counts people of the other side than those who are told of."""
    group = group_after(told.marked, number)
    sides = (told.group.side, group.side if group is not None else None)
    return None not in sides and sides[0] != sides[1]


def says_otherwise(marked: MarkedText, start: int, stop: int) -> bool:
    """Return whether somebody else begins to speak: "among them four civilians, while Borduria said 70 were freed"."""
    return any(marked.has("say", one.end, stop) for one in marked.marks("break", start, stop))


def is_of_an_exchange_told(told: Told) -> bool:
    """Return whether it is an exchange that is told to have included so many: "The latest swap included 40 sailors"."""
    marked, start = told.marked, told.said.start
    parts = marked.marks("part", told.sentence.start, start)
    first = parts[0] if parts else None
    if first is None:
        return False
    before = marked.marks("exchange", told.sentence.start, first.start + 1)
    return any(first.start in (one.start, one.end) for one in before)


def part_behind_aside(told: Told) -> Mark | None:
    """Return "were among" behind an aside on those who are counted: "20 soldiers, nine of them pilots, were among"."""
    marked, end = told.marked, told.group.end
    if marked.language_code != "en" or end == told.group.start:
        return None
    return next(
        (
            one
            for one in marked.marks("part", end, told.sentence.stop)
            if marked.words[one.start - 1] == "," and marked.words[one.start] in _BE
        ),
        None,
    )
