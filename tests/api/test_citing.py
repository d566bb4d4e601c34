"""Every figure and chart can be cited: a permalink that stays, times, position and licence."""

import json
import re

import pytest

from tests.api.running import claim, publish


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

BROWSER = {"Accept": "text/html"}
DAY = "2024-05-07"
FIGURE = "2024-01-03:returned:UA:all"


def test_a_figure_is_cited_with_its_number_position_times_and_licence(http, seeded_position):
    asked = {"figure": FIGURE}
    text = http.get("/v1/citation.txt", params=asked).raise_for_status().text
    [entry] = json.loads(http.get("/v1/citation.json", params=asked).text)
    bib = http.get("/v1/citation.bib", params=asked).text

    assert "To Ukraine, everybody, 3 January 2024: at least 230" in text
    assert f"log position {seeded_position}, as known on 20" in text
    assert "Licence: CC-BY-4.0" in text
    assert (entry["type"], entry["title"]) == (
        "dataset",
        "To Ukraine, everybody, 3 January 2024: at least 230",
    )
    assert entry["URL"].endswith("#figure-returned-UA-all")
    assert len(entry["issued"]["date-parts"][0]) == 3
    assert re.match(rf"@misc\{{rus-ukr-{seeded_position}-to-ukraine-everybody", bib)
    assert bib.count("{") == bib.count("}")


def test_a_permalink_leads_to_the_figure_as_it_was_cited(http):
    def said(name: str, value: int) -> int:
        number = {"bound": "exact", "value": value, "low": None, "high": None}
        about = {"exchange": {"date": DAY, "ordinal": None}, "quantity": number}
        done = publish(http, "growing", claim("growing", name, **about))
        here = {"ledger": "growing", "exchange": DAY, "min_position": done["position"]}
        [figure] = http.get("/v1/figures", params=here | {"measure": "returned"}).json()["items"]
        asked = {"ledger": "growing", "figure": figure["id"]}
        cited.append(json.loads(http.get("/v1/citation.json", params=asked).text)[0])
        return int(figure["high"])

    cited: list[dict[str, str]] = []
    assert (said("cited-first", 733), said("cited-later", 911)) == (733, 911)
    first, later = (
        http.get(entry["URL"].partition("#")[0], headers=BROWSER).text for entry in cited
    )

    assert cited[0]["title"].endswith(": 733")
    assert 'id="figure-returned-UA-' in first
    assert ("733" in first, "911" in first) == (True, False)
    assert "911" in later


@pytest.mark.parametrize("path", ["/", "/exchanges/2024-01-03"])
def test_what_a_page_says_can_be_cited_is_an_anchor_there(http, path):
    html = http.get(path, headers=BROWSER).text
    links = re.findall(r'<a href="([^"]+)">Permalink</a>', html)
    ids = set(re.findall(r' id="([^"]+)"', html))

    assert links
    assert {link.partition("#")[2] for link in links} <= ids
    assert html.count("BibTeX") == len(links)


@pytest.mark.parametrize("path", ["/", "/exchanges/2024-01-03", "/disagreements", "/claimants"])
def test_every_table_of_a_page_has_files_that_are_there(http, path):
    html = http.get(path, headers=BROWSER).text
    files = re.findall(r'<p class="files">.*?</p>', html, re.DOTALL)
    csv = [
        address.replace("&amp;", "&") for address in re.findall(r'href="([^"]+\.csv[^"]*)"', html)
    ]

    assert len(csv) == len([file for file in files if "metadata.json" in file])
    for address in csv:
        answer = http.get(address)
        assert answer.status_code == 200, address
        assert "attachment" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("figure=none", 404), ("total=XX", 404), ("chart=none", 404), ("chart=totals&total=UA", 400)],
)
def test_what_is_not_there_is_not_cited(http, query, status):
    assert http.get(f"/v1/citation.bib?{query}").status_code == status
