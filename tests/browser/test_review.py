"""From a pasted report to published claims by keyboard alone, and the keys that it takes."""

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Served, listen
from tests.browser.test_answering import sign_in


REPORT = (
    "Russia and Ukraine exchanged prisoners on Tuesday. Ukraine brought home 65 people, President Volodymyr "
    "Zelensky said. The Russian Defence Ministry said that 63 Russian servicemen had been returned. "
    "Ombudsman Dmytro Lubinets said on Tuesday that 65 Ukrainians had come home. "
    "The United Arab Emirates mediated the exchange."
)
#: Most keys a claim that a review may take.
KEYS_MAX = 1.6


class Keyboard:
    """Presses keys, and counts them."""

    def __init__(self, page: Page) -> None:
        self.count, self._page = 0, page

    def press(self, key: str) -> None:
        self.count += 1
        with self._page.expect_navigation():
            self._page.keyboard.press(key)


def paste(page: Page, served: Served) -> int:
    """Paste the report; give how many drafts it has."""
    page.goto(f"{served.url}/review")
    page.get_by_label("The text").fill(REPORT)
    page.get_by_label("Who reported it").fill("A made-up outlet")
    page.get_by_label("The day it came out").fill("2023-08-08")
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.keyboard.press("l")
    return page.locator(".drafts .case").count()


def test_a_report_becomes_published_claims_by_keyboard_alone(
    seeded: Served, browser: Browser, tmp_path: Path
):
    pictures = Path(os.environ.get("LEDGER_TEST_PICTURES", tmp_path))
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    sign_in(page, seeded)
    said = listen(page)
    count = paste(page, seeded)
    page.screenshot(path=pictures / "review-wide.png", full_page=True)
    marked = page.locator(".marked mark").count()
    violations = [one["id"] for one in Axe().run(page).response["violations"]]
    keyboard = Keyboard(page)
    # One is accepted after another: the first that is open has the focus.
    for number in range(1, count + 1):
        expect(page.locator(f"#draft-{number}")).to_be_focused()
        keyboard.press("a")
    keyboard.press("u")
    expect(page.locator(f"#draft-{count}")).to_be_focused()
    keyboard.press("r")
    keyboard.press("u")
    keyboard.press("A")
    open_drafts = page.locator(".drafts .case:not(.is-decided)").count()
    told = page.locator(".drafts").inner_text()
    page.goto(f"{seeded.url}/exchanges/2023-08-08")
    figure = page.locator("#figure-returned-UA-all .figure-number")
    expect(figure).to_have_text("65")
    context.close()

    assert count >= 3
    assert marked >= count
    assert violations == []
    assert said == []
    assert open_drafts == 0
    # Four of the keys undid and repeated.
    assert (keyboard.count - 4) / count <= KEYS_MAX
    assert "Accepted by Olena: the report says so" in told
