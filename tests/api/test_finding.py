"""Looking for exchanges, figures, claims, claimants and disagreements: what is asked is in the address."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from services.api.pages.finding import Findable, FindParameters, Sorting, find, sort
from services.api.pages.lists import LISTS
from tests.api.test_pages import BROWSER, Document, read


served = [pytest.mark.redis, pytest.mark.e2e]
ITEMS = [
    Findable("a", "2023", ["UA"], ["disputed"], ["all"], ["Lubinets"], "over 200", {"n": 3}),
    Findable("b", "2024", ["RU"], ["agreed"], ["military"], ["Ministry"], "248 POWs", {"n": None}),
    Findable("c", "2024", ["UA"], ["agreed"], ["military"], ["Ministry"], "230 people", {"n": 9}),
]


def rows_of(page: Document, prefix: str) -> list[str]:
    return [row["id"] for row in page.all("tr") if row.get("id", "").startswith(prefix)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "abc"),
        ({"year": "2024"}, "bc"),
        ({"side": "UA", "year": "2024"}, "c"),
        ({"status": "agreed"}, "bc"),
        ({"category": "military", "side": "RU"}, "b"),
        ({"claimant": "LUBI"}, "a"),
        ({"q": "people MINISTRY"}, "c"),
        ({"year": "1999"}, ""),
    ],
)
def test_rows_have_all_that_is_looked_for(asked, found):
    assert "".join(item.row for item in find(ITEMS, FindParameters(**asked))) == found


def test_rows_without_what_is_sorted_by_come_last():
    ways = (Sorting("n", "most"), Sorting("n-up", "least", is_descending=False))

    assert [item.row for item in sort(ITEMS, "n", ways)] == ["c", "a", "b"]
    assert [item.row for item in sort(ITEMS, "unknown", ways)] == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("page", "number"),
    [("", 1), ("7", 7), ("0", 0), ("-3", 0), ("two", 0), ("²", 0), ("9" * 90, 100_000)],
)
def test_a_page_number_is_a_number_that_may_be(page, number):
    assert FindParameters(page=page).page_number == number


class TestServed:
    pytestmark = served

    @pytest.mark.parametrize("name", LISTS)
    def test_every_list_is_found_by_a_plain_form_that_keeps_the_times(self, http, name):
        page = read(http, f"/{name}", as_asserted_by="2199-01-01", lang="en")

        [form] = [one for one in page.all("form") if one.get("role") == "search"]
        assert (form["method"], form["action"]) == ("get", f"/{name}")
        fields = {one["name"] for tag in ("input", "select") for one in page.all(tag)}
        assert {"q", "sort", "as_asserted_by", "lang"} <= fields
        tabs = [link["href"] for link in page.all("a") if link["href"].startswith("/figures?")]
        assert dict(parse_qsl(urlsplit(tabs[0]).query))["as_asserted_by"] == "2199-01-01"

    def test_exchanges_of_a_year_are_found_and_nothing_else(self, http):
        assert rows_of(read(http, "/exchanges", year="2024"), "x-") == ["x-2024-01-03"]
        assert rows_of(read(http, "/exchanges", year="2023"), "x-") == []
        assert rows_of(read(http, "/exchanges", status="agreed", side="RU"), "x-") == []

    def test_figures_are_found_by_side_status_and_group_as_the_api_has_them(self, http):
        every = http.get("/v1/figures").json()["items"]
        row = next(row for row in every if row["exchange"] and row["category"] != "all")
        asked = {name: row[name] for name in ("side", "status", "category")}
        rows = http.get("/v1/figures", params=asked).json()["items"]

        assert len(rows_of(read(http, "/figures", **asked), "f-")) == len(rows) > 0
        assert len(rows_of(read(http, "/figures"), "f-")) == len(every) > len(rows)

    def test_claims_are_found_by_their_words_and_by_who_said_them(self, http):
        claims = http.get("/v1/claims").json()["items"]
        said = [row for row in claims if "over 200" in (row["wording"] or "")]
        found = rows_of(read(http, "/claims", q="over 200", claimant="zelensk"), "c-")

        assert found == [f"c-{row['position']}" for row in said] != []
        none = read(http, "/claims", q="nobody ever said this")
        assert "Nothing that fits." in none.text
        assert "0 rows found of" in none.text

    def test_a_chosen_value_stays_chosen_in_the_form(self, http):
        page = read(http, "/figures", side="RU", q="248")

        assert "RU" in [one["value"] for one in page.all("option") if "selected" in one]
        [words] = [one["value"] for one in page.all("input") if one["type"] == "search"]
        assert words == "248"

    def test_words_that_are_looked_for_are_inert(self, http):
        page = read(http, "/claims", q='"><script>alert(1)</script>', claimant="<img src=x>")

        assert not page.all("img")
        assert all("alert" not in script.get("src", "") for script in page.all("script"))

    def test_disagreements_are_cut_into_pages(self, http):
        assert read(http, "/disagreements").text.count("claims set aside") >= 1

    @pytest.mark.parametrize("page", ["99", "0", "two"])
    def test_a_page_that_is_not_there_leads_to_one_that_is(self, http, page):
        asked = {"as_asserted_by": "2199-01-01", "year": "2024", "page_aside": page}
        answer = http.get("/disagreements", params=asked, headers=BROWSER)

        assert answer.status_code == 307
        assert answer.headers["location"] == "/disagreements?as_asserted_by=2199-01-01&year=2024"
        assert read(http, answer.headers["location"]).text

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("year", "abc", "a year as 2024"),
            ("side", "XX", "one of RU, UA"),
            ("status", "certain", "single_source"),
            ("sort", "luck", "one of largest, newest, oldest, voices"),
        ],
    )
    def test_what_cannot_be_chosen_is_told(self, http, name, value, expected):
        answer = http.get("/figures", params={name: value}, headers=BROWSER)
        told = Document(answer.text).text

        assert answer.status_code == 400
        assert expected in told
        assert value in told

    def test_a_value_that_no_row_has_stays_in_the_form(self, http):
        page = read(http, "/figures", year="1999", category="nobody")

        chosen = [one["value"] for one in page.all("option") if "selected" in one]
        assert {"1999", "nobody"} <= set(chosen)
        assert "0 rows found of" in page.text
