"""Step 1 of reconciliation.md §5: a speaker's later, better word replaces an earlier one.

Same claimant, same key, no explicit link: the later claim wins only if it is at least as precise and
incompatible. "Over 200" after "230" restates it; "at least 150" after "100" replaces it, for no exact
number below can be true any more. Same instant: both stay. Numbers that the speaker numbers apart, as the
61st and the 62nd exchange, are of two exchanges of one day, and replace nothing. A count so far, said
while people were still coming, is replaced by whatever else the speaker says later. Claims that were
retracted or explicitly revised are dropped before this rule is asked.

A later number that one report alone carries, and nobody else gives, may be a slip of that report: it replaces
nothing that another speaker than an outlet gives too.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from services.reconciliation.claims.interval import Interval, meet
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import Standing


#: How far apart the numbers of exchanges of one day may be.
NUMBERED_NEXT_MAX = 3


class SaidNumber(NamedTuple):
    """What a claim says, as far as words of one speaker replace each other.

    Attributes:
        interval: What it allows.
        counter: Whose ordinals it speaks of.
        ordinal: The number that it gives the exchange, null for none.
        is_so_far: Whether people were still coming when it was said.
    """

    interval: Interval
    counter: str
    ordinal: int | None
    is_so_far: bool


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
    said = {word_of(reading) for reading in readings if reading.tested is not None}
    if len(said) < 2:  # noqa: PLR2004  nothing else was said
        return {}
    rivals = _rivals(frozenset(said))
    if not rivals:
        return {}
    following: dict[SaidNumber, Reading] = {}
    replaced: dict[ClaimKey, Standing] = {}
    waiting: deque[Reading] = deque()
    for reading in reversed(readings):
        while waiting and waiting[0].said[0] > reading.said[0]:
            later = waiting.popleft()
            assert later.tested is not None, "only claims with a number wait"
            following[word_of(later)] = later
        if reading.tested is None:
            continue
        word = word_of(reading)
        found = [following[rival] for rival in rivals.get(word, ()) if rival in following]
        if found:
            first = min(found, key=lambda later: later.said)
            replaced[reading.key] = Standing("superseded", f"{REPLACED}{first.key[1]}")
        waiting.append(reading)
    return replaced


def still_replaced(
    readings: Iterable[Reading],
    replaced: Mapping[ClaimKey, Standing],
    beside: Collection[Interval],
) -> dict[ClaimKey, Standing]:
    """Return those of one speaker's replaced claims that stay so beside what others say.

    Args:
        readings: The speaker's claims with a number.
        replaced: Those that a later one replaces.
        beside: The exact numbers that other speakers than outlets give.
    """
    carriers: dict[Interval, set[str]] = {}
    for reading in readings:
        if reading.key not in replaced and reading.tested is not None:
            carriers.setdefault(reading.tested, set()).add(reading.carrier)
    if any(number in beside or len(carried) > 1 for number, carried in carriers.items()):
        return dict(replaced)
    confirmed = {reading.key for reading in readings if reading.tested in beside}
    return {key: standing for key, standing in replaced.items() if key not in confirmed}


@lru_cache(maxsize=4_096)
def _rivals(said: frozenset[SaidNumber]) -> Mapping[SaidNumber, Sequence[SaidNumber]]:
    """Return for each thing said what else said could replace it; what nothing could is left out."""
    return {
        earlier: better
        for earlier in said
        if (better := [later for later in said if replaces(later, earlier)])
    }


def word_of(reading: Reading) -> SaidNumber:
    """Return what a claim with a number says, as far as words replace each other."""
    assert reading.tested is not None, "what has no number replaces nothing"
    return SaidNumber(reading.tested, reading.counter, reading.stated_ordinal, reading.is_so_far)


def replaces(later: SaidNumber, earlier: SaidNumber) -> bool:
    """Return whether what a later claim says replaces what an earlier one does."""
    if are_numbered_apart(later, earlier):
        return False
    if earlier.is_so_far:
        return later != earlier
    if meet(later.interval, earlier.interval) is not None:
        return False
    if later.interval.high is None and later.interval.low > earlier.interval.low:
        return True
    return _width(later.interval) <= _width(earlier.interval)


def are_numbered_apart(one: SaidNumber, other: SaidNumber) -> bool:
    """Return whether one speaker says two words of two exchanges that follow each other.

    Ordinals far apart are of two counters: the 65th of all is the sixth of its year.
    """
    if one.ordinal is None or other.ordinal is None or one.counter != other.counter:
        return False
    apart = abs(one.ordinal - other.ordinal)
    return 0 < apart <= NUMBERED_NEXT_MAX and meet(one.interval, other.interval) is None


def _width(interval: Interval) -> float:
    return float("inf") if interval.high is None else interval.high - interval.low
