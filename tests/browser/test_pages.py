"""The pages in a browser: what people see, what changes under their eyes, and for whom it is readable."""

import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from services.api.pages import words
from tests.api.running import claim
from tests.browser.conftest import Served
from tests.browser.looks import LOOKS, Looks
from tests.running import PATIENCE_SECONDS


EXCHANGE = "/exchanges/2024-01-03"
PAGES = {
    "overview": "/",
    "exchange": EXCHANGE,
    "history": f"{EXCHANGE}/history",
    "operation": "/exchanges/2025-05-23..2025-05-25",
    "disagreements": "/disagreements",
    "claimants": "/claimants",
    "changes": "/diff?from=2640&to=2650",
    "how": "/how",
    "reading": "/reading",
    "earlier": "/?as_asserted_by=2023-01-01",
    "missing": "/exchanges/1999-01-01",
}
HOSTILE = "<script>alert`1`</script>\"'><img src=x onerror=alert`1`>"
#: Longest wait for a change that is published, in milliseconds.
PATIENCE_MS = 1_000 * PATIENCE_SECONDS


def figure(page: Page, about: str):
    return page.locator(".figure", has=page.get_by_role("heading", name=about, exact=True))


def test_the_demo_opens_and_tells_in_one_sentence_what_is_agreed(demo: Served, page: Page):
    page.goto(demo.url)

    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Prisoner exchanges between Russia and Ukraine"
    )
    expect(page.locator(".headline")).to_contain_text("are agreed between camps")
    expect(page.locator(".headline")).to_contain_text("are disputed")
    # A chart is drawn when somebody comes near it.
    expect(page.locator("#chart-timeline svg")).to_have_count(0)
    page.locator("#curves").scroll_into_view_if_needed()
    expect(page.locator("#chart-curves path.curve").first).to_be_visible()
    expect(page.locator("#chart-curves circle.point").first).to_be_visible()
    page.locator("#timeline").scroll_into_view_if_needed()
    expect(page.locator("#chart-timeline rect.bar.is-disputed").first).to_be_visible()
    for chart in ("curves", "timeline"):
        ticks = page.locator(f"#chart-{chart} .axis .tick text").all_text_contents()
        assert re.search(r"\b20\d\d\b", next(one for one in ticks if re.search("[a-z]", one)))


def test_a_chart_is_read_by_keyboard_by_pointer_and_by_those_who_are_read_to(
    demo: Served, page: Page
):
    page.goto(demo.url)
    page.locator("#timeline").scroll_into_view_if_needed()
    chart = page.locator("#chart-timeline")
    expect(chart.locator("svg")).to_be_visible()
    slider = chart.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    last = chart.locator(".chart-reading p").inner_text()
    page.keyboard.press("ArrowLeft")
    before = chart.locator(".chart-reading p").inner_text()
    chart.locator("rect.bar.is-disputed").first.hover()
    pointed = chart.locator(".chart-reading p").inner_text()

    newest = page.locator("#exchanges tbody tr[data-day]:has(td[data-side])").first
    assert last.startswith(newest.get_attribute("data-name") or "?")
    assert before != last
    assert "disputed" in pointed
    assert slider.get_attribute("aria-valuetext") == pointed
    link = chart.locator(".chart-reading a")
    expect(link).to_have_attribute("href", re.compile(r"/exchanges/\d{4}-"))


def test_years_are_brushed_or_chosen_and_stand_in_the_address(demo: Served, page: Page):
    page.goto(demo.url)
    page.locator("#chart-curves").scroll_into_view_if_needed()
    expect(page.locator("#chart-curves svg")).to_be_visible()
    years = page.locator("#chart-curves .years-strip text").all_text_contents()
    strip = page.locator("#chart-curves .brush .overlay")
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    assert box is not None
    # From the middle of the second year to the middle of the third.
    width, height = box["width"] / len(years), box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 1.5 * width, height)
    page.mouse.down()
    page.mouse.move(box["x"] + 2.5 * width, height, steps=3)
    with page.expect_navigation():
        page.mouse.up()
    assert f"since={years[1]}&until={years[2]}" in page.url

    page.locator("#chart-curves").scroll_into_view_if_needed()
    ticks = page.locator("#chart-curves .axis .tick text")
    expect(ticks.first).to_be_visible()
    assert years[0] not in " ".join(ticks.all_text_contents())
    snippet = page.get_by_text("/embed/totals").first
    expect(snippet).to_contain_text(f"since={years[1]}&until={years[2]}")
    page.get_by_label("Both charts from").select_option(years[2])
    page.get_by_role("button", name="Show", exact=True).click()
    assert f"since={years[2]}&until={years[2]}" in page.url


