"""Charts as pictures, a page that others may frame, and cards: drawn by the server from the pages' tables."""

import re
import struct
from xml.etree import ElementTree as ET

import pytest


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

BROWSER = {"Accept": "text/html"}


def policy_of(answer) -> dict[str, str]:
    parts = answer.headers["content-security-policy"].split(";")
    return dict((*part.strip().split(" ", 1), "")[:2] for part in parts)


@pytest.mark.parametrize("chart", ["totals", "exchanges"])
def test_a_chart_is_a_picture_that_names_its_numbers_source_and_licence(http, chart):
    svg = http.get(f"/charts/{chart}.svg").raise_for_status()
    png = http.get(f"/charts/{chart}.png").raise_for_status()
    text = " ".join(ET.fromstring(svg.text).itertext())

    assert svg.headers["content-type"] == "image/svg+xml"
    assert "Prisoner exchanges between Russia and Ukraine" in text
    assert f"log position {svg.headers['ledger-position']}" in text
    assert "CC-BY-4.0" in text
    assert "as_known_on=" in text
    assert png.content.startswith(b"\x89PNG")
    assert struct.unpack(">II", png.content[16:24]) == (1200, 630)


def test_a_chart_shows_the_number_of_the_page_and_of_another_time(http):
    now = " ".join(ET.fromstring(http.get("/charts/totals.svg").text).itertext())
    then = http.get("/charts/totals.svg?as_asserted_by=2024-01-02").raise_for_status()

    assert "Ukraine 2,828" in now
    assert "2,828" not in " ".join(ET.fromstring(then.text).itertext())


def test_a_chart_is_sent_once_and_kept_as_a_file_if_asked(http, seeded_position):
    first = http.get("/charts/totals.svg")
    again = http.get("/charts/totals.svg", headers={"If-None-Match": first.headers["etag"]})
    file = http.get("/charts/totals.svg?download")

    assert again.status_code == 304
    assert first.headers["content-disposition"].startswith("inline")
    name = f"rus-ukr-totals-{seeded_position}.svg"
    assert file.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert file.content == first.content


def test_an_embed_may_be_framed_and_pages_may_not(http):
    embed = http.get("/embed/totals", headers=BROWSER)
    page = http.get("/", headers=BROWSER)
    [picture] = re.findall(r'<img src="([^"]+)"', embed.text)
    [narrow] = re.findall(r'srcset="([^"]+)"', embed.text)
    [snippet] = re.findall(r'&lt;iframe src="([^"]+/embed/totals)"', page.text)

    assert policy_of(embed)["frame-ancestors"] == "*"
    assert policy_of(embed)["default-src"] == "'none'"
    assert "script-src" not in policy_of(embed)
    assert "<script" not in embed.text
    assert policy_of(page)["frame-ancestors"] == "'none'"
    wide_svg, narrow_svg = http.get(picture), http.get(narrow)
    assert wide_svg.headers["content-type"] == "image/svg+xml"
    sizes = [ET.fromstring(svg.text).get("viewBox") for svg in (wide_svg, narrow_svg)]
    assert sizes == ["0 0 864 453.6", "0 0 460.8 453.6"]
    assert http.get(snippet).status_code == 200


@pytest.mark.parametrize("path", ["/", "/exchanges/2024-01-03", "/rus-ukr/claimants"])
def test_a_page_that_is_passed_on_has_a_card(http, path):
    html = http.get(path, headers=BROWSER).text
    found = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', html))

    assert found["twitter:card"] == "summary_large_image"
    assert found["og:title"]
    assert found["og:url"] == f"{str(http.base_url).rstrip('/')}{path}"
    assert http.get(found["og:image"]).headers["content-type"] == "image/png"


def test_no_other_chart_is_there(http):
    for path in ("/charts/none.svg", "/embed/none", "/charts/totals.pdf"):
        assert http.get(path, headers=BROWSER).status_code in (400, 404)


def test_a_chart_its_page_and_its_embed_show_the_same_years(http):
    everything = " ".join(ET.fromstring(http.get("/charts/totals.svg").text).itertext())
    years = {"since": "2022", "until": "2023"}
    shown = http.get("/charts/totals.svg", params=years).raise_for_status()
    page = http.get("/", params=years, headers=BROWSER).text
    embed = http.get("/embed/totals", params=years, headers=BROWSER).text

    assert "2024-01" in everything
    assert "2022-" in (text := " ".join(ET.fromstring(shown.text).itertext()))
    assert "2024-01 " not in f"{text} ".replace("as known on", "")
    assert 'data-first="2022-01-01" data-last="2023-12-31"' in page
    for found in (page, embed):
        assert "/charts/totals.svg?since=2022&amp;until=2023" in found
    assert "/embed/totals?since=2022&amp;until=2023" in page


@pytest.mark.parametrize("asked", [{"since": "abc"}, {"since": "2024", "until": "2022"}])
@pytest.mark.parametrize("path", ["/", "/charts/totals.svg", "/embed/totals"])
def test_years_that_cannot_be_are_told(http, path, asked):
    answer = http.get(path, params=asked, headers=BROWSER)

    assert answer.status_code == 400
    assert "a year" in answer.text
