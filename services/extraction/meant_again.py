"""People told of before who are meant again: "The three freed men are sailors"."""

from collections.abc import Sequence

from services.extraction.proposals import Proposal
from services.extraction.told import Told


def are_meant_again(told: Told, found: Sequence[Proposal]) -> bool:
    """Return whether those told of before are told of again: "The three freed men are sailors"."""
    marked, start, number = told.marked, told.said.start, told.said.number
    is_known = start > 0 and marked.words[start - 1] == "the" and told.group.side is None
    same = {one.side for one in found if one.value == number.value and one.measure == "returned"}
    return is_known and len(same) == 1 and marked.at("free", number.end) is not None


def are_these(told: Told, found: Sequence[Proposal]) -> bool:
    """Return whether it is told what befell those before: "These twelve men were sentenced in May"."""
    marked, clause, start = told.marked, told.clause, told.said.start
    is_known = start == told.sentence.start + 1 and marked.words[start - 1] == "these"
    kinds = ("give", "get", "free", "back", "swap", "held")
    acts = any(marked.has(kind, clause.start, clause.stop) for kind in kinds)
    return is_known and not acts and any(one.value == told.said.number.value for one in found)


def are_the_freed(told: Told) -> bool:
    """Return whether those who came free are counted by that alone: "holds 40, not counting the nine released in May"."""
    marked, start, end = told.marked, told.said.start, told.said.number.end
    is_bare = told.group.end == told.group.start and marked.words[max(0, start - 1)] == "the"
    return is_bare and marked.at("free", end) is not None
