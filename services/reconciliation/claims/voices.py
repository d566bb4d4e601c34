"""A voice: one speaker on one figure, however many outlets carried it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter

import msgspec
from msgspec.structs import replace

from schemas.vocabulary import ClaimState
from services.reconciliation.claims.interval import Interval, hull, meet
from services.reconciliation.claims.reading import ClaimKey, Reading


class Standing(msgspec.Struct, frozen=True, gc=False):
    """Whether a claim counts, and why not, or how it was read.

    Attributes:
        state: Whether it counts.
        reason: Why not, or how it was read.
        allows: What it allows as it is read; null for what it says itself.
    """

    state: ClaimState
    reason: str | None = None
    allows: Interval | None = None


ACTIVE = Standing("active")


class Voice(msgspec.Struct, frozen=True, gc=False):
    """One speaker on one figure.

    Attributes:
        name: The speaker, as readings name it.
        shown: Its name for people, as in the claim first said.
        camp: The speaker's camp.
        tier: The speaker's tier, the best of its claims'.
        interval: What all its counting claims allow together.
        readings: Its counting claims, in order of speech.
        contradicts_itself: Its claims cannot all be true; `interval` is then their hull.
    """

    name: str
    shown: str
    camp: str
    tier: int
    interval: Interval
    readings: tuple[Reading, ...]
    contradicts_itself: bool = False

    @property
    def last_said(self) -> tuple[datetime, ClaimKey]:
        """When it last spoke."""
        return self.readings[-1].said


class Voices(msgspec.Struct, gc=False):
    """What is left after the claims on one figure were collapsed: voices, and each claim's standing."""

    voices: list[Voice] = msgspec.field(default_factory=list)
    standings: dict[ClaimKey, Standing] = msgspec.field(default_factory=dict)


#: Sorts claims in order of speech.
said_of = attrgetter("said")


def by_voice(readings: Iterable[Reading]) -> dict[str, list[Reading]]:
    """Group readings by speaker, each group in order of speech."""
    groups: dict[str, list[Reading]] = {}
    for reading in sorted(readings, key=said_of):
        groups.setdefault(reading.voice, []).append(reading)
    return groups


def common(readings: Sequence[Reading]) -> Interval | None:
    """Return what all readings allow together, null if nothing."""
    if len(readings) == 1:
        return readings[0].tested
    found: Interval | None = Interval(0, None)
    for reading in readings:
        if found is not None and reading.tested is not None:
            found = meet(found, reading.tested)
    return found


def around(readings: Sequence[Reading]) -> Interval:
    """Return the smallest interval around all readings, open claims adding their floor alone."""
    closed = [
        reading.tested
        if reading.tested.high is not None
        else Interval(reading.tested.low, reading.tested.low)
        for reading in readings
        if reading.tested is not None
    ]
    assert closed, "a voice without numbers has no interval"
    whole = closed[0]
    for interval in closed[1:]:
        whole = hull(whole, interval)
    return whole


def with_interval(voice: Voice, interval: Interval) -> Voice:
    """Return the same voice allowing something else."""
    return replace(voice, interval=interval)
