"""Anybody reports an error, an editor decides by keyboard, the figure changes: all in a browser."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from services.eventlog.credentials import KEYS, make_key
from services.runtime import clock
from tests.browser.conftest import Served, listen
from tests.browser.test_pages import FORMS, PATIENCE_MS


FIGURE = "2024-01-03:returned:UA:all"
PUBLIC = {"report-error": f"/report-error?about={FIGURE}", "add-report": "/add-report"}
FOR_EDITORS = {
    "queue": "/editors",
    "parked": "/editors/parked",
    "matches": "/editors/matches",
    "speakers": "/editors/speakers",
    "judge": f"/editors/judge?kind=pin&figure={FIGURE}",
    "decisions": "/editors/decisions",
}


def key_of(served: Served) -> str:
    """Make an editor's key, as `keys create` does."""
    made = make_key("Olena", "editor", now=clock.now())
    served.server.hset(KEYS, made.stored.id, made.stored.model_dump_json())
    return made.key


def sign_in(page: Page, served: Served) -> None:
    key = key_of(served)
    # Keys are read once a second.
    while True:
        page.goto(f"{served.url}/editors/sign-in")
        page.get_by_label("Your key").fill(key)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        if page.get_by_role("heading", name="What waits").is_visible():
            return


def report(page: Page, served: Served, words: str) -> None:
    page.goto(f"{served.url}/exchanges/2024-01-03")
    page.get_by_role("link", name="Report an error: to Ukraine, everybody").first.click()
    page.get_by_label("What is wrong, and what is right").fill(words)
    page.get_by_label("The right number").fill("231")
    page.get_by_role("button", name="Send to the editors").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


@pytest.mark.parametrize("form", FORMS)
def test_the_pages_with_forms_fit_their_screen_and_can_be_read_by_all(
    seeded: Served, browser: Browser, tmp_path: Path, form: str
):
    pictures = Path(os.environ.get("LEDGER_TEST_PICTURES", tmp_path))
    context = browser.new_context(**FORMS[form])  # type: ignore[arg-type]  # options by their name
    page = context.new_page()
    found: list[tuple[str, object]] = []
    report(page, seeded, f"On a screen that is {form}.")
    sign_in(page, seeded)
    said = listen(page)
    for name, path in (PUBLIC | FOR_EDITORS).items():
        page.goto(seeded.url + path)
        page.screenshot(path=pictures / f"{name}-{form}.png", full_page=True)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        violations = Axe().run(page).response["violations"]
        found += [(name, one["id"]) for one in violations]
        found += [(name, f"{wider} too wide")] if wider > 0 else []
    page.goto(f"{seeded.url}/editors")
    page.locator(".case a").first.click()
    found += [("submission", one["id"]) for one in Axe().run(page).response["violations"]]
    page.screenshot(path=pictures / f"submission-{form}.png", full_page=True)
    context.close()

    assert found == []
    assert said == []


def test_an_error_is_reported_without_scripts(seeded: Served, browser: Browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    report(page, seeded, "Reported without scripts.")
    page.goto(f"{seeded.url}/add-report")
    page.get_by_label("The number").fill("230")
    page.get_by_role("button", name="Send to the editors").click()

    expect(page.get_by_role("alert")).to_contain_text("Not sent yet")
    expect(page.get_by_label("The number")).to_have_value("230")
    context.close()


def test_an_editor_corrects_a_figure_by_keyboard_alone(seeded: Served, page: Page):
    report(page, seeded, "It was 231, by the list.")
    sign_in(page, seeded)
    cases = page.locator(".case")
    page.keyboard.press("j")
    for _ in range(cases.count()):
        if "by the list" in page.locator(".case:focus").inner_text():
            break
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="An error that was submitted")).to_be_visible()
    page.get_by_role("link", name="Give the figure its number").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Number")).to_have_value("231")
    page.keyboard.press("l")
    changes = page.get_by_role("heading", name="What this would change")
    expect(changes).to_be_visible(timeout=PATIENCE_MS)
    reaction = page.locator("#reaction-box").inner_text()
    page.get_by_label("Why").focus()
    page.keyboard.type("by the list")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Decisions")).to_be_visible()
    page.goto(f"{seeded.url}/exchanges/2024-01-03")
    corrected = page.locator("#figure-returned-UA-all .figure-number")
    expect(corrected).to_have_text("231")

    assert "231, decided by an editor" in reaction
    # The other tests of this server see what it was.
    page.goto(f"{seeded.url}/editors/decisions")
    page.get_by_role("link", name="Undo pin").first.click()
    page.get_by_label("Why it is undone").fill("as it was")
    page.get_by_role("button", name="Undo it").click()
    page.goto(f"{seeded.url}/exchanges/2024-01-03")
    expect(corrected).not_to_have_text("231")
