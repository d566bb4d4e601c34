"""Which trace an event belongs to, and which span of it each stage is, after W3C Trace Context.

The ids follow from what the log holds, so that every process names the span of another one without being
told, and a batch that is handled twice gives the same spans twice.
"""

import re
from hashlib import sha256
from typing import NamedTuple


_TRACEPARENT = re.compile(
    r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)
#: The flag by which a publisher says that its trace is kept.
_SAMPLED = 1


class TraceContext(NamedTuple):
    """A trace, and the span in it that what follows belongs to.

    Attributes:
        trace_id: The trace.
        span_id: The span of who published; null where the trace begins here.
        is_sampled: Whether who published keeps the trace.
    """

    trace_id: int
    span_id: int | None
    is_sampled: bool


def traceparent_in(found: object) -> str | None:
    """Return what somebody sent as a trace, in the form of version 00; null for what is none.

    Nothing is refused for a trace that cannot be read.

    >>> traceparent_in("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    >>> traceparent_in("00-00000000000000000000000000000000-b7ad6b7169203331-01") is None
    True
    """
    read = _TRACEPARENT.fullmatch(found) if isinstance(found, str) else None
    if read is None or (read[1] == "00" and read[5]):
        return None
    return f"00-{read[2]}-{read[3]}-{read[4]}"


def context_of(traceparent: str | None, *, correlation: str) -> TraceContext:
    """Return the trace of an event: the one its publisher named, or one that its inbox entry names.

    >>> context_of(None, correlation="urn:inbox:1-0").span_id is None
    True
    """
    if traceparent is None:
        return TraceContext(_hashed(16, "trace", correlation), None, is_sampled=True)
    _, trace, span, flags = traceparent.split("-")
    return TraceContext(int(trace, 16), int(span, 16), bool(int(flags, 16) & _SAMPLED))


def span_of(stage: str, what: str) -> int:
    """Return the id of the span in which a stage handled an entry or an event."""
    return _hashed(8, stage, what)


def _hashed(count: int, *parts: str) -> int:
    digest = sha256("\n".join(parts).encode()).digest()
    # 0 is no id.
    return int.from_bytes(digest[:count], "big") or 1
