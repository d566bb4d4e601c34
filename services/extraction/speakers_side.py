"""Whose people came back where nobody says so, and all who speak are of one side."""

from collections.abc import Sequence

from services.extraction.marking import MarkedText
from services.extraction.named_speakers import NamedSpeaker
from services.extraction.proposals import Proposal, place_of_mark
from services.extraction.speakers import Attributions


def with_side_of_all_speakers(
    marked: MarkedText, found: Sequence[Proposal], attributions: Attributions
) -> list[Proposal]:
    """Return claims with the side of all who speak in a report, where that is one, and it says no side anywhere.

    "Додому повернулися 40 полонених": whoever came home came to those who tell of it.
    """
    back = ("returned", "breakdown", "cumulative_returned")
    is_open = [one.side is None for one in found if one.measure in back]
    speaker = _of_one_side(marked, attributions)
    if speaker is None or not is_open or not all(is_open):
        return list(found)
    evidence = place_of_mark(marked, "side", speaker.mark)
    return [
        one.but(side=speaker.party, places=(*one.places, *evidence))
        if one.measure in back and one.side is None
        else one
        for one in found
    ]


def _of_one_side(marked: MarkedText, attributions: Attributions) -> NamedSpeaker | None:
    """Return one of those who speak, or who are named at all, if all of them are of one side."""
    codes = marked.ledger.side_codes
    said = [one.speaker for some in attributions.statements for one in some]
    named = [
        one for number in range(len(marked.sentences)) for one in attributions.named_in(number)
    ]
    for some in (said, named):
        of_sides = [one for one in some if one.party in codes and one.mark is not None]
        parties = {one.party for one in of_sides}
        if parties:
            return of_sides[0] if len(parties) == 1 else None
    return None
