"""Whose people came back where nobody says it beside their number, and a report tells of one side alone that frees."""

from collections.abc import Sequence

from services.extraction.acts import agents_in
from services.extraction.marking import Mark, MarkedText
from services.extraction.proposals import Proposal, place_of_mark
from services.extraction.told import other_side


#: How far before its verb the side may stand that frees people.
_DOER_WORDS = 6


def with_side_of_one_captor(marked: MarkedText, found: Sequence[Proposal]) -> list[Proposal]:
    """Return claims with a side each where none is said: the other one than that which alone frees people."""
    if all(one.side is not None or one.measure not in ("returned", "breakdown") for one in found):
        return list(found)
    captor = _only_captor(marked)
    other = other_side(marked.ledger, captor.value) if captor is not None else None
    if other is None or any(one.side not in (None, other) for one in found):
        return list(found)
    return [
        one.but(side=other, places=(*one.places, *place_of_mark(marked, "side", captor)))
        if one.side is None and one.measure in ("returned", "breakdown")
        else one
        for one in found
    ]


def _only_captor(marked: MarkedText) -> Mark | None:
    """Return the words for the side that frees people, null where several do, or none."""
    if marked.language_code != "en":
        return None
    doers = [
        agents[-1]
        for sentence in marked.sentences
        for kind in ("free", "give")
        for act in marked.marks(kind, sentence.start, sentence.stop)
        if (agents := _doers_before(marked, sentence, act))
    ]
    return doers[0] if len({one.value for one in doers}) == 1 else None


def _doers_before(marked: MarkedText, sentence: range, act: Mark) -> list[Mark]:
    near = range(max(sentence.start, act.start - _DOER_WORDS), act.start)
    # "Ruritanians freed on Friday" free nobody
    return [one for one in agents_in(marked, near) if one.kind != "side_people"]
