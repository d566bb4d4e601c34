"""Whether an exchange took place, by what is asserted, planned and denied of it.

Parts alone ("65 were aboard", "the largest") do not make an exchange: somebody must say that people
came back, with a number or, better placed than an outlet, without disclosing it. Where people came
back to one side alone, and somebody says that nobody was got for them, it is unilateral; what was got may
be things, such as money or maps of mines. Somebody placed as well or better who says that people were got
speaks against it. People set free to a third country came back to no side.
"""

from collections.abc import Collection, Iterable, Sequence

from schemas.vocabulary import FREED_TO_THIRD, ExchangeStatus
from services.reconciliation.claims.interval import NOBODY
from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.collapse import OUTLET_TIER


def find_status(readings: Sequence[Reading]) -> ExchangeStatus:
    """Return the status of an exchange by the claims that mean it."""
    numbered = [
        reading
        for reading in readings
        if reading.measure in ("returned", "exchanged_total", FREED_TO_THIRD)
        and not reading.is_breakdown
    ]
    came_back = [
        reading
        for reading in numbered
        if reading.modality == "asserted"
        and reading.interval != NOBODY
        and (reading.interval is not None or reading.tier < OUTLET_TIER)
    ]
    if came_back:
        return "unilateral" if _is_one_sided(came_back, readings) else "completed"
    if any(reading.modality == "denied" for reading in numbered):
        return "cancelled"
    if any(reading.modality == "planned" for reading in numbered):
        return "planned"
    return "unconfirmed"


def _is_one_sided(came_back: Iterable[Reading], readings: Iterable[Reading]) -> bool:
    """Return whether people came back to one side alone, and somebody says that nobody was got."""
    sides = {reading.side for reading in came_back if reading.measure != FREED_TO_THIRD}
    if len(sides) != 1 or "both" in sides:
        return False
    asserted = [reading for reading in readings if reading.modality == "asserted"]
    one_sided = {
        reading.tier
        for reading in asserted
        if reading.counterpart in ("none", "things") or _got_nobody(reading, sides)
    }
    one_sided |= {reading.tier for reading in came_back if reading.says_one_sided}
    exchanged = {reading.tier for reading in asserted if reading.counterpart == "persons"}
    return bool(one_sided) and not (exchanged and min(exchanged) <= min(one_sided))


def _got_nobody(reading: Reading, sides: Collection[str]) -> bool:
    """Return whether a claim says that nobody came back to the other side."""
    is_count = reading.measure in ("returned", "exchanged_total") and not reading.is_breakdown
    return is_count and reading.interval == NOBODY and reading.side not in sides
