"""Numbers beside people that count none of them: how old they are, and halves."""

from services.extraction.marking import MarkedText
from services.extraction.numbers import Number


_OLDER_OR_YOUNGER = frozenset(("under", "over", "below", "above"))
_OF_AGE = frozenset(("those", "aged", "anyone"))
_OLDEST = 100
#: "most of them, 35, had"
_SEVERAL = frozenset(
    ("them", "those", "these", "whom", "half", "majority", "people", "men", "women")
)
_SINGULAR = frozenset(("was", "is", "has", "had", "who", "said", "says"))


def is_age(marked: MarkedText, number: Number) -> bool:
    """Return whether a number is an age beside a name: "Anna Arl, 35, who"."""
    before = number.start - 2
    if before < 0 or number.end >= len(marked.words) or not number.is_in_digits:
        return False
    is_enclosed = marked.words[number.start - 1] == "," == marked.words[number.end]
    if not is_enclosed or not marked.words[before].isalpha():
        return False
    return marked.is_name(before) or _is_of_one(marked, number, before)


def _is_of_one(marked: MarkedText, number: Number, before: int) -> bool:
    """Return whether somebody is one, and of an age: "her brother, 34, was"."""
    is_one = marked.language_code == "en" and not marked.words[before].endswith("s")
    is_told = number.end + 1 < len(marked.words) and marked.words[number.end + 1] in _SINGULAR
    is_one = is_one and marked.words[before] not in _SEVERAL
    return is_one and is_told and number.value < _OLDEST


def is_of_age(marked: MarkedText, number: Number) -> bool:
    """Return whether a number is how old people are, and names nobody: "those under the age of 25 returned"."""
    ages = marked.marks("age", max(0, number.start - 4), number.start)
    is_said = bool(ages) or _is_beside_people(marked, number) or _ends_ages(marked, number)
    return is_said and marked.at("people", number.end) is None


def _ends_ages(marked: MarkedText, number: Number) -> bool:
    """Return whether a number is how old the oldest of some are: "boys of 14 to 17"."""
    first = next((one for one in marked.numbers if one.end == number.start - 1), None)
    if first is None or marked.words[first.end] != "to" or marked.words[first.start - 1] != "of":
        return False
    is_rising = first.value < number.value < _OLDEST
    people = marked.marks("people", max(0, first.start - 3), first.start - 1)
    return is_rising and any(one.end == first.start - 1 for one in people)


def _is_beside_people(marked: MarkedText, number: Number) -> bool:
    """Return whether "under" or "over" leads from people to how old they are: "soldiers under 25 were returned"."""
    cue = next((one for one in marked.marks("bound", number.start - 2, number.start)), None)
    if cue is None or cue.end != number.start or marked.words[cue.start] not in _OLDER_OR_YOUNGER:
        return False
    near = range(max(0, cue.start - 2), cue.start)
    is_beside = any(one.end == cue.start for one in marked.marks("people", near.start, near.stop))
    is_beside = is_beside or marked.words[cue.start - 1] in _OF_AGE
    return is_beside and number.value < _OLDEST


def is_and_a_half(marked: MarkedText, number: Number) -> bool:
    """Return whether a number is half as much again, which is no number that is read: "полторы сотни"."""
    return marked.at("and_a_half", number.start - 1) is not None
