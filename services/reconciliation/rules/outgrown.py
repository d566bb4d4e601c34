"""A speaker's number for everybody that the same speaker's later count of a part leaves, reconciliation.md §9.

    "30 were released" at noon, "50 soldiers were released" in the evening: more than 30 are released

The whole is never less than a part: who counts more soldiers, or more civilians, later than everybody restates
everybody. Said at one instant, or of a group that cuts across, it is the part that is in doubt
(`services.reconciliation.rules.breakdown_check`).

    "5 were released", and two others say that 12 were, and two that 7 of them were observers: the 5 are a part
"""

from collections.abc import Mapping, Sequence

from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import Standing
from services.reconciliation.rules.propagate import ALL, CIVILIAN, MILITARY, Level


#: How a claim stands that its speaker's later count of a part leaves.
OUTGROWN = Standing("excluded", "later-part-above")
#: How a claim on everybody stands that is less than a part, as others count both.
BELOW_PART = Standing("excluded", "part-above")


def find_outgrown(levels: Mapping[Level, Sequence[Reading]]) -> dict[ClaimKey, Standing]:
    """Return the claims on everybody that their own speaker's later counts of a part replace.

    Args:
        levels: The claims on one side of one exchange, by the level at which they speak.
    """
    if ALL not in levels or (MILITARY not in levels and CIVILIAN not in levels):
        return {}
    parts: dict[str, list[Reading]] = {}
    for level in (MILITARY, CIVILIAN):
        for reading in levels.get(level, ()):
            if reading.interval and reading.interval.low:
                parts.setdefault(reading.voice, []).append(reading)
    outgrown = {}
    for reading in levels[ALL]:
        if reading.voice not in parts or reading.tested is None or reading.tested.high is None:
            continue
        most = reading.tested.high
        if any(
            part.interval and part.interval.low > most and part.said[0] > reading.said[0]
            for part in parts[reading.voice]
        ):
            outgrown[reading.key] = OUTGROWN
    return outgrown


def find_below_part(levels: Mapping[Level, Sequence[Reading]]) -> dict[ClaimKey, Standing]:
    """Return the claims on everybody that are less than a part which several speakers count, where others' hold it.

    Args:
        levels: The claims on one side of one exchange, by the level at which they speak.
    """
    part = max((_least_told(spoken) for level, spoken in levels.items() if level != ALL), default=0)
    if ALL not in levels or not part:
        return {}
    wholes = [
        (reading, reading.interval) for reading in levels[ALL] if reading.interval is not None
    ]
    if not any(interval.low >= part for _, interval in wholes):
        return {}
    return {
        reading.key: BELOW_PART
        for reading, interval in wholes
        if interval.high is not None and interval.high < part
    }


def _least_told(spoken: Sequence[Reading]) -> int:
    """Return the least of several speakers' exact counts of a part, 0 if fewer count it."""
    counts = {
        reading.voice: reading.interval.low
        for reading in spoken
        if reading.interval is not None and reading.interval.is_exact
    }
    return min(counts.values()) if len(counts) > 1 else 0
