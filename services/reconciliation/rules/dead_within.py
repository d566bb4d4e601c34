"""The dead within a number: reconciliation.md §3, "bodies are never counted".

    147 were handed over, of whom 8 were dead       139 came back

Who says how many of the people in a number were dead counts the living by both numbers. The dead are a
figure of their own, category `of_whom_dead`, and are added to nothing. Whoever gives the very number of
that speaker for the same side counts the same people, the dead among them; a speaker's number that is
the whole less the dead counts the living already.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from schemas.claim import OF_WHOM_DEAD
from services.reconciliation.claims.interval import Interval, spell
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import Standing, Voice


class Living(NamedTuple):
    """A claim that counts the dead too, as it is read without them.

    Attributes:
        reading: The claim on the living.
        dead: How many it counts beside them.
    """

    reading: Reading
    dead: Interval

    @property
    def standing(self) -> Standing:
        """How the claim stands."""
        return Standing("active", f"counts-the-dead:{spell(self.dead)}", self.reading.tested)


def are_dead(reading: Reading) -> bool:
    """Return whether a claim counts the dead within another number."""
    return reading.category == OF_WHOM_DEAD


def find_living(readings: Sequence[Reading], voices: Iterable[Voice]) -> dict[ClaimKey, Living]:
    """Return the claims that count the dead too, each as it is read without them.

    Args:
        readings: The other counting claims on the same side of the same exchange.
        voices: Who says how many were dead; of several the best placed is heard.
    """
    found: dict[ClaimKey, Living] = {}
    for voice in sorted(voices, key=_rank_of, reverse=True):
        dead = voice.interval
        wholes = _wholes_of(voice.name, readings, dead)
        for reading in readings:
            number = reading.tested
            if number is None or number not in wholes:
                continue
            if reading.voice == voice.name or number.is_exact:
                found[reading.key] = Living(_without(reading, dead), dead)
    return found


def _rank_of(voice: Voice) -> tuple[int, str]:
    return voice.tier, voice.name


def _wholes_of(voice: str, readings: Iterable[Reading], dead: Interval) -> set[Interval]:
    """Return the speaker's numbers in which the dead are: those of the widest group it counts."""
    said: Mapping[str, set[Interval]] = {"all": set(), "military": set()}
    for reading in readings:
        is_whole = not reading.is_breakdown and reading.place in said
        if reading.voice == voice and is_whole and reading.tested is not None:
            said[reading.place].add(reading.tested)
    numbers = said["all"] or said["military"]
    held = {number for number in numbers if number.high is None or number.high > dead.low}
    counted_already = {_less(number, dead) for number in held}
    return held - counted_already or held


def _without(reading: Reading, dead: Interval) -> Reading:
    assert reading.interval is not None, "only a number can hold the dead"
    assert reading.tested is not None, "only a number can hold the dead"
    value = reading.value
    return replace(
        reading,
        interval=_less(reading.interval, dead),
        tested=_less(reading.tested, dead),
        value=None if value is None else max(0, value - dead.low),
    )


def _less(number: Interval, dead: Interval) -> Interval:
    """Return what is left of a number without the dead in it.

    >>> _less(Interval(147, 147), Interval(8, 8))
    Interval(low=139, high=139)
    >>> _less(Interval(147, 147), Interval(8, None))
    Interval(low=0, high=139)
    """
    low = 0 if dead.high is None else max(0, number.low - dead.high)
    return Interval(low, None if number.high is None else number.high - dead.low)
