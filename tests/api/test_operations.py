"""Operations of several days, over HTTP and on the pages of their days."""

import csv
import io

import httpx
import pytest

from tests.api.running import claim, publish
from tests.api.test_pages import read


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

LEDGER = "several-days"
WHOLE = "2023-10-15..2023-10-16"
UNTOLD = "2023-12-01..2023-12-03"


def told(name, value, day, until=None):
    """A report of a day that so many came back on it, or until another one."""
    number = {"bound": "exact", "value": value}
    about = {"date": day, "until": until}
    told_on = until or day
    event = claim(
        LEDGER,
        name,
        quantity=number,
        exchange=about,
        published_at=told_on,
        wording=f"{value} people",
        category="all",
    )
    return event | {"subject": LEDGER, "time": f"{told_on}T18:00:00Z"}


@pytest.fixture(scope="module")
def position(running) -> str:
    """The position up to which two operations are recorded, of one of which the days are told too."""
    events = (
        told("first", 704, "2023-10-15"),
        told("second", 352, "2023-10-16"),
        told("whole", 1056, "2023-10-15", "2023-10-16"),
        told("untold", 90, "2023-12-01", "2023-12-03"),
    )
    with httpx.Client(base_url=running.url, timeout=120) as http:
        last = str(max(item["position"] for item in publish(http, LEDGER, *events)["items"]))
        asked = {"ledger": LEDGER, "min_position": last}
        http.get("/v1/operations", params=asked).raise_for_status()
        return last


def test_operations_are_listed_and_found_by_their_id(http, position):
    asked = {"ledger": LEDGER, "min_position": position}
    whole, untold = http.get("/v1/operations", params=asked).raise_for_status().json()["items"]

    assert (whole["id"], untold["id"]) == (WHOLE, UNTOLD)
    assert whole["phases"] == ["2023-10-15", "2023-10-16"]
    assert (untold["phases"], untold["status"], untold["claim_count"]) == ([], "completed", 1)
    assert http.get(f"/v1/operations/{WHOLE}", params=asked).json() == whole
    assert http.get("/v1/operations/2023-10-15", params=asked).status_code == 404
    later = http.get("/v1/operations", params=asked | {"date_from": "2023-11-01"}).json()
    assert later["items"] == [untold]


def test_operations_of_another_time_and_as_csv_are_answered_too(http, position):
    asked = {"ledger": LEDGER, "min_position": position}
    then = http.get("/v1/operations", params=asked | {"as_asserted_by": "2023-11-01"})
    text = http.get("/v1/operations", params=asked, headers={"Accept": "text/csv"}).text

    assert [row["id"] for row in then.json()["items"]] == [WHOLE]
    assert [row["id"] for row in csv.DictReader(io.StringIO(text))] == [WHOLE, UNTOLD]


def test_remains_are_listed_day_by_day_beside_what_was_published(http, position):
    dead = {"category": "bodies", "unit": "bodies", "measure": "remains_returned"}
    over = {"bound": "exact", "value": 1_212}
    handed_over = claim(LEDGER, "dead", exchange={"date": "2024-02-01"}, quantity=over, **dead)
    in_all = claim(
        LEDGER,
        "dead in all",
        exchange={"date": "2024-02-01"},
        quantity=over | {"value": 2_500},
        period={"as_of": "2024-02-01"},
        **(dead | {"measure": "cumulative_remains_returned"}),
    )
    last = publish(http, LEDGER, handed_over, in_all)["position"]
    asked = {"ledger": LEDGER, "min_position": last}

    [row] = http.get("/v1/remains", params=asked).raise_for_status().json()["items"]

    assert (row["side"], row["date"], row["handed_over"]) == ("UA", "2024-02-01", 1_212)
    assert (row["in_all"], row["best"], row["unlisted"]) == (2_500, 1_212, 1_288)
    none = http.get("/v1/remains", params=asked | {"until": "2024-01-31"}).json()
    assert none["items"] == []
    text = http.get("/v1/remains", params=asked, headers={"Accept": "text/csv"}).text
    assert [line["unlisted"] for line in csv.DictReader(io.StringIO(text))] == ["1288"]


