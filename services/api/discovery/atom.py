"""Atom feeds (RFC 4287) as bytes. Everything that comes from others is text, and printable."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote
from xml.etree import ElementTree as ET

from schemas.printable import printable
from services.release.citing import instant_text


NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
#: What a feed without entries was updated at: a feed has to name a time.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class AtomEntry(NamedTuple):
    """One entry.

    Attributes:
        id: What it is for ever; a later state of the same thing has another one.
        title: What happened.
        link: The page about it.
        updated: When it last changed.
        published: When it was first there.
        summary: More about it.
        categories: Words to filter by: each its scheme and its term.
    """

    id: str
    title: str
    link: str
    updated: datetime
    published: datetime
    summary: str
    categories: tuple[tuple[str, str], ...] = ()


class AtomFeed(NamedTuple):
    """One feed.

    Attributes:
        id: What it is for ever.
        title: What it tells.
        author: Who releases it.
        link: Its own address.
        page: The page that shows the same to people.
        rights: The licence, null if none is stated.
        entries: The newest first.
    """

    id: str
    title: str
    author: str
    link: str
    page: str
    rights: str | None
    entries: Sequence[AtomEntry]

    def write(self) -> bytes:
        """Return the feed as a document."""
        root = ET.Element("feed", xmlns=NAMESPACE)
        _text(root, "id", self.id)
        _text(root, "title", self.title)
        newest = max((entry.updated for entry in self.entries), default=_NEVER)
        _text(root, "updated", instant_text(newest))
        _text(ET.SubElement(root, "author"), "name", self.author)
        ET.SubElement(root, "link", rel="self", type=MEDIA_TYPE, href=self.link)
        ET.SubElement(root, "link", rel="alternate", type="text/html", href=self.page)
        _text(root, "generator", "exchange-ledger")
        if self.rights:
            _text(root, "rights", self.rights)
        for entry in self.entries:
            _add(root, entry)
        return document(root)


def document(root: ET.Element) -> bytes:
    """Return an element as a whole document."""
    return b'<?xml version="1.0" encoding="utf-8"?>\n%s\n' % ET.tostring(root, "utf-8")


def urn(*parts: object) -> str:
    """Return a name that stays: of a feed, or of one state of something in a ledger.

    >>> urn("rus-ukr", "figure", "2024-01-03:returned:UA:all", 2)
    'urn:exchange-ledger:rus-ukr:figure:2024-01-03%3Areturned%3AUA%3Aall:2'
    """
    return ":".join(("urn:exchange-ledger", *(quote(str(part), safe="") for part in parts)))


def _add(root: ET.Element, entry: AtomEntry) -> None:
    element = ET.SubElement(root, "entry")
    _text(element, "id", entry.id)
    _text(element, "title", entry.title)
    _text(element, "updated", instant_text(entry.updated))
    _text(element, "published", instant_text(entry.published))
    ET.SubElement(element, "link", rel="alternate", type="text/html", href=entry.link)
    for scheme, term in entry.categories:
        ET.SubElement(element, "category", scheme=urn(scheme), term=printable(term))
    _text(element, "summary", entry.summary)


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = printable(text)
