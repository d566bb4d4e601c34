"""Eight questions a journalist asks, and an hour of work with the answers: by clicks and keys, without a shell.

Each answer is held against the API. Run with `-s` it prints the clicks and seconds of each question, and with
LEDGER_TEST_PICTURES=DIRECTORY it leaves a picture of each answer there.
"""

import csv
import io
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Served
from tests.browser.looks import listen
from tests.running import PATIENCE_SECONDS, wait_until


PATIENCE_MS = 1_000 * PATIENCE_SECONDS
#: What is wrong in the eyes of somebody who reads the list.
FIGURE = "2024-01-03:returned:RU:military"


class Reader:
    """Somebody at a page, whose clicks are counted.

    Attributes:
        page: What is seen.
        clicks: How often something was clicked or filled in.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url, self.clicks = page, url, 0

    def begin(self) -> None:
        self.clicks = 0
        self.page.goto(self.url)

    def click(self, there: Locator) -> None:
        self.clicks += 1
        there.click()

    def fill(self, label: str, text: str) -> None:
        self.clicks += 1
        self.page.get_by_label(label).first.fill(text)

    @contextmanager
    def asks(self, question: str, name: str) -> Iterator[None]:
        """One question, from the overview to its answer."""
        self.begin()
        started = time.monotonic()
        yield
        sys.stdout.write(f"{question} {self.clicks} clicks, {time.monotonic() - started:.1f} s\n")
        if directory := os.environ.get("LEDGER_TEST_PICTURES"):
            self.page.screenshot(path=Path(directory) / f"question-{name}.png")


@pytest.fixture
def reader(demo: Served, browser: Browser) -> Iterator[Reader]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    said = listen(page)
    yield Reader(page, demo.url)
    assert said == []
    context.close()


@pytest.fixture
def api(demo: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{demo.url}/v1", timeout=PATIENCE_SECONDS) as http:
        yield http


def spoken(number: int) -> str:
    return f"{number:,}"


def test_who_came_home_in_2024(reader, api):
    with reader.asks("Came home in 2024?", "year"):
        row = reader.page.get_by_role("table", name="By year").get_by_role("row", name="2024")
        row.scroll_into_view_if_needed()
        for total in api.get("/headline", params={"by": "year"}).json()["items"]:
            if total["period"] == "2024" and total["category"] == "all":
                expect(row).to_contain_text(spoken(total["best"]))
    assert reader.clicks == 0


def test_what_is_disputed_and_by_whom(reader, api):
    with reader.asks("Disputed, by whom?", "disputed"):
        reader.click(reader.page.get_by_role("link", name="All disagreements"))
        disputed = api.get("/figures", params={"status": "disputed", "limit": 100}).json()["items"]
        assert disputed
        main = reader.page.locator("main")
        expect(main).to_contain_text("The ledger goes by this.")
        for figure in disputed[:3]:
            for ref in (figure["claims"]["best"] + figure["claims"]["disagreeing"])[:2]:
                voice = api.get(f"/claims/{ref}").json()["voice"]
                expect(main).to_contain_text(voice)
    assert reader.clicks == 1


def test_what_was_known_on_3_january_2024_at_18_in_kyiv(reader, api):
    with reader.asks("Known on 3 January 2024 at 18:00 in Kyiv?", "then"):
        page = reader.page
        reader.click(page.get_by_text("Another time"))
        reader.clicks += 3
        page.locator("#asserted-day").fill("2024-01-03")
        page.locator("#asserted-hour").fill("18:00")
        page.locator("#zone").select_option("Europe/Kyiv")
        reader.click(page.get_by_role("button", name="Show that time"))
        then = {"as_asserted_by": "2024-01-03T18:00:00+02:00"}
        reader.click(page.locator("#exchanges").get_by_role("link").first)
        newest = max(
            one["id"] for one in api.get("/exchanges", params=then | {"limit": 100}).json()["items"]
        )
        expect(page).to_have_url(re.compile(rf"/exchanges/{newest}\b"))
        for figure in api.get("/figures", params=then | {"exchange": newest}).json()["items"]:
            if figure["measure"] == "returned" and figure["category"] == "all" and figure["best"]:
                expect(page.locator("main")).to_contain_text(spoken(figure["best"]))
    assert reader.clicks <= 6


def test_which_sources_are_high(reader, api):
    with reader.asks("Which sources are systematically high?", "high"):
        reader.click(reader.page.get_by_role("link", name="Claimants").first)
        table = reader.page.get_by_role("table", name="Claimants")
        expect(table).to_contain_text("Mean")
        with reader.page.expect_download() as downloading:
            reader.page.get_by_role("link", name="Claimants as CSV").click()
        told = csv.DictReader(io.StringIO(downloading.value.path().read_text("utf-8-sig")))
        high = max(told, key=lambda one: float(one["mean_difference"] or 0))
        row = table.get_by_role("row").filter(has_text=high["voice"]).first
        expect(row).to_be_visible()
    assert reader.clicks == 1


def test_a_citation_for_a_number(reader):
    with reader.asks("A citation for this number?", "cite"):
        total = reader.page.locator("#total-UA")
        number = total.locator(".total-number").inner_text()
        reader.click(total.get_by_text("Cite this"))
        expect(total).to_contain_text("log position")
        reader.click(total.get_by_role("link", name="Permalink"))
        expect(reader.page.locator("#total-UA .total-number")).to_have_text(number)
        assert "as_known_on=" in reader.page.url
    assert reader.clicks == 2


def test_a_chart_for_ones_own_page(reader, tmp_path, browser):
    with reader.asks("Embed this chart?", "embed"):
        snippet = reader.page.locator("details.cite", has_text="Show it on your page").first
        reader.click(snippet.locator("summary"))
        code = snippet.locator("code").inner_text()
    assert reader.clicks == 1
    with article(tmp_path, code) as url:
        page = browser.new_page()
        page.goto(url)
        chart = page.frame_locator("iframe")
        expect(chart.locator("img")).to_be_visible(timeout=PATIENCE_MS)
        drawn = "image => image.decode().then(() => image.naturalWidth)"
        assert chart.locator("img").evaluate(drawn) > 0
        page.close()


@contextmanager
def article(directory: Path, code: str) -> Iterator[str]:
    """A page of somebody else, on another address, with the chart in its text."""
    text = f"<!doctype html><title>An article</title><h1>An article</h1><p>As it stands:</p>{code}"
    (directory / "article.html").write_text(text, encoding="utf-8")
    handler = partial(Quiet, directory=str(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/article.html"
        finally:
            server.shutdown()
            serving.join()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *_arguments: object) -> None:
        """Log nothing."""


def test_add_a_report_and_say_that_a_number_is_wrong(reader):
    with reader.asks("Add this report?", "add"):
        reader.click(reader.page.locator("footer").get_by_role("link", name="Add a report"))
        reader.fill("Link to the report", "https://example.org/news/31")
        reader.fill("Its words", "The headquarters said that 41 people had come home.")
        reader.fill("The number", "41")
        reader.fill("Who said it", "Coordination Headquarters")
        reader.click(reader.page.get_by_role("button", name="Send to the editors"))
        expect(reader.page.locator("main")).to_contain_text("It waits for an editor")
    with reader.asks("This number is wrong?", "wrong"):
        reader.click(reader.page.locator("#total-UA").get_by_role("link", name="Report an error"))
        expect(reader.page.get_by_label("What it is about")).to_have_value("total of UA")
        reader.fill("What is wrong, and what is right", "The sum leaves out the exchange of June.")
        reader.click(reader.page.get_by_role("button", name="Send to the editors"))
        expect(reader.page.locator("main")).to_contain_text("It waits for an editor")


def figure_now(served: Served) -> dict[str, Any]:
    asked = {"ledger": "rus-ukr", "exchange": FIGURE[:10], "limit": "100"}
    found = httpx.get(f"{served.url}/v1/figures", params=asked, timeout=PATIENCE_SECONDS).json()
    return next(figure for figure in found["items"] if figure["id"] == FIGURE)


def key_of_an_editor(served: Served) -> str:
    """What the operator of the ledger gives an editor."""
    socket = served.server.connection_pool.connection_kwargs["path"]
    made = subprocess.run(
        [sys.executable, "-m", "services.cli.main", "keys", "create", "Olena", "--role=editor"],
        env={**os.environ, "LEDGER_REDIS_URL": f"unix://{socket}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip()


def test_the_sum_of_a_downloaded_sheet_is_the_pages(reader):
    page = reader.page
    reader.begin()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Every exchange and side, to be summed as CSV").click()
    rows = list(csv.DictReader(io.StringIO(downloading.value.path().read_text("utf-8-sig"))))
    summed = sum(
        int(row["best"] or 0)
        for row in rows
        if row["side"] == "UA" and row["date"].startswith("2024")
    )
    row = page.get_by_role("table", name="By year").get_by_role("row", name="2024")
    expect(row).to_contain_text(spoken(summed))


def test_a_reported_error_is_accepted_and_the_figure_changes(seeded: Served, browser: Browser):
    number = 249
    key = key_of_an_editor(seeded)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    said = listen(page)

    page.goto(f"{seeded.url}/exchanges/2024-01-03")
    page.locator(f'a[href*="report-error?about={quote(FIGURE, safe="")}"]').first.click()
    page.get_by_label("What is wrong, and what is right").fill("The list has 249 names, not 248.")
    page.get_by_label("The right number").fill(str(number))
    page.get_by_label("Who says so").fill("Coordination Headquarters")
    page.get_by_role("button", name="Send to the editors").click()
    expect(page.locator("main")).to_contain_text("It waits for an editor")

    page.locator("footer").get_by_role("link", name="For editors").click()
    page.get_by_label("Your key").fill(key)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=f"An error about {FIGURE}").first.click()
    page.get_by_role("link", name="Give the figure its number").click()
    page.get_by_label("Why").fill("The list was read and has 249 names.")
    page.get_by_role("button", name="Show what would change").click()
    # The reaction is seen before anything is saved.
    expect(page.locator(".reaction")).to_contain_text(str(number))
    assert figure_now(seeded)["best"] != number
    page.get_by_role("button", name="Record the judgement").click()
    expect(page.locator("main")).to_contain_text("Olena", timeout=PATIENCE_MS)
    wait_until(lambda: figure_now(seeded)["best"] == number)
    now = figure_now(seeded)
    assert now["status"] == "adjudicated"
    assert said == []
    context.close()
