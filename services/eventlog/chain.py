"""The chain over a log: what proves, event by event, that a log is whole and unaltered.

A stored event begins with its position and its chain value, and the first one with the name of its
history besides:

    {"position":1,"chain":"5f…","history":"c0…","salt":"e7…","specversion":"1.0",…}
    {"position":2,"chain":"91…","salt":"04…","specversion":"1.0",…}
    {"position":3,"chain":"d2…","digest":"6b…","erased":9,"specversion":"1.0",…}

The content of an event is its JSON without these members. Its digest is the SHA-256 over its salt, 16
random bytes, and its content; its chain value is SHA-1 over the chain value before it (40 digits as text)
and that digest (32 bytes); before the first one stands the history. So whoever has a log can prove it with
two hash functions and no key, and one value stands for everything up to it. Why SHA-1 does here:
docs/decisions/0069.

Where words of an event were erased, its digest stands in the place of the salt: the chain is proven by
that, and what is left by the event that ordered it, at the position `erased`. Without the salt nobody can
try out what the words may have been (docs/decisions/0072). Events of versions before have no salt.
"""

import re
from hashlib import sha1, sha256
from typing import NamedTuple


#: Hexadecimal digits of a chain value, and of the name of a history.
CHAIN_DIGITS = 40
#: The history of logs in memory, whose files never meet others.
HISTORY_IN_MEMORY = "0" * CHAIN_DIGITS

#: Random bytes of a salt.
SALT_BYTES = 16

_HEAD = re.compile(
    rb'\{"position":(\d{1,18}),(?:"chain":"([0-9a-f]{40})",)?(?:"history":"([0-9a-f]{40})",)?'
    rb'(?:"salt":"([0-9a-f]{32})",)?(?:"digest":"([0-9a-f]{64})","erased":(\d{1,18}),)?'
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
        content: The event without these, as it was handed to the log, or what is left of it.
        salt: Empty where there is none: of an earlier version, or erased.
        digest: Of the content as it was, where words of it were erased; else empty.
        erased: Position of the event that had words erased last, 0 if none did.
    """

    position: int
    chain: str | None
    history: str | None
    content: bytes
    salt: str = ""
    digest: str = ""
    erased: int = 0

    @property
    def linked(self) -> bytes:
        """The digest that the chain is over, 32 bytes."""
        if self.digest:
            return bytes.fromhex(self.digest)
        return content_digest(self.content, self.salt)

    @property
    def kept(self) -> bytes:
        """What the log keeps with the content besides chain and history, as members in front of it."""
        if self.digest:
            return f'"digest":"{self.digest}","erased":{self.erased},'.encode()
        return salted(self.salt)


def content_digest(content: bytes, salt: str = "") -> bytes:
    """Return the SHA-256 over an event's salt and content, 32 bytes."""
    return sha256(bytes.fromhex(salt) + content).digest()


def chain_value(previous: str, content: bytes) -> str:
    """Return the chain value of an event that follows `previous`.

    >>> chain_value("0" * 40, b'{"name": "a"}')
    '5cfa8ab672bd71e117fe87299e5a37e472a48763'
    """
    return link(previous, content_digest(content))


def link(previous: str, digest: bytes) -> str:
    """Return the chain value of an event with a digest that follows `previous`."""
    return sha1(previous.encode() + digest, usedforsecurity=False).hexdigest()


def salted(salt: str) -> bytes:
    """Return a salt as a stored event has it in front of its content; nothing for none."""
    return f'"salt":"{salt}",'.encode() if salt else b""


def store(
    position: int, previous: str, content: bytes, as_kept: Stored | None = None
) -> tuple[bytes, str]:
    """Return an event as a log stores it, and its chain value.

    Args:
        position: Where it stands.
        previous: The chain value before it, for the first event the history.
        content: A JSON object.
        as_kept: The same event in another log, whose salt or digest it keeps; null gives it none.
    """
    digest, kept = (as_kept.linked, as_kept.kept) if as_kept else (content_digest(content), b"")
    chain = link(previous, digest)
    history = f'"history":"{previous}",' if position == 1 else ""
    head = f'{{"position":{position},"chain":"{chain}",{history}'
    return head.encode() + kept + content[1:], chain


def store_left(stored: Stored, content: bytes, *, erased: int) -> bytes:
    """Return what a log stores in the place of an event of which words are erased.

    Args:
        stored: The event as it is stored now.
        content: What is left of its content.
        erased: Position of the event that says so.
    """
    return written(stored._replace(content=content, digest=stored.linked.hex(), erased=erased))


def written(stored: Stored) -> bytes:
    """Return a chained event as a log stores it, of its parts."""
    history = f'"history":"{stored.history}",' if stored.history else ""
    head = f'{{"position":{stored.position},"chain":"{stored.chain}",{history}'
    return head.encode() + stored.kept + stored.content[1:]


def split(body: bytes) -> Stored | None:
    """Return the parts of a stored event; null for what no log stored."""
    found = _HEAD.match(body)
    if found is None:
        return None
    position, chain, history, salt, digest, erased = found.groups()
    return Stored(
        int(position),
        chain.decode() if chain else None,
        history.decode() if history else None,
        b"{" + body[found.end() :],
        salt.decode() if salt else "",
        digest.decode() if digest else "",
        int(erased or 0),
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
    expected = link(stored.history or previous, stored.linked)
    if stored.chain == expected:
        return None
    return f"expected chain value {expected} by its content, found {stored.chain}"