def test_operations_are_no_exchanges(http, position):
    asked = {"ledger": LEDGER, "min_position": position}

    rows = http.get("/v1/exchanges", params=asked).json()["items"]

    assert [row["id"] for row in rows] == ["2023-10-15", "2023-10-16"]


def test_the_page_of_a_day_tells_what_is_said_of_all_the_days(http, position):
    page = read(http, f"/{LEDGER}/exchanges/2023-10-16")

    assert "Part of an operation from 15 October 2023 to 16 October 2023" in page.text
    assert "1,056 to Ukraine, everybody" in page.text
    links = [link["href"] for link in page.all("a")]
    assert f"/v1/claims/whole?ledger={LEDGER}" in links
    assert f"/{LEDGER}/exchanges/2023-10-15" in links


def test_the_list_of_exchanges_has_operations_under_their_days(http, position):
    page = read(http, f"/{LEDGER}")

    rows = page.text[page.text.index("Exchange by exchange") :]
    first_day, whole = rows.index("15 Oct 2023 no number"), rows.index("15 Oct 2023 to 16 Oct 2023")
    assert rows.index("16 Oct 2023 no number") < first_day < whole
    assert "1 Dec 2023 to 3 Dec 2023 , 90 to Ukraine, everybody" in rows


def test_an_operation_has_a_page_whether_or_not_its_days_have_one(http, position):
    whole = read(http, f"/{LEDGER}/exchanges/{WHOLE}")
    untold = read(http, f"/{LEDGER}/exchanges/{UNTOLD}")

    assert "The operation from 15 October 2023 to 16 October 2023" in whole.text
    assert "added to no total" in whole.text
    assert f"/{LEDGER}/exchanges/2023-10-15" in [link["href"] for link in whole.all("a")]
    assert "1,056" in whole.text[whole.text.index("Who said what") :]
    assert "Nobody speaks of one of its days alone." in untold.text
    assert (
        "Added to the totals, since nobody counts them on one of the days: 90 to Ukraine"
        in untold.text
    )
    assert "90 people" in untold.text
    for unknown in ("2023-10-15..2023-10-20", "2023-13-01..2023-10-20", "0000-00-00..9999-99-99"):
        assert http.get(f"/{LEDGER}/exchanges/{unknown}").status_code == 404, unknown


def test_lists_citations_and_the_sitemap_lead_to_the_page_of_an_operation(http, position):
    figures = read(http, f"/{LEDGER}/figures")
    cited = http.get(
        "/v1/citation.txt", params={"ledger": LEDGER, "figure": f"{UNTOLD}:returned:UA:all"}
    )
    places = http.get("/sitemap.xml").text

    links = [link["href"] for link in figures.all("a")]
    assert any(link.startswith(f"/{LEDGER}/exchanges/{UNTOLD}#") for link in links)
    assert f"/exchanges/{UNTOLD}" in cited.text
    assert "1 December 2023 to 3 December 2023" in cited.text
    assert f"/{LEDGER}/exchanges/{UNTOLD}" in places


def test_the_headline_has_a_row_for_what_an_operation_adds(http, position):
    asked = {
        "ledger": LEDGER,
        "min_position": position,
        "since": "2023-11-01",
        "until": "2023-12-31",
    }
    rows = http.get("/v1/headline", params=asked).json()["items"]

    assert [(row["exchange"], row["date"], row["side"], row["best"]) for row in rows] == [
        (UNTOLD, "2023-12-03", "UA", 90)
    ]
    [untold] = http.get(f"/v1/operations/{UNTOLD}", params={"ledger": LEDGER}).json()["listed"]
    assert (untold["side"], untold["best"]) == ("UA", 90)
