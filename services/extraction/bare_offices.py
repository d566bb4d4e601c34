"""Whose office speaks where its side is not said: "according to the Defence Ministry, 40 Ruritanian soldiers came home"."""

from collections.abc import Sequence

from schemas.ledger import LedgerSpeaker
from services.extraction.marking import Mark, MarkedText


#: How far behind a number those whom it counts may be named.
_COUNTED_WORDS = 1
_COME = ("back", "get")


def holder_by_people(
    marked: MarkedText, office: Mark, holders: Sequence[LedgerSpeaker]
) -> LedgerSpeaker | None:
    """Return who of several holds an office: of the side whose people alone a sentence counts as come home."""
    sentence = marked.sentence_at(office.start)
    if not any(marked.has(kind, sentence.start, sentence.stop) for kind in _COME):
        return None
    numbers = [one for one in marked.numbers if one.start in sentence and one.kind == "cardinal"]
    counted = {
        side.value
        for kind in ("side_owner", "side_people")
        for side in marked.marks(kind, sentence.start, sentence.stop)
        for one in numbers
        if side.start - _COUNTED_WORDS <= one.end <= side.start
    }
    if len(counted) != 1:
        return None
    return next((one for one in holders if one.party in counted), None)
