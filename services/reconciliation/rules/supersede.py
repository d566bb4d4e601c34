"""Step 1 of reconciliation.md §5: a speaker's later, better word replaces an earlier one.

Same claimant, same key, no explicit link: the later claim wins only if it is at least as precise and
incompatible. "Over 200" after "230" restates it. Same instant: both stay. Claims that were retracted
or explicitly revised are dropped before this rule is asked.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from functools import lru_cache

from services.reconciliation.claims.interval import Interval, meet
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import Standing


#: How the reason begins, before the later claim's id.
REPLACED = "restated-by-later:"


def supersede(readings: Sequence[Reading]) -> dict[ClaimKey, Standing]:
    """Return the claims of one speaker that a later one of the same speaker replaces.

    Args:
        readings: One speaker's claims on one figure, in order of speech.

    Returns:
        A standing for each replaced claim; the others are missing.
    """
    # Speakers say few different things: which of them can replace which is found once, and the next
    # time each was said is all that is looked at.
    said = {reading.tested for reading in readings if reading.tested is not None}
    if len(said) < 2:  # noqa: PLR2004  nothing else was said
        return {}
    rivals = _rivals(frozenset(said))
    if not rivals:
        return {}
    following: dict[Interval, Reading] = {}
    replaced: dict[ClaimKey, Standing] = {}
    waiting: deque[Reading] = deque()
    for reading in reversed(readings):
        while waiting and waiting[0].said[0] > reading.said[0]:
            later = waiting.popleft()
            assert later.tested is not None, "only claims with a number wait"
            following[later.tested] = later
        if reading.tested is None:
            continue
        found = [following[rival] for rival in rivals.get(reading.tested, ()) if rival in following]
        if found:
            first = min(found, key=lambda later: later.said)
            replaced[reading.key] = Standing("superseded", f"{REPLACED}{first.key[1]}")
        waiting.append(reading)
    return replaced


@lru_cache(maxsize=4_096)
def _rivals(said: frozenset[Interval]) -> Mapping[Interval, Sequence[Interval]]:
    """Return for each thing said what else said could replace it; what nothing could is left out."""
    return {
        earlier: better
        for earlier in said
        if (better := [later for later in said if replaces(later, earlier)])
    }


def replaces(later: Interval, earlier: Interval) -> bool:
    """Return whether what a later claim allows replaces what an earlier one does."""
    return _width(later) <= _width(earlier) and meet(later, earlier) is None


def _width(interval: Interval) -> float:
    return float("inf") if interval.high is None else interval.high - interval.low
