"""Anybody reports an error, an editor decides by keyboard, the figure changes: all in a browser."""

import re
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, expect

from services.eventlog.credentials import KEYS, make_key
from services.runtime import clock
from tests.browser.conftest import Served
from tests.browser.looks import LOOKS, Look, Looks
from tests.browser.test_pages import PATIENCE_MS
from tests.running import wait_until


FIGURE = "2024-01-03:returned:UA:all"
PUBLIC = {"report-error": f"/report-error?about={FIGURE}", "add-report": "/add-report"}
FOR_EDITORS = {
    "queue": "/editors",
    "parked": "/editors/parked",
    "matches": "/editors/matches",
    "speakers": "/editors/speakers",
    "judge": f"/editors/judge?kind=pin&figure={FIGURE}",
    "decisions": "/editors/decisions",
    "review": "/review",
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


def signed_in(served: Served, key: str) -> Any:
    """Sign in as a browser does; return the cookie."""
    with httpx.Client(base_url=served.url) as http:
        # Keys are read once a second.
        wait_until(lambda: http.post("/editors/sign-in", data={"key": key}).status_code == 303)
        [cookie] = http.cookies.jar
    assert cookie.value
    return {"name": cookie.name, "value": cookie.value, "url": served.url}


def report(page: Page, served: Served, words: str) -> None:
    page.goto(f"{served.url}/exchanges/2024-01-03")
    page.get_by_role("link", name="Report an error: to Ukraine, everybody").first.click()
    page.get_by_label("What is wrong, and what is right").fill(words)
    page.get_by_label("The right number").fill("231")
    page.get_by_role("button", name="Send to the editors").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def test_the_pages_with_forms_fit_their_screen_and_can_be_read_by_all(seeded: Served, looks: Looks):
    key = key_of(seeded)
    found: list[tuple[str, object]] = []
    report(looks.page(LOOKS[0]), seeded, "On every screen.")
    for look in LOOKS:
        for name, path in PUBLIC.items():
            found += seen(looks, look, name, seeded.url + path)
        cookies = signed_in(seeded, key)
        looks.page(look).context.add_cookies([cookies])
        for name, path in FOR_EDITORS.items():
            found += seen(looks, look, name, seeded.url + path)
        page = looks.open(look, f"{seeded.url}/editors")
        page.locator(".case a").first.click()
        looks.picture(look, "submission", is_full=True)
        found += [("submission", one) for one in looks.faults(look)]

    assert found == []


def seen(looks: Looks, look: Look, name: str, address: str) -> list[tuple[str, object]]:
    looks.open(look, address)
    looks.picture(look, name, is_full=True)
    return [(name, one) for one in looks.faults(look)]


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
    page.get_by_role("link", name=re.compile("Undo.*Give a figure its numbers")).first.click()
    page.get_by_label("Why it is undone").fill("as it was")
    page.get_by_role("button", name="Undo it").click()
    page.goto(f"{seeded.url}/exchanges/2024-01-03")
    expect(corrected).not_to_have_text("231")
