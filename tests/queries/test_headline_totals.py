"""Sums of headline rows by year and month, from a day on, and what the claims behind them cover."""

from datetime import UTC, date, datetime

import pytest

from services.queries.as_of import Cut
from services.queries.coverage import coverage, untimed_note
from services.queries.headline_totals import (
    headline_totals,
    points_since,
    rows_between,
    windows_published,
)
from tests.builders import reported
from tests.reconciliation.given import MINISTRY, counted_since, given, on, said


#: Two exchanges of 2023, of one of which the women are counted too, and one of 2024.
LEDGER = given(
    said("autumn", 100, **on("2023-10-01")),
    said("women", 20, category="women", **on("2023-10-01")),
    said("winter", 30, **on("2023-12-30")),
    said("theirs", 25, side="RU", claimant=MINISTRY, **on("2023-12-30")),
    said("spring", 50, **on("2024-03-02")),
).models


def totals(by, **which):
    return {
        (total.period, total.side, total.category): total
        for total in headline_totals(LEDGER.headline, LEDGER.figures, by, **which)
    }


def test_years_and_months_sum_their_exchanges():
    assert {key: found.best for key, found in totals("year", category="all").items()} == {
        ("2023", "RU", "all"): 25,
        ("2023", "UA", "all"): 130,
        ("2024", "RU", "all"): 0,
        ("2024", "UA", "all"): 50,
    }
    assert totals("month")["2023-12", "UA", "all"].best == 30


def test_a_group_is_summed_beside_the_people_it_is_a_part_of():
    women = totals("year")["2023", "UA", "women"]

    assert (women.best, women.counted, women.exchanges, women.whole) == (20, 1, 2, 100)
    assert women.high is None  # Nobody says how many women came back in the other one.
    assert ("2024", "UA", "women") not in totals("year")


def test_a_sum_with_a_gap_is_open_and_says_in_how_many_a_number_is_known():
    theirs = totals("year")["2023", "RU", "all"]

    assert (theirs.best, theirs.high, theirs.counted, theirs.exchanges) == (25, None, 1, 2)


def test_a_total_counts_from_any_day():
    points = points_since("rus-ukr", LEDGER.headline, date(2023, 12, 30))

    assert [(point.side, point.as_of.isoformat(), point.best) for point in points] == [
        ("RU", "2023-12-30", 25),
        ("RU", "2024-03-02", 25),
        ("UA", "2023-12-30", 30),
        ("UA", "2024-03-02", 80),
    ]
    inside = rows_between(LEDGER.headline, date(2023, 12, 30), None)
    assert points[-1].best == sum(row.best or 0 for row in inside if row.side == "UA")


def test_claims_cover_the_days_they_speak_of_and_plans_none():
    models = given(
        said("day", 100, **on("2024-01-03") | {"time": None}),
        said("noon", 50, **on("2024-02-08") | {"time": "2024-02-08T12:00:00Z"}),
        said("hour", 40, **on("2024-02-08") | {"published_at": "2024-02-08T17:50"}),
        said("plan", 30, modality="planned", **on("2024-05-01") | {"published_at": "2024-02-09"}),
        reported("undated", exchange={"date": None}, published_at=None, time=None),
    ).models

    found = coverage(models.claims, date(2024, 2, 19))

    assert (found.first_day, found.last_day) == (date(2024, 1, 3), date(2024, 2, 8))
    assert (found.last_report, found.last_report_age_days) == (date(2024, 2, 9), 10)
    # The plan was said at six in the evening.
    assert (found.with_time_of_day, found.without_time_of_day) == (2, 3)


def test_an_answer_for_an_hour_says_how_many_claims_name_none():
    claims = given(said("day", 100, **on("2024-01-03") | {"time": None})).models.claims
    hour = datetime(2024, 1, 3, 17, 50, tzinfo=UTC)

    assert "1 of the 1 claims" in (untimed_note(Cut(hour), claims) or "")
    whole_day = datetime(2024, 1, 3, 23, 59, 59, 999999, tzinfo=UTC)
    assert untimed_note(Cut(whole_day), claims) is None
    assert untimed_note(Cut(), claims) is None


def test_a_total_of_a_window_stands_beside_what_its_exchanges_add_up_to():
    models = given(
        said("autumn", 100, **on("2023-10-01")),
        said("winter", 30, **on("2023-12-30")),
        said("spring", 50, **on("2024-03-02")),
        counted_since("2022-02-24", "series", 180, "2024-03-02"),
        counted_since("2023-12-01", "window", 85, "2024-03-02"),
        counted_since("2024-01-01", "year", 50, "2024-03-02"),
    ).models

    found = [
        (point.side, point.since, point.as_of, point.best, point.listed and point.listed.best)
        for point in windows_published(models)
    ]

    day = date(2024, 3, 2)
    assert found == [
        ("UA", date(2023, 12, 1), day, 85, 80),
        ("UA", date(2024, 1, 1), day, 50, 50),
    ]


@pytest.mark.parametrize(
    ("bound", "shown"),
    [
        ("exact", (50, 50, 50)),
        ("more_than", (51, 51, None)),
        ("at_least", (50, 50, None)),
        ("less_than", (0, 49, 49)),
        ("at_most", (0, 50, 50)),
        ("about", (45, 50, 55)),
    ],
)
def test_the_number_of_a_window_lies_within_what_its_bound_allows(bound, shown):
    models = given(
        counted_since("2022-02-24", "series", 180, "2024-03-02"),
        counted_since("2024-01-01", "year", 50, "2024-03-02", bound=bound),
    ).models

    [point] = windows_published(models)

    assert (point.low, point.best, point.high) == shown
