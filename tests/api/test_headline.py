"""The headline rows, their sums, totals from a day on, and the summary, over HTTP."""

import csv
import io
import re
from typing import Any

import httpx
import pytest

from schemas.headline import HeadlineRow
from services.ledgers import load_ledger
from services.queries.replay import replay
from tests.api.running import claim, publish
from tests.cli.running import seed_of
from tests.running import wait_until


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

#: Who came back on the seed's day: 248 soldiers to one side, 230 people to the other.
BEST = {"RU": 248, "UA": 230}


@pytest.fixture(scope="module")
def rows() -> tuple[HeadlineRow, ...]:
    lines = [line.encode() for line in seed_of("rus-ukr")]
    return replay(lines, ledger=load_ledger("rus-ukr")).read_models.headline


def items(http, path):
    return http.get(f"/v1/{path}").raise_for_status().json()["items"]


def test_the_rows_are_those_of_a_replay(http, rows):
    assert items(http, "headline") == [row.model_dump(mode="json") for row in rows]


@pytest.mark.parametrize(("path", "accept"), [("headline.csv", "*/*"), ("headline", "text/csv")])
def test_csv_holds_every_row(http, rows, path, accept):
    answer = http.get(f"/v1/{path}", headers={"Accept": accept}).raise_for_status()

    assert answer.headers["content-type"].startswith("text/csv")
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(table[0]) == list(HeadlineRow.model_fields)
    assert [(row["side"], row["best"]) for row in table] == [
        (row.side, "" if row.best is None else str(row.best)) for row in rows
    ]


def test_filters_leave_the_rows_of_a_side_and_of_a_span_of_days(http):
    assert {row["side"] for row in items(http, "headline?side=UA")} == {"UA"}
    assert items(http, "headline?category=military&since=2024-01-03&until=2024-01-03") == [
        row for row in items(http, "headline") if row["category"] == "military"
    ]
    assert items(http, "headline?since=2024-01-04") == []
    assert http.get("/v1/headline?side=XX").status_code == 400
    assert http.get("/v1/headline?by=week").status_code == 400


def test_sums_by_year_and_month_are_those_of_the_rows(http):
    for by, period in (("year", "2024"), ("month", "2024-01")):
        found = items(http, f"headline?by={by}&category=all")

        assert {row["side"]: row["best"] for row in found if row["period"] == period} == BEST


def test_a_total_may_count_from_any_day(http):
    found = items(http, "cumulative?since=2024-01-03")

    assert {row["side"]: row["best"] for row in found} == BEST
    assert {row["since"] for row in found} == {"2024-01-03"}
    assert items(http, "cumulative?since=2024-01-04") == []
    assert {row["since"] for row in items(http, "cumulative")} == {None}


def test_the_summary_says_what_the_claims_cover(http):
    answer = http.get("/v1/summary?as_known_on=9999-12-30").raise_for_status().json()

    covered = answer["coverage"]
    claims = items(http, "claims")
    assert covered["claims"] == len(claims)
    assert covered["with_time_of_day"] + covered["without_time_of_day"] == len(claims)
    assert covered["last_day"] == "2024-01-03"
    assert covered["last_report_age_days"] > 365 * 7_900
    newest = {point["side"]: point for point in items(http, "cumulative?category=all")}
    assert [total["best"] for total in answer["totals"]] == [
        newest[total["side"]]["best"] for total in answer["totals"]
    ]


def test_an_answer_for_an_hour_says_how_many_claims_name_none(http):
    report = claim("growing", "at-noon", published_at="2024-01-03")
    publish(http, "growing", report | {"time": "2024-01-03T12:00:00Z"})
    asked = {"ledger": "growing", "as_asserted_by": "2024-01-03T20:00:00Z"}
    by_hour = http.get("/v1/figures", params=asked).raise_for_status()
    rows = http.get("/v1/headline", params=asked).raise_for_status()
    by_day = http.get("/v1/figures", params=asked | {"as_asserted_by": "2024-01-03"})

    untimed = by_hour.json()["untimed_claims"]
    assert untimed > 0
    assert by_hour.headers["ledger-untimed-claims"] == str(untimed)
    assert rows.json()["untimed_claims"] == untimed
    assert "untimed_claims" not in by_day.raise_for_status().json()
    assert "ledger-untimed-claims" not in by_day.headers


def total(ledger: str, name: str, number: int, bound: str, day: str) -> dict[str, Any]:
    """A total that the ombudsman gives, of everybody since the beginning."""
    return claim(
        ledger,
        name,
        measure="cumulative_returned",
        quantity={"bound": bound, "value": number},
        exchange={"date": None},
        period={"since": "2022-02-24", "as_of": day},
        published_at=day,
        wording="in all",
    )


def came(ledger: str, name: str, number: int, day: str) -> dict[str, Any]:
    """So many come back on a day."""
    return claim(ledger, name, quantity={"bound": "exact", "value": number}, exchange={"date": day})


def read_until(http: httpx.Client, path: str, said: str) -> str:
    """Return the text of a page once it shows what was published."""

    def text() -> str:
        page = http.get(path, headers={"Accept": "text/html"}).text
        return " ".join(re.sub("<[^>]*>", "", page).split())

    wait_until(lambda: said in text())
    return text()


def test_the_page_names_the_total_that_the_headline_rests_on_and_a_later_one_above_it(http):
    publish(
        http,
        "totals",
        came("totals", "first", 230, "2024-01-03"),
        total("totals", "exact", 2828, "exact", "2024-01-03"),
        total("totals", "floor", 3500, "more_than", "2024-01-10"),
        came("totals", "next", 100, "2024-01-31"),
    )

    page = read_until(http, "/totals/", "at least 2,928")

    assert "from the 2,828 that Dmytro Lubinets gave for 3 January 2024 and the exchanges" in page
    assert "Last official total: Dmytro Lubinets, more than 3,500" in page
    assert "It says more than that" in page


def test_the_page_names_no_total_of_before_the_one_that_the_headline_rests_on(http):
    publish(
        http,
        "resting",
        came("resting", "first", 230, "2024-01-03"),
        total("resting", "sum", 2828, "exact", "2024-01-03"),
        came("resting", "second", 100, "2024-01-31"),
        came("resting", "third", 60, "2024-02-15"),
        # Fewer than the exchanges since the last total make.
        total("resting", "fewer", 2900, "exact", "2024-03-01"),
        came("resting", "next", 40, "2024-03-20"),
    )

    page = read_until(http, "/resting/", "2,940")

    assert "from the 2,900 that Dmytro Lubinets gave for 1 March 2024" in page
    assert "Last official total" not in page


def test_the_page_of_a_plan_that_nobody_speaks_of_again_names_what_came_after_it(http):
    publish(
        http,
        "lapsing",
        claim(
            "lapsing",
            "plan",
            quantity={"bound": "exact", "value": 777},
            modality="planned",
            exchange={"date": "2024-05-01"},
        ),
        came("lapsing", "some", 90, "2024-05-20"),
        came("lapsing", "more", 120, "2024-06-10"),
        came("lapsing", "late", 75, "2024-09-01"),
    )

    text = read_until(http, "/lapsing/exchanges/2024-05-01", "210 came back")

    assert "so it is taken to have been called off" in text
    assert "may have carried it out; the reports held here do not say so: 210 came back" in text
    assert "20 May 2024, 10 June 2024." in text