def test_the_exchange_shows_both_numbers_with_their_reasons(demo: Served, page: Page):
    page.goto(demo.url)
    page.get_by_role("table", name="All exchanges").get_by_role("link", name="3 Jan 2024").click()

    asked = {"exchange": "2024-01-03", "measure": "returned"}
    rows = httpx.get(f"{demo.url}/v1/figures", params=asked).json()["items"]
    figures = {(row["side"], row["category"]): row for row in rows}
    for about, key, number, voice in (
        ("To Ukraine, everybody", ("UA", "all"), "230", "Dmytro Lubinets"),
        ("To Russia, military", ("RU", "military"), "248", "Ministry of Defence of the Russian"),
    ):
        shown, row = figure(page, about), figures[key]
        expect(shown.locator(".figure-number")).to_have_text(number)
        expect(shown).to_contain_text(words.STATUSES[row["status"]].meaning)
        expect(shown).to_contain_text(words.CREDIBILITIES[row["credibility"]])
        expect(shown).to_contain_text(voice)
    expect(page.get_by_text("130 + 55 + 38 + 1 + 6 = 230")).to_be_visible()


def test_the_history_comes_when_a_reader_comes_near_it(demo: Served, page: Page):
    page.goto(demo.url + EXCHANGE)
    assert page.locator("#history-here ol").count() == 0
    page.locator("#history").scroll_into_view_if_needed()

    expect(page.locator("#history-here").get_by_text("no figure →").first).to_be_visible()


def test_a_claim_published_by_xadd_appears_without_a_reload(demo: Served, page: Page):
    page.goto(demo.url)
    expect(page.locator("#live")).to_have_text("Changes appear by themselves.")
    page.evaluate("window.isSame = true")
    page.locator("#timeline").scroll_into_view_if_needed()
    expect(page.locator("#chart-timeline svg")).to_be_visible()
    page.locator("details summary", has_text="The numbers of this chart").click()
    link = page.locator("#x-2022-12-31 a")
    link.focus()
    before = page.evaluate("scrollY")
    day = {"date": "2024-02-20", "ordinal": None}
    demo.publish(
        claim("rus-ukr", "live-1", exchange=day, quantity={"bound": "exact", "value": 231})
    )

    row = page.locator("#x-2024-02-20")
    expect(row).to_contain_text("231", timeout=PATIENCE_MS)
    expect(page.locator("#announcer")).to_have_text("Updated: figures of 20 February 2024.")
    bars = page.locator('#chart-timeline [data-exchange="2024-02-20"]')
    expect(bars).to_have_count(1)
    assert page.evaluate("window.isSame")
    assert page.evaluate("document.activeElement.closest('tr')?.id") == "x-2022-12-31"
    assert before > 0
    # The browser keeps what is looked at in its place when something comes in above it.
    assert abs(page.evaluate("scrollY") - before) < 400
    expect(page.locator("table[data-curve]").first).to_be_visible()


def test_a_claim_about_an_open_exchange_appears_on_its_page(demo: Served, page: Page):
    page.goto(demo.url + "/exchanges/2023-08-07")
    expect(page.locator("#live")).to_have_text("Changes appear by themselves.")
    day = {"date": "2023-08-07", "ordinal": None}
    speaker = {"name": "A second voice", "party": "RU", "role": "mod"}
    event = claim("rus-ukr", "live-2", exchange=day, claimant=speaker, category="military")
    demo.publish(event | {"time": "2023-08-07T12:00:00Z"})

    expect(page.get_by_role("heading", name="A second voice")).to_be_visible(timeout=PATIENCE_MS)


def test_the_date_picker_set_to_the_day_before_shows_the_ledger_without_the_exchange(
    demo: Served, page: Page
):
    page.goto(demo.url)
    expect(page.locator("#x-2024-01-03")).to_be_visible()
    page.get_by_text("Another time").click()
    page.locator("#asserted-day").fill("2024-01-02")
    page.get_by_role("button", name="Show that time").click()

    expect(page.get_by_text("Shown as said by the end of 2 January 2024.")).to_be_visible()
    expect(page.locator("#x-2023-08-07")).to_be_visible()
    assert page.locator("#x-2024-01-03").count() == 0
    page.get_by_role("link", name="Show it as it stands now").click()
    expect(page.locator("#x-2024-01-03")).to_be_visible()


