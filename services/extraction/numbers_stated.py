"""Numbers that a verb states of people in front of it: "captives number 64", "the number of those freed stands at 77"."""

from typing import Literal, NamedTuple

from services.extraction.bounds import BoundedNumber
from services.extraction.groups import Group
from services.extraction.marking import Mark, MarkedText
from services.extraction.told import Told


_VERBS = frozenset(("number", "numbered", "total", "totaled", "totalled"))
#: What stands before "total" and "number" where they are no verbs: "in total 40".
_NO_SUBJECTS = frozenset(("a", "an", "in", "of", "the", "their", "whose"))
_STATED = frozenset(("stands", "stood", "put", "estimated"))
_NUMBERS = (["number", "of"], ["total", "of"])
_CAPTIVES = frozenset(("captives", "detainees", "hostages", "inmates", "pows", "prisoners"))
_FREE = ("free", "back", "get")
#: A number of one exchange is neither: "the number of soldiers in the exchange stood at 40".
_OF_ONE = ("swap", "exchange", "release")
#: How far in front of a number it may be told what the number is of.
_WORDS_MAX = 16


class Stated(NamedTuple):
    """What a number states: how many are held, or how many came free."""

    kind: Literal["held", "freed"]
    people: Mark
    side: Mark | None


def people_stated(marked: MarkedText, said: BoundedNumber) -> Group | None:
    """Return the people in front of whom a number states how many they are."""
    stated = _stated(marked, said)
    if stated is None:
        return None
    after, side = said.number.end, stated.side
    return Group(stated.people.value, side.value if side else None, side, None, after, after)


def is_stated_of_held(told: Told) -> bool:
    """Return whether a number states how many captives there are: "the number of prisoners was put at 66"."""
    stated = _stated(told.marked, told.said)
    return stated is not None and stated.kind == "held"


def is_stated_of_freed(told: Told) -> bool:
    """Return whether a number states how many are free by now: "the number of farmers freed stands at 77"."""
    stated = _stated(told.marked, told.said)
    return stated is not None and stated.kind == "freed"


def _stated(marked: MarkedText, said: BoundedNumber) -> Stated | None:
    start, sentence = said.start, marked.sentence_at(said.start)
    if marked.language_code != "en" or start - 2 <= sentence.start:
        return None
    first = max(sentence.start, start - _WORDS_MAX)
    last, before = marked.words[start - 1], marked.words[start - 2]
    if last == "at" and before in _STATED:
        numbers = [at for at in range(first, start) if marked.words[at : at + 2] in _NUMBERS]
        if not numbers:
            return None
        first = numbers[-1]
    elif last not in _VERBS or before in _NO_SUBJECTS:
        return None
    people = [
        one
        for kind in ("people", "side_people")
        for one in marked.marks(kind, first, start - 1)
        if not any(number.start == one.start - 1 for number in marked.numbers)
    ]
    if not people or any(marked.has(kind, first, start) for kind in _OF_ONE):
        return None
    sides = {
        one.value: one
        for kind in ("side_owner", "side_people")
        for one in marked.marks(kind, first, start - 1)
    }
    side = next(iter(sides.values())) if len(sides) == 1 else None
    group = people[0] if people[0].kind == "people" else people[0]._replace(value="all")
    if any(marked.has(kind, first, start) for kind in _FREE):
        return Stated("freed", group, side)
    are_captive = any(marked.words[one.end - 1] in _CAPTIVES for one in people)
    return Stated("held", group, side) if are_captive else None
