"""The messages of a channel, as Telegram's own program exports them."""

from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import msgspec


#: Largest export that is read, in bytes; it is held in memory.
EXPORT_BYTES_MAX = 300_000_000


class _Message(msgspec.Struct):
    # Of a message that which is read; msgspec passes over everything else.
    id: int
    type: str = ""
    date: str = ""
    text: Any = ""
    forwarded_from: str | None = None


class _Export(msgspec.Struct):
    messages: list[_Message]


class ChannelMessage(NamedTuple):
    """One message.

    Attributes:
        number: Its number in the channel.
        published: The day it came out.
        text: What it says, without its formatting.
        forwarded_from: Whose message it passes on, null if it is the channel's own.
    """

    number: int
    published: date | None
    text: str
    forwarded_from: str | None


def messages_of(path: Path) -> list[ChannelMessage]:
    """Return the messages of an export that have text.

    Raises:
        ValueError: It is no export.
        OSError: It cannot be read.
    """
    if (size := path.stat().st_size) > EXPORT_BYTES_MAX:
        raise ValueError(
            f"expected an export of at most {EXPORT_BYTES_MAX:,} bytes, found {size:,}"
        )
    try:
        export = msgspec.json.decode(path.read_bytes(), type=_Export)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"expected an exported channel, {error}") from None
    return [
        ChannelMessage(one.id, _day(one.date), text, one.forwarded_from)
        for one in export.messages
        if one.type == "message" and (text := _plain(one.text).strip())
    ]


def _plain(text: object) -> str:
    """Return a text without its formatting: it comes as text, or as a list of parts."""
    if isinstance(text, str):
        return text
    if isinstance(text, list):
        return "".join(_plain(part) for part in text if not isinstance(part, list))
    return str(text.get("text", "")) if isinstance(text, dict) else ""


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        return None
