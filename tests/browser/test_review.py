"""From a pasted article, or one that waits, to published claims by keyboard alone, and the keys that it takes."""

import json
import os
from pathlib import Path

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from schemas.report import ReportForReview
from services.extraction.drafts import extract
from services.extraction.report import Report
from services.ledgers import load_ledger
from services.runtime import clock
from tests.browser.conftest import Served
from tests.browser.looks import listen
from tests.browser.test_answering import sign_in


#: Made up, with eleven claims of as many kinds as an article about one exchange has.
ARTICLE = """\
Moscow and Kyiv said on Tuesday that they had traded approximately 130 prisoners, the first official exchange \
between the two in two months.
The Russian Defence Ministry said: “After long talks, 68 Russian servicemen were brought back from areas \
controlled by Kyiv.”
President Volodymyr Zelensky wrote that “more than 60 soldiers and civilians have come home from Russian \
captivity.”
Ombudsman Dmytro Lubinets said that 65 Ukrainian soldiers had been returned in the “forty-sixth exchange” since \
the Russian invasion began in February 2022.
The Coordination Headquarters for the Treatment of Prisoners of War said that this exchange is the “largest by \
the number of Ukrainian defenders who came home.”
Lubinets said on Tuesday that, since February 24, 2022, “1914 Ukrainian soldiers have come home.”
The Foreign Ministry of the United Arab Emirates told of “one of the largest prisoner exchanges between the two \
sides since the war began.”
In May the ombudsman said that Ukraine had got back about 1700 of its citizens who were captured since the start \
of the invasion. Thousands of prisoners of war remain on both sides.
"""
CLAIM_COUNT = 11
DAY = "2023-08-08"
#: Most keys a claim that a review may take.
KEYS_MAX = 1.6
BEFORE = {
    "specversion": "1.0",
    "type": "exchange.claim.reported.v1",
    "id": "a-first-number",
    "source": "urn:test:review",
    "subject": "rus-ukr",
    "data": {
        "measure": "returned",
        "side": "RU",
        "category": "military",
        "quantity": {"bound": "exact", "value": 60},
        "exchange": {"date": DAY},
        "claimant": {"name": "An outlet", "party": "media", "role": "outlet"},
        "published_at": DAY,
    },
}


class Keyboard:
    """Presses keys, and counts them."""

    def __init__(self, page: Page) -> None:
        self.count, self._page = 0, page

    def press(self, key: str) -> None:
        self.count += 1
        with self._page.expect_navigation():
            self._page.keyboard.press(key)


def figure(served: Served) -> int | None:
    """The number of Russian servicemen who came back that day."""
    rows = httpx.get(f"{served.url}/v1/figures", params={"exchange": DAY}).json()["items"]
    return next((one["best"] for one in rows if one["id"] == f"{DAY}:returned:RU:military"), None)


def paste(page: Page) -> None:
    """Paste the article into the form by the keyboard; the review begins with the key that drafts."""
    page.get_by_label("The text").focus()
    page.keyboard.insert_text(ARTICLE)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.insert_text("A made-up outlet")
    page.keyboard.press("Tab")
    page.keyboard.type("08082023")
    page.keyboard.press("Escape")


def test_an_article_becomes_published_claims_and_a_changed_figure_by_keyboard_alone(
    seeded: Served, browser: Browser, tmp_path: Path
):
    pictures = Path(os.environ.get("LEDGER_TEST_PICTURES", tmp_path))
    seeded.publish(BEFORE)
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    sign_in(page, seeded)
    said = listen(page)
    page.goto(f"{seeded.url}/review")
    paste(page)
    before = figure(seeded)
    keyboard = Keyboard(page)
    keyboard.press("l")
    count = page.locator(".drafts .case").count()
    page.screenshot(path=pictures / "review-wide.png", full_page=True)
    marked = page.locator(".marked mark").count()
    violations = [
        one["id"]
        for one in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    ]
    # One is accepted after another: the first that is open has the focus.
    for number in range(1, count + 1):
        expect(page.locator(f"#draft-{number}")).to_be_focused()
        keyboard.press("a")
    keys = keyboard.count
    page.screenshot(path=pictures / "review-decided.png", full_page=True)
    keyboard.press("u")
    expect(page.locator(f"#draft-{count}")).to_be_focused()
    keyboard.press("r")
    keyboard.press("u")
    keyboard.press("A")
    open_drafts = page.locator(".drafts .case:not(.is-decided)").count()
    told = page.locator(".drafts").inner_text()
    page.goto(f"{seeded.url}/exchanges/{DAY}")
    shown = page.locator("#figure-returned-RU-military .figure-number").inner_text()
    page.screenshot(path=pictures / "review-figure.png", full_page=True)
    context.close()

    assert count == CLAIM_COUNT
    assert marked >= count
    assert violations == []
    assert said == []
    assert open_drafts == 0
    assert keys / count <= KEYS_MAX, f"{keys} keys for {count} claims"
    assert "Accepted by Olena: the report says so" in told
    assert "Drafted by rule people-counted." in told
    assert (before, shown) == (60, "68")
    print(f"{keys} keys for {count} claims")  # noqa: T201  what a person wants to know of it


def test_a_report_that_waits_is_opened_decided_and_taken_out_by_keyboard(
    seeded: Served, browser: Browser, tmp_path: Path
):
    pictures = Path(os.environ.get("LEDGER_TEST_PICTURES", tmp_path))
    text = "On Wednesday 21 Ukrainians were returned from Russian captivity, Dmytro Lubinets said."
    stated = {"text": text, "outlet": "A feed", "published_at": "2023-08-09"}
    report = Report.model_validate_json(json.dumps(stated))
    drafts = tuple(extract(report, load_ledger("rus-ukr")))
    read = ReportForReview(id="", read_at=clock.now(), report=report, drafts=drafts)
    seeded.server.xadd("exl:{rus-ukr}:drafts", {"read": read.model_dump_json()})
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    sign_in(page, seeded)
    said = listen(page)
    page.goto(f"{seeded.url}/review")
    page.screenshot(path=pictures / "review-waiting.png", full_page=True)
    violations = [
        one["id"]
        for one in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    ]
    keyboard = Keyboard(page)
    keyboard.press("Enter")
    expect(page.locator("#draft-1")).to_be_focused()
    keyboard.press("f")
    fault = page.locator("#faults").inner_text()
    keyboard.press("A")
    keyboard.press("f")
    left = page.locator("#waiting").inner_text()
    context.close()

    assert violations == []
    # What is refused is said with its status, which the browser repeats.
    assert [line for line in said if "status of 400" not in line] == []
    assert fault == "Expected a decision on each draft, found 1 open."
    assert left == "0 reports wait"
    assert seeded.server.xlen("exl:{rus-ukr}:drafts") == 0
