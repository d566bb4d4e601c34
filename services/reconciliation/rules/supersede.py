"""Step 1 of reconciliation.md §5: a speaker's later, better word replaces an earlier one.

Same claimant, same key, no explicit link: the later claim wins only if it is at least as precise and
incompatible. "Over 200" after "230" restates it. Same instant: both stay. Claims that were retracted
or explicitly revised are dropped before this rule is asked.
"""

from collections.abc import Sequence

from services.reconciliation.interval import Interval, meet
from services.reconciliation.reading import ClaimKey, Reading
from services.reconciliation.voices import Standing


def supersede(readings: Sequence[Reading]) -> dict[ClaimKey, Standing]:
    """Find the claims of one speaker that a later one of the same speaker replaces.

    Args:
        readings: One speaker's claims on one figure, in order of speech.

    Returns:
        A standing for each replaced claim; the others are missing.
    """
    replaced: dict[ClaimKey, Standing] = {}
    for index, earlier in enumerate(readings):
        for later in readings[index + 1 :]:
            if _replaces(later, earlier):
                replaced[earlier.key] = Standing("superseded", f"restated-by-later:{later.key[1]}")
                break
    return replaced


def _replaces(later: Reading, earlier: Reading) -> bool:
    if earlier.tested is None or later.tested is None:
        return False
    return (
        later.said[0] > earlier.said[0]
        and _width(later.tested) <= _width(earlier.tested)
        and meet(later.tested, earlier.tested) is None
    )


def _width(interval: Interval) -> float:
    return float("inf") if interval.high is None else interval.high - interval.low
