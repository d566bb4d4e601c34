"""Step 8 of reconciliation.md §5: `low` and `high`, what cannot be ruled out.

A voice compatible with the core narrows nothing and widens nothing: its part inside the core is the
core. A voice that is not compatible widens the range to its nearest honest end, unless it is
explained away or is an outlet's own count standing against those who count heads. An open claim
never sets `high`, a ceiling never sets `low` below itself.
"""

from collections.abc import Sequence

import msgspec

from services.reconciliation.claims.interval import Interval, least, meet
from services.reconciliation.claims.voices import Voice
from services.reconciliation.policy import Policy


class Span(msgspec.Struct, frozen=True, gc=False):
    """The range, the untrimmed range of everything claimed, and the voices outside the core."""

    low: int
    high: int | None
    claimed_low: int
    claimed_high: int | None
    outside: tuple[Voice, ...]


def find_span(voices: Sequence[Voice], core: Interval, *, limits: Interval, policy: Policy) -> Span:
    """Return the range of a figure.

    Args:
        voices: Its voices, at least one.
        core: What the best-placed of them allow.
        limits: What other categories allow, see `services.reconciliation.rules.propagate`.
        policy: Which tiers may widen.
    """
    low, high = core.low, core.high
    outside = tuple(voice for voice in voices if meet(voice.interval, core) is None)
    heads_counted = min(voice.tier for voice in voices) <= policy.counting_tier
    for voice in outside:
        if heads_counted and voice.tier > policy.widening_tier:
            continue
        if voice.interval.high is not None and voice.interval.high < core.low:
            low = min(low, max(voice.interval.low, _floor_of(voice)))
        elif high is not None and voice.interval.low > high:
            high = max(high, voice.interval.high or high)
    return Span(
        low=max(low, min(limits.low, core.low)),
        high=high if limits.high is None or limits.high < core.low else least(high, limits.high),
        claimed_low=min(voice.interval.low for voice in voices),
        claimed_high=max(
            (voice.interval.high for voice in voices if voice.interval.high is not None),
            default=None,
        ),
        outside=outside,
    )


def _floor_of(voice: Voice) -> int:
    # "At most 100" against 230 says 100, not 0.
    is_ceiling = all(reading.bound in ("at_most", "less_than") for reading in voice.readings)
    return (voice.interval.high or 0) if is_ceiling else voice.interval.low
