"""The only reader of the clock. Pure code takes the time as an argument."""

from datetime import UTC, datetime
from time import perf_counter


def now() -> datetime:
    """Return the present instant, in UTC."""
    return datetime.now(UTC)


def stopwatch_ms(started: float | None = None) -> float:
    """Return a reading in milliseconds, or the milliseconds elapsed since an earlier reading."""
    reading = perf_counter() * 1000
    return reading if started is None else reading - started
