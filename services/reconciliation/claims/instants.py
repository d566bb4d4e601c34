"""Which day an instant is: the day it falls on in the ledger's time zone (reconciliation.md §9).

An instant is one instant however its offset is written; two feeds that write it differently name the
same night. A day that is stated as a day, and a time without an offset, stay as they are written.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, tzinfo
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from schemas.ledger import LedgerConfiguration
from services.log_events.facts import FactClaim, FactRecord


_NOON, _EVENING = 12, 18
#: Stands in for an unknown time, so that an undated claim never counts as the later one.
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """Return the time zone of an IANA name."""
    return UTC if name == "UTC" else ZoneInfo(name)


def zones_of_speakers(ledger: LedgerConfiguration) -> defaultdict[str, tzinfo]:
    """Return the time zones in which days are days, by the party of whoever speaks.

    Whoever counts for a side that has one of its own has that one, everybody else the ledger's.
    """
    own = {side.code: zone_of(side.time_zone) for side in ledger.sides if side.time_zone}
    allies = {party.code: own.get(ledger.camp_of(party.code)) for party in ledger.parties}
    own |= {code: zone for code, zone in allies.items() if zone is not None}
    return defaultdict(partial(zone_of, ledger.time_zone), own)


def day_of(instant: datetime, zone: tzinfo) -> date:
    """Return the day on which an instant falls in a time zone.

    >>> from datetime import timezone, timedelta
    >>> kyiv = zone_of("Europe/Kyiv")
    >>> [day_of(datetime.fromisoformat(text), kyiv).day
    ...  for text in ("2031-05-11T00:30:00+03:00", "2031-05-10T21:35:00Z", "2031-05-11T00:30:00")]
    [11, 11, 11]
    """
    if instant.tzinfo is None or not is_movable(instant):
        return instant.date()
    return instant.astimezone(zone).date()


def published_on(claim: FactClaim, zone: tzinfo) -> date | None:
    """Return the day on which the report came out in a time zone, null if it is not stated."""
    if claim.published_at is None:
        return None
    return _day_written(claim.published_at, zone)


@lru_cache(maxsize=4096)
def _day_written(text: str, zone: tzinfo) -> date:
    return day_of(datetime.fromisoformat(text), zone)


def part_of_day(instant: datetime, day: date | None, zone: tzinfo) -> str | None:
    """Return whether an instant is in the `morning` or the `evening` of a day in a time zone, null if in neither.

    The very noon or midnight of UTC stands for a day of which no time is known.

    >>> kyiv = zone_of("Europe/Kyiv")
    >>> [part_of_day(datetime.fromisoformat(text), date(2031, 5, 11), kyiv)
    ...  for text in ("2031-05-11T04:30:00+03:00", "2031-05-11T21:35:00+03:00", "2031-05-11T00:00:00Z")]
    ['morning', 'evening', None]
    """
    at = in_utc(instant)
    if at.hour % _NOON == at.minute == at.second == 0 or not is_movable(instant):
        return None
    local = instant.astimezone(zone) if instant.tzinfo is not None else instant
    if local.date() != day:
        return None
    return "morning" if local.hour < _NOON else "evening" if local.hour >= _EVENING else None


def last_reported(
    recorded: FactRecord, published: date | None, zones: Mapping[str, tzinfo]
) -> date | None:
    """Return the latest day on which a claim was said or came out, null if none is known."""
    said = (recorded.claim.asserted_at, recorded.time)
    zone = zones[recorded.claim.claimant.party]
    days = [day_of(instant, zone) for instant in said if instant is not None]
    return max(days if published is None else [*days, published], default=None)


def as_of_unsaid(claim: FactClaim, published: date | None, zone: tzinfo) -> date | None:
    """Return the day that a running total is of where it names none: the day it was published or said."""
    if claim.measure != "cumulative_returned":
        return None
    return published or (day_of(claim.asserted_at, zone) if claim.asserted_at else None)


def in_utc(instant: datetime) -> datetime:
    """Return the same instant in UTC.

    Instants of one and the same zone object are compared without asking zones for their offsets.
    """
    if instant.tzinfo is UTC:
        return instant
    return instant.astimezone(UTC) if is_movable(instant) else instant


def is_movable(instant: datetime) -> bool:
    """Return whether the calendar leaves room to move an instant: not in its first and last year."""
    return MINYEAR < instant.year < MAXYEAR


def morning_of(published_on: date | None) -> datetime:
    """Stand in for the time a claim was said, by the day its report came out, null if not stated."""
    if published_on is None:
        return BEFORE_ALL
    return datetime(published_on.year, published_on.month, published_on.day, tzinfo=UTC)
