"""The text of a page: what a reader came for, without menus and comments, and the day it came out."""

import re
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from schemas.report import FIRST_DAY, LAST_DAY, TEXT_CHARACTERS_MAX
from services.extraction.report import Report
from services.runtime.optional import optional


#: Kinds of what is read as a page.
PAGE_TYPES = ("text/html", "application/xhtml+xml")
#: Most tags of a page that is read, opening and closing ones; a large one has ten thousand. A million take
#: minutes.
TAGS_MAX = 30_000
_BEGINS_A_PAGE = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_LANGUAGE = re.compile(rb"<html[^>]{0,500}?\blang=[\"']?([a-zA-Z]{2})", re.IGNORECASE)


class NoTextError(Exception):
    """A page holds no text that could be a report."""


def is_page(text: str) -> bool:
    """Return whether a text is the source of a page.

    >>> is_page("<!DOCTYPE html><p>Two"), is_page("Two came home. <html>")
    (True, False)
    """
    return _BEGINS_A_PAGE.match(text[:5_000]) is not None


def report_of_page(source: bytes, *, known: Report) -> Report:
    """Return the report of a page; what `known` says of it stands.

    Args:
        source: The page.
        known: Its address and all that is known of it, without its text.

    Raises:
        NoTextError: It has no text, or is too large to look for it.
        MissingExtraError: What reads pages is not installed.
    """
    trafilatura = optional("trafilatura", extra="scrape")
    if (tags := source.count(b"<")) > TAGS_MAX:
        raise NoTextError(f"expected a page of at most {TAGS_MAX:,} tags, found {tags:,}")
    try:
        text = trafilatura.extract(
            source, url=known.url, include_comments=False, include_tables=True, deduplicate=False
        )
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise NoTextError(f"expected a page, found none ({type(error).__name__})") from None
    if not text or not text.strip():
        raise NoTextError("expected a page with text, found none in it")
    found: dict[str, Any] = {"text": text[:TEXT_CHARACTERS_MAX]}
    if known.outlet is None:
        found["outlet"] = outlet_of(known.url)
    if known.published_at is None:
        found["published_at"] = _day_of(source, known.url)
    language = _LANGUAGE.search(source[:5_000])
    if known.lang is None and language is not None:
        found["lang"] = language[1].decode().lower()
    return known.model_copy(update=found)


def outlet_of(url: str | None) -> str | None:
    """Return who publishes at an address: its host's name.

    >>> outlet_of("https://www.example.org/a")
    'example.org'
    """
    host = urlsplit(url).hostname if url else None
    return host.removeprefix("www.") if host else None


def _day_of(source: bytes, url: str | None) -> date | None:
    """Return the day that a page says it came out, null if it says none."""
    htmldate = optional("htmldate", extra="scrape")
    # No day is too late: which day it is today changes nothing about a page.
    written = htmldate.find_date(
        source,
        url=url,
        original_date=True,
        extensive_search=False,
        min_date=FIRST_DAY.isoformat(),
        max_date=LAST_DAY.isoformat(),
    )
    if not written:
        return None
    day = date.fromisoformat(written)
    return day if FIRST_DAY <= day <= LAST_DAY else None
