"""Step 6 of reconciliation.md §5: the core, what the best-placed voices allow together.

Go down the tiers. Inside a tier take the meet, or if it is empty the region covered by most camps,
then by most voices (Marzullo's algorithm; ties give their hull, code `tier_split`). Meet it with the
core so far; if nothing is left, the tier is incompatible and the higher tier's core stays. A voice that contradicts
itself allows what lies between its numbers, and no number of a lower tier that leaves all of them out.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

import msgspec

from services.reconciliation.claims.interval import Interval, hull, meet
from services.reconciliation.claims.voices import Voice


class Core(msgspec.Struct, gc=False):
    """The core, the tiers it could not take in, and the tiers that were split."""

    interval: Interval
    incompatible_tiers: list[int] = msgspec.field(default_factory=list)
    split_tiers: list[int] = msgspec.field(default_factory=list)


_tier_of = attrgetter("tier")


def find_core(voices: Sequence[Voice]) -> Core:
    """Return the core of at least one voice."""
    assert voices, "a figure without voices has no core"
    if len(voices) == 1:
        return Core(voices[0].interval)
    core: Core | None = None
    said: frozenset[int] = frozenset()
    ranked = sorted(voices, key=_tier_of)
    for tier, group in groupby(ranked, key=_tier_of):
        of_tier = list(group)
        region, is_split = _region(of_tier)
        if core is None:
            core, said = Core(region), _said_in_turn(of_tier)
        elif (common := meet(core.interval, region)) is not None and _holds_any(common, said):
            core.interval = common
        else:
            core.incompatible_tiers.append(tier)
            continue
        if is_split:
            core.split_tiers.append(tier)
    assert core is not None, "the first tier always gives a core"
    return core


def _said_in_turn(voices: Sequence[Voice]) -> frozenset[int]:
    """Return the numbers of a voice that contradicts itself, where it is the only one of its tier."""
    if len(voices) > 1 or not voices[0].contradicts_itself:
        return frozenset()
    tested = (reading.tested for reading in voices[0].readings)
    return frozenset(number.low for number in tested if number is not None and number.is_exact)


def _holds_any(interval: Interval, numbers: frozenset[int]) -> bool:
    return not numbers or any(interval.holds(number) for number in numbers)


def _region(voices: Sequence[Voice]) -> tuple[Interval, bool]:
    common: Interval | None = voices[0].interval
    for voice in voices[1:]:
        if common is not None:
            common = meet(common, voice.interval)
    return _region_of_most(voices) if common is None else (common, False)


def _region_of_most(voices: Sequence[Voice]) -> tuple[Interval, bool]:
    """Return the region that most camps, then most voices, allow; and whether there was a tie.

    Sweeps over the ends of the intervals once, so that n voices cost n log n.
    """
    ends = sorted({voice.interval.low for voice in voices})
    opens: dict[int, list[Voice]] = {}
    closes: dict[int, list[Voice]] = {}
    for voice in voices:
        opens.setdefault(voice.interval.low, []).append(voice)
        if voice.interval.high is not None:
            closes.setdefault(voice.interval.high + 1, []).append(voice)
    points = sorted({*ends, *closes})
    covered: dict[str, int] = {}
    count = 0
    most = (0, 0)
    regions: list[Interval] = []
    for index, point in enumerate(points):
        for voice in closes.get(point, ()):
            covered[voice.camp] -= 1
            count -= 1
        for voice in opens.get(point, ()):
            covered[voice.camp] = covered.get(voice.camp, 0) + 1
            count += 1
        score = (sum(1 for voices_of_camp in covered.values() if voices_of_camp), count)
        until = points[index + 1] - 1 if index + 1 < len(points) else None
        if score > most:
            most, regions = score, [Interval(point, until)]
        elif score == most:
            regions.append(Interval(point, until))
    whole = regions[0]
    for region in regions[1:]:
        whole = hull(whole, region)
    return whole, len(regions) > 1
