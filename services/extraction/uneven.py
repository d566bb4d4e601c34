"""So many exchanged for so many others, told by the two numbers alone: "the 97-for-75 exchange"."""

from itertools import pairwise
from typing import NamedTuple

from services.extraction.marking import MarkedText
from services.extraction.numbers import Number
from services.extraction.told import SideReading, Told, other_side


_FOR = frozenset(("for", "на"))
_HYPHENS = frozenset("-‑–")
#: How many words may stand between two such numbers, and between them and the exchange that is told of.
_WORDS_BETWEEN_MAX = 3
_WORDS_BEFORE, _WORDS_AFTER = 8, 9
_NEAR = 8


class UnevenPair(NamedTuple):
    """Two numbers that are set against each other, and are not the same.

    Attributes:
        first: Those who are named first, of the side that tells.
        second: Those who were given for them.
    """

    first: Number
    second: Number


def uneven_pair(marked: MarkedText, number: Number) -> UnevenPair | None:
    """Return the pair that a number is one of, null if it is of none."""
    near = [one for one in marked.numbers if abs(one.start - number.start) <= _NEAR]
    pairs = (UnevenPair(*both) for both in pairwise(near) if number in both)
    return next((pair for pair in pairs if _are_set_against(marked, pair)), None)


def side_of_uneven(told: Told, same: str | None) -> SideReading | None:
    """Return the side of a number of such a pair: that of the `same` number before, else by who tells of it."""
    pair = uneven_pair(told.marked, told.said.number)
    if pair is None or told.group.end > told.group.start:
        return None
    if same is not None:
        return SideReading((same,), None)
    ledger = told.marked.ledger
    own = ledger.camp_of(told.speaker.party)
    if own not in ledger.side_codes:
        return None
    side = own if told.said.number == pair.first else other_side(ledger, own)
    return SideReading((side,), told.speaker.mark) if side is not None else None


def _are_set_against(marked: MarkedText, pair: UnevenPair) -> bool:
    first, second = pair
    between = marked.words[first.end : second.start]
    is_for = any(word in _FOR for word in between) and all(
        word in _FOR or word in _HYPHENS for word in between
    )
    if not is_for or len(between) > _WORDS_BETWEEN_MAX or first.value == second.value:
        return False
    if not (first.is_in_digits and second.is_in_digits and first.value and second.value):
        return False
    sentence = marked.sentence_at(first.start)
    return any(
        marked.has(kind, second.end, min(second.end + _WORDS_AFTER, sentence.stop))
        or marked.has(kind, max(sentence.start, first.start - _WORDS_BEFORE), first.start)
        for kind in ("exchange", "swap")
    )
