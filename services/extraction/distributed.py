"""Rows of numbers that each side got, in Ukrainian and Russian: "группами по 210, 207 и 183 человека"."""

from services.extraction.marking import Mark, MarkedText
from services.extraction.numbers import Number


def each_of_row(marked: MarkedText, number: Number) -> Mark | None:
    """Return the word for "each" before a row of numbers that one is in, null for a number in none."""
    if marked.language_code == "en":
        return None
    first = number
    while (before := _before_in_row(marked, first)) is not None:
        first = before
    each = marked.at("each", first.start - 1) if first.start else None
    return each if each is not None and each.end == first.start else None


def next_in_row(marked: MarkedText, number: Number) -> Number | None:
    """Return the number behind one in such a row, whose people are named at its end."""
    following = next((one for one in marked.numbers if one.start == number.end + 1), None)
    is_joined = following is not None and _before_in_row(marked, following) is number
    return following if is_joined and each_of_row(marked, number) is not None else None


def _before_in_row(marked: MarkedText, number: Number) -> Number | None:
    joint = number.start - 1
    if joint < 1 or not (marked.words[joint] == "," or marked.at("and", joint) is not None):
        return None
    return next(
        (one for one in marked.numbers if one.end == joint and one.kind == "cardinal"), None
    )
