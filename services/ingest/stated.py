"""What refused bytes state of themselves: who sent them, and which ledger they are for."""

from typing import Literal

import msgspec

from schemas.claim import TEXT_CHARACTERS_MAX


class _Stated(msgspec.Struct):
    """The fields that are shown, as they came; all else is skipped, and nothing is made of it."""

    source: msgspec.Raw = msgspec.Raw()
    subject: msgspec.Raw = msgspec.Raw()


_STATED = msgspec.json.Decoder(_Stated)


def stated_source(raw: bytes) -> str:
    """Return the `source` stated in refused bytes, empty if none can be read.

    >>> stated_source(b'{"source": "urn:scraper:x", "id": 7}')
    'urn:scraper:x'
    """
    return (stated_text(raw, "source") or "")[:TEXT_CHARACTERS_MAX]


def stated_text(raw: bytes, field: Literal["source", "subject"]) -> str | None:
    """Return a text field stated in refused bytes, null if none can be read."""
    try:
        return msgspec.json.decode(getattr(_STATED.decode(raw), field), type=str)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