def test_in_the_afternoon_there_was_only_the_presidents_least_number(seeded: Served, page: Page):
    asked = {"as_asserted_by": "2024-01-03T17:50:00Z", "exchange": "2024-01-03", "side": "UA"}
    rows = httpx.get(f"{seeded.url}/v1/figures", params=asked).json()["items"]
    [claims] = [row["claims"]["best"] for row in rows]
    said = httpx.get(f"{seeded.url}/v1/claims/{claims[0]}").json()
    page.goto(seeded.url + EXCHANGE)
    page.get_by_text("Another time").click()
    page.locator("#asserted-day").fill("2024-01-03")
    page.locator("#asserted-hour").fill("17:50")
    page.get_by_role("button", name="Show that time").click()

    assert [(row["low"], row["high"]) for row in rows] == [(201, None)]
    assert (said["claimant"]["role"], said["wording"]) == ("president", "over 200")
    expect(figure(page, "To Ukraine, everybody").locator(".figure-number")).to_have_text(
        "at least 201"
    )


def test_without_scripts_everything_but_the_charts_is_there(demo: Served, browser: Browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(demo.url)
    for chart in ("curves", "timeline"):
        still = page.locator(f"#chart-{chart} img")
        still.scroll_into_view_if_needed()
        drawn = "image => image.decode().then(() => image.naturalWidth)"
        assert still.evaluate(drawn) > 0
    expect(page.locator("#x-2024-01-03")).to_contain_text("248")
    page.get_by_text("Another time").click()
    page.locator("#asserted-day").fill("2024-01-02")
    page.get_by_role("button", name="Show that time").click()
    expect(page.get_by_text("Shown as said by the end of 2 January 2024.")).to_be_visible()
    page.goto(demo.url + EXCHANGE)
    page.get_by_role("link", name="Every change, with what caused it").click()
    expect(page.get_by_text("no figure →").first).to_be_visible()
    context.close()


def test_what_somebody_else_wrote_does_nothing(seeded: Served, page: Page):
    name = {"name": HOSTILE, "party": "UA", "role": "ombudsman"}
    event = claim(
        "hostile", HOSTILE, wording=HOSTILE, reported_by=HOSTILE, category=HOSTILE, claimant=name
    )
    page.goto(f"{seeded.url}/hostile")
    expect(page.locator("#live")).to_have_text("Changes appear by themselves.")
    event["data"] |= {"url": "javascript:alert(1)"}
    seeded.publish(event, "hostile")

    expect(page.locator("#x-2024-01-03")).to_be_visible(timeout=PATIENCE_MS)
    for path in ("", EXCHANGE, f"{EXCHANGE}/history", "/disagreements", "/claimants", "/how"):
        page.goto(f"{seeded.url}/hostile{path}")
        assert page.locator("img:not([src*='/charts/'])").count() == 0
        assert page.locator("a[href^=javascript]").count() == 0
    expect(page.get_by_text(HOSTILE).first).to_be_visible()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_screen_and_nobody_is_shut_out_of_it(demo: Served, looks: Looks, name: str):
    """Also writes what it looks like, to the directory that LEDGER_TEST_PICTURES names."""
    found: list[tuple[str, object]] = []
    for look in LOOKS:
        page = looks.open(look, demo.url + PAGES[name])
        if name == "overview" and look.language == "en":
            page.locator("#timeline").scroll_into_view_if_needed()
            expect(page.locator("#chart-timeline rect").first).to_be_attached()
            page.evaluate("scrollTo(0, 0)")
        looks.picture(look, name)
        if name == "overview":
            page.evaluate("document.getElementById('curves').scrollIntoView()")
            expect(page.locator("#chart-curves svg")).to_be_visible()
            looks.picture(look, "charts")
        found += looks.faults(look)

    assert found == []


def test_the_keyboard_reaches_the_content_first(demo: Served, page: Page):
    page.goto(demo.url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


def test_paper_is_white_whatever_the_screen_is(demo: Served, browser: Browser):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(demo.url + EXCHANGE)
    page.emulate_media(media="print", color_scheme="dark")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    printed = page.pdf(format="A4")
    context.close()

    assert paper == "rgb(255, 255, 255)"
    assert printed.startswith(b"%PDF")
