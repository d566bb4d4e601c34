"""Cut-off times, as they are written."""

from datetime import UTC, date, datetime, time


def read_cut_time(text: str) -> datetime:
    """Read a cut-off time: an instant with its offset, or a day, which is meant whole.

    >>> read_cut_time("2024-01-03").isoformat()
    '2024-01-03T23:59:59.999999+00:00'

    Raises:
        ValueError: It is neither, or no instant in UTC; the message says what was expected and found.
    """
    try:
        if len(text) == len("2024-01-03"):
            return datetime.combine(date.fromisoformat(text), time.max, UTC)
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError(
            f"expected a date (2024-01-03) or a time with its offset (2024-01-03T18:46:00Z), found {text!r}"
        )
    try:
        instant.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"expected a time in the years 1 to 9999 of UTC, found {text!r}") from None
    return instant
