"""What a speaker's lower totals of one day amount to, beside greater ones: totals never fall.

A later word replaces an earlier one (`rules.supersede`). Of a total of one day a lower word is no later count:
it rounds the number that the speaker gave before ("1,000" after 1,005), or, where more outlets carry a greater
one of about the same instant, it is theirs who misheard it.
"""

from collections.abc import Iterable, Sequence

from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import Standing, by_voice
from services.reconciliation.policy import Policy
from services.reconciliation.rules.collapse import SAME_INSTANT_MAX
from services.reconciliation.rules.sound_totals import rounds_down


def find_lower(readings: Iterable[Reading], policy: Policy) -> dict[ClaimKey, Standing]:
    """Return how a day's exact totals of one category stand that are slips of greater ones.

    Args:
        readings: The claims on that total, in any order.
        policy: The constants.
    """
    found: dict[ClaimKey, Standing] = {}
    for spoken in by_voice(readings).values():
        by_number: dict[int, list[Reading]] = {}
        for reading in spoken:
            if reading.tested is not None and reading.tested.is_exact:
                by_number.setdefault(reading.tested.low, []).append(reading)
        for number in sorted(by_number):
            for greater in sorted(by_number.keys(), reverse=True):
                if greater > number:
                    found |= _beside(number, by_number[number], by_number[greater], policy)
    return found


def _beside(
    number: int, told: Sequence[Reading], greater: Sequence[Reading], policy: Policy
) -> dict[ClaimKey, Standing]:
    """Return how claims stand beside those of the same speaker with a greater number, in order of speech."""
    first = greater[0].said[0]
    later = [reading for reading in told if reading.said[0] >= first]
    value = greater[0].tested.low if greater[0].tested else number
    if rounds_down(number, value, policy):
        return dict.fromkeys((one.key for one in later), Standing("excluded", f"rounded:{value}"))
    if _carriers(told) >= _carriers(greater):
        return {}
    last = greater[-1].said[0]
    misheard = [one.key for one in later if one.said[0] - last <= SAME_INSTANT_MAX]
    return dict.fromkeys(misheard, Standing("excluded", f"misquote:{value}"))


def _carriers(readings: Iterable[Reading]) -> int:
    return len({reading.carrier for reading in readings})
