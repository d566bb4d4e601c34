"""Two numbers that count different people are no dispute: reconciliation.md §3, "locate a dispute".

The other side speaks of soldiers, this side of everybody; or of the wounded, where everybody came
home. At the level where both speak they agree, and the difference is named.
"""

from collections.abc import Iterator, Mapping

from schemas.decisions import Explanation
from services.reconciliation.claims.voices import Voice, Voices
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.propagate import Level


def explain_scope(
    side: str, best: int | None, heard: Mapping[Level, Voices]
) -> Iterator[Explanation]:
    """Return the counts of other camps that differ from everybody's number by their scope alone.

    Args:
        side: The side people came back to.
        best: The number for everybody.
        heard: The voices at every level of that side that is not itself in dispute.
    """
    if best is None:
        return
    for (category, place), voices in sorted(heard.items()):
        if place == "all":
            continue
        own = {voice.interval for voice in voices.voices if voice.camp == side}
        for voice in sorted(voices.voices, key=lambda voice: voice.name):
            if not _announces_less(voice, side, best) or (own and voice.interval not in own):
                continue
            rest = best - voice.interval.low
            sentence = (
                f"{voice.shown} counts {voice.interval.low} ({category}), {rest} of {best} aside"
            )
            yield Explanation(code="scope-explained", text=sentence)


def _announces_less(voice: Voice, side: str, best: int) -> bool:
    """Return whether another camp's official gives a smaller exact number as what came back."""
    return (
        voice.camp != side
        and voice.tier < OUTLET_TIER
        and voice.interval.is_exact
        and voice.interval.low < best
        and any(not reading.is_breakdown for reading in voice.readings)
    )
