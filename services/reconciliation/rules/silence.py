"""What is taken to be so where nobody says anything else for long enough, reconciliation.md §9.

A planned exchange lapses, and is cancelled, where nobody speaks of it again within the grace period: counted
from its day, or from the last report that speaks of it. An exchange of which outlets alone tell, or which is of
civilians, and of one side's people alone, is unilateral where nobody speaks of anybody else within days: reports
of a day may be of the first convoy.

How late it is, the ledger's own reports say: the latest day on which one that counts came out. No clock is
read, so that the same claims give the same answer at any time.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from schemas.decisions import IdentifiedExchange
from services.reconciliation.claims.reading import Reading
from services.reconciliation.policy import Policy
from services.reconciliation.rules.exchange_status import is_told_of_one_side


def latest_day(readings: Iterable[Reading]) -> date | None:
    """Return the latest day on which a report came out, null if none is known."""
    return max((day for reading in readings if (day := reading.published_on)), default=None)


def find_lapse(
    found: IdentifiedExchange,
    readings: Sequence[Reading],
    spoken_of: date | None,
    policy: Policy,
) -> date | None:
    """Return the first day on which silence changes an exchange's status, null if it never does.

    Args:
        found: What is known of the exchange.
        readings: The claims that mean it.
        spoken_of: The latest day on which a report spoke of it, null if no report is dated.
        policy: The constants.
    """
    if found.status == "planned":
        return lapse_day(found.date, spoken_of, policy.grace_days)
    if found.status == "completed" and is_told_of_one_side(readings):
        return lapse_day(found.date, spoken_of, policy.silence_days)
    return None


def lapse_day(day: date, spoken_of: date | None, grace_days: int) -> date | None:
    """Return the first day after so many days of silence about an exchange, null if the calendar has none.

    Args:
        day: The day of the exchange; that of the report, where a plan names none.
        spoken_of: The latest day on which a report spoke of it, null if no report is dated.
        grace_days: How many days of silence are none yet.
    """
    last = max(day, spoken_of or day)
    ahead = timedelta(days=grace_days + 1)
    return last + ahead if last <= date.max - ahead else None


def lapse(
    found: IdentifiedExchange, lapses_on: date | None, latest: date | None
) -> IdentifiedExchange:
    """Return what is known of an exchange by the latest day on which a report came out."""
    if lapses_on is None or latest is None or latest < lapses_on:
        return found
    if found.status == "planned":
        return replace(found, status="cancelled", lapsed_on=lapses_on)
    return replace(found, status="unilateral")
