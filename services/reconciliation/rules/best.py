"""Step 7 of reconciliation.md §5: `best`, the number to give when one number must be given.

An exact value inside the core: of the highest tier, then held by most camps, most voices, said last,
nearest the median, the smaller. With no exact value: "about v" gives v; a range its middle; "nearly
v" the number below v; floors alone the greatest floor. A ceiling alone gives nothing.
"""

from collections.abc import Sequence
from statistics import median_low

from services.reconciliation.claims.instants import BEFORE_ALL
from services.reconciliation.claims.interval import Interval
from services.reconciliation.claims.voices import Voice


def find_best(voices: Sequence[Voice], core: Interval) -> int | None:
    """Choose the best number of a figure, null if nobody gave a usable one."""
    exact = _exact_values(voices, core)
    if exact:
        return _choose(exact)
    closed = [
        voice for voice in voices if voice.interval.high is not None and voice.readings[0].value
    ]
    for voice in sorted(closed, key=lambda voice: (voice.tier, voice.readings[0].said)):
        said = _said(voice)
        if said is not None and core.holds(said):
            return said
    if core.is_exact:
        return core.low
    ranged = [voice for voice in voices if voice.readings[0].bound == "range"]
    if ranged and core.high is not None:
        return (core.low + core.high) // 2
    return core.low or None


def _exact_values(voices: Sequence[Voice], core: Interval) -> dict[int, list[Voice]]:
    values: dict[int, list[Voice]] = {}
    for voice in voices:
        if voice.contradicts_itself:
            spoken = {
                reading.tested.low
                for reading in voice.readings
                if reading.tested is not None and reading.tested.is_exact
            }
        else:
            spoken = {voice.interval.low} if voice.interval.is_exact else set()
        for value in spoken:
            if core.holds(value):
                values.setdefault(value, []).append(voice)
    return values


def _choose(exact: dict[int, list[Voice]]) -> int:
    if len(exact) == 1:
        return next(iter(exact))
    middle = median_low([value for value, voices in exact.items() for _ in voices])

    def rank(value: int) -> tuple[object, ...]:
        voices = exact[value]
        last = max(_last_said(voice, value) for voice in voices)
        return (
            min(voice.tier for voice in voices),
            -len({voice.camp for voice in voices}),
            -len(voices),
            -last,
            abs(value - middle),
            value,
        )

    return min(exact, key=rank)


def _last_said(voice: Voice, value: int) -> float:
    """Return when a voice last said a value, in seconds since the earliest time there is."""
    return max(
        (
            (reading.said[0] - BEFORE_ALL).total_seconds()
            for reading in voice.readings
            if reading.tested is not None and reading.tested.holds(value)
        ),
        default=0.0,
    )


def _said(voice: Voice) -> int | None:
    for reading in voice.readings:
        if reading.bound == "about" and reading.value is not None:
            return reading.value
        if reading.bound == "nearly" and reading.value is not None:
            return max(0, reading.value - 1)
    return None
