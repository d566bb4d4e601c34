"""The status of a figure, the first that applies (reconciliation.md §5).

Two camps are in dispute when a counting voice of one and a counting voice of the other cannot both be
true. Outlets' own counts neither dispute nor are disputed where anybody better placed spoke: they
count no heads, they copy, and their slips are shown beside the figure instead.
"""

from collections.abc import Sequence

import msgspec

from schemas.vocabulary import FigureStatus, ObservationStatus
from services.reconciliation.claims.voices import Voice
from services.reconciliation.policy import Policy


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What is to be thought of a figure."""

    status: FigureStatus
    obs_status: ObservationStatus


def judge(voices: Sequence[Voice], best: int | None, policy: Policy) -> Verdict:
    """Judge a figure by its voices, at least one."""
    if camps_dispute(voices, policy):
        return Verdict("disputed", "A" if best is not None else "M")
    if any(voice.contradicts_itself for voice in voices if _is_best_placed(voice, voices)):
        return Verdict("self_contradicted", "E")
    if best is None:
        return Verdict("no_data", "M")
    return _agreement(voices, best)


def _agreement(voices: Sequence[Voice], best: int) -> Verdict:
    agreeing = [voice for voice in voices if voice.interval.holds(best)]
    if any(voice.interval.is_exact for voice in agreeing):
        if len({voice.camp for voice in agreeing}) > 1:
            return Verdict("corroborated", "A")
        return Verdict("consistent" if len(agreeing) > 1 else "single_source", "A")
    if any(voice.interval.high is not None for voice in agreeing):
        return Verdict("approximate", "E")
    return Verdict("floor_only", "E")


def camps_dispute(voices: Sequence[Voice], policy: Policy) -> bool:
    """Return whether voices of two camps cannot both be true."""
    greatest_low: dict[str, int] = {}
    least_high: dict[str, int] = {}
    for voice in voices:
        if voice.tier > policy.widening_tier:
            continue
        greatest_low[voice.camp] = max(greatest_low.get(voice.camp, 0), voice.interval.low)
        if voice.interval.high is not None:
            least_high[voice.camp] = min(
                least_high.get(voice.camp, voice.interval.high), voice.interval.high
            )
    return any(
        low > high
        for camp, low in greatest_low.items()
        for other, high in least_high.items()
        if camp != other
    )


def _is_best_placed(voice: Voice, voices: Sequence[Voice]) -> bool:
    return voice.tier == min(other.tier for other in voices)
