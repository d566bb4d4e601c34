"""Equal numbers set against each other without a word for it: "the 50-50 formula", "in the 600 by 600 format"."""

from services.extraction.marking import Mark, MarkedText
from services.extraction.numbers import Number


_JOINTS = frozenset(("-", "‑", "–", "by", "x"))
#: How far from the numbers what they are of may stand: '"600 by 600" exchange formula', "the format of 600 by 600".
_TERMS_WITHIN = 3


def equal_pair(marked: MarkedText, number: Number) -> Mark | None:
    """Return a number with its equal, and what was agreed so: "50-50 formula"."""
    joint = number.end
    if marked.language_code != "en" or marked.words[joint : joint + 1] == [] or number.value == 1:
        return None
    equal = next((one for one in marked.numbers if one.start == joint + 1), None)
    if marked.words[joint] not in _JOINTS or equal is None or equal.value != number.value:
        return None
    sentence = marked.sentence_at(number.start)
    stop = min(equal.end + _TERMS_WITHIN, sentence.stop)
    behind = (*marked.marks("terms", equal.end, stop), *marked.marks("exchange", equal.end, stop))
    if behind:
        return Mark("versus", "versus", number.start, behind[0].end)
    before = marked.marks("terms", max(sentence.start, number.start - _TERMS_WITHIN), number.start)
    return Mark("versus", "versus", before[-1].start, equal.end) if before else None


def is_of_pair(marked: MarkedText, number: Number) -> bool:
    """Return whether a number or the one before it is set against its equal so."""
    return equal_pair(marked, number) is not None or is_second_of_pair(marked, number)


def is_second_of_pair(marked: MarkedText, number: Number) -> bool:
    """Return whether a number says again what the one joined to it did: the second 50 of "the 50-50 formula"."""
    first = next((one for one in marked.numbers if one.end == number.start - 1), None)
    return first is not None and equal_pair(marked, first) is not None
