"""People who are no part of those told of before: let go besides, all of a day, or freed later."""

from collections.abc import Sequence

from services.extraction.acts import agents_in
from services.extraction.marking import Mark, MarkedText
from services.extraction.meant_again import are_these
from services.extraction.part_words import part_marks
from services.extraction.proposals import Proposal
from services.extraction.told import Told, other_side


_KINDS = ("civilian", "all", "unspecified")
_VERSUS = frozenset(("for", "-", "на"))
_ALL = (["all"], ["усі"], ["всі"], ["все"])


def are_let_go_besides(told: Told, whole: Proposal) -> bool:
    """Return whether whoever held people lets so many go besides: "Klow also released 16 wounded Bordurians"."""
    marked, start = told.marked, told.said.start
    if part_marks(told) or marked.language_code != "en" or whole.at in told.sentence:
        return False
    first = max(told.clause.start, start - 4)
    acts = [one for kind in ("free", "give") for one in marked.marks(kind, first, start)]
    agents = agents_in(marked, range(told.clause.start, acts[-1].start)) if acts else []
    if not acts and marked.at("and", start - 2):  # "and Borduria 12 wounded"
        agents = list(marked.marks("side_name", start - 1, start))
    giver = other_side(marked.ledger, told.group.side or whole.side or "")
    return bool(agents) and agents[-1].value == giver


def are_all_of_them(told: Told) -> bool:
    """Return whether all who came free then are counted, and no part of others: "All 203 soldiers freed on Friday"."""
    marked, start = told.marked, told.said.start
    is_all = marked.words[max(0, start - 1) : start] in _ALL
    end = told.group.end
    return is_all and any(marked.has(kind, end, end + 2) for kind in ("free", "freed"))


def are_freed_for(told: Told) -> bool:
    """Return whether others are told to be freed for so many of a side: "some, and their leader, were freed for 30 Cedrians"."""
    marked, start = told.marked, told.said.start
    is_for = marked.words[start - 1 : start] == ["for"] and told.group.side is not None
    acts = (one for kind in ("free", "give") for one in marked.marks(kind, start - 4, start - 1))
    return is_for and any(one.end == start - 1 for one in acts)


def was_before(marked: MarkedText, whole: Proposal) -> bool:
    """Return whether so many were freed some time before what is told: "It comes three weeks after they swapped 90"."""
    start = marked.sentence_at(whole.at).start
    return any(
        marked.words[at] in ("after", "since") and marked.has("days_span", at - 1, at)
        for at in range(start + 1, whole.at)
    )


def is_told_of_others(told: Told, whole: Proposal | None, found: Sequence[Proposal]) -> bool:
    """Return whether some are meant again who are of another whole: "The five pilots were taken to Zlip"."""
    if are_these(told, found):
        return True
    if whole is None:
        return False
    marked, start = told.marked, told.said.start
    own = marked.tokens[start].sentence
    is_meant = marked.words[max(0, start - 1)] == "the"
    return is_meant and any(
        one.value == told.said.number.value
        and one.side != whole.side
        and own - marked.tokens[one.at].sentence == 1
        and one.measure in ("breakdown", "returned")
        for one in found
    )


def is_format(one: Proposal) -> bool:
    """Return whether two equal numbers alone tell of an exchange, and no people: "the 90-for-90 exchange"."""
    fields = {place.field for place in one.places}
    sides = {place.quote.lower() for place in one.places if place.field == "side"}
    return "category" not in fields and bool(sides & _VERSUS)


def is_beyond_all(told: Told, whole: Proposal, found: Sequence[Proposal]) -> bool:
    """Return whether all of a whole are told of by now in a sentence: "of 85, 83 are men, two women, and 20 guests"."""
    parts = [
        one
        for one in found
        if one.measure == "breakdown" and one.at > whole.at and one.at in told.sentence
    ]
    is_all = bool(parts) and sum(one.value or 0 for one in parts) == whole.value
    # "132 men, 8 women; 22 officers and 118 privates" are told of twice
    if not is_all or told.group.category not in _KINDS:
        return False
    return not told.marked.has("part", parts[-1].at, told.said.start)


def is_whole_first(told: Told, part: Mark) -> bool:
    """Return whether all are counted of whom some are: the 77 of "Among the 77 captives freed are nine officers"."""
    marked, end = told.marked, told.group.end
    is_first = part.start == told.sentence.start and marked.words[told.said.start - 1] == "the"
    following = next((one.start for one in marked.numbers if one.start >= end), end)
    led = marked.words[end:following]
    return is_first and marked.at("free", end) is not None and "," not in led and "are" in led
