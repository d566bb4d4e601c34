"""Undated numbers of an operation, reconciliation.md §9: somebody else states the days it took.

"317 were released during the holidays", where others count 317 on the three days up to yesterday
"""

from datetime import date, timedelta

from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.known_claims import KnownClaims
from services.reconciliation.rules.marks import operation_mark, start_mark
from services.reconciliation.rules.neighbouring_days import operation_id


_DAY = timedelta(days=1)


def find_told_operation(reading: Reading, day: date, known: KnownClaims) -> str | None:
    """Return the operation of the last days that has a claim's very number, null for none.

    Args:
        reading: The claim, which states no day.
        day: The day it was published.
        known: What the other claims say.
    """
    if reading.counted is None or reading.modality != "asserted":
        return None
    last = known.last_day_with(operation_mark(*reading.counted), day)
    if last is None or day - last > known.policy.report_days_max * _DAY:
        return None
    first = known.first_day_with(start_mark(*reading.counted, last))
    return None if first is None else operation_id(first, last)
