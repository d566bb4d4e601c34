"""How exactly a number was said: by the words before it, and after."""

from typing import NamedTuple

from schemas.claim import Bound
from services.extraction.marking import Mark, MarkedText
from services.extraction.numbers import Number


#: "more than the 200": words that may stand between the bound and its number.
_BETWEEN = frozenset(("the", "a", "its", "their", "another", "по", "в", "у"))
#: Words behind which "about the" leads to what somebody thinks of.
_ABOUT_WHOM = frozenset(("concerned", "worried", "anxious", "asked", "informed", "told", "talks"))
#: "it is about 40 privates": of whom something is told.
_SPEAKING = (["it", "is", "about"], ["is", "talking", "about"], ["are", "talking", "about"])
_DASHES = frozenset("-‑–—")
_BEFORE_MAX = 5
_FEW = 12
_WITHIN = frozenset(
    (
        "in",
        "during",
        "through",
        "throughout",
        "of",
        "after",
        "with",
        "by",
        "via",
        "across",
        "from",
        "as",
        "been",
    )
)
_DAYS_MAX, _YEARS = 31, range(1900, 2100)
#: How many times the least of a range its most may be.
_RANGE_TIMES = 2
#: By how many a number differs is said with these, a word or two behind it.
_COMPARED = ("less_than", "more_than")
_DIFFERENCE_WORDS = 2


class BoundedNumber(NamedTuple):
    """A number with how exactly it was said.

    Attributes:
        number: As it was found.
        bound: How exactly.
        low: The least of a range, null otherwise.
        high: The most of a range, null otherwise.
        start: The place of the first word of the bound, or of the number.
        end: The place after the last.
        cue: The words that bound it, null if there are none.
    """

    number: Number
    bound: Bound
    low: int | None
    high: int | None
    start: int
    end: int
    cue: Mark | None = None


def said_number(marked: MarkedText, number: Number) -> BoundedNumber:
    """Return a number with its bound."""
    ranged = _range(marked, number)
    if ranged is not None:
        return ranged
    cue, start = _cue_before(marked, number)
    end = number.end
    if cue is None or cue.value == "exact":
        after = marked.at("bound_after", number.end)
        if after is not None:
            cue, end = after, after.end
    bound: Bound = "vague" if number.kind == "vague" else "exact"
    if cue is not None and cue.value != "exact" and number.kind != "vague":
        bound = cue.value  # type: ignore[assignment]  # the words' tables name bounds alone
    if end < len(marked.words) and marked.words[end] == "+" and bound == "exact":
        bound, end = "at_least", end + 1
    if marked.words[end : end + 2] == ["-", "plus"] and bound == "exact":
        bound, end = "at_least", end + 2  # "150-plus prisoners"
    return BoundedNumber(number, bound, None, None, start, end, cue)


def _cue_before(marked: MarkedText, number: Number) -> tuple[Mark | None, int]:
    """Return the words that bound a number, and where they begin."""
    first = max(marked.sentence_at(number.start).start, number.start - _BEFORE_MAX)
    cues = marked.marks("bound", first, number.start)
    for cue in reversed(cues):
        if cue.end > number.start or _is_of_a_verb(marked, cue):
            continue
        # "at least another 40"
        is_another = marked.words[cue.start : cue.end] == ["another"]
        if is_another and any(one.end == cue.start and one.value != "exact" for one in cues):
            continue
        if all(word in _BETWEEN for word in marked.words[cue.end : number.start]):
            return cue, cue.start
    return None, number.start


def _is_of_a_verb(marked: MarkedText, cue: Mark) -> bool:
    """Return whether a word belongs to the one before it: "handed over 31", "concerned about the 40"."""
    if marked.words[cue.start : cue.end + 1] == ["about", "the"] and (
        marked.words[max(0, cue.start - 1)] in _ABOUT_WHOM
    ):
        return True
    if marked.words[max(0, cue.start - 2) : cue.end] in _SPEAKING:
        return True
    if _is_of_terms(marked, cue):
        return True
    if _is_compared(marked, cue) or _is_about_what(marked, cue) or _is_in_the_course(marked, cue):
        return True
    before = marked.marks("give", max(0, cue.start - 1), cue.start)
    return any(verb.end >= cue.end for verb in before)


