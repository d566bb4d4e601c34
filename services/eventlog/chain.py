"""The chain over a log: what proves, event by event, that a log is whole and unaltered.

A stored event begins with its position and its chain value, and the first one with the name of its
history besides:

    {"position":1,"chain":"5f…","history":"c0…","specversion":"1.0",…}
    {"position":2,"chain":"91…","specversion":"1.0",…}

The content of an event is its JSON without these members. Its chain value is SHA-1 over the chain
value before it (40 digits as text) and the SHA-256 of its content (32 bytes); before the first one
stands the history. So whoever has a log can prove it with two hash functions and no key, and one
value stands for everything up to it. Why SHA-1 does here: docs/decisions/0069.
"""

import re
from hashlib import sha1, sha256
from typing import NamedTuple


#: Hexadecimal digits of a chain value, and of the name of a history.
CHAIN_DIGITS = 40
#: The history of logs in memory, whose files never meet others.
HISTORY_IN_MEMORY = "0" * CHAIN_DIGITS

_HEAD = re.compile(
    rb'\{"position":(\d{1,18}),(?:"chain":"([0-9a-f]{40})",)?(?:"history":"([0-9a-f]{40})",)?'
)


class Head(NamedTuple):
    """A place in a log that stands for everything up to it.

    Attributes:
        position: Of the event, 0 before the first.
        chain: Its chain value; before the first event the history, empty where nothing is known.
    """

    position: int
    chain: str


#: Before the first event of any log.
START = Head(0, "")


class Stored(NamedTuple):
    """A stored event in its parts.

    Attributes:
        position: As the event says.
        chain: Null for an event that was stored before there was a chain.
        history: Of the first event alone.
        content: The event without these, as it was handed to the log.
    """

    position: int
    chain: str | None
    history: str | None
    content: bytes


def content_digest(content: bytes) -> bytes:
    """Return the SHA-256 of an event's content, 32 bytes."""
    return sha256(content).digest()


def chain_value(previous: str, content: bytes) -> str:
    """Return the chain value of an event that follows `previous`.

    >>> chain_value("0" * 40, b'{"name": "a"}')
    '5cfa8ab672bd71e117fe87299e5a37e472a48763'
    """
    return link(previous, content_digest(content))


def link(previous: str, digest: bytes) -> str:
    """Return the chain value of an event with a digest that follows `previous`."""
    return sha1(previous.encode() + digest, usedforsecurity=False).hexdigest()


def store(position: int, previous: str, content: bytes) -> tuple[bytes, str]:
    """Return an event as a log stores it, and its chain value.

    Args:
        position: Where it stands.
        previous: The chain value before it, for the first event the history.
        content: A JSON object.
    """
    chain = chain_value(previous, content)
    history = f'"history":"{previous}",' if position == 1 else ""
    head = f'{{"position":{position},"chain":"{chain}",{history}'
    return head.encode() + content[1:], chain


def split(body: bytes) -> Stored | None:
    """Return the parts of a stored event; null for what no log stored."""
    found = _HEAD.match(body)
    if found is None:
        return None
    position, chain, history = found.groups()
    return Stored(
        int(position),
        chain.decode() if chain else None,
        history.decode() if history else None,
        b"{" + body[found.end() :],
    )


def chain_of(body: bytes) -> str | None:
    """Return the chain value of a stored event, null if it has none."""
    # Without a regular expression: readers ask for every event.
    start = body.find(b',"chain":"', 0, 40)
    return None if start < 0 else body[start + 10 : start + 10 + CHAIN_DIGITS].decode()


def fault_of(stored: Stored, previous: str) -> str | None:
    """Return what is wrong with an event that should follow `previous`, null if nothing is."""
    if stored.chain is None:
        return "expected a chain value, found none"
    if stored.position == 1 and stored.history is None:
        return "expected the name of a history at position 1, found none"
    if stored.position != 1 and stored.history is not None:
        return f"expected the name of a history at position 1 alone, found {stored.history}"
    expected = chain_value(stored.history or previous, stored.content)
    if stored.chain == expected:
        return None
    return f"expected chain value {expected} by its content, found {stored.chain}"
