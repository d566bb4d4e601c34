"""People who are no part of those told of before: let go besides, all of a day, or freed later."""

from services.extraction.acts import agents_in
from services.extraction.marking import MarkedText
from services.extraction.part_words import part_marks
from services.extraction.proposals import Proposal
from services.extraction.told import Told, other_side


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


def was_before(marked: MarkedText, whole: Proposal) -> bool:
    """Return whether so many were freed some time before what is told: "It comes three weeks after they swapped 90"."""
    start = marked.sentence_at(whole.at).start
    return any(
        marked.words[at] in ("after", "since") and marked.has("days_span", at - 1, at)
        for at in range(start + 1, whole.at)
    )
