"""Whether an exchange took place, by what is asserted, planned and denied of it.

Parts alone ("65 were aboard", "the largest") do not make an exchange: somebody must say that people
came back, with a number or, better placed than an outlet, without disclosing it. Where people came
back to one side alone, and somebody says that nobody was got for them, it is unilateral.
"""

from collections.abc import Iterable, Sequence

from schemas.vocabulary import ExchangeStatus
from services.reconciliation.claims.interval import NOBODY
from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.collapse import OUTLET_TIER


def find_status(readings: Sequence[Reading]) -> ExchangeStatus:
    """Return the status of an exchange by the claims that mean it."""
    numbered = [
        reading
        for reading in readings
        if reading.measure in ("returned", "exchanged_total") and not reading.is_breakdown
    ]
    came_back = [
        reading
        for reading in numbered
        if reading.modality == "asserted"
        and reading.interval != NOBODY
        and (reading.interval is not None or reading.tier < OUTLET_TIER)
    ]
    if came_back:
        return "unilateral" if _is_one_sided(came_back, numbered) else "completed"
    if any(reading.modality == "denied" for reading in numbered):
        return "cancelled"
    if any(reading.modality == "planned" for reading in numbered):
        return "planned"
    return "unconfirmed"


def _is_one_sided(came_back: Iterable[Reading], numbered: Iterable[Reading]) -> bool:
    """Return whether people came back to one side alone, and somebody says that nobody was got."""
    sides = {reading.side for reading in came_back}
    if len(sides) != 1 or "both" in sides:
        return False
    return any(reading.says_one_sided for reading in came_back) or any(
        reading.modality == "asserted" and reading.interval == NOBODY and reading.side not in sides
        for reading in numbered
    )
