"""One run over all sources: what is new is read, what was edited is read again, and reports are handed on.

Every source is bounded in one run; what is left waits for the next, and is said. An address that fails is tried
again ever later, and at last given up with its reason.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from schemas.record import Record
from schemas.report import TEXT_CHARACTERS_MAX, SentReport
from services.extraction.report import Report
from services.fetching.page import NoTextError, outlet_of, report_of_page
from services.fetching.web import GONE, Fetched, FetchError, Web
from services.scraping.feeds import items_of
from services.scraping.likeness import Copies, packed, sketch_of
from services.scraping.manners import RobotsForbidError
from services.scraping.sources import FeedSource, PageSource, Sources, TelegramSource
from services.scraping.state import ScrapeState, SeenPage
from services.scraping.telegram import ChannelMessage, messages_of


#: When a page is looked at again after it was read, in hours: texts are edited in their first day.
AGAIN_HOURS = (1, 6, 24)
#: How often an address is tried in vain, and the first pause in minutes, which doubles each time.
TRIES_MAX = 8
FIRST_PAUSE_MINUTES = 10
#: How often an address is asked for that is not there.
GONE_TRIES_MAX = 3
#: When an address is looked at again that robots.txt forbids.
FORBIDDEN_DAYS = 7
#: Within which time another outlet's text may be what one copies, and how many are compared.
COPY_DAYS = 7
COMPARED_MAX = 5_000
#: Sources read at the same time; each host has its own pace.
SOURCES_AT_ONCE = 8
#: Reports handed on in one go.
HANDED_ON_AT_ONCE = 100
#: Most faults of one source that are said one by one.
FAULTS_SAID_MAX = 5
#: Where the feeds' own addresses stand among those seen: they are looked at in every run.
_FEEDS = "feeds"


class SourceLine(Record):
    """What one run did with one source.

    Attributes:
        source: Its address or file.
        found: Addresses or messages that were new.
        read: Pages or messages read.
        reports: Reports made of them.
        unchanged: Pages that are as they were.
        failed: Addresses that could not be read.
        waiting: Those left for the next run.
        faults: Why, the first few.
    """

    source: str
    found: int = 0
    read: int = 0
    reports: int = 0
    unchanged: int = 0
    failed: int = 0
    waiting: int = 0
    faults: tuple[str, ...] = ()

    def and_(self, *, fault: str | None = None, **more: int) -> "SourceLine":
        """Return it with some counts raised, and a fault noted."""
        counts = {name: getattr(self, name) + count for name, count in more.items()}
        faults = self.faults
        if fault is not None and len(faults) <= FAULTS_SAID_MAX:
            faults += (fault if len(faults) < FAULTS_SAID_MAX else "and further ones",)
        return self.model_copy(update={**counts, "faults": faults})


class ScrapeTools(NamedTuple):
    """What a run works with.

    Attributes:
        state: What was seen so far.
        web: By which pages are fetched.
        now: The time of this run.
        hand_on: Takes reports further, and raises if it cannot.
    """

    state: ScrapeState
    web: Web
    now: datetime
    hand_on: Callable[[Sequence[SentReport]], Awaitable[None]]


class ScrapeRun:
    """One run over a file of sources."""

    def __init__(self, sources: Sources, directory: Path, tools: ScrapeTools) -> None:
        """Prepare; files of the sources are found beside `directory`."""
        self._sources, self._directory, self._tools = sources, directory, tools
        self._state, self._now = tools.state, tools.now
        since = self._now - timedelta(days=COPY_DAYS)
        self._copies = Copies(self._state.likened(since=since, limit=COMPARED_MAX))

    async def run(self) -> list[SourceLine]:
        """Read all sources; return a line for each. Reports are handed on by `hand_on`."""
        some = asyncio.Semaphore(SOURCES_AT_ONCE)

        async def one(reading: Awaitable[SourceLine]) -> SourceLine:
            async with some:
                return await reading

        readings = [
            *(self._channel(one) for one in self._sources.telegram),
            *(self._feed(one) for one in self._sources.feeds),
            *(self._single(one) for one in self._sources.pages),
        ]
        return list(await asyncio.gather(*map(one, readings)))

    async def hand_on(self) -> int:
        """Hand on what waits for it, in order; return how many reports.

        Raises:
            Exception: Whatever `hand_on` does; what was not handed on stays for the next run.
        """
        count = 0
        while rows := self._state.outbox(HANDED_ON_AT_ONCE):
            await self._tools.hand_on([report for _, report in rows])
            self._state.handed_on([number for number, _ in rows])
            count += len(rows)
        return count

    async def _feed(self, feed: FeedSource) -> SourceLine:
        line = SourceLine(source=feed.url)
        self._note([_seen(feed.url, _FEEDS)])
        known = self._state.get(feed.url)
        assert known is not None, "it was noted"
        try:
            fetched = await self._tools.web.fetch(feed.url, validators=known.validators)
            if not fetched.is_unchanged:
                items = await asyncio.to_thread(items_of, fetched.body, url=fetched.url)
                wanted = [item for item in items if feed.wants(item.words)]
                found = self._note(
                    [
                        _seen(item.url, feed.url)._replace(
                            outlet=feed.outlet, lang=feed.lang, published=item.published
                        )
                        for item in wanted
                    ]
                )
                line = line.and_(found=found)
                kept = known._replace(validators=fetched.validators, state="read")
                self._state.note_read(kept, None, b"")
        except (FetchError, ValueError) as error:
            line = line.and_(fault=str(error), failed=1)
        due = self._state.due(feed.url, now=self._now, limit=feed.read_max)
        line = line.and_(waiting=self._state.due_count(feed.url, now=self._now) - len(due))
        for page in due:
            line = await self._page(page, line, again=True)
        return line

    async def _single(self, source: PageSource) -> SourceLine:
        line = SourceLine(source=source.url)
        if self._state.is_erased(source.url):
            return line.and_(unchanged=1)
        page = _seen(source.url, source.url)._replace(outlet=source.outlet, lang=source.lang)
        found = self._note([page])
        known = self._state.get(source.url) or page
        return await self._page(known, line.and_(found=found), again=False, wants=source.wants)

    async def _page(
        self,
        page: SeenPage,
        line: SourceLine,
        *,
        again: bool,
        wants: Callable[[str], bool] = lambda _: True,
    ) -> SourceLine:
        """Read one address; return the line with what became of it."""
        try:
            fetched = await self._tools.web.fetch(page.url, validators=page.validators)
            if fetched.is_unchanged:
                self._state.note_read(_read_again(page, self._now, again=again), None, b"")
                return line.and_(unchanged=1)
            report = await asyncio.to_thread(_report_of, page, fetched)
        except (FetchError, NoTextError) as error:
            self._state.note_failed(_tried(page, error, self._now), str(error))
            return line.and_(failed=1, fault=f"{page.url}: {error}")
        asked = page._replace(validators=fetched.validators)
        return self._noted(asked, report, line, again=again, wants=wants)

    def _noted(
        self,
        page: SeenPage,
        report: Report,
        line: SourceLine,
        *,
        again: bool,
        wants: Callable[[str], bool],
    ) -> SourceLine:
        """Note what a page says, and the report if it is another than before."""
        is_same = page.text is not None and _plain(page.text) == _plain(report.text)
        tries = page.tries if is_same else 0
        known = page._replace(
            text=report.text,
            outlet=report.outlet,
            published=report.published_at,
            tries=tries,
        )
        known = _read_again(known, self._now, again=again)
        if is_same:
            self._state.note_read(known, None, b"")
            return line.and_(read=1, unchanged=1)
        if not wants(report.text):
            self._state.note_read(known, None, b"")
            return line.and_(read=1)
        self._report(known, report, previous_text=page.text)
        return line.and_(read=1, reports=1)

    def _report(self, page: SeenPage, report: SentReport, *, previous_text: str | None) -> None:
        sketch = sketch_of(report.text)
        original = report.quoted_from or self._copies.original_of(sketch, report.outlet or "")
        sent = SentReport.model_validate(
            report.model_dump() | {"quoted_from": original, "previous_text": previous_text}
        )
        self._state.note_read(page, sent, packed(sketch))

    async def _channel(self, source: TelegramSource) -> SourceLine:
        line = SourceLine(source=source.file)
        try:
            messages = await asyncio.to_thread(messages_of, self._directory / source.file)
        except (OSError, ValueError) as error:
            return line.and_(fault=f"{source.file}: {error}", failed=1)
        for message in messages:
            if not source.wants(message.text):
                continue
            url = f"https://t.me/{source.channel}/{message.number}"
            known = self._state.get(url)
            text = message.text[:TEXT_CHARACTERS_MAX]
            if self._state.is_erased(url) or (known is not None and known.text == text):
                line = line.and_(unchanged=1)
            elif line.read >= source.read_max:
                line = line.and_(waiting=1)
            else:
                line = self._message(source, message._replace(text=text), known, line)
                await asyncio.sleep(0)
        return line

    def _message(
        self,
        source: TelegramSource,
        message: ChannelMessage,
        known: SeenPage | None,
        line: SourceLine,
    ) -> SourceLine:
        url = f"https://t.me/{source.channel}/{message.number}"
        outlet = source.outlet or source.channel
        page = _seen(url, source.file)._replace(
            outlet=outlet,
            lang=source.lang,
            published=message.published,
            text=message.text,
            state="read",
        )
        found = self._note([page])
        report = SentReport(
            text=message.text,
            url=url,
            outlet=outlet,
            published_at=message.published,
            lang=source.lang,
            quoted_from=message.forwarded_from,
        )
        self._report(page, report, previous_text=known.text if known else None)
        return line.and_(found=found, read=1, reports=1)

    def _note(self, pages: Sequence[SeenPage]) -> int:
        return self._state.note_found(iter(pages), now=self._now)


def _seen(url: str, source: str) -> SeenPage:
    return SeenPage(url, source, None, None, None, None, "new", 0, {}, None)


def _report_of(page: SeenPage, fetched: Fetched) -> Report:
    """Return the report at an address.

    Raises:
        NoTextError: There is none.
    """
    known = Report(
        text="",
        url=page.url,
        outlet=page.outlet or outlet_of(page.url),
        published_at=page.published,
        lang=page.lang,
    )
    return report_of_page(fetched.body, known=known)


def _read_again(page: SeenPage, now: datetime, *, again: bool) -> SeenPage:
    """Return a page that was read, to be looked at again a few times, ever later."""
    next_at = None
    if again and page.tries < len(AGAIN_HOURS):
        next_at = now + timedelta(hours=AGAIN_HOURS[page.tries])
    return page._replace(state="read", tries=page.tries + 1, next_at=next_at)


def _tried(page: SeenPage, error: Exception, now: datetime) -> SeenPage:
    """Return a page that was tried in vain, to be tried again ever later, or no more."""
    tries = page.tries + 1
    if isinstance(error, RobotsForbidError):
        next_at = now + timedelta(days=FORBIDDEN_DAYS)
        return page._replace(state="forbidden", tries=tries, next_at=next_at)
    if isinstance(error, FetchError) and error.status in GONE and tries >= GONE_TRIES_MAX:
        return page._replace(state="gone", tries=tries, next_at=None)
    if tries >= TRIES_MAX:
        return page._replace(state="failed", tries=tries, next_at=None)
    pause = timedelta(minutes=FIRST_PAUSE_MINUTES * 2 ** (tries - 1))
    return page._replace(tries=tries, next_at=now + pause)


def _plain(text: str) -> str:
    return " ".join(text.split())
