"""Numbers beside people that count none of them: how old they are, and halves."""

from services.extraction.marking import MarkedText
from services.extraction.numbers import Number


def is_age(marked: MarkedText, number: Number) -> bool:
    """Return whether a number is an age beside a name: "Anna Arl, 35, who"."""
    before = number.start - 2
    if before < 0 or number.end >= len(marked.words) or not number.is_in_digits:
        return False
    is_enclosed = marked.words[number.start - 1] == "," == marked.words[number.end]
    return is_enclosed and marked.words[before].isalpha() and marked.is_name(before)


def is_of_age(marked: MarkedText, number: Number) -> bool:
    """Return whether a number is how old people are, and names nobody: "those under the age of 25 returned"."""
    ages = marked.marks("age", max(0, number.start - 4), number.start)
    return bool(ages) and marked.at("people", number.end) is None


def is_and_a_half(marked: MarkedText, number: Number) -> bool:
    """Return whether a number is half as much again, which is no number that is read: "полторы сотни"."""
    return marked.at("and_a_half", number.start - 1) is not None
