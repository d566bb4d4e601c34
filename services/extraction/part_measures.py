"""Whether a number that is a part of others is told as one: of a whole that nobody counts, of what both sides got."""

from collections.abc import Sequence

from services.extraction.groups import total_of
from services.extraction.joined_sides import BOTH
from services.extraction.parts import is_among_others, is_marked_as_part, is_of_those
from services.extraction.proposals import Proposal
from services.extraction.told import Told


#: How far behind those freed it may be told what befell them.
_DESCRIBED_WORDS = 4
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


def is_of_uncounted(told: Told, found: Sequence[Proposal]) -> bool:
    """Return whether a number is a part of a whole that is not counted: "among those freed are 5 women"."""
    tokens = told.marked.tokens
    own = tokens[told.said.start].sentence
    # A whole that was told just before, and is no more than the number, is not its whole.
    is_counted = any(one.measure in _WHOLES and own - tokens[one.at].sentence <= 1 for one in found)
    total = total_of(told.marked, told.said.number)
    # "48 of the 130 captives were thought missing"
    if total is not None and any(
        one.value == total.value and one.measure in _WHOLES for one in found
    ):
        return True
    if _are_described(told, found):
        return True
    if is_counted or told.said.number.kind == "vague" or total:
        return False
    if told.group.start == told.group.end and told.marked.has(
        "how_many", told.sentence.start, told.said.start
    ):
        return False  # "put the number of those brought home at 180"
    return is_of_those(told.marked, told.said.end) or is_among_others(told)
