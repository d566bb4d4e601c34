"""Ledgers are found by crawlers and catalogues, and followed by readers of feeds."""

import json
import re
from datetime import datetime
from xml.etree import ElementTree as ET

import feedparser
import httpx
import pytest

from services.api.discovery.atom import NAMESPACE, AtomEntry, AtomFeed
from services.release.tables import TABLES
from tests.api.running import LEDGERS, OF_SIX_SIDES, claim, publish


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

BROWSER = {"Accept": "text/html"}
DAY = "2024-03-09"


def feed(http: httpx.Client, path: str, **asked: str | int) -> feedparser.FeedParserDict:
    """Return a feed as a reader of feeds sees it, after a look at what the standard asks for."""
    answer = http.get(path, params=asked).raise_for_status()
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = ET.fromstring(answer.content)
    for place in (root, *root.iter(f"{{{NAMESPACE}}}entry")):
        held = [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in place]
        assert [held.count(name) for name in ("id", "title", "updated")] == [1, 1, 1]
    ids = [element.text for element in root.iter(f"{{{NAMESPACE}}}id")]
    assert len(ids) == len(set(ids))
    read = feedparser.parse(answer.content)
    assert not read.bozo
    return read


def data_of(html: str) -> dict[str, object]:
    """Return the structured data of a page."""
    [text] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    found: dict[str, object] = json.loads(text)
    return found


def test_a_changed_figure_is_the_first_entry_of_the_feed_of_changes(http):
    here = "/growing/feeds/changes.atom"
    exact = {"bound": "exact", "value": 718, "low": None, "high": None}
    about = {"exchange": {"date": DAY, "ordinal": None}, "quantity": exact}
    done = publish(http, "growing", claim("growing", "fed", **about))
    http.get("/v1/figures", params={"ledger": "growing", "min_position": done["position"]})

    entries = feed(http, here, exchange=DAY).entries

    assert "718" in entries[0].title
    assert f"/growing/exchanges/{DAY}#figure-returned-UA-" in entries[0].link
    assert {tag.term for tag in entries[0].tags} >= {"UA", "returned"}
    assert http.get(entries[0].link.partition("#")[0], headers=BROWSER).status_code == 200
    newest = feed(http, "/growing/feeds/exchanges.atom").entries[0]
    assert newest.title == "Exchange of 9 March 2024: took place"


def test_the_feed_of_changes_names_what_is_asked_for_alone(http):
    everything = feed(http, "/feeds/changes.atom", limit=500).entries
    only = feed(http, "/feeds/changes.atom", side="UA", measure="returned", limit=1).entries

    assert {tag.term for entry in everything for tag in entry.tags} > {"RU", "UA", "both"}
    assert len(only) == 1
    for entry in only:
        assert (entry.tags[0].term, entry.tags[2].term) == ("UA", "returned")
    newest = [entry.updated for entry in everything]
    assert newest == sorted(newest, reverse=True)


def test_the_feed_of_exchanges_has_each_of_them_once(http):
    listed = http.get("/v1/exchanges", params={"limit": 1000}).json()["items"]
    entries = feed(http, "/feeds/exchanges.atom", limit=500).entries
    planned = feed(http, "/feeds/exchanges.atom", status="planned").entries

    assert len(entries) == len(listed)
    assert {entry.link.rpartition("/")[2] for entry in entries} == {one["id"] for one in listed}
    assert len(planned) == len([one for one in listed if one["status"] == "planned"])


@pytest.mark.parametrize("asked", [{"limit": 0}, {"limit": 501}, {"sid": "UA"}, {"status": "sure"}])
def test_a_feed_refuses_what_it_does_not_know(http, asked):
    assert http.get("/feeds/changes.atom", params=asked).status_code == 400


def test_a_feed_that_did_not_change_is_not_sent_again(http):
    first = http.get("/feeds/changes.atom")
    again = http.get("/feeds/changes.atom", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_nothing_in_a_feed_is_more_than_text():
    hostile = "<b>&]]>\x00\x1b\ud800\u2028"
    at = datetime.fromisoformat("2024-01-03T10:00:00+00:00")
    entry = AtomEntry(
        "urn:x:1", hostile, "https://example.org/", at, at, hostile, (("s", hostile),)
    )
    page = "https://example.org/"
    written = AtomFeed("urn:x", hostile, hostile, page, page, hostile, [entry]).write()

    read = feedparser.parse(written)
    assert not read.bozo
    assert ET.fromstring(written).findtext(f"{{{NAMESPACE}}}title", "").startswith("<b>&]]>\\u0000")


def test_the_overview_is_described_as_a_data_set_with_all_its_files(http):
    told = data_of(http.get("/", headers=BROWSER).text)
    assert (told["@type"], told["license"]) == (
        "Dataset",
        "https://creativecommons.org/licenses/by/4.0/",
    )
    files = told["distribution"]
    assert isinstance(files, list)
    assert len(files) == 4 * len(TABLES)
    path = files[0]["contentUrl"].removeprefix(str(http.base_url).rstrip("/"))
    assert http.get(path).headers["Content-Type"].startswith(files[0]["encodingFormat"])


@pytest.mark.parametrize("path", ["/rus-ukr", "/rus-ukr?as_known_on=2030-01-01", "/"])
def test_a_page_names_the_one_address_it_should_be_found_at(http, path):
    html = http.get(path, headers=BROWSER).text
    [canonical] = re.findall(r'<link rel="canonical" href="([^"]+)">', html)
    assert canonical == f"{str(http.base_url).rstrip('/')}/"


def test_another_ledgers_page_is_found_under_its_name(http):
    html = http.get("/growing/claimants?lang=uk", headers=BROWSER).text
    [canonical] = re.findall(r'<link rel="canonical" href="([^"]+)">', html)
    assert canonical.endswith("/growing/claimants?lang=uk")
    assert data_of(html)["url"] == canonical


def test_the_sitemap_names_pages_that_are_there(http):
    told = http.get("/sitemap.xml").raise_for_status()
    addresses = re.findall("<loc>([^<]+)</loc>", told.text)
    robots = http.get("/robots.txt").text

    assert f"Sitemap: {str(http.base_url).rstrip('/')}/sitemap.xml" in robots
    assert len(addresses) == len(set(addresses)) > 40
    assert addresses[0] == f"{str(http.base_url).rstrip('/')}/"
    for address in (*addresses[:8], addresses[-1]):
        assert http.get(address, headers=BROWSER).status_code == 200, address


def test_the_catalogue_names_every_ledger_as_a_data_set(http):
    answer = http.get("/dcat.jsonld").raise_for_status()
    told = answer.json()
    [first, *others] = told["dcat:dataset"]

    assert answer.headers["Content-Type"] == "application/ld+json"
    assert first["dct:license"] == {
        "@id": "https://creativecommons.org/licenses/by/4.0/",
        "@type": "dct:LicenseDocument",
    }
    assert first["dct:temporal"]["dcat:startDate"]["@value"] == "2022-02-24"
    assert len(others) == len((*LEDGERS[1:], OF_SIX_SIDES))
    feeds = [
        one["@id"] for one in first["dcat:distribution"] if one["@id"].endswith("/changes.atom")
    ]
    assert feeds == [f"{str(http.base_url).rstrip('/')}/rus-ukr/feeds/changes.atom"]
