"""Whether a number that is a part of others is told as one: of a whole that nobody counts, of what both sides got."""

from collections.abc import Sequence

from services.extraction.groups import total_of
from services.extraction.joined_sides import BOTH
from services.extraction.part_words import part_marks
from services.extraction.parts import is_among_others, is_marked_as_part, is_of_those
from services.extraction.proposals import Proposal
from services.extraction.told import Told


#: How far behind those freed it may be told what befell them.
_DESCRIBED_WORDS = 4
_MOSTLY = frozenset(("mostly", "mainly", "chiefly", "largely", "primarily"))
_MOST_WORDS = 10
_LET_GO = ("free", "give", "get")
_WHOLES = ("returned", "exchanged_total")


def is_share_of_both(told: Told, whole: Proposal) -> bool:
    """Return whether so many are one side's share of all exchanged: "218 captives were exchanged – 108 Ruritanians"."""
    is_own = whole.side == BOTH and told.group.side is not None
    return is_own and not is_marked_as_part(told)


def _are_described(told: Told, found: Sequence[Proposal]) -> bool:
    """Return whether it is told what befell so many of those freed: "39 звільнених перебували у неволі з 2030 року"."""
    marked, end = told.marked, told.said.number.end
    if marked.language_code == "en" or marked.at("freed", end) is None:
        return False
    after = (end + 1, min(told.group.end + _DESCRIBED_WORDS, told.clause.stop))
    is_described = any(marked.has(kind, *after) for kind in ("befell", "held"))
    comes = any(marked.has(kind, *after) for kind in ("back", "get", "give"))
    wholes = [one.value for one in found if one.measure in _WHOLES and one.value is not None]
    is_within = not wholes or max(wholes) > told.said.number.value
    return is_described and is_within and not comes


def comes_now(told: Told) -> bool:
    """Return whether so many are told to be on their way by now: "a further 12 are coming home"."""
    marked, end = told.marked, told.group.end
    words = marked.words[end : end + 2]
    return words[:1] in (["are"], ["is"]) and words[1:] in (["coming"], ["returning"])


def _is_let_go(told: Told) -> bool:
    """Return whether so many are told to be let go, whoever else may be: "freed 26 of the last captives"."""
    marked, start = told.marked, told.said.start
    if marked.language_code != "en" or part_marks(told):
        return False
    start -= marked.words[max(0, start - 2) : start] == ["the", "first"] and 2
    acts = (one for kind in _LET_GO for one in marked.marks(kind, max(0, start - 4), start))
    return any(one.end == start for one in acts)


def _are_of_a_sort(told: Told) -> bool:
    """Return whether it is only told of so many what they are: "52 are privates, 13 are officers"."""
    marked, end = told.marked, told.said.number.end
    is_be = marked.words[end : end + 1] in (["are"], ["were"], ["is"])
    is_be = is_be and marked.words[told.said.start - 1] != "all"
    is_sorted = told.group.category not in ("unspecified", "all")
    return marked.language_code == "en" and is_be and is_sorted and told.group.start > end


def _are_beside_most(told: Told) -> bool:
    """Return whether so many are told of beside most others: "it involved mainly soldiers, along with 90 farmers each"."""
    marked, first, start = told.marked, told.sentence.start, told.said.start
    before = marked.words[max(first, start - _MOST_WORDS) : start]
    is_most = bool(_MOSTLY & set(before)) or marked.words[first : first + 2] == ["most", "of"]
    is_with = marked.words[start - 1 : start] == ["with"]
    return marked.language_code == "en" and is_most and is_with


def is_of_uncounted(told: Told, found: Sequence[Proposal]) -> bool:
    """Return whether a number is a part of a whole that is not counted: "among those freed are 5 women"."""
    tokens = told.marked.tokens
    own = tokens[told.said.start].sentence
    # A whole that was told just before, and is no more than the number, is not its whole.
    is_counted = any(one.measure in _WHOLES and own - tokens[one.at].sentence <= 1 for one in found)
    total = total_of(told.marked, told.said.number)
    if _is_let_go(told):
        return False
    # "48 of the 130 captives were thought missing"
    if total is not None and any(
        one.value == total.value and one.measure in _WHOLES for one in found
    ):
        return True
    if _are_described(told, found) or _are_of_a_sort(told) or _are_beside_most(told):
        return True
    if is_counted or told.said.number.kind == "vague" or total:
        return False
    if told.group.start == told.group.end and told.marked.has(
        "how_many", told.sentence.start, told.said.start
    ):
        return False  # "put the number of those brought home at 180"
    return is_of_those(told.marked, told.said.end) or is_among_others(told)
