"""When a message is tried again, and when an endpoint is given up on (pure)."""

from datetime import datetime, timedelta
from hashlib import sha256


#: Longest pause between two tries, in seconds.
PAUSE_SECONDS_MAX = 3_600.0
#: By how much of itself a pause is longer at most, so that what failed together is not tried together.
SPREAD = 0.2


def pause_of(tries: int, *, message_id: str, first_seconds: float, asked: float | None) -> float:
    """Return how long to wait after some tries in vain, in seconds.

    It doubles from the first pause to an hour, and is longer by up to a fifth, which follows from the message:
    the same after a restart.

    Args:
        tries: How many there were, at least one.
        message_id: Which message was tried.
        first_seconds: The pause after the first.
        asked: What the endpoint asked for (`Retry-After`), null if nothing.

    >>> [round(pause_of(n, message_id="a", first_seconds=5, asked=None)) for n in (1, 2, 3, 20)]
    [5, 12, 20, 3665]
    >>> round(pause_of(1, message_id="a", first_seconds=5, asked=99_999))
    3600
    """
    assert tries > 0, "a pause before the first try"
    doubled = min(first_seconds * 2.0 ** min(tries - 1, 30), PAUSE_SECONDS_MAX)
    drawn = sha256(f"{message_id} {tries}".encode()).digest()[0] / 255
    spread = doubled * (1 + SPREAD * drawn)
    return max(spread, min(asked, PAUSE_SECONDS_MAX)) if asked is not None else spread


def is_given_up(failing_since: datetime, now: datetime, *, hours_max: float) -> bool:
    """Return whether an endpoint took nothing for so long that it is stopped."""
    return now - failing_since >= timedelta(hours=hours_max)
