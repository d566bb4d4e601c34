"""The items of a feed, RSS or Atom."""

from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urldefrag, urljoin

from services.runtime.optional import optional


#: Most items of one feed that is read.
ITEMS_MAX = 20_000
URL_CHARACTERS_MAX = 4_000


class FeedItem(NamedTuple):
    """A page that a feed points to.

    Attributes:
        url: Its address.
        published: The day it came out, null if the feed does not say.
        words: Its title and summary.
    """

    url: str
    published: date | None
    words: str


def items_of(source: bytes, *, url: str) -> list[FeedItem]:
    """Return the items of a feed, each address once.

    Raises:
        ValueError: It is no feed, or too long a one.
    """
    if (count := source.count(b"<item") + source.count(b"<entry")) > ITEMS_MAX:
        raise ValueError(f"expected a feed of at most {ITEMS_MAX:,} items, found {count:,}")
    feedparser = optional("feedparser", extra="scrape")
    try:
        parsed = feedparser.parse(source, response_headers={"content-location": url})
    except (AttributeError, LookupError, RecursionError, TypeError) as error:
        raise ValueError(f"expected a feed, found none ({type(error).__name__})") from None
    if not parsed.entries and (parsed.bozo or not parsed.get("version")):
        raise ValueError("expected a feed, found none")
    found: dict[str, FeedItem] = {}
    for entry in parsed.entries:
        stated = str(entry.get("link") or "")
        link = urldefrag(urljoin(url, stated)).url if stated else ""
        if link.startswith(("http://", "https://")) and len(link) <= URL_CHARACTERS_MAX:
            words = f"{entry.get('title', '')} {entry.get('summary', '')}"
            found.setdefault(link, FeedItem(link, _day(entry), words))
    return list(found.values())


def _day(entry: Any) -> date | None:
    stated = entry.get("published_parsed") or entry.get("updated_parsed")
    try:
        return date(*stated[:3]) if stated else None
    except (TypeError, ValueError):
        return None
