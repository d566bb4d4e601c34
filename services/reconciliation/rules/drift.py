"""Category drift, reconciliation.md §3: a label narrower than the count it stands on.

Outlets turn people into soldiers. Where anybody better placed than an outlet counts civilians among
them, a claim that gives for the soldiers alone what its camp gives for everybody speaks of all, and
so does one that gives for them what the receiving side gives for everybody and for no soldiers. It is
read at the wider level, with `category-drift` as its reason, and counts there.

And the other way round: where one speaker's list counts 22 soldiers among 25, and somebody counts three
civilians, whoever gives 22 for everybody speaks of the soldiers. A speaker who counts civilians too
does not.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.everybody import (
    as_everybody,
    repeats_its_camp,
    said_of_everybody,
)


def find_drift(readings: Sequence[Reading]) -> dict[ClaimKey, Reading]:
    """Return the claims on a part that speak of the whole.

    Args:
        readings: Counting claims on one side of one exchange, all categories.

    Returns:
        For each such claim its reading at the wider level.
    """
    if not any(_counts_civilians(reading) for reading in readings):
        return {}
    exact = [reading for reading in readings if reading.interval and reading.interval.is_exact]
    everybody = said_of_everybody(exact)
    soldiers = {
        reading.interval
        for reading in exact
        if reading.place == "military" and reading.camp == reading.side
    }
    drifted = {}
    for reading in exact:
        if reading.place != "military":
            continue
        receivers = everybody.get(reading.side, set()) - soldiers
        if repeats_its_camp(reading, everybody) or reading.interval in receivers:
            drifted[reading.key] = as_everybody(reading)
    return drifted


def find_soldiers_alone(readings: Sequence[Reading]) -> dict[ClaimKey, Reading]:
    """Return the claims on everybody that speak of the soldiers alone.

    Args:
        readings: Counting claims on one side of one exchange, all categories.

    Returns:
        For each such claim its reading at the narrower level.
    """
    if not any(reading.place == "civilian" for reading in readings):
        return {}
    exact = [reading for reading in readings if reading.interval and reading.interval.is_exact]
    civilians = [reading for reading in exact if reading.place == "civilian" and _number(reading)]
    soldiers, whole = _said_by_voice(exact, "military"), _said_by_voice(exact, "all")
    apart = {_number(reading) for reading in civilians}
    alone = {
        number
        for voice, numbers in soldiers.items()
        for number in numbers
        if any(number + beside in whole.get(voice, ()) for beside in apart)
    }
    counting_civilians = {reading.voice for reading in civilians}
    return {
        reading.key: replace(reading, category="military", place="military")
        for reading in exact
        if reading.place == "all"
        and _number(reading) in alone
        and reading.voice not in counting_civilians
    }


def _said_by_voice(readings: Sequence[Reading], place: str) -> dict[str, set[int]]:
    said: dict[str, set[int]] = {}
    for reading in readings:
        if reading.place == place:
            said.setdefault(reading.voice, set()).add(_number(reading))
    return said


def _number(reading: Reading) -> int:
    assert reading.interval is not None, "only exact claims are asked"
    return reading.interval.low


def _counts_civilians(reading: Reading) -> bool:
    return (
        reading.place in ("civilian", "within-civilian")
        and reading.tier < OUTLET_TIER
        and reading.interval is not None
        and reading.interval.low > 0
    )
