"""A hostile site, scraped: what came, what was said; the table of docs/scraping.md is this one."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from schemas.report import SentReport
from services.eventlog.reports import ReportsFullError
from services.fetching.web import FetchLimits, Web
from services.runtime import clock
from services.scraping.manners import HostPacer, Manners
from services.scraping.run import ScrapeRun, ScrapeTools, SourceLine
from services.scraping.sources import FeedSource, PageSource, Sources
from services.scraping.state import ScrapeRunningError, ScrapeState
from tests.fetching.hostile_site import HostileSite, article, bomb, hostile_site


NOON = datetime(2031, 5, 10, 12, tzinfo=UTC)
LIMITS = FetchLimits(20.0, 2_000_000, (ip_network("127.0.0.2/32"),))
WORDS = (
    "Officials of both governments met in the morning beside the bridge, where buses had waited since dawn. "
    "Families stood behind a fence with flags and photographs, and a choir sang before the first of them came."
)


def feed(site: HostileSite, *paths: str) -> bytes:
    items = "".join(
        f"<item><title>Prisoners {path}</title><link>{site.url}{path}</link></item>"
        for path in paths
    )
    return f'<rss version="2.0"><channel><title>F</title>{items}</channel></rss>'.encode()


@pytest.fixture(scope="module")
def site() -> Iterator[HostileSite]:
    with hostile_site("127.0.0.2") as site:
        yield site


@pytest.fixture
def state(tmp_path) -> Iterator[ScrapeState]:
    with ScrapeState(tmp_path / "scrape" / "a.sqlite") as state:
        yield state


class Handed(list[SentReport]):
    """Takes what is handed on."""

    async def take(self, reports: list[SentReport]) -> None:
        self.extend(reports)


async def scrape(
    state: ScrapeState, sources: Sources, *, now: datetime = NOON, seconds: float = 20.0
) -> tuple[list[SourceLine], list[SentReport]]:
    handed, limits = Handed(), LIMITS._replace(seconds=seconds)
    pacer = HostPacer(0.0, clock.stopwatch_ms)
    async with Web(limits) as robots:
        manners = Manners(robots, pacer, clock.stopwatch_ms)
        async with Web(limits, before=manners.may_ask) as web:
            run = ScrapeRun(sources, Path(), ScrapeTools(state, web, now, handed.take))  # type: ignore[arg-type]
            lines = await run.run()
            await run.hand_on()
    return lines, handed


#: What a feed points to, in the words of the table, and where it is.
HOSTILE = {
    "an article": "/article",
    "a redirect to a private address": "/to-private",
    "a redirect to a name of a private address": "/to-name",
    "redirects in a circle": "/circle",
    "redirects through pages that are not there": "/lost-1",
    "a page without an end": "/endless",
    "a gzip bomb": "/bomb",
    "a page that robots.txt forbids": "/private/1",
    "a redirect to a page that robots.txt forbids": "/to-forbidden",
    "a page that is not there": "/nowhere",
    "a page that trickles in": "/slow",
    "a page of 600,000 tags": "/tags",
    "a page without text": "/empty",
    "a picture": "/picture",
}


def make_hostile(site: HostileSite) -> None:
    robots = b"User-agent: *\nDisallow: /private/\n"
    site.hold("/robots.txt", robots, media_type="text/plain")
    site.hold("/article", article())
    site.redirect("/to-private", f"http://127.0.0.1:{site.server_port}/article")
    site.redirect("/to-name", f"http://localhost:{site.server_port}/article")
    site.redirect("/circle", "/circle")
    site.redirect("/lost-1", "/lost-2")
    site.redirect("/lost-2", "/lost-3")
    site.pour("/endless", b"<p>word" * 1_000)
    site.hold("/bomb", bomb(), Content_Encoding="gzip")
    site.hold("/private/1", article())
    site.redirect("/to-forbidden", "/private/1")
    site.trickle("/slow")
    site.hold("/tags", b"<p>" * 600_000)
    site.hold("/empty", b"<html><body></body></html>")
    site.hold("/picture", b"\x89PNG\r\n\x1a\n\0", media_type="image/png")


async def test_the_table_of_the_documentation_is_what_was_said(site, tmp_path):
    make_hostile(site)
    said: dict[str, str] = {}
    for paths, seconds in ((set(HOSTILE.values()) - {"/slow"}, 20.0), ({"/slow"}, 0.3)):
        site.hold("/feed", feed(site, *paths))
        with ScrapeState(tmp_path / f"{len(paths)}.sqlite") as state:
            source = FeedSource(url=f"{site.url}/feed")
            _, handed = await scrape(state, Sources(feeds=(source,)), seconds=seconds)
            said |= {str(one.url): "a report" for one in handed}
            said |= {one.url: one.reason for one in state.faults()}
    # Which of its addresses a name has first is the machine's.
    rows = [
        f"| {came} | {said[site.url + path].replace('::1', '127.0.0.1')} |"
        for came, path in HOSTILE.items()
    ]
    text = (Path(__file__).parents[2] / "docs" / "scraping.md").read_text(encoding="utf-8")

    assert [row for row in rows if row not in text] == []
    assert site.asked["/private/1"] == 0


#: `make test-scraping` has ten thousand.
ITEMS = int(os.environ.get("FEED_ITEMS", "100"))


async def test_of_a_long_feed_no_item_is_lost_and_few_are_read_at_once(site, state):
    for number in range(5):
        site.hold(f"/m/{number}", article(f"Text {number}. {WORDS}"))
    site.hold("/feed", feed(site, *(f"/m/{number}" for number in range(ITEMS))), ETag="1")
    source = FeedSource(url=f"{site.url}/feed", read_max=10)

    ((first,), _) = await scrape(state, Sources(feeds=(source,)))
    assert (first.found, first.read + first.failed, first.waiting) == (ITEMS, 10, ITEMS - 10)
    assert len(first.faults) <= 6
    ((second,), _) = await scrape(state, Sources(feeds=(source,)))
    assert (second.found, second.read + second.failed, second.waiting) == (0, 10, ITEMS - 20)
    # Some are read by then and some are still to be tried again; none was forgotten.
    assert state.due_count(source.url, now=NOON + timedelta(days=30)) == ITEMS


async def test_of_a_feed_those_items_are_read_that_are_looked_for(site, state):
    site.hold("/feed", feed(site, "/m/1", "/m/elephants"))
    source = FeedSource(url=f"{site.url}/feed", words=("ELEPHANT",))

    ((wanted,), _) = await scrape(state, Sources(feeds=(source,)))
    assert wanted.found == 1


async def test_what_fails_is_tried_again_ever_later_and_given_up_with_its_reason(site, state):
    site.hold("/feed", feed(site, "/nowhere", "/never"))
    site.hold("/never", b"", 500)
    sources = Sources(feeds=(FeedSource(url=f"{site.url}/feed"),))
    asked, now = site.asked.copy(), NOON
    for _ in range(9):
        await scrape(state, sources, now=now)
        now += timedelta(days=2)

    assert site.asked["/nowhere"] - asked["/nowhere"] == 3
    assert site.asked["/never"] - asked["/never"] == 8
    assert list(state.faults()) == [
        (f"{site.url}/never", "failed", "answered 500", None),
        (f"{site.url}/nowhere", "gone", "answered 404", None),
    ]


async def test_the_same_again_reads_what_is_new_or_edited_alone(site, state):
    site.hold("/feed", feed(site, "/story"))
    site.hold("/story", article(f"At first 61 came home. {WORDS}"))
    sources = Sources(feeds=(FeedSource(url=f"{site.url}/feed", outlet="The Herald"),))
    (_, first) = await scrape(state, sources)
    (_, same) = await scrape(state, sources)
    site.hold("/story", article(f"At last 63 came home. {WORDS}"))
    ((line,), edited) = await scrape(state, sources, now=NOON + timedelta(hours=2))
    (_, later) = await scrape(state, sources, now=NOON + timedelta(hours=4))

    assert [one.outlet for one in first] == ["The Herald"]
    assert (same, later, line.reports) == ([], [], 1)
    assert first[0].previous_text is None
    assert edited[0].previous_text == first[0].text
    assert "63 came" in edited[0].text


async def test_a_copy_names_the_outlet_that_it_copies(site, state):
    own = (
        "Elsewhere a fisherman told a quite different story of boats, nets, storms and of his long way home. "
        * 2
    )
    site.hold("/agency", article(f"Sixty-one came home. {WORDS}"))
    site.hold("/copy", article("As we have learned:", f"Sixty-one came home. {WORDS}"))
    site.hold("/other", article(own))
    pages = [
        PageSource(url=f"{site.url}/{name}", outlet=name.title())
        for name in ("agency", "copy", "other")
    ]
    handed: list[SentReport] = []
    for page in pages:
        handed += (await scrape(state, Sources(pages=(page,))))[1]

    assert [(one.outlet, one.quoted_from) for one in handed] == [
        ("Agency", None),
        ("Copy", "Agency"),
        ("Other", None),
    ]


async def test_what_cannot_be_handed_on_waits(site, state):
    site.hold("/one", article(WORDS))

    async def full(_: object) -> None:
        raise ReportsFullError

    sources = Sources(pages=(PageSource(url=f"{site.url}/one"),))
    async with Web(LIMITS) as web:
        run = ScrapeRun(sources, Path(), ScrapeTools(state, web, NOON, full))
        await run.run()
        with pytest.raises(ReportsFullError):
            await run.hand_on()
    (_, handed) = await scrape(state, Sources())

    assert [one.url for one in handed] == [f"{site.url}/one"]
    assert state.outbox_count() == 0


async def test_a_robots_file_that_cannot_be_read_allows_nothing(site, state):
    site.hold("/article", article())
    site.hold("/feed", feed(site, "/article"))
    site.hold("/robots.txt", b"", 503)
    ((line,), _) = await scrape(state, Sources(feeds=(FeedSource(url=f"{site.url}/feed"),)))
    site.hold("/robots.txt", b"User-agent: *\nCrawl-delay: 3600\n", media_type="text/plain")
    ((slow,), _) = await scrape(state, Sources(feeds=(FeedSource(url=f"{site.url}/feed"),)))
    del site.pages["/robots.txt"]

    assert line.faults == ("robots.txt cannot be read: answered 503",)
    assert slow.faults == ("robots.txt forbids it",)


async def test_one_host_is_asked_once_in_five_seconds():
    at, waits = [0.0], []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    pacer = HostPacer(5.0, lambda: at[0], sleep)
    for host in ("a", "a", "b", "a"):
        await pacer.wait(host)
    at[0] = 60_000.0
    await pacer.wait("a", delay_seconds=30.0)
    await pacer.wait("a")

    assert waits == [5.0, 10.0, 30.0]


def test_two_runs_at_once_are_refused(tmp_path):
    with ScrapeState(tmp_path / "a.sqlite"), pytest.raises(ScrapeRunningError, match="in use"):
        ScrapeState(tmp_path / "a.sqlite")