def _is_compared(marked: MarkedText, cue: Mark) -> bool:
    """Return whether words say by how many a number differs from another: "one fewer than the 30"."""
    return cue.value in _COMPARED and any(one.end == cue.start for one in marked.numbers)


def _is_of_terms(marked: MarkedText, cue: Mark) -> bool:
    """Return whether "under" leads to what was agreed: "the exchange was held under the 60 for 60 formula"."""
    if marked.words[cue.start : cue.end] != ["under"]:
        return False
    is_article = marked.words[cue.end] in ("the", "a")
    number = next((one for one in marked.numbers if one.start == cue.end + 1), None)
    if number is None or not is_article or number.end >= len(marked.words):
        return False
    is_pair = marked.at("versus", number.end) is not None
    return is_pair or marked.words[number.end] in _DASHES


def _is_in_the_course(marked: MarkedText, cue: Mark) -> bool:
    """Return whether "over" leads to a few exchanges in whose course people came: "freed 500 people over four swaps"."""
    first = marked.sentence_at(cue.start).start
    return (
        marked.words[cue.start : cue.end] == ["over"]
        and any(
            one.start == cue.end
            # "freed in over 48 swaps" bounds the 48, "freed 500 people over 48 swaps" does not
            and (one.value <= _FEW or marked.words[cue.start - 1] not in _WITHIN)
            and marked.at("exchange", one.end) is not None
            for one in marked.numbers
        )
        and any(
            first <= one.start < cue.start
            and any(marked.has(kind, one.end, one.end + 2) for kind in ("people", "side_people"))
            for one in marked.numbers
        )
    )


def _is_about_what(marked: MarkedText, cue: Mark) -> bool:
    """Return whether "about a" leads to what is told of: "told them about a 90-for-90 swap"."""
    is_about = marked.words[cue.start : cue.end + 1] == ["about", "a"]
    return is_about and any(one.start == cue.end + 1 and one.is_in_digits for one in marked.numbers)


def is_difference(marked: MarkedText, number: Number) -> bool:
    """Return whether a number tells by how many people another one differs: "one soldier less than"."""
    near = marked.marks("bound", number.end, number.end + _DIFFERENCE_WORDS)
    return any(
        cue.value in _COMPARED
        and marked.words[cue.end - 1] == "than"
        # "40 people, more than 30 of them"
        and "," not in marked.words[number.end : cue.start]
        for cue in near
    )


def ends_a_range(marked: MarkedText, number: Number) -> bool:
    """Return whether a number is the most of a range, which is read with its least: 35 of "30-35"."""
    before = next((one for one in marked.numbers if one.end == number.start - 1), None)
    ranged = _range(marked, before) if before is not None else None
    return ranged is not None and ranged.end == number.end


def _is_up_to(marked: MarkedText, number: Number, following: Number) -> bool:
    """Return whether so many to so many people are told of: "20 to 30 prisoners", but not "up from 20 to 30"."""
    before = marked.words[max(0, number.start - 2) : number.start]
    return (
        marked.language_code == "en"
        and marked.words[number.end] == "to"
        and 1 < number.value < following.value <= number.value * _RANGE_TIMES
        and not {"from", "rate", "ratio", "ratios"} & set(before)
        and any(
            marked.has(kind, following.end, following.end + 2)
            for kind in ("people", "side_people", "side_owner")
        )
    )


def _range(marked: MarkedText, number: Number) -> BoundedNumber | None:
    """Return the range that begins with a number: "100–150", "between 100 and 150"."""
    following = next((one for one in marked.numbers if one.start == number.end + 1), None)
    if following is None or not 0 < number.value < following.value or number.kind != "cardinal":
        return None
    joint, before = marked.words[number.end], marked.words[number.start - 1] if number.start else ""
    is_dash = joint in _DASHES and number.is_in_digits and following.is_in_digits
    if is_dash and number.value <= _DAYS_MAX and following.value in _YEARS:
        return None  # "06-2031"
    is_up_to = _is_up_to(marked, number, following)
    if (
        is_dash
        or is_up_to
        or (before == "between" and joint == "and")
        or (before in ("від", "от") and joint == "до")
    ):
        start = number.start if is_dash or is_up_to else number.start - 1
        merged = Number("cardinal", number.value, number.start, following.end, is_in_digits=True)
        return BoundedNumber(merged, "range", number.value, following.value, start, following.end)
    return None
