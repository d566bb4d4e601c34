"""Parts of a whole that are listed behind it: by a dash, by a colon, in lines, in numbers that add up to it."""

from services.extraction.groups import is_in_list_of_places
from services.extraction.joined_sides import BOTH
from services.extraction.part_words import (
    says_otherwise,
)
from services.extraction.proposals import Proposal
from services.extraction.told import Told


#: How many words a figure and the one that is added to it may be apart.
_WORDS_BESIDE_MAX = 7
_APPOSED_MAX = 5
_ACTS = ("give", "get", "back", "swap", "exchange", "free")
_BULLETS = frozenset("-–—•*")


def _is_next_item(told: Told, last: Proposal) -> bool:
    """Return whether a number stands in a line of a list behind the line of another one: "- as well as two women"."""
    marked = told.marked
    own, before = told.sentence, marked.sentence_at(last.at)
    is_next = marked.tokens[own.start].sentence - marked.tokens[before.start].sentence == 1
    return is_next and all(marked.words[one.start] in _BULLETS for one in (own, before))


def is_apposed(told: Told, whole: Proposal) -> bool:
    """Return whether numbers behind a comma add up to the one before it: "39 people, 24 women and 15 boys, were"."""
    marked = told.marked
    at = next((at for at, one in enumerate(marked.numbers) if one.start == told.said.start), None)
    if at is None or marked.words[told.said.start - 1] != "," or whole.side == BOTH:
        return False  # the halves of both sides stand for themselves
    total = 0
    for one in marked.numbers[at : at + _APPOSED_MAX]:
        total += one.value if one.start in told.sentence else 0
        if total >= (whole.value or 0):
            break
    return total == whole.value and told.said.start - whole.at <= _WORDS_BESIDE_MAX


def has_dash_after(told: Told) -> bool:
    """Return whether a dash parts a number from those it counts: "8 – sailors", "East Klow – 8"."""
    words, end = told.marked.words, told.said.number.end
    if is_in_list_of_places(told.marked, told.said.number.start - 1, told.sentence):
        return True
    if end >= len(words):
        return False
    tokens = told.marked.tokens
    is_apart = tokens[end].start > tokens[end - 1].end
    return words[end] in "–—" or (words[end] == "-" and is_apart)


def goes_on_a_list(told: Told, last: Proposal) -> bool:
    """Return whether a number goes on with the parts of a list: "36 privates and six officers"."""
    if last.measure != "breakdown":
        return False
    if last.at not in told.sentence and not _is_next_item(told, last):
        return False
    if says_otherwise(told.marked, last.at, told.said.start):
        return False
    return not any(told.marked.has(kind, last.at, told.said.start) for kind in _ACTS)
