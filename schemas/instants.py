"""Instants near the ends of the calendar, where a time zone away there is no year any more."""

from datetime import MINYEAR, UTC, date, datetime


_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def in_utc(instant: datetime) -> datetime:
    """Return an instant in UTC: the first or last one there is where it lies beyond.

    >>> in_utc(datetime.fromisoformat("2024-01-03T18:46:00+02:00")).isoformat()
    '2024-01-03T16:46:00+00:00'
    >>> in_utc(datetime.fromisoformat("9999-12-31T23:00:00-02:00")).isoformat()
    '9999-12-31T23:59:59.999999+00:00'
    """
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return _FIRST if instant.year == MINYEAR else _LAST


def day_written(written: str | None) -> date | None:
    """Return the day of a date, or of a date with a time, in any spelling of ISO 8601.

    >>> day_written("20240103T18:46")
    datetime.date(2024, 1, 3)
    """
    return None if written is None else datetime.fromisoformat(written).date()
