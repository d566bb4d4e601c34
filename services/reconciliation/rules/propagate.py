"""Step 9 of reconciliation.md §5, inside one side of one exchange: the lattice as bounds.

    all ≥ military + civilian          military ≥ its services together, as one speaker counts them
    all ≥ every cross-cut              military ≥ every part of it, civilian likewise
    military ≤ all − civilian          civilian ≤ all − military

A narrower count gives the wider figure a lower bound, a wider one gives the narrower an upper bound;
neither ever moves a figure that is claimed exactly. One pass up and one down reach the fixpoint,
because the lattice is a tree of depth three.
"""

from collections.abc import Mapping
from operator import attrgetter

from services.reconciliation.claims.categories import Place
from services.reconciliation.claims.interval import ANY, Interval


#: A category and where it stands.
Level = tuple[str, Place]

ALL: Level = ("all", "all")
MILITARY: Level = ("military", "military")
CIVILIAN: Level = ("civilian", "civilian")


def limits_of(cores: Mapping[Level, Interval], services: int) -> dict[Level, Interval]:
    """Work out what the other levels allow each level.

    Args:
        cores: What each level's own claims allow; a level without claims is missing.
        services: The greatest sum of disjoint services that one speaker counts, 0 for none.

    Returns:
        For `all`, `military`, `civilian` and every given level what the others allow.
    """
    below = dict.fromkeys(_PARTS, 0)
    for (_, place), core in cores.items():
        if place in below and core.low > below[place]:
            below[place] = core.low
    civilian_below = below["within-civilian"]
    military_below = max(services, below["service"], below["within-military"])
    civilian = _low(cores, "civilian", civilian_below)
    military = _low(cores, "military", military_below)
    whole = _high(cores, "all")
    limits: dict[Level, Interval] = {
        ("all", "all"): Interval(max(military + civilian, below["cross-cut"]), None),
        ("military", "military"): Interval(military_below, _less(whole, civilian)),
        ("civilian", "civilian"): Interval(civilian_below, _less(whole, military)),
    }
    for level in cores:
        if level not in limits:
            place = level[1]
            above: Place = "civilian" if place == "within-civilian" else "military"
            limits[level] = Interval(
                0, whole if place == "cross-cut" else _first(_high(cores, above), whole)
            )
    return {level: limit if _is_possible(limit) else ANY for level, limit in limits.items()}


#: Places whose counts bound a wider one from below.
_PARTS: tuple[Place, ...] = ("within-civilian", "service", "within-military", "cross-cut")


def _high(cores: Mapping[Level, Interval], place: Place) -> int | None:
    for (_, found), core in cores.items():
        if found == place:
            return core.high
    return None


def _low(cores: Mapping[Level, Interval], place: Place, below: int) -> int:
    """Return a level's lower bound: its parts raise it, unless its own claims rule that out."""
    # A ledger may have names of its own for a place: "fishermen" are civilians.
    of_place = (core for (_, found), core in cores.items() if found == place)
    own = max(of_place, key=_low_of, default=ANY)
    return own.low if own.high is not None and own.high < below else max(own.low, below)


_low_of = attrgetter("low")


def _less(whole: int | None, part: int) -> int | None:
    return None if whole is None else whole - part


def _first(one: int | None, other: int | None) -> int | None:
    return other if one is None else one


def _is_possible(limit: Interval) -> bool:
    # Levels that contradict each other limit nothing: the residual is shown, not closed.
    return limit.high is None or limit.low <= limit.high
