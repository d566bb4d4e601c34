"""Clauses of a sentence that nobody says, though somebody speaks in another one of it."""

from collections.abc import Sequence

from services.extraction.clauses import clauses_of
from services.extraction.marking import Mark, MarkedText
from services.extraction.statements import ReportingVerb


_MEANWHILE = frozenset(("while", "whereas", "тоді", "тогда"))


def is_said_later(marked: MarkedText, said: Sequence[ReportingVerb], clause: range) -> bool:
    """Return whether somebody speaks only in a clause that turns to something else: "freed 60, while Klow said"."""
    later = clauses_of(marked, marked.sentence_at(clause.start))
    return all(
        one.place >= clause.stop
        and any(
            one.place in other
            and marked.words[other.start] in _MEANWHILE
            and one.speaker.mark is not None
            and one.speaker.mark.start in other
            for other in later
        )
        for one in said
    )


def others_doing(
    marked: MarkedText, place: int, clause: range, said: Sequence[ReportingVerb]
) -> Mark | None:
    """Return what begins a clause on what the other side got, which nobody says: "while Klow brought 80 home"."""
    turn = marked.at("break", clause.start)
    side = marked.at("side_name", turn.end) if turn is not None else None
    is_alone = len(said) == 1 and said[0].place < clause.start
    if side is None or not is_alone or clause.stop < marked.sentence_at(place).stop:
        return None
    codes, party = marked.ledger.side_codes, said[0].speaker.party
    is_got = marked.has("get", side.end, place)
    return turn if is_got and party in codes and party != side.value else None
