"""The pages: what people read, without scripts; what others wrote, inert; what cannot be shown, said."""

import re
from hashlib import sha256
from html.parser import HTMLParser
from itertools import zip_longest
from typing import get_args
from urllib.parse import urlsplit

import httpx
import pytest
from typing_extensions import override

from schemas.claim import Bound, Counterpart, Measure, Modality, Role
from schemas.vocabulary import (
    Cause,
    CheckKind,
    CheckResult,
    ClaimState,
    ExchangeStatus,
    FigureStatus,
    Flag,
)
from services.api.pages import words
from services.api.pages.rendering import HERE
from services.reconciliation.catalogue import RULES
from tests.api.running import claim, publish, serving


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
EXCHANGE = "/exchanges/2024-01-03"
CHANGES = "/diff?from=0"
PAGES = (
    *("/", EXCHANGE, f"{EXCHANGE}/history", "/disagreements", "/claimants", "/how", "/reading"),
    CHANGES,
)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}</title>"


class Document(HTMLParser):
    """What a browser would make of a page: its text, and everything in it that could act."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    @override
    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def scripts_of(page: Document) -> list[dict[str, str]]:
    """What a browser would run: data for search engines is in an element of that name, and is not."""
    return [one for one in page.all("script") if one.get("type") != "application/ld+json"]


def read(http: httpx.Client, path: str, **params: str) -> Document:
    answer = http.get(path, params=params or None, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return Document(answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_runs_our_files_alone_and_stands_for_a_position(http, seeded_position, path):
    answer = http.get(path, headers=BROWSER)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["ledger-position"] == str(seeded_position)
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    page = Document(answer.text)
    assert not page.all("style")
    assert all(script["src"].startswith("/assets/") for script in scripts_of(page))
    assert not [name for _, found in page.elements for name in found if name in ("style", "onload")]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_a_browser_has_is_not_sent_again(http, path):
    first = http.get(path, headers=BROWSER)
    again = http.get(path, headers=BROWSER | {"If-None-Match": first.headers["etag"]})
    head = http.head(path, headers=BROWSER)

    assert (again.status_code, again.content) == (304, b"")
    assert (head.status_code, head.content) == (200, b"")


def test_what_changed_is_told_with_its_reasons_and_whose_words_it_follows_from(http):
    page = read(http, CHANGES)
    rows = http.get("/v1/diff", params={"from": 0, "limit": 1_000}).json()["items"]

    assert "From the empty log to" in page.text
    assert f"{sum(row['view'] == 'figures' for row in rows)} figures" in page.text
    assert "To Ukraine, everybody no figure → at least 230" in page.text
    words_cited = {fact["words"] for row in rows for fact in row["facts"] if fact["words"]}
    assert words_cited
    assert any(said in page.text for said in words_cited)
    assert {"href": "/exchanges/2024-01-03"} in page.all("a")
    assert "Nothing was recorded between the two." in read(http, "/diff?from=9&to=9").text


def test_places_that_cannot_be_compared_are_named_as_the_form_calls_them(http):
    for asked, told in (("from=soon", "From"), ("from=0&to=99999999", "To")):
        answer = http.get(f"/diff?{asked}", headers=BROWSER)
        assert answer.status_code == 400
        assert told in Document(answer.text).words


def test_the_overview_says_in_words_what_is_agreed_and_who_says_so(http):
    page = read(http, "/")

    assert "Prisoner exchanges between Russia and Ukraine" in page.text
    assert "Back to Ukraine 2,828" in page.text
    assert "says Dmytro Lubinets, for 3 January 2024" in page.text
    assert "counts of people who came back" in page.text
    for word in words.VERDICTS.values():
        assert word.label in page.text
        assert word.meaning in page.text


def test_charts_have_their_numbers_as_tables(http):
    page = read(http, "/")
    rows = page.all("tr")

    [day] = [row for row in rows if row.get("id") == "x-2024-01-03"]
    assert day["data-day"] == "2024-01-03"
    counts = {cell["data-side"]: cell for cell in page.all("td") if "data-side" in cell}
    assert (counts["0"]["data-best"], counts["1"]["data-best"]) == ("248", "230")
    assert counts["1"]["data-high"] == ""
    points = {row["data-day"] for row in rows if "data-low" in row}
    assert "2024-01-03" in points
    assert len(page.all("table")) >= 3


def test_an_exchange_shows_its_figures_with_reasons_claims_and_arithmetic(http):
    page = read(http, EXCHANGE)
    figures = http.get("/v1/figures", params={"exchange": "2024-01-03"}).json()["items"]
    claims = http.get("/v1/claims", params={"exchange": "2024-01-03"}).json()["items"]

    assert "To Ukraine, everybody at least 230" in page.text
    assert "To Russia, military 248" in page.text
    for figure in figures:
        for why in figure["reasons"]:
            spelled = why["text"].replace("RU", "Russia").replace("UA", "Ukraine")
            assert spelled[1:] in page.text
    for row in claims:
        assert f"“{row['wording']}”" in page.text or row["wording"] in page.text
        assert row["claimant"]["name"].partition(" (")[0] in page.text
    assert "about 448" in page.text.lower()
    assert "248 + 200" in page.text
    assert "Does not add up" in page.text
    for camp in ("Ukraine", "Russia", "News outlets"):
        assert camp in page.text


def test_the_history_names_what_each_change_follows_from(http):
    page = read(http, f"{EXCHANGE}/history")

    assert "To Ukraine, everybody" in page.text
    assert "no figure → at least" in page.text
    assert "over 200" in page.text
    assert any(cause.label.capitalize() in page.text for cause in words.CAUSES.values())


def test_how_figures_are_made_is_told_rule_by_rule_with_what_the_ledger_holds(http):
    page = read(http, "/how")
    figures = http.get("/v1/figures").json()["items"]
    checks = http.get("/v1/checks").json()["items"]

    for rule in RULES:
        assert rule.sentence in page.text, rule.name
        for code in (*rule.explanations, *rule.reasons, *rule.evidence):
            assert code in page.text
    [met] = [why for row in figures for why in row["reasons"] if why["code"] == "floor-met"][:1]
    assert met["text"] in page.text
    slips = [
        why["text"]
        for row in checks
        for why in row["explanations"]
        if why["code"] == "floor-taken-as-exact"
    ]
    assert slips[0].replace("UA", "Ukraine").replace("RU", "Russia") in page.text
    # The seed holds no misquote, and nobody judged anything.
    assert "No example in this ledger yet." in page.text
    assert "/how" in [link["href"] for link in read(http, "/").all("a")]


def test_of_a_time_before_all_claims_no_rule_has_an_example(http):
    page = read(http, "/how", as_asserted_by="2001-01-01")

    assert "Example." not in page.text
    assert page.text.count("No example in this ledger yet.") == sum(
        bool(rule.explanations or rule.reasons or rule.evidence or rule.flags or rule.statuses)
        for rule in RULES
    )


def test_claimants_are_shown_with_how_many_figures_and_when(http):
    page = read(http, "/claimants")

    assert "This decides nothing." in page.text
    assert "Dmytro Lubinets" in page.text
    assert "3 Jan 2024" in page.text


def test_another_time_is_a_plain_form_and_all_links_keep_it(http):
    page = read(http, "/")
    [form] = page.all("form")
    fields = {field["name"] for field in page.all("input")}
    asked = {"as_asserted_by": "2024-01-03", "as_asserted_by_hour": "17:50", "as_known_on": ""}
    then = read(http, EXCHANGE, **asked)

    assert (form["method"], form["action"]) == ("get", "/")
    assert {"as_asserted_by", "as_asserted_by_hour", "as_known_on"} <= fields
    assert "Shown as said by 3 January 2024, 17:50 UTC" in then.text
    assert "To Ukraine, everybody at least 201" in then.text
    assert "230 soldiers" not in then.text
    ours = [link["href"] for link in then.all("a") if link["href"].startswith("/claimants")]
    assert ours == ["/claimants?as_asserted_by=2024-01-03&as_asserted_by_hour=17%3A50"]
    assert "data-live" not in then.all("html")[0]


def test_an_instant_as_the_api_takes_it_works_too(http):
    then = read(http, EXCHANGE, as_asserted_by="2024-01-03T17:50:00Z")

    assert "at least 201" in then.text
    hours = [field["value"] for field in then.all("input") if field["type"] == "time"]
    assert hours == ["17:50", ""]


def test_an_auditor_sees_what_the_ledger_held_then(http, seeded_position):
    before = read(http, "/", as_known_on="2020-01-01", as_known_on_hour="00:00")
    later = read(http, "/", as_known_on="2199-01-01")

    assert "Shown as this ledger knew it at 1 January 2020, 00:00 UTC" in before.text
    assert "Nothing has been said yet" in before.text
    assert "Back to Ukraine 2,828" in later.text


def test_the_day_before_there_is_no_exchange_and_the_page_says_so(http):
    overview = read(http, "/", as_asserted_by="2024-01-02")
    missing = http.get(EXCHANGE, params={"as_asserted_by": "2024-01-02"}, headers=BROWSER)

    assert "Nothing has been said yet" in overview.text
    assert missing.status_code == 404
    assert "as said by the end of 2 January 2024" in Document(missing.text).text


def test_each_ledger_has_pages_of_its_own(http):
    page = read(http, "/growing")

    assert page.all("html")[0]["data-ledger"] == "growing"
    links = {link["href"] for link in page.all("a")}
    assert {"/growing", "/growing/claimants", "/rus-ukr"} <= links
    assert read(http, "/").all("html")[0]["data-ledger"] == "rus-ukr"


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/exchanges/1999-01-01", 404, "expected a known exchange, found 1999-01-01"),
        ("/exchanges/1999-01-01/history", 404, "expected a known exchange, found 1999-01-01"),
        ("/exchanges/%3Cscript%3Ealert(1)%3C/script%3E", 404, "There is no page"),
        ("/nothing", 404, "There is no page"),
        ("/assets/nothing.js", 404, "expected a known file"),
        ("/?as_asserted_by=yesterday", 400, "As said by, day Expected a day"),
        ("/?as_asserted_by=2024-01-03&as_asserted_by_hour=25:00", 400, "As said by, day"),
        ("/?as_known_on_hour=17:50", 400, "a day beside the hour 17:50"),
        ("/claimants?as_known_on=2024-13-01", 400, "As this ledger knew it, day"),
    ],
)
def test_what_cannot_be_shown_is_a_page_with_its_status(http, path, status, told):
    answer = http.get(path, headers=BROWSER)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    page = Document(answer.text)
    assert told.lower() in page.text.lower()
    assert not page.all("script")


def test_programs_and_the_api_get_problem_documents(http):
    for path, headers in (("/v1/exchanges/1999-01-01", BROWSER), ("/exchanges/1999-01-01", {})):
        answer = http.get(path, headers=headers)

        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_store_out_of_reach_is_a_page_too(running):
    async with (
        serving(running, redis_url="redis://127.0.0.1:1/0") as url,
        httpx.AsyncClient(base_url=url, headers=BROWSER) as http,
    ):
        answer = await http.get("/")

    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "Out of reach" in Document(answer.text).text


def test_pages_are_no_part_of_the_api(http):
    described = http.get("/openapi.json").json()["paths"]

    assert all(path.startswith("/v1/") or path in OPERATING for path in described)


OPERATING = {"/healthz", "/readyz", "/metrics"}


FIRST_AND_LAST = ("0001-01-01", "9999-12-31")
AWAY = ("+23:59", "-23:59")


def test_reports_from_the_ends_of_the_calendar_break_no_page_and_no_answer(http):
    ends = [
        f"{day}T{hour}{away}"
        for day in FIRST_AND_LAST
        for hour in ("00:00:00", "23:59:59.9")
        for away in AWAY
    ]
    written = [*FIRST_AND_LAST, *ends, "00010101T10:00", "9999-W52-5", None]
    events = [
        claim(
            "ends",
            f"{number}-{day}",
            asserted_at=said,
            published_at=published,
            exchange={"date": day},
        )
        for number, (said, published) in enumerate(zip_longest(ends, written))
        for day in (*FIRST_AND_LAST, "2024-01-03")
    ]
    done = publish(http, "ends", *events)
    assert [item["outcome"] for item in done["items"]] == ["recorded"] * len(events)
    reached = {"ledger": "ends", "min_position": done["position"]}
    http.get("/v1/claims", params=reached).raise_for_status()

    for path in PAGES:
        read(http, f"/ends{path}".rstrip("/"))
    for path in ("claims", "figures", "headline", "summary", "cumulative", "checks", "exchanges"):
        for day in FIRST_AND_LAST:
            for name in ("as_asserted_by", "as_known_on"):
                answer = http.get(f"/v1/{path}", params={"ledger": "ends", name: day})
                assert answer.status_code == 200, (path, answer.text)


def test_what_somebody_else_wrote_is_text_and_nothing_more(http):
    data = claim("hostile", "x")["data"]
    hostile = {
        "wording": HOSTILE,
        "reported_by": HOSTILE,
        "category": HOSTILE,
        "lang": HOSTILE,
        "mediators": [HOSTILE],
        "exchange": {"date": "2024-01-03", "third": HOSTILE},
        "extraction": {"method": HOSTILE, "reviewer": HOSTILE},
        "claimant": {"name": HOSTILE, "party": "UA", "role": "ombudsman"},
    }
    urls = ("javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "//evil.example/x")
    events = [
        claim("hostile", f"{HOSTILE}{number}", **(hostile | {"url": url}))
        for number, url in enumerate((*urls, "https://example.org/?a=\"'><script>"))
    ]
    # The same number from the other side, so that it is a disagreement; a sum that does not hold.
    against = {"name": f"{HOSTILE}2", "party": "RU", "role": "mod"}
    quantity = data["quantity"] | {"value": 99}
    contrary = {"claimant": against, "quantity": quantity}
    events.append(claim("hostile", "against", **(hostile | contrary)))
    total = {"measure": "exchanged_total", "side": "both", "quantity": quantity | {"value": 7}}
    events.append(claim("hostile", "sum", **(hostile | total | {"category": "all"})))
    done = publish(http, "hostile", *events)
    http.get(
        "/v1/claims", params={"ledger": "hostile", "min_position": done["position"]}
    ).raise_for_status()

    shown = 0
    for path in PAGES:
        page = read(http, f"/hostile{path}".rstrip("/"))
        shown += HOSTILE in " ".join(page.words)
        # But the charts that the server draws.
        assert all("/charts/" in image["src"] for image in page.all("img"))
        assert {script["src"].partition("?")[0] for script in scripts_of(page)} <= SCRIPTS
        for _, attributes in page.elements:
            assert not [name for name in attributes if name.startswith("on")]
        for link in page.all("a"):
            where = urlsplit(link["href"])
            if where.path.startswith("/v1/claims/"):
                assert http.get(link["href"]).json()["ledger"] == "hostile"
            if where.scheme or where.netloc:
                assert where.scheme in ("http", "https")
                assert link["rel"] in ("noopener noreferrer nofollow", "license")
    assert shown >= 3


def test_the_dead_and_what_was_said_of_an_exchange_are_shown(http):
    dead = {"measure": "remains_returned", "unit": "bodies", "category": "bodies"}
    quantity = {"bound": "exact", "value": 1_212}
    stated = {"date": "2024-05-01", "counterpart": "things", "third": "QA"}
    done = publish(
        http,
        "hostile",
        claim("hostile", "dead", **dead, quantity=quantity, exchange={"date": "2024-05-01"}),
        claim("hostile", "stated", exchange=stated, quantity=quantity | {"so_far": True}),
    )
    http.get(
        "/v1/claims", params={"ledger": "hostile", "min_position": done["position"]}
    ).raise_for_status()

    overview = read(http, "/hostile").text
    assert "The dead who were handed over" in overview
    assert "All of them listed here make 1,212." in overview
    exchange = read(http, "/hostile/exchanges/2024-05-01").text
    assert "Set free to Qatar" in exchange
    assert "counted while people were still coming" in exchange
    assert "things were got in return, and no people" in exchange


SCRIPTS = {
    f"/assets/{name}"
    for name in (
        "charts.js",
        "exchange.js",
        "live.js",
        "vendor/d3.min.js",
        "vendor/idiomorph.min.js",
    )
}


def test_a_file_is_kept_for_ever_under_an_address_that_holds_its_digest(http):
    [style] = [link["href"] for link in read(http, "/").all("link") if link["rel"] == "stylesheet"]
    asset = http.get(style)

    assert asset.headers["cache-control"].endswith("immutable")
    assert asset.headers["content-type"].startswith("text/css")
    assert asset.content == (HERE / "assets/page.css").read_bytes()
    assert http.get(style.partition("?")[0]).headers["cache-control"] == "no-cache"
    assert http.get("/assets/../routes.py").status_code == 404
    assert http.get("/assets/%2e%2e/routes.py").status_code == 404


def test_vendored_scripts_are_those_that_the_note_names():
    vendored = HERE / "assets/vendor"
    noted = dict(
        re.findall(
            r"^\| `([\w.]+)` .*`([0-9a-f]{64})` \|$",
            (vendored / "README.md").read_text(),
            re.MULTILINE,
        )
    )

    assert noted.keys() == {path.name for path in vendored.glob("*.js")}
    for name, digest in noted.items():
        assert sha256((vendored / name).read_bytes()).hexdigest() == digest
        assert (vendored / f"{name.partition('.')[0]}.LICENSE").is_file()


@pytest.mark.parametrize(
    ("vocabulary", "explained"),
    [
        (FigureStatus, words.STATUSES),
        (FigureStatus, words.VERDICT_OF),
        (Flag, words.FLAGS),
        (ExchangeStatus, words.EXCHANGE_STATUSES),
        (CheckResult, words.RESULTS),
        (CheckKind, words.CHECKS),
        (Cause, words.CAUSES),
        (ClaimState, words.STATES),
        (Role, words.ROLES),
        (Bound, words.BOUNDS),
        (Measure, words.MEASURES),
        (Modality, words.MODALITIES),
        (Counterpart, words.COUNTERPARTS),
    ],
)
def test_every_word_of_the_ledger_is_explained(vocabulary, explained):
    assert explained.keys() == set(get_args(vocabulary))


def test_the_overview_says_what_its_totals_count_and_cover(http):
    text = Document(http.get("/", headers=BROWSER).raise_for_status().text).text
    claims = http.get("/v1/claims").json()["items"]
    covered = http.get("/v1/summary").json()["coverage"]

    assert "Counts everybody" in text
    assert f"{len(claims)} claims, about the days from " in text.replace(" ,", ",")
    assert f"{covered['with_time_of_day']} of {len(claims)} claims say their time of day" in text
    assert f"{covered['last_report_age_days']:,} days ago" in text
    assert "year by year" in text
    assert "do not say their time of day" not in text


def test_the_overview_of_an_hour_says_how_many_claims_name_none(http):
    hour = {"as_asserted_by": "2024-01-03", "as_asserted_by_hour": "20:00"}
    text = Document(http.get("/", params=hour, headers=BROWSER).raise_for_status().text).text

    assert "claims made by then do not say their time of day" in text
