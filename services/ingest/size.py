"""Refuse what is too large to be looked at, by counting alone: bytes first, then values.

A megabyte may hold half a million values in fields that nobody reads, and each costs as much to check as
one of the forty of a claim. So values are counted before anything is parsed, without making any of them.
"""

from schemas.views import Rejection


#: Most values in one event: names of objects and items of arrays. A claim has about forty.
VALUES_MAX = 10_000
_BEGINNINGS = (b",", b"[", b"{")


def excess_of(raw: bytes, *, entry_bytes_max: int) -> Rejection | None:
    """Return why bytes are too large to be read, null if they are not.

    >>> excess_of(b"[1, 2]", entry_bytes_max=5)
    Rejection(pointer='', expected='at most 5 bytes', found='6 bytes')
    """
    if len(raw) > entry_bytes_max:
        expected, found = f"at most {entry_bytes_max} bytes", f"{len(raw)} bytes"
    elif holds_too_many(raw):
        expected, found = f"at most {VALUES_MAX} values in one event", "more"
    else:
        return None
    return Rejection(pointer="", expected=expected, found=found)


def holds_too_many(raw: bytes) -> bool:
    """Return whether bytes hold more values than one event may.

    >>> holds_too_many(b"[" + b"0," * 10_000 + b"0]")
    True
    >>> holds_too_many(b'["' + b"0," * 10_000 + b'"]')
    False
    """
    # No value takes less than a byte. Texts may hold as many commas as they like. Looking for their ends
    # costs more than counting, and is hardly ever needed.
    return (
        len(raw) > VALUES_MAX
        and _count(raw) > VALUES_MAX
        and _count(_without_texts(raw)) > VALUES_MAX
    )


def _count(raw: bytes) -> int:
    """Count the values in JSON without texts, or one or two more."""
    return sum(map(raw.count, _BEGINNINGS))


def _without_texts(raw: bytes) -> bytes:
    unescaped = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(unescaped.split(b'"')[::2])
